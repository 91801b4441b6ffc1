"""The pages of a contract and a client: the signatures about them, and what happened with the contract in one timeline."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.book import declared
from daihou.dayend.acts import follow, run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.people.rights import Scope
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.signoff import acts
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.warnings.acts import raise_by_hand
from daihou.warnings.suggested import LEVELS
from daihou.web import gate
from daihou.web.timeline import NEWEST, of_row

MANAGER = Actor("甲", "test")


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch, "signals")


@staged
def at_work(tmp_path, its_day):
    """The company, its day derived, and accounts."""
    taken_in(tmp_path / "book")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def screen(at_work):
    """Who logs in gets a browser; the day is that of the cast."""
    return browser_of


def client_of(contract: str) -> str:
    return standing(homes()["contract"]).get(key=contract).client


def put_forward(
    subject: str = "一", contract: str = "C1", title: str = "检查表", by: Actor = MANAGER
) -> Matter:
    """Something about a contract and its client before the head of business, then the head of risk."""
    return acts.open_matter(
        kind="duty", subject=subject, title={"zh": title, "en": "Check"}, content={"结论": "正常"}, chain=("business_manager", "risk_manager"),
        branch="J2", contract=contract, party=client_of(contract), by=by, at=NOW,
    )  # fmt: skip


def pane(answer) -> str:
    """The signatures that a page shows; empty where it shows none."""
    return words_of(answer).partition('id="signatures"')[2].partition("</section>")[0]


def pages() -> list[str]:
    return ["/registers/contract/row/C1/", f"/registers/party/row/{client_of('C1')}/"]


def test_the_signatures_about_a_contract_and_a_client_stand_on_their_pages(screen) -> None:
    mine = screen("甲")
    assert [pane(mine.get(one)) for one in pages()] == ["", ""]
    done, open_ = put_forward(title="旧表"), put_forward("二", title="新表")
    acts.sign(done, by=Actor("乙", "test"), at=NOW)
    acts.sign(done, by=Actor("丁", "test"), at=NOW)
    acts.sign(open_, by=Actor("乙", "test"), at=NOW)
    for one in pages():
        shown = pane(mine.get(one))
        for said in (
            "签批中",
            "已批准",
            "第 2 步，共 2 步",
            "丁某 风控部经理",
            f'href="/matters/{open_.pk}/"',
        ):
            assert said in shown, (one, said)
        assert shown.index("新表") < shown.index("旧表")
        assert shown.count("等签") == 1


def test_what_is_to_do_and_the_camera_stand_before_the_long_facts_and_links_on_top_lead_to_them(
    screen,
) -> None:
    put_forward()
    page = words_of(screen("甲").get(pages()[0]))
    order = ['class="jumps"', 'id="duties"', 'id="warnings"', 'id="signatures"', 'id="attachments"', 'capture="environment"', 'id="facts"', "<h2>反担保 ", "<h2>经过</h2>"]  # fmt: skip
    places = [page.index(one) for one in order]
    assert places == sorted(places)
    jumps = page.partition('class="jumps"')[2].partition("</nav>")[0]
    assert re.findall(r'href="#(\w+)"', jumps) == ["duties", "warnings", "signatures", "attachments", "facts"]


def test_who_does_not_see_a_matter_does_not_read_of_it_on_the_page(screen) -> None:
    """C2 lies at another branch, and so does what is about it; what is about the east is not read in the west."""
    put_forward()
    matter = put_forward("二", "C2", "西城的表", Actor("丙", "test"))
    Matter.objects.filter(pk=matter.pk).update(branch="J3")
    west = "/registers/contract/row/C2/"
    assert "西城的表" in pane(screen("丁").get(west))
    assert screen("丙").get(pages()[0]).status_code == 404
    own = pane(screen("丙").get(west))
    assert ("西城的表" in own, "检查表" in own) == (True, False)
    assert screen("乙").get(west).status_code == 404
    # a client of both branches: each reads what is about his own
    Matter.objects.filter(pk=matter.pk).update(party=client_of("C1"))
    assert "西城的表" not in pane(screen("甲").get(pages()[1]))
    assert "西城的表" in pane(screen("丁").get(pages()[1]))


def test_no_question_more_for_many_signatures_and_payments_than_for_few(screen) -> None:
    mine, address = screen("甲"), pages()[0]

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert mine.get(address).status_code == 200
        return len(found)

    def more(number: int) -> None:
        put_forward(str(number))
        paid(number)
        checked(number)

    for number in range(2):
        more(number)
    asked()
    few = asked()
    for number in range(2, 20):
        more(number)
    assert asked() == few
    assert ("20</span>" in pane(mine.get(address)), pane(mine.get(address)).count("data-open")) == (True, 12)


# ------------------------------------------------------------------ what happened


def paid(number: int) -> None:
    said = {
        "key": f"HK{number}",
        "transaction_no": f"HK{number}",
        "contract": "C1",
        "value_day": DAY - timedelta(number),
        "amount": 1_234_56,
    }
    enter("repayment", said, by=BY, at=NOW, day=DAY)


def checked(number: int) -> None:
    said = {
        "key": f"ZF{number}/C1/purpose", "visit_no": f"ZF{number}", "contract": "C1", "kind": "purpose", "client": client_of("C1"),
        "inspected_day": DAY, "inspected_by": "甲", "result": "done", "urgent": False,
    }  # fmt: skip
    enter("inspection", said, by=MANAGER, at=NOW, day=DAY)


def timeline(who: str):
    return of_row(viewer_of(who, DAY), "contract", "C1", (), {})


def test_payments_checks_warnings_and_duties_done_stand_in_one_timeline(screen) -> None:
    paid(1)
    checked(1)
    raise_by_hand("S20", client_of("C1"), "老板出国", level="important", contract="C1", by=MANAGER, at=NOW)
    follow(DAY, by=MANAGER, at=NOW)
    correct("contract", "C1", {"purpose": "周转"}, by=MANAGER, at=NOW, day=DAY, reason="补记用途")
    duty = Duty.objects.get(rule="fund-use-check", object="C1")
    assert duty.done == DAY
    page = words_of(screen("甲").get(pages()[0]))
    past = page[page.rindex('<ul class="told">') :]
    for said in (
        "还款 · 1,234.56 元",
        "检查 · ",
        "预警 · ",
        f'href="/duties/{duty.pk}/"',
        "甲某 更正一条",
        "补记用途",
        "/registers/repayment/row/HK1/",
    ):
        assert said in past, said


def test_a_timeline_shows_only_what_its_reader_may_see_and_the_newest(screen) -> None:
    for number in range(NEWEST + 5):
        paid(number)
    raise_by_hand("S20", client_of("C1"), "老板出国", level="important", contract="C1", by=MANAGER, at=NOW)
    shown = timeline("甲")
    assert len(shown) == NEWEST
    assert min(one.day for one in shown) == DAY - timedelta(NEWEST - 2)
    assert [one.said for one in shown if one.said.startswith("预警")]
    assert timeline("丙") == []
    mine = viewer_of("甲", DAY)
    blind = replace(mine, rights=replace(mine.rights, sees={**mine.rights.sees, "warnings": Scope.NONE}))
    assert not [one.said for one in of_row(blind, "contract", "C1", (), {}) if one.said.startswith("预警")]


def called(contract: str | None, party: str, number: str) -> None:
    said = {
        "key": number, "contact_no": number, "contract": contract, "party": party, "on_day": DAY, "mode": "phone", "matter": "collecting",
        "result": "connected", "handled_by": "甲",
    }  # fmt: skip
    enter("contact", said, by=MANAGER, at=NOW, day=DAY)


def test_a_client_has_one_timeline_of_himself_and_of_all_his_contracts(screen) -> None:
    client = client_of("C1")
    paid(1)
    called("C1", client, "LL1")
    called(None, client, "LL2")
    called("C2", client_of("C2"), "LL3")
    links = {one.link for one in of_row(viewer_of("甲", DAY), "party", client, (), {})}
    rows = {one for one in links if one.startswith("/registers/")}
    assert {
        "/registers/repayment/row/HK1/",
        "/registers/contact/row/LL1/",
        "/registers/contact/row/LL2/",
    } <= rows
    assert "/registers/contact/row/LL3/" not in links
    page = words_of(screen("甲").get(pages()[1]))
    assert "联络 · 电话 · 催收 · 接通" in page[page.rindex('<ul class="told">') :]
    assert of_row(viewer_of("甲", DAY), "employee", "甲", (), {}) is None
    assert of_row(viewer_of("丙", DAY), "party", client, (), {}) == []


def test_a_client_with_many_rows_takes_no_question_more(screen) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            of_row(viewer_of("甲", DAY), "party", client_of("C1"), (), {})
        return len(queries)

    called("C1", client_of("C1"), "LL1")
    asked()  # which rules the company has is asked once a request
    before = asked()
    for number in range(5):
        paid(number)
        called("C1", client_of("C1"), f"LL{number + 2}")
    assert asked() == before


def instalment(number: int, *, paid_off: bool, contract: str = "C1") -> None:
    due = DAY + timedelta(30 * (number - 20))
    said = {
        "key": f"{contract}/{number}", "contract": contract, "instalment_no": number, "due_day": due, "due_amount": 100,
        "paid_amount": 100 if paid_off else 0, "paid_off_day": due if paid_off else None, "last_paid_day": due if paid_off else None,
    }  # fmt: skip
    enter("instalment", said, by=MANAGER, at=NOW, day=DAY)


def test_the_page_of_a_contract_shows_the_instalments_that_are_open_and_all_of_them_and_no_others(
    screen,
) -> None:
    standing(homes()["instalment"]).delete()
    for number in range(1, 21):
        instalment(number, paid_off=number < 16)
    held = standing(homes()["contract"]).get(key="C1")
    values = {
        name: getattr(held, name)
        for name in (field_name(one.id) for one in values_of(homes()["contract"].table))
    }
    enter("contract", {**values, "key": "C10", "contract_no": "C10"}, by=MANAGER, at=NOW, day=DAY)
    instalment(1, paid_off=False, contract="C10")
    page = screen("甲").get(pages()[0])
    (shown,) = [one for one in page.context["panes"] if one.table.id == "instalment"]
    numbers = [int(key.rpartition("/")[2]) for key, _cells in shown.rows]
    assert (numbers, shown.total) == ([16, 17, 18, 19, 20, 15, 14, 13, 12, 11, 10, 9], 20)
    (link,) = re.findall(r'href="(/registers/instalment/[^"]*)">全部', words_of(page))
    listed = screen("甲").get(link.replace("&amp;", "&"))
    assert listed.context["list"].total == 20
    assert "合同：C1 张三" in words_of(listed)
    assert screen("甲").get("/registers/instalment/?q=C1").context["list"].total == 21, "of C10 too"


def test_a_list_of_what_names_a_row_tells_no_more_than_its_reader_may_see(screen) -> None:
    paid(1)
    other = screen("丙").get("/registers/repayment/?of.contract=C1")
    assert other.context["list"].total == 0
    assert "张三" not in words_of(other)
    duties = screen("丙").get("/duties/?contract=C1&party=" + client_of("C1"))
    assert duties.context["total"] == 0
    assert "张三" not in words_of(duties)
    mine = screen("甲").get("/duties/?state=all&contract=C1")
    assert {row.contract for row in mine.context["rows"]} == {"C1"}
    assert "合同：C1" in words_of(mine)


def test_what_a_contract_and_its_client_are_behind_with_stands_at_the_head_of_their_pages(
    screen, monkeypatch
) -> None:
    """Due today is not late; what the bank's file does not tell yet is not either (S33)."""
    standing(homes()["instalment"]).delete()

    def head(page: int = 0) -> str:
        shown = words_of(screen("甲").get(pages()[page]))
        return shown.partition("<dt>欠款</dt>")[2].partition("</div>")[0]

    assert head() == ""
    for number in (18, 19, 20):  # due 60 and 30 days ago, and today
        instalment(number, paid_off=False)
    for page in (0, 1):
        assert "2 期 2.00 元，最早的过了 60 天" in head(page)
    with monkeypatch.context() as figures:
        figures.setattr(
            "daihou.web.registers.figure_on", lambda name, day: {("应还日计数", DAY): 1}[name, day]
        )
        assert "最早的过了 61 天" in head(), "as the company counts them"
    standing(homes()["instalment"]).filter(key="C1/18").update(paid_amount=40)
    assert "2 期 1.60 元" in head()
    through = {"key": "instalment", "table_name": "instalment", "through": DAY - timedelta(30)}
    enter("data_through", through, by=MANAGER, at=NOW, day=DAY)
    assert "1 期 0.60 元，最早的过了 30 天" in head()
    assert f"数据到 {DAY - timedelta(30)}" in head()
    standing(homes()["instalment"]).filter(key="C1/18").update(paid_off_day=DAY)
    assert "没有" in head()


def test_the_page_of_a_rule_leads_to_what_it_produced(screen) -> None:
    raise_by_hand("S20", client_of("C1"), "老板出国", level="important", contract="C1", by=MANAGER, at=NOW)
    page = screen("丁").get("/rules/S20/")
    assert page.context["raised"] == [("", "未关闭的预警", 1), ("closed", "已关闭的预警", 0)]
    (link,) = re.findall(r'href="(/warnings/[^"]*)"><b>1<', words_of(page))
    listed = words_of(screen("丁").get(link.replace("&amp;", "&")))
    assert len(re.findall(r'<tr data-open="/warnings/of/S20/', listed)) == 1
    assert screen("戊").get("/rules/S20/").context["raised"] == []
    produced = dict(screen("丁").get("/rules/fund-use-check/").context["produced"])
    for state, number in produced.items():
        listed = screen("丁").get("/duties/", {"rule": "fund-use-check", "state": state})
        assert listed.context["total"] == number > 0, state


def test_what_belongs_to_a_contract_is_entered_from_its_page(company, monkeypatch) -> None:
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([(one, one) for one in "甲己"], PASSWORD, by=BY, at=NOW, sample=True)
    page = browser_of("甲").get("/registers/contract/row/C1/")
    entries = dict(page.context["entries"])
    assert (entries["repayment"], entries["inspection"]) == ("contract", "contract")
    assert {declared()[one].room for one in entries} <= viewer_of("甲", DAY).rights.enters
    assert 'href="/registers/repayment/new/?contract=C1"' in page.content.decode()
    form = browser_of("甲").get("/registers/repayment/new/?contract=C1")
    assert 'value="C1"' in form.content.decode()
    auditor = browser_of("己").get("/registers/contract/row/C1/")
    assert auditor.context["entries"] == []
    assert "/new/?" not in auditor.content.decode()


def test_duties_of_one_name_are_told_apart_by_what_they_are_about(screen) -> None:
    for level in LEVELS[:2]:
        raise_by_hand("S20", client_of("C1"), "老板出国", level=level, contract="C1", by=MANAGER, at=NOW)
    follow(DAY, by=MANAGER, at=NOW)
    for address in pages():
        told = [(line.name, about) for line, about, _since in screen("甲").get(address).context["duties"]]
        checks = [about for name, about in told if name == "预警核实"]
        assert len(set(checks)) == len(checks) == 2, told
        assert all(about and "张三" not in about for about in checks)
        assert len(set(told)) == len(told)

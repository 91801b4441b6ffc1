"""A micro-loan company's cash: the cashier counts alone on each working day, and with the accountant each half month, each by its own form."""

import re
from datetime import date

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, at_work, browser_of, on_the_day, words_of

from daihou.book import declared
from daihou.dayend.acts import follow, run_day
from daihou.duties.models import Duty, DutyChange
from daihou.duties.signing import form_of
from daihou.ledger.acts import correct, enter
from daihou.ledger.entering import cell_text
from daihou.ledger.typed import read_typed
from daihou.messaging.models import Notice
from daihou.papers.models import Paper
from daihou.registers.kept import homes, standing, values_of
from daihou.trail.reads import verify
from daihou.web import desk

REGISTER = {
    "公司": "公司号,名称,类型,自\nG1,青岚小额贷款有限公司,小额贷款公司,2026-01-01\n",
    "机构": "机构号,名称,公司,上级机构,有库,设立日\nJ1,总部,G1,,是,2026-11-16\n",
    "员工": "工号,姓名,机构\n甲,周慧,J1\n乙,吴敏,J1\n丙,郑洁,J1\n",
    "任职": "员工,岗位,机构,自\n甲,出纳,J1,2026-01-01\n乙,会计,J1,2026-01-01\n丙,财务经理,J1,2026-01-01\n",
}
COUNTED = {"counted_day": "2026-11-23", "counted_by": "周慧", "counted_amount": "8250.50", "book_amount": "8250.50", "agrees": "yes", "over_limit": "no"}  # fmt: skip


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    """A Monday."""
    on_the_day(monkeypatch)


@staged
def company(tmp_path):
    """A company with a vault, of a cashier, an accountant and a finance manager."""
    at_work(tmp_path, REGISTER, "甲乙丙")


def of_the_day(rule: str) -> Duty:
    """The occurrence of a count that waits on the day."""
    return Duty.objects.get(rule=rule, state="open", withdrawn_on__isnull=True)


@pytest.mark.covers("P09-13")
def test_the_daily_count_is_the_cashiers_own_and_needs_no_witness(company) -> None:
    duty, cashier = of_the_day("daily-cash-count"), browser_of("甲")
    assert (duty.occurrence, duty.due, form_of(duty).form) == (
        "2026-11-23工作日",
        DAY,
        "own_cash_count_form",
    )
    address = f"/duties/{duty.pk}/form/"
    refused = cashier.post(address, {**COUNTED, "counted_amount": ""})
    assert (refused.status_code, "必填" in refused.content.decode()) == (422, True)
    assert cashier.post(address, COUNTED).status_code == 302
    row = standing(homes()["cash_count"]).get()
    assert (row.kind, row.branch, row.on_day, row.book_figure, row.counted_figure) == (
        "own_count",
        "J1",
        DAY,
        825_050,
        825_050,
    )
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)
    assert list(verify()) == []
    for lang, title in (
        ("zh", "现金盘点 总部 2026-11-23 自盘"),
        ("en", "Cash count 总部 2026-11-23 Own count"),
    ):
        cashier.post("/preferences/", {"lang": lang})
        assert f"<h1>{title}</h1>" in cashier.get(f"/registers/cash_count/row/{row.key}/").content.decode()


@pytest.mark.covers("P09-13")
def test_the_half_months_count_names_a_colleague_as_witness_and_is_done_for_both(company) -> None:
    duty, cashier = of_the_day("half-month-cash-count"), browser_of("甲")
    assert (form_of(duty).form, sorted(one.employee for one in duty.persons.all())) == (
        "cash_count_form",
        ["乙", "甲"],
    )
    address = f"/duties/{duty.pk}/form/"
    for witness, told in (("", "必填"), ("甲", "不能是填表人自己"), ("没有这人", "不是一名在职员工")):
        answer = cashier.post(address, {**COUNTED, "witnessed_by": witness})
        assert (answer.status_code, told in answer.content.decode()) == (422, True), witness
    assert cashier.post(address, {**COUNTED, "witnessed_by": "乙"}).status_code == 302
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)
    assert Duty.objects.filter(rule="daily-cash-count", state="open").exists()  # one count is not the other


def test_a_missed_count_is_open_to_the_finance_manager_to_whom_it_was_reported(company) -> None:
    duty, finance = of_the_day("half-month-cash-count"), browser_of("丙")
    assert (
        finance.get(f"/duties/{duty.pk}/").status_code == 404
    )  # no work of his, and a branch is none of his rows
    run_day(date(2026, 12, 1), by=BY, at=NOW)
    told = DutyChange.objects.get(what="reported", after="finance_manager", duty__rule=duty.rule)
    listed = finance.get("/duties/?person=reported&stands=all").context["rows"]
    assert told.duty_id in [row.line.pk for row in listed]
    assert finance.get(f"/duties/{told.duty_id}/").status_code == 200


def limited(amount: str) -> None:
    """The limit of the branch on record."""
    correct(
        "branch", "J1", read_typed(declared()["branch"], {**cells_of("branch", "J1"), "cash_limit": amount}, day=DAY).values,
        by=BY, at=NOW, day=DAY, reason="定限额",
    )  # fmt: skip


def cells_of(table: str, key: str) -> dict[str, str]:
    row = standing(homes()[table]).get(key=key)
    return {one.id: cell_text(one, row) for one in values_of(declared()[table])}


@pytest.mark.covers("P09-13")
@pytest.mark.parametrize(
    ("said", "refused"),
    [
        pytest.param({"book_amount": "8300"}, "两个数还差 49.5", id="a yes to figures that differ"),
        pytest.param({"counted_amount": "60000", "book_amount": "60000"}, "60,000 超过 50,000 有 10,000", id="a no to what is above the limit on record"),
        pytest.param({"over_limit": "yes", "over_limit/why": "收款"}, "8,250.5 没有超过 50,000", id="a yes to what is below it"),
        pytest.param({"book_amount": "8300", "unposted": "-49.50"}, "", id="what was paid and not posted explains the difference"),
        pytest.param({"counted_amount": "60000", "book_amount": "60000", "over_limit": "yes", "over_limit/why": "下午收的"}, "", id="above the limit and said so"),
    ],
)  # fmt: skip
def test_answers_of_a_count_are_held_against_its_figures_and_the_limit_on_record(
    company, said, refused
) -> None:
    limited("50000")
    duty, cashier = of_the_day("daily-cash-count"), browser_of("甲")
    address = f"/duties/{duty.pk}/form/"
    page = cashier.get(address).content.decode()
    assert re.search(r'name="cash_limit"[^>]*value="50,?000(\.00)?"', page), (
        "it begins with the limit on record"
    )
    answer = cashier.post(address, {**COUNTED, "cash_limit": "50,000.00", **said})
    assert answer.status_code == (422 if refused else 302)
    assert refused in answer.content.decode()
    assert standing(homes()["cash_count"]).exists() is not bool(refused)


def test_a_count_reported_because_those_before_it_were_missed_says_so_and_is_not_called_late(
    company, monkeypatch
) -> None:
    monkeypatch.setattr(desk, "WARNINGS", 60)  # else what is late since January fills the pane
    tuesday = date(2026, 11, 24)
    run_day(tuesday, by=BY, at=NOW)
    finance = browser_of("丙")
    duty = of_the_day("daily-cash-count")
    assert (duty.due, duty.missed_run) == (tuesday, 6)  # 16 to 20 and 23 November
    said = "连漏 6 期（2026-11-16 至 2026-11-23）"
    page = words_of(finance.get(f"/duties/{duty.pk}/"))
    assert f"{said}，上报 财务经理" in page
    assert "逾期没有办" not in page
    pane = words_of(finance.get("/")).partition('id="reported"')[2].partition("</section>")[0]
    assert said in pane
    assert said in words_of(finance.get("/duties/?person=reported"))
    run_day(date(2026, 12, 1), by=BY, at=NOW)
    half = of_the_day("half-month-cash-count")
    assert "连漏 1 期（2026年11月下半月），上报 财务经理" in words_of(finance.get(f"/duties/{half.pk}/"))
    told = [one["text"] for one in Notice.objects.filter(to="丙", kind="day").order_by("pk").last().lines]
    assert "每日现金自盘 2026-12-01 连漏 11 期" in told


def test_what_was_missed_before_it_was_known_is_reported_by_the_next_run(company) -> None:
    """A vault that is entered after the first run: its counts are missed since the branch began, and the run reports them as those of the others."""
    row = {"branch_no": "J2", "title": "东城", "company": "G1", "parent_branch": "J1", "has_vault": False, "founded_day": date(2026, 10, 1), "key": "J2"}  # fmt: skip
    enter("branch", row, by=BY, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)
    correct("branch", "J2", {"has_vault": True}, by=BY, at=NOW, day=DAY, reason="漏登")
    follow(DAY, by=BY, at=NOW)
    told = DutyChange.objects.filter(what="reported", duty__object="J2", duty__rule="half-month-cash-count")
    assert not told.exists()
    for _again in range(2):
        run_day(DAY, by=BY, at=NOW)
        assert sorted(told.values_list("after", flat=True)) == ["finance_manager", "general_manager"]


def test_what_the_registers_do_not_say_is_asked_for_again_and_what_they_say_is_shown(company) -> None:
    address, cashier = f"/duties/{of_the_day('daily-cash-count').pk}/form/", browser_of("甲")
    refused = cashier.post(address, {**COUNTED, "cash_limit": "五千"})
    assert refused.status_code == 422
    assert re.search(
        r'<input id="f-cash_limit" name="cash_limit" [^>]*value="五千"', refused.content.decode()
    )
    correct("branch", "J1", {"cash_limit": 500_000}, by=BY, at=NOW, day=DAY, reason="核定")
    page = cashier.get(address).content.decode()
    assert '<input type="hidden" name="cash_limit" value="5000.00">' in page
    above = cashier.post(address, {**COUNTED, "cash_limit": ""})
    assert above.status_code == 422  # 8,250.50 is above 5,000, said or not


def test_what_a_writer_said_where_the_registers_say_nothing_can_be_corrected(company) -> None:
    address, cashier = f"/duties/{of_the_day('daily-cash-count').pk}/form/", browser_of("甲")
    assert cashier.post(address, {**COUNTED, "cash_limit": "90000"}).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    said = {**paper.values, "cash_limit": "9000", "reason": "多写一位"}
    assert cashier.post(f"/papers/{paper.pk}/correct/", said).status_code == 302
    assert Paper.objects.get(state="handed_in").values["cash_limit"] == "9000.00"
    correct("branch", "J1", {"cash_limit": 100_000}, by=BY, at=NOW, day=DAY, reason="核定")
    again = Paper.objects.get(state="handed_in")
    said = {name: text for name, text in again.values.items() if name != "cash_limit"} | {
        "over_limit/why": "留着发工资",
        "reason": "补一句",
    }
    assert cashier.post(f"/papers/{again.pk}/correct/", said).status_code == 302
    assert Paper.objects.get(state="handed_in").values["cash_limit"] == "9000.00"  # as it was counted then

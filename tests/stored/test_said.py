"""What pages call things: in words, and in the language of who reads."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.dayend.acts import run_day
from daihou.duties.models import DayRun, Duty, GapRow
from daihou.duties.naming import period_of
from daihou.ledger.acts import enter
from daihou.people.acts import open_accounts
from daihou.rulebook import Rule, read_shipped, shipped_ids
from daihou.rulebook.worked import given_of, wanted_of
from daihou.screens import tags
from daihou.web.desk import lines

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def its_day(monkeypatch):
    """The day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path):
    """The company, and its risk manager's account."""
    taken_in(tmp_path / "book")
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)


def text_of(page: str) -> str:
    """The words between the tags of a page's main part."""
    return re.sub(r"<[^>]*>", " ", page.split("<main")[1].split("</main>", maxsplit=1)[0])


def reader(lang: str):
    """The risk manager, who reads in a language."""
    browser = browser_of("丁")
    browser.post("/preferences/", {"lang": lang})
    return browser


def test_the_registers_are_headed_by_the_words_of_their_rooms(house) -> None:
    page = words_of(reader("zh").get("/registers/"))
    headings = re.findall(r"<h2>([^<]*)</h2>", page)
    assert "代偿与追偿" in headings
    assert all(CHINESE.search(one) for one in headings)


def test_in_english_the_registers_are_told_in_english(house) -> None:
    browser = reader("en")
    for address in ("/registers/", "/registers/compensation/"):
        assert not CHINESE.search(text_of(words_of(browser.get(address)))), address


@pytest.mark.parametrize(("lang", "said"), [("zh-hans", "追偿动作"), ("en", "Recovery action")])
def test_how_far_a_file_is_names_the_table_in_words(lang, said) -> None:
    with translation.override(lang):
        shown = render_to_string(
            "web/_progress.html", {"work": {"state": "checking", "doing": "recovery_action", "share": 40}}
        )
    assert said in shown
    assert "recovery_action" not in shown


def test_in_english_a_rule_is_called_by_its_label_and_says_once_that_its_text_is_chinese(house) -> None:
    browser = reader("en")
    for address in ("/rules/", "/rules/regular-inspection/"):
        page = words_of(browser.get(address))
        assert page.count("Rules are written in Chinese") == 1, address
        assert "Guarantee" in text_of(page)
        told = re.sub(r'<(\w+)[^>]* lang="zh".*?</\1>', "", page, flags=re.DOTALL)
        told = re.sub(r"<tr><td>[^<]*</td>", "", told)  # figures, which have no English name
        assert not CHINESE.search(text_of(told)), address
        sense = signed_rules()["regular-inspection"]
        assert sense.english in page
        assert sense.sense not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL), "but in its text"
    assert "Rules are written in Chinese" not in words_of(reader("zh").get("/rules/"))
    assert signed_rules()["regular-inspection"].sense in words_of(reader("zh").get("/rules/"))


def signed_rules() -> dict[str, Rule]:
    """The rules of the house by identifier."""
    return {rule.id: rule for rule in read_shipped("guarantee")[0].rules}


def test_in_english_a_figure_says_what_it_is_in_english(house) -> None:
    figure = read_shipped("guarantee")[0].figures["用途检查期限"]
    address = f"/figures/guarantee/{figure.id}/"
    for lang, told, untold in (
        ("en", figure.english, figure.meaning),
        ("zh", figure.meaning, figure.english),
    ):
        for page in (reader(lang).get(address), reader(lang).get("/rules/fund-use-check/")):
            shown = re.sub(r"<pre.*?</pre>", "", words_of(page), flags=re.DOTALL)
            assert (told in shown, untold in shown) == (True, False), lang


def test_in_english_a_duty_says_what_its_rule_wants_in_english(house) -> None:
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="fund-use-check", object="C1")
    rule = signed_rules()[duty.rule]
    for lang, told, untold in (("en", rule.english, rule.sense), ("zh", rule.sense, rule.english)):
        page = words_of(reader(lang).get(f"/duties/{duty.pk}/"))
        assert f"<p>{told}</p>" in page
        assert untold not in page


def test_in_english_a_rule_without_english_says_that_its_sense_is_chinese() -> None:
    rule = replace(signed_rules()["fund-use-check"], english="", sense="查用途 <一次>")
    with translation.override("en"):
        assert tags.sense(rule) == '<span lang="zh">查用途 &lt;一次&gt;</span>'
    with translation.override("zh-hans"):
        assert tags.sense(rule) == "查用途 <一次>", "escaped by the page"


def listed_rules(asked: str) -> list[str]:
    """The identifiers of the rules that the page lists."""
    return [
        rule.id
        for _book, rows in reader("zh").get(f"/rules/?{asked}").context["books"]
        for rule, _number in rows
    ]


def test_rules_are_found_by_words_kind_and_post(house) -> None:
    every = listed_rules("")
    assert listed_rules("q=融资用途") == ["fund-use-check"]
    assert "fund-use-check" in listed_rules("q=保后管理办法+用途"), (
        "every word, whether name, sense or article"
    )
    kinds = [listed_rules(f"kind={kind}") for kind in ("duty", "warning", "grade", "gate")]
    assert all(kinds[:3]), "this book of rules has no gates"
    assert sorted(rule for some in kinds for rule in some) == sorted(every)
    risk = listed_rules("post=risk_manager")
    assert set(risk) < set(kinds[0])
    assert "fund-use-check" not in risk
    empty = words_of(reader("zh").get("/rules/?q=没有这样的"))
    assert "没有符合条件的规则" in empty
    assert listed_rules("kind=nothing&post=nothing") == []


def test_a_run_counts_the_gaps_that_it_lists(house) -> None:
    told = {
        "day": DAY,
        "at": NOW,
        "by": "test",
        "fingerprint": "",
        "known_event": 0,
        "seconds": {},
        "asleep": [],
        "gaps": 3,
    }
    first, second = DayRun.objects.create(**told), DayRun.objects.create(**told)
    for run, key in ((first, "C1"), (first, "C2"), (second, "C3")):
        GapRow.objects.create(
            run=run, rule="regular-inspection", object=key, part="due", columns="risk_class"
        )
    browser = reader("zh")
    newest, older = (words_of(browser.get(f"/days/{run.pk}/")) for run in (second, first))
    assert '<span class="quiet">3</span>' in newest
    assert 'data-label="几处">3</td>' in newest
    assert 'data-label="几处">2</td>' in older
    assert "这次推演共 3 处" in older
    GapRow.objects.filter(run=first).delete()
    older = words_of(browser.get(f"/days/{first.pk}/"))
    assert "没有缺项。" not in older
    assert "这次没有新的缺项，或者都已补上。" in older


@pytest.mark.parametrize(("day", "status"), [("2026-11-22", 422), ("2026-11-23", 302)])
def test_nobody_is_reminded_yesterday(house, day, status) -> None:
    answer = reader("zh").post("/reminders/", {"day": day, "text": "去看客户"})
    assert answer.status_code == status
    if status == 422:
        page = answer.content.decode()
        assert "不能早于今天 2026-11-23。" in page
        assert 'value="去看客户"' in page


def test_what_is_lacking_in_a_reminder_is_told_beside_its_field(house) -> None:
    refused = reader("zh").post("/reminders/", {"day": "", "text": "去看客户"})
    page = words_of(refused)
    assert refused.status_code == 422
    assert '<div class="fault" role="alert">请写上日子。</div>' in page
    assert "请写上内容" not in page
    assert 'value="去看客户"' in page


def test_a_correction_marks_that_its_reason_is_needed(house) -> None:
    page = words_of(reader("zh").get("/registers/party/row/91510000100000000L/correct/"))
    assert '<label for="id_reason">更正的理由 <span class="must" title="必填">*</span>' in page


def test_on_a_phone_every_value_of_a_post_and_of_a_rule_says_what_it_is(house) -> None:
    browser = reader("zh")
    for address in ("/posts/", "/rules/"):
        page = words_of(browser.get(address))
        bare = [
            one
            for one in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
            if re.search(r"</td>\s*<td(?![^>]*data-label)", one)
        ]
        assert bare == [], address


def test_a_rule_shows_what_each_of_its_cases_begins_with_and_wants(house) -> None:
    page = words_of(reader("zh").get("/rules/maturity-tracking/"))
    case = next(one for one in page.split("<details")[1:] if "到期前三十天起跟踪" in one).split("</details>")[
        0
    ]
    tables = dict(re.findall(r"<h3[^>]*>([^<]*)</h3>.*?<tbody[^>]*>(.*?)</tbody>", case, re.DOTALL))
    assert list(tables) == ["合同", "主体", "联络", "应该得出"]
    assert 'data-label="业务线">贷款</td>' in tables["合同"]
    assert 'data-label="状态">已代偿</td>' in tables["合同"]
    assert tables["联络"].count("<tr>") == 4
    wanted = tables["应该得出"]
    assert "状态 未到，开放 2026-03-01，到期 2026-03-31，岗位 内控经理" in wanted
    assert "状态 迟办，迟天 1" in wanted
    assert "没有（上报 总经理）" in wanted
    assert "<details open" not in case


def test_money_and_yes_or_no_of_a_case_read_as_in_a_register() -> None:
    cells = {
        (head, cell)
        for book in shipped_ids()
        for case in read_shipped(book)[0].cases
        for given in given_of(case)
        for row in given.rows
        for head, cell in row
    }
    assert ("应还额", "10,000.00") in cells
    assert ("紧急", "是") in cells
    assert {cell for _head, cell in cells} & {"true", "false", "in_guarantee"} == set()
    said = [
        one.said
        for book in shipped_ids()
        for case in read_shipped(book)[0].cases
        for one in wanted_of(case, lambda _key, _text: None)
    ]
    assert all(said)
    assert not [one for one in said if re.search(r" (true|overdue|none|open)\b", one)]


def test_what_a_case_wants_of_a_warning_is_told_in_words(house, monkeypatch) -> None:
    on_its_day(monkeypatch, "carloan")
    page = words_of(reader("zh").get("/rules/car-overdue/"))
    assert "数据 逾期天数 1" in page
    assert "days_past_due=" not in page


def test_a_duty_is_called_by_what_people_call_the_thing_that_it_is_about(house) -> None:
    report = {
        "key": "R1", "return_no": "R1", "branch": "J1", "title": "资金周报", "frequency": "week", "grace_days": 0, "in_use_from": DAY,
    }  # fmt: skip
    enter("return_duty", report, by=BY, at=NOW, day=DAY)
    run = DayRun.objects.create(day=DAY, at=NOW, by="x", fingerprint="", known_event=0, seconds={}, asleep=[])
    said = {
        ("return_duty", "R1"): "资金周报",
        ("company", "G1"): "测试融资担保有限公司",
        ("branch", "J2"): "东城分公司",
        ("assignment", "乙/business_manager/J2/2025-01-01"): "乙某 业务部经理 东城分公司",
        ("cash_close", f"J2/{DAY}"): f"东城分公司/{DAY}",
        ("party", "91510000100000000L"): "东城食品有限公司",
        ("litigation", "案1/91510000100000000L"): "案1/东城食品有限公司",
        ("duty", "regular-inspection/C1/2026-11月"): "常规检查 C1/2026-11月",
        ("event", "E7"): "E7",
    }
    for at, (table, key) in enumerate(said):
        Duty.objects.create(rule="fund-use-check", object=key, occurrence=str(at), table=table, state="open", due=DAY, first_run=run, last_run=run)  # fmt: skip
    duties = list(Duty.objects.order_by("pk"))
    assert [line.object for line in lines(duties)] == list(said.values())
    with CaptureQueriesContext(connection) as once:
        lines(duties)
    with CaptureQueriesContext(connection) as often:
        lines(duties * 20)
    assert len(often) == len(once)


@pytest.mark.parametrize(
    ("rule", "occurrence", "due", "said"),
    [
        ("scheduled-return", "2026-10月", date(2026, 11, 10), "2026年10月"),
        ("scheduled-return", "2026-11-19工作日", date(2026, 11, 20), "2026-11-19"),
        ("scheduled-return", "2026-11-20工作日", date(2026, 11, 20), ""),
        ("daily-cash-close", "2026-11-20工作日", date(2026, 11, 20), ""),
        ("regular-inspection", "first", date(2026, 11, 20), ""),
    ],
)
def test_a_single_day_is_named_where_it_is_due_on_another(house, rule, occurrence, due, said) -> None:
    assert period_of(Duty(rule=rule, occurrence=occurrence, due=due)) == said

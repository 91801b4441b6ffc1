"""The pages of the trail: found by what they show, and one event with all that is known of it."""

import ast
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.db import transaction
from openpyxl import load_workbook
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, words_of

import daihou
from daihou.book import declared
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.registers.sealing import seals
from daihou.terms import terms
from daihou.trail.acts import Actor, record
from daihou.trail.models import Event
from daihou.web.things import KINDS
from daihou.web.told import fields

SOURCE = Path(daihou.__file__).parent

ZHANG = "510000199803180019"
MANAGER = Actor("甲", "10.1.2.3")


@pytest.fixture
def auditor(company, monkeypatch):
    """The browser of who reads the trail; 甲 logged in once, entered a branch, put his own contract right and wrote on his client."""
    on_its_day(monkeypatch)
    open_accounts([("甲", "m7"), ("己", "己")], PASSWORD, by=BY, at=NOW, sample=True)
    browser_of("m7")
    branch = {"branch_no": "J9", "title": "北城分公司", "company": "G1", "has_vault": False, "key": "J9"}
    enter("branch", branch, by=MANAGER, at=NOW, day=DAY)
    correct("contract", "C1", {"amount": 90_000_000, "manager_b": "乙"}, by=MANAGER, at=NOW, day=DAY, reason=f"录错，见{ZHANG}", decision=("amount",))  # fmt: skip
    with transaction.atomic():
        record("note", by=MANAGER, at=NOW, kind="party", subject=seals().mark(ZHANG), after={"note": 7})
    return browser_of("己")


def found(browser, words):
    """What the page lists for some words: acts with the codes of things, newest first."""
    events = browser.get("/trail/", {"q": words}).context["page"].object_list
    return [(event.act, event.kind, event.by) for event in events]


@pytest.mark.parametrize(
    ("words", "acts"),
    [
        ("登录系统", {"login"}),
        ("登录失败", set()),
        ("login", {"login", "accounts"}),
        ("Logged in", {"login"}),
        ("甲某", {"login", "enter", "correct", "note"}),
        ("jm", {"login", "enter", "correct", "note"}),
        ("甲", {"login", "enter", "correct", "note"}),
        ("甲某 更正", {"correct"}),
        ("张三", {"note", "correct"}),
        ("10.1.2.3", {"enter", "correct", "note"}),
        ("book", {"import"}),
        (ZHANG, {"note"}),
        ("主体", {"note"}),
        ("机构", {"enter"}),
        ("J9", {"enter"}),
        ("登录账号", {"login", "accounts"}),
        ("系统", {"login", "accounts", "import"}),
        ("没有这样的", set()),
    ],
)
def test_the_trail_is_searched_by_what_it_shows_and_by_codes(auditor, words, acts) -> None:
    assert {act for act, _kind, _by in found(auditor, words)} == acts


def page_of(browser, act, **asked):
    """The page of the newest event of an act, and the event."""
    one = Event.objects.filter(act=act, **asked).latest("number")
    return browser.get(f"/trail/{one.number}/"), one


def fields_of(answer):
    """What the page says before and after, by the names of the fields."""
    return {one.name: (one.before, one.after, one.changed) for one in answer.context["fields"]}


def test_a_correction_stands_before_and_after_side_by_side_in_words(auditor) -> None:
    answer, _one = page_of(auditor, "correct")
    said = fields_of(answer)
    assert said["金额"] == ("1,000,000.00", "900,000.00", True)
    assert said["客户"] == ("张三", "张三", False)
    assert said["客户经理"] == ("甲某", "甲某", False)
    assert said["经理B"] == ("—", "乙某", True)
    assert said["放款日"] == ("2026-11-10", "2026-11-10", False)
    assert {one.name for one in answer.context["changed"]} == {"金额", "经理B"}
    text = words_of(answer)
    for word in (
        "更正一条",
        "甲某",
        "10.1.2.3",
        "2026-11-23 16:00:00",
        "录错，见",
        "没变的 ",
    ):
        assert word in text, word
    assert ZHANG not in text
    assert seals().mark(ZHANG) not in text
    assert '<a href="/registers/contract/row/C1/">C1 张三</a>' in text


def test_the_list_shows_from_where_calls_things_by_name_and_leads_to_the_event(auditor) -> None:
    text = words_of(auditor.get("/trail/"))
    number = Event.objects.get(act="login", subject="m7").number
    assert f'<tr data-open="/trail/{number}/">' in text
    for words in (
        "登录账号 甲某",
        "机构 J9 北城分公司",
        "合同 C1 张三",
        "主体 张三",
        "导入批次 book",
        "10.1.2.3",
        "127.0.0.1",
    ):
        assert words in text, words
    assert "account m7" not in text
    assert seals().mark(ZHANG) not in text


def test_a_private_number_is_hidden_on_the_page_of_an_event_and_that_it_moved_is_shown(auditor) -> None:
    number = "13811112222"
    mobile = {"mobile": seals().seal(number), "mobile_mark": seals().mark(number), "mobile_tail": number[-4:]}
    correct("party", seals().mark(ZHANG), mobile, by=MANAGER, at=NOW, day=DAY, reason="换号")
    answer, _one = page_of(auditor, "correct", kind="party")
    assert fields_of(answer)["手机"] == ("•••", "•••", True)
    assert fields_of(answer)["证件号"] == ("•••", "•••", False)
    text = words_of(answer)
    assert re.findall(r"P[A-Z2-7]{20}|138\d{8}", text.replace(f"/{seals().mark(ZHANG)}/", "")) == []


def test_the_page_of_an_event_says_whether_it_holds_in_the_chain(auditor) -> None:
    answer, one = page_of(auditor, "correct")
    assert one.seal in answer.content.decode()
    assert one.previous in answer.content.decode()
    assert answer.context["breaks"] == []
    Event.objects.filter(pk=one.pk).update(reason="别的")
    assert auditor.get(f"/trail/{one.number}/").context["breaks"] == [f"第 {one.number} 条的内容改过"]
    Event.objects.filter(pk=one.pk).update(reason=one.reason)
    last = Event.objects.latest("number")
    assert auditor.get(f"/trail/{last.number}/").context["breaks"] == []
    Event.objects.filter(number=one.number - 1).delete()
    assert auditor.get(f"/trail/{one.number}/").context["breaks"] == [f"第 {one.number - 1} 条不在了"]
    Event.objects.filter(number=last.number).delete()
    assert auditor.get(f"/trail/{last.number - 1}/").context["breaks"] == [f"第 {last.number} 条不在了"]


def test_every_event_of_the_cast_has_a_page_in_both_languages(auditor) -> None:
    for lang in ("zh", "en"):
        auditor.post("/preferences/", {"lang": lang})
        for number in Event.objects.values_list("number", flat=True):
            assert auditor.get(f"/trail/{number}/").status_code == 200


def test_who_may_not_open_the_trail_opens_no_event_of_it(auditor) -> None:
    manager = browser_of("m7")
    assert [manager.get(at).status_code for at in ("/trail/", "/trail/1/", "/trail/999999/")] == [403] * 3
    assert auditor.get("/trail/999999/").status_code == 404


def test_whatever_an_act_tells_has_its_name() -> None:
    """Names of fields as they are written where events are recorded, and the kinds of things."""
    names, kinds = set(), set()
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in {"record", "_note"}
            ):
                continue
            said = [one.value for one in call.keywords if one.arg in {"before", "after"}]
            keys = [
                key
                for value in said
                for part in ast.walk(value)
                if isinstance(part, ast.Dict)
                for key in part.keys
            ]
            names |= {key.value for key in keys if isinstance(key, ast.Constant)}
            kinds |= {
                one.value.value
                for one in call.keywords
                if one.arg == "kind" and isinstance(one.value, ast.Constant)
            }
    assert len(names) > 30
    assert sorted(name for name in names if name not in fields()) == []
    assert sorted(kind for kind in kinds if kind not in KINDS and kind not in declared()) == []
    assert sorted(kind for kind in KINDS if terms().by_id(kind) is None) == []


def asked(browser, **said) -> list[str]:
    """The acts that the page lists."""
    return [event.act for event in browser.get("/trail/", said).context["page"].object_list]


def test_the_trail_is_narrowed_to_an_act_and_to_days_as_they_are_in_shanghai(auditor) -> None:
    with transaction.atomic():
        record("note", by=MANAGER, at=datetime(2026, 11, 1, 16, 30, tzinfo=UTC), kind="party", subject="P1")
    assert set(asked(auditor, act="correct")) == {"correct"}
    assert asked(auditor, **{"from": "2026-11-02", "until": "2026-11-02"}) == ["note"], (
        "half past midnight there"
    )
    assert asked(auditor, until="2026-11-01") == []
    assert asked(auditor, act="note") == ["note", "note"]
    assert asked(auditor, act="note", **{"from": "2026-11-03"}) == ["note"]
    assert asked(auditor, q="甲某", act="enter", **{"from": DAY.isoformat()}) == ["enter"]
    wrong = auditor.get("/trail/", {"from": "十一月"})
    assert (wrong.status_code, len(wrong.context["rows"])) == (422, 0)
    assert 'id="f-from"' in words_of(wrong)


def test_what_the_auditor_found_is_taken_as_excel_and_that_is_on_record(auditor) -> None:
    answer = auditor.get("/trail/", {"act": "correct", "as": "xlsx"})
    page = load_workbook(BytesIO(answer.content)).worksheets[0]
    head, row = (tuple(cell.value for cell in line) for line in page.iter_rows(max_row=2))
    event = Event.objects.get(act="correct")
    assert head[:6] == ("#", "时间", "谁", "从哪里", "动作", "对象")
    assert (row[0], row[2:6], row[7]) == (
        event.number,
        ("甲某", "10.1.2.3", "更正一条", "合同 C1 张三"),
        event.seal,
    )
    assert ZHANG not in str(row)
    told = Event.objects.get(act="export")
    assert (told.by, told.kind, told.after) == ("己", "trail", {"rows": 1, "asked": "act=correct&as=xlsx"})
    assert auditor.get("/trail/", {"from": "十一月", "as": "xlsx"}).status_code == 422

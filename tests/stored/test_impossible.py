"""What cannot be is refused by every door alike: forms, forms of duties, files, programs, acts."""

from datetime import date, timedelta

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.imports.acts import begin_taking, faults_of, inspect, receive, take
from daihou.ledger.acts import RowRefusedError, correct, correct_many, enter
from daihou.ledger.refusals import refusal
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.trail.models import Event
from daihou.web import gate

TOMORROW = DAY + timedelta(1)
PAYMENT = {"transaction_no": "L1", "contract": "C1", "value_day": "2026-11-20", "amount": "5000"}
VISIT = {
    "visit_no": "ZF1", "contract": "C1", "kind": "用途", "client": "张三", "inspected_day": "2026-11-20", "result": "完成", "urgent": "否",
}  # fmt: skip
CALL = {
    "contact_no": "X1", "party": "张三", "contract": "C1", "on_day": "2026-11-20", "mode": "电话", "matter": "催收", "result": "承诺还款",
    "promised_day": "2026-12-01", "promised_amount": "5000", "clock_time": "09:30",
}  # fmt: skip
FLOW = {"party": "张三", "month_of": "2026-10-01", "net_outflow": "5000"}
COUNT = {
    "branch": "J2",
    "on_day": "2026-11-20",
    "kind": "自盘",
    "book_figure": "800",
    "counted_figure": "800",
}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One rulebook, and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@pytest.fixture
def log_in(company):
    """A browser of one member of the cast: 甲 keeps accounts, 戊 the cash."""
    open_accounts([(one, one) for one in "甲戊"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


# who enters which register, what he writes otherwise than is right, beside which field it is refused, with which words
TYPED = [
    ("甲", "repayment", PAYMENT, {"value_day": TOMORROW.isoformat()}, "value_day", "晚于 2026-11-23"),
    ("甲", "inspection", VISIT, {"inspected_day": TOMORROW.isoformat()}, "inspected_day", "晚于 2026-11-23"),
    ("甲", "contact", CALL, {"on_day": TOMORROW.isoformat()}, "on_day", "晚于 2026-11-23"),
    ("甲", "contact", CALL, {"clock_time": "25:99"}, "clock_time", "00:00 至 23:59"),
    ("甲", "contact", CALL, {"party": "91510000100000000L"}, "party", "不在“合同”C1 上"),
    ("甲", "contact", CALL, {"clock_hour": "21"}, "clock_hour", "与“时刻”09:30 不符"),
    ("甲", "related_flow", FLOW, {"month_of": "2026-10-31"}, "month_of", "不是那个月的一日"),
    ("戊", "cash_count", COUNT, {"counted_figure": ""}, "counted_figure", "没有“实点数”"),
    ("戊", "cash_count", COUNT, {"on_day": TOMORROW.isoformat()}, "on_day", "晚于 2026-11-23"),
]


@pytest.mark.parametrize(("who", "table", "right", "wrong", "field", "because"), TYPED)
def test_what_cannot_be_is_refused_beside_its_field_and_what_is_right_is_taken(
    log_in, who, table, right, wrong, field, because
) -> None:
    browser = log_in(who)
    before = Event.objects.count()
    answer = browser.post(f"/registers/{table}/new/", {**right, **wrong})
    assert answer.status_code == 200
    found = answer.context["form"].errors
    assert list(found) == [field], found
    assert because in found[field][0]
    assert (Event.objects.count(), standing(homes()[table]).count()) == (before, 0)
    answer = browser.post(f"/registers/{table}/new/", right)
    assert answer.status_code == 302, answer.context["form"].errors
    assert standing(homes()[table]).count() == 1


CALLS = (
    "联络号,主体,合同,日期,方式,事由,结果,号码\nT1,510000199803180019,C1,2026-11-20,电话,核实,接通,13800000001\n"
    "T2,51000019860709002X,C1,2026-11-20,电话,核实,接通,13800000002\nT3,91510000100000000L,C1,2026-11-20,电话,核实,接通,13800000001\n"
    "T4,91510000100000000L,,2026-11-20,电话,核实,接通,13800000001\n"
)


def test_a_file_and_a_correction_are_held_to_who_is_on_a_contract_as_entry_is(log_in) -> None:
    """The client, a surety, and of no contract anybody; private persons as the registers keep them, by their marks."""
    upload = receive("联络.csv", CALLS.encode(), by=BY, at=NOW)
    inspect(upload, now=lambda: NOW)
    errors = [one for one in faults_of(upload) if one.severity == "error"]
    assert [(one.code, one.row, one.column) for one in errors] == [("party-off-contract", 4, "party")]
    begin_taking(upload, at=NOW)
    take(upload, by=BY, at=NOW, day=DAY, now=lambda: NOW)
    assert sorted(standing(homes()["contact"]).values_list("key", flat=True)) == ["T1", "T2", "T4"]
    said = {**CALL, "contact_no": "T1", "party": "91510000100000000L", "reason": "换了人"}
    answer = log_in("甲").post("/registers/contact/row/T1/correct/", said)
    assert list(answer.context["form"].errors) == ["party"]


def test_a_correction_is_held_to_the_same(log_in) -> None:
    browser = log_in("甲")
    browser.post("/registers/repayment/new/", PAYMENT)
    said = {**PAYMENT, "value_day": TOMORROW.isoformat(), "reason": "写错了"}
    answer = browser.post("/registers/repayment/row/L1/correct/", said)
    assert list(answer.context["form"].errors) == ["value_day"]
    assert standing(homes()["repayment"]).get().value_day == date(2026, 11, 20)


def test_a_month_typed_without_a_day_is_kept_by_its_first(log_in) -> None:
    log_in("甲").post("/registers/related_flow/new/", {**FLOW, "month_of": "2026-10"})
    assert standing(homes()["related_flow"]).get().month_of == date(2026, 10, 1)


FILE = "流水号,合同,起息日,金额\nL1,C1,2026-11-23,5000\nL2,C1,2026-11-24,5000\nL3,C1,2062-11-20,5000\n"


def test_a_file_is_checked_on_the_day_it_is_handed_in_and_once_more_when_it_is_taken(company) -> None:
    upload = receive("还款.csv", FILE.encode(), by=BY, at=NOW)
    inspect(upload, now=lambda: NOW)
    errors = [one for one in faults_of(upload) if one.severity == "error"]
    assert [(one.code, one.row, one.column) for one in errors] == [
        ("day-ahead", 3, "value_day"),
        ("day-ahead", 4, "value_day"),
    ]
    assert upload.tables["repayment"][:3] == [3, 2, 1]
    begin_taking(upload, at=NOW)
    take(upload, by=BY, at=NOW, day=TOMORROW, now=lambda: NOW)  # what was to come the day before has come
    assert sorted(standing(homes()["repayment"]).values_list("key", flat=True)) == ["L1", "L2"]


def test_acts_write_no_day_that_has_not_come_whichever_door_they_came_by(company) -> None:
    said = {"by": BY, "at": NOW, "day": DAY}
    row = {"key": "L1", "transaction_no": "L1", "contract": "C1", "value_day": TOMORROW, "amount": 500_000}
    tries = [
        lambda: enter("repayment", row, **said),
        lambda: correct("contract", "C1", {"settled_day": TOMORROW}, reason="试", **said),
        lambda: correct_many({"contract": {"C1": {"settled_day": TOMORROW}}}, entered={}, subject="C1", reason="试", **said),
        lambda: correct_many({}, entered={"repayment": [row]}, subject="C1", reason="试", **said),
    ]  # fmt: skip
    before = Event.objects.count()
    for write in tries:
        with pytest.raises(RowRefusedError) as refused:
            write()
        assert refused.value.code == "day-ahead"
        assert refused.value.key in {"value_day", "settled_day"}
        assert "今天和以前" in refusal(refused.value)
    assert Event.objects.count() == before
    enter("repayment", {**row, "value_day": DAY}, **said)
    assert standing(homes()["repayment"]).get().value_day == DAY


def test_what_is_known_beforehand_may_be_written_ahead(company) -> None:
    said = {"by": BY, "at": NOW, "day": DAY, "reason": "已递交辞职"}
    assert correct("employee", "戊", {"left_day": date(2026, 12, 31)}, **said).left_day == date(2026, 12, 31)

"""The book out of the database: every value as it was written, whatever signs are in it."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from daihou.book import ColumnType
from daihou.duties.models import DayRun, Duty
from daihou.registers import lines
from daihou.registers.kept import homes
from daihou.registers.rows import stored_table

NASTY = [
    "", " ", ",", '"', '""', "a,b", 'he said "no"', "one\ntwo", "one\r\ntwo", "\n", "'", "null", "NULL", "true", "0", "-1", "\\", "\\N", "\t",
    "中文，全角", "🙂", "a" * 5000, '",\n"', "　", "=1+1",
]  # fmt: skip


def kept(table: str, **values):
    model = homes()[table]
    return model(event=1, **values)


def test_texts_with_any_signs_come_back_as_they_were(db) -> None:
    model = homes()["errand"]
    rows = [{"key": f"K{at}", "matter": text} for at, text in enumerate(NASTY)]
    fixed = {
        "errand_no": "x",
        "employee": "甲",
        "assigned_day": date(2026, 1, 1),
        "deadline": date(2026, 1, 2),
    }
    names = {field.attname for field in model._meta.concrete_fields}
    given = [{name: value for name, value in {**fixed, **row}.items() if name in names} for row in rows]
    model._default_manager.bulk_create(kept("errand", **one) for one in given)
    assert stored_table(model)["matter"].to_pylist() == NASTY


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("contract", "interest_rate", [None, Decimal(0), Decimal("0.000001"), Decimal("4.35"), Decimal("-1.5"), Decimal("999999999.999999"), Decimal(12)]),
        ("contract", "amount", [0, 1, -1, 10**15, 9_007_199_254_740_993]),
        ("contract", "maturity_day", [None, date(1, 1, 1), date(1999, 12, 31), date(2026, 2, 28), date(9999, 12, 31)]),
        ("contract", "board_approved", [True, False]),
        ("contract", "creditor", [None, "", "某行"]),
        ("contract", "risk_class", [None, 1, 4]),
    ],
)  # fmt: skip
def test_numbers_days_and_nothing_come_back_as_they_were(db, table, column, values) -> None:
    model = homes()[table]
    fixed = {
        "contract_no": "C", "client": "K", "branch": "J1", "account_manager": "甲", "business_line": "guarantee", "product": "x",
        "facility": "y", "amount": 1, "term_months": 1, "status": "s", "board_approved": False, "extensions": 0,
    }  # fmt: skip
    names = {field.attname for field in model._meta.concrete_fields}
    for at, value in enumerate(values):
        said = {**fixed, "key": f"C{at}", column: value}
        kept(table, **{name: one for name, one in said.items() if name in names}).save()
    assert stored_table(model)[column].to_pylist() == values


def test_a_table_of_many_parts_is_read_whole_in_the_order_of_its_rows(db, monkeypatch) -> None:
    model = homes()["errand"]
    model._default_manager.bulk_create(
        kept("errand", key=f"K{at}", errand_no=f"K{at}", employee="甲", assigned_day=date(2026, 1, 1), deadline=date(2026, 1, 2), matter=text)
        for at, text in enumerate(NASTY)
    )  # fmt: skip
    whole = stored_table(model)
    for size in (1, 7, len(NASTY), 1000):
        monkeypatch.setattr(lines, "IN_A_PART", size)
        parts = stored_table(model)
        assert parts["matter"].num_chunks == -(-len(NASTY) // size)
        assert parts.equals(whole)


def test_a_table_without_rows_has_its_columns(db) -> None:
    held = stored_table(homes()["contract"])
    assert held.num_rows == 0
    assert held.schema.field("amount").type == pa.int64()


@pytest.mark.parametrize("kept_days", [[None], [date(2026, 1, 1), None], [None, date(2026, 1, 1)]])
def test_nothing_at_the_end_of_a_line_is_nothing_though_a_text_stands_before_it(db, kept_days) -> None:
    model = homes()["contract"]
    for at, day in enumerate(kept_days):
        kept(
            "contract", key=f"C{at}", contract_no=f"C{at}", client="K", branch="J1", account_manager="甲", business_line="guarantee",
            product="x", facility="y", amount=1, term_months=1, status="s", board_approved=False, extensions=0, recorded=date(2026, 1, 1),
            maturity_day=day,
        ).save()  # fmt: skip
    columns = {"no": ("contract_no", ColumnType.ID), "until": ("maturity_day", ColumnType.DATE)}
    assert lines.read(model._meta.db_table, columns)["until"].to_pylist() == kept_days
    some = lines.read(model._meta.db_table, columns, "contract_no IN (%s)", ["C0"])
    assert some.to_pylist() == [{"no": "C0", "until": kept_days[0]}]


def test_rows_are_written_and_changed_without_an_object_for_each(db) -> None:
    run = DayRun.objects.create(day=date(2026, 1, 1), at="2026-01-01T00:00:00Z", by="x", known_event=0, fingerprint="", seconds={}, asleep=[])  # fmt: skip
    columns = (
        "rule",
        "object",
        "occurrence",
        "table",
        "due",
        "assumed",
        "state",
        "first_run_id",
        "last_run_id",
    )
    rows = [["r", str(at), "", "contract", day, at == 1, "open", run.pk, run.pk] for at, day in enumerate(("2026-02-28", None))]  # fmt: skip
    lines.insert(Duty._meta.db_table, columns, rows)
    lines.insert(Duty._meta.db_table, columns, [])
    first, second = Duty.objects.order_by("object")
    assert (first.due, first.assumed, second.due, second.assumed) == (date(2026, 2, 28), False, None, True)
    lines.update(Duty._meta.db_table, ("due", "state"), [[None, "late", first.pk], ["2026-03-01", "overdue", second.pk]])  # fmt: skip
    said = list(Duty.objects.order_by("object").values_list("due", "state"))
    assert said == [(None, "late"), (date(2026, 3, 1), "overdue")]

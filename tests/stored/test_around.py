"""What follows an act is told from the few rows around it; it must be what the whole book tells."""

import random
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from staging import staged
from test_following import stands_as_a_full_run_leaves_it
from tests_cast import BY, DAY, NOW

from daihou.book import Table, declared, read_book, write_book
from daihou.dayend import following
from daihou.dayend.about import explained
from daihou.dayend.acts import follow, run_day
from daihou.duties.models import WAITING, Duty
from daihou.engine import explain, render
from daihou.engine.around import hanging
from daihou.ledger.acts import RowRefusedError, correct, enter, take_in, void
from daihou.policy import rules
from daihou.policy.books import go_live_of_company, rulebooks_of_company
from daihou.registers.kept import field_name, homes, is_sealed, names_party, standing, values_of
from daihou.registers.rows import sealed_row, stored_book
from daihou.rulebook import Gate
from daihou.sample import sample_rows
from daihou.units import Calendar

CONTRACTS, SERIES, ACTS = 69, 6, 8
ROWS_OF_A_GATE = 8


@pytest.fixture(autouse=True)
def all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up company works by all rulebooks; what is kept of that must not outlive the test."""
    monkeypatch.setattr(rules, "rules_of_kind", cache(rules.rules_of_kind.__wrapped__))


@staged
def sample(tmp_path: Any, all_rules: None) -> None:
    """The sample company with all rulebooks, its day derived."""
    write_book(sample_rows(DAY, contracts=CONTRACTS), tmp_path / "台账.xlsx")
    book = read_book(tmp_path / "台账.xlsx").book
    take_in(book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)


def row_of(table: Table, row: Any) -> dict[str, Any]:
    """The values of a stored row, by field."""
    names = [field_name(column.id) for column in values_of(table)]
    beside = [f"{name}_{part}" for name in names for part in ("mark", "tail", "sealed")]
    return {name: getattr(row, name) for name in (*names, *beside) if hasattr(row, name)}


def another_row(chance: random.Random, table: Table) -> tuple[str, Any]:
    """One row again under a key of its own, with one value of another row."""
    rows = list(standing(homes()[table.id]).order_by("id"))
    values, other = row_of(table, chance.choice(rows)), row_of(table, chance.choice(rows))
    part = chance.choice([name for name in table.key if table.columns[name].ref is None] or list(table.key))
    own = field_name(part)
    if isinstance(values[own], str) and table.columns[part].ref is None and table.columns[part].enum is None:
        values[own] = f"{values[own]}-{chance.randrange(10**6)}"
    else:
        values[own] = other[own]
    moved = chance.choice([one for one in values_of(table) if not is_sealed(one) and not names_party(one)])
    values[field_name(moved.id)] = other[field_name(moved.id)]
    values["key"] = "/".join(str(values[field_name(name)]) for name in table.key)
    return f"enter {table.id} {values['key']}", lambda: enter(table.id, values, by=BY, at=NOW, day=DAY)


def corrected_row(chance: random.Random, table: Table) -> tuple[str, Any]:
    """One row with a value of another row, which may be another client or contract; or taken back."""
    rows = list(standing(homes()[table.id]).order_by("id"))
    row, other = chance.choice(rows), chance.choice(rows)
    open_ = [
        one
        for one in values_of(table)
        if one.id not in table.key and not is_sealed(one) and not names_party(one)
    ]
    if not open_ or chance.randrange(6) == 0:
        return f"void {table.id} {row.key}", lambda: void(
            table.id, row.key, by=BY, at=NOW, day=DAY, reason="试"
        )
    name = field_name(chance.choice(open_).id)
    values = {name: getattr(other, name)}
    return f"correct {table.id} {row.key} {values}", lambda: correct(
        table.id, row.key, values, by=BY, at=NOW, day=DAY, reason="试"
    )


def completed(chance: random.Random) -> tuple[str, Any]:
    """A duty that is completed."""
    duty = chance.choice(
        list(Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True).order_by("id"))
    )
    values = {
        "duty": duty.key, "completion_day": DAY, "completed_by": BY.by, "evidence": "试", "remark": None,
        "key": f"{duty.key}/{DAY.isoformat()}",
    }  # fmt: skip
    return f"complete {duty.key}", lambda: enter("completion", values, by=BY, at=NOW, day=DAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.long] if seed else []) for seed in range(SERIES)]
)
def test_after_a_series_of_acts_on_the_sample_a_full_run_changes_nothing(sample, seed, monkeypatch) -> None:
    """Rows around an act are enough: the whole book is read only for what no reference tells."""
    chance, done = random.Random(seed), list[str]()
    tables = sorted(name for name in hanging() if standing(homes()[name]).exists())
    whole = following.stored_book
    asked: list[str] = []
    monkeypatch.setattr(following, "stored_book", lambda **how: asked.append("whole") or whole(**how))
    while len(done) < ACTS:
        table = homes()[chance.choice(tables)].table
        how = chance.choice([another_row, corrected_row, corrected_row, completed])
        told, act = completed(chance) if how is completed else how(chance, table)
        try:
            with transaction.atomic():
                act()
        except (RowRefusedError, TypeError, ValueError):
            continue
        done.append(told)
        follow(DAY, by=BY, at=NOW)
    try:
        stands_as_a_full_run_leaves_it()
    except AssertionError as error:
        error.add_note("\n".join(done))
        raise
    assert len(asked) < ACTS, "no act was told from the rows around it"


@pytest.mark.slow
def test_why_is_told_from_the_rows_around_an_object_as_from_the_whole_book(sample) -> None:
    """Of every rule that gave a duty, about the object of one of its duties; and of the one that looks at all duties of a contract."""
    books, whole = rulebooks_of_company(), stored_book()
    known = {rule.id: rule for book in books for rule in book.rules}
    asked = {duty.rule: duty.object for duty in Duty.objects.filter(withdrawn_on__isnull=True).order_by("id")}
    asked["loss-accountability"] = standing(homes()["contract"]).order_by("id").first().key
    assert {"regular-inspection", "routine-report", "warning-check"} <= asked.keys()
    for name, object_ in asked.items():
        told = render(explained(books, known[name], object_, DAY), "zh")
        same = explain(
            books, whole, name, object_, DAY, go_live=go_live_of_company(), calendar=Calendar.standard()
        )
        assert told == render(same, "zh"), name


@pytest.mark.slow
def test_a_gate_says_of_a_row_the_same_from_the_rows_around_it_as_from_the_whole_book(sample) -> None:
    """Of every row that the sample has for a gate, up to a few; calls count others of the day by person and by number, whoever it belongs to."""
    cars = standing(homes()["contract"]).filter(business_line="car_loan").order_by("id")[:2]
    for number in range(8):
        contract = cars[number % 2]
        values = {
            "contact_no": f"LL{number}", "party": contract.client, "contract": contract.key, "on_day": DAY,
            "clock_hour": 9 + number, "mode": "phone", "matter": "collecting", "dialled_no": "13800000001", "result": "connected",
        }  # fmt: skip
        enter("contact", sealed_row(declared()["contact"], values), by=BY, at=NOW, day=DAY)
    books, whole = rulebooks_of_company(), stored_book()
    gates = [rule for book in books for rule in book.rules if isinstance(rule, Gate)]
    seen: list[str] = []
    refused: set[str] = set()
    for gate in gates:
        keys = standing(homes()[gate.table]).order_by("-id").values_list("key", flat=True)
        for key in keys[:ROWS_OF_A_GATE]:
            told = explained(books, gate, key, DAY)
            same = explain(
                books, whole, gate.id, key, DAY, go_live=go_live_of_company(), calendar=Calendar.standard()
            )
            assert render(told, "zh") == render(same, "zh"), (gate.id, key)
            seen += [gate.table for _ in told.results]
            refused |= {one.refusal.words for one in told.refused}
    assert {"contact", "location_query", "extension_request"} <= set(seen)
    assert {"今天接通的催收电话已到上限", "号码{dialled_no}今天拨打次数已到上限"} <= refused

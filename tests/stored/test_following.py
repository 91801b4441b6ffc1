"""Work follows acts at once: after any series of them a full run for the same date changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests_cast import BY, DAY, NOW, SHEETS, reading_of, stored, write_sheets

from daihou.book import Column, ColumnType, declared, domains
from daihou.dayend import following
from daihou.dayend.acts import follow, run_day
from daihou.duties.models import WAITING, Duty, Standing
from daihou.ledger.acts import RowRefusedError, correct, enter, take_in, void, withdraw
from daihou.ledger.reads import touched
from daihou.policy import books
from daihou.registers.kept import field_name, homes, is_sealed, names_party, standing, values_of
from daihou.registers.rows import sealed_row
from daihou.trail.models import Event
from daihou.trail.reads import verify

NEVER = frozenset({"company", "change_log", "portfolio_quarter"})
"""Tables that no act of the drawn series writes to: the company is founded once, the log follows from corrections."""


@pytest.fixture
def guarantee(monkeypatch, settings):
    """One rulebook: the machinery is the same for all."""
    settings.DAIHOU_SAMPLE = False
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("guarantee",))


@pytest.fixture
def with_signals(monkeypatch, settings):
    """Two rulebooks, so that duties follow from warnings."""
    settings.DAIHOU_SAMPLE = False
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("guarantee", "signals"))


def written_since(event: int) -> set[str]:
    """The tables with rows written or voided after an event, as the rows themselves tell it; without warnings, which runs raise."""
    return {
        name
        for name, model in homes().items()
        if name != "warning"
        and (
            model._default_manager.filter(event__gt=event).exists()
            or model._default_manager.filter(void_event__gt=event).exists()
        )
    }


def stands_as_a_full_run_leaves_it() -> None:
    """A full run changes nothing, nor does a second one."""
    held, number = stored(), Standing.objects.get().known_event
    run = run_day(DAY, by=BY, at=NOW)
    after = stored()
    for what, rows in held.items():
        assert after[what] == rows, what
    assert (run.found_new, run.moved, run.withdrawn, run.warnings_raised) == (0, 0, 0, 0)
    assert Standing.objects.get().known_event >= number
    run_day(DAY, by=BY, at=NOW)
    assert stored() == held
    assert list(verify()) == []


# -- acts that people do every day


def entered(table: str, **values: Any) -> None:
    enter(table, sealed_row(declared()[table], values), by=BY, at=NOW, day=DAY)


def close_a_duty() -> None:
    duty = Duty.objects.filter(rule="fund-use-check", state__in=WAITING).first()
    assert duty is not None
    entered("inspection", visit_no="V1", contract=duty.contract, client=duty.party, inspected_by="甲", kind="purpose",
            inspected_day=DAY - timedelta(1), result="done", urgent=False)  # fmt: skip


def raise_the_class() -> None:
    correct("contract", "C1", {"risk_class": 4}, by=BY, at=NOW, day=DAY, reason="重分类")


def another_manager() -> None:
    correct("contract", "C2", {"account_manager": "甲"}, by=BY, at=NOW, day=DAY, reason="换人")


def settle() -> None:
    correct(
        "contract", "C1", {"settled_day": DAY, "status": "settled"}, by=BY, at=NOW, day=DAY, reason="结清"
    )


def head_leaves() -> None:
    correct("employee", "乙", {"left_day": DAY}, by=BY, at=NOW, day=DAY, reason="离职")


def an_import(folder: Any) -> None:
    moved = SHEETS["合同"].replace("2026-11-10,2027-11-10", "2026-11-16,2027-11-10")
    book = reading_of(write_sheets(folder, 合同=moved)).book
    take_in(book, by=BY, at=NOW, day=DAY, file="later", digest="d2", read=0, left_out=0)


@pytest.mark.parametrize(
    ("act", "moves"),
    [
        pytest.param(close_a_duty, True, id="a check is entered"),
        pytest.param(raise_the_class, True, id="the class of a contract is corrected"),
        pytest.param(another_manager, True, id="a contract gets another manager"),
        pytest.param(head_leaves, False, id="a head leaves"),
    ],
)
def test_after_one_act_a_full_run_changes_nothing(company, guarantee, act, moves) -> None:
    run_day(DAY, by=BY, at=NOW)
    before, event = stored(), Event.objects.count()
    act()
    assert written_since(event) <= set(touched(event))
    assert follow(DAY, by=BY, at=NOW) is moves
    assert (stored() != before) is moves
    assert follow(DAY, by=BY, at=NOW) is False, "nothing is left to follow"
    stands_as_a_full_run_leaves_it()


def test_a_batch_and_its_withdrawal_follow_too(company, guarantee, tmp_path) -> None:
    run_day(DAY, by=BY, at=NOW)
    before = stored()
    an_import(tmp_path / "later")
    follow(DAY, by=BY, at=NOW)
    assert stored() != before
    batch = homes()["contract"]._default_manager.filter(key="C1", voided=None).get().batch
    withdraw(batch, by=BY, at=NOW, day=DAY, reason="误导入")
    follow(DAY, by=BY, at=NOW)
    assert stored() == before
    stands_as_a_full_run_leaves_it()


def test_an_act_that_nothing_followed_is_made_good_by_the_next_one_and_leaves_one_event(
    company, guarantee
) -> None:
    """A server that stopped between an act and what follows from it."""
    run_day(DAY, by=BY, at=NOW)
    raise_the_class()
    close_a_duty()
    events = Event.objects.count()
    follow(DAY, by=BY, at=NOW)
    assert list(Event.objects.filter(number__gt=events).values_list("act", flat=True)) == ["follow"]
    stands_as_a_full_run_leaves_it()


def test_a_duty_done_long_ago_is_told_otherwise_once_its_evidence_is_corrected(company, guarantee) -> None:
    run_day(DAY, by=BY, at=NOW)
    close_a_duty()
    follow(DAY, by=BY, at=NOW)
    done = Duty.objects.get(rule="fund-use-check", done=DAY - timedelta(1))
    (row,) = standing(homes()["inspection"])
    correct(
        "inspection",
        row.key,
        {"inspected_day": DAY - timedelta(4)},
        by=BY,
        at=NOW,
        day=DAY,
        reason="日期录错",
    )
    follow(DAY, by=BY, at=NOW)
    done.refresh_from_db()
    assert (done.done, done.state) == (DAY - timedelta(4), "on_time")
    stands_as_a_full_run_leaves_it()


def test_a_call_is_followed_by_what_lies_around_it(company, monkeypatch, settings) -> None:
    """The gate on contacts counts calls by the number dialled, to which no reference leads; what it answers is kept nowhere, so it is not asked."""
    settings.DAIHOU_SAMPLE = False
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("carloan",))
    run_day(DAY, by=BY, at=NOW)
    monkeypatch.setattr(
        following, "stored_book", lambda *_args, **_more: pytest.fail("the whole book was read")
    )
    entered("contact", contact_no="T1", party="510000199803180019", contract="C1", on_day=DAY, mode="phone", matter="collecting",
            result="connected", dialled_no="13900000000")  # fmt: skip
    follow(DAY, by=BY, at=NOW)


def test_nothing_follows_before_the_first_run(company, guarantee) -> None:
    raise_the_class()
    assert follow(DAY, by=BY, at=NOW) is False
    assert Duty.objects.count() == 0


def test_results_of_an_older_book_never_replace_newer_ones(company, guarantee, monkeypatch) -> None:
    """A run reads, then a check is entered and followed, then the run stores what it had found."""
    from daihou.dayend import acts

    run_day(DAY, by=BY, at=NOW)
    store_run = acts.store_run

    def later(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(acts, "store_run", store_run)
        close_a_duty()
        follow(DAY, by=BY, at=NOW)
        return store_run(*args, **kwargs)

    monkeypatch.setattr(acts, "store_run", later)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.filter(rule="fund-use-check", done=DAY - timedelta(1)).exists()
    stands_as_a_full_run_leaves_it()


def test_what_is_written_while_a_run_works_follows_at_its_end(company, guarantee, monkeypatch) -> None:
    from daihou.dayend import acts

    store_run = acts.store_run

    def later(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(acts, "store_run", store_run)
        close_a_duty()
        return store_run(*args, **kwargs)

    run_day(DAY - timedelta(1), by=BY, at=NOW)
    monkeypatch.setattr(acts, "store_run", later)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.filter(rule="fund-use-check", done=DAY - timedelta(1)).exists()
    stands_as_a_full_run_leaves_it()


def test_work_on_a_warning_that_another_one_raised_follows_at_once(company, with_signals) -> None:
    """The surety withholds a report, so its client has a surety in trouble: both are verified."""
    run_day(DAY, by=BY, at=NOW)
    surety = standing(homes()["counter_guarantee"]).get(contract="C1").counter_guarantor
    entered("paper_due", party=surety, paper="audit_report", period_last_day=DAY - timedelta(21), paper_due_day=DAY - timedelta(17),
            reminders=5, good_reason=False)  # fmt: skip
    follow(DAY, by=BY, at=NOW)
    checks = Duty.objects.filter(rule="warning-check", withdrawn_on__isnull=True).values_list(
        "object", flat=True
    )
    assert {key.split("/")[0] for key in checks} == {"S29", "S34"}
    stands_as_a_full_run_leaves_it()


# -- any acts


def drawn_value(draw: Callable[[Any], Any], column: Column) -> Any:
    """A value that a column could hold; empty now and then where it may be."""
    if not column.required and draw(st.integers(0, 3)) == 0:
        return None
    if column.ref is not None:
        keys = (
            list(standing(homes()[column.ref]).order_by("id").values_list("key", flat=True))
            if column.ref in homes()
            else []
        )
        return draw(st.sampled_from(keys)) if keys else None
    if column.enum is not None:
        return draw(st.sampled_from(domains()[column.enum]))
    match column.type:
        case ColumnType.DATE | ColumnType.HAPPENED:
            return DAY + timedelta(draw(st.integers(-40, 20)))
        case ColumnType.FEN | ColumnType.INT:
            return draw(st.integers(0, 12))
        case ColumnType.NUM:
            return Decimal(draw(st.integers(0, 300))) / 100
        case ColumnType.BOOL:
            return draw(st.booleans())
        case _:
            return f"T{draw(st.integers(1, 9))}"


def drawn_entry(draw: Callable[[Any], Any]) -> tuple[str, Callable[[], object]]:
    table = declared()[draw(st.sampled_from(sorted(homes().keys() - NEVER)))]
    columns = [c for c in values_of(table) if not is_sealed(c)]
    values = {column.id: drawn_value(draw, column) for column in columns}
    if table.id == "completion":
        duties = list(Duty.objects.filter(state__in=WAITING).order_by("id"))
        values["duty"] = draw(st.sampled_from(duties)).key if duties else "fund-use-check/C1/"
    return f"enter {table.id} {values}", lambda: entered(table.id, **values)


def drawn_correction(draw: Callable[[Any], Any]) -> tuple[str, Callable[[], object]]:
    held = sorted(name for name in homes().keys() - NEVER if standing(homes()[name]).exists())
    table = declared()[draw(st.sampled_from(held))]
    row = draw(st.sampled_from(list(standing(homes()[table.id]).order_by("id"))))
    columns = [
        c for c in values_of(table)
        if c.id not in table.key and not is_sealed(c) and not names_party(c) and c.ref is None
    ]  # fmt: skip
    if not columns or draw(st.integers(0, 5)) == 0:
        return f"void {table.id} {row.key}", lambda: void(
            table.id, row.key, by=BY, at=NOW, day=DAY, reason="试"
        )
    values = {
        field_name(c.id): drawn_value(draw, c)
        for c in draw(st.lists(st.sampled_from(columns), min_size=1, max_size=2))
    }
    return f"correct {table.id} {row.key} {values}", lambda: correct(
        table.id, row.key, values, by=BY, at=NOW, day=DAY, reason="试"
    )


@pytest.mark.slow
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_after_any_series_of_acts_a_full_run_changes_nothing(
    company, with_signals, tmp_path_factory, data
) -> None:
    with transaction.atomic():
        run_day(DAY, by=BY, at=NOW)
        batches = []
        for _ in range(data.draw(st.integers(2, 6))):
            event = Event.objects.count()
            kind = data.draw(st.sampled_from(["enter", "enter", "correct", "correct", "import", "withdraw"]))
            try:
                with transaction.atomic():
                    if kind == "import":
                        folder = tmp_path_factory.mktemp("later")
                        said = data.draw(st.sampled_from(["2026-11-16,2027-11-10", "2026-10-10,2026-12-01"]))
                        moved = SHEETS["合同"].replace("2026-11-10,2027-11-10", said)
                        book = reading_of(write_sheets(folder, 合同=moved)).book
                        batches.append(
                            take_in(book, by=BY, at=NOW, day=DAY, file="f", digest="d", read=0, left_out=0)
                        )
                        note(f"import {said}")
                    elif kind == "withdraw":
                        if batches:
                            withdraw(batches[-1], by=BY, at=NOW, day=DAY, reason="试")
                            note("withdraw")
                    else:
                        told, act = (drawn_entry if kind == "enter" else drawn_correction)(data.draw)
                        note(told)
                        act()
            except RowRefusedError as error:
                note(f"refused: {error}")
            assert written_since(event) <= set(touched(event))
            if data.draw(st.booleans()):
                follow(DAY, by=BY, at=NOW)
        follow(DAY, by=BY, at=NOW)
        stands_as_a_full_run_leaves_it()
        transaction.set_rollback(True)

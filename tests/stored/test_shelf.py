"""The book kept between readings says at every moment what the database says, and nothing of another database counts."""

import os
from datetime import date

import pyarrow as pa
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_cast import BY, DAY, NOW, guarantee_alone, reading_of, write_sheets

from daihou.config import installing
from daihou.dayend.acts import run_day
from daihou.ledger.acts import correct, enter, take_in, void
from daihou.registers import shelf
from daihou.registers.kept import homes, standing
from daihou.registers.rows import one_moment, stored_book, stored_table, unsealed
from daihou.terms import terms
from daihou.trail.models import Event, Head

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(tmp_path, monkeypatch, settings):
    """The cast, and a shelf of its own that keeps every table however small."""
    guarantee_alone(monkeypatch)
    settings.DAIHOU_SHELF = tmp_path / "shelf"
    monkeypatch.setattr("daihou.registers.rows.WORTH", 0)
    monkeypatch.setattr("daihou.registers.rows.WORTH_OF", 1_000_000)
    reading = reading_of(write_sheets(tmp_path / "book"))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)


def read(keep=True):
    with one_moment() as own:
        return stored_book(keep=keep and own)


def whole():
    """The book without a shelf."""
    return {name: rows for name, model in homes().items() if (rows := stored_table(model)).num_rows}


def same() -> None:
    held = read().tables
    assert list(held) == list(whole())
    for name, rows in whole().items():
        assert held[name].combine_chunks().equals(rows.combine_chunks()), name


def visit(number, day="2026-11-20"):
    row = standing(homes()["contract"]).get(key="C1")
    return enter(
        "inspection",
        {
            "key": f"{number}/C1/regular", "visit_no": number, "contract": "C1", "kind": "regular", "client": row.client,
            "inspected_day": date.fromisoformat(day), "inspected_by": "甲", "result": terms().find("完成").id, "urgent": False,
        },
        by=BY, at=NOW, day=DAY,
    )  # fmt: skip


def files(settings):
    return sorted(one.name for one in settings.DAIHOU_SHELF.iterdir())


def test_what_was_kept_is_carried_on_by_rows_entered_corrected_and_voided(company, settings) -> None:
    same()
    kept = files(settings)
    assert {"contract.arrow", "party.arrow"} <= set(kept)
    assert all((settings.DAIHOU_SHELF / one).stat().st_mode & 0o777 == 0o600 for one in kept)
    visit("V1")
    same()
    correct(
        "inspection",
        "V1/C1/regular",
        {"inspected_day": date(2026, 11, 21)},
        by=BY,
        at=NOW,
        day=DAY,
        reason="写错",
    )
    void("inspection", "V1/C1/regular", by=BY, at=NOW, day=DAY, reason="不是这一家")
    same()
    visit("V2")
    run_day(DAY, by=BY, at=NOW)
    same()
    assert not [one for one in files(settings) if not one.endswith(".arrow")]


def test_only_what_came_since_is_asked_of_the_database(company) -> None:
    """A table that was kept is asked for rows above its last number and for those voided after its event; one that was not, whole."""
    read()
    columns = {name: unsealed(homes()[name].table) for name in ("contract", "inspection")}
    held = shelf.taken_down(columns)
    assert set(held) == {"contract"}  # nothing was there to keep of the other
    visit("V1")
    visit("V2")
    with CaptureQueriesContext(connection) as asked:
        read()
    statements = [one["sql"] for one in asked.captured_queries]
    kept = homes()["contract"]._meta.db_table
    of_contracts = [one for one in statements if f'"{kept}"' in one]
    assert len(of_contracts) == 2
    last, event = held["contract"].last, held["contract"].moment.event
    assert last > 0
    assert f"void_event > {event} AND id <= {last}" in of_contracts[0]
    assert f"id > {last} " in of_contracts[1]
    fresh = homes()["inspection"]._meta.db_table
    assert [one for one in statements if f'"{fresh}"' in one and "id > 0 " in one]
    assert shelf.taken_down(columns)["inspection"].moment == shelf.Moment.now()
    assert len(statements) <= 2 * len(homes()) + 4


def test_little_that_came_is_not_worth_another_file(company, monkeypatch, settings) -> None:
    read()
    monkeypatch.setattr("daihou.registers.rows.WORTH", 2)
    visit("V0")
    read()
    before = (settings.DAIHOU_SHELF / "inspection.arrow").stat().st_mtime_ns
    visit("V1")
    same()
    assert (settings.DAIHOU_SHELF / "inspection.arrow").stat().st_mtime_ns == before
    for number in ("V2", "V3"):
        visit(number)
    same()
    assert (settings.DAIHOU_SHELF / "inspection.arrow").stat().st_mtime_ns > before


def test_a_file_of_another_trail_another_shape_or_broken_does_not_count(company, settings) -> None:
    read()
    place = settings.DAIHOU_SHELF / "contract.arrow"
    columns = unsealed(homes()["contract"].table)
    held = shelf.taken_down({"contract": columns})["contract"]
    wrong = held.rows.slice(0, 1)
    for moment in (
        shelf.Moment(held.moment.event, "another"),
        shelf.Moment(held.moment.event + 1_000, held.moment.seal),
    ):
        shelf.put_up("contract", wrong, moment, columns)
        assert shelf.taken_down({"contract": columns}) == {}
        same()
        read()
    shelf.put_up("contract", wrong, held.moment, columns[1:])  # of another shape
    same()
    place.write_bytes(b"no file")
    same()
    os.truncate(place, 0)
    same()


def test_nothing_is_kept_of_a_moment_that_may_still_be_undone(company, settings) -> None:
    from django.db import transaction

    with transaction.atomic():
        visit("V1")
        read()
        transaction.set_rollback(True)
    assert not settings.DAIHOU_SHELF.exists()
    same()


def test_files_are_thrown_away_and_made_again(company, settings) -> None:
    read()
    count = len(files(settings))
    assert shelf.cleared() == count
    assert files(settings) == []
    same()
    assert len(files(settings)) == count


def test_a_new_release_leaves_nothing_that_was_kept_even_by_a_server_that_still_ran(
    company, monkeypatch, settings
) -> None:
    read()
    steps = []

    def command(name, **_how):
        steps.append((name, files(settings)))
        if name == "migrate":
            read()

    monkeypatch.setattr(installing, "call_command", command)
    installing.update()
    assert steps == [("migrate", []), ("collectstatic", [])]


def test_without_a_place_nothing_is_kept(company, settings) -> None:
    settings.DAIHOU_SHELF = None
    same()
    assert shelf.cleared() == 0


def test_an_empty_trail_keeps_nothing(tmp_path, settings) -> None:
    settings.DAIHOU_SHELF = tmp_path / "shelf"
    assert (Head.objects.exists(), Event.objects.exists()) == (False, False)
    assert read().tables == {}
    assert not settings.DAIHOU_SHELF.exists()


@given(gone=st.dictionaries(st.integers(1, 12), st.dates(), max_size=6), size=st.integers(0, 12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rows_voided_later_are_marked_and_no_other(gone, size) -> None:
    rows = pa.table(
        {shelf.ID: pa.array(range(1, size + 1), pa.int64()), "voided": pa.nulls(size, pa.date32())}
    )
    found = dict(
        zip(rows[shelf.ID].to_pylist(), shelf.voided_since(rows, gone)["voided"].to_pylist(), strict=True)
    )
    assert found == {one: gone.get(one) for one in range(1, size + 1)}

"""Registers: every declared table has a home, corrections are new rows, personal numbers are sealed."""

from datetime import date, timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from tests_cast import BY, DAY, NOW, reading_of, write_sheets

from daihou.book import declared, phone_number
from daihou.engine import derive
from daihou.ledger.acts import RowRefusedError, correct, enter, take_in, void, withdraw
from daihou.ledger.models import DERIVED
from daihou.registers.kept import homes, standing
from daihou.registers.rows import seal_in_place, sealed_row, stored_book
from daihou.registers.sealing import is_mark, is_resident, seals
from daihou.rulebook import read_shipped
from daihou.trail.models import Event
from daihou.trail.reads import verify

ZHANG = "510000199803180019"


def test_every_declared_table_has_a_home_and_only_one() -> None:
    assert set(homes()) | DERIVED == set(declared())
    assert not set(homes()) & DERIVED


@pytest.mark.django_db
def test_the_migrations_say_what_the_declarations_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_the_same_file_twice_changes_nothing(company, tmp_path) -> None:
    reading = reading_of(write_sheets(tmp_path / "again"))
    batch = take_in(reading.book, by=BY, at=NOW, day=DAY, file="again", digest="d1", read=0, left_out=0)
    assert (batch.rows_new, batch.rows_changed) == (0, 0)
    assert batch.rows_same == company.rows_new
    assert list(verify()) == []


def test_a_changed_row_voids_the_old_one_and_a_moved_dated_value_is_logged(company, tmp_path) -> None:
    from tests_cast import SHEETS

    later = DAY + timedelta(3)
    moved = SHEETS["合同"].replace("在保,否,0,1\nC2", "在保,否,0,3\nC2")
    reading = reading_of(write_sheets(tmp_path / "later", 合同=moved))
    batch = take_in(reading.book, by=BY, at=NOW, day=later, file="later", digest="d2", read=0, left_out=0)
    assert (batch.rows_new, batch.rows_changed) == (0, 1)
    contracts = homes()["contract"]._default_manager.filter(key="C1").order_by("id")
    assert [(row.risk_class, row.recorded, row.voided) for row in contracts] == [
        (1, None, later),
        (3, later, None),
    ]
    (move,) = standing(homes()["change_log"])
    assert (move.subject, move.item, move.effective_day, move.old_value, move.new_value) == (
        "C1",
        "risk_class",
        later,
        "1",
        "3",
    )
    before = [row.risk_class for row in standing(homes()["contract"], DAY).filter(key="C1")]
    assert before == [1], "as known on the day before, the old row stands"


def test_a_batch_taken_back_leaves_what_was_before(company, tmp_path) -> None:
    from tests_cast import SHEETS

    moved = SHEETS["合同"].replace(",1000000,", ",1200000,")
    reading = reading_of(write_sheets(tmp_path / "later", 合同=moved))
    batch = take_in(reading.book, by=BY, at=NOW, day=DAY, file="later", digest="d2", read=0, left_out=0)
    withdraw(batch, by=BY, at=NOW, day=DAY, reason="误导入")
    (contract,) = standing(homes()["contract"]).filter(key="C1")
    assert contract.amount == 100_000_000
    with pytest.raises(RowRefusedError, match="batch-withdrawn"):
        withdraw(batch, by=BY, at=NOW, day=DAY, reason="误导入")


def test_a_batch_on_which_something_builds_stays(company) -> None:
    correct("contract", "C1", {"amount": 90_000_000}, by=BY, at=NOW, day=DAY, reason="合同金额录错")
    with pytest.raises(RowRefusedError, match="batch-built-upon"):
        withdraw(company, by=BY, at=NOW, day=DAY, reason="误导入")
    assert standing(homes()["contract"]).count() == 2


@pytest.mark.covers("P02-03")
def test_a_correction_wants_a_reason_and_keeps_the_old_row(company) -> None:
    with pytest.raises(RowRefusedError, match="reason-missing"):
        correct("contract", "C1", {"amount": 1}, by=BY, at=NOW, day=DAY, reason=" ")
    correct("contract", "C1", {"amount": 90_000_000}, by=BY, at=NOW, day=DAY, reason="合同金额录错")
    amounts = list(
        homes()["contract"]._default_manager.filter(key="C1").order_by("id").values_list("amount", flat=True)
    )
    assert amounts == [100_000_000, 90_000_000]
    event = Event.objects.get(act="correct")
    assert (event.before["amount"], event.after["amount"], event.reason) == (
        100_000_000,
        90_000_000,
        "合同金额录错",
    )


def test_a_row_cannot_be_entered_twice_and_a_voided_one_can_be_entered_anew(company) -> None:
    values = {"branch_no": "J9", "title": "北城", "company": "G1", "has_vault": False, "key": "J9"}
    old = enter("branch", values, by=BY, at=NOW, day=DAY)
    with pytest.raises(RowRefusedError, match="row-stands-already"):
        enter("branch", values, by=BY, at=NOW, day=DAY)
    void("branch", "J9", by=BY, at=NOW, day=DAY, reason="重复登记")
    enter("branch", values, by=BY, at=NOW, day=DAY)
    old.refresh_from_db()
    assert (old.voided, standing(homes()["branch"]).filter(key="J9").count()) == (DAY, 1)


def test_a_row_to_which_another_refers_cannot_be_voided(company) -> None:
    with pytest.raises(RowRefusedError, match="row-referred-to: 员工 丙"):
        void("branch", "J3", by=BY, at=NOW, day=DAY, reason="撤点")
    assert standing(homes()["branch"]).filter(key="J3").exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"status": "在保"}, "value-not-in-domain"),
        ({"client": "P" + "A" * 20}, "reference-not-found"),
        ({"amount": None}, "value-missing"),
    ],
)
def test_a_correction_that_cannot_stand_is_refused_and_writes_nothing(company, wrong, code) -> None:
    events = Event.objects.count()
    with pytest.raises(RowRefusedError, match=code):
        correct("contract", "C1", wrong, by=BY, at=NOW, day=DAY, reason="试错")
    assert Event.objects.count() == events
    assert homes()["contract"]._default_manager.filter(key="C1").count() == 1


@pytest.mark.parametrize(
    ("number", "resident"),
    [
        (ZHANG, True),
        ("510000199803180018", False),
        ("91510000100000000L", False),
        ("915199000000111991", False),
        ("51000019860709002X", True),
    ],
)
def test_a_resident_number_is_known_by_its_check_digit(number, resident) -> None:
    assert is_resident(number) is resident


def called():
    """A call to a landline is entered."""
    said = {
        "contact_no": "LL1", "party": ZHANG, "contract": "C1", "on_day": DAY, "mode": "phone", "matter": "verifying",
        "dialled_no": "057187654321", "result": "connected",
    }  # fmt: skip
    return enter("contact", sealed_row(declared()["contact"], said), by=BY, at=NOW, day=DAY)


def test_personal_numbers_stand_nowhere_in_the_database(company) -> None:
    """Every text of every table and of the trail is looked through for the numbers of the two private persons."""
    called()
    numbers = (ZHANG, "51000019860709002X", "13800000001", "13800000002", "057187654321", "87654321")
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            text = repr(cursor.fetchall())
            assert [number for number in numbers if number in text] == [], name


def test_a_sealed_number_can_be_opened_and_found_by_its_mark(company) -> None:
    mark = seals().mark(ZHANG)
    assert is_mark(mark)
    (party,) = standing(homes()["party"]).filter(key=mark)
    assert seals().opened(party.party_no_sealed) == ZHANG
    assert seals().opened(party.mobile) == "13800000001"
    assert (party.party_no_tail, party.mobile_tail) == ("0019", "0001")
    assert [row.client for row in standing(homes()["contract"]).filter(key="C1")] == [mark]


def test_a_dialled_number_is_sealed_and_the_book_holds_its_mark_by_which_calls_are_told_apart(
    company,
) -> None:
    row = called()
    assert (seals().opened(row.dialled_no), row.dialled_no_tail) == ("057187654321", "4321")
    values = {
        name: getattr(row, name) for name in ("contact_no", "party", "on_day", "mode", "matter", "result")
    }
    enter("contact", {**values, "key": "LL2", "contact_no": "LL2"}, by=BY, at=NOW, day=DAY)
    book = stored_book()
    assert book.tables["contact"]["dialled_no"].to_pylist() == [seals().mark("057187654321"), None]
    assert set(book.tables["party"]["mobile"].to_pylist()) == {None}


def test_numbers_kept_in_clear_by_an_older_release_are_sealed_where_they_stand(company) -> None:
    row = called()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_contact SET dialled_no = %s, dialled_no_mark = '', dialled_no_tail = ''",
            ["139 0000-1111"],
        )
    seal_in_place("ledger_contact", "dialled_no", phone_number)
    row.refresh_from_db()
    assert seals().opened(row.dialled_no) == "13900001111"
    assert (row.dialled_no_mark, row.dialled_no_tail) == (seals().mark("13900001111"), "1111")


def test_calls_written_down_by_an_older_release_get_the_hour_of_their_time(company) -> None:
    for number, clock, hour in (
        ("LL1", "21:05", None),
        ("LL2", "21:05", 20),
        ("LL3", None, None),
        ("LL4", "上午", None),
    ):
        said = {"party": ZHANG, "on_day": DAY, "mode": "phone", "matter": "collecting", "result": "failed"}
        values = {"contact_no": number, **said, "clock_time": clock, "clock_hour": hour}
        enter("contact", sealed_row(declared()["contact"], values), by=BY, at=NOW, day=DAY)
    import_module("daihou.ledger.migrations.0012_hours_of_contacts").fill(apps, None)
    hours = dict(standing(homes()["contact"]).values_list("key", "clock_hour"))
    assert hours == {"LL1": 21, "LL2": 20, "LL3": None, "LL4": None}


def test_the_book_out_of_the_database_gives_the_work_that_the_file_gives(company, tmp_path) -> None:
    reading = reading_of(write_sheets(tmp_path / "again"))
    rulebooks = read_shipped("guarantee")
    columns = ["rule", "object", "occurrence", "due", "state"]
    for day in (DAY, date(2026, 12, 20)):
        out = derive(rulebooks, stored_book(), day).duties.select(columns).to_pylist()
        direct = derive(rulebooks, reading.book, day).duties.select(columns).to_pylist()
        marked = [{**row, "object": seals().marked(row["object"])} for row in direct]
        order = lambda row: tuple(str(value) for value in row.values())  # noqa: E731 - the order of both lists
        assert sorted(out, key=order) == sorted(marked, key=order)
        assert len(out) > 5

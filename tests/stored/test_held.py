"""Counts and sums over registers are told again without being asked again, and never when something was written in between."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day

from daihou.dayend.acts import follow, run_day
from daihou.duties.models import WAITING, DayRun, DutyPerson
from daihou.ledger.acts import correct, enter, void
from daihou.people.acts import open_accounts
from daihou.registers import held as holding
from daihou.registers.held import held
from daihou.registers.kept import homes, standing
from daihou.registers.rows import write
from daihou.web.overview import _year_before, periods

WRITING = {"by": BY, "at": NOW, "day": DAY}


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@pytest.fixture
def people(company):
    """Accounts for an account manager and the head of risk."""
    open_accounts([(one, one) for one in "甲丁"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def asked(company):
    """How often the database was asked: a question that counts itself."""

    class Asked:
        times = 0

        def __call__(self, rows, question="sum"):
            def ask(found):
                self.times += 1
                return found.aggregate(number=Count("pk"), amount=Sum("amount"))

            return held(rows, question, ask)

    return Asked()


def contracts():
    return standing(homes()["contract"])


def test_the_same_question_is_asked_once_and_another_one_anew(asked) -> None:
    first = asked(contracts())
    assert first["number"] == 2
    assert asked(contracts()) == first
    assert asked.times == 1
    asked(contracts(), "another")
    asked(contracts().filter(key="C1"))
    assert asked.times == 3
    asked(contracts().filter(key="C2"))
    assert asked.times == 4


@pytest.mark.parametrize(
    "write",
    [
        lambda: correct("contract", "C1", {"amount": 77}, reason="改", **WRITING),
        lambda: enter("contract", {**_values_of_c1(), "key": "C9", "contract_no": "C9"}, **WRITING),
        lambda: (
            enter("contract", {**_values_of_c1(), "key": "C9", "contract_no": "C9"}, **WRITING),
            contracts().aggregate(Count("pk")),
            void("contract", "C9", reason="误录", **WRITING),
        ),
    ],
    ids=["corrected", "entered", "entered and voided"],
)
def test_after_a_writing_it_is_asked_again(asked, write) -> None:
    asked(contracts())
    write()
    found = asked(contracts())
    assert asked.times == 2
    assert found == contracts().aggregate(number=Count("pk"), amount=Sum("amount"))


def _values_of_c1():
    row = contracts().get(key="C1")
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.fields
        if field.attname not in {"id", "event", "void_event", "voided", "recorded", "batch_id", "found_by"}
    }


def test_a_writing_to_another_table_changes_nothing(asked) -> None:
    asked(contracts())
    correct("party", standing(homes()["party"]).first().key, {"title": "改名"}, reason="改", **WRITING)
    asked(contracts())
    assert asked.times == 1


def test_what_was_seen_in_a_writing_that_was_taken_back_is_not_told_afterwards(asked) -> None:
    before = asked(contracts())
    with transaction.atomic():
        correct("contract", "C1", {"amount": 77}, reason="改", **WRITING)
        inside = asked(contracts())
        transaction.set_rollback(True)
    assert inside != before
    assert asked(contracts()) == before
    correct(
        "contract", "C1", {"amount": 88}, reason="改", **WRITING
    )  # the same row number and event number again
    assert asked(contracts())["amount"] == inside["amount"] + 11


def test_rows_of_a_viewer_are_another_question_for_every_viewer(people) -> None:
    totals = {login: browser_of(login).get("/contracts/").context["list"].total for login in "丁甲丁"}
    assert totals == {"丁": 2, "甲": 1}


def test_what_nobody_knows_the_standing_of_is_always_asked(company) -> None:
    times = []
    for _ in range(2):
        held(DayRun.objects.all(), "runs", lambda rows: times.append(rows.count()))
    assert len(times) == 2


def counted_duties():
    """How many waiting duties each person has: as told, as counted by asking, and whether it was told without being asked."""
    asked = []

    def ask(rows):
        asked.append(rows)
        return sorted(rows.values_list("employee").annotate(number=Count("pk")), key=str)

    rows = DutyPerson.objects.filter(duty__state__in=WAITING, duty__withdrawn_on__isnull=True)
    told = held(rows, "by person", ask)
    again = not asked
    return told, ask(rows), again


@pytest.mark.parametrize("what", ["a run", "an act that work follows", "an act taken back"])
def test_counts_of_duties_are_told_until_results_are_stored(company, what) -> None:
    run_day(DAY, by=BY, at=NOW)
    told, found, _ = counted_duties()
    assert told == found
    assert counted_duties() == (found, found, True)
    with transaction.atomic():
        if what == "a run":
            correct("contract", "C1", {"settled_day": DAY, "principal_balance": 0}, reason="改", **WRITING)
            run_day(DAY + timedelta(1), by=BY, at=NOW)
        else:
            correct("contract", "C1", {"settled_day": DAY, "principal_balance": 0}, reason="改", **WRITING)
            follow(DAY, by=BY, at=NOW)
        told, after, again = counted_duties()
        assert told == after != found
        assert not again
        transaction.set_rollback(what == "an act taken back")
    if what == "an act taken back":
        assert counted_duties()[:2] == (found, found)


def test_nothing_is_asked_where_no_row_can_be_found(asked) -> None:
    assert asked(contracts().none())["number"] == 0


def test_what_was_not_asked_for_longest_goes_first(asked, monkeypatch) -> None:
    monkeypatch.setattr(holding, "HELD", 2)
    for question in ("a", "b", "a", "c", "a", "b"):
        asked(contracts(), question)
    assert asked.times == 4


def test_the_sums_of_a_list_follow_an_act(people) -> None:
    risk = browser_of("丁")
    before = risk.get("/contracts/").context["list"].sums["amount"]
    assert risk.get("/contracts/").context["list"].sums["amount"] == before
    correct("contract", "C1", {"amount": 77}, reason="改", **WRITING)
    assert risk.get("/contracts/").context["list"].sums["amount"] != before


def test_every_period_of_the_overview_lies_within_its_year() -> None:
    for number in range(1461):
        today = date.fromordinal(date(2024, 1, 1).toordinal() + number)
        assert all(
            _year_before(today) <= since <= until <= today for _, since, until in periods(today).values()
        )


def test_the_sums_of_the_desk_follow_an_act(people) -> None:
    risk = browser_of("丁")
    before = dict(risk.get("/").context["portfolio"])
    assert dict(risk.get("/").context["portfolio"]) == before
    correct("contract", "C1", {"principal_balance": 7, "settled_day": None}, reason="改", **WRITING)
    after = dict(risk.get("/").context["portfolio"])
    own = contracts().filter(settled_day__isnull=True, disbursed_day__isnull=False)
    assert after["principal"] == own.aggregate(sum=Sum("principal_balance"))["sum"] != before["principal"]


def test_the_desk_counts_what_it_lists(people) -> None:
    run_day(DAY, by=BY, at=NOW)
    manager = browser_of("甲")
    kinds = [rule for rule, _, _ in manager.get("/").context["kinds"]]
    assert len(kinds) > 1
    for rule in ("", *kinds):
        for late in ("", "1"):
            page = manager.get("/", {"rule": rule, "late": late}).context
            assert page["total"] == len(page["lines"]) == page["shown"], (rule, late)


def test_a_row_that_names_what_is_no_field_is_not_written(company) -> None:
    with pytest.raises(TypeError, match="no fields of contract: \\['batch'\\]"):
        write(homes()["contract"], [{"key": "C9", "event": 1, "batch": None}])

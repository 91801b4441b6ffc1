"""The house's calendar: rows of the register 日历 move due days, take the mark of an assumed date away, and are never overlooked."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from tests_cast import BY, NOW, PASSWORD, browser_of, guarantee_alone, stored, words_of

from daihou.book import declared
from daihou.cli import acting
from daihou.cli import days as commands
from daihou.cli.refusal import FINDINGS, FINE, Stopped
from daihou.dayend.about import explained
from daihou.dayend.acts import follow, run_day
from daihou.dayend.ground import basis
from daihou.duties.models import Duty, DutyChange, Standing
from daihou.engine import derive, forecast
from daihou.ledger.acts import correct, enter, void, withdraw
from daihou.ledger.reads import touched
from daihou.people.acts import open_accounts
from daihou.policy.books import rulebooks_of_company
from daihou.policy.rules import books, rules
from daihou.registers import held as holding
from daihou.registers.calendar import calendar_on
from daihou.registers.kept import homes, standing
from daihou.registers.models import Batch
from daihou.registers.rows import sealed_row
from daihou.screens.workdays import forget
from daihou.trail.models import Event
from daihou.units import Calendar
from daihou.web import gate

OFF = [date(2027, 1, n) for n in (1, 4, 5)] + [date(2027, 2, n) for n in range(5, 12)]
OFF += [date(2027, 5, n) for n in (1, 3)] + [date(2027, 10, n) for n in range(1, 8)]
MAKE_UP = date(2027, 2, 14)
LIST = "\n".join(["日期,是否上班,名称", *[f"{day},否,节" for day in OFF], f"{MAKE_UP},是,"]) + "\n"

INSPECTED = date(2026, 12, 31)
BY_WEEKENDS = date(2027, 1, 4)
"""The form is due two working days after the inspection: Friday 01-01 and Monday 01-04 where only weekends are known."""
BY_THE_LIST = date(2027, 1, 7)
"""01-01, 01-04 and 01-05 off: Wednesday and Thursday."""


def entered(table: str, **values: object) -> None:
    enter(table, sealed_row(declared()[table], values), by=BY, at=NOW, day=INSPECTED)


def listed(day: date, *, works: bool, published: bool = True) -> None:
    entered("calendar", day=day, working_day=works, published=published)


def the_form() -> Duty:
    return Duty.objects.get(rule="inspection-form", withdrawn_on=None)


@pytest.fixture
def inspected(company, monkeypatch):
    """An inspection on the last day of 2026, and that day run: its form is due in a year of which nothing is published."""
    guarantee_alone(monkeypatch)
    entered("inspection", visit_no="V1", contract="C1", client=standing(homes()["contract"]).get(key="C1").client, inspected_by="甲",
            kind="routine", inspected_day=INSPECTED, result="done", urgent=False)  # fmt: skip
    run_day(INSPECTED, by=BY, at=NOW)
    assert (the_form().due, the_form().assumed) == (BY_WEEKENDS, True)


@pytest.fixture
def file(tmp_path):
    """The list of 2027 as published."""
    path = tmp_path / "2027.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def command(monkeypatch):
    """The command of the installation that the test is in, on the day of the cast."""
    monkeypatch.setattr("daihou.cli.house.enter", lambda home, lang: None)
    monkeypatch.setattr(commands.given, "today", lambda: INSPECTED)
    monkeypatch.setattr(acting, "now", lambda: NOW)

    def run(path, by="丁"):
        return commands.keep_list(path, path.parent, by, "zh")

    return run


def test_without_rows_the_house_goes_by_the_published_lists(company) -> None:
    assert calendar_on(INSPECTED) == Calendar.standard()


def why() -> tuple[date | None, bool]:
    """When the form is due and whether that is assumed, as its page tells why; the whole book says the same."""
    (told,) = explained(books(), rules()["inspection-form"], the_form().object, INSPECTED).duties
    held_by = basis()
    (derived,) = derive(
        held_by.rulebooks, held_by.book, INSPECTED, only=["inspection-form"]
    ).duties.to_pylist()
    assert (derived["due"], derived["assumed"]) == (told.verdict.due, told.assumed)
    assert held_by.calendar_on(INSPECTED) == calendar_on(INSPECTED)
    return told.verdict.due, told.assumed


def test_rows_entered_move_the_due_day_and_a_whole_list_makes_it_sure(inspected) -> None:
    """Each act is followed at once; the same duty is due on another day, and its change tells by which act."""
    number = the_form().pk
    listed(date(2027, 1, 1), works=False)
    assert follow(INSPECTED, by=BY, at=NOW) is True
    assert (the_form().due, the_form().assumed) == (date(2027, 1, 5), True), (
        "one day of a list: counted, still assumed"
    )
    assert why() == (date(2027, 1, 5), True)
    for day in OFF[1:]:
        listed(day, works=False)
    listed(MAKE_UP, works=True)
    follow(INSPECTED, by=BY, at=NOW)
    assert (the_form().pk, the_form().due, the_form().assumed) == (number, BY_THE_LIST, False)
    assert why() == (BY_THE_LIST, False)
    assert DutyChange.objects.filter(duty=number, what="due").count() == 2
    held = stored()
    run = run_day(INSPECTED, by=BY, at=NOW)
    assert (run.moved, stored()) == (0, held), "a whole run says the same"


def test_what_is_expected_counts_and_stays_assumed_and_a_row_taken_out_counts_no_more(inspected) -> None:
    listed(date(2027, 1, 4), works=False, published=False)
    follow(INSPECTED, by=BY, at=NOW)
    assert (the_form().due, the_form().assumed) == (date(2027, 1, 5), True)
    void("calendar", "2027-01-04", by=BY, at=NOW, day=INSPECTED, reason="录错")
    follow(INSPECTED, by=BY, at=NOW)
    assert (the_form().due, the_form().assumed) == (BY_WEEKENDS, True)


def test_a_run_that_meets_rows_nobody_followed_takes_them_in(inspected) -> None:
    """A server that stopped between the import and what follows from it; the print of the run is another one."""
    before = Standing.objects.get().run.fingerprint
    for day in OFF:
        listed(day, works=False)
    run = run_day(INSPECTED, by=BY, at=NOW)
    assert (the_form().due, the_form().assumed) == (BY_THE_LIST, False)
    assert run.moved >= 1
    assert run.fingerprint != before


def test_the_months_ahead_count_by_the_house_too(inspected) -> None:
    for day in OFF:
        listed(day, works=False)
    held_by = basis()
    ahead = forecast(rulebooks_of_company(), held_by.book, INSPECTED, months=1, calendar=held_by.calendar_on(INSPECTED), only=["inspection-form"])  # fmt: skip
    assert ahead == forecast(
        rulebooks_of_company(), held_by.book, INSPECTED, months=1, only=["inspection-form"]
    )
    assert ahead.unpublished == ()


def test_the_calendar_is_read_again_once_a_row_is_written_and_only_then(
    company, django_assert_max_num_queries
) -> None:
    calendar_on(INSPECTED)
    with django_assert_max_num_queries(3) as asked:
        assert calendar_on(INSPECTED) == Calendar.standard()
    assert not any("published" in one["sql"] for one in asked.captured_queries), (
        "the rows themselves are held"
    )
    listed(date(2027, 1, 4), works=False)
    assert not calendar_on(INSPECTED).is_working(date(2027, 1, 4))
    assert calendar_on(INSPECTED - timedelta(1)) == Calendar.standard(), "on the day before nobody knew"
    correct("calendar", "2027-01-04", {"working_day": True}, by=BY, at=NOW, day=INSPECTED, reason="改期")
    assert calendar_on(INSPECTED).is_working(date(2027, 1, 4))


def test_a_list_is_taken_in_once_by_who_may_import(inspected, command, file, capsys) -> None:
    with pytest.raises(Stopped, match="甲"):
        command(file, by="甲")
    assert not standing(homes()["calendar"]).exists()
    assert command(file) == FINE
    assert "新增 20 天" in capsys.readouterr().out
    assert (the_form().due, the_form().assumed) == (BY_THE_LIST, False)
    rows = standing(homes()["calendar"])
    assert (rows.count(), rows.filter(published=True).count()) == (20, 20)
    event = Event.objects.filter(act="import").latest("number")
    assert (event.by, event.after["tables"]) == ("丁", {"calendar": [20, 0, 0]})
    held, events, batches = stored(), Event.objects.count(), Batch.objects.count()
    assert command(file) == FINE
    assert "什么都没有变" in capsys.readouterr().out
    assert (stored(), Event.objects.count(), Batch.objects.count()) == (held, events, batches)


def test_a_list_with_a_fault_is_refused_whole(inspected, command, file, capsys) -> None:
    file.write_text(LIST.replace("2027-10-01,否,节\n", ""), encoding="utf-8")
    with pytest.raises(Stopped, match="2027-10-01"):
        command(file)
    file.write_text("日期,是否上班,名称\n", encoding="utf-8")
    assert command(file) == FINDINGS
    assert not standing(homes()["calendar"]).exists()


def test_a_revised_list_changes_its_days_and_says_what_it_does_not_touch(
    inspected, command, file, capsys
) -> None:
    listed(date(2027, 5, 3), works=True)
    command(file)
    said = capsys.readouterr().out
    assert "2027-05-03" in said.rpartition("另外登记过")[2], (
        "what somebody of the house entered stays, and is said"
    )
    file.write_text(LIST.replace(f"{MAKE_UP},是,\n", "").replace("2027-01-05,否,节\n", ""), encoding="utf-8")
    assert command(file) == FINDINGS
    assert f"2027-01-05、{MAKE_UP}" in capsys.readouterr().out


def test_a_list_taken_back_leaves_the_dates_assumed_again(inspected, command, file) -> None:
    command(file)
    withdraw(Batch.objects.latest("pk"), by=BY, at=NOW, day=INSPECTED, reason="误导入")
    assert "calendar" in touched(Standing.objects.get().known_event)
    follow(INSPECTED, by=BY, at=NOW)
    assert (the_form().due, the_form().assumed) == (BY_WEEKENDS, True)


@pytest.fixture
def pages(inspected, monkeypatch):
    """The browser of the head of risk, at the end of the year."""
    monkeypatch.setattr(gate, "today", lambda: INSPECTED)
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("丁")


def test_the_page_of_runs_says_which_year_is_not_entered_and_leads_to_the_import(pages) -> None:
    said = words_of(pages.get("/days/"))
    assert "2027 年的放假安排还没有登记" in said
    assert 'href="/imports/"' in said
    assert "2027 年的放假安排还没有登记" in words_of(pages.get("/registers/calendar/"))
    listed(date(2027, 1, 4), works=False)
    assert "2027 年的放假安排没有登记全" in words_of(pages.get("/days/"))
    for day in set(OFF) - {date(2027, 1, 4)}:
        listed(day, works=False)
    assert "2027 年的放假安排" not in words_of(pages.get("/days/"))


def test_deadlines_on_pages_are_told_by_the_house_and_another_process_notices(pages) -> None:
    assert "推定" in words_of(pages.get(f"/duties/{the_form().pk}/"))
    for day in OFF:
        listed(day, works=False)
    follow(INSPECTED, by=BY, at=NOW)
    said = words_of(pages.get(f"/duties/{the_form().pk}/"))
    assert "1月7日" in said
    assert "推定" not in said
    holding.forget()
    forget()
    assert words_of(pages.get(f"/duties/{the_form().pk}/")) == said, "as a process says that has just begun"

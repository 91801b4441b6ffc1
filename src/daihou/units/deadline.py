"""A deadline in words, as the desks show it."""

from datetime import date

from daihou.terms import Lang
from daihou.units.dates import days_between
from daihou.units.faults import wording
from daihou.units.workdays import Calendar


def deadline_words(due: date, today: date, calendar: Calendar, lang: Lang) -> str:
    """今天 · 还剩 3 个工作日 (11月26日 周四) · 逾期 2 天.

    Time left is told in working days after today up to the due day, lateness in calendar days (S6). Where
    no working day is left before the due day, calendar days are told and that said; a due day of another
    year shows its year; a count that touches an unpublished year is marked 推定 (S37).
    """
    texts = wording()
    if due == today:
        return texts.text("deadline-today", lang)
    if due < today:
        late = days_between(due, today)
        return texts.text("deadline-late-one" if late == 1 else "deadline-late", lang, n=late)
    shown = _day_words(due, lang, with_year=due.year != today.year)
    if calendar.assumed_between(today, due):
        shown = texts.text("deadline-assumed", lang, day=shown)
    left = calendar.count_working_days(today, due)
    if left == 0:
        rest = days_between(today, due)
        return texts.text("deadline-rest-one" if rest == 1 else "deadline-rest", lang, n=rest, day=shown)
    return texts.text("deadline-left-one" if left == 1 else "deadline-left", lang, n=left, day=shown)


def _day_words(day: date, lang: Lang, *, with_year: bool) -> str:
    texts = wording()
    code = "deadline-day-year" if with_year else "deadline-day"
    weekday = texts.text(f"weekday-{day.isoweekday()}", lang)
    month = texts.text(f"month-{day.month}", lang)
    year = {"year": day.year} if with_year else {}
    return texts.text(code, lang, weekday=weekday, month=month, day=day.day, **year)

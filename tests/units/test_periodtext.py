"""Labels of periods in words."""

from datetime import date

import pytest

from daihou.units import (
    Calendar,
    PeriodKind,
    anchored_of,
    labels_before,
    period_end,
    period_of,
    period_words,
    yearly,
)

DAY = date(2026, 9, 17)


@pytest.mark.parametrize(
    ("label", "zh", "en"),
    [
        ("2026年", "2026年", "2026"),
        ("2026H1半年", "2026年上半年", "first half of 2026"),
        ("2026H2半年", "2026年下半年", "second half of 2026"),
        ("2026Q1季", "2026年一季度", "Q1 2026"),
        ("2026Q4季", "2026年四季度", "Q4 2026"),
        ("2026-09月", "2026年9月", "Sep 2026"),
        ("2026-10月", "2026年10月", "Oct 2026"),
        ("2026-09上", "2026年9月上半月", "first half of Sep 2026"),
        ("2026-09下", "2026年9月下半月", "second half of Sep 2026"),
        ("2026W07周", "2026年第7周", "week 7 of 2026"),
        ("2026-06-20止", "2026年6月20日止", "up to 20 Jun 2026"),
        ("第3年", "第3年", "year 3"),
        ("第2半年", "第2个半年", "half-year 2"),
        ("第1季", "第1个季度", "quarter 1"),
        ("第12月", "第12个月", "month 12"),
        ("第-1周", "第-1周", "week -1"),
        ("2026-09-17工作日", "", ""),  # the deadline tells it
        ("2026-09-17日", "", ""),
        ("2026-09-17", "", ""),
        ("L1/3", "", ""),
        ("", "", ""),
    ],
)
def test_a_label_is_said_in_words(label, zh, en) -> None:
    assert (period_words(label, "zh"), period_words(label, "en")) == (zh, en)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_of_period_but_single_days_has_words(lang) -> None:
    calendar, days = Calendar.standard(), {PeriodKind.DAY, PeriodKind.WORKDAY}
    for kind in PeriodKind:
        assert bool(period_words(period_of(kind, DAY, calendar).label, lang)) is (kind not in days), kind
        if kind not in {PeriodKind.WORKDAY, PeriodKind.HALF_MONTH}:
            assert bool(period_words(anchored_of(kind, date(2026, 1, 31), DAY).label, lang)) is (kind not in days), kind  # fmt: skip
    assert period_words(yearly([(6, 20), (12, 20)], DAY).label, lang)


@pytest.mark.parametrize(
    "day", [DAY, date(2026, 2, 10), date(2026, 12, 31), date(2028, 2, 29), date(2027, 1, 1)]
)
def test_the_label_of_a_calendar_period_tells_its_last_day(day) -> None:
    calendar = Calendar.standard()
    for kind in PeriodKind:
        period = period_of(kind, day, calendar)
        assert period_end(period.label) == period.end, period
    listed = yearly([(6, 20), (12, 20)], day)
    assert period_end(listed.label) == listed.end


@pytest.mark.parametrize("label", ["第3月", "第1年", "2026-09-17", "L1/3", ""])
def test_what_is_no_label_of_a_calendar_period_has_no_last_day(label) -> None:
    assert period_end(label) is None


@pytest.mark.parametrize(
    ("label", "n", "first", "last"),
    [
        ("2026-10月", 3, "2026-07月", "2026-09月"),
        ("2026-01上", 2, "2025-12上", "2025-12下"),
        ("2026Q1季", 1, "2025Q4季", "2025Q4季"),
        ("2026H1半年", 2, "2025H1半年", "2025H2半年"),
        ("2026年", 1, "2025年", "2025年"),
        ("2026W01周", 1, "2025W52周", "2025W52周"),
        ("2026-03-01日", 2, "2026-02-27日", "2026-02-28日"),
        ("2026-10-08工作日", 2, "2026-09-29工作日", "2026-09-30工作日"),  # the holidays lie between
        ("第5月", 3, "第2月", "第4月"),
    ],
)
def test_the_periods_before_one_are_told_by_its_label(label, n, first, last) -> None:
    assert labels_before(label, n, Calendar.standard()) == (first, last)


def test_a_label_that_tells_no_period_tells_none_before_it() -> None:
    assert labels_before("2026-06-20止", 1, Calendar.standard()) is None
    assert labels_before("L1/3", 1, Calendar.standard()) is None

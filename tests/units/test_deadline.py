"""Deadlines in words."""

from datetime import date

import pytest

from daihou.units import Calendar, deadline_words

CALENDAR = Calendar.standard()


@pytest.mark.parametrize(
    ("today", "due", "zh", "en"),
    [
        ("2026-11-23", "2026-11-23", "今天", "today"),
        ("2026-11-23", "2026-11-26", "还剩 3 个工作日 (11月26日 周四)", "3 working days left (Thu 26 Nov)"),
        ("2026-11-23", "2026-11-24", "还剩 1 个工作日 (11月24日 周二)", "1 working day left (Tue 24 Nov)"),
        ("2026-11-23", "2026-11-21", "逾期 2 天", "2 days overdue"),
        ("2026-11-23", "2026-11-22", "逾期 1 天", "1 day overdue"),
        ("2026-09-30", "2026-10-13", "还剩 5 个工作日 (10月13日 周二)", "5 working days left (Tue 13 Oct)"),
        (
            "2026-11-20",
            "2026-11-22",
            "还剩 2 天，其间无工作日 (11月22日 周日)",
            "2 days left, no working day among them (Sun 22 Nov)",
        ),
        (
            "2026-11-20",
            "2026-11-21",
            "还剩 1 天，其间无工作日 (11月21日 周六)",
            "1 day left, not a working day (Sat 21 Nov)",
        ),
        (
            "2026-12-31",
            "2027-01-04",
            "还剩 2 个工作日 (2027年1月4日 周一，推定)",
            "2 working days left (Mon 4 Jan 2027, assumed)",
        ),
        ("2027-03-02", "2027-03-01", "逾期 1 天", "1 day overdue"),
    ],
)
def test_a_deadline_is_told_in_the_words_of_the_desk(today, due, zh, en):
    days = date.fromisoformat(due), date.fromisoformat(today)
    assert deadline_words(*days, CALENDAR, "zh") == zh
    assert deadline_words(*days, CALENDAR, "en") == en


def test_every_weekday_and_month_has_its_words():
    words = {
        deadline_words(date(2025, m, d), date(2024, 12, 31), CALENDAR, "zh")
        for m in range(1, 13)
        for d in range(1, 8)
    }
    assert len(words) == 84

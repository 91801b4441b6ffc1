"""The day of a moment is the day in Shanghai, whatever the zone in which the moment is told."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from daihou.units import day_of


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), date(2026, 11, 24)),  # past midnight in Shanghai
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=9))), date(2026, 11, 22)),
    ],
)
def test_the_day_of_a_moment_is_the_day_in_shanghai(moment, day) -> None:
    assert day_of(moment) == day


def test_a_moment_that_names_no_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="2026"):
        day_of(datetime(2026, 11, 23, 16, 0))

"""What stands beside a report while it is written and signed: the last report, the client's statements, the stock counted before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from daihou.book import declared
from daihou.duties.models import Duty
from daihou.inspections.ratios import RATIOS, Ratio, flaws_of
from daihou.papers.models import HANDED_IN, Paper
from daihou.papers.reading import Form
from daihou.registers.kept import Kept, field_name, homes, standing, values_of

MOVED = Fraction(1, 10)
"""A change from which a line is marked as moved."""
FLOWS = frozenset({"revenue", "cost_of_sales", "net_profit", "operating_net_flow"})
"""The lines that are told since the year began: comparable with the same months of another year only."""
LINES = (
    "cash", "receivables", "other_receivables", "inventory", "current_assets", "total_assets", "short_term_loans", "payables",
    "current_liabilities", "long_term_loans", "total_liabilities", "equity", "revenue", "cost_of_sales", "net_profit", "operating_net_flow",
)  # fmt: skip
"""The lines of a statement that stand beside the finance group."""
STOCK_RATIOS = frozenset({"debt_ratio", "current_ratio", "quick_ratio", "cash_ratio"})
"""The ratios of a day's figures; the others hold figures of the year so far."""
TREND_LINES = ("revenue", "net_profit", "operating_net_flow", "receivables", "inventory", "total_assets", "total_liabilities", "equity")  # fmt: skip
TREND_RATIOS = ("debt_ratio", "current_ratio", "gross_margin", "net_margin")
"""What is followed over the years."""
TREND_YEARS, TREND_LEAST = 4, 3
"""Years of a trend, and how many it takes: two stand side by side already."""
STOCKS = 30


def last_paper(duty: Duty, form: Form, *, before: int | None = None) -> Paper | None:
    """The form of the same kind that was handed in last about the same thing; ``before``: the event of the one it is compared with."""
    found = Paper.objects.filter(form=form.form, state=HANDED_IN).exclude(duty_no=duty.pk)
    if before is not None:
        found = found.filter(event__lt=before)
    return _about_same(found, duty).select_related("wording").order_by("-event").first()


def _about_same(papers: QuerySet[Paper], duty: Duty) -> QuerySet[Paper]:
    """Papers about the same thing: of collateral the same lot, else the same contract, else the same party."""
    if duty.table == "collateral":
        same = Duty.objects.filter(table=duty.table, object=duty.object)
        return papers.filter(duty_no__in=same.values("pk"))
    if duty.contract:
        return papers.filter(contract=duty.contract)
    return papers.filter(party=duty.party, contract__isnull=True) if duty.party else papers.none()


# -- statements -------------------------------------------------------------------------------------------------------


class Way(StrEnum):
    """Whether a figure rose, fell or stayed against the same time of the year before."""

    UP = "up"
    DOWN = "down"
    LEVEL = "level"


@dataclass(frozen=True)
class Step:
    """From one year to the next: which way, and by how much.

    ``change``: of money a share, None where there was nothing or a loss before; of a ratio the difference.
    """

    way: Way
    change: Fraction | None


@dataclass(frozen=True)
class Head:
    """What a column is: as of which day, of which kind of statement."""

    name: str
    end: date
    basis: str
    consolidated: bool


@dataclass(frozen=True)
class Line:
    """One line or ratio over the columns: values, and the step to the latest from the same time a year before."""

    name: str
    unit: str
    values: tuple[Fraction | None, ...]
    step: Step | None
    marked: bool


@dataclass(frozen=True)
class Course:
    """One line or ratio over years, each at the end of the same months: values, oldest first, and the step to each from the one before."""

    name: str
    unit: str
    values: tuple[Fraction | None, ...]
    steps: tuple[Step | None, ...]


@dataclass(frozen=True)
class Trend:
    """What is followed over the years: ``ends``: the same period of each year, oldest first."""

    ends: tuple[date, ...]
    courses: tuple[Course, ...]


@dataclass(frozen=True)
class Finances:
    """A client's statements side by side: ``heads``: what each column is; flaws of the latest; the trend, where there are years enough."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    ratios: tuple[Line, ...]
    flaws: tuple[str, ...]
    trend: Trend | None


def finances_of(statements: QuerySet[Any], approved: date | None = None) -> Finances | None:
    """A client's latest statement beside that of a year before, of the year's beginning and at approval; None without one. One question.

    ``statements``: of one client, as the viewer sees them. ``approved``: the day of disbursement; the column of that time is the last
    statement that ended by then.
    """
    columns_of = values_of(declared()["statement"])
    rows = [
        {column.id: getattr(one, field_name(column.id)) for column in columns_of}
        for one in statements.order_by("period_end", "basis_period")
    ]
    if not rows:
        return None
    # where one period was told twice the consolidated statement speaks
    by_end: dict[date, Mapping[str, Any]] = {}
    for row in rows:
        held = by_end.get(row["period_end"])
        if held is None or (row["consolidated"] and not held["consolidated"]):
            by_end[row["period_end"]] = row
    columns = _columns(by_end, approved)
    shown = [by_end[end] for _name, end in columns]
    openings = [_opening(end, by_end) for _name, end in columns]
    latest = columns[0][1]
    names = [name for name, _end in columns]
    return Finances(
        tuple(Head(name, end, str(by_end[end]["basis_period"]), bool(by_end[end]["consolidated"])) for name, end in columns),
        tuple(_line(name, names, shown) for name in LINES),
        tuple(_ratio(one, names, shown, openings) for one in RATIOS),
        tuple(flaws_of(by_end[latest])),
        _trend(latest, by_end),
    )  # fmt: skip


def _columns(by_end: Mapping[date, Any], approved: date | None) -> list[tuple[str, date]]:
    """The statements that are shown, the latest first; the beginning of the year not twice where it is the same time of the year before."""
    latest = max(by_end)
    before, start = _same_day(latest, by_end), _year_start(latest, by_end)
    wanted = [("latest", latest), ("year_before", before), ("year_start", None if start == before else start)]
    if approved is not None:
        wanted.append(("at_approval", max((end for end in by_end if end <= approved), default=None)))
    return [(name, end) for name, end in wanted if end is not None]


def _same_day(end: date, known: Mapping[date, Any], years: int = 1) -> date | None:
    """The end of the same period some years before, where a statement tells of it."""
    return next((one for one in known if (one.year, one.month) == (end.year - years, end.month)), None)


def _year_start(end: date, known: Mapping[date, Any]) -> date | None:
    return next((one for one in known if (one.year, one.month) == (end.year - 1, 12)), None)


def _opening(end: date, known: Mapping[date, Any]) -> Mapping[str, Any] | None:
    """The statement with which the year of another one began."""
    start = _year_start(end, known)
    return None if start is None else known[start]


def _figure_of(name: str, row: Mapping[str, Any]) -> Fraction | None:
    return None if row[name] is None else Fraction(int(row[name]))


def _step(value: Fraction | None, was: Fraction | None, unit: str, *, alike: bool) -> Step | None:
    """From a figure to a later one; None where one is missing, or where one is of a group and the other is not (``alike``)."""
    if value is None or was is None or not alike:
        return None
    way = Way.LEVEL if value == was else Way.UP if value > was else Way.DOWN
    if unit != "money":
        return Step(way, value - was)
    return Step(way, value / was - 1 if was > 0 else None)


def _year_step(
    names: Sequence[str], shown: Sequence[Mapping[str, Any]], values: Sequence[Fraction | None], unit: str
) -> Step | None:
    """The step to the latest from the same time of the year before, where that is among the columns."""
    if "year_before" not in names:
        return None
    at = names.index("year_before")
    return _step(values[0], values[at], unit, alike=shown[0]["consolidated"] == shown[at]["consolidated"])


def _line(name: str, names: Sequence[str], shown: Sequence[Mapping[str, Any]]) -> Line:
    """A line over the columns; a whole year's flow is not told as the beginning of this one."""
    values = tuple(
        None if column == "year_start" and name in FLOWS else _figure_of(name, row)
        for column, row in zip(names, shown, strict=True)
    )
    step = _year_step(names, shown, values, "money")
    moved = step is not None and step.change is not None and abs(step.change) >= MOVED
    return Line(name, "money", values, step, moved)


def _ratio(
    one: Ratio, names: Sequence[str], shown: Sequence[Mapping[str, Any]], openings: Sequence[Mapping[str, Any] | None]
) -> Line:  # fmt: skip
    """A ratio over the columns; one of a whole year's flow is not told as the beginning of this one."""
    values = tuple(
        None if column == "year_start" and one.name not in STOCK_RATIOS else one.of(row, opening)
        for column, row, opening in zip(names, shown, openings, strict=True)
    )
    return Line(
        one.name,
        one.unit,
        values,
        _year_step(names, shown, values, one.unit),
        values[0] is not None and one.watch(values[0]),
    )


def _trend(latest: date, by_end: Mapping[date, Any]) -> Trend | None:
    """What is followed, at the end of the same months of each year up to the latest; None of too few years."""
    found = [_same_day(latest, by_end, years) for years in range(TREND_YEARS - 1, 0, -1)]
    ends = [end for end in found if end is not None] + [latest]
    if len(ends) < TREND_LEAST:
        return None
    rows = [by_end[end] for end in ends]
    followed = [(name, "money", [_figure_of(name, row) for row in rows]) for name in TREND_LINES] + [
        (one.name, one.unit, [one.of(by_end[end], _opening(end, by_end)) for end in ends])
        for one in RATIOS
        if one.name in TREND_RATIOS
    ]
    next_to = [
        end.year - was.year == 1 and row["consolidated"] == other["consolidated"]
        for was, end, other, row in zip(ends, ends[1:], rows, rows[1:], strict=False)
    ]
    return Trend(
        tuple(ends), tuple(Course(name, unit, tuple(values), _steps(values, unit, next_to)) for name, unit, values in followed)
    )  # fmt: skip


def _steps(values: Sequence[Fraction | None], unit: str, next_to: Sequence[bool]) -> tuple[Step | None, ...]:
    """The step to each value from the one before; none to the first, nor over a year that is missing."""
    pairs = zip(values, values[1:], next_to, strict=False)
    return (None, *(_step(value, was, unit, alike=alike) for was, value, alike in pairs))


# -- stock ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """Stock counted on a day, and whether it was below the minimum."""

    row: Kept
    short: bool


def stock_of(duty: Duty, records: QuerySet[Any]) -> tuple[Any, list[Counted]]:
    """The collateral of a duty and what was counted before, newest first; None and nothing where the duty is about none."""
    held: Any = (
        standing(homes()["collateral"]).filter(key=duty.object).first()
        if duty.table == "collateral"
        else None
    )
    if held is None:
        return None, []
    rows: list[Any] = list(records.filter(collateral=held.key).order_by("-on_day", "origin")[:STOCKS])
    least = held.minimum_quantity
    return held, [Counted(row, least is not None and row.actual_quantity < least) for row in rows]

"""What stands beside a report while it is written and signed: the last report, the client's statements, the stock counted before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
LINES = (
    "cash", "receivables", "other_receivables", "inventory", "current_assets", "total_assets", "short_term_loans", "payables",
    "current_liabilities", "long_term_loans", "total_liabilities", "equity", "revenue", "cost_of_sales", "net_profit", "operating_net_flow",
)  # fmt: skip
"""The lines of a statement that stand beside the finance group."""
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


@dataclass(frozen=True)
class Line:
    """One line or ratio over the columns: values, and the change of the latest against the same time a year before."""

    name: str
    unit: str
    values: tuple[Fraction | None, ...]
    change: Fraction | None
    marked: bool


@dataclass(frozen=True)
class Finances:
    """A client's statements side by side: ``heads``: what each column is and as of which day; flaws of the latest."""

    heads: tuple[tuple[str, date, str], ...]
    lines: tuple[Line, ...]
    ratios: tuple[Line, ...]
    flaws: tuple[str, ...]
    trend: tuple[tuple[date, int], ...]


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
    ends = sorted(by_end)
    latest = ends[-1]
    wanted = [
        ("latest", latest),
        ("year_before", _same_day(latest, by_end)),
        ("year_start", _year_start(latest, by_end)),
    ]
    if approved is not None:
        wanted.append(("at_approval", max((end for end in ends if end <= approved), default=None)))
    columns = [(name, end) for name, end in wanted if end is not None]
    shown = [by_end[end] for _name, end in columns]
    before = next(
        (row for (name, _end), row in zip(columns, shown, strict=True) if name == "year_before"), None
    )
    openings = [by_end.get(start) if (start := _year_start(end, by_end)) else None for _name, end in columns]
    return Finances(
        tuple((name, end, str(by_end[end]["basis_period"])) for name, end in columns),
        tuple(_line(name, shown, before) for name in LINES),
        tuple(_ratio(one, shown, openings) for one in RATIOS),
        tuple(flaws_of(by_end[latest])),
        tuple((end, int(by_end[end]["revenue"])) for end in ends[-12:] if by_end[end]["revenue"] is not None),
    )


def _same_day(end: date, known: Mapping[date, Any]) -> date | None:
    """The end of the same period a year before, where a statement tells of it."""
    return next((one for one in known if (one.year, one.month) == (end.year - 1, end.month)), None)


def _year_start(end: date, known: Mapping[date, Any]) -> date | None:
    return next((one for one in known if (one.year, one.month) == (end.year - 1, 12)), None)


def _line(name: str, shown: Sequence[Mapping[str, Any]], before: Mapping[str, Any] | None) -> Line:
    values = tuple(None if row[name] is None else Fraction(int(row[name])) for row in shown)
    was = None if before is None or before[name] is None else int(before[name])
    change = None if values[0] is None or was is None or was <= 0 else values[0] / was - 1
    return Line(name, "money", values, change, change is not None and abs(change) >= MOVED)


def _ratio(
    one: Ratio, shown: Sequence[Mapping[str, Any]], openings: Sequence[Mapping[str, Any] | None]
) -> Line:
    values = tuple(one.of(row, opening) for row, opening in zip(shown, openings, strict=True))
    return Line(one.name, one.unit, values, None, values[0] is not None and one.watch(values[0]))


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

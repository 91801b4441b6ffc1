"""Ratios of one statement, exact: None where a part is missing or a denominator is not positive, never zero in its place.

Formulas: Accounting Standards for Business Enterprises, general format 2019; figures of a part of a year are taken to twelve months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

DAYS = 365
YEAR = 12
Figure = Fraction | None


@dataclass(frozen=True)
class Ratio:
    """One ratio. ``unit``: percent, times or days. ``watch``: whether a value wants a look; ``worse``: whether more is worse."""

    name: str
    unit: str
    of: Callable[[Mapping[str, Any], Mapping[str, Any] | None], Figure]
    watch: Callable[[Fraction], bool]


def _whole(row: Mapping[str, Any], *names: str) -> Figure:
    """The sum of some figures; None where one is missing."""
    parts = [row.get(name) for name in names]
    return (
        None
        if any(part is None for part in parts)
        else Fraction(sum(int(part) for part in parts if part is not None))
    )


def _over(top: Figure, bottom: Figure) -> Figure:
    """A share; None where a part is missing or the denominator is not positive."""
    return None if top is None or bottom is None or bottom <= 0 else top / bottom


def _less(one: Figure, other: Figure) -> Figure:
    return None if one is None or other is None else one - other


def _plus(one: Figure, other: Figure) -> Figure:
    return None if one is None or other is None else one + other


def _yearly(row: Mapping[str, Any], name: str) -> Figure:
    """A figure cumulated since the year began, taken to twelve months."""
    value, end = _whole(row, name), row.get("period_end")
    return None if value is None or not isinstance(end, date) else value * YEAR / end.month


def _mean(row: Mapping[str, Any], opening: Mapping[str, Any] | None, name: str) -> Figure:
    """The mean of opening and closing; the closing alone where there is no opening."""
    closing, before = _whole(row, name), None if opening is None else _whole(opening, name)
    return closing if closing is None or before is None else (closing + before) / 2


def _days(row: Mapping[str, Any], opening: Mapping[str, Any] | None, stock: str, flow: str) -> Figure:
    mean = _mean(row, opening, stock)
    return _over(None if mean is None else mean * DAYS, _yearly(row, flow))


RATIOS: tuple[Ratio, ...] = (
    Ratio("debt_ratio", "percent", lambda row, _o: _over(_whole(row, "total_liabilities"), _whole(row, "total_assets")), lambda x: x > Fraction(7, 10)),
    Ratio("current_ratio", "times", lambda row, _o: _over(_whole(row, "current_assets"), _whole(row, "current_liabilities")), lambda x: x < 1),
    Ratio("quick_ratio", "times", lambda row, _o: _over(_less(_whole(row, "current_assets"), _whole(row, "inventory")), _whole(row, "current_liabilities")), lambda x: x < Fraction(6, 10)),
    Ratio("cash_ratio", "times", lambda row, _o: _over(_whole(row, "cash"), _whole(row, "current_liabilities")), lambda x: x < Fraction(1, 10)),
    Ratio("interest_cover", "times", lambda row, _o: _over(_plus(_whole(row, "profit_before_tax"), _whole(row, "interest_expense")), _whole(row, "interest_expense")), lambda x: x < Fraction(3, 2)),
    Ratio("cash_flow_ratio", "times", lambda row, _o: _over(_whole(row, "operating_net_flow"), _whole(row, "current_liabilities")), lambda x: x < Fraction(1, 10)),
    Ratio("loans_to_revenue", "percent", lambda row, _o: _over(_whole(row, "short_term_loans", "long_term_loans"), _yearly(row, "revenue")), lambda x: x > Fraction(6, 10)),
    Ratio("receivable_days", "days", lambda row, opening: _days(row, opening, "receivables", "revenue"), lambda _x: False),
    Ratio("inventory_days", "days", lambda row, opening: _days(row, opening, "inventory", "cost_of_sales"), lambda _x: False),
    Ratio("payable_days", "days", lambda row, opening: _days(row, opening, "payables", "cost_of_sales"), lambda _x: False),
    Ratio("gross_margin", "percent", lambda row, _o: _over(_less(_whole(row, "revenue"), _whole(row, "cost_of_sales")), _whole(row, "revenue")), lambda x: x < 0),
    Ratio("net_margin", "percent", lambda row, _o: _over(_whole(row, "net_profit"), _whole(row, "revenue")), lambda x: x < 0),
    Ratio("return_on_equity", "percent", lambda row, opening: _over(_yearly(row, "net_profit"), _mean(row, opening, "equity")), lambda x: x < 0),
    Ratio("cash_to_revenue", "times", lambda row, _o: _over(_whole(row, "cash_from_sales"), _whole(row, "revenue")), lambda x: x < Fraction(8, 10)),
)  # fmt: skip
"""The ratios that stand beside the finance group of a report."""


def flaws_of(row: Mapping[str, Any]) -> list[str]:
    """Which controls of arithmetic a statement fails: assets against liabilities and equity, parts against their whole."""
    found = []
    assets, behind = _whole(row, "total_assets"), _whole(row, "total_liabilities", "equity")
    if assets is not None and behind is not None and assets != behind:
        found.append("does-not-balance")
    for part, whole in (("current_assets", "total_assets"), ("current_liabilities", "total_liabilities")):
        least, most = _whole(row, part), _whole(row, whole)
        if least is not None and most is not None and least > most:
            found.append(f"{part}-above-whole")
    return found

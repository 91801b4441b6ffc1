"""What stands beside the form of a duty: the client's statements and the stock counted before, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from daihou.duties.models import Duty
from daihou.duties.signing import concerned
from daihou.inspections.beside import Finances, Step, Trend, Way, finances_of, stock_of
from daihou.inspections.classing import RISK, TIER
from daihou.papers.reading import Form, Tells
from daihou.people.reads import Viewer, visible
from daihou.screens.tags import EMPTY, lang, word
from daihou.units import format_yuan

# -- panes ------------------------------------------------------------------------------------------------------------


def beside(viewer: Viewer, duty: Duty, form: Form) -> dict[str, Any]:
    """The panes beside a form, by what its fields tell: statements for the finance group, counts for the stock."""
    found: dict[str, Any] = {}
    asks = any(form.telling(one) for one in (Tells.FINANCES, RISK.tells, TIER.tells))
    contract = concerned(duty) if asks else None
    found["grades_now"] = _grades_now(form, contract)
    if form.telling(Tells.FINANCES) is not None:
        party = duty.party or (None if contract is None else contract.client)
        rows = visible("statement", viewer).filter(party=party or "")
        found["finances_party"] = party if party and "ledger" in viewer.rights.enters else ""
        found["finances"] = _told(finances_of(rows, None if contract is None else contract.disbursed_day))
    if form.telling(Tells.STOCK) is not None:
        lot, counts = stock_of(duty, visible("stock_record", viewer))
        found |= {"lot": lot, "counts": counts, **_chart(lot, counts)}
    return found


def _grades_now(form: Form, contract: Any) -> dict[str, str]:
    """What the contract is classed as now, by what a field tells."""
    found, number, tier = {}, RISK.of(contract), TIER.of(contract)
    called = RISK.word(form, number)
    if number is not None:
        said = {"now": number, "word": "" if called is None else called.said(lang())}
        plain, named = _("合同现在是第 %(now)s 类。"), _("合同现在是第 %(now)s 类（%(word)s）。")
        found[RISK.tells.value] = (plain if called is None else named) % said
    if contract is not None:
        found[TIER.tells.value] = _("合同现在是%(tier)s。") % {
            "tier": word(str(tier)) if tier else _("未分级")
        }
    return found


def _told(held: Finances | None) -> dict[str, Any] | None:
    """Statements in words and figures of the page."""
    if held is None:
        return None
    heads = {
        "latest": _("最近一期"),
        "year_before": _("上年同期"),
        "year_start": _("年初"),
        "at_approval": _("放款时"),
    }
    flaws = {
        "does-not-balance": _("资产总计不等于负债加权益"),
        "current_assets-above-whole": _("流动资产大于资产总计"),
        "current_liabilities-above-whole": _("流动负债大于负债合计"),
    }
    names = _ratio_names()
    columns = [heads[one.name] for one in held.heads]
    return {
        "heads": [
            (heads[one.name], one.end, one.basis, one.consolidated, _("上年末数") if one.name == "year_start" else _flows(one.end))
            for one in held.heads
        ],
        "lines": [
            (one.name, _headed(columns, one.values, one.unit), moved_of(one.step, one.unit, one.values[0]), one.marked) for one in held.lines
        ],
        "ratios": [
            (names[one.name], _headed(columns, one.values, one.unit), moved_of(one.step, one.unit, one.values[0]), one.marked)
            for one in held.ratios
        ],
        "flaws": [flaws[one] for one in held.flaws],
        "trend": None if held.trend is None else _followed(held.trend, names),
    }  # fmt: skip


def _headed(columns: Sequence[str], values: Sequence[Fraction | None], unit: str) -> list[tuple[str, str]]:
    """The figures of a line, each with the head of its column."""
    return [(head, _figure(value, unit)) for head, value in zip(columns, values, strict=True)]


def _followed(held: Trend, names: Mapping[str, str]) -> dict[str, Any]:
    """The trend in words and figures: of each line or ratio its values, with how each moved."""
    return {
        "heads": [(end, _flows(end)) for end in held.ends],
        "rows": [
            (
                names.get(one.name) or word(one.name),
                [
                    (end, _figure(value, one.unit), moved_of(step, one.unit, value))
                    for end, value, step in zip(held.ends, one.values, one.steps, strict=True)
                ],
            )
            for one in held.courses
        ],
    }  # fmt: skip


def _flows(end: date) -> str:
    """Which months the profit and the cash flow of a statement hold: they are cumulated since the year began."""
    return _("累计 1 月") if end.month == 1 else _("累计 1–%(month)s 月") % {"month": end.month}


@dataclass(frozen=True)
class Moved:
    """How a figure moved, as the page says it: an arrow, a word, by how much."""

    arrow: str
    way: str
    by: str


def moved_of(step: Step | None, unit: str, value: Fraction | None) -> Moved | None:
    """The step to a value in words; from a loss or from nothing it has a way and no share, and what rounds to nothing is level.

    Of a ratio the two figures that stand side by side are compared as they are shown, so that nobody can find another difference.
    """
    if step is None:
        return None
    if unit != "money" and value is not None and step.change is not None:
        change = _as_shown(value, unit) - _as_shown(value - step.change, unit)
        step = Step(Way.LEVEL if change == 0 else Way.UP if change > 0 else Way.DOWN, change)
    arrow, way = {Way.UP: ("▲", _("升")), Way.DOWN: ("▼", _("降")), Way.LEVEL: ("＝", _("平"))}[step.way]
    if step.change is None:
        return Moved(arrow, way, "")
    by = abs(float(step.change))
    number = {"money": f"{100 * by:.1f}", "percent": f"{100 * by:.1f}", "days": f"{by:.0f}"}.get(
        unit, f"{by:.2f}"
    )
    if float(number) == 0:
        return Moved("＝", _("平"), "")
    if unit == "percent":
        return Moved(arrow, way, _("%(points)s 个百分点") % {"points": number})
    if unit == "days":
        return Moved(arrow, way, _("%(days)s 天") % {"days": number})
    return Moved(arrow, way, f"{number}%" if unit == "money" else number)


def _as_shown(value: Fraction, unit: str) -> Fraction:
    """A ratio rounded as the page shows it."""
    said = Fraction(_figure(value, unit).removesuffix("%"))
    return said / 100 if unit == "percent" else said


def _ratio_names() -> dict[str, str]:
    return {
        "debt_ratio": _("资产负债率"), "current_ratio": _("流动比率"), "quick_ratio": _("速动比率"), "cash_ratio": _("现金比率"),
        "interest_cover": _("利息保障倍数"), "cash_flow_ratio": _("现金流量比率"), "loans_to_revenue": _("银行借款占收入"),
        "receivable_days": _("应收账款周转天数"), "inventory_days": _("存货周转天数"), "payable_days": _("应付账款周转天数"),
        "gross_margin": _("毛利率"), "net_margin": _("净利率"), "return_on_equity": _("净资产收益率"), "cash_to_revenue": _("收现比"),
    }  # fmt: skip


def _figure(value: Fraction | None, unit: str) -> str:
    if value is None:
        return EMPTY
    if unit == "money":
        return format_yuan(int(value))
    if unit == "percent":
        return f"{float(value * 100):.1f}%"
    return f"{float(value):.0f}" if unit == "days" else f"{float(value):.2f}"


def _chart(lot: Any, counts: Sequence[Any]) -> dict[str, str]:
    """Counted stock by day against the minimum, as a small line: width 100, height 30; the minimum in words."""
    held = None if lot is None or lot.minimum_quantity is None else lot.minimum_quantity
    told = {"least": EMPTY if held is None else f"{held.normalize():f}", "stock_chart": "", "stock_least": ""}
    days = [(one.row.on_day, float(one.row.actual_quantity)) for one in reversed(counts)]
    if len(days) < 2:  # noqa: PLR2004 - a line wants two points
        return told
    most = max([value for _day, value in days] + [float(held or 0)]) or 1.0
    first, span = days[0][0], max((days[-1][0] - days[0][0]).days, 1)
    points = (f"{100 * (day - first).days / span:.1f},{30 - 28 * value / most:.1f}" for day, value in days)
    return told | {
        "stock_chart": " ".join(points), "stock_least": "" if held is None else f"{30 - 28 * float(held) / most:.1f}",
    }  # fmt: skip

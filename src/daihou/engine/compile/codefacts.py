"""Facts that the language cannot say, written as SQL: the spell of arrears a contract is in (gaps and islands)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daihou.engine.compile.text import day, name

if TYPE_CHECKING:
    from daihou.engine.compile.scalar import Frame


@dataclass(frozen=True)
class CodeFact:
    """A fact in code: the columns it reads, the references (table, column) by which it goes down from its row, how it is added to a frame."""

    reads: tuple[tuple[str, str], ...]
    ways: tuple[tuple[str, str], ...]
    add: Callable[[Frame, str], None]


def _spell(frame: Frame, column: str, owner: str, joins: str) -> None:
    """Due day of the instalment that opened the present spell of arrears of an owner of instalments (SQL ``owner`` over alias i).

    An instalment is overdue from the day after its due day to the day before it is paid off. Only owners with something overdue on the
    data day are looked at; spells that touch are one (start at most the greatest end so far plus one).
    """
    today = day(frame.days.plan_day())
    plan = f"{frame.days.arrears()} AS i {joins}"
    open_ones = f'SELECT DISTINCT {owner} AS k FROM {plan} WHERE i."paid_off_day" IS NULL OR i."paid_off_day" > {today}'
    spans = (
        f'SELECT {owner} AS k, i."due_day" AS d, COALESCE(i."paid_off_day", {today} + 1) AS e FROM {plan} '
        f"JOIN ({open_ones}) AS w ON w.k = {owner}"
    )
    marked = (
        "SELECT s.k, s.d, MAX(s.e) OVER (PARTITION BY s.k ORDER BY s.d, s.e "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM ({spans}) AS s"
    )
    # a spell starts where everything before was paid off by the day on which this one became overdue
    starts = f"SELECT m.k, MAX(m.d) AS start FROM ({marked}) AS m WHERE m.before IS NULL OR m.before < m.d + 1 GROUP BY m.k"
    alias = frame.fresh("spell")
    frame.join(f"({starts})", alias, f'{name(alias)}.k = {name(frame.row.alias)}."_key"')
    frame.add(column, f"{name(alias)}.start")


def _contract_spell(frame: Frame, column: str) -> None:
    """The spell a contract is in."""
    _spell(frame, column, 'i."contract"', "")


def _party_spell(frame: Frame, column: str) -> None:
    """The spell a client is in, over all his contracts."""
    contracts = f'JOIN {frame.days.table("contract")} AS t ON t."_key" = i."contract"'
    _spell(frame, column, 't."client"', contracts)


_PLAN = (("instalment", "contract"), ("instalment", "due_day"), ("instalment", "paid_off_day"))

CODE_FACTS: dict[str, CodeFact] = {
    "arrears_start": CodeFact(_PLAN, (("instalment", "contract"),), _contract_spell),
    "party_arrears_start": CodeFact(
        (*_PLAN, ("contract", "client")), (("contract", "client"), ("instalment", "contract")), _party_spell
    ),
}
"""Facts in code by the name a rulebook gives them."""

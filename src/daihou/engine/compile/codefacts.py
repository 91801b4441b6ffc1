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
    """A fact in code: the columns it reads and how it is added to a frame over its table."""

    reads: tuple[tuple[str, str], ...]
    add: Callable[[Frame, str], None]


def _arrears_start(frame: Frame, column: str) -> None:
    """Due day of the instalment that opened the present spell.

    An instalment is overdue from the day after its due day to the day before it is paid off. Only contracts with something overdue on the
    data day are looked at; spells that touch are one (start at most the greatest end so far plus one).
    """
    days = frame.days
    today = day(min(days.data_day("instalment"), days.data_day("repayment")))
    plan = days.table("instalment")
    open_ones = f'SELECT DISTINCT i."contract" FROM {plan} AS i WHERE i."due_day" < {today} AND (i."paid_off_day" IS NULL OR i."paid_off_day" > {today})'
    spans = (
        f'SELECT i."contract", i."due_day" AS d, COALESCE(i."paid_off_day", {today} + 1) AS e FROM {plan} AS i '
        f'JOIN ({open_ones}) AS w ON w."contract" = i."contract" '
        f'WHERE i."due_day" < {today} AND (i."paid_off_day" IS NULL OR i."paid_off_day" > i."due_day" + 1)'
    )
    marked = (
        'SELECT s."contract", s.d, s.e, MAX(s.e) OVER (PARTITION BY s."contract" ORDER BY s.d, s.e '
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM ({spans}) AS s"
    )
    # a spell starts where everything before was paid off by the day on which this one became overdue
    starts = f'SELECT m."contract", MAX(m.d) AS start FROM ({marked}) AS m WHERE m.before IS NULL OR m.before < m.d + 1 GROUP BY m."contract"'
    alias = frame.fresh("spell")
    frame.join(f"({starts})", alias, f'{name(alias)}."contract" = {name(frame.row.alias)}."_key"')
    frame.add(column, f"{name(alias)}.start")


CODE_FACTS: dict[str, CodeFact] = {
    "arrears_start": CodeFact(
        (("instalment", "contract"), ("instalment", "due_day"), ("instalment", "paid_off_day")),
        _arrears_start,
    ),
}

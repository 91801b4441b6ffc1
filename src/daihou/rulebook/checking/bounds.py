"""How far apart two dates of a rule are at least, whatever the rows hold: enough to say what lies before what.

A floor says ``value >= other + days`` for some other values, a ceiling ``value <= other + days``. What cannot be shown is left out,
so a claim is always true (where the dates it names are there); the order of columns is the one that the book's own row checks keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from daihou.book import Column as Declared
from daihou.book import row_checks
from daihou.rulebook.model import Duty
from daihou.rulebook.nodes import DATE, Arithmetic, Call, Case, Column, Figure, Literal, Lookup, Moment, Node
from daihou.rulebook.vocabulary import Vocabulary

Reach = Mapping[Node, int]

PERIOD_START = Moment(DATE, "period_start")
PERIOD_END = Moment(DATE, "period_end")
START = Moment(DATE, "start")
DUE = Moment(DATE, "due")

_MONTH_LEAST, _MONTH_MOST = 28, 31
# Calls that stay within the span of days around their argument: (days before it at most, days after it at most).
_AROUND = {
    "day_of_month": (-30, 30),
    "day_of_next_month": (1, 61),
    "month_start": (-30, 0),
    "month_end": (0, 30),
    "quarter_start": (-91, 0),
    "quarter_end": (0, 91),
    "half_start": (-183, 0),
    "half_end": (0, 183),
    "year_start": (-365, 0),
    "year_end": (0, 365),
}
_EITHER = frozenset({"coalesce"})
_EARLIEST = frozenset({"earliest_of"})
_LATEST = frozenset({"latest_of", "all_of"})


@dataclass
class Bounds:
    """Floors and ceilings of the dates of one duty, as its wording stands on one day."""

    vocabulary: Vocabulary
    moments: Mapping[str, Node | None] = field(default_factory=dict)  # what 起算, 开放, 到期 stand for

    @classmethod
    def of(cls, vocabulary: Vocabulary, duty: Duty, opens: Node | None, due: Node | None) -> Bounds:
        """The bounds of a duty; a missing start is the beginning of the period, a missing due its end."""
        periodic = duty.periods is not None
        start = duty.start or (PERIOD_START if periodic else None)
        ends = due or (PERIOD_END if periodic else None)
        return cls(vocabulary, {"start": start, "opens": opens or start, "due": ends})

    def never_before(self, late: Node, early: Node) -> bool:
        """Whether ``late`` is shown never to lie before ``early``."""
        return self._apart(late, early) >= 0

    def always_after(self, late: Node, early: Node) -> bool:
        """Whether ``late`` is shown to lie after ``early`` always."""
        return self._apart(late, early) > 0

    def _apart(self, late: Node, early: Node) -> int:
        """Days that ``late`` lies after ``early`` at least; a large negative number where nothing is known."""
        floor, ceiling = self.floor(late), self.ceiling(early)
        return max((floor[one] - ceiling[one] for one in floor.keys() & ceiling.keys()), default=-(10**9))

    def floor(self, node: Node) -> Reach:
        """What the value never lies before."""
        return self._reach(node, lower=True)

    def ceiling(self, node: Node) -> Reach:
        """What the value never lies after."""
        return self._reach(node, lower=False)

    def _reach(self, node: Node, *, lower: bool) -> Reach:
        found: dict[Node, int] = {node: 0}
        match node:
            case Moment(name=name):
                found |= self._moment(name, lower=lower)
            case Column():
                found |= dict.fromkeys(self._neighbours(node, lower=lower), 0)
            case Case(branches=branches, otherwise=otherwise):
                values = (*(then for _, then in branches), otherwise)
                found |= self._shared(values, lower=lower)
            case Call(name=name, args=args):
                found |= self._call(name, args, lower=lower)
            case _:
                pass
        return found

    def _moment(self, name: str, *, lower: bool) -> Reach:
        if name == "period_end" and lower:
            return {PERIOD_START: 0}
        if name == "period_start" and not lower:
            return {PERIOD_END: 0}
        stands_for = self.moments.get(name)
        if stands_for is None or (name == "due" and not lower):  # a due before its opening is moved to it
            return {}
        inner = Bounds(self.vocabulary, {key: one for key, one in self.moments.items() if key != name})
        return inner.floor(stands_for) if lower else inner.ceiling(stands_for)

    def _call(self, name: str, args: tuple[Node, ...], *, lower: bool) -> Reach:
        if name in _AROUND:
            before, after = _AROUND[name]
            return self._moved(args[0], before if lower else after, lower=lower)
        if name in {"add_days", "add_months", "add_working_days"}:
            days = self._days(name, args[1], lower=lower)
            return {} if days is None else self._moved(args[0], days, lower=lower)
        if name in _EITHER or name in (_EARLIEST if lower else _LATEST):
            return self._shared(args, lower=lower)
        if name in (_LATEST if lower else _EARLIEST):
            joined: dict[Node, int] = {}
            pick: Callable[[int, int], int] = max if lower else min
            for arg in args:
                for one, days in self._reach(arg, lower=lower).items():
                    joined[one] = pick(joined.get(one, days), days)
            return joined
        return {}

    def _moved(self, node: Node, days: int, *, lower: bool) -> Reach:
        return {one: known + days for one, known in self._reach(node, lower=lower).items()}

    def _shared(self, values: tuple[Node, ...], *, lower: bool) -> Reach:
        """What holds of every value; an empty one says nothing."""
        reaches = [self._reach(one, lower=lower) for one in values if not _is_empty(one)]
        if not reaches:
            return {}
        pick: Callable[..., int] = min if lower else max
        keys = frozenset.intersection(*(frozenset(one) for one in reaches))
        return {key: pick(one[key] for one in reaches) for key in keys}

    def _days(self, name: str, count: Node, *, lower: bool) -> int | None:
        """Calendar days that adding ``count`` moves a date by, at least or at most; None where there is no limit."""
        number = self.least(count) if lower else self.most(count)
        if number is None or name == "add_days":
            return number
        if name == "add_months":
            outward = number > 0 if lower else number < 0
            return number * (_MONTH_LEAST if outward else _MONTH_MOST)
        # n working days later is n days later or more, n working days earlier is n days earlier or more
        return number if (number >= 0) is lower or number == 0 else None

    def _neighbours(self, column: Column, *, lower: bool) -> Iterator[Column]:
        """The columns of the same row that the book keeps in order with this one."""
        table = self.vocabulary.tables[column.table]
        for one in row_checks(table):
            if one.code != "days-out-of-order" or one.other is None:
                continue
            mine, other = (one.column, one.other) if lower else (one.other, one.column)
            if mine == column.name:
                yield Column(DATE, column.scope, column.base, column.path, column.tables, other)

    # -- counts --------------------------------------------------------------

    def least(self, count: Node) -> int | None:
        """The smallest that a number of days, working days or months can be."""
        return self._count(count, lower=True)

    def most(self, count: Node) -> int | None:
        """The largest that it can be."""
        return self._count(count, lower=False)

    def _count(self, node: Node, *, lower: bool) -> int | None:
        pick: Callable[..., int] = min if lower else max
        match node:
            case Literal(value=int() as value):
                return int(value)
            case Arithmetic(op="-", left=Literal(value=0), right=right):
                turned = self._count(right, lower=not lower)
                return None if turned is None else -turned
            case Column() if not node.fact:
                declared: Declared | None = self.vocabulary.tables[node.table].columns.get(node.name)
                return None if declared is None else declared.low if lower else declared.high
            case Case(branches=branches, otherwise=otherwise):
                counts = [self._count(one, lower=lower) for one in (*(b for _, b in branches), otherwise)]
            case Call(name="coalesce", args=args):
                counts = [self._count(one, lower=lower) for one in args]
            case Figure() | Lookup():
                counts = [*self._figure_values(node)]
            case _:
                return None
        known = [one for one in counts if one is not None]
        return pick(known) if known and len(known) == len(counts) else None

    def _figure_values(self, node: Figure | Lookup) -> Iterator[int]:
        """Every whole number that a figure or a table of figures has ever held."""
        if isinstance(node, Figure):
            held: list[Literal | None] = [
                value for _, value in self.vocabulary.figures[node.name].value.steps
            ]
        else:
            table = self.vocabulary.lookups[node.name]
            held = [*(value for _, step in table.value.steps for value in step.values()), table.default]
        for one in held:
            if one is not None and isinstance(one.value, int):
                yield one.value


def _is_empty(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None

"""The classes that the rules give a row: how it is to be classed on a day, by what, beside how it is classed now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.dayend.about import explained
from daihou.engine import Explanation
from daihou.engine.around import Ground, around
from daihou.policy.rules import books, rules
from daihou.registers.part import sealed_columns
from daihou.rulebook import Grade


@dataclass(frozen=True)
class Class:
    """What one grade says of one row. ``told``: the whole why; None where only a run over the whole book can tell it (a rank among all clients)."""

    grade: Grade
    told: Explanation | None

    @property
    def _line(self) -> Mapping[str, Any]:
        return {} if self.told is None or not self.told.results else self.told.results[0]

    @property
    def level(self) -> str:
        """The class; empty where it cannot be told."""
        return str(self._line.get("level") or "")

    @property
    def now(self) -> str:
        """The class on record; empty where there is none, or the grade looks at no such column."""
        return str(self._line.get("previous") or "")

    @property
    def cause(self) -> str:
        """floor, proposal, manual or held."""
        return str(self._line.get("cause") or "")

    @property
    def to_change(self) -> bool:
        """Whether the class on record is another one."""
        return bool(self.now) and self.now != self.level


def grades_on(table: str) -> tuple[Grade, ...]:
    """The grades in force here of rows of a table."""
    return tuple(
        rule
        for rule in rules().values()
        if isinstance(rule, Grade) and rule.table == table and not rule.sleeping
    )


def classes_of(table: str, key: str, day: date) -> tuple[Class, ...]:
    """How the grades class a row that stands, on a day; of grades that have nothing to do with the row nothing."""
    grades = grades_on(table)
    grounds = around(books(), sealed_columns()) if grades else {}
    alone = [grade for grade in grades if grounds[grade.id] is not Ground.WHOLE]
    found = [Class(grade, explained(books(), grade, key, day)) for grade in alone]
    return (
        *(one for one in found if one.level),
        *(Class(grade, None) for grade in grades if grade not in alone),
    )

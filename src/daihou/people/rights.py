"""The table of rights: what each post sees and may do. Written by hand, read strictly, shown on a page as it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from daihou.book import Table, declared, posts
from daihou.book.declared import ROOMS
from daihou.terms import read_mapping, terms


class Scope(StrEnum):
    """How far a post sees; the later the wider."""

    NONE = "none"
    OWN = "own"
    BRANCH = "branch"
    COMPANY = "company"


class May(StrEnum):
    """What a post may do beyond reading and entering registers."""

    IMPORT = "import"
    DAY = "day"
    ACCOUNTS = "accounts"
    TRAIL = "trail"
    FIGURES = "figures"
    NOTICES = "notices"


_WIDTH = tuple(Scope)
_KEYS = frozenset({"scope", "sees", "enters", "numbers", "may"})
ALL = "all"


@dataclass(frozen=True)
class Rights:
    """What one post, or one person by all of his posts, may see and do. ``scope`` holds for each room by itself.

    ``enters``: rooms; ``registers``: identifiers of registers that may be entered although not the whole room may, ``reads``: how far those are seen
    whose room is not.
    """

    sees: Mapping[str, Scope]
    enters: frozenset[str]
    numbers: bool
    may: frozenset[May]
    registers: frozenset[str] = frozenset()
    reads: Mapping[str, Scope] = field(default_factory=dict)

    def scope(self, room: str) -> Scope:
        """How far a room's registers are seen."""
        return self.sees.get(room, Scope.NONE)

    def scope_of(self, table: Table) -> Scope:
        """How far a register is seen: as its room, or by itself."""
        return max(self.scope(table.room), self.reads.get(table.id, Scope.NONE), key=_WIDTH.index)

    def may_enter(self, table: Table) -> bool:
        """Whether rows of a register may be entered and corrected."""
        return table.room in self.enters or table.id in self.registers


class RightsError(ValueError):
    """A table of rights that cannot stand."""


@cache
def rights_by_post() -> Mapping[str, Rights]:
    """Rights by identifier of the post. Raises RightsError for an unknown post, room or word, and for a post left out."""
    found: dict[str, Rights] = {}
    for word, says in read_mapping(resources.files("daihou.people") / "rights.yaml").items():
        term = terms().find(word)
        if term is None or term.id not in posts():
            raise RightsError(f"rights.yaml: {word} is no post")
        found[term.id] = _rights(word, says)
    missing = sorted(set(posts()) - set(found))
    if missing:
        raise RightsError(f"rights.yaml: no rights for {', '.join(missing)}")
    return found


@dataclass(frozen=True)
class Told:
    """What a post sees and may do, in terms: how far, which registers it reads and enters by their rooms, what else it may."""

    post: str
    scopes: Sequence[str]
    sees: Sequence[str]
    enters: Sequence[str]
    numbers: bool
    may: Sequence[str]


def told_by_post() -> list[Told]:
    """The table of rights as people read it, on screen and in the manual."""
    rooms = list(dict.fromkeys(table.room for table in declared().values()))
    return [
        Told(
            post,
            sorted({f"scope_{scope.value}" for scope in rights.sees.values()}),
            ["room_all"] if set(rooms) <= set(rights.sees) else [
                *(f"room_{one}" for one in rooms if one in rights.sees), *(one for one in declared() if one in rights.reads),
            ],
            [*(f"room_{one}" for one in rooms if one in rights.enters), *(one for one in declared() if one in rights.registers)],
            rights.numbers,
            [f"may_{one.value}" for one in May if one in rights.may],
        )
        for post, rights in rights_by_post().items()
    ]  # fmt: skip


def in_order(held: Collection[str]) -> list[str]:
    """Posts in the order of the table of rights."""
    return [post for post in rights_by_post() if post in held]


def _rights(word: str, says: Mapping[str, Any]) -> Rights:
    unknown = set(says) - _KEYS
    if unknown:
        raise RightsError(f"rights.yaml: {word}: unknown {', '.join(sorted(unknown))}")
    scope = Scope(says["scope"])
    rooms = _rooms(word, says["sees"])
    enters, registers = _entered(word, says.get("enters", []))
    if enters - rooms:
        raise RightsError(f"rights.yaml: {word} enters what it does not see")
    may = frozenset(May(one) for one in says.get("may", []))
    apart = sorted(one for one in registers if declared()[one].room not in rooms)
    return Rights(
        dict.fromkeys(sorted(rooms), scope), enters, bool(says.get("numbers", False)), may, registers,
        dict.fromkeys(apart, scope),
    )  # fmt: skip


def _entered(word: str, said: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The rooms and the single registers that a post may enter."""
    if said == ALL:
        return ROOMS, frozenset()
    tables = {table.word: table.id for table in declared().values()}
    return _rooms(word, [one for one in said if one not in tables]), frozenset(
        tables[one] for one in said if one in tables
    )


def _rooms(word: str, said: Any) -> frozenset[str]:
    if said == ALL:
        return ROOMS
    unknown = set(said) - ROOMS
    if unknown:
        raise RightsError(f"rights.yaml: {word}: unknown room {', '.join(sorted(unknown))}")
    return frozenset(said)


def together(held: Iterable[str]) -> Rights:
    """The rights of a person who holds several posts: of each thing the widest."""
    sees: dict[str, Scope] = {}
    enters: set[str] = set()
    registers: set[str] = set()
    reads: dict[str, Scope] = {}
    may: set[May] = set()
    numbers = False
    for post in held:
        one = rights_by_post()[post]
        for room, scope in one.sees.items():
            sees[room] = max(sees.get(room, Scope.NONE), scope, key=_WIDTH.index)
        for table, scope in one.reads.items():
            reads[table] = max(reads.get(table, Scope.NONE), scope, key=_WIDTH.index)
        enters |= one.enters
        registers |= one.registers
        may |= one.may
        numbers = numbers or one.numbers
    return Rights(sees, frozenset(enters), numbers, frozenset(may), frozenset(registers), reads)

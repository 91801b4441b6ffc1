"""What an event says of the thing before and after, field by field, in the words that people use; personal numbers stay hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from daihou.book import Column, Table, declared, masked
from daihou.duties.naming import names_for
from daihou.ledger.reads import MANY_ACTS, ROW_ACTS
from daihou.people.reads import Viewer, visible
from daihou.policy.rules import rules
from daihou.registers.kept import homes, is_sealed, names_party, values_of
from daihou.registers.sealing import is_mark
from daihou.screens.tags import EMPTY, kept, lang, listed, word, yuan
from daihou.terms import Catalogue, terms
from daihou.trail.models import Event

HIDDEN = "•••"
MOST = 200
"""Fields that are shown of an act on many rows."""
_MARK = re.compile(r"(?<![0-9A-Za-z])P[A-Z2-7]{20}(?![0-9A-Za-z])")
_PEOPLE = frozenset({"absent", "deputy", "employee", "to", "for_whom", "opened_by", "owner"})
_COUNTS = 3
"""An import tells of each table how many rows are new, changed, the same."""
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Told:
    """One field: its name, what it held and what it holds; ``changed``: whether these differ (of hidden numbers too)."""

    name: str
    before: str
    after: str
    changed: bool


def plain(text: str) -> str:
    """What somebody wrote, personal numbers in it hidden, and their marks."""
    return _MARK.sub(HIDDEN, masked(text))


def told(viewer: Viewer, event: Event) -> list[Told]:
    """The fields of an event: of a register's row its columns in their order, else what the act tells."""
    before, after = event.before or {}, event.after or {}
    if event.act in MANY_ACTS:
        return list(_of_many(viewer, after))
    table = homes()[event.kind].table if event.act in ROW_ACTS and event.kind in homes() else None
    if table is None:
        people = names_for(people=_people(before) + _people(after)).people
        return [
            Told(called, _text(name, old, people), _text(name, new, people), bool(before) and bool(after) and old != new)
            for name, called, old, new in _each(before, after)
        ]  # fmt: skip
    names = _names(viewer, table, [before, after])
    return [
        Told(word(column.id), _cell(column, before.get(column.id), names), _cell(column, after.get(column.id), names), _moved(column.id, before, after))
        for column in values_of(table)
        if column.id in before or column.id in after
    ]  # fmt: skip


def _moved(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return bool(before) and bool(after) and before.get(name) != after.get(name)


def _each(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Of each field that an act tells: its identifier, its name, what it held and holds; of what has parts each part by itself."""
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if not isinstance(old or new, dict):
            yield name, field(name), old, new
            continue
        for part in dict.fromkeys((*(old or {}), *(new or {}))):
            yield name, f"{field(name)} {_called(name, part)}", (old or {}).get(part), (new or {}).get(part)


# ------------------------------------------------------------------ columns of registers


def _names(viewer: Viewer, table: Table, rows: Sequence[Mapping[str, Any]]) -> Names:
    """Names of what rows of a table refer to: clients as far as the viewer sees them."""
    wanted: dict[str, set[str]] = {"employee": set(), "party": set(), "branch": set()}
    for column in values_of(table):
        if column.ref in wanted:
            wanted[column.ref] |= {row[column.id] for row in rows if row.get(column.id)}
    people = names_for(people=wanted["employee"], branches=bool(wanted["branch"]))
    parties = visible("party", viewer).filter(key__in=wanted["party"])
    return {
        "employee": people.people, "branch": people.branches, "party": dict(parties.values_list("key", "title")),
    }  # fmt: skip


def _cell(column: Column, value: Any, names: Names) -> str:
    if value is None or value == "":
        return EMPTY
    if is_sealed(column) or (names_party(column) and is_mark(str(value))):
        return HIDDEN
    if column.id == "rule" and value in rules():
        return rules()[value].said(lang())
    return names.get(column.ref or "", {}).get(value) or plain(kept(value, column))


def _of_many(viewer: Viewer, after: Mapping[str, Any]) -> Iterator[Told]:
    """What an act on many rows set, row by row, up to a bound; what stood before stands with each row."""
    lines = [
        (homes()[name].table, key, said)
        for name, rows in after.get("corrected", {}).items()
        for key, said in rows.items()
    ]
    shown = lines[:MOST]
    names = {
        table.id: _names(viewer, table, [said for one, _key, said in shown if one is table])
        for table in {id(table): table for table, _key, _said in shown}.values()
    }
    for table, key, said in shown:
        for name, value in said.items():
            column = table.columns[name]
            called = f"{word(table.id)} {plain(key)} {word(name)}"
            yield Told(called, EMPTY, _cell(column, value, names[table.id]), changed=False)
    if len(lines) > MOST:
        yield Told(_("其余"), EMPTY, _("还有 %(n)s 行") % {"n": len(lines) - MOST}, changed=False)
    for name, keys in after.get("entered", {}).items():
        yield Told(f"{field('entered')} {word(name)}", EMPTY, _("%(n)s 条") % {"n": len(keys)}, changed=False)


# ------------------------------------------------------------------ what else acts tell


@cache
def fields() -> Catalogue:
    """The names of what acts tell besides columns."""
    return Catalogue.load("daihou.web", "trail_fields.yaml")


def field(name: str) -> str:
    """The name of what an act tells, for people."""
    return fields().text(name, lang()) if name in fields() else word(name)


def _people(said: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in said.items():
        if name in _PEOPLE:
            found += value if isinstance(value, list) else [str(value)]
    return found


def _text(name: str, value: Any, people: Mapping[str, str]) -> str:
    """A value of what an act tells, as people read it."""
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name in {"above", "amount_limit"}:
        return yuan(value)
    if isinstance(value, list):
        return _listed(name, value, people)
    if isinstance(value, dict):
        return listed(
            (f"{_called(name, one)}: {_text(name, said, people)}" for one, said in value.items()), "；"
        )
    text = str(value)
    if name in _PEOPLE and text in people:
        return people[text]
    return plain(text) if terms().by_id(text) is None else word(text)


def _called(name: str, one: str) -> str:
    """The name of a part of a value: of tables their words, else as an act's own fields."""
    return word(one) if one in declared() or name == "kinds" else plain(field(one))


def _listed(name: str, value: Sequence[Any], people: Mapping[str, str]) -> str:
    if name == "tables" and len(value) == _COUNTS:
        new, changed, same = value
        return _("新增 %(new)s，改 %(changed)s，不变 %(same)s") % {
            "new": new, "changed": changed, "same": same,
        }  # fmt: skip
    return listed(_text(name, one, people) for one in value)

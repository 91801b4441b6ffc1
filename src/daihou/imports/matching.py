"""Rows of a file that stand for no certain row: shown to who may choose, and what was chosen made ready to be remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from daihou.book import Column, declared, masked
from daihou.duties.naming import names_for
from daihou.imports.acts import by_hand_of, unmatched_of
from daihou.imports.mapping import MappingRefusedError
from daihou.imports.models import HandMatch, Upload
from daihou.imports.recognising import Unmatched
from daihou.ledger.entering import nameable
from daihou.people.reads import Viewer
from daihou.registers.lines import portions
from daihou.registers.sealing import seals

_FEN_PER_WAN = 1_000_000


@dataclass(frozen=True)
class Open:
    """A row of the list that nobody can place, as the page asks for it."""

    mark: str
    text: str
    found: Unmatched
    choices: tuple[tuple[str, str], ...]  # key, how it is told
    hidden: int  # candidates that the viewer does not see


def open_rows(viewer: Viewer, upload: Upload) -> list[Open]:
    """What of a file could not be placed, with the rows that it could be, as far as the viewer sees them."""
    found = unmatched_of(upload)
    by_ref: dict[str, set[str]] = {}
    for one in found:
        by_ref.setdefault(one.ref, set()).update(one.candidates)
    told = {ref: described(viewer, ref, sorted(keys)) for ref, keys in by_ref.items()}
    rows = []
    for one in found:
        known = told[one.ref]
        choices = tuple((key, known[key]) for key in one.candidates if key in known)
        rows.append(
            Open(
                _mark(one), masked(one.text) or _("（空）"), one, choices, len(one.candidates) - len(choices)
            )
        )
    return rows


def _mark(one: Unmatched) -> str:
    return seals().mark(f"{one.column} {one.text}")


def described(viewer: Viewer, ref: str, keys: Sequence[str]) -> dict[str, str]:
    """Rows of a table by key, told so that people can choose among them; only those that the viewer may name."""
    rows = nameable(ref, viewer).filter(key__in=list(keys))
    if ref != "contract":
        return {key: key for key in rows.values_list("key", flat=True)}
    held = list(rows.values_list("key", "client", "amount", "disbursed_day"))
    names = names_for(parties=[client for _, client, _, _ in held]).parties
    return {
        key: " · ".join(
            str(part)
            for part in (key, names.get(client, ""), f"{amount / _FEN_PER_WAN:g} 万元", day or "")
            if part
        )
        for key, client, amount, day in held
    }


@dataclass(frozen=True)
class ByHand:
    """What people said of rows of a file: their word, how the file names the rows, what is meant as the viewer may see it."""

    match: HandMatch
    text: str
    meant: str


def by_hand_rows(viewer: Viewer, upload: Upload) -> list[ByHand]:
    """The words of people by which rows of a file were placed or set aside, as far as they still stand, the newest first."""
    if upload.mapping is None:
        return []
    texts = {(one.column, seals().mark(one.text)): one.text for one in by_hand_of(upload)}
    standing = HandMatch.objects.filter(mapping=upload.mapping.name, ended_event=None)
    found = [
        match
        for some in portions(sorted({mark for _column, mark in texts}))
        for match in standing.filter(mark__in=some)
        if (match.column, match.mark) in texts
    ]
    meant = meanings(viewer, found)
    return [
        ByHand(one, masked(texts[one.column, one.mark]) or _("（空）"), meant[one.pk])
        for one in sorted(found, key=lambda one: -one.pk)
    ]


def meanings(viewer: Viewer, matches: Sequence[HandMatch]) -> dict[int, str]:
    """What people's words mean, by their number, told as the viewer may see it."""
    refs = {one.pk: _ref_of(one.column) for one in matches}
    told = {
        ref: described(viewer, ref, [one.key for one in matches if one.key and refs[one.pk] == ref])
        for ref in set(refs.values())
    }
    return {one.pk: told[refs[one.pk]].get(one.key, "•••") if one.key else _("不是我们的") for one in matches}


def _ref_of(column: str) -> str:
    """The table that a column, named with its table, refers to."""
    table, _dot, name = column.partition(".")
    return str(declared()[table].columns[name].ref)


def chosen_rows(
    viewer: Viewer, upload: Upload, said: Mapping[str, str], *, key_of: Callable[[Column, str], str] = lambda _, text: text
) -> dict[tuple[str, str, str], str]:  # fmt: skip
    """What a viewer said of open rows, by their marks: the key of a row that he may name, or empty: none of ours.

    ``key_of`` makes a key of what was written. MappingRefusedError: a mark that is no longer open, a key that he may not name.
    """
    known = {_mark(one): one for one in unmatched_of(upload)}
    if set(said) - set(known):
        raise MappingRefusedError("match-old")
    found: dict[tuple[str, str, str], str] = {}
    for mark, text in said.items():
        one = known[mark]
        table, _dot, column = one.column.partition(".")
        key = seals().marked(key_of(declared()[table].columns[column], text)) if text else ""
        found[one.column, one.ref, one.text] = key
    for ref in {asked[1] for asked in found}:
        keys = {key for asked, key in found.items() if asked[1] == ref and key}
        if nameable(ref, viewer).filter(key__in=keys).count() < len(keys):
            raise MappingRefusedError("match-not-found")
    return found

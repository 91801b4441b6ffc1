"""Why a rule says what it says of one object: which object is meant, and the engine's explanation told or as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from daihou.book import Book, declared, masked
from daihou.cli.names import Names
from daihou.cli.results import plain
from daihou.cli.screen import line
from daihou.cli.words import joined, label, say
from daihou.engine import Explanation, OccurrenceAnswer, render
from daihou.rulebook import Rule
from daihou.terms import Lang, terms

_NEAREST = 5
_VERDICT = (
    "occurrence", "state", "start", "opens", "seen", "due", "expires", "done", "days_late",
    "late_entry", "missed_run", "run_from", "run_to",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """The object meant: its key and its row of the register; without a row the keys that come near."""

    key: str
    row: Row | None
    near: tuple[str, ...] = ()


def find(book: Book, rule: Rule, target: str) -> Found:
    """The object of a rule by its key, or by its own or its client's name where only one bears it."""
    rows = dict(_rows(book, rule.table))
    if target in rows:
        return Found(target, rows[target])
    names = Names(book, {}, date.min, "zh")
    called = [key for key, row in rows.items() if target in _called(names, rule.table, key, row)]
    if len(called) == 1:
        return Found(called[0], rows[called[0]])
    near = called or [key for key in rows if target in key]
    closest = None if near else terms().closest(target, list(rows))
    return Found(target, None, tuple((near or ([closest] if closest else []))[:_NEAREST]))


def _rows(book: Book, table: str) -> Iterator[tuple[str, Row]]:
    held = book.tables.get(table)
    if held is None:
        return
    key = declared()[table].key
    for row in held.to_pylist():
        yield "/".join(str(row[column]) for column in key), row


def _called(names: Names, table: str, key: str, row: Row) -> set[str]:
    """The names by which people may ask for a row."""
    client = row.get("client") or row.get("party")
    return {names.title(table, key) or "", names.title("party", str(client)) or "" if client else ""} - {""}


def show_absent(found: Found, rule: Rule, names: Names) -> None:
    """Say that the register has no such object, and which ones come near."""
    lang = names.lang
    line(say("explain-absent", lang, table=label(rule.table, lang), object=names.shown(found.key)))
    if found.near:
        near = joined([names.shown(key) for key in found.near], lang)
        line(say("explain-near", lang, keys=near))


def show_explained(told: Explanation, found: Found, names: Names) -> None:
    """The object and its place in the register, then the engine's explanation."""
    lang, table = names.lang, told.rule.table
    if found.row is not None:
        contract = found.key if table == "contract" else _text(found.row.get("contract"))
        party = _text(found.row.get("client") or found.row.get("party"))
        thing = names.thing(table, found.key, contract, party)
        line(
            say(
                "explain-object",
                lang,
                object=thing,
                sheet=found.row["_sheet"],
                row=found.row["_row"],
                source=told.rule.source,
            ),
            style="bold",
        )
    line(names.shown(render(told, lang)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def absent_document(found: Found, rule: Rule, day: date, *, unmasked: bool) -> dict[str, Any]:
    """For a program: no such object, and the ones that come near."""
    document = {"as_of": day, "rule": rule.id, "object": found.key, "found": False, "near": list(found.near)}
    return {key: _seen(value, unmasked=unmasked) for key, value in document.items()}


def as_document(told: Explanation, lang: Lang, *, unmasked: bool) -> dict[str, Any]:
    """An explanation for a program: dates in ISO, money in fen; ``told`` is the whole as lines of text."""
    document = {
        "as_of": told.day,
        "rule": told.rule.id,
        "article": told.rule.citation,
        "object": told.object,
        "found": True,
        "duties": [_occurrence(one) for one in told.duties],
        "older": told.older,
        "results": [dict(row) for row in told.results],
        "refused": [refused.refusal.words for refused in told.refused],
        "nothing": [reason.code for reason in told.nothing],
        "gap_assignments": [asdict(person) for person in told.answering],
        "told": render(told, lang).splitlines(),
    }
    return {key: _seen(value, unmasked=unmasked) for key, value in document.items()}


def _occurrence(one: OccurrenceAnswer) -> dict[str, Any]:
    document = {name: getattr(one.verdict, name) for name in _VERDICT}
    document |= {"of_today": one.of_today, "assumed": one.assumed, "as_known": one.as_known}
    document["assignments"] = [asdict(person) for person in one.persons]
    document["escalations"] = [asdict(step) for step in one.told]
    return document


def _seen(value: object, *, unmasked: bool) -> object:
    """A value as JSON takes it, personal numbers as far as they may be seen."""
    if isinstance(value, Mapping):
        return {key: _seen(one, unmasked=unmasked) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_seen(one, unmasked=unmasked) for one in value]
    if isinstance(value, str):
        return value if unmasked else masked(value)
    return plain(value)

"""Mappings that an installation keeps, and what rows of foreign lists mean."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daihou.book import ForeignMap, declared
from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, REFUSED, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import joined, label, say
from daihou.terms import Lang, terms

if TYPE_CHECKING:
    from daihou.imports.mapping import MappingRefusedError
    from daihou.imports.models import CompanyMapping


def keep(home: Path, file: Path, lang: Lang) -> int:
    """Keep a mapping out of its file; the same text again changes nothing."""
    enter(home, lang)
    from daihou.imports.mapping import MappingRefusedError, keep_mapping
    from daihou.trail.acts import SYSTEM, Actor

    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Stopped(UNREADABLE, [say("cannot-read-map", lang, file=file)]) from error
    try:
        kept = keep_mapping(text, by=Actor(SYSTEM, "cli"), at=datetime.now(UTC))
    except MappingRefusedError as error:
        raise Stopped(REFUSED, _lines(error, lang)) from error
    line(say("map-kept", lang, name=kept.name, edition=kept.edition))
    return FINE


def _lines(error: "MappingRefusedError", lang: Lang) -> list[str]:
    from django.utils import translation

    from daihou.imports.refusals import refusals

    with translation.override("en" if lang == "en" else "zh-hans"):
        lines = [refusals()[error.code]]
    for fault in error.faults:
        lines += [f"  {fault.row}  {fault.reason(lang)}", f"      → {fault.remedy(lang)}"]
    return lines


def show(home: Path, lang: Lang, *, as_json: bool) -> int:
    """List the mappings in use."""
    enter(home, lang)
    from daihou.imports.mapping import in_use, read_text

    found = [(one, read_text(one.text)) for one in in_use()]
    if as_json:
        document(
            [
                {
                    "name": one.name, "edition": one.edition, "at": one.at.isoformat(), "by": one.by, "meaning": read.meaning[lang],
                    "tables": list(dict.fromkeys(feed.table for feed in read.feeds)), "needs_day": read.needs_day,
                }
                for one, read in found
            ]
        )  # fmt: skip
    elif not found:
        line(say("no-map-kept", lang))
    else:
        rows = [
            [one.name, str(one.edition), joined([label(feed.table, lang) for feed in read.feeds], lang), f"{one.at:%Y-%m-%d}"]
            for one, read in found
        ]  # fmt: skip
        out().print(
            table(("kept-name", "kept-edition", "kept-tables", "kept-at"), rows, lang, fixed=("kept-name",))
        )
    return FINE


def retire(home: Path, name: str, lang: Lang) -> int:
    """Take a mapping out of use."""
    enter(home, lang)
    from daihou.imports.mapping import retire_mapping
    from daihou.trail.acts import SYSTEM, Actor

    retire_mapping(_kept(name, lang), by=Actor(SYSTEM, "cli"), at=datetime.now(UTC))
    line(say("map-retired", lang, name=name))
    return FINE


def match(home: Path, name: str, said: str, key: str, lang: Lang, *, column: str | None) -> int:
    """Remember which row a text means; ``none``: none of ours."""
    enter(home, lang)
    from daihou.imports.mapping import MappingRefusedError, foreign_map, match_by_hand
    from daihou.registers.sealing import seals
    from daihou.trail.acts import SYSTEM, Actor

    kept = _kept(name, lang)
    place, ref = _recognised(foreign_map(kept), column, lang)
    meant = "" if key == "none" else seals().marked(key)
    try:
        match_by_hand(kept.name, {(place, ref, said): meant}, by=Actor(SYSTEM, "cli"), at=datetime.now(UTC))
    except MappingRefusedError as error:
        raise Stopped(REFUSED, _lines(error, lang)) from error
    line(say("map-matched", lang, said=said, key=key))
    return FINE


def _recognised(mapping: ForeignMap, column: str | None, lang: Lang) -> tuple[str, str]:
    """The recognised column that is meant, and the table that it refers to; the first where none is named."""
    places = {
        f"{feed.table}.{name}": str(declared()[feed.table].columns[name].ref)
        for feed in mapping.feeds for name, value in feed.values.items() if value.ways
    }  # fmt: skip
    if column is None and places:
        return next(iter(places.items()))
    parts = [terms().find(part) for part in (column or "").split(".")]
    wanted = ".".join(part.id if part is not None else "" for part in parts)
    if wanted not in places:
        raise Stopped(USAGE, [say("no-such-match-column", lang, known=joined(list(places), lang))])
    return wanted, places[wanted]


def _kept(name: str, lang: Lang) -> "CompanyMapping":
    from daihou.imports.mapping import in_use, named

    found = named(name)
    if found is None:
        known = joined([one.name for one in in_use()], lang)
        raise Stopped(USAGE, [say("no-such-kept-map", lang, name=name, known=known or "—")])
    return found


def found_mapping(name: str, lang: Lang) -> ForeignMap:
    """A mapping by the name under which it is kept, or as the other commands take one: shipped, or a file."""
    from daihou.imports.mapping import foreign_map, named

    kept = named(name)
    return given.read_mapping(name, lang) if kept is None else foreign_map(kept)

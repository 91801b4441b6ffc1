"""Mappings on the screen: which are shipped, what one says, whether it can be read."""

from collections.abc import Mapping, Sequence

from daihou.book import ForeignMap, declared, read_map, shipped_maps
from daihou.cli import given
from daihou.cli.screen import FAINT, line, raw
from daihou.cli.words import joined, label, say
from daihou.terms import Lang


def show_maps(lang: Lang) -> None:
    """Each shipped mapping: its name, what it is for, what it reads and fills."""
    for name, file in shipped_maps().items():
        found = read_map(file)
        line(name, style="bold")
        line(f"  {_first_sentence(found, lang)}")
        line(
            "  " + say("map-fills", lang, files=_files(found, lang), tables=_tables(found, lang)), style=FAINT
        )
        line()
    line(say("try-map", lang))


def list_document(lang: Lang) -> Sequence[Mapping[str, object]]:
    """The shipped mappings for a program."""
    found = {name: read_map(file) for name, file in shipped_maps().items()}
    return [
        {
            "name": name,
            "files": [pattern for file in one.files.values() for pattern in file.files],
            "tables": list(dict.fromkeys(feed.table for feed in one.feeds)),
            "meaning": one.meaning[lang],
            "fingerprint": one.fingerprint,
        }
        for name, one in found.items()
    ]


def show_text(name: str, lang: Lang) -> None:
    """The file of a mapping as it is written, so that it can be copied and changed."""
    file = given.map_file(name, lang)
    given.read_mapping(name, lang)
    raw(file.read_text(encoding="utf-8-sig").rstrip())


def show_fine(name: str, lang: Lang) -> None:
    """Say that a mapping can be used, and what it reads and fills; a wrong one is refused by file and line."""
    found = given.read_mapping(name, lang)
    line(say("map-fine", lang, name=found.id, files=_files(found, lang), tables=_tables(found, lang)))


def _first_sentence(found: ForeignMap, lang: Lang) -> str:
    stop = "。" if "。" in found.meaning[lang] else ". "
    return found.meaning[lang].split(stop)[0].rstrip(".") + stop.strip()


def _files(found: ForeignMap, lang: Lang) -> str:
    """The patterns of the files that a mapping reads."""
    patterns = [pattern for file in found.files.values() for pattern in file.files]
    return joined(patterns, lang) or say("map-no-file", lang)


def _tables(found: ForeignMap, lang: Lang) -> str:
    """The tables that a mapping fills, each once, in the order of the declarations."""
    filled = {feed.table for feed in found.feeds}
    return joined([label(table, lang) for table in declared() if table in filled], lang)

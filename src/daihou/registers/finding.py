"""The words by which people find a row: its numbers and names in small letters, and the pinyin initials of Chinese names.

They are kept beside the row as one text, so that a search reads one column. A private person's number is no word: it is looked up by its mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import connection

from daihou.book import Table
from daihou.registers import lines
from daihou.registers.kept import FOUND_BY, field_name
from daihou.registers.sealing import is_mark

LONGEST = 60
"""Letters of a text that are kept to be found."""
_HAN = range(0x4E00, 0xA000)


def words_of(table: Table, row: Mapping[str, Any]) -> str:
    """What a row of a table is found by, one word a line; ``row`` by field."""
    words: list[str] = []
    for name in table.found:
        text = row.get(field_name(name))
        if text and not is_mark(text):
            words += [text[:LONGEST].lower(), *initials(text[:LONGEST])]
    return "\n".join(dict.fromkeys(words))


def fill(source: str, table: Table) -> None:
    """Give the rows of a stored table that hold no words yet theirs: of an installation from before they were kept."""
    names = [field_name(name) for name in table.found]
    with connection.cursor() as cursor:
        columns = ", ".join(connection.ops.quote_name(name) for name in names)
        cursor.execute(
            f"SELECT id, {columns} FROM {connection.ops.quote_name(source)} WHERE {FOUND_BY} = ''"  # noqa: S608 - names of declarations, quoted
        )
        rows = cursor.fetchall()
    lines.update(
        source, [FOUND_BY], [(words_of(table, dict(zip(names, said, strict=True))), pk) for pk, *said in rows]
    )


@lru_cache(maxsize=65_536)
def initials(name: str) -> tuple[str, ...]:
    """The pinyin initials of a name in small letters, with every reading of its first character (a surname may be read otherwise: 单 s, 解 x); none of a text without Chinese."""
    if not any(ord(sign) in _HAN for sign in name):
        return ()
    from pypinyin import Style, lazy_pinyin, pinyin  # noqa: PLC0415 - its dictionaries take a quarter of a second, and most commands need none

    rest = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    first = pinyin(name[0], style=Style.FIRST_LETTER, heteronym=True)[0]
    return tuple(dict.fromkeys([rest, *(one.lower() + rest[1:] for one in first)]))

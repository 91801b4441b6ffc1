"""What the template holds for its reader alone, passed over on reading without a word: the guide, the choices, the grey row of examples."""

from collections.abc import Collection, Mapping

from daihou.book.declared import Column
from daihou.terms import Lang

GUIDE: Mapping[Lang, str] = {"zh": "说明", "en": "_guide"}
CHOICES: Mapping[Lang, str] = {"zh": "_选项", "en": "_choices"}
EXAMPLE: Mapping[Lang, str] = {"zh": "例-", "en": "示例-"}


def example_of(column: Column, lang: Lang) -> str:
    """What the row of examples says in a column of text."""
    return EXAMPLE[lang] + (column.word if lang == "zh" else column.id)


def is_example_of(column: Column, cell: object) -> bool:
    """Whether a cell still holds what the row of examples said in a column, whatever the language of the template."""
    return isinstance(cell, str) and cell.strip() in {example_of(column, lang) for lang in EXAMPLE}


def sheets_for_the_reader(sheets: Collection[str]) -> frozenset[str]:
    """Of a copy of the template the sheets that hold no rows; none of any other workbook, where what is left unread is said.

    Its hidden sheet of choices tells a copy: a 说明 of their own have other workbooks too.
    """
    return frozenset(
        name for lang in CHOICES if CHOICES[lang] in sheets for name in (GUIDE[lang], CHOICES[lang])
    )

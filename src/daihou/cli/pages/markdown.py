"""Pages of Markdown: titles in both languages, tables, code, and the texts around the data."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from daihou.terms import Catalogue


@cache
def _texts() -> Catalogue:
    return Catalogue.load("daihou.cli.pages")


def said(code: str, /, **params: object) -> str:
    """A text of the pages in Chinese, which their readers speak."""
    return _texts().text(code, "zh", **params)


def told(code: str, /, **params: object) -> str:
    """The same text in English, for those who mend the program."""
    return _texts().text(code, "en", **params)


def both(code: str, /, **params: object) -> str:
    """A text of the pages in Chinese and English, as headings have it."""
    return f"{said(code, **params)} {told(code, **params)}"


def page(title: str, lines: Iterable[str]) -> str:
    """A page that says it is made and not written."""
    return "\n".join([f"# {title}", "", f"<!-- {both('made')} -->", "", *lines]).rstrip("\n") + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table under headings named by code."""
    yield row(*(said(f"head-{head}") for head in heads))
    yield "|" + "---|" * len(heads)
    for cells in rows:
        yield row(*cells)


def row(*cells: str) -> str:
    """One row; what would end a cell is kept from doing so."""
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def code(text: object) -> str:
    """Text as its author wrote it, on one line; a yes or no of YAML as the authors write it."""
    written = {True: "是", False: "否"}.get(text, text) if isinstance(text, bool) else text
    return f"`{' '.join(str(written).split())}`"


def anchor(title: str) -> str:
    """The name under which a heading is found on its page."""
    return title.replace(" ", "-").lower()

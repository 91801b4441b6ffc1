"""A filled form printed: PDF as a bordered sheet, Word by a template that the company may edit. What is said is data, never markup."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

FONT = "Noto Sans CJK SC"
PDF, WORD = "pdf", "docx"
HEIGHT = 8
"""Millimetres that the picture of a signature is high."""
WIDTH = 120
"""Millimetres that a photo is wide in a Word file."""


class PrintFailedError(RuntimeError):
    """A sheet that could not be set: what the typesetter or the template says of it."""


@dataclass(frozen=True)
class Row:
    """A label with its text; ``wide`` rows take the whole width."""

    label: str
    text: str
    wide: bool = False


@dataclass(frozen=True)
class Lines:
    """A table of lines: its label, heads, which columns are numbers, the cells."""

    label: str
    heads: tuple[str, ...]
    numbers: tuple[bool, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sign:
    """Who signed in which post, how, with which opinion, when; empty where it has not been signed. ``image``: a picture of the signature."""

    post: str
    name: str
    decision: str
    opinion: str
    at: str
    image: bytes = b""


@dataclass(frozen=True)
class Kept:
    """An attachment: name, when it was brought, SHA-256 of its content; its kind, of a photo when and where it was taken and how far from the client's place."""

    name: str
    at: str
    digest: str
    kind: str = ""
    taken: str = ""
    distance: str = ""


@dataclass(frozen=True)
class Picture:
    """A photo as a print shows it: a JPEG, its number and name, and what is told of it."""

    image: bytes
    name: str
    told: str


@dataclass(frozen=True)
class Sheet:
    """Everything a print says, in the words of whoever reads it. ``heading``: number and edition; ``printed``: by whom and when.

    ``note``: what has to be said of the signatures, as that nobody signed this edition; empty where nothing has.
    """

    company: str
    title: str
    number: str
    heading: str
    about: str
    groups: tuple[tuple[str, tuple[Row | Lines, ...]], ...]
    signs: tuple[Sign, ...]
    files: tuple[Kept, ...]
    digest: str
    event: str
    printed: str
    words: Mapping[str, Any]
    note: str = ""
    pictures: tuple[Picture, ...] = ()


def as_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF/A-2b, its font inside. PrintFailedError where anything, a missing font even, is warned of."""
    import typst  # noqa: PLC0415 - eighty megabytes that only a print needs

    template = resources.files("daihou.papers") / "prints" / "sheet.typ"
    inputs = {"data": json.dumps(_told(sheet), ensure_ascii=False)}
    try:
        made, warnings = typst.compile_with_warnings(
            template.read_bytes(), font_paths=typst.Fonts(include_system_fonts=False, font_paths=[_font_folder()]), sys_inputs=inputs, format="pdf", pdf_standards="a-2b"
        )  # fmt: skip
    except typst.TypstError as error:
        raise PrintFailedError(str(error)) from error
    if warnings:
        raise PrintFailedError("; ".join(str(one) for one in warnings))
    return bytes(made)


@cache
def _font_folder() -> Path:
    import noto_cjk_sans_otc  # noqa: PLC0415 - a package that holds a font and nothing else

    return Path(str(noto_cjk_sans_otc.__file__)).parent


def _told(sheet: Sheet) -> dict[str, Any]:
    return {
        "company": sheet.company, "title": sheet.title, "number": sheet.number, "heading": sheet.heading, "about": sheet.about,
        "groups": [{"title": title, "parts": _parts(rows)} for title, rows in sheet.groups], "signs": [{**vars(one), "image": list(one.image)} for one in sheet.signs],
        "files": [vars(one) for one in sheet.files], "digest": sheet.digest, "event": sheet.event, "printed": sheet.printed,
        "words": dict(sheet.words), "note": sheet.note, "pictures": [{"image": list(one.image), "name": one.name, "told": one.told} for one in sheet.pictures],
    }  # fmt: skip


def _parts(rows: Sequence[Row | Lines]) -> list[dict[str, Any]]:
    """Rows side by side in tables of four columns, tables of lines between them; a row that would stand alone takes the width."""
    parts: list[dict[str, Any]] = []
    for one in rows:
        if isinstance(one, Lines):
            parts.append(
                {
                    "kind": "lines",
                    "label": one.label,
                    "heads": one.heads,
                    "numbers": one.numbers,
                    "lines": one.lines,
                }
            )
        elif parts and parts[-1]["kind"] == "fields":
            parts[-1]["rows"].append(vars(one).copy())
        else:
            parts.append({"kind": "fields", "rows": [vars(one).copy()]})
    for part in parts:
        if part["kind"] == "fields":
            _widened(part["rows"])
    return parts


def _widened(rows: list[dict[str, Any]]) -> None:
    alone: dict[str, Any] | None = None
    for row in [*rows, {"wide": True}]:
        if row["wide"]:
            if alone is not None:
                alone["wide"] = True
            alone = None
        else:
            alone = row if alone is None else None


# -- Word -------------------------------------------------------------------------------------------------------------


def as_word(sheet: Sheet, template: bytes | None = None) -> bytes:
    """The sheet as a Word file by a template, the house's own where none is given. PrintFailedError where the template is wrong."""
    held = DocxTemplate(io.BytesIO(template or house_template()))
    out = io.BytesIO()
    try:
        told = _told(sheet)
        for one, sign in zip(told["signs"], sheet.signs, strict=True):
            one["image"] = InlineImage(held, io.BytesIO(sign.image), height=Mm(HEIGHT)) if sign.image else ""
        for one, photo in zip(told["pictures"], sheet.pictures, strict=True):
            one["image"] = InlineImage(held, io.BytesIO(photo.image), width=Mm(WIDTH))
        # a company writes the template, so it may reach what it is given and nothing behind it
        held.render(told, jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
        held.save(out)
    except (TemplateError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PrintFailedError(str(error)) from error
    return out.getvalue()


@cache
def house_template() -> bytes:
    """The template that comes with the program: what a company edits in Word to make its own."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans CJK SC", Pt(10)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "微软雅黑")
    document.add_paragraph("{{ company }}")
    document.add_heading("{{ title }}", level=1)
    document.add_paragraph("{{ heading }}")
    document.add_paragraph("{{ about }}")
    document.add_paragraph("{%p for group in groups %}")
    document.add_heading("{{ group.title }}", level=2)
    document.add_paragraph("{%p for part in group.parts %}")
    document.add_paragraph("{%p if part.kind == 'fields' %}")
    _rows(document, ("{{ row.label }}", "{{ row.text }}"), "row in part.rows")
    document.add_paragraph("{%p else %}")
    document.add_paragraph("{{ part.label }}")
    _cells(document)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endfor %}")
    document.add_heading("{{ words.signs }}", level=2)
    document.add_paragraph("{%p if note %}")
    document.add_paragraph("{{ note }}")
    document.add_paragraph("{%p endif %}")
    _rows(
        document,
        (
            "{{ one.post }}",
            "{{ one.name }} {{ one.image }}",
            "{{ one.decision }}",
            "{{ one.opinion }}",
            "{{ one.at }}",
        ),
        "one in signs",
    )
    document.add_paragraph("{%p if files %}")
    document.add_heading("{{ words.files }}", level=2)
    _rows(
        document,
        (
            "{{ one.name }}",
            "{{ one.kind }}",
            "{{ one.taken }}",
            "{{ one.distance }}",
            "{{ one.at }}",
            "{{ one.digest[:16] }}",
        ),
        "one in files",
        heads="words.file_heads",
    )
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if pictures %}")
    document.add_heading("{{ words.pictures }}", level=2)
    document.add_paragraph("{%p for one in pictures %}")
    document.add_paragraph("{{ one.image }}")
    document.add_paragraph("{{ one.name }} {{ one.told }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{ words.digest }} {{ digest }}")
    document.add_paragraph("{{ event }} · {{ printed }}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _rows(document: Any, cells: Sequence[str], loop: str, heads: str = "") -> None:
    """A table of one row that the template repeats, below a row of heads where a list of them is named."""
    table = document.add_table(rows=3 + bool(heads), cols=len(cells), style="Table Grid")
    if heads:
        for number, cell in enumerate(table.rows[0].cells):
            cell.text = f"{{{{ ({heads} or [])[{number}] }}}}"
    begin, row, end = table.rows[-3:]
    begin.cells[0].text = f"{{%tr for {loop} %}}"
    for cell, text in zip(row.cells, cells, strict=True):
        cell.text = text
    end.cells[0].text = "{%tr endfor %}"


def _cells(document: Any) -> None:
    """A table whose columns and rows the template repeats."""
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    table.rows[0].cells[0].text = "{%tc for head in part.heads %}"
    table.rows[0].cells[1].text = "{{ head }}"
    table.rows[0].cells[2].text = "{%tc endfor %}"
    table.rows[1].cells[0].text = "{%tr for line in part.lines %}"
    table.rows[2].cells[0].text = "{%tc for cell in line %}"
    table.rows[2].cells[1].text = "{{ cell }}"
    table.rows[2].cells[2].text = "{%tc endfor %}"
    table.rows[3].cells[0].text = "{%tr endfor %}"

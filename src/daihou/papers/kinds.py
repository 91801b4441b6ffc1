"""What an attachment is, told by its content: a short list is taken, everything else refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic

from daihou.papers.photos import PICTURES, sides_of

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 120
_SUFFIXES = {
    "pdf": (".pdf",), "jpg": (".jpg", ".jpeg"), "png": (".png",), "docx": (".docx",), "xlsx": (".xlsx",), "txt": (".txt",),
}  # fmt: skip
ACCEPTED = tuple(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)
_OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MACROS = ("vbaproject.bin", "activex")
_PNG = b"\x89PNG\r\n\x1a\n"
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}
MEDIA = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain; charset=utf-8",
}
"""What a browser is told of each kind."""


class FileRefusedError(ValueError):
    """A file that is not taken on; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Looked:
    """A file that may be kept: its plain name, its kind, of an image its width and height in pixels."""

    name: str
    kind: str
    width: int | None = None
    height: int | None = None


def look(name: str, content: bytes) -> Looked:
    """Name and kind of a file. FileRefusedError: empty, too large, of no kind that is taken, or not what its name says."""
    plain = plain_name(name)
    if not content:
        raise FileRefusedError("file-empty")
    if len(content) > LARGEST:
        raise FileRefusedError("file-too-large")
    kind = kind_of(content)
    if kind is None:
        raise FileRefusedError("file-kind")
    if PurePosixPath(plain).suffix.lower() not in _SUFFIXES[kind]:
        raise FileRefusedError("file-not-its-name")
    sides = sides_of(content) if kind in PICTURES else None
    return Looked(plain, kind, *(sides or (None, None)))


def plain_name(name: str) -> str:
    """The last part of a name without signs that steer, cut to what a list can show. FileRefusedError where nothing is left."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable() and sign not in '<>:"|?*').strip(" .")
    path = PurePosixPath(shown)
    if not shown or not path.stem or not path.suffix:
        raise FileRefusedError("file-no-name")
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix


def kind_of(content: bytes) -> str | None:
    """One of the kinds that are taken, by content alone; None for anything else."""
    if content.startswith(b"PK"):
        return _office(content)
    if content.startswith(b"%PDF-"):
        return "pdf"
    try:
        told = puremagic.from_string(content[:65_536]).lstrip(".").lower()
    except puremagic.PureError:
        told = ""
    except ValueError:  # what it says of a content that it cannot look into
        return None
    if content.startswith(_PNG):
        return "png" if sides_of(content) else None
    if told in {"jpg", "jpeg", "jpe", "jfif"} or content.startswith(b"\xff\xd8\xff"):
        return "jpg" if sides_of(content) else None
    return "txt" if _is_text(content) else None


def _office(content: bytes) -> str | None:
    """A document or workbook inside a zip; one with macros, and any other zip, is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = {one.lower() for one in packed.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError):
        return None
    if "[content_types].xml" not in names or any(bad in one for one in names for bad in _MACROS):
        return None
    found = {kind for part, kind in _OFFICE.items() if part in names}
    return found.pop() if len(found) == 1 else None


def _is_text(content: bytes) -> bool:
    """Text in UTF-8 or GB18030 without signs that no text has."""
    if _CONTROLS & set(content):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False

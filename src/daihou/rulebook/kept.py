"""Shipped books as they were read, kept beside the bytecode: a command of a second shall not spend another on reading what nobody changed.

What is kept answers to the text of the books and to the code that reads them; where either changed, a book is read anew. A folder that cannot
be written to costs the time of reading and nothing else. It is trusted as bytecode is: who may write there may change the program too.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from daihou.rulebook.layering.stacking import Written

READING = ("rulebook", "rulebooks", "book", "schedule", "terms", "units")
"""The packages whose code and text make a book what it is when it is read."""
_FORMAT = 1
_HOME = Path(__file__).parent.parent


def once(folder: Path, book: str, read: Callable[[], Written]) -> Written:
    """A shipped book out of what is kept beside ``folder``'s books, else read and then kept."""
    at = folder / "__pycache__" / f"{book}.{mark(_HOME)}.kept"
    found = _held(at)
    if found is None:
        found = read()
        if not sys.dont_write_bytecode:
            _keep(at, book, found)
    return found


@cache
def mark(home: Path) -> str:
    """A mark of all that the reading of a shipped book leans on; ``home``: the folder of the program's packages."""
    digest = blake2b(digest_size=12)
    digest.update(f"{_FORMAT} {sys.version} {version('sqlglot')} {version('pyyaml')}".encode())
    for package in READING:
        for file in sorted((home / package).rglob("*")):
            if file.suffix in {".py", ".yaml"}:
                content = file.read_bytes()
                digest.update(f"\n{file.relative_to(home)} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()


def _held(at: Path) -> Written | None:
    collecting = gc.isenabled()
    gc.disable()  # a hundred thousand objects that stay: to look among them for garbage meanwhile takes twice as long as to make them
    try:
        found = pickle.loads(at.read_bytes())  # noqa: S301 - trusted as the bytecode beside it
    except Exception:  # noqa: BLE001 - whatever is wrong with it: it is read anew
        return None
    finally:
        if collecting:
            gc.enable()
    return found if isinstance(found, Written) else None


def _keep(at: Path, book: str, found: Written) -> None:
    """Keep a book in place of what was kept of it before; written whole or not at all."""
    with contextlib.suppress(OSError):
        at.parent.mkdir(exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=at.parent, prefix=f"{book}.", suffix=".part")
        try:
            os.fchmod(handle, 0o644)
            with os.fdopen(handle, "wb") as file:
                file.write(packed(found))
            Path(beside).replace(at)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
        for old in at.parent.glob(f"{book}.*.kept"):
            if old != at:
                old.unlink(missing_ok=True)


class _Packer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """A mapping that nobody may change goes as one that anybody may, and comes back as it was."""
        return (_sealed, (dict(value),)) if type(value) is MappingProxyType else NotImplemented


def _sealed(held: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(held)


def packed(found: Written) -> bytes:
    """A book as it is kept."""
    held = BytesIO()
    _Packer(held, pickle.HIGHEST_PROTOCOL).dump(found)
    return held.getvalue()

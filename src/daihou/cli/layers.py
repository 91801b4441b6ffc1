"""Layers on rulebooks: a folder begun, its note of the base renewed, and what a layered book says of itself."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.refusal import UNREADABLE, USAGE, Stopped
from daihou.cli.screen import FAINT, SOON, line
from daihou.cli.words import joined, say
from daihou.rulebook import Layer, LayerEntry, Rulebook, Touch, renewed, shipped_ids, starting_files
from daihou.terms import Lang

_MARK = 12  # letters of a fingerprint on the screen


def begin(folder: Path, on: str, lang: Lang) -> None:
    """Write a layer on a book that changes nothing yet, with comments that teach; it is read before it is told of."""
    if (folder / given.HEAD_FILE).exists():
        raise Stopped(USAGE, [say("layer-there", lang, folder=folder)])
    base = given.written_rulebook(on, lang).book
    if folder.resolve().name in {base.id, Path(on).resolve().name}:
        raise Stopped(USAGE, [say("layer-name", lang, name=folder.resolve().name)])
    named = on if on in shipped_ids() else _way(Path(on).resolve(), folder.resolve())
    for name, text in starting_files(base, on=named, name=folder.resolve().name).items():
        file = folder / name
        given.a_target_folder(file.parent, lang)
        _write(file, text, lang)
    book = given.own_rulebook(folder, lang)
    line(say("layer-begun", lang, folder=folder, name=base.said(lang), id=base.id, version=base.version))
    show_layers(book, lang)
    line(say("layer-next", lang, folder=folder, base=on), style=FAINT)


def renew(folder: Path, lang: Lang) -> None:
    """Note in a layer what it stands on now, once its author has looked at what moved beneath it."""
    if not (folder / given.HEAD_FILE).is_file():
        raise Stopped(USAGE, [say("layer-nowhere", lang, folder=folder)])
    written = given.written_rulebook(str(folder), lang)
    if written.base is None:
        raise Stopped(USAGE, [say("layer-none", lang, folder=folder)])
    before = written.book.layers[-1].moved
    _write(folder / given.HEAD_FILE, renewed(folder, written), lang)
    layer = written.book.layers[-1]
    if before is not None:
        _show_moved(layer, lang)
    line(say("layer-renewed", lang, name=layer.name, base=layer.base, version=layer.base_version))


def _way(base: Path, folder: Path) -> str:
    """The path of a base from the layer's folder, recognizable as one."""
    way = os.path.relpath(base, folder)
    return way if way.startswith(".") else f"./{way}"


def _write(file: Path, text: str, lang: Lang) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=file)]) from error


def show_layers(book: Rulebook, lang: Lang) -> None:
    """Over what a book is laid, what of it no longer runs, and what moved beneath; nothing for a book without layers."""
    together = [*(layer.base_fingerprint for layer in book.layers[1:]), book.fingerprint]
    for layer, mark in zip(book.layers, together, strict=False):
        line(
            say(
                "layer-over",
                lang,
                name=layer.name,
                version=layer.version,
                base=layer.base,
                base_version=layer.base_version,
                base_mark=layer.base_fingerprint[:_MARK],
                mark=mark[:_MARK],
            ),
            style=FAINT,
        )
        for entry in layer.entries:
            if entry.touch in {Touch.RETIRED, Touch.DROPPED}:
                code = f"layer-{entry.touch.value}"
                line(say(code, lang, name=entry.name, since=entry.since, reason=entry.reason), style=FAINT)
        _show_moved(layer, lang)


def _show_moved(layer: Layer, lang: Lang) -> None:
    moved = layer.moved
    if moved is None:
        return
    was = moved.version or moved.fingerprint[:_MARK]
    params = {"name": layer.name, "base": layer.base, "was": was, "now": layer.base_version}
    line(say("layer-moved", lang, **params), style=SOON)
    if moved.entries is None:
        line(say("layer-moved-unknown", lang), style=SOON)
    elif not moved.entries:
        line(say("layer-moved-none", lang), style=SOON)
    else:
        said = joined([f"{entry.name} ({entry.source})" for entry in moved.entries], lang)
        line(say("layer-moved-touched", lang, entries=said), style=SOON)


def said_of(book: Rulebook, what: str, key: str) -> list[tuple[Layer, LayerEntry]]:
    """What the layers of a book say of one thing of it."""
    return [
        (layer, entry)
        for layer in book.layers
        for entry in layer.entries
        if (entry.what, entry.key) == (what, key)
    ]


def document(book: Rulebook) -> list[Mapping[str, Any]]:
    """The layers of a book for a program."""
    return [
        {
            "name": layer.name,
            "version": layer.version,
            "folder": layer.folder,
            "base": layer.base,
            "base_version": layer.base_version,
            "base_fingerprint": layer.base_fingerprint,
            "entries": [_entry(entry) for entry in layer.entries],
            "moved": None
            if layer.moved is None
            else {
                "version": layer.moved.version,
                "fingerprint": layer.moved.fingerprint,
                "entries": None
                if layer.moved.entries is None
                else [_entry(one) for one in layer.moved.entries],
            },
        }
        for layer in book.layers
    ]


def _entry(entry: LayerEntry) -> Mapping[str, Any]:
    return {
        "what": entry.what,
        "touch": entry.touch.value,
        "id": entry.key,
        "name": entry.name,
        "since": None if entry.since is None else entry.since.isoformat(),
        "reason": entry.reason,
        "source": str(entry.source),
    }

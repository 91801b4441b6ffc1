"""A layer's folder as text: what it stands on, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from daihou.rulebook.blocks import Words
from daihou.rulebook.folders import BASED_ON, HEAD_FILE, SUBJECT_KEYS, Loader
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.yaml_source import Block, Tree, text_of
from daihou.terms import Source

AMENDED, RETIRED, DROPPED, WRITTEN_FOR = "改", "停用", "不再适用", "针对"
LAYER_KEYS = SUBJECT_KEYS | {AMENDED, RETIRED, DROPPED}

_HEAD_KEYS = frozenset({BASED_ON, "名称", "版本", WRITTEN_FOR})
_WRITTEN_KEYS = frozenset({"版本", "指纹", "各条"})
_LONGEST = 200  # letters of a name or way


@dataclass(frozen=True)
class Known:
    """针对: the base as it was when the layer was written; empty where the layer does not say. ``marks``: entry -> mark of what it touches."""

    version: str = ""
    fingerprint: str = ""
    marks: Mapping[str, str] | None = None


@dataclass(frozen=True)
class LayerText:
    """One layer as written, its keys turned into words. ``base``: a shipped id, the name of a folder beside, or a path from the layer's own folder."""

    folder: str
    base: str
    place: Source  # of what it stands on
    name: str
    version: str
    known: Known
    subjects: tuple[Words, ...]
    cases: tuple[Block, ...]


def layer_in(loader: Loader, path: Path, head: Tree | None) -> LayerText:
    """The layer in a folder whose head says what it stands on. Raises WrongError where the head is not whole."""
    words = loader.reader.block(head, Source(f"{path.name}/{HEAD_FILE}", 1), HEAD_FILE, _HEAD_KEYS)
    words.need(BASED_ON, "名称", "版本")
    subjects = tuple(
        loader.reader.block(one, one.source, Path(one.source.file).name, LAYER_KEYS)
        for one in loader.subjects(path)
    )
    return LayerText(
        folder=path.name,
        base=words.text(BASED_ON),
        place=words.place(BASED_ON),
        name=words.text("名称"),
        version=loader.version(words),
        known=_known(loader, words),
        subjects=subjects,
        cases=loader.cases(path),
    )


def _known(loader: Loader, head: Words) -> Known:
    value = head.get(WRITTEN_FOR)
    if value is None:
        return Known()
    words = loader.reader.block(value, value.source, WRITTEN_FOR, _WRITTEN_KEYS)
    marks = words.get("各条")
    if marks is not None and not isinstance(marks, Block):
        raise WrongError("not-a-mapping", marks.source, name="各条")
    return Known(
        loader.version(words) if "版本" in words else "",
        words.maybe_text("指纹") or "",
        None
        if marks is None
        else MappingProxyType({name: text_of(one, name, one.source) for name, one in marks.entries.items()}),
    )


def base_of(loader: Loader, layer: LayerText, path: Path) -> Path:
    """The folder that a layer stands on. Raises WrongError where there is none, or it is called as the layer is."""
    named = layer.base
    plain = "/" not in named and not named.startswith(".")
    asked = [root / named for root in loader.roots] if plain else [path / named]
    found = next((one for one in asked if len(named) <= _LONGEST and (one / HEAD_FILE).is_file()), None)
    if found is None:
        near = [head.parent.name for root in loader.roots for head in root.glob(f"*/{HEAD_FILE}")]
        closest = loader.reader.vocabulary.closest(named, near)
        raise WrongError("unknown-base", layer.place, name=named, closest=closest)
    if found.resolve().name == path.name and found.resolve() != path.resolve():
        raise WrongError("layer-named-as-base", layer.place, name=path.name)
    return found.resolve()

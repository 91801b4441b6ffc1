"""A layer's folder begun, and its note of what it stands on written anew."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from daihou.rulebook.folders import HEAD_FILE
from daihou.rulebook.layering.layer import WRITTEN_FOR
from daihou.rulebook.layering.stacking import Written
from daihou.rulebook.layering.standing import marks
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Duty, LayerEntry, Rule, Rulebook
from daihou.rulebook.nodes import DAYS
from daihou.rulebook.yaml_source import Block, read_yaml
from daihou.terms import terms

_EXAMPLES = 3  # rules in the comments
_FILES = (HEAD_FILE, "figures.yaml", "rules.yaml", "cases/own.yaml")


def starting_files(base: Rulebook, *, on: str, name: str) -> dict[str, str]:
    """The files of a layer that changes nothing yet, text by name, with comments that teach; it is read without a mistake.

    ``on``: how the layer names its base (基于). The head notes what the base is now.
    """
    figures = [one for one in base.figures.values() if one.book == base.id]
    figure = next((one.name for one in figures if one.type == DAYS), "数值的名字")
    told = [case for case in base.cases if len(case.rules) == 1 and _fits(base.rule(case.rules[0]))]
    ids = [*dict.fromkeys(case.rules[0] for case in told), *("编号",) * _EXAMPLES][:_EXAMPLES]
    names = [rule.name if (rule := base.rule(one)) is not None else "规则的名字" for one in ids]
    blanks = {
        **dict(zip(("rule", "second", "third"), names, strict=True)),
        "on": on,
        "name": name,
        "figure": figure,
        "rule_id": ids[0],
        "case": told[0].name if told else "案例的名字",
    }
    texts = {file: _filled(file, blanks) for file in _FILES}
    texts[HEAD_FILE] += noted(base, ())
    return texts


def _fits(rule: Rule | None) -> bool:
    """Whether the case in the comments, a contract lent on a day, speaks of such a rule."""
    contract = terms().find("合同")
    return isinstance(rule, Duty) and contract is not None and rule.table == contract.id


def noted(base: Rulebook, entries: tuple[LayerEntry, ...]) -> str:
    """针对, as the head of a layer holds it."""
    lines = [
        f"{WRITTEN_FOR}:                        # 由 daihou rulebook layer 写，不用手改",
        f"  版本: {base.version}",
        f"  指纹: {base.fingerprint}",
    ]
    found = marks(base, entries)
    if found:
        lines.append("  各条:")
        lines += [f"    {_quoted(key)}: {_quoted(mark)}" for key, mark in found.items()]
    else:
        lines.append("  各条: {}")
    return "\n".join(lines) + "\n"


def renewed(folder: Path, written: Written) -> str:
    """The head of a layer with its note of the base as the base is now; every other line as it was. ``written``: the layer as read from ``folder``."""
    assert written.base is not None, folder
    file = folder / HEAD_FILE
    lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    head = read_yaml(file, HEAD_FILE, Mistakes())
    assert isinstance(head, Block), file
    key = next((key for key in head if terms().find(key) is terms().find(WRITTEN_FOR)), None)
    text = noted(written.base, written.book.layers[-1].entries)
    if key is None:
        end = "" if not lines or lines[-1].endswith("\n") else "\n"
        return "".join(lines) + end + text
    start = head.keys[key].line - 1
    stop = start + 1
    while stop < len(lines) and lines[stop][:1] in {" ", "\t", "-"}:
        stop += 1
    return "".join([*lines[:start], text, *lines[stop:]])


def _filled(file: str, blanks: dict[str, str]) -> str:
    text = resources.files("daihou.rulebook.layering").joinpath("start", file).read_text(encoding="utf-8")
    for blank, value in blanks.items():
        text = text.replace(f"⟨{blank}⟩", value)
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

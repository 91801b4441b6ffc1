"""One broken rulebook for each mistake: broken.yaml says what is wrong in it, and the sentence its author must read.

After a change of the messages, ``python tests/rulebook/test_broken.py`` writes the sentences anew; the diff is what is reviewed.
"""

import ast
import inspect
import re
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

import daihou.rulebook
from daihou.rulebook import RulebookRefused, Vocabulary, check_together, parse_expression, read_rulebook
from daihou.rulebook.mistakes import Mistakes, WrongError
from daihou.terms import Catalogue

CATALOGUE = Path(__file__).parent / "broken.yaml"
TOO_LARGE = 4_000_001  # bytes; one more than a file may have
NOT_MISTAKES = {"at-column", "did-you-mean"}  # parts of the sentences of others, as are the kinds of values

ROOM = Path(daihou.rulebook.__file__).parent
CODES = {code.removesuffix(".remedy") for code in Catalogue.load("daihou.rulebook")}

ALL = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
GOOD = ALL["好"]
BROKEN = [entry for section in ALL["错"].values() for entry in section]


def changed(text: str, lines: str) -> str:
    """A block of YAML with some of its keys written otherwise: ``key: value``, or ``key:`` where it is left out."""
    found = text.rstrip("\n").split("\n")
    for line in repeated(lines).rstrip("\n").split("\n"):
        key, _, value = line.partition(":")
        at = next((n for n, one in enumerate(found) if re.match(rf"(  |- ){key}: ", one)), None)
        if at is None:
            found.append(f"  {line}")
        elif value:
            found[at] = found[at][:2] + line
        else:
            del found[at]
    return "\n".join(found) + "\n"


def repeated(text: str) -> str:
    """``⟨x×3⟩`` written out as xxx."""
    return re.sub(r"⟨(.*?)×(\d+)⟩", lambda match: match[1] * int(match[2]), text)


def write_layer(root: Path, entry: dict) -> Path:
    """The base of the catalogue, and on it the layer of an entry."""
    head = {"book.yaml": "基于: small\n名称: 我司\n版本: 1.0.0\n"}
    for folder, files in (("small", ALL["底"]), ("mine", head | entry["层"])):
        for name, text in files.items():
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(repeated(text), encoding="utf-8")
    return root / "mine"


def write(root: Path, entry: dict) -> Path:
    """The good rulebook with the one thing that an entry breaks."""
    if "层" in entry:
        return write_layer(root, entry)
    folder = root / "small"
    files = dict(GOOD)
    files["rules.yaml"] = changed(GOOD["rules.yaml"], entry["改"]) if "改" in entry else GOOD["rules.yaml"]
    files["rules.yaml"] += entry.get("后", "")
    if "例" in entry:
        files["cases/use.yaml"] = changed(GOOD["cases/use.yaml"], entry["例"])
    if "案" in entry:
        asked = "账册: {}, 期望: [{当日: 2026-03-12, 无: 是}]"
        files["cases/more.yaml"] = f"案例:\n- {{案例: 别的规则, 规则: {entry['案']}, {asked}}}\n"
    files |= entry.get("文件", {})
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(repeated(text), encoding="utf-8")
    match entry.get("怪"):
        case "夹":
            (folder / "more.yaml").mkdir()
        case "大":
            (folder / "more.yaml").write_bytes(b"#" * TOO_LARGE)
        case "国标码":
            (folder / "more.yaml").write_bytes("规则: []".encode("gb18030"))
    return folder


def mistakes_of(root: Path, entry: dict):
    """Everything that is said about the broken book; nothing where it is taken."""
    try:
        if "算" in entry:
            parse_expression(entry["算"], None, Vocabulary.of())
            return ()
        folder = write(root, entry)
        books = [read_rulebook(folder)]
        if entry.get("同"):
            check_together([*books, read_rulebook(folder.parent / "other")])
    except RulebookRefused as refused:
        return refused.mistakes
    return ()


def said(mistake) -> str:
    """The whole sentence: where, what and why, what to do."""
    return f"{mistake.text()}。{mistake.remedy()}"


def name_of(entry: dict) -> str:
    return f"{entry['码']}-{BROKEN.index(entry)}"


def test_the_base_of_the_layers_and_a_layer_that_says_nothing_are_taken(tmp_path) -> None:
    mine = read_rulebook(write(tmp_path, {"层": {}}))
    base = read_rulebook(tmp_path / "small")
    assert mine.fingerprint == base.fingerprint
    assert [(layer.name, layer.base) for layer in mine.layers] == [("我司", "small")]


def test_the_good_rulebook_is_taken(tmp_path) -> None:
    assert [rule.id for rule in read_rulebook(write(tmp_path, {})).rules] == ["use"]


@pytest.mark.parametrize("entry", BROKEN, ids=name_of)
def test_each_mistake_is_refused_once_with_place_reason_and_remedy(tmp_path, entry) -> None:
    found = mistakes_of(tmp_path, entry)
    assert [mistake.code for mistake in found] == [entry["码"]]
    assert said(found[0]) == entry["说"]
    assert found[0].text("en")
    assert found[0].remedy("en")
    if "算" not in entry:
        file, line = found[0].source.file, found[0].source.line
        assert (tmp_path / file).exists()
        assert (
            1 <= line <= len((tmp_path / file).read_text("utf-8", "replace").split("\n"))
            if line > 1
            else True
        )


def test_every_message_of_a_refusal_is_provoked_by_a_broken_book() -> None:
    assert {code for code in CODES - NOT_MISTAKES if not code.startswith("kind-")} == {
        entry["码"] for entry in BROKEN
    }


SEVERAL = [
    {"改": "条件: 逾其天数 > 5\n责任: 客户经里\n", "后": "预警: 一\n"},
    # a rule is left at its first mistake; the next rule is read all the same
    {
        "改": "条件: 逾其天数 > 5\n",
        "后": "- {规则: 又一条, 编号: more, 依据: 一, 条目: [], 意旨: 又, 对象: 合约, 责任: 总经理}\n",
    },
    {"改": "意旨:\n依据:\n"},
    # a rule that is named cannot be known while a file of rules cannot be read; nothing is said about the name
    {"改": "条件: 有(任务, 规则 = 'more')\n", "文件": {"more.yaml": "规则: {编号: more"}},
]
TOLD = [
    ["unknown-name", "not-a-list"],
    ["unknown-name", "unknown-table"],
    ["missing-key", "missing-key"],
    ["bad-yaml"],
]


@pytest.mark.parametrize(("entry", "told"), list(zip(SEVERAL, TOLD, strict=True)))
def test_every_mistake_of_a_book_is_told_at_once_and_only_once(tmp_path, entry, told) -> None:
    assert [mistake.code for mistake in mistakes_of(tmp_path, entry)] == told


def test_every_place_that_refuses_is_reached_by_a_broken_book(tmp_path, monkeypatch) -> None:
    """Each line of the room that raises or notes a mistake; a mistake that nothing can make would be a dead check."""
    reached: set[tuple[str, int]] = set()

    def noted(function):
        def of(*args, **params):
            frame = inspect.currentframe()
            while frame is not None:
                reached.add((frame.f_code.co_filename, frame.f_lineno))
                frame = frame.f_back
            return function(*args, **params)

        return of

    monkeypatch.setattr(WrongError, "__init__", noted(WrongError.__init__))
    monkeypatch.setattr(Mistakes, "add", noted(Mistakes.add))
    for number, entry in enumerate([*BROKEN, *SEVERAL]):
        mistakes_of(tmp_path / str(number), entry)
    places = [place for file in sorted(ROOM.rglob("*.py")) for place in _refusals(file)]
    assert len(places) > len(BROKEN) // 2
    unreached = [
        f"{file.relative_to(ROOM)}:{first}"
        for file, first, last in places
        if not any((str(file), line) in reached for line in range(first, last + 1))
    ]
    assert unreached == []


def _refusals(file: Path):
    """The calls in a file that make a mistake, each with its first and last line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        coded = any(isinstance(arg, ast.Constant) and str(arg.value) in CODES for arg in node.args)
        if name in {"WrongError", "FollowsError"} or (name in {"wrong", "add"} and coded):
            yield file, node.lineno, node.end_lineno


def _written_anew() -> None:
    """The catalogue with the sentences that are said today."""
    lines = CATALOGUE.read_text(encoding="utf-8").split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith("    说: ")]
    for place, entry in zip(places, BROKEN, strict=True):
        with tempfile.TemporaryDirectory() as root:
            found = mistakes_of(Path(root), entry)
        text = said(found[0]) if found else "没有拒绝"
        lines[place] = "    说: " + yaml.safe_dump(text, allow_unicode=True, width=10_000).split("\n")[0]
    CATALOGUE.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_written_anew())

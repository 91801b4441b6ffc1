"""A rulebook's folder as text: its head, its subject files, its cases, and those of the books it uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.duties import DUTY_KEYS
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.rules import GATE_KEYS, GRADE_KEYS, WARNING_KEYS
from daihou.rulebook.yaml_source import Block, Listing, Tree, items_of, read_yaml
from daihou.terms import Source

HEAD_FILE = "book.yaml"
CASES = "cases"
BASED_ON = "基于"
NAMED = ("数值", "表", "事实", "措施")
RULES = {"规则": DUTY_KEYS, "预警": WARNING_KEYS, "分级": GRADE_KEYS, "闸": GATE_KEYS}
SUBJECT_KEYS = frozenset({*NAMED, *RULES})
VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")

_FOLDER = re.compile(r"\w[\w-]{0,63}")  # beside this book, so no path
HEAD_KEYS = frozenset({"规则册", "名称", "版本", "用", "范围"})


@dataclass(frozen=True)
class Folder:
    """One rulebook as written: plain trees with the place of every value, no name in it looked up yet."""

    path: Path
    id: str
    title: str
    version: str
    head: Block
    subjects: tuple[Block, ...]
    cases: tuple[Block, ...]


class Loader:
    """Loads folders; books named under 用 are looked for in ``roots``, the first that holds them.

    ``kept``: files that cannot have changed since another loader read them without a mistake; what this one reads is added.
    """

    def __init__(
        self, reader: Reader, roots: tuple[Path, ...], kept: dict[Path, Tree | None] | None = None
    ) -> None:
        self.reader = reader
        self.mistakes = reader.mistakes
        self.roots = roots
        self.kept = kept

    def with_used(self, path: Path) -> tuple[Folder, ...]:
        """The folder and those it uses, the used ones first, each once; nothing where its head cannot be read."""
        found: dict[str, Folder] = {}
        active: list[str] = []

        def visit(one: Path, asked: Source) -> None:
            folder, head = self._folder(one, asked)
            if folder.id in found:
                return
            if folder.id in active:
                raise WrongError("books-in-a-circle", asked, name=folder.id)
            active.append(folder.id)
            for item in items_of(head.get("用") or Listing((), asked)):
                with self.mistakes.collecting():
                    visit(self._used(item), item.source)
            active.pop()
            found[folder.id] = folder

        with self.mistakes.collecting():
            visit(path, Source(path.name, 1))
        own = [folder for folder in found.values() if folder.path == path]
        return (*(one for one in found.values() if one.path != path), *own) if own else ()

    def _used(self, item: Tree) -> Path:
        """The folder of a book that is used."""
        name = scalar_text(item) or ""
        if _FOLDER.fullmatch(name) is None:
            raise WrongError("no-such-book", item.source, name=name, file=HEAD_FILE)
        there = (root / name for root in self.roots if (root / name / HEAD_FILE).is_file())
        return next(there, self.roots[0] / name)

    def head(self, path: Path, asked: Source) -> Tree | None:
        """The head of a folder, of whatever kind; ``asked``: who named the folder."""
        file = path / HEAD_FILE
        if not file.is_file():
            raise WrongError("no-such-book", asked, name=path.name, file=HEAD_FILE)
        return self._file(file, f"{path.name}/{HEAD_FILE}")

    def _file(self, file: Path, name: str) -> Tree | None:
        if self.kept is not None and file in self.kept:
            return self.kept[file]
        before = len(self.mistakes.found)
        tree = read_yaml(file, name, self.mistakes)
        if self.kept is not None and len(self.mistakes.found) == before:
            self.kept[file] = tree
        return tree

    def _folder(self, path: Path, asked: Source) -> tuple[Folder, Words]:
        tree = self.head(path, asked)
        if self.is_layer(tree):
            raise WrongError("layer-used", asked, name=path.name)
        head = self.reader.block(tree, Source(f"{path.name}/{HEAD_FILE}", 1), HEAD_FILE, HEAD_KEYS)
        head.need("规则册", "名称", "版本")
        title = head.text("名称")
        if head.text("规则册") != path.name:
            self.mistakes.add("book-name", head.place("规则册"), name=head.text("规则册"), folder=path.name)
        version = self.version(head)
        subjects, cases = self.subjects(path), self.cases(path)
        return Folder(path, head.text("规则册"), title, version, head.block, subjects, cases), head

    def is_layer(self, tree: Tree | None) -> bool:
        """Whether a head says what it stands on."""
        return isinstance(tree, Block) and any(self.reader.vocabulary.word(key) == BASED_ON for key in tree)

    def version(self, words: Words) -> str:
        """Three numbers."""
        version = words.text("版本")
        if VERSION.fullmatch(version) is None:
            self.mistakes.add("bad-version", words.place("版本"), name=version)
        return version

    def subjects(self, path: Path) -> tuple[Block, ...]:
        """The subject files of a folder."""
        found = []
        for file in sorted(path.glob("*.yaml")):
            if file.name == HEAD_FILE:
                continue
            before = len(self.mistakes.found)
            body = self._file(file, f"{path.name}/{file.name}")
            self.reader.vocabulary.rules_known &= len(self.mistakes.found) == before
            if isinstance(body, Block):
                found.append(body)
            elif body is not None:
                place = Source(f"{path.name}/{file.name}", 1)
                self.mistakes.add("not-a-mapping", place, name=file.name)
        return tuple(found)

    def cases(self, path: Path) -> tuple[Block, ...]:
        """The files of cases of a folder."""
        found = []
        for file in sorted((path / CASES).glob("*.yaml")):
            body = self._file(file, f"{path.name}/{CASES}/{file.name}")
            if isinstance(body, Block):
                found.append(body)
            elif body is not None:
                self.mistakes.add("not-a-mapping", body.source, name=file.name)
        return tuple(found)

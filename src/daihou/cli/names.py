"""Names of people, parties and things out of the book, instead of their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from daihou.book import Book, Column, ColumnType, Table, declared, masked, posts
from daihou.cli.words import NOTHING, label
from daihou.engine import canonical_words, evidence_of
from daihou.rulebook import Rule, nodes
from daihou.terms import Lang

_NAMES = ("title", "full_name")  # columns that say what a row is called
_SILENT = ("company", "branch")  # named by their title alone; the key says nothing more
_PARTY, _DUTY = "party", "duty"


@dataclass(frozen=True)
class Thing:
    """An object as people know it: its number or name, the client behind it, and what tells it from others."""

    head: str
    client: str = ""
    rest: str = ""

    def __str__(self) -> str:
        """On one line."""
        known = " ".join(filter(None, (self.head, self.client)))
        return f"{known} · {self.rest}" if self.rest else known

    def on_lines(self) -> str:
        """On two lines, for narrow columns."""
        if self.client:
            return " ".join(filter(None, (self.head, self.rest))) + f"\n{self.client}"
        return "\n".join(filter(None, (self.head, self.rest)))


class Names:
    """What the rows of one book are called, on one day, in one language."""

    def __init__(
        self, book: Book, rules: Mapping[str, Rule], day: date, lang: Lang, *, unmasked: bool = False
    ) -> None:
        """Nothing is looked up before it is asked for. ``unmasked``: personal numbers are shown whole."""
        self.lang: Lang = lang
        self._book, self._rules, self._day, self._unmasked = book, rules, day, unmasked
        self._titles: dict[str, Mapping[str, str]] = {}
        self._rows: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def shown(self, text: str) -> str:
        """A text with personal numbers as far as they may be seen."""
        return text if self._unmasked else masked(text)

    def title(self, table: str, key: str) -> str | None:
        """What a row is called, None where it has no name."""
        if table not in self._titles:
            self._titles[table] = self._read_titles(table)
        return self._titles[table].get(key)

    def _read_titles(self, table: str) -> Mapping[str, str]:
        key = declared()[table].key
        name = next((column for column in _NAMES if column in declared()[table].columns), None)
        if len(key) != 1 or name is None:
            return {}
        return self._pairs(table, key[0], name)

    def _pairs(self, table: str, key: str, value: str) -> Mapping[str, str]:
        held = self._book.tables.get(table)
        if held is None:
            return {}
        found = zip(held[key].to_pylist(), held[value].to_pylist(), strict=True)
        return {str(one): str(other) for one, other in found if one is not None and other is not None}

    @cached_property
    def _clients(self) -> Mapping[str, str]:
        return self._pairs("contract", "contract_no", "client")

    @cached_property
    def _kinds(self) -> Mapping[str, str]:
        return self._pairs("party", declared()["party"].key[0], "kind")

    def client_kind(self, contract: str | None, party: str | None) -> str | None:
        """Of what kind the client behind a duty is, by identifier; None where none is known."""
        return self._kinds.get(party or self._clients.get(contract or "") or "")

    def person(self, staff_no: str | None) -> str:
        """Name of an employee; his number where the register has no name."""
        return (self.title("employee", staff_no) or staff_no) if staff_no else NOTHING

    def party(self, key: str | None) -> str:
        """Name of a party; its number where the register has no name."""
        return (self.title("party", key) or self.shown(key)) if key else NOTHING

    @cached_property
    def _posts(self) -> Mapping[str, str]:
        """The post of each employee today; of several the highest."""
        held = self._book.tables.get("assignment")
        found: dict[str, str] = {}
        order = list(posts())
        for row in [] if held is None else held.select(["employee", "post", "since", "until"]).to_pylist():
            in_force = row["since"] <= self._day and (row["until"] is None or row["until"] >= self._day)
            known = found.get(row["employee"])
            if in_force and (known is None or order.index(row["post"]) < order.index(known)):
                found[row["employee"]] = row["post"]
        return found

    def post(self, post: str | None, staff_no: str | None) -> str | None:
        """Identifier of the post under which a duty is listed: the one it names, else the person's own."""
        return post if post in posts() else self._posts.get(staff_no or "") or post

    def thing(self, table: str, key: str, contract: str | None = None, party: str | None = None) -> "Thing":
        """An object by what people know it by: contract and client, or its name, then what else its key says."""
        title = self.title(table, key)
        client = party or self._clients.get(contract or "")
        name = self.party(client) if client else ""
        if title is not None:
            if table in _SILENT or title == name:
                return Thing(title)
            if table == _PARTY:
                return Thing(title, "", "" if self.shown(key) == key else self.shown(key))
            return Thing(contract or self.shown(key), name or title, "" if not name else title)
        rest = " ".join(self._parts(declared()[table], key, {contract, client, name}))
        if contract:
            return Thing(contract, name, rest)
        return Thing(name, "", rest) if name else Thing(rest or self.shown(key))

    def _parts(self, table: Table, key: str, known: set[str | None]) -> list[str]:
        """The parts of a key as words, without those already said."""
        parts = key.split("/")
        if table.id == _DUTY:  # rule, object and occurrence, each with slashes of its own
            rule = self._rules.get(parts[0])
            words = [
                rule.said(self.lang) if rule else parts[0],
                *(self.shown(label(part, self.lang)) for part in parts[1:]),
            ]
            return [word for word in dict.fromkeys(words) if word not in known]
        if len(parts) != _width(table):
            return [] if key in known else [self.shown(key)]
        said = []
        for column in (table.columns[name] for name in table.key):
            width = _width(declared()[column.ref]) if column.ref else 1
            own, parts = parts[:width], parts[width:]
            text = "/".join(own)
            if text in known or (column.ref and width > 1 and known & set(own)):
                text = " ".join(part for part in own if part not in known)
            word = self._part(column, text)
            if word and word not in known and word not in said:
                said.append(word)
        return said

    def _part(self, column: Column, text: str) -> str:
        if column.type is ColumnType.ENUM:
            return label(text, self.lang)
        if column.id == "rule" and text in self._rules:
            return self._rules[text].said(self.lang)
        if column.ref is not None:
            return self.title(column.ref, text) or self.shown(text)
        return self.shown(text)

    def read(self, table: str, key: str, path: tuple[str, ...]) -> object:
        """A value of the register: a column of a row, or of a row that it refers to; None where there is none."""
        row = self._row(table, key)
        for step in path[:-1]:
            column = declared()[table].columns[step]
            if row is None or row[step] is None or column.ref is None:
                return None
            table, row = column.ref, self._row(column.ref, row[step])
        return None if row is None else row.get(path[-1])

    def _row(self, table: str, key: str) -> Mapping[str, Any] | None:
        if table not in self._rows:
            held, parts = self._book.tables.get(table), declared()[table].key
            rows = [] if held is None else held.to_pylist()
            self._rows[table] = {"/".join(str(row[part]) for part in parts): row for row in rows}
        return self._rows[table].get(key)

    def evidence(self, text: str, kinds: Mapping[str, nodes.Kind]) -> list[str]:
        """Figures that show a warning, each as a word and a value of the kind that the rule says."""
        return [
            f"{label(name, self.lang)} {self.value(value, kinds.get(name))}"
            for name, value in evidence_of(text)
        ]

    def value(self, value: str, kind: nodes.Kind | None) -> str:
        """One value given as canonical text; texts as far as they may be seen."""
        if value == "":
            return NOTHING
        words = canonical_words(value, kind, self.lang)
        return self.shown(value) if words is None else words


def label_of_flag(*, flag: bool, lang: Lang) -> str:
    """Yes or no."""
    return {"zh": "是" if flag else "否", "en": "yes" if flag else "no"}[lang]


def _width(table: Table) -> int:
    """How many parts the key of a table has once references are written out."""
    return sum(
        _width(declared()[column.ref]) if (column := table.columns[name]).ref else 1 for name in table.key
    )

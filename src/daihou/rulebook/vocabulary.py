"""Every name that a rulebook may use: declared tables, columns, domains, posts, and the facts and figures of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from daihou.book import Column as Declared
from daihou.book import ColumnType, Declarations, Table, declared, domains, posts
from daihou.rulebook.functions import ROW_KEY
from daihou.rulebook.model import Figure, LookupTable
from daihou.rulebook.nodes import BOOL, DATE, FEN, INT, NUM, TEXT, Call, Column, Kind, Node, Scope, Type
from daihou.terms import Terms, terms

_TYPES = {
    ColumnType.ID: TEXT,
    ColumnType.TEXT: TEXT,
    ColumnType.DATE: DATE,
    ColumnType.HAPPENED: DATE,
    ColumnType.FEN: FEN,
    ColumnType.INT: INT,
    ColumnType.NUM: NUM,
    ColumnType.BOOL: BOOL,
}
_FARTHEST = 3  # reference columns followed in search of the contract of a row


def column_type(column: Declared) -> Type:
    """The type of a declared column as expressions see it."""
    if column.type is ColumnType.REF:
        return Type(Kind.REF, column.ref)
    if column.type is ColumnType.ENUM:
        return Type(Kind.ENUM, column.enum)
    return _TYPES[column.type]


@dataclass
class Vocabulary:
    """The names in force while one rulebook is read; figures and facts are filled in as they are read."""

    terms: Terms
    tables: Mapping[str, Table]
    domains: Mapping[str, tuple[str, ...]]
    posts: Mapping[str, str | None]
    figures: dict[str, Figure] = field(default_factory=dict)
    lookups: dict[str, LookupTable] = field(default_factory=dict)
    facts: dict[tuple[str, str], Callable[[], Type]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)  # id or name -> id
    broken: set[str] = field(default_factory=set)  # figures and tables of figures that could not be read
    rules_known: bool = True  # whether every place where a rule could stand was read
    lookup_uses: dict[str, str] = field(default_factory=dict)  # lookup -> domain of the keys asked

    @classmethod
    def of(cls, declarations: Declarations | None = None, words: Terms | None = None) -> Vocabulary:
        """The declared tables (the shipped ones where none are given) without any facts and figures yet."""
        words = terms() if words is None else words
        if declarations is None:
            return cls(words, declared(), domains(), posts())
        return cls(words, declarations.tables, declarations.domains, declarations.posts)

    def word(self, name: str) -> str:
        """The Chinese word of a word or identifier; the name itself where it is no term."""
        term = self.terms.find(name)
        return name if term is None else term.word

    def id(self, name: str) -> str:
        """The identifier of a word or identifier; the name itself where it is no term."""
        term = self.terms.find(name)
        return name if term is None else term.id

    def closest(self, name: str, among: Iterable[str]) -> str:
        """The nearest known name in the alphabet of ``name``, or an empty text."""
        return self.terms.closest(name, tuple(dict.fromkeys(among))) or ""

    def fact_names(self, table: str) -> tuple[str, ...]:
        """The facts of a table."""
        return tuple(name for base, name in self.facts if base == table)

    def names_of(self, table: str) -> tuple[str, ...]:
        """Columns and facts of a table."""
        return (*self.tables[table].columns, *self.fact_names(table))

    def key_node(self, table: str, scope: Scope = Scope.OWN) -> Node:
        """The key of a row of ``table``: its key column, or the call that joins the parts of a composite key."""
        parts = tuple(
            Column(column_type(self.tables[table].columns[name]), scope, table, (), (), name)
            for name in self.tables[table].key
        )
        return parts[0] if len(parts) == 1 else Call(Type(Kind.REF, table), ROW_KEY, parts)

    def references(self, table: str, target: str) -> tuple[str, ...]:
        """The reference columns of ``table`` that point to ``target``, in declared order."""
        return tuple(c.id for c in self.tables[table].columns.values() if c.ref == target)

    def way(self, table: str, target: str, *, farther: bool = True) -> tuple[str, ...] | None:
        """Reference columns that lead from ``table`` to ``target``: its own first column, else over required ones.

        Empty for the table itself; None where no way of a few steps is declared.
        """
        if table == target:
            return ()
        own = self.references(table, target)
        if own:
            return own[:1]
        ahead: list[tuple[str, tuple[str, ...]]] = [(table, ())]
        seen = {table}
        while ahead and farther:
            here, path = ahead.pop(0)
            for column in self.tables[here].columns.values():
                if column.ref is None or column.ref in seen or not column.required:
                    continue
                found = self.references(column.ref, target)
                if found:
                    return (*path, column.id, found[0])
                seen.add(column.ref)
                if len(path) + 2 < _FARTHEST:
                    ahead.append((column.ref, (*path, column.id)))
        return None

    def reach(self, table: str, way: tuple[str, ...], scope: Scope = Scope.OWN) -> Node:
        """The reference held at the end of a way; the own key where the way is empty."""
        if not way:
            return self.key_node(table, scope)
        tables: list[str] = []
        here = table
        for step in way[:-1]:
            here = str(self.tables[here].columns[step].ref)
            tables.append(here)
        last = self.tables[here].columns[way[-1]]
        return Column(column_type(last), scope, table, way[:-1], tuple(tables), last.id)

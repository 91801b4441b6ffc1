"""What a name in an expression stands for: a column or fact, a path to one, a moment, a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from daihou.rulebook.functions import MOMENTS, OWN, TODAY
from daihou.rulebook.mistakes import NOWHERE, FollowsError, WrongError
from daihou.rulebook.nodes import DATE, TEXT, Column, Figure, Kind, Moment, Node, Scope, Today, Type
from daihou.rulebook.vocabulary import Vocabulary, column_type
from daihou.terms import Source

NO_MOMENTS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Context:
    """Where an expression stands: own table, moments already known, the child table inside a relation function."""

    vocabulary: Vocabulary
    table: str | None
    moments: frozenset[str] = NO_MOMENTS
    child: str | None = None
    source: Source = NOWHERE
    figures: Mapping[str, None] = field(default_factory=lambda: MappingProxyType({}))

    def inside(self, child: str) -> Context:
        """The same place inside a relation function over ``child``."""
        return replace(self, child=child)


def resolve(name: str, at: int, context: Context) -> Node:
    """The node of a name, or WrongError that says what may have been meant."""
    parts = tuple(name.split("."))
    vocabulary = context.vocabulary
    if vocabulary.word(parts[0]) == OWN and len(parts) > 1:
        return _own(parts[1:], at, context)
    if len(parts) == 1 and vocabulary.word(name) == TODAY:
        return Today(DATE)
    if context.child is not None:
        return _of_child(parts, at, context)
    return _own(parts, at, context)


def _own(parts: tuple[str, ...], at: int, context: Context) -> Node:
    """A name of the rule's own row: a moment shadows a column, a column and a figure of one name are refused."""
    vocabulary = context.vocabulary
    if len(parts) == 1:
        word = vocabulary.word(parts[0])
        if word == TODAY:
            return Today(DATE)
        moment = MOMENTS.get(word)
        if moment in context.moments:
            return Moment(TEXT if moment == "period_label" else DATE, str(moment))
    if context.table is None:
        return _figure_or_unknown(parts, at, context, None)
    return _column_or_figure(parts, at, context, Scope.OWN, context.table)


def _of_child(parts: tuple[str, ...], at: int, context: Context) -> Node:
    child = str(context.child)
    if len(parts) == 1 and context.table is not None:
        vocabulary = context.vocabulary
        identifier = vocabulary.id(parts[0])
        known = identifier in vocabulary.names_of(child) or identifier in vocabulary.figures
        moment = MOMENTS.get(vocabulary.word(parts[0])) in context.moments
        if not known and (moment or identifier in vocabulary.names_of(context.table)):
            raise WrongError("own-row-name", context.source, at, name=parts[0], table=vocabulary.word(child))
    return _column_or_figure(parts, at, context, Scope.CHILD, child)


def _column_or_figure(parts: tuple[str, ...], at: int, context: Context, scope: Scope, base: str) -> Node:
    vocabulary = context.vocabulary
    identifier = vocabulary.id(parts[0])
    is_column = identifier in vocabulary.names_of(base)
    if len(parts) > 1 and identifier == base and not is_column:
        return column_at(parts[1:], at, context, scope, base)
    if len(parts) == 1 and identifier in vocabulary.figures:
        if is_column:
            raise WrongError("two-meanings", context.source, at, name=parts[0])
        return Figure(vocabulary.figures[identifier].type, identifier)
    if len(parts) == 1 and not is_column:
        return _figure_or_unknown(parts, at, context, base)
    return column_at(parts, at, context, scope, base)


def _figure_or_unknown(parts: tuple[str, ...], at: int, context: Context, base: str | None) -> Node:
    vocabulary = context.vocabulary
    name = ".".join(parts)
    identifier = vocabulary.id(name)
    if identifier in vocabulary.figures:
        return Figure(vocabulary.figures[identifier].type, identifier)
    if identifier in vocabulary.lookups:
        raise WrongError("lookup-without-key", context.source, at, name=name)
    if identifier in vocabulary.broken:
        raise FollowsError("unknown-name", context.source, at, name=name)
    known = () if base is None else vocabulary.names_of(base)
    moments = tuple(word for word, moment in MOMENTS.items() if moment in context.moments)
    closest = vocabulary.closest(name, (*known, *vocabulary.figures, *moments, TODAY))
    table = "" if base is None else vocabulary.word(base)
    raise WrongError("unknown-name", context.source, at, name=name, table=table, closest=closest)


def column_at(parts: tuple[str, ...], at: int, context: Context, scope: Scope, base: str) -> Column:
    """The column or fact at the end of a path of reference columns; WrongError at the first step that is none."""
    vocabulary = context.vocabulary
    tables: list[str] = []
    steps: list[str] = []
    here = base
    for step in parts[:-1]:
        identifier = vocabulary.id(step)
        target = _known(identifier, step, here, at, context)
        if target.kind is not Kind.REF or target.of is None:
            raise WrongError("not-a-reference", context.source, at, name=step, table=vocabulary.word(here))
        steps.append(identifier)
        here = target.of
        tables.append(here)
    identifier = vocabulary.id(parts[-1])
    found = _known(identifier, parts[-1], here, at, context)
    is_fact = identifier not in vocabulary.tables[here].columns
    return Column(found, scope, base, tuple(steps), tuple(tables), identifier, is_fact)


def _known(identifier: str, name: str, table: str, at: int, context: Context) -> Type:
    """The type of a column or fact of a table, or WrongError with the nearest name."""
    vocabulary = context.vocabulary
    column = vocabulary.tables[table].columns.get(identifier)
    if column is not None:
        return column_type(column)
    fact = vocabulary.facts.get((table, identifier))
    if fact is not None:
        return fact()
    closest = vocabulary.closest(name, vocabulary.names_of(table))
    raise WrongError(
        "unknown-column", context.source, at, name=name, table=vocabulary.word(table), closest=closest
    )


def table_named(name: str, at: int | None, context: Context) -> str:
    """The identifier of a declared table, or WrongError with the nearest name."""
    identifier = context.vocabulary.id(name)
    if identifier not in context.vocabulary.tables:
        closest = context.vocabulary.closest(name, context.vocabulary.tables)
        raise WrongError("unknown-table", context.source, at, name=name, closest=closest)
    return identifier

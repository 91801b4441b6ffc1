"""Pieces of SQL text. Identifiers are always quoted; values come from typed literals only, never from a user's text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from daihou.rulebook.nodes import Kind, Literal, Relative, Type

SQL_TYPES = {
    Kind.DATE: "DATE",
    Kind.FEN: "BIGINT",
    Kind.INT: "BIGINT",
    Kind.NUM: "DECIMAL(18, 6)",
    Kind.BOOL: "BOOLEAN",
    Kind.DAYS: "BIGINT",
    Kind.WORKDAYS: "BIGINT",
    Kind.MONTHS: "BIGINT",
}

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text constant."""
    return "'" + value.replace("'", "''") + "'"


def day(value: date) -> str:
    """A date constant."""
    return f"DATE '{value.isoformat()}'"


def sql_type(type_: Type) -> str:
    """The column type that holds values of a type."""
    return SQL_TYPES.get(type_.kind, "VARCHAR")


def constant(value: object, type_: Type) -> str:
    """A typed constant."""
    if value is None and type_.kind is Kind.NULL:
        return "NULL"
    if value is None:
        return f"CAST(NULL AS {sql_type(type_)})"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"CAST({value} AS DECIMAL(18, 6))"
    return text(str(value))


def number(sql: str) -> str:
    """A number as columns hold it: six places, half away from zero."""
    return f"CAST({sql} AS {SQL_TYPES[Kind.NUM]})"


def literal(node: Literal) -> str:
    """The text of a literal node."""
    return constant(node.value, node.type)


def key_of(alias: str, columns: Sequence[str]) -> str:
    """The object key of a row: its key columns joined by a slash."""
    parts = [f"{alias}.{name(column)}" for column in columns]
    if len(parts) == 1:
        return parts[0]
    return " || '/' || ".join(f"CAST({part} AS VARCHAR)" for part in parts)


def pointer(which: Relative) -> str:
    """The column of a row that holds the key of another row of its table."""
    return f"_{which}"


def conjunction(conditions: Sequence[str]) -> str:
    """Conditions joined by AND; TRUE when there is none."""
    return " AND ".join(f"({condition})" for condition in conditions) if conditions else "TRUE"

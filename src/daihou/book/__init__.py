"""Declared tables and columns; reading registers from files; checking their rows."""

from daihou.book.declared import (
    CHECKS,
    RECORDED,
    VOIDED,
    Column,
    ColumnType,
    DeclarationError,
    Declarations,
    Order,
    Table,
    declared,
    domains,
    load_declarations,
    posts,
)

__all__ = [
    "CHECKS",
    "RECORDED",
    "VOIDED",
    "Column",
    "ColumnType",
    "DeclarationError",
    "Declarations",
    "Order",
    "Table",
    "declared",
    "domains",
    "load_declarations",
    "posts",
]

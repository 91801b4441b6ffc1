"""No order of the product leaves open where what is empty stands: SQLite puts it first, PostgreSQL last, and a list, or the newest of some rows, would be another there."""

import sys
from pathlib import Path
from typing import Any

from django.db.models import Field
from django.db.models.expressions import Col, OrderBy
from django.db.models.lookups import IsNull
from django.db.models.sql.where import AND

HOUSE = str(Path(__file__).parents[2] / "src")
NEVER_EMPTY = {
    "Matter.decided_at": "asked of matters that are decided, which have a day by their constraint",
    "Step.arrived_at": "asked of signatures that wait, which have arrived",
}
PLAIN = OrderBy.as_sql


def as_sql(self: OrderBy, compiler: Any, connection: Any, *args: Any, **said: Any) -> Any:
    """What Django makes of a part of an order; AssertionError where the product leaves open where the empty ones stand."""
    column = self.expression
    open_ = self.nulls_first is None and self.nulls_last is None and isinstance(column, Col)
    if open_ and column.target.null and not _bound(compiler.query.where, column) and _of_the_house():
        name = _name(column.target)
        assert name in NEVER_EMPTY, f"{name} may be empty: say nulls_first or nulls_last"
    return PLAIN(self, compiler, connection, *args, **said)


def _name(field: Field) -> str:
    return f"{field.model.__name__}.{field.name}"


def _bound(where: Any, column: Col) -> bool:
    """Whether the rows asked for have a value in a column anyway."""
    if where.negated or where.connector != AND:
        return False
    return any(
        _bound(one, column)
        if hasattr(one, "children")
        else getattr(one, "lhs", None) == column and not (isinstance(one, IsNull) and one.rhs)
        for one in where.children
    )


def _of_the_house() -> bool:
    """Whether the product asks, and not a test itself."""
    frame = sys._getframe(1)  # noqa: SLF001 - who asks is told by nothing else
    while frame is not None and (
        "site-packages" in frame.f_code.co_filename or frame.f_code.co_filename == __file__
    ):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(HOUSE)

"""The stored table of a declared table: the model is made from the declaration, so there is one truth about columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, TypeVar

from django.db import models

from daihou.book import Column, ColumnType, Table, declared

_Asked = TypeVar("_Asked")

SEALED_CHECKS = frozenset({"身份证", "手机号", "电话"})
_COMPARED_CHECKS = frozenset({"电话"})
"""Personal numbers by which rules tell rows of the same number: a book out of the database holds their marks."""
PARTY_CHECK = "主体证件"
IMPLICIT = frozenset({"recorded", "voided"})
_OWN_NAMES = frozenset({"key", "batch", "event", "void_event"})


class Kept(models.Model):
    """A row of a declared table. It is never changed: a correction voids it and writes a new row.

    ``key``: the text of the natural key, parts joined by a slash. ``recorded``, ``voided``: the days between which the
    company took the row for true (contract of the engine, S32); ``recorded`` empty: taken over at the start. ``batch``: the import that brought it. ``event`` and
    ``void_event``: numbers of the trail's events that wrote and voided it.
    """

    table: ClassVar[Table]

    key = models.CharField(max_length=400)
    recorded = models.DateField(null=True)
    voided = models.DateField(null=True)
    batch = models.ForeignKey("registers.Batch", null=True, on_delete=models.PROTECT, related_name="+")
    event = models.PositiveBigIntegerField()
    void_event = models.PositiveBigIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.table.word} {self.key}"


_RUNNING = models.Q(voided__isnull=True, settled_day__isnull=True, disbursed_day__isnull=False)
_OPEN = models.Q(voided__isnull=True, closed_day__isnull=True)
_ON_EVERY_DESK: Mapping[str, tuple[tuple[str, ...], models.Q]] = {
    "contract": (
        (
            "branch",
            "maturity_day",
            "principal_balance",
            "nominal_balance",
            "outstanding_balance",
            "liability_balance",
            "disbursed_day",
            "settled_day",
            "voided",
        ),
        _RUNNING,
    ),
    "warning": (("party", "rule", "level", "closed_day", "voided"), _OPEN),
}
"""What desks sum and compare over all running contracts and open warnings: read from an index that holds just these rows and columns."""

FOUND_BY = "found_by"
"""The attribute that holds the words by which a row is found (``finding``)."""
_homes: dict[str, type[Kept]] = {}


def is_sealed(column: Column) -> bool:
    """Whether a column holds a personal number that is kept sealed where it stands."""
    return column.check in SEALED_CHECKS


def in_book(column: Column) -> bool:
    """Whether a book out of the database holds a column: all but sealed numbers, of which it holds the marks where rules compare them."""
    return not is_sealed(column) or column.check in _COMPARED_CHECKS


def held_as(column: Column) -> str:
    """The stored field that a book takes a column from: of a sealed number its mark, empty where there is none."""
    name = field_name(column.id)
    return f"{name}_mark" if is_sealed(column) else name


def names_party(column: Column) -> bool:
    """Whether a column holds a party's number: a company's code, or the mark of a private person's number."""
    return column.check == PARTY_CHECK


def values_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table that a row holds, without the days of recording and voiding."""
    return tuple(column for column in table.columns.values() if column.id not in IMPLICIT)


def homes() -> Mapping[str, type[Kept]]:
    """Every stored table by the identifier of its declaration."""
    return _homes


def kept_model(table_id: str, module: str, label: str) -> type[Kept]:
    """The model of one declared table, belonging to the room that asks for it; a table has one home."""
    if table_id in _homes:
        raise ValueError(f"{table_id} is kept already by {_homes[table_id].__module__}")
    table = declared()[table_id]
    fields: dict[str, Any] = {"__module__": module, "__doc__": table.meaning, "table": table}
    for column in values_of(table):
        name = field_name(column.id)
        fields[name] = _field(column)
        if is_sealed(column) or names_party(column):
            fields[f"{name}_tail"] = models.CharField(max_length=8, blank=True, default="")
        if is_sealed(column):
            fields[f"{name}_mark"] = models.CharField(max_length=21, blank=True, default="")
        if names_party(column):
            fields[f"{name}_sealed"] = models.CharField(max_length=120, blank=True, default="")
    if table.found:
        fields[FOUND_BY] = models.TextField(blank=True, default="")
    fields["Meta"] = type("Meta", (), _meta(table, label))
    model = type("".join(part.title() for part in table_id.split("_")), (Kept,), fields)
    _homes[table_id] = model
    return model


def field_name(column_id: str) -> str:
    """The attribute that holds a column; a column called as one of the row's own fields gets a trailing sign."""
    return f"{column_id}_value" if column_id in _OWN_NAMES else column_id


def _meta(table: Table, label: str) -> dict[str, Any]:
    refs = [column.id for column in values_of(table) if column.ref is not None]
    dates = [table.date] if table.date is not None else []
    # rows without a business day are read in their own order, which the index of its first column then serves too
    order = () if table.order is None or dates else (*table.order.group, table.order.by)
    single = [name for name in [*refs, *dates] if name not in order[:1]]
    indexed: list[tuple[str, ...]] = [("key",), *((field_name(name),) for name in single)]
    if order:
        indexed.append(tuple(field_name(name) for name in order))
    indexed += [(held_as(column),) for column in values_of(table) if is_sealed(column) and in_book(column)]
    return {
        "app_label": label,
        "db_table": f"{label}_{table.id}",
        "verbose_name": table.word,
        "indexes": [
            *(models.Index(fields=names, name=_short(f"{table.id}_{'_'.join(names)}")) for names in indexed),
            models.Index(
                fields=("void_event",),
                condition=models.Q(void_event__isnull=False),
                name=_short(f"{table.id}_gone"),
            ),
            *([_found(table)] if table.found else []),
            *(
                models.Index(fields=fields, condition=which, name=_short(f"{table_id}_on_desks"))
                for table_id, (fields, which) in _ON_EVERY_DESK.items()
                if table_id == table.id
            ),
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("key",), condition=models.Q(voided__isnull=True), name=_short(f"one_{table.id}")
            ),
            models.CheckConstraint(
                condition=models.Q(voided__isnull=True, void_event__isnull=True)
                | models.Q(voided__isnull=False, void_event__isnull=False),
                name=_short(f"void_{table.id}"),
            ),
        ],
    }


def _found(table: Table) -> models.Index:
    """The words of the standing rows by themselves: a search reads them and not the rows."""
    return models.Index(
        fields=(FOUND_BY,), condition=models.Q(voided__isnull=True), name=_short(f"{table.id}_found")
    )


def _short(name: str) -> str:
    """A name of an index within Django's thirty letters, told apart by a digest where it is cut."""
    limit = 30
    if len(name) <= limit:
        return name
    from hashlib import blake2b  # noqa: PLC0415 - seldom needed

    return f"{name[: limit - 7]}_{blake2b(name.encode(), digest_size=3).hexdigest()}"


def _field(column: Column) -> models.Field[Any, Any]:
    """A field that holds what the column's type holds in memory; empty is NULL."""
    null = not column.required
    word = column.word
    match column.type:
        case ColumnType.DATE | ColumnType.HAPPENED:
            return models.DateField(word, null=null)
        case ColumnType.FEN | ColumnType.INT:
            return models.BigIntegerField(word, null=null)
        case ColumnType.NUM:
            return models.DecimalField(word, max_digits=18, decimal_places=6, null=null)
        case ColumnType.BOOL:
            return models.BooleanField(word, null=null)
        case ColumnType.TEXT:
            return models.TextField(word, null=null)
        case _:
            return models.CharField(word, max_length=400, null=null)


def finding_any(there: models.QuerySet[Any], asked: Mapping[_Asked, models.QuerySet[Any]]) -> list[_Asked]:
    """Of some questions those that find a row at all, in their order, in one question of the database; ``there``: a row that stands, beside which it is asked."""
    if not asked:
        return []
    found = list(there.order_by().values_list(*map(models.Exists, asked.values()))[:1])
    return [one for one, any_ in zip(asked, found[0], strict=True) if any_] if found else []


def standing(model: type[Kept], day: date | None = None) -> models.QuerySet[Any]:
    """The rows that count: not voided, or as the company knew them at the end of a day."""
    rows: models.QuerySet[Any] = model._default_manager.all()
    if day is None:
        return rows.filter(voided__isnull=True)
    unvoided = models.Q(voided__isnull=True) | models.Q(voided__gt=day)
    known = models.Q(recorded__isnull=True) | models.Q(recorded__lte=day)
    return rows.filter(unvoided, known)


def keep_all(room: str, module: str) -> Iterable[type[Kept]]:
    """The models of all tables that are declared to belong to a room."""
    return [kept_model(table.id, module, room) for table in declared().values() if table.room == room]

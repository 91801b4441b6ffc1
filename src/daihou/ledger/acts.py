"""Every write to a register: a row entered, corrected or voided by a person, and many taken in from a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.db import transaction

from daihou.book import Book, Table, canonical_text, declared, domains
from daihou.ledger.deciding import Pair, last_said, staying, undecided
from daihou.ledger.differing import NOTHING, Difference, Overwriting, differences, row_values
from daihou.people.decided import Decided
from daihou.registers.finding import words_of
from daihou.registers.kept import FOUND_BY, Kept, field_name, homes, is_sealed, standing, values_of
from daihou.registers.lines import portions
from daihou.registers.models import Batch
from daihou.registers.rows import key_text, sealed_rows, shown, write
from daihou.trail.acts import Actor, plain, record
from daihou.units import day_of

MANY = "rows"
"""What the trail calls many rows written by one act."""

Before = Callable[[Sequence[tuple[Kept, Mapping[str, Any]]]], None]
_asked_before: dict[str, list[Before]] = {}


def ask_before(table: str, check: Before) -> None:
    """Have a room above asked before a correction of a table's rows stands: the rows as they were with what they say now.

    It is asked at the end of the act, inside its transaction, when everything else of the act is written; it raises
    RowRefusedError, and nothing of the act stands.
    """
    held = _asked_before.setdefault(table, [])
    if check not in held:
        held.append(check)


def _ask(table: Table, pairs: Sequence[tuple[Kept, Mapping[str, Any]]]) -> None:
    for check in _asked_before.get(table.id, ()):
        check(pairs)


class RowRefusedError(ValueError):
    """A row that cannot be written; ``code`` says why, ``key`` which, ``said`` what its words name: figures, what stands in the way."""

    def __init__(self, code: str, key: str, **said: str) -> None:
        self.code, self.key, self.said = code, key, said
        super().__init__(f"{code}: {key}")


class DecidedElsewhereError(RowRefusedError):
    """A column that a decision changes, and neither the act nor a post of who acts decides it; ``decided`` says where it is."""

    def __init__(self, column: str, decided: Decided) -> None:
        super().__init__("decided-elsewhere", column)
        self.decided = decided


def take_in(
    book: Book, *, by: Actor, at: datetime, day: date, file: str, digest: str, read: int, left_out: int,
    over: Overwriting = NOTHING, tell: Callable[[Sequence[Difference]], None] | None = None,
) -> Batch:  # fmt: skip
    """Take the rows of a checked book into the registers: one transaction, one event, one batch.

    New rows are written; rows that say something else void the old ones; rows that say the same are left, and so are those that were
    written in the house since a file brought them, but for those named ``over``. The same file a second time therefore writes nothing.
    ``day``: the day on which the rows become known, where the file does not say; empty (known from the start) as long as the registers
    are empty. ``tell`` is told what was found, inside the transaction. RowRefusedError: rows are to be written over without a reason.
    """
    if over and not over.reason.strip():
        raise RowRefusedError("reason-missing", file)
    with transaction.atomic():
        found = list(differences(book, over))
        first = not standing(homes()["company"]).exists()
        batch = Batch.objects.create(
            file=file,
            digest=digest,
            fingerprint=book.fingerprint,
            at=at,
            by=by.by,
            rows_read=read,
            rows_left_out=left_out,
            rows_new=sum(len(one.new) for one in found),
            rows_changed=sum(len(one.changed) for one in found),
            rows_same=sum(one.same for one in found),
            rows_kept=sum(len(one.kept) for one in found),
        )
        written_over = any(one.over for one in found)
        event = record(
            "import", by=by, at=at, kind="batch", subject=str(batch.pk), after=_told(batch, found),
            reason=over.reason.strip() if written_over else "",
        )  # fmt: skip
        for one in found:
            _write(one, batch=batch, event=event.number, day=None if first else day)
        if not first:
            _log_moves(found, book, batch=batch, event=event.number, day=day)
        for one in found:
            _ask(one.table, one.changed)
        if tell is not None:
            tell(found)
    return batch


def _told(batch: Batch, found: Sequence[Difference]) -> dict[str, Any]:
    tables = {
        one.table.id: [len(one.new), len(one.changed), one.same]
        for one in found
        if one.new or one.changed or one.same
    }
    kept = {one.table.id: len(one.kept) for one in found if one.kept}
    over = {one.table.id: sorted(one.over) for one in found if one.over}
    return {
        "file": batch.file,
        "digest": batch.digest,
        "tables": tables,
        "left_out": batch.rows_left_out,
        **({"kept": kept} if kept else {}),
        **({"written_over": over} if over else {}),
    }


def _write(found: Difference, *, batch: Batch, event: int, day: date | None) -> None:
    model = homes()[found.table.id]
    old = [held.pk for held, _ in found.changed]
    for some in portions(old):
        model._default_manager.filter(pk__in=some).update(voided=day or day_of(batch.at), void_event=event)
    rows = chain(found.new, (row for _, row in found.changed))
    write(model, (_said(model, row, batch=batch, event=event, day=day) for row in rows))


def _said(
    model: type[Kept], row: Mapping[str, Any], *, batch: Batch | None, event: int, day: date | None
) -> dict[str, Any]:
    """What a new row says, by field."""
    said = dict(row)
    said["recorded"] = said.get("recorded") or day
    if model.table.found:
        said[FOUND_BY] = words_of(model.table, said)
    void = event if said.get("voided") is not None else None
    return said | {"batch_id": None if batch is None else batch.pk, "event": event, "void_event": void}


def _made(model: type[Kept], row: Mapping[str, Any], *, event: int, day: date | None) -> Kept:
    return model(**_said(model, row, batch=None, event=event, day=day))


def _log_moves(found: Sequence[Difference], book: Book, *, batch: Batch, event: int, day: date) -> None:
    """Rows of the change log for dated values that moved and that the file's own change log does not tell of."""
    log = homes()["change_log"]
    told = _told_moves(book)
    have = set(standing(log).values_list("key", flat=True))
    rows = []
    for one in found:
        for held, row in one.changed:
            for move in moves(one.table, row_values(held), row, day):
                told_of = (move["table_name"], move["subject"], move["item"]) in told
                if not told_of and move["key"] not in have:
                    rows.append(_said(log, move, batch=batch, event=event, day=day))
    write(log, rows)


def _told_moves(book: Book) -> set[tuple[str, str, str]]:
    """What the change log of a file tells of: table, object, column."""
    held = book.tables.get("change_log")
    if held is None:
        return set()
    rows = sealed_rows(declared()["change_log"], held)
    return {(row["table_name"], row["subject"], row["item"]) for row in rows}


def moves(
    table: Table, old: Mapping[str, Any], new: Mapping[str, Any], day: date
) -> Iterator[dict[str, Any]]:
    """Changes of dated columns between two rows of one key, as rows of the change log in force from a day."""
    for column in values_of(table):
        name = field_name(column.id)
        if not column.dated or old[name] == new[name] or is_sealed(column):
            continue
        before, after = (None if one is None else canonical_text(one) for one in (old[name], new[name]))
        if before == after:
            continue
        key = f"{table.id}/{new['key']}/{column.id}/{day.isoformat()}"
        yield {
            "key": key, "table_name": table.id, "subject": new["key"], "item": column.id, "effective_day": day,
            "old_value": before, "new_value": after,
        }  # fmt: skip


def refuse_wrong(table: Table, values: Mapping[str, Any]) -> None:
    """Refuse a row that lacks what it must have, names no value of its domain, or refers to a row that does not stand.

    Raises RowRefusedError with the column as its key.
    """
    for column in values_of(table):
        value = values.get(field_name(column.id))
        if value is None or value == "":
            if column.required:
                raise RowRefusedError("value-missing", column.id)
        elif column.enum is not None and value not in domains()[column.enum]:
            raise RowRefusedError("value-not-in-domain", column.id)
        elif column.ref in homes() and not standing(homes()[str(column.ref)]).filter(key=value).exists():
            raise RowRefusedError("reference-not-found", column.id)


def _refuse_ahead(table: Table, rows: Iterable[Mapping[str, Any]], day: date) -> None:
    """Refuse that something has been which the day of the act has not seen, whichever door it came by."""
    past = {field_name(column.id): column.id for column in values_of(table) if column.past}
    for row in rows:
        for name, column in past.items():
            if (value := row.get(name)) is not None and value > day:
                raise RowRefusedError("day-ahead", column)


def _refuse_undecided(
    table: Table, pairs: Iterable[Pair], decision: Collection[str], *, by: Actor, day: date
) -> None:
    found = undecided(table, pairs, decision, by=by, day=day)
    if found is not None:
        raise DecidedElsewhereError(*found)


def enter(
    table: str, values: Mapping[str, Any], *, by: Actor, at: datetime, day: date, reason: str = "", decision: Collection[str] = ()
) -> Kept:  # fmt: skip
    """Write one new row. ``values``: fields of the stored row with its key.

    Raises RowRefusedError where the key stands already, or a day that tells the past lies after ``day``.
    ``decision``: decided columns that the act itself decides; a new row brings no others along, and one that was taken out and comes
    back says of them what it said.
    """
    model = homes()[table]
    refuse_wrong(model.table, values)
    _refuse_ahead(model.table, [values], day)
    with transaction.atomic():
        if standing(model).filter(key=values["key"]).exists():
            raise RowRefusedError("row-stands-already", values["key"])
        before = last_said(model.table, values["key"])
        _refuse_undecided(model.table, [(before, values)], decision, by=by, day=day)
        event = record(
            "enter", by=by, at=at, kind=table, subject=values["key"], after=shown(model.table, values), reason=reason
        )  # fmt: skip
        made = _made(model, values, event=event.number, day=day)
        made.save(force_insert=True)
    return made


def correct(
    table: str, key: str, values: Mapping[str, Any], *, by: Actor, at: datetime, day: date, reason: str, decision: Collection[str] = (),
    seen: int | None = None,
) -> Kept:  # fmt: skip
    """Void the standing row of a key and write what is right, with the reason; dated values that move are logged.

    ``decision``: decided columns that the act itself decides; others move by nobody's correction but of the posts declared for slips.
    ``seen``: the row, by its number, that the writer had before him; RowRefusedError where another stands by now.
    """
    model = homes()[table]
    if not reason.strip():
        raise RowRefusedError("reason-missing", key)
    with transaction.atomic():
        old = _locked(model, key)
        if seen is not None and old.pk != seen:
            raise RowRefusedError("corrected-meanwhile", key)
        said = {**_own_values(old), **values}
        refuse_wrong(model.table, said)
        _refuse_ahead(model.table, [values], day)
        _refuse_undecided(model.table, [(row_values(old), said)], decision, by=by, day=day)
        event = record(
            "correct", by=by, at=at, kind=table, subject=key, reason=reason,
            before=shown(model.table, row_values(old)), after=shown(model.table, said),
        )  # fmt: skip
        _void(old, day, event.number)
        made = _made(model, said | {"recorded": None}, event=event.number, day=day)
        made.save(force_insert=True)
        log = homes()["change_log"]
        for move in moves(model.table, row_values(old), said, day):
            standing(log).filter(key=move["key"]).update(voided=day, void_event=event.number)
            _made(log, move, event=event.number, day=day).save(force_insert=True)
        _ask(model.table, [(old, said)])
    return made


def correct_many(
    changes: Mapping[str, Mapping[str, Mapping[str, Any]]], *, entered: Mapping[str, Sequence[Mapping[str, Any]]], subject: str,
    by: Actor, at: datetime, day: date, reason: str, decision: Collection[str] = (),
) -> int:  # fmt: skip
    """Correct many rows at once and enter what tells of it: one event for all. ``changes``: by table and key what is right; ``decision`` as in ``correct``.

    ``subject``: for whose sake, in the trail. Keys of which no row stands are left out; how many rows were corrected. A row whose key holds a
    value that is corrected goes on under its new key, and gives way where a row of that key stands. The statements do not grow with the rows. Raises RowRefusedError where a value is not to be written, or a key of ``entered`` stands already.
    """
    if not reason.strip():
        raise RowRefusedError("reason-missing", subject)
    for name, by_key in changes.items():
        _refuse_ahead(homes()[name].table, by_key.values(), day)
    for name, rows in entered.items():
        _refuse_ahead(homes()[name].table, rows, day)
    with transaction.atomic():
        corrected = {name: _changed(homes()[name], by_key) for name, by_key in changes.items() if by_key}
        for name, pairs in corrected.items():
            said = [(row_values(held), row) for held, row in pairs]
            _refuse_undecided(homes()[name].table, said, decision, by=by, day=day)
        told = {
            name: {held.key: _columns_told(held.table, changes[name][held.key]) for held, _ in pairs}
            for name, pairs in corrected.items()
        }
        fresh = {name: [row["key"] for row in rows] for name, rows in entered.items() if rows}
        for name, pairs in corrected.items():
            if renamed := _renamed(homes()[name], pairs):
                fresh[name] = [*fresh.get(name, ()), *renamed]
        event = record(
            "correct-many", by=by, at=at, kind=MANY, subject=subject, reason=reason,
            after={"corrected": told, "entered": fresh},
        )  # fmt: skip
        for name, pairs in corrected.items():
            _rewrite(homes()[name], pairs, day=day, event=event.number)
        for name, rows in entered.items():
            _enter_each(homes()[name], rows, day=day, event=event.number)
        for name, pairs in corrected.items():
            _ask(homes()[name].table, pairs)
    return sum(len(pairs) for pairs in corrected.values())


def _columns_told(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the trail, by column. Personal numbers are not written this way."""
    said = {
        column.id: values[field_name(column.id)]
        for column in values_of(table)
        if field_name(column.id) in values and not is_sealed(column)
    }
    if len(said) < len(values):
        raise ValueError(f"{table.id}: {sorted(set(values) - set(said))} cannot be corrected in a group")
    return plain(said)


def _changed(model: type[Kept], by_key: Mapping[str, Mapping[str, Any]]) -> list[tuple[Kept, dict[str, Any]]]:
    """The standing rows of some keys, held until the transaction ends, each with what it shall say."""
    _refuse_wrong_references(model.table, by_key.values())
    keys, found = sorted(by_key), []
    for some in portions(keys):
        rows = standing(model).select_for_update().filter(key__in=some)
        found += list(rows.order_by("key"))
    return [(held, _said_now(held, by_key[held.key])) for held in found]


def _said_now(held: Kept, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row shall say; under another key where a value of its key is another."""
    said = {**_own_values(held), **values, "recorded": None}
    parts = [field_name(part) for part in held.table.key]
    if not values.keys().isdisjoint(parts):
        said["key"] = "/".join(key_text(said[part]) for part in parts)
    return said


def _renamed(model: type[Kept], pairs: list[tuple[Kept, dict[str, Any]]]) -> list[str]:
    """The new keys under which rows go on; a row of whose new key one stands is left without anything to write (``key`` empty)."""
    new = {said["key"]: said for held, said in pairs if said["key"] != held.key}
    for some in portions(sorted(new)):
        for key in standing(model).filter(key__in=some).values_list("key", flat=True):
            new.pop(key)["key"] = ""
    return list(new)


def _refuse_wrong_references(table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse values that name rows which do not stand, or leave out what must be there; one question for each column."""
    wanted: dict[str, set[Any]] = {}
    for row in rows:
        for name, value in row.items():
            wanted.setdefault(name, set()).add(value)
    for column in values_of(table):
        values = wanted.get(field_name(column.id), set())
        if column.required and None in values:
            raise RowRefusedError("value-missing", column.id)
        if column.ref in homes():
            named = values - {None}
            if standing(homes()[str(column.ref)]).filter(key__in=named).count() < len(named):
                raise RowRefusedError("reference-not-found", column.id)


def _rewrite(
    model: type[Kept], pairs: Sequence[tuple[Kept, Mapping[str, Any]]], *, day: date, event: int
) -> None:
    """Void rows and write what is right in their place; dated values that move are logged."""
    log = homes()["change_log"]
    logged = [
        move for held, said in pairs for move in moves(model.table, row_values(held), {**said, "key": held.key}, day)
    ]  # fmt: skip
    for target, gone in ((model, [held.key for held, _ in pairs]), (log, [move["key"] for move in logged])):
        for some in portions(gone):
            standing(target).filter(key__in=some).update(voided=day, void_event=event)
    for target, rows in ((model, [said for _, said in pairs if said["key"]]), (log, logged)):
        write(target, (_said(target, row, batch=None, event=event, day=day) for row in rows))


def _enter_each(model: type[Kept], rows: Sequence[Mapping[str, Any]], *, day: date, event: int) -> None:
    keys = [row["key"] for row in rows]
    for some in portions(keys):
        stands = standing(model).filter(key__in=some).first()
        if stands is not None:
            raise RowRefusedError("row-stands-already", stands.key)
    write(model, (_said(model, row, batch=None, event=event, day=day) for row in rows))


def void(table: str, key: str, *, by: Actor, at: datetime, day: date, reason: str) -> None:
    """Void the standing row of a key, with the reason; nothing is deleted. Refused while another row refers to it, and where it stays but by the posts that decide it."""
    model = homes()[table]
    if not reason.strip():
        raise RowRefusedError("reason-missing", key)
    if (held := staying(model.table, by=by, day=day)) is not None:
        raise DecidedElsewhereError(*held)
    with transaction.atomic():
        old = _locked(model, key)
        holder = next(referring(table, key), None)
        if holder is not None:
            raise RowRefusedError("row-referred-to", f"{holder.table.word} {holder.key}")
        event = record(
            "void", by=by, at=at, kind=table, subject=key, reason=reason, before=shown(model.table, row_values(old))
        )  # fmt: skip
        _void(old, day, event.number)


def referring(table: str, key: str) -> Iterator[Kept]:
    """One row of each table that refers to a row, where there is one; the change log tells of a row and does not hold it."""
    for model in homes().values():
        for column in values_of(model.table):
            if column.ref == table:
                row = standing(model).filter(**{field_name(column.id): key}).first()
                if row is not None:
                    yield row


def _locked(model: type[Kept], key: str) -> Kept:
    held: Kept | None = standing(model).select_for_update().filter(key=key).first()
    if held is None:
        raise RowRefusedError("row-not-found", key)
    return held


def _own_values(row: Kept) -> dict[str, Any]:
    """What a row says, ready to be written as another row."""
    bookkeeping = {"id", "recorded", "voided", "batch_id", "event", "void_event"}
    return {name: value for name, value in row_values(row).items() if name not in bookkeeping}


def _void(row: Kept, day: date, event: int) -> None:
    row.voided, row.void_event = day, event
    row.save(update_fields=["voided", "void_event"])


def withdraw(batch: Batch, *, by: Actor, at: datetime, day: date, reason: str) -> None:
    """Take a batch back while nothing builds on it: its rows are voided, what they had replaced is written again.

    Raises RowRefusedError where a row of the batch was corrected, voided or replaced since.
    """
    if not reason.strip():
        raise RowRefusedError("reason-missing", str(batch.pk))
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch.pk)
        if batch.withdrawn_at is not None:
            raise RowRefusedError("batch-withdrawn", str(batch.pk))
        written = {name: list(model._default_manager.filter(batch=batch)) for name, model in homes().items()}
        numbers = {row.event for rows in written.values() for row in rows}
        for rows in written.values():
            for row in rows:
                if row.void_event is not None and row.void_event not in numbers:
                    raise RowRefusedError("batch-built-upon", f"{row.table.word} {row.key}")
        event = record(
            "withdraw-import", by=by, at=at, kind="batch", subject=str(batch.pk),
            before={"file": batch.file, "rows": sum(len(rows) for rows in written.values())}, reason=reason,
        )  # fmt: skip
        for model in homes().values():
            replaced = list(model._default_manager.filter(void_event__in=numbers).exclude(batch=batch))
            own = model._default_manager.filter(batch=batch, voided__isnull=True)
            own.update(voided=day, void_event=event.number)
            again = (
                _said(model, _own_values(row), batch=None, event=event.number, day=day) for row in replaced
            )
            write(model, again)
        batch.withdrawn_at, batch.withdrawn_by = at, by.by
        batch.save(update_fields=["withdrawn_at", "withdrawn_by"])

"""The book kept between readings: each stored table as an Arrow file beside the installation, carried on by what was written since.

A stored row is never changed but for being voided, and every writing has a number of the trail. So a file that holds a table as of one
number is made good by the rows that came later and by those that were voided later. A file counts only while the trail still holds the
event it was made at, under the same seal; anything else (another database, a restored backup, a newer shape) is read anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from daihou.book import Column
from daihou.registers.kept import held_as
from daihou.trail.models import Event, Head

ID = "__id"
"""The column of a file that holds the number of each row; no column of a book."""
_EVENT, _SEAL, _SHAPE = b"event", b"seal", b"shape"


@dataclass(frozen=True)
class Moment:
    """How far the trail has come: the number and seal of its last event; 0 and nothing before the first."""

    event: int
    seal: str

    @classmethod
    def now(cls) -> Moment:
        """The moment at which the database stands."""
        head = Head.objects.filter(pk=1).first()
        return cls(0, "") if head is None else cls(head.number, head.seal)


@dataclass(frozen=True)
class Shelved:
    """A table as of an event: its rows in the order of their numbers, and that event."""

    rows: pa.Table
    moment: Moment

    @property
    def last(self) -> int:
        """The number of its last row; 0 where it has none."""
        return 0 if self.rows.num_rows == 0 else int(self.rows[ID][-1].as_py())


def shape_of(columns: Sequence[Column]) -> bytes:
    """What a file of a table looks like: a digest of its columns, what they are taken from and their types."""
    told = "|".join(f"{one.id}:{held_as(one)}:{one.type.value}" for one in columns)
    return sha256(told.encode()).hexdigest().encode()


def folder() -> Path | None:
    """Where the files lie; None where none are kept."""
    held: Path | None = getattr(settings, "DAIHOU_SHELF", None)
    return held


def taken_down(columns_of: Mapping[str, Sequence[Column]]) -> dict[str, Shelved]:
    """The files that count, by table; one question about all of them."""
    place = folder()
    if place is None or not place.is_dir():
        return {}
    found = {
        name: held
        for name, columns in columns_of.items()
        if (held := _opened(place / f"{name}.arrow", columns)) is not None
    }
    numbers = {held.moment.event for held in found.values()}
    seals = dict(Event.objects.filter(number__in=numbers).values_list("number", "seal"))
    return {name: held for name, held in found.items() if seals.get(held.moment.event) == held.moment.seal}


def _opened(path: Path, columns: Sequence[Column]) -> Shelved | None:
    """A file, laid over memory and not read into it; None where there is none, or it is of another shape or broken."""
    try:
        rows = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    said = rows.schema.metadata or {}
    if said.get(_SHAPE) != shape_of(columns) or not said.get(_EVENT, b"").isdigit():
        return None
    return Shelved(
        rows.replace_schema_metadata(None), Moment(int(said[_EVENT]), said.get(_SEAL, b"").decode())
    )


def put_up(name: str, rows: pa.Table, moment: Moment, columns: Sequence[Column]) -> None:
    """Keep a table as of a moment. Whoever reads meanwhile keeps the file that he has."""
    place = folder()
    if place is None or moment.event == 0:
        return
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = rows.replace_schema_metadata(
        {_EVENT: str(moment.event).encode(), _SEAL: moment.seal.encode(), _SHAPE: shape_of(columns)}
    )
    fresh = place / f".{name}.{os.getpid()}"
    with (
        os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
        pa.ipc.new_file(out, told.schema) as writer,
    ):
        writer.write_table(told)
    fresh.replace(place / f"{name}.arrow")


def voided_since(rows: pa.Table, gone: Mapping[int, object]) -> pa.Table:
    """The rows with those marked that were voided later. ``gone``: the day of each by its number."""
    if not gone:
        return rows
    numbers = pa.array(sorted(gone), pa.int64())
    mask = pc.is_in(rows[ID].combine_chunks(), value_set=numbers)
    days = pa.array([gone[one] for one in rows[ID].filter(mask).to_pylist()], pa.date32())
    column = pc.replace_with_mask(rows["voided"].combine_chunks(), mask, days)
    return rows.set_column(rows.column_names.index("voided"), "voided", column)


def cleared() -> int:
    """Throw all files away; they are made again by the next day. How many there were."""
    place = folder()
    files = (
        []
        if place is None or not place.is_dir()
        else [one for one in place.iterdir() if one.suffix == ".arrow" or one.name.startswith(".")]
    )
    for one in files:
        one.unlink(missing_ok=True)
    return len(files)

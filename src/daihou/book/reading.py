"""Reading a book whole: every sheet and file, every row checked, every fault said, nothing guessed."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.book.allocating import ALLOCATED, PAYMENTS, PLAN, allocated
from daihou.book.belonging import Paired
from daihou.book.changes import settle_names
from daihou.book.checking import Checker, Elsewhere, Rows
from daihou.book.converting import SHEET, Piece, Scope, convert_grid, convert_parquet, not_among
from daihou.book.declared import Table, declared, domains
from daihou.book.faults import BookFileError, Fault, FaultList
from daihou.book.filling import hours_filled
from daihou.book.fingerprint import (
    CONTENT_ROWS,
    content_fingerprint,
    declared_digest,
    file_digest,
    joined_digest,
)
from daihou.book.headings import HeadingMap, Names
from daihou.book.mapping.feeding import mapped_pieces
from daihou.book.mapping.model import ForeignMap
from daihou.book.mapping.recognising import Recogniser
from daihou.book.sources import CSVS, PARQUETS, WORKBOOKS, Grid, Notice, is_aside, open_csv, open_workbook
from daihou.book.stored import StoredTables, canonical_files
from daihou.book.titles import Titled

Progress = Callable[[str, float], None]
Source = Grid | Notice | Path
STAMP = "_checked.json"
_STAMP_FORMAT = 3
_CHECK_SHARE = 0.5  # of the progress told


@dataclass(frozen=True)
class Book:
    """The registers of one portfolio: canonical Arrow tables by identifier.

    Each table has all declared columns in declared order (text as string, days as date32, fen and whole
    numbers as int64, decimals as decimal128(18, 6), yes-no as bool), then ``_sheet`` and ``_row``. A table
    without rows is absent. ``through``: how far a source table is complete. ``fingerprint``: equal for
    equal content, whatever the files. ``files``: Parquet files, vouched for by a stamp, that hold a table's
    rows in these columns (those that are empty throughout may be absent): to be scanned where they lie.
    ``absent``: by table and sheet, the declared columns that a sheet has not at all: of them it says nothing, which is not that they are empty.
    """

    tables: Mapping[str, pa.Table] = field(hash=False)
    through: Mapping[str, date] = field(hash=False)
    fingerprint: str
    files: Mapping[str, Path] = field(default_factory=dict, hash=False, compare=False)
    absent: Mapping[str, Mapping[str, frozenset[str]]] = field(
        default_factory=dict, hash=False, compare=False
    )


@dataclass(frozen=True)
class Reading:
    """What came of reading: the rows that stand, and all that is wrong with the others.

    ``rows_read`` counts rows of data (no blank rows, totals or examples), ``rows_left_out`` those of them
    that are not in the book; both by table. ``checked``: whether the rows were checked now; False where the
    folder's stamp vouches for them.
    """

    book: Book
    faults: tuple[Fault, ...]
    rows_read: Mapping[str, int]
    rows_left_out: Mapping[str, int]
    checked: bool


def read_book(  # noqa: PLR0913 - whose files, by which declarations and names, against what and when they are held
    path: Path,
    *,
    tables: Mapping[str, Table] | None = None,
    domains_of: Mapping[str, tuple[str, ...]] | None = None,
    mapping: HeadingMap | ForeignMap | None = None,
    elsewhere: Elsewhere | None = None,
    titled: Titled | None = None,
    paired: Paired | None = None,
    recognise: Recogniser | None = None,
    day: date | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read a workbook, a CSV or Parquet file, or a folder of such files.

    ``tables`` and ``domains_of`` stand in for the declarations of the product; ``mapping`` says how the
    user's files name them, or how foreign files become their rows; ``elsewhere`` says
    which keys stand in registers that the file is read into, so that a row may refer to them, ``titled`` which keys the rows of a name have there, ``paired`` which two values stand together in a row; ``recognise`` knows which of their rows
    a mapping's files mean where these name them in another way; ``day`` is the one on which the book is looked at: what a column tells of
    the past cannot lie after it (without a day, for books that are made up, nothing is too late); ``progress`` is told a name and
    how much is done (0 to 1). Raises BookFileError where nothing can be read: missing, empty, locked by a password,
    corrupt, too large, no book.
    """
    scope = _scope(tables, domains_of, mapping)
    tell = progress or _silent
    faults = FaultList()
    if not path.exists():
        raise BookFileError("file-missing", file=path.name)
    foreign = mapping if isinstance(mapping, ForeignMap) else None
    stamp = _valid_stamp(path, scope, day) if foreign is None else None
    try:
        if stamp is not None:
            return _vouched_for(path, stamp, scope, tell)
        if foreign is None:
            found = _pieces(_sources(path, faults, tell), scope, faults)
        else:
            _say_unproved(foreign, faults)
            foreign_rows = mapped_pieces(
                path, foreign, scope, faults, partial(_first_part, tell), recognise=recognise
            )
            found = (settle_names(piece, scope, faults, whole=False) for piece in foreign_rows)
        rows = _gather(found, scope)
    except OSError as error:
        raise BookFileError("file-unreadable", file=path.name) from error
    mapped = "" if foreign is None else foreign.fingerprint
    checker = Checker(rows, scope.domains, faults, elsewhere, day, titled, paired)
    return _checked(path, checker, scope, tell, mapped=mapped)


def _vouched_for(path: Path, stamp: Mapping[str, Any], scope: Scope, tell: Progress) -> Reading:
    """A stamped folder: files that hold their table as the book would are left where they lie."""
    said = tuple(_fault_from(entry) for entry in stamp["faults"])
    laid = any(fault.code == ALLOCATED for fault in said)
    by_table = {
        table: file
        for table, file in _files_by_table(path, scope).items()
        if file.name in stamp["as_is"] and not (laid and table in (PLAN, PAYMENTS))
    }  # instalments that payments were laid on differ from what lies in their file
    others = (source for source in _sources(path, FaultList(), tell) if not _among(source, by_table))
    rows = _gather(_pieces(others, scope, FaultList()), scope)
    ready: Mapping[str, pa.Table] = {name: held.data for name, held in rows.items()}
    if laid:
        ready, _ = allocated(ready, scope.tables)
    waiting = {
        name: partial(_canonical_table, file, scope.tables[name], scope) for name, file in by_table.items()
    }
    read = {name: held.num_rows for name, held in ready.items()}
    read |= {name: pq.read_metadata(file).num_rows for name, file in by_table.items()}
    book = Book(
        StoredTables(ready, waiting),
        MappingProxyType(_through(ready, scope)),
        str(stamp["fingerprint"]),
        MappingProxyType(by_table),
        {name: held.absent for name, held in rows.items()}
        | {name: {file.name: _absent_in(file, scope.tables[name])} for name, file in by_table.items()},
    )
    return Reading(
        book, said, MappingProxyType(read), MappingProxyType(dict.fromkeys(read, 0)), checked=False
    )


def _absent_in(file: Path, table: Table) -> frozenset[str]:
    return not_among(table, pq.read_schema(file).names)


def _among(source: object, files: Mapping[str, Path]) -> bool:
    return isinstance(source, Path) and source in files.values()


def _canonical_table(file: Path, table: Table, scope: Scope) -> pa.Table:
    return convert_parquet(file, table, scope, FaultList()).data


def _files_by_table(folder: Path, scope: Scope) -> dict[str, Path]:
    """The Parquet file of each table that has exactly one."""
    found: dict[str, list[Path]] = {}
    for file in _parquet_files(folder):
        table = scope.names.table(file.stem)
        if table is not None:
            found.setdefault(table.id, []).append(file)
    return {table: files[0] for table, files in found.items() if len(files) == 1}


def _first_part(tell: Progress, name: str, share: float) -> None:
    """Tell the progress of reading, before the checks."""
    tell(name, share * _CHECK_SHARE)


def _silent(_name: str, _share: float) -> None:
    """Tell nobody."""


def _scope(
    tables: Mapping[str, Table] | None,
    domains_of: Mapping[str, tuple[str, ...]] | None,
    mapping: HeadingMap | ForeignMap | None,
) -> Scope:
    known = declared() if tables is None else tables
    values = domains() if domains_of is None else domains_of
    if isinstance(mapping, ForeignMap):
        known = {name: _unproved(table, mapping.unproved(name)) for name, table in known.items()}
        return Scope(known, values, Names(known, None))
    return Scope(known, values, Names(known, mapping))


def _unproved(table: Table, columns: Collection[str]) -> Table:
    """The table without the proof of numbers in some columns, which hold another country's."""
    if not columns:
        return table
    known = {n: replace(c, check=None) if n in columns else c for n, c in table.columns.items()}
    return replace(table, columns=MappingProxyType(known))


def _say_unproved(mapping: ForeignMap, faults: FaultList) -> None:
    for name in {feed.table: None for feed in mapping.feeds}:
        for column in sorted(mapping.unproved(name)):
            faults.add(Fault("map-unproved", "warning", name, mapping.file, column=column))


def _checked(path: Path, checker: Checker, scope: Scope, tell: Progress, *, mapped: str) -> Reading:
    """Check the rows; ``mapped``: the fingerprint of the mapping that made them, else empty."""
    rows, faults = checker.rows, checker.faults
    checker.run(lambda name, share: tell(name, _CHECK_SHARE + share * (1 - _CHECK_SHARE)))
    good = {name: checker.good(name) for name in rows}
    laid, notice = allocated(good, scope.tables)
    if notice is not None:
        faults.add(notice)
    book = _book(laid, scope, _fingerprint(path, good, scope, mapped))
    book = replace(book, absent={name: held.absent for name, held in rows.items()})
    read = {name: held.data.num_rows for name, held in rows.items()}
    left = {name: read[name] - good[name].num_rows for name in rows}
    return Reading(book, faults.result(), MappingProxyType(read), MappingProxyType(left), checked=True)


def _book(tables: Mapping[str, pa.Table], scope: Scope, fingerprint: str) -> Book:
    filled = {name: held for name, held in tables.items() if held.num_rows}
    return Book(MappingProxyType(filled), MappingProxyType(_through(filled, scope)), fingerprint)


def _through(tables: Mapping[str, pa.Table], scope: Scope) -> dict[str, date]:
    """How far each source table is complete: the rows of 数据截至 that are not voided."""
    table = next((t for t in scope.tables.values() if t.word == "数据截至"), None)
    if table is None or table.id not in tables:
        return {}
    ids = {c.word: c.id for c in table.columns.values()}
    held = tables[table.id]
    rows = zip(*(held[c].to_pylist() for c in (ids["表"], ids["截至"], "voided")), strict=True)
    return {name: day for name, day, voided in rows if voided is None}


# files to tables


def _gather(found: Iterable[Piece], scope: Scope) -> dict[str, Rows]:
    """All rows of all sheets and files, by table."""
    pieces: dict[str, list[Piece]] = {}
    for piece in found:
        pieces.setdefault(piece.table.id, []).append(piece)
    together = {name: _together(pieces[name]) for name in scope.tables if name in pieces}
    return {name: rows for name, rows in together.items() if rows.data.num_rows}


def _together(pieces: list[Piece]) -> Rows:
    """The sheets of one table under one another."""
    bad: list[pa.Array] = []
    before = 0
    for piece in pieces:
        bad.append(pa.array([p + before for p in piece.bad.to_pylist()], pa.int64()) if before else piece.bad)
        before += piece.data.num_rows
    data = pieces[0].data if len(pieces) == 1 else pa.concat_tables([p.data for p in pieces])
    table = pieces[0].table
    one_source = len(pieces) == 1 and pieces[0].one_sheet
    canonical = all(piece.canonical for piece in pieces)
    return Rows(
        table, hours_filled(table, data), pa.concat_arrays(bad), one_source, canonical, _absent(pieces)
    )


def _absent(pieces: list[Piece]) -> dict[str, frozenset[str]]:
    """The columns that each sheet has not at all; where two sheets have one name, those that neither has."""
    found: dict[str, frozenset[str]] = {}
    for piece in pieces:
        for sheet in pc.unique(piece.data[SHEET]).to_pylist():
            found[sheet] = found.get(sheet, piece.absent) & piece.absent
    return found


def _pieces(sources: Iterable[Source], scope: Scope, faults: FaultList) -> Iterator[Piece]:
    for source in sources:
        if isinstance(source, Notice):
            faults.add(Fault(source.code, "warning", None, source.name))
            continue
        title = source.title if isinstance(source, Grid) else source.stem
        table = scope.names.table(title)
        if table is None:
            near = {"near": scope.names.nearest_table(title)}
            faults.add(Fault("unknown-sheet", "error", None, source.name, value=title, params=near))
            continue
        if isinstance(source, Grid):
            piece = convert_grid(source, table, scope, faults)
        else:
            piece = convert_parquet(source, table, scope, faults)
        if piece is not None:
            yield settle_names(piece, scope, faults, whole=isinstance(source, Path))


def _sources(path: Path, faults: FaultList, tell: Progress) -> Iterator[Grid | Notice | Path]:
    """Sheets, CSV files as grids, Parquet files by path."""
    if path.is_dir():
        yield from _folder(path, faults, tell)
    elif path.suffix.lower() in WORKBOOKS:
        for sheet in open_workbook(path):
            tell(sheet.name, 0.0)
            yield sheet
    elif path.suffix.lower() in CSVS:
        yield open_csv(path)
    elif path.suffix.lower() in PARQUETS:
        yield path
    else:
        raise BookFileError("file-not-a-book", file=path.name)


def _folder(path: Path, faults: FaultList, tell: Progress) -> Iterator[Grid | Notice | Path]:
    files = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~$")) and p.name != STAMP)
    readable = [
        p for p in files if p.is_file() and p.suffix.lower() in CSVS | PARQUETS and not is_aside(p.stem)
    ]
    if not readable:
        raise BookFileError("folder-empty", file=path.name)
    for file in files:
        if file.is_file() and is_aside(file.stem):
            yield Notice(file.name, "sheet-aside")
        elif file not in readable:
            yield Notice(file.name, "file-not-read")
    for i, file in enumerate(readable):
        tell(file.name, _CHECK_SHARE * i / len(readable))
        if file.suffix.lower() in PARQUETS:
            yield file
            continue
        try:
            yield open_csv(file)
        except BookFileError as error:
            faults.add(Fault(error.code, "error", None, file.name, params=error.params))


# stamps and fingerprints


def _fingerprint(path: Path, good: Mapping[str, pa.Table], scope: Scope, mapped: str) -> str:
    """Content in key order; for a big folder of Parquet the bytes of its files."""
    files = _parquet_files(path)
    if files and sum(held.num_rows for held in good.values()) > CONTENT_ROWS:
        return joined_digest(
            [
                declared_digest(scope.tables, scope.domains),
                *([mapped] if mapped else []),
                *(f"{f.name} {file_digest(f)}" for f in files),
            ]
        )
    return content_fingerprint({n: t for n, t in good.items() if t.num_rows}, scope.tables)


def _parquet_files(path: Path) -> list[Path]:
    """The files of a folder that holds nothing but Parquet; none otherwise."""
    if not path.is_dir():
        return []
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "_")))
    return files if files and all(p.suffix.lower() in PARQUETS for p in files) else []


def _checks_digest(scope: Scope) -> str:
    """What rows are checked against: declarations and checks."""
    checks = (resources.files("daihou.book") / "checks.yaml").read_text("utf-8")
    return joined_digest([declared_digest(scope.tables, scope.domains), checks])


def _state(path: Path, scope: Scope) -> dict[str, object]:
    """What a stamp vouches for: each file's size and digest, and what it was checked against."""
    files = {f.name: [f.stat().st_size, file_digest(f)] for f in _parquet_files(path)}
    return {"format": _STAMP_FORMAT, "against": _checks_digest(scope), "files": files}


def _valid_stamp(path: Path, scope: Scope, day: date | None) -> Mapping[str, Any] | None:
    """The stamp of a folder where it is there and nothing has changed since; else None.

    What was past on the day of the stamp is past on every later day; looked at on an earlier one, the rows are checked anew.
    """
    file = path / STAMP
    if not path.is_dir() or not file.is_file():
        return None
    try:
        stamp = json.loads(file.read_text("utf-8"))
        if (
            not isinstance(stamp, dict)
            or not isinstance(stamp.get("faults"), list)
            or not isinstance(stamp.get("as_is"), list)
        ):
            return None
        if day is not None and (stamp["day"] is None or date.fromisoformat(stamp["day"]) > day):
            return None
        sizes = {name: said[0] for name, said in stamp["files"].items()}
        if sizes != {f.name: f.stat().st_size for f in _parquet_files(path)}:
            return None
        state = _state(path, scope)
        return stamp if all(stamp.get(key) == said for key, said in state.items()) else None
    except (ValueError, OSError, TypeError, KeyError, IndexError, AttributeError):
        return None  # an unreadable stamp vouches for nothing; the rows are checked anew


class NotCleanError(ValueError):
    """A folder that cannot be stamped, for some of its rows have faults."""

    def __init__(self, reading: Reading) -> None:
        """Keep the reading, which says all faults."""
        super().__init__("rows have faults")
        self.reading = reading


def stamp_checked(
    folder: Path,
    *,
    tables: Mapping[str, Table] | None = None,
    domains_of: Mapping[str, tuple[str, ...]] | None = None,
    day: date | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Check a folder of Parquet files and stamp it: until a file changes it is read without row checks.

    ``day``: on which it is looked at, as in ``read_book``; a stamp without one vouches for readings without one.
    Raises NotCleanError where a row has an error, BookFileError where the folder holds other files too.
    """
    if not _parquet_files(folder):
        raise BookFileError("stamp-parquet-only", file=folder.name)
    (folder / STAMP).unlink(missing_ok=True)
    reading = read_book(folder, tables=tables, domains_of=domains_of, day=day, progress=progress)
    if any(fault.severity == "error" for fault in reading.faults):
        raise NotCleanError(reading)
    scope = _scope(tables, domains_of, None)
    stamp = _state(folder, scope) | {
        "day": None if day is None else day.isoformat(),
        "as_is": canonical_files(_files_by_table(folder, scope), scope.tables, scope.domains),
        "fingerprint": reading.book.fingerprint,
        "faults": [_fault_entry(fault) for fault in reading.faults],
    }
    (folder / STAMP).write_text(json.dumps(stamp, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return reading


def _fault_entry(fault: Fault) -> list[object]:
    return [
        fault.code,
        fault.severity,
        fault.table,
        fault.sheet,
        fault.row,
        fault.column,
        fault.value,
        dict(fault.params),
    ]


def _fault_from(entry: list[object]) -> Fault:
    return Fault(*entry)  # type: ignore[arg-type]


def write_parquet(book: Book, folder: Path) -> None:
    """Write the tables with canonical columns headed by identifiers, one Parquet file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in book.tables.items():
        pq.write_table(table.drop_columns(["_sheet", "_row"]), folder / f"{name}.parquet", compression="zstd")

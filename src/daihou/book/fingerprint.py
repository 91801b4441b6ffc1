"""One short text that tells whether two books say the same, whatever files they came from."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.declared import Table

if TYPE_CHECKING:
    from hashlib import blake2b as Hash  # noqa: N812 -- the name of a kind of thing

CONTENT_ROWS = 2_000_000
"""Up to so many rows the content is hashed in key order; above, the bytes of the Parquet files are."""

_DIGEST_BYTES = 20
_BLOCK = 2**22


def content_fingerprint(tables: Mapping[str, pa.Table], declared: Mapping[str, Table]) -> str:
    """blake2b over all rows in key order: table by table, column by column; source positions left out."""
    whole = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name in sorted(tables):
        held = tables[name]
        table = declared[name]
        order = [
            (c, "ascending")
            for c in (*table.key, "recorded", "voided")
            if not pa.types.is_boolean(held[c].type)
        ]
        rows = pc.sort_indices(held.select([c for c, _ in order]), sort_keys=order)
        whole.update(f"{name}:{held.num_rows};".encode())
        for column in table.columns:
            if held[column].null_count < held.num_rows:  # a column left empty is no content
                whole.update(f"{column}={held.schema.field(column).type};".encode())
                _add_column(whole, held[column].take(rows))
    return whole.hexdigest()


def _add_column(whole: "Hash", column: pa.ChunkedArray) -> None:
    """Add the lengths of the values, -1 for none, then their text."""
    text = column.cast(pa.large_string())
    lengths = pc.fill_null(pc.binary_length(text), -1).cast(pa.int64())
    for chunk in lengths.chunks:
        whole.update(memoryview(chunk.buffers()[1])[chunk.offset * 8 : (chunk.offset + len(chunk)) * 8])
    for chunk in pc.drop_null(text).chunks:
        if len(chunk):
            ends = memoryview(chunk.buffers()[1]).cast("q")
            start, end = ends[chunk.offset], ends[chunk.offset + len(chunk)]
            if chunk.buffers()[2] is not None:
                whole.update(memoryview(chunk.buffers()[2])[start:end])


def file_digest(path: Path) -> str:
    """blake2b over the bytes of a file."""
    whole = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole.update(block)
    return whole.hexdigest()


def joined_digest(parts: Iterable[str]) -> str:
    """blake2b over several texts in order."""
    whole = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        whole.update(part.encode())
        whole.update(b"\n")
    return whole.hexdigest()


def declared_digest(tables: Mapping[str, Table], domains: Mapping[str, tuple[str, ...]]) -> str:
    """What the declarations say of tables, columns and values."""
    said = [f"{t.id} {t.key} {[repr(c) for c in t.columns.values()]}" for t in tables.values()]
    return joined_digest([*said, *(f"{name} {values}" for name, values in domains.items())])

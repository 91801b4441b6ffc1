"""What one column of a row tells of another: the hour of a contact is the hour of its time, where nobody wrote it down a second time."""

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.declared import Table
from daihou.book.identifiers import CLOCK_FORM

_HOUR_DIGITS = 2


def hours_filled(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with every empty hour taken from the time of day that its column names (``取自``).

    What is no time of day gives none; an hour that stands there stays, also where the time says another (``hour-differs``).
    """
    for at, column in enumerate(table.columns.values()):
        if column.hour_of is not None and rows[column.id].null_count:
            told = rows[column.hour_of]
            sure = pc.fill_null(
                pc.match_substring_regex(told, f"^(?:{CLOCK_FORM.pattern})$"), fill_value=False
            )
            digits = pc.utf8_slice_codeunits(
                pc.if_else(sure, told, pa.scalar(None, pa.string())), 0, _HOUR_DIGITS
            )
            hours = pc.coalesce(rows[column.id], digits.cast(pa.int64()))
            rows = rows.set_column(at, rows.schema.field(column.id), hours)
    return rows

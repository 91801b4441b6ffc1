# ruff: noqa: S608 -- the SQL is made of declared identifiers; values of users never enter it
"""Books that hold payments but not what each instalment was paid: the payments laid on the plan, and said."""

from collections.abc import Mapping

import pyarrow as pa

from daihou.book.declared import VOIDED, Table
from daihou.book.faults import Fault
from daihou.book.passing import Passing
from daihou.schedule import allocate

ALLOCATED = "payments-allocated"
PLAN, PAYMENTS = "instalment", "repayment"
_PAID = ("paid_amount", "last_paid_day", "paid_off_day")
# Contracts with payments that name no instalment, and a plan that says nothing of what was paid.
_UNSAID = f"""
CREATE TEMP TABLE unsaid AS
WITH paying AS (
    SELECT contract FROM payments WHERE {VOIDED} IS NULL GROUP BY contract HAVING count(instalment) = 0)
SELECT p.contract FROM plan AS p SEMI JOIN paying AS y ON y.contract = p.contract WHERE p.{VOIDED} IS NULL
GROUP BY p.contract HAVING {" AND ".join(f"count(p.{column}) = 0" for column in _PAID)}
"""
_PLANS = f"""
SELECT contract, instalment_no AS number, due_day, due_amount AS due FROM plan SEMI JOIN unsaid USING (contract)
WHERE {VOIDED} IS NULL
"""
_PAYMENTS = f"""
SELECT contract, value_day AS day, amount FROM payments SEMI JOIN unsaid USING (contract) WHERE {VOIDED} IS NULL
"""


def allocated(
    held: Mapping[str, pa.Table], tables: Mapping[str, Table]
) -> tuple[Mapping[str, pa.Table], Fault | None]:
    """The tables with payments laid on the instalments of contracts whose plan says nothing of them.

    Oldest first; a contract of which one instalment carries what was paid, or one payment names its
    instalment, is left as it is. The fault says how many contracts were laid so, None where none was.
    """
    plan, payments = held.get(PLAN), held.get(PAYMENTS)
    if plan is None or payments is None or not plan.num_rows or not payments.num_rows:
        return held, None
    if any(plan[column].null_count == 0 for column in _PAID):
        return held, None
    with Passing() as passing:
        con = passing.connection
        con.register("plan", plan)
        con.register("payments", payments)
        con.execute(_UNSAID)
        (count,) = con.sql("SELECT count(*) FROM unsaid").fetchall()[0]
        if not count:
            return held, None
        found = allocate(con.sql(_PLANS).to_arrow_table(), con.sql(_PAYMENTS).to_arrow_table())
        con.register("laid", found.instalments)
        columns = ", ".join(_replaced(column) for column in tables[PLAN].columns)
        laid = con.sql(
            f"""SELECT {columns}, p._sheet, p._row FROM plan AS p LEFT JOIN laid AS l
            ON l.contract = p.contract AND l.number = p.instalment_no AND p.{VOIDED} IS NULL
            ORDER BY p._sheet, p._row"""
        ).to_arrow_table()
    params = {"count": str(count), "over": str(found.left_over.num_rows)}
    fault = Fault(ALLOCATED, "warning", PLAN, str(plan["_sheet"][0]), params=params)
    return {**held, PLAN: laid.cast(plan.schema)}, fault


def _replaced(column: str) -> str:
    """A column of the plan, from what was laid where the plan is empty."""
    source = dict(zip(_PAID, ("paid", "paid_day", "paid_off_day"), strict=True)).get(column)
    return f'p."{column}"' if source is None else f'coalesce(p."{column}", l.{source}) AS "{column}"'

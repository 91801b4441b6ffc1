"""Payments laid on instalments, oldest first: two running sums and one join, whatever the number of contracts."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

# Instalment n of a contract is paid off on the first day on which the payments reach the sum of the first n; the last payment
# that falls on it is the one that reaches that sum, or the contract's last where none does.
_LAID = """
WITH plan AS (
    SELECT contract, number, due_day, due,
        CAST(sum(due) OVER (PARTITION BY contract ORDER BY due_day, number ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto
    FROM instalments),
days AS (SELECT contract, day, CAST(sum(amount) AS BIGINT) AS amount FROM payments WHERE amount > 0 GROUP BY ALL),
paid AS (
    SELECT contract, day,
        CAST(sum(amount) OVER (PARTITION BY contract ORDER BY day ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto
    FROM days),
totals AS (SELECT contract, max(upto) AS total FROM paid GROUP BY contract),
laid AS (
    SELECT p.contract, p.number, p.due_day, p.due, p.upto, coalesce(t.total, 0) AS total,
        greatest(0, least(p.due, coalesce(t.total, 0) - (p.upto - p.due))) AS paid
    FROM plan AS p LEFT JOIN totals AS t ON t.contract = p.contract)
SELECT l.contract, l.number, l.paid,
    CASE WHEN l.paid > 0 THEN d.day END AS paid_day,
    CASE WHEN l.due = 0 THEN l.due_day WHEN l.paid = l.due THEN d.day END AS paid_off_day
FROM laid AS l ASOF LEFT JOIN paid AS d ON d.contract = l.contract AND d.upto >= least(l.upto, l.total)
ORDER BY l.contract, l.number
"""
_LEFT_OVER = """
SELECT p.contract, CAST(sum(p.amount) AS BIGINT) - coalesce(any_value(i.due), 0) AS amount
FROM payments AS p LEFT JOIN (SELECT contract, CAST(sum(due) AS BIGINT) AS due FROM instalments GROUP BY contract) AS i
ON i.contract = p.contract GROUP BY p.contract
HAVING CAST(sum(p.amount) AS BIGINT) > coalesce(any_value(i.due), 0) ORDER BY 1
"""


@dataclass(frozen=True)
class Allocation:
    """What payments paid.

    ``instalments``: contract, number, paid (fen), paid_day, paid_off_day, by contract and number.
    ``left_over``: contract, amount (fen) of the contracts whose payments exceed their plan.
    """

    instalments: pa.Table
    left_over: pa.Table


def allocate(instalments: pa.Table, payments: pa.Table) -> Allocation:
    """Lay payments on instalments of their contract, those due first before the others.

    ``instalments``: contract (text), number (whole), due_day (date), due (fen, not below zero).
    ``payments``: contract, day (date), amount (fen, not below zero). None of them may be empty.
    """
    con = duckdb.connect(config={"python_enable_replacements": "false"})
    try:
        con.register("instalments", instalments)
        con.register("payments", payments)
        return Allocation(con.sql(_LAID).to_arrow_table(), con.sql(_LEFT_OVER).to_arrow_table())
    finally:
        con.close()

"""The same register with faults of every sort that registers have, so that one can see what the check says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from daihou.book import Table, declared
from daihou.sample.register import Row

MISHEADED = ("contract", "purpose", "资金用途")
"""A column of a table, and what its heading says in place of the declared word."""


def with_faults(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """A copy of the rows with faults in a few of them; what is not named stays as it was."""
    copy: dict[str, list[Row]] = {table: [dict(row) for row in listed] for table, listed in rows.items()}
    _spoil_parties(copy["party"])
    _spoil_contracts(copy["contract"])
    _spoil_plans(copy["instalment"])
    _spoil_vehicles(copy["vehicle"])
    _spoil_inspections(copy["inspection"])
    _spoil_contacts(copy["contact"])
    _spoil_money(copy)
    return copy


def misheaded() -> dict[str, Table]:
    """The declared tables with a heading that no column has."""
    table, column, heading = MISHEADED
    held = declared()[table]
    columns = {**held.columns, column: replace(held.columns[column], word=heading)}
    return {**declared(), table: replace(held, columns=columns)}


def _spoil_parties(rows: list[Row]) -> None:
    last = str(rows[3]["party_no"])
    rows[3]["party_no"] = last[:-1] + ("1" if last[-1] != "1" else "2")  # check digit
    rows[5]["kind"] = "企业法人"  # no such kind
    rows[7]["mobile"] = "1380013"  # too short
    rows[9]["title"] = None  # required
    person = next(row for row in rows if row["kind"] == "individual")
    number = str(person["party_no"])
    person["party_no"] = number[:-1] + ("1" if number[-1] != "1" else "2")  # check digit of a resident number
    rows[13]["party_no"] = None  # without its key
    rows.append(dict(rows[11]))  # twice


def _spoil_contracts(rows: list[Row]) -> None:
    first = rows[2]
    first["amount"] = "约三十万"
    rows[4]["amount"] = -5_000_000
    rows[6]["client"] = "91510100MA0000000X"  # nobody of that number
    rows[8]["disbursed_day"] = "2026-02-30"
    rows[10]["business_line"] = None
    disbursed = rows[12]["disbursed_day"]
    if disbursed is not None:
        rows[12]["maturity_day"] = disbursed - timedelta(days=40)  # type: ignore[operator]
    rows[14]["term_months"] = "一年"
    rows[16]["risk_class"] = 7
    rows[18]["status"] = "在宝"  # 在保, mistyped


def _spoil_plans(rows: list[Row]) -> None:
    rows[1]["due_amount"] = None
    rows[3]["contract"] = "不存在的合同"
    rows[5]["paid_amount"], rows[5]["last_paid_day"], rows[5]["paid_off_day"] = 100, None, None


def _spoil_vehicles(rows: list[Row]) -> None:
    vin = str(rows[0]["vin"])
    rows[0]["vin"] = vin[:8] + ("0" if vin[8] != "0" else "1") + vin[9:]
    rows[1]["plate"] = "川A12"


def _spoil_inspections(rows: list[Row]) -> None:
    rows[0]["inspected_day"] = "去年年底"
    rows[1]["urgent"] = "也许"


def _spoil_contacts(rows: list[Row]) -> None:
    rows[0]["clock_time"] = "25:99"
    promise = next(row for row in rows if row["result"] == "promise_to_pay")
    promise["promised_amount"] = None


def _spoil_money(rows: Mapping[str, list[Row]]) -> None:
    paid = rows["repayment"][2]
    paid["value_day"] += timedelta(days=3660)  # type: ignore[operator]  # ten years late, by a slip of the pen
    counted, compared = rows["cash_count"][0], rows["bank_reconciliation"][0]
    counted["counted_figure"] = None
    compared["month_of"] += timedelta(days=11)  # type: ignore[operator]  # some day of the month for the month

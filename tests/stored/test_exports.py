"""What a list exports is what it shows: names for keys, words for identifiers, money and days as such, numbers hidden."""

import html
import io
import re
from datetime import datetime

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in

from daihou.book import ColumnType, declared
from daihou.ledger.acts import enter
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes
from daihou.registers.sealing import seals
from daihou.screens import lists
from daihou.units import format_yuan

ZHANG = "510000199803180019"
FORMULA = "=HYPERLINK(1)有限公司"
LISTS = (
    "/contracts/", "/contracts/?order=amount&status=active", "/clients/?" + "&".join(f"col={one}" for one in declared()["party"].columns),
    "/registers/contract/?" + "&".join(f"col={one}" for one in declared()["contract"].columns), "/registers/counter_guarantee/",
    "/registers/employee/", "/registers/assignment/", "/registers/branch/", "/registers/warning/", "/registers/inspection/",
)  # fmt: skip


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def audited(tmp_path, its_day):
    """The company, in which one client is called like a formula and one contract has an inspection and a warning; its auditor has an account."""
    taken_in(tmp_path, 主体=SHEETS["主体"].replace("东城食品有限公司", FORMULA))
    client = seals().mark(ZHANG)
    inspection = {
        "visit_no": "V1", "key": "V1/C1/purpose", "contract": "C1", "client": client, "kind": "purpose", "inspected_day": DAY,
        "inspected_by": "甲", "result": "done", "urgent": False, "days_idle": 12, "conclusion": f"本人{ZHANG}在场",
    }  # fmt: skip
    enter("inspection", inspection, by=BY, at=NOW, day=DAY)
    warning = {
        "rule": "S17", "party": client, "occurrence": "1", "contract": "C1", "raised_day": DAY, "level": "severe", "origin": "manual",
        "key": f"S17/{client}/1/severe",
    }  # fmt: skip
    enter("warning", warning, by=BY, at=NOW, day=DAY)
    open_accounts([("己", "己")], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def auditor(audited):
    """The browser of who sees the whole company."""
    return browser_of("己")


def on_screen(browser, address):
    """The cells of a page, row by row."""
    text = browser.get(address).content.decode()
    rows = re.findall(r"<tr data-open=.*?</tr>", text, re.DOTALL)
    return [
        [
            html.unescape(re.sub(r"<[^>]*>", "", one)).strip()
            for one in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


def in_file(browser, address):
    """The cells of a workbook without its head and its sums, row by row."""
    rows = list(sheet_of(browser, address).iter_rows(min_row=2))
    return rows[:-1] if rows and rows[-1][0].value == lists.TOTAL else rows


def sheet_of(browser, address, *, computed: bool = False):
    """The first sheet of a workbook; ``computed``: with what its formulas say instead of them."""
    answer = browser.get(f"{address}{'&' if '?' in address else '?'}as=xlsx")
    return openpyxl.load_workbook(io.BytesIO(answer.content), data_only=computed).worksheets[0]


def shown(cell, column):
    """A cell of a workbook as the page would say it; money, days and numbers must be such, and nothing a formula."""
    if cell.value is None:
        return "—"
    assert cell.data_type != "f", cell.value
    if column.type is ColumnType.FEN:
        assert isinstance(cell.value, int | float), cell.value
        return format_yuan(round(cell.value * 100))
    if column.type in {ColumnType.DATE, ColumnType.HAPPENED}:
        assert isinstance(cell.value, datetime), cell.value
        return cell.value.date().isoformat()
    return str(cell.value)


@pytest.mark.parametrize("address", LISTS)
def test_the_workbook_of_a_list_says_what_its_page_says_cell_by_cell(auditor, address) -> None:
    columns = auditor.get(address).context["list"].columns
    page, file = on_screen(auditor, address), in_file(auditor, address)
    assert page, "there are rows to compare"
    assert [[shown(cell, one) for cell, one in zip(row, columns, strict=True)] for row in file] == page


def test_amounts_are_summed_below_for_what_a_filter_leaves(auditor) -> None:
    address = "/contracts/?order=amount"
    columns = [one.id for one in auditor.get(address).context["list"].columns]
    at = columns.index("amount")
    total, formula = (list(sheet_of(auditor, address, computed=one).rows)[-1] for one in (True, False))
    assert (total[0].value, total[at].value) == ("合计", 1_500_000)
    assert re.fullmatch(r"=SUBTOTAL\(109,[A-Z]2:[A-Z]3\)", formula[at].value)
    assert (
        sheet_of(auditor, "/registers/employee/").max_row == len(in_file(auditor, "/registers/employee/")) + 1
    ), "no amounts, no sums"


def test_a_list_prints_across_the_page_with_its_heads_on_each(auditor) -> None:
    page = sheet_of(auditor, "/contracts/")
    assert (page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (
        "landscape",
        None,
        0,
    )
    assert page.print_title_rows == "$1:$1"


def test_people_and_clients_stand_in_the_workbook_by_their_names_and_numbers_by_their_ends(auditor) -> None:
    said = {cell.value for row in in_file(auditor, "/contracts/") for cell in row}
    assert {"张三", FORMULA, "甲某", "丙某"} <= said
    assert not {"甲", "丙", "•••"} & said
    said = {cell.value for row in in_file(auditor, "/clients/?col=party_no&col=title") for cell in row}
    assert {"*** 0019", "91510000100000000L", FORMULA} <= said
    said = str(
        [cell.value for row in in_file(auditor, "/registers/inspection/?col=conclusion") for cell in row]
    )
    assert ZHANG not in said
    assert "在场" in said


def test_a_workbook_asks_for_names_of_many_rows_together_and_misses_none(auditor, monkeypatch) -> None:
    model = homes()["contract"]
    like = model._default_manager.get(key="C1")
    values = {
        field.attname: getattr(like, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    asked = []
    for number in (5, 45):
        model._default_manager.bulk_create(
            model(**values | {"key": f"C{number}/{at}"}) for at in range(number)
        )
        with CaptureQueriesContext(connection) as queries:
            rows = in_file(auditor, "/contracts/")
        asked.append(len(queries))
    assert len(rows) == 52
    assert asked[0] == asked[1]
    monkeypatch.setattr(lists, "ROWS_SAID", 7)
    again = in_file(auditor, "/contracts/")
    assert [[cell.value for cell in row] for row in again] == [[cell.value for cell in row] for row in rows]

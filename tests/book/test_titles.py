"""Names where keys are asked for: read where one row bears them, refused where several do, and always said."""

import pytest

from daihou.book import read_book

REMOTE = "远大机械"


def told(reading):
    """Code, table, column, value and count of what was found."""
    return [
        (f.code, f.table, f.column, f.value, f.params.get("count") or f.params.get("many"))
        for f in reading.faults
        if f.code in {"read-by-name", "name-of-several", "orphan"}
    ]


def rename(good, *pairs) -> None:
    for table, old, new in pairs:
        for row in good[table][1:]:
            row[:] = [new if cell == old else cell for cell in row]


def test_names_that_one_row_bears_are_read_as_its_key(good, workbook) -> None:
    rename(good, ("合同", "91110000600037341L", REMOTE), ("合同", "B1", "总部"), ("合同", "E1", "王强"))
    reading = read_book(workbook(good))
    contract = reading.book.tables["contract"].to_pylist()[0]
    assert (contract["client"], contract["branch"], contract["account_manager"]) == (
        "91110000600037341L",
        "B1",
        "E1",
    )
    assert told(reading) == [
        ("read-by-name", "contract", "account_manager", "王强", "1"),
        ("read-by-name", "contract", "branch", "总部", "2"),
        ("read-by-name", "contract", "client", REMOTE, "1"),
    ]
    assert not reading.rows_left_out["contract"]


def test_a_name_that_several_bear_is_refused_with_their_number(good, workbook) -> None:
    good["员工"].append(["E3", "王强", "B1", None])
    rename(good, ("合同", "E1", "王强"))
    reading = read_book(workbook(good))
    assert told(reading) == [("name-of-several", "contract", "account_manager", "王强", "2")]
    assert reading.rows_left_out["contract"] == 1
    (fault,) = [f for f in reading.faults if f.code == "name-of-several"]
    assert "有 2 个“王强”" in fault.reason("zh")


def test_a_name_that_nobody_bears_leads_nowhere_as_a_wrong_number_does(good, workbook) -> None:
    rename(good, ("合同", "E1", "王五"))
    assert told(read_book(workbook(good))) == [("orphan", "contract", "account_manager", "王五", None)]


def test_a_row_that_was_voided_bears_no_name(good, workbook) -> None:
    good["员工"][0].append("作废日")
    good["员工"].append(["E3", "王强", "B1", None, "2026-01-01"])
    rename(good, ("合同", "E1", "王强"))
    assert told(read_book(workbook(good))) == [("read-by-name", "contract", "account_manager", "王强", "1")]


def test_a_key_that_is_somebodys_name_is_a_key(good, workbook) -> None:
    good["员工"].append(["E3", "E2", "B1", None])
    reading = read_book(workbook(good))
    assert told(reading) == []
    assert [row["account_manager"] for row in reading.book.tables["contract"].to_pylist()] == ["E1", "E2"]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        pytest.param({"E9"}, [("read-by-name", "contract", "account_manager", "赵六", "1")], id="one outside the files"),
        pytest.param({"E8", "E9"}, [("name-of-several", "contract", "account_manager", "赵六", "2")], id="several there"),
        pytest.param(set(), [("orphan", "contract", "account_manager", "赵六", None)], id="none there"),
    ],
)  # fmt: skip
def test_names_are_looked_up_where_the_files_are_read_into(good, workbook, keys, found) -> None:
    rename(good, ("合同", "E1", "赵六"))
    asked = []

    def titled(table, names):
        asked.append((table, list(names)))
        return {"赵六": keys} if keys else {}

    reading = read_book(
        workbook(good), elsewhere=lambda _table, names: {n for n in names if n in keys}, titled=titled
    )
    assert told(reading) == found
    assert asked == [("employee", ["赵六"])]


def test_one_in_the_files_and_one_outside_are_two(good, workbook) -> None:
    rename(good, ("合同", "E1", "王强"))
    path = workbook(good)
    for keys, code in (({"E7"}, "name-of-several"), ({"E1"}, "read-by-name")):
        reading = read_book(path, elsewhere=lambda *_: (), titled=lambda *_, keys=keys: {"王强": keys})
        assert [line[0] for line in told(reading)] == [code]


def test_files_that_we_write_hold_keys(good, workbook, tmp_path) -> None:
    """Of twenty million references none is asked for its name."""
    from daihou.book import write_parquet

    write_parquet(read_book(workbook(good)).book, tmp_path / "own")
    asked = []
    reading = read_book(tmp_path / "own", titled=lambda *question: asked.append(question) or {})
    assert (asked, reading.faults) == ([], read_book(tmp_path / "own").faults)

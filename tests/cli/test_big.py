"""Big registers: a folder of Parquet files stamped as checked, results in a folder."""

import pyarrow.parquet as pq
import pytest

from daihou.book import write_parquet


@pytest.fixture
def folder(register, tmp_path):
    write_parquet(register, tmp_path / "register")
    return tmp_path / "register"


def test_a_clean_folder_is_stamped_and_then_read_without_row_checks(daihou, folder) -> None:
    ran = daihou("check", folder, "--stamp")
    assert ran.code == 0
    assert "已盖“已检查”章" in ran.out
    assert (folder / "_checked.json").is_file()


def test_a_folder_with_an_error_is_not_stamped(daihou, folder) -> None:
    file = folder / "contract.parquet"
    held = pq.read_table(file)
    pq.write_table(held.slice(0, held.num_rows - 1), file)  # its instalments refer to nothing now
    ran = daihou("check", folder, "--stamp")
    assert ran.code == 1
    assert "没有盖章" in ran.out
    assert not (folder / "_checked.json").exists()


def test_results_go_into_a_folder_one_file_per_table(daihou, folder, tmp_path) -> None:
    ran = daihou("derive", folder, "--as-of", "2026-11-23", "--out", tmp_path / "results")
    assert ran.code == 0
    names = {file.stem for file in (tmp_path / "results").iterdir()}
    assert names == {
        "duties",
        "assignments",
        "escalations",
        "warnings",
        "grades",
        "gates",
        "gaps",
        "gap_assignments",
    }
    duties = pq.read_table(tmp_path / "results" / "duties.parquet").num_rows
    assert duties > 0
    assert f"任务 {duties:,} 条" in ran.out

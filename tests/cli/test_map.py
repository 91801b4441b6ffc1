"""--map: files of other headings read by a mapping, shipped or of one's own; wrong mappings refused by file and line."""

import json
import re
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from daihou.book import shipped_maps

DAY = "2020-07-05"
LENDERS = 15
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="session")
def loans(tmp_path_factory):
    """Sixteen loans headed in English, of fifteen lenders; the last of nothing at all."""
    lenders = [f"Bank {i:02}" for i in range(1, LENDERS + 1)]
    rows = {
        "LoanAmount": [1000.5 * i for i in range(1, LENDERS + 1)] + [0.0],
        "City": ["HAGATNA"] * (LENDERS + 1),
        "State": ["GU"] * (LENDERS + 1),
        "NAICSCode": ["722511"] * (LENDERS + 1),
        "BusinessType": ["Corporation"] * (LENDERS + 1),
        "DateApproved": [date(2020, 6, 1)] * (LENDERS + 1),
        "Lender": [*lenders, lenders[0]],
    }
    folder = tmp_path_factory.mktemp("loans")
    pq.write_table(pa.table(rows), folder / "ppp_small.parquet")
    return folder


@pytest.fixture
def derive(daihou, loans):
    def run(*more: object, by: object = "sba_ppp"):
        return daihou("derive", loans, "--map", by, "--rulebook", "guarantee", "--as-of", DAY, *more)

    return run


def test_check_tells_what_the_mapping_made_and_each_dirty_row_under_its_reason(daihou, loans) -> None:
    ended = daihou("check", loans, "--map", "sba_ppp", width=80)
    assert ended.code == 1
    assert re.search(rf"合同 +{LENDERS + 1} +{LENDERS} +1\n", ended.out)
    assert re.search(
        r"错误 1 处 · 贷款额不大于零。.*\n.*\nppp_small\.parquet +16 +LoanAmount +0\.00", ended.out
    )
    assert "--map sba_ppp --marked" in ended.out
    english = daihou("check", loans, "--map", "sba_ppp", "--lang", "en", width=80).out
    assert re.search(rf"Contract +{LENDERS + 1} +{LENDERS} +1\n", english)
    assert "The amount of the loan is not above zero" in english
    document = json.loads(daihou("check", loans, "--map", "sba_ppp", "--json").out)
    assert document["rows_left_out"]["contract"] == 1


def test_the_day_is_derived_from_foreign_files(derive) -> None:
    document = json.loads(derive("--json").out)
    checks = [row["object"] for row in document["duties"] if row["rule"] == "fund-use-check"]
    assert sorted(checks) == sorted(f"PPP-{i}" for i in range(1, LENDERS + 1))
    assert document["rows_left_out"] == {"contract": 1, "party": 1}
    assert derive("--strict").code == 1


def test_explain_takes_a_mapping_too_and_names_the_row_of_the_foreign_file(daihou, loans) -> None:
    ended = daihou("explain", loans, "fund-use-check", "PPP-7", "--map", "sba_ppp", "--as-of", DAY)
    assert ended.code == 0
    assert "ppp_small.parquet" in ended.out
    assert "2020-06-11" in ended.out  # ten days after it was granted


def test_a_shipped_mapping_can_be_saved_and_used_as_one_s_own(daihou, derive, tmp_path) -> None:
    mine = tmp_path / "mine.yaml"
    shown = daihou("map", "show", "sba_ppp")
    assert shown.code == 0
    mine.write_text(shown.out.replace("映射: sba_ppp", "映射: mine"), "utf-8")
    assert daihou("map", "check", mine).code == 0
    assert (
        json.loads(derive("--json", by=mine).out)["duties"]
        == json.loads(derive("--json", by="sba_ppp").out)["duties"]
    )


def test_a_wrong_mapping_is_refused_whole_by_file_and_line_before_the_register_is_read(
    daihou, loans, tmp_path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = shipped_maps()["sba_ppp"].read_text("utf-8")
    lines = text.replace("      LoanAmount: 金额", "      LoanAmount: 钱").replace("- 表: 合同", "- 表: 合约")
    wrong.write_text(lines, "utf-8")
    places = [
        i for i, row in enumerate(lines.splitlines(), 1) if "LoanAmount: 钱" in row or "表: 合约" in row
    ]
    assert len(places) == 2
    for lang, kind in (("zh", "没有“钱”这种型"), ("en", 'no kind "钱"')):
        for command in (
            ("check", loans, "--map", wrong),
            ("derive", loans, "--map", wrong, "--as-of", DAY),
            ("explain", loans, "fund-use-check", "PPP-7", "--map", wrong, "--as-of", DAY),
            ("map", "check", wrong),
            ("map", "show", wrong),
        ):
            ended = daihou(*command, "--lang", lang)
            assert ended.code == 4, command
            assert all(f"wrong.yaml:{place} " in ended.err for place in places), ended.err
            assert kind in ended.err
            assert "…" not in ended.err  # nothing long was begun
            assert ended.out == ""


@pytest.mark.parametrize(
    ("name", "said"), [("sba_pp", "是不是“sba_ppp”？"), ("没有.yaml", "随附的有：auto_ally")]
)
def test_a_mapping_that_is_not_there_ends_with_2_and_the_shipped_ones_are_told(
    daihou, loans, name, said
) -> None:
    ended = daihou("check", loans, "--map", name)
    assert ended.code == 2
    assert said in ended.err


def test_a_mapping_that_fits_no_file_of_the_folder_ends_with_3_and_says_what_it_wants(daihou, loans) -> None:
    ended = daihou("check", loans, "--map", "auto_ally")
    assert ended.code == 3
    assert "loans.parquet" in ended.err


def test_foreign_files_without_a_mapping_are_told_of_it(daihou, loans) -> None:
    ended = daihou("check", loans)
    assert ended.code == 1
    assert "--map" in ended.out
    assert "--marked" not in ended.out


def test_the_shipped_mappings_are_listed_in_both_languages(daihou) -> None:
    listed = daihou("map", "list")
    assert listed.code == 0
    assert all(f"{name}\n" in listed.out for name in shipped_maps())
    assert not CHINESE.search(daihou("map", "list", "--lang", "en").out)
    document = json.loads(daihou("map", "list", "--json").out)
    assert [one["name"] for one in document] == list(shipped_maps())
    assert all({"contract", "party"} <= set(one["tables"]) for one in document)


def test_of_more_than_twelve_people_of_a_post_the_rest_are_counted_and_all_are_listed_when_asked(
    derive,
) -> None:
    out, every = derive().out, derive("--all").out
    people = re.findall(r"^客户经理 · (Bank \d\d)$", out, re.MULTILINE)
    assert len(people) == 12
    rest = re.search(r"客户经理 +其余 (\d+) 人 +(\d+)", out)
    assert rest is not None
    assert int(rest[1]) + len(people) == LENDERS
    assert len(re.findall(r"^客户经理 · (Bank \d\d)$", every, re.MULTILINE)) == LENDERS
    assert "其余" not in every

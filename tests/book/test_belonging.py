"""Whom a contact is about is on its contract: told by the files themselves, or by the registers that they are read into."""

import pytest

from daihou.book import TellingRows, read_book

FIRM, PERSON, OTHER = "91110000600037341L", "360426199101010071", "51000019860709002X"
HEADS = ["联络号", "主体", "合同", "日期", "方式", "事由", "结果"]
SURETY = [["合同", "反担保人", "方式", "自", "作废日"], ["HT1", OTHER, "保证", "2026-01-10", None]]
PLEDGE = [["押品号", "合同", "种类", "权属人"], ["YP1", "HT1", "机器设备", OTHER]]


@pytest.fixture
def called(good, workbook):
    """What is found of calls about a contract, with more sheets and hooks."""

    def found(*calls, paired=None, elsewhere=None, **sheets):
        good["主体"].append([OTHER, "李四", "个人", "否"])
        good["联络"] = [
            HEADS,
            *([f"T{n}", *call, "2026-11-02", "电话", "催收", "接通"] for n, call in enumerate(calls)),
        ]
        reading = read_book(workbook({**good, **sheets}), paired=paired, elsewhere=elsewhere)
        assert reading.rows_read["contact"] == len(calls), [one.reason("en") for one in reading.faults]
        return reading, [
            (one.row, one.column, one.code, one.params.get("other_value"))
            for one in reading.faults
            if one.severity == "error"
        ]

    return found


def test_who_is_not_on_the_contract_is_left_out_with_the_reason_beside_his_name(called) -> None:
    reading, found = called((FIRM, "HT1"), (PERSON, "HT1"), (PERSON, "HT2"), (PERSON, None))
    assert found == [(3, "party", "party-off-contract", "HT1")]
    assert reading.rows_left_out["contact"] == 1
    (fault,) = [one for one in reading.faults if one.code == "party-off-contract"]
    assert (
        fault.reason("zh") == f"“主体”{PERSON} 不在“合同”HT1 上：不是它的客户、反担保人，也不是押品权属人。"
    )
    assert "“对方身份”选第三人" in fault.remedy("zh")


@pytest.mark.parametrize(
    "sheets", [{"反担保": SURETY}, {"押品": PLEDGE}], ids=["a surety", "an owner of collateral"]
)
def test_who_answers_for_the_contract_is_on_it(called, sheets) -> None:
    assert called((OTHER, "HT1"), **sheets)[1] == []


def test_a_surety_of_another_contract_or_one_that_was_taken_out_is_not_on_it(called) -> None:
    gone = [SURETY[0], [*SURETY[1][:-1], "2026-10-01"]]
    assert [row for row, *_ in called((OTHER, "HT1"), (OTHER, "HT2"), 反担保=gone)[1]] == [2, 3]


def test_what_the_registers_tell_counts_but_for_a_contract_that_the_file_has_itself(called, good) -> None:
    asked = []

    def paired(way, pairs):
        asked.append((way, sorted(pairs)))
        return [(by, value) for by, value in pairs if way.table == "counter_guarantee" and by == "HT1"]

    _, found = called((OTHER, "HT1"), (OTHER, "HT2"), paired=paired, elsewhere=lambda *_: ())
    assert [(row, code) for row, _column, code, _other in found] == [(3, "party-off-contract")]
    assert asked == [
        (TellingRows("counter_guarantee", "contract", "counter_guarantor"), [("HT1", OTHER), ("HT2", OTHER)]),
        (TellingRows("collateral", "contract", "owner_party"), [("HT2", OTHER)]),
    ], "the file says of both contracts whose they are"


def test_a_row_that_is_wrong_otherwise_is_told_that_alone(called) -> None:
    assert [code for _row, _column, code, *_ in called((PERSON, "HT9"))[1]] == ["orphan"]

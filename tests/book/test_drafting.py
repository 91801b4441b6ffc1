"""A mapping drafted from headings: what banks write is guessed, and the text that comes of it is a mapping that reads the file."""

from datetime import date

import pytest

from daihou.book import (
    Draft,
    Recognised,
    declared,
    drafted,
    guessed,
    layouts,
    numbered_by,
    read_book,
    read_map,
    targets,
)

LIST = declared()["overdue_list"]
PAYMENTS = declared()["repayment"]


def layout_of(tmp_path, text, name="名单.csv"):
    file = tmp_path / name
    file.write_text(text, "utf-8")
    (found,) = layouts(file)
    return file, found


@pytest.mark.parametrize(
    ("table", "headings", "expected"),
    [
        (
            LIST,
            "序号,借据号,客户名称,证件号码,贷款金额(万元),数据日期,逾期本金（元）,逾期利息,逾期期数,五级分类,客户经理",
            {
                "借据号": "合同:主合同号", "客户名称": "合同:客户.名称", "证件号码": "合同:客户", "贷款金额(万元)": "合同:金额", "数据日期": "名单日",
                "逾期本金（元）": "逾期本金", "逾期利息": "逾期利息", "逾期期数": "连续逾期期数", "五级分类": "银行五级",
            },
        ),
        (LIST, "合同编号,借款人,欠本金,欠息", {"合同编号": "合同:主合同号", "借款人": "合同:客户.名称", "欠本金": "逾期本金", "欠息": "逾期利息"}),
        (
            PAYMENTS,
            "交易流水号,贷款账号,户名,扣款日期,实还金额,归还本金,归还利息,期数",
            {
                "交易流水号": "流水号", "贷款账号": "合同:主合同号", "户名": "合同:客户.名称", "扣款日期": "起息日", "实还金额": "金额",
                "归还本金": "本金", "归还利息": "利息", "期数": "期供:期次",
            },
        ),
        (LIST, "借据号,逾期金额", {"借据号": "合同:主合同号"}),
        (LIST, "甲,乙,丙", {}),
    ],
)  # fmt: skip
def test_headings_of_banks_are_guessed(tmp_path, table, headings, expected) -> None:
    _, layout = layout_of(tmp_path, headings + "\n" + ",".join("1" for _ in headings.split(",")) + "\n")
    assert guessed(layout, table) == expected


def test_the_headings_are_found_below_a_title(tmp_path) -> None:
    _, layout = layout_of(
        tmp_path, "东城银行逾期名单,,\n截至2026-10-31,,\n借据号,姓名,欠本\n1,张三,5\n2,李四,6\n"
    )
    assert (layout.headings, layout.samples) == (
        ("借据号", "姓名", "欠本"),
        (("1", "2"), ("张三", "李四"), ("5", "6")),
    )


def test_a_draft_reads_the_file_it_was_made_from(tmp_path) -> None:
    file, layout = layout_of(tmp_path, "名单\n借据号,逾期本金（元）,贷款额,欠息\nJK1,1.5,2,300\n")
    chosen = {
        "借据号": "合同:主合同号",
        "逾期本金（元）": "逾期本金",
        "贷款额": "合同:金额",
        "欠息": "逾期利息",
    }
    text = drafted(Draft("东城", "试", LIST, layout.sheet, chosen, unit="万元", file_day="名单日"))
    kept = tmp_path / "东城.yaml"
    kept.write_text(text, "utf-8")
    mapping = read_map(kept)
    assert (mapping.needs_day, mapping.recognises) == (True, True)
    asked = []

    def recognise(table, column, ways, wanted):
        asked.extend((table, column.id, [way.sure for way in ways], [one.said for one in wanted]))
        return [Recognised("sure", "C1") for _ in wanted]

    from dataclasses import replace

    reading = read_book(
        file,
        mapping=replace(mapping, day=date(2026, 10, 31)),
        elsewhere=lambda _, keys: set(keys),
        recognise=recognise,
    )
    assert [fault.reason("zh") for fault in reading.faults] == []
    (row,) = reading.book.tables["overdue_list"].to_pylist()
    assert (row["contract"], row["list_day"], row["overdue_principal"]) == (
        "C1",
        date(2026, 10, 31),
        1_500_000,
    )
    assert asked == ["overdue_list", "contract", [True], [(("JK1",),)]]


def test_every_target_of_every_table_gives_a_mapping_that_stands(tmp_path) -> None:
    """One heading for each target of a table: what the page can offer, the reader must take."""
    for table in declared().values():
        known = targets(table)
        chosen = {f"列{i}": target.id for i, target in enumerate(known)}
        file = tmp_path / f"{table.id}.yaml"
        file.write_text(drafted(Draft("试", "试", table, "表(1)", chosen)), "utf-8")
        mapping = read_map(file)
        (feed,) = mapping.feeds
        assert set(feed.values) == {target.column.id for target in known}


def test_payments_without_a_number_are_numbered_by_contract_day_and_amount(tmp_path) -> None:
    """A running number begins anew every month, so it is no number of a payment."""
    text = "序号,借据号,扣款日期,实还金额\n1,JK1,2026-11-20,1000.50\n2,JK2,2026-11-20,1000.50\n1,JK1,2026-12-20,1000.50\n"
    file, layout = layout_of(tmp_path, text)
    chosen = {"借据号": "合同:主合同号", "扣款日期": "起息日", "实还金额": "金额"}
    written = drafted(Draft("付款", "试", PAYMENTS, layout.sheet, chosen))
    (tmp_path / "付款.yaml").write_text(written, "utf-8")
    found = read_book(
        file, mapping=read_map(tmp_path / "付款.yaml"), elsewhere=lambda _, keys: set(keys),
        recognise=lambda _table, _column, _ways, wanted: [Recognised("sure", "C1") for _ in wanted],
    )  # fmt: skip
    numbers = found.book.tables["repayment"]["transaction_no"].to_pylist()
    assert numbers == ["JK1-2026-11-20-100050", "JK2-2026-11-20-100050", "JK1-2026-12-20-100050"]


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        (["合同", "起息日", "金额"], ("合同", "起息日", "金额")),
        (["合同", "金额"], ()),
    ],
)
def test_a_number_is_made_only_of_all_its_parts(told, parts) -> None:
    assert (numbered_by(PAYMENTS, told), numbered_by(LIST, told)) == (parts, ())

"""Mappings: what each notation makes of a foreign file, and how each mistake is refused by file and line."""

from datetime import date
from decimal import Decimal

import pytest

from daihou.book import BookFileError, MapRefusedError, read_book, read_map, shipped_maps

D = date
HEAD = """映射: mine
义: 试
来源:
  贷款:
    文件: "loans.csv"
    列:
      no: 文本
      lent: {型: 金额, 单位: 万元}
      share: 金额
      months: 整数
      rate: 小数
      day: {型: 日期, 记: [ISO, M/D/YYYY, D-Mon-YY], 世纪自: 1960}
      month: {型: 日期, 记: MM/YYYY, 日: 月末}
      paid: 是否
    不取:
    - {当: lent < 0元, 因: 金额小于零, 英: Below zero, 见: lent}
    - {当: months > 360, 因: 期限太长, 见: months, 重: 疑}
  还款:
    文件: "pay.csv"
    列: {no: 文本, t: 整数, on: 日期, sum: 金额}
    接: {贷款: [no]}
    次序: {分组: no, 按: t}
"""
ROWS = """表:
- 表: 机构
  行:
  - {机构号: B1, 名称: 总部, 公司: C1, 有库: 否}
- 表: 公司
  行:
  - {公司号: C1, 名称: 担保公司, 类型: 融资担保公司, 自: 2015-01-01}
"""
LOANS = """no,lent,share,months,rate,day,month,paid
A,1.5,5000,12,0.0435,2/28/1997,02/1998,是
B,2,3333.33,24,0.05,10-Jun-11,06/2013,否
C,-1,0,6,0,1997-02-28,08/1997,是
D,3,1,361,0.1,31-Dec-59,01/2060,否
"""
PAYS = """no,t,on,sum
A,1,1997-03-31,100
A,2,1997-04-30,50.5
B,1,2011-07-31,7
"""


@pytest.fixture
def mapped(tmp_path):
    """Reads two small files by a mapping that puts one expression, of one loan each, into a text column of 机构."""
    (tmp_path / "loans.csv").write_text(LOANS, "utf-8")
    (tmp_path / "pay.csv").write_text(PAYS, "utf-8")

    def read(text: str):
        file = tmp_path / "mine.yaml"
        file.write_text(text, "utf-8")
        (folder := tmp_path / "data").mkdir(exist_ok=True)
        for name in ("loans.csv", "pay.csv"):
            (folder / name).write_bytes((tmp_path / name).read_bytes())
        return read_book(folder, mapping=read_map(file))

    return read


def fed(expression: str, column: str) -> str:
    """A mapping that fills one column of 机构 with an expression over the loans."""
    return f"""{HEAD}{ROWS}- 表: 机构
  来源: 贷款
  列:
    机构号: no
    名称: no
    公司: {{定: C1}}
    有库: {{定: 否}}
    {column}: {expression}
"""


@pytest.mark.parametrize(
    ("expression", "column", "identifier", "values"),
    [
        ("lent", "现金限额", "cash_limit", [1_500_000, 2_000_000, 3_000_000]),  # 万元
        ("share", "现金限额", "cash_limit", [500_000, 333_333, 100]),  # 元
        ("份额(lent, 1, 3)", "现金限额", "cash_limit", [500_000, 666_667, 1_000_000]),
        ("份额(share, share, lent)", "现金限额", "cash_limit", [166_667, 55_555, 0]),
        ("取小(lent, share + 100元)", "现金限额", "cash_limit", [510_000, 343_333, 10_100]),
        ("lent - share * 2", "现金限额", "cash_limit", [500_000, 1_333_334, 2_999_800]),
        ("合计(还款.sum)", "现金限额", "cash_limit", [15_050, 700, 0]),
        ("合计(还款.sum, t > 1)", "现金限额", "cash_limit", [5_050, 0, 0]),
        ("day", "设立日", "founded_day", [D(1997, 2, 28), D(2011, 6, 10), D(2059, 12, 31)]),
        ("month", "设立日", "founded_day", [D(1998, 2, 28), D(2013, 6, 30), D(2060, 1, 31)]),
        ("加月(day, 12)", "设立日", "founded_day", [D(1998, 2, 28), D(2012, 6, 10), D(2060, 12, 31)]),
        ("加天(day, -1)", "设立日", "founded_day", [D(1997, 2, 27), D(2011, 6, 9), D(2059, 12, 30)]),
        ("月初(day)", "设立日", "founded_day", [D(1997, 2, 1), D(2011, 6, 1), D(2059, 12, 1)]),
        ("较早(day, DATE '2000-01-01')", "设立日", "founded_day", [D(1997, 2, 28), D(2000, 1, 1), D(2000, 1, 1)]),
        ("最晚(还款.on)", "设立日", "founded_day", [D(1997, 4, 30), D(2011, 7, 31), None]),
        ("最早(还款.on, t = 2)", "设立日", "founded_day", [D(1997, 4, 30), None, None]),
        ("no || '-' || months", "地址", "address", ["A-12", "B-24", "D-361"]),
        ("前几位(文本(day), 4)", "地址", "address", ["1997", "2011", "2059"]),
        ("CASE WHEN paid THEN '清' ELSE '欠' END", "地址", "address", ["清", "欠", "欠"]),
        ("文本(计数(还款))", "地址", "address", ["2", "1", "0"]),
        ("文本(相差天(day, 加月(day, 1)))", "地址", "address", ["28", "30", "31"]),
        ("{取: no, 译: {A: 甲}, 其他: 他}", "地址", "address", ["甲", "他", "他"]),
    ],
)  # fmt: skip
def test_an_expression_makes_of_each_row_what_it_says(mapped, expression, column, identifier, values) -> None:
    quoted = expression if expression.startswith("{") else f'"{expression}"'
    found = mapped(fed(quoted, column))
    branches = found.book.tables["branch"].to_pylist()
    assert {row["branch_no"]: row[identifier] for row in branches if row["branch_no"] != "B1"} == dict(
        zip("ABD", values, strict=True)
    )


def test_a_row_refused_is_said_with_its_reason_and_amount_a_doubted_one_stays(mapped) -> None:
    found = mapped(fed("lent", "现金限额"))
    said = [(f.code, f.severity, f.sheet, f.row, f.value, f.reason("en")) for f in found.faults]
    assert ("map-refused", "error", "loans.csv", 4, "-10000.00", "Below zero") in said
    assert ("map-doubted", "warning", "loans.csv", 5, "361", "期限太长") in said
    assert found.rows_left_out["branch"] == 1


def test_shares_of_a_hundred_have_six_decimals(mapped) -> None:
    text = fed("lent", "现金限额").replace("- 表: 机构\n  来源", "- 表: 合同\n  来源")
    with pytest.raises(MapRefusedError) as refused:
        mapped(text)
    assert {fault.code for fault in refused.value.faults} >= {"map-unknown-column", "map-required"}
    contract = f"""{HEAD}{ROWS}- 表: 合同
  来源: 贷款
  列:
    合同号: no
    客户: no
    机构: {{定: B1}}
    客户经理: {{定: E1}}
    业务线: {{定: 担保}}
    产品: {{定: 贷款担保}}
    品种: {{定: 流动资金贷款}}
    金额: lent
    期限月: months
    放款日: day
    到期日: month
    状态: {{取: "CASE WHEN paid THEN 'x' ELSE 'y' END", 译: {{x: 解保, y: 在保}}}}
    银行分险比例: 百分比(share, lent)
    董事会批准: {{定: 否}}
    展期次数: {{定: "0"}}
- 表: 员工
  行: [{{工号: E1, 姓名: 王强, 机构: B1}}]
- 表: 主体
  来源: 贷款
  列:
    证件号: {{取: no, 外号: 是}}
    名称: no
    种类: {{定: 个人}}
    国有: {{定: 否}}
"""
    found = mapped(contract)
    rows = {row["contract_no"]: row for row in found.book.tables["contract"].to_pylist()}
    assert rows["A"]["bank_share"] == Decimal("33.333333")
    assert rows["B"]["bank_share"] == Decimal("16.66665")
    assert [rows[key]["status"] for key in "AB"] == ["released", "in_guarantee"]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("义: 试", "意: 试", "map-unknown-key"),
        ("      no: 文本", "      no: 字", "map-unknown-kind"),
        ("单位: 万元", "单位: 美元", "map-unit"),
        ("世纪自: 1960", "世纪自: 60", "map-century"),
        ("记: MM/YYYY, 日: 月末", "记: MM/YYYY", "map-month-day"),
        ("记: MM/YYYY, 日: 月末", "记: MM/YYYY, 日: 月中", "map-month-day"),
        ("D-Mon-YY]", "Mon-YY]", "map-month-day"),
        ("D-Mon-YY]", "QQ]", "map-notation"),
        ("当: lent < 0元", "当: lent < 0", "map-operands"),
        ("当: lent < 0元", "当: lent", "map-kind"),
        ("当: lent < 0元", "当: 'lent <'", "map-expression"),
        ("当: lent < 0元", "当: lend < 0元", "map-unknown-name"),
        ("当: lent < 0元", "当: 任意(lent) < 0元", "map-unknown-function"),
        ("当: lent < 0元", "当: lent / 2 < 0元", "map-not-allowed"),
        ("当: lent < 0元", "当: EXISTS (SELECT 1)", "map-not-allowed"),
        ("当: lent < 0元", '当: "份额(lent, 1) < 0元"', "map-arguments"),
        ("当: lent < 0元", "当: 前期(lent) < 0元", "map-no-order"),
        ("当: lent < 0元", "当: 单.lent < 0元", "map-no-way"),
        ("当: lent < 0元", "当: 计数(贷款) > 0", "map-no-way-down"),
        ("见: lent}", "见: lend}", "map-unknown-name"),
        ("重: 疑", "重: 轻", "map-weight"),
        ("接: {贷款: [no]}", "接: {贷: [no]}", "map-unknown-file"),
        ("接: {贷款: [no]}", "接: {贷款: [nr]}", "map-unknown-name"),
        ("次序: {分组: no, 按: t}", "次序: {分组: no, 按: u}", "map-unknown-name"),
        ("次序: {分组: no, 按: t}", "次序: {分组: no}", "map-key-missing"),
        ("- 表: 公司\n", "- 表: 公私\n", "map-unknown-table"),
        ("公司号: C1", "公司的号: C1", "map-unknown-column"),
        ("类型: 融资担保公司, ", "", "map-required"),
        ("类型: 融资担保公司", "类型: 银行", "unknown-value"),
        ("- 表: 公司\n  行:", "- 表: 公司\n  来源: 贷款\n  行:", "map-two-ways"),
        ('文件: "pay.csv"', "文件:", "map-key-missing"),
        ("映射: mine", "映射: mine\n映射: mine", "map-key-twice"),
        ("映射: mine", "映射: [", "map-bad-yaml"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_by_file_and_line_with_reason_and_remedy_in_both_languages(
    tmp_path, right, wrong, code
) -> None:
    text = HEAD + ROWS
    assert text.count(right) == 1
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(right, wrong), "utf-8")
    with pytest.raises(MapRefusedError) as refused:
        read_map(file)
    fault = next(f for f in refused.value.faults if f.code == code)
    assert fault.sheet == "mine.yaml"
    place = text[: text.index(right)].count("\n") + 1
    assert fault.row is not None
    assert abs(fault.row - place) <= wrong.count("\n") + 1 or code in {"map-no-order", "map-bad-yaml"}
    for lang in ("zh", "en"):
        assert fault.reason(lang)
        assert fault.remedy(lang)
        assert "{" not in fault.reason(lang) + fault.remedy(lang).replace("{分组: […], 按: …}", "")


def test_rows_that_cannot_be_told_apart_or_decided_are_refused(mapped, tmp_path) -> None:
    (tmp_path / "loans.csv").write_text(LOANS + "A,1,1,1,1,1997-01-01,01/1998,是\n", "utf-8")
    found = mapped(fed("合计(还款.sum)", "现金限额"))
    twice = [fault.row for fault in found.faults if fault.code == "map-join-twice"]
    assert twice == [2, 6]
    (tmp_path / "loans.csv").write_text(LOANS.replace("B,2,", "B,,"), "utf-8")
    found = mapped(
        fed("share", "现金限额").replace("  来源: 贷款\n  列:", "  来源: 贷款\n  条件: lent > 1元\n  列:")
    )
    assert [(f.code, f.row) for f in found.faults if f.code == "map-undecided"] == [("map-undecided", 3)]


def test_files_and_columns_that_are_not_there_are_said(mapped, tmp_path) -> None:
    (tmp_path / "loans.csv").write_text(LOANS.replace("months", "term"), "utf-8")
    found = mapped(fed("lent", "现金限额"))
    (fault,) = [f for f in found.faults if f.code == "map-column-absent"]
    assert (fault.sheet, fault.column) == ("loans.csv", "months")
    (tmp_path / "loans.csv").write_text(LOANS.replace("2/28/1997", "28.2.1997"), "utf-8")
    found = mapped(fed("lent", "现金限额"))
    (fault,) = [f for f in found.faults if f.code == "map-date"]
    assert (fault.row, fault.value) == (2, "28.2.1997")
    assert "D-Mon-YY" in fault.reason("en")
    (folder := tmp_path / "empty").mkdir()
    (folder / "x.csv").write_text("a\n1\n", "utf-8")
    with pytest.raises(BookFileError) as nothing:
        read_book(folder, mapping=read_map(tmp_path / "mine.yaml"))
    assert nothing.value.code == "map-nothing-found"


@pytest.mark.parametrize("name", list(shipped_maps()))
def test_every_shipped_mapping_can_be_read_and_says_what_it_assumes_in_both_languages(name) -> None:
    found = read_map(shipped_maps()[name])
    assert found.id == name
    assert found.meaning["zh"] != found.meaning["en"]


def test_the_example_of_the_manual_page_is_a_mapping_that_does_what_the_page_says(
    tmp_path, repo_root
) -> None:
    page = (repo_root / "docs" / "manual" / "map-a-foreign-book.zh.md").read_text("utf-8")
    (tmp_path / "bank.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], "utf-8")
    (folder := tmp_path / "data").mkdir()
    (folder / "loans-2026.csv").write_text(
        "loan_no,borrower,amount,charged_off,guaranteed,granted,out_date,ends,status\n"
        "L1,甲厂,10,0,75000,100000,2/28/2026,02/2027,OPEN\n"
        "L2,乙厂,10,1000.01,50000,100000,28-Feb-26,02/2027,CHGOFF\n"
        "L3,丙厂,10,0,50000,100000,,02/2027,OPEN\n",
        "utf-8",
    )
    found = read_book(folder, mapping=read_map(tmp_path / "bank.yaml"))
    contracts = found.book.tables["contract"].to_pylist()
    assert [(row["contract_no"], row["amount"], row["bank_share"]) for row in contracts] == [
        ("L1", 10_000_000, 25),
        ("L2", 10_000_000, 50),
    ]
    assert {row["disbursed_day"] for row in contracts} == {D(2026, 2, 28)}
    assert {row["maturity_day"] for row in contracts} == {D(2027, 2, 28)}
    assert found.book.tables["compensation"]["principal"].to_pylist() == [50_001]
    assert [f.row for f in found.faults if f.severity == "error"] == [4]

"""Working days on the command line: the sheet 日历 of a register moves due days, lists given with --calendar lie over it."""

import json

import pytest

COMPANY = {
    "公司": "公司号,名称,类型,自\nG1,测试融资担保有限公司,融资担保公司,2026-01-01\n",
    "机构": "机构号,名称,公司,上级机构,有库\nJ1,总部,G1,,否\n",
    "员工": "工号,姓名,机构,离职日\n甲,甲某,J1,\n",
    "任职": "员工,岗位,机构,自\n甲,客户经理,J1,2025-01-01\n",
    "主体": "证件号,名称,种类,国有\n91510000100000000L,东城食品有限公司,企业,否\n",
    "合同": (
        "合同号,客户,机构,客户经理,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
        "C1,91510000100000000L,J1,甲,担保,贷款担保,流动资金贷款,1000000,12,2026-11-10,2027-11-10,在保,否,0,1\n"
    ),
    # the form is due two working days after the last day of 2026
    "检查": "走访号,合同,种类,客户,检查日,结果,紧急\nV1,C1,常规,91510000100000000L,2026-12-31,完成,否\n",
}
OFF = ["2027-01-01", *[f"2027-02-{n:02d}" for n in range(5, 12)], "2027-05-01", "2027-05-03", *[f"2027-10-{n:02d}" for n in range(1, 8)]]  # fmt: skip
HEAD = "日,工作日,公布,录入日\n"


def rows(*days: str, works: str = "否", published: str = "是", known: str = "") -> str:
    return "".join(f"{day},{works},{published},{known}\n" for day in days)


@pytest.fixture
def book(tmp_path):
    """book(sheet 日历) -> the folder of the company with such a sheet."""

    def made(sheet: str | None):
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        for name, text in {**COMPANY, **({} if sheet is None else {"日历": HEAD + sheet})}.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return made


@pytest.fixture
def form_due(daihou):
    """form_due(folder, options) -> when the form of the inspection is due, and whether that is assumed."""

    def due(folder, *options: str) -> tuple[str, bool]:
        ended = daihou(
            "derive", folder, "--as-of", "2026-12-31", "--rulebook", "guarantee", "--json", *options
        )
        assert ended.code == 0, ended.err
        (form,) = [one for one in json.loads(ended.out)["duties"] if one["rule"] == "inspection-form"]
        return form["due"], form["assumed"]

    return due


# what the sheet 日历 says | the form is due | assumed | why
TABLE = [
    (None, "2027-01-04", True, "no sheet: Friday 01-01 and Monday 01-04, weekends only"),
    (rows(*OFF), "2027-01-05", False, "the whole list: 01-01 is off, and nothing is assumed"),
    (rows(*OFF, "2027-01-04"), "2027-01-06", False, "Monday is off too"),
    (rows(*OFF, "2027-01-04") + rows("2027-01-02", works="是"), "2027-01-05", False, "Saturday is made up"),
    (rows("2027-01-01"), "2027-01-05", True, "one day of the list counts, the year stays assumed"),
    (rows("2027-01-01", published="否"), "2027-01-05", True, "a day expected counts, the year stays assumed"),
    (rows(*OFF, known="2027-01-02"), "2027-01-04", True, "rows that nobody knew on the day do not count"),
]


@pytest.mark.covers("P01-11")
@pytest.mark.parametrize(("sheet", "due", "assumed", "why"), TABLE, ids=[row[-1] for row in TABLE])
def test_the_sheet_moves_the_due_day(book, form_due, sheet, due, assumed, why) -> None:
    assert form_due(book(sheet)) == (due, assumed), why


def test_a_list_given_with_the_command_lies_over_the_sheet(book, form_due, tmp_path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(
        "日期,是否上班\n" + "".join(f"{day},否\n" for day in [*OFF, "2027-01-05"]), encoding="utf-8"
    )
    sheet = book(rows(*OFF, "2027-01-04"))
    assert form_due(sheet, "--calendar", str(file)) == ("2027-01-06", False), "01-04 is worked, 01-05 is off"


def test_why_and_the_months_ahead_go_by_the_sheet(book, daihou) -> None:
    folder = book(rows(*OFF, "2027-01-04"))
    asked = ("--as-of", "2026-12-31", "--rulebook", "guarantee", "--json")
    told = daihou("explain", folder, "inspection-form", "V1/C1/regular", *asked)
    assert told.code == 0, told.err
    assert '"2027-01-06"' in told.out
    ahead = json.loads(daihou("forecast", folder, "--months", "1", *asked).out)
    assert ahead["unpublished"] == []
    assert [(one["week"], one["duties"]) for one in ahead["totals"] if one["rule"] == "inspection-form"] == [
        ("2027-01-04", 1)
    ]


def test_what_does_not_count_as_published_is_said(book, daihou) -> None:
    checked = daihou("check", book(rows("2027-01-01")))
    assert "不全" in checked.out
    assert "仍按推定" in checked.out


def test_a_list_is_only_checked_where_no_installation_is_named(daihou, tmp_path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("日期,是否上班\n" + "".join(f"{day},否\n" for day in OFF), encoding="utf-8")
    checked = daihou("calendar", "import", file)
    assert (checked.code, "什么都没有留下" in checked.out, "--home" in checked.out) == (0, True, True)
    assert "nothing is kept" in daihou("calendar", "import", file, "--lang", "en").out
    for half in (("--home", tmp_path), ("--by", "丁")):
        refused = daihou("calendar", "import", file, *half)
        assert (refused.code, "要一起给" in refused.err) == (2, True)
    nowhere = daihou("calendar", "show", "2027", "--home", tmp_path)
    assert nowhere.code == 2

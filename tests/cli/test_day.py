"""derive and explain as a user runs them, on the sample company of 23 November 2026."""

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from rich.cells import cell_len

from daihou.book import masked, write_book
from daihou.cli import given
from daihou.cli.given import a_calendar
from daihou.cli.names import Names
from daihou.cli.tasks import duty_lines, rules_of
from daihou.engine import derive as derive_day
from daihou.rulebook import read_shipped
from daihou.sample import sample_rows

DAY = "2026-11-23"
TABLES = {"duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments"}
STATES = {"open", "overdue", "on_time", "late", "missed", "waived"}
PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[1-8]\d{16}[\dX]|1[3-9]\d{9})(?![0-9A-Za-z])")


@pytest.fixture
def derive(daihou, files):
    def run(*more: object, book=files.register, rulebook="guarantee,signals", width: int = 120):
        return daihou("derive", book, "--rulebook", rulebook, "--as-of", DAY, *more, width=width)

    return run


def test_the_day_stands_at_a_glance_then_person_by_person_the_overdue_first(derive) -> None:
    ended = derive()
    assert ended.code == 0, ended.err
    head, _, body = ended.out.partition("\n客户经理 · ")
    assert re.search(r"2026-11-23 周一 · 任务 \d+ 件，逾期 \d+ 件 · 预警 \d+ 条", head)
    assert re.search(r"岗位 +责任人 +逾期 +今天 +三日内 +以后 +已办 +合计", head)
    assert re.search(r"期限 +任务 +对象 +依据", body)
    for person in re.split(r"\n\S+ · \S+\n", body.partition("预警 · ")[0])[1:]:
        late = [row.startswith("逾期") for row in person.splitlines()[1:] if row and not row.startswith("  ")]
        assert late == sorted(late, reverse=True), person
    assert "保后管理办法 一(一)" in body


def test_posts_stand_in_the_order_of_the_company_and_numbers_add_up(derive) -> None:
    ended = derive("--json")
    rows = json.loads(ended.out)
    told = derive().out
    glance = [re.split(r" {2,}", row) for row in told.split("合计\n")[1].split("\n\n")[0].splitlines()]
    assert sum(int(row[-1]) for row in glance) == len(rows["assignments"])
    late = {
        (d["rule"], d["object"], d["occurrence"])
        for d in rows["duties"]
        if d["state"] in {"overdue", "missed"}
    }
    assigned = Counter((a["rule"], a["object"], a["occurrence"]) for a in rows["assignments"])
    assert sum(int(row[2]) for row in glance if row[2] != "—") == sum(assigned[key] for key in late) > 0
    posts = [row[0] for row in glance]
    assert posts.index("总经理") < posts.index("客户经理") < posts.index("档案员")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_row_is_wider_than_the_terminal_and_deadlines_and_duties_are_never_broken(
    derive, width, lang
) -> None:
    out = derive("--all", "--lang", lang, width=width).out
    day = out.partition("预警 · " if lang == "zh" else "Warnings · ")[0]
    assert max(cell_len(row.rstrip()) for row in day.splitlines()) <= width
    names = {"zh": ("常规检查", "预警核实"), "en": ("Regular inspection", "Warning verification")}
    for name in names[lang]:
        assert name in day


def test_warnings_come_with_their_severity_the_severe_first(derive) -> None:
    out = derive().out.partition("预警 · ")[2]
    levels = re.findall(r"^(重大|重要|关注) ", out, re.MULTILINE)
    assert levels == sorted(levels, key=["重大", "重要", "关注"].index)
    assert len(set(levels)) >= 2


def test_the_rows_left_out_are_counted_and_listed_before_the_day(derive, files) -> None:
    ended = derive(book=files.faulty)
    assert ended.code == 0
    left = re.search(r"有 ([\d,]+) 行没有取用", ended.out)
    assert left is not None
    read = given.read_book(files.faulty, day=date.fromisoformat(DAY))
    assert int(left[1].replace(",", "")) == sum(read.rows_left_out.values())
    assert ended.out.index("没有取用") < ended.out.index("约三十万") < ended.out.index("任务 ")
    document = json.loads(derive("--json", book=files.faulty).out)
    assert document["rows_left_out"] == {t: n for t, n in read.rows_left_out.items() if n}


def test_strict_lists_the_faults_derives_nothing_and_ends_with_1(derive, files, tmp_path) -> None:
    ended = derive("--strict", "--out", tmp_path / "清单.xlsx", book=files.faulty)
    assert ended.code == 1
    assert "约三十万" in ended.out
    assert "没有派任务" in ended.err
    assert "岗位" not in ended.out
    assert not (tmp_path / "清单.xlsx").exists()
    assert derive("--strict").code == 0


def test_the_work_list_has_a_sheet_per_kind_of_result_and_red_rows_for_what_is_late(derive, tmp_path) -> None:
    file = tmp_path / "新" / "清单.xlsx"
    ended = derive("--out", file)
    assert ended.code == 0
    assert ended.out.rstrip().splitlines()[-1] == f"任务清单已写到 {file}"
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["今日任务", "预警", "分级", "闸口", "缺口", "上报", "未取用的行", "规则与指纹"]
    rows = list(book["今日任务"].iter_rows())
    heads = [cell.value for cell in rows[0]]
    assert heads[:5] == ["责任人", "岗位", "到期", "期限", "状态"]
    late = [row[4] for row in rows[1:] if row[4].value == "逾期"]
    assert late
    assert {cell.font.color.rgb for cell in late} == {"FFB42318"}
    marks = {row[0].value: row[3].value for row in book["规则与指纹"].iter_rows()}
    assert marks["启用日"].date() == date(2026, 9, 1)


def test_whose_it_is_what_cannot_be_judged_stands_beside_it_and_below_each_person(derive, tmp_path) -> None:
    file = tmp_path / "清单.xlsx"
    told = derive("--all", "--out", file).out
    heads, *rows = openpyxl.load_workbook(file)["缺口"].iter_rows(values_only=True)
    assert heads == ("责任人", "岗位", "规则", "对象", "判断不了的", "空着的列")
    assert rows
    assert all(person and post for person, post, *_ in rows)
    counts = [int(number) for number in re.findall(r"(\d+) 项因缺资料无法判断，缺：\S", told)]
    assert sum(counts) == len(rows)
    assert len(counts) == len({(person, post) for person, post, *_ in rows})


def test_the_work_list_speaks_english(derive, tmp_path) -> None:
    file = tmp_path / "list.xlsx"
    ended = derive("--out", file, "--lang", "en")
    assert "The work list was written to" in ended.out
    assert openpyxl.load_workbook(file).sheetnames[:2] == ["Duties", "Warnings"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_are_written_one_file_each_with_the_same_rows_as_json(derive, tmp_path, form) -> None:
    assert derive("--out", tmp_path / f"day.{form}").code == 0
    document = json.loads(derive("--json").out)
    assert {file.name for file in tmp_path.iterdir()} == {f"day_{table}.{form}" for table in TABLES}
    for table in TABLES:
        file = tmp_path / f"day_{table}.{form}"
        if form == "parquet":
            keys = pyarrow.parquet.read_table(file)["object"].to_pylist()
        else:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                keys = [row["object"] for row in csv.DictReader(lines)]
        assert keys == [row["object"] for row in document[table]]


def test_programs_get_identifiers_iso_dates_and_no_words_of_ours(derive) -> None:
    document = json.loads(derive("--json").out)
    assert (document["as_of"], document["known"], document["go_live"]) == (DAY, DAY, "2026-09-01")
    assert document.keys() >= TABLES
    assert {row["state"] for row in document["duties"]} <= STATES
    assert all(date.fromisoformat(row["due"]) for row in document["duties"] if row["due"])


def test_personal_numbers_are_masked_everywhere_unless_asked_for(daihou, files, tmp_path) -> None:
    def all_of(*more: object) -> str:
        out = tmp_path / "day.csv"
        asked = ("derive", files.register, "--rulebook", "microloan,carloan", "--as-of", DAY, "--all", *more)
        shown = daihou(*asked, "--out", out).out + daihou(*asked, "--json").out
        return shown + "".join(file.read_text("utf-8") for file in sorted(tmp_path.glob("*.csv")))

    assert PERSONAL.findall(all_of()) == []
    assert len(set(PERSONAL.findall(all_of("--unmasked")))) > 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("51019019700101113X", "510***********113X"),
        ("身份证510190197001011135，手机13800138000。", "身份证510***********1135，手机138****8000。"),
        ("contact/13800138000/1", "contact/138****8000/1"),
        ("91510100MA0000000X", "91510100MA0000000X"),  # a company code is public
        ("DB20260016 CD2025000213800", "DB20260016 CD2025000213800"),
        ("20261123", "20261123"),
        ("990000000001", "990000000001"),
    ],
)
def test_a_mask_keeps_the_first_three_and_last_four_signs_of_personal_numbers_only(text, shown) -> None:
    assert masked(text) == shown


def test_nothing_due_before_go_live_is_asked_for_which_is_the_register_s_own_day(derive) -> None:
    def dues(*more: object) -> list[str]:
        rows = json.loads(derive("--json", *more).out)["duties"]
        return [
            row["due"] for row in rows if row["rule"] == "fund-use-check" or row["rule"].endswith("-summary")
        ]

    assert min(dues()) >= "2026-09-01"
    assert min(dues("--go-live", "2026-11-01"), default="2026-11-01") >= "2026-11-01"
    assert min(dues("--go-live", "2022-01-01")) < "2026-09-01" or len(dues()) == len(
        dues("--go-live", "2022-01-01")
    )


def test_two_regimes_on_one_object_are_refused_with_4(daihou, files, tmp_path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "book.yaml").write_text("规则册: mine\n名称: 另一套检查\n版本: 1.0.0\n用: [portfolio]\n", "utf-8")
    (mine / "inspection.yaml").write_text(
        """规则:
- 规则: 每年查一次
  编号: my-inspection
  类: routine-inspection
  依据: 内部制度 1
  条目: [P01-03]
  意旨: 每年查一次。
  对象: 合同
  条件: "业务线 = '担保' AND 状态 = '在保'"
  起算: 放款日
  到期: 加月(起算, 12)
  责任: 客户经理
""",
        "utf-8",
    )
    (mine / "cases").mkdir()
    (mine / "cases" / "inspection.yaml").write_text(
        """案例:
- 案例: 放款一年后
  规则: my-inspection
  账册:
    合同: [{合同号: C1, 客户: K1, 业务线: 担保, 状态: 在保, 放款日: 2026-01-05}]
  期望:
  - {当日: 2026-02-01, 对象: C1, 到期: 2027-01-05}
""",
        "utf-8",
    )
    ended = daihou("derive", files.register, "--rulebook", f"guarantee,{mine}", "--as-of", DAY)
    assert ended.code == 4
    assert "--rulebook" in ended.err


def test_a_folder_that_cannot_be_written_is_said_before_the_work_begins(derive, tmp_path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")
    ended = derive("--out", tmp_path / "a" / "清单.xlsx")
    assert ended.code == 3
    assert "写不了" in ended.err
    assert "推演" not in ended.err


def test_explain_ends_on_the_date_that_derive_gives(daihou, derive, files) -> None:
    duties = json.loads(derive("--json").out)["duties"]
    rule = "fund-use-check"
    asked = [row for row in duties if row["rule"] == rule and row["state"] in {"open", "overdue"}]
    assert asked
    for row in asked[:2]:
        told = daihou("explain", files.register, rule, row["object"], "--as-of", DAY, "--json")
        assert told.code == 0
        (one,) = [d for d in json.loads(told.out)["duties"] if d["occurrence"] == row["occurrence"]]
        assert {key: one[key] for key in ("state", "start", "due", "done", "days_late")} == {
            key: row[key] for key in ("state", "start", "due", "done", "days_late")
        }


def test_explain_tells_article_place_figures_values_and_whose_it_is(daihou, derive, files) -> None:
    duties = json.loads(derive("--json").out)["duties"]
    key = next(row["object"] for row in duties if row["rule"] == "fund-use-check")
    out = daihou("explain", files.register, "融资用途检查", key, "--as-of", DAY).out
    for words in (
        key,
        "“合同”第",
        "guarantee/inspection.yaml:",
        "依据：保后管理办法",
        "用途检查期限 = 10 天",
        "放款日 =",
        "客户经理",
    ):
        assert words in out
    english = daihou("explain", files.register, "fund-use-check", key, "--as-of", DAY, "--lang", "en").out
    assert "Article: " in english
    assert (
        "Sense: Within ten days of disbursement, check whether the flow of funds agrees with the use"
        in english
    )
    assert "· Days after the guarantee is issued to check the use of funds" in english
    assert "sheet 合同, row" in english


def test_an_object_may_be_named_by_its_client(daihou, files, register) -> None:
    names = dict(zip(*(register.tables["party"][c].to_pylist() for c in ("party_no", "title")), strict=True))
    clients = Counter(names[key] for key in register.tables["contract"]["client"].to_pylist())
    name = next(one for one, count in clients.items() if count == 1)
    ended = daihou("explain", files.register, "fund-use-check", name, "--as-of", DAY)
    assert ended.code == 0
    assert name in ended.out


def test_an_object_that_is_not_there_ends_with_1_and_near_ones_are_offered(daihou, files) -> None:
    ended = daihou("explain", files.register, "fund-use-check", "DB2026000", "--as-of", DAY)
    assert ended.code == 1
    assert "没有 DB2026000" in ended.out
    assert "DB20260001" in ended.out
    document = json.loads(
        daihou("explain", files.register, "fund-use-check", "DB2026000", "--as-of", DAY, "--json").out
    )
    assert document["found"] is False
    assert document["near"]


def test_a_register_may_be_a_folder_of_tables(daihou, files, register, tmp_path) -> None:
    from daihou.book import write_parquet

    write_parquet(register, tmp_path / "books")
    ended = daihou("derive", tmp_path / "books", "--rulebook", "finance", "--as-of", DAY, "--json")
    workbook = daihou("derive", files.register, "--rulebook", "finance", "--as-of", DAY, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["duties"] == json.loads(workbook.out)["duties"]


def test_the_demo_ends_by_saying_where_the_work_list_is_and_what_to_try_and_that_works(
    daihou, tmp_path
) -> None:
    ended = daihou("demo", tmp_path, "--as-of", DAY, "--contracts", "69")
    assert ended.code == 0
    last = ended.out.rstrip().splitlines()[-5:]
    assert last[0] == f"任务清单已写到 {tmp_path / '任务清单.xlsx'}"
    assert last[1] == "接着可以试："
    assert [daihou(*command.split()[1:]).code for command in last[2:]] == [1, 0, 0]


def test_a_duty_asks_for_the_worksheet_of_its_kind_of_client(register) -> None:
    rulebooks = read_shipped("finance")
    results = derive_day(rulebooks, register, date(2026, 11, 23))
    rules = rules_of(rulebooks)
    party = register.tables["party"]
    place = party.schema.get_field_index("kind")
    found = {}
    for kind in ("enterprise", "individual"):
        column = pa.array([kind] * party.num_rows, party.schema.field(place).type)
        other = replace(
            register, tables={**register.tables, "party": party.set_column(place, "kind", column)}
        )
        lines = duty_lines(results, rules, Names(other, rules, results.as_of, "zh"), a_calendar(None, "zh"))
        found[kind] = {one.form for one in lines if "贷后工作表" in one.form}
    assert found == {"enterprise": {"企业贷后工作表"}, "individual": {"个人贷后工作表"}}


def test_a_past_day_is_derived_from_a_book_that_knows_more_as_from_one_held_against_no_day(
    daihou, files, register
) -> None:
    past = date(2026, 9, 30)
    told = json.loads(
        daihou("derive", files.register, "--rulebook", "signals", "--as-of", past, "--json").out
    )
    assert told["rows_left_out"] == {}
    plain = derive_day(read_shipped("signals"), register, past, go_live=date.fromisoformat(told["go_live"]))
    assert told["fingerprint"] == plain.fingerprint
    assert len(told["duties"]) == plain.duties.num_rows > 0
    assert len(told["warnings"]) == plain.warnings.num_rows
    checked = daihou("check", files.register, "--as-of", past)
    assert (checked.code, "还没有到" in checked.out) == (1, True)


def test_a_day_to_come_is_derived_from_a_book_looked_at_on_that_day(daihou, tmp_path) -> None:
    coming = date(2027, 3, 1)
    register = tmp_path / "台账.xlsx"
    write_book(sample_rows(coming, contracts=80), register)
    told = json.loads(daihou("derive", register, "--rulebook", "signals", "--as-of", coming, "--json").out)
    assert told["rows_left_out"] == {}
    assert daihou("check", register).code == 1
    assert daihou("check", register, "--as-of", coming).code == 0

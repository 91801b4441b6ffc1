"""An installation from its first command to its proof: made of a register, fed, run, and found out when somebody changes a row."""

import csv
import json
import socket
import sqlite3
import stat
from contextlib import closing

import psycopg
import pytest
from commands import daihou, database_of
from installed import sample_at
from statement_books import BALANCE_SMALL, workbook
from test_signoff import MORE
from tests_cast import DAY, SHEETS, write_sheets

pytestmark = pytest.mark.slow

USAGE, FAILED, FINDINGS, REFUSED, UNREADABLE = 2, 5, 1, 4, 3


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An installation made of the cast's register."""
    folder = tmp_path_factory.mktemp("company")
    made = daihou("init", "--home", folder / "home", "--register", write_sheets(folder / "台账"))
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "home"


def passwords(home) -> dict[str, str]:
    with (home / "首次登录.csv").open(encoding="utf-8-sig", newline="") as file:
        return {login: password for login, _, password in list(csv.reader(file))[1:]}


def test_everybody_of_the_staff_has_a_first_password_of_his_own_that_only_the_owner_reads(home) -> None:
    held = passwords(home)
    assert set(held) == {"甲", "乙", "丙", "丁", "戊", "己", "辛"}  # 庚 has left
    assert len(set(held.values())) == len(held)
    assert stat.S_IMODE((home / "首次登录.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600


def test_a_company_is_founded_once(home) -> None:
    again = daihou("init", "--home", home, "--company", "另一家", "--admin", "某人")
    assert (again.returncode, "已经有一家公司" in again.stderr + again.stdout) == (USAGE, True)
    assert daihou("init", "--home", home.parent / "新", "--company", "某公司").returncode == USAGE
    kind = daihou("init", "--home", home.parent / "新", "--company", "甲", "--admin", "乙", "--kind", "银行")
    assert (kind.returncode, "银行" in kind.stderr + kind.stdout) == (USAGE, True)


@pytest.mark.parametrize("option", [("--since", "2026-11-01"), ("--kind", "小额贷款公司"), ("--company", "甲"), ("--admin", "乙")])  # fmt: skip
def test_what_a_register_tells_cannot_be_given_beside_it(home, option) -> None:
    other = home.parent / "两处都说"
    made = daihou("init", "--home", other, "--register", home.parent / "台账", *option)
    assert (made.returncode, f"{option[0]} 不能与台账一起给" in made.stderr + made.stdout) == (USAGE, True)
    assert not other.exists()


def test_a_company_can_begin_with_its_administrator_alone(home) -> None:
    alone = home.parent / "只有管理员"
    made = daihou(
        "init",
        "--home",
        alone,
        "--company",
        "青岚小贷",
        "--kind",
        "小额贷款公司",
        "--admin",
        "王小明",
        "--since",
        "2026-01-01",
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert list(passwords(alone)) == ["a1"]
    assert daihou("day", "--home", alone).returncode == 0


def test_the_same_register_again_changes_nothing_and_a_day_is_run_and_told_to_programs(home) -> None:
    again = daihou("import", home.parent / "台账", "--home", home)
    assert (again.returncode, "新增 0 行，变动 0 行" in again.stdout) == (0, True), (
        again.stdout + again.stderr
    )
    told = json.loads(daihou("day", "--home", home, "--json").stdout)
    assert told["new"] > 0
    once_more = json.loads(daihou("day", "--home", home, "--json").stdout)
    assert (once_more["new"], once_more["moved"], once_more["unchanged"]) == (
        0,
        0,
        told["new"] + told["unchanged"],
    )
    assert daihou("day", "--home", home, "--as-of", "2099-01-01").returncode == USAGE
    passed = daihou("day", "--home", home, "--as-of", "2026-01-05")
    assert (passed.returncode, "不再存入" in passed.stdout + passed.stderr) == (USAGE, True)


def test_a_file_with_faults_gives_its_good_rows_and_lists_the_others(home, tmp_path) -> None:
    file = tmp_path / "检查.csv"
    file.write_text(
        "走访号,合同,种类,客户,检查日,结果,紧急\nZF1,C2,常规,91510000100000000L,2026-11-20,完成,否\nZF2,C9,常规,91510000100000000L,2026-11-20,完成,否\n",
        encoding="utf-8",
    )
    done = daihou("import", file, "--home", home)
    assert done.returncode == FINDINGS
    assert "C9" in done.stdout
    assert "新增 1 行" in done.stdout
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"no workbook")
    refused = daihou("import", bad, "--home", home)
    assert refused.returncode == 3, refused.stdout + refused.stderr


def test_new_staff_get_accounts_and_a_forgotten_password_is_replaced(home, tmp_path) -> None:
    staff = tmp_path / "员工.csv"
    staff.write_text("工号,姓名,机构\n壬,壬某,J2\n", encoding="utf-8")
    assert daihou("import", staff, "--home", home).returncode == 0
    assert daihou("accounts", "--home", home).returncode == 0
    assert list(passwords(home)) == ["壬"]
    first = passwords(home)["壬"]
    assert daihou("accounts", "--home", home, "--reset", "壬").returncode == 0
    assert passwords(home)["壬"] != first
    assert daihou("accounts", "--home", home, "--reset", "无此人").returncode == USAGE
    assert "每个在职员工都有账号" in daihou("accounts", "--home", home).stdout


def test_of_what_founding_wrote_the_first_file_says_more(home, tmp_path) -> None:
    """The administrator with whom a company began came by no file, and nobody has changed him."""
    alone, staff = tmp_path / "只有管理员", tmp_path / "员工.csv"
    begun = ("--company", "青岚小贷", "--kind", "小额贷款公司", "--admin", "王小明", "--since", "2026-01-01")
    assert daihou("init", "--home", alone, *begun).returncode == 0
    staff.write_text("工号,姓名,机构\nA1,王大明,J1\n", encoding="utf-8")
    said = daihou("import", staff, "--home", alone)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "变动 1 行" in said.stdout
    assert "保留原样" not in said.stdout


def test_an_installation_that_is_not_there_is_told_how_to_make_one(tmp_path) -> None:
    for command in (["day"], ["serve"], ["audit", "verify"], ["update"], ["accounts"]):
        asked = daihou(*command, "--home", tmp_path / "无")
        assert (asked.returncode, "daihou init" in asked.stdout + asked.stderr) == (USAGE, True), command


def test_a_row_changed_behind_the_trail_is_found_and_named(home) -> None:
    whole = daihou("audit", "verify", "--home", home, "--json")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    told = json.loads(whole.stdout)
    assert told["breaks"] == []
    url = database_of(home)
    database = psycopg.connect(url) if url else sqlite3.connect(home / "daihou.sqlite3")
    with closing(database), database:
        database.execute("UPDATE trail_event SET by = '别人' WHERE number = 2")
    broken = daihou("audit", "verify", "--home", home, "--json")
    assert broken.returncode == FAILED
    assert json.loads(broken.stdout)["breaks"] == [{"event": 2, "what": "trail-changed"}]


def test_a_port_is_not_shared_with_another_installation(home) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as servers of several processes do
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = daihou("serve", "--home", home, "--port", taken.getsockname()[1])
    assert (refused.returncode, "已经有程序在用" in refused.stdout + refused.stderr) == (USAGE, True)


def test_nothing_is_served_to_other_machines_in_clear_and_no_part_of_an_address_is_passed_over(home) -> None:
    plain = daihou("serve", "--home", home, "--host", "0.0.0.0")  # noqa: S104 - that is what is refused
    assert (plain.returncode, "--plain" in plain.stdout + plain.stderr) == (USAGE, True)
    wrong = daihou("day", "--home", home, DATABASE_URL="postgresql://x@localhost/x?ssl=on")
    assert (wrong.returncode, "“ssl”不认识" in wrong.stdout + wrong.stderr) == (USAGE, True)


def test_a_made_up_company_is_served_on_this_machine_only(tmp_path, tmp_path_factory) -> None:
    home = tmp_path / "home"
    sample_at(home, tmp_path_factory)
    in_file = {"DATABASE_URL": ""}  # its rows lie in a file, whatever the other commands are run on
    abroad = daihou("serve", "--home", home, "--host", "0.0.0.0", **in_file)  # noqa: S104 - that is what is refused
    assert (abroad.returncode, "只能在本机" in abroad.stdout + abroad.stderr) == (USAGE, True)
    (home / "sample.txt").unlink()  # somebody takes it for a real company
    real = daihou("serve", "--home", home, **in_file)
    assert (real.returncode, "密码人人知道" in real.stdout + real.stderr) == (USAGE, True)


def test_a_form_is_listed_asked_filled_from_a_file_and_printed(home, tmp_path) -> None:
    assert daihou("day", "--home", home).returncode == 0
    own = json.loads(daihou("form", "list", "--by", "甲", "--home", home, "--json").stdout)
    (number,) = [one["number"] for one in own if one["form"] == "融资用途检查表"]
    of = (str(number), "--by", "甲", "--home", home)
    asked = json.loads(daihou("form", "show", *of, "--json").stdout)
    fields = {one["name"]: one for one in asked["fields"]}
    assert fields["contract_no"]["value"] == "C1"
    assert fields["diverted"]["must"]
    file = tmp_path / "检查.yaml"
    said = "manner: on_site\ndrawn: 100万元\ncontract_performed: true\nas_agreed: true\ndiverted: false\nforbidden: false\n"
    said += "proof: 银行流水\nrisk_grade: safe\nconclusion: 用途相符\n"
    file.write_text(said, encoding="utf-8")
    wrong = daihou("form", "fill", str(number), file, *of[1:])
    assert (wrong.returncode, "payments" in wrong.stdout + wrong.stderr) == (FINDINGS, True)
    said += "payments:\n- {pay_day: 2026-11-12, payee: 某公司, pay_amount: 100万元, pay_purpose: 货款}\nnew_risks: 供货商单一\n"
    file.write_text(said, encoding="utf-8")
    warned = daihou("form", "fill", str(number), file, *of[1:])
    assert (warned.returncode, "measures" in warned.stdout + warned.stderr) == (FINDINGS, True)
    done = daihou("form", "fill", str(number), file, *of[1:], "--noticed")
    assert done.returncode == 0, done.stdout + done.stderr
    paper = done.stdout.split("：")[1].split()[0]
    assert "已送签" in done.stdout
    path = tmp_path / "检查.pdf"
    made = daihou("form", "print", paper, "--out", path, *of[1:])
    assert (made.returncode, path.read_bytes()[:4]) == (0, b"%PDF"), made.stderr
    assert daihou("form", "print", paper, "--by", "丙", "--home", home).returncode == USAGE
    listed = daihou("form", "list", *of[1:])
    assert (listed.returncode, "融资用途检查表" in listed.stdout) == (0, False), listed.stderr


def test_a_client_is_watched_looked_at_and_put_to_signature_from_the_command_line(home) -> None:
    of = ("--by", "甲", "--home", home)
    client = "510000199803180019"
    put = ("watch", "add", client, "--reason", "回款慢了一个月", "--plan", "行动方案", *of)
    shapeless = daihou(*put, "--step", "追加质押")
    assert (shapeless.returncode, "期限=要办的事" in shapeless.stdout + shapeless.stderr) == (USAGE, True)
    added = daihou(*put, "--told", "三个月内追加担保", "--step", "2099-03-01=追加应收质押")
    assert added.returncode == 0, added.stdout + added.stderr
    key = added.stdout.strip().split("：")[1]
    twice = daihou(*put, "--told", "三个月内追加担保", "--step", "2099-03-01=追加应收质押")
    assert (twice.returncode, key in twice.stdout) == (REFUSED, False)
    foreign = daihou(
        "watch", "add", "91510000100000000L", *put[3:], "--told", "看", "--step", "2099-03-01=看"
    )
    assert foreign.returncode == REFUSED  # 甲 does not see 丙's client

    (row,) = json.loads(daihou("watch", "list", *of, "--json").stdout)
    assert (row["key"], row["client"], row["person"], row["off"]) == (key, "张三", "甲", None)
    assert daihou("watch", "step", key, "--step", "2099-04-01=报应收账龄表", *of).returncode == 0
    done = daihou("watch", "done", f"{key}/1", "--told", "质押登记已办", *of)
    assert done.returncode == 0, done.stdout + done.stderr
    assert daihou("watch", "look", key, "--told", "回款恢复", *of).returncode == 0
    told = json.loads(daihou("watch", "show", key, *of, "--json").stdout)
    assert [(one["told"], one["outcome"]) for one in told["steps"]] == [
        ("追加应收质押", "质押登记已办"),
        ("报应收账龄表", ""),
    ]
    assert [one["told"] for one in told["looks"]] == ["回款恢复"]
    assert "质押登记已办" in daihou("watch", "show", key, *of).stdout

    assert daihou("watch", "remove", key, "--told", "风险已消除", *of).returncode == REFUSED  # a step is open
    assert daihou("watch", "done", f"{key}/2", "--told", "已报", *of).returncode == 0
    off = daihou("watch", "remove", key, "--told", "风险已消除", *of)
    assert off.returncode == 0, off.stdout + off.stderr
    for listing, by in ((f"{key}无", "甲"), (key, "丙")):  # not there; not in sight
        for asked in (("look", listing, "--told", "看"), ("show", listing)):
            assert daihou("watch", *asked, "--by", by, "--home", home).returncode == USAGE


def test_a_form_is_amended_from_a_file_and_asked_so(home, tmp_path) -> None:
    of = ("--by", "丁", "--home", home)
    (found,) = [
        one
        for one in json.loads(daihou("form", "catalogue", *of, "--json").stdout)
        if one["form"] == "guarantee_inspection_form"
    ]
    assert (found["edition"], found["added"], found["misfits"]) == ("4", 0, [])
    file = tmp_path / "自加.yaml"
    file.write_text(
        "add:\n- own_power: {group: 甲、生产经营, say: [本月用电, Power used], is: number, unit: [度, kWh], when: [willing, yes]}\n",
        encoding="utf-8",
    )
    amend = ("form", "amend", "保后检查表", file, "--reason", "银行要求")
    foreign = daihou(*amend, "--by", "甲", "--home", home)
    assert foreign.returncode == USAGE
    done = daihou(*amend, *of)
    assert (done.returncode, "第 1 次" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "own_power" in daihou("form", "own", "保后检查表", *of).stdout
    assert daihou(*amend, *of).returncode == REFUSED  # the same again
    file.write_text("aside: [disputes]\n", encoding="utf-8")
    wrong = daihou(*amend, *of)
    assert (wrong.returncode, "不能停用" in wrong.stdout + wrong.stderr) == (REFUSED, True)
    file.write_text("- nothing\n", encoding="utf-8")
    assert daihou(*amend, *of).returncode == UNREADABLE
    assert daihou("form", "own", "无此表", *of).returncode == USAGE


def test_a_statement_is_read_from_a_file_and_registered(home, tmp_path) -> None:
    file = tmp_path / "报表.xlsx"
    file.write_bytes(workbook(资产负债表=BALANCE_SMALL))
    told = daihou("statement", "read", file, "--json")
    said = json.loads(told.stdout)
    assert (told.returncode, said["unit"], said["lines"]["cash"]["fen"]) == (0, "万元", 120_000_000)
    assert [one["code"] for one in said["doubts"]] == []
    take = ("statement", "take", file, "91510000100000000L", "--home", home)
    assert daihou(*take, "--by", "甲").returncode == USAGE  # the client of another
    done = daihou(*take, "--by", "丙")
    assert done.returncode == 0, done.stdout + done.stderr
    assert daihou(*take, "--by", "丙").returncode == REFUSED
    assert daihou(*take, "--by", "丙", "--unit", "两").returncode == USAGE
    (tmp_path / "坏.xlsx").write_bytes(b"no")
    assert daihou("statement", "read", tmp_path / "坏.xlsx").returncode == UNREADABLE
    assert daihou("statement", "read", tmp_path / "无.xlsx").returncode == UNREADABLE


def test_a_contract_is_taken_a_step_on_in_somebodys_name(home) -> None:
    def step(*said, by="丙"):
        done = daihou("step", "--home", home, "--by", by, *said)
        return done.returncode, done.stdout + done.stderr

    for wrong, words in (
        (("C2", "送走"), "没有“送走”这一步"), (("C9", "settle"), "没有 C9"), (("C2", "settle", "结清日"), "读不懂"),
        (("C2", "settle", "金额=1"), "这一步只写：结清日"), (("C2", "settle", "--plan", "多半"), "没有这种办法。有：stays、last、later"), (("C2", "settle", "结清日=明天"), "明天"),
    ):  # fmt: skip
        code, told = step(*wrong)
        assert (code, words in told) == (USAGE, True), told
    assert step("C2", "settle", "结清日=2026-11-20", by="甲")[0] == USAGE, "the contract of another branch"
    code, told = step("C2", "disburse", "放款日=2026-11-20")
    assert (code, "“放款”只能在这些状态办：待放款" in told) == (REFUSED, True), told
    code, told = step("C2", "结清或解保", "settled_day=2026-11-20", "--reason", "已还清")
    assert (code, "办好了" in told) == (0, True), told
    assert step("C2", "settle", "结清日=2026-11-20")[0] == REFUSED
    the_file_does_not_undo_it(home)


def the_file_does_not_undo_it(home) -> None:
    """What was done here stays unless the command says otherwise and why."""
    file = home.parent / "台账" / "合同.csv"
    left = daihou("import", file, "--home", home)
    assert "变动 0 行" in left.stdout, left.stdout + left.stderr
    assert "1 行保留原样" in left.stdout
    without = daihou("import", file, "--home", home, "--overwrite")
    assert (without.returncode, "请写明理由" in without.stdout + without.stderr) == (USAGE, True)
    over = daihou("import", file, "--home", home, "--overwrite", "--reason", "结清登错了合同")
    assert "变动 1 行" in over.stdout, over.stdout + over.stderr
    assert "保留原样" not in over.stdout


def test_whether_an_act_is_allowed_is_told_by_the_exit_code(tmp_path) -> None:
    home, sheets = (
        tmp_path / "home",
        write_sheets(tmp_path / "book", 合同=SHEETS["合同"].replace("担保,贷款担保", "车贷,汽车贷款担保")),
    )
    assert daihou("init", "--home", home, "--register", sheets).returncode == 0
    asks = ("ask", "--home", home, "--by", "甲")
    said = [
        "联络号=LL1",
        "主体=510000199803180019",
        "合同=C1",
        f"日期={DAY}",
        "方式=电话",
        "事由=催收",
        "对方身份=本人",
        "号码=13800000001",
        "结果=接通",
    ]
    good = daihou(*asks, "联络", *said, "钟点=15")
    assert (good.returncode, "可以办：联系前问" in good.stdout) == (0, True), good.stderr + good.stdout
    bad = daihou(*asks, "contact", *said, "clock_hour=23", "--json")
    assert bad.returncode == 1
    told = json.loads(bad.stdout)
    assert (told["allowed"], told["gates"][0]["gate"]) == (False, "contact-conduct")
    assert daihou(*asks, "联络", "--key", "LL1").returncode == 2, "nothing was entered"
    for wrong in (
        ("联络",), ("没有这张",), ("联络", "钟点"), ("联络", "没有=1"), ("联络", "钟点=15", "--key", "LL1"), ("联络", "钟点=二十"),
        ("车辆定位", "x=1"),
    ):  # fmt: skip
        assert daihou(*asks, *wrong).returncode == 2, wrong
    assert daihou("ask", "--home", home, "--by", "己", "联络", *said, "钟点=15").returncode == 2, (
        "not his to enter"
    )
    assert "没有要问的规则" in daihou(*asks, "合同", "--key", "C1").stdout


@pytest.mark.slow
def test_a_signing_limit_is_proposed_and_listed(tmp_path) -> None:
    home = tmp_path / "home"
    sheets = write_sheets(tmp_path / "台账", **MORE)
    assert daihou("init", "--home", home, "--register", sheets).returncode == 0
    say = ("--home", home, "--reason", "重大事项联签", "--by", "丁")
    rest = ("--citation", "董事会决议〔2026〕5号")
    made = daihou("policy", "limit", "500万元", "总经理", "financial_director", *say, *rest)
    assert "已送签" in made.stdout, made.stdout + made.stderr
    told = json.loads(daihou("policy", "limits", "--home", home, "--json").stdout)["limits"]
    assert [(one["above"], one["posts"], one["standing"]) for one in told] == [
        (5_000_000_00, ["general_manager", "financial_director"], "proposed")
    ]
    assert "签批中" in daihou("policy", "limits", "--home", home).stdout
    for wrong, why in (
        (("limit", "很多", "总经理", *say, *rest), "很多"),
        (("limit", "500万元", "国王", *say, *rest), "国王"),
        (("limit", "500万元", "总经理", *say, *rest, "--kind", "改数"), "改数"),
        (("limit", "500万元", "总经理", "--home", home, "--reason", "x", "--by", "甲", *rest), "甲"),
        (("end-limit", "9", *say), "9"),
    ):
        refused = daihou("policy", *wrong)
        assert (refused.returncode != 0, why in refused.stdout + refused.stderr) == (True, True), wrong
    early = daihou("policy", "end-limit", "1", *say)
    assert "还没有批下来" in early.stdout + early.stderr

"""The cast of the permission walk: every post held once in the east and once in the west, and in each room rows of both.

Whatever belongs to the west says WEST in its number or name. A row is told as (table, values); who may see it is not said here.
"""

from dataclasses import dataclass, field

from daihou.book import declared
from daihou.registers.sealing import seals
from daihou.terms import terms

EAST, WEST = "J2", "J3"
SHARED = "91510000100000000L"
OWNERS = {"客户经理": 1, "项目经理": 2, "担保经理": 3, "信贷员": 4}
"""Posts that keep clients of their own, with the number of their contract in the east; the home visitor goes with the first."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident(serial: int) -> str:
    """A resident number that no region has, with its check digit."""
    body = f"51000019860709{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


@dataclass
class Row:
    """A row of the cast: its table, its values as the file says them, the side it lies on, and whose contract it is about."""

    table: str
    values: dict[str, str]
    side: str | None = None
    contract: str | None = None
    staff: frozenset[str] = frozenset()
    also: str | None = None
    """A second side on which it is seen."""
    refs: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its key in the database."""
        table = declared()[self.table]
        parts = [_canonical(self.values[table.columns[part].word]) for part in table.key]
        return seals().marked("/".join(parts))


def _canonical(text: str) -> str:
    if text in {"是", "否"}:
        return "true" if text == "是" else "false"
    term = terms().find(text)
    return text if term is None else term.id


@dataclass
class Cast:
    """All rows, the staff of each post, and every number that nobody may read in clear unasked."""

    rows: list[Row] = field(default_factory=list)
    staff: dict[tuple[str, str], str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def add(self, word, side=None, contract=None, staff=(), **values):
        """One row; a word is the table's, the values stand under the words of its columns."""
        table = next(one for one in declared().values() if one.word == word)
        row = Row(table.id, values, side, contract, frozenset(staff))
        row.refs = {
            str(column.ref): seals().marked(values[column.word])
            for column in table.columns.values()
            if column.ref and values.get(column.word)
        }
        self.rows.append(row)
        return row

    def number(self, text):
        """A number that must not be read anywhere."""
        self.secrets.append(text)
        return text

    def of(self, table):
        """The rows of a table."""
        return [row for row in self.rows if row.table == table]

    def write(self, folder):
        """The cast as files that can be taken in."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in dict.fromkeys(row.table for row in self.rows):
            rows = self.of(name)
            words = list(dict.fromkeys(word for row in rows for word in row.values))
            lines = [",".join(words), *(",".join(row.values.get(word, "") for word in words) for row in rows)]
            (folder / f"{declared()[name].word}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder


def cast_of(post_words):
    """The company with the posts given: a person of each post on either side."""
    cast = Cast()
    cast.add("公司", 公司号="G1", 名称="测试融资担保有限公司", 类型="融资担保公司", 自="2026-01-01")
    for number, title, above in (("J1", "总部", ""), (EAST, "东城分公司", "J1"), (WEST, "西城分公司", "J1")):
        side = None if number == "J1" else number
        cast.add("机构", side, 机构号=number, 名称=title, 公司="G1", 上级机构=above, 有库="否")
    for at, post in enumerate(post_words, start=1):
        for side, letter in ((EAST, "E"), (WEST, "WEST")):
            _person(cast, f"{letter}{at:02d}", post, side, at)
    _person(cast, "ELEFT", "客户经理", EAST, 90, left="2026-06-30")
    for owner, at in OWNERS.items():
        visitor = cast.staff["家访员", EAST] if owner == "客户经理" else None
        _deal(cast, f"HT-EAST-{at}", EAST, cast.staff[owner, EAST], visitor, at)
    _deal(cast, "HT-EAST-9", EAST, cast.staff["业务部经理", EAST], None, 9)
    _deal(cast, "HT-WEST-1", WEST, cast.staff["客户经理", WEST], cast.staff["家访员", WEST], 11)
    _shared(cast)
    for side, mark in ((EAST, "EAST"), (WEST, "WEST")):
        _office(cast, side, mark)
    cast.add("日历", 日="2026-11-23", 工作日="是", 公布="是")
    return cast


def _person(cast, number, post, side, at, left=""):
    mark = "EAST" if side == EAST else "WEST"
    mobile = cast.number(f"1391{'1' if side == EAST else '2'}000{at:03d}")
    cast.add(
        "员工",
        side,
        staff=[number],
        工号=number,
        姓名=f"{mark}{post}{at}",
        机构=side,
        手机=mobile,
        离职日=left,
    )
    cast.add("任职", side, staff=[number], 员工=number, 岗位=post, 机构=side, 自="2025-01-01")
    if not left:
        cast.staff[post, side] = number


def _private(cast, serial, title, side, contract):
    number = cast.number(resident(serial))
    mobile = cast.number(f"1380000{serial:04d}")
    cast.add("主体", side, contract, 证件号=number, 名称=title, 种类="个人", 国有="否", 手机=mobile)
    return number


def _contract(cast, number, side, owner, visitor, client):
    values = {
        "合同号": number, "客户": client, "机构": side, "客户经理": owner, "家访员": visitor or "", "业务线": "担保", "产品": "贷款担保",
        "品种": "流动资金贷款", "金额": "1000000", "期限月": "12", "放款日": "2026-11-10", "到期日": "2027-11-10", "状态": "在保",
        "董事会批准": "否", "展期次数": "0", "风险分类": "1",
    }  # fmt: skip
    cast.add("合同", side, number, **values)


def _deal(cast, number, side, owner, visitor, at):
    """A contract with a private client and guarantor, and a row about it in every room."""
    tag = number.removeprefix("HT-")
    client = _private(cast, at, f"{tag}客户", side, number)
    guarantor = _private(cast, at + 50, f"{tag}保证人", side, number)
    _contract(cast, number, side, owner, visitor, client)

    def add(word, staff=(), **values):
        cast.add(word, side, number, staff, **values)

    add("反担保", 合同=number, 反担保人=guarantor, 方式="保证", 自="2026-11-10")
    add("报表", 主体=client, 期末="2026-06-30", 口径="半年", 合并报表="否", 收到日="2026-08-01")
    add("车辆", 车架号=f"LSVAA49J132{at:06d}", 合同=number, 品牌=f"{tag}轿车")
    add(
        "检查",
        走访号=f"{tag}检查",
        合同=number,
        种类="日常",
        客户=client,
        检查日="2026-11-20",
        检查人=owner,
        结果="完成",
        紧急="否",
    )
    add("预警", 规则="S18", 主体=client, 次=f"{tag}次", 级别="重要", 提出日="2026-11-20", 来源="人工", 合同=number, 信号="S18", 说明=f"{tag}说明")  # fmt: skip
    add("催收动作", 动作号=f"{tag}催收", 合同=number, 种类="电话", 日期="2026-11-20", 经办人=owner)
    add("代偿", 代偿号=f"{tag}代偿", 合同=number, 起息日="2026-11-20", 本金="1000", 利息="10")
    phone = cast.number(f"1370000{at:04d}")
    add("联络", 联络号=f"{tag}联络", 主体=client, 合同=number, 日期="2026-11-20", 方式="电话", 事由="核实", 结果="接通", 号码=phone, 经办人=owner, 说明=f"{tag}客户说请打{phone}")  # fmt: skip
    add("回访", 回访号=f"{tag}回访", 客户=client, 合同=number, 日期="2026-11-20", 种类="电话", 甲=owner)
    add("档案卷", 合同=number, 卷类="基础卷", 形成日="2026-11-12")
    add("放款申请", 申请号=f"{tag}申请", 客户=client, 合同=number, 申请日="2026-11-01", 金额="1000000")


def _shared(cast):
    """A firm that is a client of both branches: the east's account manager sees the firm and his contract, nothing else."""
    firm = cast.add("主体", EAST, "HT-EAST-5", 证件号=SHARED, 名称="两地贸易有限公司", 种类="企业", 国有="否")
    firm.also = WEST
    for number, side in (("HT-EAST-5", EAST), ("HT-WEST-2", WEST)):
        _contract(cast, number, side, cast.staff["客户经理", side], None, SHARED)


def _office(cast, side, mark):
    """Rows that belong to a branch and to no contract."""
    clerk = cast.staff["资料员", side]
    mobile = cast.number(f"1360000000{side[1]}")
    walk_in = "915100002000000000" if side == EAST else "91510000300000000B"
    cast.add("主体", 证件号=walk_in, 名称=f"{mark}路过的公司", 种类="企业", 国有="否")
    cast.add("会员", side, 会员号=f"{mark}会员", 机构=side, 主体=walk_in, 姓名=f"{mark}车主", 手机=mobile)
    cast.add("服务单", side, 单号=f"{mark}服务单", 会员=f"{mark}会员", 接待日="2026-11-20")
    cast.add("账户", side, 账号=f"{mark}账户", 机构=side, 开户日="2025-01-01")
    cast.add("现金日结", side, 机构=side, 日期="2026-11-20", 余额="100")
    cast.add("交办", side, staff=[clerk], 交办号=f"{mark}交办", 员工=clerk, 交办日="2026-11-20", 期限="2026-12-20", 事由=f"{mark}事由")  # fmt: skip
    cast.add("签批步骤", side, staff=[clerk], 单据=f"{mark}单据", 序="1", 岗位="总经理", 到达日="2026-11-20", 审批人=clerk)  # fmt: skip

"""The company of the sample: one company, a head office, two branches, staff for every post but one.

The post 车务专员 is left empty on purpose: its work falls to the superior post, 车务主管.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from daihou.sample.dice import Dice
from daihou.sample.identity import BANKS, STREETS, Names, company_code, mobile
from daihou.sample.register import Register
from daihou.units import add_months, month_start

COMPANY = "G1"
HEAD = "J01"
WEST = "J02"
EAST = "J03"
BRANCHES = (HEAD, WEST, EAST)
EMPTY_POST = "车务专员"
_FIRST_PHONE = 100
_YEARS = 4
_MONTHS_LIVE = 2


@dataclass(frozen=True, slots=True)
class Officer:
    """One line of the staff list: number, branch, department, superior, posts."""

    no: str
    branch: str
    department: str
    superior: str | None
    posts: tuple[str, ...]


_OFFICERS: tuple[Officer, ...] = (
    Officer("E01", HEAD, "股东会", None, ("股东",)),
    Officer("E02", HEAD, "董事会", None, ("董事长", "董事")),
    Officer("E03", HEAD, "监事会", None, ("监事", "稽核负责人")),
    Officer("E04", HEAD, "经营层", "E02", ("总经理", "评审委员")),
    Officer("E05", HEAD, "经营层", "E04", ("常务副总经理", "副总经理", "评审委员")),
    Officer("E06", HEAD, "经营层", "E04", ("财务总监", "评审委员")),
    Officer("E07", HEAD, "经营层", "E04", ("总经理助理", "内控经理")),
    Officer("E08", HEAD, "风控部", "E04", ("风控总监", "风控部经理", "评审委员")),
    Officer("E09", HEAD, "风控部", "E08", ("风控部主管", "初审会委员", "催收主管")),
    Officer("E10", HEAD, "风控部", "E09", ("风控专员", "贷后专员")),
    Officer("E11", HEAD, "风控部", "E08", ("律师", "法务专员")),
    Officer("E12", HEAD, "业务部", "E04", ("业务部经理", "市场部经理", "业务管理部经理", "评审委员")),
    Officer("E13", HEAD, "担保部", "E04", ("担保部经理", "担保主管")),
    Officer("E14", HEAD, "项目部", "E04", ("项目部负责人", "项目经理")),
    Officer("E15", HEAD, "业务部", "E12", ("客户经理", "担保经理")),
    Officer("E16", HEAD, "业务部", "E12", ("客户经理", "业务助理")),
    Officer("E17", WEST, "业务部", "E12", ("客户经理",)),
    Officer("E18", HEAD, "项目部", "E14", ("客户经理", "项目经理")),
    Officer("E19", WEST, "车贷部", "E12", ("客户经理",)),
    Officer("E20", WEST, "车贷部", "E19", ("家访员", "催收专员")),
    Officer("E21", WEST, "车贷部", "E04", ("车务主管", "家访员")),
    Officer("E22", EAST, "信贷部", "E04", ("信贷主管",)),
    Officer("E23", EAST, "信贷部", "E22", ("信贷员",)),
    Officer("E24", EAST, "信贷部", "E22", ("信贷员",)),
    Officer("E25", WEST, "客服部", "E04", ("客服部经理", "客服专员")),
    Officer("E26", WEST, "客服部", "E25", ("客服", "前台")),
    Officer("E27", WEST, "客服部", "E25", ("客服", "门店店长", "维修技师")),
    Officer("E28", HEAD, "财务部", "E06", ("财务经理", "会计")),
    Officer("E29", HEAD, "财务部", "E28", ("出纳",)),
    Officer("E30", WEST, "财务部", "E28", ("会计", "出纳")),
    Officer("E31", EAST, "财务部", "E28", ("会计", "出纳")),
    Officer("E32", HEAD, "综合部", "E04", ("综合部经理", "人事专员", "印章管理员", "管理员")),
    Officer("E33", HEAD, "综合部", "E32", ("行政专员", "资料员", "档案员")),
    Officer("E34", HEAD, "稽核部", "E03", ("审计员", "监管检查员")),
)

GUARANTEE_MANAGERS = ("E15", "E16", "E17")
LOAN_MANAGERS = ("E18", "E14")
CAR_MANAGERS = ("E19",)
HOME_VISITORS = ("E20", "E21")
CREDIT_OFFICERS = ("E23", "E24")
SERVICE = ("E26", "E27")
LEFT_OFFICER = "E35"


def founded(as_of: date) -> date:
    """Return the day the sample company was founded."""
    return month_start(add_months(as_of, -12 * _YEARS))


def went_live(as_of: date) -> date:
    """Return the day from which the sample company's work is derived: the first of the month two months before."""
    return month_start(add_months(as_of, -_MONTHS_LIVE))


def write_company(register: Register, seed: int) -> None:
    """Write the company, its branches, accounts, staff and posts."""
    start = founded(register.as_of)
    register.add(
        "公司",
        公司号=COMPANY,
        名称="青岚德润融资担保有限公司（样例）",
        信用代码=company_code(1),
        类型="融资担保公司",
        净资产=320_000_000_00,
        自=went_live(register.as_of),
    )
    places = (
        (HEAD, "总部", "青岚市", True),
        (WEST, "云浦分公司", "云浦市", True),
        (EAST, "临溪分公司", "临溪市", False),
    )
    for number, (no, name, city, vault) in enumerate(places):
        register.add(
            "机构",
            机构号=no,
            名称=name,
            公司=COMPANY,
            上级机构=None if no == HEAD else HEAD,
            有库=vault,
            现金限额=20_000_00,
            地址=f"{city}{STREETS[number]}{number * 17 + 8}号",
            设立日=start,
        )
    accounts = ((HEAD, BANKS[0]), (HEAD, BANKS[3]), (WEST, BANKS[1]), (EAST, BANKS[2]))
    for number, (branch, bank) in enumerate(accounts, 1):
        register.add("账户", 账号=f"9900{number:012d}", 机构=branch, 开户行=bank, 开户日=start)
    _write_staff(register, start, seed)


def _write_staff(register: Register, start: date, seed: int) -> None:
    names = Names(Dice(seed, "staff"))
    for number, officer in enumerate(_OFFICERS):
        joined = start + timedelta(days=number * 9)
        register.add(
            "员工",
            工号=officer.no,
            姓名=names.person(),
            机构=officer.branch,
            手机=mobile(_FIRST_PHONE + number),
            部门=officer.department,
            上级=officer.superior,
            入职日=joined,
        )
        for post in officer.posts:
            register.add("任职", 员工=officer.no, 岗位=post, 机构=officer.branch, 自=joined)
    left = add_months(register.as_of, -2)
    register.add(
        "员工",
        工号=LEFT_OFFICER,
        姓名=names.person(),
        机构=HEAD,
        部门="业务部",
        上级="E12",
        入职日=start,
        离职日=left,
    )
    register.add("任职", 员工=LEFT_OFFICER, 岗位="客户经理", 机构=HEAD, 自=start, 至=left)

"""Writes the contracts: rows of the contract, its drawdown, its plan, what was paid, its security and its file."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from daihou.sample.company import HOME_VISITORS
from daihou.sample.deals import WAN, Deal
from daihou.sample.dice import Dice
from daihou.sample.identity import BANKS
from daihou.sample.parties import Parties
from daihou.sample.register import Register
from daihou.units import add_months

_MONTHS = 12
_BP = 10_000
_LONG_TERM = 12


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a plan; fen."""

    number: int
    due: date
    principal: int
    interest: int


def plan(deal: Deal) -> list[Instalment]:
    """Return the repayment plan; the principal of its lines adds up to the amount of the contract."""
    if deal.method == "到期一次还清":
        return [
            Instalment(1, deal.ends, deal.amount, deal.amount * deal.rate * len(deal.dues) // (_BP * _MONTHS))
        ]
    count, balance = len(deal.dues), deal.amount
    level = _level(deal.amount, deal.rate, count)
    lines = []
    for number, due in enumerate(deal.dues, 1):
        interest = balance * deal.rate // (_BP * _MONTHS)
        principal = {"等额本息": level - interest, "等额本金": deal.amount // count}.get(deal.method, 0)
        principal = balance if number == count else principal
        balance -= principal
        lines.append(Instalment(number, due, principal, interest))
    return lines


def _level(amount: int, rate: int, count: int) -> int:
    """Return the level instalment of an annuity, fen."""
    monthly = Decimal(rate) / (_BP * _MONTHS)
    growth = (1 + monthly) ** count
    return int((amount * monthly * growth / (growth - 1)).quantize(Decimal(1), ROUND_HALF_EVEN))


def write_contract(register: Register, deal: Deal, parties: Parties, seed: int) -> None:
    """Write one contract and everything that came with it on the first day."""
    dice = Dice(seed, "contract", deal.no)
    paid = _write_plan(register, deal, dice) if deal.disbursed else 0
    balance = 0 if deal.closed else deal.amount - paid
    _write_row(register, deal, balance, dice)
    if deal.disbursed:
        _write_drawdown(register, deal, balance)
        _write_file(register, deal, dice)
        _write_surety(register, deal, parties, dice)


def _write_plan(register: Register, deal: Deal, dice: Dice) -> int:
    """Write plan and payments; return the principal paid."""
    late = dice.below(len(deal.dues)) if dice.chance(6) and deal.unpaid_from is None else None
    repaid = 0
    for line in plan(deal):
        day = line.due - timedelta(days=dice.below(3))
        if line.number - 1 == late:
            day = line.due + timedelta(days=1 + dice.below(6))
        if line.due == register.as_of and not deal.closed:
            day = line.due + timedelta(days=1)
        day = max(day, deal.start)
        stopped = deal.unpaid_from is not None and line.number > deal.unpaid_from
        done = not stopped and day <= register.as_of
        total = line.principal + line.interest
        key = register.add(
            "期供",
            合同=deal.no,
            期次=line.number,
            应还日=line.due,
            应还额=total,
            应还本金=line.principal,
            应还利息=line.interest,
            已还额=total if done else 0,
            已还本金=line.principal if done else 0,
            还款日=day if done else None,
            还清日=day if done else None,
        )
        if done:
            repaid += line.principal
            register.add(
                "还款",
                流水号=register.number("LS"),
                合同=deal.no,
                期供=key,
                起息日=day,
                金额=total,
                本金=line.principal,
                利息=line.interest,
            )
    return repaid


def _write_row(register: Register, deal: Deal, balance: int, dice: Dice) -> None:
    guaranteed = deal.line in {"担保", "车贷"}
    share = 20 if deal.line == "担保" else 0
    days = 0 if deal.waits and deal.line == "小贷" else deal.days_past_due(register.as_of)
    shown = balance if deal.state in {"在保", "在贷"} else 0
    own = shown * (100 - share) // 100 if guaranteed else None
    register.add(
        "合同",
        合同号=deal.no,
        客户=deal.client.key,
        机构=deal.branch,
        客户经理=deal.manager,
        经理B=_second(deal),
        家访员=HOME_VISITORS[int(deal.no[-1]) % 2] if deal.line == "车贷" else None,
        业务线=deal.line,
        产品=deal.product,
        品种=deal.kind,
        贷款类型=_loan_type(deal),
        资金来源=_source(deal),
        债权人=dice.pick(BANKS) if guaranteed else None,
        经销商="青岚顺风汽车销售行" if deal.line == "车贷" else None,
        主合同号=f"JK{deal.no[2:]}" if guaranteed else None,
        保证合同号=f"BZ{deal.no[2:]}" if guaranteed else None,
        审批单号=f"SP{deal.no}",
        用途=_purpose(deal, dice),
        金额=deal.amount,
        期限月=len(deal.dues),
        放款日=deal.start if deal.disbursed else None,
        到期日=deal.ends,
        结清日=deal.closed,
        状态=deal.state,
        本金余额=balance,
        名义余额=shown if guaranteed else None,
        在保余额=own,
        责任余额=own * 3 // 4 if own is not None else None,
        银行分险比例=share if guaranteed else None,
        再担保分险比例=0 if guaranteed else None,
        利率=Decimal(deal.rate) / 100,
        还款方式=deal.method,
        每月还款日=deal.dues[0].day,
        担保费率=Decimal("1.5") if guaranteed else None,
        担保费=deal.amount * 15 // 1000 if guaranteed else None,
        保证金=deal.amount * 5 // 100 if deal.line == "担保" else None,
        综合成本率=Decimal(deal.rate + 150 if guaranteed else deal.rate) / 100,
        担保方式={"担保": "组合", "贷款": "抵押", "车贷": "抵押", "小贷": "保证"}[deal.line],
        保证责任="连带责任保证" if guaranteed else None,
        保证期间月=24 if guaranteed else None,
        风险分类=deal.risk_class,
        五级=five_tier(days, extended=deal.fate == "展期", failed=deal.fate in {"代偿", "已追偿", "核销"}),
        五级评分=max(20, 88 - days // 2 - dice.below(8)),
        批复检查间隔天=60 if deal.line == "贷款" and dice.chance(8) else None,
        董事会批准=deal.line == "小贷" and (deal.amount >= 28 * WAN or (deal.waits and deal.fate == "健康")),
        审贷分离=dice.pick(("分离", "分离", "分离", "不分离", "单项")) if deal.line == "小贷" else "分离",
        政策标签="小微" if deal.client.is_firm else None,
        展期次数=1 if deal.fate == "展期" else 0,
        核销日=deal.closed if deal.fate == "核销" else None,
        核销损失=balance or deal.amount // 3 if deal.fate == "核销" else None,
    )


def five_tier(days: int, *, extended: bool = False, failed: bool = False) -> str:
    """Return the class that so many days past due give at best."""
    for limit, tier in ((360, "损失"), (270, "可疑"), (90, "次级"), (0, "关注")):
        if days > limit:
            return tier
    if failed:
        return "次级"
    return "关注" if extended else "正常"


def _second(deal: Deal) -> str | None:
    return {"E15": "E16", "E16": "E15", "E17": "E16"}.get(deal.manager) if deal.line == "担保" else None


def _loan_type(deal: Deal) -> str | None:
    if deal.line != "贷款":
        return None
    return deal.product if deal.product in {"固定资产贷款", "项目贷款"} else "其他"


def _source(deal: Deal) -> str:
    if deal.line in {"担保", "车贷"}:
        return "银行资金"
    if deal.fate == "募集":
        return "募集"
    return "委托资金" if deal.product == "委托贷款" else "自有"


def _purpose(deal: Deal, dice: Dice) -> str:
    if deal.line == "车贷":
        return "购车"
    if deal.product in {"固定资产贷款", "项目贷款"}:
        return "厂房扩建"
    return dice.pick(("采购原材料", "支付货款", "扩大养殖", "周转备货", "支付工程款"))


def _write_drawdown(register: Register, deal: Deal, balance: int) -> None:
    """Write the drawdown; guarantees and car loans are drawn at once, loans paid out some days later."""
    later = register.work(deal.start, 2) if deal.line == "贷款" else deal.start
    key = register.add(
        "借据",
        借据号=f"{deal.no}-1",
        合同=deal.no,
        品种=deal.kind,
        资金来源=_source(deal),
        金额=deal.amount,
        放款日=deal.start,
        支付完毕日=later,
        到期日=deal.ends,
        展期次数=1 if deal.fate == "展期" else 0,
        本金余额=balance,
        结清日=deal.closed,
    )
    if deal.fate == "展期":
        _write_extension(register, deal, key)


def _write_extension(register: Register, deal: Deal, drawdown: str) -> None:
    before = add_months(deal.ends, -6)
    asked = before - timedelta(days=12)
    register.add(
        "展期申请", 申请号=register.number("ZQ"), 合同=deal.no, 申请日=asked, 许可=True, 新到期日=deal.ends
    )
    since = before - timedelta(days=2)
    for table, key in (("合同", deal.no), ("借据", drawdown)):
        register.moved(table, key, "到期日", (since, before, deal.ends))
        register.moved(table, key, "展期次数", (since, 0, 1))
    register.moved("合同", deal.no, "五级", (since, "正常", "关注"))
    register.add("分类变动", 合同=deal.no, 变动日=since, 原级="正常", 新级="关注", 批准人="E08", 理由="展期")


def _write_file(register: Register, deal: Deal, dice: Dice) -> None:
    """Write the volumes of the file, handed over within a month, and the guarantee fee."""
    volumes = ["基础卷", "权利凭证卷"] + (["风险常规卷"] if deal.unpaid_from is not None else [])
    for volume in volumes:
        made = deal.start + timedelta(days=3 + dice.below(4))
        if volume == "风险常规卷":
            made = deal.dues[deal.unpaid_from or 0] + timedelta(days=5)
        register.add(
            "档案卷", 合同=deal.no, 卷类=volume, 形成日=made, 移交日=made + timedelta(days=8 + dice.below(18))
        )
    if deal.line != "担保":
        return
    for year in range((len(deal.dues) + _LONG_TERM - 1) // _LONG_TERM):
        due = add_months(deal.start, _LONG_TERM * year)
        paid = due if dice.chance(95) or (register.as_of - due).days > 60 else None  # noqa: PLR2004 - old fees are in
        fee = deal.amount * 15 // 1000
        register.add("保费应收", 合同=deal.no, 期次=year + 1, 应收日=due, 金额=fee, 收讫日=paid)


def _write_surety(register: Register, deal: Deal, parties: Parties, dice: Dice) -> None:
    """Write who stands behind the contract and what is pledged."""
    end = add_months(deal.ends, 24)
    if deal.line in {"担保", "贷款", "小贷"} and dice.chance(75 if deal.line != "小贷" else 45):
        surety = parties.person(deal.manager, deal.client.city)
        register.add(
            "反担保", 合同=deal.no, 反担保人=surety.key, 方式="保证", 自=deal.start, 至=end, 金额=deal.amount
        )
    if deal.line == "担保" and dice.chance(12):
        firm = parties.firm(deal.manager, deal.client.city)
        register.add(
            "反担保", 合同=deal.no, 反担保人=firm.key, 方式="保证", 自=deal.start, 至=end, 金额=deal.amount
        )
    if deal.line in {"担保", "贷款"} and dice.chance(55):
        _write_collateral(register, deal, dice)


def _write_collateral(register: Register, deal: Deal, dice: Dice) -> None:
    kind, name = dice.pick(
        (("房产", "厂房"), ("房产", "商铺"), ("土地", "工业用地使用权"), ("机器设备", "生产线"))
    )
    register.add(
        "押品",
        押品号=f"YP{deal.no}",
        合同=deal.no,
        种类=kind,
        名称=name,
        权属人=deal.client.key,
        权证号=f"川（样例）不动产权第{deal.no[2:]}号",
        评估价=deal.amount * 16 // 10,
        评估日=max(deal.start, add_months(register.as_of, -10)),
        抵押率=Decimal("62.5"),
        顺位=1,
        登记号=f"DJ{deal.no}",
        登记到期日=add_months(deal.ends, 36),
        保险到期日=add_months(register.as_of, 3 + dice.below(8)) if kind != "土地" else None,
        状态="已出库" if deal.closed else "已入库",
        入库日=deal.start + timedelta(days=5),
        解押日=deal.closed,
    )

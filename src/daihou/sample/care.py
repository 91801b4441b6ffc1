"""Writes what was said and sent to clients: reminders, visits, notices, collection, members of the service shop."""

from datetime import date, timedelta

from daihou.sample.company import CREDIT_OFFICERS, HOME_VISITORS, SERVICE, WEST
from daihou.sample.contracts import five_tier, plan
from daihou.sample.deals import WAN, Deal
from daihou.sample.dice import Dice
from daihou.sample.identity import Names, mobile
from daihou.sample.inspections import once_a_period
from daihou.sample.parties import Client
from daihou.sample.register import Register
from daihou.units import Period, PeriodKind, add_months, month_start, period_of, quarter_end, shift, yearly

BAD_TIERS = frozenset({"次级", "可疑", "损失"})
_MEMBER_PHONE = 6000
_MEMBERS = 40
_SUMMARY_DAYS = ((6, 20), (12, 20))


def write_service(register: Register, deals: list[Deal], seed: int) -> None:
    """Write everything of this module."""
    for deal in deals:
        dice = Dice(seed, "service", deal.no)
        if deal.line == "车贷" and deal.disbursed:
            _reminders(register, deal, dice)
        if deal.days_past_due(register.as_of) and not deal.closed:
            _collection(register, deal)
        if deal.line == "小贷" and deal.disbursed:
            _maturity(register, deal)
    _visits(register, deals, seed)
    _registers_of_officers(register)
    _members(register, seed)


def _reminders(register: Register, deal: Deal, dice: Dice) -> None:
    """Call from the 15th to the 20th of every month in which an instalment falls due."""
    for line in plan(deal):
        day = line.due.replace(day=15) + timedelta(days=dice.below(5))
        if line.due < deal.start or dice.chance(1):
            continue
        number, hour, minute = register.number("LX"), dice.between(9, 17), dice.between(10, 59)
        register.add(
            "联络",
            联络号=number,
            主体=deal.client.key,
            合同=deal.no,
            日期=day,
            时刻=f"{hour:02d}:{minute}",
            钟点=hour,
            方式="电话",
            号码=deal.client.phone,
            事由="还款提醒",
            对方身份="本人",
            结果="接通",
            经办人=dice.pick(SERVICE),
        )


def _collection(register: Register, deal: Deal) -> None:
    """Write how an overdue contract was chased, step by step."""
    assert deal.unpaid_from is not None, "an overdue contract has an unpaid instalment"
    due = deal.dues[deal.unpaid_from]
    owed = next(line for line in plan(deal) if line.due >= due)
    if deal.waits and deal.line == "车贷":
        _bank_list(register, deal)
        return
    for after, means, result in (
        (1, "电话", "接通"),
        (3, "电话", "承诺还款"),
        (8, "上门", "承诺还款"),
        (20, "电话", "接通"),
        (45, "上门", "接通"),
        (110, "信函", "转告"),
        (200, "上门", "接通"),
        (300, "电话", "接通"),
    ):
        day = due + timedelta(days=after)
        register.add(
            "联络",
            联络号=register.number("LX"),
            主体=deal.client.key,
            合同=deal.no,
            日期=day,
            时刻="10:20",
            钟点=10,
            方式=means,
            事由="催收",
            对方身份="本人",
            号码=deal.client.phone if means == "电话" else None,
            结果=result,
            承诺日=day + timedelta(days=5) if result == "承诺还款" else None,
            承诺额=owed.principal + owed.interest if result == "承诺还款" else None,
            经办人=deal.manager,
        )
        step = {"电话": "电话", "上门": "上门", "信函": "信函"}[means]
        register.add(
            "催收动作", 动作号=register.number("CS"), 合同=deal.no, 种类=step, 日期=day, 经办人=deal.manager
        )
    if (register.as_of - due).days > 300:  # noqa: PLR2004 - by then the case is in court
        register.add(
            "催收动作",
            动作号=register.number("CS"),
            合同=deal.no,
            种类="起诉",
            日期=due + timedelta(days=290),
        )
    _class_moves(register, deal, due)
    _dunning(register, deal, due)
    if deal.line == "车贷":
        _bank_list(register, deal)


def _class_moves(register: Register, deal: Deal, due: date) -> None:
    """Write how the class sank, and the reports that every new bad loan asks for."""
    if deal.fate != "逾期":
        return
    moves, before = [], "正常"
    for after in (1, 91, 271, 361):
        day, tier = due + timedelta(days=after), five_tier(after)
        if day > register.as_of or (deal.waits and tier in BAD_TIERS):
            break
        register.add(
            "分类变动", 合同=deal.no, 变动日=day, 原级=before, 新级=tier, 批准人="E08", 理由=f"逾期{after}天"
        )
        moves.append((day, before, tier))
        before = tier
    register.moved("合同", deal.no, "五级", *moves)
    bad = due + timedelta(days=91)
    if bad > register.as_of or deal.waits:
        return
    change = f"{deal.no}/{bad.isoformat()}"
    told = (("新增不良", 12), ("大额不良", 3), ("风险报告", 9))
    for kind, day_of_month in told:
        day = add_months(month_start(bad), 1).replace(day=day_of_month)
        cells = {"种类": kind, "合同": deal.no, "分类变动": change, "员工": deal.manager, "提交日": day}
        register.add(
            "报告", 报告号=register.number("BG"), **cells, 面报日=day if kind == "大额不良" else None
        )


def _dunning(register: Register, deal: Deal, due: date) -> None:
    """Send a dunning notice each period once the loan is bad; the last receipt has not come back."""
    bad = due + timedelta(days=91)
    kind = PeriodKind.QUARTER if deal.amount >= 10 * WAN else PeriodKind.HALF_YEAR
    for day in once_a_period(register, kind, bad, None, Dice("dunning", deal.no[-4:])):
        back = day + timedelta(days=6)
        cells = {
            "合同": deal.no,
            "种类": "催收",
            "发出日": day,
            "回执日": back,
            "约见日": day + timedelta(days=9),
        }
        register.add("通知书", 书号=register.number("TZ"), **cells)
    sent = due + timedelta(days=20)
    if deal.line != "小贷":
        register.add(
            "通知书",
            书号=register.number("TZ"),
            合同=deal.no,
            种类="催收",
            发出日=sent,
            回执日=sent + timedelta(days=5),
            约见日=sent + timedelta(days=8),
        )


def _bank_list(register: Register, deal: Deal) -> None:
    """The bank's list of overdue contracts, some days after each repayment day."""
    assert deal.unpaid_from is not None, "an overdue contract has an unpaid instalment"
    lines = plan(deal)[deal.unpaid_from :]
    principal = interest = 0
    for number, line in enumerate(lines, 1):
        day = line.due + timedelta(days=4)
        principal, interest = principal + line.principal, interest + line.interest
        register.add(
            "逾期名单",
            合同=deal.no,
            名单日=day,
            逾期本金=principal,
            逾期利息=interest,
            连续逾期期数=number,
            累计逾期期数=number,
            银行五级=five_tier((day - lines[0].due).days),
        )
        if number > 1 and not deal.waits:
            going = register.work(line.due + timedelta(days=1), 2)
            cells = {
                "客户": deal.client.key,
                "合同": deal.no,
                "期供": f"{deal.no}/{line.number}",
                "日期": going,
            }
            who = {"甲": deal.manager, "乙": HOME_VISITORS[int(deal.no[-1]) % 2]}
            filed = register.work(going, 3)
            register.add("回访", 回访号=register.number("HF"), **cells, 种类="家访", **who, 归档日=filed)


def _maturity(register: Register, deal: Deal) -> None:
    """Send the notice of maturity in its window, and write the closing review within a month."""
    lead = timedelta(days=5) if len(deal.dues) <= 12 else timedelta(days=20)  # noqa: PLR2004 - short-term: a year
    end = add_months(deal.ends, -6) if deal.fate == "展期" else deal.ends
    if deal.fate != "到期" or end - lead < register.as_of - timedelta(days=1):
        back = end - lead + timedelta(days=2)
        register.add(
            "通知书",
            书号=register.number("TZ"),
            合同=deal.no,
            种类="到期",
            发出日=end - lead,
            回执日=back,
            约见日=back,
        )
    if deal.closed and (register.as_of - deal.closed).days not in {20, 33}:
        day = deal.closed + timedelta(days=16)
        register.add("总结评价", 合同=deal.no, 提交日=day, 撰写人=deal.manager, 结论="按期收回，用途相符")


def _visits(register: Register, deals: list[Deal], seed: int) -> None:
    """Visit every client of the small-loan line once a half-year, key and good ones once a quarter; others yearly."""
    first: dict[str, tuple[Client, date, str]] = {}
    for deal in deals:
        if deal.disbursed and not deal.closed:
            known = first.get(deal.client.key)
            start = deal.start if known is None else min(known[1], deal.start)
            first[deal.client.key] = (deal.client, start, deal.line)
    for client, start, line in first.values():
        dice = Dice(seed, "visits", client.key)
        kind = PeriodKind.QUARTER if line == "小贷" else PeriodKind.HALF_YEAR
        for day in once_a_period(register, kind, start, None, dice):
            filed = register.work(day, 3 + dice.below(2))
            cells = {"客户": client.key, "日期": day, "甲": client.manager, "归档日": filed}
            register.add(
                "回访", 回访号=register.number("HF"), **cells, 种类=dice.pick(("电话", "上门")), 乙=None
            )


def _registers_of_officers(register: Register) -> None:
    """Monthly register of loans falling due and half-yearly summary of visits, by each credit officer."""
    for number, officer in enumerate(CREDIT_OFFICERS):
        month = add_months(month_start(register.as_of), -36)
        while month <= register.as_of:
            day = register.calendar.roll_forward(month + timedelta(days=number))
            register.add("到期登记簿", 员工=officer, 所属月=month, 建立日=day)
            month = add_months(month, 1)
        period: Period = yearly(_SUMMARY_DAYS, add_months(register.as_of, -36))
        while period.start <= register.as_of:
            day = register.calendar.roll_back(period.end - timedelta(days=3 + number))
            register.add("回访总结", 员工=officer, 所属截止=period.end, 报送日=day)
            period = shift(period, 1)
        _quarter_ends(register, officer, number)


def _quarter_ends(register: Register, officer: str, number: int) -> None:
    """The officer's bad loans at the ends of the last quarters; the last one went up for one of them."""
    quarter = period_of(PeriodKind.QUARTER, add_months(register.as_of, -15))
    while quarter.end <= register.as_of:
        up = (
            62 * WAN
            if number == 0 and quarter.end == quarter_end(add_months(register.as_of, -3))
            else -3 * WAN
        )
        register.add(
            "组合季",
            员工=officer,
            季末=quarter.end,
            公司="G1",
            期初不良=30 * WAN,
            期末不良=30 * WAN + up,
            期初余额=900 * WAN,
            期末余额=920 * WAN,
        )
        if up > 0:
            told = quarter.end + timedelta(days=8)
            cells = {"员工": officer, "公司": "G1", "所属期初": quarter.start, "提交日": told, "面报日": told}
            register.add("报告", 报告号=register.number("BG"), 种类="不良上升", **cells)
        quarter = shift(quarter, 1)


def _members(register: Register, seed: int) -> None:
    """Members of the service shop, their visits, birthdays and thanks."""
    names = Names(Dice(seed, "members"))
    dice = Dice(seed, "member lives")
    for number in range(1, _MEMBERS + 1):
        born = add_months(register.as_of + timedelta(days=(number * 9) % 360), -12 * (25 + number % 30))
        key = f"HY{number:04d}"
        register.add(
            "会员", 会员号=key, 机构=WEST, 姓名=names.person(), 手机=mobile(_MEMBER_PHONE + number), 生日=born,
            下次保养日=register.as_of + timedelta(days=4 + number * 7 % 90),
        )  # fmt: skip
        came = register.calendar.roll_back(register.as_of - timedelta(days=1 + dice.below(60)))
        ready = register.work(came, 1)
        thanked = register.work(ready, 1) if ready < register.as_of - timedelta(days=3) else None
        cells = {"会员": key, "接待日": came, "完工日": ready, "质检日": ready, "致谢日": thanked}
        register.add("服务单", 单号=register.number("FW"), **cells)
        for years in range(1, 4):
            day = add_months(born, 12 * (25 + number % 30 + 1 - years))
            if day < register.as_of:
                register.add("关怀", 会员=key, 种类="生日", 日期=day)

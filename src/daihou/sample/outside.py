"""Writes what banks, courts, registers and markets say of the clients: mostly nothing, once each a signal."""

from datetime import date, timedelta
from decimal import Decimal

from daihou.sample.deals import WAN, Deal
from daihou.sample.identity import BANKS
from daihou.sample.inspections import visit
from daihou.sample.parties import Client
from daihou.sample.register import Register, Value
from daihou.sample.statements import reporting_clients
from daihou.units import add_months, month_start

_YI = 10_000 * WAN


class _Scene:
    """Clients in order: every signal takes the next one, so that no client has all the bad luck."""

    def __init__(self, register: Register, deals: list[Deal]) -> None:
        self.register = register
        self.deals = deals
        clients = reporting_clients(deals)
        self._quiet = [client for number, client in enumerate(clients) if number % 4 == 1]
        self._next = 0

    def client(self) -> Client:
        """Return the next client."""
        self._next += 1
        return self._quiet[self._next % len(self._quiet)]

    @property
    def others(self) -> int:
        """How many clients come before the next one has another turn."""
        return len(self._quiet) - 1

    def ago(self, days: int) -> date:
        """Return the day so many days before the day of the register."""
        return self.register.as_of - timedelta(days=days)


def write_outside(register: Register, deals: list[Deal]) -> None:
    """Write everything of this module."""
    scene = _Scene(register, deals)
    _credit(scene)
    _courts(scene)
    _registry(scene)
    _flows(scene)
    _events(scene)
    _watched(scene, deals)
    _noticed(scene, deals)


def _credit(scene: _Scene) -> None:
    add = scene.register.add
    for number in range(min(10, scene.others)):
        client = scene.client()
        for back, limit in ((200, 800), (20, 800 if number else 400)):
            cells = {"机构名": BANKS[number % 4], "查询日": scene.ago(back), "首见日": scene.ago(900)}
            add("他行授信", 主体=client.key, **cells, 额度=limit * WAN, 已用额度=300 * WAN)
    newly = scene.client()
    for bank in BANKS[:3]:
        cells = {"机构名": bank, "查询日": scene.ago(15), "首见日": scene.ago(60)}
        add("他行授信", 主体=newly.key, **cells, 额度=500 * WAN, 已用额度=480 * WAN)
    for number in range(6):
        amount = 8 * _YI if number == 0 else 100 * WAN
        add("对外担保", 主体=scene.client().key, 截至=month_start(scene.ago(5)), 余额=amount)
    for number in range(5):
        amount = 9 * _YI if number == 0 else 150 * WAN
        cells = {"登记日": scene.ago(18), "金额": amount, "抵押权人": BANKS[1]}
        add("抵押登记", 登记号=scene.register.number("DY"), 主体=scene.client().key, **cells)
    graded = scene.client()
    since = scene.ago(6)
    before = scene.register.row("主体", graded.key)["bank_rating"]
    assert isinstance(before, int), "an enterprise has a rating"
    scene.register.moved("主体", graded.key, "银行评级", (since, before, before + 1))


def _courts(scene: _Scene) -> None:
    add = scene.register.add
    for number, (role, amount, back) in enumerate(
        (("被告", 3000, 5), ("被执行人", 120, 9), ("原告", 90, 60), ("第三人", 40, 100)), 1
    ):
        cells: dict[str, Value] = {"主体": scene.client().key, "角色": role, "标的": amount * WAN}
        add(
            "涉诉",
            案号=f"（样例）民初{number}号",
            **cells,
            立案日=scene.ago(back + 6),
            获知日=scene.ago(back),
        )
    for number, (office, amount) in enumerate((("税务", 3), ("环保", 15), ("市场监管", 1)), 1):
        known = scene.ago(4 + number * 5)
        cells = {
            "机关": office,
            "金额": amount * WAN,
            "涉证照": False,
            "处罚日": known - timedelta(days=8),
            "获知日": known,
        }
        add("处罚", 文号=f"（样例）罚{number}号", 主体=scene.client().key, **cells)
    for name, back in (("破产", 2), ("人民银行", 8), ("其他", 200)):
        add("名单", 主体=scene.client().key, 名单=name, 获知日=scene.ago(back))
    shut = scene.client()
    scene.register.moved("主体", shut.key, "证照状态", (scene.ago(7), "正常", "停业"))


def _registry(scene: _Scene) -> None:
    for kind, back, old, new in (
        ("法定代表人", 12, "样例甲", "样例乙"),
        ("经营范围", 9, "包装制品", "包装制品、房地产开发"),
        ("减资", 16, "3000万元", "1000万元"),
        ("分立", 22, "一家", "两家"),
        ("地址", 40, "滨河路1号", "滨河路9号"),
    ):
        cells = {"日期": scene.ago(back + 3), "获知日": scene.ago(back), "原值": old, "新值": new}
        client = scene.client()
        scene.register.add("工商变更", 主体=client.key, 种类=kind, **cells)
        if kind == "分立":
            _event(scene, client, "逃废债", "重组逃债", 20, confirmed=True)


def _flows(scene: _Scene) -> None:
    register = scene.register
    drained = scene.client()
    for back in range(3, 0, -1):
        month = add_months(month_start(register.as_of), -back - 1)
        register.add("关联流水", 主体=drained.key, 所属月=month, 净流出=900 * WAN)
    many = scene.client()
    for back in (400, 320, 240, 160, 100):
        _bill(scene, many, back, 60, "相符")
    for back in (50, 30, 12):
        _bill(scene, many, back, 400, "相符")
    _bill(scene, scene.client(), 10, 80, "不符")
    listed = scene.client()
    day = register.calendar.roll_back(register.as_of)
    register.add("行情", 主体=listed.key, 日期=day, 五日相对涨跌=Decimal("-0.23"), 风险警示=False)
    register.add(
        "行情", 主体=listed.key, 日期=register.work(day, -5), 五日相对涨跌=Decimal("0.03"), 风险警示=False
    )


def _bill(scene: _Scene, client: Client, back: int, amount: int, trade: str) -> None:
    cells = {"种类": "承兑", "开立日": scene.ago(back), "到期日": scene.ago(back - 180), "金额": amount * WAN}
    scene.register.add("票据", 票号=scene.register.number("PJ"), 主体=client.key, **cells, 贸易核对=trade)


def _events(scene: _Scene) -> None:
    """Events and what followed: a check within a working day, save for the newest."""
    for kind, signal, back, confirmed in (
        ("纠纷", None, 30, True),
        ("处罚", None, 14, True),
        ("诉讼", None, 1, None),
        ("事故", "重大事故变动", 3, True),
        ("媒体曝光", "媒体披露", 5, None),
        ("恶意拖欠", None, 6, True),
        ("人事变动", None, 0, None),
    ):
        _event(scene, scene.client(), kind, signal, back, confirmed=confirmed)
    raised = next(deal for deal in scene.deals if deal.fate == "募集")
    _event(scene, raised.client, "纠纷", None, 2, confirmed=True)
    register = scene.register
    micro = [
        deal.client for deal in scene.deals if deal.line == "小贷" and not deal.closed and deal.disbursed
    ]
    changes = (("法规政策", 25), ("行业政策", 12), ("市场", 1))
    for number, (change, back) in enumerate(changes):
        known = scene.ago(back)
        told = register.work(known, 1) if back > 2 else None  # noqa: PLR2004 - the newest is still to be passed on
        for client in (micro[number * 2], scene.client()):
            cells: dict[str, Value] = {"变动": change, "获知日": known, "提示日": told}
            register.add("变动影响", 变动号=f"BD{number + 1:02d}", 客户=client.key, **cells)


def _event(
    scene: _Scene, client: Client, kind: str, signal: str | None, back: int, *, confirmed: bool | None
) -> None:
    register, known = scene.register, scene.ago(back)
    cells: dict[str, Value] = {
        "信号": signal,
        "发生日": known - timedelta(days=1),
        "获知日": known,
        "属实": confirmed,
    }
    key = register.add(
        "事件", 事件号=register.number("SJ"), 主体=client.key, 种类=kind, **cells, 说明=f"{kind}（样例）"
    )
    deal = next((d for d in scene.deals if d.client.key == client.key and not d.closed and d.disbursed), None)
    if deal is not None and back > 2:  # noqa: PLR2004 - the newest events are still to be looked into
        visit(register, deal, "突发", register.work(known, 1), 事件=key)


def _watched(scene: _Scene, deals: list[Deal]) -> None:
    """Put three guaranteed clients on the watch list: one looked at and on time, one with a step overdue, one taken off."""
    guaranteed = [deal for deal in deals if deal.line == "担保" and deal.disbursed and not deal.closed]
    plans = (
        ("第一大客户回款慢，现金紧", "行动方案", "追加应收账款质押"),
        ("行业转弱，连续两季减收", "有序退出", "本季收回两成"),
        ("换了实际控制人", "行动方案", "见新的实际控制人"),
    )
    for number, (deal, (reason, plan, step)) in enumerate(zip(guaranteed[:3], plans, strict=False)):
        off = number == len(plans) - 1
        cells: dict[str, Value] = {"移出日": scene.ago(12), "移出说明": "新的控制人已经担保"} if off else {}
        no = scene.register.number("GZ")
        scene.register.add(
            "关注名单", 名单号=no, 主体=deal.client.key, 列入日=scene.ago(70), 缘由=reason, 方案=plan, 负责人=deal.manager, **cells
        )  # fmt: skip
        steps = [(scene.ago(70), False, True), *([(scene.ago(12), True, False)] if off else [])]
        scene.register.moved("主体", deal.client.key, "潜在风险", *steps)
        done: dict[str, Value] = {"完成日": scene.ago(30), "成效": "已办"} if number != 1 else {}
        scene.register.add("名单步骤", 关注名单=no, 序号=1, 要办的事=step, 期限=scene.ago(10), **done)
        if number == 0:
            scene.register.add(
                "名单步骤", 关注名单=no, 序号=2, 要办的事="每周对一次流水", 期限=scene.ago(-20)
            )
        for back in (40, 5)[: 2 if number == 0 else 1]:
            scene.register.add(
                "名单跟踪", 关注名单=no, 日期=scene.ago(back), 员工=deal.manager, 说明="方案在落实，未见恶化"
            )


def _noticed(scene: _Scene, deals: list[Deal]) -> None:
    """Two risk notices of the deputy general manager: one that everybody has read, one that some still have to."""
    named = [deal for deal in deals if deal.disbursed and not deal.closed][:2]
    changes = (
        (30, "政策变化", "小微贷款贴息下季度取消", "靠贴息付息的客户，下季起要自己付足，回访时问清楚。", ("E08", "E12"), True),
        (1, "客户变化", "两家客户换了主要买家", "回款账期可能拉长，请各自看一遍账户流水。", ("E08", "E12", "E15"), False),
    )  # fmt: skip
    for back, topic, title, told, readers, read in changes:
        no = scene.register.number("FT")
        scene.register.add(
            "风险提示", 提示号=no, 提示事由=topic, 名称=title, 说明=told, 发出日=scene.ago(back), 发出人="E05"
        )  # fmt: skip
        for deal in () if read else named:
            scene.register.add("提示客户", 风险提示=no, 主体=deal.client.key)
        for number, reader in enumerate(readers):
            answered = read or number == 0
            cells: dict[str, Value] = (
                {"阅知日": scene.ago(back - 1 if read else back), "说明": "已交代下去"} if answered else {}
            )
            scene.register.add("提示阅知", 风险提示=no, 员工=reader, **cells)

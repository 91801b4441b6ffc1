"""Writes what waits today, so that somebody is asked for every form: a demand to put right, grave warnings that nobody answered, a plan under way."""

from datetime import timedelta

from daihou.sample.deals import Deal
from daihou.sample.register import Register, Value

_SIGNAL, _SIGNAL_WORD = "S20", "业主异常"


def write_waiting(register: Register, deals: list[Deal]) -> None:
    """Write everything of this module, about contracts that are healthy otherwise."""
    healthy = [deal for deal in deals if deal.line == "担保" and deal.fate == "健康" and not deal.closed]
    loan = next(deal for deal in deals if deal.line == "贷款" and deal.fate == "健康" and not deal.closed)
    _demanded(register, healthy[0])
    _warned(register, healthy[1], 25, "实际控制人出国两个月没有回来，电话由家人代接")
    _warned(register, loan, 24, "老板失联一周，车间停了两条线")
    planned = _warned(register, healthy[2], 20, "实际控制人住院，厂里由其弟代管")
    _planned(register, healthy[2], planned)


def _demanded(register: Register, deal: Deal) -> None:
    """One thing to put right by next week, of which no letter was sent yet, and one that was put right in time."""
    for back, ahead, sent, done, told in (
        (1, 7, None, None, "补交上月银行流水和水电费单据"),
        (40, -26, -39, -30, "补签反担保人的股东会决议"),
    ):
        cells: dict[str, Value] = {
            "主体": deal.client.key, "合同": deal.no, "种类": "检查发现", "催办次数": 0, "说明": told,
            "要求日": register.as_of - timedelta(days=back), "期限": register.as_of + timedelta(days=ahead),
            "整改通知日": None if sent is None else register.as_of + timedelta(days=sent),
            "完成日": None if done is None else register.as_of + timedelta(days=done),
        }  # fmt: skip
        register.add("整改", 整改号=register.number("ZG"), **cells)


def _warned(register: Register, deal: Deal, back: int, told: str) -> str:
    """A grave warning that its account manager raised and that proved true."""
    day = register.as_of - timedelta(days=back)
    cells: dict[str, Value] = {
        "主体": deal.client.key, "次": day.isoformat(), "合同": deal.no, "信号": _SIGNAL_WORD, "提出日": day, "来源": "人工", "渠道": "现场",
        "提出人": deal.manager, "说明": told, "核实日": register.work(day, 1), "核实结果": "属实", "核实人": deal.manager,
        "核实说明": "走访和电话都证实了",
    }  # fmt: skip
    return register.add("预警", 规则=_SIGNAL, 级别="重大", **cells)


def _planned(register: Register, deal: Deal, warning: str) -> None:
    """What was decided about it, and the plan that is carried out until next week."""
    day = register.as_of - timedelta(days=20)
    for measure, after in (("追加反担保", 15), ("监控账户", 3)):
        cells: dict[str, Value] = {
            "决定日": register.work(day, 2), "决定人": "E08", "负责人": deal.manager, "期限": day + timedelta(days=after + 12),
            "完成日": register.work(day, after) if after < 5 else None,  # noqa: PLR2004 - the quick one is done
        }  # fmt: skip
        register.add("处置", 预警=warning, 措施=measure, **cells)
    cells = {
        "化解缘由": "其他重大因素", "提出日": register.work(day, 3), "提出人": deal.manager, "执行人": deal.manager,
        "决定日": register.work(day, 6), "期限": register.as_of + timedelta(days=6),
    }  # fmt: skip
    register.add("化解方案", 预警=warning, **cells)

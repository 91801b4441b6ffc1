"""Rules of which the rows say at once that nothing follows: no statement is spent on them, and every answer stays as it was.

Each line asks one rule of small registers. All executions agree on the answer (one of them screens nothing); beside, it is told whether the rows
were enough.
"""

from datetime import date
from types import SimpleNamespace

import pytest

from daihou.engine import Opened, case_book, derive
from daihou.engine.compile import screening
from daihou.rulebook import read_shipped
from daihou.rulebook.model import Duty

pytestmark = pytest.mark.anew
"""What is screened is seen while a question is derived, so each is."""

DAY = date(2026, 6, 15)
CONTRACT = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 业务线: 担保, 状态: 在保, 放款日: 2026-03-02, 到期日: 2027-03-02}]"
CLIENT = "主体: [{证件号: K1, 名称: 甲}]"
HEAD = "完成: \"最早(检查.检查日, 种类 = '用途')\", 责任: 客户经理"


def duty(rest: str) -> str:
    """A rule on contracts, due ten days after its start."""
    return f'规则:\n- {{编号: use, 对象: 合同, {rest}, 到期: "加天(起算, 10天)", {HEAD}}}\n'


def signal(when: str, rest: str = "") -> str:
    """A warning about clients."""
    return f'规则:\n- {{预警: 试, 编号: sign, 依据: 一, 条目: [], 意旨: 试, 方式: A, 对象: 主体, 次: 证件号, {rest}级: {{关注: "{when}"}}, 措施: []}}\n'


LOANED = "起算: 放款日"
TOLD = {
    "a condition that is false": (duty(f"条件: \"状态 = '结清'\", {LOANED}"), CONTRACT, True),
    "a condition that is empty is a gap": (
        duty(f"条件: \"状态 = '结清'\", {LOANED}"),
        CONTRACT.replace("状态: 在保, ", ""),
        False,
    ),
    "one false part of several": (
        duty(f"条件: \"计数(还款, 合同 = 本.合同号) > 100 AND 状态 IN ('结清')\", {LOANED}"),
        f"{CONTRACT}\n还款: [{{流水号: H1, 合同: C1, 起息日: 2026-04-01, 金额: 100}}]",
        True,
    ),
    "one part true is not enough to tell": (
        duty(f"条件: \"状态 = '在保' AND 放款日 < 加月(当日, -1)\", {LOANED}"),
        CONTRACT,
        False,
    ),
    "no start yet": (duty("起算: 结清日"), CONTRACT, True),
    "a start that lies ahead has not happened": (
        duty("起算: 结清日"),
        CONTRACT.replace("放款日:", "结清日: 2026-07-01, 放款日:"),
        True,
    ),
    "a day of a plan that lies ahead is known": (duty("起算: 到期日"), CONTRACT, False),
    "rows that are voided by then": (
        duty(LOANED),
        CONTRACT.replace("放款日:", "作废日: 2026-06-01, 放款日:"),
        True,
    ),
    "rows that are recorded later": (
        duty(LOANED),
        CONTRACT.replace("放款日:", "录入日: 2026-07-01, 放款日:"),
        True,
    ),
    "a reference that leads nowhere": (duty(f'条件: "客户.国有 IS NOT NULL", {LOANED}'), CONTRACT, True),
    "a reference that is followed": (
        duty(f'条件: "NOT 客户.国有", {LOANED}'),
        f"{CONTRACT}\n主体: [{{证件号: K1, 名称: 甲, 国有: 是}}]",
        True,
    ),
    "a column that the change log speaks of": (
        duty(f"条件: \"状态 = '结清'\", {LOANED}"),
        f"{CONTRACT}\n变更记录: [{{表: 合同, 对象: C1, 项目: 状态, 生效日: 2026-06-20, 原值: 结清, 新值: 在保}}]",
        False,
    ),
    "no row to look at": (signal("有(合同, 客户 = 本.证件号)"), CLIENT, True),
    "a row to look at": (signal("有(合同, 客户 = 本.证件号)"), f"{CLIENT}\n{CONTRACT}", False),
    "the last of no rows is empty, which is a gap": (
        signal("最近(报表.权益, 权益 IS NOT NULL) < 100万元"),
        CLIENT,
        False,
    ),
    "a level that is false raises nothing": (
        signal("国有", "条件: \"名称 = '甲'\", "),
        f"{CLIENT[:-2]}, 国有: 否}}]",
        True,
    ),
    "a condition that is empty is a gap whatever the level": (
        signal("国有", '条件: "名次(银行评级, 国有) <= 3", '),
        f"{CLIENT[:-2]}, 国有: 否}}]",
        False,
    ),
    "how many there are of none": (
        signal("计数(合同, 客户 = 本.证件号) >= 1 OR 国有"),
        CLIENT.replace("甲", "甲, 国有: 否"),
        True,
    ),
}


@pytest.fixture
def screened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each rule that was looked at first, whether the rows were enough."""
    seen: list[bool] = []
    look = screening.Screen.nothing_follows

    def looking(self, rule):
        seen.append(look(self, rule))
        return seen[-1]

    monkeypatch.setattr(screening.Screen, "nothing_follows", looking)
    return seen


@pytest.mark.parametrize(("rules", "rows", "told"), TOLD.values(), ids=TOLD)
def test_the_rows_tell_it_or_the_database_is_asked_and_the_answer_is_the_same(
    ask, screened, rules, rows, told
) -> None:
    found = [ask(rules, rows, DAY, what) for what in ("duties", "warnings", "gaps")]
    assert set(screened) == {told}
    if told:
        assert not any(found)


def test_a_table_of_many_rows_is_asked_without_being_looked_at(ask, screened) -> None:
    rows = ", ".join(
        f"{{合同号: C{n}, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}}"
        for n in range(screening.SCREENED_ROWS + 1)
    )
    assert ask(duty(f"条件: \"状态 = '结清'\", {LOANED}"), f"合同: [{rows}]", DAY) == []
    assert set(screened) == {False}


def test_of_loans_alone_no_rule_about_guaranteed_contracts_is_asked(screened) -> None:
    """What a book is about is said once for all its rules; an empty column decides it as little as another value."""
    (guarantee,) = read_shipped("guarantee")
    duties = [rule.id for rule in guarantee.rules if isinstance(rule, Duty) and rule.table == "contract"]
    for line, told in (("microloan", True), (None, True), ("guarantee", False)):
        screened.clear()
        row = {"contract_no": "C1", "client": "K1", "disbursed_day": "2026-03-02"}
        rows = [row | ({"business_line": line} if line else {})]
        derive((guarantee,), case_book(SimpleNamespace(rows={"contract": rows})), DAY, only=duties)
        assert (set(screened) == {True}) is told, line


def test_of_rows_around_an_act_those_asked_about_are_found_by_their_whole_key() -> None:
    """A statement is known by its client, its day, its period and whether it is consolidated: the parts are written as in every other key."""
    rules = tuple(book for book in read_shipped() if book.id == "signals")
    loss = {
        "party": "K1", "period_end": "2026-05-31", "basis_period": "month", "consolidated": "true", "received_day": "2026-06-10",
        "equity": "-100000",
    }  # fmt: skip
    tables = {
        "party": [{"party_no": "K1"}],
        "contract": [
            {"contract_no": "C1", "client": "K1", "status": "active", "disbursed_day": "2026-03-02"}
        ],
        "statement": [loss],
    }
    book = case_book(SimpleNamespace(rows=tables))
    asked = [rule.id for rule in rules[0].rules if rule.table == "statement"]
    key = "K1/2026-05-31/month/true"
    whole = Opened(rules, book, DAY, only=asked).ask()
    around = Opened(rules, book, DAY, only=asked, around={"statement": [key]}).ask()
    assert whole.warnings.num_rows + whole.gaps.num_rows > 0
    assert around.warnings.to_pylist() == whole.warnings.to_pylist()
    assert around.gaps.to_pylist() == whole.gaps.to_pylist()

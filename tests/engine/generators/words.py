"""The part of the declared book of which generated rules speak, and what may be named from one of its rows."""

from dataclasses import dataclass, field
from functools import cache

from daihou.book import Column, ColumnType, Table, declared, domains
from daihou.rulebook import Vocabulary
from daihou.rulebook.nodes import Kind, Type
from daihou.rulebook.vocabulary import column_type
from daihou.terms import terms

# Few tables and few columns, so that rules and rows meet: every type of column, dated or not, is among them.
COLUMNS = {
    "合同": "合同号 客户 机构 客户经理 经理B 业务线 状态 五级 人工五级 人工五级批准日 风险分类 展期次数 放款日 到期日 结清日 "
    "金额 本金余额 五级评分 利率 董事会批准 用途",
    "主体": "证件号 种类 国有 行业龙头 关联组 授信额度 银行评级 管户人 生日 成立日 客户等级",
    "机构": "机构号 公司 上级机构 有库 现金限额 设立日",
    "员工": "工号 机构 上级 入职日 离职日",
    "检查": "走访号 合同 种类 客户 检查日 检查人 结果 紧急 任务 预警 报告提交日 归档日 存货 停工天数 结论",
    "整改": "整改号 主体 合同 种类 要求日 期限 完成日 催办次数",
    "期供": "合同 期次 应还日 应还额 还款日 还清日",
    "报表": "主体 期末 口径 合并报表 收到日 应收账款 存货 营业收入 净利润 首产品占比",
    "资料应报": "主体 资料 所属期末 应报日 收到日 催办次数 正当理由",
    "展期申请": "申请号 合同 申请日 许可 新到期日",
    "报送事项": "事项号 机构 频率 宽限天 起用日",
    "报送记录": "事项 所属期初 报送日 报送人",
    "预警": "规则 主体 次 级别 合同 信号 提出日 来源 核实日 关闭日",
    "处置": "预警 措施 决定日 期限 完成日",
    "任务": "规则 对象键 次 合同 主体 起算 开放 到期 失效 完成 状态 责任人 到期责任人 推定 补录",
    "签批步骤": "单据 序 任务 岗位 到达日 决定日 决定",
}
DERIVED = ("任务", "预警")  # rows of these are results too
POSTS = ("客户经理", "风控专员", "风控部经理", "总经理", "会计")


def ident(word: str) -> str:
    """The identifier of a word."""
    return terms().find(word).id


def word(identifier: str) -> str:
    """The word of an identifier."""
    return terms().find(identifier).word


@cache
def table_of(name: str) -> Table:
    return declared()[ident(name)]


@cache
def columns_of(name: str) -> tuple[Column, ...]:
    """The columns of a table that rules may read."""
    return tuple(table_of(name).columns[ident(one)] for one in COLUMNS[name].split())


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.of()


@cache
def references(name: str) -> tuple[tuple[str, str], ...]:
    """(column, table) of the references of a table that lead to a table spoken of."""
    return tuple((c.word, word(c.ref)) for c in columns_of(name) if c.ref and word(c.ref) in COLUMNS)


@cache
def named(name: str, kind: Kind, *, steps: int = 1, dated: bool = False) -> tuple[tuple[str, Column], ...]:
    """(path, column) of every column of a kind that a row of a table leads to over at most so many references."""
    own = [(c.word, c) for c in columns_of(name) if column_type(c).kind is kind and (c.dated or not dated)]
    if steps:
        for column, table in references(name):
            own += [(f"{column}.{path}", c) for path, c in named(table, kind, steps=steps - 1, dated=dated)]
    return tuple(own)


@cache
def children(name: str, *, derived: bool) -> tuple[str, ...]:
    """Tables with exactly one declared reference to a table, so that the link needs no words."""
    own = ident(name)
    found = [t for t in COLUMNS if len(vocabulary().references(ident(t), own)) == 1]
    return tuple(t for t in found if derived or t not in DERIVED)


@cache
def links(child: str, own: str) -> tuple[str, ...]:
    """Equalities of references that tie a child to a row, as an author writes them."""
    pairs = []
    for column, path in _identities(child, 0):
        for mine, other in _identities(own, 1):
            if path == other and (child, column) != (own, mine):
                pairs.append(f"{column} = 本.{mine}")
    return tuple(pairs)


def _identities(name: str, steps: int) -> list[tuple[str, str]]:
    """(path, table pointed to) of the references and single keys of a table."""
    found = [(path, str(c.ref)) for path, c in named(name, Kind.REF, steps=steps)]
    key = table_of(name).key
    if len(key) == 1:
        found.append((word(key[0]), table_of(name).id))
    return found


def values_of(domain: str) -> tuple[str, ...]:
    """The words of a domain."""
    return tuple(word(one) for one in domains()[domain])


def is_derived(column: Column) -> bool:
    return column.type is ColumnType.REF and column.ref in {ident(t) for t in DERIVED}


@dataclass
class Named:
    """What the book under way has named so far: figures, lookups, facts, ids of its rules."""

    figures: list[tuple[str, Kind]] = field(default_factory=list)
    lookups: list[tuple[str, str | None, Kind]] = field(default_factory=list)  # (name, domain or None, kind)
    facts: list[tuple[str, str, Type]] = field(default_factory=list)  # (table, name, type)
    rules: list[str] = field(default_factory=list)

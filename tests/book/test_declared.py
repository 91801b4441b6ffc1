"""What the book declares, and that a bad declaration is refused with file and reason."""

from __future__ import annotations

import pytest

from daihou.book import (
    RECORDED,
    VOIDED,
    ColumnType,
    DeclarationError,
    declared,
    domains,
    load_declarations,
    posts,
)
from daihou.book.declared import _TYPE_WORDS, ROOMS
from daihou.terms import Catalogue, terms

POSTS = "总经理: null\n客户经理: 总经理\n"
ENUMS = "五级: [正常, 关注]\n"
GOOD = """
合同:
  义: 一笔合同
  键: [合同号]
  业务日: 放款日
  次序: {分组: [客户], 按: 放款日}
  室: loans
  列:
    合同号: {型: 编号, 必填: true}
    客户: {型: 引用, 表: 主体, 必填: true}
    五级: {型: 枚举, 域: 五级, 有史: true}
    放款日: {型: 发生日, 必填: true}
    到期日: {型: 日期, 有史: true}
    金额: {型: 金额}
    期限月: {型: 整数, 单位: 月, 范围: [1, null]}
    利率: {型: 小数, 单位: 百分比}
    董事会批准: {型: 是否}
    用途: {型: 文本}
主体: {义: 一个人, 键: [证件号], 室: ledger, 列: {证件号: {型: 编号, 检: 主体证件, 必填: true}}}
"""


def declarations_of(folder, tables=GOOD, enums=ENUMS, superiors=POSTS):
    (folder / "tables").mkdir()
    (folder / "tables" / "small.yaml").write_text(tables, encoding="utf-8")
    (folder / "enums.yaml").write_text(enums, encoding="utf-8")
    (folder / "posts.yaml").write_text(superiors, encoding="utf-8")
    return load_declarations(folder, terms())


# ---- what is read


def test_a_table_is_read_with_its_grain_its_order_and_its_owner(tmp_path):
    contract = declarations_of(tmp_path).tables["contract"]
    assert (contract.word, contract.key, contract.date) == ("合同", ("contract_no",), "disbursed_day")
    assert (contract.order.group, contract.order.by) == (("client",), "disbursed_day")
    assert (contract.room, contract.meaning) == ("loans", "一笔合同")


def test_columns_keep_their_order_and_end_with_recording_and_voiding(tmp_path):
    contract = declarations_of(tmp_path).tables["contract"]
    assert list(contract.columns)[:3] == ["contract_no", "client", "five_tier"]
    assert list(contract.columns)[-2:] == [RECORDED, VOIDED]
    assert contract.columns[RECORDED].type is contract.columns[VOIDED].type is ColumnType.DATE


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("contract_no", {"type": ColumnType.ID, "required": True, "dated": False}),
        ("client", {"type": ColumnType.REF, "ref": "party", "required": True}),
        ("five_tier", {"type": ColumnType.ENUM, "enum": "five_tier", "dated": True}),
        ("disbursed_day", {"type": ColumnType.HAPPENED, "required": True}),
        ("maturity_day", {"type": ColumnType.DATE, "dated": True, "required": False}),
        ("amount", {"type": ColumnType.FEN, "unit": None}),
        ("term_months", {"type": ColumnType.INT, "unit": "月", "low": 1, "high": None}),
        ("interest_rate", {"type": ColumnType.NUM, "unit": "百分比"}),
        ("board_approved", {"type": ColumnType.BOOL}),
        ("purpose", {"type": ColumnType.TEXT, "check": None}),
    ],
)
def test_a_column_says_what_it_is(tmp_path, column, expected):
    read = declarations_of(tmp_path).tables["contract"].columns[column]
    assert {name: getattr(read, name) for name in expected} == expected


def test_an_identifier_check_is_kept_by_its_name(tmp_path):
    assert declarations_of(tmp_path).tables["party"].columns["party_no"].check == "主体证件"


def test_a_declaration_may_be_written_with_identifiers(tmp_path):
    text = "party: {义: 一个人, 键: [party_no], 室: ledger, 列: {party_no: {型: 编号, 必填: true}}}"
    assert declarations_of(tmp_path, text).tables["party"].word == "主体"


def test_posts_are_the_domain_of_posts(tmp_path):
    read = declarations_of(tmp_path)
    assert read.domains["post"] == ("general_manager", "account_manager")
    assert read.posts == {"general_manager": None, "account_manager": "general_manager"}


# ---- what is refused: one small mistake each

TABLE = "主体: {{义: 一个人, 键: [证件号], 室: ledger, 列: {{证件号: {{型: 编号, 必填: true}}, {column}}}}}"


def one_column(text):
    return TABLE.format(column=text)


def one_table(**parts):
    says = {
        "义": "一个人",
        "键": "[证件号]",
        "室": "ledger",
        "列": "{证件号: {型: 编号, 必填: true}}",
    } | parts
    return "主体: {" + ", ".join(f"{key}: {value}" for key, value in says.items() if value) + "}"


def key_of(column):
    return one_table(键="[证件号, 种类]", 列="{证件号: {型: 编号, 必填: true}, 种类: {" + column + "}}")


def dated_by(column):
    return one_table(业务日="生日", 列="{证件号: {型: 编号, 必填: true}, 生日: {" + column + "}}")


def ordered_by(column):
    order = "{分组: [证件号], 按: 生日}"
    return one_table(次序=order, 列="{证件号: {型: 编号, 必填: true}, 生日: {" + column + "}}")


MISTAKES = [
    ("a table that is no term", "不存在表: {}", "unknown-term", "不存在表"),
    ("a column that is no term", one_column("放款曰: {型: 日期}"), "unknown-term", "放款日"),
    ("a table that is no mapping", "主体: 一个人", "not-a-mapping", "主体"),
    ("a key the table does not know", one_table(主键="证件号"), "unknown-key", "主键"),
    ("a table without meaning", one_table(义=None), "missing-key", "义"),
    ("a table without key", one_table(键=None), "missing-key", "键"),
    ("a table without owner", one_table(室=None), "missing-key", "室"),
    ("a table without columns", one_table(列=None), "missing-key", "列"),
    ("a meaning that is no text", one_table(义="7"), "not-text", "7"),
    ("an owner that is no room", one_table(室="kitchen"), "unknown-room", "kitchen"),
    ("an implicit column", one_column("录入日: {型: 日期}"), "implicit-column", "录入日"),
    ("a column by word and by identifier", one_column("party_no: {型: 文本}"), "named-twice", "party_no"),
    ("a table by word and by identifier", one_table() + "\nparty: {}", "named-twice", "party"),
    ("a column written twice", one_column("生日: {型: 日期}, 生日: {型: 日期}"), "bad-yaml", "生日"),
    ("a column of no type", one_column("生日: {必填: true}"), "unknown-type", "None"),
    ("a column of an unknown type", one_column("生日: {型: 时间}"), "unknown-type", "时间"),
    ("a column of two types", one_column("生日: {型: [日期]}"), "unknown-type", "日期"),
    ("a key the column does not know", one_column("生日: {型: 日期, 必须: true}"), "unknown-key", "必须"),
    ("required that is no yes or no", one_column("生日: {型: 日期, 必填: 要}"), "not-a-flag", "要"),
    ("a reference without table", one_column("客户: {型: 引用}"), "needs", "表"),
    ("a reference to a missing table", one_column("客户: {型: 引用, 表: 合同}"), "unknown-table", "合同"),
    ("a table on what is no reference", one_column("生日: {型: 日期, 表: 主体}"), "does-not-fit", "表"),
    ("an enumeration without domain", one_column("种类: {型: 枚举}"), "needs", "域"),
    (
        "an enumeration of a missing domain",
        one_column("种类: {型: 枚举, 域: 行业}"),
        "unknown-domain",
        "行业",
    ),
    ("a domain on what is no enumeration", one_column("生日: {型: 日期, 域: 五级}"), "does-not-fit", "域"),
    ("a unit on a day", one_column("生日: {型: 日期, 单位: 天}"), "does-not-fit", "单位"),
    (
        "a unit on money, which is always fen",
        one_column("金额: {型: 金额, 单位: 元}"),
        "does-not-fit",
        "单位",
    ),
    ("a check on a day", one_column("生日: {型: 日期, 检: 身份证}"), "does-not-fit", "检"),
    ("a check that does not exist", one_column("手机: {型: 文本, 检: 邮编}"), "unknown-check", "邮编"),
    ("two checks at once", one_column("手机: {型: 文本, 检: [手机号]}"), "not-text", "手机号"),
    ("bounds on money", one_column("金额: {型: 金额, 范围: [0, 1]}"), "does-not-fit", "范围"),
    ("bounds the wrong way round", one_column("次序: {型: 整数, 范围: [2, 1]}"), "bad-bounds", "范围"),
    ("bounds that are no pair", one_column("次序: {型: 整数, 范围: [2]}"), "bad-bounds", "范围"),
    ("names of numbers without bounds", one_column("次序: {型: 整数, 称: [安全类]}"), "bad-classes", "次序"),
    (
        "fewer names than numbers",
        one_column("次序: {型: 整数, 范围: [1, 2], 称: [安全类]}"),
        "bad-classes",
        "次序",
    ),
    ("names of amounts", one_column("金额: {型: 金额, 称: [安全类]}"), "does-not-fit", "称"),
    (
        "bounds that are no whole numbers",
        one_column("次序: {型: 整数, 范围: [0.5, 1]}"),
        "bad-bounds",
        "范围",
    ),
    ("a happened day that moves", one_column("生日: {型: 发生日, 有史: true}"), "never-dated", "发生日"),
    ("a past that is no yes or no", one_column("生日: {型: 日期, 已过: 是的}"), "not-a-flag", "是的"),
    ("a past of what is no day", one_column("金额: {型: 金额, 已过: true}"), "does-not-fit", "已过"),
    ("a month of what is no day", one_column("金额: {型: 金额, 月首: true}"), "does-not-fit", "月首"),
    ("an hour that is an amount", one_column("金额: {型: 金额, 取自: 手机}"), "does-not-fit", "取自"),
    ("an hour of what is no time", one_column("钟点: {型: 整数, 取自: 证件号}"), "not-a-clock", "证件号"),
    (
        "an hour of a column that is not there",
        one_column("钟点: {型: 整数, 取自: 时刻}"),
        "unknown-column",
        "时刻",
    ),
    ("an identifier that moves", one_column("合同号: {型: 编号, 有史: true}"), "never-dated", "编号"),
    ("a key that is no list", one_table(键="证件号"), "not-a-list", "键"),
    ("an empty key", one_table(键="[]"), "not-a-list", "键"),
    ("a key column twice", one_table(键="[证件号, 证件号]"), "named-twice", "证件号"),
    ("a key column that is not there", one_table(键="[合同号]"), "unknown-column", "合同号"),
    ("a key column that may be empty", key_of("型: 文本"), "key-not-required", "种类"),
    ("a key column that moves", key_of("型: 文本, 必填: true, 有史: true"), "key-is-dated", "种类"),
    ("a decimal in the key", key_of("型: 小数, 必填: true"), "key-of-wrong-type", "种类"),
    ("a key that refers to itself", key_of("型: 引用, 表: 主体, 必填: true"), "key-in-a-circle", "主体"),
    ("a business date that is not there", one_table(业务日="生日"), "unknown-column", "生日"),
    ("a business date that is no day", dated_by("型: 文本, 必填: true"), "not-a-day", "生日"),
    ("a business date that may be empty", dated_by("型: 日期"), "business-date-not-required", "生日"),
    ("an order without column", one_table(次序="{分组: [证件号]}"), "missing-key", "按"),
    (
        "an order by a column not there",
        one_table(次序="{分组: [证件号], 按: 生日}"),
        "unknown-column",
        "生日",
    ),
    ("a group that is not there", one_table(次序="{分组: [合同号], 按: 证件号}"), "unknown-column", "合同号"),
    ("an order by text", ordered_by("型: 文本, 必填: true"), "not-an-order", "生日"),
    ("an order by what may be empty", ordered_by("型: 日期"), "order-not-required", "生日"),
    ("looked for by a column that is not there", one_table(找="[合同号]"), "unknown-column", "合同号"),
    (
        "looked for by what is no text",
        one_table(找="[种类]", 列="{证件号: {型: 编号, 必填: true}, 种类: {型: 日期}}"),
        "found-by-no-text",
        "种类",
    ),
    ("called by a number", one_table(名="证件号"), "called-by-no-text", "证件号"),
]


@pytest.mark.parametrize(("text", "code", "named"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_bad_table_is_refused_with_file_and_reason(tmp_path, text, code, named):
    with pytest.raises(DeclarationError) as refused:
        declarations_of(tmp_path, text)
    assert (refused.value.code, refused.value.file) == (code, "small.yaml")
    for lang in ("zh", "en"):
        said = refused.value.text(lang)
        assert said.startswith("small.yaml: ")
        assert named in said


def test_two_tables_whose_keys_refer_to_each_other_are_refused(tmp_path):
    one = "主体: {义: 甲, 键: [合同], 室: ledger, 列: {合同: {型: 引用, 表: 合同, 必填: true}}}"
    other = "合同: {义: 乙, 键: [客户], 室: loans, 列: {客户: {型: 引用, 表: 主体, 必填: true}}}"
    with pytest.raises(DeclarationError, match="refers to itself"):
        declarations_of(tmp_path, f"{one}\n{other}")


@pytest.mark.parametrize(
    ("enums", "code"),
    [
        ("五级: [正常, 正常]", "named-twice"),
        ("五级: []", "not-a-list"),
        ("五级: [正常, 不知道]", "unknown-term"),
        ("五级: [正常]\nfive_tier: [关注]", "named-twice"),
        ("岗位: [总经理]", "named-twice"),
        ("五级: [正常", "bad-yaml"),
    ],
)
def test_a_bad_domain_is_refused(tmp_path, enums, code):
    with pytest.raises(DeclarationError) as refused:
        declarations_of(tmp_path, enums=enums)
    assert (refused.value.code, refused.value.file) == (code, "enums.yaml")


@pytest.mark.parametrize(
    ("superiors", "code"),
    [
        ("客户经理: 业务部经理", "superior-is-no-post"),
        ("客户经理: 总经理\n总经理: 客户经理", "superiors-in-a-circle"),
        ("总经理: 总经理", "superiors-in-a-circle"),
        ("大经理人: null", "unknown-term"),
        ("客户经理: [总经理]\n总经理: null", "not-text"),
    ],
)
def test_a_bad_line_of_superiors_is_refused(tmp_path, superiors, code):
    with pytest.raises(DeclarationError) as refused:
        declarations_of(tmp_path, superiors=superiors)
    assert (refused.value.code, refused.value.file) == (code, "posts.yaml")


def test_every_reason_for_refusal_is_met_by_a_test():
    met = {code for _, _, code, _ in MISTAKES} | {"superior-is-no-post", "superiors-in-a-circle"}
    assert set(Catalogue.load("daihou.book", "declared_messages.yaml")) == met


# ---- what is shipped


def test_every_type_can_be_declared():
    assert set(_TYPE_WORDS.values()) == set(ColumnType)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("公司", "公司号"),
        ("员工", "工号"),
        ("任职", "员工 岗位 机构 自"),
        ("主体", "证件号"),
        ("合同", "合同号"),
        ("借据", "借据号"),
        ("期供", "合同 期次"),
        ("用途约定", "借据 种类 约定日"),
        ("反担保", "合同 反担保人 方式"),
        ("库存记录", "押品 日期 来源"),
        ("检查", "走访号 合同 种类"),
        ("预警", "规则 主体 次 级别"),
        ("处置", "预警 措施 决定日"),
        ("追偿对象", "代偿 主体"),
        ("车辆", "车架号"),
        ("抵押通知", "车辆 次序"),
        ("分类变动", "合同 变动日"),
        ("责任认定", "合同 员工 环节"),
        ("余额调节", "账户 所属月"),
        ("报表", "主体 期末 口径 合并报表"),
        ("任务", "规则 对象键 次"),
        ("任务处理", "任务 种类 自"),
        ("办结", "任务 办结日"),
        ("变更记录", "表 对象 项目 生效日"),
        ("数据截至", "表"),
    ],
)
def test_the_grain_of_a_table_is_its_natural_key(table, key):
    words = [terms().word(part) for part in declared()[terms().id(table)].key]
    assert words == key.split()


@pytest.mark.parametrize(
    ("table", "date"),
    [
        ("检查", "检查日"),
        ("联络", "日期"),
        ("通知书", "发出日"),
        ("还款", "起息日"),
        ("代偿", "起息日"),
        ("库存记录", "日期"),
        ("回访", "日期"),
        ("事件", "获知日"),
        ("变更记录", "生效日"),
    ],
)
def test_an_act_does_not_exist_before_its_business_date(table, date):
    assert declared()[terms().id(table)].date == terms().id(date)


@pytest.mark.parametrize("table", ["合同", "主体", "期供", "车辆", "保费应收", "兑付", "资料应报", "任务"])
def test_standing_data_has_no_business_date(table):
    assert declared()[terms().id(table)].date is None


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        *((f"合同.{c}", ColumnType.HAPPENED) for c in ("放款日", "结清日", "核销日")),
        *((f"期供.{c}", ColumnType.HAPPENED) for c in ("还款日", "还清日")),
        *((f"检查.{c}", ColumnType.HAPPENED) for c in ("检查日", "报告提交日", "归档日")),
        *((f"车辆.{c}", ColumnType.HAPPENED) for c in ("提车日", "回票日", "上牌日")),
        *((f"合同.{c}", ColumnType.DATE) for c in ("到期日",)),
        *((f"期供.{c}", ColumnType.DATE) for c in ("应还日",)),
        *((f"整改.{c}", ColumnType.DATE) for c in ("期限",)),
        *((f"兑付.{c}", ColumnType.DATE) for c in ("兑付日",)),
        *((f"任职.{c}", ColumnType.DATE) for c in ("自", "至")),
    ],
)
def test_what_happened_is_told_from_what_is_planned(column, kind):
    table, name = column.split(".")
    assert declared()[terms().id(table)].columns[terms().id(name)].type is kind


def test_what_moves_keeps_its_history():
    contract = declared()["contract"].columns
    assert {"client_tier", "licence_status"} <= {
        c.id for c in declared()["party"].columns.values() if c.dated
    }
    assert all(contract[c].dated for c in ("account_manager", "maturity_day", "risk_class", "five_tier"))


def test_the_risk_class_is_a_number_from_one_to_four():
    column = declared()["contract"].columns["risk_class"]
    assert (column.type, column.low, column.high) == (ColumnType.INT, 1, 4)


def test_the_five_tiers_stand_from_best_to_worst():
    assert [terms().word(v) for v in domains()["five_tier"]] == ["正常", "关注", "次级", "可疑", "损失"]


@pytest.mark.parametrize(
    ("domain", "first", "last", "many"),
    [("warning_signal", "S01", "S45", 45), ("response_measure", "M01", "M13", 13)],
)
def test_signals_and_measures_stand_by_their_numbers(domain, first, last, many):
    values = domains()[domain]
    assert list(values) == sorted(values)
    assert (values[0], values[-1], len(values)) == (first, last, many)


def test_duty_states_stand_in_the_order_of_a_duty_s_life():
    expected = ["未到", "待办", "逾期", "按期", "迟办", "漏办", "免办", "撤回"]
    assert [terms().word(v) for v in domains()["duty_status"]] == expected


def test_work_that_nobody_does_climbs_to_the_chairman():
    climb, post = [], "risk_officer"
    while post is not None:
        climb.append(terms().word(post))
        post = posts()[post]
    assert climb == ["风控专员", "风控部主管", "风控部经理", "总经理", "董事长"]


def test_every_table_has_an_owner_and_a_meaning_in_both_languages():
    for table in declared().values():
        assert table.room in ROOMS
        assert not table.said("zh").isascii()
        assert table.english, table.word
        assert table.said("en").isascii()


def test_every_domain_is_used_by_a_column():
    used = {c.enum for t in declared().values() for c in t.columns.values()}
    assert sorted(set(domains()) - used) == []


def test_what_is_declared_cannot_be_changed():
    with pytest.raises(TypeError):
        declared()["contract"] = None
    with pytest.raises(TypeError):
        declared()["contract"].columns["amount"] = None

"""What rules say to people stands in Chinese, and in English beside it: in every shipped book, and where a company wants it."""

import re
from pathlib import Path

import pytest

from daihou.rulebook import RulebookRefused, read_rulebook, read_shipped, shipped_ids

HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PLACE = re.compile(r"\{[^{}]*\}")

HEAD = "规则册: small\n名称: 试\n版本: 1.0.0\n"
RULES = """
数值:
  办事期: {义: 几天内办, 英: Days to do it, 值: 10天, 依据: 一}
  宽限期: {义: 再给几天, 值: 5天, 依据: 一}
表:
  间隔: {义: 多久一次, 英: How often, 依据: 一, 值: {1: 6月}, 其他: 1月}
规则:
- {规则: 用途, 编号: use, 依据: 一, 条目: [], 意旨: 查用途, 英: Check the use of funds, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 办事期)", 责任: 客户经理}
- {规则: 常规, 编号: regular, 依据: 一, 条目: [], 意旨: 常规检查, 对象: 合同, 起算: 放款日, 到期: "加天(加月(起算, 查(间隔, 风险分类)), 宽限期)", 责任: 客户经理}
闸:
- 闸: 展期
  编号: extend
  依据: 一
  条目: []
  意旨: 先问一问
  英: Ask first
  对象: 展期申请
  不许:
  - NOT 许可
  - {因: "还欠{合同.金额}", 英: "{合同.金额} is owed until {合同.到期日}", 当: 合同.金额 > 5元}
  - {因: 没有金额, 当: 合同.金额 IS NULL}
"""
CASES = """
案例:
- {案例: 一, 规则: [use, regular], 账册: {合同: [{合同号: C1, 放款日: 2026-03-02}]}, 期望: [{当日: 2026-03-01, 对象: C1, 无: 是}]}
- {案例: 二, 规则: [extend], 账册: {合同: [{合同号: C1, 金额: 3}], 展期申请: [{申请号: E1, 合同: C1, 申请日: 2026-03-02, 许可: 是}]}, 期望: [{当日: 2026-03-02, 对象: E1, 许可: 是}]}
"""


@pytest.fixture
def book(tmp_path: Path):
    """book(*(old, new)) -> the book with these texts replaced."""

    def read(*changes: tuple[str, str]):
        rules = RULES
        for old, new in changes:
            assert old in rules
            rules = rules.replace(old, new, 1)
        folder = tmp_path / "small"
        (folder / "cases").mkdir(parents=True, exist_ok=True)
        for name, text in (("book.yaml", HEAD), ("rules.yaml", rules), ("cases/one.yaml", CASES)):
            (folder / name).write_text(text, encoding="utf-8")
        return read_rulebook(folder)

    return read


def test_a_rule_a_figure_and_a_table_are_told_in_the_language_of_the_reader(book) -> None:
    held = book()
    assert [held.rule("use").sense_said(lang) for lang in ("zh", "en")] == [
        "查用途",
        "Check the use of funds",
    ]
    told = {one.name: one.meaning_said("en") for one in (*held.figures.values(), *held.lookups.values())}
    assert told == {"办事期": "Days to do it", "宽限期": "再给几天", "间隔": "How often"}
    assert {one.meaning_said("zh") for one in held.figures.values()} == {"几天内办", "再给几天"}


def test_where_a_company_wrote_no_english_its_chinese_is_told(book) -> None:
    assert book().rule("regular").english == ""
    assert book().rule("regular").sense_said("en") == "常规检查"


def test_a_reason_has_its_places_in_both_languages_and_one_without_words_is_the_sense(book) -> None:
    plain, owed, none = book().rule("extend").refusals
    assert (plain.said("zh"), plain.said("en")) == ("先问一问", "Ask first")
    assert owed.said("zh") == "还欠{contract.amount}"
    assert owed.said("en") == "{contract.amount} is owed until {contract.maturity_day}"
    assert [name for name, _node in owed.values] == ["contract.amount", "contract.maturity_day"]
    assert none.said("en") == "没有金额"
    assert not book().rule("extend").in_english


def test_the_key_may_be_written_in_english(book) -> None:
    assert book((" 英: Check", " english: Check")).rule("use").english == "Check the use of funds"


@pytest.mark.parametrize(
    "change",
    [
        ("英: Check the use of funds", '英: ""'),
        ("英: Days to do it", '英: ""'),
        ("英: Days to do it", "英: {词: Days}"),
        ('英: "{合同.金额} is owed until {合同.到期日}"', '英: ""'),
    ],
)
def test_english_that_is_no_text_is_refused_by_file_and_line(book, change) -> None:
    line = next(n for n, text in enumerate(RULES.split("\n"), 1) if change[0] in text)
    with pytest.raises(RulebookRefused) as refused:
        book(change)
    (told,) = {str(one.source) for one in refused.value.mistakes}
    assert told == f"small/rules.yaml:{line}"


@pytest.mark.parametrize("name", shipped_ids())
def test_every_shipped_rule_figure_and_reason_is_said_in_english(name) -> None:
    (held,) = read_shipped(name)
    told = {rule.id: rule.english for rule in held.rules}
    told |= {one.name: one.english for one in (*held.figures.values(), *held.lookups.values())}
    told |= {f"{gate.id}: {one.words}": one.english for gate in held.gates for one in gate.refusals}
    assert [one for one, english in told.items() if not english.strip() or HAN.search(english)] == []


@pytest.mark.parametrize("name", shipped_ids())
def test_a_shipped_reason_shows_the_same_figures_in_both_languages(name) -> None:
    (held,) = read_shipped(name)
    for gate in held.gates:
        for one in gate.refusals:
            assert sorted(PLACE.findall(one.words)) == sorted(PLACE.findall(one.english)), gate.id


@pytest.mark.parametrize("name", shipped_ids())
def test_shipped_english_is_whole_sentences_of_a_rule_and_none_of_a_figure(name) -> None:
    (held,) = read_shipped(name)
    for rule in held.rules:
        assert rule.english[0].isupper(), rule.id
        assert rule.english.endswith("."), rule.id
    figures = (*held.figures.values(), *held.lookups.values())
    short = [*(one.english for one in figures), *(r.english for g in held.gates for r in g.refusals)]
    assert [one for one in short if one.endswith(".")] == []

"""Pages made from the data: always the same, refused when stale, never silent about a requirement without an answer."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from daihou.cli import pages
from daihou.cli.pages.coverage import Proof, Requirement, coverage
from daihou.cli.pages.entries import FORMULAS, entry_of
from daihou.cli.pages.formula import in_words
from daihou.cli.pages.manual import document_of, manual
from daihou.rulebook import Dated, read_shipped
from daihou.terms import terms

# parts of a rule that its page tells in words; the others are formulas
IN_WORDS = {
    "规则",
    "预警",
    "分级",
    "闸",
    "编号",
    "类",
    "来源",
    "依据",
    "条目",
    "意旨",
    "方式",
    "对象",
    "措施",
    "取",
}
IN_WORDS |= {"责任", "表单", "签批", "提醒", "逾期", "补", "自", "至"}
IN_WORDS |= {"英"}  # the same sentence as 意旨; the pages are Chinese


@pytest.fixture
def repository(tmp_path, repo_root):
    """What the pages are made of, in a folder that a test may change."""
    (tmp_path / "docs").mkdir()
    for name in ("requirements.yaml", "survivors.yaml"):
        shutil.copy(repo_root / "docs" / name, tmp_path / "docs" / name)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        '@pytest.mark.covers("P01-05")\ndef test_it(): ...\n', "utf-8"
    )
    return tmp_path


@pytest.fixture(scope="module")
def guarantee():
    return read_shipped("guarantee")[0]


def about(book, rule_id: str) -> str:
    """What the page of a book says of one rule."""
    return manual(book).split(f'<a id="{rule_id}"></a>')[1].split("<a id=")[0]


def add_requirement(repository: Path, row_id: str, **row: str) -> None:
    file = repository / "docs" / "requirements.yaml"
    text = yaml.safe_dump({"P99": {"document": "试", "rows": {row_id: row}}}, allow_unicode=True)
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def test_pages_are_written_once_and_then_are_up_to_date(daihou, repository) -> None:
    assert daihou("docs", repository, "--check").code == 1
    written = daihou("docs", repository)
    assert written.code == 0
    assert "docs/COVERAGE.md" in written.out
    assert daihou("docs", repository, "--check").code == 0
    assert daihou("docs", repository, "--lang", "en").out == "All pages are up to date.\n"


def test_the_same_data_make_the_same_pages(repository) -> None:
    assert pages.pages(repository) == pages.pages(repository)


def test_a_page_changed_by_hand_or_made_no_more_is_named_with_the_remedy_and_mended(
    daihou, repository
) -> None:
    daihou("docs", repository)
    glossary = repository / "docs" / "GLOSSARY.md"
    glossary.write_text(glossary.read_text("utf-8") + "by hand\n", "utf-8")
    (repository / "docs" / "rules" / "gone.md").write_text("# an old book\n", "utf-8")
    ended = daihou("docs", repository, "--check", "--lang", "en")
    assert ended.code == 1
    assert "docs/GLOSSARY.md docs/rules/gone.md. Run daihou docs" in ended.err
    daihou("docs", repository)
    assert not (repository / "docs" / "rules" / "gone.md").exists()
    assert "by hand" not in glossary.read_text("utf-8")


def test_a_row_of_kind_r_without_rule_test_or_reason_is_refused_by_its_id(daihou, repository) -> None:
    add_requirement(repository, "P99-01", kind="R", said="没人管的事")
    ended = daihou("docs", repository, "--check")
    assert ended.code == 1
    assert "P99-01" in ended.err


@pytest.mark.parametrize("kind", ["F", "W", "G", "P", "A"])
def test_rows_of_other_kinds_may_wait(repository, kind) -> None:
    add_requirement(repository, "P99-01", kind=kind, said="以后的事")
    assert "P99-01" in pages.pages(repository)[Path("docs/COVERAGE.md")]


def test_a_reason_or_a_test_answers_a_row_of_kind_r_too(repository) -> None:
    wanted = [Requirement("P99-01", "试", "R", "说不清的事", "没有数据可看")]
    assert Proof([], wanted, {}, []).uncovered() == []
    wanted = [replace(wanted[0], left_out="")]
    assert Proof([], wanted, {"P99-01": {"tests/test_one.py"}}, []).uncovered() == []
    assert Proof([], wanted, {}, []).uncovered() == ["P99-01"]


def test_a_requirement_that_a_test_names_and_no_row_lists_is_refused_by_its_id(daihou, repository) -> None:
    mark = '@pytest.mark.covers("P01-5")\ndef test_it(): ...\n'
    (repository / "tests" / "test_two.py").write_text(mark, "utf-8")
    ended = daihou("docs", repository)
    assert ended.code == 1
    assert "P01-5" in ended.err


def test_the_coverage_names_rules_cases_tests_what_is_left_out_and_the_survivors(repository) -> None:
    text = pages.pages(repository)[Path("docs/COVERAGE.md")]
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| P")}
    assert "融资用途检查" in lines["P01-05"]
    assert "个案例、tests/test_one.py" in lines["P01-05"]
    assert "待定" in lines["P02-32"]
    assert "个预警建议它" in lines["P01-M01"]
    survivors = yaml.safe_load((repository / "docs" / "survivors.yaml").read_text("utf-8"))
    assert [one["reason"] for one in survivors if one["reason"] not in text] == []
    assert "| 融资担保公司保后管理 | [库存不足](rules/guarantee.md#stock-below-minimum) |" in text
    assert "| 贷款公司贷后管理 | 范围：任务 |" in text


def test_a_case_counts_once_for_a_row_however_many_of_its_rules_it_asks(guarantee) -> None:
    row = Requirement("P01-08", "试", "R", "突发", "")
    line = next(
        line
        for line in coverage(Proof([guarantee], [row], {}, [])).splitlines()
        if line.startswith("| P01-08")
    )
    cases = [
        case
        for case in guarantee.cases
        if {"incident-check", "litigation-check", "penalty-check"} & set(case.rules)
    ]
    assert f"| {len(cases)} 个案例 |" in line


def test_a_rule_is_told_with_all_that_its_reader_asks_for(guarantee) -> None:
    told = about(guarantee, "fund-use-check")
    for said in (
        "依据：保后管理办法 一(一)4(1)②（P01-05）",
        "对象：合同",
        "谁办：客户经理",
        "签批：业务部经理 → 风控部主管 → 风控部经理 → 总经理",
        "上报：迟满 1工作日 报业务部经理；迟满 3工作日 报总经理",
        "表单：融资用途检查表",
        "提醒：到期前 1工作日",
        "| 到期 | `加天(起算, 用途检查期限)` |",
    ):
        assert said in told


def test_a_changed_figure_changes_the_page_and_keeps_the_old_value_with_its_day(guarantee) -> None:
    figure = next(one for one in guarantee.figures.values() if one.name == "用途检查期限")
    before = figure.value.latest
    later = replace(figure, value=Dated(((None, before), (date(2027, 1, 1), replace(before, value=12)))))
    changed = replace(guarantee, figures={**guarantee.figures, figure.id: later})
    assert "数值 用途检查期限：10天（" in about(guarantee, "fund-use-check")
    assert "数值 用途检查期限：10天；自 2027-01-01 起 12天（" in about(changed, "fund-use-check")


def test_no_part_of_a_rule_is_missing_from_its_page() -> None:
    parts = {part for book in pages.books() for rule in book.rules for part in entry_of(rule)}
    assert parts - IN_WORDS - set(FORMULAS) == set()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("状态 = '在保' AND 结清日 IS NULL", "状态 = “在保” 且 结清日 空着"),
        ("批准日 IS NOT NULL OR NOT 许可", "批准日 已填 或 并非 许可"),
        ("新级 NOT IN ('次级', '损失')", "新级 不属于 (“次级”, “损失”)"),
        ("合同.客户.行业 <> 本.行业", "合同的客户的行业 ≠ 本行的行业"),
        ("CASE WHEN 长期 THEN 30 ELSE 7 END", "若 长期，则 30；否则 7"),
        ("CASE WHEN a THEN '季' WHEN b THEN '年' ELSE NULL END", "若 a，则 “季”；若 b，则 “年”；否则 空"),
        ("优先(CASE WHEN 长期 THEN 1 ELSE 2 END, 3)", "优先((若 长期，则 1；否则 2), 3)"),
        ("CASE WHEN 有(a) THEN CASE WHEN b THEN 1 END ELSE 2 END", "若 有(a)，则 (若 b，则 1)；否则 2"),
        ("CASE WHEN a THEN 取小(b, 取大(c, 取小(d, 1))) END", "若 a，则 取小(b, 取大(c, 取小(d, 1)))"),
        ("CASE WHEN a THEN 1 END + CASE WHEN b THEN 2 END", "(若 a，则 1) + (若 b，则 2)"),
        ("期末 > DATE '1900-01-01' AND 比例 >= 0.25", "期末 > 1900-01-01 且 比例 ≥ 0.25"),
        ("说明 = 'A AND B IS NULL'", "说明 = “A AND B IS NULL”"),
        ("加天(期末, -通知提前)", "加天(期末, -通知提前)"),
    ],
)
def test_formulas_are_read_in_words(written, read) -> None:
    assert in_words(written) == read


def test_no_formula_of_the_manual_is_left_with_a_sign_of_the_program(repository) -> None:
    sign = re.compile(r"\b(AND|OR|NOT|IS|NULL|IN|CASE|WHEN|THEN|ELSE|END|TRUE|FALSE|True|False)\b")
    made = pages.pages(repository)
    manuals = [made[Path(f"docs/rules/{book.id}.md")] for book in pages.books()]
    rows = [line for text in manuals for line in text.splitlines() if line.startswith("| ")]
    assert [line for line in rows if sign.search(line)] == []


def test_how_often_and_whose_branch_are_said_as_people_say_them() -> None:
    book = read_shipped("microloan")[0]
    counts = about(book, "daily-cash-count")
    assert "| 每 | `自盘周期` |" in counts
    assert "数值 自盘周期：工作日（小额贷款公司岗位职责 出纳9，自定）" in counts
    assert "谁办：本机构的出纳" in counts
    assert "几次：每半月一次" in about(book, "half-month-cash-count")
    assert "几次：每年 6月20日、12月20日 各一次" in about(book, "visit-summary")
    assert "谁办：合同的机构的信贷主管" in about(book, "breach-sanction")
    assert "工资: 是" in about(book, "cash-purpose")


def test_a_gate_says_its_reasons_in_words() -> None:
    book = read_shipped("microloan")[0]
    assert "不许：不符合展期规定；尚欠利息〔合同的应收未收利息〕" in about(book, "extension")


def test_every_term_stands_in_the_glossary_and_every_rule_in_the_manual(repository) -> None:
    made = pages.pages(repository)
    glossary = made[Path("docs/GLOSSARY.md")]
    assert [
        term.word
        for term in terms()
        if f"| `{term.id}` |" not in glossary and f" `{term.id}` " not in glossary
    ] == []
    for book in pages.books():
        text = made[Path(f"docs/rules/{book.id}.md")]
        assert [rule.id for rule in book.rules if f'<a id="{rule.id}"></a>' not in text] == []
        assert [
            fact.id for fact in book.facts.values() if fact.book == book.id and fact.meaning not in text
        ] == []


@pytest.mark.parametrize(
    ("citation", "document"),
    [
        ("保后管理办法 一(一)3", "保后管理办法"),
        ("车贷试题10", "车贷试题"),
        ("GB/T 45251-2025; 金融机构个人消费类贷款催收工作指引(试行)", "GB/T 45251-2025"),
        ("小额贷款公司贷后管理制度 第二十六条; 金融资产风险分类办法", "小额贷款公司贷后管理制度"),
    ],
)
def test_rules_stand_under_the_document_they_cite_first(citation, document) -> None:
    assert document_of(citation) == document


def test_nowhere_but_in_the_repository_are_pages_made(daihou, tmp_path) -> None:
    ended = daihou("docs", tmp_path)
    assert ended.code == 2
    assert "requirements.yaml" in ended.err


def test_the_page_of_refusals_tells_every_mistake_with_its_remedy_in_both_languages(repository) -> None:
    text = pages.pages(repository)[pages.Path("docs/refusals.md")]
    row = next(line for line in text.splitlines() if line.startswith("| `key-twice` |"))
    assert (
        row
        == "| `key-twice` | 键“…”写了两次 | 合并成一处 | The key “…” is written twice; Join them into one |"
    )
    assert "did-you-mean" not in text
    assert "kind-" not in text

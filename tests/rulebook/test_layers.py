"""A layer says only what differs; what comes out is the book that a careful copy would have been."""

import re
from datetime import date
from pathlib import Path

import pytest

from daihou.rulebook import (
    FigureStep,
    RulebookRefused,
    Touch,
    check_together,
    differences,
    read_rulebook,
    read_shipped,
    read_written,
    renewed,
    shipped,
    shipped_ids,
    starting_files,
    with_figures,
)

HEAD = "规则册: small\n名称: 试\n版本: 1.0.0\n"
RULES = """
数值:
  办事期: {义: 几天内办, 值: 10天, 依据: 一}
  回访率: {义: 多久一次, 来源: 待定, 值: 待定}
表:
  间隔: {义: 多久一次, 依据: 一, 值: [{自: 2020-01-01, 值: {1: 6月, 2: 3月}}, {自: 2028-01-01, 值: {1: 5月, 2: 3月}, 依据: 二}], 其他: 1月}
事实:
  合同.在查: {义: 还要查, 式: "状态 = '在保'"}
规则:
- {规则: 用途, 编号: use, 依据: 一, 条目: [], 意旨: 查用途, 对象: 合同, 条件: 在查, 起算: 放款日, 到期: "加天(起算, 办事期)", 责任: 客户经理, 提醒: 1工作日, 版本: [{自: 2028-01-01, 依据: 三, 责任: 业务部经理}]}
- {规则: 常规, 编号: regular, 依据: 一, 条目: [], 意旨: 常规检查, 对象: 合同, 起算: 放款日, 到期: "加月(起算, 查(间隔, 风险分类))", 责任: 客户经理}
- {规则: 回访, 编号: visit, 依据: 三, 条目: [], 意旨: 回访, 对象: 合同, 每: 回访率, 责任: 客户经理}
"""
CASES = """
案例:
- {案例: 一, 规则: [use], 账册: {合同: [{合同号: C1, 状态: 在保, 放款日: 2026-03-02}]}, 期望: [{当日: 2026-03-01, 对象: C1, 无: 是}]}
- {案例: 二, 规则: [regular, visit], 账册: {合同: [{合同号: C1, 状态: 在保, 放款日: 2026-03-02}]}, 期望: [{当日: 2026-03-01, 对象: C1, 无: 是}]}
"""
OURS = "基于: small\n名称: 我司\n版本: 2.0.0\n"


@pytest.fixture
def put(tmp_path: Path):
    """put("mine", {"our.yaml": text}) writes a folder; without files the base itself."""

    def write(name: str, files: dict[str, str]) -> Path:
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def base(put):
    return read_rulebook(put("small", {"book.yaml": HEAD, "rules.yaml": RULES, "cases/one.yaml": CASES}))


@pytest.fixture
def mine(base, put):
    """mine("数值: …") -> the book with this layer on the base."""

    def read(text: str, head: str = OURS, **files: str):
        more = {f"{name}.yaml": one for name, one in files.items()}
        return read_rulebook(put("mine", {"book.yaml": head, "our.yaml": text, **more}))

    return read


def told(base, book):
    return [(d.what, d.id, d.part, d.key, d.since) for d in differences(base, book) if not d.worded]


STEP = "数值:\n  办事期: {值: [{自: 2027-01-01, 值: 7天, 依据: 会议}]}\n"


def test_a_step_is_added_from_its_day_on_and_nothing_else_differs(base, mine) -> None:
    book = mine(STEP)
    assert told(base, book) == [("figure", "办事期", "value", "", date(2027, 1, 1))]
    figure = book.figures["办事期"]
    assert [figure.value.on(day).value for day in (date(2026, 12, 31), date(2027, 1, 1))] == [10, 7]
    assert figure.citations == ("一", "会议")
    assert str(figure.source) == "mine/our.yaml:2"


def test_the_book_keeps_its_id_and_says_what_it_stands_on(base, mine) -> None:
    book = mine(STEP)
    (layer,) = book.layers
    assert (book.id, book.name, book.version) == ("small", "试", "1.0.0+2.0.0")
    assert (layer.name, layer.version, layer.base, layer.base_version) == ("我司", "2.0.0", "small", "1.0.0")
    assert layer.base_fingerprint == base.fingerprint != book.fingerprint
    assert [(one.what, one.key, one.touch) for one in layer.entries] == [("figure", "办事期", Touch.CHANGED)]


WHOLE = """
数值:
  办事期: {来源: 自定, 值: 5天}
  回访率: {来源: 自定, 值: 季}
  宽限: {义: 再给几天, 来源: 自定, 值: 3天}
表:
  间隔: {来源: 自定, 值: [{自: 2027-01-01, 值: {1: 4月}}]}
事实:
  合同.在查: {式: "状态 = '在贷'"}
改:
- {规则: 用途, 依据: 会议, 到期: "加天(加天(起算, 办事期), 宽限)", 提醒: 无}
停用:
- {规则: 常规, 自: 2029-01-01, 因: 改由总行办}
"""
COPY = (
    ("值: 10天, 依据: 一", "来源: 自定, 值: 5天"),
    ("来源: 待定, 值: 待定}", "来源: 自定, 值: 季}\n  宽限: {义: 再给几天, 来源: 自定, 值: 3天}"),
    ("{自: 2028-01-01, 值: {1: 5月", "{自: 2027-01-01, 值: {1: 4月, 2: 3月}, 来源: 自定}, {自: 2028-01-01, 值: {1: 5月"),
    ("状态 = '在保'", "状态 = '在贷'"),
    ("加天(起算, 办事期)", "加天(加天(起算, 办事期), 宽限)"),
    ("提醒: 1工作日, ", ""),
    ("编号: regular", "编号: regular, 至: 2028-12-31"),
)  # fmt: skip


def test_a_layered_book_and_a_copied_one_that_mean_the_same_have_one_fingerprint(base, mine, put) -> None:
    text = RULES
    for old, new in COPY:
        assert old in text
        text = text.replace(old, new, 1)
    copied = read_rulebook(
        put("copy/small", {"book.yaml": HEAD, "rules.yaml": text, "cases/one.yaml": CASES})
    )
    layered = mine(WHOLE)
    assert layered.fingerprint == copied.fingerprint
    assert [one for one in differences(layered, copied) if not one.worded] == []
    assert layered.fingerprint != base.fingerprint


def test_a_layer_that_says_nothing_is_the_base(base, mine) -> None:
    book = mine("# nothing yet\n")
    assert (book.fingerprint, differences(base, book)) == (base.fingerprint, ())


def test_a_figure_that_the_base_leaves_unset_is_set_and_its_rules_wake(base, mine) -> None:
    assert base.rule("visit").sleeping == ("回访率",)
    assert mine("数值:\n  回访率: {来源: 自定, 值: 季}\n").rule("visit").sleeping == ()


def test_of_a_table_only_the_keys_named_differ_and_a_later_step_of_the_base_still_counts(mine) -> None:
    table = mine("表:\n  间隔: {来源: 自定, 值: [{自: 2027-01-01, 值: {1: 4月}}]}\n").lookups["间隔"].value
    on = [{key: one.value for key, one in table.on(date(year, 6, 1)).items()} for year in (2026, 2027, 2028)]
    assert on == [{1: 6, 2: 3}, {1: 4, 2: 3}, {1: 5, 2: 3}]


def test_a_step_of_the_same_day_takes_the_place_of_the_bases(mine) -> None:
    table = mine("表:\n  间隔: {来源: 自定, 值: [{自: 2028-01-01, 值: {1: 2月}}]}\n").lookups["间隔"].value
    assert [since for since, _ in table.steps] == [date(2020, 1, 1), date(2028, 1, 1)]
    assert {key: one.value for key, one in table.on(date(2028, 6, 1)).items()} == {1: 2, 2: 3}


def test_a_rule_meant_by_its_id_may_get_another_name_and_keeps_what_is_not_named(base, mine) -> None:
    book = mine("改:\n- {编号: use, 规则: 资金用途, 来源: 自定, 责任: 业务部经理}\n")
    rule, before = book.rule("use"), base.rule("use")
    assert (rule.name, rule.ours, rule.due, rule.reminder) == ("资金用途", True, before.due, before.reminder)
    assert [since for since, _ in rule.responsible.steps] == [None, date(2028, 1, 1)]
    assert told(base, book) == [("rule", "use", "responsible.persons", "", None)]


TRANSLATED = RULES.replace("意旨: 查用途", "意旨: 查用途, 英: Check the use of funds")


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("提醒: 2工作日", "Check the use of funds"),
        ("意旨: 核对用途", "核对用途"),
        ("意旨: 核对用途, 英: Verify the use", "Verify the use"),
        ("英: Look at the use", "Look at the use"),
        ("英: 无", "查用途"),
    ],
)
def test_a_sense_said_anew_leaves_the_english_of_the_base_behind(mine, put, said, english) -> None:
    put("small", {"rules.yaml": TRANSLATED})
    book = mine(f"改: [{{编号: use, 来源: 自定, {said}}}]")
    assert book.rule("use").sense_said("en") == english


@pytest.mark.parametrize(
    ("wording", "days"),
    [
        ("{自: 2027-01-01, 依据: 会议, 责任: 总经理}", {2026: "account_manager", 2027: "general_manager", 2028: "business_manager"}),
        ("{自: 2028-01-01, 依据: 会议, 责任: 总经理}", {2026: "account_manager", 2027: "account_manager", 2028: "general_manager"}),
        ("{自: 2029-01-01, 依据: 会议, 责任: 总经理}", {2027: "account_manager", 2028: "business_manager", 2029: "general_manager"}),
    ],
)  # fmt: skip
def test_a_wording_counts_from_its_day_among_those_of_the_base(mine, wording, days) -> None:
    rule = mine(f"改:\n- {{规则: 用途, 版本: [{wording}]}}\n").rule("use")
    found = {year: rule.responsible.on(date(year, 6, 1)).persons[0].post for year in days}
    assert len(set(found.values())) == len(set(days.values()))
    assert found == days


def test_of_a_wording_of_the_base_only_the_keys_named_differ(mine) -> None:
    rule = mine('改:\n- {规则: 用途, 版本: [{自: 2028-01-01, 依据: 会议, 到期: "加天(起算, 30天)"}]}\n').rule(
        "use"
    )
    assert [since for since, _ in rule.due.steps] == [None, date(2028, 1, 1)]
    assert [since for since, _ in rule.responsible.steps] == [None, date(2028, 1, 1)]


def test_a_rule_ends_the_day_before_it_is_retired_and_the_book_says_why(mine) -> None:
    book = mine("停用:\n- {规则: 常规, 自: 2027-01-01, 因: 改由总行办, 终止: 撤回}\n")
    assert book.rule("regular").until == date(2026, 12, 31)
    assert book.rule("regular").withdraw_at_end
    (entry,) = book.layers[0].entries
    assert (entry.touch, entry.key, entry.since, entry.reason) == (
        Touch.RETIRED,
        "regular",
        date(2027, 1, 1),
        "改由总行办",
    )


def test_cases_of_the_base_run_but_for_those_named_and_the_layers_own_are_added(mine) -> None:
    text = "不再适用:\n- {案例: 一, 因: 改短了}\n"
    book = mine(
        text,
        **{"cases/own": CASES.split("\n- {案例: 二", maxsplit=1)[0].replace("案例: 一", "案例: 三") + "\n"},
    )
    assert sorted(case.name for case in book.cases) == ["三", "二"]
    assert [(one.what, one.touch, one.reason) for one in book.layers[0].entries] == [
        ("case", Touch.DROPPED, "改短了")
    ]


def test_a_new_release_of_the_base_comes_through_in_all_that_the_layer_does_not_name(mine, put) -> None:
    before = mine(STEP)
    put("small", {"book.yaml": HEAD.replace("1.0.0", "1.1.0"), "rules.yaml": RULES.replace("提醒: 1工作日", "提醒: 2工作日")})  # fmt: skip
    after = mine(STEP)
    assert [(what, name) for what, name, *_ in told(before, after)] == [("rule", "use")]
    assert after.rule("use").reminder.value == 2
    assert after.version == "1.1.0+2.0.0"


def test_a_layer_stands_on_a_layer(base, mine, put) -> None:
    mine(STEP)
    upper = "数值:\n  办事期: {值: [{自: 2027-01-01, 值: 6天, 依据: 另一会议}]}\n"
    head = "基于: ../mine\n名称: 分公司\n版本: 1.0.0\n"
    book = read_rulebook(put("branch", {"book.yaml": head, "our.yaml": upper}))
    assert book.figures["办事期"].value.on(date(2027, 1, 1)).value == 6
    assert [layer.name for layer in book.layers] == ["我司", "分公司"]
    assert book.version == "1.0.0+2.0.0+1.0.0"
    assert told(base, book) == [("figure", "办事期", "value", "", date(2027, 1, 1))]


# -- a base that moved on -----------------------------------------------------

BOTH = STEP + "改:\n- {规则: 常规, 来源: 自定, 责任: 业务部经理}\n"


def moved(mine, put, note: str, rules: str):
    mine(BOTH)
    head = OURS + note.format(**_marks(put))
    put("small", {"book.yaml": HEAD.replace("1.0.0", "1.1.0"), "rules.yaml": rules})
    return mine(BOTH, head).layers[0].moved


def _marks(put) -> dict[str, str]:
    folder = put("mine", {})
    text = renewed(folder, read_written(folder))
    return {"note": text.removeprefix(OURS)}


def test_what_the_layer_touches_and_what_changed_beneath_is_named(base, mine, put) -> None:
    shorter = RULES.replace("值: 10天, 依据: 一", "值: 9天, 依据: 一").replace("提醒: 1工作日, ", "")
    found = moved(mine, put, "{note}", shorter)
    assert (found.version, [entry.key for entry in found.entries]) == ("1.0.0", ["办事期"])


def test_a_base_that_changed_elsewhere_is_told_without_an_entry(base, mine, put) -> None:
    assert moved(mine, put, "{note}", RULES.replace("提醒: 1工作日, ", "")).entries == ()


def test_another_version_that_means_the_same_has_not_moved(base, mine, put) -> None:
    assert moved(mine, put, "{note}", RULES) is None


def test_a_layer_that_notes_a_version_only_knows_that_it_moved_and_not_where(base, mine, put) -> None:
    assert moved(mine, put, "针对: {{版本: 1.0.0}}\n", RULES).entries is None
    assert mine(BOTH).layers[0].moved is None


def test_the_note_is_written_anew_and_no_other_line_is_touched(base, mine, put) -> None:
    head = "# 我们的\n基于: small\n针对:\n  版本: 0.9.0\n名称: 我司   # 名\n版本: 2.0.0\n"
    assert mine(BOTH, head).layers[0].moved.entries is None
    folder = put("mine", {})
    text = renewed(folder, read_written(folder))
    kept = [line for line in text.splitlines() if line in head.splitlines()]
    assert kept == ["# 我们的", "基于: small", "名称: 我司   # 名", "版本: 2.0.0"]
    again = mine(BOTH, text)
    assert again.layers[0].moved is None
    assert renewed(folder, read_written(folder)) == text


# -- without a folder ----------------------------------------------------------


def test_steps_given_in_memory_make_the_same_book_as_a_folder_that_says_so(base, mine, put) -> None:
    written = read_written(put("small", {}))
    steps = {
        "办事期": [FigureStep(date(2027, 1, 1), "7天", "会议")],
        "回访率": [FigureStep(None, "季")],
        "间隔": [FigureStep(date(2027, 1, 1), {"1": "4月"})],
    }
    book = with_figures(written, steps, name="试改", version="2.0.0")
    text = (
        STEP
        + "  回访率: {来源: 自定, 值: 季}\n表:\n  间隔: {来源: 自定, 值: [{自: 2027-01-01, 值: {1: 4月}}]}\n"
    )
    assert (book.fingerprint, book.wording) == (mine(text).fingerprint, mine(text).wording)
    assert book.rule("visit").sleeping == ()
    assert [layer.name for layer in book.layers] == ["试改"]
    assert written.book.fingerprint == base.fingerprint
    assert written.book.figures["办事期"].value.on(date(2027, 1, 1)).value == 10


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ({"期现": [FigureStep(date(2027, 1, 1), "7天")]}, "new-without-sense"),
        ({"办事期": [FigureStep(date(2027, 1, 1), "7工作日")]}, "kinds-differ"),
        ({"办事期": [FigureStep(date(2027, 1, 1), "七天")]}, "bad-constant"),
        ({"办事期": [FigureStep(date(2027, 1, 1), "10天")]}, "changes-nothing"),
        ({"办事期": []}, "changes-nothing"),
        ({"办事期": [FigureStep(date(2027, 1, 1), "7天"), FigureStep(date(2026, 1, 1), "8天")]}, "days-out-of-order"),
    ],
)  # fmt: skip
def test_steps_that_a_folder_could_not_say_are_refused_in_memory_too(base, put, steps, code) -> None:
    with pytest.raises(RulebookRefused) as refused:
        with_figures(read_written(put("small", {})), steps, name="试改", version="1.0.0")
    assert [(one.code, one.source.file) for one in refused.value.mistakes] == [(code, "试改")]


# -- shipped books -------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in shipped_ids() if name != "portfolio"])
def test_a_layer_begun_on_a_shipped_book_is_read_and_changes_nothing(name, put) -> None:
    (book,) = read_shipped(name)
    begun = read_rulebook(put("ours", starting_files(book, on=name, name="ours")), root=shipped())
    assert (begun.id, begun.fingerprint) == (name, book.fingerprint)
    assert begun.layers[0].moved is None


def test_what_a_layer_begun_teaches_in_its_comments_is_read_once_the_signs_are_taken_away(put) -> None:
    (book,) = read_shipped("guarantee")
    files = starting_files(book, on="guarantee", name="ours")
    taught = {name: re.sub("(?m)^# ", "", text) for name, text in files.items() if name != "book.yaml"}
    read = read_rulebook(put("ours", {"book.yaml": files["book.yaml"], **taught}), root=shipped())
    touched = [(entry.what, entry.touch.value) for entry in read.layers[0].entries]
    assert touched == [
        ("figure", "changed"),
        ("rule", "changed"),
        ("rule", "changed"),
        ("rule", "retired"),
        ("case", "dropped"),
    ]
    assert len(read.cases) == len(book.cases)


def test_a_shared_figure_changed_for_one_book_is_not_used_beside_another_that_has_it_unchanged(put) -> None:
    text = "数值:\n  满期天数: {来源: 自定, 值: [{自: 2027-01-01, 值: 60天}]}\n"
    head = OURS.replace("small", "microloan")
    book = read_rulebook(put("ours", {"book.yaml": head, "our.yaml": text}), root=shipped())
    assert told(read_shipped("microloan")[0], book) == [("figure", "满期天数", "value", "", date(2027, 1, 1))]
    with pytest.raises(RulebookRefused) as refused:
        check_together([book, *read_shipped("signals")])
    assert {one.code for one in refused.value.mistakes} == {"named-in-two-books"}


def test_the_layer_in_the_language_manual_is_one_and_does_what_is_said_beside_it(repo_root, put) -> None:
    manual = (repo_root / "docs" / "language.md").read_text("utf-8").split("\n## Layers")[1].split("\n## ")[0]
    head, subject = re.findall(r"```yaml\n(.*?)```", manual, re.DOTALL)
    head = re.sub("(?m)^针对: .*$", "", head)  # its fingerprints are left out in print
    case = """
案例:
- 案例: 七天内做用途检查
  规则: [fund-use-check]
  账册: {合同: [{合同号: C1, 业务线: 担保, 状态: 在保, 放款日: 2026-11-02}]}
  期望: [{当日: 2026-11-03, 对象: C1, 到期: 2026-11-09}]
"""
    book = read_rulebook(
        put("ours", {"book.yaml": head, "our.yaml": subject, "cases/own.yaml": case}), root=shipped()
    )
    (base,) = read_shipped("guarantee")
    assert {(what, name) for what, name, *_ in told(base, book)} == {
        ("figure", "用途检查期限"),
        ("figure", "在保回访频率"),
        ("lookup", "常规间隔"),
        ("fact", "stock_record.short_of_stock"),
        ("rule", "fund-use-check"),
        ("rule", "repayment-ability-check"),
        ("rule", "archive-handover"),
    }
    assert book.rule("常规走访").id == "regular-inspection"
    assert book.rule("fund-use-check").reminder is None

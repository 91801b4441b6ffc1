"""Forms as data, filled, handed in and corrected; attachments by what they are; the file that shows later what was done."""

import io
import re
import zipfile
from functools import cache

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, reading_of, write_sheets

from daihou.book import domains
from daihou.dayend.acts import run_day
from daihou.duties.dossier import of_contract, of_person
from daihou.duties.models import Duty
from daihou.ledger.acts import take_in
from daihou.papers import filling
from daihou.papers.acts import FOLDER, PaperRefusedError, attach, hand_in, kept_at
from daihou.papers.filling import About, checked, fingerprint, prefilled, shown, sum_of, taken, tokens_of
from daihou.papers.kinds import FileRefusedError, kind_of, look
from daihou.papers.models import Attachment, Paper
from daihou.papers.reading import FormsRefusedError, Kind, form_for, forms, read_forms
from daihou.papers.reads import check_files
from daihou.people.acts import open_accounts
from daihou.policy import books, rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import read_shipped
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import gate, papers

ZHANG, PHONE = "510000199803180019", "13800000001"
WARNINGS = (
    "规则,主体,次,级别,合同,提出日,来源\n"
    f"S18,{ZHANG},一,重大,C1,2026-11-02,人工\nS18,91510000100000000L,一,重大,C2,2026-11-02,人工\n"
)


def named_by_rules() -> dict[str, list[DutyRule]]:
    """The duties that name each form."""
    found: dict[str, list[DutyRule]] = {}
    for book in read_shipped():
        for rule in book.rules:
            if isinstance(rule, DutyRule) and rule.form is not None:
                found.setdefault(rule.form, []).append(rule)
    return found


# ------------------------------------------------------------------ forms as data


def test_every_form_that_a_rule_names_is_there_and_every_form_there_is_named_by_a_rule() -> None:
    stand_in = {form.form: form.instead for form in forms().values() if form.instead is not None}
    by_errands = set(domains()["errand_form_kind"])
    assert set(forms()) == set(named_by_rules()) | set(stand_in) | by_errands
    assert set(stand_in.values()) <= set(named_by_rules())


PARTS = [
    pytest.param(
        "突发事件检查表",
        ["事件", "影响"],
        ["incident_kind", "stops_operation", "hits_repayment", "hits_guarantor"],
        marks=pytest.mark.covers("P01-08"),
        id="an incident and what it does to operation, repayment and the counter-guarantor",
    ),
    pytest.param(
        "预警检查表",
        ["预警", "起因和影响"],
        ["cause", "hits_repayment", "hits_guarantor"],
        marks=pytest.mark.covers("P01-09"),
        id="a warning, its cause and what it does to repayment and the counter-guarantor",
    ),
    pytest.param(
        "保后检查表",
        ["甲、生产经营", "乙、管理", "丙、财务", "丁、反担保", "戊、其他"],
        ["utilisation", "owners_changed", "figures", "family"],
        marks=pytest.mark.covers("P01-07"),
        id="five groups of a regular inspection",
    ),
    pytest.param(
        "追偿方案",
        ["一、担保和代偿", "二、合同要点", "三、反担保债权", "四、经营和资产", "五、抵质押物", "六、追偿安排"],
        ["paid_principal", "counter_terms", "claims", "guarantor_state", "realisable", "until"],
        marks=pytest.mark.covers("P01-20"),
        id="six parts of a recovery plan",
    ),
    pytest.param(
        "企业贷后工作表",
        ["1 信用记录", "2 账户", "3 主体资格", "4 主营业务", "5 市场", "6 资产", "7 负债", "8 权益", "9 项目进度", "担保"],
        ["defaults", "odd_flows", "equity_moved", "stoppage", "orders", "stock_now", "limits_cut", "equity_cut", "on_plan"],
        marks=pytest.mark.covers("P02-08"),
        id="ten groups of a routine check",
    ),
    pytest.param(
        "企业贷后工作表",
        ["3 主体资格", "4 主营业务", "5 市场", "6 资产", "8 权益", "9 项目进度"],
        ["eligible", "core_staff", "trend", "response", "investments", "equity_grown", "project_sales", "completion_risk"],
        marks=pytest.mark.covers("P02-22", "P02-23", "P02-24", "P02-25", "P02-27", "P02-28"),
        id="what a routine check asks of a firm besides",
    ),
    pytest.param(
        "个人贷后工作表",
        ["1 信用记录", "2 本人和家庭", "3 职业和收入", "4 经营（有生意的填）", "5 用途和账户", "6 财产", "7 负债", "担保"],
        ["defaults", "reachable", "marriage", "work_changed", "debt_service", "trading", "odd_flows", "property_changed", "other_loans"],
        marks=pytest.mark.covers("P02-18"),
        id="what a routine check asks of a person",
    ),
    pytest.param(
        "贷后检查报告",
        ["用途"],
        ["flow", "use_as_agreed", "contract_performed", "use_forbidden", "use_proof", "works_seen", "equipment_seen", "materials_seen"],
        marks=pytest.mark.covers("P02-06"),
        id="what a check of fund use looks at, and by which evidence",
    ),
    pytest.param(
        "贷后检查报告",
        ["问过谁、发过什么"],
        ["inquiries", "asked_by_way", "asked_whom", "asked_day", "answer_day", "answer_said"],
        marks=pytest.mark.covers("P02-11"),
        id="calls, questionnaires and letters, and what came back",
    ),
    pytest.param(
        "贷后检查报告",
        ["事实", "结论"],
        ["facts", "risk_grade", "credit_policy", "disposal", "conclusion"],
        marks=pytest.mark.covers("P02-31"),
        id="facts, evaluation and proposals of a report",
    ),
    pytest.param(
        "保后检查表",
        ["由来", "甲、生产经营", "乙、管理", "丙、财务", "丁、反担保"],
        ["use_kept", "policy_changed", "disputes", "willing", "figures", "output", "collateral_value"],
        marks=pytest.mark.covers("P13-09"),
        id="use, security and will, policy, events, figures, operation, counter-guarantee",
    ),
    pytest.param(
        "信贷管理检查表",
        ["制度执行"],
        ["three_checks", "procedure_right", "registers_right", "archive_whole", "warned_in_time", "bad_managed"],
        marks=pytest.mark.covers("P17-08"),
        id="what the management check looks at",
    ),
    pytest.param(
        "企业贷后工作表",
        ["4 主营业务", "10 本笔融资", "担保"],
        ["use_as_agreed", "performing", "can_pay", "stoppage", "linked_accounts", "collateral_value"],
        marks=pytest.mark.covers("P17-08"),
        id="what the follow-up of funds looks at",
    ),
    pytest.param(
        "总结评价表",
        ["评价"],
        ["client_review", "loan_review", "granters", "managers", "lessons"],
        marks=pytest.mark.covers("P17-28"),
        id="what a closing review weighs",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "groups", "fields"), PARTS)
def test_a_form_asks_what_its_article_wants(name, groups, fields) -> None:
    form = forms()[terms().find(name).id]
    titles = [group.title.zh for group in form.groups]
    assert [title for title in titles if title in groups] == groups
    asked = {one.name for group in form.groups for one in group.fields}
    asked |= {column.name for group in form.groups for one in group.fields for column in one.columns}
    assert set(fields) <= asked


@pytest.mark.covers("P17-09")
@pytest.mark.parametrize(
    ("way", "asked", "left"),
    [
        ("separated", {"three_checks", "separated"}, {"survey_true", "rating_right"}),
        ("farmer", {"survey_true", "rating_right"}, {"three_checks", "separated"}),
        (
            "other",
            {"procedure_right", "archive_whole"},
            {"three_checks", "separated", "survey_true", "rating_right"},
        ),
    ],
)
def test_the_management_check_has_its_focus_by_the_way_a_loan_was_granted(way, asked, left) -> None:
    form = forms()[terms().find("信贷管理检查表").id]
    wanted = {one.name for one in form.fields if one.asked({"loan_way": way})}
    assert (asked <= wanted, left & wanted) == (True, set())


def test_a_form_names_the_articles_and_requirements_of_the_rules_that_ask_for_it() -> None:
    for name, those in named_by_rules().items():
        form = forms()[name]
        assert {part for rule in those for part in rule.citation.split("；")} == set(
            form.article.split("；")
        ), name
        assert {one for rule in those for one in rule.items} <= set(form.ids), name
        assert form.done is not None, name


@pytest.mark.covers("P02-18")
@pytest.mark.parametrize(("kind", "form"), [("个人", "个人贷后工作表"), ("企业", "企业贷后工作表"), ("农户", "个人贷后工作表"), (None, "企业贷后工作表")])  # fmt: skip
def test_the_worksheet_is_that_for_the_kind_of_client_on_every_duty_that_asks_for_one(kind, form) -> None:
    worksheet = terms().find("企业贷后工作表").id
    asking = {rule.id for rule in named_by_rules()[worksheet]}
    assert {"routine-check", "product-term-check", "fund-follow-up"} <= asking
    found = form_for(worksheet, None if kind is None else terms().find(kind).id)
    assert found is forms()[terms().find(form).id]
    other = forms()[terms().find("贷后检查报告").id]
    assert (
        form_for(other.form, terms().find("个人").id) is other
    )  # a form without a stand-in is for every client


def test_every_label_is_said_in_both_languages() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for form in forms().values():
        for one in form.fields:
            for words in (
                one.label,
                *(words for _, words in one.choices),
                *(column.label for column in one.columns),
            ):
                assert chinese.search(words.zh) or not re.search("[A-Za-z]", words.zh), (form.form, words)
                assert not chinese.search(words.en), (form.form, words)


WRONG = """
没有这个表: {version: 1, title: [甲, A], article: 甲, ids: [], groups: []}
保后检查表:
  version: 0
  title: 甲
  article: 甲
  ids: []
  colour: red
  instead: 企业贷后工作表
  clients: [鱼]
  done: later
  remark: when
  groups:
  - 没有这个组
  - title: [甲, A]
    fields:
    - one: {say: [甲, A], is: colour}
    - two: {say: [甲, A], is: choice}
    - three: {say: [甲, A], is: lines}
    - four: {say: [甲, A], from: 合同.没有}
    - five: {say: [甲, A], from: 主体.手机}
    - six: {say: [甲, A], latest: today}
    - seven: {say: [甲, A], is: choice, among: [[a, 甲, A], [a, 乙, B], [c]]}
    - eight: {say: [甲, A], is: yes-no, explain: maybe}
    - eleven: {say: [甲, A], is: money, sum: [[plus, nowhere], [times, one], [plus, twelve/amount, kind, lost], [plus, eleven], [gap, eleven, when]], must: true, follows: true}
    - twelve:
        say: [甲, A]
        is: lines
        lines:
        - kind: {say: [甲, A], is: choice, among: [[in, 收, In], [out, 付, Out]]}
        - amount: {say: [甲, A], is: money, sum: [[plus, kind]]}
        - paid: {say: [甲, A], is: day, latest: nowhere}
    - thirteen: {say: [甲, A], is: yes-no, equal: [eleven, when]}
    - sixteen: {say: [甲, A], is: yes-no, above: [eleven, eleven]}
    - fourteen: {say: [甲, A], is: staff, from: 合同.合同号, unlike: [when, fourteen]}
    - fifteen: {say: [甲, A], is: phone, from: 联络.号码}
    - when: {say: [甲, A], is: day, earliest: nowhere}
    - when: {say: [甲, A], is: day}
    - ten
"""


def test_a_file_of_forms_is_refused_with_all_its_mistakes(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text(WRONG, encoding="utf-8")
    (tmp_path / "shared.yaml").write_text("没人用: {title: [甲, A], fields: []}\n", encoding="utf-8")
    with pytest.raises(FormsRefusedError) as refused:
        read_forms(tmp_path)
    assert {one.code for one in refused.value.mistakes} == {
        "form-no-word", "version-shape", "words-shape", "key-unknown", "field-no-day", "field-no-text", "group-unknown", "field-kind",
        "choice-of-nothing", "lines-of-nothing", "from-nowhere", "from-a-number", "field-key-of-other-kind", "choice-twice", "choice-shape",
        "explain-what", "field-twice", "field-shape", "group-unused", "client-kind", "instead-of-nothing",
        "sum-what", "equal-what", "above-what", "unlike-what", "from-no-colleague", "follows-what",
    }  # fmt: skip
    assert sum(one.code == "field-no-day" for one in refused.value.mistakes) == 2
    assert sum(one.code == "unlike-what" for one in refused.value.mistakes) == 2
    assert sum(one.code == "from-a-number" for one in refused.value.mistakes) == 2
    assert sum(one.code == "sum-what" for one in refused.value.mistakes) == 5
    assert all(one.text("en") and one.text("zh") for one in refused.value.mistakes)


# ------------------------------------------------------------------ what was typed


def form(word: str):
    return forms()[terms().find(word).id]


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("found_day", "2026-11-24", "too-late"),
        ("found_day", "2026-11-01", "too-early"),
        ("found_day", "昨天", "no-day"),
        ("found_day", "", "missing"),
        ("finding", " ", "missing"),
        ("finding", "长" * 8001, "too-long"),
        ("loss", "很多", "no-money"),
        ("loss", "99999999999999999999", "money-too-large"),
        ("loss", "1.234", "money-below-fen"),
        ("loss", "-1", "too-small"),
        ("heard", "maybe", "no-choice"),
        ("persons/0/stage", "lunch", "no-choice"),
        ("persons/0/share", "101", "too-large"),
        ("persons/0/share", "NaN", "no-number"),
        ("persons/0/who", "", "missing"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field(name, typed, code) -> None:
    filled = checked(form("责任认定书"), WHOLE | {name: typed}, today=DAY, opens=DAY.replace(day=5))
    assert [(one.name, one.code) for one in filled.faults] == [(name, code)]
    assert filled.faults[0].text("zh")


def test_a_whole_form_has_no_fault_and_keeps_plain_values() -> None:
    filled = checked(form("责任认定书"), WHOLE, today=DAY, opens=None)
    assert filled.faults == ()
    assert (filled.done, filled.values["loss"], filled.values["persons/0/share"]) == (DAY, "125000.00", "60")
    assert "persons/2/who" not in filled.values  # the empty line between is closed up
    assert filled.values["persons/1/who"] == "乙某"


def test_an_answer_that_wants_its_reason_is_not_taken_without() -> None:
    filled = checked(form("责任认定书"), WHOLE | {"heard": "no"}, today=DAY, opens=None)
    assert [(one.name, one.code) for one in filled.faults] == [("heard/why", "no-reason")]
    assert (
        checked(
            form("责任认定书"), WHOLE | {"heard": "no", "heard/why": "已离职"}, today=DAY, opens=None
        ).faults
        == ()
    )


RECONCILED = {
    "as_of": "2026-10-31", "book_balance": "100万", "bank_balance": "120万",
    "items/0/item_kind": "bank_in", "items/0/item_day": "2026-10-30", "items/0/item_amount": "25万",
    "items/1/item_kind": "book_in", "items/1/item_day": "2026-10-31", "items/1/item_amount": "8万",
    "items/2/item_kind": "book_out", "items/2/item_day": "2026-10-31", "items/2/item_amount": "3万",
    "book_adjusted": "125万", "bank_adjusted": "125万", "agrees": "yes", "prepared_day": "2026-11-05", "prepared_by": "甲",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, []),
        ({"bank_adjusted": "120万"}, [("bank_adjusted", "1,250,000", "50,000"), ("agrees", None, "50,000")]),
        ({"items/0/item_amount": "20万", "book_adjusted": "120万"}, [("agrees", None, "50,000")]),
        ({"items/0/item_amount": "20万", "book_adjusted": "120万", "agrees": "no", "agrees/why": "还有一笔没查到"}, []),
        ({"items/1/item_kind": "bank_out"}, [("book_adjusted", "1,170,000", "80,000"), ("bank_adjusted", "1,170,000", "80,000")]),
        ({"book_adjusted": "100万", "bank_adjusted": "130万"}, [("book_adjusted", "1,250,000", "250,000"), ("bank_adjusted", "1,250,000", "50,000"), ("agrees", None, "300,000")]),
        ({"items/0/item_amount": "多"}, [("items/0/item_amount", None, None)]),  # what is no amount is not added up
    ],
)  # fmt: skip
def test_a_reconciliation_adds_up_and_agrees_only_where_both_sides_do(said, told) -> None:
    filled = checked(form("余额调节表"), RECONCILED | said, today=DAY, opens=None)
    assert [(one.name, one.params.get("sum"), one.params.get("off")) for one in filled.faults] == told
    assert all(one.text("zh") and one.text("en") for one in filled.faults)


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ({}, "360000.00"),
        ({"items/0/item_amount": "20万", "book_adjusted": "120万", "agrees": "no", "agrees/why": "还有一笔没查到"}, "360000.00"),
        ({"unsettled": "36万"}, "360000.00"),
        ({"unsettled": "30万"}, None),
        ({"bank_adjusted": "120万"}, "410000.00"),  # told as what it would be, beside the figure that is wrong
        ({"items/0/item_amount": "多"}, None),
    ],
)  # fmt: skip
def test_what_is_in_transit_follows_from_the_items_and_from_what_they_leave_open(said, follows) -> None:
    filled = checked(form("余额调节表"), RECONCILED | said, today=DAY, opens=None)
    wrong = {one.name: (one.params.get("sum"), one.params.get("off")) for one in filled.faults}
    if follows is not None:
        assert filled.values["unsettled"] == follows
    elif "unsettled" in said:
        assert wrong == {"unsettled": ("360,000", "60,000")}
    else:
        assert "unsettled" not in filled.values


def test_balances_that_agree_leave_nothing_in_transit() -> None:
    plain = {name: text for name, text in RECONCILED.items() if not name.startswith("items/")}
    even = plain | {"bank_balance": "100万", "book_adjusted": "100万", "bank_adjusted": "100万"}
    assert checked(form("余额调节表"), even, today=DAY, opens=None).values["unsettled"] == "0.00"
    open_ = even | {"bank_balance": "120万", "bank_adjusted": "120万", "agrees": "no", "agrees/why": "在查"}
    filled = checked(form("余额调节表"), open_, today=DAY, opens=None)
    assert (filled.faults, filled.values["unsettled"]) == ((), "200000.00")


def test_faults_are_told_in_the_order_of_the_page() -> None:
    filled = checked(
        form("余额调节表"), {"items/0/item_note": "手续费", "agrees": "no"}, today=DAY, opens=None
    )
    assert [one.name for one in filled.faults] == [
        "as_of", "book_balance", "bank_balance", "items/0/item_kind", "items/0/item_day", "items/0/item_amount", "book_adjusted",
        "bank_adjusted", "agrees/why", "prepared_day", "prepared_by",
    ]  # fmt: skip


@pytest.mark.parametrize(("occurrence", "begins"), [("2026-10月", "2026-10-31"), ("", None)])
def test_a_form_about_a_month_begins_with_its_last_day(db, occurrence, begins) -> None:
    about = About(f"bank-reconciliation/A/1/{occurrence}", 1, "bank_account", "A/1", None, None, None)
    assert prefilled(form("余额调节表"), about, me="甲", today=DAY).get("as_of") == begins


def test_a_table_of_lines_that_must_have_one_is_not_taken_empty() -> None:
    typed = {name: text for name, text in WHOLE.items() if not name.startswith("persons/")}
    filled = checked(form("责任认定书"), typed, today=DAY, opens=None)
    assert [(one.name, one.code) for one in filled.faults] == [("persons", "missing")]


WHOLE = {
    "loss": "12.5万元",
    "facts": "查明的事实",
    "materials": "档案",
    "persons/0/who": "甲某", "persons/0/stage": "management", "persons/0/omitted": "没有检查", "persons/0/share": "60%",
    "persons/2/who": "乙某", "persons/2/stage": "review", "persons/2/omitted": "没有复核", "persons/2/share": "40",
    "heard": "yes",
    "finding": "按比例承担",
    "found_day": "2026-11-23",
    "found_by": "丁某",
}  # fmt: skip


def test_every_form_can_be_filled_whole(monkeypatch) -> None:
    """Of every form each field is answered once, so that none asks for what cannot be given."""
    monkeypatch.setattr(filling, "colleague", lambda text: f"{text}某（{text}）")
    answers = {
        Kind.STAFF: "乙",
        Kind.TEXT: "字",
        Kind.LONG: "字",
        Kind.NUMBER: "1",
        Kind.MONEY: "1",
        Kind.DAY: DAY.isoformat(),
        Kind.YES_NO: "yes",
        Kind.PHONE: PHONE,
    }
    for one in forms().values():
        typed: dict[str, str] = {}
        for field in one.fields:
            for name, asked in [(field.name, field)] if field.kind is not Kind.LINES else [(f"{field.name}/0/{c.name}", c) for c in field.columns]:  # fmt: skip
                typed[name] = asked.choices[0][0] if asked.kind is Kind.CHOICE else answers[asked.kind]
                typed[f"{name}/why"] = "字"
        for field in one.fields:  # one sum may be made of another
            typed |= {field.name: str(sum_of(field, typed))} if field.sum else {}
        typed |= {field.name: "no" for field in one.fields if field.equal or field.above}
        typed |= {field.name: "丙" for field in one.fields if typed.keys() & set(field.unlike)}
        assert checked(one, typed, today=DAY, opens=DAY).faults == (), one.form


# ------------------------------------------------------------------ personal numbers


def test_personal_numbers_are_marks_at_rest_hidden_on_screen_and_come_back_from_their_hidden_form() -> None:
    text = f"问了{ZHANG}，电话 {PHONE}。"
    first = taken(form("责任认定书"), {"facts": text})
    assert ZHANG not in str(first)
    assert PHONE not in str(first)
    hidden = shown(first.values, first.numbers)["facts"]
    assert hidden == "问了510***********0019，电话 138****0001。"
    again = taken(form("责任认定书"), {"facts": hidden + "又问了一次。"}, first.numbers)
    assert again.values["facts"] == first.values["facts"] + "又问了一次。"
    assert set(again.numbers) == set(first.numbers)


def test_numbers_that_look_alike_when_hidden_are_told_apart() -> None:
    first = taken(form("责任认定书"), {"facts": "13812340001 和 13856780001"})
    hidden = shown(first.values, first.numbers)
    assert len(set(tokens_of(first.numbers).values())) == 2
    assert taken(form("责任认定书"), hidden, first.numbers).values == first.values


# ------------------------------------------------------------------ files


def packed(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return held.getvalue()


def png_of(sides):
    """A PNG of that width and height."""
    made = io.BytesIO()
    Image.new("RGB", sides, "grey").save(made, "PNG")
    return made.getvalue()


PNG = png_of((640, 480))
JPG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9"  # fmt: skip
DOCX, XLSX = (packed("[Content_Types].xml", part) for part in ("word/document.xml", "xl/workbook.xml"))
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPG, "jpg"),
        (DOCX, "docx"),
        (XLSX, "xlsx"),
        ("现场照片说明\n".encode(), "txt"),
        ("现场照片说明\n".encode("gb18030"), "txt"),
        (packed("a.txt"), None),
        (packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (b"PK\x03\x04 no archive", None),
        (b"MZ\x90\0\x03\0\0\0 program", None),
        (b"\x7fELF\x02\x01\x01\0", None),
        (b"GIF89a\x01\0\x01\0\0\0\0", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, None),
        (b"\x89PNG\r\n\x1a\n and nothing more", None),
        (b"\xff\xd8\xff\xe0 and nothing more", None),
        (b"Rar!\x1a\x07\x01\0", None),
        (b"7z\xbc\xaf\x27\x1c\0\x04", None),
    ],
)
def test_a_file_is_what_its_content_says(content, kind) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("检查.pdf", PDF, "检查.pdf"),
        ("C:\\照片\\现场.JPG", JPG, "现场.JPG"),
        ("../../etc/清单.txt", "清单".encode(), "清单.txt"),
        ("a\n\u202eb<c>.png", PNG, "abc.png"),
        ("长" * 300 + ".xlsx", XLSX, "长" * 115 + ".xlsx"),
        ("检查.pdf", DOCX, "file-not-its-name"),
        ("检查.docx", XLSX, "file-not-its-name"),
        ("检查.html", b"<html>", "file-not-its-name"),
        ("检查.svg", b"<svg/>", "file-not-its-name"),
        ("检查", PDF, "file-no-name"),
        (".pdf", PDF, "file-no-name"),
        ("..", PDF, "file-no-name"),
        ("空.txt", b"", "file-empty"),
        ("包.zip", packed("a"), "file-kind"),
    ],
)
def test_a_file_is_taken_by_content_name_and_size_or_refused_with_the_reason(name, content, kept) -> None:
    if kept.startswith("file-"):
        with pytest.raises(FileRefusedError, match=kept):
            look(name, content)
    else:
        assert look(name, content).name == kept


def test_an_image_tells_its_sides_and_a_file_too_large_is_refused(monkeypatch) -> None:
    for name, content in (("a.png", PNG), ("a.jpg", JPG)):
        assert (look(name, content).width, look(name, content).height) == (640, 480)
    monkeypatch.setattr("daihou.papers.kinds.LARGEST", 10)
    with pytest.raises(FileRefusedError, match="file-too-large"):
        look("a.png", PNG)


# ------------------------------------------------------------------ a duty with a form


@pytest.fixture
def by_loans(monkeypatch):
    """The rulebook of loans, and the day of the cast."""
    monkeypatch.setattr(settings, "DAIHOU_SAMPLE", False)
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("finance",))
    monkeypatch.setattr(rules, "rules_of_kind", cache(rules.rules_of_kind.__wrapped__))
    monkeypatch.setattr(gate, "today", lambda: DAY)


@staged
def house(by_loans, tmp_path):
    """The company by the rulebook of loans, with two severe warnings that nobody answered, one on either side."""
    reading = reading_of(
        write_sheets(
            tmp_path / "book",
            预警=WARNINGS,
            合同=SHEETS["合同"].replace(",担保,贷款担保,", ",贷款,流动资金贷款,"),
        )
    )
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊己辛"], PASSWORD, by=BY, at=NOW, sample=True)


def duty_of(contract: str) -> Duty:
    return Duty.objects.get(rule="finding-accountability", contract=contract)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.covers("P02-17", "P02-34")
def test_a_form_is_drafted_handed_in_and_the_duty_is_done_with_its_number_as_evidence(house) -> None:
    head, duty = browser_of("丁"), duty_of("C1")
    address = f"/duties/{duty.pk}/form/"
    assert "填表" in page(head, f"/duties/{duty.pk}/")
    asked = page(head, address)
    assert 'value="C1"' in asked  # filled from the book
    assert "张三" in asked
    assert head.post(address, {"facts": f"问了{ZHANG}", "draft": "1", "version": "1"}).status_code == 302
    draft = Paper.objects.get()
    assert (draft.state, draft.number, ZHANG in str(draft.values)) == ("draft", "", False)
    assert "510***********0019" in page(head, address)
    assert head.post(address, {"facts": "只有事实"}).status_code == 422
    assert duty_of("C1").state in {"open", "overdue"}
    assert (
        head.post(address, WHOLE | {"facts": "问了510***********0019", "finding": f"打{PHONE}"}).status_code
        == 302
    )
    paper = Paper.objects.get()
    completion = standing(homes()["completion"]).get()
    assert (completion.evidence, completion.completed_by, completion.duty) == (paper.number, "丁", duty.key)
    assert completion.remark == "打138****0001"
    assert (paper.state, paper.pk, duty_of("C1").done) == ("handed_in", draft.pk, DAY)
    assert paper.number == f"2026-{paper.event:06d}"
    clean = page(head, f"/papers/{paper.pk}/")
    for word in ("责任认定书", paper.number, paper.digest, "510***********0019", "125,000.00", "总经理"):
        assert word in clean, word
    assert ZHANG not in clean
    assert head.get(address).headers["Location"] == f"/papers/{paper.pk}/"
    assert head.post(address, WHOLE).status_code == 302
    assert Paper.objects.count() == 1
    assert list(verify()) == []


@pytest.mark.covers("P02-18")
def test_the_same_duty_asks_a_person_and_a_firm_for_different_worksheets(house, monkeypatch) -> None:
    finance = {rule.id: rule for book in read_shipped() if book.id == "finance" for rule in book.rules}
    monkeypatch.setattr(papers, "rules", lambda: finance)
    asked = [papers.form_of(Duty(rule="routine-check", party=duty_of(one).party)) for one in ("C1", "C2")]
    assert [one.title.zh for one in asked] == ["个人贷后管理工作表", "企业贷后管理工作表"]


def test_a_correction_is_a_new_edition_with_its_reason_and_the_old_one_stays(house) -> None:
    head, duty = browser_of("丁"), duty_of("C1")
    head.post(f"/duties/{duty.pk}/form/", WHOLE)
    first = Paper.objects.get()
    address = f"/papers/{first.pk}/correct/"
    assert head.post(address, WHOLE | {"reason": "算错"}).status_code == 409  # nothing changed
    assert head.post(address, WHOLE | {"loss": "13万元", "reason": " "}).status_code == 409
    assert head.post(address, WHOLE | {"loss": "13万元", "reason": "算错"}).status_code == 302
    old, new = Paper.objects.order_by("edition")
    assert (old.state, new.state, old.number == new.number, new.edition, new.replaces_id) == (
        "replaced",
        "handed_in",
        True,
        2,
        old.pk,
    )
    assert (old.values["loss"], new.values["loss"], old.digest == new.digest) == (
        "125000.00",
        "130000.00",
        False,
    )
    assert (
        head.post(address, WHOLE | {"loss": "14万元", "reason": "再改"}).status_code == 409
    )  # the old edition is no more
    assert Event.objects.get(act="correct-paper").reason == "算错"
    assert "不作数" in page(head, f"/papers/{old.pk}/")


def test_of_two_who_hand_in_one_wins_and_the_other_is_told(house) -> None:
    duty = duty_of("C1")
    about = About(duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch)
    filled = checked(form("责任认定书"), WHOLE, today=DAY, opens=None)
    said = {"at": NOW, "day": DAY, "completes": True}
    hand_in(form("责任认定书"), about, filled, by=Actor("丁"), **said)
    events = Event.objects.count()
    with pytest.raises(PaperRefusedError, match="handed-in-already"):
        hand_in(form("责任认定书"), about, filled, by=Actor("辛"), **said)
    assert Event.objects.count() == events
    assert Paper.objects.count() == 1


def test_where_the_duty_was_completed_on_that_day_nothing_of_the_form_is_kept(house) -> None:
    head, duty = browser_of("丁"), duty_of("C1")
    head.post(f"/duties/{duty.pk}/", {"completion_day": DAY.isoformat(), "evidence": "纪要", "remark": ""})
    about = About(duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch)
    filled = checked(form("责任认定书"), WHOLE, today=DAY, opens=None)
    with pytest.raises(PaperRefusedError, match="done-already"):
        hand_in(form("责任认定书"), about, filled, by=Actor("丁"), at=NOW, day=DAY, completes=True)
    assert not Paper.objects.exists()
    assert (
        head.post(f"/duties/{duty.pk}/form/", WHOLE).status_code == 302
    )  # the form may still be filled, it completes nothing
    assert standing(homes()["completion"]).count() == 1


def test_a_form_is_filled_by_whose_duty_it_is_and_not_seen_from_another_branch(house) -> None:
    duty = duty_of("C1")
    head, auditor, west = browser_of("丁"), browser_of("己"), browser_of("丙")
    head.post(f"/duties/{duty.pk}/form/", WHOLE)
    paper = Paper.objects.get()
    assert [one.get(f"/papers/{paper.pk}/").status_code for one in (head, auditor, west)] == [200, 200, 404]
    assert [one.get(f"/papers/{paper.pk}/correct/").status_code for one in (auditor, west)] == [403, 404]
    other = duty_of("C2")
    assert [
        one.post(f"/duties/{other.pk}/form/", WHOLE).status_code for one in (auditor, browser_of("甲"))
    ] == [
        403,
        404,
    ]


# ------------------------------------------------------------------ attachments of things


def bring(client: Client, address: str, name: str = "现场.png", content: bytes = PNG) -> int:
    return client.post(address, {"file": SimpleUploadedFile(name, content)}).status_code


def test_a_file_is_attached_downloaded_as_it_was_and_kept_sealed_under_its_digest(house) -> None:
    owner = browser_of("甲")
    assert bring(owner, "/attach/contract/C1/") == 302
    held = Attachment.objects.get()
    assert (held.kind, held.width, held.contract, held.by, held.table) == ("png", 640, "C1", "甲", "contract")
    answer = owner.get(f"/attachments/{held.pk}/")
    assert answer.content == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with default_storage.open(kept_at(held.digest)) as kept:
        assert PNG not in kept.read()
    assert "现场.png" in page(owner, "/registers/contract/row/C1/")
    assert Event.objects.filter(act="attach").count() == 1


def test_an_attachment_of_another_branch_is_not_there(house) -> None:
    owner, west, cashier, auditor = (browser_of(one) for one in "甲丙戊己")
    bring(owner, "/attach/contract/C1/")
    held = Attachment.objects.get()
    assert [one.get(f"/attachments/{held.pk}/").status_code for one in (west, cashier, auditor)] == [
        404,
        404,
        200,
    ]
    assert [
        one.post(f"/attachments/{held.pk}/void/", {"reason": "试"}).status_code for one in (west, auditor)
    ] == [404, 403]
    assert [bring(one, "/attach/contract/C1/") for one in (west, auditor)] == [404, 403]
    assert [bring(owner, address) for address in ("/attach/contract/C9/", "/attach/nothing/C1/", "/attach/duty/x/", "/attach/paper/9/")] == [404] * 4  # fmt: skip
    assert Attachment.objects.count() == 1


def test_a_refused_file_leaves_nothing(house) -> None:
    owner = browser_of("甲")
    assert bring(owner, "/attach/contract/C1/", "包.zip", packed("a")) == 422
    assert owner.post("/attach/contract/C1/").status_code == 422
    duty = duty_of("C1")
    back = f"/duties/{duty.pk}/form/"
    said = {"file": SimpleUploadedFile("包.zip", packed("a")), "back": back}
    page = browser_of("丁").post(f"/attach/duty/{duty.pk}/", said).content.decode()
    assert f'href="{back}#attachments"' in page  # to the form that he was filling, not to the duty
    assert not Attachment.objects.exists()


def test_a_voided_attachment_stays_with_its_reason_and_its_content(house) -> None:
    owner = browser_of("甲")
    bring(owner, "/attach/contract/C1/")
    held = Attachment.objects.get()
    assert owner.post(f"/attachments/{held.pk}/void/", {"reason": " "}).status_code == 409
    assert owner.post(f"/attachments/{held.pk}/void/", {"reason": "传错了"}).status_code == 302
    assert owner.post(f"/attachments/{held.pk}/void/", {"reason": "再作废"}).status_code == 409
    held.refresh_from_db()
    assert (held.voided_by, held.void_reason) == ("甲", "传错了")
    assert owner.get(f"/attachments/{held.pk}/").content == PNG


def test_what_lies_there_is_checked_missing_changed_and_left_over(house) -> None:
    one = attach("一.png", PNG, table="contract", key="C1", by=Actor("甲"), at=NOW)
    two = attach("二.pdf", PDF, table="contract", key="C1", by=Actor("甲"), at=NOW)
    again = attach("又.png", PNG, table="contract", key="C1", by=Actor("甲"), at=NOW)
    assert again.digest == one.digest
    mine = {one.digest, two.digest, "f" * 64}

    def flaws() -> set[tuple[str, str]]:
        return {(flaw.digest, flaw.code) for flaw in check_files() if flaw.digest in mine}

    assert flaws() == set()
    default_storage.delete(kept_at(one.digest))
    default_storage.delete(kept_at(two.digest))
    for digest in (two.digest, "f" * 64):
        with default_storage.open(f"{FOLDER}/{digest[:2]}/{digest}", "wb") as file:
            file.write(b"something else, long enough to be a seal")
    assert flaws() == {(one.digest, "missing"), (two.digest, "changed"), ("f" * 64, "orphan")}
    assert browser_of("甲").get(f"/attachments/{one.pk}/").status_code == 410


# ------------------------------------------------------------------ the due-diligence file


@pytest.mark.covers("P17-25", "P02-03")
def test_the_file_of_a_contract_says_what_was_due_done_by_whom_with_what_evidence(house) -> None:
    head, duty = browser_of("丁"), duty_of("C1")
    head.post(f"/duties/{duty.pk}/form/", WHOLE)
    bring(head, f"/attach/duty/{duty.pk}/", "纪要.pdf", PDF)
    said = of_contract("C1", rules.rules()).said
    entry = next(one for one in said["duties"] if one["rule"] == "finding-accountability")
    paper, file = Paper.objects.get(), Attachment.objects.get()
    assert (entry["done"], entry["persons"][0]["employee"]) == (DAY.isoformat(), "丁")
    assert [(one["by"], one["evidence"]) for one in entry["completions"]] == [("丁", paper.number)]
    assert [(one["digest"], one["event"]) for one in entry["papers"]] == [(paper.digest, paper.event)]
    assert [(one["digest"], one["by"]) for one in entry["attachments"]] == [(file.digest, "丁")]
    assert Event.objects.get(number=entry["completions"][0]["event"]).kind == "completion"
    shown_page = page(head, "/files/contract/C1/")
    for word in (
        paper.number,
        paper.digest[:12],
        file.digest[:12],
        "丁某",
        of_contract("C1", rules.rules()).digest,
    ):
        assert word in shown_page
    assert all(one["contract"] == "C1" for one in said["duties"])


def test_the_fingerprint_is_that_of_the_content_and_moves_with_it_only(house) -> None:
    first, again = (of_contract("C1", rules.rules()) for _ in range(2))
    assert first.digest == again.digest == fingerprint(first.said)
    other = of_contract("C2", rules.rules()).digest
    browser_of("丁").post(f"/duties/{duty_of('C1').pk}/form/", WHOLE)
    assert of_contract("C1", rules.rules()).digest != first.digest
    assert of_contract("C2", rules.rules()).digest == other


def test_a_fact_of_the_registers_that_closed_a_duty_stands_as_its_evidence(house) -> None:
    from daihou.dayend.acts import follow
    from daihou.ledger.acts import enter
    from daihou.registers.sealing import seals

    values = {
        "contract": "C1", "employee": "甲", "stage": "management", "force_majeure": False, "misled": False, "objected_in_writing": False,
        "against_procedure": False, "objected_in_committee": False, "started_day": DAY, "completed_day": DAY, "key": "C1/甲/management",
    }  # fmt: skip
    row = enter("liability_finding", values, by=Actor("丁"), at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    found = [
        one
        for one in of_contract("C1", rules.rules()).said["duties"]
        if one["rule"] == "misconduct-accountability"
    ]
    assert [(fact["table"], fact["event"], fact["by"]) for one in found for fact in one["facts"]] == [
        ("liability_finding", row.event, "丁")
    ]
    assert seals().mark(ZHANG) not in page(browser_of("丁"), "/files/contract/C1/")


def test_a_persons_file_is_read_by_himself_his_head_who_audits_and_the_general_manager(house) -> None:
    readers = {one: browser_of(one).get("/files/person/甲/").status_code for one in "甲乙丙丁戊己辛"}
    assert readers == {"甲": 200, "乙": 200, "丙": 404, "丁": 404, "戊": 404, "己": 200, "辛": 200}
    assert browser_of("辛").get("/files/person/无/").status_code == 404
    assert [browser_of(one).get("/files/contract/C1/").status_code for one in "甲丙戊丁"] == [
        200,
        404,
        404,
        200,
    ]


def test_a_persons_file_holds_what_he_did_for_others_too(house) -> None:
    duty = duty_of("C1")
    about = About(duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch)
    filled = checked(form("责任认定书"), WHOLE, today=DAY, opens=None)
    assert duty.rule not in {one["rule"] for one in of_person("辛", rules.rules()).said["duties"]}
    hand_in(form("责任认定书"), about, filled, by=Actor("辛"), at=NOW, day=DAY, completes=True)
    assert duty.rule in {one["rule"] for one in of_person("辛", rules.rules()).said["duties"]}

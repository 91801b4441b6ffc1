"""Files of another layout: mappings that the company keeps, a bank's list matched to contracts, payments laid on plans."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from staging import staged
from tests_cast import BY, DAY, NOW

from daihou.book import read_book
from daihou.imports.acts import begin_taking, check_anew, faults_of, inspect, receive, take, unmatched_of
from daihou.imports.mapping import (
    MappingRefusedError,
    forget_match,
    in_use,
    keep_mapping,
    match_by_hand,
    named,
    retire_mapping,
)
from daihou.imports.models import HandMatch, Upload
from daihou.ledger.acts import correct, take_in, withdraw
from daihou.ledger.differing import row_values
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.trail.models import Event
from daihou.trail.reads import verify

OVERDUE = """映射: 东城银行逾期名单
义: 东城银行每月 5 日发来的逾期名单，借据号就是主合同号
来源:
  名单:
    文件: "*"
    列:
      借据号: 文本
      姓名: 文本
      身份证号: 文本
      放款额: {型: 金额, 单位: 万元}
      名单日: {型: 日期, 记: [ISO, YYYY/M/D]}
      欠本: 金额
      欠息: 金额
      期数: 整数
表:
- 表: 逾期名单
  来源: 名单
  列:
    合同: {认: [{主合同号: 借据号}, {客户: 身份证号, 金额: 放款额}, {客户.名称: 姓名, 金额: 放款额}]}
    名单日: 名单日
    逾期本金: 欠本
    逾期利息: 欠息
    连续逾期期数: 期数
"""
HEADS = "借据号,姓名,身份证号,放款额,名单日,欠本,欠息,期数\n"
PAID = """映射: 东城银行还款
义: 每月还款明细
来源:
  明细:
    文件: "*"
    列: {流水: 文本, 借据号: 文本, 日期: 日期, 金额: 金额, 期数: 整数}
表:
- 表: 还款
  来源: 明细
  列:
    流水号: 流水
    合同: {认: {主合同号: 借据号}}
    期供: {认: {合同: 本.合同, 期次: 期数}}
    起息日: 日期
    金额: 金额
"""
CONTRACTS = (
    "合同号,客户,机构,客户经理,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类,主合同号\n"
    "C1,510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,1000000,12,2026-01-10,2027-01-10,在保,否,0,1,JK-2026-001\n"
    "C2,91510000100000000L,J3,丙,担保,贷款担保,流动资金贷款,500000,12,2026-01-01,2027-01-01,在保,否,0,1,JK-2026-002\n"
    "C3,51000019860709002X,J2,甲,担保,贷款担保,流动资金贷款,300000,12,2026-01-01,2027-01-01,在保,否,0,1,JK-2026-003\n"
    "C4,51000019860709002X,J2,甲,担保,贷款担保,流动资金贷款,200000,12,2026-01-01,2027-01-01,在保,否,0,1,JK-2026-003\n"
)
PLAN = (
    "合同,期次,应还日,应还额,应还本金,应还利息,已还额,还款日,还清日\n"
    "C1,1,2026-09-10,1000,800,200,1000,2026-09-10,2026-09-10\nC1,2,2026-10-10,1000,800,200,,,\nC1,3,2026-11-10,1000,800,200,,,\n"
    "C2,1,2026-10-01,500,400,100,,,\n"
)


@staged
def company(tmp_path):
    """The cast with banks' numbers on its contracts, and plans."""
    from tests_cast import reading_of, write_sheets

    reading = reading_of(write_sheets(tmp_path / "book", 合同=CONTRACTS, 期供=PLAN))
    read = sum(reading.rows_read.values())
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=read, left_out=0)


def checked(text: str, mapping: str, rows: str, name: str = "名单.csv"):
    """A file read by a mapping that is kept."""
    kept = keep_mapping(mapping, by=BY, at=NOW)
    upload = receive(name, (text + rows).encode(), by=BY, at=NOW, mapping=kept)
    inspect(upload, now=lambda: NOW)
    return upload


def taken(upload):
    begin_taking(upload, at=NOW)
    batch = take(upload, by=BY, at=NOW, day=DAY, now=lambda: NOW)
    assert list(verify()) == []
    return batch


def row(number="", who="", resident="", lent="", owed="100"):
    return f"{number},{who},{resident},{lent},2026/11/5,{owed},20,1\n"


@pytest.mark.parametrize(
    ("said", "outcome", "contract"),
    [
        (row("JK-2026-001"), "sure", "C1"),
        (row(" jk－2026 001 "), "sure", "C1"),  # full-width stroke, a gap, small letters
        (row("", "", "510000199803180019", "100"), "sure", "C1"),
        (row("JK-9999", "", "510000199803180019", "100"), "sure", "C1"),  # an unknown number does not hide the second way
        (row("JK-2026-003", "李四", "", "30"), "sure", "C3"),  # of two under one number the amount chooses
        (row("JK-2026-003"), "several", None),
        (row("", "张三", "", "100"), "likely", None),  # a name and an amount are confirmed by people
        (row("", "王五", "", "100"), "none", None),
        (row("JK-9999"), "none", None),
        (row(), "none", None),
    ],
)  # fmt: skip
def test_a_row_of_a_banks_list_is_matched_by_number_and_never_guessed(
    company, said, outcome, contract
) -> None:
    upload = checked(HEADS, OVERDUE, said)
    assert upload.matched == {outcome: 1}
    assert upload.tables["overdue_list"][:3] == ([1, 0, 1] if contract else [1, 1, 0])
    if contract:
        taken(upload)
        assert [r.contract for r in standing(homes()["overdue_list"])] == [contract]
    else:
        (open_,) = unmatched_of(upload)
        assert open_.outcome == outcome
        assert {"several": ("C3", "C4"), "likely": ("C1",), "none": ()}[outcome] == open_.candidates


def test_what_people_said_is_remembered_for_the_next_list(company) -> None:
    upload = checked(HEADS, OVERDUE, row("JK-77", "张三", "", "88") + row("外行-1", "路人"))
    mine, other = unmatched_of(upload)
    match_by_hand(
        "东城银行逾期名单",
        {(mine.column, mine.ref, mine.text): "C1", (other.column, other.ref, other.text): ""},
        by=BY,
        at=NOW,
    )
    check_anew(upload, at=NOW)
    inspect(upload, now=lambda: NOW)
    assert upload.matched == {"by_hand": 1, "set_aside": 1}
    assert (upload.errors, upload.tables["overdue_list"][:3]) == (0, [2, 1, 1])
    taken(upload)
    later = checked(
        HEADS, OVERDUE, row("JK-77", "张三", "", "88", owed="200").replace("2026/11/5", "2026/12/5")
    )
    assert later.matched == {"by_hand": 1}
    told = Event.objects.get(act="match-rows")
    assert "张三" not in str(told.after)  # a name of the list stands in the trail only as its mark


def test_a_word_that_was_wrong_is_said_anew_or_forgotten(company) -> None:
    upload = checked(HEADS, OVERDUE, row("JK-77"))
    (one,) = unmatched_of(upload)
    said = (one.column, one.ref, one.text)
    match_by_hand("东城银行逾期名单", {said: "C2"}, by=BY, at=NOW)
    match_by_hand("东城银行逾期名单", {said: "C1"}, by=BY, at=NOW)
    stands = HandMatch.objects.get(ended_event=None)
    assert (stands.key, HandMatch.objects.count()) == ("C1", 2)
    forget_match(stands, by=BY, at=NOW)
    check_anew(upload, at=NOW)
    inspect(upload, now=lambda: NOW)
    assert upload.matched == {"none": 1}
    with pytest.raises(MappingRefusedError) as refused:
        forget_match(stands, by=BY, at=NOW)
    assert refused.value.code == "match-ended"


@pytest.mark.parametrize(
    ("said", "code"),
    [({}, "match-nothing"), ({("overdue_list.contract", "contract", "x"): "C99"}, "match-not-found")],
)
def test_a_word_about_nothing_is_not_kept(company, said, code) -> None:
    with pytest.raises(MappingRefusedError) as refused:
        match_by_hand("东城银行逾期名单", said, by=BY, at=NOW)
    assert (refused.value.code, HandMatch.objects.count()) == (code, 0)


def test_a_mapping_is_kept_in_editions_and_retired(db) -> None:
    first = keep_mapping(OVERDUE, by=BY, at=NOW)
    assert keep_mapping(OVERDUE, by=BY, at=NOW).pk == first.pk
    second = keep_mapping(OVERDUE.replace("每月 5 日", "每月 6 日"), by=BY, at=NOW)
    assert (second.edition, [one.pk for one in in_use()]) == (2, [second.pk])
    retire_mapping(second, by=BY, at=NOW)
    assert named("东城银行逾期名单") is None
    third = keep_mapping(OVERDUE, by=BY, at=NOW)
    assert (third.edition, named("东城银行逾期名单").pk) == (3, third.pk)
    with pytest.raises(MappingRefusedError):
        retire_mapping(second, by=BY, at=NOW)


@pytest.mark.parametrize(
    ("text", "code", "fault"),
    [
        (" ", "mapping-empty", None),
        ("x" * 200_001, "mapping-too-large", None),
        (OVERDUE.replace("映射: 东城银行逾期名单", "映射: sba_ppp"), "mapping-name-shipped", None),
        (OVERDUE.replace("映射: 东城银行逾期名单", "映射: " + "长" * 61), "mapping-name-long", None),
        (OVERDUE.replace("表: 逾期名单", "表: 没有这张表"), "mapping-refused", "map-unknown-table"),
        (OVERDUE.replace("主合同号: 借据号", "主合同号: 没有这列"), "mapping-refused", "map-unknown-name"),
        (OVERDUE.replace("客户.名称: 姓名", "金额.名称: 姓名"), "mapping-refused", "map-recognise-path"),
        (OVERDUE.replace("客户.名称: 姓名", "客户.没有: 姓名"), "mapping-refused", "map-unknown-column"),
        (OVERDUE.replace("名单日: 名单日\n", "名单日: {认: {金额: 放款额}}\n"), "mapping-refused", "map-recognise-what"),
        (OVERDUE.replace("{主合同号: 借据号}, ", "{主合同号: 欠本}, "), "mapping-refused", "map-kind"),
    ],
)  # fmt: skip
def test_a_mapping_with_a_mistake_is_not_kept_and_every_mistake_is_told(db, text, code, fault) -> None:
    with pytest.raises(MappingRefusedError) as refused:
        keep_mapping(text, by=BY, at=NOW)
    assert refused.value.code == code
    assert fault is None or fault in {one.code for one in refused.value.faults}


def test_without_registers_nothing_is_recognised_and_that_is_said(tmp_path) -> None:
    from daihou.imports.mapping import read_text

    file = tmp_path / "名单.csv"
    file.write_text(HEADS + row("JK-2026-001"), "utf-8")
    reading = read_book(file, mapping=read_text(OVERDUE))
    assert [fault.code for fault in reading.faults] == ["recognised-nowhere"]
    assert reading.rows_left_out == {"overdue_list": 1}


def plan_of(contract):
    return [
        (r.instalment_no, r.paid_amount, r.last_paid_day, r.paid_off_day, r.paid_principal)
        for r in standing(homes()["instalment"]).filter(contract=contract).order_by("instalment_no")
    ]


NOV = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("rows", "second", "third", "doubts"),
    [
        ("P1,JK-2026-001,2026-11-20,1000,\n", (100000, NOV, NOV, 80000), (None, None, None, None), ["payments-laid"]),
        ("P1,JK-2026-001,2026-11-20,1500,\n", (100000, NOV, NOV, 80000), (50000, NOV, None, 30000), ["payments-laid"]),
        ("P1,JK-2026-001,2026-11-20,150,\n", (15000, NOV, None, 0), (None, None, None, None), ["payments-laid"]),
        ("P1,JK-2026-001,2026-11-20,600,3\n", (None, None, None, None), (60000, NOV, None, 40000), ["payments-laid"]),
        ("P1,JK-2026-001,2026-11-19,400,\nP2,JK-2026-001,2026-11-20,600,\n", (100000, NOV, NOV, 80000), (None, None, None, None), ["payments-laid"]),
        ("P1,JK-2026-001,2026-09-10,400,\n", (None, None, None, None), (None, None, None, None), ["payments-before"]),
        ("P1,JK-2026-001,2026-11-20,2000.01,\n", (100000, NOV, NOV, 80000), (100000, NOV, NOV, 80000), ["payments-over", "payments-laid"]),
        ("P1,JK-2026-003,2026-11-20,1,\n", (None, None, None, None), (None, None, None, None), ["recognised-several"]),
    ],
)  # fmt: skip
def test_payments_are_laid_on_the_plan_that_stands(company, rows, second, third, doubts) -> None:
    upload = checked("流水,借据号,日期,金额,期数\n", PAID, rows, "还款.csv")
    assert [fault.code for fault in faults_of(upload)] == doubts
    if upload.errors:
        return
    taken(upload)
    assert plan_of("C1")[1:] == [(2, *second), (3, *third)]
    assert standing(homes()["repayment"]).count() == rows.count("\n")


def test_a_contract_without_a_plan_keeps_the_payment_and_says_so(company) -> None:
    homes()["instalment"]._default_manager.filter(contract="C2").update(contract="C3")
    upload = checked("流水,借据号,日期,金额,期数\n", PAID, "P1,JK-2026-002,2026-11-20,1000,\n")
    assert [fault.code for fault in faults_of(upload)] == ["payments-no-plan"]
    taken(upload)
    assert standing(homes()["repayment"]).count() == 1


def test_the_same_payments_twice_are_laid_once_and_taken_back_whole(company) -> None:
    before = plan_of("C1")
    rows = "P1,JK-2026-001,2026-11-20,1500,\n"
    batch = taken(checked("流水,借据号,日期,金额,期数\n", PAID, rows))
    after = plan_of("C1")
    again = checked("流水,借据号,日期,金额,期数\n", PAID, rows)
    assert again.tables == {"repayment": [1, 0, 0, 0, 1]}
    taken(again)
    assert plan_of("C1") == after
    withdraw(batch, by=BY, at=NOW, day=DAY, reason="银行重发了名单")
    assert plan_of("C1") == before
    assert standing(homes()["repayment"]).count() == 0
    assert list(verify()) == []


def contract_of(key: str) -> dict[str, object]:
    """A contract as it stands, without what the register notes of its writing."""
    held = standing(homes()["contract"]).get(key=key)
    return {
        name: told
        for name, told in row_values(held).items()
        if name in {field_name(c.id) for c in values_of(held.table)}
    }


def test_balances_follow_a_file_of_payments_and_come_back_with_it(company) -> None:
    said = {"principal_balance": 160_000, "nominal_balance": 160_000, "outstanding_balance": 128_000}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="月末的数", decision=said)
    before = contract_of("C1")
    upload = checked("流水,借据号,日期,金额,期数\n", PAID, "P1,JK-2026-001,2026-11-20,1500,\n")
    assert [fault.code for fault in faults_of(upload)] == ["payments-laid", "balances-followed"]
    batch = taken(upload)
    follows = {"principal_balance": 50_000, "nominal_balance": 50_000, "outstanding_balance": 40_000}
    assert contract_of("C1") == before | follows
    withdraw(batch, by=BY, at=NOW, day=DAY, reason="银行重发了名单")
    assert contract_of("C1") == before
    assert list(verify()) == []


def test_a_balance_that_a_bank_told_otherwise_does_not_follow_a_file_of_payments(company) -> None:
    said = {"principal_balance": 159_999}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="银行月报", decision=said)
    upload = checked("流水,借据号,日期,金额,期数\n", PAID, "P1,JK-2026-001,2026-11-20,1500,\n")
    assert [fault.code for fault in faults_of(upload)] == ["payments-laid", "balances-apart"]
    taken(upload)
    assert contract_of("C1")["principal_balance"] == 159_999


# on screen


@pytest.fixture
def browser(company, monkeypatch):
    """The browser of the risk manager, on the day of the cast."""
    from tests_cast import PASSWORD, browser_of, guarantee_alone

    from daihou.people.acts import open_accounts
    from daihou.web import gate

    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("丁")


def send(browser, name, text, **more):
    answer = browser.post("/imports/", {"file": SimpleUploadedFile(name, text.encode()), **more})
    return answer, Upload.objects.first()


BANK = "东城银行逾期名单\n借据号,借款人,贷款金额(万元),逾期本金,逾期利息\nJK-2026-001,张三,100,500,20\n,张三,100,1,2\n外行,路人甲,1,9,9\n"


def test_a_banks_list_is_mapped_by_its_headings_matched_by_hand_and_taken(browser) -> None:
    _, upload = send(browser, "11月名单.csv", BANK)
    page = browser.get(f"/imports/{upload.pk}/headings/").content.decode()
    assert "逾期名单" in page
    assert 'value="合同:主合同号" selected' in page
    said = {
        "col-0": "合同:主合同号",
        "col-1": "合同:客户.名称",
        "col-2": "合同:金额",
        "col-3": "逾期本金",
        "col-4": "逾期利息",
    }
    form = {
        "table": "overdue_list",
        "name": "东城逾期",
        "unit": "万元",
        "day_column": "list_day",
        "day": "2026-11-05",
    }
    wrong = browser.post(f"/imports/{upload.pk}/headings/", {**form, **said, "day": "五号"})
    assert (wrong.status_code, "2026-11-05 这样" in wrong.content.decode()) == (422, True)
    lacking = browser.post(f"/imports/{upload.pk}/headings/", {**form, **said, "col-4": ""})
    assert "还缺必填的列：逾期利息" in lacking.content.decode()
    twice = browser.post(f"/imports/{upload.pk}/headings/", {**form, **said, "col-4": "逾期本金"})
    assert "选了两次" in twice.content.decode()
    assert browser.post(f"/imports/{upload.pk}/headings/", {**form, **said}).status_code == 302
    page = browser.get(f"/imports/{upload.pk}/").content.decode()
    for word in (
        "按映射“东城逾期”第 1 版读",
        "对上了 1",
        "像是，等确认 1",
        "对不上 1",
        "路人甲",
        "C1 · 张三 · 100 万元",
    ):
        assert word in page
    upload.refresh_from_db()
    marks = {one.text: one.mark for one in open_rows_of("丁", upload)}
    (likely,) = (mark for text, mark in marks.items() if "路人甲" not in text)
    assert f'name="to-{likely}" value="C1"' in page  # what is confirmed by one press is what the page shows
    assert "<div>C1 · 张三 · 100 万元" in page
    assert "<h2>和登记簿核对" in page
    assert "在“和登记簿核对”里确认" in page  # the remedy names the place where it is done
    answer = browser.post(f"/imports/{upload.pk}/match/", {f"to-{likely}": "C1"})
    assert answer.status_code == 302
    (stranger,) = (mark for text, mark in marks.items() if "路人甲" in text)
    assert (
        browser.post(
            f"/imports/{upload.pk}/match/", {f"to-{stranger}": "", f"key-{stranger}": "C99"}
        ).status_code
        == 409
    )
    assert browser.post(f"/imports/{upload.pk}/match/", {f"to-{stranger}": "none"}).status_code == 302
    upload.refresh_from_db()
    assert (upload.matched, upload.errors) == (
        {"sure": 1, "by_hand": 1, "set_aside": 1},
        2,
    )  # two rows of one contract on one day
    assert browser.post(f"/imports/{upload.pk}/match/", {}).status_code == 409
    kept = named("东城逾期")
    page = browser.get(f"/imports/mappings/{kept.pk}/").content.decode()
    assert "不是我们的" in page
    assert "C1 · 张三" in page


def open_rows_of(staff, upload):
    from daihou.imports.matching import open_rows
    from daihou.people.reads import viewer_of

    return open_rows(viewer_of(staff, DAY), upload)


def test_what_is_confirmed_by_one_press_is_no_more_than_what_the_page_shows(browser, monkeypatch) -> None:
    """Not the candidates of rows below the end of the list, nor one that the viewer does not see."""
    from daihou.imports import matching
    from daihou.web import imports as web_imports

    monkeypatch.setattr(web_imports, "OPEN_ROWS", 1)
    keep_mapping(OVERDUE, by=BY, at=NOW)
    likely = row("", "张三", "", "100") + row("JK-77", "张三", "", "100")
    _, upload = send(browser, "11月.csv", HEADS + likely, mapping="东城银行逾期名单")
    assert upload.matched == {"likely": 2}
    (one,) = browser.get(f"/imports/{upload.pk}/").context["likely"]
    browser.post(f"/imports/{upload.pk}/match/", {f"to-{one.mark}": one.choices[0][0]})
    upload.refresh_from_db()
    assert upload.matched == {"by_hand": 1, "likely": 1}
    monkeypatch.setattr(matching, "described", lambda *_: {})
    page = browser.get(f"/imports/{upload.pk}/")
    assert (page.context["likely"], "确认像是的" in page.content.decode()) == ([], False)


def test_what_was_said_of_a_file_stands_on_its_page_and_is_taken_back_there(browser) -> None:
    keep_mapping(OVERDUE, by=BY, at=NOW)
    _, upload = send(browser, "11月.csv", HEADS + row("JK-77") + row("外行-1"), mapping="东城银行逾期名单")
    marks = {one.text: one.mark for one in open_rows_of("丁", upload)}
    browser.post(
        f"/imports/{upload.pk}/match/",
        {f"to-{marks['JK-77']}": "", f"key-{marks['JK-77']}": "C1", f"to-{marks['外行-1']}": "none"},
    )
    page = browser.get(f"/imports/{upload.pk}/")
    told = {one.text: (one.meant, one.match.pk) for one in page.context["by_hand"]}
    assert [one.split(" · ")[0] for one, _pk in told.values()] == ["不是我们的", "C1"]
    assert (page.context["open_rows"], "撤销" in page.content.decode()) == ([], True)
    meant = told["JK-77"][1]
    assert (
        browser.post(f"/imports/mappings/matches/{meant}/forget/", {"upload": upload.pk}).url
        == f"/imports/{upload.pk}/"
    )
    upload.refresh_from_db()
    assert upload.matched == {"none": 1, "set_aside": 1}
    page = browser.get(f"/imports/{upload.pk}/").context
    assert ([one.text for one in page["open_rows"]], [one.text for one in page["by_hand"]]) == (
        ["JK-77"],
        ["外行-1"],
    )
    again = browser.post(f"/imports/mappings/matches/{meant}/forget/", {"upload": upload.pk})
    assert again.status_code == 409


def test_a_row_that_is_none_of_ours_raises_nothing(company) -> None:
    """Neither the day that it lacks, nor a cell that cannot be read, nor that it is left out."""
    without_day = row("外行-1").replace("2026/11/5", "")
    wrong = row("外行-2").replace("2026/11/5", "五号").replace(",100,", ",约一百,")
    upload = checked(HEADS, OVERDUE, without_day + row("JK-2026-001") + wrong)
    assert {fault.code for fault in faults_of(upload)} >= {"value-missing", "map-date", "recognised-none"}
    said = {(one.column, one.ref, one.text): "" for one in unmatched_of(upload)}
    match_by_hand("东城银行逾期名单", said, by=BY, at=NOW)
    check_anew(upload, at=NOW)
    inspect(upload, now=lambda: NOW)
    assert (upload.matched, faults_of(upload)) == ({"set_aside": 2, "sure": 1}, [])
    assert upload.tables["overdue_list"][:3] == [3, 2, 1]


def test_a_row_that_another_table_takes_still_tells_what_is_wrong_with_it(company) -> None:
    """None of our contracts, but a client of ours: the day that cannot be read is wrong for him."""
    parties = (
        OVERDUE
        + "- {表: 主体, 来源: 名单, 列: {证件号: 身份证号, 名称: 姓名, 种类: {定: 个人}, 国有: {定: 否}}}\n"
    )
    resident = "510000199803180019"
    upload = checked(HEADS, parties, row("外行-1", "张三", resident).replace("2026/11/5", "五号"))
    said = {(one.column, one.ref, one.text): "" for one in unmatched_of(upload)}
    match_by_hand("东城银行逾期名单", said, by=BY, at=NOW)
    check_anew(upload, at=NOW)
    inspect(upload, now=lambda: NOW)
    assert [fault.code for fault in faults_of(upload)] == ["map-date"]


def test_a_sheet_of_unknown_name_is_told_with_the_way_to_lay_its_headings_beside_ours(browser) -> None:
    _, upload = send(browser, "11月名单.csv", BANK)
    assert [fault.code for fault in faults_of(upload)] == ["unknown-sheet"]
    page = browser.get(f"/imports/{upload.pk}/").content.decode()
    told = page[page.index("请按模板改名") :]
    assert f'<a href="/imports/{upload.pk}/headings/">对照表头</a>' in told


def test_the_next_list_of_the_month_is_read_by_the_mapping_that_was_kept(browser) -> None:
    keep_mapping(OVERDUE.replace("名单日: 名单日\n", "名单日: 文件日\n"), by=BY, at=NOW)
    _, upload = send(browser, "11月.csv", HEADS + row("JK-2026-001"), mapping="东城银行逾期名单")
    assert "文件日期" in browser.get(f"/imports/{upload.pk}/").content.decode()  # it says what is missing
    _, upload = send(
        browser, "11月.csv", HEADS + row("JK-2026-001"), mapping="东城银行逾期名单", file_day="2062-11-05"
    )
    assert "晚于" in browser.get(f"/imports/{upload.pk}/").content.decode()  # no list tells of a day to come
    browser.post(f"/imports/{upload.pk}/take/")
    assert not standing(homes()["overdue_list"]).exists()
    _, upload = send(
        browser, "11月.csv", HEADS + row("JK-2026-001"), mapping="东城银行逾期名单", file_day="2026-11-05"
    )
    assert browser.post(f"/imports/{upload.pk}/take/").status_code == 302
    (listed,) = standing(homes()["overdue_list"])
    assert (listed.contract, listed.list_day) == ("C1", date(2026, 11, 5))
    answer, _ = send(browser, "11月.csv", HEADS, mapping="没有这份")
    assert (answer.status_code, "没有这份映射" in answer.content.decode()) == (422, True)


def test_a_mapping_is_written_out_changed_and_retired_on_screen(browser) -> None:
    answer = browser.post("/imports/mappings/", {"text": OVERDUE.replace("表: 逾期名单", "表: 没有的")})
    assert (answer.status_code, "第 16 行" in answer.content.decode()) == (422, True)
    assert browser.post("/imports/mappings/", {"text": OVERDUE}).status_code == 302
    kept = named("东城银行逾期名单")
    assert "每月 5 日" in browser.get("/imports/mappings/").content.decode()
    assert (
        browser.post(f"/imports/mappings/{kept.pk}/", {"text": OVERDUE.replace("5 日", "6 日")}).status_code
        == 302
    )
    other = browser.post(
        f"/imports/mappings/{kept.pk}/", {"text": OVERDUE.replace("映射: 东城", "映射: 西城")}
    )
    assert (other.status_code, named("西城银行逾期名单")) == (422, None)
    old = browser.get(f"/imports/mappings/{kept.pk}/").content.decode()
    assert "在用的是第 2 版" in old
    assert browser.post(f"/imports/mappings/{named(kept.name).pk}/retire/").status_code == 302
    assert named("东城银行逾期名单") is None


# by program and on the command line


class Program:
    """A program of the risk manager."""

    def __init__(self, clear: str) -> None:
        self.client, self.headers = Client(), {"Authorization": f"Bearer {clear}"}

    def post(self, at, said):
        headers = {**self.headers, "Idempotency-Key": str(uuid4())}
        if "file" in said:
            return self.client.post(f"/api/v1/{at}", said, headers=headers)
        return self.client.post(
            f"/api/v1/{at}", json.dumps(said), content_type="application/json", headers=headers
        )

    def get(self, at):
        return self.client.get(f"/api/v1/{at}", headers=self.headers).json()


@pytest.fixture
def program(browser, monkeypatch):
    """A token of the risk manager for imports."""
    from daihou.api import door
    from daihou.people.models import Account
    from daihou.people.tokens import make_token

    monkeypatch.setattr(door, "today", lambda: DAY)
    until = timezone.now() + timedelta(days=30)
    account = Account.objects.get(login="丁")
    scopes = ["read:imports", "write:imports"]
    return Program(
        make_token(account, name="名单", scopes=scopes, expires=until, by=BY, at=timezone.now())[1]
    )


def test_a_program_keeps_a_mapping_hands_a_list_in_and_matches_its_rows(program) -> None:
    wrong = program.post("mappings", {"text": OVERDUE.replace("表: 逾期名单", "表: 没有的")})
    assert (wrong.status_code, wrong.json()["code"], "16 " in wrong.json()["title"]) == (
        422,
        "mapping-refused",
        True,
    )
    made = program.post("mappings", {"text": OVERDUE}).json()
    assert (made["edition"], made["needs_day"]) == (1, False)
    assert [one["name"] for one in program.get("mappings")["mappings"]] == ["东城银行逾期名单"]
    rows = HEADS + row("JK-2026-001") + row("JK-88")
    unknown = program.post("imports", {"file": SimpleUploadedFile("a.csv", rows.encode()), "mapping": "别的"})
    assert unknown.json()["code"] == "mapping-unknown"
    upload = program.post(
        "imports",
        {
            "file": SimpleUploadedFile("a.csv", rows.encode()),
            "mapping": "东城银行逾期名单",
            "file_day": "2026-11-05",
        },
    ).json()["id"]
    told = program.get(f"imports/{upload}/unmatched")
    (one,) = told["open"]
    assert (told["matched"], one["text"], one["outcome"], one["candidates"]) == (
        {"sure": 1, "none": 1},
        "JK-88",
        "none",
        [],
    )
    for key, mark, status in (("C99", one["mark"], 422), ("C2", "PNOSUCHMARK", 409)):
        assert (
            program.post(f"imports/{upload}/match", {"rows": [{"mark": mark, "key": key}]}).status_code
            == status
        )
    assert (
        program.post(f"imports/{upload}/match", {"rows": [{"mark": one["mark"], "key": "C2"}]}).status_code
        == 202
    )
    assert program.get(f"imports/{upload}/unmatched") == {"matched": {"sure": 1, "by_hand": 1}, "open": []}
    assert program.post(f"imports/{upload}/take", {}).status_code == 202
    assert sorted(r.contract for r in standing(homes()["overdue_list"])) == ["C1", "C2"]
    assert program.post(f"mappings/{made['id']}/retire", {}).status_code == 200
    assert program.post(f"mappings/{made['id']}/retire", {}).status_code == 409


def test_the_commands_keep_match_and_import_by_a_mapping(company, tmp_path, monkeypatch, capsys) -> None:
    from daihou.cli import house, kept
    from daihou.cli.refusal import Stopped

    for module in (kept, house):
        monkeypatch.setattr(module, "enter", lambda home, lang: None)
    monkeypatch.setattr(house.given, "today", lambda: DAY)
    file, rows = tmp_path / "东城.yaml", tmp_path / "名单.csv"
    file.write_text(OVERDUE.replace("名单日: 名单日\n", "名单日: 文件日\n"), "utf-8")
    rows.write_text(HEADS + row("JK-2026-001") + row("JK-88"), "utf-8")
    assert kept.keep(tmp_path, file, "zh") == 0
    assert kept.show(tmp_path, "zh", as_json=True) == 0
    assert '"needs_day": true' in capsys.readouterr().out
    assert kept.show(tmp_path, "zh", as_json=False) == 0
    assert "逾期名单" in capsys.readouterr().out
    with pytest.raises(Stopped, match="文件日"):
        house.take(tmp_path, rows, "zh", name="东城银行逾期名单")
    assert house.take(tmp_path, rows, "zh", name="东城银行逾期名单", file_day=DAY) == 1
    assert "JK-88" in capsys.readouterr().out
    for name, key in (("没有", "C2"), ("东城银行逾期名单", "C99")):
        with pytest.raises(Stopped):
            kept.match(tmp_path, name, "JK-88", key, "zh", column=None)
    with pytest.raises(Stopped, match=r"overdue_list\.contract"):
        kept.match(tmp_path, "东城银行逾期名单", "JK-88", "C2", "zh", column="逾期名单.金额")
    assert kept.match(tmp_path, "东城银行逾期名单", "JK-88", "C2", "zh", column="逾期名单.合同") == 0
    assert house.take(tmp_path, rows, "zh", name="东城银行逾期名单", file_day=DAY) == 0
    assert sorted(r.contract for r in standing(homes()["overdue_list"])) == ["C1", "C2"]
    assert kept.retire(tmp_path, "东城银行逾期名单", "zh") == 0
    broken = tmp_path / "坏.yaml"
    broken.write_text("映射: 坏的\n", "utf-8")
    with pytest.raises(Stopped):
        kept.keep(tmp_path, broken, "zh")
    with pytest.raises(Stopped):
        kept.keep(tmp_path, tmp_path / "没有.yaml", "zh")

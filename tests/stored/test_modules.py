"""Which registers and words a company meets: its kind decides, through its rulebooks."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from tests_cast import BY, DAY, NOW

from daihou.book import declared
from daihou.config.installing import HEAD_OFFICE, found_company
from daihou.ledger.acts import enter
from daihou.ledger.steps import take_step
from daihou.papers.reading import forms
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.policy.books import books_of
from daihou.policy.modules import registers_of
from daihou.policy.rules import forget
from daihou.registers.rows import sealed_row

MANAGER = "E9"
UNUSED = [
    ("guarantee_company", {"cash_count", "class_change", "service_order"}, {"compensation", "watch_listing"}),
    ("micro_loan_company", {"compensation", "device", "watch_listing"}, {"cash_count", "class_change"}),
    ("finance_company", {"compensation", "watch_listing", "cash_count"}, {"loan_note"}),
    ("loan_facilitator", {"compensation", "compensation_demand", "risk_notice"}, {"device"}),
    ("car_service_company", {"compensation", "compensation_demand", "risk_notice"}, {"service_order", "device"}),
]  # fmt: skip


@pytest.fixture
def browser(db, settings, client):
    """A risk manager of a company of some kind, at his browser."""
    settings.DAIHOU_SAMPLE = False

    def open_for(kind):
        found_company("测试公司", kind, date(2026, 1, 1), "管理员", by=BY, at=NOW, day=DAY)
        staff = [
            ("employee", {"staff_no": MANAGER, "full_name": "何经理", "branch": HEAD_OFFICE}),
            ("assignment", {"employee": MANAGER, "post": "risk_manager", "branch": HEAD_OFFICE, "since": date(2026, 1, 1)}),
        ]  # fmt: skip
        for table, values in staff:
            enter(table, sealed_row(declared()[table], values), by=BY, at=NOW, day=DAY)
        open_accounts([(MANAGER, MANAGER)], "erstmals-hinein", by=BY, at=NOW, sample=True)
        Account.objects.update(must_change=False)
        client.force_login(Account.objects.get(staff_no=MANAGER))
        forget()
        return client

    return open_for


def shown(answer):
    return answer.content.decode()


@pytest.mark.parametrize(("kind", "unused", "used"), UNUSED, ids=[kind for kind, *_ in UNUSED])
def test_registers_follow_from_what_the_rules_of_a_kind_look_into(settings, kind, unused, used) -> None:
    settings.DAIHOU_SAMPLE = False
    ours = registers_of(kind)
    assert not unused & ours
    assert used <= ours
    assert {"party", "contract", "company", "employee", "change_log"} <= ours


@pytest.mark.parametrize("kind", [kind for kind, *_ in UNUSED])
def test_a_form_of_a_kinds_rules_fills_registers_that_it_works_with(settings, kind) -> None:
    settings.DAIHOU_SAMPLE = False
    named = {rule.form for book in books_of(kind) for rule in book.duties if rule.form}
    filled = {table for name, form in forms().items() if name in named for table in form.rows}
    assert filled <= registers_of(kind)


def test_the_made_up_company_works_with_everything(settings) -> None:
    settings.DAIHOU_SAMPLE = True
    assert registers_of("guarantee_company") == frozenset(declared())


def test_who_has_no_licence_to_guarantee_is_offered_nothing_of_guarantees(browser) -> None:
    page = browser("car_service_company")
    index = shown(page.get("/registers/"))
    of_rules, _, others = index.partition("本公司的规则用不到的登记簿")
    assert "/registers/device/" in of_rules
    assert "/registers/compensation/" not in of_rules
    assert "/registers/compensation/" in others
    for address in ("/", "/overview/", "/warnings/", "/warnings/radar/"):
        said = shown(page.get(address))
        assert "<h1" in said, address
        assert not [word for word in ("在保余额", "责任余额", "反担保", "代偿") if word in said], address
    assert "本金余额" in shown(page.get("/overview/"))
    assert "客户或担保人" in shown(page.get("/warnings/raise/")), (
        "the names of signals stay as the rules have them"
    )


def test_a_guarantee_company_reads_of_its_guarantees(browser) -> None:
    page = browser("guarantee_company")
    assert "责任余额" in shown(page.get("/overview/"))
    assert "风险提示" in shown(page.get("/warnings/"))
    assert (
        "/registers/service_order/"
        in shown(page.get("/registers/")).partition("本公司的规则用不到的登记簿")[2]
    )


def test_a_register_in_which_rows_stand_is_one_of_the_companys(
    browser, django_assert_max_num_queries
) -> None:
    page = browser("micro_loan_company")
    unused = shown(page.get("/registers/")).partition("本公司的规则用不到的登记簿")[2]
    assert "/registers/staff_advance/" in unused
    advance = {
        "staff_advance_no": "D1", "employee": MANAGER, "amount": 100_00, "lent_day": date(2026, 1, 5), "receivable_day": date(2026, 2, 5),
    }  # fmt: skip
    enter("staff_advance", sealed_row(declared()["staff_advance"], advance), by=BY, at=NOW, day=DAY)
    with django_assert_max_num_queries(20):
        index = shown(page.get("/registers/"))
    assert "/registers/staff_advance/" in index.partition("本公司的规则用不到的登记簿")[0]


def test_the_empty_workbook_has_the_sheets_of_this_company(browser) -> None:
    page = browser("car_service_company")
    book = openpyxl.load_workbook(BytesIO(page.get("/imports/template/").content))
    assert {"主体", "合同", "设备"} <= set(book.sheetnames)
    assert "代偿" not in book.sheetnames


def test_what_an_unlicensed_company_once_paid_makes_no_guarantee_company_of_it(browser) -> None:
    page = browser("car_service_company")
    rows: list[tuple[str, dict[str, object]]] = [
        ("party", {"party_no": "51000019860709002X", "title": "李四", "kind": "individual", "state_owned": False}),
        ("contract", {
            "contract_no": "C1", "client": "51000019860709002X", "branch": HEAD_OFFICE, "business_line": "car_loan", "funding": "bank_funds", "product": "new_car_guarantee", "facility": "personal_loan", "term_months": 12, "board_approved": False, "extensions": 0,
            "account_manager": MANAGER, "amount": 100_00, "principal_balance": 100_00, "disbursed_day": date(2026, 1, 5), "status": "on_loan",
        }),
        ("instalment", {"contract": "C1", "instalment_no": 1, "due_day": date(2026, 2, 5), "due_amount": 100_00}),
    ]  # fmt: skip
    for table, values in rows:
        enter(table, sealed_row(declared()[table], values), by=BY, at=NOW, day=DAY)
    assert page.get("/overview/people/").context["arrears"]["contracts"] == 1
    paid = {"value_day": DAY, "principal": 100_00, "interest": 0}
    take_step("C1", "compensate", paid, by=BY, at=NOW, day=DAY)
    said = shown(page.get("/overview/"))
    assert "本金余额" in said
    assert not [word for word in ("名义余额", "在保余额", "责任余额") if word in said]
    assert "这段时间代偿" in said
    assert "反担保人" not in shown(page.get("/registers/contract/row/C1/"))
    assert page.get("/overview/people/").context["arrears"]["contracts"] == 0, (
        "what was paid for the client is told as compensated"
    )
    assert (
        "欠 "
        not in shown(page.get("/registers/contract/row/C1/"))
        .partition("</h1>")[2]
        .partition('class="pane"')[0]
    )


@pytest.mark.parametrize("kind", [kind for kind, *_ in UNUSED])
def test_what_a_row_must_refer_to_goes_with_the_same_company(settings, kind) -> None:
    settings.DAIHOU_SAMPLE = False
    ours = registers_of(kind)
    for name in ours:
        refs = {one.ref for one in declared()[name].columns.values() if one.required and one.ref}
        assert refs - ours <= {"duty"}, name  # duties are derived, nobody fills them in

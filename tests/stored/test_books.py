"""Which rulebooks a company works by: its kind decides."""

from datetime import date

import pytest
from tests_cast import BY, DAY, NOW

from daihou.book import domains
from daihou.config.installing import found_company
from daihou.dayend.acts import basis
from daihou.policy import books
from daihou.policy import rules as pages
from daihou.policy.books import BOOKS_BY_KIND, books_of, rulebooks_of_company
from daihou.rulebook import check_together, shipped_ids

CHOICE = [
    ("guarantee_company", {"guarantee", "carloan", "finance", "signals", "errands"}),
    ("micro_loan_company", {"microloan", "signals"}),
    ("finance_company", {"finance", "signals", "errands"}),
    ("loan_facilitator", {"carloan", "signals", "errands"}),
    ("car_service_company", {"carloan", "customer-care", "signals", "errands"}),
]


def test_every_kind_of_company_has_its_rulebooks_and_every_shipped_one_with_rules_has_a_company() -> None:
    assert set(BOOKS_BY_KIND) == set(domains()["company_type"])
    chosen = {book for kind in BOOKS_BY_KIND for book in BOOKS_BY_KIND[kind]}
    assert chosen == set(shipped_ids()) - {"portfolio"}, "the book of shared facts holds no rules"


@pytest.mark.parametrize(("kind", "expected"), CHOICE, ids=[kind for kind, _ in CHOICE])
def test_a_company_of_a_kind_derives_with_exactly_its_books(db, settings, kind, expected) -> None:
    settings.DAIHOU_SAMPLE = False
    found_company("测试公司", kind, date(2026, 1, 1), "管理员", by=BY, at=NOW, day=DAY)
    assert {book.id for book in rulebooks_of_company()} == expected
    check_together(books_of(kind))
    held = basis()
    results = held.asked(DAY)
    inside = {rule.id for book in books_of(kind) for rule in book.rules}
    assert {book.id for book in held.rulebooks} == expected
    assert set(results.duties["rule"].to_pylist()) <= inside
    assert {rule for rule, _ in results.asleep} <= inside
    pages.forget()
    assert {book.id for book in pages.books()} == expected
    assert set(pages.rules()) == inside


def test_the_made_up_company_shows_the_work_of_every_kind(company, settings) -> None:
    settings.DAIHOU_SAMPLE = True
    assert {book.id for book in rulebooks_of_company()} == set(shipped_ids()) - {"portfolio"}


def test_before_a_company_is_founded_there_are_no_rules(db, settings) -> None:
    settings.DAIHOU_SAMPLE = False
    assert books.rulebooks_of_company() == ()

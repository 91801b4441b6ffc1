"""6,417 car loans with 200,883 loan-months: what is overdue is inferred from the months by the rule that the mapping states."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import pytest
from rawvalues import columns_of, fen, whole, yuan

from daihou.engine import derive
from daihou.rulebook import read_shipped

NAME = "auto_ally"
DAY = date(2019, 9, 30)


@pytest.fixture(scope="module")
def book(reading):
    return reading(NAME)


@pytest.fixture(scope="module")
def loans(raw):
    return {loan["assetNumber"]: loan for loan in raw(f"{NAME}/loans.parquet")}


@pytest.fixture(scope="module")
def months(raw):
    """The months of each loan in order."""
    found = defaultdict(list)
    columns = ("assetNumber", "t", "report_month_end", "balance_end", "principal_paid", "payment_total")
    for month in sorted(raw(f"{NAME}/monthly.parquet", *columns), key=lambda m: m["t"]):
        found[month["assetNumber"]].append(month)
    return found


def open_at_end(month):
    return month["balance_end"] is not None and month["balance_end"] > 0


def paid_in(month):
    return fen(month["payment_total"] or 0)


def refused(month):
    """Whether its payment is refused, as the reading says: principal below zero in a payment."""
    return month["principal_paid"] < 0 < paid_in(month)


def plan_of(loan, months):
    """The instalments of a loan by the rule stated: due day and fen, in order."""
    usual = fen(loan["reportingPeriodScheduledPaymentAmount"])
    if loan["currentDelinquencyStatus"] > 0:
        month, day, year = (int(part) for part in loan["reportingPeriodEndingDate"].split("-"))
        yield date(year, month, day) - timedelta(days=loan["currentDelinquencyStatus"]), usual
    balance = loan["reportingPeriodActualEndBalanceAmount"]
    for month in months:
        if balance is not None and balance > 0:
            asked = [usual, fen(balance)]
            following = loan["nextReportingPeriodPaymentAmountDue"]
            if month["t"] == 1 and following is not None:
                asked.append(fen(following))
            yield month["report_month_end"], min(asked)
        balance = month["balance_end"]


def oldest_unpaid(loan, months, day):
    """Due day of the oldest instalment not paid in full by a day, one payment after the other; None if none."""
    paid = sum(paid_in(m) for m in months if m["report_month_end"] <= day and not refused(m))
    for due_day, due in sorted(plan_of(loan, months)):
        if due_day >= day:
            return None
        if paid < due:
            return due_day
        paid -= due
    return None


def settled_day(months):
    """The month end from which on nothing is open; None if there is none."""
    since = None
    for month in months:
        if month["balance_end"] is not None:
            since = None if month["balance_end"] > 0 else since or month["report_month_end"]
    return since


def test_all_loans_and_months_are_read(book, loans, months, stated) -> None:
    assert [book.rows_read["contract"]] == stated(NAME, r"parquet: ([\d,]+) loans \(")
    assert [sum(map(len, months.values()))] == stated(NAME, r"([\d,]+) loan-months, columns")
    deals = Counter(tag for (tag,) in columns_of(book, "contract", "policy_tag"))
    parts = stated(NAME, r"\(([\d,]+) new, ([\d,]+) used 2017; ([\d,]+) used 2019; (\d+)\)")
    assert sorted(deals.values()) == sorted(parts)
    plan = {number for (number,) in columns_of(book, "instalment", "contract")}
    paying = {number for (number,) in columns_of(book, "repayment", "contract")}
    assert plan | paying <= set(loans)
    assert book.rows_left_out["contract"] == 0


def test_loans_without_a_month_are_said_one_by_one(book, loans, months, stated) -> None:
    without = {i for i, number in enumerate(loans, 1) if number not in months}
    said = [fault for fault in book.faults if fault.column == "assetNumber"]
    assert {fault.row for fault in said} == without
    assert [len(said)] == stated(NAME, r"(\d+) of the [\d,]+ loans have no monthly row")


def test_every_payment_of_the_months_is_there_to_the_fen(book, months) -> None:
    every = [month for rows in months.values() for month in rows if paid_in(month) > 0]
    dropped = [fault for fault in book.faults if fault.severity == "error"]
    assert Counter(fault.code for fault in dropped) == {"amount-negative": sum(map(refused, every))}
    expected = sum(paid_in(month) for month in every if not refused(month))
    assert sum(amount for (amount,) in columns_of(book, "repayment", "amount")) == expected


def test_months_without_a_payment_and_with_an_open_balance_are_as_many_as_the_source_states(
    book, months, stated
) -> None:
    paid = set(columns_of(book, "repayment", "contract", "value_day"))
    plan = columns_of(book, "instalment", "contract", "instalment_no", "due_day")
    unpaid = {(contract, day) for contract, number, day in plan if number > 1 and (contract, day) not in paid}
    still_open = {
        (number, month["report_month_end"])
        for number, rows in months.items()
        for month in rows
        if open_at_end(month)
    }
    assert [len(unpaid & still_open)] == stated(NAME, r"([\d,]+) months with no payment and an open balance")


def test_a_loan_is_settled_when_its_balance_is_gone_for_good(book, loans, months, stated) -> None:
    settled = dict(columns_of(book, "contract", "contract_no", "settled_day"))
    assert settled == {number: settled_day(months.get(number, ())) for number in loans}
    open_to_the_end = [settled[number] for number, loan in loans.items() if loan["C"] == 1]
    assert [len(open_to_the_end)] == stated(NAME, r"C=1 still open at the end \(([\d,]+)\)")
    assert set(open_to_the_end) == {None}


def test_months_whose_balance_does_not_add_up_are_said(book, months, stated) -> None:
    wrong, blank, followed = 0, 0, 0
    for before, month in (pair for rows in months.values() for pair in pairwise(rows)):
        if before["balance_end"] is None:
            continue
        followed += 1
        if month["balance_end"] is None:
            blank += 1
        else:
            expected = fen(before["balance_end"]) - fen(month["principal_paid"])
            wrong += abs(fen(month["balance_end"]) - expected) > 1
    said = [fault.severity for fault in book.faults if fault.column == "balance_end"]
    assert said == ["warning"] * wrong
    holds = yuan((followed - blank - wrong) / followed)
    assert [whole(holds * 10_000)] == [p * 100 for p in stated(NAME, r"holds to 0\.01 on ([\d.]+)% of rows")]


def test_the_term_is_the_number_of_payments(book, loans, stated) -> None:
    """The annuity on our term is what the first report asks, as SOURCE.md found for one payment fewer than theirs."""
    ratios = []
    for number, amount, term, rate in columns_of(
        book, "contract", "contract_no", "amount", "term_months", "interest_rate"
    ):
        monthly = float(rate) / 1200
        annuity = amount / 100 * (monthly / (1 - (1 + monthly) ** -term) if monthly else 1 / term)
        ratios.append(loans[number]["reportingPeriodScheduledPaymentAmount"] / annuity)
    wanted, near = stated(NAME, r"median ratio (\d\.\d{4}) to the reported .* within 0\.5% for (\d+)%")
    assert whole(yuan(median(ratios)) * 10_000) == wanted * 10_000
    assert whole(yuan(sum(abs(ratio - 1) <= 0.005 for ratio in ratios) / len(ratios)) * 100) == near


def test_the_reading_says_that_payments_were_laid_oldest_first(book) -> None:
    said = next(f for f in book.faults if f.code == "payments-allocated")
    plans = {contract for (contract,) in columns_of(book, "instalment", "contract")}
    paying = {contract for (contract,) in columns_of(book, "repayment", "contract")}
    assert said.params["count"] == str(len(plans & paying))


def test_what_is_overdue_on_a_day_of_their_time_is_what_the_stated_rule_gives(book, loans, months) -> None:
    """A loop over the raw files, one loan and one payment after the other, is the judge of every overdue loan."""
    results = derive(read_shipped("carloan"), book.book, DAY, only=["car-overdue"])
    evidence = (int(e.partition("=")[2]) for e in results.warnings["evidence"].to_pylist())
    found = dict(zip(results.warnings["object"].to_pylist(), evidence, strict=True))
    expected = {}
    for number, loan in loans.items():
        oldest = oldest_unpaid(loan, months.get(number, ()), DAY)
        gone = settled_day(months.get(number, ()))
        if oldest is not None and (gone is None or gone > DAY):
            expected[number] = (DAY - oldest).days
    assert found == expected
    assert found

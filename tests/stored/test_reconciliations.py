"""A bank account reconciled on its form: what is in transit is written to the register as it follows from the form."""

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.papers.models import Paper
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing

ACCOUNTS = "账号,机构,开户行,开户日\nZH1,J2,东城银行,2026-10-01\n"
OCTOBER = {
    "as_of": "2026-10-31", "book_balance": "100万", "bank_balance": "120万", "items/0/item_kind": "bank_in", "items/0/item_day": "2026-10-30",
    "items/0/item_amount": "20万", "book_adjusted": "120万", "bank_adjusted": "120万", "agrees": "yes", "prepared_day": "2026-11-05", "prepared_by": "戊某",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The day of the cast."""
    on_its_day(monkeypatch)


@staged
def company(tmp_path):
    """A branch with an account and a cashier."""
    taken_in(tmp_path / "book", 账户=ACCOUNTS)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("戊", "戊")], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.mark.covers("P05-18")
def test_the_register_tells_what_is_in_transit_and_follows_a_correction(company) -> None:
    duty = next(one for one in Duty.objects.filter(rule="bank-reconciliation") if "2026-10" in one.occurrence)
    cashier, address = browser_of("戊"), f"/duties/{duty.pk}/form/"
    refused = cashier.post(address, OCTOBER | {"unsettled": "5万"})
    assert refused.status_code == 422
    assert (
        '<a href="#f-unsettled">未达金额</a>：按各项算出来是 200,000，差 150,000' in refused.content.decode()
    )
    assert cashier.post(address, OCTOBER).status_code == 302
    rows = standing(homes()["bank_reconciliation"])
    assert rows.get().unsettled_amount == 20_000_000
    paper = Paper.objects.get(state="handed_in")
    less = {
        "bank_balance": "105万",
        "items/0/item_amount": "5万",
        "book_adjusted": "105万",
        "bank_adjusted": "105万",
        "reason": "看错",
    }
    assert cashier.post(f"/papers/{paper.pk}/correct/", OCTOBER | less).status_code == 302
    assert rows.get().unsettled_amount == 5_000_000

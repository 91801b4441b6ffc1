"""A row that was written for a duty and does not close it: what it lacks is told, and whose duty it is sees it and sets it right."""

from datetime import date

import pytest
from staging import staged
from tests_cast import at_work, browser_of, on_the_day, words_of

from daihou.duties.models import Duty
from daihou.registers.kept import homes, standing
from daihou.trail.reads import verify

REGISTER = {
    "公司": "公司号,名称,类型,自\nG1,青岚小额贷款有限公司,小额贷款公司,2026-01-01\n",
    "机构": "机构号,名称,公司,上级机构,有库,设立日\nJ1,总部,G1,,否,2026-01-01\nJ2,城东分部,G1,J1,否,2026-01-01\n",
    "员工": "工号,姓名,机构\n乙,吴敏,J2\n丙,郑洁,J1\n丁,何静,J2\n",
    "任职": "员工,岗位,机构,自\n乙,会计,J2,2026-01-01\n丙,财务经理,J1,2026-01-01\n丁,信贷员,J2,2026-01-01\n",
}
LIST = "/registers/reconciliation/"
SAID = {"company": "青岚小额贷款有限公司（G1）", "month_of": "2026-10-01", "on_day": "2026-11-20"}


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    """A Monday."""
    on_the_day(monkeypatch)


@staged
def company(tmp_path):
    """A micro-loan company whose accountant sits in a branch, and whose reconciliations name none."""
    at_work(tmp_path, REGISTER, "乙丙丁")


def of_october() -> Duty:
    return Duty.objects.get(rule="bad-loan-reconciliation", occurrence="2026-10月")


def address_of(browser, duty: Duty) -> str:
    """Where the page of a duty leads to have it closed."""
    page = browser.get(f"/duties/{duty.pk}/").content.decode()
    link = page.partition("去登记")[0].rpartition('href="')[2].partition('"')[0]
    return link.replace("&amp;", "&").partition("#")[0]


@pytest.mark.covers("P17-17")
def test_what_a_row_lacks_is_told_and_it_is_set_right_where_it_stands(company) -> None:
    duty, mine = of_october(), browser_of("乙")
    new = address_of(mine, duty)
    assert new.startswith(f"{LIST}new/?")
    differing = {**SAID, "npl_in_accounts": "1000", "npl_in_register": "900"}
    told = words_of(mine.post(new, differing, follow=True))
    assert "还没有办结：要 会计不良 = 台账不良，登记的是 会计不良 1,000.00 元，台账不良 900.00 元。" in told
    assert "请看任务页" not in told
    row = standing(homes()["reconciliation"]).get()
    again = address_of(mine, duty)
    assert again == f"{LIST}row/{row.key}/correct/?for={duty.pk}"
    assert mine.get(new).headers["Location"] == again, "an older link leads there too"
    page = words_of(mine.get(again))
    assert "更正的理由" in page, "what stands is set right"
    right = {"on_day": "2026-11-20", "npl_in_accounts": "900", "npl_in_register": "900", "reason": "漏记一笔"}
    told = words_of(mine.post(again, right, follow=True))
    assert "已更正" in told
    duty.refresh_from_db()
    assert duty.done == date(2026, 11, 20)
    assert list(verify()) == []


def test_whose_duty_it_is_sees_the_row_on_its_page_and_in_the_list(company) -> None:
    """No branch ties a reconciliation to its accountant: only the duty does."""
    duty, mine = of_october(), browser_of("乙")
    mine.post(address_of(mine, duty), {**SAID, "npl_in_accounts": "1000", "npl_in_register": "900"})
    page = f"{LIST}row/{standing(homes()['reconciliation']).get().key}/"
    assert page in mine.get(LIST).content.decode()
    assert f"{page}correct/?for={duty.pk}" in mine.get(page).content.decode()
    other = browser_of("丁")
    assert page not in other.get(LIST).content.decode(), "who has no such duty sees no more than before"
    assert other.get(page).status_code == 404
    assert other.get(f"{page}correct/?for={duty.pk}").status_code in {403, 404}


def test_a_day_outside_of_what_counts_is_told_with_the_first_that_does(company) -> None:
    duty, mine = of_october(), browser_of("乙")
    early = {**SAID, "on_day": "2026-10-20", "npl_in_accounts": "900", "npl_in_register": "900"}
    told = words_of(mine.post(address_of(mine, duty), early, follow=True))
    assert "日期 2026-10-20" in told
    assert "早于算数的第一天 2026-10-31" in told

"""A call written down on its form: what the row of the register says of it follows when the form is corrected."""

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.papers.models import Paper
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing

CARS = (
    "合同号,客户,机构,客户经理,家访员,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
    "C1,510000199803180019,J2,甲,,车贷,汽车贷款担保,个人贷款,60000,12,2026-07-21,2027-07-21,在保,否,0,1\n"
)
PLAN = "合同,期次,应还日,应还额,应还本金,应还利息,已还额,还清日\nC1,1,2026-11-19,5300,5000,300,0,\n"
CALL = {
    "called_day": DAY.isoformat(), "called_at": "03:10", "called_by": "甲某", "call_outcome": "connected", "answered_by": "in_person",
    "call_matter": "催还本期", "call_result": "月底前还",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of car loans too, and the day of the cast."""
    on_its_day(monkeypatch, "carloan")


@staged
def company(tmp_path):
    """A car loan in arrears, and a collector."""
    posts = SHEETS["任职"] + "甲,催收专员,J2,2025-01-01\n"
    taken_in(tmp_path / "book", 任职=posts, 合同=CARS, 期供=PLAN, 反担保="合同,反担保人,方式,自\n")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)


def test_the_hour_of_a_call_follows_its_time_of_day_when_the_form_is_corrected(company) -> None:
    mine, duty = browser_of("甲"), Duty.objects.get(rule="phone-collection", withdrawn_on__isnull=True)
    assert mine.post(f"/duties/{duty.pk}/form/", CALL).status_code == 302
    row = standing(homes()["contact"]).get()
    assert (row.clock_time, row.clock_hour) == ("03:10", 3)
    paper = Paper.objects.get(state="handed_in")
    answer = mine.post(f"/papers/{paper.pk}/correct/", {**CALL, "called_at": "10:20", "reason": "时刻记错"})
    assert answer.status_code == 302
    row = standing(homes()["contact"]).get()
    assert (row.clock_time, row.clock_hour) == ("10:20", 10)

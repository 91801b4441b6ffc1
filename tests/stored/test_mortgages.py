"""A mortgage that is arranged for a day to come is arranged on the day on which it was: the duty asks for that day, and the other stands beside it."""

import pytest
from staging import staged
from test_calls import CARS
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of car loans too, and the day of the cast."""
    on_its_day(monkeypatch, "carloan")


@staged
def company(tmp_path):
    """A car that has its plates and whose bank calls for the mortgage today; who goes for it."""
    taken_in(
        tmp_path / "book", 任职="员工,岗位,机构,自\n甲,车务专员,J2,2025-01-01\n", 合同=CARS.replace(",甲,,", ",丁,,"),
        反担保="合同,反担保人,方式,自\n", 车辆="车架号,合同,提车日,上牌日\nLSVAA4182E2184847,C1,2026-10-01,2026-11-02\n",
        抵押通知=f"车辆,次序,通知日,客户原因\nLSVAA4182E2184847,1,{DAY},否\n",
    )  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.mark.covers("P07-03")
def test_who_arranges_for_a_day_to_come_has_arranged_today(company) -> None:
    mine, duty = browser_of("甲"), Duty.objects.get(rule="mortgage-arrange")
    assert (duty.state, duty.due) == ("open", DAY)
    address = f"/registers/mortgage_notice/row/{duty.object}/correct/?for={duty.pk}"
    assert address in mine.get(f"/duties/{duty.pk}/").content.decode().replace("&amp;", "&")
    page = mine.get(address).content.decode()
    assert "登记派单日" in words_of(mine.get(address))
    assert f'name="dispatched_day" value="{DAY}"' in page
    assert "更正的理由" not in page
    assert "约好去办的那一天" in page
    told = words_of(
        mine.post(address, {"dispatched_day": DAY.isoformat(), "scheduled_day": "2026-11-27"}, follow=True)
    )
    assert "已登记" in told
    row = standing(homes()["mortgage_notice"]).get()
    assert (row.dispatched_day, row.scheduled_day.isoformat()) == (DAY, "2026-11-27")
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)

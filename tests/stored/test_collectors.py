"""Who collects writes down the calls that he makes: from the contract, held against the rules, and read again."""

import pytest
from staging import staged
from test_calls import CARS, PLAN
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.dayend.acts import run_day
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing

NEW = "/registers/contact/new/"
SAID = {
    "contact_no": "LL1", "party": "张三", "contract": "C1", "on_day": DAY.isoformat(), "clock_time": "10:20", "mode": "电话", "matter": "催收",
    "answered_by": "本人", "dialled_no": "13800000001", "result": "接通", "handled_by": "甲某（甲）",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of car loans too, and the day of the cast."""
    on_its_day(monkeypatch, "carloan")


@staged
def company(tmp_path):
    """A car loan in arrears, a collector who is nothing else, his head, and who keeps the archive."""
    posts = (
        "员工,岗位,机构,自\n甲,催收专员,J2,2025-01-01\n乙,催收主管,J2,2025-01-01\n丙,档案员,J3,2025-01-01\n"
    )
    taken_in(
        tmp_path / "book",
        任职=posts,
        合同=CARS.replace(",甲,,", ",丁,,"),
        期供=PLAN,
        反担保="合同,反担保人,方式,自\n",
    )
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.mark.covers("P20-03", "P20-04")
@pytest.mark.parametrize(
    "who", [pytest.param("甲", id="collector"), pytest.param("乙", id="head of collection")]
)
def test_who_collects_enters_and_reads_calls(company, who) -> None:
    mine = browser_of(who)
    page = mine.get("/registers/contract/row/C1/").content.decode()
    assert f"{NEW}?contract=C1" in page, "登记… on the page of the contract"
    asked = words_of(mine.post(NEW, {**SAID, "ask": "1"}))
    assert "可以办" in asked
    assert not standing(homes()["contact"]).exists(), "asked first, nothing is written"
    assert "已登记" in words_of(mine.post(NEW, SAID, follow=True))
    assert mine.get("/registers/contact/row/LL1/").status_code == 200
    assert "LL1" in words_of(mine.get("/registers/contact/"))
    assert "LL1" in words_of(mine.get("/registers/contract/row/C1/"))


def test_the_rest_of_customer_service_stays_closed_and_others_get_nothing(company) -> None:
    assert browser_of("甲").get("/registers/complaint/").status_code == 404
    for address in ("/registers/contact/", NEW):
        assert browser_of("丙").get(address).status_code == 404


@pytest.mark.covers("P20-04")
def test_what_a_rule_lacks_to_judge_a_call_is_named_and_marked(company) -> None:
    """A call without its time and without who answered: no rule can tell whether it was allowed."""
    mine = browser_of("甲")
    page = mine.post(NEW, {**SAID, "clock_time": "", "answered_by": ""}).content.decode()
    assert "还缺：时刻、对方身份" in page
    assert "说不准：" not in page
    for column in ("clock_time", "answered_by"):
        before = page.partition(f'<label for="id_{column}"')[0]
        assert before.rpartition('<div class="')[2].startswith("field wrong"), column
    assert mine.post(NEW, SAID).status_code == 302

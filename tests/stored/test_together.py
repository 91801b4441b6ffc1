"""A visit that two have to make: the form asks for the other by name, and closes the duty only with both."""

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.ledger.acts import take_in
from daihou.papers.filling import colleague
from daihou.papers.models import Paper
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.trail.reads import verify

CARS = (
    "合同号,客户,机构,客户经理,家访员,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
    "C1,510000199803180019,J2,甲,壬,车贷,汽车贷款担保,个人贷款,60000,12,2026-07-21,2027-07-21,在保,否,0,1\n"
)
TWICE = (
    "合同,期次,应还日,应还额,应还本金,应还利息,已还额,还清日\n"
    "C1,1,2026-08-21,5300,5000,300,5300,2026-08-25\nC1,2,2026-09-21,5300,5000,300,5300,2026-09-21\nC1,3,2026-11-19,5300,5000,300,0,\n"
)
STAFF = SHEETS["员工"] + "壬,壬某,J2,\n癸,壬某甲,J2,\n子,子某,J2,\n"
POSTS = SHEETS["任职"] + "子,客服,J2,2025-01-01\n"
VISIT = {
    "visitor": "甲", "reported_by": "甲某", "visited_day": DAY.isoformat(), "visit_address": "东城路 8 号", "visit_met": "本人和配偶", "home_state": "owned",
    "work": "开饭馆，月入一万五", "car_seen": "yes", "visit_risk": "no", "visit_conclusion": "生意淡季，月底前还清",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of car loans too, and the day of the cast."""
    on_its_day(monkeypatch, "carloan")


@staged
def company(tmp_path):
    """A car loan whose second instalment went unpaid."""
    reading = reading_of(
        write_sheets(
            tmp_path / "book", 员工=STAFF, 任职=POSTS, 合同=CARS, 期供=TWICE, 反担保="合同,反担保人,方式,自\n"
        )
    )
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("甲", "甲"), ("子", "子")], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.mark.covers("P07-10")
def test_a_home_visit_names_both_who_went_and_only_then_is_done(company) -> None:
    duty = Duty.objects.get(rule="second-overdue-visit", withdrawn_on__isnull=True)
    assert form_of(duty).form == "home_visit_report"
    manager, address = browser_of("甲"), f"/duties/{duty.pk}/form/"
    for alone, told in (
        ("", "必填"),
        ("甲", "两处写的是同一个人"),
        ("没有这人", "不是一名在职员工"),
        ("庚", "不是一名在职员工"),
    ):
        answer = manager.post(address, {**VISIT, "visit_with": alone})
        assert (answer.status_code, told in answer.content.decode()) == (422, True), alone
    assert not standing(homes()["call_back"]).exists()
    assert manager.post(address, {**VISIT, "visit_with": "壬某（壬）"}).status_code == 302
    row = standing(homes()["call_back"]).get()
    kept = Paper.objects.get(state="handed_in")
    assert (row.first_visitor, row.second_visitor, kept.values["visit_with"]) == ("甲", "壬", "壬某（壬）")
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)
    page = manager.get(f"/papers/{kept.pk}/").content.decode()
    assert "壬某（壬）" in page
    assert list(verify()) == []


@pytest.mark.covers("P07-10")
def test_customer_service_names_both_who_went_and_neither_need_be_who_fills_the_report(company) -> None:
    duty, service = Duty.objects.get(rule="second-overdue-visit", withdrawn_on__isnull=True), browser_of("子")
    page = service.get(f"/duties/{duty.pk}/form/").content.decode()
    for name, label in (("visitor", "甲某（甲）"), ("visit_with", "壬某（壬）")):
        assert f'name="{name}" value="{label}"' in page, "as the contract names them"
    said = {**VISIT, "visit_with": "壬", "reported_by": "子某"}
    assert service.post(f"/duties/{duty.pk}/form/", said).status_code == 302
    row = standing(homes()["call_back"]).get()
    assert (row.first_visitor, row.second_visitor) == ("甲", "壬")
    assert Paper.objects.get(state="handed_in").by == "子"
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)


def test_who_went_along_may_fill_the_report_and_another_pair_does_not_close_the_duty(company) -> None:
    duty, service = Duty.objects.get(rule="second-overdue-visit", withdrawn_on__isnull=True), browser_of("子")
    answer = service.post(
        f"/duties/{duty.pk}/form/",
        {**VISIT, "visitor": "子", "visit_with": "壬", "reported_by": "子某"},
        follow=True,
    )
    row = standing(homes()["call_back"]).get()
    assert (row.first_visitor, row.second_visitor) == ("子", "壬")
    duty.refresh_from_db()
    assert duty.done is None, "the account manager did not go"
    assert "已办结" not in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("壬", "壬某（壬）"),
        ("壬某", "壬某（壬）"),
        ("壬某(壬)", "壬某（壬）"),
        ("壬某（癸）", None),
        ("庚", None),
        ("", None),
    ],
)
def test_a_colleague_is_known_by_number_by_name_or_by_both(company, text, label) -> None:
    assert colleague(text) == label

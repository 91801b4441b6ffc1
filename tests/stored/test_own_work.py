"""Whose duty it is writes what closes it, whatever registers his post enters: that day, that row, and nothing else."""

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.people.acts import open_accounts
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.trail.models import Event
from daihou.trail.reads import verify

MORE = {
    "档案卷": "合同,卷类,形成日\nC1,基础卷,2026-11-02\nC2,基础卷,2026-11-02\n",
    "报送事项": "事项号,机构,名称,岗位,频率,宽限天,起用日\nS1,J2,资金月表,会计,月,10,2026-01-01\n",
}


@pytest.fixture
def its_day(monkeypatch):
    on_its_day(monkeypatch)


@staged
def at_work(tmp_path, its_day):
    """The company with files to hand over and a return of the finance manager's, who sees none of the registers of the office of his branch."""
    from tests_cast import SHEETS

    posts = SHEETS["任职"] + "戊,财务经理,J2,2025-01-01\n"
    taken_in(tmp_path / "book", 任职=posts, **MORE)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙戊"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def screen(at_work):
    return browser_of


def of(rule: str, object_: str) -> Duty:
    return Duty.objects.get(rule=rule, object=object_, withdrawn_on__isnull=True, done__isnull=True)


def duty_title(duty: Duty) -> str:
    return rules()[duty.rule].name


def address_of(browser, duty: Duty) -> str:
    """Where the page of a duty leads to have it closed."""
    page = browser.get(f"/duties/{duty.pk}/").content.decode()
    link = page.partition("去登记")[0].rpartition('href="')[2].partition('"')[0]
    return link.replace("&amp;", "&")


@pytest.mark.covers("P13-06")
def test_the_day_that_closes_a_duty_is_filled_in_by_whose_duty_it_is(screen) -> None:
    """Files are the archivist's register; the account manager hands his over."""
    mine, duty = screen("甲"), of("archive-handover", "C1/basic_volume")
    address = address_of(mine, duty)
    assert (
        address
        == f"/registers/file_volume/row/C1/basic_volume/correct/?for={duty.pk}#id_handed_to_archive_day"
    )
    address = address.partition("#")[0]
    page = words_of(mine.get(address))
    assert "办这项任务只填“移交日”" in page
    assert "登记移交日" in page, "nothing is set right: a day is entered"
    assert "更正" not in page
    assert "理由" not in page, "the duty is the reason"
    assert f'value="{DAY}"' in page
    assert mine.get(address.partition("?")[0]).status_code == 403, "without his duty the register is not his"
    done = mine.post(address, {"handed_to_archive_day": "2026-11-20"}, follow=True)
    assert "已登记" in words_of(done)
    assert Event.objects.filter(kind="file_volume").latest("number").reason == duty_title(duty)
    assert (
        standing(homes()["file_volume"]).get(key="C1/basic_volume").handed_to_archive_day.isoformat()
        == "2026-11-20"
    )
    duty.refresh_from_db()
    assert duty.done is not None
    assert Event.objects.latest("number") is not None
    assert list(verify()) == []
    assert mine.get(address).status_code == 403, "it is done: there is nothing more to write"


@pytest.mark.parametrize(
    ("who", "row", "status"),
    [
        pytest.param("甲", "C2/basic_volume", 403, id="another row than that of his duty"),
        pytest.param("丙", "C1/basic_volume", 403, id="another's duty"),
    ],
)
def test_nobody_gets_in_by_a_duty_that_is_not_his_or_not_about_the_row(screen, who, row, status) -> None:
    duty = of("archive-handover", "C1/basic_volume")
    address = f"/registers/file_volume/row/{row}/correct/?for={duty.pk}"
    assert screen(who).get(address).status_code == status
    assert (
        screen(who).post(address, {"handed_to_archive_day": "2026-11-20", "reason": "试"}).status_code
        == status
    )


def test_nothing_else_of_the_row_moves(screen) -> None:
    mine, duty = screen("甲"), of("archive-handover", "C1/basic_volume")
    address = f"/registers/file_volume/row/C1/basic_volume/correct/?for={duty.pk}"
    said = {"handed_to_archive_day": "2026-11-20", "formed_day": "2026-11-19", "reason": "试"}
    assert "办这项任务只填“移交日”" in words_of(mine.post(address, said))
    held = standing(homes()["file_volume"]).get(key="C1/basic_volume")
    assert (held.formed_day.isoformat(), held.handed_to_archive_day) == ("2026-11-02", None)


@pytest.mark.covers("P05-13")
def test_the_row_that_closes_a_duty_is_written_by_whose_duty_it_is_for_its_period(screen) -> None:
    """The return of a month: the register of returns is the office's."""
    mine = screen("戊")
    duties = Duty.objects.filter(rule="scheduled-return-of-finance", object="S1", done__isnull=True).order_by(
        "due"
    )
    duty = duties.get(occurrence="2026-10月")
    address = address_of(mine, duty)
    assert f"for={duty.pk}" in address
    assert "period_first_day=2026-10-01" in address
    page = words_of(mine.get(address))
    assert "由这项任务定，不改" in page
    assert "办这项任务：" in page
    assert "财务岗位报表报送" in page
    said = {"filed_return_day": "2026-11-20", "filed_by": "戊某（戊）"}
    wrong = mine.post(address, {**said, "period_first_day": "2026-09-01"})
    assert "由这项任务定，不改" in words_of(wrong)
    assert not standing(homes()["return_record"]).exists()
    told = words_of(mine.post(address, said, follow=True))
    assert "已登记" in told
    row = standing(homes()["return_record"]).get()
    assert (row.period_first_day.isoformat(), row.matter_ref) == ("2026-10-01", "S1")
    duty.refresh_from_db()
    assert duty.done is not None
    assert mine.post(address, said).status_code in {403, 404}


def test_who_writes_something_that_does_not_close_the_duty_is_told(screen) -> None:
    """Who enters the register anyway may write another check than the duty asks for."""
    duty = Duty.objects.get(rule="fund-use-check", object="C1")
    said = {
        "visit_no": "ZF9",
        "contract": "C1",
        "kind": "常规",
        "client": "张三",
        "inspected_day": DAY.isoformat(),
        "result": "完成",
        "urgent": "否",
    }
    told = words_of(screen("甲").post(f"/registers/inspection/new/?for={duty.pk}", said, follow=True))
    assert standing(homes()["inspection"]).filter(visit_no="ZF9").exists()
    assert "还没有办结" in told
    assert "要 种类 = 用途，登记的是 种类 常规" in told

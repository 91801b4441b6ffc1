"""A call written down on its form: what the row of the register says of it follows when the form is corrected."""

import pytest
from django.utils import timezone
from staging import staged
from test_api import Program, come  # noqa: F401 - a fixture
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in

from daihou.dayend.acts import run_day
from daihou.dayend.asking import answers_about
from daihou.duties.models import Duty
from daihou.papers.models import Paper
from daihou.papers.reading import forms
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.trail.models import Event

CARS = (
    "合同号,客户,机构,客户经理,家访员,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
    "C1,510000199803180019,J2,甲,,车贷,汽车贷款担保,个人贷款,60000,12,2026-07-21,2027-07-21,在保,否,0,1\n"
)
PLAN = "合同,期次,应还日,应还额,应还本金,应还利息,已还额,还清日\nC1,1,2026-11-19,5300,5000,300,0,\n"
OWN, HIDDEN, OFFICE = "13800000001", "138****0001", "028-8660 1234转801"
CALL = {
    "called_day": DAY.isoformat(), "called_at": "03:10", "called_by": "甲某", "call_outcome": "connected", "answered_by": "in_person",
    "called_number": OWN, "call_matter": "催还本期", "call_result": "月底前还",
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


def test_faults_of_the_form_and_of_the_row_that_it_fills_are_told_at_once(company) -> None:
    mine, duty = browser_of("甲"), Duty.objects.get(rule="phone-collection", withdrawn_on__isnull=True)
    answer = mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_at": "25:99", "call_outcome": ""})
    assert answer.status_code == 422
    assert [name for name, _label, _text in answer.context["faults"]] == ["called_at", "call_outcome"]
    both = mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_at": "25:99"})
    assert [name for name, _label, _text in both.context["faults"]] == ["called_at"]


def the_duty() -> Duty:
    return Duty.objects.get(rule="phone-collection", withdrawn_on__isnull=True)


def number_of_the_row() -> str:
    return seals().opened(standing(homes()["contact"]).get().dialled_no)


@pytest.mark.covers("P20-03", "P20-04")
def test_a_call_on_its_form_logs_the_number_and_no_rule_is_against_it(company) -> None:
    duty, mine = the_duty(), browser_of("甲")
    refused = mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_at": "10:20", "called_number": ""})
    assert refused.status_code == 422
    assert not standing(homes()["contact"]).exists()
    answer = mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_at": "10:20"}, follow=True)
    assert "打电话要登记号码" not in answer.content.decode()
    row = standing(homes()["contact"]).get()
    assert number_of_the_row() == OWN
    answers = answers_about("contact", row.key, DAY)
    assert [one.gate.id for one in answers] == ["contact-conduct"]
    assert [one.because("zh") for one in answers] == [()]


def test_a_number_is_kept_sealed_and_shown_hidden_by_the_form_and_the_row_it_wrote(company) -> None:
    mine, duty = browser_of("甲"), the_duty()
    mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_number": OFFICE})
    paper = Paper.objects.get(state="handed_in")
    mark = seals().mark("02886601234*801")
    assert paper.values["called_number"] == mark
    assert seals().opened(paper.numbers[mark]) == number_of_the_row() == "02886601234*801"
    for address in (
        f"/papers/{paper.pk}/",
        f"/papers/{paper.pk}/correct/",
        f"/registers/contact/row/{paper.row_key}/",
    ):
        page = mine.get(address).content.decode()
        assert "02886601234" not in page, address
        assert "86601234" not in page, address
    assert "028*********801" in mine.get(f"/papers/{paper.pk}/").content.decode()


def test_the_clients_own_number_is_offered_hidden_and_its_hidden_form_means_it(company) -> None:
    mine, duty = browser_of("甲"), the_duty()
    page = mine.get(f"/duties/{duty.pk}/form/").content.decode()
    assert f'<option value="{HIDDEN}">手机</option>' in page
    assert OWN not in page
    mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_number": HIDDEN, "draft": "1"})
    assert f'value="{HIDDEN}" maxlength="40"' in mine.get(f"/duties/{duty.pk}/form/").content.decode()
    assert mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_number": HIDDEN}).status_code == 302
    assert number_of_the_row() == OWN
    paper = Paper.objects.get(state="handed_in")
    other = {**CALL, "called_number": "13800000002", "reason": "号码写错"}
    assert mine.post(f"/papers/{paper.pk}/correct/", other).status_code == 302
    assert number_of_the_row() == "13800000002"


def test_a_number_is_opened_with_a_reason_only_and_that_is_on_record(company) -> None:
    mine, duty = browser_of("甲"), the_duty()
    mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_number": OFFICE})
    paper = Paper.objects.get(state="handed_in")
    at = f"/papers/{paper.pk}/numbers/"
    assert f'action="{at}"' in mine.get(f"/papers/{paper.pk}/").content.decode()
    assert "02886601234" not in mine.post(at, {"reason": " "}).content.decode()
    assert not Event.objects.filter(act="open-number").exists()
    assert "<code>02886601234*801</code>" in mine.post(at, {"reason": "回拨"}).content.decode()
    event = Event.objects.get(act="open-number")
    assert (event.by, event.kind, event.subject, event.reason) == ("甲", "duty", duty.key, "回拨")
    assert "86601234" not in str(event.after)


@pytest.mark.parametrize(
    "typed", ["没有", "12", "打给 13800000001", "510000199803180019", "P" + "A" * 20, "138****0009"]
)
def test_what_cannot_be_dialled_is_refused_beside_the_field(company, typed) -> None:
    mine, duty = browser_of("甲"), the_duty()
    answer = mine.post(f"/duties/{duty.pk}/form/", {**CALL, "called_number": typed})
    assert answer.status_code == 422
    assert '<a href="#f-called_number">拨打的号码</a>：不是电话号码' in answer.content.decode()
    assert not Paper.objects.filter(state="handed_in").exists()


def test_a_program_is_offered_the_hidden_number_and_hands_it_in(company, come, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    of, program = the_duty(), come("甲")
    told = program.get(f"duties/{of.pk}/form").json()
    asked = next(one for group in told["groups"] for one in group["fields"] if one["name"] == "called_number")
    assert (asked["kind"], asked["choices"]) == ("phone", [{"value": HIDDEN, "label": "手机"}])
    said = {"version": told["version"], "values": {**CALL, "called_number": HIDDEN}}
    done = program.post(f"duties/{of.pk}/form", said)
    assert done.status_code == 201, done.content.decode()
    assert done.json()["paper"]["values"]["called_number"] == HIDDEN
    assert number_of_the_row() == OWN


def test_no_text_of_a_form_fills_a_number_of_the_register() -> None:
    """What a form keeps of a text is its mark; only a field for numbers has the number itself."""
    for form in forms().values():
        for table, columns in form.rows.items():
            for column, source in columns.items():
                if homes()[table].table.columns[column].check == "电话":
                    assert next(one for one in form.fields if one.name == source).kind == "phone"

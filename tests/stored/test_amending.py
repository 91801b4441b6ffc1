"""A company adds fields to a form, changes and lays aside others, without code; what the articles need stays, old reports stay as they were."""

import json
from datetime import date

import pytest
import yaml
from test_inspections import REPORT, answers, company, duty, filed, signed_through, visited
from test_prints import words_of
from tests_cast import BY, DAY, NOW, browser_of, on_its_day

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.papers.acts import PaperRefusedError
from daihou.papers.amending import (
    ADD,
    ASIDE,
    CHANGE,
    MOST,
    all_in_use,
    amend,
    amended,
    amendment_of,
    as_it_came,
    in_use,
    laid_aside,
    next_name,
    taken_up,
    with_field,
)
from daihou.papers.filling import checked
from daihou.papers.kept_forms import form_of_paper, read, told
from daihou.papers.models import FormAmendment, Paper
from daihou.papers.reading import FormsRefusedError, Kind, forms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify

__all__ = ["company"]  # the cast with its day, as the tests of reports have it

FORM = "guarantee_inspection_form"
GROUP = "甲、生产经营"
RISK = Actor("丁", "test")
SHIFTS = {
    "group": GROUP,
    "after": "staff",
    "say": ["班次", "Shifts"],
    "is": "number",
    "must": True,
    "least": 1,
    "most": 3,
}
SEEN = {"group": GROUP, "say": ["见到谁", "Whom we met"]}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


def change(said, reason="银行要求", form=FORM):
    return amend(form, said, by=RISK, at=NOW, reason=reason)


def field(form, name):
    return next((one for one in form.fields if one.name == name), None)


# ------------------------------------------------------------------ what may be said


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({ADD: [{"班次": SEEN}]}, "amend-name"),
        ({ADD: [{"own_A": SEEN}]}, "amend-name"),
        ({ADD: [{"own_1": {"say": ["班次", "Shifts"]}}]}, "key-missing"),
        ({ADD: [{"own_1": {**SEEN, "group": " "}}]}, "amend-group"),
        ({ADD: [{"own_1": {**SEEN, "after": "nobody"}}]}, "amend-after"),
        ({ADD: [{"own_1": {**SEEN, "tells": "risk"}}]}, "key-unknown"),
        ({ADD: [{"own_1": {**SEEN, "shows": ["P01-29/products"]}}]}, "key-unknown"),
        ({ADD: [{"own_1": {**SEEN, "is": "picture"}}]}, "field-kind"),
        ({ADD: [{"own_1": {**SEEN, "is": "choice"}}]}, "choice-of-nothing"),
        ({ADD: [{"own_1": {**SEEN, "is": "choice", "among": 7}}]}, "key-shape"),
        ({ADD: [{"own_1": {**SEEN, "is": "number", "least": "1"}}]}, "key-shape"),
        ({ADD: [{"own_1": {**SEEN, "must": "ja"}}]}, "key-shape"),
        ({ADD: [{"own_1": {**SEEN, "is": "lines"}}]}, "lines-of-nothing"),
        ({ADD: [{"own_1": {**SEEN, "when": ["willing", "maybe"]}}]}, "when-what"),
        ({ADD: [{"own_1": {**SEEN, "from": "主体.手机"}}]}, "from-a-number"),
        ({ADD: [{"own_1": {**SEEN, "say": ["班" * 61, "Shifts"]}}]}, "amend-long"),
        ({ADD: [{"own_1": {**SEEN, "say": ["班次", ""]}}]}, "words-shape"),
        ({ADD: [{"own_1": SEEN}, {"own_1": SEEN}]}, "field-twice"),
        ({ADD: [{f"own_{one}": SEEN} for one in range(MOST + 1)]}, "amend-many"),
        ({ADD: {"own_1": SEEN}}, "key-shape"),
        ({ADD: ["own_1"]}, "field-shape"),
        ({CHANGE: {"nobody": {"must": True}}}, "amend-no-field"),
        ({CHANGE: {"utilisation": {"is": "text"}}}, "key-unknown"),
        ({CHANGE: {"willing": {"must": False}}}, "amend-must"),
        ({CHANGE: ["utilisation"]}, "no-mapping"),
        ({ASIDE: ["nobody"]}, "amend-no-field"),
        ({ASIDE: ["disputes"]}, "amend-needed"),  # carries a checkpoint
        ({ASIDE: ["days_idle"]}, "amend-needed"),  # fills a register
        ({ASIDE: ["measures"]}, "amend-needed"),  # means something beyond the form
        ({ASIDE: ["inspected_day"]}, "amend-needed"),
        ({ASIDE: "staff"}, "key-shape"),
        ({"else": []}, "key-unknown"),
    ],
)  # fmt: skip
def test_what_a_form_cannot_be_is_refused_and_nothing_is_kept(db, said, code) -> None:
    with pytest.raises(FormsRefusedError) as refused:
        change(said)
    assert code in [one.code for one in refused.value.mistakes]
    assert all(one.text("zh") and one.text("en") for one in refused.value.mistakes)
    assert not FormAmendment.objects.exists()
    assert not Event.objects.exists()


def test_a_field_that_another_asks_by_stays_until_that_one_is_gone(db) -> None:
    asks = {**SEEN, "is": "yes-no"}
    of = {ADD: [{"own_1": asks}, {"own_2": {**SEEN, "when": ["own_1", "yes"]}}], ASIDE: ["own_1"]}
    with pytest.raises(FormsRefusedError, match="不能停用"):
        change(of)
    change({**of, ASIDE: ["own_1", "own_2"]})
    assert [field(in_use(forms()[FORM]), one) for one in ("own_1", "own_2")] == [None, None]


def test_a_change_has_its_reason_is_another_than_before_and_on_record(db) -> None:
    with pytest.raises(PaperRefusedError, match="no-such-form"):
        change({}, form="nothing")
    with pytest.raises(PaperRefusedError, match="reason-missing"):
        change({ADD: [{"own_1": SEEN}]}, reason=" ")
    with pytest.raises(PaperRefusedError, match="no-change"):
        change({})
    made = change({ADD: [{"own_1": SEEN}]})
    with pytest.raises(PaperRefusedError, match="no-change"):
        change({ADD: [{"own_1": SEEN}]})
    again = change({})
    made.refresh_from_db()
    assert (made.number, made.until_at, again.number, again.until_at) == (1, NOW, 2, None)
    events = list(Event.objects.filter(act="amend-form").order_by("number"))
    assert [(one.by, one.subject, one.reason) for one in events] == [("丁", FORM, "银行要求")] * 2
    assert (events[1].before[ADD], events[1].after[ADD]) == ([{"own_1": SEEN}], [])
    assert list(verify()) == []


def test_a_name_is_of_one_kind_for_ever(db) -> None:
    change({ADD: [{"own_1": SEEN}]})
    change({})
    with pytest.raises(FormsRefusedError, match="另一种栏"):
        change({ADD: [{"own_1": {**SEEN, "is": "money"}}]})
    assert next_name(FORM) == "own_2"
    change({ADD: [{"own_2": {**SEEN, "is": "money"}}, {"own_1": SEEN}]})
    assert next_name(FORM) == "own_3"


def test_a_form_asks_what_the_company_wants_where_it_wants_it(db) -> None:
    came = forms()[FORM]
    assert in_use(came) is came
    change(
        {
            ADD: [{"own_1": SHIFTS}, {"own_2": {"group": "己、银行另要", "say": ["流水", "Flow"], "is": "money"}}],
            CHANGE: {"staff": {"say": ["在岗人数（含劳务）", "Staff with agency workers"], "must": True, "help": ["按考勤", "By attendance"]}},
            ASIDE: ["client_opinion"],
        }
    )  # fmt: skip
    form = in_use(came)
    names = [one.name for one in form.fields]
    assert names[names.index("staff") + 1] == "own_1"
    assert (form.groups[-1].title.zh, names[-1]) == ("己、银行另要", "own_2")
    assert "client_opinion" not in names
    staff = field(form, "staff")
    assert (staff.label.zh, staff.help.en, staff.required, staff.kind) == (
        "在岗人数（含劳务）",
        "By attendance",
        True,
        Kind.NUMBER,
    )
    assert (form.edition, came.edition, in_use(forms()["stock_check_form"]).edition) == (
        f"{came.version}-1",
        str(came.version),
        str(forms()["stock_check_form"].version),
    )
    assert read(told(form)) == read(json.loads(json.dumps(told(form))))
    assert [one.name for one in read(told(form)).fields] == names


def test_what_a_later_release_dropped_is_left_out_and_told_and_the_rest_holds(company) -> None:
    said = {ADD: [{"own_1": {**SHIFTS, "after": "dropped"}}, {"own_2": SEEN}], CHANGE: {"gone": {"must": True}, "staff": {"must": True}}, ASIDE: ["gone"]}  # fmt: skip
    FormAmendment.objects.create(
        form=FORM, number=1, said=said, reason="从旧版带来", by="丁", at=NOW, event=1
    )
    held, standing = all_in_use()[FORM]
    assert standing.number == 1
    assert sorted(one.code for one in held.mistakes) == ["amend-after", "amend-no-field", "amend-no-field"]
    assert {"own_1", "own_2"} <= {one.name for one in held.form.fields}
    assert field(held.form, "staff").required
    page = browser_of("丁").get(f"/papers/forms/{FORM}/").content.decode()
    assert "不再合用" in page


def test_one_field_is_added_changed_laid_aside_and_taken_up_again() -> None:
    said = with_field({}, "own_1", SEEN)
    said = with_field(said, "own_2", SHIFTS)
    said = with_field(said, "own_1", {**SEEN, "must": True})
    said = with_field(said, "staff", {"must": True})
    assert [name for one in said[ADD] for name in one] == ["own_1", "own_2"]
    assert said[ADD][0]["own_1"]["must"]
    said = laid_aside(laid_aside(said, "own_2"), "own_2")
    assert said[ASIDE] == ["own_2"]
    assert field(amended(FORM, said, 1).form, "own_2") is None
    assert taken_up(said, "own_2")[ASIDE] == []
    assert as_it_came(said, "staff")[CHANGE] == {}


# ------------------------------------------------------------------ in the work


def test_a_report_answers_the_companys_questions_and_an_old_one_keeps_its_own(company) -> None:
    before = filed(duty("regular-inspection"))
    signed_through(before.matter)
    change({ADD: [{"own_1": {**SHIFTS, "carry": True}}], CHANGE: {"staff": {"say": ["工人数", "Workers"]}}})
    visited(date(2026, 11, 23), "甲")
    of = Duty.objects.get(rule="inspection-form", object="ZF9/C1/regular")
    form, on = form_of(of), {"inspected_day": DAY.isoformat()}

    def faults(**said):
        filled = checked(form, answers(form, **on, **said), today=DAY, opens=of.start or of.opens)
        return [(one.name, one.code) for one in filled.faults]

    assert faults() == [("own_1", "missing")]
    assert faults(own_1="4") == [("own_1", "too-large")]
    after = filed(of, own_1="2", staff="80", **on)
    assert (after.paper.values["own_1"], after.paper.form_version) == ("2", forms()[FORM].version)
    page = browser_of("甲").get(f"/papers/{after.paper.pk}/").content.decode()
    assert ("班次" in page, "工人数" in page) == (True, True)
    word = words_of(browser_of("甲").get(f"/papers/{after.paper.pk}/print/docx/").content)
    assert ("班次" in word, "工人数" in word) == (True, True)
    old = browser_of("甲").get(f"/papers/{before.paper.pk}/").content.decode()
    assert ("班次" in old, "工人数" in old, "在岗人数" in old) == (False, False, True)
    assert form_of_paper(Paper.objects.get(pk=before.paper.pk)).amended == 0
    assert list(verify()) == []


def test_a_form_that_changed_while_it_was_filled_is_asked_anew(company) -> None:
    of, writer = duty("regular-inspection"), browser_of("甲")
    asked = writer.get(f"/duties/{of.pk}/form/").content.decode()
    assert f'name="version" value="{forms()[FORM].version}"' in asked
    change({ADD: [{"own_1": SHIFTS}]})
    typed = {**answers(forms()[FORM]), "version": str(forms()[FORM].version)}
    answer = writer.post(f"/duties/{of.pk}/form/", typed)
    told_anew = answer.content.decode()
    assert (answer.status_code, "换了新版" in told_anew, "班次" in told_anew) == (409, True, True)
    assert REPORT["conclusion"] in told_anew  # nothing typed is lost
    typed |= {"version": f"{forms()[FORM].version}-1", "own_1": "2"}
    assert writer.post(f"/duties/{of.pk}/form/", typed).status_code == 302
    run_day(DAY, by=BY, at=NOW)
    assert Paper.objects.get(state="handed_in").values["own_1"] == "2"


# ------------------------------------------------------------------ on screen


NEW = {
    "zh": "班次", "kind": "choice", "choices": "一班 | One\n两班\n三班", "group": GROUP, "must": "1", "carry": "1", "help": "看排班表",
    "when": "willing=yes", "reason": "银行另要",
}  # fmt: skip


def test_a_field_is_added_and_changed_on_screen_and_its_choices_keep_their_values(company) -> None:
    risk = browser_of("丁")
    assert "担保业务保后检查表" in risk.get("/papers/forms/").content.decode()
    bare = risk.post(f"/papers/forms/{FORM}/add/", {**NEW, "choices": "", "reason": "银行另要"})
    assert (bare.status_code, "选项" in bare.content.decode(), "看排班表" in bare.content.decode()) == (
        422,
        True,
        True,
    )
    assert risk.post(f"/papers/forms/{FORM}/add/", {**NEW, "reason": ""}).status_code == 422
    assert risk.post(f"/papers/forms/{FORM}/add/", NEW).status_code == 302
    one = field(in_use(forms()[FORM]), "own_1")
    assert [(value, words.zh, words.en) for value, words in one.choices] == [
        ("c1", "一班", "One"), ("c2", "两班", "两班"), ("c3", "三班", "三班")
    ]  # fmt: skip
    assert (one.required, one.carried, one.help.zh, one.when) == (
        True,
        True,
        "看排班表",
        ("willing", frozenset({"yes"})),
    )
    page = risk.get(f"/papers/forms/{FORM}/fields/own_1/").content.decode()
    assert "两班" in page
    changed = {**NEW, "choices": "三班\n一班 | One\n不开工", "must": "", "reason": "停工的也要写"}
    assert risk.post(f"/papers/forms/{FORM}/fields/own_1/", changed).status_code == 302
    one = field(in_use(forms()[FORM]), "own_1")
    assert [(value, words.zh) for value, words in one.choices] == [
        ("c3", "三班"),
        ("c1", "一班"),
        ("c4", "不开工"),
    ]
    assert not one.required
    listed = risk.get(f"/papers/forms/{FORM}/").content.decode()
    for text in ("班次", "公司加的", "停工的也要写", "丁某", "P01-29"):
        assert text in listed, text


def test_a_table_of_lines_a_number_and_a_day_are_added_on_screen(company) -> None:
    risk = browser_of("丁")
    for typed in (
        {"zh": "设备", "kind": "lines", "columns": "设备名称\n原值 | 金额\n买入 | 日期", "group": "", "fresh": "己、设备"},
        {"zh": "用电", "kind": "number", "unit": "度", "least": "0", "most": "99999", "group": GROUP},
        {"zh": "停电日", "kind": "day", "past": "1", "group": GROUP},
        {"zh": "换表了吗", "kind": "yes-no", "explain": "yes", "group": GROUP},
    ):  # fmt: skip
        assert risk.post(f"/papers/forms/{FORM}/add/", {**typed, "reason": "银行另要"}).status_code == 302, (
            typed
        )
    form = in_use(forms()[FORM])
    lines, power, day, meter = (field(form, f"own_{one}") for one in (1, 2, 3, 4))
    assert [(one.name, one.label.zh, one.kind) for one in lines.columns] == [
        ("c1", "设备名称", Kind.TEXT), ("c2", "原值", Kind.MONEY), ("c3", "买入", Kind.DAY)
    ]  # fmt: skip
    assert form.groups[-1].title.zh == "己、设备"
    assert (power.unit.zh, power.least, power.most, day.latest, meter.explain) == (
        "度",
        0,
        99999,
        "today",
        "yes",
    )
    for name in ("own_1", "own_2", "own_3", "own_4"):
        assert risk.get(f"/papers/forms/{FORM}/fields/{name}/").status_code == 200
    asked = browser_of("甲").get(f"/duties/{duty('regular-inspection').pk}/form/").content.decode()
    assert all(text in asked for text in ("己、设备", "设备名称", "度", "停电日", "换表了吗"))


def test_a_field_that_came_is_reworded_made_required_and_put_back_on_screen(company) -> None:
    risk, address = browser_of("丁"), f"/papers/forms/{FORM}/fields/staff/"
    page = risk.get(address).content.decode()
    assert "停用这一栏" in page
    same = {"zh": "在岗人数", "en": "Staff at work", "help": "", "reason": "没改什么"}
    assert risk.post(address, same).status_code == 422
    assert risk.post(address, {**same, "zh": "工人数", "must": "1", "reason": "统一说法"}).status_code == 302
    one = field(in_use(forms()[FORM]), "staff")
    assert (one.label.zh, one.label.en, one.required) == ("工人数", "Staff at work", True)
    assert amendment_of(FORM).said[CHANGE] == {"staff": {"say": ["工人数", "Staff at work"], "must": True}}
    assert risk.post(address, {"act": "came", "reason": "改回"}).status_code == 302
    assert in_use(forms()[FORM]).groups == forms()[FORM].groups
    assert risk.post(address, {"act": "off", "reason": "不看人数"}).status_code == 302
    assert field(in_use(forms()[FORM]), "staff") is None
    assert "恢复" in risk.get(address).content.decode()
    assert "停用的栏" in risk.get(f"/papers/forms/{FORM}/").content.decode()
    assert risk.post(address, {"act": "on", "reason": "还是要看"}).status_code == 302
    assert field(in_use(forms()[FORM]), "staff") is not None
    kept = risk.post(f"/papers/forms/{FORM}/fields/disputes/", {"act": "off", "reason": "不要"})
    assert (kept.status_code, "不能停用" in kept.content.decode()) == (422, True)


def test_forms_are_read_by_who_sees_papers_and_changed_by_who_puts_changes_forward(company) -> None:
    manager, risk = browser_of("甲"), browser_of("丁")
    listed = manager.get(f"/papers/forms/{FORM}/")
    assert (listed.status_code, "加一栏" in listed.content.decode()) == (200, False)
    for address in (f"/papers/forms/{FORM}/add/", f"/papers/forms/{FORM}/fields/staff/"):
        assert manager.get(address).status_code == 403
        assert manager.post(address, {**NEW}).status_code == 403
    for address in ("/papers/forms/nothing/", f"/papers/forms/{FORM}/fields/nothing/"):
        assert risk.get(address).status_code == 404
    assert not FormAmendment.objects.exists()


def test_what_stands_is_told_as_yaml_that_can_be_set_again(db) -> None:
    made = change({ADD: [{"own_1": SHIFTS}], CHANGE: {"staff": {"must": True}}, ASIDE: ["client_opinion"]})
    text = yaml.safe_dump(made.said, allow_unicode=True)
    assert yaml.safe_load(text) == made.said

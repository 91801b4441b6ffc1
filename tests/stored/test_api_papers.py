"""What a program does with forms and files: asks for a form, hands it in, reads and corrects it; brings files, takes them out, voids them."""

import io
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from test_api import Program, come, problem  # noqa: F401 - a fixture
from test_inspections import answers, company, duty, small  # noqa: F401 - fixtures
from tests_cast import DAY, NOW, browser_of

from daihou.api import door
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.signing import form_of
from daihou.papers.models import Attachment, Paper
from daihou.papers.reading import forms
from daihou.registers.kept import homes, standing
from daihou.signoff.models import Matter
from daihou.trail.models import Event

FORM = forms()["guarantee_inspection_form"]


@pytest.fixture(autouse=True)
def its_moment(small, monkeypatch):  # noqa: F811 - the fixture
    """What is done is done on the day of the cast."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(door, "today", lambda: DAY)


def picture(shade="red") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), shade).save(made, "PNG")
    return made.getvalue()


def brought(program: Program, table, key, content=b"", name="a.png", key_of_act=None, **said):
    file = SimpleUploadedFile(name, content or picture())
    return program.post("attachments", {"file": file, "table": table, "key": str(key), **said}, key_of_act)


# ------------------------------------------------------------------ forms


def test_a_form_is_asked_for_filled_and_handed_in_as_on_its_page(come) -> None:  # noqa: F811
    of, program = duty("regular-inspection"), come("甲")
    at = f"duties/{of.pk}/form"
    asked = program.get(at).json()
    fields = {one["name"]: one for group in asked["groups"] for one in group["fields"]}
    assert (asked["form"], asked["version"], set(fields)) == (
        FORM.form,
        FORM.edition,
        {one.name for one in FORM.fields},
    )
    assert [one["value"] for one in fields["manner"]["choices"]] == ["on_site", "off_site", "both"]
    assert fields["inspected_day"]["must"]
    whole = {"version": asked["version"], "values": answers(FORM)}

    wrong = problem(
        program.post(at, {**whole, "values": {**answers(FORM), "inspected_day": "2026-11-31"}}),
        422,
        "invalid",
    )
    assert [(one["field"], one["code"]) for one in wrong["fields"]] == [("inspected_day", "no-day")]
    assert "2026-11-31" in wrong["fields"][0]["title"]
    problem(program.post(at, {**whole, "version": "0"}), 409, "form-changed")
    assert not Paper.objects.exists()

    first = program.post(at, whole, "one-and-the-same")
    assert first.status_code == 201, first.content.decode()
    told = first.json()
    assert program.post(at, whole, "one-and-the-same").json() == told
    paper = Paper.objects.get()
    assert told["paper"]["number"] == paper.number
    assert told["table"] == "inspection"
    assert standing(homes()["inspection"]).filter(key=told["key"]).exists()
    assert Matter.objects.get(pk=told["matter"]).state == "under_way"
    assert Duty.objects.get(pk=of.pk).done.isoformat() == "2026-11-20"
    event = Event.objects.get(act="hand-in-paper")
    assert (event.by, event.origin.startswith("api")) == ("甲", True)
    problem(program.post(at, whole), 409, "handed-in-already")
    problem(program.get(at), 409, "handed-in-already")
    assert program.get(f"duties/{of.pk}/papers").json()["papers"] == [
        program.get(f"papers/{paper.pk}").json()
    ]


def test_what_is_left_out_stays_as_the_form_begins_and_a_remark_is_confirmed(come) -> None:  # noqa: F811
    of, program = duty("regular-inspection"), come("甲")
    at = f"duties/{of.pk}/form"
    begins = program.get(at).json()["values"]
    values = {
        name: text
        for name, text in answers(FORM, new_risks="大客户回款慢").items()
        if begins.get(name) != text
    }
    told = problem(program.post(at, {"version": FORM.edition, "values": values}), 409, "to-notice")
    assert any("没有写措施" in one["title"] for one in told["fields"])
    assert not Paper.objects.exists()
    done = program.post(at, {"version": FORM.edition, "values": values, "noticed": True}).json()
    for name, text in begins.items():
        assert name in values or done["paper"]["values"][name].replace(",", "") == text.replace(",", "")


def test_a_form_is_filled_by_whose_duty_it_is_and_read_by_who_sees_it(come) -> None:  # noqa: F811
    of = duty("regular-inspection")
    at = f"duties/{of.pk}/form"
    for who, status, code in (("乙", 403, "not-yours"), ("丙", 404, "not-found")):
        program = come(who)
        problem(program.get(at), status, code)
        problem(program.post(at, {"version": FORM.edition, "values": answers(FORM)}), status, code)
    told = come("甲").post(at, {"version": FORM.edition, "values": answers(FORM)}).json()["paper"]
    assert come("乙").get(f"papers/{told['id']}").json()["digest"] == told["digest"]
    problem(come("丙").get(f"papers/{told['id']}"), 404, "not-found")
    problem(come("丙").get(f"duties/{of.pk}/papers"), 404, "not-found")
    problem(
        come("乙").post(f"papers/{told['id']}/correction", {"values": {}, "reason": "改"}), 403, "not-yours"
    )
    problem(come("甲", "read:duties").post(at, {"version": "1", "values": {}}), 403, "scope-missing")


def test_a_duty_without_a_form_says_so(come) -> None:  # noqa: F811
    of, who = next(
        (one.duty, one.employee) for one in DutyPerson.objects.filter(employee__isnull=False) if form_of(one.duty) is None
    )  # fmt: skip
    problem(come(who).get(f"duties/{of.pk}/form"), 409, "no-form")
    assert come(who).get(f"duties/{of.pk}/papers").json() == {"papers": []}


def test_a_correction_is_a_new_edition_and_its_row_follows(come) -> None:  # noqa: F811
    of, program = duty("regular-inspection"), come("甲")
    told = program.post(f"duties/{of.pk}/form", {"version": FORM.edition, "values": answers(FORM)}).json()
    at = f"papers/{told['paper']['id']}/correction"
    problem(program.post(at, {"values": {"conclusion": "另有担保"}, "reason": " "}), 422, "reason-missing")
    problem(program.post(at, {"values": {}, "reason": "核对"}), 409, "no-change")
    fresh = program.post(at, {"values": {"inspected_day": "2026-11-19"}, "reason": "日期写错"}).json()
    assert (fresh["edition"], fresh["reason"], fresh["values"]["inspected_day"]) == (
        2,
        "日期写错",
        "2026-11-19",
    )
    row = standing(homes()["inspection"]).get(key=told["key"])
    assert row.inspected_day.isoformat() == "2026-11-19"
    problem(
        program.post(at, {"values": {"inspected_day": "2026-11-18"}, "reason": "再改"}), 409, "not-handed-in"
    )
    both = program.get(f"duties/{of.pk}/papers").json()["papers"]
    assert [(one["edition"], one["state"]) for one in both] == [(2, "handed_in"), (1, "replaced")]


# ------------------------------------------------------------------ files


def test_a_file_is_brought_listed_taken_out_and_voided(come) -> None:  # noqa: F811
    of, program = duty("regular-inspection"), come("甲")
    place = {"latitude": "30.572815", "longitude": "104.066801", "accuracy": "12", "taken_at": str(int(NOW.timestamp() * 1000))}  # fmt: skip
    made = brought(program, "duty", of.pk, key_of_act="once-and-no-more", **place)
    assert made.status_code == 201, made.content.decode()
    file = made.json()["file"]
    assert made.json()["new"]
    assert (file["key"], file["kind"], file["latitude"], file["digest"]) == (
        str(of.pk), "png", "30.572815", sha256(picture()).hexdigest(),
    )  # fmt: skip
    assert brought(program, "duty", of.pk, key_of_act="once-and-no-more", **place).json() == made.json()
    assert brought(program, "duty", of.pk, **place).json() == {"file": file, "new": False}
    assert Attachment.objects.count() == 1
    assert program.get("attachments", table="duty", key=of.pk).json() == {"files": [file]}

    taken = program.get(f"attachments/{file['id']}/content")
    assert (taken.content, taken.headers["Content-Type"]) == (picture(), "application/octet-stream")
    assert "a.png" in browser_of("甲").get(f"/duties/{of.pk}/").content.decode()
    problem(program.post(f"attachments/{file['id']}/void", {"reason": " "}), 422, "reason-missing")
    assert program.post(f"attachments/{file['id']}/void", {"reason": "拍错了"}).json()["voided"]
    problem(program.post(f"attachments/{file['id']}/void", {"reason": "再"}), 409, "file-voided")


@pytest.mark.parametrize(
    ("name", "content", "said", "status", "code"),
    [
        ("a.exe", b"MZ", {}, 422, "file-not-its-name"),
        ("a.png", b" ", {}, 422, "file-not-its-name"),
        ("a.png", b"", {}, 422, "file-empty"),
        ("a.png", None, {"latitude": "91", "longitude": "0", "taken_at": "1"}, 422, "place-wrong"),
        ("a.png", None, {"latitude": "30"}, 422, "place-wrong"),
        ("a.png", None, {"table": "nothing"}, 404, "not-found"),
        ("a.png", None, {"key": "０"}, 404, "not-found"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(
    come,  # noqa: F811 - the fixture
    name,
    content,
    said,
    status,
    code,
) -> None:
    of = duty("regular-inspection")
    file = SimpleUploadedFile(name, picture() if content is None else content)
    told = {"file": file, "table": "duty", "key": str(of.pk), **said}
    problem(come("甲").post("attachments", told), status, code)
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused(come, monkeypatch) -> None:  # noqa: F811
    from daihou.api import papers

    monkeypatch.setattr(papers, "LARGEST", 10)
    problem(brought(come("甲"), "duty", duty("regular-inspection").pk), 413, "file-too-large")


def test_files_of_a_row_want_the_scope_of_registers_and_its_room(come) -> None:  # noqa: F811
    made = brought(come("甲"), "contract", "C1")
    assert made.status_code == 201, made.content.decode()
    file = made.json()["file"]
    assert come("乙").get("attachments", table="contract", key="C1").json()["files"] == [file]
    problem(come("丙").get("attachments", table="contract", key="C1"), 404, "not-found")
    problem(come("丙").get(f"attachments/{file['id']}/content"), 404, "not-found")
    narrow = come("甲", "read:duties", "write:duties")
    problem(narrow.get("attachments", table="contract", key="C1"), 403, "scope-missing")
    problem(narrow.get(f"attachments/{file['id']}/content"), 403, "scope-missing")
    problem(brought(narrow, "contract", "C1", picture("blue")), 403, "scope-missing")
    problem(narrow.post(f"attachments/{file['id']}/void", {"reason": "错"}), 403, "scope-missing")
    problem(come("丁").post(f"attachments/{file['id']}/void", {"reason": "错"}), 403, "forbidden")


def test_who_may_only_see_a_duty_brings_no_file_to_it(come) -> None:  # noqa: F811
    of = duty("regular-inspection")
    problem(brought(come("乙"), "duty", of.pk), 403, "forbidden")
    problem(brought(come("丙"), "duty", of.pk), 404, "not-found")


def test_files_of_a_form_are_those_of_its_duty_before_and_its_own(come) -> None:  # noqa: F811
    of, program = duty("regular-inspection"), come("甲")
    before = brought(program, "duty", of.pk, picture("red")).json()["file"]["id"]
    paper = program.post(f"duties/{of.pk}/form", {"version": FORM.edition, "values": answers(FORM)}).json()["paper"]["id"]  # fmt: skip
    after = brought(program, "paper", paper, picture("blue")).json()["file"]["id"]
    listed = [one["id"] for one in program.get("attachments", table="paper", key=paper).json()["files"]]
    assert listed == [after, before]
    assert {one["id"] for one in program.get("attachments", table="duty", key=of.pk).json()["files"]} == {
        before,
        after,
    }

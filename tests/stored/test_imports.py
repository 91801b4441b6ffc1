"""A file handed in on screen: every fault with its remedy, the good rows or none, taken once, taken back, never half done."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.imports import acts as imports_acts
from daihou.imports.acts import UploadRefusedError, begin_taking, faults_of, receive, take
from daihou.imports.models import Upload
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.registers.models import Batch
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import gate

ZHANG, LI = "510000199803180019", "51000019860709002X"
GOOD = "走访号,合同,种类,客户,检查日,结果,紧急\nZF1,C1,用途,510000199803180019,2026-11-20,完成,否\n"
MIXED = (
    GOOD
    + "ZF2,C1,没有这种,510000199803180019,2026-11-21,完成,否\n"
    + "ZF3,C9,常规,510000199803180019,2026-11-21,完成,否\n"
    + "ZF4,C2,常规,91510000100000000L,昨天,完成,否\n"
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One rulebook, and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@pytest.fixture
def client(company):
    """The browser of the risk manager."""
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("丁")


def hand_in(client: Client, text: str | bytes, name: str = "检查.csv") -> tuple[int, Upload | None]:
    content = text.encode() if isinstance(text, str) else text
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, content)})
    return answer.status_code, Upload.objects.first()


def said(client: Client, upload: Upload) -> str:
    return client.get(f"/imports/{upload.pk}/").content.decode()


def test_a_file_is_checked_whole_before_anything_is_written(client) -> None:
    status, upload = hand_in(client, MIXED)
    assert (status, upload.state, upload.errors) == (302, "checked", 3)
    assert upload.tables == {"inspection": [4, 3, 1, 0, 0]}
    page = said(client, upload)
    for word in ("没有这种", "C9", "昨天", "导入没有错的 1 行"):
        assert word in page
    assert standing(homes()["inspection"]).count() == 0


def test_the_good_rows_are_taken_once_and_the_same_file_again_changes_nothing(client) -> None:
    _, upload = hand_in(client, MIXED)
    assert client.post(f"/imports/{upload.pk}/take/").status_code == 302
    upload.refresh_from_db()
    assert (upload.state, upload.batch.rows_new, upload.batch.rows_left_out) == ("taken", 1, 3)
    assert client.post(f"/imports/{upload.pk}/take/").status_code == 409
    _, again = hand_in(client, MIXED)
    assert again.pk != upload.pk
    assert again.tables == {"inspection": [4, 3, 0, 0, 1]}
    assert "不会改变什么" in said(client, again)
    client.post(f"/imports/{again.pk}/take/")
    assert standing(homes()["inspection"]).count() == 1
    assert list(verify()) == []


def test_a_file_is_taken_back_with_a_reason_and_not_where_something_builds_on_it(client) -> None:
    _, upload = hand_in(client, GOOD)
    client.post(f"/imports/{upload.pk}/take/")
    assert client.post(f"/imports/{upload.pk}/withdraw/", {"reason": " "}).status_code == 409
    assert client.post(f"/imports/{upload.pk}/withdraw/", {"reason": "传错了文件"}).status_code == 302
    assert standing(homes()["inspection"]).count() == 0
    assert homes()["inspection"]._default_manager.count() == 1
    assert Event.objects.get(act="withdraw-import").reason == "传错了文件"
    assert client.post(f"/imports/{upload.pk}/withdraw/", {"reason": "再撤"}).status_code == 409


def test_what_was_discarded_is_gone_and_its_name_stays_on_record(client) -> None:
    _, upload = hand_in(client, GOOD)
    assert client.post(f"/imports/{upload.pk}/discard/").status_code == 302
    assert client.post(f"/imports/{upload.pk}/take/").status_code == 409
    assert client.post(f"/imports/{upload.pk}/discard/").status_code == 409
    event = Event.objects.get(act="discard")
    assert event.before == {"file": "检查.csv"}
    assert standing(homes()["inspection"]).count() == 0


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        ("台账.exe", b"MZ", "只收"),
        ("台账.xlsx", b"", "空的"),
        ("..\\..\\台账.docx", b"PK", "只收"),
        ("台账.csv.html", b"<html>", "只收"),
    ],
)
def test_a_file_of_another_kind_is_not_kept(client, name, content, because) -> None:
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code in {200, 422}
    assert because in answer.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("台账.xlsx", b"PK\x03\x04 no workbook"), ("台账.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600), ("检查.csv", b"\xff\xfe\x00"), ("别的.csv", b"a,b\n1,2\n")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_writes_nothing(client, name, content) -> None:
    _, upload = hand_in(client, content, name)
    page = said(client, upload)
    assert upload.state == "failed" or upload.errors > 0, upload.state
    assert "导入没有错的" not in page
    assert "导入全部" not in page
    assert Batch.objects.count() == 1  # the cast's own
    if upload.state == "failed":
        assert client.post(f"/imports/{upload.pk}/discard/").status_code == 302


def test_a_file_larger_than_the_limit_is_refused(client, monkeypatch) -> None:
    monkeypatch.setattr(imports_acts, "LARGEST", 10)
    status, upload = hand_in(client, GOOD)
    assert (status, upload) == (422, None)


def test_no_personal_number_is_shown_or_kept_in_clear(client, tmp_path) -> None:
    row = f"ZF5,C1,用途,{LI[:-1]}1,2026-11-20,完成,否\n"  # a wrong check digit, so that the value is shown as a fault
    _, upload = hand_in(client, GOOD + row)
    assert upload.errors == 1
    page = said(client, upload)
    assert LI[:-1] not in page
    assert ZHANG not in page
    assert ZHANG not in upload.faults
    from django.core.files.storage import default_storage

    with default_storage.open(upload.content) as kept:
        assert ZHANG.encode() not in kept.read()


def test_the_marked_copy_has_a_remark_beside_each_faulty_row(client, tmp_path) -> None:
    _, upload = hand_in(client, MIXED)
    answer = client.get(f"/imports/{upload.pk}/marked/")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 5
    assert "没有这种" in lines[2]
    assert len(lines[2]) > len(MIXED.splitlines()[2])


def test_two_who_take_a_file_at_once_take_it_once(client) -> None:
    _, upload = hand_in(client, GOOD)
    begin_taking(upload, at=NOW)
    with pytest.raises(UploadRefusedError, match="not-checked"):
        begin_taking(upload, at=NOW)
    take(upload, by=BY, at=NOW, day=DAY, now=lambda: NOW)
    assert standing(homes()["inspection"]).count() == 1


def test_work_that_was_broken_off_can_be_begun_again(client, monkeypatch) -> None:
    upload = receive("检查.csv", GOOD.encode(), by=BY, at=NOW)  # the server stopped before the check
    assert client.post(f"/imports/{upload.pk}/again/").status_code in {302, 409}
    Upload.objects.filter(pk=upload.pk).update(state="checking", alive=NOW.replace(year=2025))
    assert "中断" in said(client, upload)
    assert client.post(f"/imports/{upload.pk}/again/").status_code == 302
    upload.refresh_from_db()
    assert upload.state == "checked"


def test_a_file_may_name_rows_that_stand_and_says_which_do_not(client) -> None:
    row = "ZF6,C1,用途,510000199803180019,2026-11-20,完成,否\n"
    text = f"走访号,合同,种类,客户,检查日,结果,紧急\n{row}"
    _, upload = hand_in(client, text)
    assert upload.errors == 0


def test_duties_in_a_file_are_left_out_and_a_doubt_says_that_they_are_derived_here(client) -> None:
    text = "规则,对象键,次,合同,版本,开放,状态,推定,补录\nfund-use-check,C1,首次,C1,1,2026-11-10,待办,否,否\n"
    _, upload = hand_in(client, text, "任务.csv")
    assert upload.state == "checked", upload.code
    ((read, left, *_would),) = upload.tables.values()
    assert read == left
    assert [fault.code for fault in faults_of(upload)] == ["table-derived"]
    assert "在这里由规则推演出来" in said(client, upload)


def test_who_may_not_import_is_shown_nothing_of_it(client) -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    _, upload = hand_in(client, GOOD)
    other = browser_of("甲")
    for address in (
        "/imports/",
        f"/imports/{upload.pk}/",
        f"/imports/{upload.pk}/marked/",
        "/imports/template/",
    ):
        assert other.get(address).status_code == 403
    for step in ("take", "discard", "withdraw", "again"):
        assert other.post(f"/imports/{upload.pk}/{step}/", {"reason": "试"}).status_code == 403
    assert upload.state == "checked"


def test_the_template_is_a_workbook_that_checks_clean(client, tmp_path) -> None:
    from daihou.book import read_book

    answer = client.get("/imports/template/")
    path = Path(tmp_path) / "模板.xlsx"
    path.write_bytes(answer.content)
    reading = read_book(path)
    assert [fault for fault in reading.faults if fault.severity == "error"] == []

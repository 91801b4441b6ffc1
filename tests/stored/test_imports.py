"""A file handed in on screen: every fault with its remedy, the good rows or none, taken once, taken back, never half done."""

import tempfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, guarantee_alone, reading_of, write_sheets

from daihou.book import Fault, read_book
from daihou.config.installing import found_company
from daihou.imports import acts as imports_acts
from daihou.imports.acts import begin_taking, faults_of, receive, take
from daihou.imports.changes import changes_for, chosen_over, sealed_changes
from daihou.imports.models import Upload
from daihou.imports.reads import Bounds
from daihou.imports.refusals import UploadRefusedError
from daihou.ledger.acts import correct, correct_many, enter, take_in
from daihou.ledger.differing import differences, row_values
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.registers.models import Batch
from daihou.registers.rows import stands
from daihou.trail.acts import SYSTEM, Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import gate
from daihou.web import imports as web_imports

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
    for word in ("没有这种", "C9", "昨天", "导入：新增 1 行"):
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
    assert "导入：" not in page
    assert "没有要变的" not in page
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


def test_a_filled_template_tells_its_faults_alone_and_the_errors_first(client, tmp_path) -> None:
    """Neither the grey examples nor the guide and the choices are findings; a doubt of an earlier sheet comes after the errors."""
    path = Path(tmp_path) / "模板.xlsx"
    path.write_bytes(client.get("/imports/template/").content)
    book = load_workbook(path)
    for name, row in {"主体": ["例012"], "检查": ["ZF1", "C9"]}.items():
        for at, cell in enumerate(row, start=1):
            book[name].cell(3, at).value = cell
    book.save(path)
    _, upload = hand_in(client, path.read_bytes(), "模板.xlsx")
    page = client.get(f"/imports/{upload.pk}/").context
    told = [one.fault for one in page["faults"]]
    assert upload.doubts == 1
    assert next(one.code for one in faults_of(upload)) == told[-1].code == "example-row"
    assert len(told) == upload.errors + 1 > 1
    assert [one[0] for one in page["kinds"]][-1] == "example-row"


REGISTER = SHEETS["合同"]


def changed_in_house(key: str = "C1", **said: object) -> None:
    correct(
        "contract",
        key,
        {"risk_class": 5} | said,
        by=Actor("辛"),
        at=NOW,
        day=DAY,
        reason="四人签过",
        decision=("risk_class",),
    )


def row_of(key: str = "C1"):
    return standing(homes()["contract"]).get(key=key)


def test_what_was_changed_here_since_stays_and_is_counted(client) -> None:
    """The register of the start handed in again leaves what was signed since, says so before and after, and changes nothing."""
    changed_in_house()
    _, upload = hand_in(client, REGISTER, "合同.csv")
    assert (upload.tables, upload.kept) == ({"contract": [2, 0, 0, 0, 1]}, {"contract": 1})
    page = said(client, upload)
    for word in (
        "在本系统里改过，默认保留",
        "合同 C1",
        "辛某 2026-11-23 更正",
        "风险分类",
        "导入：新增 0 行，改动 0 行",
    ):
        assert word in page, word
    before = row_of().pk
    assert client.post(f"/imports/{upload.pk}/take/").status_code == 302
    upload.refresh_from_db()
    batch = upload.batch
    assert (batch.rows_new, batch.rows_changed, batch.rows_same, batch.rows_kept) == (0, 0, 1, 1)
    assert row_of().pk == before
    assert Event.objects.filter(act="import").last().after["kept"] == {"contract": 1}
    assert "保留了本系统的" in said(client, upload)
    _, again = hand_in(client, REGISTER, "合同.csv")
    client.post(f"/imports/{again.pk}/take/")
    assert row_of().pk == before


def test_faults_that_only_follow_from_others_are_told_apart(client, tmp_path) -> None:
    """A contract that is left out takes its instalments along: the one mistake is shown, what follows from it is a line."""
    folder = tmp_path / "book"
    folder.mkdir()
    wrong = REGISTER.replace("1000000", "一百万元整").replace("C1,", "C7,")
    (folder / "合同.csv").write_text(wrong, encoding="utf-8")
    plan = "".join(f"C7,{n},2027-0{n}-10,1000\n" for n in range(1, 5))
    (folder / "期供.csv").write_text(f"合同,期次,应还日,应还额\n{plan}", encoding="utf-8")
    book = tmp_path / "book.xlsx"
    whole = Workbook()
    whole.remove(whole.active)
    for file in folder.iterdir():
        sheet = whole.create_sheet(file.stem)
        for line in file.read_text("utf-8").splitlines():
            sheet.append(line.split(","))
    whole.save(book)
    _, upload = hand_in(client, book.read_bytes(), "台账.xlsx")
    faults = faults_of(upload)
    follow_on = [one for one in faults if one.code == "parent-left-out"]
    assert len(follow_on) == 4
    page = client.get(f"/imports/{upload.pk}/").context
    assert [one.fault.code for one in page["faults"]] == [one.code for one in faults if one not in follow_on]
    assert (page["follow_on"], page["page"].paginator.count) == (4, len(faults) - 4)
    those = client.get(f"/imports/{upload.pk}/", {"kind": "parent-left-out"}).context
    assert ([one.fault for one in those["faults"]], those["follow_on"]) == (follow_on, 0)


def without(text: str, *columns: str, **renamed: str) -> str:
    """A sheet without some columns, or with others' headings."""
    lines = [line.split(",") for line in text.splitlines()]
    kept = [at for at, name in enumerate(lines[0]) if name not in columns]
    lines[0] = [renamed.get(name, name) for name in lines[0]]
    return "".join(",".join(line[at] for at in kept) + "\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "changed", "grade"),
    [
        (without(REGISTER, "风险分类"), 0, 1),
        (without(REGISTER, 风险分类="风险级"), 0, 1),
        (REGISTER.replace("否,0,1\n", "否,0,\n"), 2, None),
        (without(REGISTER, "风险分类").replace("12,2026-11-10", "13,2026-11-10"), 1, 1),
    ],
    ids=["no column", "its heading misspelt", "empty cells", "another column changed"],
)
def test_a_file_without_a_column_says_nothing_of_it_and_an_empty_cell_says_that_it_is_empty(
    client, text, changed, grade
) -> None:
    _, upload = hand_in(client, text, "合同.csv")
    assert upload.tables["contract"][3] == changed
    page = said(client, upload)
    assert "文件里没有的列，已有的行保持原样" in page
    client.post(f"/imports/{upload.pk}/take/")
    assert row_of().risk_class == grade
    assert list(verify()) == []


def test_a_row_that_a_file_changes_is_known_from_that_day_on(client) -> None:
    """Whatever its sheet leaves out, also the day since when it is known."""
    homes()["contract"]._default_manager.filter(key="C1").update(recorded=DAY - timedelta(30))
    text = without(REGISTER, "风险分类").replace("12,2026-11-10", "13,2026-11-10")
    _, upload = hand_in(client, text, "合同.csv")
    client.post(f"/imports/{upload.pk}/take/")
    assert (row_of().term_months, row_of().recorded) == (13, DAY)


def test_a_sheet_without_a_number_leaves_the_number_as_it_is(client) -> None:
    held = standing(homes()["party"]).get(title="张三")
    sheet = without(SHEETS["主体"], "手机").replace("张三", "张三丰")
    _, upload = hand_in(client, sheet, "主体.csv")
    assert upload.tables == {"party": [3, 0, 0, 1, 2]}
    client.post(f"/imports/{upload.pk}/take/")
    now = standing(homes()["party"]).get(title="张三丰")
    assert now.pk != held.pk
    assert (now.mobile, now.mobile_mark, now.mobile_tail) == (held.mobile, held.mobile_mark, held.mobile_tail)
    assert now.mobile_mark


def test_of_two_sheets_each_says_what_it_says(client, tmp_path) -> None:
    """One has the column and empties it, the other has not."""
    first, second = REGISTER.splitlines()[1:3]
    head = REGISTER.splitlines()[0]
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "合同.csv").write_text(f"{head}\n{first[:-1]}\n", encoding="utf-8")
    (folder / "contract.csv").write_text(without(f"{head}\n{second}\n", "风险分类"), encoding="utf-8")
    reading = read_book(folder, elsewhere=stands, day=DAY)
    assert [one.code for one in reading.faults] == []
    (found,) = differences(reading.book)
    assert [(pair.held.key, pair.said["risk_class"]) for pair in found.changed] == [("C1", None)]
    assert found.same == 1


def test_what_a_file_changes_is_listed_with_old_and_new_values_before_and_after(client) -> None:
    _, upload = hand_in(
        client, REGISTER.replace("C1,510000199803180019,J2,甲", "C1,510000199803180019,J2,乙"), "合同.csv"
    )
    page = said(client, upload)
    for word in ("会改动的", "甲某 → <b>乙某</b>", "导入：新增 0 行，改动 1 行"):
        assert word in page, word
    assert ZHANG not in page
    sheet = client.get(f"/imports/{upload.pk}/changes.xlsx")
    (line,) = list(load_workbook(BytesIO(sheet.content)).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert line[:6] == ("合同", "C1", "客户经理", "甲某", "乙某", "变动")
    client.post(f"/imports/{upload.pk}/take/")
    page = said(client, upload)
    assert "改动了的" in page
    assert "/registers/contract/row/C1/" in page
    assert row_of().account_manager == "乙"


def test_rows_are_written_over_singly_or_all_with_a_reason_on_record(client) -> None:
    for key in ("C1", "C2"):
        changed_in_house(key)
    _, upload = hand_in(client, REGISTER, "合同.csv")
    take_it = f"/imports/{upload.pk}/take/"
    refused = client.post(take_it, {"over": "contract:C1", "over_reason": " "})
    assert (refused.status_code, row_of().risk_class) == (409, 5)
    assert "请写明理由" in refused.content.decode()
    assert client.post(take_it, {"over": "contract:C9", "over_reason": "核过"}).status_code == 409
    client.post(take_it, {"over": "contract:C1", "over_reason": "与银行核对过"})
    assert (row_of("C1").risk_class, row_of("C2").risk_class) == (1, 5)
    event = Event.objects.filter(act="import").last()
    assert (event.reason, event.after["written_over"]) == ("与银行核对过", {"contract": ["C1"]})
    assert "覆盖了：辛某 2026-11-23 更正" in said(client, upload)
    _, rest = hand_in(client, REGISTER, "合同.csv")
    client.post(f"/imports/{rest.pk}/take/", {"over_all": "1", "over_reason": "全部核过"})
    assert row_of("C2").risk_class == 1
    assert list(verify()) == []


def test_what_was_changed_after_the_check_is_not_written_over_by_a_choice_made_before(client) -> None:
    changed_in_house()
    _, upload = hand_in(client, REGISTER, "合同.csv")
    changed_in_house(risk_class=4)
    client.post(f"/imports/{upload.pk}/take/", {"over_all": "1", "over_reason": "全部核过"})
    assert row_of().risk_class == 4


def test_a_row_that_no_file_brought_stays_and_one_that_stands_again_after_a_batch_was_taken_back_does_not(
    client,
) -> None:
    """What stands again is what a file had brought, not what the house wrote."""
    fresh = (
        REGISTER
        + "C3,510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,200000,12,2026-11-10,2027-11-10,在保,否,0,1\n"
    )
    _, other = hand_in(client, fresh.replace(",0,1\n", ",0,2\n"), "合同.csv")
    client.post(f"/imports/{other.pk}/take/")
    client.post(f"/imports/{other.pk}/withdraw/", {"reason": "传错了"})
    values = {**row_values(row_of()), "key": "C3", "contract_no": "C3", "risk_class": 3}
    enter("contract", {name: one for name, one in values.items() if name not in {"id", "recorded", "voided", "batch_id", "event", "void_event"}}, by=Actor("辛"), at=NOW, day=DAY, decision=("risk_class", "amount"))  # fmt: skip
    _, upload = hand_in(client, fresh.replace(",0,1\n", ",0,4\n"), "合同.csv")
    assert (upload.tables["contract"], upload.kept) == ([3, 0, 0, 2, 0], {"contract": 1})


def test_who_does_not_see_a_table_is_told_only_how_many_rows_change(client) -> None:
    changed_in_house()
    _, upload = hand_in(client, REGISTER.replace("J3,丙", "J3,乙"), "合同.csv")
    assert [row.key for row in changes_for(viewer_of("丁", DAY), upload).rows] == ["C1", "C2"]
    cashier = changes_for(viewer_of("戊", DAY), upload)
    assert (list(cashier.rows), cashier.unseen) == ([], 2)
    head = changes_for(viewer_of("乙", DAY), upload)  # of J2 only
    assert ([row.key for row in head.rows], head.unseen) == (["C1"], 1)
    with pytest.raises(UploadRefusedError, match="over-not-found"):
        chosen_over(viewer_of("戊", DAY), upload, every=False, rows={("contract", "C1")}, reason="核过")
    assert chosen_over(viewer_of("戊", DAY), upload, every=True, rows=(), reason="核过").rows == {}


def test_the_questions_do_not_grow_with_the_rows_that_stay(company) -> None:
    counts = []
    for many in (2, 60):
        lines = [
            f"M{many}-{n},510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,1000,12,2026-11-10,2027-11-10,在保,否,0,1\n"
            for n in range(many)
        ]
        text = REGISTER.splitlines(keepends=True)[0] + "".join(lines)
        book = read_one(text)
        take_in(book, by=BY, at=NOW, day=DAY, file="合同.csv", digest=f"d{many}", read=many, left_out=0)
        changes = {f"M{many}-{n}": {"risk_class": 3} for n in range(many)}
        correct_many({"contract": changes}, entered={}, subject="QP1", by=BY, at=NOW, day=DAY, reason="签过")
        with CaptureQueriesContext(connection) as asked:
            (found,) = differences(book)
            sealed = sealed_changes([found])
        assert (len(found.kept), found.changed, bool(sealed)) == (many, [], True)
        counts.append(len(asked))
    assert counts[0] == counts[1], counts


def read_one(text: str):
    """A checked file of contracts against what stands."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "合同.csv"
        path.write_text(text, encoding="utf-8")
        return read_book(path, elsewhere=stands).book


def test_older_files_are_paged_to_and_found_by_name(client, monkeypatch) -> None:
    monkeypatch.setattr(web_imports, "UPLOADS", 2)
    for number in range(5):
        hand_in(client, GOOD.replace("ZF1", f"ZF{number}"), f"检查{number}.csv")
    assert [one.file for one in client.get("/imports/").context["uploads"]] == ["检查4.csv", "检查3.csv"]
    assert [one.file for one in client.get("/imports/?page=3").context["uploads"]] == ["检查0.csv"]
    found = client.get("/imports/", {"q": "检查1"})
    assert [one.file for one in found.context["uploads"]] == ["检查1.csv"]
    assert "没有这个名字的文件" in client.get("/imports/", {"q": "名单"}).content.decode()


# -- what a list gave


def exported(client: Client, name: str, **asked: str) -> Workbook:
    """A list as the workbook that a person takes with him."""
    answer = client.get(f"/registers/{name}/", {"as": "xlsx"} | asked)
    return load_workbook(BytesIO(answer.content))


def handed_back(client: Client, book: Workbook) -> Upload:
    held = BytesIO()
    book.save(held)
    _, upload = hand_in(client, held.getvalue(), "导出.xlsx")
    return upload


def test_a_list_that_was_exported_changes_nothing_when_it_is_handed_in_again(client) -> None:
    """Its references are names; clients, one of them a private person, staff and branches are found by them."""
    upload = handed_back(client, exported(client, "contract"))
    counts = upload.tables["contract"]
    assert [one.code for one in faults_of(upload) if one.severity == "error"] == []
    assert counts == [counts[0], 0, 0, 0, counts[0]], "as many rows as there are stay as they are"
    assert "写的是名称" in said(client, upload)


def test_a_figure_changed_in_an_exported_list_is_the_only_thing_that_changes(client) -> None:
    book = exported(client, "contract", show="term_months")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    line = next(row for row in sheet.iter_rows(min_row=2) if row[heads.index("合同号")].value == "C1")
    line[heads.index("期限月")].value = 18
    before = row_of()
    upload = handed_back(client, book)
    client.post(f"/imports/{upload.pk}/take/")
    fields = [field_name(column.id) for column in values_of(before.table)]
    assert [name for name in fields if getattr(row_of(), name) != getattr(before, name)] == ["term_months"]
    assert list(verify()) == []


def test_a_name_that_two_clients_bear_is_asked_for_by_number(client) -> None:
    book = exported(client, "contract")
    _, other = hand_in(client, SHEETS["主体"].replace("李四", "张三"), "主体.csv")
    client.post(f"/imports/{other.pk}/take/")
    upload = handed_back(client, book)
    (fault,) = [one for one in faults_of(upload) if one.severity == "error"]
    assert (fault.code, fault.value, fault.params["many"]) == ("name-of-several", "张三", "2")


def test_a_new_row_cannot_do_without_a_required_column_and_rows_that_stand_can(client) -> None:
    book = exported(client, "contract")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.append(
        ["C9" if head == "合同号" else cell.value for head, cell in zip(heads, sheet[2], strict=True)]
    )
    upload = handed_back(client, book)
    faults = [one for one in faults_of(upload) if one.severity == "error"]
    assert {one.code for one in faults} == {"missing-column-new"}
    assert {one.params["count"] for one in faults} == {"1"}
    read, left, new, changed, same = upload.tables["contract"]
    assert (left, new, changed, same) == (1, 0, 0, read - 1)


# -- payments


PAYMENT = "流水号,合同,起息日,金额\n"


def test_a_number_that_begins_anew_moves_no_payment_to_another_contract(client) -> None:
    _, first = hand_in(client, f"{PAYMENT}1,C1,2026-11-20,1000\n", "还款.csv")
    client.post(f"/imports/{first.pk}/take/")
    _, second = hand_in(client, f"{PAYMENT}1,C2,2026-11-21,500\n2,C2,2026-11-21,500\n", "还款.csv")
    (fault,) = [one for one in faults_of(second) if one.severity == "error"]
    assert (fault.code, fault.value, fault.params["contract"]) == ("payment-of-another", "1", "C1")
    assert second.tables["repayment"][:3] == [2, 1, 1]
    client.post(f"/imports/{second.pk}/take/")
    rows = standing(homes()["repayment"]).order_by("key").values_list("key", "contract", "amount")
    assert list(rows) == [("1", "C1", 100_000), ("2", "C2", 50_000)]
    assert "不要拿序号当流水号" in said(client, second)


# -- files that tell of people too


def workbook_of(**sheets: str) -> Workbook:
    """Sheets as CSV texts in one workbook."""
    book = Workbook()
    book.remove(book.active)
    for name, text in sheets.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([cell or None for cell in line.split(",")])
    return book


def test_people_who_stand_as_they_are_keep_nobody_from_a_file(client) -> None:
    """A whole register is exported, one figure changed, and handed in by the risk manager: he says nothing new of who belongs to the company."""
    upload = handed_back(
        client, workbook_of(员工=SHEETS["员工"], 合同=REGISTER.replace(",12,2026-11-10", ",13,2026-11-10"))
    )
    assert upload.tables["employee"][2:4] == [0, 0]
    client.post(f"/imports/{upload.pk}/take/")
    upload.refresh_from_db()
    assert (upload.state, row_of().term_months) == ("taken", 13)


def test_who_belongs_to_the_company_is_not_said_by_who_manages_risks(client) -> None:
    upload = handed_back(client, workbook_of(员工=SHEETS["员工"].replace("甲某", "甲乙某"), 合同=REGISTER))
    answer = client.post(f"/imports/{upload.pk}/take/", follow=True)
    assert "请分两个文件" in answer.content.decode()
    upload.refresh_from_db()
    assert upload.state == "checked"


def test_who_was_changed_after_the_check_is_not_written_back_by_the_file(client) -> None:
    """As the file was checked it said nothing new of him; as it is taken it would."""
    upload = handed_back(client, workbook_of(员工=SHEETS["员工"], 合同=REGISTER))
    homes()["employee"]._default_manager.filter(key="甲").update(full_name="甲乙某")
    begin_taking(upload, at=NOW)
    with pytest.raises(UploadRefusedError, match="posts-not-yours"):
        take(upload, by=BY, at=NOW, day=DAY, now=lambda: NOW, bounds=Bounds(closed=frozenset({"employee"})))
    assert standing(homes()["employee"]).get(key="甲").full_name == "甲乙某"


def test_faults_of_one_kind_that_send_one_to_other_sheets_are_told_apart() -> None:
    parents = ("employee", "contract", "contract")
    faults = [Fault("parent-left-out", "error", "inspection", "检查", row, "contract", "C1", {"parent_id": parent}) for row, parent in enumerate(parents, 2)]  # fmt: skip
    kinds = web_imports.kinds_of(faults)
    assert [(kind, count) for kind, _said, count in kinds] == [
        ("parent-left-out:contract", 2),
        ("parent-left-out:employee", 1),
    ]
    assert ["合同" in said for _kind, said, _count in kinds] == [True, False]


def test_what_was_written_when_the_company_was_set_up_is_nobodys_change(db, tmp_path) -> None:
    """The first file says more of the company and its head office, and needs no word for it; what somebody corrected since still does."""
    found_company("测试融资担保有限公司", "guarantee_company", date(2026, 1, 1), "管理员", by=Actor(SYSTEM, "init"), at=NOW, day=DAY)  # fmt: skip
    head_office = standing(homes()["branch"]).get().key
    branches = f"机构号,名称,公司,上级机构,有库\n{head_office},总部,G1,,是\n"
    reading = reading_of(write_sheets(tmp_path / "one", 公司="公司号,名称,类型,自\nG1,测试融资担保,融资担保公司,2026-01-01\n", 机构=branches, 员工="工号,姓名,机构\n", 任职="员工,岗位,机构,自\n", 主体="证件号,名称,种类,国有\n", 合同=SHEETS["合同"].partition("\n")[0] + "\n", 反担保="合同,反担保人,方式,自\n"))  # fmt: skip
    told = {one.table.id: (len(one.changed), len(one.kept)) for one in differences(reading.book)}
    assert (told["company"], told["branch"]) == ((1, 0), (1, 0))
    correct("branch", head_office, {"title": "总公司"}, by=BY, at=NOW, day=DAY, reason="改名")
    told = {one.table.id: (len(one.changed), len(one.kept)) for one in differences(reading.book)}
    assert (told["company"], told["branch"]) == ((1, 0), (0, 1))

"""Forms printed: what a sheet says, as PDF and Word; what is refused; that it is on record."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import unquote

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from test_inspections import MANAGER, answers, company, duty, filed, signed_through
from test_papers import PDF, PNG
from test_photos import PLANT, photo
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day

from daihou.duties.filing import correct_filed
from daihou.duties.signing import form_of
from daihou.ledger.acts import enter
from daihou.papers import printing
from daihou.papers.acts import attach, void_attachment
from daihou.papers.filling import checked
from daihou.papers.models import Paper, WordTemplate
from daihou.papers.places import Taken
from daihou.papers.printing import (
    Kept,
    Lines,
    PrintFailedError,
    Row,
    Sheet,
    Sign,
    as_pdf,
    as_word,
    house_template,
)
from daihou.people.acts import open_accounts
from daihou.trail.models import Event
from daihou.web import prints

__all__ = ["company"]  # the cast with its day, as the tests of reports have it

SHEET = Sheet(
    company="某担保公司", title="检查表", number="2026-000006", heading="编号 2026-000006", about="常规检查 #客户 & <公司> *甲*",
    groups=(("检查", (
        Row("检查日", "2026-11-23"), Row("结论", "第一行 & <b>\n#set text(red) $x$ {{ digest }}", wide=True),
        Lines("要求", ("要求", "金额"), (False, True), (("报账龄表", "1,000.00"), ("补押", ""))))),
    ), signs=(Sign("业务部经理", "乙某", "同意", "可以", "2026-11-24 09:00"),), files=(Kept("照片.jpg", "2026-11-23", "ab" * 32, "JPG 640×480", "摄于 2026-11-23 09:00", "离客户 85 米"),),
    digest="cd" * 32, event="操作记录第 6 条", printed="甲某 打印", words={"digest": "指纹", "signs": "签批", "files": "附件", "sign_heads": ["岗位", "姓名", "结果", "意见", "时间"]},
)  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


def words_of(content: bytes) -> str:
    held = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in held.tables for line in table.rows for cell in line.cells]
    return "\n".join([one.text for one in held.paragraphs] + cells)


def test_a_word_file_says_everything_and_what_was_written_is_no_markup() -> None:
    told = words_of(as_word(SHEET))
    for text in (
        "某担保公司", "检查表", "编号 2026-000006", "常规检查 #客户 & <公司> *甲*", "第一行 & <b>\n#set text(red) $x$ {{ digest }}", "报账龄表",
        "1,000.00", "业务部经理", "乙某", "照片.jpg", "ab" * 8, "cd" * 32, "JPG 640×480", "摄于 2026-11-23 09:00", "离客户 85 米", "操作记录第 6 条",
    ):  # fmt: skip
        assert text in told, text


def test_a_word_file_says_what_has_to_be_said_of_the_signatures_and_has_no_empty_list_of_files() -> None:
    told = words_of(as_word(replace(SHEET, note="第 2 版还没有人签")))
    assert told.index("签批") < told.index("第 2 版还没有人签") < told.index("附件")
    bare = as_word(replace(SHEET, files=()))
    assert "附件" not in words_of(bare)
    have, left = (len(docx.Document(io.BytesIO(one)).tables) for one in (as_word(SHEET), bare))
    assert have - left == 1
    assert "\n\n" not in "\n".join(one.text for one in docx.Document(io.BytesIO(bare)).paragraphs)


def pages_of(sheet: Sheet) -> int:
    """The pages of a sheet as PDF, as the file itself counts them."""
    return int(re.search(rb"/Count (\d+)", as_pdf(sheet))[1])


def test_signatures_stand_together_on_one_page_unless_no_page_holds_them() -> None:
    """Half a page of fields, signatures that fill most of a page, and half a page of files: broken at will they would be two pages."""
    sign = Sign("业务部经理", "乙某", "同意", "可以", "2026-11-24 09:00")
    fields = tuple(Row(f"栏{number}", "值", wide=True) for number in range(15))
    sheet = replace(SHEET, groups=(("组", fields),), files=SHEET.files * 15)
    assert pages_of(replace(sheet, signs=(sign,) * 2, files=())) == 1
    assert pages_of(replace(sheet, signs=(sign,) * 24)) == 3
    assert pages_of(replace(sheet, signs=(sign,) * 99, files=())) == 3  # nothing runs off a page


def test_a_pdf_takes_names_of_files_of_any_length() -> None:
    kept = replace(SHEET.files[0], name="IMG_20261123_090011" * 6 + "厂房.jpg")
    assert pages_of(replace(SHEET, files=(kept,))) == 1


def test_a_company_writes_its_own_template() -> None:
    own = docx.Document()
    own.add_paragraph("{{ company }} 用的 {{ title }}（{{ number }}）")
    held = io.BytesIO()
    own.save(held)
    assert words_of(as_word(SHEET, held.getvalue())) == "某担保公司 用的 检查表（2026-000006）"


@pytest.mark.parametrize(
    "text",
    ["{{ nothing.at.all }}", "{% for one in groups %}", "{{ company.__class__.__mro__ }}", "{{ 1 / }}"],
    ids=["what is not there", "a loop without its end", "what lies behind", "no expression"],
)
def test_a_template_that_is_wrong_is_refused(text) -> None:
    own = docx.Document()
    own.add_paragraph(text)
    held = io.BytesIO()
    own.save(held)
    with pytest.raises(PrintFailedError):
        as_word(SHEET, held.getvalue())


def test_a_pdf_is_made_for_keeping_with_its_font_and_says_what_differs() -> None:
    made = as_pdf(SHEET)
    assert made.startswith(b"%PDF-")
    assert b"NotoSansCJK" in made
    assert b"pdfaid:part>2<" in made.replace(b" ", b"")
    other = as_pdf(replace(SHEET, title="另一张表"))
    assert other != made


def test_a_pdf_whose_font_is_missing_is_not_made(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(printing, "_font_folder", lambda: tmp_path)
    with pytest.raises(PrintFailedError):
        as_pdf(SHEET)


def test_the_template_of_the_house_is_a_word_file_with_the_names_a_company_needs() -> None:
    told = words_of(house_template())
    for name in ("company", "title", "heading", "group.title", "row.label", "one.opinion", "digest"):
        assert name in told, name


def test_a_signed_report_is_printed_with_its_signers_and_numbers_stay_hidden(company) -> None:
    done = filed(duty("regular-inspection"), since_last="见到 510000199803180019 本人")
    signed_through(done.matter)
    reader = browser_of("乙")
    page = reader.get(f"/papers/{done.paper.pk}/").content.decode()
    assert f"/papers/{done.paper.pk}/print/pdf/" in page
    answer = reader.get(f"/papers/{done.paper.pk}/print/docx/")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert f"担保业务保后检查表 {done.paper.number}.docx" in unquote(answer.headers["Content-Disposition"])
    told = words_of(answer.content)
    for text in (
        "测试融资担保有限公司",
        "丁某",
        "辛某",
        "同意",
        done.paper.digest,
        "510***********0019",
        "乙某 打印于",
    ):
        assert text in told, text
    assert "510000199803180019" not in told
    assert reader.get(f"/papers/{done.paper.pk}/print/pdf/").content.startswith(b"%PDF-")
    assert reader.get(f"/papers/{done.paper.pk}/print/exe/").status_code == 404
    events = Event.objects.filter(act="print-paper").order_by("number")
    assert [(one.by, one.after["as"]) for one in events] == [("乙", "docx"), ("乙", "pdf")]


def test_a_print_says_who_signed_in_place_of_an_empty_post(company) -> None:
    done = filed(duty("regular-inspection"))
    signed_through(done.matter)
    line = next(
        one
        for one in docx.Document(io.BytesIO(printed_of(done.paper))).tables[-1].rows
        if "风控部主管" in one.cells[0].text
    )
    assert [cell.text.strip() for cell in line.cells[:2]] == ["风控部主管（由 风控部经理 代）", "丁某"]
    page = browser_of("乙").get(f"/papers/{done.paper.pk}/").content.decode()
    assert "由 风控部经理 代" in page.partition("风控部主管")[2].partition("总经理")[0]
    history = browser_of("乙").get(f"/duties/{done.duty.pk}/").content.decode()
    assert "丁某（风控部主管，由 风控部经理 代）签批：同意" in history


def test_a_sheet_that_cannot_be_set_is_told_and_leaves_no_event(company, monkeypatch) -> None:
    done = filed(duty("regular-inspection"), by=MANAGER)

    def fails(_sheet: Sheet) -> bytes:
        raise PrintFailedError("no font")

    monkeypatch.setitem(prints.MAKERS, "pdf", lambda sheet, _form: fails(sheet))
    answer = browser_of("甲").get(f"/papers/{done.paper.pk}/print/pdf/")
    assert (answer.status_code, "排不出来" in answer.content.decode()) == (500, True)
    assert not Event.objects.filter(act="print-paper").exists()


# ------------------------------------------------------------------ the company's own templates


def own_template(text: str = "{{ company }} {{ title }} {{ number }}") -> bytes:
    own = docx.Document()
    own.add_paragraph(text)
    held = io.BytesIO()
    own.save(held)
    return held.getvalue()


@pytest.fixture
def keeper(company):
    """The browser of who keeps the company's papers."""
    values = {
        "employee": "戊",
        "post": "archivist",
        "branch": "J1",
        "since": date(2025, 1, 1),
        "key": f"戊/archivist/J1/{DAY}",
    }
    enter("assignment", values, by=BY, at=NOW, day=DAY)
    open_accounts([("戊", "戊")], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("戊")


def sent(browser, content, form="", name="模板.docx"):
    return browser.post("/papers/templates/", {"form": form, "file": SimpleUploadedFile(name, content)})


def test_a_company_keeps_a_template_per_form_and_one_for_all_and_lays_them_aside(keeper) -> None:
    done, reader = filed(duty("regular-inspection")), browser_of("甲")
    printed = f"/papers/{done.paper.pk}/print/docx/"
    assert "内容指纹" in words_of(reader.get(printed).content)  # the house's
    assert sent(keeper, own_template()).status_code == 302
    assert (
        words_of(reader.get(printed).content)
        == f"测试融资担保有限公司 担保业务保后检查表 {done.paper.number}"
    )
    assert (
        sent(keeper, own_template("只给保后检查表 {{ number }}"), "guarantee_inspection_form").status_code
        == 302
    )
    assert words_of(reader.get(printed).content) == f"只给保后检查表 {done.paper.number}"
    own = WordTemplate.objects.get(form="guarantee_inspection_form")
    assert keeper.post(f"/papers/templates/{own.pk}/retire/").status_code == 302
    assert keeper.post(f"/papers/templates/{own.pk}/retire/").status_code == 409
    assert words_of(reader.get(printed).content).startswith("测试融资担保有限公司")
    assert words_of(keeper.get(f"/papers/templates/{own.pk}/").content) == "只给保后检查表 {{ number }}"
    page = keeper.get("/papers/templates/").content.decode()
    assert "在用" in page
    assert sent(keeper, own_template("新的 {{ number }}")).status_code == 302
    assert WordTemplate.objects.filter(until_at__isnull=True).count() == 1
    assert [one.act for one in Event.objects.filter(kind="template").order_by("number")] == [
        "keep-template", "keep-template", "retire-template", "keep-template",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "form", "name", "said"),
    [
        (own_template("{{ no.such.thing }}"), "", "模板.docx", "填不了的标记"),
        (b"%PDF-1.7 nothing", "", "模板.pdf", "Word 文件"),
        (b"", "", "模板.docx", "空的"),
        (own_template(), "no_form", "模板.docx", "没有这张表"),
        (own_template() + b"0" * (2 * 1024 * 1024), "", "模板.docx", "最多 2 MB"),
    ],
    ids=["marks that cannot be filled", "no Word file", "nothing in it", "no such form", "too large"],
)
def test_a_template_that_cannot_be_used_is_refused_and_nothing_is_kept(
    keeper, content, form, name, said
) -> None:
    answer = sent(keeper, content, form, name)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not WordTemplate.objects.exists()


def test_the_same_template_twice_is_told(keeper) -> None:
    content = own_template()
    assert sent(keeper, content).status_code == 302
    assert sent(keeper, content).status_code == 422
    assert WordTemplate.objects.count() == 1


def test_templates_are_kept_by_who_keeps_papers_only(company) -> None:
    manager = browser_of("甲")
    assert manager.get("/papers/templates/").status_code == 200
    assert sent(manager, own_template()).status_code == 403
    assert manager.get("/papers/templates/house/").content.startswith(b"PK")


# ------------------------------------------------------------------ editions, attachments, what is left out


def printed_of(paper, kind="docx") -> bytes:
    answer = browser_of("乙").get(f"/papers/{paper.pk}/print/{kind}/")
    assert answer.status_code == 200
    return answer.content


def test_the_prints_of_an_edition_corrected_after_signing_carry_no_signature_and_say_so(company) -> None:
    done = filed(duty("regular-inspection"))
    signed_through(done.matter)
    form = form_of(done.duty)
    filled = checked(form, answers(form, conclusion="写得更明白"), today=DAY, opens=done.duty.start)
    second = correct_filed(
        done.paper, done.duty, form, filled, by=MANAGER, at=NOW + timedelta(hours=1), reason="写错了"
    )
    first = Paper.objects.get(pk=done.paper.pk)
    told, old = words_of(printed_of(second)), words_of(printed_of(first))
    assert "第 1 版已签批；第 2 版是签批之后更正的，还没有人签。" in told
    assert (second.digest in told, "同意" in told, "辛某" in told, "甲某" in told) == (
        True,
        False,
        False,
        True,
    )
    assert (first.digest in old, "同意" in old, "辛某" in old) == (True, True, True)
    assert "第 1 版已更正，不再作数；最新的是第 2 版。" in old
    sheets = {
        one.edition: prints.sheet_of(one, done.duty, form, by="乙某", at="2026-11-23 10:00") for one in (first, second)
    }  # fmt: skip
    assert [(one.post, one.name, one.decision) for one in sheets[2].signs] == [("填表人", "甲某", "")]
    assert {one.decision for one in sheets[1].signs} == {"", "同意"}
    assert printed_of(second, "pdf").startswith(b"%PDF-")


def test_the_prints_list_what_was_attached_to_the_duty_and_to_the_form(company) -> None:
    of = duty("regular-inspection")
    place = Taken(NOW, Decimal("30.572800"), Decimal("104.066800"), 12)
    held, wrong = (
        attach(name, PNG, table="duty", key=of.key, duty_no=of.pk, by=MANAGER, at=NOW, taken=place, distance=85)
        for name in ("厂房.png", "拍错.png")
    )  # fmt: skip
    void_attachment(wrong, by=MANAGER, at=NOW, reason="拍错了")
    done = filed(of)
    attach("流水.pdf", PDF, table="paper", key=done.paper.number, duty_no=of.pk, paper=done.paper, by=MANAGER, at=NOW)  # fmt: skip
    sheet = prints.sheet_of(done.paper, done.duty, form_of(done.duty), by="乙某", at="2026-11-23 10:00")
    assert [(one.name, one.kind, one.distance) for one in sheet.files] == [
        ("厂房.png", "PNG 640×480", "离客户 85 米"), ("流水.pdf", "PDF", ""),
    ]  # fmt: skip
    assert "30.572800, 104.066800（±12 米）" in sheet.files[0].taken
    told = words_of(printed_of(done.paper))
    for text in ("拍摄", "距离", "厂房.png", "离客户 85 米", held.digest[:16], "流水.pdf"):
        assert text in told, text
    assert "拍错.png" not in told
    assert printed_of(done.paper, "pdf").startswith(b"%PDF-")


def test_the_reason_of_a_change_of_class_is_printed_only_where_one_was_given(company) -> None:
    done = filed(duty("regular-inspection"))
    assert "改类的理由" not in words_of(printed_of(done.paper))
    form = form_of(done.duty)
    filled = checked(form, answers(form, grade_why="担保物价值下跌"), today=DAY, opens=done.duty.start)
    second = correct_filed(done.paper, done.duty, form, filled, by=MANAGER, at=NOW, reason="补上理由")
    told = words_of(printed_of(second))
    assert ("改类的理由" in told, "担保物价值下跌" in told) == (True, True)


def test_the_photos_are_printed_each_with_its_number_place_and_distance(company, monkeypatch) -> None:
    of = duty("regular-inspection")
    shot = photo(at="2026:11:20 10:00:00", place=PLANT, size=(1200, 900))
    attach("流水.pdf", PDF, table="duty", key=of.key, duty_no=of.pk, by=MANAGER, at=NOW)
    attach(
        "张三510000199803180019.jpg",
        shot,
        table="duty",
        key=of.key,
        duty_no=of.pk,
        by=MANAGER,
        at=NOW,
        distance=85,
    )
    attach("坏.png", PNG[:60], table="duty", key=of.key, duty_no=of.pk, by=MANAGER, at=NOW)
    done = filed(of)
    bare = printed_of(done.paper, "pdf")
    sheet = prints.sheet_of(done.paper, done.duty, form_of(done.duty), by="乙某", at="2026-11-23 10:00")
    (shown,) = sheet.pictures
    assert (shown.name, shown.told) == (
        "2. 张三510***********0019.jpg", "照片自带：摄于 2026-11-20 10:00 · 离客户 85 米",
    )  # fmt: skip
    assert Image.open(io.BytesIO(shown.image)).size == (900, 675)
    word = printed_of(done.paper)
    assert shown.told in words_of(word)
    assert [one for one in zipfile.ZipFile(io.BytesIO(word)).namelist() if one.startswith("word/media/")]
    monkeypatch.setattr(prints, "MOST_PICTURES", 0)
    without = printed_of(done.paper, "pdf")
    assert len(bare) > len(without) + len(shown.image) // 2
    assert "2. 张三" not in words_of(printed_of(done.paper))

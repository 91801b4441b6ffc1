"""Forms printed: what a sheet says, as PDF and Word; what is refused; that it is on record."""

import io
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from test_inspections import MANAGER, company, duty, filed, signed_through
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.ledger.acts import enter
from daihou.papers import printing
from daihou.papers.models import WordTemplate
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
from daihou.web import gate, prints

__all__ = ["company"]  # the cast with its day, as the tests of reports have it

SHEET = Sheet(
    company="某担保公司", title="检查表", number="2026-000006", heading="编号 2026-000006", about="常规检查 #客户 & <公司> *甲*",
    groups=(("检查", (
        Row("检查日", "2026-11-23"), Row("结论", "第一行 & <b>\n#set text(red) $x$ {{ digest }}", wide=True),
        Lines("要求", ("要求", "金额"), (False, True), (("报账龄表", "1,000.00"), ("补押", ""))))),
    ), signs=(Sign("业务部经理", "乙某", "同意", "可以", "2026-11-24 09:00"),), files=(Kept("照片.jpg", "2026-11-23", "ab" * 32),),
    digest="cd" * 32, event="操作记录第 6 条", printed="甲某 打印", words={"digest": "指纹", "signs": "签批", "files": "附件", "sign_heads": ["岗位", "姓名", "结果", "意见", "时间"]},
)  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def words_of(content: bytes) -> str:
    held = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in held.tables for line in table.rows for cell in line.cells]
    return "\n".join([one.text for one in held.paragraphs] + cells)


def test_a_word_file_says_everything_and_what_was_written_is_no_markup() -> None:
    told = words_of(as_word(SHEET))
    for text in (
        "某担保公司", "检查表", "编号 2026-000006", "常规检查 #客户 & <公司> *甲*", "第一行 & <b>\n#set text(red) $x$ {{ digest }}", "报账龄表",
        "1,000.00", "业务部经理", "乙某", "照片.jpg", "ab" * 32, "cd" * 32, "操作记录第 6 条",
    ):  # fmt: skip
        assert text in told, text


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

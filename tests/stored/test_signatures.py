"""Pictures of signatures: brought by each himself, printed beside what he signed while he had them."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from test_inspections import company, duty, filed, signed_through
from tests_cast import NOW, browser_of, on_its_day

from daihou.papers.acts import PaperRefusedError
from daihou.papers.kinds import FileRefusedError
from daihou.papers.models import SignatureImage
from daihou.papers.printing import Sheet, Sign, as_pdf, as_word
from daihou.papers.signatures import images_of, keep_signature, retire_signature
from daihou.papers.word_templates import TRIAL
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify

__all__ = ["company"]  # the cast with its day, as the tests of reports have it


def png(width=120, height=48, shade=0) -> bytes:
    """A grey picture of some size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = b"".join(b"\x00" + bytes([shade]) * width for _line in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


def who(staff_no):
    return Actor(staff_no, "test")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("签名.txt", "字".encode(), "signature-no-picture"),
        ("签名.png", png() + b"\x00" * 200 * 1024, "signature-too-large"),
        ("签名.png", png(width=20), "signature-sides"),
        ("签名.png", png(height=2001), "signature-sides"),
        ("签名.jpg", png(), "file-not-its-name"),
        ("签名.png", b"", "file-empty"),
    ],
)
def test_a_file_that_is_no_signature_is_refused(db, name, content, code) -> None:
    with pytest.raises(FileRefusedError, match=code):
        keep_signature(name, content, by=who("丁"), at=NOW)
    assert not SignatureImage.objects.exists()


def test_a_picture_is_that_of_the_time_of_signing(db) -> None:
    first, second = png(shade=10), png(shade=90)
    keep_signature("一.png", first, by=who("丁"), at=NOW)
    with pytest.raises(PaperRefusedError, match="no-change"):
        keep_signature("一.png", first, by=who("丁"), at=NOW)
    keep_signature("二.png", second, by=who("丁"), at=NOW + timedelta(days=2))
    retire_signature(by=who("丁"), at=NOW + timedelta(days=4))
    with pytest.raises(PaperRefusedError, match="signature-none"):
        retire_signature(by=who("丁"), at=NOW + timedelta(days=4))
    days = {at: ("丁", NOW + timedelta(days=at)) for at in (-1, 0, 1, 2, 3, 4)}
    found = images_of([*days.values(), ("乙", NOW)])
    assert {at: found.get(key) for at, key in days.items()} == {
        -1: None,
        0: first,
        1: first,
        2: second,
        3: second,
        4: None,
    }
    assert first not in SignatureImage.objects.order_by("pk")[0].content
    assert list(Event.objects.values_list("act", flat=True)) == [
        "keep-signature",
        "keep-signature",
        "retire-signature",
    ]
    assert list(verify()) == []


def pictures_in(word: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(word)) as held:
        return [held.read(name) for name in held.namelist() if name.startswith("word/media/")]


def test_a_print_shows_the_picture_beside_the_name() -> None:
    signed = Sign("风控部经理", "丁某", "同意", "可以", "2026-11-24 09:00", png())
    sheet = Sheet(**{**vars(TRIAL), "signs": (*TRIAL.signs, signed)})
    assert pictures_in(as_word(sheet)) == [png()]
    assert pictures_in(as_word(TRIAL)) == []
    assert b"/Subtype/Image" in as_pdf(sheet).replace(b" ", b"")
    assert b"/Subtype/Image" not in as_pdf(TRIAL).replace(b" ", b"")


def test_a_signer_brings_his_picture_and_the_print_of_what_he_signed_bears_it(company) -> None:
    manager = browser_of("乙")
    assert manager.get("/signature/picture/").status_code == 404
    done = manager.post("/signature/", {"file": SimpleUploadedFile("签名.png", png())})
    assert done.status_code == 302
    assert manager.get("/signature/picture/").content == png()
    assert browser_of("甲").get("/signature/picture/").status_code == 404
    bad = manager.post("/signature/", {"file": SimpleUploadedFile("签名.png", b"no picture")})
    assert (bad.status_code, "图片" in bad.content.decode() or "只收" in bad.content.decode()) == (422, True)
    report = filed(duty("regular-inspection"))
    signed_through(report.matter)
    word = manager.get(f"/papers/{report.paper.pk}/print/docx/").content
    assert pictures_in(word) == [png()]
    assert manager.post("/signature/", {"retire": "1"}).status_code == 302
    assert manager.post("/signature/", {"retire": "1"}).status_code == 422

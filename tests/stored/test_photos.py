"""Photos: what the camera wrote into them, small pictures, and what to notice when an old one is handed in for a new check."""

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from staging import staged
from test_inspections import answers
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.inspections.photographs import photo_remarks
from daihou.inspections.reports import noticed
from daihou.ledger.acts import take_in
from daihou.papers.acts import attach, void_attachment
from daihou.papers.models import Attachment
from daihou.papers.photos import SIDES, Exif, NoPictureError, exif_of, picture_of
from daihou.people.acts import open_accounts
from daihou.trail.acts import Actor

ZONE = ZoneInfo("Asia/Shanghai")
PLANT = ((30.0, 34.0, 22.08), (104.0, 4.0, 0.48))
MANAGER = Actor("甲", "test")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path):
    """The cast and a day's work."""
    reading = reading_of(write_sheets(tmp_path / "book"))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙"], PASSWORD, by=BY, at=NOW, sample=True)


def photo(at=None, offset=None, place=None, refs=("N", "E"), size=(640, 480), turned=None, shade="grey") -> bytes:  # fmt: skip
    """A JPEG as a camera writes it."""
    image, exif, made = Image.new("RGB", size, shade), Image.Exif(), io.BytesIO()
    if turned is not None:
        exif[ExifTags.Base.Orientation] = turned
    own = exif.get_ifd(ExifTags.IFD.Exif)
    if at is not None:
        own[ExifTags.Base.DateTimeOriginal] = at
    if offset is not None:
        own[ExifTags.Base.OffsetTimeOriginal] = offset
    if place is not None:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = refs
        gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = place
    image.save(made, "JPEG", exif=exif)
    return made.getvalue()


# ------------------------------------------------------------------ what the camera wrote


@pytest.mark.parametrize(
    ("said", "at", "place"),
    [
        ({"at": "2026:11-20 10:00:00"}, None, None),
        ({"at": "2026:11:20 10:00:00"}, datetime(2026, 11, 20, 10, tzinfo=ZONE), None),
        ({"at": "2026:11:20 10:00:00", "offset": "+00:00"}, datetime(2026, 11, 20, 10, tzinfo=UTC), None),
        ({"at": "0000:00:00 00:00:00"}, None, None),
        ({"place": PLANT}, None, ("30.572800", "104.066800")),
        ({"place": PLANT, "refs": ("S", "W")}, None, ("-30.572800", "-104.066800")),
        ({"place": ((91.0, 0.0, 0.0), PLANT[1])}, None, None),
        ({"place": ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))}, None, None),  # no satellite was found
        ({}, None, None),
    ],
)
def test_a_photo_says_when_and_where_it_was_taken_or_nothing(said, at, place) -> None:
    found = exif_of(photo(**said), ZONE)
    assert found == Exif(at, None if place is None else tuple(map(Decimal, place)))


@given(st.integers(2, 4000), st.binary(max_size=40), st.booleans())
def test_a_damaged_photo_says_nothing_and_breaks_nothing(cut, noise, png) -> None:
    whole = photo(at="2026:11:20 10:00:00", place=PLANT)
    if png:
        made = io.BytesIO()
        Image.new("P", (30, 20)).save(made, "PNG")
        whole = made.getvalue()
    broken = whole[:cut] + noise + whole[cut + len(noise) :]
    assert isinstance(exif_of(broken, ZONE), Exif)
    with suppress(NoPictureError):
        assert picture_of(broken, "small").startswith(b"\xff\xd8")


def test_a_picture_is_small_upright_and_says_nothing_of_the_camera() -> None:
    whole = photo(at="2026:11:20 10:00:00", place=PLANT, size=(4000, 3000), turned=6)
    made = {size: Image.open(io.BytesIO(picture_of(whole, size))) for size in SIDES}
    assert {size: one.size for size, one in made.items()} == {
        "small": (240, 320),
        "print": (675, 900),
        "large": (1200, 1600),
    }
    assert all(not one.getexif() for one in made.values())
    clear = io.BytesIO()
    Image.new("RGBA", (10, 20), (0, 0, 0, 0)).save(clear, "PNG")
    flat = Image.open(io.BytesIO(picture_of(clear.getvalue(), "small")))
    assert (flat.size, flat.getpixel((5, 5))) == ((10, 20), (255, 255, 255))
    with pytest.raises(NoPictureError):
        picture_of(b"%PDF-1.7", "small")


def test_a_photo_of_a_hundred_million_pixels_is_shown_and_a_drawing_of_as_many_is_not() -> None:
    large = io.BytesIO()
    Image.new("L", (10_000, 10_000)).save(large, "JPEG", quality=20)
    assert Image.open(io.BytesIO(picture_of(large.getvalue(), "small"))).size == (320, 320)
    drawn = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(drawn, "PNG")
    with pytest.raises(NoPictureError):
        picture_of(drawn.getvalue(), "small")


# ------------------------------------------------------------------ brought and shown


def bring(browser, of, content, **said) -> Attachment:
    file = SimpleUploadedFile("厂门口.jpg", content, "image/jpeg")
    assert browser.post(f"/attach/duty/{of.pk}/", {"file": file, **said}).status_code == 302
    return Attachment.objects.first()


def test_the_photo_itself_is_believed_before_the_device_that_sends_it(house) -> None:
    of, browser = Duty.objects.get(rule="regular-inspection", contract="C1"), browser_of("甲")
    device = {"latitude": "31.0", "longitude": "121.0", "accuracy": "9", "taken_at": str(int(NOW.timestamp() * 1000))}  # fmt: skip
    shot = datetime(2026, 11, 20, 10, tzinfo=ZONE)
    one = bring(browser, of, photo(at="2026:11:20 10:00:00", place=PLANT), **device)
    assert (one.latitude, one.accuracy, one.taken_at, one.shot_at) == (Decimal("30.5728"), None, shot, shot)
    two = bring(browser, of, photo(at="2026:11:20 10:00:00"), **device)
    assert (two.latitude, two.accuracy, two.taken_at, two.shot_at) == (Decimal(31), 9, NOW, shot)
    three = bring(browser, of, photo())
    assert (three.latitude, three.taken_at, three.shot_at) == (None, None, None)
    page = browser.get(f"/duties/{of.pk}/").content.decode()
    assert "照片自带：摄于 2026-11-20 10:00，30.572800, 104.066800" in page
    assert "照片自带：摄于 2026-11-20 10:00；设备报的位置 31.000000, 121.000000（±9 米）" in page
    assert page.count('.jpg" alt=') == 3


def test_a_picture_is_shown_to_who_may_see_the_file_and_to_nobody_else(house) -> None:
    of, owner = Duty.objects.get(rule="regular-inspection", contract="C1"), browser_of("甲")
    held = bring(owner, of, photo(size=(2000, 1000)))
    answer = owner.get(f"/attachments/{held.pk}/small.jpg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (320, 160)
    assert answer["Cache-Control"] == "no-store"
    assert owner.get(f"/attachments/{held.pk}/huge.jpg").status_code == 404
    assert browser_of("丙").get(f"/attachments/{held.pk}/small.jpg").status_code == 404
    text = attach("说明.txt", "看过".encode(), table="duty", key=of.key, duty_no=of.pk, by=MANAGER, at=NOW)
    assert owner.get(f"/attachments/{text.pk}/small.jpg").status_code == 404


# ------------------------------------------------------------------ an old photo for a new check


def sent(of, content, name="厂房.jpg", at=NOW, **where):
    held = {"table": "duty", "key": of.key, "duty_no": of.pk} if of is not None else {}
    return attach(name, content, by=MANAGER, at=at, **{**held, **where})


@pytest.mark.parametrize(
    ("shot", "done", "told"),
    [
        ("2026:11:20 00:00:00", "2026-11-20", False),
        ("2026:11:19 23:59:59", "2026-11-20", True),
        ("2026:11:21 09:00:00", "2026-11-20", False),  # seen again while the report is written
        ("2026:08:01 09:00:00", "2026-11-20", True),
        ("2026:08:01 09:00:00", "", False),  # the form does not say yet when the check was
        ("2026:08:01 09:00:00", "2026-11", False),
        (None, "2026-11-20", False),
    ],
)
def test_a_photo_taken_before_the_day_of_the_check_is_pointed_out(house, shot, done, told) -> None:
    of = Duty.objects.get(rule="regular-inspection", contract="C1")
    form = form_of(of)
    sent(of, photo(at=shot))
    said = [
        (one.name, one.label)
        for one in noticed(of, form, {form.done: done}, None)
        if "早于检查日" in one.text
    ]
    assert said == ([("attachments", "厂房.jpg")] if told else [])


def test_a_photo_sent_in_once_already_is_pointed_out_and_one_sent_twice_here_is_not(house) -> None:
    of = Duty.objects.get(rule="regular-inspection", contract="C1")
    other = Duty.objects.get(rule="fund-use-check", contract="C1")
    old, mine, voided = photo(shade="red"), photo(shade="blue"), photo(shade="green")
    sent(other, old, at=NOW - timedelta(days=90))
    void_attachment(sent(other, voided), by=MANAGER, at=NOW, reason="拍错了")
    sent(None, mine[:-2] + b"\0\xff\xd9", table="contract", key="C1")
    for content, name in ((old, "旧.jpg"), (mine, "新.jpg"), (mine, "又.jpg"), (voided, "重拍.jpg")):
        sent(of, content, name)
    found = photo_remarks(of, None)
    assert [(one.code, one.photo.name, one.day) for one in found] == [
        ("sent-before", "旧.jpg", (NOW - timedelta(days=90)).date())
    ]
    assert photo_remarks(other, None) == []  # who sent it first has nothing to explain


def test_who_hands_the_report_in_confirms_that_he_saw_it(house) -> None:
    of = Duty.objects.get(rule="regular-inspection", contract="C1")
    form, browser = form_of(of), browser_of("甲")
    sent(of, photo(at="2026:08:01 09:00:00"), "张三510000199803180019.jpg")
    page = browser.post(f"/duties/{of.pk}/form/", answers(form)).content.decode()
    assert "照片自己说摄于 2026-08-01，早于检查日" in page
    assert 'href="#attachments">张三510***********0019.jpg<' in page
    seal = page.partition('name="noticed" value="')[2].partition('"')[0]
    answer = browser.post(f"/duties/{of.pk}/form/", answers(form) | {"noticed": seal})
    assert answer.status_code == 302

"""The way of a day and the places of photos: who has to be where, how far from the client a photo was taken."""

import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import take_in
from daihou.papers.kinds import FileRefusedError
from daihou.papers.models import Attachment
from daihou.papers.places import metres, taken_of
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.registers.kept import homes, standing
from daihou.trail.reads import verify
from daihou.web.visits import Stop, _along_the_way, visit_duties

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00\xfd\xd4\x9as"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\x18\xdd\x8d\xb0\x00\x00\x00\x00IEND\xaeB`\x82"
)
HERE = {"latitude": "30.572800", "longitude": "104.066800", "accuracy": "12"}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path):
    """The cast with addresses, and a day's work."""
    parties = SHEETS["主体"].replace(
        "证件号,名称,种类,国有,手机\n", "证件号,名称,种类,国有,手机,市,地址,电话\n"
    )
    parties = parties.replace("13800000001\n", "13800000001,成都市,天府大道1号,028-86000001\n").replace(",否,\n", ",否,,成都市,春熙路9号,13900000009\n").replace("13800000002\n", "13800000002,,,\n")  # fmt: skip
    reading = reading_of(write_sheets(tmp_path / "book", 主体=parties))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("厂门口.png", PNG, content_type="image/png")


def at(moment=NOW) -> str:
    return str(int(moment.timestamp() * 1000))


# ------------------------------------------------------------------ distances


@pytest.mark.parametrize(
    ("first", "second", "away", "by"),
    [
        (("0", "0"), ("0", "0"), 0, 0),
        (("0", "0"), ("0", "1"), 111_195, 1),  # a degree on the equator: 2πR / 360
        (("90", "0"), ("-90", "0"), 20_015_114, 2),  # half the way round
        (("30.5728", "104.0668"), ("30.5728", "104.0678"), 96, 1),
        (("0", "179.5"), ("0", "-179.5"), 111_195, 1),  # over the date line
    ],
)
def test_the_way_between_two_points(first, second, away, by) -> None:
    points = [(Decimal(one), Decimal(other)) for one, other in (first, second)]
    assert abs(metres(*points) - away) <= by
    assert metres(*points) == metres(*reversed(points))


@pytest.mark.parametrize(
    "said",
    [
        {"latitude": "91"},
        {"longitude": "-181"},
        {"latitude": "north"},
        {"longitude": ""},
        {"accuracy": "-1"},
        {"taken_at": ""},
        {"taken_at": at(NOW - timedelta(days=7, seconds=1))},
        {"taken_at": at(NOW + timedelta(days=2))},
    ],
)  # fmt: skip
def test_a_place_or_time_that_cannot_be_is_refused(said) -> None:
    with pytest.raises(FileRefusedError):
        taken_of({**HERE, "taken_at": at(), **said}, NOW)


def test_a_device_that_says_nothing_is_no_fault() -> None:
    assert taken_of({"taken_at": at()}, NOW) is None


# ------------------------------------------------------------------ photos


def test_a_photo_tells_where_it_was_taken_and_gives_the_client_his_place_once(house) -> None:
    manager, duty = browser_of("甲"), Duty.objects.get(rule="fund-use-check", contract="C1")
    send = f"/attach/duty/{duty.pk}/"
    assert manager.post(send, {"file": photo(), "taken_at": at(), **HERE}).status_code == 302
    first = Attachment.objects.get()
    assert (first.latitude, first.longitude, first.accuracy, first.distance) == (
        Decimal("30.5728"),
        Decimal("104.0668"),
        12,
        None,
    )
    assert first.taken_at == NOW
    page = manager.get(f"/duties/{duty.pk}/").content.decode()
    assert "30.572800, 104.066800" in page
    assert "记作客户的位置" in page
    answer = manager.post(f"/attachments/{first.pk}/place/")
    assert answer.status_code == 302, answer.content.decode()
    client = standing(homes()["party"]).get(title="张三")
    assert (client.latitude, client.place_source) == (Decimal("30.5728"), "taken_on_site")
    assert manager.post(f"/attachments/{first.pk}/place/").status_code == 409  # it is held now
    away = {**HERE, "longitude": "104.067800"}
    assert manager.post(send, {"file": photo(), "taken_at": at(), **away}).status_code == 302
    assert Attachment.objects.order_by("-pk").first().distance == pytest.approx(96, abs=1)
    assert "离客户 96 米" in manager.get(f"/duties/{duty.pk}/").content.decode()
    assert list(verify()) == []


def test_a_wrong_place_refuses_the_photo_and_leaves_nothing(house) -> None:
    manager, duty = browser_of("甲"), Duty.objects.get(rule="fund-use-check", contract="C1")
    answer = manager.post(
        f"/attach/duty/{duty.pk}/", {"file": photo(), "taken_at": at(), **HERE, "latitude": "95"}
    )
    assert (answer.status_code, Attachment.objects.count()) == (422, 0)
    assert "定位" in answer.content.decode()


def test_the_place_of_a_photo_is_taken_by_who_may_attach_there_only(house) -> None:
    manager, duty = browser_of("甲"), Duty.objects.get(rule="fund-use-check", contract="C1")
    manager.post(f"/attach/duty/{duty.pk}/", {"file": photo(), "taken_at": at(), **HERE})
    held = Attachment.objects.get()
    assert browser_of("丙").post(f"/attachments/{held.pk}/place/").status_code == 404  # of another branch
    assert (
        browser_of("丁").post(f"/attachments/{held.pk}/place/").status_code == 403
    )  # sees it, and it is not his duty
    plain = io.BytesIO(PNG)
    manager.post(f"/attach/duty/{duty.pk}/", {"file": SimpleUploadedFile("a.png", plain.read())})
    without = Attachment.objects.get(latitude__isnull=True)
    assert manager.post(f"/attachments/{without.pk}/place/").status_code == 409


# ------------------------------------------------------------------ the way of a day


@pytest.mark.covers("P01-01")
def test_the_way_of_a_day_is_the_inspectors_own_by_place_with_what_is_to_be_done(
    house, django_assert_max_num_queries
) -> None:
    until = DAY + timedelta(14)
    own = list(visit_duties(viewer_of("甲", DAY), DAY, until))
    assert {one.rule for one in own} >= {"fund-use-check"}
    assert all(one.contract == "C1" or one.party for one in own)
    browser = browser_of("甲")
    with django_assert_max_num_queries(60):
        page = browser.get("/visits/").content.decode()
    for text in ("成都市", "张三", "天府大道1号", "融资用途检查", "tel:028-86000001"):
        assert text in page, text
    assert "春熙路" not in page
    other = browser_of("丙").get("/visits/").content.decode()
    assert "春熙路9号" in other
    assert "tel:" not in other  # a personal number stays hidden
    assert "天府大道" not in other


def test_the_way_of_a_day_is_empty_for_who_visits_nobody(house) -> None:
    assert "两周以内没有" in browser_of("戊").get("/visits/").content.decode()


# ------------------------------------------------------------------ the order of the way


def stop(number, where, due, *names) -> Stop:
    """A client at a place (latitude, longitude; None where it is not known) with things to do."""
    latitude, longitude = (None, None) if where is None else (Decimal(one) for one in where)
    party = SimpleNamespace(key=number, city="成都市", address=number, latitude=latitude, longitude=longitude)
    kinds = names or ("常规检查",)
    return Stop(
        party, tuple(SimpleNamespace(name=one, due=due, object=one, pk=at) for at, one in enumerate(kinds))
    )


def test_the_way_goes_from_the_earliest_always_to_the_nearest_and_last_to_whom_nobody_knows_where() -> None:
    late = DAY + timedelta(9)
    stops = [
        stop("K1", ("30.60", "104.00"), late), stop("K2", None, DAY), stop("K3", ("30.50", "104.00"), late),
        stop("K4", ("30.61", "104.00"), DAY), stop("K5", ("30.52", "104.00"), late),
    ]  # fmt: skip
    assert [one.party.key for one in _along_the_way(stops)] == ["K4", "K1", "K5", "K3", "K2"]


def test_several_of_one_kind_at_a_client_are_one_line() -> None:
    one = stop("K1", None, DAY, "预警提示检查", "常规检查", "预警提示检查", "预警提示检查")
    assert [(line.pk, [other.pk for other in others]) for line, others in one.tasks] == [(0, [2, 3]), (1, [])]

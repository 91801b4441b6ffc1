"""The trail: one event per act, and whatever is done to a row behind its back is found and named."""

import pytest
from django.db import transaction
from tests_cast import BY, DAY, NOW

from daihou.duties.witnesses import newest_named
from daihou.ledger.acts import enter
from daihou.trail.acts import Actor, listen, record
from daihou.trail.models import Event, Head
from daihou.trail.reads import verify

pytestmark = pytest.mark.django_db


def tell(number: int) -> None:
    for at in range(1, number + 1):
        with transaction.atomic():
            record("enter", by=BY, at=NOW, kind="party", subject=f"P{at}", after={"金额": at * 100})


def found() -> list[tuple[int, str]]:
    return [(one.number, one.code) for one in verify()]


class BrokenError(Exception):
    """An act that fails after it was told."""


def _told_and_broken(act: str, subject: str) -> None:
    with transaction.atomic():
        record(act, by=BY, at=NOW, kind="party", subject=subject)
        raise BrokenError


def test_a_trail_that_nobody_touched_is_whole() -> None:
    tell(5)
    assert found() == []


def test_a_changed_row_is_named() -> None:
    tell(5)
    Event.objects.filter(number=3).update(after={"金额": 1})
    assert found() == [(3, "trail-changed")]


def test_a_changed_row_with_a_seal_forged_without_the_key_is_named_with_the_row_after_it() -> None:
    tell(5)
    Event.objects.filter(number=3).update(after={"金额": 1}, seal="f" * 64)
    assert found() == [(3, "trail-changed"), (4, "trail-moved")]


def test_a_missing_row_is_named() -> None:
    tell(5)
    Event.objects.filter(number=2).delete()
    assert found() == [(2, "trail-missing")]


def test_an_end_cut_off_is_noticed_by_the_head() -> None:
    tell(5)
    Event.objects.filter(number=5).delete()
    assert found() == [(5, "trail-cut")]


def test_an_end_cut_off_together_with_its_head_is_noticed_by_who_knew_of_it() -> None:
    tell(5)
    seals = dict(Event.objects.values_list("number", "seal"))
    Event.objects.filter(number__gt=3).delete()
    Head.objects.update(number=3, seal=seals[3])
    assert list(verify()) == [], "by itself it does not show"
    assert [(one.number, one.code) for one in verify({5: ""})] == [(5, "trail-cut")]
    assert [(one.number, one.code) for one in verify({3: seals[3], 4: seals[4]})] == [(4, "trail-cut")]
    assert list(verify({3: seals[3], 0: ""})) == []
    with transaction.atomic():
        record("enter", by=BY, at=NOW, kind="party", subject="anew")
    assert [(one.number, one.code) for one in verify({4: seals[4]})] == [(4, "trail-replaced")]


def test_rows_that_name_an_event_which_is_gone_give_a_cut_trail_away(company) -> None:
    enter(
        "branch",
        {"branch_no": "J9", "title": "北城", "company": "G1", "has_vault": False, "key": "J9"},
        by=BY,
        at=NOW,
        day=DAY,
    )
    last = Head.objects.get()
    assert newest_named() == last.number
    assert list(verify({newest_named(): ""})) == []
    Event.objects.filter(number=last.number).delete()
    before = Event.objects.latest("number")
    Head.objects.update(number=before.number, seal=before.seal)
    assert list(verify()) == []
    assert [(one.number, one.code) for one in verify({newest_named(): ""})] == [(last.number, "trail-cut")]


def test_two_rows_changed_about_are_both_named() -> None:
    tell(4)
    Event.objects.filter(number=2).update(number=99)
    Event.objects.filter(number=3).update(number=2)
    Event.objects.filter(number=99).update(number=3)
    assert {number for number, _ in found()} >= {2, 3}


def test_the_trail_of_a_lost_head_is_not_called_whole() -> None:
    tell(2)
    Head.objects.all().delete()
    assert found() == [(2, "trail-no-head")]


def test_an_act_that_fails_leaves_no_event() -> None:
    tell(1)
    with pytest.raises(BrokenError):
        _told_and_broken("enter", "P9")
    assert Event.objects.count() == 1
    assert found() == []


def test_a_number_written_into_a_reason_is_kept_by_its_ends_only() -> None:
    with transaction.atomic():
        record(
            "open-number",
            by=BY,
            at=NOW,
            kind="party",
            subject="P1",
            reason="510000199803180019 来电，回拨13812345678，合同91110000600037341L",
        )
    kept = Event.objects.get().reason
    assert kept == "510***********0019 来电，回拨138****5678，合同91110000600037341L"
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_no_event_is_written_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record("enter", by=BY, at=NOW, kind="party", subject="P1")


@pytest.mark.django_db(transaction=True)
def test_a_room_above_is_told_after_the_commit_and_not_of_what_was_rolled_back() -> None:
    told = []
    listen("tested", lambda event: told.append(event.subject))
    with transaction.atomic():
        record("tested", by=Actor("甲"), at=NOW, kind="party", subject="P1")
        assert told == []
    with pytest.raises(BrokenError):
        _told_and_broken("tested", "P2")
    assert told == ["P1"]

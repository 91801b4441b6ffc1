"""Signatures on the page of a form count for the edition that was signed; what was attached to the duty stands on the form."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_inspections import MANAGER, answers, company, duty, filed, signed_through
from test_papers import PDF, PNG
from tests_cast import BY, DAY, NOW, browser_of, on_its_day

from daihou.dayend.acts import run_day
from daihou.duties.filing import correct_filed
from daihou.duties.returning import to_submit
from daihou.duties.signing import DUTY, form_of, sign, work_of
from daihou.papers.acts import attach, void_attachment
from daihou.papers.filling import checked
from daihou.papers.models import Paper
from daihou.papers.places import Taken
from daihou.papers.reads import attachments_of
from daihou.papers.signed import put_forward
from daihou.signoff.acts import resubmit, send_back
from daihou.signoff.models import Matter, Step
from daihou.signoff.reads import signers_of
from daihou.trail.acts import Actor
from daihou.web.papers import signing_of

__all__ = ["company"]  # the cast with its day, as the tests of reports have it

AFTER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


def corrected(done, conclusion, at=AFTER) -> Paper:
    """A new edition of the report, with another conclusion."""
    paper = Paper.objects.get(duty_no=done.duty.pk, state="handed_in")
    form = form_of(done.duty)
    filled = checked(
        form, answers(form, conclusion=conclusion), today=DAY, opens=done.duty.start or done.duty.opens
    )
    return correct_filed(paper, done.duty, form, filled, by=MANAGER, at=at, reason="写错了")


def next_signer(matter) -> Actor:
    return Actor(min(signers_of(Matter.objects.get(pk=matter.pk), DAY)), "test")


def signers(paper) -> list[tuple[str, str]]:
    """Who decided what, as the page and the prints of an edition have it."""
    return [
        (one.step.signed_by, one.step.decision)
        for group in signing_of(paper)["groups"]
        for one in group
        if one.step.decision
    ]


def page_of(paper, who="乙") -> str:
    answer = browser_of(who).get(f"/papers/{paper.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


# ------------------------------------------------------------------ which edition was signed


def test_an_edition_corrected_after_it_was_signed_carries_no_signature_and_says_so(company) -> None:
    done = filed(duty("regular-inspection"))
    matter = signed_through(done.matter)
    second = corrected(done, "写得更明白")
    first = Paper.objects.get(pk=done.paper.pk)
    every = [(one.signed_by, "agreed") for one in Step.objects.filter(matter=matter)]
    assert len(every) > 1
    assert (signers(first), signers(second)) == (every, [])
    page = page_of(second)
    assert "第 1 版已签批；第 2 版是签批之后更正的，还没有人签。" in page
    assert second.digest in page
    assert ("辛某" in page, "mark-good" in page, "&nbsp;" in page) == (False, False, False)
    old = page_of(first)
    assert ("还没有人签" in old, "辛某" in old, "mark-good" in old, "不作数" in old) == (
        False, True, True, True,
    )  # fmt: skip


def test_a_form_corrected_after_its_approval_is_put_forward_again_and_signed_anew(company) -> None:
    done = filed(duty("regular-inspection"))
    signed_through(done.matter)
    run_day(DAY, by=BY, at=NOW)
    done.duty.refresh_from_db()
    assert not to_submit(done.duty)
    second = corrected(done, "写得更明白")
    assert to_submit(done.duty)
    manager = browser_of("甲")
    assert manager.post(f"/duties/{done.duty.pk}/submit/").status_code == 302
    again = Matter.objects.order_by("-pk").first()
    assert (again.pk != done.matter.pk, again.content["paper"]["digest"], to_submit(done.duty)) == (
        True,
        second.digest,
        False,
    )
    signed_through(again, at=AFTER + timedelta(hours=1))
    assert (len(signers(second)) > 1, signing_of(second)["note"]) == (True, "")


def test_a_correction_while_the_report_is_being_signed_is_not_taken_for_what_is_signed(company) -> None:
    done = filed(duty("regular-inspection"))
    sign(done.matter, by=next_signer(done.matter), at=NOW, opinion="同意")
    second = corrected(done, "写得更明白")
    said = "送签的是第 1 版；第 2 版是送签之后更正的，还没有人签。"
    assert (signing_of(second)["note"], signers(second)) == (said, [])
    signed_through(done.matter, at=AFTER + timedelta(hours=1))  # the others go on: they sign the first
    assert (signing_of(second)["note"], signers(second)) == (said, [])
    assert len(signers(done.paper)) > 1


def test_what_was_returned_corrected_and_put_forward_again_is_signed_anew_and_each_edition_has_its_own(
    company,
) -> None:
    done = filed(duty("regular-inspection"))
    first_signer = next_signer(done.matter)
    sign(done.matter, by=first_signer, at=NOW, opinion="同意")
    sender = next_signer(done.matter)
    send_back(done.matter, by=sender, at=NOW, opinion="结论不清楚")
    second = corrected(done, "写得更明白")
    resubmit(done.matter, work_of(done.duty), by=MANAGER, at=AFTER, remark="改了结论")
    first = Paper.objects.get(pk=done.paper.pk)
    of_first = [(first_signer.by, "agreed"), (sender.by, "returned")]
    assert (signers(first), signers(second), signing_of(second)["note"]) == (of_first, [], "")
    assert [one.step.decision for group in signing_of(first)["groups"] for one in group] == ["agreed", "returned"]  # fmt: skip
    waiting = [one for group in signing_of(second)["groups"] for one in group]
    assert waiting
    assert [one.open for one in waiting] == [True] + [False] * (len(waiting) - 1)
    matter = signed_through(done.matter, at=AFTER)
    signed = Step.objects.filter(matter=matter, version=2)
    assert signers(second) == [(one.signed_by, "agreed") for one in signed]
    assert signers(first) == of_first
    third = corrected(done, "又改", at=AFTER + timedelta(hours=2))
    assert signing_of(third)["note"] == "第 2 版已签批；第 3 版是签批之后更正的，还没有人签。"


def test_an_edition_between_those_that_were_put_forward_says_that_it_was_not(company) -> None:
    done = filed(duty("regular-inspection"))
    send_back(done.matter, by=next_signer(done.matter), at=NOW, opinion="结论不清楚")
    second = corrected(done, "改一次")
    third = corrected(done, "改两次")
    resubmit(done.matter, work_of(done.duty), by=MANAGER, at=AFTER, remark="改了结论")
    assert signing_of(second)["note"] == "第 2 版没有送签；送签的是第 3 版。"
    assert (signing_of(third)["note"], signing_of(third)["groups"] != []) == ("", True)


def test_the_same_edition_put_forward_again_shows_the_signatures_of_the_last_time_only(company) -> None:
    done = filed(duty("regular-inspection"))
    send_back(done.matter, by=next_signer(done.matter), at=NOW, opinion="补照片")
    resubmit(done.matter, work_of(done.duty), by=MANAGER, at=AFTER, remark="照片补了")
    assert signers(done.paper) == []
    assert put_forward(done.paper, DUTY).version.number == 2
    sign(done.matter, by=next_signer(done.matter), at=AFTER, opinion="同意")
    assert [how for _who, how in signers(done.paper)] == ["agreed"]


def test_a_form_that_was_not_in_what_was_signed_has_no_signature(company) -> None:
    done = filed(duty("regular-inspection"))
    other = replace(put_forward(done.paper, DUTY), version=None, edition=None)
    assert other.matter == done.matter
    done.matter.versions.update(content={**done.matter.content, "paper": None})
    signed_through(done.matter)
    assert put_forward(done.paper, DUTY) == replace(other, matter=Matter.objects.get(pk=done.matter.pk))
    assert signers(done.paper) == []
    assert "送签的内容里没有这张表；这张表还没有人签。" in page_of(done.paper)


def test_another_content_under_the_number_and_edition_that_was_signed_is_not_what_was_signed(company) -> None:
    done = filed(duty("regular-inspection"))
    signed_through(done.matter)
    assert signers(done.paper)
    done.paper.digest = "0" * 64
    assert put_forward(done.paper, DUTY).version is None


# ------------------------------------------------------------------ what was attached


def photo(of, name="厂房.png", content=PNG, **said):
    """A photo attached to a duty on the spot."""
    place = Taken(NOW, Decimal("30.572800"), Decimal("104.066800"), 12)
    return attach(
        name, content, table="duty", key=of.key, duty_no=of.pk, contract=of.contract, branch=of.branch, by=MANAGER, at=NOW,
        **{"taken": place, "distance": 85, **said},
    )  # fmt: skip


def test_what_was_attached_to_the_duty_stands_on_the_form_and_in_later_editions(company) -> None:
    of = duty("regular-inspection")
    held, wrong = photo(of), photo(of, "拍错.png")
    void_attachment(wrong, by=MANAGER, at=NOW, reason="拍错了")
    done = filed(of)
    sent = attach(
        "流水.pdf", PDF, table="paper", key=done.paper.number, duty_no=of.pk, paper=done.paper, by=MANAGER, at=NOW
    )  # fmt: skip
    other = duty("fund-use-check", "C1")
    attach("别的.pdf", PDF, table="duty", key=other.key, duty_no=other.pk, by=MANAGER, at=NOW)
    second = corrected(done, "写得更明白")
    for paper in (done.paper, second):
        assert list(attachments_of(paper)) == [held, sent]
        page = page_of(paper)
        for text in (
            "厂房.png", "PNG 640×480", "30.572800, 104.066800（±12 米）", "离客户 85 米", held.digest[:16], "流水.pdf", "PDF", sent.digest[:16],
            f"/attachments/{held.pk}/",
        ):  # fmt: skip
            assert text in page, text
        assert ("拍错.png" in page, "别的.pdf" in page, held.digest in page) == (False, False, False)
    mine = page_of(second, "甲")
    assert '<span class="quiet">2</span>' in mine
    assert ("上传照片" in mine, "上传照片" in page_of(second)) == (True, False)
    assert browser_of("丙").get(f"/papers/{second.pk}/").status_code == 404  # nobody sees more than before


def test_a_form_with_nothing_attached_has_no_list(company) -> None:
    done = filed(duty("regular-inspection"))
    page = page_of(done.paper)
    assert ("附件" in page, "还没有附件" in page) == (False, False)
    assert "还没有附件" in page_of(done.paper, "甲")


def test_no_query_of_the_page_grows_with_what_was_attached_or_signed(company) -> None:
    of = duty("regular-inspection")
    photo(of)
    done = filed(of)
    sign(done.matter, by=next_signer(done.matter), at=NOW, opinion="同意")
    reader = browser_of("乙")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(f"/papers/{done.paper.pk}/").status_code == 200
        return len(queries)

    asked()
    before = asked()
    for number in range(9):
        photo(of, f"{number}.png")
    signed_through(done.matter)
    assert asked() == before

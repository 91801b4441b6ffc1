"""Risk notices (风险提示): what has changed in an industry, the law, policy or a client, told to business, risk control and review, and read by each (P05-26)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from daihou.book import domains
from daihou.ledger.acts import RowRefusedError, correct, correct_many
from daihou.messaging.acts import Draft, notify
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.registers.kept import Kept, homes, standing
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.acts import said

NOTICE, CONCERNED, READING = "risk_notice", "notice_party", "notice_reading"
NUMBER = "FT"
TITLE_LONGEST = 80
MOST_CLIENTS = 500
"""Clients that one notice names; a change that concerns more is told by industry."""

AUDIENCES: Mapping[str, tuple[str, ...]] = {
    "business": (
        "business_manager",
        "guarantee_department_head",
        "business_administration_head",
        "project_department_head",
        "credit_supervisor",
    ),
    "risk": ("risk_director", "risk_manager", "risk_supervisor", "risk_officer", "post_loan_officer"),
    "review": ("committee_member", "first_review_member"),
}
"""Whom a notice may be told to, by the posts of each; whoever has the clients that it names is told besides."""


class NoticeRefusedError(ValueError):
    """A notice that cannot be sent, or read; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Told:
    """What a notice says: of which kind, its title and text, the industry and the clients (keys) concerned, to which of the audiences."""

    topic: str
    title: str
    text: str
    audiences: Collection[str]
    industry: str | None = None
    clients: Sequence[str] = ()


def send_notice(told: Told, *, by: Actor, at: datetime) -> str:
    """Send a notice: one event with the notice, its clients and who has to read it; everybody is told in the application. Its number.

    NoticeRefusedError: no such topic, audience or industry, no title or one too long, a client that is none, too many, nobody to read it;
    WarningRefusedError (told-missing, told-too-long) for the text.
    """
    day = day_of(at)
    _refuse(told)
    title, text = said(told.title, "title-missing"), said(told.text, "told-missing")
    with transaction.atomic():
        clients = list(dict.fromkeys(told.clients))
        parties = standing(homes()["party"])
        if parties.filter(key__in=clients).count() != len(clients):
            raise NoticeRefusedError("no-such-client")
        readers = sorted(readers_of(told, day) - {by.by})
        if not readers:
            raise NoticeRefusedError("nobody-to-read")
        ever: Any = homes()[NOTICE]._default_manager
        key = f"{NUMBER}{day:%Y}-{ever.filter(sent_day__year=day.year).values('key').distinct().count() + 1:04d}"
        row = {
            "key": key, "risk_notice_no": key, "notice_topic": told.topic, "title": title, "remark": text,
            "industry": told.industry, "sent_day": day, "sent_by": by.by,
        }  # fmt: skip
        entered: dict[str, list[dict[str, Any]]] = {
            NOTICE: [row],
            CONCERNED: [{"key": f"{key}/{one}", "risk_notice": key, "party": one} for one in clients],
            READING: [{"key": f"{key}/{one}", "risk_notice": key, "employee": one} for one in readers],
        }
        try:
            correct_many({}, entered=entered, subject=key, by=by, at=at, day=day, reason=title)
        except RowRefusedError as error:
            raise NoticeRefusedError("quicker") from error
        notify(_drafts(key, title, readers), by=by, at=at)
    return key


def _refuse(told: Told) -> None:
    if told.topic not in domains()["notice_topic"]:
        raise NoticeRefusedError("no-such-topic")
    if told.industry is not None and told.industry not in domains()["industry"]:
        raise NoticeRefusedError("no-such-industry")
    if not told.title.strip() or len(told.title.strip()) > TITLE_LONGEST:
        raise NoticeRefusedError("title-missing")
    if set(told.audiences) - set(AUDIENCES):
        raise NoticeRefusedError("no-such-audience")
    if len(told.clients) > MOST_CLIENTS:
        raise NoticeRefusedError("too-many-clients")


def readers_of(told: Told, day: date) -> set[str]:
    """Who has to read a notice: the holders of the posts that were asked, and whoever has the clients or the industry that it is about; three queries."""
    asked = {post for one in told.audiences for post in AUDIENCES[one]}
    staff = staff_on(day)
    found = {who for who, places in staff.places.items() if any(post in asked for post, _branch in places)}
    return found | (_keepers(told) & staff.places.keys())


def _keepers(told: Told) -> set[str]:
    """Who has the clients concerned: their caretakers, and the account managers of their running contracts."""
    about = Q(key__in=list(told.clients))
    if told.industry is not None:
        about |= Q(industry=told.industry)
    parties = standing(homes()["party"]).filter(about)
    if not told.clients and told.industry is None:
        return set()
    running = standing(homes()["contract"]).filter(client__in=parties.values("key"), settled_day__isnull=True)
    managers = set(running.values_list("account_manager", flat=True).distinct())
    caretakers = parties.filter(key__in=list(told.clients)).values_list("caretaker", flat=True)
    return {one for one in managers | set(caretakers) if one}


def _drafts(key: str, title: str, readers: Iterable[str]) -> list[Draft]:
    return [
        Draft(one, NOTICE, {"title": title}, subject=f"{NOTICE}/{key}", path=f"/risk-notices/{key}/", once=key)
        for one in readers
    ]  # fmt: skip


def told_to(viewer: Viewer) -> QuerySet[Any]:
    """The notices that a viewer may read: those told to him, those he sent, all for who sees warnings of the whole company."""
    rows = standing(homes()[NOTICE])
    if viewer.rights.scope("warnings") is Scope.COMPANY:
        return rows
    mine = standing(homes()[READING]).filter(employee=viewer.staff_no).values("risk_notice")
    return rows.filter(Q(key__in=mine) | Q(sent_by=viewer.staff_no))


def read_notice(key: str, told: str, *, by: Actor, at: datetime) -> Kept:
    """Say that one has read a notice, and what one is going to do about it. NoticeRefusedError: not told to him, read already."""
    day = day_of(at)
    answer = said(told, "told-missing")
    with transaction.atomic():
        row: Any = (
            standing(homes()[READING]).select_for_update().filter(risk_notice=key, employee=by.by).first()
        )
        if row is None:
            raise NoticeRefusedError("not-told")
        if row.read_day is not None:
            raise NoticeRefusedError("read-already")
        return correct(
            READING, row.key, {"read_day": day, "remark": answer}, by=by, at=at, day=day, reason=answer
        )

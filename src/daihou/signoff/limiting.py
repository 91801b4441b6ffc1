"""Proposing a signing limit, taking the proposal back, and proposing that one be done away with. Adopting is nothing but the approval of its matter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.book import posts
from daihou.registers.sealing import seals
from daihou.signoff import acts
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.chains import chains, without_own
from daihou.signoff.limits import END, IN_FORCE, KIND, LIMITED, standing_of
from daihou.signoff.models import SigningLimit
from daihou.signoff.reads import staff_on
from daihou.terms import Lang, terms
from daihou.trail.acts import Actor, record
from daihou.units import day_of, format_yuan

MOST_POSTS = 2


@dataclass(frozen=True)
class Asked:
    """A limit as asked for: kinds of matters (none: all), amount (fen), posts, first day, paper, reason."""

    kinds: tuple[str, ...]
    above: int
    posts: tuple[str, ...]
    since: date
    citation: str
    reason: str

    @property
    def subject(self) -> str:
        """What two limits have in common that cannot stand beside each other."""
        return f"{self.above}/{'+'.join(sorted(self.posts))}/{'+'.join(sorted(self.kinds)) or '*'}"

    def said(self, lang: Lang) -> str:
        """The limit in one line."""
        named = [terms().label(post, lang) for post in self.posts]
        if lang == "zh":
            return (
                f"超过 {format_yuan(self.above)} 元由{'、'.join(named)}{'联' if len(named) > 1 else '加'}签"
            )
        return f"above {format_yuan(self.above)} yuan signed by {' and '.join(named)} too"


def propose_limit(asked: Asked, *, own_posts: Collection[str], by: Actor, at: datetime) -> SigningLimit:
    """Put to signature that above an amount some posts sign besides. ``own_posts``: of the proposer.

    It holds for matters put forward from its first day on. SigningRefusedError: no or too many posts, an unknown one, one that nobody holds, two that one person holds, a kind that is
    about no contract, a negative amount, a past day, no paper or reason, the same limit under signature or in force, nobody to sign.
    """
    _look_at(asked, day_of(at))
    said = {
        "kinds": list(asked.kinds),
        "above": asked.above,
        "posts": list(asked.posts),
        "since": asked.since.isoformat(),
    }
    citation, reason = asked.citation.strip(), asked.reason.strip()
    with transaction.atomic():
        event = record(
            "propose-signing-limit", by=by, at=at, kind=KIND, subject=asked.subject, reason=seals().marked(reason),
            after={**said, "citation": citation},
        )  # fmt: skip
        # the event holds the head of the trail: of two who propose at once the later sees the first
        beside = SigningLimit.objects.filter(above=asked.above).select_related("matter", "ending")
        if any(
            one.matter.subject == asked.subject and standing_of(one, asked.since) == IN_FORCE
            for one in beside
        ):
            raise SigningRefusedError("limit-there")
        matter = acts.open_matter(
            kind=KIND, subject=asked.subject, content={**said, "citation": citation, "reason": reason},
            chain=without_own(chains()[KIND], own_posts), by=by, at=event.at,
            title={"zh": f"签批限额：{asked.said('zh')}", "en": f"Signing limit: {asked.said('en')}"},
        )  # fmt: skip
        return SigningLimit.objects.create(
            kinds=list(asked.kinds), above=asked.above, posts=list(asked.posts), since=asked.since, citation=citation, reason=reason,
            proposed_by=by.by, proposed_at=at, matter=matter,
        )  # fmt: skip


def _look_at(asked: Asked, today: date) -> None:
    """Refuse what cannot be a limit, and one that nobody could sign by: a joint signature is given by different people."""
    wrong = {
        "limit-posts": not 0 < len(set(asked.posts)) == len(asked.posts) <= MOST_POSTS or bool(set(asked.posts) - set(posts())),
        "limit-kinds": bool(set(asked.kinds) - set(LIMITED)),
        "amount-wrong": asked.above < 0,
        "limit-day": asked.since < today,
        "citation-missing": not asked.citation.strip(),
        "reason-missing": not asked.reason.strip(),
    }  # fmt: skip
    for code, so in wrong.items():
        if so:
            raise SigningRefusedError(code)
    staff = staff_on(today)
    holders = [staff.holders(post) for post in asked.posts]
    if not all(holders) or (len(holders) > 1 and len(frozenset.union(*holders)) == 1):
        raise SigningRefusedError("limit-empty")


def withdraw_limit(limit: SigningLimit, *, by: Actor, at: datetime) -> None:
    """Take a proposal back before anybody has signed it. SigningRefusedError as of any matter."""
    acts.withdraw(limit.matter, by=by, at=at)


def propose_end(
    limit: SigningLimit, reason: str, *, own_posts: Collection[str], by: Actor, at: datetime
) -> SigningLimit:
    """Put to signature that a limit be done away with. SigningRefusedError: it is not in force or to be, no reason, under signature already."""
    if not reason.strip():
        raise SigningRefusedError("reason-missing")
    with transaction.atomic():
        held = (
            SigningLimit.objects.select_for_update(of=("self",))
            .select_related("matter", "ending")
            .get(pk=limit.pk)
        )
        if standing_of(held, max(held.since, day_of(at))) != IN_FORCE:
            raise SigningRefusedError("limit-gone")
        asked = Asked(
            tuple(held.kinds), held.above, tuple(held.posts), held.since, held.citation, held.reason
        )
        content: dict[str, Any] = {**held.matter.content, "reason": reason.strip(), "limit": held.pk}
        record(
            "end-signing-limit", by=by, at=at, kind=KIND, subject=held.matter.subject, reason=seals().marked(reason.strip())
        )  # fmt: skip
        held.ending = acts.open_matter(
            kind=END, subject=f"{held.pk}", content=content, chain=without_own(chains()[END], own_posts), by=by, at=at,
            title={"zh": f"取消签批限额：{asked.said('zh')}", "en": f"End of signing limit: {asked.said('en')}"},
        )  # fmt: skip
        held.save(update_fields=["ending"])
    return held

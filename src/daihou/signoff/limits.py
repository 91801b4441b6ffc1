"""The company's signing limits: above an amount of a contract more posts sign (P09-01). What is in force, and what it does to a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q, QuerySet

from daihou.registers.kept import homes, standing
from daihou.signoff.chains import Rung
from daihou.signoff.models import APPROVED, STANDING, SigningLimit

KIND, END = "signing_limit", "signing_limit_end"
"""Kinds of the matters by which a limit is adopted and done away with."""
LIMITED = (
    "duty",
    "postponement",
    "reclassing",
    "retiering",
    "warning_closing",
    "measure_review",
    "measure_decision",
)
"""Kinds of matters that can be about a contract, and so have an amount."""
PROPOSED, FUTURE, IN_FORCE, ENDED, DROPPED = "proposed", "future", "in_force", "ended", "dropped"
STANDINGS = (PROPOSED, FUTURE, IN_FORCE, ENDED, DROPPED)


def in_force(day: date) -> QuerySet[SigningLimit]:
    """The limits that hold on a day, as adopted by now."""
    return SigningLimit.objects.filter(matter__state=APPROVED, since__lte=day).exclude(
        ending__state=APPROVED, ending__isnull=False
    )


def standing_of(limit: SigningLimit, day: date) -> str:
    """One of STANDINGS: under signature, adopted for later, in force, done away with, or never adopted."""
    if limit.matter.state in STANDING:
        return PROPOSED
    if limit.matter.state != APPROVED:
        return DROPPED
    if limit.ending is not None and limit.ending.state == APPROVED:
        return ENDED
    return IN_FORCE if limit.since <= day else FUTURE


def amount_of(contract: str) -> int | None:
    """For how much a contract was concluded (fen), which is what authority is given by; not what is left of it. None: it is not there."""
    found: int | None = (
        standing(homes()["contract"]).filter(key=contract).values_list("amount", flat=True).first()
    )
    return found


def raised(
    chain: Sequence[Rung], *, kind: str, amount: int | None, contract: str, day: date
) -> tuple[Rung, ...]:
    """A chain with the posts that the limits in force on a day ask for besides.

    Of an amount (fen) above a limit its posts sign last; one who signs anyway does so at the place that he has, and the others jointly
    with him. A matter about a contract of which no amount is known is taken for one above; one about none has no limit.
    """
    if amount is None and not contract:
        return tuple(chain)
    above = Q() if amount is None else Q(above__lt=amount)
    found = tuple(chain)
    for limit in in_force(day).filter(above).order_by("above", "pk"):
        if not limit.kinds or kind in limit.kinds:
            found = _joined(found, tuple(limit.posts), None if amount is None else limit.above)
    return found


def _joined(chain: tuple[Rung, ...], posts: tuple[str, ...], above: int | None) -> tuple[Rung, ...]:
    """A chain in which some posts sign too, jointly where they are several."""
    there = [place for place, rung in enumerate(chain) if set(rung.posts) & set(posts) and not rung.person]
    if not there:
        return (*chain, Rung(posts, opinion=True, above=above))
    last = there[-1]
    own = chain[last].posts
    signing = {post for rung in chain for post in rung.posts}
    together = replace(chain[last], posts=(*own, *(post for post in posts if post not in signing)))
    return (*chain[:last], together, *chain[last + 1 :])

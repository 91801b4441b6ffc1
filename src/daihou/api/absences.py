"""Who does and signs what for whom while somebody is absent, over HTTP: stand-ins for duties, delegations of signatures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.matters import Employee, refused
from daihou.api.operations import Key, Nothing, Number, Said, reading, writing
from daihou.api.problems import ProblemError
from daihou.book import masked
from daihou.duties.standing_in import LONGEST, StandInRefusedError, end_stand_in, known_to, refusals, stand_in
from daihou.people.models import StandIn
from daihou.people.tokens import ApiScope
from daihou.signoff.acts import SigningRefusedError, delegate, end_delegation
from daihou.signoff.models import Delegation
from daihou.signoff.reads import concerning

router = Router(tags=["absences"])
LISTED = 200
"""Arrangements of one list, the newest first."""
_WRONG = frozenset(
    {"days-wrong", "nobody-such", "other-post", "reason-long", "reason-missing", "same-person"}
)
Reason = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class StandInTold(Schema):
    """Who does the duties of whom, from when to when."""

    id: int
    absent: str
    deputy: str
    since: date
    until: date
    reason: str
    by: str
    ended: datetime | None


class StandInsTold(Schema):
    """Those that concern the token's person."""

    stand_ins: list[StandInTold]


class StandingIn(Said):
    """An arrangement."""

    absent: Annotated[str, Field(max_length=64, description="谁不在（工号）；空着就是自己")] = ""
    deputy: Employee
    since: date
    until: date
    reason: Reason


class DelegationTold(Schema):
    """Who signs in whose place, from when to when."""

    id: int
    giver: str
    taker: str
    since: date
    until: date
    kinds: list[str] = Field(description="哪几类；空着就是全部")
    amount_limit: int | None = Field(description="金额上限，分")
    reason: str
    ended: datetime | None


class DelegationsTold(Schema):
    """Those given by the token's person, and to him."""

    delegations: list[DelegationTold]


class Delegating(Said):
    """A delegation of one's own signatures."""

    taker: Employee
    since: date
    until: date
    kinds: Annotated[
        list[str], Field(max_length=50, default_factory=list, description="哪几类；空着就是全部")
    ]
    amount_limit: Annotated[int | None, Field(ge=0, le=2**62, description="金额上限，分")] = None
    reason: Reason


def _stand_in(one: StandIn) -> dict[str, Any]:
    return {
        "id": one.pk, "absent": one.absent, "deputy": one.deputy, "since": one.since, "until": one.until,
        "reason": masked(one.reason), "by": one.by, "ended": one.ended_at,
    }  # fmt: skip


def _delegation(one: Delegation) -> dict[str, Any]:
    return {
        "id": one.pk, "giver": one.giver, "taker": one.taker, "since": one.since, "until": one.until, "kinds": one.kinds,
        "amount_limit": one.amount_limit, "reason": masked(one.reason), "ended": one.ended_at,
    }  # fmt: skip


@reading(
    router, "/stand-ins", ApiScope.READ_DUTIES, StandInsTold, name="list_stand_ins",
    says="代办安排：自己的、自己安排的、自己管的人的，最近的在前，最多 200 条。",
)  # fmt: skip
def stand_ins(request: Asked) -> Told:
    """The arrangements that concern who asks."""
    rows = StandIn.objects.filter(known_to(request.viewer))[:LISTED]
    return {"stand_ins": [_stand_in(one) for one in rows]}


@writing(
    router, "/stand-ins", ApiScope.WRITE_DUTIES, 201, StandInTold, name="arrange_stand_in",
    says="安排代办：人不在时由同岗位的人或管他的人办他的任务；只限自己和自己管的人。",
)  # fmt: skip
def arranging(request: Asked, said: StandingIn, key: Key) -> HttpResponse:
    """Let a colleague do somebody's duties."""
    absent = said.absent or request.viewer.staff_no

    def write() -> Told:
        return _stand_in(
            stand_in(absent, said.deputy, since=said.since, until=said.until, reason=said.reason, by=request.actor, at=timezone.now())
        )  # fmt: skip

    return _written(request, key, 201, write)


@writing(
    router, "/stand-ins/{pk}/end", ApiScope.WRITE_DUTIES, 200, StandInTold, name="end_stand_in",
    says="停止代办：不在的人自己、安排的人或管他的人。",
)  # fmt: skip
def ending(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:  # noqa: ARG001 - an empty body is checked too
    """End an arrangement before its day."""
    held = StandIn.objects.filter(known_to(request.viewer), pk=pk).first()
    if held is None:
        raise Http404
    return _written(
        request, key, 200, lambda: _stand_in(end_stand_in(held, by=request.actor, at=timezone.now()))
    )


def _written(asked: Asked, key: str, status: int, write: Callable[[], Told]) -> HttpResponse:
    """A write of this room, once for its key; refusals in the words of the rooms below."""
    once = Once(asked, key)
    if once.stored is not None:
        return once.stored
    try:
        return once.done(status, write)
    except SigningRefusedError as error:
        raise refused(error) from error
    except StandInRefusedError as error:
        wrong = 422 if error.code in _WRONG else 403 if error.code == "not-yours" else 409
        raise ProblemError(wrong, error.code, refusals()[error.code]) from error


@reading(
    router, "/delegations", ApiScope.READ_MATTERS, DelegationsTold, name="list_delegations",
    says="外出授权：自己授出的和别人授给自己的，最近的在前，最多 200 条。",
)  # fmt: skip
def delegations(request: Asked) -> Told:
    """The delegations given by who asks, and to him."""
    rows = concerning(request.viewer.staff_no)[:LISTED]
    return {"delegations": [_delegation(one) for one in rows]}


@writing(
    router, "/delegations", ApiScope.WRITE_MATTERS, 201, DelegationTold, name="delegate",
    says="外出授权：自己不在时由别人代签，写明起止、范围、金额上限和理由。",
)  # fmt: skip
def delegating(request: Asked, said: Delegating, key: Key) -> HttpResponse:
    """Let another sign in one's place."""

    def write() -> Told:
        return _delegation(
            delegate(
                said.taker, since=said.since, until=said.until, reason=said.reason, kinds=said.kinds, amount_limit=said.amount_limit,
                by=request.actor, at=timezone.now(),
            )
        )  # fmt: skip

    return _written(request, key, 201, write)


@writing(
    router, "/delegations/{pk}/end", ApiScope.WRITE_MATTERS, 200, DelegationTold, name="end_delegation",
    says="收回授权：自己授出的，到期以前。",
)  # fmt: skip
def taking_back(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:  # noqa: ARG001 - an empty body is checked too
    """End a delegation of one's own before its day."""
    held = Delegation.objects.filter(giver=request.viewer.staff_no, pk=pk).first()
    if held is None:
        raise Http404
    return _written(
        request, key, 200, lambda: _delegation(end_delegation(held, by=request.actor, at=timezone.now()))
    )

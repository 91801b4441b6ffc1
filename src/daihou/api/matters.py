"""Sign-off over HTTP: what waits for the token's person, one matter with its steps, and all that he may do with it, as the page of the matter has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Nothing, Number, Paged, PageNumber, Said, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.book import masked
from daihou.dayend.acts import follow
from daihou.duties.handover import HANDOVER, content_for
from daihou.duties.returning import refuse, resubmit, send_back, to_follow
from daihou.duties.signing import sign
from daihou.people.tokens import ApiScope
from daihou.screens.tags import lang
from daihou.signoff import acts
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import RETURNED, Matter, Step
from daihou.signoff.reads import opened_by, seen, waiting_for
from daihou.signoff.words import refusals

router = Router(tags=["matters"])
MATTERS = 50
MOST_SHOWN = 50
"""People that a matter is shown to in one go."""
_WRONG = frozenset(
    {"amount-wrong", "days-wrong", "nobody-such", "opinion-missing", "reason-missing", "yourself"}
)
"""Refusals that are the fault of what was said, not of how the matter stands."""


class Decision(StrEnum):
    """What a signer may decide: agree, return for completion, disagree, or let the post above decide."""

    AGREE = "agree"
    SEND_BACK = "send_back"
    REFUSE = "refuse"
    REFER_UP = "refer_up"


DECIDED: dict[Decision, Callable[..., Matter]] = {
    Decision.AGREE: sign,
    Decision.SEND_BACK: send_back,
    Decision.REFUSE: refuse,
    Decision.REFER_UP: acts.refer_up,
}


class Mine(StrEnum):
    """Which matters are asked for."""

    WAITING = "waiting"
    SENT = "sent"
    ALL = "all"


class StepTold(Schema):
    """One signature that is asked for, or was given."""

    id: int
    version: int
    ordinal: int
    post: str
    opinion_required: bool
    arrived: datetime | None
    decision: str = Field(description="空着表示还没有签")
    signed_by: str
    for_whom: str
    opinion: str
    decided: datetime | None


class MatterTold(Schema):
    """One matter before its signers."""

    id: int
    number: str
    kind: str
    title: str
    state: str
    version: int
    digest: str = Field(description="内容的指纹：签批时原样带回，内容变了就签不下去")
    amount: int | None = Field(description="金额，分")
    contract: str
    branch: str
    opened_by: str
    opened: datetime
    decided: datetime | None
    my_step: int | None = Field(description="等令牌的人签的那一步；没有就是空")


class WholeMatterTold(MatterTold):
    """One matter with its content and every step."""

    content: Any
    steps: list[StepTold]


class MattersTold(Paged):
    """One page of matters."""

    matters: list[MatterTold]


class MatterFilter(Said):
    """Which matters are asked for."""

    of: Mine = Field(default=Mine.WAITING, description="waiting：等我签的；sent：我呈的；all：我看得到的")
    page: PageNumber = 1


class Deciding(Said):
    """A decision on what was read."""

    decision: Decision
    digest: Annotated[str, Field(min_length=64, max_length=64, description="看过的内容的指纹")]
    opinion: Annotated[str, Field(max_length=4000)] = ""


class TakingBack(Said):
    """Why a matter is taken back."""

    reason: Annotated[str, Field(max_length=4000)] = ""


Employee = Annotated[str, Field(min_length=1, max_length=64, description="工号")]
Reason = Annotated[str, Field(min_length=1, max_length=4000)]


class PuttingForwardAnew(Said):
    """What was mended before a returned matter is put forward again."""

    remark: Annotated[str, Field(max_length=4000, description="补正了什么")] = ""


class HandingOn(Said):
    """To whom one's own step goes."""

    employee: Employee
    reason: Reason


class Place(StrEnum):
    """When a signer who is asked besides signs: before oneself, together with, after."""

    BEFORE = acts.BEFORE
    TOGETHER = acts.TOGETHER
    AFTER = acts.AFTER


class AddingSigner(Said):
    """Who is asked to sign besides."""

    employee: Employee
    reason: Reason
    place: Place = Place.AFTER


class Copying(Said):
    """To whom a matter is shown."""

    employees: Annotated[list[Employee], Field(min_length=1, max_length=MOST_SHOWN, description="工号")]


class Urging(Said):
    """What is said to the next signer."""

    text: Annotated[str, Field(max_length=400)] = ""


def _told(matter: Matter, mine: dict[int, int]) -> dict[str, Any]:
    return {
        "id": matter.pk, "number": matter.number, "kind": matter.kind,
        "title": masked(matter.title.get(lang()) or matter.title["zh"]), "state": matter.state, "version": matter.version,
        "digest": matter.digest, "amount": matter.amount, "contract": matter.contract, "branch": matter.branch,
        "opened_by": matter.opened_by, "opened": matter.opened_at, "decided": matter.decided_at, "my_step": mine.get(matter.pk),
    }  # fmt: skip


def _whole(asked: Asked, matter: Matter) -> dict[str, Any]:
    steps = [
        {
            "id": one.pk, "version": one.version, "ordinal": one.ordinal, "post": one.post, "opinion_required": one.opinion_required,
            "arrived": one.arrived_at, "decision": one.decision, "signed_by": one.signed_by, "for_whom": one.for_whom,
            "opinion": masked(one.opinion), "decided": one.decided_at,
        }
        for one in matter.steps.order_by("version", "ordinal", "pk")
    ]  # fmt: skip
    content = content_for(matter, asked.viewer) if matter.kind == HANDOVER else matter.content
    return {**_told(matter, _my_steps(asked)), "content": _hidden(content), "steps": steps}


def _hidden(content: Any) -> Any:
    """A content whose texts hide personal numbers."""
    match content:
        case str():
            return masked(content)
        case dict():
            return {name: _hidden(value) for name, value in content.items()}
        case list():
            return [_hidden(value) for value in content]
        case _:
            return content


def _waiting(asked: Asked) -> QuerySet[Step]:
    return waiting_for(asked.viewer.staff_no, asked.today)


def _my_steps(asked: Asked) -> dict[int, int]:
    """The step that waits for who asks, by matter: one query whatever the number of matters."""
    return {
        matter: step for step, matter in reversed(_waiting(asked).order_by("pk").values_list("pk", "matter"))
    }


def _matter(asked: Asked, pk: int) -> Matter:
    found = Matter.objects.filter(seen(asked.viewer), pk=pk).first()
    if found is None:
        raise Http404
    return found


@reading(
    router, "/matters", ApiScope.READ_MATTERS, MattersTold, name="list_matters",
    says="签批事项：等我签的、我呈的或我看得到的，最近的在前，每页 50 件。",
)  # fmt: skip
def matters(request: Asked, said: Annotated[MatterFilter, Query()]) -> Told:
    """One page of matters."""
    rows = {
        Mine.WAITING: lambda: Matter.objects.filter(pk__in=_waiting(request).values("matter")),
        Mine.SENT: lambda: opened_by(request.viewer.staff_no),
        Mine.ALL: lambda: Matter.objects.filter(seen(request.viewer)),
    }[said.of]()
    shown = Paginator(rows.order_by("-pk"), MATTERS).get_page(said.page)
    mine = _my_steps(request)
    return {
        **paged(shown),
        "matters": [_told(one, mine) for one in shown.object_list],
    }  # fmt: skip


@reading(
    router, "/matters/{pk}", ApiScope.READ_MATTERS, WholeMatterTold, name="get_matter",
    says="一件签批事项：内容、指纹和每一步由谁签、签了什么意见。",
)  # fmt: skip
def matter(request: Asked, pk: Number) -> Told:
    """One matter."""
    return _whole(request, _matter(request, pk))


@writing(
    router, "/matters/{pk}/decision", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="decide_matter",
    says="签批：同意、退回补正、不同意或请上级定；只限等令牌的人签的那一步，指纹要和现在的内容一致。",
)  # fmt: skip
def decision(request: Asked, pk: Number, said: Deciding, key: Key) -> HttpResponse:
    """Sign, return, refuse or refer up."""
    act = partial(DECIDED[said.decision], opinion=said.opinion, digest=said.digest)
    return _written(request, pk, key, act)


@writing(
    router, "/matters/{pk}/withdrawal", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="withdraw_matter",
    says="撤回自己呈的事项：还没有人签过，或已退回补正。",
)  # fmt: skip
def withdrawal(request: Asked, pk: Number, said: TakingBack, key: Key) -> HttpResponse:
    """Take back what one put forward oneself."""
    return _written(request, pk, key, partial(acts.withdraw, reason=said.reason))


@writing(
    router, "/matters/{pk}/resubmission", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="resubmit_matter",
    says="重新呈签自己被退回的事项：内容按现在登记的，从头再签一遍。",
)  # fmt: skip
def resubmission(request: Asked, pk: Number, said: PuttingForwardAnew, key: Key) -> HttpResponse:
    """Put a returned matter forward anew."""
    return _written(request, pk, key, partial(resubmit, remark=said.remark))


@writing(
    router, "/matters/{pk}/hand-on", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="hand_on_matter",
    says="转办：把等自己签的那一步交给别人，写明理由。",
)  # fmt: skip
def handing_on(request: Asked, pk: Number, said: HandingOn, key: Key) -> HttpResponse:
    """Give one's step to somebody else."""
    return _written(
        request, pk, key, lambda held, **who: acts.hand_on(held, said.employee, reason=said.reason, **who)
    )


@writing(
    router, "/matters/{pk}/signers", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="add_signer",
    says="加签：请别人也签，在自己之前、一起或之后，写明理由。",
)  # fmt: skip
def adding_signer(request: Asked, pk: Number, said: AddingSigner, key: Key) -> HttpResponse:
    """Have somebody sign besides."""
    return _written(
        request, pk, key,
        lambda held, **who: acts.add_signer(held, said.employee, reason=said.reason, place=said.place.value, **who),
    )  # fmt: skip


@writing(
    router, "/matters/{pk}/copies", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="copy_matter",
    says="抄送：让不签的人也看到；只限经办人和签过、要签的人。",
)  # fmt: skip
def copying(request: Asked, pk: Number, said: Copying, key: Key) -> HttpResponse:
    """Show a matter to people who do not sign it."""
    return _written(request, pk, key, _beside(lambda held, **who: acts.copy_to(held, said.employees, **who)))


@writing(
    router, "/matters/{pk}/reading", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="read_matter",
    says="已阅：抄送给自己的看过了。",
)  # fmt: skip
def having_read(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:  # noqa: ARG001 - an empty body is checked too
    """Note that one has read what was shown to one."""
    return _written(request, pk, key, _beside(acts.read_copy))


@writing(
    router, "/matters/{pk}/urging", ApiScope.WRITE_MATTERS, 200, WholeMatterTold, name="urge_matter",
    says="催办：请下一步的人签，一天一次；只限经办人。",
)  # fmt: skip
def urging(request: Asked, pk: Number, said: Urging, key: Key) -> HttpResponse:
    """Ask for the next signature once more."""
    return _written(request, pk, key, _beside(lambda held, **who: acts.urge(held, text=said.text, **who)))


def _beside(act: Callable[..., object]) -> Callable[..., Matter]:
    """An act that leaves the matter as it was, answered by the matter."""

    def done(held: Matter, **who: Any) -> Matter:
        act(held, **who)
        held.refresh_from_db()
        return held

    return done


def _written(asked: Asked, pk: int, key: str, act: Callable[..., Matter]) -> HttpResponse:
    held = _matter(asked, pk)
    once = Once(asked, key)
    if once.stored is not None:
        return once.stored
    decided: list[Matter] = []
    returned = held.state == RETURNED

    def write() -> Told:
        decided.append(act(held, by=asked.actor, at=timezone.now()))
        return _whole(asked, decided[0])

    try:
        answer = once.done(200, write)
    except SigningRefusedError as error:
        raise refused(error) from error
    if returned or to_follow(decided):
        day: date = asked.today
        follow(day, by=asked.actor, at=timezone.now())
    return answer


def refused(error: SigningRefusedError) -> ProblemError:
    """A refusal of the room as a problem, in its words: 422 for what was said, 403 for whose it is not, else 409."""
    status = 422 if error.code in _WRONG else 403 if error.code in {"not-yours", "own-work"} else 409
    return ProblemError(status, error.code, refusals()[error.code])

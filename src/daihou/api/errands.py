"""Errands over HTTP: what the token's person gave others to do and what was given to him; given, done, given more time, called off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.matters import Employee
from daihou.api.operations import Key, Paged, PageNumber, Said, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.book import masked
from daihou.dayend.acts import follow
from daihou.duties.errands import (
    ErrandRefusedError,
    call_off,
    errand_of,
    finish,
    give,
    may_give,
    put_off,
    refusals,
)
from daihou.people.reads import visible
from daihou.people.tokens import ApiScope
from daihou.registers.kept import homes, standing

router = Router(tags=["errands"])
ERRANDS, MOST = 50, 50
_TAKEN = frozenset({"done-already", "form-first"})
"""Refusals because of how an errand stands; all others but whose it is are the fault of what was said."""
Reason = Annotated[str, Field(min_length=1, max_length=400)]


class Given(StrEnum):
    """Which errands are asked for: given by the token's person, or to him."""

    BY_ME = "by_me"
    TO_ME = "to_me"


class ErrandTold(Schema):
    """One thing that was given to somebody to do."""

    errand: str
    matter: str
    employee: str
    by: str
    assigned: date
    deadline: date
    contract: str | None
    form: str | None = Field(description="填好交上才算办好的表；没有就是空")
    done: date | None


class ErrandsTold(Paged):
    """One page of errands."""

    errands: list[ErrandTold]


class ErrandFilter(Said):
    """Which errands are asked for."""

    of: Given = Given.TO_ME
    page: PageNumber = 1


class Giving(Said):
    """The same thing for one or several people to do."""

    employees: Annotated[list[Employee], Field(min_length=1, max_length=MOST, description="工号")]
    matter: Annotated[str, Field(min_length=1, max_length=4000)]
    deadline: date
    contract: Annotated[str, Field(max_length=400, description="关于哪份合同；可空")] = ""
    form: Annotated[str, Field(max_length=64, description="要填的表；可空")] = ""


class GivenTold(Schema):
    """The errands that were given."""

    errands: list[ErrandTold]


class Finishing(Said):
    """That it is done."""

    day: date
    told: Reason


class PuttingOff(Said):
    """More time."""

    deadline: date
    reason: Reason


class CallingOff(Said):
    """That it need not be done."""

    reason: Reason


class CalledOffTold(Schema):
    """What was called off."""

    errand: str


def _told(row: Any) -> dict[str, Any]:
    return {
        "errand": row.key, "matter": masked(row.matter or ""), "employee": row.employee, "by": row.assigned_by or "", "assigned": row.assigned_day,
        "deadline": row.deadline, "contract": row.contract, "form": row.asked_form, "done": row.completed_day,
    }  # fmt: skip


@reading(
    router, "/errands", ApiScope.READ_DUTIES, ErrandsTold, name="list_errands",
    says="交办：交办给自己的，或自己交办的；没办好的在前，每页 50 件。",
)  # fmt: skip
def errands(request: Asked, said: Annotated[ErrandFilter, Query()]) -> Told:
    """One page of errands."""
    column = "employee" if said.of is Given.TO_ME else "assigned_by"
    rows = standing(homes()["errand"]).filter(**{column: request.viewer.staff_no})
    ordered = rows.order_by(F("completed_day").desc(nulls_first=True), "deadline", "key")
    shown = Paginator(ordered, ERRANDS).get_page(said.page)
    return {**paged(shown), "errands": [_told(one) for one in shown.object_list]}


@writing(
    router, "/errands", ApiScope.WRITE_DUTIES, 201, GivenTold, name="give_errand",
    says="交办：给自己管的人一件事、一个期限；几个人各得一件，都成或都不成；马上成为他们的任务。",
)  # fmt: skip
def giving(request: Asked, said: Giving, key: Key) -> HttpResponse:
    """Give people below a thing to do."""
    viewer = request.viewer
    if not all(may_give(viewer, one) for one in said.employees):
        raise ProblemError(403, "not-below", refusals()["not-below"])
    contract = said.contract.strip()
    if contract and not visible("contract", viewer).filter(key=contract).exists():
        raise ProblemError(422, "no-such-contract", refusals()["no-such-contract"])

    def write() -> Told:
        rows = give(
            said.employees, said.matter, said.deadline, contract=contract, form=said.form.strip(), by=request.actor, at=timezone.now()
        )  # fmt: skip
        return {"errands": [_told(one) for one in rows]}

    return _written(request, key, 201, write)


@writing(
    router, "/errands/{errand}/done", ApiScope.WRITE_DUTIES, 200, ErrandTold, name="finish_errand",
    says="办好了：哪天、办得怎么样；办的人或交办的人。",
)  # fmt: skip
def finishing(request: Asked, errand: str, said: Finishing, key: Key) -> HttpResponse:
    """Say that it is done."""
    return _on_one(request, errand, key, lambda by, at: finish(errand, said.day, said.told, by=by, at=at))


@writing(
    router, "/errands/{errand}/put-off", ApiScope.WRITE_DUTIES, 200, ErrandTold, name="put_off_errand",
    says="延后期限，写明理由；只限交办的人。",
)  # fmt: skip
def putting_off(request: Asked, errand: str, said: PuttingOff, key: Key) -> HttpResponse:
    """Give more time."""
    return _on_one(
        request, errand, key, lambda by, at: put_off(errand, said.deadline, said.reason, by=by, at=at)
    )


@writing(
    router, "/errands/{errand}/call-off", ApiScope.WRITE_DUTIES, 200, CalledOffTold, name="call_off_errand",
    says="撤销交办，写明理由；只限交办的人。",
)  # fmt: skip
def calling_off(request: Asked, errand: str, said: CallingOff, key: Key) -> HttpResponse:
    """Call it off."""
    return _on_one(request, errand, key, lambda by, at: call_off(errand, said.reason, by=by, at=at))


def _on_one(asked: Asked, errand: str, key: str, act: Callable[[Any, Any], Any]) -> HttpResponse:
    """An act on an errand of one's own; any other is not there."""
    row = errand_of(errand)
    if row is None or asked.viewer.staff_no not in {row.employee, row.assigned_by}:
        raise Http404

    def write() -> Told:
        act(asked.actor, timezone.now())
        now = errand_of(errand)
        return {"errand": errand} if now is None else _told(now)

    return _written(asked, key, 200, write)


def _written(asked: Asked, key: str, status: int, write: Callable[[], Told]) -> HttpResponse:
    once = Once(asked, key)
    if once.stored is not None:
        return once.stored
    try:
        answer = once.done(status, write)
    except ErrandRefusedError as error:
        wrong = 403 if error.code == "not-yours" else 409 if error.code in _TAKEN else 422
        raise ProblemError(wrong, error.code, refusals()[error.code]) from error
    follow(asked.today, by=asked.actor, at=timezone.now())
    return answer

"""Duties by program: listed, read, explained, completed. Seen are those that the screens show; completed one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Nothing, Number, Paged, PageNumber, Said, Text, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.api.registers import with_refusals
from daihou.book import masked
from daihou.dayend.about import explained
from daihou.dayend.acts import follow, follow_takings
from daihou.duties.classes_due import classes_due
from daihou.duties.completing import CompletionRefusedError, closable
from daihou.duties.leftovers import LeftoverRefusedError, close, fell_before, why_not
from daihou.duties.models import REASON, Duty, DutyChange, DutyPerson, Standing, Taking
from daihou.duties.pools import PoolRefusedError, assign, give_back, headed, take, tell
from daihou.duties.reads import doable, seen
from daihou.duties.reads import mine as is_mine
from daihou.duties.returning import finish, put_forward, to_submit
from daihou.duties.signing import ask_to_postpone, can_postpone
from daihou.engine import render as told
from daihou.people.tokens import ApiScope
from daihou.policy.books import go_live_of_company
from daihou.policy.rules import books, rules
from daihou.screens.tags import lang
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.words import refusals
from daihou.trail.acts import Actor
from daihou.trail.models import Event

router = Router(tags=["duties"])
DUTIES = 50
MOST_CLOSED = 2_000
State = Literal["not_yet", "open", "overdue", "on_time", "late", "missed", "waived", "leftover", "old_done"]


class PersonTold(Schema):
    """Who does a duty: a person, or the pool of a post."""

    employee: str | None
    post: str | None
    branch: str | None
    pool: bool = Field(description="归岗位池；employee 是领了它的人，空着就是还没有人领")


class TakingTold(Schema):
    """Who had the duty out of its pool, from when until when."""

    employee: str
    post: str
    by: str = Field(description="谁领的或谁分派的")
    at: datetime
    reason: str
    ended_at: datetime | None
    ended_by: str
    why: str = Field(
        description="given_back 退回、moved 改派、post_left 不再任职、no_pool 不再归这个池；空着就是还在他名下"
    )


class ChangeTold(Schema):
    """That a duty moved, as it was known at the time."""

    day: date = Field(description="哪天的结果这么说；上报的是报到那个岗位的那一天")
    what: Literal["due", "state", "reported"] = Field(description="期限、状态变了，或者因逾期、连漏上报")
    before: str = Field(description="原来的期限或状态；withdrawn 是撤回着；空着就是没有")
    after: str = Field(description="改成的期限或状态；withdrawn 是撤回了；上报的写报给哪个岗位")
    by: str = Field(description="谁的登记、办结或推演改的")
    at: datetime
    event: int = Field(description="操作记录第几条")


class DutyTold(Schema):
    """One duty."""

    id: int
    rule: str
    name: str
    article: str
    table: str
    object: str
    occurrence: str
    contract: str | None
    party: str | None
    branch: str | None
    state: str
    opens: date | None
    due: date | None
    done: date | None
    days_late: int | None = Field(description="迟几天；没有期限的、撤回了的是空的")
    withdrawn_on: date | None
    persons: list[PersonTold]
    takings: list[TakingTold]
    changes: list[ChangeTold] = Field(
        description="期限、状态变过几次，先后为序；只随日子到了的不列，升级以前的没有记"
    )
    by_completion: bool = Field(
        description="现在能不能用 POST /duties/{id}/completion 办结；否则由登记的事实关闭"
    )


class DutiesTold(Paged):
    """One page of duties."""

    duties: list[DutyTold]


class WhyTold(Schema):
    """Why the rule says so, in words."""

    day: date
    text: str


class Completing(Said):
    """How a duty was done."""

    completion_day: date
    evidence: Annotated[str, Field(min_length=1, max_length=200, description="凭据，如检查表编号")]
    remark: Annotated[str, Field(max_length=4000)] = ""


class CompletionTold(Schema):
    """The completion that was written; its key in the register completion."""

    key: str
    duty: str
    completion_day: date
    completed_by: str
    matter: int | None = Field(description="送了签批的，是哪一件；没有签批链就是空")


def told_duty(duty: Duty, stands: date | None) -> dict[str, Any]:
    """A duty as programs read it; ``stands``: the day at which results stand."""
    rule = rules().get(duty.rule)
    plain = (
        "rule", "table", "object", "occurrence", "contract", "party", "branch", "state", "opens", "due", "done", "withdrawn_on",
    )  # fmt: skip
    return {
        **{name: getattr(duty, name) for name in plain},
        "id": duty.pk,
        "days_late": duty.days_late_on(stands),
        "name": duty.rule if rule is None else rule.said(lang()),
        "article": "" if rule is None else rule.citation,
        "persons": [
            {"employee": one.employee, "post": one.post, "branch": one.branch, "pool": one.pool}
            for one in sorted(duty.persons.all(), key=lambda one: one.ordinal)
        ],
        "takings": [
            {
                "employee": one.employee, "post": one.post, "by": one.by, "at": one.at, "reason": masked(one.reason), "ended_at": one.ended_at,
                "ended_by": one.ended_by, "why": one.why,
            }
            for one in sorted(duty.takings.all(), key=lambda one: one.pk)
        ],
        "changes": [
            {name: getattr(one, name) for name in ("day", "what", "before", "after", "by", "at", "event")}
            for one in duty.changes.all()
        ],
        "by_completion": closable(duty, rule),
    }  # fmt: skip


def _with_all(rows: QuerySet[Duty]) -> QuerySet[Duty]:
    """Duties with all that is told of them besides, in a question each."""
    event = Event.objects.filter(number=OuterRef("event"))
    changes = DutyChange.objects.annotate(by=Subquery(event.values("by")), at=Subquery(event.values("at")))
    return rows.prefetch_related("persons", "takings", Prefetch("changes", changes))


def _duty(asked: Asked, pk: int) -> Duty:
    found = _with_all(Duty.objects.filter(seen(asked.viewer), pk=pk)).first()
    if found is None:
        raise Http404
    return found


class ClassTold(Schema):
    """A row that the rules class otherwise than it is on record, as the last run found it."""

    rule: str
    table: str
    key: str
    recorded: str | None = Field(description="登记的级别；空着是还没有登记")
    level: str = Field(description="按规则应评的级别")
    cause: str = Field(description="floor 按条件、proposal 按建议、manual 人工评定、held 还没满上调的期限")
    since: date


class ClassesTold(Paged):
    """Rows to be classed, by grade and key."""

    classes: list[ClassTold]


class DutyFilter(Said):
    """Which duties are asked for."""

    mine: bool = Field(default=False, description="只要自己的：本人的，和自己岗位池里的")
    state: State | None = None
    rule: Text | None = None
    contract: Text | None = None
    party: Text | None = None
    due_from: date | None = None
    due_until: date | None = None
    withdrawn: bool = Field(default=False, description="也要撤销了的")
    page: PageNumber = 1


def _filtered(asked: Asked, said: DutyFilter) -> QuerySet[Duty]:
    rows = Duty.objects.filter(seen(asked.viewer))
    if said.mine:
        rows = rows.filter(pk__in=Duty.objects.filter(is_mine(asked.viewer)).values("pk"))
    if not said.withdrawn:
        rows = rows.filter(withdrawn_on__isnull=True)
    wanted = {
        "state": said.state, "rule": said.rule, "contract": said.contract, "party": said.party, "due__gte": said.due_from,
        "due__lte": said.due_until,
    }  # fmt: skip
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


@reading(
    router, "/duties", ApiScope.READ_DUTIES, DutiesTold, name="list_duties",
    says="任务清单：按到期日排，每页 50 件；可按自己的、状态、规则、合同、客户、到期日筛选。",
)  # fmt: skip
def duties(request: Asked, said: Annotated[DutyFilter, Query()]) -> Told:
    """One page of duties."""
    rows = _filtered(request, said).order_by(F("due").asc(nulls_last=True), "rule", "object", "pk")
    shown = Paginator(_with_all(rows), DUTIES).get_page(said.page)
    stands = Standing.at()
    return {
        **paged(shown),
        "duties": [told_duty(one, stands) for one in shown.object_list],
    }  # fmt: skip


@reading(
    router, "/classes", ApiScope.READ_DUTIES, ClassesTold, name="list_classes",
    says="应改级：按规则应评的级和登记的不一样的合同和客户，最近一次推演得出，每页 50 条；只有这个账号看得到的。",
)  # fmt: skip
def classes(request: Asked, page: PageNumber = 1) -> Told:
    """One page of what is to be classed otherwise."""
    shown = Paginator(classes_due(request.viewer).select_related("run"), DUTIES).get_page(page)
    return {
        **paged(shown),
        "classes": [
            {
                "rule": one.rule, "table": one.table, "key": one.object, "recorded": one.now or None, "level": one.level, "cause": one.cause,
                "since": one.run.day,
            }
            for one in shown
        ],
    }  # fmt: skip


@reading(
    router, "/duties/{pk}", ApiScope.READ_DUTIES, DutyTold, name="get_duty",
    says="一项任务：做什么、为谁、到期日、由谁办；看不到的和没有的一样是 404。",
)  # fmt: skip
def duty(request: Asked, pk: Number) -> Told:
    """One duty."""
    return told_duty(_duty(request, pk), Standing.at())


@reading(
    router, "/duties/{pk}/why", ApiScope.READ_DUTIES, WhyTold, name="explain_duty",
    says="为什么有这项任务：依据的条款、数据和到期日的算法，用文字说。",
)  # fmt: skip
def why(request: Asked, pk: Number) -> Told:
    """The judge asked again, down to the rows and days counted."""
    held = _duty(request, pk)
    rule = rules().get(held.rule)
    if rule is None:
        raise Http404
    before = fell_before(held, go_live_of_company())
    answer = explained(books(), rule, held.object, request.today, leftovers=before)
    return {"day": request.today, "text": masked(told(answer, lang()))}


@writing(
    router, "/duties/{pk}/completion", ApiScope.WRITE_DUTIES, 201, CompletionTold, name="complete_duty",
    says="办结一项任务：只限自己的任务，而且规则没有别的证明（by_completion 为真）；规则有签批链的同时送签；任务马上跟着变。",
)  # fmt: skip
def completion(request: Asked, pk: Number, said: Completing, key: Key) -> HttpResponse:
    """The act that closes a duty."""
    held = _duty(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    if not Duty.objects.filter(doable(request.viewer), pk=pk).exists():
        raise ProblemError(403, "not-yours")
    rule = rules().get(held.rule)
    if not closable(held, rule):
        raise ProblemError(409, "not-closable")

    def write() -> Told:
        row: Any
        row, matter = finish(
            held, day=said.completion_day, evidence=said.evidence, remark=said.remark, by=request.actor, at=timezone.now(),
            today=request.today,
        )  # fmt: skip
        return {
            "key": row.key, "duty": row.duty, "completion_day": row.completion_day, "completed_by": row.completed_by,
            "matter": None if matter is None else matter.pk,
        }  # fmt: skip

    try:
        answer = with_refusals(lambda: once.done(201, write))
    except CompletionRefusedError as error:
        raise ProblemError(409 if error.code == "not-closable" else 422, error.code) from error
    except SigningRefusedError as error:
        raise ProblemError(409, error.code, refusals()[error.code]) from error
    follow(request.today, by=request.actor, at=timezone.now())
    return answer  # type: ignore[no-any-return]


# ------------------------------------------------------------------ before its signers


class Postponing(Said):
    """Until when a duty is to be put off, and why."""

    until: date
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class PutForwardTold(Schema):
    """What was put before its signers."""

    matter: int = Field(description="签批事项的 id")


def _own(asked: Asked, pk: int) -> Duty:
    held = _duty(asked, pk)
    if not Duty.objects.filter(doable(asked.viewer), pk=pk).exists():
        raise ProblemError(403, "not-yours")
    return held


@writing(
    router, "/duties/{pk}/submission", ApiScope.WRITE_DUTIES, 201, PutForwardTold, name="submit_duty",
    says="呈签：台账里的事实已经办结、规则要签批的任务，交给签批链；没同意或撤回之后再呈也是它。",
)  # fmt: skip
def submission(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:  # noqa: ARG001 - an empty body is checked too
    """Put the work of a duty that a fact closed before those who sign it."""
    held = _own(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    if not to_submit(held):
        raise ProblemError(409, "not-to-submit")

    def write() -> Told:
        matter = put_forward(held, by=request.actor, at=timezone.now())
        if matter is None:
            raise ProblemError(409, "not-to-submit")
        return {"matter": matter.pk}

    try:
        answer = once.done(201, write)
    except SigningRefusedError as error:
        raise ProblemError(409, error.code, refusals()[error.code]) from error
    follow(request.today, by=request.actor, at=timezone.now())
    return answer


@writing(
    router, "/duties/{pk}/postponement", ApiScope.WRITE_DUTIES, 201, PutForwardTold, name="postpone_duty",
    says="申请延期：到期以前，写明延到哪天和理由；批准之后期限才变。",
)  # fmt: skip
def postponement(request: Asked, pk: Number, said: Postponing, key: Key) -> HttpResponse:
    """Ask that a duty be put off."""
    held = _own(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    if not can_postpone(held, request.today) or held.due is None:
        raise ProblemError(409, "not-to-postpone")
    if said.until <= held.due:
        raise ProblemError(422, "not-later")

    def write() -> Told:
        return {
            "matter": ask_to_postpone(held, said.until, said.reason, by=request.actor, at=timezone.now()).pk
        }

    try:
        return once.done(201, write)
    except SigningRefusedError as error:
        raise ProblemError(409, error.code, refusals()[error.code]) from error


# ------------------------------------------------------------------ what had fallen due before go-live


class Closing(Said):
    """Which of it is closed, and why."""

    duties: Annotated[
        list[int], Field(min_length=1, max_length=MOST_CLOSED, description="任务的 id；state=leftover 的")
    ]
    reason: Annotated[str, Field(min_length=1, max_length=REASON)]


class ClosedTold(Schema):
    """What was closed."""

    closed: int


@writing(
    router, "/duties/leftovers/closing", ApiScope.WRITE_DUTIES, 200, ClosedTold, name="close_leftovers",
    says="关闭旧账：启用以前就到期、还没办的任务，写一个理由一起关；只限责任人的上级和总经理；有一件不能关就都不关。",
)  # fmt: skip
def closing(request: Asked, said: Closing, key: Key) -> HttpResponse:
    """One act for all, or nothing."""
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    wanted = Duty.objects.filter(pk__in=said.duties)

    def write() -> Told:
        number = len(set(said.duties))
        return {
            "closed": close(wanted, request.viewer, reason=said.reason, by=request.actor, at=timezone.now(), expected=number)
        }  # fmt: skip

    try:
        answer = with_refusals(lambda: once.done(200, write))
    except LeftoverRefusedError as error:
        raise ProblemError(409, error.code, why_not(error)) from error
    follow(request.today, by=request.actor, at=timezone.now())
    return answer  # type: ignore[no-any-return]


# ------------------------------------------------------------------ pools


class Assigning(Said):
    """To whom a duty of a pool is given."""

    employee: Annotated[
        str, Field(min_length=1, max_length=64, description="工号；那一天在那个机构任这个岗位的人")
    ]
    reason: Annotated[str, Field(max_length=REASON, description="别人已经领了的要写")] = ""


@writing(
    router, "/duties/{pk}/take", ApiScope.WRITE_DUTIES, 200, DutyTold, name="take_duty",
    says="领取一件岗位池里的任务：只限自己岗位、自己机构的池；别人先领了是 409。",
)  # fmt: skip
def taking(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:
    """One's own out of the pool."""
    del said
    return _of_pool(request, pk, key, partial(take, day=request.today))


@writing(
    router, "/duties/{pk}/give-back", ApiScope.WRITE_DUTIES, 200, DutyTold, name="give_back_duty",
    says="把自己领来的任务退回岗位池：还没有办结的。",
)  # fmt: skip
def giving_back(request: Asked, pk: Number, said: Nothing, key: Key) -> HttpResponse:
    """Back into the pool."""
    del said
    return _of_pool(request, pk, key, give_back)


@writing(
    router, "/duties/{pk}/assignment", ApiScope.WRITE_DUTIES, 200, DutyTold, name="assign_duty",
    says="把岗位池里的任务分派给任这个岗位的人，或改派：只限这个岗位的上级；从别人那里改派要写理由；分派给谁就告诉谁。",
)  # fmt: skip
def assignment(request: Asked, pk: Number, said: Assigning, key: Key) -> HttpResponse:
    """By a head to a holder of the post."""
    held = _duty(request, pk)
    if not DutyPerson.objects.filter(headed(request.viewer), duty=held).exists():
        raise ProblemError(403, "forbidden")
    had = dict(Taking.objects.filter(duty=held, ended_at__isnull=True).values_list("duty", "employee"))

    def act(duty: Duty, *, by: Actor, at: datetime) -> Taking:
        try:
            given = assign(duty, said.employee, reason=said.reason, by=by, at=at, day=request.today)
        except PoolRefusedError as error:
            if error.code == "not-of-pool":
                raise ProblemError(422, error.code) from error
            raise
        tell([given], had, who=request.viewer.name, by=by, at=at)
        return given

    return _of_pool(request, pk, key, act)


_REFUSED = {
    "no-pool": (409, "no-pool"), "not-of-pool": (403, "not-of-pool"), "taken": (409, "taken"), "unchanged": (409, "same-person"),
    "not-yours": (409, "not-taken"), "no-reason": (422, "no-reason"),
}  # fmt: skip
"""How a refusal of the room is told: status and code."""


def _of_pool(asked: Asked, pk: int, key: str, act: Callable[..., Taking]) -> HttpResponse:
    held = _duty(asked, pk)
    once = Once(asked, key)
    if once.stored is not None:
        return once.stored

    def write() -> Told:
        act(held, by=asked.actor, at=timezone.now())
        follow_takings()
        return told_duty(_duty(asked, pk), Standing.at())

    try:
        return once.done(200, write)
    except PoolRefusedError as error:
        status, code = _REFUSED[error.code]
        raise ProblemError(status, code) from error

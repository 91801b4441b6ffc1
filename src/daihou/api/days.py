"""The day by program: run, and the runs read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Number, Paged, PageNumber, Said, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.dayend.acts import DayPassedError, run_day
from daihou.duties.models import DayRun
from daihou.people.rights import May
from daihou.people.tokens import ApiScope

router = Router(tags=["days"])
RUNS = 50


class RunTold(Schema):
    """One run of a day."""

    id: int
    day: date
    by: str
    fingerprint: str = Field(description="规则、事实、日子和日历合起来的指纹：同样的指纹得同样的结果")
    rules_fingerprint: str = Field(description="规则的指纹；升级以前的推演是空的")
    facts_fingerprint: str = Field(description="事实的指纹；升级以前的推演是空的")
    new: int
    moved: int
    closed: int
    withdrawn: int
    reported: int | None = Field(description="因逾期、连漏上报的任务几件；升级以前的推演是空的")
    unchanged: int
    warnings: int
    gaps: int
    seconds: dict[str, float]


class RunsTold(Paged):
    """Runs, newest first."""

    runs: list[RunTold]


class DayAsked(Said):
    """Which day is run; today where none is said."""

    day: date | None = None


def told_run(run: DayRun) -> dict[str, Any]:
    """A run as programs read it."""
    return {
        "id": run.pk, "day": run.day, "by": run.by, "fingerprint": run.fingerprint, "rules_fingerprint": run.rules_fingerprint,
        "facts_fingerprint": run.facts_fingerprint, "new": run.found_new, "moved": run.moved, "closed": run.closed, "withdrawn": run.withdrawn,
        "reported": run.reported, "unchanged": run.unchanged, "warnings": run.warnings_raised,
        "gaps": run.gaps, "seconds": run.seconds,
    }  # fmt: skip


def _refuse_others(asked: Asked) -> None:
    if not asked.viewer.may(May.DAY):
        raise PermissionDenied


@reading(
    router, "/days", ApiScope.READ_DAYS, RunsTold, name="list_runs",
    says="推演过的日子：每次推演新增、变动、关闭了多少任务，最新的在前。",
)  # fmt: skip
def runs(request: Asked, page: PageNumber = 1) -> Told:
    """The runs."""
    _refuse_others(request)
    shown = Paginator(DayRun.objects.all(), RUNS).get_page(page)
    return {
        **paged(shown),
        "runs": [told_run(one) for one in shown.object_list],
    }  # fmt: skip


@writing(
    router, "/days", ApiScope.RUN_DAY, 201, RunTold, name="run_day",
    says="推演一天：不写 day 就是今天。同一天再推演不会变；以后的日子是 422，已过的日子是 409。要等它做完才答复。",
)  # fmt: skip
def run(request: Asked, said: DayAsked, key: Key) -> HttpResponse:
    """Run a day."""
    _refuse_others(request)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    day = said.day or request.today
    if day > request.today:
        raise ProblemError(422, "day-ahead")

    def act() -> None:
        run_day(day, by=request.actor, at=timezone.now(), within=lambda run: once.keep(201, told_run(run)))

    try:
        return once.beside(act)
    except DayPassedError as error:
        raise ProblemError(409, "day-passed") from error


@reading(
    router, "/days/{pk}", ApiScope.READ_DAYS, RunTold, name="get_run",
    says="一次推演：数目、指纹、每一步用了几秒。",
)  # fmt: skip
def one_run(request: Asked, pk: Number) -> Told:
    """One run."""
    _refuse_others(request)
    held = DayRun.objects.filter(pk=pk).first()
    if held is None:
        raise Http404
    return told_run(held)

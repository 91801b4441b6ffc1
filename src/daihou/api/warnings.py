"""Warnings by program: listed, raised, verified, answered by measures, put to signature for closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Paged, PageNumber, Said, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.book import masked
from daihou.dayend.acts import follow
from daihou.people.reads import visible
from daihou.people.rights import Scope
from daihou.people.tokens import ApiScope
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import Matter
from daihou.signoff.words import refusals as signing_refusals
from daihou.warnings.acts import (
    LONGEST,
    Chosen,
    WarningRefusedError,
    choose_measures,
    raise_by_hand,
    report_result,
    verify,
)
from daihou.warnings.closing import propose_closing
from daihou.warnings.reads import measures_of, not_overtaken, ordered, warnings_of
from daihou.warnings.refusals import refusals
from daihou.warnings.suggested import signal_of

router = Router(tags=["warnings"])
WARNINGS = 50
Stage = Literal["verify", "answer", "carry_out", "to_close", "signing", "closed"]
Level = Literal["watch", "important", "severe"]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]
WarningKey = Annotated[str, Query(description="预警的号，如 S01/主体/次/级别", max_length=400)]


class WarningTold(Schema):
    """One warning."""

    key: str
    rule: str
    name: str
    level: str
    party: str
    contract: str | None
    raised_day: date
    origin: str
    remark: str
    stage: str = Field(
        description="verify 待核实、answer 待定措施、carry_out 措施在办、to_close 待送签关闭、signing 签批中、closed 已关闭"
    )
    verification: str | None
    verified_day: date | None
    closed_day: date | None
    suggested: list[str] = Field(description="规则建议的措施")


class WarningsTold(Paged):
    """Warnings, the worst first."""

    warnings: list[WarningTold]


class MeasureTold(Schema):
    """One measure decided on."""

    key: str
    measure: str
    person: str | None
    deadline: date | None
    completed_day: date | None
    outcome: str


class MeasuresTold(Schema):
    """The measures of a warning; ``matters``: the numbers of the matters by which others are signed first."""

    measures: list[MeasureTold]
    matters: list[str] = Field(default=[], description="要先签批的措施的签批号；签过才写进 measures")


class MatterNumber(Schema):
    """The matter that was opened."""

    number: str
    id: int


class Raising(Said):
    """A signal raised by hand."""

    rule: Annotated[str, Field(max_length=64)]
    party: Annotated[str, Field(max_length=400, description="主体的证件号")]
    level: Level
    told: Text
    contract: Annotated[str | None, Field(max_length=400)] = None


class Verifying(Said):
    """Whether a warning is true, and what that rests on."""

    outcome: Literal["confirmed", "false_alarm", "duplicate"]
    told: Text


class Measure(Said):
    """A measure with who carries it out and until when."""

    measure: Annotated[str, Field(max_length=8)]
    person: Annotated[str, Field(max_length=64)] = ""
    deadline: date | None = None
    personal: bool = Field(
        default=False, description="对企业的施压措施也针对个人（股东、实际控制人、担保人）：先送律师"
    )


class Deciding(Said):
    """Measures decided on."""

    measures: Annotated[list[Measure], Field(min_length=1, max_length=13)]


class Reporting(Said):
    """What came of a measure."""

    response: Annotated[str, Field(max_length=400, description="措施的号")]
    done: date
    told: Text


class Closing(Said):
    """The conclusion under which a warning is closed."""

    conclusion: Text


def _rows(asked: Asked) -> Any:
    if asked.viewer.rights.scope("warnings") is Scope.NONE:
        raise PermissionDenied
    return warnings_of(asked.viewer)


def _row(asked: Asked, key: str, *, answers: bool = True) -> Any:
    """A warning that the token's person sees, and where it is to be answered may answer."""
    row = _rows(asked).filter(key=key).first()
    if row is None:
        raise Http404
    if answers and "warnings" not in asked.viewer.rights.enters:
        raise PermissionDenied
    return row


def _told(row: Any) -> dict[str, Any]:
    signal = signal_of(row.rule)
    return {
        "key": row.key, "rule": row.rule, "name": signal.name, "level": row.level, "party": row.party, "contract": row.contract,
        "raised_day": row.raised_day, "origin": row.origin, "remark": masked(row.remark or ""), "stage": row.stage,
        "verification": row.verification, "verified_day": row.verified_day, "closed_day": row.closed_day, "suggested": list(signal.measures),
    }  # fmt: skip


def _measures(key: str, matters: Sequence[Matter] = ()) -> dict[str, Any]:
    return {
        "measures": [
            {
                "key": one.key, "measure": one.measure, "person": one.responsible_person, "deadline": one.deadline,
                "completed_day": one.completed_day, "outcome": masked(one.outcome or ""),
            }
            for one in measures_of(key)
        ],
        "matters": [one.number for one in matters],
    }  # fmt: skip


_CONFLICTS = frozenset(
    {
        "open-already",
        "raised-today",
        "verified-already",
        "closed-already",
        "under-way-already",
        "decided-today",
        "done-already",
    }
)


def _done(request: Asked, key: str, status: int, act: Callable[[], Told]) -> HttpResponse:
    """An act once for its key, its refusals by the scheme, and the work that follows."""
    once = Once(request, key)
    if once.stored is not None:
        return once.stored

    def tried() -> Told:
        try:
            answer = act()
        except WarningRefusedError as error:
            raise ProblemError(
                409 if error.code in _CONFLICTS else 422, error.code, refusals()[error.code]
            ) from error
        except SigningRefusedError as error:
            raise ProblemError(409, error.code, signing_refusals()[error.code]) from error
        follow(request.today, by=request.actor, at=timezone.now())
        return answer

    return once.done(status, tried)


@reading(
    router, "/warnings", ApiScope.READ_DUTIES, WarningsTold, name="list_warnings",
    says="看得到的预警，最重的在前；stage 筛等什么，open=true 只看没关闭的。",
)  # fmt: skip
def warnings(request: Asked, page: PageNumber = 1, stage: Stage | None = None, *, open: bool = False) -> Told:  # noqa: A002 - the word of the query
    """Warnings that the token's person sees."""
    rows = not_overtaken(_rows(request))
    if stage is not None:
        rows = rows.filter(stage=stage)
    if open:
        rows = rows.filter(closed_day__isnull=True)
    shown = Paginator(ordered(rows), WARNINGS).get_page(page)
    return {**paged(shown), "warnings": [_told(one) for one in shown.object_list]}


@reading(
    router, "/warnings/measures", ApiScope.READ_DUTIES, MeasuresTold, name="list_measures", says="一条预警定下的措施和成效。",
)  # fmt: skip
def listed_measures(request: Asked, warning: WarningKey) -> Told:
    """The measures of a warning."""
    return _measures(_row(request, warning, answers=False).key)


@writing(
    router, "/warnings", ApiScope.WRITE_DUTIES, 201, WarningTold, name="raise_warning",
    says="提出预警：信号、主体、级别、看到了什么。同一主体同一信号已有同级或更重的在处理，不能再提（409）。",
)  # fmt: skip
def raised(request: Asked, said: Raising, key: Key) -> HttpResponse:
    """A signal raised by hand."""
    _rows(request)
    if "warnings" not in request.viewer.rights.enters:
        raise PermissionDenied
    party = seals().marked(said.party)

    def act() -> Told:
        if not visible("party", request.viewer).filter(key=party).exists():
            raise WarningRefusedError("no-such-client")
        if said.contract and not visible("contract", request.viewer).filter(key=said.contract).exists():
            raise WarningRefusedError("no-such-contract")
        made = raise_by_hand(
            said.rule, party, said.told, level=said.level, contract=said.contract, by=request.actor, at=timezone.now()
        )  # fmt: skip
        return _told(_rows(request).get(key=made.key))

    return _done(request, key, 201, act)


@writing(
    router, "/warnings/verification", ApiScope.WRITE_DUTIES, 200, WarningTold, name="verify_warning",
    says="核实一条预警：属实、误报或重复，凭什么说。只能核实一次（409）。",
)  # fmt: skip
def verified(request: Asked, warning: WarningKey, said: Verifying, key: Key) -> HttpResponse:
    """A warning verified."""
    row = _row(request, warning)

    def act() -> Told:
        verify(row.key, said.outcome, said.told, by=request.actor, at=timezone.now())
        return _told(_rows(request).get(key=row.key))

    return _done(request, key, 200, act)


@writing(
    router, "/warnings/measures", ApiScope.WRITE_DUTIES, 201, MeasuresTold, name="decide_measures",
    says="给属实的预警定措施。不该由自己定的（风控部经理定，重大的总经理也签）和盯人、对人施压的（先送律师）要签批，matters 是签批号，签过才算定下。",
)  # fmt: skip
def decided(request: Asked, warning: WarningKey, said: Deciding, key: Key) -> HttpResponse:
    """Measures decided on."""
    row = _row(request, warning)
    chosen = [Chosen(one.measure, one.person, one.deadline, personal=one.personal) for one in said.measures]

    def act() -> Told:
        _keys, matters = choose_measures(row.key, chosen, by=request.actor, at=timezone.now())
        return _measures(row.key, matters)

    return _done(request, key, 201, act)


@writing(
    router, "/warnings/results", ApiScope.WRITE_DUTIES, 200, MeasuresTold, name="report_result",
    says="填一项措施的成效：哪天办好、有什么用。",
)  # fmt: skip
def reported(request: Asked, warning: WarningKey, said: Reporting, key: Key) -> HttpResponse:
    """What came of a measure."""
    row = _row(request, warning)

    def act() -> Told:
        if not standing(homes()["response"]).filter(key=said.response, warning=row.key).exists():
            raise WarningRefusedError("no-such-measure")
        report_result(said.response, said.done, said.told, by=request.actor, at=timezone.now())
        return _measures(row.key)

    return _done(request, key, 200, act)


@writing(
    router, "/warnings/closing", ApiScope.WRITE_DUTIES, 201, MatterNumber, name="propose_closing",
    says="把一条预警的关闭送签：核实清楚、措施办完以后，写结论。签完才关闭。",
)  # fmt: skip
def closing(request: Asked, warning: WarningKey, said: Closing, key: Key) -> HttpResponse:
    """A closing put to signature."""
    row = _row(request, warning)

    def act() -> Told:
        matter = propose_closing(row.key, said.conclusion, by=request.actor, at=timezone.now())
        return {"number": matter.number, "id": matter.pk}

    return _done(request, key, 201, act)

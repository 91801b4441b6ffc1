"""Forms of duties and files by program: what a form asks, handed in, read, corrected; files brought, listed, taken out, voided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Number, Said, Text, reading, writing
from daihou.api.problems import ProblemError
from daihou.book import masked
from daihou.dayend.acts import follow
from daihou.duties.attaching import Thing, bring, thing_of, thing_with
from daihou.duties.completing import closable
from daihou.duties.filing import FilingRefusedError, about_of, correct_filed, file_form
from daihou.duties.models import Duty
from daihou.duties.reads import doable, duty_seen, paper_seen
from daihou.duties.signing import form_of, paper_about
from daihou.inspections.reports import noticed_anew, under, work_anew, work_of
from daihou.papers import reading as forms_read
from daihou.papers.acts import PaperRefusedError, void_attachment
from daihou.papers.amending import in_use
from daihou.papers.filling import Fault, checked, shown
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.kinds import LARGEST, FileRefusedError
from daihou.papers.models import DUTY, HANDED_IN, PAPER, Attachment, Paper
from daihou.papers.reading import forms, messages
from daihou.papers.reads import attachments_of, content_of, editions
from daihou.people.tokens import ApiScope
from daihou.policy.rules import rules
from daihou.screens.tags import lang, word
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.words import refusals

router = Router(tags=["papers"])
LONGEST_VALUE, MOST_VALUES = 20_000, 2_000
MOST_FILES = 200
Reason = Annotated[str, Field(max_length=400)]
Values = Annotated[
    dict[
        Annotated[str, Field(max_length=120)],
        Annotated[str, Field(max_length=LONGEST_VALUE)],
    ],
    Field(
        max_length=MOST_VALUES,
        description="栏名和值，像网页上填的那样：日期 2026-11-23，金额（元）1000000 或 100万元，是否 yes / no，选择写它的值；明细表的格子写 表/行号/列，行号从 0 起；"
        "是否题要说明的写 栏名/why。没写的栏按 GET 给的值",
    ),
]


class ChoiceTold(Schema):
    """What may be chosen."""

    value: str
    label: str


class FieldTold(Schema):
    """One field of a form."""

    name: str
    label: str
    kind: str = Field(
        description="text 文字、long 长文、number 数、money 金额（元）、day 日期、choice 选择、yes-no 是否、staff 员工、phone 电话号码、lines 明细表"
    )
    must: bool
    fixed: bool = Field(description="照登记簿或填表人，不用填；写别的不收")
    unit: str
    help: str
    choices: list[ChoiceTold] = Field(
        description="可选的值；电话号码是客户登记的号码，遮住的：照写就是它，也可以写别的号码"
    )
    explain: str | None = Field(description="是否题答了它就要写情况（栏名/why）")
    asked_when: dict[str, list[str]] = Field(description="只在另一栏是这些值之一时才问；空着就是总要问")
    columns: list[FieldTold] = Field(description="明细表的列")


class GroupTold(Schema):
    """Fields under one heading."""

    title: str
    fields: list[FieldTold]


class FormTold(Schema):
    """The form that a duty asks for."""

    form: str
    version: str = Field(description="交表时照写；换了版是 409 form-changed")
    title: str
    groups: list[GroupTold]
    values: dict[str, str] = Field(description="开头的值：自己的草稿，否则台账、上一份报告里带出来的")
    completes: bool = Field(description="交了就办结；否则写登记表，或由登记的事实关闭")


class HandingIn(Said):
    """What is filled in."""

    version: Text
    values: Values
    noticed: bool = Field(default=False, description="有要注意的（409 to-notice）：看过、照交")


class PaperTold(Schema):
    """One edition of a form that was handed in."""

    id: int
    number: str
    edition: int
    form: str
    title: str
    duty: int
    state: str = Field(description="handed_in 现行，replaced 已被更正")
    by: str
    at: datetime
    reason: str = Field(description="更正的理由；第 1 版是空的")
    digest: str
    values: dict[str, str]


class FiledTold(Schema):
    """A form that was handed in, and what came of it."""

    paper: PaperTold
    table: str = Field(description="写了哪张登记表；没有写就是空的")
    key: str
    matter: int | None = Field(description="送了签批的，是哪一件")


class PapersTold(Schema):
    """The editions of the form of a duty."""

    papers: list[PaperTold]


class Correcting(Said):
    """What is set right in a form, and why."""

    values: Values
    reason: Reason


class FileTold(Schema):
    """A file that was attached."""

    id: int
    table: str = Field(description="duty 任务、paper 表单，或登记表")
    key: str = Field(description="任务、表单的 id，或登记表里的号")
    name: str
    kind: str
    size: int = Field(description="字节")
    digest: str = Field(description="SHA-256")
    by: str
    at: datetime
    taken_at: datetime | None = Field(description="照片自带的、否则设备报的拍摄时间")
    latitude: str | None
    longitude: str | None
    distance: int | None = Field(description="离客户的位置多少米")
    voided: bool
    void_reason: str


class FilesTold(Schema):
    """Files of a thing, the newest first."""

    files: list[FileTold]


class BroughtTold(Schema):
    """A file that was brought."""

    file: FileTold
    new: bool = Field(description="false：自己早已交过这个文件，没有再存一份")


class Voiding(Said):
    """Why a file no longer counts."""

    reason: Reason


# ------------------------------------------------------------------ told


def _told_choices(one: forms_read.Field, numbers: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    if one.kind is forms_read.Kind.PHONE:
        return [{"value": token, "label": word(column)} for token, column in numbers]
    return [{"value": value, "label": words.said(lang())} for value, words in one.choices]


def _told_field(
    one: forms_read.Field, numbers: Sequence[tuple[str, str]], fast: Collection[str] = ()
) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label.said(lang()),
        "kind": one.kind.value,
        "must": one.required,
        "fixed": one.name in fast,
        "unit": "" if one.unit is None else one.unit.said(lang()),
        "help": "" if one.help is None else one.help.said(lang()),
        "choices": _told_choices(one, numbers),
        "explain": one.explain,
        "asked_when": {} if one.when is None else {one.when[0]: sorted(one.when[1])},
        "columns": [_told_field(column, numbers) for column in one.columns],
    }


def _told_paper(paper: Paper) -> dict[str, Any]:
    form = forms().get(paper.form)
    plain = ("number", "edition", "form", "state", "by", "at", "digest")
    return {
        **{name: getattr(paper, name) for name in plain},
        "id": paper.pk,
        "title": paper.form if form is None else form.title.said(lang()),
        "duty": paper.duty_no,
        "reason": masked(paper.reason),
        "values": shown(paper.values, paper.numbers),
    }


def _told_file(held: Attachment) -> dict[str, Any]:
    plain = ("table", "kind", "size", "digest", "by", "at", "distance")
    return {
        **{name: getattr(held, name) for name in plain},
        "id": held.pk,
        "key": str({DUTY: held.duty_no, PAPER: held.paper_id}.get(held.table, held.key)),
        "name": masked(held.name),
        "taken_at": held.shot_at or held.taken_at,
        "latitude": None if held.latitude is None else str(held.latitude),
        "longitude": None if held.longitude is None else str(held.longitude),
        "voided": held.voided_at is not None,
        "void_reason": masked(held.void_reason),
    }


def _of_values(faults: Sequence[Fault]) -> ProblemError:
    fields = [{"field": one.name, "code": one.code, "title": masked(one.text(lang()))} for one in faults]
    return ProblemError(422, "invalid", fields=fields)


def _of_paper(code: str, status: int = 409) -> ProblemError:
    return ProblemError(status, code, messages().text(code, lang()))


def _refusing(act: Callable[[], HttpResponse]) -> HttpResponse:
    """An act on a form, its refusals as problems."""
    try:
        return act()
    except FilingRefusedError as error:
        fields = [{"field": name, "code": "of-row", "title": masked(said(lang()))} for name, said in error.faults]  # fmt: skip
        raise ProblemError(422, "invalid", fields=fields) from error
    except PaperRefusedError as error:
        raise _of_paper(error.code, 422 if error.code == "reason-missing" else 409) from error
    except SigningRefusedError as error:
        raise ProblemError(409, error.code, refusals()[error.code]) from error


# ------------------------------------------------------------------ the form of a duty


def _duty(asked: Asked, pk: int, *, own: bool) -> Duty:
    duty = duty_seen(asked.viewer, pk)
    if duty is None:
        raise Http404
    if own and not Duty.objects.filter(doable(asked.viewer), pk=pk).exists():
        raise ProblemError(403, "not-yours")
    return duty


def _to_fill(asked: Asked, pk: int) -> tuple[Duty, forms_read.Form]:
    """A duty of the viewer's with the form that is still to be handed in."""
    duty = _duty(asked, pk, own=True)
    form = form_of(duty)
    if form is None:
        raise ProblemError(409, "no-form")
    if paper_about(duty) is not None:
        raise _of_paper("handed-in-already")
    return duty, form


@reading(
    router, "/duties/{pk}/form", ApiScope.READ_DUTIES, FormTold, name="get_form",
    says="一项任务要填的表：分几组、哪些栏、怎么填，和开头的值。只限自己的任务；不用填表的是 409 no-form，交过的是 409 handed-in-already。",
)  # fmt: skip
def form(request: Asked, pk: Number) -> Told:
    """What a form asks, and what it begins with."""
    duty, found = _to_fill(request, pk)
    work = work_of(request.viewer, duty, found)
    fast = work.fast(request.viewer.name)
    return {
        "form": found.form, "version": found.edition, "title": found.title.said(lang()), "completes": closable(duty, rules().get(duty.rule)),
        "groups": [
            {"title": group.title.said(lang()), "fields": [_told_field(one, work.offered, fast) for one in group.fields]} for group in found.groups
        ],
        "values": work.start(request.viewer, request.today),
    }  # fmt: skip


@writing(
    router, "/duties/{pk}/form", ApiScope.WRITE_DUTIES, 201, FiledTold, name="hand_in_form",
    says="交表：和网页同样的检查，错在哪一栏、怎么改都在 fields 里；有要注意的先是 409 to-notice，看过再带 noticed 交。任务马上跟着办结，有签批链的同时送签。要有证据的，先用 POST /attachments 交文件。",
)  # fmt: skip
def handing_in(request: Asked, pk: Number, said: HandingIn, key: Key) -> HttpResponse:
    """The form of a duty handed in."""
    once = Once(request, key)
    _duty(request, pk, own=False)
    if once.stored is not None:
        return once.stored
    duty, found = _to_fill(request, pk)
    if said.version != found.edition:
        raise _of_paper("form-changed")
    work = work_of(request.viewer, duty, found)
    typed = under(work.fast(request.viewer.name), work.start(request.viewer, request.today) | said.values)
    filled = checked(
        found, typed, today=request.today, opens=about_of(duty).opens, held=work.held, me=request.viewer.staff_no
    )  # fmt: skip
    if filled.faults:
        raise _of_values(filled.faults)
    told = noticed_anew(duty, found, filled, work.last, request.today)
    if told and not said.noticed:
        remarks = [
            {"field": one.name, "code": "to-notice", "title": f"{one.label}：{one.text}"} for one in told
        ]
        raise ProblemError(409, "to-notice", fields=remarks)

    def write() -> Told:
        filed = file_form(duty, found, filled, by=request.actor, at=timezone.now(), day=request.today)
        return {
            "paper": _told_paper(filed.paper), "table": filed.paper.row_table, "key": filed.paper.row_key,
            "matter": None if filed.matter is None else filed.matter.pk,
        }  # fmt: skip

    answer = _refusing(lambda: once.done(201, write))
    follow(request.today, by=request.actor, at=timezone.now())
    return answer


# ------------------------------------------------------------------ forms that were handed in


@reading(
    router, "/duties/{pk}/papers", ApiScope.READ_DUTIES, PapersTold, name="list_papers",
    says="一项任务的表：交过的各版，新的在前；没有交是空的。",
)  # fmt: skip
def papers(request: Asked, pk: Number) -> Told:
    """The editions of the form of a duty."""
    paper = paper_about(_duty(request, pk, own=False))
    # the form may be another duty's, for an inspection has one report
    own = paper is not None and paper_seen(request.viewer, paper.pk) is not None
    return {"papers": [_told_paper(one) for one in editions(paper)] if paper is not None and own else []}


@reading(
    router, "/papers/{pk}", ApiScope.READ_DUTIES, PaperTold, name="get_paper",
    says="交过的一份表：编号、第几版、各栏的值，个人号码是遮住的。",
)  # fmt: skip
def paper(request: Asked, pk: Number) -> Told:
    """One edition."""
    return _told_paper(_paper(request, pk))


def _paper(asked: Asked, pk: int) -> Paper:
    found = paper_seen(asked.viewer, pk)
    if found is None:
        raise Http404
    return found


@writing(
    router, "/papers/{pk}/correction", ApiScope.WRITE_DUTIES, 201, PaperTold, name="correct_paper",
    says="更正交过的表：写要改的栏和理由，成为新的一版，原来的留着；它写的登记跟着改。只限自己的任务，和现行的一版。",
)  # fmt: skip
def correcting(request: Asked, pk: Number, said: Correcting, key: Key) -> HttpResponse:
    """A new edition, with the reason."""
    held = _paper(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    duty = _duty(request, held.duty_no, own=True)
    came = forms().get(held.form)
    if came is None or form_of_paper(held) is None:
        raise ProblemError(409, "no-form")
    if held.state != HANDED_IN:
        raise _of_paper("not-handed-in")
    found = in_use(came)
    work = work_anew(duty, found, held)
    filled = work.corrected(held, shown(held.values, work.held) | said.values, request.today)
    if filled.faults:
        raise _of_values(filled.faults)

    def write() -> Told:
        made = correct_filed(
            held, duty, found, filled, by=request.actor, at=timezone.now(), reason=said.reason.strip()
        )
        return _told_paper(made)

    answer = _refusing(lambda: once.done(201, write))
    follow(request.today, by=request.actor, at=timezone.now())
    return answer


# ------------------------------------------------------------------ files


def _scoped(asked: Asked, table: str, scope: ApiScope) -> None:
    """Files of rows of a register are read and written by who may read and write registers."""
    if table not in {DUTY, PAPER} and scope.value not in asked.token.scopes:
        raise ProblemError(403, "scope-missing")


def _thing(asked: Asked, table: str, key: str) -> Thing:
    found = thing_of(asked.viewer, table, key)
    if found is None:
        raise Http404
    return found


def _file(asked: Asked, pk: int) -> tuple[Attachment, Thing]:
    held = Attachment.objects.filter(pk=pk).first()
    thing = None if held is None else thing_with(asked.viewer, held)
    if held is None or thing is None:
        raise Http404
    return held, thing


def _files_of(thing: Thing) -> QuerySet[Attachment]:
    values: Mapping[str, Any] = thing.values
    if values["table"] == PAPER:
        return attachments_of(values["paper"])
    if values["table"] == DUTY:
        return Attachment.objects.filter(table__in=(DUTY, PAPER), duty_no=values["duty_no"])
    return Attachment.objects.filter(Q(table=values["table"], key=values["key"]))


class OfThing(Said):
    """Of which thing."""

    table: Text = Field(description="duty 任务、paper 表单，或登记表的标识")
    key: Text = Field(description="任务、表单的 id，或登记表里的号")


class Bringing(OfThing):
    """To which thing a file is brought, and where and when the device says that a photo was taken."""

    taken_at: Annotated[str, Field(max_length=20, description="1970 年起的毫秒")] = ""
    latitude: Annotated[str, Field(max_length=20)] = ""
    longitude: Annotated[str, Field(max_length=20)] = ""
    accuracy: Annotated[str, Field(max_length=20, description="米")] = ""


@reading(
    router, "/attachments", ApiScope.READ_DUTIES, FilesTold, name="list_files",
    says="一样东西的附件：任务（连同它的表）、表单或登记表里一条的，新的在前，最多 200 个。登记表的还要 read:registers。",
)  # fmt: skip
def files(request: Asked, said: Annotated[OfThing, Query()]) -> Told:
    """Files of a thing."""
    _scoped(request, said.table, ApiScope.READ_REGISTERS)
    rows = _files_of(_thing(request, said.table, said.key)).order_by("-pk")[:MOST_FILES]
    return {"files": [_told_file(one) for one in rows]}


@writing(
    router, "/attachments", ApiScope.WRITE_DUTIES, 201, BroughtTold, name="bring_file",
    says="交一个附件：按内容认种类（pdf、jpg、png、docx、xlsx、txt），最大 20 MB。照片可带设备报的时间（taken_at，毫秒）和位置；照片自带的优先。登记表的还要 write:registers。",
)  # fmt: skip
def bringing(
    request: Asked, file: Annotated[UploadedFile, File()], said: Annotated[Bringing, Form()], key: Key
) -> HttpResponse:
    """A file brought to a thing."""
    _scoped(request, said.table, ApiScope.WRITE_REGISTERS)
    thing = _thing(request, said.table, said.key)
    if not thing.may:
        raise ProblemError(403, "forbidden")
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    if file.size is not None and file.size > LARGEST:
        raise _of_paper("file-too-large", 413)
    place = said.model_dump(include={"taken_at", "latitude", "longitude", "accuracy"})

    def write() -> Told:
        made, new = bring(
            request.viewer, thing, file.name or "", file.read(), place, by=request.actor, at=timezone.now()
        )
        return {"file": _told_file(made), "new": new}

    try:
        return once.done(201, write)
    except FileRefusedError as error:
        raise _of_paper(error.code, 413 if error.code == "file-too-large" else 422) from error


@reading(
    router, "/attachments/{pk}/content", ApiScope.READ_DUTIES, None, name="get_file",
    says="取一个附件的内容：原样的字节。登记表的还要 read:registers；文件丢了或被改过的是 409 file-gone。",
    more={"responses": {200: {"description": "OK", "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}},
)  # fmt: skip
def content(request: Asked, pk: Number) -> HttpResponse:
    """The content of a file."""
    held, _of = _file(request, pk)
    _scoped(request, held.table, ApiScope.READ_REGISTERS)
    try:
        found = content_of(held)
    except PaperRefusedError as error:
        raise _of_paper(error.code) from error
    answer = HttpResponse(found, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(held.name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@writing(
    router, "/attachments/{pk}/void", ApiScope.WRITE_DUTIES, 200, FileTold, name="void_file",
    says="作废一个附件，写明理由，文件留着：交它的人，或可以往那里交附件的人。登记表的还要 write:registers。",
)  # fmt: skip
def voiding(request: Asked, pk: Number, said: Voiding, key: Key) -> HttpResponse:
    """A file that no longer counts."""
    held, thing = _file(request, pk)
    _scoped(request, held.table, ApiScope.WRITE_REGISTERS)
    if not thing.may and held.by != request.viewer.staff_no:
        raise ProblemError(403, "forbidden")
    once = Once(request, key)
    if once.stored is not None:
        return once.stored

    def write() -> Told:
        void_attachment(held, by=request.actor, at=timezone.now(), reason=said.reason.strip())
        return _told_file(held)

    return _refusing(lambda: once.done(200, write))

"""Files that come in by program: handed in, every fault told, the good rows taken or none, taken back."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Number, Paged, PageNumber, Said, paged, reading, writing
from daihou.api.problems import ProblemError
from daihou.api.registers import Reason
from daihou.book import BookFileError, masked
from daihou.dayend.acts import day_to_run, run_day
from daihou.imports.acts import (
    begin_taking,
    check_anew,
    discard,
    faults_of,
    give_up,
    inspect,
    receive,
    take,
)
from daihou.imports.changes import changes_for, chosen_over
from daihou.imports.mapping import (
    MappingRefusedError,
    foreign_map,
    in_use,
    keep_mapping,
    match_by_hand,
    named,
    retire_mapping,
)
from daihou.imports.matching import chosen_rows, open_rows
from daihou.imports.models import FAILED, CompanyMapping, Upload
from daihou.imports.reads import bounds_of, handed_in_by, not_his_to_take
from daihou.imports.refusals import UploadRefusedError, refusal_of, refusals
from daihou.ledger.acts import RowRefusedError, withdraw
from daihou.ledger.differing import Overwriting
from daihou.people.rights import May
from daihou.people.tokens import ApiScope
from daihou.screens.tags import lang
from daihou.screens.work import behind

router = Router(tags=["imports"])
UPLOADS, FAULTS = 50, 100


class TableTold(Schema):
    """How a table of a file stands."""

    read: int
    left_out: int
    new: int
    changed: int
    same: int
    kept: int = Field(description="文件里不一样、但在本系统里改过而保留的行数")


class ImportTold(Schema):
    """A file that came in."""

    id: int
    file: str
    digest: str = Field(description="文件内容的 SHA-256")
    state: str = Field(description="checking、checked、taking、taken、discarded、failed")
    share: int = Field(description="做到百分之几")
    errors: int
    doubts: int
    tables: dict[str, TableTold]
    why: str = Field(description="失败的原因；没有失败是空的")
    withdrawn: bool


class ImportsTold(Paged):
    """Files, newest first."""

    imports: list[ImportTold]


class FaultTold(Schema):
    """One fault with its remedy, personal numbers hidden."""

    code: str
    severity: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str
    reason: str
    remedy: str


class FaultsTold(Paged):
    """Faults of a file."""

    faults: list[FaultTold]


class OpenRowTold(Schema):
    """What a list says of a row that could not be placed, and the rows that it could be, as far as the token's person sees them."""

    mark: str = Field(description="这一条的记号，指定时用")
    text: str
    column: str
    rows: int
    outcome: str = Field(description="likely 像是、several 对得上几笔、none 对不上、set_aside 注明不是我们的")
    candidates: list[str]


class OpenRowsTold(Schema):
    """How the rows of a list were recognised."""

    matched: dict[str, int]
    open: list[OpenRowTold]


class RowMeant(Said):
    """What one open row means."""

    mark: str
    key: str = Field(description="登记簿里的号；空的表示不是我们的", max_length=400)


class RowsMeant(Said):
    """What open rows mean."""

    rows: Annotated[list[RowMeant], Field(min_length=1, max_length=500)]


class MappingTold(Schema):
    """A mapping in use."""

    id: int
    name: str
    edition: int
    digest: str
    needs_day: bool = Field(description="上传时要填文件日期")


class MappingsTold(Schema):
    """The mappings in use."""

    mappings: list[MappingTold]


class MappingSaid(Said):
    """A mapping to keep."""

    text: str = Field(description="映射的内容（YAML）", min_length=1, max_length=200_000)


class RowOver(Said):
    """A row that the file may write over."""

    table: str = Field(max_length=64)
    key: str = Field(max_length=400)


class Taking(Said):
    """Which rows changed in this system the file may write over; none where nothing is said."""

    overwrite_all: bool = Field(default=False, description="本系统里改过的，凡看得到的，都用文件里的覆盖")
    overwrite: list[RowOver] = Field(default=[], description="只覆盖这几条", max_length=5_000)
    reason: str = Field(default="", max_length=1000, description="覆盖的理由，写进操作记录；要覆盖就必须写")


class ChangeTold(Schema):
    """A row that the file changes, or that stays as it was changed in this system."""

    table: str
    key: str
    how: str = Field(description="changed 变动、kept 保留本系统的、over 用文件里的覆盖")
    columns: dict[str, list[Any]] = Field(description="列：[原来的值, 文件里的值]；个人号码只有末几位")
    written_by: str = Field(description="在本系统里改它的人；没有改过是空的")
    written_at: str
    written_act: str


class ChangesTold(Paged):
    """Rows that a file changes, those that stay first."""

    changes: list[ChangeTold]
    unseen: int = Field(description="您的岗位看不到的行数")
    more: int = Field(description="没有列出的行数")


class TakingBack(Said):
    """Why a batch is taken back."""

    reason: Reason


def told_import(upload: Upload) -> dict[str, Any]:
    """A file as programs read it."""
    names = ("read", "left_out", "new", "changed", "same")
    return {
        "id": upload.pk, "file": masked(upload.file), "digest": upload.digest, "state": upload.state, "share": upload.share,
        "errors": upload.errors, "doubts": upload.doubts,
        "tables": {
            table: {**dict(zip(names, counts, strict=True)), "kept": upload.kept.get(table, 0)}
            for table, counts in upload.tables.items()
        },
        "why": _why(upload), "withdrawn": upload.batch is not None and upload.batch.withdrawn_at is not None,
    }  # fmt: skip


def _why(upload: Upload) -> str:
    if upload.state != FAILED:
        return ""
    known = refusal_of(upload.code, upload.params)
    if known is not None:
        return known
    error = BookFileError(upload.code, **upload.params)
    return masked(f"{error.reason(lang())} {error.remedy(lang())}")


def _files(asked: Asked) -> QuerySet[Upload]:
    if not asked.viewer.may(May.IMPORT):
        raise PermissionDenied
    return handed_in_by(asked.viewer)


def _upload(asked: Asked, pk: int) -> Upload:
    upload = _files(asked).filter(pk=pk).first()
    if upload is None:
        raise Http404
    return upload


def _refused(status: int, code: str, told: str = "") -> ProblemError:
    return ProblemError(status, code, refusal_of(code, {"told": told}) or "")


@reading(
    router, "/imports", ApiScope.READ_IMPORTS, ImportsTold, name="list_imports",
    says="导入过的文件：自己交来的，最新的在前；看得到全部台账的人看全部。",
)  # fmt: skip
def imports(request: Asked, page: PageNumber = 1) -> Told:
    """Files that came in."""
    shown = Paginator(_files(request), UPLOADS).get_page(page)
    return {
        **paged(shown),
        "imports": [told_import(one) for one in shown.object_list],
    }  # fmt: skip


@writing(
    router, "/imports", ApiScope.WRITE_IMPORTS, 202, ImportTold, name="upload",
    says="上传一个台账文件：先检查，什么也不写；用 GET /imports/{id} 看检查好了没有（state 变成 checked 或 failed）。最大 64 MB。表头是别人的，写 mapping（映射的名字）。",
)  # fmt: skip
def hand_in(
    request: Asked, file: Annotated[UploadedFile, File()], key: Key,
    mapping: Annotated[str, Form(max_length=60)] = "", file_day: Annotated[date | None, Form()] = None,
) -> HttpResponse:  # fmt: skip
    """A file handed in, checked beside the request."""
    _files(request)
    layout = named(mapping) if mapping else None
    if mapping and layout is None:
        raise _refused(422, "mapping-unknown")
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    held: list[Upload] = []

    def kept() -> Told:
        try:
            held.append(
                receive(
                    file.name or "", file.read(), by=request.actor, at=timezone.now(), mapping=layout, file_day=file_day
                )
            )  # fmt: skip
        except UploadRefusedError as error:
            raise _refused(413 if error.code == "file-too-large" else 422, error.code) from error
        return told_import(held[0])

    answer = once.done(202, kept)
    for upload in held:
        behind("check", partial(inspect, upload, now=timezone.now), partial(give_up, upload, "failed"))
    return answer


@reading(
    router, "/imports/{pk}", ApiScope.READ_IMPORTS, ImportTold, name="get_import",
    says="一个文件的情况：检查到哪里了，有几处错，导入会新增、变动多少行。",
)  # fmt: skip
def one_import(request: Asked, pk: Number) -> Told:
    """One file."""
    return told_import(_upload(request, pk))


@reading(
    router, "/imports/{pk}/faults", ApiScope.READ_IMPORTS, FaultsTold, name="list_faults",
    says="检查意见：一个文件的每一处错、在哪个单元格、怎么改；每页 100 处。",
)  # fmt: skip
def faults(request: Asked, pk: Number, page: PageNumber = 1) -> Told:
    """Every fault with its remedy."""
    shown = Paginator(faults_of(_upload(request, pk)), FAULTS).get_page(page)
    found = [
        {
            "code": one.code, "severity": one.severity, "sheet": one.sheet, "row": one.row, "column": one.column,
            "value": masked(one.value or ""), "reason": masked(one.reason(lang())), "remedy": masked(one.remedy(lang())),
        }
        for one in shown.object_list
    ]  # fmt: skip
    return {
        **paged(shown),
        "faults": found,
    }


@reading(
    router, "/imports/{pk}/changes", ApiScope.READ_IMPORTS, ChangesTold, name="list_changes",
    says="导入会改动（或已改动）的行：哪一列、原来的值、文件里的值；在本系统里改过、默认保留的排在前面。每页 100 行。",
)  # fmt: skip
def changes(request: Asked, pk: Number, page: PageNumber = 1) -> Told:
    """The rows that change, and those that stay."""
    found = changes_for(request.viewer, _upload(request, pk))
    shown = Paginator(found.rows, FAULTS).get_page(page)
    return {
        **paged(shown), "unseen": found.unseen, "more": found.more,
        "changes": [
            {
                "table": one.table, "key": one.key, "how": one.how,
                "columns": {name: [masked(side) if isinstance(side, str) else side for side in pair] for name, pair in one.columns.items()},
                "written_by": "" if one.written is None else one.written.by,
                "written_at": "" if one.written is None else one.written.at.isoformat(),
                "written_act": "" if one.written is None else one.written.act,
            }
            for one in shown.object_list
        ],
    }  # fmt: skip


@writing(
    router, "/imports/{pk}/take", ApiScope.WRITE_IMPORTS, 202, ImportTold, name="take_import",
    says="导入没有错的行：在后台做，做完推演一天；用 GET /imports/{id} 看 state。在本系统里改过的行保留，要覆盖的写 overwrite（或 overwrite_all）和理由。",
)  # fmt: skip
def take_import(request: Asked, pk: Number, key: Key, said: Taking | None = None) -> HttpResponse:
    """Take the good rows, then run the day."""
    upload = _upload(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    if stands_against := not_his_to_take(request.viewer, upload):
        raise _refused(403, *stands_against)
    over = _over(request, upload, said or Taking())
    actor, day, bounds = request.actor, request.today, bounds_of(request.viewer)
    begun: list[Upload] = []

    def begin() -> Told:
        try:
            begin_taking(upload, at=timezone.now())
        except UploadRefusedError as error:
            raise _refused(409, error.code) from error
        begun.append(upload)
        return told_import(upload)

    def work() -> None:
        try:
            take(upload, by=actor, at=timezone.now(), day=day, now=timezone.now, over=over, bounds=bounds)
        except UploadRefusedError as error:
            give_up(upload, error.code, error.told)
        else:
            run_day(day_to_run(day), by=actor, at=timezone.now())

    answer = once.done(202, begin)
    if begun:
        behind("take", work, lambda: give_up(upload, "failed"))
    return answer


def _over(request: Asked, upload: Upload, said: Taking) -> Overwriting:
    """Which rows the file may write over, as the program says it."""
    rows = {(one.table, one.key) for one in said.overwrite}
    try:
        return chosen_over(request.viewer, upload, every=said.overwrite_all, rows=rows, reason=said.reason)
    except UploadRefusedError as error:
        raise _refused(422, error.code) from error


@writing(
    router, "/imports/{pk}/discard", ApiScope.WRITE_IMPORTS, 200, ImportTold, name="discard_import",
    says="放弃一个文件：一行也不导入；文件名和摘要留在操作记录里。",
)  # fmt: skip
def discard_import(request: Asked, pk: Number, key: Key) -> HttpResponse:
    """Take none."""
    upload = _upload(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored

    def gone() -> Told:
        try:
            discard(upload, by=request.actor, at=timezone.now())
        except UploadRefusedError as error:
            raise _refused(409, error.code) from error
        return told_import(upload)

    return once.done(200, gone)


@writing(
    router, "/imports/{pk}/take-back", ApiScope.WRITE_IMPORTS, 200, ImportTold, name="take_back_import",
    says="整批撤回：注明理由；这一批里有记录后来又改过的，不能撤（409）。之后重新推演。",
)  # fmt: skip
def take_back(request: Asked, pk: Number, said: TakingBack, key: Key) -> HttpResponse:
    """Take a batch back, and run the day anew."""
    upload = _upload(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    batch = upload.batch
    if batch is None:
        raise Http404
    actor, day = request.actor, request.today

    def back() -> Told:
        try:
            withdraw(batch, by=actor, at=timezone.now(), day=day, reason=said.reason)
        except RowRefusedError as error:
            raise _refused(422 if error.code == "reason-missing" else 409, error.code) from error
        return told_import(Upload.objects.select_related("batch").get(pk=pk))

    answer = once.done(200, back)
    behind("day", lambda: run_day(day_to_run(day), by=actor, at=timezone.now()), lambda: None)
    return answer


@reading(
    router, "/imports/{pk}/unmatched", ApiScope.READ_IMPORTS, OpenRowsTold, name="list_unmatched",
    says="名单和登记簿核对的结果：每种情况几行，对不上的每一条写的是什么、像哪几笔（只列看得到的）。",
)  # fmt: skip
def unmatched(request: Asked, pk: Number) -> Told:
    """What could not be placed."""
    upload = _upload(request, pk)
    return {
        "matched": upload.matched,
        "open": [
            {
                "mark": one.mark, "text": one.text, "column": one.found.column, "rows": one.found.rows, "outcome": one.found.outcome,
                "candidates": [key for key, _ in one.choices],
            }
            for one in open_rows(request.viewer, upload)
        ],
    }  # fmt: skip


@writing(
    router, "/imports/{pk}/match", ApiScope.WRITE_IMPORTS, 202, ImportTold, name="match_rows",
    says="指定对不上的各条是哪一笔（mark 见 GET unmatched）；记住，以后同一份映射的名单都按它认。之后重新检查。",
)  # fmt: skip
def match_rows(request: Asked, pk: Number, said: RowsMeant, key: Key) -> HttpResponse:
    """What open rows mean, remembered; the file is checked anew."""
    upload = _upload(request, pk)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    begun: list[Upload] = []

    def kept() -> Told:
        if upload.mapping is None:
            raise _refused(409, "not-checked")
        try:
            meant = chosen_rows(request.viewer, upload, {one.mark: one.key for one in said.rows})
            match_by_hand(upload.mapping.name, meant, by=request.actor, at=timezone.now())
            check_anew(upload, at=timezone.now())
        except (MappingRefusedError, UploadRefusedError) as error:
            raise _refused(409 if error.code in {"not-checked", "match-old"} else 422, error.code) from error
        begun.append(upload)
        return told_import(upload)

    answer = once.done(202, kept)
    if begun:
        behind("check", partial(inspect, upload, now=timezone.now), partial(give_up, upload, "failed"))
    return answer


def _told_mapping(kept: CompanyMapping) -> dict[str, Any]:
    return {
        "id": kept.pk, "name": kept.name, "edition": kept.edition, "digest": kept.digest, "needs_day": foreign_map(kept).needs_day,
    }  # fmt: skip


@reading(
    router, "/mappings", ApiScope.READ_IMPORTS, MappingsTold, name="list_mappings",
    says="在用的映射：别人的表头怎样读成我们的表。",
)  # fmt: skip
def mappings(request: Asked) -> Told:
    """The mappings in use."""
    _files(request)
    return {"mappings": [_told_mapping(one) for one in in_use()]}


@writing(
    router, "/mappings", ApiScope.WRITE_IMPORTS, 201, MappingTold, name="keep_mapping",
    says="存一份映射；同名的存为下一版，内容一样的什么也不变。有错整份不存，逐行说明。",
)  # fmt: skip
def keep(request: Asked, said: MappingSaid, key: Key) -> HttpResponse:
    """A mapping kept."""
    _files(request)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored

    def kept() -> Told:
        try:
            return _told_mapping(keep_mapping(said.text, by=request.actor, at=timezone.now()))
        except MappingRefusedError as error:
            faults = [f"{one.row} {one.reason(lang())} {one.remedy(lang())}" for one in error.faults]
            raise ProblemError(422, error.code, " ".join([refusals()[error.code], *faults])) from error

    return once.done(201, kept)


@writing(
    router, "/mappings/{pk}/retire", ApiScope.WRITE_IMPORTS, 200, MappingTold, name="retire_mapping",
    says="停用一份映射；按它导入过的照旧。",
)  # fmt: skip
def retire(request: Asked, pk: Number, key: Key) -> HttpResponse:
    """A mapping taken out of use."""
    _files(request)
    kept = CompanyMapping.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    once = Once(request, key)
    if once.stored is not None:
        return once.stored

    def gone() -> Told:
        try:
            retire_mapping(kept, by=request.actor, at=timezone.now())
        except MappingRefusedError as error:
            raise _refused(409, error.code) from error
        return _told_mapping(kept)

    return once.done(200, gone)

"""Registers: what tables there are, rows listed and read, entered, corrected and voided. The bounds are those of the screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from daihou.api.acts import Once, Told
from daihou.api.door import Asked
from daihou.api.operations import Key, Paged, PageNumber, Said, asking, paged, reading, writing
from daihou.api.problems import ProblemError, of_faults
from daihou.book import Column, ColumnType, Fault, Table, declared, masked
from daihou.dayend.acts import follow
from daihou.dayend.asking import (
    Answer,
    GateRefusedError,
    answers_about,
    answers_before,
    correct_asked,
    enter_asked,
    step_asked,
)
from daihou.ledger.acts import RowRefusedError
from daihou.ledger.entering import OutsideError, beside_step, cell_text, nameable, plain_key, refuse_outside
from daihou.ledger.laying import void_entered
from daihou.ledger.refusals import refusal
from daihou.ledger.steps import STEPS, steps_from
from daihou.ledger.typed import Typed, read_typed
from daihou.people.decided import may_take, slip_columns
from daihou.people.reads import Viewer, readable, visible
from daihou.people.tokens import ApiScope
from daihou.registers.kept import Kept, field_name, is_sealed, values_of
from daihou.registers.rows import content
from daihou.registers.sealing import is_mark
from daihou.screens.lists import listing
from daihou.screens.narrowing import narrowed
from daihou.screens.tags import lang, word
from daihou.terms import terms
from daihou.units import format_yuan

router = Router(tags=["registers"])
CONTRACT = "contract"
Value = str | int | bool | None
Plain = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=64, description="表的标识，见 GET /registers")]
RowKey = Annotated[str, Field(max_length=400, description="记录的键；多列的键用 / 连接")]
Reason = Annotated[str, Field(max_length=1000, description="理由，写进操作记录")]
Values = dict[
    Annotated[str, Field(max_length=64)],
    Plain | Annotated[int, Field(ge=-(2**62), le=2**62)] | bool | None,
]


class ColumnTold(Schema):
    """A column of a register."""

    id: str
    word: str
    type: str = Field(description="fen 是分（整数），date 是 2026-11-23，num 是写成文本的小数，enum 是代码")
    required: bool
    refers_to: str | None
    hidden: bool = Field(description="证件号、手机号：只给末四位")


class RegisterTold(Schema):
    """A register that the token's account may read."""

    id: str
    word: str
    room: str
    key: list[str]
    may_enter: bool
    columns: list[ColumnTold]


class Registers(Schema):
    """The registers."""

    registers: list[RegisterTold]


class RowTold(Schema):
    """A row: personal numbers by their last four, a private person's key as a mark."""

    key: str
    values: dict[str, Value]


class RowWritten(RowTold):
    """A row that was written, and what looks doubtful in it."""

    doubts: list[dict[str, str]]


class Rows(Paged):
    """One page of a register."""

    rows: list[RowTold]


class Voided(Schema):
    """The row that was taken out."""

    key: str
    voided: bool


class Proposed(Said):
    """Values by column, as they would be entered."""

    values: Values


class NewRow(Said):
    """Values by column; a column left out is empty. ``against``: why it is entered though a rule that is asked before the act does not allow it."""

    values: Values
    against: Annotated[
        str, Field(max_length=400, description="规则不许、仍要如实登记的理由，写进操作记录")
    ] = ""


class GateTold(Schema):
    """What a rule that is asked before an act says of a row."""

    rule: str
    name: str
    citation: str
    allowed: bool
    because: list[str]


class GatesTold(Schema):
    """What the rules that are asked before an act say of a row; none is asked of most registers."""

    gates: list[GateTold]


class Correction(Said):
    """What is right, by column; a column left out stays as it is, null empties it."""

    key: RowKey
    values: Values
    reason: Reason


class Voiding(Said):
    """Which row is taken out, and why."""

    key: RowKey
    reason: Reason


def told_row(table: Table, row: Any) -> dict[str, Any]:
    """A row as programs read it."""
    return {"key": row.key, "values": {one.id: told_value(one, row) for one in values_of(table)}}


def told_value(column: Column, row: Any) -> Value:
    """A value: money in fen, days in ISO, decimals as text, hidden numbers by their end, texts with numbers masked."""
    name = field_name(column.id)
    value = getattr(row, name)
    if value is None or value == "":
        return None
    if is_sealed(column):
        return f"*** {getattr(row, f'{name}_tail')}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if column.type is ColumnType.TEXT:
        return masked(str(value))
    return value  # type: ignore[no-any-return]


def _table(asked: Asked, name: str) -> Table:
    table = readable(name, asked.viewer)
    if table is None:
        raise Http404
    return table


def _enterable(asked: Asked, name: str) -> Table:
    table = _table(asked, name)
    if not asked.viewer.rights.may_enter(table):
        raise PermissionDenied
    return table


def _correctable(asked: Asked, name: str, said: Correction) -> Table:
    """The table, where the account enters it, or decides the columns that it names."""
    table = _table(asked, name)
    own = slip_columns(name, asked.viewer.posts)
    if not asked.viewer.rights.may_enter(table) and not (own and said.values.keys() <= own):
        raise PermissionDenied
    return table


def _row(asked: Asked, table: Table, key: str) -> Any:
    held = visible(table.id, asked.viewer).filter(key=key).first()
    if held is None:
        raise Http404
    return held


@reading(
    router, "/registers", ApiScope.READ_REGISTERS, Registers, name="list_registers",
    says="有哪些台账：这个账号能看的表，每张表的列、类型和键。",
)  # fmt: skip
def registers(request: Asked) -> Told:
    """The tables that the account may read."""
    found = [table for name in declared() if (table := readable(name, request.viewer)) is not None]
    return {"registers": [_told_table(request.viewer, table) for table in found]}


def _told_table(viewer: Viewer, table: Table) -> Told:
    columns = [
        {
            "id": one.id, "word": word(one.id), "type": one.type.value, "required": one.required, "refers_to": one.ref,
            "hidden": is_sealed(one),
        }
        for one in values_of(table)
    ]  # fmt: skip
    return {
        "id": table.id, "word": word(table.id), "room": table.room, "key": list(table.key),
        "may_enter": viewer.rights.may_enter(table), "columns": columns,
    }  # fmt: skip


FILTERS = {
    "parameters": [
        {
            "in": "query", "name": "filters", "required": False, "style": "form", "explode": True,
            "description": "枚举列的标识=值的代码，如 status=in_guarantee；of.列的标识=键，只要指着那一条的，如 of.contract=C1；day_of、day_from、day_to 按日子，money_of、money_from、money_to 按金额（元）；别的参数不理会",
            "schema": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 64}},
        }
    ]
}  # fmt: skip


@reading(
    router, "/registers/{table}/rows", ApiScope.READ_REGISTERS, Rows, name="list_rows", more=FILTERS,
    says="列一张台账：和页面一样搜索（q）、按枚举列和所指的记录筛选、按日子和金额起止、排序（order，前面加 - 倒序）、分页（每页 50 行）。只有这个账号看得到的行。",
)  # fmt: skip
def rows(
    request: Asked,
    table: Name,
    q: Annotated[str, Query(max_length=200, description="编号、名称、文字，完整证件号或末四位")] = "",
    order: Annotated[str, Query(max_length=65)] = "",
    page: PageNumber = 1,
) -> Told:
    """One page of a register."""
    del q, order, page  # the list reads them, and the filters, out of the address as the screens do
    held = _table(request, table)
    narrow_to, narrow = narrowed(visible(held.id, request.viewer), held, request.GET, {})
    if narrow.wrong:
        raise ProblemError(422, "invalid", fields=[{"field": f"{one.name}_{end}", "code": "invalid", "title": told} for one in narrow.ranges for end, told in one.faults.items()])  # fmt: skip
    listed = listing(narrow_to, held, request.GET, most=None)
    return {
        **paged(listed.page),
        "rows": [told_row(held, row) for row in listed.page.object_list],
    }  # fmt: skip


@reading(
    router, "/registers/{table}/row", ApiScope.READ_REGISTERS, RowTold, name="get_row",
    says="看一条记录：按键取；看不到的和没有的一样是 404。",
)  # fmt: skip
def row(request: Asked, table: Name, key: RowKey) -> Told:
    """One row."""
    held = _table(request, table)
    return told_row(held, _row(request, held, key))


@reading(
    router, "/registers/{table}/row/gates", ApiScope.READ_REGISTERS, GatesTold, name="ask_gates",
    says="问规则能不能办：办之前要问的规则（联络、查定位、收车、放款、展期、移交、付现金）今天对这一条怎么说，为什么。",
)  # fmt: skip
def gates(request: Asked, table: Name, key: RowKey) -> Told:
    """What the gates say of a row."""
    held = _table(request, table)
    answers = answers_about(held.id, _row(request, held, key).key, request.today)
    return {"gates": [_told_gate(one) for one in answers]}


def _told_gate(one: Answer) -> Told:
    return {
        "rule": one.gate.id, "name": one.gate.said(lang()), "citation": one.gate.citation, "allowed": one.allowed,
        "because": [masked(words) for words in one.because(lang())],
    }  # fmt: skip


@asking(
    router, "/registers/{table}/rows/ask", ApiScope.WRITE_REGISTERS, GatesTold, name="ask_before",
    says="先问能不能办：要登记的内容和登记一条一样写，什么也不写进去；办之前要问的规则怎么说、为什么。没有要问的规则，gates 是空的。",
)  # fmt: skip
def ask_before(request: Asked, table: Name, said: Proposed) -> Told:
    """What the gates would say of a row that is not entered yet."""
    held = _enterable(request, table)
    typed = _checked(request, held, _cells(request.viewer, held, said.values, None))
    answers = with_refusals(
        lambda: answers_before(
            table, typed.values or {}, by=request.actor, at=timezone.now(), day=request.today,
            bound=partial(refuse_outside, request.viewer, held),
        )
    )  # fmt: skip
    return {"gates": [_told_gate(one) for one in answers]}


@writing(
    router, "/registers/{table}/rows", ApiScope.WRITE_REGISTERS, 201, RowWritten, name="enter_row",
    says="登记一条：和导入文件同样的检查，错在哪一列、怎么改都在 fields 里；相关任务马上跟着变。规则不许的拒绝（409 gate-refuses，哪条、为什么在 fields 里）；如实登记的在 against 写理由。",
)  # fmt: skip
def enter_row(request: Asked, table: Name, said: NewRow, key: Key) -> HttpResponse:
    """A new row."""
    held = _enterable(request, table)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    typed = _checked(request, held, _cells(request.viewer, held, said.values, None))

    doubts = list(typed.doubts)

    def write() -> Kept:
        return enter_asked(
            table, typed.values or {}, by=request.actor, at=timezone.now(), day=request.today, against=said.against,
            bound=partial(refuse_outside, request.viewer, held), tell=doubts.append,
        )  # fmt: skip

    answer = with_refusals(lambda: once.done(201, lambda: _written(request.viewer, held, write(), doubts)))
    _follow(request)
    return answer  # type: ignore[no-any-return]


@writing(
    router, "/registers/{table}/row/correct", ApiScope.WRITE_REGISTERS, 200, RowWritten, name="correct_row",
    says="更正一条：原来的作废，写上对的，注明理由。只写要改的列；读到的掩码值原样送回等于不改。签批或合同的一步才改的列拒绝（409 decided-elsewhere）。",
)  # fmt: skip
def correct_row(request: Asked, table: Name, said: Correction, key: Key) -> HttpResponse:
    """A standing row set right."""
    held = _correctable(request, table, said)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    old = _row(request, held, said.key)
    _refuse_without(said.reason)
    fixed = [
        one
        for one in held.key
        if one in said.values and said.values[one] != told_value(held.columns[one], old)
    ]
    if fixed:
        raise ProblemError(422, "invalid", fields=[_wrong(one) for one in fixed])
    typed = _checked(request, held, _cells(request.viewer, held, said.values, old))
    if content(held, vars(old)) == content(held, typed.values or {}):
        raise ProblemError(409, "unchanged")

    def write() -> Kept:
        return correct_asked(
            table, said.key, typed.values or {}, by=request.actor, at=timezone.now(), day=request.today, reason=said.reason
        )  # fmt: skip

    answer = with_refusals(
        lambda: once.done(200, lambda: _written(request.viewer, held, write(), typed.doubts))
    )
    _follow(request)
    return answer  # type: ignore[no-any-return]


@writing(
    router, "/registers/{table}/row/void", ApiScope.WRITE_REGISTERS, 200, Voided, name="void_row",
    says="作废一条：注明理由；什么都不删除，还有别的记录引用它时拒绝（409）。",
)  # fmt: skip
def void_row(request: Asked, table: Name, said: Voiding, key: Key) -> HttpResponse:
    """A row taken out."""
    held = _enterable(request, table)
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    _row(request, held, said.key)
    _refuse_without(said.reason)

    def write() -> Told:
        with_refusals(
            lambda: void_entered(
                table, said.key, by=request.actor, at=timezone.now(), day=request.today, reason=said.reason
            )
        )
        return {"key": said.key, "voided": True}

    answer = once.done(200, write)
    _follow(request)
    return answer


class StepTold(Schema):
    """A step that leads on from where a contract stands."""

    id: str
    title: str
    asks: list[str] = Field(description="要写的列")
    may_ask: list[str] = Field(description="可以写的列")
    reason: bool = Field(description="是否一定要写说明")
    yours: bool = Field(description="这个账号的岗位能不能办")


class StepsTold(Schema):
    """Where a contract stands, and the steps that lead on."""

    key: str
    status: str
    steps: list[StepTold]


class StepSaid(Said):
    """A step, the columns that it asks for, and a remark."""

    key: RowKey
    step: Annotated[str, Field(max_length=32, description="见 GET /contracts/steps")]
    values: Values
    reason: Annotated[str, Field(max_length=1000, description="说明，写进操作记录；核销必写")] = ""
    plan: Annotated[
        Literal["stays", "last", "later"],
        Field(
            description="展期后还款计划怎么变：stays 不动，last 最后一期改到新的到期日，later 还没到期的各期一起顺延"
        ),
    ] = "stays"


@reading(
    router, "/contracts/steps", ApiScope.READ_REGISTERS, StepsTold, name="list_steps",
    says="一笔合同现在能走哪几步：放款、展期、代偿、结清、核销、撤销，各要写哪些列。",
)  # fmt: skip
def steps(request: Asked, key: RowKey) -> Told:
    """The steps that lead on from where a contract stands."""
    held = _row(request, _table(request, CONTRACT), key)
    told = [
        {"id": one.id, "title": one.title, "asks": list(one.asks), "may_ask": list(one.may_ask), "reason": one.reason, "yours": may_take(one.id, request.viewer.posts)}
        for one in steps_from(held)
    ]  # fmt: skip
    return {"key": held.key, "status": held.status, "steps": told}


@writing(
    router, "/contracts/steps", ApiScope.WRITE_REGISTERS, 200, RowWritten, name="take_step",
    says="合同走一步：只有岗位管这一步的账号能办；办之前要问的规则不许的拒绝（409 gate-refuses），和欠款对不上的拒绝（409）；代偿一步同时登记代偿；相关任务马上跟着变。",
)  # fmt: skip
def contract_step(request: Asked, said: StepSaid, key: Key) -> HttpResponse:
    """A contract taken one step on."""
    table = _table(request, CONTRACT)
    one = STEPS.get(said.step)
    if one is None:
        raise ProblemError(422, "invalid", fields=[_wrong("step")])
    if not may_take(one.id, request.viewer.posts):
        raise ProblemError(403, "forbidden")
    once = Once(request, key)
    if once.stored is not None:
        return once.stored
    held = _row(request, table, said.key)
    strange = [name for name in said.values if name not in one.told]
    if strange:
        raise ProblemError(422, "invalid", fields=[_wrong(name) for name in strange])
    own = declared()[one.table]
    cells = {name: _cell(request.viewer, own.columns[name], value) for name, value in said.values.items()}
    typed = _checked(request, own, {**beside_step(one, held), **cells})

    def write() -> Kept:
        told = {"plan": said.plan, **{name: (typed.values or {})[field_name(name)] for name in one.told}}
        return step_asked(
            held.key, one.id, told, by=request.actor, at=timezone.now(), day=request.today, reason=said.reason
        )  # fmt: skip

    answer = with_refusals(
        lambda: once.done(200, lambda: _written(request.viewer, table, write(), typed.doubts))
    )
    _follow(request)
    return answer  # type: ignore[no-any-return]


def _follow(request: Asked) -> None:
    follow(request.today, by=request.actor, at=timezone.now())


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise ProblemError(422, "invalid", fields=[_wrong("reason")])


def _wrong(field: str) -> Mapping[str, str]:
    from daihou.api.problems import titles  # noqa: PLC0415 - asked when asked

    return {"field": field, "code": "invalid", "title": titles()["invalid"]}


def with_refusals(write: Any) -> Any:
    """An act on a register, its refusals as problems."""
    try:
        return write()
    except OutsideError as error:
        raise ProblemError(422, "outside") from error
    except RowRefusedError as error:
        raise ProblemError(409, error.code, refusal(error)) from error
    except GateRefusedError as error:
        raise ProblemError(409, "gate-refuses", fields=_refused_by(error.answers)) from error


def _refused_by(answers: Iterable[Answer]) -> list[dict[str, str]]:
    """Each reason of each gate for its no."""
    return [
        {"field": one.gate.id, "code": "gate-refuses", "title": masked(f"{one.gate.said(lang())}：{words}")}
        for one in answers
        for words in one.because(lang())
    ]


def _written(viewer: Viewer, table: Table, row: Kept, doubts: Sequence[Fault]) -> Told:
    refuse_outside(viewer, table, row)
    return {**told_row(table, row), "doubts": of_faults(doubts)}


def _checked(request: Asked, table: Table, cells: Mapping[str, str]) -> Typed:
    typed = read_typed(table, cells, day=request.today)
    if typed.values is None:
        raise ProblemError(422, "invalid", fields=of_faults(typed.errors))
    return typed


def _cells(viewer: Viewer, table: Table, values: Mapping[str, Any], old: Any) -> dict[str, str]:
    """What was said as a file would write it. A value said as it was told is the old one: what was hidden is not lost."""
    columns = {one.id: one for one in values_of(table)}
    unknown = [name for name in values if name not in columns]
    if unknown:
        raise ProblemError(422, "invalid", fields=[_wrong(name) for name in unknown])
    cells: dict[str, str] = {}
    for name, column in columns.items():
        same = old is not None and (name not in values or values[name] == told_value(column, old))
        cells[name] = cell_text(column, old) if same else _cell(viewer, column, values.get(name))
    return cells


def _cell(viewer: Viewer, column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("是" if value else "否") if column.type is ColumnType.BOOL else str(value)
    if isinstance(value, int):
        return format_yuan(value) if column.type is ColumnType.FEN else str(value)
    text = str(value)
    if column.type is ColumnType.FEN:
        raise ProblemError(
            422, "invalid", fields=[_wrong(column.id)]
        )  # money is a whole number of fen, never a text
    if column.type is ColumnType.ENUM:
        term = terms().by_id(text)
        return text if term is None else term.word
    if column.ref is not None and is_mark(text):
        row = nameable(str(column.ref), viewer).filter(key=text).first()
        return text if row is None else plain_key(declared()[str(column.ref)], row)
    return text

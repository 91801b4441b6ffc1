"""A form handed in as the work of its duty: the form, the row of a register that it fills, what its findings ask for, its signatures; all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from daihou.book import Column, ColumnType, Table, declared
from daihou.duties.completing import closable
from daihou.duties.models import Duty
from daihou.duties.returning import last_ruling
from daihou.duties.signing import (
    along,
    concerned,
    fact_of,
    matter_of,
    open_duty_matter,
    paper_about,
    row_about,
    row_before,
    tied,
)
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.classing import class_follows
from daihou.ledger.entering import cell_text, plain_key
from daihou.ledger.refusals import refusal
from daihou.ledger.typed import read_typed
from daihou.papers import acts as papers
from daihou.papers.agreeing import compared, fixed, fixed_then, kept_to
from daihou.papers.filling import (
    NO,
    YES,
    About,
    Fault,
    Filled,
    colleague,
    number_of,
    says_nothing,
)
from daihou.papers.models import Attachment, Paper
from daihou.papers.reading import ME, MONTH_OF, NUMBER, TODAY, TODAY_IF, Form, Kind
from daihou.papers.reading import messages as papers_messages
from daihou.policy.rules import rules
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.registers.rows import content
from daihou.registers.sealing import seals
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import closing_of
from daihou.signoff.models import Matter
from daihou.terms import Lang, terms
from daihou.trail.acts import Actor
from daihou.units import day_of

YES_WORD, NO_WORD = "是", "否"
Said = Callable[[Lang], str]
"""A text in the language of whoever reads it."""


def in_words(why: str) -> Said:
    """A text that is in the language of whoever reads it already."""
    return lambda _lang: why


class FilingRefusedError(ValueError):
    """What a form says cannot be written. ``faults``: name of the field (empty: the form as a whole) and what is wrong with it."""

    def __init__(self, faults: Sequence[tuple[str, Said]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(said("zh") for _name, said in self.faults))


def refuse(wrong: Sequence[Fault]) -> None:
    """Refuse a form for its faults, where there are any."""
    if wrong:
        raise FilingRefusedError([(one.name, one.text) for one in wrong])


@dataclass(frozen=True)
class Target:
    """The row that a form fills. ``held``: as it stands, None where it is a new one; ``cells``: what is known of a new one, as a file would write it."""

    table: Table
    held: Any
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Filed:
    """A form that was handed in: the duty, what was filled in, the row that it wrote, the matter of its signatures."""

    duty: Duty
    form: Form
    filled: Filled
    paper: Paper
    row: Any
    matter: Matter | None


WITH_FORM: list[Callable[[Filed, Actor, datetime], None]] = []
"""What rooms above write with a form, in its transaction; they raise FilingRefusedError, and nothing of it stands."""

WITH_CORRECTION: list[Callable[[Filed, Paper, Actor, datetime], None]] = []
"""What a correction writes besides its own edition and row; told of the form as it is now, and of the edition before."""


def about_of(duty: Duty) -> About:
    """What the room of papers is told of a duty."""
    return About(
        duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch, duty.counts_from
    )  # fmt: skip


# -- the row that a form fills ----------------------------------------------------------------------------------------


def target_of(duty: Duty, form: Form) -> Target | None:
    """The row that closes a duty, where its form fills one; None where the form fills none, or the row cannot be found."""
    rule = rules().get(duty.rule)
    closing = closing_of(rule) if isinstance(rule, DutyRule) else None
    row = row_about(duty)
    if closing is None or closing.table not in form.rows or duty.withdrawn_on is not None or row is None:
        return None
    table = declared()[closing.table]
    if not closing.new:
        held = along(duty.table, row, closing.path)
        return None if held is None else Target(table, held, {})
    if duty.done is not None:
        held = fact_of(duty)
        return None if held is None else Target(table, held, {})
    held = row_before(duty, row, closing)
    if held is not None:
        return Target(table, held, {})
    cells = {name: _word(value) for name, value in closing.presets.items()}
    for child, value in tied(duty, row, closing).items():
        if value is not None:
            cells[child] = _cell(table.columns[child], value)
    return Target(table, None, _followed(table, cells, duty))


def _followed(table: Table, cells: dict[str, str], duty: Duty) -> dict[str, str]:
    """A new row's contract and client, where the rule does not tie them."""
    contract = concerned(duty)
    client = duty.party if contract is None else contract.client
    for column in table.columns.values():
        if column.id in cells:
            continue
        if column.ref == "contract" and contract is not None:
            cells[column.id] = contract.key
        elif column.ref == "party" and client:
            cells[column.id] = _cell(column, client)
        elif column.ref == duty.table:
            cells[column.id] = _cell(column, duty.object)
    return cells


def typed_of(form: Form, target: Target | None) -> dict[str, str]:
    """What the row that a form fills says already, as a person would type it, by name of the field."""
    if target is None or target.held is None:
        return {}
    found: dict[str, str] = {}
    for name, source in form.rows.get(target.table.id, {}).items():
        field = next((one for one in form.fields if one.name == source), None)
        value = getattr(target.held, field_name(name), None)
        if field is None or value is None or value == "":
            continue
        if field.kind is Kind.YES_NO:
            found[source] = YES if value else NO
        elif field.kind is Kind.CHOICE:
            found[source] = str(value)
        elif field.kind is Kind.STAFF:
            found[source] = colleague(str(value)) or str(value)
        elif field.kind is Kind.PHONE:
            found[source] = getattr(target.held, f"{field_name(name)}_mark")
        else:
            found[source] = cell_text(target.table.columns[name], target.held)
    return found


def numbers_in(form: Form, target: Target | None) -> dict[str, str]:
    """The telephone numbers that the row says already which a form fills: by mark, sealed."""
    if target is None or target.held is None:
        return {}
    phones = {one.name for one in form.fields if one.kind is Kind.PHONE}
    names = [
        field_name(column)
        for column, source in form.rows.get(target.table.id, {}).items()
        if source in phones
    ]
    return {
        getattr(target.held, f"{name}_mark"): getattr(target.held, name)
        for name in names
        if getattr(target.held, name)
    }


def _word(value: str) -> str:
    term = terms().by_id(value)
    return value if term is None else term.word


def _cell(column: Column, value: Any) -> str:
    """A value of a column as a file would write it; of a reference the number that names its row."""
    if column.ref in homes():
        row = standing(homes()[str(column.ref)]).filter(key=value).first()
        return str(value) if row is None else plain_key(declared()[str(column.ref)], row)
    if column.type is ColumnType.ENUM:
        return _word(str(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def filled_cells(
    form: Form, table: Table, filled: Filled, *, me: str, day: date, number: str
) -> dict[str, str]:
    """What a form says of a row, by column, as a file would write it; fields left empty are left out."""
    fields = {one.name: one for one in form.fields}
    fixed = {TODAY: day.isoformat(), ME: me, NUMBER: number}
    found: dict[str, str] = {}
    for name, source in form.rows.get(table.id, {}).items():
        column, field = table.columns[name], source.removeprefix(MONTH_OF).removeprefix(TODAY_IF)
        if source.startswith(TODAY_IF):
            found |= {} if says_nothing(filled.values.get(field, "")) else {name: day.isoformat()}
            continue
        value = fixed.get(source) or filled.values.get(field, "")
        if not value and column.type is ColumnType.BOOL and column.required:
            value = NO
        if not value:
            continue
        kind = None if source in fixed else fields[field].kind
        if field != source:
            value = date.fromisoformat(value).replace(day=1).isoformat()
        elif kind is Kind.YES_NO:
            value = NO_WORD if value == NO else YES_WORD
        elif kind is Kind.CHOICE:
            value = _word(value)
        elif kind is Kind.STAFF:
            value = number_of(value)
        elif kind is Kind.PHONE:
            value = seals().opened(filled.numbers[value])
        found[name] = value
    return found


@dataclass(frozen=True)
class _Writing:
    """A form as it is written into a row: by whom, when, under which number and for what reason."""

    form: Form
    filled: Filled
    by: Actor
    at: datetime
    day: date
    number: str
    reason: str

    def faults(self, target: Target, *, keep: bool) -> list[tuple[str, Said]]:
        """What the checks of the row have against what the form says of it, by field."""
        return self._read(target, keep=keep)[1]

    def _read(self, target: Target, *, keep: bool) -> tuple[Mapping[str, Any] | None, list[tuple[str, Said]]]:
        """The row's values, None where it has faults."""
        table = target.table
        typed = read_typed(table, self._cells(target, keep=keep), day=self.day)
        told = [(_field_of(self.form, table, one.column), _of_fault(table, one)) for one in typed.errors]
        return typed.values, told if typed.values is None else []

    def into(self, target: Target, *, keep: bool) -> Any:
        """Enter or correct the row; ``keep`` leaves what it says and fills what is empty. FilingRefusedError with the faults of its checks."""
        table = target.table
        values, wrong = self._read(target, keep=keep)
        if values is None:
            raise FilingRefusedError(wrong)
        own = self.form.rows.get(
            table.id, {}
        ).keys()  # what a form is declared to fill its handing in decides
        try:
            return self._written(target, values, own)
        except RowRefusedError as error:
            told = refusal(error)
            raise FilingRefusedError(
                [(_field_of(self.form, table, _column_of(table, error)), in_words(told))]
            ) from error

    def _written(self, target: Target, values: Mapping[str, Any], own: Collection[str]) -> Any:
        """The row as it stands then, and with it what always says the same."""
        table, held = target.table, target.held
        act: dict[str, Any] = {"by": self.by, "at": self.at, "day": self.day}
        if held is not None and content(table, vars(held)) == content(table, values):
            return held
        if held is None:
            row = enter(table.id, values, decision=own, **act)
        else:
            row = correct(table.id, held.key, values, reason=self.reason, decision=own, **act)
        class_follows(row, held, reason=self.reason, **act)
        return row

    def _cells(self, target: Target, *, keep: bool) -> dict[str, str]:
        table, held = target.table, target.held
        said = filled_cells(self.form, table, self.filled, me=self.by.by, day=self.day, number=self.number)
        if held is None:
            return {**_numbered(table, target.cells, self.number), **said}
        stands = {column.id: cell_text(column, held) for column in values_of(table)}
        fresh = {
            name: text for name, text in said.items() if name not in table.key and not (keep and stands[name])
        }
        # an hour that was told by a time of day follows it
        hours = {
            c.id: "" for c in values_of(table) if c.hour_of in fresh and fresh[c.hour_of] != stands[c.hour_of]
        }
        return stands | hours | fresh


def _numbered(table: Table, cells: Mapping[str, str], number: str) -> dict[str, str]:
    """A new row's own number, where nothing else gives it, is the number of the form."""
    own = {
        name: number for name in table.key if name not in cells and table.columns[name].type is ColumnType.ID
    }
    return {**own, **cells}


def _column_of(table: Table, error: RowRefusedError) -> str | None:
    """The column that a refusal is about: of a row that stands already its number."""
    if error.code != "row-stands-already":
        return error.key
    return next((name for name in table.key if table.columns[name].type is ColumnType.ID), None)


def _field_of(form: Form, table: Table, column: str | None) -> str:
    """The field beside which a fault of a column is told."""
    source = form.rows.get(table.id, {}).get(column or "", "")
    return "" if source in {TODAY, ME, NUMBER} else source.removeprefix(MONTH_OF).removeprefix(TODAY_IF)


def _of_fault(table: Table, fault: Any) -> Said:
    def said(lang: Lang) -> str:
        column = terms().by_id(fault.column or "")
        words = (
            (table.word, "" if column is None else column.word)
            if lang == "zh"
            else ("", "" if column is None else column.label)
        )
        colon = "：" if lang == "zh" else ": "
        return f"{' '.join(word for word in words if word)}{colon}{fault.text(lang)}"

    return said


# -- the acts ---------------------------------------------------------------------------------------------------------


def _refuse_without_proof(duty: Duty, form: Form, filled: Filled) -> None:
    """Refuse what says that something was put right, or came back, while no file about the duty shows it."""
    if form.proof is None or not _wants_proof(form.proof, filled.values):
        return
    if not Attachment.objects.filter(duty_no=duty.pk, voided_at__isnull=True).exists():
        beside = form.proof.partition("/")[0]
        raise FilingRefusedError([(beside, lambda lang: papers_messages().text("proof-missing", lang))])


def _wants_proof(asked: str, values: Mapping[str, str]) -> bool:
    table, _slash, column = asked.partition("/")
    if not column:
        return values.get(asked) == YES
    return any(
        value and name.startswith(f"{table}/") and name.endswith(f"/{column}")
        for name, value in values.items()
    )


def wrong_row(duty: Duty, form: Form, filled: Filled, *, by: Actor, at: datetime, day: date) -> list[tuple[str, Said]]:  # fmt: skip
    """What the register that a form fills has against it, beside fields in which the form itself finds no fault: told with those, so that nobody mends twice."""
    target = target_of(duty, form)
    if target is None:
        return []
    wrong = {one.name for one in filled.faults}
    writing = _Writing(form, filled, by, at, day, "", "")
    told = writing.faults(target, keep=duty.done is not None)
    return [(name, said) for name, said in told if name and name not in wrong and filled.values.get(name)]


def _name_of(by: Actor) -> str:
    """What whoever acts is called; empty where the register does not know him."""
    return standing(homes()["employee"]).filter(key=by.by).values_list("full_name", flat=True).first() or ""


def _agreed(
    form: Form, about: About, filled: Filled, day: date, fast: Mapping[str, str], before: Mapping[str, str] | None = None
) -> Filled:  # fmt: skip
    """A form with its fixed fields as they are to be (``fast``), and beside the others what the registers say differently. Raises FilingRefusedError."""
    kept, wrong = kept_to(form, filled, fast)
    refuse(wrong)
    return compared(form, about, kept, day, before)


def file_form(
    duty: Duty, form: Form, filled: Filled, *, by: Actor, at: datetime, day: date
) -> Filed:  # fmt: skip
    """Hand the form of a duty in.

    Where a completion closes the duty it is written; where a row of a register does and the form fills that row, the row is entered, or
    what it leaves empty is filled in: of the contract and client of the duty, whoever's duty it is. What is signed is put forward.
    Raises PaperRefusedError, FilingRefusedError, SigningRefusedError.
    """
    rule = rules().get(duty.rule)
    about, completes = about_of(duty), closable(duty, rule)
    try:
        with transaction.atomic():
            filled = _agreed(form, about, filled, day, fixed(form, about, me=_name_of(by)))
            _refuse_without_proof(duty, form, filled)
            if paper_about(duty) is not None:
                raise papers.PaperRefusedError("handed-in-already")
            target = target_of(duty, form)
            paper = papers.hand_in(form, about, filled, by=by, at=at, day=day, completes=completes)
            writing = _Writing(form, filled, by, at, day, paper.number, f"{form.title.zh} {paper.number}")
            row: Any = None
            if target is not None:
                row = writing.into(target, keep=duty.done is not None)
                papers.tie_to_row(paper, target.table.id, row.key)
            filed = Filed(duty, form, filled, paper, row, None)
            for also in WITH_FORM:
                also(filed, by, at)
            signed = (completes or row is not None) and matter_of(duty) is None
            matter = open_duty_matter(duty, by=by, at=at) if signed else None
            return Filed(duty, form, filled, paper, row, matter)
    except IntegrityError as error:
        raise papers.PaperRefusedError("handed-in-already") from error


def _keep_the_later_day(fields: dict[str, str], duty: Duty, filled: Filled) -> None:
    """Leave the closing day of work that was put forward again: the form may still say the day on which it was put forward first (S12)."""
    rule, ruling = rules().get(duty.rule), last_ruling(duty)
    closing = closing_of(rule) if isinstance(rule, DutyRule) else None
    if ruling is None or closing is None or closing.column is None:
        return
    said = filled.values.get(fields.get(closing.column, ""), "")
    if said and said <= ruling.since.isoformat():
        fields.pop(closing.column)


def correct_filed(
    paper: Paper, duty: Duty, form: Form, filled: Filled, *, by: Actor, at: datetime, reason: str
) -> Paper:
    """A new edition of a form, and the row that it wrote set right with it. Raises what ``file_form`` raises."""
    fast = fixed_then(form, about_of(duty), paper)
    with transaction.atomic():
        filled = _agreed(form, about_of(duty), filled, day_of(at), fast, paper.values)
        _refuse_without_proof(duty, form, filled)
        made = papers.correct_paper(paper, form, about_of(duty), filled, by=by, at=at, reason=reason)
        table = declared().get(made.row_table)
        held = None if table is None else standing(homes()[table.id]).filter(key=made.row_key).first()
        if table is not None and held is not None:
            of_fields = {
                name: source for name, source in form.rows.get(table.id, {}).items() if source not in {TODAY, ME, NUMBER} and not source.startswith(TODAY_IF)
            }  # fmt: skip
            _keep_the_later_day(of_fields, duty, filled)
            only = replace(form, rows={table.id: of_fields})
            writing = _Writing(only, filled, by, at, day_of(at), made.number, reason)
            writing.into(Target(table, held, {}), keep=False)
        for also in WITH_CORRECTION:
            also(Filed(duty, form, filled, made, held, None), paper, by, at)
        return made

"""The report of a duty while it is written: what it begins with, the one before it, and what to notice in it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from daihou.book import masked
from daihou.duties.filing import Target, about_of, numbers_in, target_of, typed_of
from daihou.duties.models import Duty
from daihou.inspections.beside import last_paper
from daihou.inspections.photographs import PhotoRemark, photo_remarks
from daihou.inspections.remarks import Remark, remarks_on
from daihou.papers.agreeing import IN_REGISTER, compared, differing, fixed, fixed_then
from daihou.papers.filling import Filled, checked, fingerprint, prefilled, shown
from daihou.papers.models import DRAFT, Paper
from daihou.papers.numbers import Known, known_numbers, offered
from daihou.papers.owed import owed_in
from daihou.papers.reading import Form, Kind
from daihou.people.reads import Viewer
from daihou.screens.tags import lang
from daihou.units import DateTextError, day_of, format_yuan, read_date, read_fen

PHOTOS = "attachments"
"""Where the page of a form has its photos."""


@dataclass(frozen=True)
class Last:
    """The report before this one: its page, and what it said, numbers hidden."""

    paper: Paper
    values: Mapping[str, str]


def last_of(duty: Duty, form: Form, *, paper: Paper | None = None) -> Last | None:
    """The report before a new one, or before one that was handed in."""
    found = last_paper(duty, form, before=None if paper is None else paper.event)
    return None if found is None else Last(found, shown(found.values, found.numbers))


def carried(form: Form, last: Last | None) -> dict[str, str]:
    """What a new report begins with of the last one."""
    if last is None:
        return {}
    names = {one.name for one in form.fields if one.carried}
    found = {
        name: text
        for name, text in last.values.items()
        if name.partition("/")[0] in names and not name.endswith(f"/{IN_REGISTER}")
    }
    before = {one.name: last.values.get(one.last, "") for one in form.fields if one.last is not None}
    return found | {name: text for name, text in before.items() if text}


# -- filling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A form that somebody fills: the duty, his draft, the report before it, the row that it fills, numbers that the page shows hidden, and those of them that are offered."""

    duty: Duty
    form: Form
    draft: Paper | None
    last: Last | None
    target: Target | None
    held: Mapping[str, str]
    known: tuple[Known, ...] = ()
    paper: Paper | None = None
    """The form that was handed in, where it is corrected."""

    @property
    def offered(self) -> tuple[tuple[str, str], ...]:
        """The client's numbers as they are shown, each with the column of the register that holds it."""
        return offered(self.known, self.held)

    def owed(self, today: date) -> dict[str, str]:
        """What the registers tell of the debt that the form speaks of, by name of the value."""
        return owed_in(self.form, about_of(self.duty), today)

    def fast(self, me: str) -> dict[str, str]:
        """The fields that nobody types: what the registers say, and who fills the form; of a form that was handed in who did then."""
        about = about_of(self.duty)
        return (
            fixed(self.form, about, me=me) if self.paper is None else fixed_then(self.form, about, self.paper)
        )

    def corrected(self, paper: Paper, typed: Mapping[str, str], today: date) -> Filled:
        """What a correction of a form that was handed in says, read and checked; it is held against the day of handing in where no field tells the day."""
        day = day_of(paper.at) if self.form.done is None else today
        return checked(
            self.form, under(self.fast(""), typed), today=day, opens=about_of(self.duty).opens, held=self.held, me=paper.by,
            before=shown(paper.values, self.held),
        )  # fmt: skip

    def start(self, viewer: Viewer, today: date) -> dict[str, str]:
        """What it begins with: the draft, else what the book, the row and the report before it tell; with the fields that nobody types."""
        return self._begun(viewer, today) | self.fast(viewer.name)

    def _begun(self, viewer: Viewer, today: date) -> dict[str, str]:
        if self.draft is not None:
            return shown(self.draft.values, self.held)
        book = prefilled(self.form, about_of(self.duty), me=viewer.name, today=today)
        return (
            carried(self.form, self.last)
            | book
            | self.owed(today)
            | shown(typed_of(self.form, self.target), self.held)
        )


def under(fast: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with what nobody types where it is left out or empty."""
    return {**typed, **{name: text for name, text in fast.items() if not typed.get(name, "").strip()}}


def work_of(viewer: Viewer, duty: Duty, form: Form) -> Work:
    """What somebody needs who fills the form of a duty."""
    draft = Paper.objects.filter(duty_no=duty.pk, by=viewer.staff_no, state=DRAFT).first()
    last, target = last_of(duty, form), target_of(duty, form)
    known = known_numbers(form, about_of(duty))
    held = {one.mark: one.sealed for one in known} | numbers_in(form, target)
    for paper in (last.paper if last is not None else None, draft):
        held |= {} if paper is None else dict(paper.numbers)
    return Work(duty, form, draft, last, target, held, known)


def work_anew(duty: Duty, form: Form, paper: Paper) -> Work:
    """What somebody needs who corrects a form that was handed in."""
    known = known_numbers(form, about_of(duty))
    held = {one.mark: one.sealed for one in known} | dict(paper.numbers)
    return Work(duty, form, None, last_of(duty, form, paper=paper), None, held, known, paper)


# -- remarks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Noticed:
    """A remark as the page says it."""

    name: str
    label: str
    text: str


def noticed(duty: Duty, form: Form, values: Mapping[str, str], last: Last | None) -> list[Noticed]:
    """What to notice in a report and in its photos, in words."""
    told = remarks_on(form, values, None if last is None else last.values)
    said = [Noticed(one.name, one.label[0] if lang() == "zh" else one.label[1], _words(one)) for one in told]
    photos = photo_remarks(duty, _day_of_check(form, values))
    said += _otherwise(form, values)
    return said + [Noticed(PHOTOS, masked(one.photo.name), _of_photo(one)) for one in photos]


def noticed_anew(duty: Duty, form: Form, filled: Filled, last: Last | None, today: date) -> list[Noticed]:
    """What to notice in a form before it is handed in, as the registers stand then."""
    with_register = compared(form, about_of(duty), filled, today)
    return noticed(duty, form, shown(with_register.values, with_register.numbers), last)


def _otherwise(form: Form, values: Mapping[str, str]) -> Iterator[Noticed]:
    """Where a form says something else than the registers said when it was handed in."""
    for name, one, told in differing(form, values):
        label = one.label.said(lang())
        row = name.split("/")[1] if "/" in name else ""
        text = format_yuan(read_fen(told)) if one.kind is Kind.MONEY else told
        said = _("第 %(line)s 行 %(label)s") % {"line": int(row) + 1, "label": label} if row else label
        yield Noticed(name, said, _("和台账不一样，台账上是 %(told)s。") % {"told": text})


def _day_of_check(form: Form, values: Mapping[str, str]) -> date | None:
    """The day on which a form says that it was done."""
    try:
        return read_date(values[form.done]) if form.done is not None and values.get(form.done) else None
    except DateTextError:
        return None  # beside the field it is said that this is no day


def _of_photo(one: PhotoRemark) -> str:
    said = {
        "taken-before": _("照片自己说摄于 %(day)s，早于检查日。"),
        "sent-before": _("%(day)s 已经为别的事项上传过同一张照片。"),
    }[one.code]
    return said % {"day": one.day}


def _words(one: Remark) -> str:
    return {
        "copied": _("和上次写的一样：这次看到的是什么？没有变化就写“无变化”。"),
        "risk-without-effect": _("写了新的风险点，没有写对还款有什么影响。"),
        "risk-without-measure": _("写了新的风险点，没有写措施。"),
        "alarm-without-measure": _("上面有答成异常的，风险点和措施都没有写。"),
        "major-without-analysis": _("评为重点关注、不良，或资金有危险，没有单独分析。"),
        "stock-moved": _("存货比上次增减超过两成，请写原因。"),
        "not-on-the-spot": _("问题贷款要到现场查，日常检查现场和非现场都要做。"),
    }[one.code]


def seal_of(told: Sequence[Noticed]) -> str:
    """What a writer confirms who hands a report in in spite of remarks: just these."""
    return fingerprint([[one.name, one.text] for one in told])[:16]

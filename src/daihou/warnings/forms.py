"""What the form of a warning decides: the measures written in it are chosen with it, as on the page of the warning (P01-14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from daihou.duties.filing import Filed, FilingRefusedError, in_words
from daihou.papers.filling import YES, lines_telling, number_of
from daihou.papers.models import Paper
from daihou.papers.reading import Form, Tells
from daihou.registers.kept import homes, standing
from daihou.signoff.models import STANDING, WITHDRAWN, Matter
from daihou.trail.acts import Actor
from daihou.warnings.acts import (
    DECISION,
    RESPONSE,
    REVIEW,
    WARNING,
    Chosen,
    WarningRefusedError,
    choose_measures,
)
from daihou.warnings.refusals import refusals


@dataclass(frozen=True)
class _Line:
    """One measure as a form tells it, and the names of its fields."""

    measure: str
    person: str
    until: str
    chosen: Chosen

    def at(self, code: str) -> str:
        """The field beside which a refusal is told."""
        return {"day-passed": self.until, "nobody-such": self.person}.get(code, self.measure)


def choose_from_form(filed: Filed, by: Actor, at: datetime) -> None:
    """Decide on the measures that a form names and that are not decided yet: written, or put to signature where they are another's decision.

    Raises FilingRefusedError beside the measures (also where one is decided already for another person or day, or the duty is about no warning),
    and SigningRefusedError.
    """
    _choose(filed, list(_lines(filed.form, filed.filled.values)), by=by, at=at)


def choose_from_correction(filed: Filed, before: Paper, by: Actor, at: datetime) -> None:
    """The same of the measures that a correction adds, or whose matter its maker took back; what it leaves out stays decided, for it may be under way."""
    stood = {one.chosen.measure for one in _lines(filed.form, before.values)} - _taken_back(filed.duty.object)
    lines = list(_lines(filed.form, filed.filled.values))
    _choose(filed, [one for one in lines if one.chosen.measure not in stood], by=by, at=at)
    if filed.duty.table == WARNING:
        _refuse_otherwise(lines, _decided(filed.duty.object))


def _choose(filed: Filed, lines: list[_Line], *, by: Actor, at: datetime) -> None:
    if not lines:
        return
    warning = filed.duty.object
    if filed.duty.table != WARNING:
        why = _("这项任务不是关于预警的：措施在预警的任务或页面上定，这里写进“具体做法”。")
        raise FilingRefusedError([(lines[0].measure, in_words(why))])
    decided = _decided(warning)
    _refuse_otherwise(lines, decided)
    fresh = [one for one in lines if one.chosen.measure not in decided]
    if not fresh:
        return
    try:
        choose_measures(warning, [one.chosen for one in fresh], by=by, at=at)
    except WarningRefusedError as error:
        wrong = next((one for one in fresh if one.chosen.measure == error.key), fresh[0])
        raise FilingRefusedError([(wrong.at(error.code), in_words(str(refusals()[error.code])))]) from error


def _refuse_otherwise(lines: list[_Line], decided: Mapping[str, tuple[str, date | None]]) -> None:
    """Refuse a measure that was decided for another person or another day than the form says: paper and register would part."""
    told = [
        (one, decided[one.chosen.measure])
        for one in lines
        if one.chosen.measure in decided
        and (one.chosen.person, one.chosen.deadline) != decided[one.chosen.measure]
    ]
    why = _("这项措施已经定了，负责人、期限和定的不一样：照定的写，或者删掉这一行。")
    if told:
        raise FilingRefusedError([(one.measure, in_words(why)) for one, _held in told])


def _decided(warning: str) -> dict[str, tuple[str, date | None]]:
    """The measures of a warning that are under way, carried out or being signed: for whom and until when."""
    found: dict[str, tuple[str, date | None]] = {}
    for matter in _matters(warning).filter(state__in=STANDING):
        for one in matter.content["measures"]:
            until = None if one["deadline"] is None else date.fromisoformat(one["deadline"])
            found[one["measure"]] = one["person"], until
    rows = standing(homes()[RESPONSE]).filter(warning=warning).order_by("decided_day", "key")
    for row in rows.values("measure", "responsible_person", "deadline"):
        found[row["measure"]] = row["responsible_person"] or "", row["deadline"]
    return found


def _taken_back(warning: str) -> set[str]:
    """The measures whose last matter its maker withdrew."""
    last = {one["measure"]: matter.state for matter in _matters(warning).order_by("pk") for one in matter.content["measures"]}  # fmt: skip
    return {measure for measure, state in last.items() if state == WITHDRAWN}


def _matters(warning: str) -> QuerySet[Matter]:
    return Matter.objects.filter(subject=warning, kind__in=(REVIEW, DECISION))


def _lines(form: Form, values: Mapping[str, str]) -> Iterator[_Line]:
    """What a form chooses."""
    for _place, cells in lines_telling(form, values, Tells.MEASURES):
        (name, measure), (whom, person), (when, until), (_people, people) = cells
        deadline = date.fromisoformat(until) if until else None
        chosen = Chosen(measure, number_of(person) if person else "", deadline, personal=people == YES)
        yield _Line(name, whom, when, chosen)

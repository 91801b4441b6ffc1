"""What the form of a warning decides: the measures written in it are chosen with it, as on the page of the warning (P01-14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from daihou.duties.filing import Filed, FilingRefusedError
from daihou.papers.filling import YES, lines_telling, number_of
from daihou.papers.models import Paper
from daihou.papers.reading import Form, Tells
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.warnings.acts import (
    DECISION,
    RESPONSE,
    REVIEW,
    WARNING,
    Chosen,
    WarningRefusedError,
    choose_measures,
    measures_in,
    under_way,
)
from daihou.warnings.refusals import refusals


def choose_from_form(filed: Filed, by: Actor, at: datetime) -> None:
    """Decide on the measures that a form names and that are not decided yet: written, or put to signature where they are another's decision.

    A form about something else than a warning only tells them. Raises FilingRefusedError beside the measures, and SigningRefusedError.
    """
    _choose(filed, dict(_chosen(filed.form, filed.filled.values)), by=by, at=at)


def choose_from_correction(filed: Filed, before: Paper, by: Actor, at: datetime) -> None:
    """The same of the measures that a correction adds; what it leaves out stays decided, for it may be under way."""
    stood = {one.measure for _place, one in _chosen(filed.form, before.values)}
    added = {
        place: one for place, one in _chosen(filed.form, filed.filled.values) if one.measure not in stood
    }
    _choose(filed, added, by=by, at=at)


def _choose(filed: Filed, chosen: Mapping[str, Chosen], *, by: Actor, at: datetime) -> None:
    duty = filed.duty
    if duty.table != WARNING or not chosen:
        return
    decided = _decided(duty.object)
    fresh = {place: one for place, one in chosen.items() if one.measure not in decided}
    if not fresh:
        return
    try:
        choose_measures(duty.object, list(fresh.values()), by=by, at=at)
    except WarningRefusedError as error:
        why = str(refusals()[error.code])
        raise FilingRefusedError([(next(iter(fresh)), lambda _lang: why)]) from error


def _decided(warning: str) -> set[str]:
    """The measures of a warning that are under way, carried out or being signed."""
    written = standing(homes()[RESPONSE]).filter(warning=warning).values_list("measure", flat=True)
    return {*written, *measures_in(under_way(warning, REVIEW, DECISION))}


def _chosen(form: Form, values: Mapping[str, str]) -> Iterator[tuple[str, Chosen]]:
    """What a form chooses, by the name of the field that says it."""
    for _place, line in lines_telling(form, values, Tells.MEASURES):
        (name, measure), (_, person), (_, until), (_, people) = line
        deadline = date.fromisoformat(until) if until else None
        yield name, Chosen(measure, number_of(person) if person else "", deadline, personal=people == YES)

"""What a signer reads first of a form: the class that it proposes, new risks, what is to be done, answers that are bad; then the whole of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from daihou.duties.models import Duty
from daihou.duties.signing import concerned
from daihou.inspections.classing import RISK, SCALES, TIER, Grade, Scale
from daihou.inspections.remarks import bad_answers
from daihou.inspections.reports import last_of, noticed
from daihou.papers.filling import shown
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.models import DRAFT, Paper
from daihou.papers.reading import Form, Tells
from daihou.screens.tags import lang, lead, word
from daihou.web.asked import Asked, asked

FIRST = (
    Tells.RISK,
    Tells.EFFECT,
    Tells.MEASURE,
    Tells.ANALYSIS,
    Tells.DEMANDS,
    Tells.WARNINGS,
    Tells.MEASURES,
    Tells.STEPS,
)
"""What is read first of a report, in order; where its class is another than the contract's, that comes before."""


@dataclass(frozen=True)
class Point:
    """One thing that a form says: its label, what it says, whether that is bad."""

    label: str
    texts: tuple[str, ...]
    bad: bool = False


def gist_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The form that a matter puts forward: its points, what to notice, its groups, the number of its duty; empty where it puts none forward, or it is gone.

    A class is told against the one that the contract had when the content was put forward, which the approval itself moves.
    """
    told = content.get("paper")
    paper = (
        None
        if not told
        else Paper.objects.exclude(state=DRAFT).select_related("wording").filter(pk=told["pk"]).first()
    )
    duty = None if paper is None else Duty.objects.filter(pk=paper.duty_no).first()
    form = None if paper is None else form_of_paper(paper)
    if paper is None or duty is None or form is None:
        return {}
    values, last = shown(paper.values, paper.numbers), last_of(duty, form, paper=paper)
    groups = asked(form, values, (), blanks=False, last={} if last is None else last.values)
    was = _classes_then(content)
    if any(was[scale] is None and form.telling(scale.tells) for scale in SCALES):
        contract = concerned(duty)
        was = {scale: was[scale] or scale.of(contract) for scale in SCALES}
    return {
        "points": list(_points(form, _by_name(groups), values, was)),
        "noticed": noticed(duty, form, values, last), "form_groups": groups, "duty": duty.pk,
    }  # fmt: skip


def first_points(contents: Mapping[int, Mapping[str, Any]]) -> dict[int, list[Point]]:
    """What forms say that is read first, by the number of the matter that puts them forward: one question whatever the number of matters."""
    papers = {told["pk"]: matter for matter, content in contents.items() if (told := content.get("paper"))}
    found = {}
    for paper in Paper.objects.exclude(state=DRAFT).select_related("wording").filter(pk__in=papers):
        form = form_of_paper(paper)
        if form is None:
            continue
        matter, values = papers[paper.pk], shown(paper.values, paper.numbers)
        fields = _by_name(asked(form, values, (), blanks=False))
        found[matter] = list(_points(form, fields, values, _classes_then(contents[matter])))
    return found


def _classes_then(content: Mapping[str, Any]) -> dict[Scale, Grade | None]:
    """The classes that the contract had when the content was put forward; a change of class by itself tells only its own."""
    now = content.get("now")
    own = TIER if isinstance(now, str) else RISK
    return {scale: content.get(scale.column, now if scale is own else None) for scale in SCALES}


def _graded(
    scale: Scale, form: Form, fields: Mapping[str, Asked], values: Mapping[str, str], was: Grade | None
) -> Iterator[Point]:
    """The class that a form finds, and whether that is another than the contract's."""
    field, why = form.telling(scale.tells), form.telling(Tells.CLASS_WHY)
    proposed = scale.asked(form, values, was)
    if field is None:
        return
    told = fields[field.name]
    if proposed is not None:
        now = _("未分级") if was is None else word(was) if isinstance(was, str) else was
        words = {"now": now, "new": proposed, "word": told.text}
        said = {
            RISK: _("现在第 %(now)s 类，建议改为第 %(new)s 类（%(word)s）"),
            TIER: _("现在%(now)s，建议改为%(word)s"),
        }
        reason = "" if why is None else values.get(why.name, "")
        texts = (said[scale] % words, *([reason] if reason else []))
        yield Point(scale.title.said(lang()), texts, scale.worse(proposed, was))
    elif values.get(field.name):
        yield Point(told.label, (told.text,))


def _by_name(groups: list[tuple[str, list[Asked]]]) -> dict[str, Asked]:
    return {one.name: one for _title, held in groups for one in held}


def _points(
    form: Form, fields: Mapping[str, Asked], values: Mapping[str, str], was: Mapping[Scale, Grade | None]
) -> Iterator[Point]:
    for scale in SCALES:
        yield from _graded(scale, form, fields, values, was[scale])
    stake = [fields[one.name] for one in form.fields if one.tells is Tells.STAKE and values.get(one.name)]
    if stake:
        yield Point(_("涉及金额"), tuple(f"{lead(one.label)}{one.text} {one.unit}" for one in stake))
    for what in FIRST:
        field = form.telling(what)
        one = None if field is None else fields[field.name]
        if one is not None and one.rows:
            yield Point(one.label, tuple(" · ".join(cell.text for cell in row) for row in one.rows))
        elif one is not None and one.value:
            yield Point(one.label, (one.text,))
    for name in bad_answers(form, values):
        one = fields[name]
        yield Point(one.label, (lead(one.text) + one.why if one.why else one.text,), bad=True)
    if form.remark and values.get(form.remark):
        yield Point(fields[form.remark].label, (fields[form.remark].text,))

"""Changes of figures: what was proposed and how it stands; a form that shows what a change would do before it goes to signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.dayend.foreseeing import ROWS, Foreseen, affected, foresee
from daihou.duties.models import Standing
from daihou.duties.naming import Names, names_for
from daihou.engine import Moved
from daihou.people.reads import Viewer
from daihou.people.rights import May, Scope
from daihou.policy import previews
from daihou.policy.acts import complete, propose, withdraw
from daihou.policy.books import ids_for, kind_of_company
from daihou.policy.checking import Asked, Checked, check, figure_of
from daihou.policy.faults import FigureFault, FigureRefusedError
from daihou.policy.laying import Step
from daihou.policy.models import FAILED, FORESEEING, FigureChange, Preview
from daihou.policy.reads import (
    OPEN,
    RETURNED,
    STANDINGS,
    approved_after,
    changes,
    figures_on,
    of_figure,
    stands,
)
from daihou.policy.rules import books, rules
from daihou.policy.sources import Whose, may_change, whose
from daihou.rulebook import PERIODS, Figure, LookupTable, Rulebook, nodes_of, written_shipped
from daihou.rulebook.nodes import Column as ColumnNode
from daihou.rulebook.nodes import Kind, Lookup
from daihou.rulebook.written import figure_named, figure_steps
from daihou.screens.answers import say_done
from daihou.screens.tags import key as key_words
from daihou.screens.tags import lang, listed, word
from daihou.screens.work import behind
from daihou.signoff.models import Matter
from daihou.signoff.reads import seen
from daihou.units import DateTextError, read_date
from daihou.web.gate import Request

PAGE = 50
CLASS = "risk_class"
"""The column whose values people call classes, by their number."""
BROKEN_OFF = timedelta(minutes=3)
"""A preview that has told nothing for so long is taken as broken off."""

KINDS: Mapping[Kind, Any] = {
    Kind.DAYS: lambda: _("天"), Kind.WORKDAYS: lambda: _("工作日"), Kind.MONTHS: lambda: _("个月"), Kind.FEN: lambda: _("元"),
    Kind.RATIO: lambda: "%",
}  # fmt: skip
"""The unit shown beside the field of a figure, which a bare number takes."""


def whose_words() -> dict[str, str]:
    """Whose a value is, for people."""
    return {
        Whose.LAW: _("外部规定"), Whose.PAPER: _("公司制度"), Whose.OURS: _("公司自定"), Whose.COMPANY: _("本公司改定"),
    }  # fmt: skip


def standing_words() -> dict[str, str]:
    """How a change stands, for people."""
    return {
        "under_way": _("签批中"), "returned": _("退回补充"), "coming": _("已批准，未到日子"), "in_force": _("生效中"),
        "replaced": _("已被后来的改动替代"), "left_out": _("没有用上：现在的规则册容不下"), "refused": _("未批准"), "withdrawn": _("已撤回"),
    }  # fmt: skip


@dataclass(frozen=True)
class Valued:
    """One value of a figure: its first day (None: ever), in words, and whose it is."""

    since: date | None
    said: str
    whose: str


def values_of(home: Rulebook, figure: Figure | LookupTable, adopted: Sequence[Step]) -> list[Valued]:
    """The values of a figure by date, each with whose it is."""
    below = figure_named(written_shipped(home.id).book, figure.id)
    base = whose(figure if below is None else below)
    mine = {step.since for step in adopted if (step.rulebook, step.figure) == (home.id, figure.id)}
    said = whose_words()
    return [
        Valued(since, text, said[Whose.COMPANY if since in mine else base])
        for since, text in figure_steps(figure, lang())
    ]


def changeable(home: Rulebook, name: str) -> bool:
    """Whether the company may change a figure of a rulebook by itself."""
    figure = figure_named(written_shipped(home.id).book, name)
    return figure is not None and figure.book == home.id and may_change(figure)


# ------------------------------------------------------------------ what was proposed


@require_safe
def figure_list(request: Request) -> HttpResponse:
    """All changes of figures, newest first: under way, in force from when, refused; filtered by how they stand."""
    if request.viewer.rights.scope("policy") is Scope.NONE:
        raise Http404
    ids = ids_for(kind_of_company())
    found = stands(changes(), ids, request.today)
    counts = {one: sum(stand.standing == one for stand in found) for one in STANDINGS}
    chosen = request.GET.get("state", "")
    if chosen in STANDINGS:
        found = [one for one in found if one.standing == chosen]
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    run = Standing.objects.select_related("run").filter(pk=1).first()
    context = {
        "page": page, "chosen": chosen, "said": standing_words(),
        "filters": [(one, standing_words()[one], counts[one]) for one in STANDINGS if counts[one]],
        "figures": _named(one.change for one in page.object_list),
        "people": names_for(people=[one.change.proposed_by for one in page.object_list]),
        "open": OPEN, "behind": 0 if run is None else approved_after(run.run.at, request.today),
        "may_run": request.viewer.may(May.DAY), "may_propose": request.viewer.may(May.FIGURES),
        "matters": _matters_seen(request.viewer, [one.change.matter_id for one in page.object_list]),
    }  # fmt: skip
    return render(request, "web/figures.html", context)


def _matters_seen(viewer: Viewer, numbers: Sequence[int]) -> set[int]:
    """Of some matters those that a viewer may open."""
    return set(Matter.objects.filter(seen(viewer), pk__in=numbers).values_list("pk", flat=True))


def _named(shown: Any) -> dict[int, tuple[str, str, str]]:
    """Of each change the figure's name, what it is changed to, and what it was, by the number of the change."""
    found = {}
    for one in shown:
        content = one.matter.content
        before = content.get("before", {}).get(lang(), "")
        found[one.pk] = (_figure_words(content, one.figure), value_words(one.value), before)
    return found


def _figure_words(content: Mapping[str, Any], figure: str) -> str:
    """What a figure is called: as it was signed, in English by the label of its word."""
    return str(content.get("name", figure)) if lang() == "zh" else word(figure)


def value_words(value: Any) -> str:
    """A proposed value as people read it."""
    if isinstance(value, str):
        return value
    return ("，" if lang() == "zh" else ", ").join(f"{word(key)}: {one}" for key, one in value.items())


@require_POST
def figure_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take a proposal back."""
    _may(request)
    change = get_object_or_404(FigureChange, pk=pk)
    try:
        withdraw(change, by=request.actor, at=timezone.now())
    except FigureRefusedError as error:
        return render(
            request, "web/figures.html", {"refused": _texts(error), "page": None}, status=HTTPStatus.CONFLICT
        )
    say_done(request, _("已撤回。"))
    return redirect("figures")


def _may(request: Request) -> None:
    if not request.viewer.may(May.FIGURES):
        raise PermissionDenied


def _texts(error: FigureRefusedError) -> list[str]:
    return [one.text(lang()) for one in error.faults]


# ------------------------------------------------------------------ the form


class FigureForm(forms.Form):
    """A change as typed. Whether it is right is asked of the room; what is wrong comes back beside its field."""

    def __init__(
        self,
        *args: Any,
        figure: Figure | LookupTable,
        today: date,
        asked_by: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.figure = figure
        unit = KINDS.get(figure.type.kind, lambda: "")()
        for name, label in _value_fields(figure, asked_by):
            self.fields[name] = _value_field(figure, label)
            self.fields[name].unit = unit  # type: ignore[attr-defined]
        day = forms.DateInput(attrs={"type": "date", "min": today.isoformat()})
        self.fields["since"] = forms.CharField(
            label=_("从哪天起"), required=False, widget=day, help_text=_("批准那天之前的日子不变。")
        )
        self.fields["citation"] = forms.CharField(
            label=_("依据的文件"), required=False, help_text=_("例如会议纪要的编号；没有就空着，算公司自定。")
        )
        self.fields["reason"] = forms.CharField(
            label=_("为什么改"), required=False, widget=forms.Textarea(attrs={"rows": 3})
        )
        for name in ("since", "reason"):
            self.fields[name].must = True  # type: ignore[attr-defined]

    def asked(self, rulebook: str) -> Asked:
        """The change that the form asks for. Raises FigureRefusedError where its day is none."""
        said = {name: str(value) for name, value in self.cleaned_data.items()}
        typed: str | dict[str, str] = said.get("value", "")
        if isinstance(self.figure, LookupTable):
            typed = {name.removeprefix("key-"): said[name] for name, _label in _value_fields(self.figure)}
        since = None
        if said["since"].strip():
            try:
                since = read_date(said["since"])
            except DateTextError as error:
                self.add_error("since", error.text(lang()))
        return Asked(rulebook, self.figure.id, typed, since, said["reason"], said["citation"])

    def take(self, faults: Sequence[FigureFault]) -> None:
        """Put faults beside their fields."""
        for fault in faults:
            place = fault.place.replace("value.", "key-")
            field = place if place in self.fields and not self.errors.get(place) else None
            if field is not None or place not in self.fields:
                self.add_error(field, fault.text(lang()))


def _value_fields(figure: Figure | LookupTable, asked_by: str | None = None) -> list[tuple[str, str]]:
    """Names and labels of the fields of the value: one, or one for each key of a table, a number with the column that it is a value of."""
    if isinstance(figure, Figure):
        return [("value", _("改成"))]
    keys = dict.fromkeys(str(key) for _since, step in figure.value.steps for key in step)
    return [(f"key-{key}", _key_words(key, asked_by)) for key in keys]


def _key_words(key: str, asked_by: str | None) -> str:
    if asked_by is None or not key.isdecimal():
        return word(key)
    return _("第 %(key)s 类") % {"key": key} if asked_by == CLASS else f"{word(asked_by)} {key}"


def _asked_by(home: Rulebook, figure: Figure | LookupTable) -> str | None:
    """The column by which the rules of a book ask a table, where it is one."""
    found = {
        node.key.name
        for node in nodes_of((home.rules, home.facts))
        if isinstance(node, Lookup) and node.name == figure.id and isinstance(node.key, ColumnNode)
    }
    return found.pop() if len(found) == 1 else None


def _value_field(figure: Figure | LookupTable, label: str) -> forms.Field:
    kind = figure.type.kind
    if kind is Kind.BOOL:
        return forms.ChoiceField(
            label=label, required=False, choices=[("", "—"), ("是", _("是")), ("否", _("否"))]
        )
    if kind is Kind.PERIOD:
        spans = [(text, word(span)) for text, span in PERIODS.items()]
        return forms.ChoiceField(label=label, required=False, choices=[("", "—"), *spans])
    hint = "" if isinstance(figure, Figure) else _("不改就空着。")
    return forms.CharField(
        label=label, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}), help_text=hint
    )


def figure_page(request: Request, rulebook: str, name: str) -> HttpResponse:
    """Propose a change of one figure, or complete a returned one: first what it would do, found out beside the request, then to signature."""
    _may(request)
    ids = ids_for(kind_of_company())
    home = next((one for one in books() if one.id == rulebook), None)
    figure = None if home is None else figure_named(home, name)
    if home is None or figure is None:
        raise Http404
    adopted, users = figures_on(), affected((home,), rulebook, figure.id)
    context: dict[str, Any] = {
        "home": home, "figure": figure, "values": values_of(home, figure, adopted),
        "users": [rule for rule in home.rules if rule.id in users],
        "others": stands(of_figure(rulebook, figure.id), ids, request.today), "said": standing_words(),
    }  # fmt: skip
    try:
        figure_of(ids, rulebook, figure.id)
    except FigureRefusedError as error:
        context["refused"] = _texts(error)
        status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
        return render(request, "web/figure.html", context, status=status)
    returned = of_figure(rulebook, figure.id).filter(
        matter__state=RETURNED, proposed_by=request.viewer.staff_no
    )
    context["returned"] = returned.first()
    preview = previews.current(rulebook, figure.id, request.viewer.staff_no)
    if request.method == "POST":
        form = FigureForm(request.POST, figure=figure, today=request.today, asked_by=_asked_by(home, figure))
        return _asked(request, form, {**context, "form": form}, ids, adopted, preview)
    initial = _initial(preview, context["returned"])
    form = FigureForm(figure=figure, today=request.today, asked_by=_asked_by(home, figure), initial=initial)
    return render(request, "web/figure.html", {**context, "form": form, **preview_shown(preview)})


def _initial(preview: Preview | None, returned: FigureChange | None) -> dict[str, str]:
    """What the form begins with: what was asked of the preview, else what was returned."""
    if preview is not None:
        said = dict(preview.asked)
    elif returned is not None:
        since = returned.since.isoformat()
        said = {
            "value": returned.value, "since": since, "citation": returned.citation, "reason": returned.reason,
        }  # fmt: skip
    else:
        return {}
    value = said.pop("value")
    return said | (
        {"value": value} if isinstance(value, str) else {f"key-{key}": one for key, one in value.items()}
    )


def preview_shown(preview: Preview | None) -> dict[str, Any]:
    """How a preview stands, for its page: at work, broken off, failed, or what was found."""
    if preview is None:
        return {}
    result = previews.result_of(preview)
    quiet = timezone.now() - preview.alive > BROKEN_OFF
    at_work = preview.state == FORESEEING
    return {
        "preview": preview, "at_work": at_work, "broken_off": (at_work and quiet) or preview.state == FAILED,
        **({} if result is None else shown(Foreseen.from_kept(result))),
    }  # fmt: skip


def _asked(
    request: Request, form: FigureForm, context: dict[str, Any], ids: Sequence[str], adopted: Sequence[Step], preview: Preview | None
) -> HttpResponse:  # fmt: skip
    """What follows from a form that was sent: a preview dropped or begun again, its faults, a preview begun, or a matter."""
    home, figure, act = context["home"], context["figure"], request.POST.get("act", "")
    here = redirect(f"{reverse('figure', args=[home.id, figure.id])}#foreseen")
    if act == "drop":
        if preview is not None:
            previews.drop(preview, by=request.actor, at=timezone.now())
        return redirect("figures")
    try:
        if act == "again" and preview is not None and preview_shown(preview)["broken_off"]:
            checked = check(previews.asked_of(preview), ids, adopted, request.today)
            if previews.begin_again(preview, at=timezone.now()):
                _work(preview, checked, request.today)
            return here
        if form.is_valid():
            asked = form.asked(home.id)
            checked = check(asked, ids, adopted, request.today)
            digest = previews.digest_of(checked, adopted)
            if act == "propose":
                _propose(request, checked, digest, preview, context["returned"])
                say_done(request, _("已送签：%(name)s。") % {"name": word(checked.figure.id)})
                return redirect("figures")
            preview = previews.begin(checked, digest, by=request.actor, at=timezone.now())
            _work(preview, checked, request.today)
            return here
    except FigureRefusedError as error:
        form.take(error.faults)
        if preview is not None and any(one.code == "preview-stale" for one in error.faults):
            previews.drop(preview, by=request.actor, at=timezone.now())
            preview = None
    shown_ = preview_shown(preview)
    return render(request, "web/figure.html", {**context, **shown_}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _work(preview: Preview, checked: Checked, day: date) -> None:
    """Find out beside the request what a change would do."""

    def work() -> None:
        try:
            found = foresee(checked, day, previews.telling(preview, timezone.now))
        except previews.PreviewGoneError:
            return
        previews.keep(preview, found.as_kept() | {"content": found.as_content()}, at=timezone.now())

    behind("foresee", work, lambda: previews.give_up(preview))


def _propose(
    request: Request, checked: Checked, digest: str, preview: Preview | None, returned: FigureChange | None
) -> None:
    """To signature with what was found. FigureRefusedError where that is not found yet, or speaks of something else."""
    if preview is None or preview.digest != digest:
        raise FigureRefusedError(FigureFault("figure", "preview-stale"))
    found = previews.result_of(preview)
    if found is None:
        raise FigureRefusedError(
            FigureFault("figure", "preview-working" if preview.state == FORESEEING else "preview-failed")
        )
    with transaction.atomic():
        if returned is None:
            propose(
                checked, foreseen=found["content"], posts=request.viewer.posts, by=request.actor, at=timezone.now()
            )  # fmt: skip
        else:
            complete(
                returned, checked, foreseen=found["content"], remark=request.POST.get("remark", "").strip(), by=request.actor,
                at=timezone.now(),
            )  # fmt: skip
        previews.proposed(preview)


@require_safe
def figure_state(request: Request, pk: int) -> HttpResponse:
    """How far a preview is, asked again and again by its page; when it is over the page is loaded anew."""
    _may(request)
    preview = get_object_or_404(Preview, pk=pk, by=request.viewer.staff_no)
    answer = render(request, "web/_progress.html", {"work": preview})
    if preview.state != FORESEEING:
        answer.headers["HX-Refresh"] = "true"
    return answer


# ------------------------------------------------------------------ what it would change


@dataclass(frozen=True)
class Line:
    """One thing that would be otherwise."""

    rule: str
    object: str
    how: str
    before: str
    after: str


def shown(found: Foreseen) -> dict[str, Any]:
    """What a change would do, as a page shows it: counts, by post and person, by rule, the first things."""
    first = found.moved[:ROWS]
    people = found.people
    things = [(rules()[one.rule].table, one.object) for one in first if one.rule in rules()]
    names = names_for(
        people=[one.employee for one in people], contracts=[one.contract for one in first], things=things, branches=True
    )  # fmt: skip
    return {
        "foreseen": found,
        "hows": [(how_words()[how], count) for how, count in found.hows.items()],
        "by_rule": [(_rule_name(one.rule), one) for one in found.by_rule],
        "by_person": [(one, names.people.get(one.employee or "", "")) for one in people[:ROWS]],
        "people_left": max(len(people) - ROWS, 0),
        "lines": [_line(one, names) for one in first],
        "lines_left": sum(found.hows.values()) - len(first),
    }


def how_words() -> dict[str, str]:
    """What would happen to a thing."""
    return {
        "more": _("多出来"), "less": _("不再有"), "earlier": _("提前"), "later": _("推后"), "person": _("换人"), "otherwise": _("变成别的"),
    }  # fmt: skip


def _rule_name(rule_id: str) -> str:
    rule = rules().get(rule_id)
    return rule_id if rule is None else rule.said(lang())


def _line(one: Moved, names: Names) -> Line:
    rule = rules().get(one.rule)
    table = "" if rule is None else rule.table
    thing = names.object(table, one.object, one.contract, None) if table else key_words(one.object)
    return Line(_rule_name(one.rule), thing, how_words()[one.how], _side(one.before), _side(one.after))


def _side(said: str) -> str:
    return listed(word(one) for one in said.split(",")) if said else ""


def matter_shown(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a matter of this kind, for the page of the matter: ``web/_figure_matter.html``."""
    told = content.get("foreseen", {})
    people = told.get("people", [])
    names = names_for(people=[employee for _post, employee, *_rest in people])
    return {
        "figure_name": _figure_words(content, content["figure"]), "meaning": (lang() == "en" and content.get("english")) or content["meaning"], "was": content["before"][lang()],
        "becomes": value_words(content["value"]), "since": content["since"], "citation": content["citation"],
        "reason": content["reason"], "until": told.get("until", ""),
        "hows": [(how_words()[how], count) for how, count in told.get("hows", {}).items()],
        "by_rule": [(_rule_name(rule), *rest) for rule, *rest in told.get("by_rule", [])],
        "by_person": [(post, names.people.get(employee or "", ""), *rest) for post, employee, *rest in people],
        "people_left": max(told.get("people_count", 0) - len(people), 0),
    }  # fmt: skip

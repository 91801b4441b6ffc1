"""One duty: what, for whom, by when and why; its history; and the act that closes it where no fact of the book does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.dayend.about import explained
from daihou.dayend.acts import follow
from daihou.duties.completing import CompletionRefusedError, closable, closed_by_act
from daihou.duties.finding import BY_DEADLINE
from daihou.duties.leftovers import closable_by, fell_before
from daihou.duties.models import LEFTOVER, TO_DO, Duty, Standing
from daihou.duties.naming import OWED, names_for
from daihou.duties.own_work import work_to_close
from daihou.duties.reads import doable, seen
from daihou.duties.returning import finish
from daihou.duties.signing import concerned, row_about, signers_of_duty
from daihou.engine import render as told
from daihou.ledger.acts import RowRefusedError
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May
from daihou.policy.books import go_live_of_company
from daihou.policy.rules import books, rules
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, word
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.words import refusals
from daihou.warnings.acts import RESPONSE, WARNING
from daihou.web.desk import lines
from daihou.web.errands import errand_pane
from daihou.web.gate import Request
from daihou.web.matters import duty_signing
from daihou.web.papers import papers_pane
from daihou.web.pool import pool_pane
from daihou.web.timeline import history_of

MOST = 60
"""Duties that are completed in one go: as many as the desk shows."""


class CompletionForm(forms.Form):
    """How a duty was done, where its rule names no other proof."""

    completion_day = forms.DateField(
        label=gettext_lazy("办结日"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    evidence = forms.CharField(
        label=gettext_lazy("凭据"), max_length=200,
        help_text=gettext_lazy("例如：检查表编号、回执编号、会议纪要编号"),
    )  # fmt: skip
    remark = forms.CharField(
        label=gettext_lazy("说明"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, today: date, opens: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.opens = today, opens

    def clean_completion_day(self) -> date:
        """A day that has come, and not before the duty began."""
        day: date = self.cleaned_data["completion_day"]
        if day > self.today:
            raise forms.ValidationError(_("办结日不能晚于今天（%(today)s）。") % {"today": self.today})
        if self.opens is not None and day < self.opens:
            raise forms.ValidationError(_("这项任务 %(day)s 才开始，办结日不能更早。") % {"day": self.opens})
        return day


def _duty(viewer: Viewer, pk: int) -> Duty:
    """A duty that the viewer may see; any other is not there for him."""
    duty = Duty.objects.select_related("first_run", "last_run").filter(seen(viewer), pk=pk).first()
    if duty is None:
        raise Http404
    return duty


def duty_page(request: Request, pk: int) -> HttpResponse:
    """The page of one duty, and its completion."""
    viewer: Viewer = request.viewer
    today: date = request.today
    duty = _duty(viewer, pk)
    rule = rules().get(duty.rule)
    own = Duty.objects.filter(doable(viewer), pk=pk).exists()
    if request.method == "POST" and not own:
        raise PermissionDenied
    may_close, waits = own and closable(duty, rule), duty.state in TO_DO and duty.withdrawn_on is None
    form = CompletionForm(
        request.POST or None, today=today, opens=duty.counts_from, initial={"completion_day": today}
    )
    if request.method == "POST" and may_close and form.is_valid() and _complete(request, duty, form):
        return redirect("desk")
    persons = list(duty.persons.order_by("ordinal"))
    completions = list(standing(homes()["completion"]).filter(duty=duty.key).order_by("completion_day"))
    context = {
        "duty": duty,
        "waits": waits,
        **_left_over(viewer, duty),
        "days_late": duty.days_late_on(Standing.at()),
        "may_runs": viewer.may(May.DAY),
        "rule": rule,
        "line": lines([duty])[0],
        "about": _page_of(viewer, duty),
        "whom": _whom(viewer, duty),
        "persons": persons,
        "names": names_for(people=[person.employee for person in persons], branches=True),
        "chain": signers_of_duty(duty, today),
        "closable": may_close,
        "to_close": _where_to_close(viewer, duty, today, own=own) if waits else None,
        "by_act": closed_by_act(rule),
        "own": own,
        "form": form,
        **pool_pane(duty, viewer, today),
        **duty_signing(duty, own=own, today=today),
        **papers_pane(viewer, duty, own=own),
        **errand_pane(request, duty),
        "completions": completions,
    }
    past = history_of(
        duty, viewer, persons=persons, takings=context["takings"], completions=completions, about=context["signing"]["matter"],
    )  # fmt: skip
    context |= {"history": past.entries(), "withdrawal": past.withdrawal()}
    return render(request, "web/duty.html", context)


def _left_over(viewer: Viewer, duty: Duty) -> dict[str, Any]:
    """Of a duty that was left over at go-live: since when the company works here, and whether the viewer may close it."""
    if duty.state != LEFTOVER or duty.withdrawn_on is not None:
        return {}
    return {"go_live": go_live_of_company(), "may_close": closable_by(viewer).filter(pk=duty.pk).exists()}


def _page_of(viewer: Viewer, duty: Duty) -> str:
    """The address of the row that a duty is about; empty where there is none that the viewer may open."""
    if duty.table not in homes() or not visible(duty.table, viewer).filter(key=duty.object).exists():
        return ""
    if duty.table == WARNING:
        return reverse("warning", args=[duty.object])
    return reverse("row", args=[duty.table, duty.object])


def _whom(viewer: Viewer, duty: Duty) -> list[tuple[str, str, str]]:
    """The client and the member of staff whom a duty is about, as far as the viewer may open their pages: the word for each, name and address."""
    found = []
    for called, table, name, key in (
        ("client", "party", "title", _client_of(duty)),
        ("employee", "employee", "full_name", _debtor_of(duty)),
    ):
        row = None if key is None else visible(table, viewer).filter(key=key).first()
        if row is not None:
            found.append((word(called), getattr(row, name), reverse("row", args=[table, key])))
    return found


def _client_of(duty: Duty) -> str | None:
    """The client whom a duty leads to, by itself or by its contract; None where the duty is about the client himself."""
    if duty.table == "party" or duty.party is not None or duty.contract is None:
        return None if duty.table == "party" else duty.party
    contracts = standing(homes()["contract"]).filter(key=duty.contract)
    return contracts.values_list("client", flat=True).first()


def _debtor_of(duty: Duty) -> str | None:
    """The member of staff who owes what a duty asks back; None of any other duty."""
    row = row_about(duty) if duty.table in OWED else None
    return None if row is None else getattr(row, OWED[duty.table][0])


OF_WARNINGS = frozenset({WARNING, RESPONSE})
"""Tables whose rows are dealt with on the page of a warning, not by correcting a row."""


def _where_to_close(viewer: Viewer, duty: Duty, today: date, *, own: bool) -> tuple[str, str] | None:
    """The form that writes what closes a duty, filled in as far as the rule tells: its address and the table; None where there is none for the viewer. Whose duty it is writes it whatever he enters otherwise."""
    work = work_to_close(duty)
    if work is None or not (own or viewer.rights.may_enter(declared()[work.closing.table])):
        return None
    closing = work.closing
    if duty.table in OF_WARNINGS:
        row = row_about(duty)
        key = row.key if duty.table == WARNING else row.warning
        there = visible(WARNING, viewer).filter(key=key).exists()
        return (reverse("warning", args=[key]), closing.table) if there else None
    if work.held is not None:
        there = own or visible(closing.table, viewer).filter(pk=work.held.pk).exists()
        address = reverse("correction", args=[closing.table, work.held.key])
        return (f"{address}?for={duty.pk}#id_{closing.column}", closing.table) if there else None
    said = {
        child: value.isoformat() if isinstance(value, date) else str(value)
        for child, value in {**_what_it_is_about(duty, closing.table), **work.said}.items()
        if value is not None
    }
    if closing.column is not None:
        said.setdefault(closing.column, today.isoformat())
    return (
        f"{reverse('entry', args=[closing.table])}?{urlencode({**said, 'duty': duty.key, 'for': duty.pk})}",
        closing.table,
    )


def _what_it_is_about(duty: Duty, table: str) -> dict[str, str | None]:
    """A new row's own thing, contract and client, as its duty tells them: a column each, where the table has one of the kind; another party than the client is for the writer to say."""
    contract = concerned(duty)
    client = duty.party if contract is None else contract.client
    told = {duty.table: duty.object, "contract": duty.contract, "party": client}
    found: dict[str, list[str]] = {}
    for column in declared()[table].columns.values():
        if column.ref != "party" or column.id == "client" or (column.id == "party" and contract is None):
            found.setdefault(str(column.ref), []).append(column.id)
    return {columns[0]: told[to] for to, columns in found.items() if to in told and len(columns) == 1}


def _complete(request: Request, duty: Duty, form: CompletionForm) -> bool:
    """Write the completion and let the duty follow at once; False with a fault on the form where somebody was quicker."""
    said = form.cleaned_data
    day: date = request.today
    actor = request.actor
    try:
        finish(
            duty, day=said["completion_day"], evidence=said["evidence"], remark=said["remark"], by=actor,
            at=timezone.now(), today=day,
        )  # fmt: skip
    except SigningRefusedError as refused:
        form.add_error(None, refusals()[refused.code])
        return False
    except (RowRefusedError, CompletionRefusedError):
        form.add_error(None, _("这一天已经有人办结了这项任务，请刷新后再看。"))
        return False
    follow(day, by=actor, at=timezone.now())
    say_done(request, _("已办结：%(name)s。") % {"name": rules()[duty.rule].said(lang())}, "duty", duty.pk)
    return True


def complete_group(request: Request) -> HttpResponse:
    """Several duties that are closed by completing them, closed with one evidence: each for itself, and what was refused is told."""
    today: date = request.today
    asked = request.POST if request.method == "POST" else request.GET
    wanted = [int(one) for one in dict.fromkeys(asked.getlist("duty")) if one.isdecimal()][:MOST]
    own = Duty.objects.filter(doable(request.viewer), pk__in=wanted).distinct().order_by(*BY_DEADLINE)
    chosen = [one for one in own if closable(one, rules().get(one.rule))]
    form = CompletionForm(request.POST or None, today=today, opens=None, initial={"completion_day": today})
    refused: list[tuple[Duty, str]] = []
    if request.method == "POST" and chosen and form.is_valid():
        refused = _complete_each(request, chosen, form.cleaned_data)
        done = len(chosen) - len(refused)
        if done:
            follow(today, by=request.actor, at=timezone.now())
            say_done(request, _("已办结 %(number)s 件。") % {"number": done})
        if not refused:
            return redirect("desk")
        chosen = [one for one, _why in refused]
    status = (
        HTTPStatus.CONFLICT if refused else HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    )
    told = [
        (line, why)
        for line, why in zip(lines(chosen), [why for _one, why in refused] or [""] * len(chosen), strict=True)
    ]
    return render(request, "web/duty_group.html", {"told": told, "form": form}, status=status)


def _complete_each(
    request: Request, chosen: Sequence[Duty], said: Mapping[str, Any]
) -> list[tuple[Duty, str]]:
    """Complete each; those that were refused, with the reason."""
    refused = []
    for duty in chosen:
        try:
            finish(
                duty, day=said["completion_day"], evidence=said["evidence"], remark=said["remark"], by=request.actor,
                at=timezone.now(), today=request.today,
            )  # fmt: skip
        except SigningRefusedError as error:
            refused.append((duty, refusals()[error.code]))
        except CompletionRefusedError as error:
            refused.append((duty, _why_not(error.code)))
        except RowRefusedError:
            refused.append((duty, _why_not("not-closable")))
    return refused


def _why_not(code: str) -> str:
    """What is said of a duty of a group that was not completed."""
    if code == "day-too-early":
        return _("这项任务那一天还没有开始。")
    return _("已经有人办结了。")


@require_safe
def why(request: Request, pk: int) -> HttpResponse:
    """Why the rule says so: the judge asked again, down to the rows and days counted. A part of the duty's page."""
    duty = _duty(request.viewer, pk)
    rule = rules().get(duty.rule)
    if rule is None:
        raise Http404
    before = fell_before(duty, go_live_of_company())
    answer = explained(books(), rule, duty.object, request.today, leftovers=before)
    return render(request, "web/why.html", {"text": told(answer, lang()), "duty": duty})

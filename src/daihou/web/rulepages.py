"""The rules as people read them: by rulebook, with article and sense; one rule with its figures and what it has produced."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import posts
from daihou.dayend.asking import AGAINST
from daihou.duties.models import STATES, WAITING, Duty
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May, Scope
from daihou.policy.reads import figures_on
from daihou.policy.rules import books, home_of, rules
from daihou.rulebook import CaseBook, Gate, Grade, Rule, figures_of
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import Warning as WarningRule
from daihou.rulebook.worked import given_of, wanted_of
from daihou.rulebook.written import figure_named, text_of
from daihou.screens.tags import lang, listed
from daihou.warnings.suggested import figures_of as figures_of_warning
from daihou.web.figures import changeable, values_of
from daihou.web.gate import Request


@require_safe
def rule_list(request: Request) -> HttpResponse:
    """The rules in force: all, or those of a kind, a post, a word."""
    viewer: Viewer = request.viewer
    counts = {}
    if viewer.rights.scope("duties") is Scope.COMPANY:
        waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
        counts = dict(waiting.values_list("rule").annotate(number=Count("pk")))
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "kind", "post")}
    found = [
        (book, [(rule, counts.get(rule.id)) for rule in book.rules if _found(rule, asked)])
        for book in books()
    ]
    doing = {post for book in books() for rule in book.rules for post in _posts(rule)}
    context = {
        "books": [(book, rows) for book, rows in found if rows], "counted": bool(counts), "asked": asked, "narrowed": any(asked.values()),
        "total": sum(len(rows) for _book, rows in found), "kinds": {kind: said for kind, (_what, said) in _kinds().items()},
        "posts": [post for post in posts() if post in doing],
    }  # fmt: skip
    return render(request, "web/rules.html", context)


def _kinds() -> dict[str, tuple[type[Rule], str]]:
    """The kinds of rules by what the address calls them: their class, and what people call them."""
    return {
        "duty": (DutyRule, _("任务")), "warning": (WarningRule, _("预警")), "grade": (Grade, _("分级")), "gate": (Gate, _("闸口")),
    }  # fmt: skip


def _found(rule: Rule, asked: Mapping[str, str]) -> bool:
    """Whether a rule is of the kind and the post asked for, and says every word asked for."""
    kind = _kinds().get(asked["kind"])
    if kind is not None and not isinstance(rule, kind[0]):
        return False
    if asked["post"] and asked["post"] not in _posts(rule):
        return False
    told = " ".join((rule.id, rule.name, rule.said("en"), rule.sense, rule.english, rule.citation)).casefold()
    return all(word in told for word in asked["q"].casefold().split())


@require_safe
def rule_page(request: Request, rule_id: str) -> HttpResponse:
    """One rule: article, sense, persons, sign-offs, figures by date."""
    rule = rules().get(rule_id)
    home = home_of(rule_id)
    if rule is None or home is None:
        raise Http404
    used = figures_of(rule, home.facts)
    adopted = figures_on()
    may_propose = request.viewer.may(May.FIGURES)
    figures = [
        (figure, values_of(home, figure, adopted), may_propose and changeable(home, name))
        for name in sorted(used)
        if (figure := figure_named(home, name)) is not None
    ]
    cases = [
        (case, given_of(case), wanted_of(case, partial(_wanted, case)))
        for case in home.cases
        if rule_id in case.rules
    ]
    context = {
        "rule": rule,
        "home": home,
        "figures": figures,
        "may_propose": may_propose,
        "cases": cases,
        "is_duty": isinstance(rule, DutyRule),
        "text": text_of(rule),
        "produced": _produced(request.viewer, rule_id),
        "raised": _raised(request.viewer, rule) if isinstance(rule, WarningRule) else [],
        "posts": _posts(rule) if isinstance(rule, DutyRule) else [],
        "entered_against": AGAINST if isinstance(rule, Gate) and request.viewer.may(May.TRAIL) else "",
    }
    return render(request, "web/rule.html", context)


def _wanted(case: CaseBook, key: str, text: str) -> str | None:
    """A value that a case wants, where the rules know its words; None where they do not."""
    if key == "rule":
        known = rules().get(text)
        return None if known is None else known.said(lang())
    if key == "evidence":
        figures = (shown for rule in case.rules if (shown := figures_of_warning(rule, text)))
        return listed((f"{name} {value}" for name, value in next(figures, ())), "；") or None
    return None


def _produced(viewer: Viewer, rule_id: str) -> list[tuple[str, int]]:
    """How many of the duties that came of a rule stand in which state; for who sees the whole company."""
    if viewer.rights.scope("duties") is not Scope.COMPANY:
        return []
    rows = Duty.objects.filter(rule=rule_id, withdrawn_on__isnull=True).values_list("state")
    counts: dict[str, int] = dict(rows.annotate(number=Count("pk")))
    return [(state, counts[state]) for state in STATES if state in counts]


def _raised(viewer: Viewer, rule: WarningRule) -> list[tuple[str, str, int]]:
    """How many of the warnings of a rule that a viewer sees are open and closed, with what the list is asked for them; nothing where he sees none at all."""
    if viewer.rights.scope("warnings") is Scope.NONE:
        return []
    open_ = Count("pk", filter=Q(closed_day__isnull=True))
    found = visible("warning", viewer).filter(rule=rule.id).aggregate(all=Count("pk"), open=open_)
    return [
        ("", _("未关闭的预警"), found["open"]),
        ("closed", _("已关闭的预警"), found["all"] - found["open"]),
    ]


def _posts(rule: Rule) -> list[str]:
    """The posts that do what a rule asks for; none where it asks for nothing to be done."""
    if not isinstance(rule, DutyRule):
        return []
    return [person.post for person in rule.responsible.latest.persons if person.post]

"""The rules as people read them: by rulebook, with article and sense; one rule with its figures and what it has produced."""

from __future__ import annotations

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render

from daihou.duties.models import WAITING, Duty
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import figures_of
from daihou.web.gate import Request
from daihou.web.rules import books, home_of, rules


def rule_list(request: Request) -> HttpResponse:
    """All rules in force."""
    viewer: Viewer = request.viewer
    counts = {}
    if viewer.rights.scope("duties") is Scope.COMPANY:
        waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
        counts = dict(waiting.values_list("rule").annotate(number=Count("pk")))
    kinds = [(book, [(rule, counts.get(rule.id)) for rule in book.rules]) for book in books()]
    return render(request, "web/rules.html", {"books": kinds, "counted": bool(counts)})


def rule_page(request: Request, rule_id: str) -> HttpResponse:
    """One rule: article, sense, persons, sign-offs, figures by date."""
    rule = rules().get(rule_id)
    home = home_of(rule_id)
    if rule is None or home is None:
        raise Http404
    used = figures_of(rule, home.facts)
    figures = [home.figures[name] for name in sorted(used) if name in home.figures]
    cases = [case for case in home.cases if rule_id in case.rules]
    context = {
        "rule": rule,
        "home": home,
        "figures": figures,
        "cases": cases,
        "is_duty": isinstance(rule, DutyRule),
        "posts": _posts(rule) if isinstance(rule, DutyRule) else [],
    }
    return render(request, "web/rule.html", context)


def _posts(rule: DutyRule) -> list[str]:
    return [person.post for person in rule.responsible.latest.persons if person.post]

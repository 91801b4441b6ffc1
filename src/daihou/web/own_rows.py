"""Rows of the registers that are written for one's own duties: seen by whose duty it is, and what they lack where they do not close it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from daihou.book import Table, declared, masked
from daihou.dayend.about import unmet_by
from daihou.duties.leftovers import fell_before
from daihou.duties.models import Duty
from daihou.duties.own_work import rows_of_work, title_of
from daihou.people.reads import Viewer, readable, visible
from daihou.people.rights import Scope
from daihou.policy.books import go_live_of_company
from daihou.policy.rules import books, rules
from daihou.registers.kept import Kept, homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import sought
from daihou.screens.answers import say_against
from daihou.screens.tags import lang, listed
from daihou.web.gate import Request


def seen_rows(viewer: Viewer, name: str) -> QuerySet[Any]:
    """The standing rows of a table that a viewer sees by his posts, and those of his own duties."""
    rows = visible(name, viewer)
    if viewer.rights.scope_of(declared()[name]) is Scope.COMPANY:
        return rows
    own = rows_of_work(viewer, name)
    return standing(homes()[name]).filter(Q(pk__in=rows.values("pk")) | Q(key__in=own)) if own else rows


def seen_row(viewer: Viewer, name: str, key: str) -> tuple[Table, Any] | None:
    """A table and its row by its key, as the viewer sees it by his posts or by his own duties; None where he does not."""
    if name not in homes():
        return None
    held = visible(name, viewer).filter(key=key).first() if readable(name, viewer) is not None else None
    if held is None and key in rows_of_work(viewer, name):
        held = standing(homes()[name]).filter(key=key).first()
    return None if held is None else (declared()[name], held)


def tell_open(request: Request, duty: Duty, row: Kept) -> None:
    """Tell that a duty is not done though a row was written for it, and what that row lacks, as its rule closes."""
    lacks = _lacking(request, duty, row)
    if lacks:
        said = _("“%(duty)s”还没有办结：%(lacks)s。") % {
            "duty": title_of(duty),
            "lacks": masked(listed(lacks, "；")),
        }
        say_against(request, said, "duty", duty.pk)
        return
    said = _("“%(duty)s”还没有办结：登记的和它要的对不上，请看任务页上要的是哪一期、哪一天。")
    say_against(request, said % {"duty": title_of(duty)}, "duty", duty.pk)


def _lacking(request: Request, duty: Duty, row: Kept) -> tuple[str, ...]:
    rule = rules().get(duty.rule)
    rows = sought(rule) if isinstance(rule, DutyRule) else None
    if not isinstance(rule, DutyRule) or rows is None or rows.table != row.table.id:
        return ()
    key = (duty.object, duty.occurrence, str(row.key))
    return unmet_by(
        books(), rule, key, request.today, lang(), leftovers=fell_before(duty, go_live_of_company())
    )

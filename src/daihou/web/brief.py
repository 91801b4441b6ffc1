"""What a line of the inbox tells of a matter, so that several can be signed without opening each: what is proposed, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from daihou.book import masked
from daihou.duties.handover import HANDOVER
from daihou.duties.signing import DUTY, POSTPONEMENT
from daihou.inspections.classing import RISK, TIER
from daihou.policy.acts import KIND as FIGURE
from daihou.screens.tags import lang, listed, word, yuan
from daihou.signoff.limits import END as LIMIT_END
from daihou.signoff.limits import KIND as LIMIT
from daihou.signoff.models import Matter
from daihou.warnings.acts import CLOSING, DECISION, REVIEW
from daihou.warnings.watching import REMOVAL
from daihou.web.figures import value_words
from daihou.web.gist import Point, first_points

MOST, LONG = 3, 60
"""Points on a line, and letters of each: the rest stands on the page of the matter."""

Content = Mapping[str, Any]


def briefs_of(matters: Sequence[Matter]) -> dict[int, list[Point]]:
    """The first points of matters by their numbers, what is bad before the rest; one question whatever the number of matters."""
    forms = first_points({one.pk: one.content for one in matters})
    found = {}
    for one in matters:
        told = BRIEF.get(one.kind)
        points = [*([] if told is None else told(one.content)), *forms.get(one.pk, ())]
        bad_first = sorted(points, key=lambda point: not point.bad)
        found[one.pk] = [
            Point(point.label, tuple(map(_short, point.texts)), point.bad) for point in bad_first[:MOST]
        ]
    return found


def _short(text: str) -> str:
    said = masked(text)
    return said if len(said) <= LONG else f"{said[:LONG]}…"


def _said(label: str, text: str | None, *, bad: bool = False) -> Iterator[Point]:
    """A point, where there is something to say."""
    if text and text.strip():
        yield Point(label, (text.strip(),), bad)


def _duty(content: Content) -> Iterator[Point]:
    """What was written at completion of work that has no form."""
    if content.get("paper"):
        return
    for one in content.get("completions", ())[-1:]:
        yield from _said(_("办结情况"), one.get("remark"))


def _postponement(content: Content) -> Iterator[Point]:
    said = {"due": content["due"] or "—", "until": content["until"]}
    yield Point(_("延期"), (_("从 %(due)s 延到 %(until)s") % said,))
    yield from _said(_("理由"), content["reason"])


def _figure(content: Content) -> Iterator[Point]:
    said = {
        "was": content["before"][lang()],
        "becomes": value_words(content["value"]),
        "since": content["since"],
    }
    yield Point(_("数值"), (_("%(was)s → %(becomes)s，自 %(since)s 起") % said,))
    yield from _said(_("理由"), content["reason"])


def _handover(content: Content) -> Iterator[Point]:
    yield Point(_("移交"), (_("%(n)s 项") % {"n": len(content["items"])},))
    yield from _said(_("理由"), content["reason"])


def _warning(content: Content) -> Iterator[Point]:
    measures = listed(word(one["measure"]) for one in content["measures"])
    yield from _said(word(content["level"]), content.get("conclusion") or measures)
    if content.get("conclusion"):
        yield from _said(_("措施"), measures)


def _removal(content: Content) -> Iterator[Point]:
    yield from _said(_("为什么移出"), content["told"])


def _reclassing(content: Content) -> Iterator[Point]:
    """The change of class is read off the form that proposes it; its reason too."""
    if not content.get("paper"):
        said = {"now": content["now"], "new": content["asked"]}
        worse = RISK.worse(content["asked"], content["now"])
        yield Point(_("改类"), (_("从第 %(now)s 类改为第 %(new)s 类") % said,), worse)


def _retiering(content: Content) -> Iterator[Point]:
    if not content.get("paper"):
        said = {"now": word(content["now"]) if content["now"] else _("未分级"), "new": word(content["asked"])}
        worse = TIER.worse(content["asked"], content["now"])
        yield Point(_("改级"), (_("从%(now)s改为%(new)s") % said,), worse)


def _limit(content: Content) -> Iterator[Point]:
    said = {"above": yuan(content["above"]), "posts": listed(word(post) for post in content["posts"])}
    yield Point(_("签批限额"), (_("超过 %(above)s 元，%(posts)s 也要签") % said,))
    yield from _said(_("理由"), content["reason"])


BRIEF: Mapping[str, Callable[[Content], Iterator[Point]]] = {
    DUTY: _duty,
    POSTPONEMENT: _postponement,
    FIGURE: _figure,
    HANDOVER: _handover,
    CLOSING: _warning,
    REVIEW: _warning,
    DECISION: _warning,
    REMOVAL: _removal,
    RISK.kind: _reclassing,
    TIER.kind: _retiering,
    LIMIT: _limit,
    LIMIT_END: _limit,
}
"""The points of a matter's content by its kind, but for those of a form that it puts forward."""

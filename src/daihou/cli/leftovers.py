"""What had fallen due before go-live: listed apart, and closed in groups with a reason in somebody's name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, rule: str | None, as_json: bool) -> int:
    """List what somebody sees of it, the oldest first, and which of it he may close."""
    enter(home, lang)
    from django.db.models import F

    from daihou.duties.leftovers import closable_by, left_over
    from daihou.duties.models import DutyPerson
    from daihou.duties.naming import names_for
    from daihou.duties.signing import named
    from daihou.people.reads import viewer_of
    from daihou.registers.lines import portions

    viewer = viewer_of(by, given.today())
    rows = list(_of(left_over(viewer), rule).order_by(F("due").asc(nulls_last=True), "pk"))
    may = set(_of(closable_by(viewer), rule).values_list("pk", flat=True))
    first: dict[int, Any] = {}
    for some in portions([one.pk for one in rows]):
        first |= {one.duty_id: one for one in DutyPerson.objects.filter(duty__in=some, ordinal=0)}
    people = names_for(people=[one.employee for one in first.values()]).people
    told = [
        {
            "number": one.pk, "due": None if one.due is None else one.due.isoformat(), "duty": " ".join(named(one)).strip(),
            "employee": first[one.pk].employee if one.pk in first else None, "post": first[one.pk].post if one.pk in first else None,
            "closable": one.pk in may,
        }
        for one in rows
    ]  # fmt: skip
    if as_json:
        document(told)
    elif not told:
        line(say("leftovers-none", lang))
    else:
        cells = [
            [
                str(one["number"]), str(one["due"] or ""), str(one["duty"]),
                people.get(str(one["employee"]), "") or label(str(one["post"] or ""), lang), say("leftovers-yours", lang) if one["closable"] else "",
            ]
            for one in told
        ]  # fmt: skip
        out().print(
            table(("pool-number", "due", "duty", "person", "leftovers-closable"), cells, lang, fixed=("pool-number",))
        )  # fmt: skip
    return FINE


def close(
    home: Path, numbers: Sequence[int], lang: Lang, *, by: str, reason: str, rule: str | None, every: bool
) -> int:  # fmt: skip
    """Close some of it, or all that somebody may close, of one rule where it is named; one reason for all."""
    enter(home, lang)
    from daihou.duties.leftovers import LeftoverRefusedError, closable_by, why_not
    from daihou.duties.leftovers import close as closed
    from daihou.people.reads import viewer_of

    if bool(numbers) == every:
        raise Stopped(USAGE, [say("leftovers-which", lang)])
    viewer = viewer_of(by, given.today())
    wanted = _of(closable_by(viewer), rule)
    if numbers:
        wanted = wanted.filter(pk__in=numbers)
    done = acted(
        by, lang, lambda actor, at: closed(wanted, viewer, reason=reason, by=actor, at=at), refused={LeftoverRefusedError: why_not}
    )  # fmt: skip
    line(say("leftovers-closed", lang, number=done))
    return FINE


def _of(rows: Any, rule: str | None) -> Any:
    """Those of one rule, where it is named."""
    return rows if rule is None else rows.filter(rule=rule)

"""Handover of responsibility in an installation: what somebody holds, and a list of it put to signature."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import joined, label, say
from daihou.terms import Lang

if TYPE_CHECKING:
    from daihou.duties.holdings import Item


def show(home: Path, staff: str, lang: Lang, *, as_json: bool) -> int:
    """List what a member of staff holds, and how many duties wait for him."""
    enter(home, lang)
    from daihou.duties.handover import on_lists
    from daihou.duties.holdings import held_by, open_duties

    name = _name(staff, lang)
    items, listed, duties = held_by(staff), on_lists(staff), open_duties(staff).count()
    if as_json:
        held = [{**one.plain(), "listed": (one.table, one.key) in listed} for one in items]
        document({"staff": staff, "items": held, "duties": duties})
    elif not items:
        line(say("holds-nothing", lang, name=name))
    else:
        rows = [_row(one, lang, listed=(one.table, one.key) in listed) for one in items]
        out().print(table(("held-table", "held-key", "held-as", "standing"), rows, lang, fixed=("held-key",)))
        line(say("holds", lang, name=name, count=len(items), duties=duties))
    return FINE


def _row(item: "Item", lang: Lang, *, listed: bool) -> list[str]:
    columns = joined([label(one, lang) for one in item.columns], lang)
    return [label(item.table, lang), item.key, columns, say("on-a-list", lang) if listed else ""]


def _name(staff: str, lang: Lang) -> str:
    from daihou.registers.kept import homes, standing

    found = standing(homes()["employee"]).filter(key=staff).values_list("full_name", flat=True).first()
    if found is None:
        raise Stopped(USAGE, [say("no-such-staff", lang, staff=staff)])
    return str(found)


def propose(
    home: Path, lang: Lang, *, giver: str, taker: str, only: list[str], reason: str, head_moves: bool, by: str, as_json: bool
) -> int:  # fmt: skip
    """Put a handover to signature in the name of a member of staff: all that the giver holds, or some of it."""
    enter(home, lang)
    from django.utils import translation

    from daihou.duties.handover import may_hand_over, on_lists
    from daihou.duties.handover import propose as put_forward
    from daihou.duties.holdings import held_by
    from daihou.people.reads import viewer_of
    from daihou.signoff.acts import SigningRefusedError
    from daihou.signoff.words import refusals
    from daihou.trail.acts import Actor

    for staff in (giver, taker):
        _name(staff, lang)
    if not may_hand_over(viewer_of(by, given.today()), giver):
        raise Stopped(USAGE, [say("may-not-hand-over", lang, by=by, staff=giver)])
    listed = on_lists(giver)
    items = _chosen([one for one in held_by(giver) if (one.table, one.key) not in listed], only, lang)
    try:
        matter = put_forward(
            giver, taker, items, reason=reason, head_moves=head_moves, by=Actor(by, "cli"), at=datetime.now(UTC)
        )  # fmt: skip
    except SigningRefusedError as error:
        with translation.override("en" if lang == "en" else "zh-hans"):
            raise Stopped(REFUSED, [refusals()[error.code]]) from error
    told: dict[str, Any] = {"matter": matter.pk, "number": matter.number, "items": len(items)}
    if as_json:
        document(told)
    else:
        line(say("handover-proposed", lang, **told))
    return FINE


def _chosen(items: "list[Item]", only: list[str], lang: Lang) -> "list[Item]":
    """The items asked for by key; all where none is named."""
    if not only:
        return items
    unknown = sorted(set(only) - {one.key for one in items})
    if unknown:
        raise Stopped(USAGE, [say("not-held", lang, keys=joined(unknown, lang))])
    return [one for one in items if one.key in only]

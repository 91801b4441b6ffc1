"""Handover of responsibility: what a member of staff holds, put on one list, signed, and moved to another in one act (P17-26).

What is moved are the columns of the registers that name him: the duties follow from those. Nothing else moves: who granted a loan stays
responsible for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from daihou.duties.holdings import Item, cannot_take, held_by, open_duties, with_items
from daihou.ledger.acts import correct_many
from daihou.people.reads import Viewer, heads, visible
from daihou.registers.kept import field_name, homes, standing
from daihou.registers.lines import portions
from daihou.signoff import acts
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.chains import Rung
from daihou.signoff.models import APPROVED, BY_CHAIN, STANDING, Matter, Step
from daihou.signoff.reads import Staff, staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of

HANDOVER = "responsibility_handover"
"""The kind of matter, and the register that tells of it."""

GENERAL_MANAGER, AUDITOR = "general_manager", "audit_head"
SEPARATED, SINGLE = "separated", "single_product"

GIVER, TAKER, SUPERVISOR = "giver", "taker", "supervisor"
"""Whose signature a step of the chain is."""


def on_lists(who: str) -> set[tuple[str, str]]:
    """What stands already on a list of his that is being signed: tables and keys."""
    under_way = Matter.objects.filter(kind=HANDOVER, state__in=STANDING, subject__startswith=f"{who}/")
    return {
        (item["table"], item["key"])
        for content in under_way.values_list("content", flat=True)
        if content["giver"] == who
        for item in content["items"]
    }


# ------------------------------------------------------------------ who may, and who signs


def may_hand_over(viewer: Viewer, giver: str) -> bool:
    """Whether a viewer may put somebody's handover forward: himself, who heads him, the general manager, who keeps the staff."""
    if viewer.staff_no == giver or GENERAL_MANAGER in viewer.posts:
        return bool(viewer.posts)
    keeps = "people" in viewer.rights.enters and visible("employee", viewer).filter(key=giver).exists()
    return keeps or heads(viewer, giver)


def supervisors(items: Iterable[Item], *, head_moves: bool) -> tuple[str, ...]:
    """The posts that supervise a handover: by how its loans were granted, or the audit head alone where a principal head moves (P17-26)."""
    keys = [item.key for item in items if item.table == "contract"]
    kinds = set(standing(homes()["contract"]).filter(key__in=keys).values_list("separation", flat=True))
    if head_moves or not kinds:
        return (AUDITOR,)
    if SEPARATED in kinds:
        return (GENERAL_MANAGER, AUDITOR)
    posts = [GENERAL_MANAGER] if SINGLE in kinds else []
    return (*posts, *([AUDITOR] if kinds - {SINGLE} else []))


def _chain(
    giver: str, taker: str, posts: Sequence[str], staff: Staff, branch: str, by: str
) -> tuple[list[Rung], list[str]]:
    """The chain of a handover, and whose signature each of its steps is. Who puts it forward has given his word by that."""
    rungs, roles = [], []
    for who, role in ((giver, GIVER), (taker, TAKER)):
        if who != by:
            rungs.append(_by_name(who, staff, branch, {taker, by}))
            roles.append(role)
    both = {giver, taker, by}
    if len(posts) == 1 and staff.seat(posts[0], branch, both) is None:
        posts = [GENERAL_MANAGER]  # a company without that post, and with nobody above it
    seats = [staff.seat(post, branch, both) for post in posts]
    if None in seats:
        raise SigningRefusedError("nobody-to-sign")
    if not any({giver, taker} & staff.holders(seat.post, seat.branch) for seat in seats if seat is not None):
        rungs.append(Rung(tuple(posts)))
    else:  # giver or taker holds the post that supervises: another is asked by name
        taken: set[str] = set(both)
        for post in posts:
            seat = staff.seat(post, branch, taken)
            if seat is None:
                raise SigningRefusedError("nobody-to-sign")
            who = min(staff.holders(seat.post, seat.branch) - taken)
            taken.add(who)
            rungs.append(Rung((seat.post,), person=who))
    return rungs, [*roles, *[SUPERVISOR] * len(posts)]


def _by_name(who: str, staff: Staff, branch: str, without: Collection[str]) -> Rung:
    """The step of a person; in place of one who is here no more his superior signs, else the general manager."""
    held = staff.places.get(who)
    if held:
        return Rung((min(held)[0],), person=who)
    superior = standing(homes()["employee"]).filter(key=who).values_list("superior", flat=True).first()
    if superior and superior not in without and superior in staff.places:
        return Rung((min(staff.places[superior])[0],), person=superior)
    if staff.seat(GENERAL_MANAGER, branch, without) is None:
        raise SigningRefusedError("nobody-to-sign")
    return Rung((GENERAL_MANAGER,))


# ------------------------------------------------------------------ put forward


def propose(
    giver: str, taker: str, items: Sequence[Item], *, reason: str, head_moves: bool = False, by: Actor, at: datetime
) -> Matter:  # fmt: skip
    """Put a list of what goes from one to another to signature: of both and of who supervises. Without all signatures nothing moves.

    ``head_moves``: he who gives is a principal head who changes his post. SigningRefusedError: nothing to hand over, an item is not his or
    on another list, no reason, the taker is the same, is not here or holds no post that can take it, nobody can supervise.
    """
    if not reason.strip():
        raise SigningRefusedError("reason-missing")
    if giver == taker:
        raise SigningRefusedError("same-person")
    staff = staff_on(day_of(at))
    person = standing(homes()["employee"]).filter(key=giver).first()
    if person is None or taker not in staff.places:
        raise SigningRefusedError("nobody-such")
    if not items:
        raise SigningRefusedError("nothing-to-hand-over")
    if set(items) - set(held_by(giver)) or {(one.table, one.key) for one in items} & on_lists(giver):
        raise SigningRefusedError("not-his-any-more")
    if cannot_take(giver, staff.places[taker], items):
        raise SigningRefusedError("taker-unfit")
    posts = supervisors(items, head_moves=head_moves)
    rungs, roles = _chain(giver, taker, posts, staff, person.branch, by.by)
    names = dict(standing(homes()["employee"]).filter(key__in=[giver, taker]).values_list("key", "full_name"))
    said = {"giver": names[giver], "taker": names[taker]}
    content = {
        "giver": giver, "taker": taker, "reason": reason.strip(), "head_moves": head_moves, "roles": roles,
        "items": [one.plain() for one in items], "duties": _duties_of(giver, items),
    }  # fmt: skip
    return acts.open_matter(
        kind=HANDOVER, subject=f"{giver}/{taker}", content=content, chain=rungs, branch=person.branch, by=by, at=at,
        title={"zh": "责任移交：{giver} 移交 {taker}".format(**said), "en": "Handover: {giver} to {taker}".format(**said)},
    )  # fmt: skip


def _duties_of(giver: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The open work that goes with the items, as it stands when the list is made: what the list says goes, and nothing else."""
    return [
        {"duty": duty.key, "rule": duty.rule, "due": None if duty.due is None else duty.due.isoformat(), "state": duty.state}
        for duty, at in with_items(list(open_duties(giver)), items)
        if at is not None
    ]  # fmt: skip


# ------------------------------------------------------------------ who reads the list


def seen_items(viewer: Viewer, items: Iterable[Item]) -> set[tuple[str, str]]:
    """Which items a viewer may see by his posts, as tables and keys: one query for each table."""
    keys: dict[str, list[str]] = {}
    for item in items:
        keys.setdefault(item.table, []).append(item.key)
    return {
        (table, key)
        for table, wanted in keys.items()
        for key in visible(table, viewer).filter(key__in=wanted).values_list("key", flat=True)
    }


def shown_to(matter: Matter, viewer: Viewer) -> set[tuple[str, str]]:
    """Which items of a list a viewer is shown: who gives, takes or signs it all of them, anybody else what he sees anyway."""
    items = [Item.of(one) for one in matter.content["items"]]
    me = viewer.staff_no
    arrived = Step.objects.filter(matter=matter, arrived_at__isnull=False)
    if me in {matter.content["giver"], matter.content["taker"]} or any(
        me in {one.signed_by, one.employee} or (not one.employee and one.held_post in viewer.posts)
        for one in arrived
    ):
        return {(one.table, one.key) for one in items}
    return seen_items(viewer, items)


def content_for(matter: Matter, viewer: Viewer) -> dict[str, Any]:
    """The content of a list as a viewer may read it; ``hidden``: how many items he is not shown."""
    seen = shown_to(matter, viewer)
    content = matter.content
    items = [one for one in content["items"] if (one["table"], one["key"]) in seen]
    whole = len(items) == len(content["items"])
    return {
        **content, "items": items, "duties": content["duties"] if whole else [], "hidden": len(content["items"]) - len(items),
    }  # fmt: skip


# ------------------------------------------------------------------ what an approval writes


def hand_over(matter: Matter, by: Actor, at: datetime) -> None:
    """Move what is on the signed list and is still his, and write the register of handovers: one act, in the approval's transaction."""
    content, day = matter.content, day_of(at)
    taker = content["taker"]
    places = staff_on(day, {taker}).places
    if taker not in places:
        raise SigningRefusedError("taker-left")
    still = still_his(content)
    if not still:
        raise SigningRefusedError("not-his-any-more")
    if cannot_take(content["giver"], places[taker], still):
        raise SigningRefusedError("taker-unfit")
    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for item in still:
        changes.setdefault(item.table, {})[item.key] = dict.fromkeys(item.columns, taker)
    signed = _signatures(matter, by.by, day)
    contracts = sorted(changes.get("contract", ()))
    rows = [{"key": f"{matter.number}/{one}", "contract": one, **signed} for one in contracts]
    reason = "{} {}".format(matter.title["zh"], content["reason"])
    correct_many(
        changes, entered={HANDOVER: rows}, subject=matter.number, by=by, at=at, day=day, reason=reason,
        decision={one for item in still for one in item.columns},
    )  # fmt: skip


def still_his(content: Mapping[str, Any]) -> list[Item]:
    """What is on a list and still names him who gives: a column that names another by now is left alone."""
    now = {(item.table, item.key): item for item in held_by(content["giver"])}
    found = []
    for listed in map(Item.of, content["items"]):
        held = now.get((listed.table, listed.key))
        columns = () if held is None else tuple(one for one in listed.columns if one in held.columns)
        if columns:
            found.append(Item(listed.table, listed.key, columns))
    return found


def _signatures(matter: Matter, last: str, day: date) -> dict[str, Any]:
    """What the register says of a handover: who gave, took and supervised, and the day of each signature."""
    content = matter.content
    opened = day_of(matter.opened_at)
    steps = matter.steps.filter(version=matter.version, why=BY_CHAIN).order_by("ordinal", "seat")
    signed: dict[str, list[tuple[str, date]]] = {GIVER: [], TAKER: [], SUPERVISOR: []}
    for role, step in zip_longest(content["roles"], steps):
        decided = day if step.decided_at is None else day_of(step.decided_at)
        signed[role].append((step.signed_by or last, decided))
    watching = signed[SUPERVISOR]
    if {who for who, _day in watching} & {content["giver"], content["taker"]}:
        raise SigningRefusedError("supervises-himself")
    first, second = watching[0], watching[1] if len(watching) > 1 else (None, None)
    return {
        "handover_no": matter.number, "handed_over_by": content["giver"], "taken_over_by": content["taker"],
        "handover_supervisor": first[0], "second_supervisor": second[0], "head_moves": content["head_moves"],
        "initiated_day": opened,
        "signed_by_giver_day": signed[GIVER][0][1] if signed[GIVER] else opened,
        "signed_by_taker_day": signed[TAKER][0][1] if signed[TAKER] else opened,
        "signed_by_supervisor_day": first[1], "signed_by_second_supervisor_day": second[1],
    }  # fmt: skip


def content_now(matter: Matter) -> dict[str, Any]:
    """The list as it would be put forward now: what went to another since is not on it. Of one that was signed what names the taker, for that its approval wrote."""
    items = taken_over(matter.content) if matter.state == APPROVED else still_his(matter.content)
    return {**matter.content, "items": [one.plain() for one in items]}


def taken_over(content: Mapping[str, Any]) -> list[Item]:
    """What is on a list and names him who takes it, whatever has become of it: one question for each table."""
    listed = [Item.of(one) for one in content["items"]]
    keys: dict[str, list[str]] = {}
    for item in listed:
        keys.setdefault(item.table, []).append(item.key)
    rows = {
        (table, row.key): row
        for table, wanted in keys.items()
        for some in portions(wanted)
        for row in standing(homes()[table]).filter(key__in=some)
    }
    found = []
    for item in listed:
        row = rows.get((item.table, item.key))
        columns = tuple(
            one for one in item.columns if getattr(row, field_name(one), None) == content["taker"]
        )
        if columns:
            found.append(Item(item.table, item.key, columns))
    return found

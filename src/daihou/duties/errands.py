"""Errands: what a head gives somebody to do by hand, done and told by him who does it, called off by him who gave it (P05-27)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from daihou.book import domains
from daihou.ledger.acts import RowRefusedError, correct, enter, void
from daihou.messaging.acts import Draft, notify
from daihou.people.reads import Viewer, heads, visible
from daihou.registers.kept import Kept, homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of

TABLE = "errand"
GENERAL_MANAGER = "general_manager"
LONGEST = 200
"""Letters of what is to be done: it stands in lists."""


class ErrandRefusedError(ValueError):
    """An errand that cannot be given, done or called off; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def refusals() -> dict[str, str]:
    """What is said when an errand is refused, by code."""
    return {
        "nobody-such": _("没有这个人，或者他今天没有任职。"),
        "not-below": _("只能交办给自己管的人。"),
        "matter-missing": _("请写明办什么。"),
        "matter-too-long": _("请写短一些（%(n)s 字以内），细节放在附件里。") % {"n": LONGEST},
        "day-passed": _("期限不能早于今天。"),
        "day-wrong": _("日子不对：办好的日子在交办之后、今天以前；延后的期限要晚于现在的。"),
        "told-missing": _("请写一句办得怎么样。"),
        "reason-missing": _("请写明理由。"),
        "not-yours": _("这件事不由您办。"),
        "no-such-contract": _("没有这份合同，请从候选里选，或留空。"),
        "no-such-form": _("请从清单里选表，或留空。"),
        "contract-missing": _("要填表的，请选是哪份合同。"),
        "form-first": _("这件事要填表：在任务页上填好、交上，就办好了。"),
        "done-already": _("这件事已经办好或撤销了，请刷新后再看。"),
    }


def may_give(viewer: Viewer, to: str) -> bool:
    """Whether a viewer may give somebody an errand: who heads him, the general manager, and who keeps errands and sees him."""
    if viewer.staff_no == to or not viewer.posts:
        return False
    if GENERAL_MANAGER in viewer.posts or heads(viewer, to):
        return True
    return "office" in viewer.rights.enters and visible("employee", viewer).filter(key=to).exists()


def give(
    to: Iterable[str], matter: str, deadline: date, *, contract: str | None = None, form: str | None = None, by: Actor, at: datetime
) -> list[Kept]:  # fmt: skip
    """Give each of some people the same thing to do until a day: a row of the register 交办 each, and a notice; all or none.

    ``contract``: which it is about. ``form``: of ``forms_to_ask``, that which has to be filled about it.
    ErrandRefusedError: nothing to do, a day that has passed, somebody who holds no post today, no such contract or form, a form about nothing.
    """
    day, people = day_of(at), list(dict.fromkeys(to))
    said = seals().marked(matter.strip())
    if not said or len(said) > LONGEST:
        raise ErrandRefusedError("matter-missing" if not said else "matter-too-long")
    if deadline < day:
        raise ErrandRefusedError("day-passed")
    if contract and not standing(homes()["contract"]).filter(key=contract).exists():
        raise ErrandRefusedError("no-such-contract")
    if form and form not in forms_to_ask():
        raise ErrandRefusedError("no-such-form")
    if form and not contract:
        raise ErrandRefusedError("contract-missing")
    if not people or set(people) - staff_on(day, set(people)).places.keys():
        raise ErrandRefusedError("nobody-such")
    with transaction.atomic():
        rows = []
        for one in people:
            key = _number(day)
            values = {
                "key": key, "errand_no": key, "employee": one, "assigned_by": by.by, "matter": said,
                "assigned_day": day, "deadline": deadline, "contract": contract or None, "asked_form": form or None,
            }  # fmt: skip
            rows.append(enter(TABLE, values, by=by, at=at, day=day))
        giver = standing(homes()["employee"]).filter(key=by.by).values_list("full_name", flat=True).first()
        told = {"matter": said, "who": giver or by.by, "day": deadline.isoformat()}
        drafts = [
            Draft(one, TABLE, told, subject=f"{TABLE}/{row.key}", path="/errands/?tab=mine", once=row.key)
            for one, row in zip(people, rows, strict=True)
        ]
        notify(drafts, by=by, at=at)
    return rows


def forms_to_ask() -> tuple[str, ...]:
    """The forms that an errand may ask for."""
    return domains()["errand_form_kind"]


def _number(day: date) -> str:
    """The next number of a day."""
    stem = f"JB{day:%Y%m%d}-"
    model: Any = homes()[TABLE]
    held = model._default_manager.filter(key__startswith=stem).values_list("key", flat=True)
    return f"{stem}{max((int(one.removeprefix(stem)) for one in held), default=0) + 1}"


def errand_of(key: str) -> Any:
    """The standing row of an errand; None where there is none."""
    return standing(homes()[TABLE]).filter(key=key).first()


def finish(key: str, done: date, told: str, *, by: Actor, at: datetime) -> Kept:
    """Say that an errand is done, on which day and how: he who does it, or he who gave it."""
    row = _open(key)
    if by.by not in {row.employee, row.assigned_by}:
        raise ErrandRefusedError("not-yours")
    if not row.assigned_day <= done <= day_of(at):
        raise ErrandRefusedError("day-wrong")
    if row.asked_form:
        raise ErrandRefusedError("form-first")
    if not told.strip():
        raise ErrandRefusedError("told-missing")
    return _corrected(row, {"completed_day": done}, told, by, at)


def put_off(key: str, deadline: date, reason: str, *, by: Actor, at: datetime) -> Kept:
    """Give more time, with the reason: only he who gave it."""
    row = _open(key)
    if by.by != row.assigned_by:
        raise ErrandRefusedError("not-yours")
    if deadline <= row.deadline:
        raise ErrandRefusedError("day-wrong")
    if not reason.strip():
        raise ErrandRefusedError("reason-missing")
    return _corrected(row, {"deadline": deadline}, reason, by, at)


def call_off(key: str, reason: str, *, by: Actor, at: datetime) -> None:
    """Call an errand off, with the reason: only he who gave it. The row stays in the trail."""
    row = _open(key)
    if by.by != row.assigned_by:
        raise ErrandRefusedError("not-yours")
    if not reason.strip():
        raise ErrandRefusedError("reason-missing")
    void(TABLE, key, by=by, at=at, day=day_of(at), reason=reason.strip())


def _open(key: str) -> Any:
    row = errand_of(key)
    if row is None or row.completed_day is not None:
        raise ErrandRefusedError("done-already")
    return row


def _corrected(row: Any, values: dict[str, Any], reason: str, by: Actor, at: datetime) -> Kept:
    try:
        return correct(
            TABLE, row.key, values, by=by, at=at, day=day_of(at), reason=seals().marked(reason.strip())
        )
    except RowRefusedError as error:
        raise ErrandRefusedError("done-already") from error

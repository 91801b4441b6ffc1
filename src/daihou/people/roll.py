"""The roll: every account, and everybody of the staff who has none, as they stand at a moment. A fixed number of questions, however many they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q

from daihou.people.models import Account, SecondFactor
from daihou.registers.kept import FOUND_BY, homes, standing


class State(StrEnum):
    """How somebody stands with his account; where several are true, the first that is."""

    NONE = "none"
    CLOSED = "closed"
    LEFT = "left"
    LOCKED = "locked"
    FIRST = "first"
    FINE = "fine"


TO_SEE_TO = (State.LOCKED, State.LEFT, State.NONE)
"""States that want something of who manages accounts."""


@dataclass(frozen=True)
class Entry:
    """One person. ``posts``: those of today, each with its branch; ``found``: the words by which he is found."""

    staff_no: str
    name: str
    login: str
    posts: tuple[tuple[str, str], ...]
    left: bool
    state: State
    locked_until: datetime | None
    factor: bool
    last_login: datetime | None
    found: str


def roll(day: date, now: datetime, *, staff_no: str = "") -> Sequence[Entry]:
    """Everybody by his number, or one of them: who has an account, and who is of the staff without one. Three questions."""
    staff = standing(homes()["employee"])
    held = standing(homes()["assignment"]).filter(since__lte=day)
    held = held.filter(Q(until__isnull=True) | Q(until__gte=day)).order_by("since", "key")
    confirmed = SecondFactor.objects.filter(account=OuterRef("pk"), confirmed_at__isnull=False)
    accounts = Account.objects.annotate(factor=Exists(confirmed))
    if staff_no:
        staff, held, accounts = staff.filter(key=staff_no), held.filter(employee=staff_no), accounts.filter(staff_no=staff_no)  # fmt: skip
    posts: dict[str, list[tuple[str, str]]] = {}
    for who, post, branch in held.values_list("employee", "post", "branch"):
        posts.setdefault(who, []).append((post, branch))
    known = {key: rest for key, *rest in staff.values_list("key", "full_name", "left_day", FOUND_BY)}
    logins: dict[str, Any] = {one.staff_no: one for one in accounts}
    found = []
    for number in sorted({*known, *logins}):
        name, left_day, words = known.get(number, (number, date.min, number.lower()))
        left, account = left_day is not None and left_day <= day, logins.get(number)
        if account is not None or not left:
            mine = () if left else tuple(dict.fromkeys(posts.get(number, ())))
            found.append(_entry(number, name, words, mine, account, now, left=left))
    return found


def _entry(
    staff_no: str, name: str, words: str, posts: tuple[tuple[str, str], ...], account: Any, now: datetime, *, left: bool
) -> Entry:  # fmt: skip
    if account is None:
        return Entry(
            staff_no, name, "", posts, left, State.NONE, None, factor=False, last_login=None, found=words
        )
    locked = account.locked_until if account.locked_until is not None and account.locked_until > now else None
    return Entry(
        staff_no, name, account.login, posts, left, _state(account, left=left, locked=locked is not None), locked, account.factor,
        account.last_login, f"{words}\n{account.login.lower()}",
    )  # fmt: skip


def _state(account: Account, *, left: bool, locked: bool) -> State:
    standing_so = {
        State.CLOSED: not account.is_active, State.LEFT: left, State.LOCKED: locked, State.FIRST: account.must_change,
    }  # fmt: skip
    return next((state for state, so in standing_so.items() if so), State.FINE)


def numbers(entries: Sequence[Entry]) -> Mapping[State, int]:
    """How many stand in each state."""
    counted = Counter(one.state for one in entries)
    return {state: counted[state] for state in State}

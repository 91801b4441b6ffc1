"""Accounts on screen, for who manages them: everybody's on one list, each on a page of its own with what can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import masked
from daihou.duties.naming import names_for
from daihou.people.accounts import (
    AccountRefusedError,
    another_secret,
    close_account,
    lift_factor,
    open_account,
    reopen_account,
    unlock_account,
)
from daihou.people.models import Account
from daihou.people.rights import May
from daihou.people.roll import Entry, State, numbers, roll
from daihou.people.tokens import tokens_of
from daihou.registers.sealing import seals
from daihou.screens.answers import say_done
from daihou.screens.lists import PAGE_ROWS, sheet
from daihou.screens.narrowing import LONGEST
from daihou.screens.tags import listed, word
from daihou.trail.acts import record
from daihou.trail.models import Event
from daihou.web.gate import Request
from daihou.web.told import plain

TONES = {
    State.NONE: "soon", State.CLOSED: "quiet", State.LEFT: "late", State.LOCKED: "late", State.FIRST: "soon", State.FINE: "good",
}  # fmt: skip
SHOWN_EVENTS = 12
QUIET_ACTS = ("login", "preference")
"""What an account's own page does not tell: when he was last here stands on top, and which columns he chose is his."""


def state_words() -> Mapping[State, str]:
    """How accounts stand, in words."""
    return {
        State.LOCKED: _("锁住"), State.LEFT: _("已离职，账号还开着"), State.NONE: _("没有账号"), State.FIRST: _("首次登录密码还没改"),
        State.FINE: _("正常"), State.CLOSED: _("已停用"),
    }  # fmt: skip


def refusals() -> Mapping[str, str]:
    """What is said when a step is refused, by code."""
    return {
        "own-account": _("自己的账号不能这样动：密码在右上角“改密码”里改，别的请另一位管账号的人做。"),
        "reason-missing": _("请写明理由。"),
        "last-keeper": _("这是最后一个能管账号的账号，停了就没有人能再开；先让另一个人任管理员、开好账号。"),
        "account-closed": _("这个账号已经停用；要用先重新启用。"),
        "account-open": _("这个账号本来就开着。"),
        "account-there": _("他已经有账号了。"),
        "not-staff": _("员工台账里没有这个人，或者他已经离职。"),
        "not-locked": _("这个账号现在没有锁。"),
        "no-factor": _("这个账号没有第二道验证。"),
        "no-such-act": _("没有说要做什么，或者他还没有账号。"),
        "login-wrong": _("账号要写，不能有空格，最多 64 个字。"),
        "login-taken": _("这个账号名别人在用，换一个。"),
    }  # fmt: skip


# ------------------------------------------------------------------ the list


@dataclass(frozen=True)
class Row:
    """An entry of the roll as the list shows it."""

    entry: Entry
    posts: str
    branches: str
    state: str
    tone: str

    def cell(self, column: str) -> str:
        """What it says under a heading."""
        one = self.entry
        last = "" if one.last_login is None else f"{localtime(one.last_login):%Y-%m-%d %H:%M}"
        factor = "" if not one.login else _("有") if one.factor else _("没有")
        return {
            "login": one.login, "name": one.name, "staff_no": one.staff_no, "posts": self.posts, "branches": self.branches,
            "state": self.state, "factor": factor, "last": last,
        }[column]  # fmt: skip


def headings() -> Mapping[str, str]:
    """The columns by what they are sorted by, and what they are called."""
    return {
        "name": _("姓名"), "login": _("账号"), "staff_no": _("工号"), "posts": _("岗位"), "branches": _("机构"), "state": _("状态"),
        "factor": _("第二道验证"), "last": _("最近登录"),
    }  # fmt: skip


def keeper(request: Request) -> None:
    """Keep out whoever does not manage accounts."""
    if not request.viewer.may(May.ACCOUNTS):
        raise PermissionDenied


@require_safe
def account_list(request: Request) -> HttpResponse:
    """Everybody's account, and who of the staff has none: found by name or number, narrowed to a state, sorted, paged, taken as Excel."""
    keeper(request)
    words, state = request.GET.get("q", "").strip()[:LONGEST], request.GET.get("state", "")
    order = request.GET.get("order", "")
    found = [one for one in roll(request.today, timezone.now()) if words.lower() in one.found]
    counts = numbers(found)
    rows = in_order(rows_of([one for one in found if state in {"", one.state}]), order)
    if request.GET.get("as") == "xlsx":
        return _workbook(request, rows, {"q": words, "state": state})
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    tabs = [
        ("", _("全部"), len(found)),
        *((one.value, said, counts[one]) for one, said in state_words().items()),
    ]
    context = {
        "page": page, "rows": list(page), "total": len(rows), "headings": headings(), "order": order, "words": words, "state": state,
        "tabs": tabs, "asked": bool(words or state),
    }  # fmt: skip
    return render(request, "web/accounts.html", context)


def rows_of(entries: Sequence[Entry]) -> list[Row]:
    """Entries in words; one question for the names of branches."""
    branches = names_for(branches=True).branches
    said = state_words()
    return [
        Row(
            one, listed(dict.fromkeys(word(post) for post, _at in one.posts)),
            listed(dict.fromkeys(branches.get(at, at) for _post, at in one.posts)), _state(one, said), TONES[one.state],
        )
        for one in entries
    ]  # fmt: skip


def _state(one: Entry, said: Mapping[State, str]) -> str:
    if one.locked_until is not None and one.state is State.LOCKED:
        return _("锁到 %(time)s") % {"time": f"{localtime(one.locked_until):%H:%M}"}
    return said[one.state]


def in_order(rows: list[Row], order: str) -> list[Row]:
    """Rows by a column; what is empty last. Unasked: what wants something of the keeper first, then by number."""
    column = order.removeprefix("-")
    if column not in headings():
        states = list(state_words())
        return sorted(rows, key=lambda row: (states.index(row.entry.state), row.entry.staff_no))
    filled = [row for row in rows if row.cell(column)]
    empty = [row for row in rows if not row.cell(column)]
    return sorted(filled, key=lambda row: row.cell(column), reverse=order.startswith("-")) + empty


def _workbook(request: Request, rows: Sequence[Row], asked: Mapping[str, str]) -> HttpResponse:
    """The list as it was asked for, all pages of it; that it was taken is on record."""
    columns = headings()
    about = " ".join(f"{name}={value}" for name, value in asked.items() if value)
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="account", subject="*",
            after={"rows": len(rows), "asked": seals().marked(about)},
        )  # fmt: skip
    cells = [[row.cell(one) for one in columns] for row in rows]
    return sheet(
        _("账号管理"), list(columns.values()), cells, about=masked(about), by=request.viewer.name, day=request.today
    )  # fmt: skip


# ------------------------------------------------------------------ one account


def account_page(request: Request, staff_no: str) -> HttpResponse:
    """One person's account and what can be done to it; a first password is on the answer to that act and nowhere else."""
    keeper(request)
    entry = _entry(request, staff_no)
    account = Account.objects.filter(staff_no=staff_no).first()
    secret = fault = ""
    if request.method == "POST":
        try:
            done = _asked(request, account)(request, entry, account)
        except AccountRefusedError as error:
            fault = refusals()[error.code]
        else:
            if not done.secret:
                say_done(request, done.said)
                return redirect("account", staff_no)
            secret, entry = done.secret, _entry(request, staff_no)
            account = Account.objects.get(staff_no=staff_no)
    return render(
        request, "web/account.html", {**_shown(request, entry, account), "secret": secret, "fault": fault},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
    )  # fmt: skip


def _asked(request: Request, account: Account | None) -> Act:
    """The act that is asked for. AccountRefusedError: there is none such, or nothing to do it to."""
    act = ACTS.get(request.POST.get("act", ""))
    if act is None or (account is None and act is not _open):
        raise AccountRefusedError("no-such-act")
    return act


def _entry(request: Request, staff_no: str) -> Entry:
    found = roll(request.today, timezone.now(), staff_no=staff_no)
    if not found:
        raise Http404
    return found[0]


def _shown(request: Request, entry: Entry, account: Account | None) -> dict[str, Any]:
    """What the page of an account tells, and what it offers."""
    (row,) = rows_of([entry])
    events: list[Event] = []
    tokens = 0
    if account is not None:
        about = Event.objects.filter(kind="account", subject=account.login).exclude(act__in=QUIET_ACTS)
        events = list(about.order_by("-number")[:SHOWN_EVENTS])
        alive = tokens_of(account).filter(revoked_at__isnull=True, expires__gt=timezone.now())
        tokens = alive.count()
    names = names_for(people=[one.by for one in events], branches=True)
    return {
        "entry": entry, "row": row, "account": account, "own": entry.staff_no == request.viewer.staff_no, "tokens": tokens,
        "held": [(word(post), names.branches.get(at, at)) for post, at in entry.posts],
        "events": [(one, plain(one.reason)) for one in events], "names": names,
        "states": {one.name.lower(): one.value for one in State}, "login": request.POST.get("login") or entry.staff_no.lower(),
        "reason": request.POST.get("reason", ""), "tried": request.POST.get("act", ""),
    }  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What an act says of itself, or the secret that is told this once."""

    said: str = ""
    secret: str = ""


Act = Callable[[Request, Entry, Any], Done]


def _now(request: Request) -> dict[str, Any]:
    return {"by": request.actor, "at": timezone.now()}


def _reason(request: Request) -> str:
    return request.POST.get("reason", "")


def _open(request: Request, entry: Entry, _account: Any) -> Done:
    login = request.POST.get("login", "")
    _made, secret = open_account(entry.staff_no, login, sample=settings.DAIHOU_SAMPLE, **_now(request))
    return Done(secret=secret)


def _close(request: Request, entry: Entry, account: Account) -> Done:
    close_account(account, reason=_reason(request), **_now(request))
    return Done(_("%(name)s 的账号已停用：开着的页面马上退出，接口令牌已吊销。") % {"name": entry.name})


def _reopen(request: Request, entry: Entry, account: Account) -> Done:
    reopen_account(account, **_now(request))
    return Done(_("%(name)s 的账号已重新启用，密码还是原来的；吊销的接口令牌要另发。") % {"name": entry.name})


def _unlock(request: Request, entry: Entry, account: Account) -> Done:
    unlock_account(account, **_now(request))
    return Done(_("%(name)s 的账号已解锁。") % {"name": entry.name})


def _reset(request: Request, _entry: Entry, account: Account) -> Done:
    return Done(secret=another_secret(account, **_now(request)))


def _lift(request: Request, entry: Entry, account: Account) -> Done:
    lift_factor(account, reason=_reason(request), **_now(request))
    return Done(_("%(name)s 的第二道验证已取消，下次登录只要密码。") % {"name": entry.name})


ACTS: Mapping[str, Act] = {
    "open": _open, "close": _close, "reopen": _reopen, "unlock": _unlock, "reset": _reset, "lift": _lift,
}  # fmt: skip

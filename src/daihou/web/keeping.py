"""What needs who manages accounts: on his desk, each a count that leads to what it counts; nothing where all is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.duties.models import DayRun, Standing
from daihou.duties.reads import empty_posts
from daihou.messaging.models import GIVEN_UP
from daihou.messaging.reads import deliveries
from daihou.people.rights import May
from daihou.people.roll import TO_SEE_TO, State, numbers, roll
from daihou.web.days import Missed
from daihou.web.gate import Request
from daihou.web.messages import NEW


@dataclass(frozen=True)
class Thing:
    """Something to see to: what, how many, where, and what to do about it. ``link``: empty where the viewer's posts do not open the page."""

    said: str
    number: int
    link: str
    cure: str


@require_safe
def keeping(request: Request) -> HttpResponse:
    """What is to be seen to, as a pane that the desk fetches by itself."""
    if not request.viewer.may(May.ACCOUNTS):
        raise Http404
    things = [*_accounts(request.today), *_runs(request), *_deliveries()]
    return render(request, "web/_keeping.html", {"things": [one for one in things if one.number]})


def _accounts(today: date) -> Iterator[Thing]:
    """Accounts that stand as they should not."""
    counts = numbers(roll(today, timezone.now()))
    said = {
        State.LOCKED: (_("锁住的账号"), _("核实是本人，再解锁")), State.LEFT: (_("人已离职、账号还开着"), _("停用账号")),
        State.NONE: (_("还没有账号的员工"), _("开账号")),
    }  # fmt: skip
    at = reverse("accounts")
    for state in TO_SEE_TO:
        what, cure = said[state]
        yield Thing(what, counts[state], f"{at}?{urlencode({'state': state.value})}", cure)


def _runs(request: Request) -> Iterator[Thing]:
    """Days that were not run, and posts that nobody holds where duties ask for them."""
    opens = request.viewer.may(May.DAY)
    missed = Missed.between(Standing.at(), request.today)
    days = reverse("days") if opens else ""
    yield Thing(
        _("没有推演的日子"), 0 if missed is None else missed.number, days, _("推演今天，一起补齐；看看定时器还在不在跑")
    )  # fmt: skip
    empty: list[dict[str, Any]] = empty_posts()
    newest = DayRun.objects.values_list("pk", flat=True).first() if empty else None
    page = "" if newest is None or not opens else f"{reverse('day', args=[newest])}#empty"
    yield Thing(_("没有人任的岗位（有任务等着的）"), len(empty), page, _("在台账“任职”里补上人"))


def _deliveries() -> Iterator[Thing]:
    """Messages that left by no channel, of the last days: what is older is past mending."""
    lost = deliveries().filter(state=GIVEN_UP, notice__at__gt=timezone.now() - NEW).count()
    asked = urlencode({"state": GIVEN_UP, "new": "1"})
    yield Thing(
        _("近 %(days)s 天没发出去的消息") % {"days": NEW.days}, lost, f"{reverse('deliveries')}?{asked}", _("看看渠道的地址和回答")
    )  # fmt: skip

"""What I was told, what I want to be reminded of, notes on a client; for the administrator the channels and what became of deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.duties.naming import names_for
from daihou.messaging.acts import (
    LONGEST_TEXT,
    MessagingRefusedError,
    Terms,
    add_channel,
    alter_channel,
    note,
    read,
    read_all,
    remind,
    reminded,
    remove_channel,
    say,
    try_channel,
    withdraw_note,
)
from daihou.messaging.models import (
    DINGTALK,
    FEISHU,
    GIVEN_UP,
    MAIL,
    MEMORY,
    QUIET_FROM,
    QUIET_UNTIL,
    SENT,
    STATES,
    WECOM,
    Channel,
    Delivery,
    Note,
    Reminder,
)
from daihou.messaging.models import FAILED as NOT_TAKEN
from daihou.messaging.models import UNCERTAIN as UNKNOWN
from daihou.messaging.models import WAITING as STILL
from daihou.messaging.reads import channels, deliveries, notes_on, notices_of, opened_reminders, reminders_of
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.gate import Request

PAGE = 50
NEW = timedelta(days=7)
"""Of deliveries: what can still be put right, for the message is of use."""
NOTES = 20
ONLY_READ = frozenset({"auditor", "inspector"})
"""Posts that look into all and write nothing, not even a note."""

_TONES = {SENT: "good", NOT_TAKEN: "soon", UNKNOWN: "soon", GIVEN_UP: "late", STILL: "quiet"}


def kinds() -> dict[str, str]:
    """Kinds of notices in words."""
    return {
        "day": _("任务变化"), "morning": _("今日清单"), "signature": _("签批"), "assigned": _("分派给您"), "moved_away": _("改派走了"),
        "test": _("试发"), "errand": _("交办"), "risk_notice": _("风险提示"), "outcome": _("签批结果"), "severe": _("重大预警"), "measure": _("预警措施"),
        "copied": _("抄送"), "delegated": _("代签"), "standing_in": _("替人代办"), "stood_in": _("由人代办"),
    }  # fmt: skip


def ways() -> dict[str, str]:
    """Kinds of channels in words."""
    return {WECOM: _("企业微信"), DINGTALK: _("钉钉"), FEISHU: _("飞书"), MAIL: _("邮件")}


def states() -> dict[str, str]:
    """States of a delivery in words."""
    said = (_("等待发出"), _("已发出"), _("没发成，会再试"), _("下落不明，不再发"), _("放弃"))
    return dict(zip(STATES, said, strict=True))


def refusals() -> dict[str, str]:
    """What is said when a write is refused, by code."""
    return {
        "address-wrong": _(
            "地址不对：机器人要贴完整的 Webhook 地址，邮件要写 mailtos://用户:密码@服务器?to=收件人。"
        ),
        "title-missing": _("请给渠道起个名字。"),
        "owner-unknown": _("没有这个工号或机构。"),
        "channel-gone": _("这个渠道已经移除。"),
        "text-missing": _("请写上内容。"),
        "text-long": _("内容太长，最多 %(n)s 字。") % {"n": LONGEST_TEXT},
        "not-yours": _("只能改自己写的。"),
    }


# ------------------------------------------------------------------ what I was told


@dataclass(frozen=True)
class Told:
    """A notice as its reader sees it."""

    pk: int
    kind: str
    urgent: bool
    title: str
    text: str
    lines: Sequence[Mapping[str, str]]
    path: str
    at: Any
    fresh: bool


@require_safe
def notices(request: Request) -> HttpResponse:
    """What I was told, newest first."""
    viewer: Viewer = request.viewer
    kind, fresh = request.GET.get("kind", ""), request.GET.get("fresh") == "1"
    rows = notices_of(viewer.staff_no)
    if kind in kinds():
        rows = rows.filter(kind=kind)
    if fresh:
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    said = kinds()
    told = [
        Told(
            one.pk, said.get(one.kind, one.kind), one.severity == "urgent", one.title[lang()], one.text[lang()], one.lines, one.path,
            one.at, one.read_at is None,
        )
        for one in page.object_list
    ]  # fmt: skip
    context = {"page": page, "told": told, "kinds": said.items(), "kind": kind, "fresh": fresh}
    return render(request, "web/notices.html", context)


@require_POST
def open_notice(request: Request, pk: int) -> HttpResponse:
    """Open the thing that a notice of mine is about; it is read then."""
    held = notices_of(request.viewer.staff_no).filter(pk=pk).first()
    if held is None:
        raise Http404
    read([pk], by=request.actor, at=timezone.now())
    return redirect(held.path or "notices")


@require_POST
def read_notices(request: Request) -> HttpResponse:
    """All that I was told is read."""
    read_all(by=request.actor, at=timezone.now())
    return redirect("notices")


# ------------------------------------------------------------------ my reminders


class ReminderForm(forms.Form):
    """A day and what to be reminded of."""

    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(max_length=LONGEST_TEXT)
    table = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        """Today or a day to come: nobody can be reminded yesterday."""
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise forms.ValidationError(_("不能早于今天 %(day)s。") % {"day": self.today})
        return day


def reminders(request: Request) -> HttpResponse:
    """My reminders, and the form of another one; ``table`` and ``key`` name the row that it is about."""
    viewer: Viewer = request.viewer
    about = {"table": request.GET.get("table", ""), "key": request.GET.get("key", "")}
    form = ReminderForm(
        request.POST if request.method == "POST" else None,
        initial={"day": request.today.isoformat(), **about},
        today=request.today,
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        seen = _is_seen(viewer, said["table"], said["key"])
        remind(
            said["text"], said["day"], by=request.actor, at=timezone.now(), table=said["table"] if seen else "", key=said["key"] if seen else ""
        )  # fmt: skip
        say_done(request, _("已记下，到那天显示在工作台上。"))
        return redirect("reminders")
    rows = reminders_of(viewer.staff_no).order_by(F("done_at").asc(nulls_first=True), "day", "id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "written": opened_reminders(page.object_list)}  # type: ignore[arg-type]
    return render(request, "web/reminders.html", context, status=422 if form.errors else 200)


def _is_seen(viewer: Viewer, table: str, key: str) -> bool:
    """Whether the row that a reminder is about is one that its writer sees."""
    return table in homes() and bool(key) and visible(table, viewer).filter(key=key).exists()


@require_POST
def reminder_done(request: Request, pk: int) -> HttpResponse:
    """Put a reminder of mine away."""
    held = Reminder.objects.filter(pk=pk, owner=request.viewer.staff_no).first()
    if held is None:
        raise Http404
    reminded(held, by=request.actor, at=timezone.now())
    return redirect(_back(request, "reminders"))


def _back(request: Request, otherwise: str) -> str:
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if safe else otherwise


# ------------------------------------------------------------------ notes on a client


def notes_for(viewer: Viewer, table: str, key: str) -> dict[str, Any]:
    """What the page of a client shows of notes; nothing on other pages."""
    if table != "party":
        return {}
    found = notes_on(key, NOTES)
    return {
        "notes": found,
        "note_writers": names_for(people=[one.by for one in found]),
        "note_longest": LONGEST_TEXT,
        "may_note": not ONLY_READ.issuperset(viewer.posts),
    }


@require_POST
def add_note(request: Request, key: str) -> HttpResponse:
    """Note something on a client that I see."""
    if not visible("party", request.viewer).filter(key=key).exists():
        raise Http404
    if ONLY_READ.issuperset(request.viewer.posts):
        raise PermissionDenied
    try:
        note(key, request.POST.get("text", ""), by=request.actor, at=timezone.now())
    except MessagingRefusedError as error:
        say_done(request, refusals()[error.code])
    return redirect("row", "party", key)


@require_POST
def take_note_back(request: Request, pk: int) -> HttpResponse:
    """Take back a note that I wrote."""
    held = Note.objects.filter(pk=pk, by=request.viewer.staff_no).first()
    if held is None or not visible("party", request.viewer).filter(key=held.party).exists():
        raise Http404
    withdraw_note(held, by=request.actor, at=timezone.now())
    return redirect("row", "party", held.party)


# ------------------------------------------------------------------ channels and deliveries, for who keeps the accounts


class ChannelForm(forms.Form):
    """A channel: to whom, where, when it is quiet."""

    kind = forms.ChoiceField()
    title = forms.CharField(max_length=80)
    owner = forms.CharField(max_length=64, required=False)
    branch = forms.CharField(max_length=64, required=False)
    address = forms.CharField(
        max_length=600, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )  # never shown again
    quiet_from = forms.TimeField(
        initial=QUIET_FROM, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        initial=QUIET_UNTIL, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    urgent_at_night = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        labels = {
            "kind": _("种类"), "title": _("名称"), "owner": _("给谁（工号；群填空）"), "branch": _("群属于哪个机构（空：全公司）"),
            "address": _("地址"), "quiet_from": _("静默从"), "quiet_until": _("静默到"), "urgent_at_night": _("紧急的静默时也发"),
        }  # fmt: skip
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["kind"].choices = list(ways().items())  # type: ignore[attr-defined]
        self.fields["address"].help_text = _(
            "机器人：贴完整的 Webhook 地址。邮件：mailtos://用户:密码@服务器?to=收件人。存下后加密，只显示末四位。"
        )


def _keeper(request: Request) -> None:
    if not request.viewer.may(May.ACCOUNTS):
        raise PermissionDenied


def _channel(pk: int) -> Channel:
    held = channels().filter(pk=pk).first()
    if held is None:
        raise Http404
    return held


def channel_list(request: Request) -> HttpResponse:
    """The channels, and the form of another one."""
    _keeper(request)
    form = ChannelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            channel = add_channel(
                said["kind"], said["address"], _terms(said), by=request.actor, at=timezone.now()
            )
        except MessagingRefusedError as error:
            form.add_error(None, refusals()[error.code])
        else:
            say_done(request, _("渠道“%(title)s”已加上，还没启用；先试发一条。") % {"title": channel.title})
            return redirect("channels")
    held = list(channels())
    return render(
        request,
        "web/channels.html",
        {
            "form": form, "channels": held, "ways": ways(), "people": names_for(people=[one.owner for one in held], branches=True),
        },
        status=422 if form.errors else 200,
    )  # fmt: skip


def _terms(said: Mapping[str, Any]) -> Terms:
    """What the form says. MessagingRefusedError: a number or branch that is not there."""
    for table, name in (("employee", "owner"), ("branch", "branch")):
        if said[name] and not standing(homes()[table]).filter(key=said[name]).exists():
            raise MessagingRefusedError("owner-unknown")
    quiet: Mapping[str, time] = {one: said[one] for one in ("quiet_from", "quiet_until")}
    return Terms(
        said["title"], owner=said["owner"], branch=said["branch"], urgent_at_night=said["urgent_at_night"], **quiet
    )  # fmt: skip


@require_POST
def switch_channel(request: Request, pk: int) -> HttpResponse:
    """Switch a channel on or off."""
    _keeper(request)
    channel = alter_channel(
        _channel(pk), by=request.actor, at=timezone.now(), on=request.POST.get("on") == "1"
    )
    said = _("“%(title)s”已启用。") if channel.on else _("“%(title)s”已停用。")
    say_done(request, said % {"title": channel.title})
    return redirect("channels")


@require_POST
def drop_channel(request: Request, pk: int) -> HttpResponse:
    """Take a channel out."""
    _keeper(request)
    channel = _channel(pk)
    remove_channel(channel, by=request.actor, at=timezone.now())
    say_done(request, _("“%(title)s”已移除，地址已销毁；发过的记录还在。") % {"title": channel.title})
    return redirect("channels")


@require_POST
def probe_channel(request: Request, pk: int) -> HttpResponse:
    """Send one message by a channel now, and say what came of it."""
    _keeper(request)
    channel = _channel(pk)
    delivery = try_channel(channel, by=request.actor, at=timezone.now())
    if delivery.state == SENT:
        say_done(request, _("“%(title)s”试发成功，请看看收到没有。") % {"title": channel.title})
    else:
        said = {"title": channel.title, "why": _why(delivery)}
        say_done(request, _("“%(title)s”试发没有成功：%(why)s。") % said)
    return redirect("channels")


def _why(delivery: Delivery) -> str:
    """Why a delivery did not arrive, in words."""
    return say(delivery.error, lang(), detail=delivery.detail) if delivery.error else ""


@require_safe
def delivery_list(request: Request) -> HttpResponse:
    """What left by the channels and what became of it, newest first; ``new``: of the last days alone, as the desk of who keeps the accounts counts it."""
    _keeper(request)
    state, new = request.GET.get("state", ""), request.GET.get("new") == "1"
    rows = deliveries().filter(state=state) if state in STATES else deliveries()
    rows = rows.filter(notice__at__gt=timezone.now() - NEW) if new else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    said, known, titles = states(), kinds(), ways() | {MEMORY: MEMORY}
    held = [
        {
            "at": one.notice.at, "to": one.notice.to, "kind": known.get(one.notice.kind, one.notice.kind), "channel": one.channel.title,
            "way": titles[one.channel.kind], "state": said[one.state], "tone": _TONES[one.state], "tries": one.tries,
            "next": one.next_try, "why": _why(one) if one.state != SENT else "",
        }
        for one in page.object_list
    ]  # fmt: skip
    context = {
        "page": page, "held": held, "states": said.items(), "state": state, "new": new, "days": NEW.days,
        "people": names_for(people=[one.notice.to for one in page.object_list]),
    }  # fmt: skip
    return render(request, "web/deliveries.html", context)

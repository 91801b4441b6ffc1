"""Matters for signature: what waits for me, what I sent, what was shown to me; one matter; who signs in whose place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OrderBy, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from daihou.dayend.acts import follow
from daihou.duties.models import Duty
from daihou.duties.naming import Names, names_for
from daihou.duties.reads import doable
from daihou.duties.reads import seen as seen_duties
from daihou.duties.returning import (
    put_forward,
    refuse,
    resubmit,
    ruling_of,
    send_back,
    to_follow,
    to_submit,
)
from daihou.duties.signing import (
    DUTY,
    POSTPONEMENT,
    ask_again_to_postpone,
    ask_to_postpone,
    can_postpone,
    changed_since,
    matter_of,
    sign,
)
from daihou.people.rights import Scope
from daihou.registers.kept import homes, standing
from daihou.screens.amounts import YuanField
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, word, words
from daihou.signoff import acts
from daihou.signoff.acts import KIND, SigningRefusedError
from daihou.signoff.models import RETURNED, STANDING, UNDER_WAY, Delegation, Matter, Step
from daihou.signoff.reads import (
    come_back,
    copied_to,
    opened_by,
    other_posts,
    seen,
    signed_by,
    signers_of,
    waiting_for,
)
from daihou.signoff.words import refusals
from daihou.trail.reads import of_subject
from daihou.web.brief import briefs_of
from daihou.web.gate import Request
from daihou.web.gist import Point
from daihou.web.signing import SHOWN

PERSON = {
    "list": "choices-person",
    "autocomplete": "off",
    "data-lookup": "employee",
    "hx-trigger": "input changed delay:200ms",
    "hx-target": "#choices-person",
}
"""Attributes of a field that offers colleagues while one types."""

ROWS = 50
ON_DESK = 6
HISTORY = 60
TABS = ("waiting", "opened", "signed", "copies")
ORDERS = {
    "at": "opened_at",
    "-at": "-opened_at",
    "amount": "amount",
    "-amount": "-amount",
    "kind": "kind",
    "-kind": "-kind",
}


def matter_states() -> dict[str, tuple[str, str]]:
    """The states of a matter: colour and word."""
    return {
        "under_way": ("plain", _("签批中")),
        "returned": ("soon", _("退回补正")),
        "approved": ("good", _("已批准")),
        "refused": ("late", _("不同意")),
        "withdrawn": ("quiet", _("已撤回")),
    }


@dataclass(frozen=True)
class MatterLine:
    """A matter as lists show it. ``step``: the step that waits for the viewer, with the digest that he sees."""

    matter: Matter
    title: str
    state: tuple[str, str]
    step: int | None = None
    post: str = ""
    arrived: Any = None
    for_whom: str = ""
    unread: bool = False
    points: Sequence[Point] = ()

    @property
    def value(self) -> str:
        """What names the step in the form of a group: with the content that the viewer reads."""
        return f"{self.step}:{self.matter.digest}"


def title_of(matter: Matter) -> str:
    """The title in the page's language."""
    said: Mapping[str, str] = matter.title
    return said.get(lang()) or said.get("zh", "")


def _line(matter: Matter, **more: Any) -> MatterLine:
    return MatterLine(matter, title_of(matter), matter_states()[matter.state], **more)


# ------------------------------------------------------------------ lists


@require_safe
def matters(request: Request) -> HttpResponse:
    """What waits for me, what I sent, what I signed, what was shown to me."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    return render(request, "web/matters.html", _listed(request, tab))


def _listed(request: Request, tab: str) -> dict[str, Any]:
    me, day = request.viewer.staff_no, request.today
    rows, way = _rows(me, day, tab)
    kinds = sorted(set(rows.order_by().values_list(f"{way}kind", flat=True)))
    kind, words, order = (request.GET.get(name, "") for name in ("kind", "q", "order"))
    state = request.GET.get("state", "")
    if state in matter_states() and tab != "waiting":
        rows = rows.filter(**{f"{way}state": state})
    if kind in kinds:
        rows = rows.filter(**{f"{way}kind": kind})
    if words.strip():
        said = words.strip()
        number = said.upper().removeprefix("QP").lstrip("0")
        found = (
            Q(**{f"{way}title__zh__icontains": said})
            | Q(**{f"{way}title__en__icontains": said})
            | Q(**{f"{way}contract": said})
        )
        if number.isdecimal():
            found |= Q(**{f"{way}pk": int(number)})
        rows = rows.filter(found)
    if order in ORDERS:
        by = F(f"{way}{ORDERS[order].removeprefix('-')}")
        rows = rows.order_by(OrderBy(by, descending=order.startswith("-"), nulls_last=True), f"{way}pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    shown = _lines_of(tab, page.object_list)
    counts = {one: _rows(me, day, one)[0].count() for one in TABS}
    return {
        "tab": tab, "lines": shown, "page": page, "total": page.paginator.count, "kinds": kinds, "kind": kind, "state": state, "states": {name: said for name, (_tone, said) in matter_states().items()}, "q": words, "order": order,
        "counts": counts, "names": names_for(people=[one.matter.opened_by for one in shown]),
        "sees_limits": request.viewer.rights.scope("policy") is not Scope.NONE,
    }  # fmt: skip


def _rows(me: str, day: date, tab: str) -> tuple[QuerySet[Any], str]:
    """The rows of a list and the way from them to the matter."""
    if tab == "waiting":
        return waiting_for(me, day).select_related("matter").order_by("arrived_at", "pk"), "matter__"
    if tab == "opened":
        return opened_by(me).order_by("-pk"), ""
    if tab == "signed":
        return signed_by(me), ""
    return copied_to(me).select_related("matter"), "matter__"


def _lines_of(tab: str, rows: Iterable[Any]) -> list[MatterLine]:
    if tab == "waiting":
        asked = list(rows)
        briefs = briefs_of([one.matter for one in asked])
        return [
            _line(
                one.matter, step=one.pk, post=one.post, arrived=one.arrived_at, points=briefs[one.matter.pk]
            )
            for one in asked
        ]
    if tab in {"opened", "signed"}:
        return [_line(one) for one in rows]
    return [_line(one.matter, unread=one.read_at is None, arrived=one.at) for one in rows]


def desk_matters(staff_no: str, day: date) -> dict[str, Any]:
    """For the desk: what came back and is to be done over, what waits for one's signature, what one sent that is under way; counts and first rows."""
    waiting = waiting_for(staff_no, day)
    sent = opened_by(staff_no).filter(state=UNDER_WAY)
    back = come_back(staff_no).filter(Q(state=RETURNED) | Q(kind=DUTY))
    first = _lines_of("waiting", waiting.select_related("matter").order_by("arrived_at", "pk")[:ON_DESK])
    own = _lines_of("opened", sent.order_by("pk")[:ON_DESK])
    return {
        "to_sign": first, "to_sign_total": waiting.count(), "sent": own, "sent_total": sent.count(),
        "back": _lines_of("opened", back[:ON_DESK]), "back_total": back.count(),
        "unread_copies": copied_to(staff_no).filter(read_at__isnull=True).count(),
        "matter_names": names_for(people=[one.matter.opened_by for one in first]),
    }  # fmt: skip


@require_POST
def sign_group(request: Request) -> HttpResponse:
    """Sign several at once, each for itself; what could not be signed is told."""
    asked = []
    for said in request.POST.getlist("step"):
        pk, _bar, digest = said.partition(":")
        if pk.isdecimal():
            asked.append((int(pk), digest))
    mine_now = set(waiting_for(request.viewer.staff_no, request.today).values_list("pk", flat=True))
    visible_steps = Step.objects.filter(
        pk__in=[pk for pk, _digest in asked], matter__in=Matter.objects.filter(seen(request.viewer))
    )
    known = mine_now | set(visible_steps.values_list("pk", flat=True))
    signed, refused = acts.sign_each(
        [one for one in asked if one[0] in known], by=request.actor, at=timezone.now(),
        opinion=request.POST.get("opinion", ""), how=sign,
    )  # fmt: skip
    if to_follow(signed):
        follow(request.today, by=request.actor, at=timezone.now())
    if signed:
        say_done(request, _("已签 %(n)s 件。") % {"n": len(signed)})
    if refused:
        context = _listed(request, "waiting")
        context["ticked"] = set(request.POST.getlist("step"))
        context["opinion"] = request.POST.get("opinion", "")
        context["refused"] = [(title_of(one), one.pk, refusals()[code]) for one, code in refused]
        return render(request, "web/matters.html", context, status=409)
    return redirect("matters")


# ------------------------------------------------------------------ one matter


def _matter(request: Request, pk: int) -> Matter:
    """A matter that the viewer may see; any other is not there for him."""
    found = Matter.objects.filter(seen(request.viewer), pk=pk).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class StripStep:
    """A step of the strip: who is asked, how it stands, what was decided. ``instead``: the post that signs, or signed, in place of the one asked for."""

    step: Step
    asked: str
    signer: str
    on_behalf: str
    instead: str
    placed_by: str
    open: bool
    mine: bool


def strip_of(matter: Matter, names: Names, mine_now: set[int]) -> dict[int, list[list[StripStep]]]:
    """The steps of each version, those signed jointly together."""
    versions: dict[int, dict[int, list[StripStep]]] = {}
    steps = list(matter.steps.all())
    others = other_posts(steps)
    for one in steps:
        instead = ",".join(others.get(one.pk, ()))
        here = matter.state == UNDER_WAY and one.version == matter.version and one.ordinal == matter.stage
        shown = StripStep(
            one, names.people.get(one.employee, "") if one.employee else "", names.people.get(one.signed_by, one.signed_by),
            names.people.get(one.for_whom, one.for_whom), words(instead) if instead else "", names.people.get(one.placed_by, one.placed_by),
            here and not one.decision, one.pk in mine_now,
        )  # fmt: skip
        versions.setdefault(one.version, {}).setdefault(one.ordinal, []).append(shown)
    return {number: list(groups.values()) for number, groups in versions.items()}


def strip_context(matter: Matter | None) -> dict[str, Any]:
    """What the strip needs on the page of another thing."""
    if matter is None:
        return {"matter": None}
    people = {
        who
        for one in matter.steps.all()
        for who in (one.employee, one.signed_by, one.for_whom, one.placed_by)
    }
    strip = strip_of(matter, names_for(people=people), set())
    return {
        "matter": matter,
        "matter_state": matter_states()[matter.state],
        "groups": strip.get(matter.version, []),
    }


def _beside(request: Request, code: str) -> str:
    """The field that a refusal is about; empty where it is about the matter itself."""
    if code == "opinion-missing":
        return "opinion"
    if request.POST.get("act") in {"hand_on", "add_signer"}:
        return "reason" if code == "reason-missing" else "person"
    return ""


def matter_page(request: Request, pk: int) -> HttpResponse:
    """One matter: its content, who signed what with which opinion, and what the viewer may do now."""
    matter = _matter(request, pk)
    fault = beside = ""
    if request.method == "POST":
        try:
            return _done(request, matter)
        except SigningRefusedError as error:
            fault = refusals()[error.code]
            beside = _beside(request, error.code)
            matter.refresh_from_db()
    context = _context(request, matter) | {"fault": fault, "beside": beside}
    return render(request, "web/matter.html", context, status=409 if fault else 200)


def _context(request: Request, matter: Matter) -> dict[str, Any]:
    me, day = request.viewer.staff_no, request.today
    mine_now = set(waiting_for(me, day).filter(matter=matter).values_list("pk", flat=True))
    others = waiting_for(me, day).exclude(matter=matter).order_by("arrived_at", "pk")
    steps, versions = list(matter.steps.all()), list(matter.versions.all())
    copies, urges = list(matter.copies.all()), list(matter.urges.all())
    history = list(of_subject(KIND, str(matter.pk))[:HISTORY])
    waiting = signers_of(matter, day)
    people = {matter.opened_by, *waiting, *(event.by for event in history)}
    people |= {who for one in steps for who in (one.employee, one.signed_by, one.for_whom, one.placed_by)}
    people |= {one.employee for one in copies}
    names = names_for(people=people, parties=[matter.party], branches=True)
    strip = strip_of(matter, names, mine_now)
    makers = set(matter.makers.values_list("employee", flat=True))
    concerned = me in makers or bool(mine_now) or any(one.signed_by == me for one in steps)
    show = SHOWN.get(matter.kind)
    own = matter.opened_by == me
    fresh = not any(one.decision for one in steps if one.version == matter.version)
    return {
        "matter": matter, "title": title_of(matter), "matter_state": matter_states()[matter.state], "names": names,
        "groups": strip.get(matter.version, []), "older": [(one, strip.get(one.number, [])) for one in reversed(versions[:-1])],
        "version": versions[-1], "signed": not fresh, "waiting": [names.people.get(one, one) for one in waiting], "copies": copies, "urges": urges,
        "history": history, "content": _plain_content(matter) if show is None else None, "changed": changed_since(matter),
        "show": None if show is None else show(matter, request), "my_step": min(mine_now, default=None),
        "next": others.values_list("matter", flat=True).first(),
        "opinion_must": any(one.opinion_required for one in steps if one.pk in mine_now),
        "may": {
            "decide": bool(mine_now), "copy": concerned, "urge": me in makers and matter.state == UNDER_WAY,
            "withdraw": own and (matter.state == RETURNED or (matter.state == UNDER_WAY and fresh)),
            "resubmit": own and matter.state == RETURNED,
            "read": any(one.employee == me and one.read_at is None for one in copies),
        },
    }  # fmt: skip


def _plain_content(matter: Matter) -> list[tuple[str, str]]:
    """A content whose kind shows nothing of its own: its parts with their words."""
    held = matter.content if isinstance(matter.content, dict) else {"": matter.content}
    return [(word(name), str(value)) for name, value in held.items()]


def _done(request: Request, matter: Matter) -> HttpResponse:
    """Do what the form asks, and say so."""
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    before = matter.state
    said = act(request, matter)
    if before == RETURNED or to_follow([matter]):
        follow(request.today, by=request.actor, at=timezone.now())
    say_done(request, said)
    return redirect("matter", matter.pk)


def _field(request: Request, name: str) -> str:
    return request.POST.get(name, "").strip()


def _seen_step(request: Request) -> dict[str, Any]:
    """The step and the digest that the page showed."""
    step = _field(request, "step")
    return {
        "step": int(step) if step.isdecimal() else None, "digest": _field(request, "digest") or None,
        "opinion": _field(request, "opinion"), "by": request.actor, "at": timezone.now(),
    }  # fmt: skip


def _sign(request: Request, matter: Matter) -> str:
    sign(matter, **_seen_step(request))
    matter.refresh_from_db()
    return _("已同意。")


def _refuse(request: Request, matter: Matter) -> str:
    refuse(matter, **_seen_step(request))
    return _("已签“不同意”。")


def _send_back(request: Request, matter: Matter) -> str:
    send_back(matter, **_seen_step(request))
    return _("已退回补正。")


def _refer_up(request: Request, matter: Matter) -> str:
    acts.refer_up(matter, **_seen_step(request))
    return _("已转上级。")


def _hand_on(request: Request, matter: Matter) -> str:
    seen_step = _seen_step(request)
    who = person_named(request)
    acts.hand_on(
        matter, who, by=request.actor, at=seen_step["at"], reason=_field(request, "reason"), step=seen_step["step"]
    )  # fmt: skip
    return _("已转办。")


def _add_signer(request: Request, matter: Matter) -> str:
    seen_step = _seen_step(request)
    acts.add_signer(
        matter, person_named(request), by=request.actor, at=seen_step["at"], reason=_field(request, "reason"),
        place=_field(request, "place") or acts.AFTER, step=seen_step["step"],
    )  # fmt: skip
    return _("已加签。")


def _copy(request: Request, matter: Matter) -> str:
    acts.copy_to(matter, [person_named(request)], by=request.actor, at=timezone.now())
    return _("已抄送。")


def _urge(request: Request, matter: Matter) -> str:
    acts.urge(matter, by=request.actor, at=timezone.now(), text=_field(request, "text"))
    return _("已催办。")


def _withdraw(request: Request, matter: Matter) -> str:
    acts.withdraw(matter, by=request.actor, at=timezone.now(), reason=_field(request, "reason"))
    return _("已撤回。")


def _resubmit(request: Request, matter: Matter) -> str:
    resubmit(matter, by=request.actor, at=timezone.now(), remark=_field(request, "remark"))
    return _("已重新呈签。")


def _read(request: Request, matter: Matter) -> str:
    acts.read_copy(matter, by=request.actor, at=timezone.now())
    return _("已阅。")


_ACTS: Mapping[str, Callable[[Request, Matter], str]] = {
    "sign": _sign, "refuse": _refuse, "send_back": _send_back, "refer_up": _refer_up, "hand_on": _hand_on, "add_signer": _add_signer,
    "copy": _copy, "urge": _urge, "withdraw": _withdraw, "resubmit": _resubmit, "read": _read,
}  # fmt: skip


def person_named(request: Request) -> str:
    """The staff number that was typed: a number, a name, or a name with its number as the list of choices offers it."""
    return staff_of(_field(request, "person"))


def staff_of(text: str) -> str:
    """The same for any text. SigningRefusedError where it means nobody, or several."""
    typed = text.strip().translate(str.maketrans("()", "（）"))
    name, _bracket, number = typed.rstrip("）").rpartition("（")
    rows = standing(homes()["employee"])
    wanted = rows.filter(key=number) if name else rows.filter(Q(key=typed) | Q(full_name=typed))
    found = list(wanted.values_list("key", flat=True)[:2])
    if len(found) != 1:
        raise SigningRefusedError("nobody-such")
    return str(found[0])


# ------------------------------------------------------------------ duties


def _own_duty(request: Request, pk: int) -> Duty:
    duty = Duty.objects.filter(seen_duties(request.viewer), pk=pk).first()
    if duty is None:
        raise Http404
    if not Duty.objects.filter(doable(request.viewer), pk=pk).exists():
        raise PermissionDenied
    return duty


def duty_signing(duty: Duty, *, own: bool, today: date) -> dict[str, Any]:
    """For the page of a duty: the strip of its matter, and what its person may put forward."""
    waits = Matter.objects.filter(kind="postponement", subject=duty.key, state__in=STANDING).first()
    return {
        "signing": strip_context(matter_of(duty)), "to_submit": own and to_submit(duty), "postponing": waits,
        "sent_back": None if duty.withdrawn_on else ruling_of(duty),
        "can_postpone": own and waits is None and can_postpone(duty, today),
    }  # fmt: skip


@require_POST
def submit_duty(request: Request, pk: int) -> HttpResponse:
    """Put the work of a duty that a fact closed before those who sign it."""
    duty = _own_duty(request, pk)
    if not to_submit(duty):
        return _refused(request, "not-under-way")
    try:
        matter = put_forward(duty, by=request.actor, at=timezone.now())
    except SigningRefusedError as error:
        return _refused(request, error.code)
    if matter is None:
        return _refused(request, "no-chain")
    follow(request.today, by=request.actor, at=timezone.now())
    say_done(request, _("已呈签。"))
    return redirect("matter", matter.pk)


def _refused(request: Request, code: str) -> HttpResponse:
    context = _listed(request, "opened") | {"fault": refusals()[code]}
    return render(request, "web/matters.html", context, status=409)


class PostponeForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(
        label=gettext_lazy("延到哪天"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500
    )

    def __init__(self, *args: Any, due: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = due

    def clean_until(self) -> date:
        """A day after the one at which it is due."""
        day: date = self.cleaned_data["until"]
        if day <= self.due:
            raise forms.ValidationError(_("要晚于现在的期限 %(day)s。") % {"day": self.due})
        return day


def postpone(request: Request, pk: int) -> HttpResponse:
    """Ask that a duty be put off, with the reason; it moves once that is signed. A request that was returned is set right here."""
    duty = _own_duty(request, pk)
    if not can_postpone(duty, request.today) or duty.due is None:
        raise Http404
    mine = Matter.objects.filter(kind=POSTPONEMENT, subject=duty.key, opened_by=request.viewer.staff_no)
    returned = mine.filter(state=RETURNED).order_by("-pk").first()
    begins = {} if returned is None else {one: returned.content[one] for one in ("until", "reason")}
    form = PostponeForm(request.POST or None, due=duty.due, initial=begins)
    if request.method == "POST" and form.is_valid():
        said, by, at = form.cleaned_data, request.actor, timezone.now()
        try:
            if returned is None:
                matter = ask_to_postpone(duty, said["until"], said["reason"], by=by, at=at)
            else:
                matter = ask_again_to_postpone(returned, duty, said["until"], said["reason"], by=by, at=at)
        except SigningRefusedError as error:
            form.add_error(None, refusals()[error.code])
        else:
            say_done(request, _("已呈请延期；批准之后期限才变。"))
            return redirect("matter", matter.pk)
    return render(request, "web/postpone.html", {"form": form, "duty": duty, "returned": returned})


# ------------------------------------------------------------------ delegation


class DelegationForm(forms.Form):
    """Who signs in my place, from when to when, what, up to how much, why."""

    person = forms.CharField(label=gettext_lazy("授权给谁"), help_text=gettext_lazy("姓名或工号"))
    since = forms.DateField(
        label=gettext_lazy("起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("止"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("哪几类"), required=False, help_text=gettext_lazy("不选就是全部"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    limit = YuanField(label=gettext_lazy("金额上限（元）"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("理由"), help_text=gettext_lazy("例如：出差、休假"), max_length=200
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)
        self.fields["person"].widget.attrs.update(
            PERSON | {"hx-get": f"{reverse('choices', args=['employee'])}?from=person"}
        )
        field.choices = [(one, word(one)) for one in sorted(SHOWN)]


def delegations(request: Request) -> HttpResponse:
    """Who signs in my place, for whom I sign, and a new delegation."""
    me, today = request.viewer.staff_no, request.today
    form = DelegationForm(request.POST or None, initial={"since": today})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            acts.delegate(
                person_named(request), since=said["since"], until=said["until"], reason=said["reason"], kinds=said["kinds"],
                amount_limit=said["limit"], by=request.actor, at=timezone.now(),
            )  # fmt: skip
        except SigningRefusedError as error:
            form.add_error(None, refusals()[error.code])
        else:
            say_done(request, _("已授权，记录在案。"))
            return redirect("delegations")
    given = list(Delegation.objects.filter(giver=me)[:ROWS])
    taken = list(Delegation.objects.filter(taker=me)[:ROWS])
    context = {
        "form": form, "given": _told(given, today), "taken": _told(taken, today),
        "names": names_for(people=[one for each in (*given, *taken) for one in (each.giver, each.taker)]),
    }  # fmt: skip
    return render(request, "web/delegations.html", context)


def _told(rows: Sequence[Delegation], today: date) -> list[tuple[Delegation, str, str]]:
    """Delegations with how they stand: colour and word."""
    found = []
    for one in rows:
        if one.ended_at is not None:
            found.append((one, "quiet", _("已收回")))
        elif one.until < today:
            found.append((one, "quiet", _("已到期")))
        elif one.since > today:
            found.append((one, "plain", _("还没开始")))
        else:
            found.append((one, "good", _("有效")))
    return found


@require_POST
def end_delegation(request: Request, pk: int) -> HttpResponse:
    """Take a delegation back before its day."""
    held = Delegation.objects.filter(giver=request.viewer.staff_no, pk=pk).first()
    if held is None:
        raise Http404
    try:
        acts.end_delegation(held, by=request.actor, at=timezone.now())
    except SigningRefusedError:
        pass  # it ended meanwhile, which is what was asked for
    else:
        say_done(request, _("授权已收回。"))
    return redirect("delegations")

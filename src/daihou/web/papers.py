"""The form of a duty, filled, handed in, shown and corrected; attachments of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.dayend.acts import follow
from daihou.duties.attaching import may_attach
from daihou.duties.completing import closable
from daihou.duties.filing import (
    Filed,
    FilingRefusedError,
    Said,
    about_of,
    correct_filed,
    file_form,
    target_of,
    wrong_row,
)
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.duties.reads import doable, duty_seen, paper_seen, seen
from daihou.duties.recourse import TARGET, debtor_lines, unknown_names, without_notice
from daihou.duties.signing import DUTY as WORK
from daihou.duties.signing import form_of, paper_about, signers_of_duty
from daihou.inspections.classing import wrong_correction
from daihou.inspections.findings import wrong_findings
from daihou.inspections.reports import (
    Noticed,
    Work,
    last_of,
    noticed,
    noticed_anew,
    seal_of,
    under,
    work_anew,
    work_of,
)
from daihou.papers.acts import PaperRefusedError, keep_draft
from daihou.papers.amending import in_use
from daihou.papers.filling import WHY, Fault, Filled, checked, in_order, phones_in, shown, taken
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.kinds import ACCEPTED
from daihou.papers.models import DRAFT, DUTY, HANDED_IN, PAPER, Attachment, Paper
from daihou.papers.reading import Form, Group, Path, Tells, forms, messages
from daihou.papers.reads import attachments_of, editions
from daihou.papers.signed import Forward, put_forward
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import closing_of
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, listed
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.words import refusals
from daihou.trail.acts import record
from daihou.warnings.acts import DECISION, RESPONSE, REVIEW, WARNING, under_way
from daihou.web.allowed import tell_against
from daihou.web.asked import asked, labels_of, standing_fast
from daihou.web.desk import lines
from daihou.web.dossier import may_read_person
from daihou.web.files import Listed, as_listed, pane
from daihou.web.gate import Request
from daihou.web.inspections import beside
from daihou.web.matters import strip_of

SHOWN = 60


def papers_pane(viewer: Viewer, duty: Duty, *, own: bool) -> dict[str, Any]:
    """What the page of a duty shows of its form and attachments."""
    form, paper = form_of(duty), paper_about(duty)
    draft = Paper.objects.filter(duty_no=duty.pk, by=viewer.staff_no, state=DRAFT).first()
    return {
        "form_title": None if form is None else form.title.said(lang()),
        "paper": paper,
        "paper_draft": draft,
        "may_fill": own and form is not None and paper is None and duty.withdrawn_on is None,
        "fills_row": form is not None and paper is None and own and target_of(duty, form) is not None,
        "without_notice": without_notice(duty, form)
        if form is not None and paper is not None and duty.done is None
        else [],
        "may_correct_paper": own,
        "attachments": pane(Attachment.objects.filter(Q(table=DUTY) | Q(table=PAPER), duty_no=duty.pk)),
        "attach_to": (DUTY, str(duty.pk)) if own else None,
        "accept": ",".join(ACCEPTED),
    }


def row_pane(viewer: Viewer, table: str, row: Any) -> dict[str, Any]:
    """What the page of a row shows of attachments: its own, of a contract or client also those of its duties that the viewer sees, and its forms."""
    found = Q(table=table, key=row.key)
    papers: list[Paper] = []
    if table in {"contract", "party"}:
        theirs = Duty.objects.filter(seen(viewer), **{table: row.key}).values("pk")
        found |= Q(table__in=(DUTY, PAPER), duty_no__in=theirs)
        papers = list(Paper.objects.filter(state=HANDED_IN, duty_no__in=theirs)[:SHOWN])
    return {
        "papers": [(one, paper_title(one)) for one in papers],
        "attachments": pane(Attachment.objects.filter(found)),
        "attach_to": (table, row.key) if may_attach(viewer, table) else None,
        "accept": ",".join(ACCEPTED),
        "dossier": _dossier(viewer, table, row.key),
    }


def _dossier(viewer: Viewer, table: str, key: str) -> str:
    """The address of the due-diligence file of a row; empty where there is none for the viewer."""
    if table == "contract":
        return reverse("contract-file", args=[key])
    mine = table == "employee" and may_read_person(viewer, key)
    return reverse("person-file", args=[key]) if mine else ""


def paper_title(paper: Paper) -> str:
    """What a form that was handed in is called."""
    form = forms().get(paper.form)
    return paper.form if form is None else form.title.said(lang())


# -- the form ---------------------------------------------------------------------------------------------------------


def duty_of_viewer(viewer: Viewer, pk: int) -> Duty:
    """A duty that the viewer sees; any other is not there for him."""
    duty = duty_seen(viewer, pk)
    if duty is None:
        raise Http404
    return duty


def paper_form(request: Request, pk: int) -> HttpResponse:
    """The form of a duty: filled as far as the book tells, kept as a draft, handed in."""
    viewer = request.viewer
    duty = duty_of_viewer(viewer, pk)
    form = form_of(duty)
    if form is None:
        raise Http404
    if not Duty.objects.filter(doable(viewer), pk=pk).exists():
        raise PermissionDenied
    paper = paper_about(duty)
    if paper is not None:
        return redirect("paper", paper.pk)
    work = work_of(viewer, duty, form)
    if request.method == "POST":
        return _posted(request, work)
    return _asking(request, work, work.start(viewer, request.today), ())


def _typed(post: QueryDict) -> dict[str, str]:
    return {name: str(post.get(name, "")) for name in post}


def _posted(request: Request, work: Work) -> HttpResponse:
    duty, form = work.duty, work.form
    typed, about = under(work.fast(request.viewer.name), _typed(request.POST)), about_of(duty)
    if typed.get("version", form.edition) != form.edition:
        return _asking(request, work, typed, (), refused=messages().text("form-changed", lang()))
    if "draft" in typed:
        keep_draft(form, about, taken(form, typed, work.held), by=request.actor, at=timezone.now())
        if request.headers.get("X-Draft"):
            return HttpResponse(status=204)
        say_done(request, _("草稿已存；还没有交。"))
        return redirect("paper-form", duty.pk)
    filled = checked(
        form, typed, today=request.today, opens=about.opens, held=work.held, me=request.viewer.staff_no
    )
    # everything at once: whoever mends one thing is not sent back for the next
    faults = (*filled.faults, *wrong_findings(duty, form, filled.values, request.today))
    told = noticed_anew(duty, form, filled, work.last, request.today)
    if faults:
        actor, now = request.actor, timezone.now()
        faults = (
            *faults,
            *_told_beside(wrong_row(duty, form, filled, by=actor, at=now, day=request.today)),
        )
    if faults or (told and typed.get("noticed") != seal_of(told)):
        return _asking(request, work, typed, faults, told=told)
    return _handed_in(request, work, typed, filled, told)


def _handed_in(
    request: Request, work: Work, typed: Mapping[str, str], filled: Filled, told: Sequence[Noticed]
) -> HttpResponse:
    """Hand the form in; the page again with what stands in the way, and what was noticed and confirmed."""
    duty, form = work.duty, work.form
    try:
        filed = file_form(duty, form, filled, by=request.actor, at=timezone.now(), day=request.today)
    except FilingRefusedError as error:
        return _asking(request, work, typed, of_filing(error), told=told)
    except PaperRefusedError as error:
        return _asking(request, work, typed, (), refused=messages().text(error.code, lang()), told=told)
    except SigningRefusedError as error:
        return _asking(request, work, typed, (), refused=refusals()[error.code], told=told)
    follow(request.today, by=request.actor, at=timezone.now())
    said = _said_of(duty, filed) % {"form": form.title.said(lang()), "number": filed.paper.number}
    say_done(request, said, "paper", filed.paper.pk)
    _tell_unknown(request, duty, form, filled)
    _tell_signed(request, duty, form)
    if filed.row is not None:
        tell_against(request, filed.row)
    return redirect("duty", duty.pk)


def _said_of(duty: Duty, filed: Filed) -> str:
    """What is said of a form that was handed in."""
    held = Duty.objects.filter(pk=duty.pk).values_list("done", flat=True).first()
    if held is not None and filed.matter is not None:
        return _("%(form)s已交（%(number)s），任务已办结，已送签。")
    return (
        _("%(form)s已交（%(number)s），任务已办结。")
        if held is not None
        else _("%(form)s已交（%(number)s）。")
    )


def of_filing(error: FilingRefusedError) -> tuple[Fault, ...]:
    """What cannot be written, beside the fields that say it."""
    return _told_beside(error.faults)


def _told_beside(faults: Iterable[tuple[str, Said]]) -> tuple[Fault, ...]:
    return tuple(Fault(name, "of-row", {"said": said(lang())}) for name, said in faults)


def _asking(
    request: Request, work: Work, values: Mapping[str, str], faults: tuple[Fault, ...], *, refused: str = "", told: Sequence[Noticed] = (), paper: Paper | None = None,
) -> HttpResponse:  # fmt: skip
    """The page of the form with values, faults and remarks, and what stands beside it. ``refused``: why it was not taken."""
    duty, form = work.duty, work.form
    fast = work.fast(request.viewer.name)
    values = {**values, **fast}  # as the registers stand now
    faults = in_order(form, faults)
    last = {} if work.last is None else work.last.values
    groups = asked(
        form, values, faults, blanks=True, last=last, numbers=work.offered, owed=work.owed(request.today)
    )
    groups = standing_fast(groups, fast)
    closed = {group.title.said(lang()) for group in form.groups if told_by_book(group, faults)}
    labels = {name: label for _title, fields in groups for name, label in labels_of(fields).items()}
    context = {
        "duty": duty, "line": lines([duty])[0], "form": form, "title": form.title.said(lang()), "groups": groups, "closed": closed, "paper": paper,
        "reason": values.get("reason", ""), "refused": refused,
        "faults": [(one.name, labels.get(_bare(one.name), ""), one.text(lang())) for one in faults], "completes": closable(duty, rules().get(duty.rule)),
        "fills": None if paper is not None or work.target is None else work.target.table.id, "last": work.last,
        "also_fills": also_filled(duty, form),
        "told": told, "noticed": seal_of(told) if told else "", "ticked": bool(told) and values.get("noticed") == seal_of(told), **beside(request.viewer, duty, form),
        "attachments": pane(Attachment.objects.filter(Q(table=DUTY) | Q(table=PAPER), duty_no=duty.pk)), "attach_to": (DUTY, str(duty.pk)),
        "accept": ",".join(ACCEPTED), "attach_back": request.path,
    }  # fmt: skip
    status = 409 if refused else 422 if faults or told else 200
    return render(request, "web/paper_form.html", context, status=status)


def also_filled(duty: Duty, form: Form) -> str | None:
    """The register by which a duty is closed that its form writes line by line, where it does: recovery targets, measures."""
    if debtor_lines(duty, form) is not None:
        return TARGET
    rule = rules().get(duty.rule)
    closing = closing_of(rule) if isinstance(rule, DutyRule) else None
    decides = form.telling(Tells.MEASURES) is not None and closing is not None and closing.table == RESPONSE
    return RESPONSE if decides else None


def _bare(name: str) -> str:
    return name.removesuffix(f"/{WHY}")


def told_by_book(group: Group, faults: tuple[Fault, ...]) -> bool:
    """Whether everything of a group comes out of the registers and nobody has to look at it: shown closed."""
    wrong = {_bare(one.name) for one in faults}
    return all(
        isinstance(one.source, Path) and not one.required and one.name not in wrong for one in group.fields
    )


# -- the form that was handed in ------------------------------------------------------------------------------------


def paper_of_viewer(viewer: Viewer, pk: int) -> tuple[Paper, Duty]:
    """A form that the viewer may see, by its duty; any other, and others' drafts, are not there for him."""
    paper = paper_seen(viewer, pk)
    if paper is None:
        raise Http404
    return paper, duty_of_viewer(viewer, paper.duty_no)


def signing_of(paper: Paper) -> dict[str, Any]:
    """Who signed this very edition of a form, for its page and its prints.

    ``groups``: the steps of the last version of a matter that put the edition forward, joint ones together; none where none did, and ``note``
    then says what was put forward instead. ``matter``: the matter of the steps, else the last about the form's duty; None where there is none.
    """
    held = put_forward(paper, WORK)
    if held.version is None:
        return {"matter": held.matter, "groups": [], "note": _unsigned(paper, held)}
    matter = held.version.matter
    people = {
        who
        for one in matter.steps.all()
        for who in (one.employee, one.signed_by, one.for_whom, one.placed_by)
    }
    current = held.version.number == matter.version
    groups = [
        [
            seat
            for seat in group
            # who signs has decided this content; of an older version nobody will decide what is still empty
            if (seat.step.digest == held.version.digest if seat.step.decision else current)
        ]
        for group in strip_of(matter, names_for(people=people), set()).get(held.version.number, [])
    ]
    return {"matter": matter, "groups": [group for group in groups if group], "note": ""}


def _unsigned(paper: Paper, held: Forward) -> str:
    """Why nobody signed an edition; empty where nothing was put forward at all."""
    said = {"n": paper.edition, "signed": held.edition}
    if held.matter is None:
        return ""
    if held.edition is None:
        return _("送签的内容里没有这张表；这张表还没有人签。")
    if held.edition > paper.edition:
        return _("第 %(n)s 版没有送签；送签的是第 %(signed)s 版。") % said
    if held.approved_at is not None and paper.at >= held.approved_at:
        return _("第 %(signed)s 版已签批；第 %(n)s 版是签批之后更正的，还没有人签。") % said
    return _("送签的是第 %(signed)s 版；第 %(n)s 版是送签之后更正的，还没有人签。") % said


def files_of(paper: Paper) -> list[Listed]:
    """The attachments of a form and of its duty, not the voided ones, in the order in which they were brought."""
    return as_listed(list(attachments_of(paper)))


@require_safe
def paper_page(request: Request, pk: int) -> HttpResponse:
    """A form that was handed in, clean and to be printed: number, values, edition, digest, the place of signatures."""
    viewer = request.viewer
    paper, duty = paper_of_viewer(viewer, pk)
    form = form_of_paper(paper)
    if form is None:
        raise Http404
    own = Duty.objects.filter(doable(viewer), pk=duty.pk).exists()
    every, files = list(editions(paper)), files_of(paper)
    brings = own or any(one.held.by == viewer.staff_no for one in files)
    last, values = last_of(duty, form, paper=paper), shown(paper.values, paper.numbers)
    context = {
        "paper": paper, "duty": duty, "line": lines([duty])[0], "form": form, "title": form.title.said(lang()),
        "groups": asked(form, values, (), blanks=False, last={} if last is None else last.values), "editions": every, "last": last,
        "told": noticed(duty, form, values, last),
        "people": names_for(people=[one.by for one in every]).people, "chain": signers_of_duty(duty, request.today),
        "signing": signing_of(paper), "files": files, "attachments": pane(attachments_of(paper)) if brings else [],
        "brings": brings,
        "may_correct": paper.state == HANDED_IN and own, "attach_to": (PAPER, str(paper.pk)) if own else None,
        "accept": ",".join(ACCEPTED), "templates": viewer.rights.scope("papers") is not Scope.NONE,
        "may_open": viewer.rights.numbers and bool(phones_in(form, paper.values, paper.numbers)),
    }  # fmt: skip
    return render(request, "web/paper.html", context)


@require_POST
def paper_numbers(request: Request, pk: int) -> HttpResponse:
    """Show the telephone numbers of a form in clear, with a reason, on record."""
    paper, duty = paper_of_viewer(request.viewer, pk)
    form = form_of_paper(paper)
    if form is None:
        raise Http404
    if not request.viewer.rights.numbers:
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return render(request, "web/numbers.html", {"fault": _("请写明查看完整号码的理由。")})
    found = phones_in(form, paper.values, paper.numbers)
    with transaction.atomic():
        record(
            "open-number", by=request.actor, at=timezone.now(), kind=DUTY, subject=duty.key, branch=duty.branch or "", reason=reason,
            after={"number": paper.number, "edition": paper.edition, "columns": [one.label.zh for one, _number in found]},
        )  # fmt: skip
    return render(
        request, "web/numbers.html", {"told": [(one.label.said(lang()), number) for one, number in found]}
    )


def paper_correction(request: Request, pk: int) -> HttpResponse:
    """A new edition of a form that was handed in, with the reason."""
    viewer = request.viewer
    paper, duty = paper_of_viewer(viewer, pk)
    came = forms().get(paper.form)
    if came is None:
        raise Http404
    form = in_use(came)
    if not Duty.objects.filter(doable(viewer), pk=duty.pk).exists():
        raise PermissionDenied
    work = work_anew(duty, form, paper)
    if request.method != "POST":
        return _asking(request, work, shown(paper.values, work.held), (), paper=paper)
    typed = _typed(request.POST)
    filled = work.corrected(paper, typed, request.today)
    if faults := (*filled.faults, *wrong_correction(duty, form, filled.values, paper)):
        return _asking(request, work, typed, faults, paper=paper)
    try:
        fresh = correct_filed(
            paper, duty, form, filled, by=request.actor, at=timezone.now(), reason=typed.get("reason", "").strip()
        )  # fmt: skip
    except FilingRefusedError as error:
        return _asking(request, work, typed, of_filing(error), paper=paper)
    except PaperRefusedError as error:
        return _asking(request, work, typed, (), refused=messages().text(error.code, lang()), paper=paper)
    except SigningRefusedError as error:
        return _asking(request, work, typed, (), refused=refusals()[error.code], paper=paper)
    follow(request.today, by=request.actor, at=timezone.now())
    said = _("%(number)s 已更正为第 %(edition)s 版；原来的留着。") % {
        "number": fresh.number,
        "edition": fresh.edition,
    }
    say_done(request, said)
    _tell_unknown(request, duty, form, filled)
    _tell_signed(request, duty, form)
    row = (
        None
        if fresh.row_table not in homes()
        else standing(homes()[fresh.row_table]).filter(key=fresh.row_key).first()
    )
    if row is not None:
        tell_against(request, row)
    return redirect("paper", fresh.pk)


def _tell_signed(request: Request, duty: Duty, form: Form) -> None:
    """Tell that measures which a form names are being signed: they are not decided yet."""
    if form.telling(Tells.MEASURES) is None or duty.table != WARNING:
        return
    if numbers := [one.number for one in under_way(duty.object, REVIEW, DECISION)]:
        say_done(request, _("措施已送签（%(numbers)s），签过才算定下。") % {"numbers": listed(numbers)})


def _tell_unknown(request: Request, duty: Duty, form: Form, filled: Filled) -> None:
    """Tell whom a recourse notice names that the registers do not know as a debtor: he is no recovery target."""
    if names := unknown_names(duty, form, filled.values):
        said = _(
            "%(names)s不在台账的客户和反担保人里，没有列进追偿对象；写错的更正这张表，漏登记的先登记反担保。"
        )
        say_done(request, said % {"names": listed(names)})

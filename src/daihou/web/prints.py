"""A form that was handed in, as PDF and Word: what its page shows, numbers hidden, with who printed it and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import masked
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.papers.acts import PaperRefusedError
from daihou.papers.filling import shown
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.kinds import MEDIA
from daihou.papers.models import REPLACED, Paper
from daihou.papers.photos import NoPictureError, picture_of
from daihou.papers.printing import (
    PDF,
    WORD,
    Kept,
    Lines,
    Picture,
    PrintFailedError,
    Row,
    Sheet,
    Sign,
    as_pdf,
    as_word,
)
from daihou.papers.reading import Form, Kind, Tells
from daihou.papers.reads import content_of, editions
from daihou.papers.signatures import images_of
from daihou.papers.word_templates import template_for
from daihou.screens.tags import EMPTY, bracketed, lang, lead, word
from daihou.trail.acts import Actor, record
from daihou.web.asked import Asked, asked
from daihou.web.desk import lines
from daihou.web.files import Listed, minute
from daihou.web.gate import Request
from daihou.web.matters import StripStep
from daihou.web.papers import files_of, paper_of_viewer, signing_of
from daihou.web.shell import company_title

MOST_PICTURES = 24
"""Photos that a print shows."""
MAKERS: Mapping[str, Callable[[Sheet, str], bytes]] = {
    PDF: lambda sheet, _form: as_pdf(sheet),
    WORD: lambda sheet, form: as_word(sheet, template_for(form)),
}
"""What makes a print of each kind, of a sheet and the word of its form."""


@require_safe
def paper_print(request: Request, pk: int, kind: str) -> HttpResponse:
    """A form as a file to keep or to send; that it was taken out is on record."""
    paper, duty = paper_of_viewer(request.viewer, pk)
    form = form_of_paper(paper)
    if form is None or kind not in MAKERS:
        raise Http404
    try:
        name, made = printed(
            paper, duty, form, kind, name=request.viewer.name, by=request.actor, at=timezone.now()
        )
    except PrintFailedError:
        said = _("这份表排不出来，请告诉管理员；内容没有受影响。")
        return render(
            request, "web/refused.html", {"said": said, "back": reverse("paper", args=[pk])}, status=500
        )
    answer = HttpResponse(made, content_type=MEDIA[kind])
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def printed(
    paper: Paper, duty: Duty, form: Form, kind: str, *, name: str, by: Actor, at: datetime
) -> tuple[str, bytes]:
    """A form as a file, with its name; that somebody (``name``) took it out is on record. PrintFailedError, and nothing is."""
    sheet = sheet_of(paper, duty, form, by=name, at=minute(at))
    made = MAKERS[kind](sheet, form.form)
    with transaction.atomic():
        record(
            "print-paper", by=by, at=at, kind="duty", subject=paper.duty, branch=paper.branch or "",
            after={"number": paper.number, "edition": paper.edition, "as": kind},
        )  # fmt: skip
    return f"{sheet.title} {paper.number}.{kind}", made


def sheet_of(paper: Paper, duty: Duty, form: Form, *, by: str, at: str) -> Sheet:
    """Everything that a print of a form says, in the page's language."""
    files = files_of(paper)
    line, maker = lines([duty])[0], names_for(people=[paper.by]).people.get(paper.by, paper.by)
    groups = asked(form, shown(paper.values, paper.numbers), (), blanks=False)
    signing = signing_of(paper)
    edition = "" if paper.edition == 1 else " · " + _("第 %(n)s 版") % {"n": paper.edition}
    return Sheet(
        company=company_title(), title=form.title.said(lang()), number=paper.number,
        heading=_("编号 %(number)s") % {"number": paper.number} + edition,
        about=f"{line.name} · {line.object} · {form.article}",
        groups=tuple((title, tuple(_part(one) for one in fields if _to_print(one))) for title, fields in groups),
        signs=_signs(paper, maker, signing["groups"]), note=" ".join(filter(None, (_superseded(paper), signing["note"]))),
        files=tuple(
            Kept(masked(one.held.name), minute(one.held.at), one.held.digest, one.kind, one.taken, one.distance) for one in files
        ),
        pictures=_pictures(files),
        digest=paper.digest, event=_("操作记录第 %(n)s 条") % {"n": paper.event},
        printed=_("%(name)s 打印于 %(at)s") % {"name": by, "at": at},
        words={
            "digest": _("内容指纹"), "signs": _("签批"), "files": _("附件"),
            "pictures": _("照片"),
            "sign_heads": [_("岗位"), _("姓名"), _("结果"), _("意见"), _("时间")],
            "file_heads": [_("名称"), _("类型"), _("拍摄"), _("距离"), _("上传"), _("内容指纹")],
        },
    )  # fmt: skip


def _pictures(files: Sequence[Listed]) -> tuple[Picture, ...]:
    """The photos among the files, the first ones where there are many; the list of files tells of all, and of one that cannot be shown."""
    found: list[Picture] = []
    for number, one in enumerate(files, start=1):
        if not one.pictured or len(found) == MOST_PICTURES:
            continue
        with suppress(NoPictureError, PaperRefusedError):
            image = picture_of(content_of(one.held), "print")
            told = " · ".join(filter(None, (one.taken, one.distance)))
            found.append(Picture(image, f"{number}. {masked(one.held.name)}", told))
    return tuple(found)


def _superseded(paper: Paper) -> str:
    """That an edition counts no more, and which does; empty of the standing one."""
    if paper.state != REPLACED:
        return ""
    last = editions(paper).values_list("edition", flat=True).first()
    return _("第 %(n)s 版已更正，不再作数；最新的是第 %(last)s 版。") % {"n": paper.edition, "last": last}


def _to_print(one: Asked) -> bool:
    """Whether a print says a field: the reason of a change of class only where one was given."""
    return bool(one.value) or one.field.tells is not Tells.CLASS_WHY


def _part(one: Asked) -> Row | Lines:
    if one.field.kind is not Kind.LINES:
        text = "" if one.text == EMPTY else one.text
        label = bracketed(one.label, one.unit) if one.unit else one.label
        return Row(
            label, lead(text) + one.why if one.why else text, one.field.kind is Kind.LONG or bool(one.why)
        )
    if not one.rows:
        return Row(one.label, "", wide=True)
    columns = one.field.columns
    numbers = tuple(column.kind in {Kind.MONEY, Kind.NUMBER} for column in columns)
    cells = tuple(
        tuple("" if cell.text == EMPTY else f"{cell.text}{cell.why}" for cell in row) for row in one.rows
    )
    return Lines(one.label, tuple(column.label.said(lang()) for column in columns), numbers, cells)


def _post(seat: StripStep) -> str:
    """The post that the chain asks for, and who signs in its place where nobody holds it: a name beside it would say that he does."""
    post = word(seat.step.post)
    return f"{post}（{_('由 %(post)s 代') % {'post': seat.instead}}）" if seat.instead else post


def _signs(paper: Paper, maker: str, groups: Iterable[Sequence[StripStep]]) -> tuple[Sign, ...]:
    """Who filled the edition and who signed it, in order, with the pictures of their signatures at that time; and who has still to sign."""
    seats = [seat for group in groups for seat in group]
    done = [
        (seat.step.signed_by, seat.step.decided_at)
        for seat in seats
        if seat.step.decision and seat.step.decided_at is not None
    ]
    images = images_of([(paper.by, paper.at), *done])
    return (
        Sign(_("填表人"), maker, "", "", minute(paper.at), images.get((paper.by, paper.at), b"")),
        *(
            Sign(
                _post(seat), seat.signer if seat.step.decision else "", word(seat.step.decision) if seat.step.decision else "",
                masked(seat.step.opinion), "" if seat.step.decided_at is None else minute(seat.step.decided_at),
                images.get((seat.step.signed_by, seat.step.decided_at), b"") if seat.step.decided_at is not None else b"",
            )
            for seat in seats
        ),
    )  # fmt: skip

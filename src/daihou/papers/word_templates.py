"""The company's own Word templates: kept after a trial, one in use per form and one for all others; the house's where there is none."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from daihou.papers.acts import PaperRefusedError
from daihou.papers.kinds import FileRefusedError, look
from daihou.papers.models import WordTemplate
from daihou.papers.printing import WORD, Kept, Lines, PrintFailedError, Row, Sheet, Sign, as_word
from daihou.papers.reading import forms
from daihou.trail.acts import Actor, record

LARGEST = 2 * 1024 * 1024
"""Bytes of a template: a page with a company's mark."""
ALL = ""
"""The form of a template that is for every form without one of its own."""

TRIAL = Sheet(
    company="公司", title="表", number="2026-000001", heading="编号 2026-000001", about="任务",
    groups=(("组", (Row("栏", "值"), Row("长", "一\n二", wide=True), Lines("明细", ("列",), (False,), (("值",),)))),),
    signs=(Sign("岗位", "姓名", "同意", "意见", "2026-01-01 09:00"),), files=(Kept("名.jpg", "2026-01-01", "0" * 64, "JPG", "2026-01-01 09:00", "5 米"),),
    digest="0" * 64, event="1", printed="姓名",
    words={"digest": "指纹", "signs": "签批", "files": "附件", "sign_heads": ["岗位", "姓名", "结果", "意见", "时间"], "file_heads": ["名称", "类型", "拍摄", "离客户", "上传", "指纹"]},
    note="说明",
)  # fmt: skip
"""What a template is tried on before it is kept."""


def keep_template(form: str, name: str, content: bytes, *, by: Actor, at: datetime) -> WordTemplate:
    """Keep a template for a form, or for all (``ALL``); the one in use before is laid aside.

    FileRefusedError: no Word file, too large, or it cannot be filled. PaperRefusedError: no such form, or the same is in use.
    """
    if form != ALL and form not in forms():
        raise PaperRefusedError("no-such-form")
    looked = look(name, content)
    if looked.kind != WORD:
        raise FileRefusedError("template-no-word")
    if len(content) > LARGEST:
        raise FileRefusedError("template-too-large")
    try:
        as_word(TRIAL, content)
    except PrintFailedError as error:
        raise FileRefusedError("template-wrong") from error
    digest = sha256(content).hexdigest()
    with transaction.atomic():
        before = WordTemplate.objects.select_for_update().filter(form=form, until_at__isnull=True).first()
        if before is not None and before.digest == digest:
            raise PaperRefusedError("no-change")
        event = record(
            "keep-template", by=by, at=at, kind="template", subject=form or "*",
            before=None if before is None else {"digest": before.digest}, after={"file": looked.name, "digest": digest},
        )  # fmt: skip
        if before is not None:
            _lay_aside(before, by, at)
        return WordTemplate.objects.create(
            form=form, name=looked.name, content=content, digest=digest, by=by.by, at=at, event=event.number
        )  # fmt: skip


def retire_template(template: WordTemplate, *, by: Actor, at: datetime) -> None:
    """Lay a template aside; the one for all, or the house's, is used from now on. PaperRefusedError where it is already."""
    with transaction.atomic():
        held = WordTemplate.objects.select_for_update().get(pk=template.pk)
        if held.until_at is not None:
            raise PaperRefusedError("template-gone")
        record(
            "retire-template", by=by, at=at, kind="template", subject=held.form or "*", before={"digest": held.digest}
        )  # fmt: skip
        _lay_aside(held, by, at)


def _lay_aside(held: WordTemplate, by: Actor, at: datetime) -> None:
    held.until_at, held.until_by = at, by.by
    held.save(update_fields=["until_at", "until_by"])


def template_for(form: str) -> bytes | None:
    """The content of the template in use for a form: its own, else that for all; None where the house's is used."""
    found = {
        one.form: one for one in WordTemplate.objects.filter(form__in=(form, ALL), until_at__isnull=True)
    }
    held = found.get(form) or found.get(ALL)
    return None if held is None else bytes(held.content)

"""Filled forms with their editions, and attachments; neither is ever deleted."""

from __future__ import annotations

from django.db import models

DRAFT, HANDED_IN, REPLACED = "draft", "handed_in", "replaced"
STATES = (DRAFT, HANDED_IN, REPLACED)
PAPER, DUTY = "paper", "duty"
"""Things of an attachment that are no rows of a register."""


class FormEdition(models.Model):
    """The wording of a form as it was when somebody filled it: ``said`` is the form as JSON, ``digest`` its SHA-256."""

    form = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    said = models.JSONField()

    class Meta:
        ordering = ("form", "version")

    def __str__(self) -> str:
        return f"{self.form} {self.version}"


class Paper(models.Model):
    """One edition of one filled form.

    ``form`` is a word of the terms by its identifier, ``form_version`` the version of the form that was filled and
    ``wording`` its text at that time (empty: a draft, or handed in before wordings were kept). The duty
    is named by its key and by ``duty_no``, the number of its page. ``values``: name of the field -> text, personal
    numbers replaced by their marks; ``numbers``: mark -> the number, sealed. ``number`` is given when it is handed in
    and stays with all its editions; ``digest``: SHA-256 over what the edition says; ``event``: of the trail. ``row_table``, ``row_key``:
    the row of a register that it wrote or filled, empty where it wrote none.
    """

    form = models.CharField(max_length=64)
    form_version = models.PositiveIntegerField()
    wording = models.ForeignKey(FormEdition, null=True, on_delete=models.PROTECT, related_name="papers")
    duty = models.CharField(max_length=700)
    duty_no = models.PositiveBigIntegerField()
    contract = models.CharField(max_length=400, null=True)  # noqa: DJ001 - empty means: leads to no contract
    party = models.CharField(max_length=400, null=True)  # noqa: DJ001 - the same
    branch = models.CharField(max_length=64, null=True)  # noqa: DJ001 - the same
    values = models.JSONField()
    numbers = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default=DRAFT)
    number = models.CharField(max_length=32, default="", blank=True)
    edition = models.PositiveIntegerField(default=1)
    row_table = models.CharField(max_length=64, default="", blank=True)
    row_key = models.CharField(max_length=700, default="", blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    reason = models.TextField(default="", blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64, default="", blank=True)
    event = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("duty_no",), name="paper_by_duty"),
            models.Index(fields=("contract",), name="paper_by_contract"),
            models.Index(fields=("party",), name="paper_by_party"),
            models.Index(fields=("row_table", "row_key"), name="paper_by_row"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="paper_state"),
            models.CheckConstraint(
                condition=models.Q(state=DRAFT, number="", digest="")
                | (~models.Q(state=DRAFT) & ~models.Q(number="") & ~models.Q(digest="")),
                name="paper_handed_in_is_numbered",
            ),
            models.CheckConstraint(
                condition=models.Q(edition=1, replaces__isnull=True)
                | (models.Q(edition__gt=1, replaces__isnull=False) & ~models.Q(reason="")),
                name="paper_correction_has_reason",
            ),
            models.UniqueConstraint(
                fields=("duty_no", "by"), condition=models.Q(state=DRAFT), name="one_draft_of_a_person"
            ),
            models.UniqueConstraint(
                fields=("duty_no",), condition=models.Q(state=HANDED_IN), name="one_paper_of_a_duty"
            ),
            models.UniqueConstraint(
                fields=("number", "edition"), condition=~models.Q(number=""), name="one_edition"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number or self.pk}/{self.edition}"


class WordTemplate(models.Model):
    """A Word template of the company for a form (empty: for all others), in use until ``until_at``; ``content`` is the file."""

    form = models.CharField(max_length=64, default="", blank=True)
    name = models.CharField(max_length=160)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    event = models.PositiveBigIntegerField()
    until_at = models.DateTimeField(null=True)
    until_by = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("form",), condition=models.Q(until_at__isnull=True), name="one_template_in_use"
            ),
            models.CheckConstraint(
                condition=models.Q(until_at__isnull=True, until_by="")
                | (models.Q(until_at__isnull=False) & ~models.Q(until_by="")),
                name="template_laid_aside_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class SignatureImage(models.Model):
    """A picture of somebody's signature for prints, as he brought it himself; no proof of anything. In use from ``at`` until ``until_at``.

    ``content``: the sealed file; ``kind`` png or jpg; ``digest``: its SHA-256.
    """

    staff_no = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    event = models.PositiveBigIntegerField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("staff_no",), condition=models.Q(until_at__isnull=True), name="one_signature_in_use"
            ),
        )

    def __str__(self) -> str:
        return f"{self.staff_no} {self.at:%Y-%m-%d}"


class FormAmendment(models.Model):
    """What the company adds to a form and changes in it; one stands per form, each replaces the one before.

    ``said``: ``{"add": [{name: {…}}], "change": {name: {…}}, "aside": [name, …]}`` (``amending``). ``number`` counts them per form from 1.
    """

    form = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    said = models.JSONField()
    reason = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    event = models.PositiveBigIntegerField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("form", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("form",), condition=models.Q(until_at__isnull=True), name="one_amendment_in_use"
            ),
            models.UniqueConstraint(fields=("form", "number"), name="one_number_of_an_amendment"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="amendment_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.form} {self.number}"


class Attachment(models.Model):
    """One file that belongs to a thing: a duty, a filled form, or a row of a register.

    ``table`` and ``key`` name the thing (``paper``, ``duty``, or a declared table). Its content lies under the folder of
    files by ``digest`` (SHA-256), sealed. ``kind`` is told by the content. Voided with a reason, never removed.
    Of a photo where and when it was taken: ``taken_at``, ``latitude`` and ``longitude`` in degrees (WGS-84), as the photo itself says, else
    as the device said that sent it, then with its ``accuracy`` in metres; ``distance`` in metres to the client's place as it stood in the
    register. ``shot_at``: when by the camera's clock, where the camera wrote it into the photo.
    """

    table = models.CharField(max_length=64)
    key = models.CharField(max_length=700)
    duty_no = models.PositiveBigIntegerField(null=True)
    paper = models.ForeignKey(Paper, null=True, on_delete=models.PROTECT, related_name="attachments")
    contract = models.CharField(max_length=400, null=True)  # noqa: DJ001 - empty means: leads to no contract
    party = models.CharField(max_length=400, null=True)  # noqa: DJ001 - the same
    branch = models.CharField(max_length=64, null=True)  # noqa: DJ001 - the same
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    accuracy = models.PositiveIntegerField(null=True)
    distance = models.PositiveIntegerField(null=True)
    shot_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    event = models.PositiveBigIntegerField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=64, default="", blank=True)
    void_reason = models.TextField(default="", blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("table", "key"), name="attachment_by_thing"),
            models.Index(fields=("duty_no",), name="attachment_by_duty"),
            models.Index(fields=("digest",), name="attachment_by_digest"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(voided_at__isnull=True, voided_by="", void_reason="")
                | (models.Q(voided_at__isnull=False) & ~models.Q(voided_by="") & ~models.Q(void_reason="")),
                name="attachment_void_has_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"

"""Files that were handed in, from the hand that brought them to the batch that came of them."""

from __future__ import annotations

from django.db import models

CHECKING, CHECKED, TAKING, TAKEN, DISCARDED, FAILED = (
    "checking",
    "checked",
    "taking",
    "taken",
    "discarded",
    "failed",
)
STATES = (CHECKING, CHECKED, TAKING, TAKEN, DISCARDED, FAILED)
AT_WORK = (CHECKING, TAKING)


MAPPING_NAME = 60


class CompanyMapping(models.Model):
    """One edition of a mapping that the company keeps: how files of another layout become our tables.

    Editions of a ``name`` are numbered from 1; the last is the one in use until it is retired. ``text``: the mapping as it was written
    (YAML), ``digest`` of it (SHA-256). ``event``: the event of the trail that kept it.
    """

    name = models.CharField(max_length=MAPPING_NAME)
    edition = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    event = models.PositiveBigIntegerField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name", "-edition")
        constraints = (models.UniqueConstraint(fields=("name", "edition"), name="one_mapping_edition"),)

    def __str__(self) -> str:
        return f"{self.name} {self.edition}"


class HandMatch(models.Model):
    """What people said a foreign row means: remembered for every later file of the same mapping.

    ``mapping``: its name, whatever the edition. ``column``: table and column, with a dot. ``mark``: keyed hash of what the file says,
    ``said``: the same, sealed. ``key``: of the row that is meant; empty: none of ours. A newer word ends an older one (``ended_event``).
    """

    mapping = models.CharField(max_length=MAPPING_NAME)
    column = models.CharField(max_length=130)
    mark = models.CharField(max_length=21)
    said = models.TextField()
    key = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    event = models.PositiveBigIntegerField()
    ended_event = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("mapping", "column", "mark"),
                condition=models.Q(ended_event__isnull=True),
                name="one_hand_match",
            ),
        )

    def __str__(self) -> str:
        return f"{self.mapping} {self.column} {self.key}"


class Upload(models.Model):
    """One file: its name and digest (SHA-256), how far the work on it is, what was found in it.

    ``content`` is the sealed file's name below the folder of files. ``tables``: table -> [rows read, left out, new,
    changed, same] as the check found them. ``faults`` are sealed, for they show values of cells. ``code``: why it failed.
    ``mapping``: how it is read where its layout is another's, ``file_day``: the day that it tells of, where the mapping asks. ``unmatched``: what no number led to one row, and what people had said of it, sealed; ``matched``: rows by outcome.
    ``kept``: table -> rows of which the file says something else but which the house has written since. ``changes``: the rows that it would change or
    changed and those kept, sealed, column by column.
    ``share`` (0 to 100) and ``doing`` (a sheet) are told while the machine works; ``alive``: when it last told.
    """

    file = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default=CHECKING)
    content = models.CharField(max_length=80)
    tables = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    changes = models.TextField(default="", blank=True)
    faults = models.TextField(default="", blank=True)
    mapping = models.ForeignKey(CompanyMapping, null=True, on_delete=models.PROTECT, related_name="+")
    file_day = models.DateField(null=True)
    unmatched = models.TextField(default="", blank=True)
    matched = models.JSONField(default=dict)
    errors = models.PositiveIntegerField(default=0)
    doubts = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64, default="", blank=True)
    params = models.JSONField(default=dict)
    share = models.PositiveSmallIntegerField(default=0)
    doing = models.CharField(max_length=120, default="", blank=True)
    alive = models.DateTimeField()
    batch = models.OneToOneField(
        "registers.Batch", null=True, on_delete=models.PROTECT, related_name="upload"
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="upload_state"),
            models.CheckConstraint(
                condition=models.Q(state=TAKEN, batch__isnull=False)
                | (~models.Q(state=TAKEN) & models.Q(batch__isnull=True)),
                name="upload_taken_has_batch",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.file}"

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


class Upload(models.Model):
    """One file: its name and digest (SHA-256), how far the work on it is, what was found in it.

    ``content`` is the sealed file's name below the folder of files. ``tables``: table -> [rows read, left out, new,
    changed, same] as the check found them. ``faults`` are sealed, for they show values of cells. ``code``: why it failed.
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
    faults = models.TextField(default="", blank=True)
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

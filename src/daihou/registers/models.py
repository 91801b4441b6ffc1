"""Batches of rows that came in together."""

from __future__ import annotations

from django.db import models


class Batch(models.Model):
    """One import: the file, what was read, taken and left out, by whom; taken back where ``withdrawn`` has a moment.

    ``rows_kept``: rows of which the file said something else, but which the house had written since.
    """

    file = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    rows_read = models.PositiveIntegerField()
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_same = models.PositiveIntegerField(default=0)
    rows_kept = models.PositiveIntegerField(default=0)
    rows_left_out = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by="")
                | (models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_by="")),
                name="batch_withdrawn_at_by",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.file}"

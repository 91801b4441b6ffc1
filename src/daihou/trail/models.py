"""Events: one row per act, never changed, never removed; each row's seal covers the row before it."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One act: what, on which thing, by whom, when, from where, what it was before and is after.

    ``number`` counts from 1 without a gap. ``previous`` is the seal of the row before; ``seal`` a keyed hash over
    the row's content and ``previous`` (HMAC-SHA256, hex). The key is kept outside the database.
    """

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    origin = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=512)
    branch = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("number",)
        indexes = (
            models.Index(fields=("kind", "subject", "number"), name="trail_of_a_subject"),
            models.Index(fields=("by", "number"), name="trail_of_a_person"),
            models.Index(fields=("act", "number"), name="trail_of_an_act"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(number__gte=1), name="trail_counts_from_one"),
            models.CheckConstraint(condition=~models.Q(by=""), name="trail_names_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.act} {self.kind}/{self.subject}"


class Head(models.Model):
    """The last number and seal: one row, written with each event, so that a trail cut off at its end is noticed."""

    number = models.PositiveBigIntegerField()
    seal = models.CharField(max_length=64)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="trail_has_one_head"),)

    def __str__(self) -> str:
        return f"head {self.number}"

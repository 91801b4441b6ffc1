"""Changes of figures, as proposed. Whether one counts is told by its matter; none is ever deleted or rewritten."""

from __future__ import annotations

from django.db import models


class FigureChange(models.Model):
    """One figure of a rulebook, or some keys of a figure table, with another value from a day on.

    ``rulebook``, ``figure``: identifiers. ``value``: a constant as rulebooks write it (``7天``), for a table a mapping of the keys that
    differ. ``since``: first day asked for; it acts from then on, never before the day on which its ``matter`` was approved.
    ``citation``: the paper that it rests on, empty where the company decides by this very matter.
    """

    rulebook = models.CharField(max_length=64)
    figure = models.CharField(max_length=64)
    value = models.JSONField()
    since = models.DateField()
    citation = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=500)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    matter = models.OneToOneField("signoff.Matter", on_delete=models.PROTECT, related_name="figure_change")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=~models.Q(reason=""), name="figure_change_has_reason"),
        )
        indexes = (models.Index(fields=("rulebook", "figure"), name="figure_change_of"),)

    def __str__(self) -> str:
        return f"{self.rulebook}/{self.figure} {self.since}"

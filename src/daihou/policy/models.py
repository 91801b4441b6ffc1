"""Changes of figures, as proposed, and previews of them. Whether one counts is told by its matter; none is ever deleted, none altered but by putting a returned matter forward anew."""

from __future__ import annotations

from django.db import models

FORESEEING, FORESEEN, PROPOSED, DROPPED, FAILED = "foreseeing", "foreseen", "proposed", "dropped", "failed"
PREVIEW_STATES = (FORESEEING, FORESEEN, PROPOSED, DROPPED, FAILED)
CURRENT = (FORESEEING, FORESEEN, FAILED)
"""States of a preview that its page still shows."""


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


class Preview(models.Model):
    """What a change of a figure would do, being found out or found: kept until it is put to signature, dropped, or asked anew with other inputs.

    ``asked``: value, since, citation, reason as typed. ``digest`` (SHA-256): of those and of the figures in force, so that a result is never
    taken for that of other inputs. ``result``: sealed, for it names contracts. ``share`` (0 to 100) and ``doing`` are told while the machine
    works, ``alive`` when it last told; ``tries`` tells a work begun again from the one that was broken off.
    """

    rulebook = models.CharField(max_length=64)
    figure = models.CharField(max_length=64)
    asked = models.JSONField()
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default=FORESEEING)
    share = models.PositiveSmallIntegerField(default=0)
    doing = models.CharField(max_length=32, default="", blank=True)
    alive = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=1)
    result = models.TextField(default="", blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=PREVIEW_STATES), name="preview_state"),
            models.UniqueConstraint(
                fields=("by", "rulebook", "figure"), condition=models.Q(state__in=CURRENT), name="one_preview"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=(FORESEEN, PROPOSED)) | ~models.Q(result=""),
                name="preview_has_result",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rulebook}/{self.figure} {self.state}"

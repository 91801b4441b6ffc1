"""A matter, its versions, the steps of its chain with what was decided at each; copies, urges, delegations."""

from __future__ import annotations

from django.db import models

UNDER_WAY, RETURNED, APPROVED, REFUSED, WITHDRAWN = (
    "under_way",
    "returned",
    "approved",
    "refused",
    "withdrawn",
)
STATES = (UNDER_WAY, RETURNED, APPROVED, REFUSED, WITHDRAWN)
ENDED = (APPROVED, REFUSED, WITHDRAWN)
STANDING = (UNDER_WAY, RETURNED)

AGREED, DISAGREED, SENT_BACK, REFERRED_UP = "agreed", "disagreed", "returned", "referred_up"
DECISIONS = (AGREED, DISAGREED, SENT_BACK, REFERRED_UP)
"""What can be decided at a step; the identifiers are those of the book's domain 签批决定."""

BY_CHAIN, BY_AMOUNT, ADDED, REFERRED = "chain", "amount", "added", "referred"
WHYS = (BY_CHAIN, BY_AMOUNT, ADDED, REFERRED)


class Matter(models.Model):
    """Something put before others for signature.

    ``kind`` and ``subject`` are words of the room that opens it; ``title`` holds ``zh`` and ``en``. ``content`` is plain JSON, ``digest``
    the SHA-256 of its canonical text: both those of the current ``version``. ``amount`` is in fen: of a matter about a contract that
    for which the contract was concluded. ``chain`` is the chain as it was asked for (rungs as JSON), so that a new version begins anew.
    ``stage``: the ordinal of the steps that are open now; empty once nothing is.
    """

    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=400)
    title = models.JSONField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(default=1)
    amount = models.BigIntegerField(null=True)
    branch = models.CharField(max_length=64, blank=True, default="")
    contract = models.CharField(max_length=400, blank=True, default="")
    party = models.CharField(max_length=400, blank=True, default="")
    chain = models.JSONField()
    state = models.CharField(max_length=16, default=UNDER_WAY)
    stage = models.PositiveSmallIntegerField(null=True, default=1)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="matter_state"),
            models.CheckConstraint(
                condition=models.Q(state=UNDER_WAY, stage__isnull=False)
                | (~models.Q(state=UNDER_WAY) & models.Q(stage__isnull=True)),
                name="matter_open_has_stage",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=STANDING, decided_at__isnull=True)
                | models.Q(state__in=ENDED, decided_at__isnull=False),
                name="matter_ended_has_day",
            ),
            models.UniqueConstraint(
                fields=("kind", "subject"),
                condition=models.Q(state__in=STANDING),
                name="one_matter_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=("opened_by", "state"), name="matter_of_opener"),
            models.Index(fields=("kind", "subject"), name="matter_of_subject"),
            models.Index(fields=("contract",), name="matter_of_contract"),
            models.Index(fields=("party",), name="matter_of_party"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number by which papers and the register of steps name it."""
        return f"QP{self.pk:06d}"


class Version(models.Model):
    """The content of a matter as it was put forward once; never changed. ``remark``: what was completed."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    remark = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("matter", "number"), name="one_version"),)

    def __str__(self) -> str:
        return f"{self.matter_id} v{self.number}"


class Maker(models.Model):
    """Whose work a matter is: he who opens it, and others who made what it shows. None of them signs it."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="makers")
    employee = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("matter", "employee"), name="one_maker"),)
        indexes = (models.Index(fields=("employee", "matter"), name="matters_of_a_maker"),)

    def __str__(self) -> str:
        return f"{self.matter_id} {self.employee}"


class Step(models.Model):
    """One signature of a chain. Steps of one ordinal are signed jointly, in any order, each by another person.

    ``post``: whom the chain asks. Once a step is open, ``held_post`` at ``branch`` (empty: the whole company) says who may sign: everybody
    who holds it; ``employee`` where a person is named instead. ``fallback``: the post above, for the post is empty or its holder made the
    work himself. ``why``: how it came into the chain; ``placed_by`` and ``note``: who added it or handed it on, and why.
    ``signed_by``, ``for_whom``: who decided, and on whose behalf; ``digest``: what he signed.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="steps")
    version = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    seat = models.PositiveSmallIntegerField(default=0)
    post = models.CharField(max_length=64)
    held_post = models.CharField(max_length=64, blank=True, default="")
    employee = models.CharField(max_length=64, blank=True, default="")
    branch = models.CharField(max_length=64, blank=True, default="")
    fallback = models.BooleanField(default=False)
    opinion_required = models.BooleanField(default=False)
    why = models.CharField(max_length=16, default=BY_CHAIN)
    placed_by = models.CharField(max_length=64, blank=True, default="")
    note = models.TextField(blank=True, default="")
    arrived_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=16, blank=True, default="")
    opinion = models.TextField(blank=True, default="")
    signed_by = models.CharField(max_length=64, blank=True, default="")
    for_whom = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("version", "ordinal", "seat")
        constraints = (
            models.UniqueConstraint(fields=("matter", "version", "ordinal", "seat"), name="one_step"),
            models.UniqueConstraint(
                fields=("matter", "version", "ordinal", "signed_by"),
                condition=~models.Q(signed_by=""),
                name="joint_by_different_people",
            ),
            models.CheckConstraint(condition=models.Q(why__in=WHYS), name="step_why"),
            models.CheckConstraint(
                condition=models.Q(decision="", signed_by="", for_whom="", decided_at__isnull=True, digest="")
                | (
                    models.Q(decision__in=DECISIONS, decided_at__isnull=False, arrived_at__isnull=False)
                    & ~models.Q(signed_by="")
                    & ~models.Q(digest="")
                ),
                name="step_decided_whole",
            ),
        )
        indexes = (
            models.Index(fields=("employee", "decided_at"), name="step_of_a_person"),
            models.Index(fields=("held_post", "decided_at"), name="step_of_a_post"),
            models.Index(fields=("signed_by",), name="step_signed_by_person"),
        )

    def __str__(self) -> str:
        return f"{self.matter_id} {self.ordinal}.{self.seat} {self.post}"


class Copy(models.Model):
    """A matter shown to somebody who does not sign it."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="copies")
    employee = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("matter", "employee"), name="one_copy"),)
        indexes = (models.Index(fields=("employee", "read_at"), name="copies_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.matter_id} {self.employee}"


class Urge(models.Model):
    """That the next signature was asked for once more."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="urges")
    version = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    text = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.matter_id} {self.ordinal}"


class Delegation(models.Model):
    """Another signs in one's place from a day to a day. ``kinds`` empty: all; ``amount_limit`` in fen, empty: any."""

    giver = models.CharField(max_length=64)
    taker = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField()
    kinds = models.JSONField(default=list)
    amount_limit = models.BigIntegerField(null=True)
    reason = models.TextField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-since", "-id")
        constraints = (
            models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="delegation_days"),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("taker")), name="delegation_to_another"
            ),
        )
        indexes = (
            models.Index(fields=("taker", "until"), name="delegation_to_a_person"),
            models.Index(fields=("giver", "until"), name="delegation_of_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker} {self.since}..{self.until}"


class SigningLimit(models.Model):
    """Above an amount of a contract (fen) more posts sign. Whether one is in force is told by its matters alone; none is ever deleted.

    ``kinds``: of matters that it holds for, empty: of all. ``posts``: who signs besides, jointly where they are several. ``citation``: the
    paper that it rests on. ``matter``: by which it was adopted; ``ending``: by which it was done away with, if anybody asked for that.
    """

    kinds = models.JSONField(default=list)
    above = models.BigIntegerField()
    posts = models.JSONField()
    since = models.DateField()
    citation = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="signing_limit")
    ending = models.ForeignKey(Matter, on_delete=models.PROTECT, null=True, related_name="ended_limits")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=models.Q(above__gte=0), name="signing_limit_amount"),
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(citation=""), name="signing_limit_says_why"
            ),
        )

    def __str__(self) -> str:
        return f"{self.above} {self.since}"

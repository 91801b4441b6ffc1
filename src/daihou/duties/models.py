"""Duties as the last run found them, their persons, and the runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat

WAITING = ("open", "overdue")
"""States of a duty that lies on a desk."""
LEFTOVER, OLD_DONE = "leftover", "old_done"
"""What had fallen due before the company's go-live: not done yet, and done since. It is listed apart and late in no figure (ADR 15)."""
TO_DO = (*WAITING, LEFTOVER)
"""States of a duty that can be done now."""
LIVE = ("not_yet", *TO_DO)
"""States of a duty that somebody still has to do."""

ENDS = ("given_back", "moved", "post_left", "no_pool")
"""Why a duty out of a pool is no longer somebody's."""

DUE, STATE, REPORTED = "due", "state", "reported"
CHANGED = (DUE, STATE, REPORTED)
"""What moves of a stored duty: its due day, its state; or it was reported to a post."""
WITHDRAWN = "withdrawn"
"""The state in which a history tells a duty for which the rules no longer ask."""

REASON = 400
STATES = ("not_yet", "open", "overdue", "on_time", "late", "missed", "waived", LEFTOVER, OLD_DONE)


class DayRun(models.Model):
    """One run of a day: what it was asked, what came of it, how long each step took.

    ``fingerprint``: of rules, facts, day and calendar together; the two others of the rules and of the facts alone. ``known_event``: the last
    event of the trail that its facts hold. ``reported``: duties that it found reported up. ``event``: its own event of the trail, by which its
    moves are found; ``newest_duty``: the last duty stored with it, for what follows acts later bears its number too. What is empty is of a
    run before that was kept.
    """

    day = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    rules_fingerprint = models.CharField(max_length=64, blank=True)
    facts_fingerprint = models.CharField(max_length=64, blank=True)
    known_event = models.PositiveBigIntegerField()
    found_new = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    reported = models.PositiveIntegerField(null=True)
    warnings_raised = models.PositiveIntegerField(default=0)
    gaps = models.PositiveIntegerField(default=0)
    seconds = models.JSONField()
    asleep = models.JSONField()
    event = models.PositiveBigIntegerField(null=True)
    newest_duty = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.day} #{self.pk}"


WORKING, DONE, BEHIND, FAILED = "working", "done", "behind", "failed"


class RunAsked(models.Model):
    """A run that somebody asked for on a page, worked on beside his request.

    ``doing``: the step it is at, a key of ``DayRun.seconds``; ``alive``: when it last told. ``state``: working, done, behind (results of a later
    day stand), failed (a fault of ours).
    """

    day = models.DateField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, default=WORKING)
    doing = models.CharField(max_length=16, blank=True)
    alive = models.DateTimeField()
    run = models.ForeignKey(DayRun, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=(WORKING, DONE, BEHIND, FAILED)), name="run_asked_state"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.state}"


def stamped() -> str:
    """A stamp that no other storing has: drawn by lot, for numbers come again where a storing is taken back."""
    return uuid4().hex


class Standing(models.Model):
    """What the stored results speak of: one row. Whoever stores results locks it first and says in it what they take in.

    ``day``: the day; ``known_event``: the number of the last event of the trail that they take in; ``run``: the last run. ``stamp``: another
    with every storing, by which it is known whether what was counted of them holds still.
    """

    day = models.DateField()
    known_event = models.PositiveBigIntegerField()
    run = models.ForeignKey(DayRun, on_delete=models.PROTECT, related_name="+")
    stamp = models.CharField(max_length=32, default=stamped)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="results_stand_once"),)

    def __str__(self) -> str:
        return f"{self.day} after {self.known_event}"

    @classmethod
    def at(cls) -> date | None:
        """The day at which results stand; None before the first run."""
        day: date | None = cls.objects.filter(pk=1).values_list("day", flat=True).first()
        return day

    @classmethod
    def stamp_of(cls) -> str | None:
        """The stamp of the last storing; None before the first run."""
        stamp: str | None = cls.objects.filter(pk=1).values_list("stamp", flat=True).first()
        return stamp


class Duty(models.Model):
    """One occurrence of a duty for one object: identity never moves, everything else is as last derived.

    Days are those of the engine's contract; ``state`` is one of STATES. ``withdrawn_on``: the day on which the rules
    no longer asked for it (S14). Days late are not stored: of what is overdue they are others every day.
    """

    rule = models.CharField(max_length=64)
    object = models.CharField(max_length=400)
    occurrence = models.CharField(max_length=200, blank=True)
    table = models.CharField(max_length=64)
    contract = models.CharField(max_length=400, null=True)  # noqa: DJ001 - empty means: leads to no contract
    party = models.CharField(max_length=400, null=True)  # noqa: DJ001 - the same
    branch = models.CharField(max_length=64, null=True)  # noqa: DJ001 - the same
    start = models.DateField(null=True)
    opens = models.DateField(null=True)
    seen = models.DateField(null=True)
    due = models.DateField(null=True)
    expires = models.DateField(null=True)
    done = models.DateField(null=True)
    remind = models.DateField(null=True)
    state = models.CharField(max_length=8)
    missed_run = models.IntegerField(null=True)
    run_from = models.DateField(null=True)
    run_to = models.DateField(null=True)
    as_known = models.DateField(null=True)
    assumed = models.BooleanField(null=True)
    late_entry = models.BooleanField(null=True)
    postponed = models.BooleanField(null=True)
    withdrawn_on = models.DateField(null=True)
    first_run = models.ForeignKey(DayRun, on_delete=models.PROTECT, related_name="+")
    last_run = models.ForeignKey(DayRun, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("rule", "object", "occurrence"), name="one_duty"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="duty_state"),
        )
        indexes = (
            # what waits by its deadline; and counts by kind for who sees all are told from here alone, no row is read
            models.Index(fields=("state", "due", "rule", "withdrawn_on"), name="duty_by_state"),
            models.Index(fields=("contract",), name="duty_by_contract"),
            models.Index(fields=("party",), name="duty_by_party"),
        )

    def __str__(self) -> str:
        return self.key

    @property
    def counts_from(self) -> date | None:
        """The first day whose act counts (S6): it is on the desk from then on, which may be before the day that it is counted from."""
        return self.seen or self.start or self.opens

    def days_late_on(self, stands: date | None) -> int | None:
        """Whole days late: until it was done, of what is overdue until the day at which results stand (or its data end).

        None where nothing is due, and of a withdrawn duty: nobody was to do it after all. 0 where nothing is late (S6, S33).
        """
        if self.due is None or self.withdrawn_on is not None:
            return None
        ends = {"late": self.done, "overdue": self.as_known or stands}
        end = ends.get(self.state)
        return 0 if end is None else (end - self.due).days

    @property
    def key(self) -> str:
        """The duty's key, as 办结.任务 names it."""
        return f"{self.rule}/{self.object}/{self.occurrence}"


class DutyChange(models.Model):
    """That a stored duty moved: ``what`` was ``before`` and is ``after`` (a day in ISO, a state, a post; empty: none). Never changed.

    ``day``: the day whose results say so; of what was reported up the day on which it reached the post. ``run``: the run that found it, or
    the last before the act that it follows. ``event``: of the trail: the one act that moved it where it is known, else what found it. What
    is new is no move, nor is what time alone does while its days stand: a duty that opens, one that is late once its day has passed.
    """

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="changes")
    day = models.DateField()
    run = models.ForeignKey(DayRun, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.PositiveBigIntegerField()
    what = models.CharField(max_length=8)
    before = models.CharField(max_length=64, blank=True)
    after = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=models.Q(what__in=CHANGED), name="duty_change_what"),)
        indexes = (
            models.Index(fields=("event",), name="duty_change_by_event"),
            models.Index(fields=("after",), condition=models.Q(what=REPORTED), name="duty_change_reported"),
        )

    def __str__(self) -> str:
        return f"{self.duty_id} {self.what} {self.before} {self.after}"


class Holder(models.Model):
    """Whose something is: a person's, or of the pool of a post at a branch (``pool``). ``fallback``: of who answers in another's place."""

    ordinal = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=32, blank=True)
    post = models.CharField(max_length=64, null=True)  # noqa: DJ001 - empty: named by the object, not by a post
    employee = models.CharField(max_length=64, null=True)  # noqa: DJ001 - empty: the pool of the post
    branch = models.CharField(max_length=64, null=True)  # noqa: DJ001 - empty: the whole company
    pool = models.BooleanField(default=False)
    fallback = models.BooleanField(default=False)

    class Meta:
        abstract = True


class DutyPerson(Holder):
    """Who does a duty; of a pool ``employee`` is who took it, empty: nobody."""

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="persons")
    answerable = models.CharField(max_length=64, null=True)  # noqa: DJ001 - empty: the pool of the post

    class Meta:
        indexes = (
            models.Index(fields=("employee", "duty"), name="duty_of_a_person"),
            models.Index(fields=("post", "duty"), name="duty_of_a_post"),
            models.Index(fields=("post", "branch"), condition=models.Q(pool=True), name="duty_of_a_pool"),
            models.Index(
                fields=("duty",), condition=models.Q(pool=True, employee__isnull=False), name="duty_taken"
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty_id} {self.employee or self.post}"


class Taking(models.Model):
    """That a duty out of a pool is one person's: he took it, or a head assigned it to him. The fact stays; it ends with a word why.

    ``post`` and ``branch`` (empty: the whole company) name the pool. ``by``: who took or assigned. ``event``: the event of the trail.
    ``why``: given_back, moved, post_left (he no longer holds the post there), no_pool (the duty lies in that pool no longer).
    """

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="takings")
    post = models.CharField(max_length=64)
    branch = models.CharField(max_length=64, blank=True)
    employee = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    reason = models.CharField(max_length=REASON, blank=True)
    event = models.PositiveBigIntegerField()
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_event = models.PositiveBigIntegerField(null=True)
    why = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("duty", "post", "branch"),
                condition=models.Q(ended_at__isnull=True),
                name="taken_by_one",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_event__isnull=True, ended_by="", why="")
                | (
                    models.Q(ended_at__isnull=False, ended_event__isnull=False, why__in=ENDS)
                    & ~models.Q(ended_by="")
                ),
                name="taking_ended_whole",
            ),
        )
        indexes = (models.Index(fields=("employee", "duty"), name="takings_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.duty_id} {self.employee}"


class GapRow(models.Model):
    """Something a rule needs is empty on a row, so nothing could be decided."""

    rule = models.CharField(max_length=64)
    object = models.CharField(max_length=400)
    part = models.CharField(max_length=32)
    columns = models.CharField(max_length=400)
    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rule", "object", "part", "columns"), name="one_gap"),)

    def __str__(self) -> str:
        return f"{self.rule}/{self.object} {self.part}"


class GapPerson(Holder):
    """Who is asked for what is missing."""

    gap = models.ForeignKey(GapRow, on_delete=models.CASCADE, related_name="persons")

    class Meta:
        indexes = (
            models.Index(fields=("employee", "gap"), name="gap_of_a_person"),
            models.Index(fields=("post", "branch"), condition=models.Q(pool=True), name="gap_of_a_pool"),
        )

    def __str__(self) -> str:
        return f"{self.gap_id} {self.employee or self.post}"


class ClassDue(models.Model):
    """That a row is to be classed otherwise than it is: ``level`` by the grade, ``now`` on record (empty: not classed yet), by what (``cause``), since which run."""

    rule = models.CharField(max_length=64)
    table = models.CharField(max_length=64)
    object = models.CharField(max_length=400)
    level = models.CharField(max_length=64)
    now = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=16)
    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rule", "object"), name="one_class_due"),)
        indexes = (models.Index(fields=("table", "object"), name="class_due_of_a_row"),)

    def __str__(self) -> str:
        return f"{self.rule}/{self.object} {self.level}"


WHOLE_KEY = Concat("rule", Value("/"), "object", Value("/"), "occurrence", output_field=models.CharField())
"""The key of a duty, as 办结.任务 names it, in a question."""


def duty_by_key(key: str) -> Duty | None:
    """The duty that a key of 任务 names; None where there is none. Objects and occurrences may hold slashes themselves."""
    rows = Duty.objects.filter(rule=key.partition("/")[0])
    return rows.annotate(whole=WHOLE_KEY).filter(whole=key).first()


def which_stand(keys: Sequence[str]) -> set[str]:
    """Those of some keys of 任务 that name a duty; one question for each rule named. Objects and occurrences may hold slashes themselves."""
    found: set[str] = set()
    by_rule: dict[str, list[str]] = {}
    for key in keys:
        by_rule.setdefault(key.partition("/")[0], []).append(key)
    for rule, wanted in by_rule.items():
        rows = Duty.objects.filter(rule=rule).annotate(whole=WHOLE_KEY).filter(whole__in=wanted)
        found.update(rows.values_list("whole", flat=True))
    return found

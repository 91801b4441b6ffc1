"""Notices, the channels by which they leave the application, and what became of each on its way; reminders and notes."""

from __future__ import annotations

from datetime import time

from django.db import models

URGENT, NORMAL = "urgent", "normal"
SEVERITIES = (URGENT, NORMAL)

WECOM, DINGTALK, FEISHU, MAIL, MEMORY = "wecom", "dingtalk", "feishu", "mail", "memory"
KINDS = (WECOM, DINGTALK, FEISHU, MAIL, MEMORY)

WAITING, SENT, FAILED, UNCERTAIN, GIVEN_UP = "waiting", "sent", "failed", "uncertain", "given_up"
STATES = (WAITING, SENT, FAILED, UNCERTAIN, GIVEN_UP)
TO_SEND = (WAITING, FAILED)

QUIET_FROM, QUIET_UNTIL = time(21), time(8)


class Notice(models.Model):
    """One thing that somebody is told: title and text in both languages as they were when it was told.

    ``to``: a staff number, or ``#`` and the number of a group's channel. ``lines``: things it is about, each with ``text`` and ``path``.
    ``path``: the page inside the application that it leads to. ``subject``: the thing as kind/key. ``once``: where not empty, nobody is told
    a second time under the same word.
    """

    to = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    severity = models.CharField(max_length=8, default=NORMAL)
    title = models.JSONField()
    text = models.JSONField()
    lines = models.JSONField(default=list)
    path = models.CharField(max_length=600, blank=True)
    subject = models.CharField(max_length=512, blank=True)
    once = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("to", "once"), condition=~models.Q(once=""), name="notice_told_once"
            ),
            models.CheckConstraint(condition=models.Q(severity__in=SEVERITIES), name="notice_severity"),
        )
        indexes = (models.Index(fields=("to", "read_at", "-id"), name="notices_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.id} {self.kind} to {self.to}"


class Channel(models.Model):
    """A way out of the application: to one person (``owner``), or to a group of a branch and those below (``branch``; empty: the company).

    ``address`` is sealed; ``tail`` are its last four letters, by which people know it. Nothing leaves by a channel that is not ``on``.
    Between ``quiet_from`` and ``quiet_until`` (Shanghai) nothing is sent; urgent notices are where ``urgent_at_night``.
    A removed channel stays for the deliveries that went by it.
    """

    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=80)
    owner = models.CharField(max_length=64, blank=True)
    branch = models.CharField(max_length=64, blank=True)
    address = models.TextField()
    tail = models.CharField(max_length=4)
    on = models.BooleanField(default=False)
    urgent_at_night = models.BooleanField(default=False)
    quiet_from = models.TimeField(default=QUIET_FROM)
    quiet_until = models.TimeField(default=QUIET_UNTIL)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="channel_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Delivery(models.Model):
    """One notice by one channel. While it is on its way it is ``uncertain``: whoever dies between sending and storing leaves it so.

    ``failed`` is tried again at ``next_try``; ``uncertain`` never is, for it may have arrived. ``error`` is a code, ``detail`` the number
    that the channel answered with; what a channel writes is not kept, for it may hold what opens it.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=9, default=WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("notice", "channel"), name="delivered_once"),
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="delivery_state"),
            models.CheckConstraint(
                condition=models.Q(state__in=TO_SEND, next_try__isnull=False)
                | (~models.Q(state__in=TO_SEND) & models.Q(next_try__isnull=True)),
                name="delivery_tried_again",
            ),
        )
        indexes = (models.Index(fields=("state", "next_try"), name="deliveries_to_send"),)

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.channel_id}: {self.state}"


class Mark(models.Model):
    """How far something was told: a name and the number of the last row that people know of."""

    name = models.CharField(max_length=64, unique=True)
    number = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Reminder(models.Model):
    """What a person wants to be reminded of on a day; ``text`` is sealed. ``table`` and ``key``: the row that it is about, if any."""

    owner = models.CharField(max_length=64)
    day = models.DateField()
    text = models.TextField()
    table = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("day", "id")
        indexes = (models.Index(fields=("owner", "done_at", "day"), name="reminders_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.owner} {self.day}"


class Note(models.Model):
    """What somebody noted on a client; ``text`` is sealed. Seen by who may see the client; taken back by its writer, never changed."""

    party = models.CharField(max_length=400)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    text = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("party", "-id"), name="notes_on_a_client"),)

    def __str__(self) -> str:
        return f"{self.id} by {self.by}"

"""Companies, branches, staff, assignments and handovers as declared, and the accounts with which people log in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from daihou.registers.kept import keep_all

KEPT = keep_all("people", __name__)


class AccountManager(BaseUserManager["Account"]):
    """How accounts are found; making one is an act of this room."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """By login name, whatever its case."""
        return self.get(login__iexact=username)


class Account(AbstractBaseUser):
    """A login. ``staff_no``: whose it is; the name and posts are those of the registers. ``sample``: of the made-up company. ``columns``: which he chose for lists, by table.

    ``sessions_ended``: how often all its sessions were ended; it is part of what a session must match.
    """

    login = models.CharField(max_length=64, unique=True)
    staff_no = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    sample = models.BooleanField(default=False)
    must_change = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    lang = models.CharField(max_length=2, default="zh")
    theme = models.CharField(max_length=5, default="")
    columns = models.JSONField(default=dict)
    sessions_ended = models.PositiveIntegerField(default=0)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["staff_no"]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(lang__in=("zh", "en")), name="account_speaks"),
        )

    def __str__(self) -> str:
        return self.login

    def has_perm(self, *_: Any) -> bool:
        """Rights come from posts, never from flags of an account."""
        return False

    def get_session_auth_hash(self) -> str:
        """What a session must match: the password, and that sessions were not ended since."""
        return self._stamped(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under the keys of before."""
        return map(self._stamped, super().get_session_auth_fallback_hash())

    def _stamped(self, matched: str) -> str:
        return f"{matched}.{self.sessions_ended}" if self.sessions_ended else matched


class ApiToken(models.Model):
    """By what a program comes in as an account: ``scopes`` narrow what the account's posts allow; of its text only the hash and the end are kept."""

    name = models.CharField(max_length=64)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    scopes = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    made_at = models.DateTimeField()
    expires = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires__gt=models.F("made_at")), name="token_expires_after_made"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} …{self.tail}"


class TokenOrigin(models.Model):
    """Failed tokens that came from one address since the last lock, and until when it is locked."""

    origin = models.CharField(max_length=64, unique=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.origin


class SecondFactor(models.Model):
    """What an account is asked for besides its password: a code of six digits that changes every half minute (RFC 6238).

    ``secret`` is sealed; until ``confirmed_at`` is set it is not asked for. ``last_step``: the half minute whose code was
    taken last; no code is taken twice.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.TextField()
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.account_id}"


class SpareCode(models.Model):
    """A code for when the telephone is lost: good once, kept as a hash only."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="spare_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("factor", "digest"), name="one_spare_code"),)

    def __str__(self) -> str:
        return f"{self.factor_id}"


class StandIns(models.QuerySet["StandIn"]):
    """Arrangements, and which of them hold."""

    def in_force(self, day: date) -> StandIns:
        """Those that hold on a day."""
        return self.filter(since__lte=day, until__gte=day, ended_at__isnull=True)


class StandIn(models.Model):
    """Somebody does the duties of one who is absent, from a day to a day, and sees meanwhile what is the absent one's own. ``by``: who arranged it."""

    absent = models.CharField(max_length=64)
    deputy = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField()
    reason = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = StandIns.as_manager()

    class Meta:
        ordering = ("-since", "-id")
        constraints = (
            models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="stand_in_days"),
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("deputy")), name="stand_in_for_another"
            ),
        )
        indexes = (
            models.Index(fields=("deputy", "until"), name="stand_in_of_a_deputy"),
            models.Index(fields=("absent", "until"), name="stand_in_for_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.absent} → {self.deputy}"

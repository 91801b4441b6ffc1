"""Companies, branches, staff, assignments and handovers as declared, and the accounts with which people log in."""

from __future__ import annotations

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
    """A login. ``staff_no``: whose it is; the name and posts are those of the registers. ``sample``: of the made-up company."""

    login = models.CharField(max_length=64, unique=True)
    staff_no = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    sample = models.BooleanField(default=False)
    must_change = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    lang = models.CharField(max_length=2, default="zh")
    theme = models.CharField(max_length=5, default="")

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

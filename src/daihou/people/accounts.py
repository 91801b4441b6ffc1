"""What who manages accounts does with those of others: opened, closed and opened again, unlocked, given another first password, freed of a lost factor.

Every step is one event; the secret of a first login is told to the caller once and stands nowhere in clear.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from daihou.people.acts import SAMPLE_PASSWORD, open_accounts, open_with_secrets, reset_password
from daihou.people.factors import remove_factor
from daihou.people.models import Account, ApiToken
from daihou.people.reads import holding
from daihou.people.rights import May
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor, record
from daihou.units import day_of

LONGEST_LOGIN = 64
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read for something else
_GROUPS, _GROUP_LETTERS = 3, 6  # 89 bits: a first secret is kept under a quick hash (ADR 12)


class AccountRefusedError(ValueError):
    """A step that does not follow from how an account stands, or is not its doer's to take; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def first_secret() -> str:
    """The secret of a first login, in groups as people copy it."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))


def open_account(
    staff_no: str, login: str, *, by: Actor, at: datetime, sample: bool = False
) -> tuple[Account, str]:
    """An account for a member of staff, and the secret of his first login; ``sample``: of the made-up company, with its password.

    AccountRefusedError: not-staff (nobody, or one who left), account-there, login-wrong, login-taken.
    """
    login = login.strip()
    with transaction.atomic():
        if not _works_here(staff_no, at):
            raise AccountRefusedError("not-staff")
        if Account.objects.filter(staff_no=staff_no).exists():
            raise AccountRefusedError("account-there")
        if not login or len(login) > LONGEST_LOGIN or any(one.isspace() for one in login):
            raise AccountRefusedError("login-wrong")
        if Account.objects.filter(login__iexact=login).exists():
            raise AccountRefusedError("login-taken")
        if sample:
            secret = SAMPLE_PASSWORD
            (account,) = open_accounts([(staff_no, login)], secret, by=by, at=at, sample=True)
        else:
            secret = first_secret()
            (account,) = open_with_secrets([(staff_no, login, secret)], by=by, at=at)
    return account, secret


def close_account(account: Account, *, reason: str, by: Actor, at: datetime) -> None:
    """Let nobody in by an account any more: its sessions end at once, its API tokens are revoked for good.

    AccountRefusedError: own-account, reason-missing, account-closed, last-keeper (nobody else could manage accounts).
    """
    with transaction.atomic():
        keepers = holding(May.ACCOUNTS, day_of(at))
        # in one order, all at once: of two administrators who close each other only the first gets his way
        rows = Account.objects.select_for_update().filter(Q(pk=account.pk) | Q(staff_no__in=keepers))
        locked = {one.pk: one for one in rows.order_by("pk")}
        held = locked[account.pk]
        _of_another(held, by)
        _reasoned(reason)
        if not held.is_active:
            raise AccountRefusedError("account-closed")
        others = [one for one in locked.values() if one.pk != held.pk and one.is_active]
        if held.staff_no in keepers and not others:
            raise AccountRefusedError("last-keeper")
        held.is_active, held.failures, held.locked_until = False, 0, None
        held.sessions_ended += 1
        held.save(update_fields=["is_active", "failures", "locked_until", "sessions_ended"])
        tokens = ApiToken.objects.filter(account=held, revoked_at__isnull=True).update(revoked_at=at)
        record(
            "close-account", by=by, at=at, kind="account", subject=held.login, after={"tokens": tokens}, reason=reason.strip()
        )  # fmt: skip


def reopen_account(account: Account, *, by: Actor, at: datetime) -> None:
    """Let its person in again with the password that he had. AccountRefusedError: account-open, not-staff (he has left)."""
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.is_active:
            raise AccountRefusedError("account-open")
        if not _works_here(held.staff_no, at):
            raise AccountRefusedError("not-staff")
        held.is_active = True
        held.save(update_fields=["is_active"])
        record("reopen-account", by=by, at=at, kind="account", subject=held.login)


def unlock_account(account: Account, *, by: Actor, at: datetime) -> None:
    """End the quarter of an hour of a lock. AccountRefusedError: not-locked."""
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.locked_until is None or held.locked_until <= at:
            raise AccountRefusedError("not-locked")
        held.failures, held.locked_until = 0, None
        held.save(update_fields=["failures", "locked_until"])
        record("unlock-account", by=by, at=at, kind="account", subject=held.login)


def another_secret(account: Account, *, by: Actor, at: datetime) -> str:
    """Another secret for a first login, the account unlocked, its sessions over; a second factor is still asked for.

    AccountRefusedError: own-account (one's own password is changed by who knows it), account-closed.
    """
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        _of_another(held, by)
        if not held.is_active:
            raise AccountRefusedError("account-closed")
        secret = SAMPLE_PASSWORD if held.sample else first_secret()
        reset_password(held.login, secret, by=by, at=at)
    return secret


def lift_factor(account: Account, *, reason: str, by: Actor, at: datetime) -> None:
    """Take away the second factor of who lost it. AccountRefusedError: own-account (who sits at another's screen could set up his own), reason-missing, no-factor."""
    _of_another(account, by)
    _reasoned(reason)
    if not remove_factor(account, by=by, at=at, reason=reason.strip()):
        raise AccountRefusedError("no-factor")


def _works_here(staff_no: str, at: datetime) -> bool:
    """Whether somebody is of the staff and has not left."""
    here = standing(homes()["employee"]).filter(key=staff_no)
    return here.filter(Q(left_day__isnull=True) | Q(left_day__gt=day_of(at))).exists()


def _of_another(account: Account, by: Actor) -> None:
    if account.staff_no == by.by:
        raise AccountRefusedError("own-account")


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise AccountRefusedError("reason-missing")

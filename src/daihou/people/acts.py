"""Accounts: made, signed in, locked, changed. Every step is on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from daihou.people.hashers import FIRST_LOGIN
from daihou.people.models import Account
from daihou.registers.kept import homes, standing
from daihou.trail.acts import SYSTEM, Actor, record

FAILURES = 5
LOCK = timedelta(minutes=15)
SAMPLE_PASSWORD = "daihou-sample"  # noqa: S105 - the sample company is open to whoever runs it, on this machine only


def sign_in(login: str, password: str, *, origin: str, at: datetime) -> Account | None:
    """The account, where name and password fit and it is neither locked nor closed; a failure counts and is on record."""
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(login__iexact=login).first()
        if account is None:
            make_password(password)  # as long as a real one takes: names cannot be tried out
            return None
        if account.locked_until is not None and account.locked_until > at:
            make_password(password)  # nor can it be told by the clock that an account is locked
            return None
        if account.check_password(password) and account.is_active:
            return account
        count_failure(account, origin=origin, at=at)
    return None


def count_failure(account: Account, *, origin: str, at: datetime) -> None:
    """Count a failed login of an account that the transaction holds; the fifth locks it."""
    account.failures += 1
    if account.failures >= FAILURES:
        account.locked_until, account.failures = at + LOCK, 0
    account.save(update_fields=["failures", "locked_until"])
    record(
        "login-failed", by=Actor(SYSTEM, origin), at=at, kind="account", subject=account.login,
        after={"locked": account.locked_until is not None and account.locked_until > at},
    )  # fmt: skip


def note_login(account: Account, *, origin: str, at: datetime) -> None:
    """Put a login on record and forget the failures before it."""
    with transaction.atomic():
        account.failures, account.locked_until, account.last_login = 0, None, at
        account.save(update_fields=["failures", "locked_until", "last_login"])
        record("login", by=Actor(account.staff_no, origin), at=at, kind="account", subject=account.login)


def set_preference(
    account: Account, *, by: Actor, at: datetime, lang: str | None = None, theme: str | None = None
) -> None:  # fmt: skip
    """Language, and light or dark."""
    with transaction.atomic():
        before = {"lang": account.lang, "theme": account.theme}
        account.lang = account.lang if lang is None else lang
        account.theme = account.theme if theme is None else theme
        account.save(update_fields=["lang", "theme"])
        record(
            "preference", by=by, at=at, kind="account", subject=account.login, before=before,
            after={"lang": account.lang, "theme": account.theme},
        )  # fmt: skip


def choose_columns(account: Account, table: str, columns: Sequence[str], *, by: Actor, at: datetime) -> None:
    """The columns that somebody wants of a list from now on; none: those that everybody gets."""
    with transaction.atomic():
        before = {table: account.columns.get(table, [])}
        kept = {name: one for name, one in account.columns.items() if name != table}
        account.columns = kept | ({table: list(columns)} if columns else {})
        account.save(update_fields=["columns"])
        record(
            "preference", by=by, at=at, kind="account", subject=account.login, before=before, after={table: list(columns)}
        )  # fmt: skip


def change_password(account: Account, password: str, *, by: Actor, at: datetime) -> None:
    """A password that its owner chose; the first one is changed by it."""
    with transaction.atomic():
        account.password, account.must_change = make_password(password), False
        account.save(update_fields=["password", "must_change"])
        record("password", by=by, at=at, kind="account", subject=account.login)


def open_accounts(
    staff: Iterable[tuple[str, str]], password: str, *, by: Actor, at: datetime, sample: bool
) -> list[Account]:
    """Accounts for staff numbers with their login names, all with one first password that must be changed (not so in a sample)."""
    hashed = make_password(password)
    return _opened([(one, login, hashed) for one, login in staff], by=by, at=at, sample=sample)


def open_with_secrets(staff: Iterable[tuple[str, str, str]], *, by: Actor, at: datetime) -> list[Account]:
    """Accounts for staff numbers with their login names, each with a secret of his own for the first login, drawn by the program at random."""
    hashed = [(one, login, make_password(secret, hasher=FIRST_LOGIN)) for one, login, secret in staff]
    return _opened(hashed, by=by, at=at, sample=False)


def _opened(staff: Iterable[tuple[str, str, str]], *, by: Actor, at: datetime, sample: bool) -> list[Account]:
    """Accounts by staff number, login and stored password; who has one, and who is not of the staff, is left out. One event."""
    with transaction.atomic():
        have = set(Account.objects.values_list("staff_no", flat=True))
        known = set(standing(homes()["employee"]).values_list("key", flat=True))
        made = [
            Account(staff_no=staff_no, login=login, password=hashed, sample=sample, must_change=not sample)
            for staff_no, login, hashed in staff
            if staff_no in known and staff_no not in have
        ]
        Account.objects.bulk_create(made)
        if made:
            record(
                "accounts", by=by, at=at, kind="account", subject="*", after={"logins": [one.login for one in made]}
            )  # fmt: skip
    return made


def reset_password(login: str, secret: str, *, by: Actor, at: datetime) -> Account | None:
    """Another secret for a first login, drawn by the program, and the account unlocked; None where there is no such login.

    In the sample company it is no secret, and stays the password.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(login__iexact=login).first()
        if account is None:
            return None
        account.password = (
            make_password(secret) if account.sample else make_password(secret, hasher=FIRST_LOGIN)
        )
        account.must_change = not account.sample
        account.failures, account.locked_until = 0, None
        account.save(update_fields=["password", "must_change", "failures", "locked_until"])
        record("reset-password", by=by, at=at, kind="account", subject=account.login)
    return account

"""Tokens by which programs come in: made and revoked on record, known only by their hash, never wider than their account.

A token is 256 random bits behind the letters ``dh_``. It acts as its account and can do what the account's posts allow on the
day; its scopes narrow that further. Failed tokens lock their origin for a quarter of an hour after five.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from daihou.people.acts import FAILURES, LOCK
from daihou.people.models import Account, ApiToken, TokenOrigin
from daihou.trail.acts import SYSTEM, Actor, record

PREFIX = "dh_"
TAIL = 4
LONGEST = timedelta(days=366)
_BYTES = 32


class ApiScope(StrEnum):
    """What a token may be used for; reading does not follow from writing."""

    READ_ME = "read:me"
    READ_REGISTERS = "read:registers"
    WRITE_REGISTERS = "write:registers"
    READ_IMPORTS = "read:imports"
    WRITE_IMPORTS = "write:imports"
    READ_DAYS = "read:days"
    RUN_DAY = "run:day"
    READ_DUTIES = "read:duties"
    WRITE_DUTIES = "write:duties"
    READ_MATTERS = "read:matters"
    WRITE_MATTERS = "write:matters"


ALWAYS = frozenset({ApiScope.READ_ME})
"""What every token may: to ask whose it is."""


class TokenRefusedError(ValueError):
    """A token that is not made, or that opens nothing; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def hashed(clear: str) -> str:
    """What is kept of a token (SHA-256, hex): of 256 random bits a plain hash tells nothing."""
    return hashlib.sha256(clear.encode()).hexdigest()


def make_token(
    account: Account, *, name: str, scopes: Iterable[str], expires: datetime, by: Actor, at: datetime
) -> tuple[ApiToken, str]:
    """A token of an account and its text, which is told this once.

    TokenRefusedError: name-missing, no-scope, no-such-scope, expires-wrong (not within a year from now), account-closed.
    """
    name = name.strip()[:64]
    asked = set(scopes) - ALWAYS
    if not name:
        raise TokenRefusedError("name-missing")
    if not asked:
        raise TokenRefusedError("no-scope")
    if asked - set(ApiScope):
        raise TokenRefusedError("no-such-scope")
    if not at < expires <= at + LONGEST:
        raise TokenRefusedError("expires-wrong")
    if not account.is_active:
        raise TokenRefusedError("account-closed")
    clear = PREFIX + secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name,
            account=account,
            scopes=sorted({*asked, *ALWAYS}),
            digest=hashed(clear),
            tail=clear[-TAIL:],
            made_at=at,
            expires=expires,
        )
        record(
            "token-make", by=by, at=at, kind="token", subject=str(token.pk),
            after={"name": name, "login": account.login, "scopes": token.scopes, "tail": token.tail, "expires": expires.isoformat()},
        )  # fmt: skip
    return token, clear


def revoke_token(token: ApiToken, *, by: Actor, at: datetime) -> bool:
    """End a token for good; False where it was revoked already."""
    with transaction.atomic():
        held = ApiToken.objects.select_for_update().get(pk=token.pk)
        if held.revoked_at is not None:
            return False
        held.revoked_at = at
        held.save(update_fields=["revoked_at"])
        record(
            "token-revoke", by=by, at=at, kind="token", subject=str(held.pk), before={"name": held.name, "tail": held.tail}
        )  # fmt: skip
    return True


def tokens_of(account: Account | None = None) -> QuerySet[ApiToken]:
    """The tokens of an account, or all of them, newest first."""
    rows = ApiToken.objects.select_related("account")
    return rows if account is None else rows.filter(account=account)


def come_in(clear: str, *, origin: str, at: datetime) -> ApiToken:
    """The token that a text is. TokenRefusedError: token-locked, token-unknown, token-ended.

    A failure counts against its origin and is on record. A locked origin is told so for every token that fails; one that fits is
    let in, for nobody guesses 256 bits, and a program with an old token must not keep out the others behind the same address.
    """
    token = ApiToken.objects.select_related("account").filter(digest=hashed(clear)).first()
    if token is not None and token.revoked_at is None and token.expires > at and token.account.is_active:
        return token
    with transaction.atomic():
        held, _ = TokenOrigin.objects.get_or_create(origin=origin[:64])
        held = TokenOrigin.objects.select_for_update().get(pk=held.pk)
        if held.locked_until is not None and held.locked_until > at:
            raise TokenRefusedError("token-locked")
        held.failures += 1
        if held.failures >= FAILURES:
            held.locked_until, held.failures = at + LOCK, 0
        held.save(update_fields=["failures", "locked_until"])
        record(
            "token-failed", by=Actor(SYSTEM, origin[:64]), at=at, kind="token", subject="" if token is None else str(token.pk),
            after={"locked": held.locked_until is not None and held.locked_until > at},
        )  # fmt: skip
    raise TokenRefusedError("token-unknown" if token is None else "token-ended")

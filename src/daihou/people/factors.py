"""The second factor of a login: begun, confirmed, asked for, taken away. Every step is on record, no secret is.

Codes are those of RFC 6238: six digits, SHA-1, half minutes; the one before and the one after are taken too, for clocks differ.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp
from django.conf import settings
from django.db import transaction

from daihou.people.acts import count_failure
from daihou.people.models import Account, SecondFactor, SpareCode
from daihou.people.reads import Viewer
from daihou.people.rights import May
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record

STEP = 30
"""Seconds for which one code stands."""
SPARE_CODES = 8
_NEAR = (0, -1, 1)
MUST_HAVE_FACTOR = frozenset({May.ACCOUNTS})
"""Whose holder must have a second factor: who manages accounts can become anybody."""
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_SPARE_LENGTH = 10
ISSUER = "Daihou 贷后"


class FactorRefusedError(ValueError):
    """A step that does not follow from where the factor stands; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def factor_of(account: Account) -> SecondFactor | None:
    """The factor that an account is asked for; None where there is none, or it was never confirmed."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).first()


def wants_factor(account: Account, viewer: Viewer) -> bool:
    """Whether an account may not do without a second factor, by the posts of its person. Whoever looks into the sample company may."""
    return not account.sample and bool(MUST_HAVE_FACTOR & viewer.rights.may)


def begin_factor(account: Account, *, by: Actor, at: datetime) -> str:
    """Draw a secret for an account; it counts once a code of it was given. One that was begun and left is drawn anew.

    Raises FactorRefusedError: factor-there.
    """
    secret = pyotp.random_base32()
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        if factor_of(account) is not None:
            raise FactorRefusedError("factor-there")
        SecondFactor.objects.filter(account=account).delete()
        SecondFactor.objects.create(account=account, secret=seals().seal(secret), begun_at=at)
        record("begin-factor", by=by, at=at, kind="account", subject=account.login)
    return secret


def begun(account: Account) -> str | None:
    """The secret that waits to be confirmed."""
    held = SecondFactor.objects.filter(account=account, confirmed_at__isnull=True).first()
    return None if held is None else seals().opened(held.secret)


def address_of(account: Account, secret: str) -> str:
    """The address that an authenticator reads out of the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER)


def confirm_factor(account: Account, code: str, *, by: Actor, at: datetime) -> list[str]:
    """Confirm a secret by a code of it; from now on the login asks for one. The spare codes, told this once.

    Raises FactorRefusedError: factor-not-begun, code-wrong.
    """
    with transaction.atomic():
        held = (
            SecondFactor.objects.select_for_update()
            .filter(account=account, confirmed_at__isnull=True)
            .first()
        )
        if held is None:
            raise FactorRefusedError("factor-not-begun")
        step = _step_of(held, code, at)
        if step is None:
            raise FactorRefusedError("code-wrong")
        held.confirmed_at, held.last_step = at, step
        held.save(update_fields=["confirmed_at", "last_step"])
        spare = ["".join(secrets.choice(_LETTERS) for _ in range(_SPARE_LENGTH)) for _ in range(SPARE_CODES)]
        SpareCode.objects.bulk_create(SpareCode(factor=held, digest=_digest(one)) for one in spare)
        record("confirm-factor", by=by, at=at, kind="account", subject=account.login)
    return spare


def passes(account: Account, code: str, *, origin: str, at: datetime) -> bool:
    """Whether a code, or a spare code, lets an account in. Each is good once; a wrong one counts as a failed login and locks like one."""
    with transaction.atomic():
        held = (
            SecondFactor.objects.select_for_update()
            .filter(account=account, confirmed_at__isnull=False)
            .first()
        )
        locked = Account.objects.select_for_update().get(pk=account.pk)
        if held is None or (locked.locked_until is not None and locked.locked_until > at):
            return False
        step = _step_of(held, code, at)
        if step is not None:
            held.last_step = step
            held.save(update_fields=["last_step"])
            return True
        if SpareCode.objects.filter(factor=held, digest=_digest(code), used_at__isnull=True).update(
            used_at=at
        ):
            record(
                "spare-code", by=Actor(account.staff_no, origin), at=at, kind="account", subject=account.login
            )
            return True
        count_failure(locked, origin=origin, at=at)
    return False


def remove_factor(account: Account, *, by: Actor, at: datetime, reason: str = "") -> bool:
    """Ask an account for its password only, as before; False where it had no factor. ``reason``: of who removes another's."""
    with transaction.atomic():
        held = SecondFactor.objects.select_for_update().filter(account=account).first()
        if held is None:
            return False
        held.delete()
        record("remove-factor", by=by, at=at, kind="account", subject=account.login, reason=reason)
    return True


def _step_of(held: SecondFactor, code: str, at: datetime) -> int | None:
    """The half minute of which a code is, near now and later than the one taken last."""
    said = "".join(code.split())
    codes = pyotp.TOTP(seals().opened(held.secret), interval=STEP)
    now = int(at.timestamp()) // STEP
    for near in _NEAR:
        step = now + near
        if step > held.last_step and hmac.compare_digest(codes.generate_otp(step).encode(), said.encode()):
            return step
    return None


def _digest(code: str) -> str:
    """A spare code as it is kept: keyed, so that the table alone cannot be tried out."""
    said = "".join(code.lower().split())
    return hmac.new(settings.DAIHOU_DATA_KEY, b"spare code\n" + said.encode(), sha256).hexdigest()

"""Personal numbers at rest: sealed to be opened with a key, marked to be found and joined without one.

A resident number that names a row (a private person as a client) is replaced by its mark in keys and references; the
number itself is kept once, sealed. Mobile numbers and other resident numbers are sealed where they stand.
Marks are keyed hashes (HMAC-SHA256): the same number always has the same mark, and nobody without the key can make one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

RESIDENT = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{16}[0-9Xx](?![0-9A-Za-z])")
"""A resident number inside a key. A company's code of the same length begins with 9; a region never does."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_MARK_LETTERS = 20
_NONCE_BYTES = 12
TAIL = 4


class Seals:
    """Seals and marks made with one secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._mark_key = hmac.new(secret, b"mark", hashlib.sha256).digest()
        self._cipher = AESGCM(hmac.new(secret, b"seal", hashlib.sha256).digest())

    def mark(self, number: str) -> str:
        """The mark of a number: ``P`` and twenty letters."""
        digest = hmac.new(self._mark_key, number.upper().encode(), hashlib.sha256).digest()
        return "P" + base64.b32encode(digest).decode()[:_MARK_LETTERS]

    def seal(self, number: str) -> str:
        """The number, or any text, closed with a fresh nonce."""
        return base64.b64encode(self.seal_bytes(number.encode())).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """The content of a file closed with a fresh nonce."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def opened(self, sealed: str) -> str:
        """The number again. Raises cryptography's InvalidTag where the key is another or the text was changed."""
        return self.opened_bytes(base64.b64decode(sealed)).decode()

    def opened_bytes(self, sealed: bytes) -> bytes:
        """The content of a file again. Raises InvalidTag as ``opened`` does."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

    def marked(self, key: str) -> str:
        """A key with each resident number in it replaced by its mark; anything else as it is."""
        return RESIDENT.sub(lambda found: self.mark(found[0]) if is_resident(found[0]) else found[0], key)


def is_resident(number: str) -> bool:
    """Whether eighteen signs are a resident number: by its check digit (GB 11643-1999)."""
    if not RESIDENT.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK[total % 11] == number[17].upper()


def is_mark(text: str) -> bool:
    """Whether a text is a mark."""
    return re.fullmatch(r"P[A-Z2-7]{20}", text) is not None


@cache
def _seals(secret: bytes) -> Seals:
    return Seals(secret)


def seals() -> Seals:
    """The seals of this installation."""
    return _seals(settings.DAIHOU_DATA_KEY)

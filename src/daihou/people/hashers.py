"""How the secret of a first login is kept: a keyed hash, quick, for the program draws it at random and it leads only to the page that sets a password."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.utils.crypto import constant_time_compare

FIRST_LOGIN = "first_login"


class FirstLoginHasher(BasePasswordHasher):
    """HMAC-SHA256 under the installation's key. Only for secrets of 80 random bits and more; what people choose goes through the slow hash (ADR 12).

    A wrong secret takes as long as a wrong password: whether somebody has logged in yet cannot be told by the clock.
    """

    algorithm = FIRST_LOGIN

    def encode(self, password: str, salt: str) -> str:
        """``first_login$salt$digest``."""
        self._check_encode_args(password, salt)  # type: ignore[attr-defined]
        key = hmac.new(settings.SECRET_KEY.encode(), b"first login", hashlib.sha256).digest()
        digest = hmac.new(key, f"{salt}${password}".encode(), hashlib.sha256).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """The parts of what is stored."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        """Whether a text is the secret; where it is not, a slow hash is made all the same."""
        right = constant_time_compare(self.encode(password, self.decode(encoded)["salt"]), encoded)
        if not right:
            slow = get_hasher()
            slow.encode(password, slow.salt())
        return right

    def safe_summary(self, encoded: str) -> Any:
        """What may be shown of it."""
        return {"algorithm": self.decode(encoded)["algorithm"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: a wrong secret has taken its time already."""

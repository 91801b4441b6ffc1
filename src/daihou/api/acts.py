"""A request sent twice is one act: the answer is kept in the transaction of the act, and given again to the same request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpResponse
from django.utils import timezone

from daihou.api.door import Asked
from daihou.api.models import Answer
from daihou.api.problems import ProblemError
from daihou.trail.acts import Actor, record

KEPT = timedelta(days=30)
AGAIN = "Idempotency-Replayed"
Told = Mapping[str, Any]


class Once:
    """A write with its key. ``stored``: what the same request was answered before, None where it is new.

    ProblemError: key-used where the key was given to another request.
    """

    def __init__(self, asked: Asked, key: str) -> None:
        self._account, self._key, self._digest = asked.token.account, key, _digest(asked)
        self.stored = self._known()

    def _known(self) -> HttpResponse | None:
        fresh = Answer.objects.filter(account=self._account, key=self._key, at__gt=timezone.now() - KEPT)
        held = fresh.first()
        if held is None:
            return None
        if held.digest != self._digest:
            raise ProblemError(409, "key-used")
        answer = _sent(held.status, held.body)
        answer.headers[AGAIN] = "true"
        return answer

    def done(self, status: int, act: Callable[[], Told]) -> HttpResponse:
        """The act and its answer in one transaction; of two at once the later is given the answer of the first."""

        def whole() -> None:
            with transaction.atomic():
                claimed = self._claim(status)
                claimed.body = _text(act())
                claimed.save(update_fields=["body"])

        return self.beside(whole)

    def beside(self, act: Callable[[], object]) -> HttpResponse:
        """The answer of an act that keeps it itself by ``keep``, in a transaction of its own."""
        try:
            act()
        except IntegrityError:
            stored = self._known()
            if stored is None:
                raise
            return stored
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            raise ProblemError(409, "in-progress") from error
        held = Answer.objects.get(account=self._account, key=self._key)
        return _sent(held.status, held.body)

    def keep(self, status: int, told: Told) -> None:
        """Keep the answer; within the transaction of the act."""
        claimed = self._claim(status)
        claimed.body = _text(told)
        claimed.save(update_fields=["body"])

    def _claim(self, status: int) -> Answer:
        """The key taken: whoever takes it second waits here for the first, and is refused by the database."""
        now = timezone.now()
        Answer.objects.filter(account=self._account, key=self._key, at__lte=now - KEPT).delete()
        return Answer.objects.create(
            account=self._account, key=self._key, digest=self._digest, status=status, body="", at=now
        )


def purge(*, by: Actor, at: datetime) -> int:
    """Forget the answers that are older than thirty days; how many."""
    with transaction.atomic():
        count, _ = Answer.objects.filter(at__lte=at - KEPT).delete()
        if count:
            record("purge-answers", by=by, at=at, kind="answer", subject="*", after={"answers": count})
    return count


def _text(told: Told) -> str:
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)


def _sent(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")


def _digest(asked: Asked) -> str:
    """What a request asks: method, address, content. Of a form its fields and the content of its files, for its frame differs each time."""
    found = hashlib.sha256(f"{asked.method} {asked.get_full_path()}\n".encode())
    if (asked.content_type or "").startswith("multipart/"):
        for name, value in sorted(asked.POST.items()):
            found.update(f"{name}={value}\n".encode())
        for name, file in sorted(asked.FILES.items()):
            found.update(f"{name}={getattr(file, 'name', '')}\n".encode())
            found.update(hashlib.sha256(file.read()).digest())  # type: ignore[union-attr]
            file.seek(0)  # type: ignore[union-attr]
    else:
        found.update(asked.body)
    return found.hexdigest()

"""The port to the channels: one message to one address, and what came of it. Apprise sends; nothing else of it is known here.

Three ends are told apart. *Sent*: the channel took it. *Failed*: the channel said no, or was never reached, so that it can be tried again.
*Uncertain*: it was sent and no answer came, so that it may have arrived.
"""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from daihou.messaging.models import DINGTALK, FAILED, FEISHU, MAIL, MEMORY, SENT, UNCERTAIN, WECOM

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
_HOSTS = {WECOM: "qyapi.weixin.qq.com", DINGTALK: "oapi.dingtalk.com", FEISHU: "open.feishu.cn"}
_IN_QUERY = {WECOM: "key", DINGTALK: "access_token"}
_CODES = ("errcode", "code", "StatusCode")
"""Under which names a channel that answers 200 says that it did not take a message; 0 is fine."""

_OK = 200
_BETWEEN = frozenset({502, 504})
"""Said by a machine in between, which does not know what the channel did."""


class AddressError(ValueError):
    """An address that is none of its kind."""


@dataclass(frozen=True)
class Outcome:
    """What came of a message: its state, a code of messages.yaml, the number that the channel answered with."""

    state: str
    error: str = ""
    detail: str = ""


@dataclass
class _Seen:
    """What was seen of one message on its way: the last answer by HTTP, the faults."""

    status: int | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    faults: list[BaseException] = field(default_factory=list)


_SEEN: ContextVar[_Seen | None] = ContextVar("seen", default=None)

OUTBOX: list[tuple[str, str, str]] = []
"""What the memory channel took: address, title, text. For trials."""


def address_of(kind: str, given: str) -> str:
    """An address as it is kept, from what a person pasted: a robot's web hook or its key, a mail server with its recipient.

    Raises AddressError. A web hook leads only to the host of its kind, so that a channel cannot be bent to another machine.
    """
    given = given.strip()
    if kind == MEMORY:
        return given
    if kind == MAIL:
        return _mail(given)
    token, secret = given, ""
    if "://" in given:
        parts = urlsplit(given)
        if parts.scheme != "https" or parts.hostname != _HOSTS.get(kind):
            raise AddressError(kind)
        query = parse_qs(parts.query)
        secret = query.get("secret", [""])[0]
        named = _IN_QUERY.get(kind)
        token = query.get(named, [""])[0] if named else parts.path.rstrip("/").rpartition("/")[2]
    if kind not in _HOSTS or not _TOKEN.fullmatch(token) or (secret and not _TOKEN.fullmatch(secret)):
        raise AddressError(kind)
    return f"{secret}@{token}" if secret else token


def _mail(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in {"mailto", "mailtos"} or not parts.hostname or "@" not in parse_qs(parts.query).get("to", [""])[0]:  # fmt: skip
        raise AddressError(MAIL)
    return given


def send(kind: str, address: str, title: str, text: str) -> Outcome:
    """Send one message. Never raises for what a channel does."""
    if kind == MEMORY:
        OUTBOX.append((address, title, text))
        return Outcome(SENT)
    from apprise import Apprise  # noqa: PLC0415 - heavy, and needed only where something is sent

    plugin = Apprise.instantiate(_url(kind, address), suppress_exceptions=True)
    if plugin is None:
        return Outcome(FAILED, "address-broken")
    with _watched() as seen:
        taken = bool(plugin.notify(body=text, title=title))
    return judged(taken=taken, status=seen.status, said=seen.said, faults=seen.faults)


def _url(kind: str, address: str) -> str:
    schemes = {WECOM: "wecombot", DINGTALK: "dingtalk", FEISHU: "feishu"}
    return address if kind == MAIL else f"{schemes[kind]}://{address}/"


def judged(
    *, taken: bool, status: int | None, said: Mapping[str, Any], faults: list[BaseException]
) -> Outcome:
    """What came of a message, by what was seen of it."""
    if status is not None:
        code = next((said[name] for name in _CODES if name in said), 0)
        if status == _OK:
            return Outcome(SENT) if code in (0, "0") else Outcome(FAILED, "refused", f"errcode {code}"[:32])
        if status in _BETWEEN:
            return Outcome(UNCERTAIN, "answer-lost")
        return Outcome(FAILED, "refused", f"HTTP {status}")
    if taken:
        return Outcome(SENT)
    if not faults:
        return Outcome(FAILED, "not-sent")
    chain = list(_chain(faults))
    for fault in chain:
        if isinstance(fault, smtplib.SMTPResponseException):
            return Outcome(FAILED, "refused", f"SMTP {fault.smtp_code}")
        if isinstance(fault, smtplib.SMTPRecipientsRefused):
            return Outcome(FAILED, "refused", "SMTP")
    return Outcome(FAILED, "unreachable") if any(map(_before, chain)) else Outcome(UNCERTAIN, "answer-lost")


def _chain(faults: list[BaseException]) -> Iterator[BaseException]:
    """Faults with those that they came of."""
    ahead, known = list(faults), set[int]()
    while ahead:
        fault = ahead.pop()
        if id(fault) in known:
            continue
        known.add(id(fault))
        yield fault
        inner = (fault.__cause__, fault.__context__, getattr(fault, "reason", None), *fault.args)
        ahead += [one for one in inner if isinstance(one, BaseException)]


def _before(fault: BaseException) -> bool:
    """Whether a fault can only come before anything was sent."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError  # noqa: PLC0415 - as Apprise above

    early = (
        ConnectionRefusedError,
        socket.gaierror,
        ssl.SSLCertVerificationError,
        smtplib.SMTPNotSupportedError,
    )
    return isinstance(fault, (*early, ConnectTimeoutError, NewConnectionError))  # fmt: skip


class _Faults(logging.Handler):
    """Apprise tells of a fault in its log only, from where it caught it: there the fault itself is at hand. Nothing is written."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the fault that is being handled."""
        del record
        seen, fault = _SEEN.get(), sys.exc_info()[1]
        if seen is not None and fault is not None:
            seen.faults.append(fault)


@contextmanager
def _watched() -> Iterator[_Seen]:
    """See what happens to the message that is sent inside: Apprise says only yes or no, which does not tell a refusal from a lost answer."""
    _watch()
    seen = _Seen()
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


_WATCHED: list[object] = []


def _watch() -> None:
    """Look at every answer by HTTP that comes while a message is sent; once for the whole program."""
    if _WATCHED:
        return
    from requests import Session  # noqa: PLC0415 - as Apprise above

    plain = Session.send

    def looked_at(self: Session, request: Any, **how: Any) -> Any:
        answer = plain(self, request, **how)
        seen = _SEEN.get()
        if seen is not None:
            seen.status, seen.said = answer.status_code, _object(answer)
        return answer

    Session.send = looked_at  # type: ignore[method-assign]  # the only place where every answer passes by
    log = logging.getLogger("apprise")
    log.addHandler(_Faults(logging.WARNING))
    log.propagate = False  # its lines could hold parts of an address
    _WATCHED.append(plain)


def _object(answer: Any) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

"""API tokens from the command line: made, listed, revoked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line
from daihou.cli.words import say
from daihou.terms import Lang


def make(home: Path, login: str, lang: Lang, *, name: str, scopes: list[str], days: int) -> int:
    """A token for a login, its text alone on the last line."""
    enter(home, lang)
    from daihou.people.models import Account
    from daihou.people.tokens import ALWAYS, ApiScope, TokenRefusedError, make_token
    from daihou.trail.acts import SYSTEM, Actor

    account = Account.objects.filter(login__iexact=login).first()
    if account is None:
        raise Stopped(USAGE, [say("no-such-login", lang, login=login)])
    now = datetime.now(UTC)
    try:
        token, clear = make_token(
            account, name=name, scopes=scopes, expires=now + timedelta(days=days), by=Actor(SYSTEM, "cli"), at=now
        )  # fmt: skip
    except TokenRefusedError as error:
        known = " ".join(one.value for one in ApiScope if one not in ALWAYS)
        raise Stopped(USAGE, [say("token-refused", lang, scopes=known)]) from error
    day = token.expires.date().isoformat()
    line(say("token-made", lang, number=token.pk, name=token.name, login=account.login, day=day))
    line(clear)
    return FINE


def listed(home: Path, lang: Lang, *, as_json: bool) -> int:
    """All tokens, never their text."""
    enter(home, lang)
    from daihou.people.tokens import tokens_of

    now = datetime.now(UTC)
    found = [
        {
            "number": one.pk, "login": one.account.login, "name": one.name, "tail": one.tail, "scopes": one.scopes,
            "expires": one.expires.isoformat(), "ended": one.revoked_at is not None or one.expires <= now,
        }
        for one in tokens_of()
    ]  # fmt: skip
    if as_json:
        document({"tokens": found})
        return FINE
    for one in found:
        ended = say("token-ended", lang) if one["ended"] else ""
        said = {**one, "scopes": " ".join(one["scopes"]), "day": one["expires"][:10], "ended": ended}
        line(say("token-line", lang, **said))
    if not found:
        line(say("token-none", lang))
    return FINE


def revoke(home: Path, number: int, lang: Lang) -> int:
    """End a token."""
    enter(home, lang)
    from daihou.people.tokens import revoke_token, tokens_of
    from daihou.trail.acts import SYSTEM, Actor

    token = tokens_of().filter(pk=number).first()
    if token is None or not revoke_token(token, by=Actor(SYSTEM, "cli"), at=datetime.now(UTC)):
        raise Stopped(USAGE, [say("no-such-token", lang, number=number)])
    line(say("token-revoked", lang, number=number))
    return FINE

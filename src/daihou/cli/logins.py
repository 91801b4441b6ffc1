"""Accounts from the command line: listed, closed, opened again, unlocked. Whoever has the shell of the installation acts as the system."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import NOTHING, joined, label, say
from daihou.terms import Lang
from daihou.units import ZONE


def one_of(
    asked: Mapping[str, str | None], lang: Lang, *, reason: str, listed: bool, as_json: bool
) -> str | None:
    """Which act is asked for, if any; refused where several are, or where something is said that belongs to none of them."""
    chosen = [act for act, login in asked.items() if login is not None]
    if len(chosen) + listed > 1:
        raise Stopped(USAGE, [say("accounts-one", lang)])
    if as_json and not listed:
        raise Stopped(USAGE, [say("accounts-json", lang)])
    if reason and chosen != ["close"]:
        raise Stopped(USAGE, [say("accounts-reason", lang)])
    return chosen[0] if chosen else None


def change(home: Path, lang: Lang, *, act: str, login: str, reason: str) -> int:
    """Close, reopen or unlock one login."""
    enter(home, lang)
    from daihou.people.accounts import AccountRefusedError, close_account, reopen_account, unlock_account
    from daihou.people.models import Account
    from daihou.trail.acts import SYSTEM, Actor

    account = Account.objects.filter(login__iexact=login).first()
    if account is None:
        raise Stopped(USAGE, [say("no-such-login", lang, login=login)])
    by, now = Actor(SYSTEM, "cli"), datetime.now(UTC)
    try:
        if act == "close":
            close_account(account, reason=reason, by=by, at=now)
        else:
            {"reopen": reopen_account, "unlock": unlock_account}[act](account, by=by, at=now)
    except AccountRefusedError as error:
        said = say(f"account-{error.code}", lang, login=account.login)
        raise Stopped(USAGE if error.code == "reason-missing" else REFUSED, [said]) from error
    line(say(f"account-{act}", lang, login=account.login))
    return FINE


def show(home: Path, lang: Lang, *, as_json: bool) -> int:
    """Everybody's account as it stands, and who of the staff has none."""
    enter(home, lang)
    from daihou.people.roll import roll

    found = roll(given.today(), datetime.now(UTC))
    if as_json:
        document(
            [
                {
                    "staff_no": one.staff_no, "name": one.name, "login": one.login or None, "state": one.state.value,
                    "posts": [{"post": post, "branch": branch} for post, branch in one.posts], "second_factor": one.factor,
                    "locked_until": None if one.locked_until is None else one.locked_until.isoformat(),
                    "last_login": None if one.last_login is None else one.last_login.isoformat(),
                }
                for one in found
            ]
        )  # fmt: skip
        return FINE
    rows = [
        (
            one.login or NOTHING, one.name, joined([label(post, lang) for post in dict.fromkeys(post for post, _at in one.posts)], lang) or NOTHING,
            say(f"account-state-{one.state}", lang), say("yes-factor" if one.factor else "no-factor", lang) if one.login else NOTHING,
            NOTHING if one.last_login is None else f"{one.last_login.astimezone(ZONE):%Y-%m-%d %H:%M}",
        )
        for one in found
    ]  # fmt: skip
    out().print(table(("login", "name", "post", "state", "factor", "last-login"), rows, lang, fixed=("login", "name")))  # fmt: skip
    return FINE

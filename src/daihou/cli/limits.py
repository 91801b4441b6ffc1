"""Signing limits of an installation: what stands, one proposed, the end of one proposed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daihou.book import posts as all_posts
from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import joined, label, say
from daihou.terms import Lang, terms
from daihou.units import MoneyError, format_yuan, read_fen

if TYPE_CHECKING:
    from daihou.people.reads import Viewer
    from daihou.signoff.models import SigningLimit


def show(home: Path, lang: Lang, *, as_json: bool) -> int:
    """List all limits, newest first."""
    enter(home, lang)
    from daihou.signoff.limits import standing_of
    from daihou.signoff.models import SigningLimit

    found = [
        (one, standing_of(one, given.today()))
        for one in SigningLimit.objects.select_related("matter", "ending")
    ]
    if as_json:
        document({"limits": [_document(one, how) for one, how in found]})
    elif not found:
        line(say("no-limits", lang))
    else:
        heads = ("number", "above", "signs-too", "kinds", "from-day", "standing", "proposer")
        out().print(table(heads, [_row(one, how, lang) for one, how in found], lang, fixed=("from-day",)))
    return FINE


def _document(one: "SigningLimit", how: str) -> dict[str, Any]:
    return {
        "number": one.pk, "above": one.above, "posts": one.posts, "kinds": one.kinds, "since": one.since.isoformat(), "standing": how,
        "citation": one.citation, "reason": one.reason, "by": one.proposed_by, "matter": one.matter_id, "ending": one.ending_id,
    }  # fmt: skip


def _row(one: "SigningLimit", how: str, lang: Lang) -> list[str]:
    kinds = joined([label(kind, lang) for kind in one.kinds], lang) or say("all-kinds", lang)
    return [
        str(one.pk), format_yuan(one.above), joined([label(post, lang) for post in one.posts], lang), kinds, one.since.isoformat(),
        say(f"limit-{'proposed-state' if how == 'proposed' else how.replace('_', '-')}", lang), one.proposed_by,
    ]  # fmt: skip


def propose(
    home: Path, lang: Lang, *, above: str, posts: Sequence[str], kinds: Sequence[str], since: str | None, reason: str,
    citation: str, by: str,
) -> int:  # fmt: skip
    """Put a limit to signature in the name of a member of staff."""
    try:
        amount = read_fen(above)
    except MoneyError as error:
        raise Stopped(USAGE, [error.text(lang)]) from error
    viewer = _proposer(home, by, lang)
    from daihou.signoff.acts import SigningRefusedError
    from daihou.signoff.limiting import Asked, propose_limit
    from daihou.signoff.words import refusals
    from daihou.trail.acts import Actor

    try:
        asked = Asked(
            tuple(_known(one, lang) for one in kinds), amount, tuple(_post(one, lang) for one in posts), given.a_day(since, lang), citation, reason
        )  # fmt: skip
        made = propose_limit(asked, own_posts=viewer.posts, by=Actor(by, "cli"), at=datetime.now(UTC))
    except SigningRefusedError as error:
        raise Stopped(REFUSED, [refusals()[error.code]]) from error
    line(say("limit-proposed", lang, number=made.pk, matter=made.matter.number))
    return FINE


def end(home: Path, lang: Lang, *, number: int, reason: str, by: str) -> int:
    """Put to signature that a limit be done away with."""
    viewer = _proposer(home, by, lang)
    from daihou.signoff.acts import SigningRefusedError
    from daihou.signoff.limiting import propose_end
    from daihou.signoff.models import SigningLimit
    from daihou.signoff.words import refusals
    from daihou.trail.acts import Actor

    held = SigningLimit.objects.filter(pk=number).first()
    if held is None:
        raise Stopped(USAGE, [say("no-such-limit", lang, number=number)])
    try:
        ended = propose_end(held, reason, own_posts=viewer.posts, by=Actor(by, "cli"), at=datetime.now(UTC))
    except SigningRefusedError as error:
        raise Stopped(REFUSED, [refusals()[error.code]]) from error
    line(
        say(
            "limit-end-proposed",
            lang,
            number=number,
            matter="" if ended.ending is None else ended.ending.number,
        )
    )
    return FINE


def _proposer(home: Path, by: str, lang: Lang) -> "Viewer":
    """Who proposes, if his posts may."""
    enter(home, lang)
    from daihou.people.reads import viewer_of
    from daihou.people.rights import May

    viewer = viewer_of(by, given.today())
    if not viewer.may(May.FIGURES):
        raise Stopped(USAGE, [say("may-not-propose", lang, by=by)])
    return viewer


def _post(said: str, lang: Lang) -> str:
    term = terms().find(said)
    if term is None or term.id not in all_posts():
        raise Stopped(USAGE, [say("no-such-post", lang, post=said)])
    return term.id


def _known(said: str, lang: Lang) -> str:
    """A kind of matter that can be about a contract, by its word or identifier."""
    from daihou.signoff.limits import LIMITED

    term = terms().find(said)
    if term is None or term.id not in LIMITED:
        kinds = joined([label(one, lang) for one in LIMITED], lang)
        raise Stopped(USAGE, [say("no-such-kind-of-matter", lang, kind=said, kinds=kinds)])
    return term.id

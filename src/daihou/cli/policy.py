"""The company's own figures of an installation: what was proposed and how it stands; one proposed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import at_work, document, line, out, table
from daihou.cli.words import joined, label, say
from daihou.rulebook import shipped_ids
from daihou.terms import Lang, terms

if TYPE_CHECKING:
    from daihou.policy.checking import Value
    from daihou.policy.reads import Stand

STANDING = "figure-"


def show(home: Path, lang: Lang, *, as_json: bool) -> int:
    """List all changes of figures, newest first."""
    enter(home, lang)
    from daihou.policy.books import ids_for, kind_of_company
    from daihou.policy.reads import changes, stands

    found = stands(changes(), ids_for(kind_of_company()), given.today())
    if as_json:
        document({"changes": [_document(one) for one in found]})
    elif not found:
        line(say("no-changes", lang))
    else:
        heads = ("number", "figure", "was", "becomes", "from-day", "standing", "proposer")
        out().print(table(heads, [_row(one, lang) for one in found], lang, fixed=("from-day",)))
    return FINE


def _document(one: "Stand") -> dict[str, Any]:
    change = one.change
    return {
        "number": change.pk, "rulebook": change.rulebook, "figure": change.figure, "value": change.value, "since": change.since.isoformat(),
        "acts": None if one.acts is None else one.acts.isoformat(), "standing": one.standing, "reason": change.reason,
        "citation": change.citation, "by": change.proposed_by, "at": change.proposed_at.isoformat(), "matter": change.matter_id,
    }  # fmt: skip


def _row(one: "Stand", lang: Lang) -> list[str]:
    content = one.change.matter.content
    value = one.change.value
    if isinstance(value, dict):
        value = joined([f"{label(key, lang)}: {said}" for key, said in value.items()], lang)
    was = content["before"][lang]
    day = (one.acts or one.change.since).isoformat()
    standing = say(f"{STANDING}{one.standing.replace('_', '-')}", lang)
    return [str(one.change.pk), content["name"], was, value, day, standing, one.change.proposed_by]


def propose(
    home: Path, lang: Lang, *, figure: str, value: str, since: str | None, reason: str, citation: str, by: str, as_json: bool
) -> int:  # fmt: skip
    """Look at a change, say what it would do, put it to signature in the name of a member of staff."""
    enter(home, lang)
    from daihou.dayend.foreseeing import foresee
    from daihou.people.reads import viewer_of
    from daihou.people.rights import May
    from daihou.policy import acts
    from daihou.policy.books import ids_for, kind_of_company
    from daihou.policy.checking import Asked, check
    from daihou.policy.faults import FigureRefusedError
    from daihou.policy.reads import figures_on
    from daihou.trail.acts import Actor

    today = given.today()
    viewer = viewer_of(by, today)
    if not viewer.may(May.FIGURES):
        raise Stopped(USAGE, [say("may-not-propose", lang, by=by)])
    ids = ids_for(kind_of_company())
    rulebook, name = _figure(figure, ids, lang)
    day = given.a_day(since, lang) if since else None
    asked = Asked(rulebook, name, _value(value), day, reason, citation)
    try:
        with at_work("foreseeing-figure", lang):
            checked = check(asked, ids, figures_on(), today)
            found = foresee(checked, today)
        change = acts.propose(
            checked,
            foreseen=found.as_content(),
            posts=viewer.posts,
            by=Actor(by, "cli"),
            at=datetime.now(UTC),
        )
    except FigureRefusedError as error:
        raise Stopped(REFUSED, [one.text(lang) for one in error.faults]) from error
    if as_json:
        document({"number": change.pk, "matter": change.matter_id, "foreseen": found.as_content()})
        return FINE
    line(say("figure-proposed", lang, number=change.pk, figure=checked.figure.name, since=checked.since))
    moved = joined([f"{say(f'head-how-{how}', lang)} {count}" for how, count in found.hows.items()], lang)
    line(say("figure-foreseen", lang, until=found.until, people=len(found.people), moved=moved or "0"))
    return FINE


def _figure(said: str, ids: tuple[str, ...], lang: Lang) -> tuple[str, str]:
    """Rulebook and figure of ``guarantee/用途检查期限``, or of a name that only one of the company's rulebooks has as its own."""
    from daihou.rulebook import written_shipped
    from daihou.rulebook.written import figure_named

    book, slash, name = said.partition("/")
    if slash:
        return (book if book in shipped_ids() else ""), name
    holders = [
        (one, figure.id)
        for one in ids
        if (figure := figure_named(written_shipped(one).book, said)) is not None and figure.book == one
    ]
    if len(holders) > 1:
        raise Stopped(
            USAGE, [say("figure-of-which", lang, name=said, books=joined([one for one, _ in holders], lang))]
        )
    return holders[0] if holders else ("", said)


def _value(said: str) -> "Value":
    """A constant, or ``key=constant`` pairs of a table."""
    if "=" not in said:
        return said
    pairs = (one.partition("=") for one in said.replace("，", ",").split(","))
    found = {}
    for key, _sign, one in pairs:
        term = terms().find(key.strip())
        found[key.strip() if term is None else term.id] = one.strip()
    return found

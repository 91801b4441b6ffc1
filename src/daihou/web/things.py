"""What an act was about: the thing by the name that people know it by, and the page that shows it to who may open that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from daihou.book import declared, masked
from daihou.duties.models import DayRun, Duty, duty_by_key
from daihou.duties.naming import names_for
from daihou.duties.reads import seen as seen_duties
from daihou.imports.models import Upload
from daihou.imports.reads import handed_in_by
from daihou.messaging.models import Channel
from daihou.papers.reading import forms
from daihou.people.models import Account, ApiToken, StandIn
from daihou.people.reads import Viewer, readable, visible
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes
from daihou.registers.models import Batch
from daihou.registers.sealing import is_mark
from daihou.screens.tags import key as key_words
from daihou.screens.tags import lang, word
from daihou.signoff.limits import KIND as LIMIT
from daihou.signoff.models import Delegation, Matter
from daihou.signoff.reads import seen as seen_matters
from daihou.trail.models import Event

ALL = "*"
"""The subject of an act on many things, or on none in particular."""
Titles = Mapping[str, str]
_DUTIES = frozenset({"duty", "taking"})
STAFF = frozenset({"employee", "message", "signature"})
"""Kinds of things that are called by a staff number."""
_TITLES = ("title", "full_name", "matter")
"""Columns that say what a row is called."""


@dataclass(frozen=True)
class Thing:
    """What an act was about: the word of its kind, its name, and where the viewer may open it (empty: nowhere)."""

    kind: str
    name: str
    link: str = ""


def things(viewer: Viewer, events: Iterable[Event]) -> dict[int, Thing]:
    """The things of some events by the events' numbers, without links; a few questions for each kind of thing, whatever the number of events."""
    told = list(events)
    asked: dict[str, set[str]] = {}
    for event in told:
        if event.subject not in {"", ALL}:
            asked.setdefault(event.kind, set()).add(event.subject)
    titles: dict[str, Titles] = {
        kind: _NAMED[kind](subjects) for kind, subjects in asked.items() if kind in _NAMED
    }
    titles |= _called(
        viewer, {kind: some for kind, some in asked.items() if kind in homes() or kind in _DUTIES}
    )
    return {
        event.number: Thing(
            _("多条记录") if event.kind == "rows" else word(event.kind),
            titles.get(event.kind, {}).get(event.subject) or _as_it_stands(event.subject),
        )
        for event in told
    }


def _as_it_stands(subject: str) -> str:
    return "" if subject in {"", ALL} else key_words(subject)


# ------------------------------------------------------------------ rows of registers, and duties about them


def _called(viewer: Viewer, asked: Mapping[str, Collection[str]]) -> dict[str, Titles]:
    """Rows and duties by the names of what their keys are made of."""
    parts = {
        kind: {subject: _parts(kind, subject) for subject in subjects} for kind, subjects in asked.items()
    }
    wanted: dict[str, set[str]] = {}
    for kind, by_subject in parts.items():
        for subject, made_of in by_subject.items():
            wanted.setdefault(kind, set()).add(subject)
            for table, part in made_of:
                wanted.setdefault("party" if is_mark(part) else table, set()).add(part)
    titles = {table: _titles(viewer, table, keys) for table, keys in wanted.items() if table in homes()}
    return {
        kind: {subject: _name(kind, subject, made_of, titles) for subject, made_of in by_subject.items()}
        for kind, by_subject in parts.items()
    }


def _parts(kind: str, subject: str) -> list[tuple[str, str]]:
    """The parts of a key, each with the table whose row it names (empty: none)."""
    parts = subject.split("/")
    if kind in _DUTIES:
        rule = rules().get(parts[0])
        about = "" if rule is None or len(parts) < 2 else rule.table  # noqa: PLR2004 - rule and object
        return [("rule", parts[0]), *((about if at == 0 else "", one) for at, one in enumerate(parts[1:]))]
    columns = [declared()[kind].columns[one] for one in declared()[kind].key]
    if len(columns) == 1:
        return [(kind, subject)]
    if len(columns) != len(parts):
        return [("", one) for one in parts]
    return [
        ("rule" if column.id == "rule" else column.ref or "", one)
        for column, one in zip(columns, parts, strict=True)
    ]


def _titles(viewer: Viewer, table: str, keys: Collection[str]) -> Titles:
    """What rows are called, as far as the viewer sees them; contracts by their clients. Colleagues and branches are known to all."""
    if table == "employee":
        return names_for(people=keys).people
    if table == "branch":
        return names_for(branches=True).branches
    rows = visible(table, viewer).filter(key__in=keys)
    if table == "contract":
        clients = dict(rows.values_list("key", "client"))
        names = _titles(viewer, "party", set(clients.values()))
        return {key: names.get(client, "") for key, client in clients.items()}
    columns = declared()[table].columns
    column = next((one for one in _TITLES if one in columns and columns[one].enum is None), None)
    return {} if column is None else dict(rows.values_list("key", column))


def _name(kind: str, subject: str, made_of: list[tuple[str, str]], titles: Mapping[str, Titles]) -> str:
    title = masked(titles.get(kind, {}).get(subject) or "")
    if title:
        return title if kind in {"party", "employee"} else f"{key_words(subject)} {title}"
    said = []
    for table, part in made_of:
        rule = rules().get(part) if table == "rule" else None
        held = titles.get("party" if is_mark(part) else table, {}).get(part)
        if table == "contract":
            said.append(f"{part} {held or ''}".strip())
        elif rule is not None:
            said.append(rule.said(lang()))
        elif part:
            said.append(masked(held or key_words(part)))
    return " ".join(said)


# ------------------------------------------------------------------ what is no row of a register


def _staff(numbers: Collection[str]) -> Titles:
    return names_for(people=numbers).people


def _accounts(logins: Collection[str]) -> Titles:
    held = dict(Account.objects.filter(login__in=logins).values_list("login", "staff_no"))
    people = _staff(set(held.values()))
    return {login: people.get(who, login) for login, who in held.items()}


def _numbered(model: Any, *columns: str) -> Callable[[Collection[str]], Titles]:
    """Things that are called by their number, by what some columns say of them."""

    def ask(subjects: Collection[str]) -> Titles:
        numbers = [int(one) for one in subjects if one.isdecimal()]
        rows = model._default_manager.filter(pk__in=numbers).values_list("pk", *columns)
        return {str(pk): masked(" ".join(map(str, said))) for pk, *said in rows}

    return ask


def _matters(subjects: Collection[str]) -> Titles:
    """Matters by their titles; what an act on many rows was for is a matter by its number (QP12)."""
    numbers = {one: _number_of_matter(one) for one in subjects}
    held = dict(
        Matter.objects.filter(pk__in=[one for one in numbers.values() if one]).values_list("pk", "title")
    )
    return {
        subject: f"QP{number} {masked(held[number][lang()])}"
        for subject, number in numbers.items()
        if number in held
    }


def _number_of_matter(subject: str) -> int:
    digits = subject.removeprefix("QP")
    return int(digits) if digits.isdecimal() else 0


def _delegations(subjects: Collection[str]) -> Titles:
    numbers = [int(one) for one in subjects if one.isdecimal()]
    held = list(Delegation.objects.filter(pk__in=numbers).values_list("pk", "giver", "taker"))
    people = _staff({one for _pk, *both in held for one in both})
    return {str(pk): f"{people.get(giver, giver)} → {people.get(taker, taker)}" for pk, giver, taker in held}


def _stand_ins(subjects: Collection[str]) -> Titles:
    numbers = [int(one) for one in subjects if one.isdecimal()]
    held = list(StandIn.objects.filter(pk__in=numbers).values_list("pk", "absent", "deputy"))
    people = _staff({one for _pk, *both in held for one in both})
    return {
        str(pk): f"{people.get(absent, absent)} → {people.get(deputy, deputy)}" for pk, absent, deputy in held
    }


def _limits(subjects: Collection[str]) -> Titles:
    """Signing limits by the titles of the matters by which they were proposed."""
    held = Matter.objects.filter(kind=LIMIT, subject__in=subjects).values_list("subject", "title")
    # the kind stands before it already
    return {subject: title[lang()].replace("：", ": ").partition(": ")[2] for subject, title in held}


def _figures(subjects: Collection[str]) -> Titles:
    return {one: word(one.rpartition("/")[2]) for one in subjects}


def _forms(subjects: Collection[str]) -> Titles:
    return {one: forms()[one].title.said(lang()) if one in forms() else word(one) for one in subjects}


_NAMED: Mapping[str, Callable[[Collection[str]], Titles]] = {
    "account": _accounts, "token": _numbered(ApiToken, "name"), "upload": _numbered(Upload, "file"), "batch": _numbered(Batch, "file"),
    "channel": _numbered(Channel, "title"), "signing_matter": _matters, "rows": _matters, "delegation": _delegations, "stand_in": _stand_ins, "figure": _figures, LIMIT: _limits,
    "form": _forms, "template": _forms, **dict.fromkeys(STAFF - {"employee"}, _staff),
}  # fmt: skip

KINDS = frozenset(
    {
        *_NAMED,
        *_DUTIES,
        "run",
        "mapping",
        "sending",
        "own_reminder",
        "answer",
        "radar",
        "overview",
        "class_due",
        "trail",
    }
)
"""Kinds of things that acts are about, besides the rows of declared tables."""


# ------------------------------------------------------------------ where it is shown


def link_of(viewer: Viewer, event: Event) -> str:
    """The address of the page that shows what an event was about; empty where there is none, or none that the viewer may open."""
    kind, subject = event.kind, event.subject
    if kind in homes() and subject == ALL:
        return "" if readable(kind, viewer) is None else reverse("register", args=[kind])
    ask = _LINKED.get(kind) or (_row if kind in homes() else None)
    return "" if ask is None or subject in {"", ALL} else ask(viewer, event)


def _row(viewer: Viewer, event: Event) -> str:
    return _row_at(viewer, event.kind, event.subject)


def _row_at(viewer: Viewer, table: str, key: str) -> str:
    found = visible(table, viewer).filter(key=key).exists()
    return reverse("row", args=[table, key]) if found else ""


def _person(viewer: Viewer, event: Event) -> str:
    return _row_at(viewer, "employee", event.subject)


def _account(viewer: Viewer, event: Event) -> str:
    account = Account.objects.filter(login=event.subject).first()
    return "" if account is None else _row_at(viewer, "employee", account.staff_no)


def _duty(viewer: Viewer, event: Event) -> str:
    held = duty_by_key(event.subject)
    found = held is not None and Duty.objects.filter(seen_duties(viewer), pk=held.pk).exists()
    return reverse("duty", args=[held.pk]) if held is not None and found else ""


def _file(viewer: Viewer, event: Event) -> str:
    way = "pk" if event.kind == "upload" else "batch"
    if not viewer.may(May.IMPORT) or not event.subject.isdecimal():
        return ""
    held = handed_in_by(viewer).filter(**{way: int(event.subject)}).first()
    return "" if held is None else reverse("import", args=[held.pk])


def _run(viewer: Viewer, event: Event) -> str:
    number = (event.after or {}).get("run")
    found = viewer.may(May.DAY) and number and DayRun.objects.filter(pk=number).exists()
    return reverse("day", args=[number]) if found else ""


def _matter(viewer: Viewer, event: Event) -> str:
    number = _number_of_matter(event.subject)
    found = Matter.objects.filter(seen_matters(viewer), pk=number).exists()
    return reverse("matter", args=[number]) if found else ""


def _figure(viewer: Viewer, event: Event) -> str:
    if viewer.may(May.FIGURES) and event.subject.count("/") == 1:
        return reverse("figure", args=event.subject.split("/"))
    return "" if viewer.rights.scope("policy") is Scope.NONE else reverse("figures")


def _limit(viewer: Viewer, event: Event) -> str:
    del event
    return "" if viewer.rights.scope("policy") is Scope.NONE else reverse("limits")


def _form(viewer: Viewer, event: Event) -> str:
    seen = viewer.rights.scope("papers") is not Scope.NONE and event.subject in forms()
    return reverse("form", args=[event.subject]) if seen else ""


def _list_for(name: str, may: May) -> Callable[[Viewer, Event], str]:
    return lambda viewer, _event: reverse(name) if viewer.may(may) else ""


_LINKED: Mapping[str, Callable[[Viewer, Event], str]] = {
    "account": _account, **dict.fromkeys(STAFF - {"employee"}, _person), "duty": _duty, "taking": _duty, "upload": _file, "batch": _file,
    "run": _run, "signing_matter": _matter, "rows": _matter, "figure": _figure, LIMIT: _limit, "form": _form, "token": _list_for("tokens", May.ACCOUNTS),
    "channel": _list_for("channels", May.ACCOUNTS), "mapping": _list_for("mappings", May.IMPORT),
}  # fmt: skip

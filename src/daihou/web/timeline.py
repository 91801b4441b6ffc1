"""What became of a thing, newest first.

Of a duty: found, moved, taken, put off, done, signed, reported up, withdrawn; each with who and what moved it. Of a contract or a client:
what was done to it, and the payments, inspections, calls, collection, compensation, warnings and duties done about it, in one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from daihou.book import ColumnType, Table, declared
from daihou.duties.models import DUE, REPORTED, WITHDRAWN, Duty, DutyChange, DutyPerson, Taking
from daihou.duties.naming import missed_before, names_for
from daihou.duties.reads import seen
from daihou.duties.reported import for_missed_periods
from daihou.papers.models import DRAFT, Paper
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.registers.kept import field_name, homes, standing
from daihou.screens.tags import act, day, hidden, key, lang, listed, word, words, yuan
from daihou.signoff.models import WITHDRAWN as TAKEN_BACK
from daihou.signoff.models import Matter, Step
from daihou.signoff.reads import other_posts
from daihou.signoff.reads import seen as seen_matters
from daihou.trail.models import Event
from daihou.units import day_of
from daihou.warnings.acts import CLOSING, DECISION, RESPONSE, REVIEW, WARNING
from daihou.warnings.reads import measures_of
from daihou.warnings.suggested import signal_of

MOST = 60
"""Entries that a page shows."""

POSTPONEMENT, DUTY, COMPLETION, RULING = "postponement", "duty", "completion", "duty_ruling"
CLOSED = frozenset({"on_time", "late", "old_done"})
FOUND, FOLLOWED = "day", "follow"
"""What the trail calls the acts that derive: a run, and what follows an act."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened, as people read it. ``at`` is empty where only the day is known; ``mark`` a badge, ``why`` what moved it; ``number`` of the event in the trail."""

    day: date
    said: str
    at: datetime | None = None
    mark: str = ""
    why: str = ""
    quiet: str = ""
    link: str = ""
    why_link: str = ""
    number: int = 0


def newest(told: Iterable[Entry]) -> list[Entry]:
    """The newest first; of one moment what the trail has later, of a day what has no hour last."""

    def order(one: Entry) -> tuple[str, str, int]:
        return one.day.isoformat(), "" if one.at is None else one.at.isoformat(), one.number

    return sorted(told, key=order)[::-1]


@dataclass(frozen=True)
class Cause:
    """What moved a duty: the act, or the run that found it; the page of it where the viewer may see it."""

    said: str
    link: str = ""


@dataclass
class History:
    """A duty's timeline while it is told: all that it is told from, and the names."""

    duty: Duty
    viewer: Viewer
    persons: Sequence[DutyPerson]
    takings: Sequence[Taking]
    completions: Sequence[Any]
    changes: Sequence[DutyChange]
    rulings: Sequence[Any]
    papers: Sequence[Paper]
    matters: Sequence[Matter]
    open_matters: Collection[int]
    events: Mapping[int, Event]
    people: Mapping[str, str]
    rows: Collection[tuple[str, str]] = field(default_factory=frozenset)
    other_posts: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def who(self, staff_no: str | None) -> str:
        """Somebody by name."""
        return self.people.get(staff_no or "", staff_no or "")

    def withdrawal(self) -> Cause | None:
        """What withdrew the duty the last time; None where it is not on record."""
        found = [one for one in self.changes if one.after == WITHDRAWN]
        return self.cause(found[-1]) if found and self.duty.withdrawn_on is not None else None

    def entries(self) -> list[Entry]:
        """All of it, newest first."""
        told = [
            self._first(), *self._moves(), *self._pool(), *self._rulings(), *self._work(), *self._signatures()
        ]  # fmt: skip
        return newest(told)[:MOST]

    def cause(self, change: DutyChange) -> Cause:
        """What a change is said to come from."""
        event = self.events.get(change.event)
        if event is None or event.act == FOUND:
            link = reverse("day", args=[change.run_id]) if self.viewer.may(May.DAY) else ""
            return Cause(_("%(day)s 的推演查出") % {"day": day(change.day)}, link)
        who = self.who(event.by)
        if event.act == FOLLOWED:
            return Cause(_("随 %(who)s 办的事") % {"who": who})
        said = {"who": who, "act": act(event.act), "table": word(event.kind), "key": key(event.subject)}
        if event.kind not in homes():
            return Cause("%(who)s %(act)s" % said)  # noqa: UP031 - told as its sentence with the row is
        shown = (event.kind, event.subject) in self.rows
        link = reverse("row", args=[event.kind, event.subject]) if shown else ""
        return Cause(
            ("%(who)s %(act)s · %(table)s %(key)s" if shown else "%(who)s %(act)s · %(table)s") % said, link
        )

    def _at(self, number: int | None) -> datetime | None:
        event = self.events.get(number or 0)
        return None if event is None else event.at

    def _first(self) -> Entry:
        run = self.duty.first_run
        if (
            run.newest_duty is not None and self.duty.pk > run.newest_duty
        ):  # its number is that of the last run before
            said = _("%(day)s 的推演以后，随登记的事得出这件任务") % {"day": day(run.day)}
            return Entry(run.day, said)
        link = reverse("day", args=[run.pk]) if self.viewer.may(May.DAY) else ""
        said = _("%(day)s 的推演第一次得出这件任务") % {"day": day(run.day)}
        return Entry(day_of(run.at), said, run.at, link=link)

    def _moves(self) -> Iterator[Entry]:
        """What runs and acts moved. A day of completion that a person entered is told as his completion."""
        entered = {one.event for one in self.completions}
        for one in self.changes:
            if one.after in CLOSED and one.event in entered:
                continue
            cause = self.cause(one)
            at = self._at(one.event)
            if one.what == REPORTED:
                yield Entry(
                    one.day, reported_words(one.after, one.day, self.duty.start, missed_before(self.duty))
                )
            else:
                on = one.day if at is None else day_of(at)
                yield Entry(
                    on,
                    move_words(one.what, one.before, one.after),
                    at,
                    why=cause.said,
                    why_link=cause.link,
                    number=one.event,
                )
        done, told = self.duty.done, any(one.after in CLOSED for one in self.changes)
        if done is not None and not told and not entered:
            yield Entry(done, _("办完了：%(after)s") % {"after": word(self.duty.state)})

    def _pool(self) -> Iterator[Entry]:
        for one in self.takings:
            said = {"who": self.who(one.employee), "head": self.who(one.by)}
            told = _("%(who)s 领取") if one.by == one.employee else _("%(head)s 分派给 %(who)s")
            yield Entry(day_of(one.at), told % said, one.at, quiet=hidden(one.reason), number=one.event)
            if one.ended_at is not None:
                yield Entry(
                    day_of(one.ended_at), _ended(one.why) % said, one.ended_at, number=one.ended_event or 0
                )

    def _rulings(self) -> Iterator[Entry]:
        for one in self.rulings:
            said = {"who": self.who(one.approved_by), "until": day(one.until), "kind": word(one.kind)}
            if one.kind == POSTPONEMENT:
                told = _("%(who)s 批准延期到 %(until)s") % said
            elif one.kind == "returned":
                told = _("%(who)s 没有同意，这件事又开着") % said
            else:
                told = _("%(who)s 批准：%(kind)s") % said
            yield Entry(
                one.approved_day, told, self._at(one.event), quiet=hidden(one.reason), number=one.event
            )

    def _work(self) -> Iterator[Entry]:
        """Forms handed in and corrected, completions entered."""
        for one in self.papers:
            mark = _("代办") if self._stands_in(one.by) else ""
            yield replace(_paper_told(one, self.people), mark=mark)
        for row in self.completions:
            told = _("%(who)s 办结，办结日 %(day)s") % {
                "who": self.who(row.completed_by),
                "day": day(row.completion_day),
            }
            mark = _("代办") if self._stands_in(row.completed_by) else ""
            quiet = " ".join(filter(None, (hidden(row.evidence), hidden(row.remark))))
            yield Entry(
                row.recorded, told, self._at(row.event), mark=mark, quiet=quiet, number=row.event or 0
            )

    def _stands_in(self, staff_no: str) -> bool:
        """Whether somebody did what is another's; of a pool that nobody took it is his whose post it is."""
        named = {who for one in self.persons for who in (one.employee, one.answerable) if who}
        had = {one.employee for one in self.takings}
        return all(one.employee for one in self.persons) and bool(named) and staff_no not in named | had

    def _signatures(self) -> Iterator[Entry]:
        return signatures(self.matters, self.open_matters, self.people, self.other_posts)


def signatures(
    matters: Iterable[Matter], openable: Collection[int], people: Mapping[str, str], other: Mapping[int, Sequence[str]]
) -> Iterator[Entry]:  # fmt: skip
    """What was put forward, signed and taken back. ``openable``: the matters that the viewer may open; ``other``: as what else who signed a step did."""

    def who(staff_no: str) -> str:
        return people.get(staff_no, staff_no)

    for matter in matters:
        link = reverse("matter", args=[matter.pk]) if matter.pk in openable else ""
        for version in matter.versions.all():
            said = {"who": who(version.by), "until": str(matter.content.get("until", ""))}
            told = _("%(who)s 呈签") if version.number == 1 else _("%(who)s 重新呈签")
            if matter.kind == POSTPONEMENT and version.number == 1:
                told = _("%(who)s 申请延期到 %(until)s")
            yield Entry(day_of(version.at), told % said, version.at, link=link, mark=word(matter.kind))
        for step in matter.steps.all():
            if step.decided_at is not None:
                yield _signed(step, step.decided_at, people, other, Entry(day_of(step.decided_at), "", link=link, mark=word(matter.kind)))  # fmt: skip
        if matter.state == TAKEN_BACK and matter.decided_at is not None:
            told = _("%(who)s 撤回呈签") % {"who": who(matter.opened_by)}
            yield Entry(day_of(matter.decided_at), told, matter.decided_at, link=link, mark=word(matter.kind))


def _signed(
    step: Step, at: datetime, people: Mapping[str, str], other: Mapping[int, Sequence[str]], entry: Entry
) -> Entry:
    """Who signed a step, as what and for whom."""
    instead = other.get(step.pk)
    also = [_("由 %(post)s 代") % {"post": words(",".join(instead))}] if instead else []
    said = {
        "who": people.get(step.signed_by, step.signed_by), "post": listed([word(step.post), *also], "，"), "decision": word(step.decision),
        "for_whom": people.get(step.for_whom, step.for_whom),
    }  # fmt: skip
    told = _("%(who)s（%(post)s）签批：%(decision)s")
    if step.for_whom:
        told = _("%(who)s 代 %(for_whom)s（%(post)s）签批：%(decision)s")
    return replace(entry, said=told % said, at=at)


def reported_words(post: str, reached: date, start: date | None, missed: str) -> str:
    """That a duty was reported to a post, and why. ``missed``: which periods before it were missed in a row, where that is known."""
    said = {"post": word(post), "missed": missed or _("前面几期连漏")}
    late = not for_missed_periods(reached, start)
    return (_("逾期没有办，上报 %(post)s") if late else _("%(missed)s，上报 %(post)s")) % said


def move_words(what: str, before: str, after: str) -> str:
    """What moved of a duty, its day or its state, as its page and its file say it."""
    said = {"before": before or "—", "after": after or "—"}
    if what == DUE:
        return _("期限由 %(before)s 改为 %(after)s") % said
    if after == WITHDRAWN:
        return _("撤回：规则不再要求办")
    said = {name: word(value) for name, value in said.items()}
    if before == WITHDRAWN:
        return _("又要办了：%(after)s") % said
    if after in CLOSED:
        return _("办完了：%(after)s") % said
    return _("由“%(before)s”变为“%(after)s”") % said


def _ended(why: str) -> str:
    return {
        "given_back": _("%(who)s 退回岗位池"),
        "moved": _("改派给别人，不再是 %(who)s 的"),
        "post_left": _("%(who)s 已不任这个岗位，任务回到岗位池"),
    }.get(why, _("任务已不归这个岗位池"))


def history_of(
    duty: Duty, viewer: Viewer, *, persons: Sequence[DutyPerson], takings: Sequence[Taking], completions: Sequence[Any],
    about: Matter | None,
) -> History:  # fmt: skip
    """What the page of a duty tells of its past. ``about``: the matter of its work, which may be that of the duty before. So many questions for any number of things."""
    changes = list(duty.changes.order_by("-pk")[:MOST])[::-1]
    rulings = _rulings_on(duty)
    papers = list(Paper.objects.exclude(state=DRAFT).filter(duty_no=duty.pk).order_by("pk")[:MOST])
    own = Q(kind__in=(DUTY, POSTPONEMENT), subject=duty.key) | Q(pk=None if about is None else about.pk)
    matters = list(Matter.objects.filter(own).order_by("pk").prefetch_related("steps", "versions")[:MOST])
    numbers = {one.event for one in (*changes, *rulings, *completions)}
    events = {one.number: one for one in Event.objects.filter(number__in=numbers)}
    people = {
        *(one.by for one in events.values()), *(one.by for one in papers), *(one.approved_by for one in rulings),
        *(one.completed_by for one in completions), *(who for one in takings for who in (one.employee, one.by)),
        *(who for one in matters for step in one.steps.all() for who in (step.signed_by, step.for_whom)),
        *(version.by for one in matters for version in one.versions.all()), *(one.opened_by for one in matters),
    }  # fmt: skip
    open_ones = Matter.objects.filter(seen_matters(viewer), pk__in=[one.pk for one in matters])
    return History(
        duty, viewer, persons, takings, completions, changes, rulings, papers, matters,
        frozenset(open_ones.values_list("pk", flat=True)) if matters else frozenset(), events,
        names_for(people=people).people, _rows_seen(viewer, events.values()), other_posts(step for one in matters for step in one.steps.all()),
    )  # fmt: skip


def _rulings_on(duty: Duty) -> list[Any]:
    """Every ruling that there ever was on a duty: one that was voided since (the work was put forward again) was given all the same; of one that was corrected the last word."""
    every: Any = homes()[RULING]._default_manager
    rows = every.filter(duty=duty.key).order_by("approved_day", "pk")
    last = {one.key: one for one in rows}
    return [one for one in rows if one.voided is None or last[one.key].pk == one.pk]


def _rows_seen(viewer: Viewer, events: Iterable[Event]) -> frozenset[tuple[str, str]]:
    """Of the rows that acts wrote those that the viewer may see; a question for each table."""
    keys: dict[str, set[str]] = {}
    for one in events:
        model = homes().get(one.kind)
        if model is not None and viewer.rights.scope_of(model.table) is not Scope.NONE:
            keys.setdefault(one.kind, set()).add(one.subject)
    return frozenset(
        (name, found)
        for name, wanted in keys.items()
        for found in visible(name, viewer).filter(key__in=wanted).values_list("key", flat=True)
    )


# ------------------------------------------------------------------ a contract, a client

NEWEST = 30
"""Entries of such a timeline, and of each kind of rows that are looked at for it."""


@dataclass(frozen=True)
class Kind:
    """A register whose rows a timeline tells by their business day: the columns that say what it was, and the one of who did it."""

    table: str
    says: tuple[str, ...]
    who: str = ""


KINDS = (
    Kind("repayment", ("amount",)),
    Kind("inspection", ("kind", "result"), "inspected_by"),
    Kind("contact", ("mode", "matter", "result"), "handled_by"),
    Kind("call_back", ("kind",), "first_visitor"),
    Kind("notice", ("kind",)),
    Kind("collection_action", ("kind",), "handled_by"),
    Kind("breach", ("kind",)),
    Kind("compensation_demand", ("amount",)),
    Kind("compensation", ("principal",)),
    Kind("litigation", ("party_role", "disputed_amount")),
    Kind("event", ("kind",)),
)
"""What a timeline tells besides acts on the row, warnings and duties done."""


def of_row(
    viewer: Viewer,
    table: str,
    key: str,
    told: Sequence[tuple[Event, int | None, str]],
    people: Mapping[str, str],
) -> list[Entry] | None:
    """What happened with a contract or a client, as far as the viewer sees each kind; None of other things. ``told``: what was done to its row, with the matters that did it and the columns that it moved."""
    if table not in {"contract", "party"}:
        return None
    entries = [
        *_acts_on(told, people),
        *_rows_about(viewer, table, key),
        *_warnings(viewer, table, key),
        *_duties_done(viewer, table, key),
    ]
    return newest(entries)[:NEWEST]


def _acts_on(told: Sequence[tuple[Event, int | None, str]], people: Mapping[str, str]) -> Iterator[Entry]:
    for event, matter, moved in told:
        link = "" if matter is None else reverse("matter", args=[matter])
        yield Entry(
            day_of(event.at), f"{people.get(event.by, event.by)} {act(event.act)} {moved}".strip(), event.at, quiet=hidden(event.reason),
            why="" if matter is None else event.subject, why_link=link, number=event.number,
        )  # fmt: skip


def _naming(table: Table, about: str, key: str) -> Q | None:
    """Rows of a table about a contract, or about a client or one of his contracts; None where it names neither."""
    columns = [one for one in table.columns.values() if one.ref in {"contract", about}]
    if not columns:
        return None
    found = Q()
    for one in columns:
        if one.ref == about:
            found |= Q(**{field_name(one.id): key})
        elif about == "party":
            own = standing(homes()["contract"]).filter(client=key).values("key")
            found |= Q(**{f"{field_name(one.id)}__in": own})
    return found or None


def _newest_about(viewer: Viewer, name: str, about: str, key: str) -> list[Any]:
    """The newest rows of a table about a thing, by their business day, as far as the viewer sees them."""
    table = declared()[name]
    bound = _naming(table, about, key)
    if bound is None or table.date is None:
        return []
    order = (f"-{field_name(table.date)}", "-key")
    return list(visible(name, viewer).filter(bound).order_by(*order)[:NEWEST])


def _rows_about(viewer: Viewer, about: str, key: str) -> list[Entry]:
    """What the registers hold about a thing; the names of all who did it in one question."""
    rows = [(kind, row) for kind in KINDS for row in _newest_about(viewer, kind.table, about, key)]
    doers = {getattr(row, field_name(kind.who)) for kind, row in rows if kind.who}
    people = names_for(people=[one for one in doers if one]).people
    told = []
    for kind, row in rows:
        table = declared()[kind.table]
        said = [word(kind.table)]
        for name in kind.says:
            value = getattr(row, field_name(name))
            if value is not None:
                money = table.columns[name].type is ColumnType.FEN
                said.append(_("%(amount)s 元") % {"amount": yuan(value)} if money else word(value))
        who = getattr(row, field_name(kind.who)) if kind.who else None
        link = reverse("row", args=[kind.table, row.key])
        on = getattr(row, field_name(table.date or ""))
        told.append(Entry(on, " · ".join(said), link=link, quiet=people.get(who or "", "")))
    return told


def _warnings(viewer: Viewer, about: str, key: str) -> Iterator[Entry]:
    for row in _newest_about(viewer, "warning", about, key):
        said = f"{word('warning')} · {signal_of(row.rule).name}"
        closed = "" if row.closed_day is None else _("%(day)s 关闭") % {"day": day(row.closed_day)}
        link = reverse("warning", args=[row.key])
        yield Entry(row.raised_day, said, mark=word(row.level), link=link, quiet=closed)


def _duties_done(viewer: Viewer, about: str, key: str) -> Iterator[Entry]:
    rows = Duty.objects.filter(seen(viewer), **{about: key}, done__isnull=False, withdrawn_on__isnull=True)
    for one in rows.order_by("-done", "-pk")[:NEWEST]:
        rule = rules().get(one.rule)
        name = one.rule if rule is None else rule.said(lang())
        if one.done is not None:
            yield Entry(one.done, name, mark=word(one.state), link=reverse("duty", args=[one.pk]))


# ------------------------------------------------------------------ a warning


def of_warning(
    viewer: Viewer, row: Any, told: Sequence[tuple[Event, int | None, str]], people: Mapping[str, str]
) -> list[Entry]:
    """What became of a warning: raised, its forms, its measures and what came of them, who signed; forms and signatures as far as the viewer sees their duty and their matter. ``told``: what was done to its row."""
    measures = measures_of(row.key)
    about = Matter.objects.filter(subject=row.key, kind__in=(CLOSING, REVIEW, DECISION))
    matters = list(about.filter(pk__in=Matter.objects.filter(seen_matters(viewer)).values("pk")).order_by("pk").prefetch_related("steps", "versions")[:MOST])  # fmt: skip
    mine = Q(table=WARNING, object=row.key) | Q(table=RESPONSE, object__in=[one.key for one in measures])
    duties = Duty.objects.filter(mine & seen(viewer)).values("pk")
    papers = list(Paper.objects.exclude(state=DRAFT).filter(duty_no__in=duties).order_by("pk")[:MOST])
    steps = [step for one in matters for step in one.steps.all()]
    wanted = {
        *(who for one in measures for who in (one.decided_by, one.responsible_person)), *(one.by for one in papers),
        *(who for step in steps for who in (step.signed_by, step.for_whom)), *(one.opened_by for one in matters),
        *(version.by for one in matters for version in one.versions.all()),
    } - {None, ""}  # fmt: skip
    names = {**people, **names_for(people=wanted).people}
    entries = [
        *([] if row.raised_by else [Entry(row.raised_day, _("推演报出这条预警"))]),
        # that a run raised it is told above, in words
        *_acts_on([one for one in told if one[0].act != FOUND or one[2]], names),
        *(one for measure in measures for one in _of_measure(measure, names)),
        *(_paper_told(one, names) for one in papers),
        *signatures(matters, {one.pk for one in matters}, names, other_posts(steps)),
    ]
    return newest(entries)[:MOST]


def _of_measure(row: Any, names: Mapping[str, str]) -> Iterator[Entry]:
    """That a measure was decided, for whom and until when; what came of it."""
    said = {"who": names.get(row.decided_by or "", row.decided_by or ""), "measure": word(row.measure)}
    whom = names.get(row.responsible_person or "", row.responsible_person or "")
    quiet = [
        _("%(who)s 办") % {"who": whom} if whom else "",
        _("%(day)s 前") % {"day": day(row.deadline)} if row.deadline else "",
    ]
    yield Entry(
        row.decided_day, _("%(who)s 定措施：%(measure)s") % said, quiet=listed(filter(None, quiet), "，")
    )
    if row.completed_day is not None:
        yield Entry(row.completed_day, _("措施办好：%(measure)s") % said, quiet=hidden(row.outcome or ""))


def _paper_told(paper: Paper, names: Mapping[str, str]) -> Entry:
    """That a form was handed in or corrected."""
    said = {
        "who": names.get(paper.by, paper.by),
        "form": word(paper.form),
        "number": paper.number,
        "n": paper.edition,
    }
    told = _("%(who)s 交《%(form)s》%(number)s") if paper.edition == 1 else _("%(who)s 更正《%(form)s》%(number)s，第 %(n)s 版")  # fmt: skip
    to = reverse("paper", args=[paper.pk])
    return Entry(day_of(paper.at), told % said, paper.at, quiet=hidden(paper.reason), link=to)

"""The list of duties: all that a viewer may see, looked for by kind, object, deadline and person; sorted, paged, done in groups, taken as Excel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import masked
from daihou.duties.finding import (
    CHANGE,
    MINE,
    NEAR,
    NOBODY,
    PAST,
    SOON,
    STANDS,
    TODAY,
    TOLD,
    WITHDRAWN,
    Kind,
    Sought,
    branches_offered,
    colleague,
    counted,
    dated,
    found,
    kinds_of,
    ordered,
    people_offered,
    some,
    unseen,
)
from daihou.duties.handover import may_hand_over
from daihou.duties.leftovers import closable_by
from daihou.duties.models import (
    DUE,
    LEFTOVER,
    OLD_DONE,
    REPORTED,
    TO_DO,
    WAITING,
    DayRun,
    Duty,
    DutyChange,
    DutyPerson,
)
from daihou.duties.naming import Names, names_for
from daihou.duties.punctuality import LATE, ON_TIME
from daihou.duties.reads import doable
from daihou.duties.run_moves import CLOSED, MOVED, MOVES, NEW, changes_by_duty
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May
from daihou.policy.books import go_live_of_company
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.registers.lines import parts
from daihou.registers.sealing import seals
from daihou.screens.lists import EXPORT_ROWS, Counted, sheet
from daihou.screens.narrowing import DAY, LONGEST, bounds_of
from daihou.screens.tags import lang, listed, word
from daihou.trail.acts import record
from daihou.web.desk import Line, lines, said_people
from daihou.web.gate import Request

PERIOD = "period"
"""A column of the workbook alone: on the page it stands beside the name."""
MOST_PEOPLE = 200
"""Colleagues in a list of choices; of more one is typed."""
PART = 2_000
"""Rows of a workbook whose names are looked up at once."""


@dataclass(frozen=True)
class Row:
    """A duty as the list shows it. ``contract`` and ``party`` are keys where the viewer may open the row; ``ticked``: can be done or taken with others.

    ``closes``: was left over at go-live, and the viewer may close it. ``change``: what a run moved.
    """

    line: Line
    waits: bool
    state: str
    done: date | None
    object: str
    client: str
    branch: str
    people: str
    posts: str
    contract: str
    party: str
    ticked: bool
    closes: bool
    change: str = ""

    def cell(self, column: str) -> str | date | None:
        """What it says under a heading, as the workbook holds it."""
        said: dict[str, str | date | None] = {
            "due": self.line.due, "rule": self.line.name, "object": self.object, "client": self.client, "person": self.people,
            "post": self.posts, "branch": self.branch, "state": word(self.state), "done": self.done, "article": self.line.article,
            CHANGE: self.change, PERIOD: self.line.period,
        }  # fmt: skip
        return said[column]


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


ENDED = frozenset({"done", ON_TIME, LATE, OLD_DONE, "judged", "all", WITHDRAWN})
"""Of duties that stand so some are done, and it is told when."""


def headings(sought: Sought) -> Mapping[str, str]:
    """The columns by what they are sorted by, and what they are called."""
    said = {
        "due": _("期限"), "rule": _("任务"), "object": _("对象"), "client": _("客户"), "person": _("责任人"), "post": _("岗位"), "branch": _("机构"),
        "state": _("状态"), "done": _("办结日"), "article": _("依据"), CHANGE: _("变动"),
    }  # fmt: skip
    left = {"done"} if sought.run is None and sought.stands not in ENDED else set[str]()
    # what moved takes the room of the article, which the page of each duty tells
    left.add("article" if sought.run is not None and sought.moved != NEW else CHANGE)
    return {name: title for name, title in said.items() if name not in left}


def stands_words(sought: Sought) -> Mapping[str, str]:
    """How duties stand, as one chooses among it."""
    said = {
        "": _("要办的（待办、逾期）") if sought.run is None else _("不论状态，撤回的也算"), "done": _("已办的（按期、迟办）"), "undone": _("过期没办的（逾期、漏办）"), "judged": _("应办的（已办、过期没办）"),
        "all": _("不论状态"),
    }  # fmt: skip
    return {one: said.get(one) or word(one) for one in STANDS}


def near_words() -> Mapping[str, str]:
    """The quick choices of the deadline."""
    return {"": _("全部"), PAST: _("逾期"), TODAY: _("今天到期"), SOON: _("七天内到期")}


def moved_words(kind: str) -> str:
    """What a run did to duties, as its page calls it."""
    said = {
        NEW: _("新增"), MOVED: _("期限或状态变了"), CLOSED: _("办结"), WITHDRAWN: _("撤回"), REPORTED: _("上报"), "": _("新增和变动"),
    }  # fmt: skip
    return said[kind]


@require_safe
def duties(request: Request) -> HttpResponse:
    """The duties that a viewer looks for among those that he may see."""
    viewer: Viewer = request.viewer
    today: date = request.today
    (sought, typed), order = sought_of(request), request.GET.get("order", "")
    rows = Duty.objects.none() if typed.faults else found(viewer, sought, today)
    in_order = ordered(rows, order)
    if request.GET.get("as") == "xlsx" and not typed.faults:
        return _workbook(request, in_order[:EXPORT_ROWS], sought)
    kinds = [] if typed.faults else kinds_of(viewer, sought, today)
    counts = counted(kinds, sought)
    page = Counted(in_order, counts[sought.near]).get_page(request.GET.get("page"))
    begin = max(0, page.start_index() - 1)
    left = _left_over(viewer, rows, sought)
    shown = rows_of(
        viewer,
        some(rows, order, begin, page.end_index(), dated(kinds, sought), sought),
        sought,
        closes=bool(left),
    )
    staff, many = _people(viewer)
    person = "" if sought.person in {MINE, NOBODY, TOLD} else sought.person
    branches = branches_offered(viewer).order_by("key")
    context = {
        "rows": shown, "page": page, "total": counts[sought.near], "sought": sought, "order": order, "headings": headings(sought),
        "near": [(name, said, counts[name]) for name, said in near_words().items()], "stands": stands_words(sought),
        "kinds": _kinds(kinds, sought.rule), "mine": MINE, "nobody": NOBODY, "reported": TOLD, "asked": bool(_said(sought)) or typed.used, "typed": typed,
        "people": _choices(staff, "full_name", person, met=bool(shown)), "many": many, "branches": _choices(branches, "title", sought.branch, met=bool(shown)),
        "group": any(row.line.closable for row in shown if row.ticked), "takeable": any(row.line.pool for row in shown if row.ticked),
        "folded": bool(sought.branch) or typed.used, "moved": moved_words(sought.moved), "about_run": sought.run,
        "about": _about(viewer, sought), "unseen": unseen_of(viewer, sought), **left, "closeable": any(row.closes for row in shown),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if typed.faults else HTTPStatus.OK
    return render(request, "web/duties.html", context, status=status)


def unseen_of(viewer: Viewer, sought: Sought) -> int:
    """How many duties of a colleague a viewer does not see; told to whoever may hand over his work, for that page counts them too."""
    return unseen(viewer, sought) if sought.person and may_hand_over(viewer, sought.person) else 0


def _people(viewer: Viewer) -> tuple[QuerySet[Any], bool]:
    """The colleagues that a list of choices holds, and whether they are too many for one: a name is typed then."""
    staff = people_offered(viewer).order_by("branch", "key")
    many = len(staff.order_by()[: MOST_PEOPLE + 1].values_list("pk")) > MOST_PEOPLE
    return (staff.none() if many else staff), many


def _about(viewer: Viewer, sought: Sought) -> list[tuple[str, str, str]]:
    """The contract and the client that the duties must be about, by name where the viewer sees them."""
    asked = [(table, key) for table, key in (("contract", sought.contract), ("party", sought.party)) if key]
    names = names_for(parties=_opened(viewer, "party", {sought.party}))
    return [(table, key, names.parties.get(key, key)) for table, key in asked]


# ------------------------------------------------------------------ what is asked


@dataclass(frozen=True)
class Typed:
    """The bounds of the deadline and a colleague as they were typed, and what is wrong with them, by ``from``, ``to`` and ``who``."""

    low: str
    high: str
    who: str
    faults: Mapping[str, str]

    @property
    def used(self) -> bool:
        """Whether a bound is asked for."""
        return bool(self.low or self.high)


def _left_over(viewer: Viewer, rows: QuerySet[Duty], sought: Sought) -> dict[str, Any]:
    """Of what was left over at go-live, where it is looked for: since when the company works here, how many of them the viewer may close and where."""
    if sought.stands != LEFTOVER:
        return {}
    number = rows.filter(pk__in=closable_by(viewer).values("pk")).count()
    return {
        "go_live": go_live_of_company(), "closing": number, "closing_asked": urlencode({**_said(sought), "all": "1"}),
    }  # fmt: skip


def sought_of(request: Request) -> tuple[Sought, Typed]:
    """What stands in the address; what is unknown is not asked, and a day that cannot be read is told."""
    said = request.GET
    low, high = (said.get(name, "").strip()[:LONGEST] for name in ("from", "until"))
    read, faults = bounds_of(DAY, low, high)
    who = said.get("who", "").strip()[:LONGEST]
    person = colleague(request.viewer, who) if who else said.get("person", "")
    if person is None:
        person, faults = "", {**faults, "who": _("没有这位同事，或者有几位同名：请从提示里选，或写工号。")}
    else:
        who = ""
    run = _run(request.viewer, said.get("run", ""))
    sought = Sought(
        stands=_among(said.get("state", ""), STANDS), near=_among(said.get("near", ""), NEAR), rule=said.get("rule", ""),
        person=person, post=said.get("post", ""), first=said.get("first") == "1", branch=said.get("branch", ""),
        contract=said.get("contract", ""), party=said.get("party", ""), words=said.get("q", ""), since=read.get("from"), until=read.get("to"), run=run,
        moved="" if run is None else _among(said.get("moved", ""), MOVES),
    )  # fmt: skip
    return sought, Typed(low, high, who, faults)


def _run(viewer: Viewer, said: str) -> DayRun | None:
    """The run whose number the address says, for who reads runs."""
    if not (said.isascii() and said.isdecimal() and len(said) < LONGEST and viewer.may(May.DAY)):
        return None
    return DayRun.objects.filter(pk=int(said)).first()


def _among(said: str, known: Sequence[str]) -> str:
    return said if said in known else ""


def _said(sought: Sought) -> dict[str, str]:
    """What is looked for as the address says it; what is not asked is left out."""
    said = {
        "state": sought.stands, "near": sought.near, "rule": sought.rule, "person": sought.person, "post": sought.post,
        "first": "1" if sought.first else "", "branch": sought.branch, "contract": sought.contract, "party": sought.party, "q": sought.words.strip(),
        "from": _text(sought.since), "until": _text(sought.until), "run": "" if sought.run is None else str(sought.run.pk),
        "moved": sought.moved,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _kinds(kinds: Sequence[Kind], chosen: str) -> list[tuple[str, str, int]]:
    """The kinds to choose among by their names; the one chosen stands there though there is none of it."""
    numbers = {one.rule: one.number for one in kinds}
    if chosen:
        numbers.setdefault(chosen, 0)
    told = [(one, _name(one), number) for one, number in numbers.items()]
    return sorted(told, key=lambda one: one[1])


def _name(rule: str) -> str:
    known = rules().get(rule)
    return rule if known is None else known.said(lang())


def _choices(offered: QuerySet[Any], name: str, chosen: str, *, met: bool) -> list[tuple[str, str]]:
    """What can be chosen, and what the address asks for besides: by its name only where the viewer sees a duty of it."""
    told = list(offered.values_list("key", name))
    if not chosen or chosen in dict(told):
        return told
    others = (
        standing(homes()[offered.model.table.id]).filter(key=chosen).values_list("key", name) if met else []
    )
    return [*told, *others] if others else [*told, (chosen, chosen)]


# ------------------------------------------------------------------ the rows


def rows_of(viewer: Viewer, shown: Sequence[Duty], sought: Sought, *, closes: bool = False) -> list[Row]:
    """Duties as the list shows them: as many questions for many as for few. ``closes``: whether it is asked which of them the viewer may close."""
    changes = {} if sought.run is None else changes_by_duty(sought.run, sought.moved, shown)
    persons: dict[int, list[DutyPerson]] = {}
    for one in DutyPerson.objects.filter(duty__in=[duty.pk for duty in shown]).order_by("ordinal", "pk"):
        persons.setdefault(one.duty_id, []).append(one)
    names = names_for(
        parties=[one.party for one in shown], contracts=[one.contract for one in shown], branches=True,
        people=[one.employee for of_one in persons.values() for one in of_one],
    )  # fmt: skip
    opened = {
        "contract": _opened(viewer, "contract", {one.contract for one in shown}),
        "party": _opened(viewer, "party", {_client(one, names) for one in shown}),
    }
    own = set(
        Duty.objects.filter(doable(viewer), pk__in=[one.pk for one in shown]).values_list("pk", flat=True)
    )
    may = (
        set(closable_by(viewer).filter(pk__in=[one.pk for one in shown]).values_list("pk", flat=True))
        if closes
        else set[int]()
    )
    told = zip(shown, lines(shown), strict=True)
    return [
        replace(
            _row(duty, line, persons.get(duty.pk, []), names, opened, own=duty.pk in own, closes=duty.pk in may),
            change=listed(map(_moved, changes.get(duty.pk, ())), "；"),
        )
        for duty, line in told
    ]  # fmt: skip


def _opened(viewer: Viewer, table: str, keys: Iterable[str | None]) -> set[str]:
    """Those rows of a register that the viewer may open."""
    return set(
        visible(table, viewer).filter(key__in=[one for one in keys if one]).values_list("key", flat=True)
    )


def _client(duty: Duty, names: Names) -> str:
    return duty.party or names.clients.get(duty.contract or "", "")


def _row(
    duty: Duty, line: Line, persons: Sequence[DutyPerson], names: Names, opened: Mapping[str, set[str]], *, own: bool, closes: bool,
) -> Row:  # fmt: skip
    party = _client(duty, names)
    client = names.parties.get(party, "")
    about = line.object.removesuffix(client).strip()  # the client has a column of his own
    if duty.contract and duty.contract not in about:
        about = f"{about} {duty.contract}".strip()
    return Row(
        line=line, waits=duty.state in {"not_yet", *WAITING} and duty.withdrawn_on is None, state=duty.state if duty.withdrawn_on is None else WITHDRAWN,
        done=duty.done, object=about, client=client, branch=names.branches.get(duty.branch or "", ""), people=said_people(persons, names),
        posts=listed(dict.fromkeys(word(one.post) for one in persons if one.post)),
        contract=duty.contract if duty.contract in opened["contract"] else "", party=party if party in opened["party"] else "",
        ticked=own and duty.withdrawn_on is None and (line.closable or (line.pool and duty.state in TO_DO)),
        closes=closes,
    )  # fmt: skip


def _moved(change: DutyChange) -> str:
    """What a run moved of a duty: what it was and what it became."""
    if change.what == REPORTED:
        return _("上报 %(post)s（%(day)s）") % {"post": word(change.after), "day": _text(change.day)}
    if change.what == DUE:
        return _("期限 %(before)s → %(after)s") % {
            "before": change.before or "—",
            "after": change.after or "—",
        }
    return f"{word(change.before)} → {word(change.after)}"


# ------------------------------------------------------------------ as Excel


def _workbook(request: Request, rows: QuerySet[Duty], sought: Sought) -> HttpResponse:
    """The list as it was asked for, all pages of it; that it was taken is on record."""
    viewer: Viewer = request.viewer
    columns = {**headings(sought), PERIOD: _("所属期")}
    cells = [
        [row.cell(one) for one in columns]
        for part in parts(rows.iterator(chunk_size=PART), PART)
        for row in rows_of(viewer, part, sought)
    ]
    about = " ".join(f"{name}={value}" for name, value in _said(sought).items())
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="duty", subject="*",
            after={"rows": len(cells), "asked": seals().marked(about)},
        )  # fmt: skip
    return sheet(
        _("任务"),
        list(columns.values()),
        cells,
        about=masked(about),
        by=viewer.name,
        day=request.today,
    )

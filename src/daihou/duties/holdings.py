"""What somebody holds: rows of the registers that name him as the one who is responsible, and the open duties that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from daihou.duties.models import LIVE, Duty, DutyPerson
from daihou.ledger.acts import RowRefusedError
from daihou.people.reads import OWNERS, branches_below
from daihou.people.rights import Scope, rights_by_post
from daihou.policy.rules import rules
from daihou.registers.kept import Kept, field_name, homes, standing
from daihou.registers.lines import portions
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import nodes

ENDED = ("released", "compensated_release", "settled", "withdrawn_contract")
"""States of a contract of which nothing has to be done any more, unless a duty of it is open."""


@dataclass(frozen=True)
class Item:
    """A row that names somebody as the one who is responsible, and by which columns."""

    table: str
    key: str
    columns: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """The item as JSON keeps it."""
        return {"table": self.table, "key": self.key, "columns": list(self.columns)}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Item:
        """An item as JSON kept it."""
        return cls(said["table"], said["key"], tuple(said["columns"]))


@dataclass(frozen=True)
class Holding:
    """One table of which rows are held: by which columns, and which rows still count."""

    table: str
    columns: tuple[str, ...]

    def rows(self, who: Collection[str]) -> QuerySet[Any]:
        """The rows that name one of some people and of which something is still to be done."""
        named = Q()
        for column in self.columns:
            named |= Q(**{f"{column}__in": who})
        rows: QuerySet[Any] = _COUNTING[self.table](standing(homes()[self.table]).filter(named))
        return rows.order_by("key")

    def items(self, who: str) -> list[Item]:
        """The rows that name somebody, each with the columns by which."""
        found = self.rows([who]).values("key", *self.columns)
        return [
            Item(self.table, row["key"], tuple(one for one in self.columns if row[one] == who))
            for row in found
        ]


def _open_contracts(rows: QuerySet[Any]) -> QuerySet[Any]:
    waiting = Duty.objects.filter(contract=OuterRef("key"), state__in=LIVE, withdrawn_on__isnull=True)
    return rows.filter(~Q(status__in=ENDED) | Q(Exists(waiting)))


def _undone(table: str, column: str) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    """Rows on which a day is empty, and those that are over but of which a duty is still open (a client off the list whose last month nobody looked at)."""

    def counting(rows: QuerySet[Any]) -> QuerySet[Any]:
        waiting = Duty.objects.filter(
            table=table, object=OuterRef("key"), state__in=LIVE, withdrawn_on__isnull=True
        )
        return rows.filter(Q(**{f"{column}__isnull": True}) | Q(Exists(waiting)))

    return counting


_COUNTING: Mapping[str, Any] = {
    "contract": _open_contracts,
    "party": lambda rows: rows,
    "employee": lambda rows: rows.filter(left_day__isnull=True),
    "errand": lambda rows: rows.filter(completed_day__isnull=True),
    "watch_listing": _undone("watch_listing", "delisted_day"),
    "mitigation": _undone("mitigation", "completed_day"),
    "response": _undone("response", "completed_day"),
    "notice_reading": _undone("notice_reading", "read_day"),
    "call_back": lambda rows: rows.filter(filed_day__isnull=True),
    "archive_loan": lambda rows: rows.filter(given_back_day__isnull=True),
}

HOLDINGS = (
    Holding("contract", OWNERS),
    Holding("party", ("caretaker",)),
    Holding("errand", ("employee",)),
    Holding("watch_listing", ("responsible_person",)),
    Holding("mitigation", ("executor",)),
    Holding("response", ("responsible_person",)),
    Holding("notice_reading", ("employee",)),
    Holding("employee", ("superior",)),
)
"""What is moved: contracts and clients in one's charge, errands, watch-listings, plans and measures not done, notices not read, who reports to one."""

STAYING = (Holding("call_back", ("first_visitor",)),)
"""What nobody else can do, for it tells of what he did himself: while it is open he does not leave."""


TAKEN_OUT = (Holding("archive_loan", ("borrowed_by",)),)
"""What he has to bring back before he leaves, whatever the rules in force ask: files of the archive."""


def held_by(who: str) -> list[Item]:
    """All that somebody holds and another can take: one query for each table."""
    return [item for holding in HOLDINGS for item in holding.items(who)]


def kept_by(who: str) -> list[Item]:
    """What he has to finish himself: of that which the rules in force ask for, and what he took out and has not brought back."""
    asked = {(table, name) for rule in rules().values() for table, _path, name in _named(rule)}
    staying = [one for one in STAYING if {(one.table, name) for name in one.columns} & asked]
    return [item for holding in (*staying, *TAKEN_OUT) for item in holding.items(who)]


def open_duties(who: str) -> QuerySet[Duty]:
    """The duties that wait for somebody by name, and those to come that are known; earliest first. What he took out of a pool goes back into it."""
    named = DutyPerson.objects.filter(duty=OuterRef("pk"), employee=who, pool=False)
    waiting = Duty.objects.filter(Exists(named), state__in=LIVE, withdrawn_on__isnull=True)
    return waiting.order_by(F("due").asc(nulls_last=True), "rule", "object", "pk")


# ------------------------------------------------------------------ which duties go with which rows


Way = tuple[str, tuple[str, ...], str]


def _named(rule: object) -> Iterator[Way]:
    """The columns by which a rule names who does its duties: table, the way of references to it, column."""
    if not isinstance(rule, DutyRule):
        return
    said = rule.responsible.latest
    for person in (*said.persons, said.starter):
        if person is not None and isinstance(person.column, nodes.Column):
            yield person.column.table, person.column.path, person.column.name


def with_items(duties: Sequence[Duty], items: Iterable[Item]) -> list[tuple[Duty, tuple[str, str] | None]]:
    """Duties each with the row of a list (table, key) by which it falls to him who holds the row; None: it does not follow from any.

    The questions grow with the ways of the rules, not with the duties.
    """
    held = {(item.table, item.key): item.columns for item in items}
    ways = {name: tuple(_named(rule)) for name, rule in rules().items()}
    wanted: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for duty in duties:
        for table, path, _column in ways.get(duty.rule, ()):
            if path and table not in _LED_TO:
                wanted.setdefault((duty.table, path), set()).add(duty.object)
    ends = {way: _ends(way[0], way[1], sorted(keys)) for way, keys in wanted.items()}

    def row(duty: Duty) -> tuple[str, str] | None:
        for table, path, column in ways.get(duty.rule, ()):
            at = (table, _end(duty, table, path, ends))
            if column in held.get(at, ()):
                return at
        return None

    return [(duty, row(duty)) for duty in duties]


_LED_TO = ("contract", "party")
"""Tables of which a duty says itself to which row it leads."""


def _end(duty: Duty, table: str, path: tuple[str, ...], ends: Mapping[Any, Mapping[str, str]]) -> str:
    if not path:
        return duty.object
    if table in _LED_TO:
        return str(getattr(duty, table) or "")
    return ends[duty.table, path].get(duty.object, "")


def _ends(table: str, path: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """Of each row the key of the one at the end of a way of references; a question for each step of many rows."""
    at = {key: key for key in keys}
    for step in path:
        there: dict[str, str] = {}
        for some in portions(sorted(set(at.values()))) if table in homes() else ():
            rows = standing(homes()[table]).filter(key__in=some)
            there |= dict(rows.exclude(**{field_name(step): None}).values_list("key", field_name(step)))
        table = str(homes()[table].table.columns[step].ref) if table in homes() else ""
        at = {key: there[end] for key, end in at.items() if end in there}
    return at


# ------------------------------------------------------------------ who may take it


_OF_CLIENTS = frozenset({"contract", "party", "watch_listing", "mitigation", "response"})
"""What only a post that has clients of its own takes over."""


def posts_for(giver: str) -> tuple[str, ...]:
    """The posts of which a taker of clients and contracts must hold one: those the giver holds or held that have clients of their own."""
    return tuple(sorted(_with_clients({post for post, _branch in _places_of(giver)})))


def _places_of(who: str) -> frozenset[tuple[str, str]]:
    """The posts that somebody holds or ever held, with their branches: who has left or moved already still hands over."""
    rows = standing(homes()["assignment"]).filter(employee=who)
    return frozenset(rows.values_list("post", "branch"))


def _with_clients(held: Collection[str]) -> set[str]:
    rights = rights_by_post()
    own = {post for post, said in rights.items() if said.scope("loans") is Scope.OWN}
    return (set(held) & own) or own


def cannot_take(giver: str, taken_at: Collection[tuple[str, str]], items: Iterable[Item]) -> list[Item]:
    """The items that a taker, who holds some posts at some branches, cannot take over: another post, or no branch that fits.

    What is about clients takes a post that has clients, of the giver's or the one that the column is called by; all else any of the
    giver's posts. It fits at the branch of the contract or above it, or at a branch of the giver's; what names no branch is where the
    giver is. Questions grow with the posts, not with the items.
    """
    items, places = list(items), _places_of(giver)
    held, at = {post for post, _branch in places}, {branch for _post, branch in places}
    keys = [item.key for item in items if item.table == "contract"]
    branches: dict[str, str] = {}
    for some in portions(keys):
        rows = standing(homes()["contract"]).filter(key__in=some)
        branches |= dict(rows.values_list("key", "branch"))
    below = {branch: branches_below(frozenset({branch})) | {branch} for _post, branch in taken_at}

    def fits(item: Item, column: str) -> bool:
        wanted = {column} | (_with_clients(held) if item.table in _OF_CLIENTS else held)
        here = {branches[item.key]} if item.table == "contract" else at
        return any(
            post in wanted and (branch in at or not here or here & below[branch]) for post, branch in taken_at
        )

    return [item for item in items if not all(fits(item, column) for column in item.columns)]


# ------------------------------------------------------------------ nobody leaves with open work in his hands


def refuse_leaving(pairs: Sequence[tuple[Kept, Mapping[str, Any]]]) -> None:
    """Refuse to write that somebody has left while rows still name him: RowRefusedError tells of whom and how many."""
    leaving = [
        held.key for held, said in pairs if said["left_day"] is not None and getattr(held, "left_day", None) is None
    ]  # fmt: skip
    if not leaving:
        return
    for holding in (*HOLDINGS, *STAYING, *TAKEN_OUT):
        row = holding.rows(leaving).first()
        if row is not None:
            who = next(who for column in holding.columns if (who := getattr(row, column)) in leaving)
            still = [*held_by(who), *kept_by(who)]
            if still:
                raise RowRefusedError("work-held", who, told=told(still))


def told(items: Iterable[Item]) -> str:
    """Holdings in words: how many of each kind."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.table] = counts.get(item.table, 0) + 1
    words = {
        "contract": _("合同 %(n)s 份"), "party": _("客户 %(n)s 户"), "errand": _("交办 %(n)s 件"), "employee": _("下属 %(n)s 人"),
        "watch_listing": _("关注名单 %(n)s 户"), "mitigation": _("化解方案 %(n)s 份"), "response": _("处置措施 %(n)s 项"),
        "notice_reading": _("未阅的风险提示 %(n)s 份"), "call_back": _("未归档的回访 %(n)s 次"), "archive_loan": _("借出没还的档案 %(n)s 卷"),
    }  # fmt: skip
    return _("、").join(words[table] % {"n": number} for table, number in counts.items())

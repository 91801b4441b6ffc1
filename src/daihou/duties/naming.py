"""Names of people, clients, branches and things for a page: one query per table, whatever the number of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from daihou.book import declared, masked
from daihou.duties.models import Duty
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.screens.tags import key as key_words
from daihou.screens.tags import lang
from daihou.screens.workdays import calendar
from daihou.terms import Lang, terms
from daihou.trail.acts import SYSTEM
from daihou.units import format_yuan, labels_before, period_words


def period_of(duty: Duty, said: Lang | None = None) -> str:
    """Which month, quarter … a recurring duty is for, in the language of the page where none is said; empty of others.

    Of a single day that is due on another: the day, for else many stand there alike.
    """
    rule = rules().get(duty.rule)
    if not isinstance(rule, DutyRule):
        return ""
    period = rule.period_said(duty.occurrence, said or lang())
    one_day = _ONE_DAY.fullmatch(duty.occurrence)
    if period or one_day is None or rule.periods is None or duty.due is None:
        return period
    return "" if duty.due.isoformat() == one_day[1] else one_day[1]


_ONE_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:工作)?日")
"""The name of a period that is one day or one working day."""


def missed_before(duty: Duty) -> str:
    """How many periods right before a duty were missed in a row, and which; empty where none was, and of the missed ones themselves."""
    if not duty.missed_run or duty.state == "missed":
        return ""
    about = duty.due or duty.start
    labels = None if about is None else labels_before(duty.occurrence, duty.missed_run, calendar(about))
    if labels is None:
        return gettext("连漏 %(n)s 期") % {"n": duty.missed_run}
    first, last = (period_words(one, lang()) or one.removesuffix("日").removesuffix("工作") for one in labels)
    if first == last:
        return gettext("连漏 1 期（%(period)s）") % {"period": first}
    return gettext("连漏 %(n)s 期（%(first)s 至 %(last)s）") % {
        "n": duty.missed_run,
        "first": first,
        "last": last,
    }


@dataclass
class Names:
    """Names by key, collected for one page."""

    people: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By table, rows that people call by a name: a report, a car by its plate, an errand by its matter."""
    owed: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """By table and key, who owes what such a row tells of, and how much (fen)."""

    def object(
        self, table: str, key: str, contract: str | None, party: str | None, said: Lang | None = None
    ) -> str:
        """A thing by what people know it by: the client's name beside its number; in the language of the page where none is said."""
        if table == "party":
            return self.parties.get(key, key_words(key))
        client_key = party or self.clients.get(contract or "", "")
        client = self.parties.get(client_key, "")
        if table in _WARNED and "/" in key:
            client = client or self.parties.get(key.split("/")[1], "")
            return f"{_warned(table, key.split('/'), said or lang())} {client}".strip()
        if table == "duty" and (rule := rules().get(key.partition("/")[0])) is not None:
            return f"{rule.said(said or lang())} {key_words(key.partition('/')[2])} {client}".strip()
        own = self._called(table, key)
        if (table, key) in self.owed:
            own = self._owed(table, key, own or key_words(key), said or lang())
        if own:
            return f"{own} {client}".strip()
        parts = [
            self._called(ref, part) or part
            for ref, part in _parts(table, key)
            if not client or part != client_key  # the name says it
        ]
        # of a post that somebody holds the day since when says nothing that its duties do not
        shown = " ".join(map(key_words, parts[:-1])) if table == "assignment" else key_words("/".join(parts))
        if contract and contract not in key:
            shown = f"{contract} {shown}"
        return f"{shown} {client}".strip()

    def _owed(self, table: str, key: str, called: str, said: Lang) -> str:
        """What somebody owes, by his name, what it is for, and the amount: 甲某 差旅借支 3,000.00 元."""
        who, amount = self.owed[table, key]
        return (
            f"{self.people.get(who, who)} {called} {format_yuan(amount)} {'元' if said == 'zh' else 'yuan'}"
        )

    def _called(self, table: str, key: str) -> str:
        """What people call a row of a register; empty where they know it by its number."""
        known = {"employee": self.people, "branch": self.branches, "party": self.parties}
        if table in known:
            return known[table].get(key, "")
        called = masked(self.rows.get(table, {}).get(key) or "")
        return f"{called} {key}" if called and table in _BESIDE else called


_WARNED = frozenset({"warning", "response", "mitigation"})
_CALLED = ("title", "full_name", "plate", "matter", "step_told", "account_bank")
"""Columns by which people call a row, the first of them that a table has."""
_BESIDE = frozenset({"bank_account"})
"""Tables of whose rows several may be called alike: their number stands beside."""

OWED = {"staff_advance": ("employee", "amount")}
"""Tables whose rows are called alike, for each tells of what somebody owes: the columns of who and of how much."""


def _parts(table: str, key: str) -> list[tuple[str, str]]:
    """The parts of a key, each with the table whose row it names (empty: none)."""
    parts, columns = key.split("/"), declared()[table].columns
    refs = [columns[one].ref or "" for one in declared()[table].key]
    if len(refs) == 1:
        return [(refs[0] or table, key)]
    return list(zip(refs, parts, strict=True)) if len(refs) == len(parts) else [("", one) for one in parts]


def _warned(table: str, parts: list[str], said: Lang) -> str:
    """A warning by its severity and signal, as is a plan against it; a measure by what is to be done about which: 重大 业主异常, 监控账户（重大 业主异常）."""
    rule, of = rules().get(parts[0]), parts[:-2] if table == "response" else parts
    named = f"{terms().label(of[-1], said)} {parts[0] if rule is None else rule.said(said)}"
    if table != "response":
        return named
    measure = terms().label(parts[-2], said)
    return f"{measure}（{named}）" if said == "zh" else f"{measure} ({named})"


def names_for(
    *, people: Iterable[str | None] = (), parties: Iterable[str | None] = (), contracts: Iterable[str | None] = (),
    things: Iterable[tuple[str, str]] = (), branches: bool = False,
) -> Names:  # fmt: skip
    """The names that a page needs; ``things``: rows by table and key, with all that their keys name. A question per table, whatever the number of rows."""
    named: dict[str, set[str]] = {}
    for table, key in things:
        warned = [("party", key.split("/")[1])] if table in _WARNED and "/" in key else []
        for ref, part in [(table, key), *_parts(table, key), *warned]:
            named.setdefault(ref, set()).add(part)
    owed = _owing(named)
    wanted_contracts = {one for one in contracts if one}
    clients: dict[str, str] = {}
    if wanted_contracts:
        found = standing(homes()["contract"]).filter(key__in=wanted_contracts)
        clients = dict(found.values_list("key", "client"))
    wanted_parties = {one for one in parties if one} | set(clients.values()) | named.pop("party", set())
    asked = {one for one in people if one} | named.pop("employee", set()) | {who for who, _ in owed.values()}
    branches = branches or bool(named.pop("branch", ()))
    return Names(
        people={
            **_titles("employee", "full_name", asked),
            **({SYSTEM: gettext("系统")} if SYSTEM in asked else {}),
        },
        parties=_titles("party", "title", wanted_parties),
        branches=dict(standing(homes()["branch"]).values_list("key", "title")) if branches else {},
        clients=clients,
        rows={table: _titles(table, column, named[table]) for table in named if (column := _column(table))},
        owed=owed,
    )


def _owing(named: Mapping[str, set[str]]) -> dict[tuple[str, str], tuple[str, int]]:
    """Who owes what the rows among those named tell of, and how much."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for table in OWED.keys() & named.keys():
        rows = standing(homes()[table]).filter(key__in=named[table]).values_list("key", *OWED[table])
        found |= {(table, key): (who, amount) for key, who, amount in rows}
    return found


def _column(table: str) -> str | None:
    """The column by which people call the rows of a table; None where they know them by their number."""
    if table not in homes() or table == "contract":
        return None
    return next((one for one in _CALLED if one in declared()[table].columns), None)


def _titles(table: str, column: str, keys: set[str]) -> Mapping[str, str]:
    if not keys:
        return {}
    return dict(standing(homes()[table]).filter(key__in=keys).values_list("key", column))

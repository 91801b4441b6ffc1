"""What a list of a handover shows: rows by table with their names, the duties that go with them; of the rows only what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daihou.duties.handover import seen_items, shown_to
from daihou.duties.holdings import Item
from daihou.duties.naming import Names, names_for
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.screens.tags import lang
from daihou.signoff.models import Matter
from daihou.units import read_date
from daihou.web.gate import Request


@dataclass(frozen=True)
class HeldRow:
    """A row of the list as people know it. ``listed``: it stands on another list that is being signed."""

    item: Item
    name: str
    state: str | None = None
    duties: int = 0
    late: int = 0
    listed: bool = False
    linked: bool = True

    @property
    def value(self) -> str:
        """What names the row in a form."""
        return f"{self.item.table}:{self.item.key}"


@dataclass(frozen=True)
class HeldTable:
    """The rows of one table; ``hidden``: how many more there are that the viewer does not see."""

    table: str
    rows: Sequence[HeldRow]
    hidden: int

    @property
    def picked(self) -> int:
        """How many rows can go on a new list: all are ticked at first."""
        return sum(not row.listed for row in self.rows)


def _keys(items: Iterable[Item]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item.table, []).append(item.key)
    return found


def tables_of(
    items: Sequence[Item], seen: set[tuple[str, str]], linked: set[tuple[str, str]],
    duties: Mapping[tuple[str, str], tuple[int, int]], listed: set[tuple[str, str]] = frozenset(),  # type: ignore[assignment]
) -> list[HeldTable]:  # fmt: skip
    """Items by table. ``seen``: those shown; ``linked``: those whose pages may be opened; ``duties``: open and late ones by item."""
    found = []
    for table, keys in _keys(items).items():
        rows = {one.key: one for one in standing(homes()[table]).filter(key__in=keys)}
        names = names_for(parties=[_client_of(table, one) for one in rows.values()])
        notices = _notices(rows.values()) if table == "notice_reading" else {}
        shown = []
        for item in items:
            at = (item.table, item.key)
            if item.table == table and at in seen and item.key in rows:
                row = rows[item.key]
                name, state = _said(table, row, names, notices)
                number, late = duties.get(at, (0, 0))
                shown.append(HeldRow(item, name, state, number, late, at in listed, at in linked))
        found.append(HeldTable(table, shown, len(keys) - len(shown)))
    return found


def _client_of(table: str, row: Any) -> str | None:
    """The client whom a row is about."""
    if table == "party":
        return str(row.key)
    if table in _OF_WARNINGS:  # a warning's key names whom it is about behind its rule
        return str(row.warning).split("/")[1]
    return getattr(row, {"contract": "client", "watch_listing": "party"}.get(table, ""), None)


_OF_WARNINGS = ("mitigation", "response")


def _notices(rows: Iterable[Any]) -> dict[str, str]:
    """The titles of the notices that are to be read."""
    keys = [row.risk_notice for row in rows]
    return dict(standing(homes()["risk_notice"]).filter(key__in=keys).values_list("key", "title"))


def _said(table: str, row: Any, names: Names, notices: Mapping[str, str]) -> tuple[str, str | None]:
    client = names.parties.get(_client_of(table, row) or "", "")
    if table == "contract":
        return f"{row.key} {client}", row.status
    if table == "party":
        return client, None
    if table == "employee":
        return str(row.full_name), None
    if table == "notice_reading":
        return notices.get(row.risk_notice, row.risk_notice), None
    if table == "watch_listing":
        return f"{row.key} {client}", row.plan_kind
    if table == "response":
        return names.object(table, row.key, None, _client_of(table, row)), None
    if table == "mitigation":
        return names.object("warning", row.key, None, _client_of(table, row)), None
    return f"{row.key} {row.matter or ''}", None


def handover_shown(matter: Matter, request: Request) -> dict[str, Any]:
    """The list of a handover as it was put forward, of its rows those that the viewer is shown."""
    content = matter.content
    items = [Item.of(one) for one in content["items"]]
    own, seen = seen_items(request.viewer, items), shown_to(matter, request.viewer)
    due = [
        (rules().get(one["rule"]), None if one["due"] is None else read_date(one["due"]), one["state"])
        for one in content["duties"]
    ]
    kinds: dict[str, list[int]] = {}
    for rule, _day, state in due:
        held = kinds.setdefault("" if rule is None else rule.said(lang()), [0, 0])
        held[0] += 1
        held[1] += state == "overdue"
    names = names_for(people=[content["giver"], content["taker"]]).people
    return {
        "giver": names.get(content["giver"], content["giver"]), "taker": names.get(content["taker"], content["taker"]),
        "tables": tables_of(items, seen, own, {}), "kinds": sorted(kinds.items(), key=lambda one: (-one[1][0], one[0])), "due": len(due),
    }  # fmt: skip

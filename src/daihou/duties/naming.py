"""Names of people, clients, branches and things for a page: one query per table, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.screens.tags import key as key_words
from daihou.screens.tags import lang
from daihou.terms import Lang, terms
from daihou.trail.acts import SYSTEM


@dataclass
class Names:
    """Names by key, collected for one page."""

    people: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)
    errands: Mapping[str, str] = field(default_factory=dict)

    def object(
        self, table: str, key: str, contract: str | None, party: str | None, said: Lang | None = None
    ) -> str:
        """A thing by what people know it by: the client's name beside its number; in the language of the page where none is said."""
        if table == "party":
            return self.parties.get(key, key_words(key))
        if table == "employee":
            return self.people.get(key, key)
        if table == "branch":
            return self.branches.get(key, key)
        if table == "errand":
            return self.errands.get(key) or key
        client_key = party or self.clients.get(contract or "", "")
        client = self.parties.get(client_key, "")
        parts = [part for part in key.split("/") if not client or part != client_key]  # the name says it
        if table in {"warning", "response"} and len(parts) > 1:
            return f"{_warned(table, key.split('/'), said or lang())} {client}".strip()
        shown = key_words("/".join(parts))
        if contract and contract not in key:
            shown = f"{contract} {shown}"
        return f"{shown} {client}".strip()


def _warned(table: str, parts: list[str], said: Lang) -> str:
    """A warning by its severity and signal, a measure by what is to be done about which: 重大 业主异常, 监控账户（重大 业主异常）."""
    rule, of = rules().get(parts[0]), parts if table == "warning" else parts[:-2]
    named = f"{terms().label(of[-1], said)} {parts[0] if rule is None else rule.said(said)}"
    if table == "warning":
        return named
    measure = terms().label(parts[-2], said)
    return f"{measure}（{named}）" if said == "zh" else f"{measure} ({named})"


def names_for(
    *, people: Iterable[str | None] = (), parties: Iterable[str | None] = (), contracts: Iterable[str | None] = (),
    errands: Iterable[str | None] = (), branches: bool = False,
) -> Names:  # fmt: skip
    """The names that a page needs."""
    wanted_contracts = {one for one in contracts if one}
    clients: dict[str, str] = {}
    if wanted_contracts:
        found = standing(homes()["contract"]).filter(key__in=wanted_contracts)
        clients = dict(found.values_list("key", "client"))
    wanted_parties = {one for one in parties if one} | set(clients.values())
    asked = {one for one in people if one}
    return Names(
        people={
            **_titles("employee", "full_name", asked),
            **({SYSTEM: gettext("系统")} if SYSTEM in asked else {}),
        },
        parties=_titles("party", "title", wanted_parties),
        branches=dict(standing(homes()["branch"]).values_list("key", "title")) if branches else {},
        clients=clients,
        errands=_titles("errand", "matter", {one for one in errands if one}),
    )


def _titles(table: str, column: str, keys: set[str]) -> Mapping[str, str]:
    if not keys:
        return {}
    return dict(standing(homes()[table]).filter(key__in=keys).values_list("key", column))

"""What other figures would change in the live book: per rule, per post and person in the months ahead, and thing by thing at their end.

Only the rules that use the figure are asked, and those that look at their results; the months are few, the rows shown are few. Nothing
is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any

from daihou.dayend.ground import Basis, basis
from daihou.engine import Change, Moved, compare, derive, forecast
from daihou.engine.reach import leaning, looks_at_all_duties
from daihou.policy.checking import Checked
from daihou.rulebook import Rulebook, figures_of, only_what
from daihou.units import add_months

MONTHS_AFTER = 3
"""Months foreseen after the first day of a change."""
MOST_MONTHS = 12
ROWS = 20
Progress = Callable[[str, float], None]
"""Told what is being done and how far the work is (0 to 1)."""


@dataclass(frozen=True)
class Foreseen:
    """What a change would do by ``until``. ``rules``: ids asked. ``moved``: things that differ at the end of that time; ``hows``: how many by how.

    ``by_rule``: duties falling due by rule with the figure as it is and as it would be; ``by_person``: the same by post and person.
    """

    until: date
    rules: tuple[str, ...]
    by_rule: tuple[Change, ...]
    by_person: tuple[Change, ...]
    moved: tuple[Moved, ...]
    hows: Mapping[str, int]

    @property
    def empty(self) -> bool:
        """Whether nothing would change by then."""
        return not (self.by_rule or self.by_person or self.moved)

    @property
    def people(self) -> tuple[Change, ...]:
        """By post and person over all rules, the most changed first."""
        found: dict[tuple[str | None, str | None], Change] = {}
        for one in self.by_person:
            who = (one.post, one.employee)
            sofar = found.get(who, Change("", *who, 0, 0, 0))
            found[who] = replace(
                sofar,
                before=sofar.before + one.before,
                after=sofar.after + one.after,
                moved=sofar.moved + one.moved,
            )
        return tuple(
            sorted(found.values(), key=lambda one: (-abs(one.after - one.before) - one.moved, str(one.post)))
        )

    def as_content(self) -> dict[str, Any]:
        """What goes with the matter to its signers: counts only, no name of a client."""
        return {
            "until": self.until.isoformat(),
            "rules": list(self.rules),
            "hows": dict(self.hows),
            "by_rule": [[one.rule, one.before, one.after, one.moved] for one in self.by_rule],
            "people": [
                [one.post, one.employee, one.before, one.after, one.moved] for one in self.people[:ROWS]
            ],
            "people_count": len(self.people),
        }

    def as_kept(self) -> dict[str, Any]:
        """The whole as JSON, to be shown later; of the things that differ the first ones."""
        return {
            "until": self.until.isoformat(), "rules": list(self.rules), "hows": dict(self.hows),
            "by_rule": [astuple(one) for one in self.by_rule], "by_person": [astuple(one) for one in self.by_person],
            "moved": [astuple(one) for one in self.moved[:ROWS]],
        }  # fmt: skip

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Foreseen:
        """What was kept."""
        return cls(
            date.fromisoformat(kept["until"]), tuple(kept["rules"]), tuple(Change(*one) for one in kept["by_rule"]),
            tuple(Change(*one) for one in kept["by_person"]), tuple(Moved(*one) for one in kept["moved"]), kept["hows"],
        )  # fmt: skip


def affected(books: Sequence[Rulebook], rulebook: str, figure: str) -> frozenset[str]:
    """Rules that use a figure, through facts too, and those that look at their results, save what looks at the duties of all rules."""
    book = next(one for one in books if one.id == rulebook)
    users = {rule.id for rule in book.rules if figure in figures_of(rule, book.facts)}
    at_all = {rule.id for one in books for rule in one.rules if looks_at_all_duties(rule)}
    return leaning(books, users) - at_all


def months_until(since: date, today: date) -> int:
    """Months to look ahead: some months past the first day of the change, a year at most."""
    between = (since.year - today.year) * 12 + since.month - today.month
    return min(max(between, 0) + MONTHS_AFTER, MOST_MONTHS)


def foresee(checked: Checked, today: date, progress: Progress | None = None) -> Foreseen:
    """What a change would do in the company's book as it stands now. Nothing that people may do until then is assumed done, save what is rolling.

    ``progress`` is told before each step; what it raises ends the work.
    """
    tell = progress or _silent
    tell("book", 0.0)
    held_by = basis()
    only = affected(checked.after, checked.asked.rulebook, checked.figure.id)
    months = months_until(checked.since, today)
    until = add_months(today, months)
    days, ahead = [], []
    for number, books in enumerate((checked.before, checked.after)):
        side = tuple(only_what(book, only) for book in books)
        tell("end", 0.1 + 0.45 * number)
        days.append(_end(held_by, side, until, only))
        tell("ahead", 0.25 + 0.45 * number)
        ahead.append(
            forecast(
                side, held_by.book, today, months=months, go_live=held_by.go_live, calendar=held_by.calendar_on(today), only=only
            )
        )  # fmt: skip
    tell("compare", 0.95)
    found = compare((days[0], days[1]), (ahead[0], ahead[1]), checked.after)
    hows = dict(Counter(one.how for one in found.moved))
    return Foreseen(until, tuple(sorted(only)), found.ahead_rules, found.ahead_people, found.moved, hows)


def _silent(_doing: str, _share: float) -> None:
    """Nobody waits to be told."""


def _end(held_by: Basis, books: tuple[Rulebook, ...], until: date, only: frozenset[str]) -> Any:
    """The list of the last day, if nothing more were recorded."""
    return derive(
        books, held_by.book, until, go_live=held_by.go_live, calendar=held_by.calendar_on(until), only=only
    )

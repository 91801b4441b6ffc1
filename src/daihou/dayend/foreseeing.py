"""What other figures would change in the live book: per rule, per post and person in the months ahead, and thing by thing at their end.

Only the rules that use the figure are asked, and those that look at their results; the months are few, the rows shown are few. Nothing
is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from daihou.dayend.acts import Basis, basis
from daihou.engine import Change, Moved, compare, derive, forecast
from daihou.engine.reach import leaning, looks_at_all_duties
from daihou.policy.checking import Checked
from daihou.rulebook import Rulebook, figures_of, only_what
from daihou.units import Calendar, add_months

MONTHS_AFTER = 3
"""Months foreseen after the first day of a change."""
MOST_MONTHS = 12
ROWS = 20


@dataclass(frozen=True)
class Foreseen:
    """What a change would do by ``until``. ``rules``: ids asked. ``moved``: things that differ at the end of that time, all of them.

    ``by_rule``: duties falling due by rule with the figure as it is and as it would be; ``by_person``: the same by post and person.
    """

    until: date
    rules: tuple[str, ...]
    by_rule: tuple[Change, ...]
    by_person: tuple[Change, ...]
    moved: tuple[Moved, ...]

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

    @property
    def hows(self) -> Mapping[str, int]:
        """How many things would be more, less, earlier, later, somebody else's, otherwise."""
        return dict(Counter(one.how for one in self.moved))

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


def foresee(checked: Checked, today: date) -> Foreseen:
    """What a change would do in the company's book as it stands now. Nothing that people may do until then is assumed done, save what is rolling."""
    held_by = basis()
    only = affected(checked.after, checked.asked.rulebook, checked.figure.id)
    months = months_until(checked.since, today)
    until = add_months(today, months)
    sides = [tuple(only_what(book, only) for book in books) for books in (checked.before, checked.after)]
    days = [_end(held_by, books, until, only) for books in sides]
    calendar = Calendar.standard()
    ahead = [
        forecast(
            books, held_by.book, today, months=months, go_live=held_by.go_live, calendar=calendar, only=only
        )
        for books in sides
    ]
    found = compare((days[0], days[1]), (ahead[0], ahead[1]), checked.after)
    return Foreseen(until, tuple(sorted(only)), found.ahead_rules, found.ahead_people, found.moved)


def _end(held_by: Basis, books: tuple[Rulebook, ...], until: date, only: frozenset[str]) -> Any:
    """The list of the last day, if nothing more were recorded."""
    return derive(
        books, held_by.book, until, go_live=held_by.go_live, calendar=Calendar.standard(), only=only
    )

"""Do the worked cases notice when a rulebook goes wrong? Each mutant is asked of the cases of the rules it touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daihou.book import Book
from daihou.engine.cases import case_book, judged, run_case
from daihou.rulebook import CaseBook, Mutant, Rulebook, mutants, only_what, tables_read


class Noticing:
    """The cases of some rulebooks, ready to be asked about mutants of what these say and share."""

    def __init__(self, rulebooks: Sequence[Rulebook]) -> None:
        self.rulebooks = {book.id: book for book in rulebooks}
        self._books: dict[int, Book] = {}
        self._holding: dict[int, bool] = {}
        self._readers = {book.id: _readers(book) for book in rulebooks}

    def mutants(self) -> Iterator[tuple[Mutant, tuple[tuple[str, Mutant], ...]]]:
        """Every mutant once, with the rulebooks in which it can be made: what is shared is made in each that uses it."""
        found: dict[tuple[str, str, str], list[tuple[str, Mutant]]] = {}
        for rulebook in self.rulebooks.values():
            for mutant in mutants(rulebook):
                found.setdefault((mutant.book, mutant.owner, mutant.name), []).append((rulebook.id, mutant))
        for made in found.values():
            yield made[0][1], tuple(made)

    def noticed(self, made: Sequence[tuple[str, Mutant]]) -> bool:
        """Whether a case of one of these rulebooks does not come out with the mutant in place of the rulebook."""
        return any(self._noticed(self.rulebooks[book], mutant) for book, mutant in made)

    def _noticed(self, rulebook: Rulebook, mutant: Mutant) -> bool:
        wrong = mutant.make(rulebook)
        for case in self._cases(rulebook, mutant):
            within = only_what(wrong, case.rules)
            if self._holds(rulebook, case) and not self._comes_out(case, within):
                return True
        return False

    def _holds(self, rulebook: Rulebook, case: CaseBook) -> bool:
        """Whether a case comes out as the rulebook stands: one that does not tells nothing of a mutant."""
        if id(case) not in self._holding:
            self._holding[id(case)] = self._comes_out(case, only_what(rulebook, case.rules))
        return self._holding[id(case)]

    def _comes_out(self, case: CaseBook, rulebook: Rulebook) -> bool:
        return next(run_case(case, rulebook, judged, self._book(case)), None) is None

    def _cases(self, rulebook: Rulebook, mutant: Mutant) -> Iterator[CaseBook]:
        """The cases of the rules touched, then those of the rules that look at their results."""
        near = [case for case in rulebook.cases if mutant.touched & set(case.rules)]
        yield from near
        readers = self._readers[rulebook.id] - mutant.touched
        if mutant.touched & {rule.id for rule in (*rulebook.duties, *rulebook.warnings)}:
            yield from (case for case in rulebook.cases if readers & set(case.rules) and case not in near)

    def _book(self, case: CaseBook) -> Book:
        if id(case) not in self._books:
            self._books[id(case)] = case_book(case)
        return self._books[id(case)]


def _readers(rulebook: Rulebook) -> frozenset[str]:
    """The rules that look at duties or warnings of other rules."""
    results = {"duty", "warning"}
    return frozenset(
        rule.id for rule in rulebook.rules if results & (tables_read(rule, rulebook.facts) | {rule.table})
    )

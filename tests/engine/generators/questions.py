"""A question drawn at random, for every execution there is: a rulebook, a book for it, a day, a scope. One number gives it all."""

from dataclasses import dataclass, replace

import yaml

from daihou.rulebook import Rulebook, RulebookRefused
from generators.books import Asked, acts_on, book_for
from generators.expressions import NUMBERS
from generators.judging import twin_of
from generators.rulebooks import Drawn, read, rulebook_of

SCOPES = ("history", "day")


@dataclass(frozen=True)
class Question:
    """What is asked. ``number`` brings it back; a question made smaller has the number of the one that it was made from."""

    number: int
    book: Drawn
    asked: Asked
    scope: str

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook as the reader reads it; RulebookRefused."""
        return read(self.book)

    def __str__(self) -> str:
        """Rules as their file says them, rows, and what is asked of them."""
        asked = self.asked
        rules = yaml.safe_dump(self.book, allow_unicode=True, sort_keys=False, width=200)
        rows = "\n".join(f"{table}: {row}" for table, held in asked.rows.items() for row in held)
        when = f"day {asked.as_of}, known {asked.known}, go-live {asked.go_live}, scope {self.scope}"
        return f"{rules}\n{rows}\n{when}, question {self.number}"


def question(number: int) -> Question | None:
    """The question of a number, with acts on duties and warnings that its rules really give; None where the reader refuses what was drawn."""
    book = rulebook_of(number)
    try:
        rulebook = read(book)
    except RulebookRefused:
        return None
    asked = book_for(rulebook, number + 1)
    given = twin_of(rulebook, asked).derive(scope="history")
    duties = [(one["rule"], one["object"], one["occurrence"]) for one in given.duties]
    warnings = [(one["rule"], one["party"], one["episode"]) for one in given.warnings]
    rows = acts_on(asked.rows, duties, warnings, asked.as_of, number + 2)
    return Question(number, book, replace(asked, rows=rows), SCOPES[number % 2])


QUESTIONS = NUMBERS.map(question)

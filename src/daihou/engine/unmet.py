"""Why a row that was written does not close a duty: the conditions of its rule that the row does not meet, asked of the judge. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from daihou.book import Book
from daihou.engine.asking import twin_of
from daihou.engine.silence import Atom, atom
from daihou.engine.twin import Twin
from daihou.engine.twin.duties import Occurrence
from daihou.engine.twin.evaluate import At, Evaluator, Window
from daihou.engine.twin.trace import ReadColumn, Trace
from daihou.engine.twin.window import place
from daihou.engine.wording import Wording, day_words, say, value_words, word
from daihou.rulebook import Duty, Rulebook, Sought, nodes, sought
from daihou.terms import Lang


def unmet(
    rulebooks: Sequence[Rulebook],
    book: Book,
    duty: Duty,
    key: tuple[str, str, str],
    as_of: date,
    lang: Lang,
    **asked: Any,
) -> tuple[str, ...]:
    """What keeps a row from closing a duty, in words; nothing where that cannot be told.

    ``key``: the duty's object, its occurrence and the row; ``asked``: what else ``twin_of`` takes.
    """
    object_, occurrence, written = key
    twin = twin_of(rulebooks, book, as_of, **asked)
    rows, ev = sought(duty), twin.evaluator(duty)
    child = None if rows is None else ev.book.row(rows.table, written)
    one = _occurrence(twin, duty, object_, occurrence)
    if rows is None or child is None or one is None:
        return ()
    moments = {"opens": one.opens, "due": one.due, "expires": one.expires, "seen": one.seen}
    at = place(one.row, one.candidate, **moments).below(child)
    within = None if duty.rolling is not None else Window(one.seen, one.expires, one.relief.returned)
    told = _Telling(ev, Wording(twin.homes[duty.id], lang), at)
    return (*told.conditions(rows), *told.day(rows, within))


def _occurrence(twin: Twin, duty: Duty, object_: str, occurrence: str) -> Occurrence | None:
    row = twin.evaluator(duty).book.row(duty.table, object_)
    found = () if row is None or duty.sleeping else twin.judged(duty, row).occurrences
    return next((one for one in found if one.occurrence == occurrence), None)


class _Telling:
    """Tells what of a row is not as the rule wants it."""

    def __init__(self, ev: Evaluator, wording: Wording, at: At) -> None:
        self.ev, self.wording, self.at = ev, wording, at

    def conditions(self, rows: Sought) -> Iterator[str]:
        """Each smallest condition that does not hold, with what the row says there."""
        if rows.where is None:
            return
        for node in _not_held(atom(self.ev, rows.where, self.at)):
            lang = self.wording.lang
            values = say("said-comma", lang).join(self._values(node))
            said = self.wording.of_child(node)
            yield say("unmet-condition", lang, said=said, values=values) if values else said

    def day(self, rows: Sought, within: Window | None) -> Iterator[str]:
        """That the day of the row lies outside the days that count."""
        day = None if rows.item is None else self.ev.value(rows.item, self.at)
        if within is None or not isinstance(day, date) or within.holds(day):
            return
        lang, (first, last) = self.wording.lang, (within.first, within.last)
        name = self.wording.of_child(rows.item) if rows.item is not None else ""
        if within.returned(day):
            yield say("unmet-returned", lang, name=name, day=day_words(day, lang))
        elif first is not None and day < first:
            yield say("unmet-early", lang, name=name, day=day_words(day, lang), first=day_words(first, lang))
        elif last is not None:
            yield say("unmet-late", lang, name=name, day=day_words(day, lang), last=day_words(last, lang))

    def _values(self, node: nodes.Node) -> Iterator[str]:
        """What a condition reads, each once: columns of both rows and moments of the occurrence."""
        self.ev.trace = Trace()
        self.ev.value(node, replace(self.at))
        read, self.ev.trace = self.ev.trace.events, None
        lang = self.wording.lang
        told = [
            (word(one.name[-1], lang), value_words(one.value, one.type, lang)) for one in read if isinstance(one, ReadColumn)
        ]  # fmt: skip
        told += [
            (self.wording.of(one), value_words(self.at.moments.get(one.name), one.type, lang)) for one in node.walk() if isinstance(one, nodes.Moment)
        ]  # fmt: skip
        for name, value in dict.fromkeys(told):
            yield say("unmet-value", lang, name=name, value=value)


def _not_held(found: Atom) -> Iterator[nodes.Node]:
    """The smallest parts by which a condition does not hold, those that cannot be told among them."""
    parts = [one for one in found.below if one.truth is not True]
    if found.truth is True:
        return
    if parts and isinstance(found.node, nodes.And):
        for one in parts:
            yield from _not_held(one)
    else:
        yield found.node

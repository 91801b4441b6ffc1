"""An explanation as plain text, in good Chinese or English; every sentence is a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from daihou.book import declared
from daihou.engine.explain import Explanation, OccurrenceAnswer, Refused, Test, Walk
from daihou.engine.silence import Atom, Reason
from daihou.engine.twin import names as of
from daihou.engine.twin.duties import Occurrence
from daihou.engine.twin.people import Assigned
from daihou.engine.twin.store import Row
from daihou.engine.twin.trace import CountedRows, Event, ReadColumn, Stepped, UsedFigure
from daihou.engine.wording import Wording, day_words, path_words, say, value_words, word
from daihou.rulebook import nodes
from daihou.rulebook.written import figure_named
from daihou.terms import Lang

INDENT = "  "
ROWS_SHOWN = 12
_WEEKEND = 6

Lines = Iterator[tuple[int, str]]


def render(explanation: Explanation, lang: Lang) -> str:
    """The explanation as lines of text, indented by depth."""
    told = _Telling(explanation, lang)
    return "\n".join(f"{INDENT * depth}{text}" for depth, text in told.lines())


def refused_because(explanation: Explanation, lang: Lang) -> tuple[str, ...]:
    """Each reason for a gate's no as people read it, its figures in their places; nothing where the act is allowed."""
    return tuple(_Telling(explanation, lang).refusals())


class _Telling:
    """Tells one explanation in one language."""

    def __init__(self, explanation: Explanation, lang: Lang) -> None:
        self.it = explanation
        self.lang: Lang = lang
        self.wording = Wording(explanation.rulebook, lang)

    def say(self, code: str, /, **params: object) -> str:
        return say(code, self.lang, **params)

    def lines(self) -> Lines:
        it, rule = self.it, self.it.rule
        yield (
            0,
            self.say(
                "why-title",
                rule=rule.said(self.lang),
                id=rule.id,
                object=it.object,
                day=day_words(it.day, self.lang),
            ),
        )
        yield 0, self.say("why-ours" if rule.ours else "why-article", article=rule.citation)
        yield 0, self.say("why-sense", sense=rule.sense_said(self.lang))
        if it.parts:
            yield 0, self.say("why-rule")
        for part in it.parts:
            said = self.say("why-endless") if part.node is None else self.wording.of(part.node)
            yield 1, self.say("why-part", part=self.say(f"part-{part.name}"), said=said)
            if part.value is not None:
                yield 2, self.say("why-part-value", value=value_words(*part.value, self.lang))
        yield from self._tests(it.tests, 0)
        yield from self._read(it.read, 0)
        yield from self._walks(it.walks, 0)
        for answer in it.duties:
            yield from self._occurrence(answer)
        if it.older:
            yield 0, self.say("why-more", n=it.older)
        yield from self._results()
        if it.nothing:
            yield 0, self.say("why-answer")
        for reason in it.nothing:
            yield 1, self.reason(reason)
        for person in it.answering:
            yield 1, self.say("why-answering", who=self._who(person))

    # -- conditions and what was read

    def _tests(self, tests: Iterable[Test], depth: int) -> Lines:
        for test in tests:
            if test.what in ("scope", "condition"):
                yield depth, self.say(f"why-{test.what}")
            elif test.refusal is None:
                yield depth, self.say("why-level", level=word(test.name, self.lang))
            else:
                yield depth, self.say("why-refusal", words=self._place_names(test.refusal.said(self.lang)))
            yield from self._atom(test.atom, depth + 1)

    def _atom(self, atom: Atom, depth: int) -> Lines:
        truth = {True: "true", False: "false", None: "unknown"}[atom.truth]
        yield depth, self.say(f"why-truth-{truth}", said=self.wording.of(atom.node))
        for below in atom.below:
            yield from self._atom(below, depth + 1)

    def _read(self, events: Iterable[Event], depth: int) -> Lines:
        events = list(events)
        figures = [event for event in events if isinstance(event, UsedFigure)]
        if figures:
            yield depth, self.say("why-figures")
        for figure in figures:
            yield depth + 1, self._figure(figure)
        rest = [event for event in events if isinstance(event, ReadColumn | CountedRows)]
        if rest:
            yield depth, self.say("why-values")
        for event in rest:
            if isinstance(event, ReadColumn):
                yield depth + 1, self._value(event)
            else:
                yield from self._counted(event, depth + 1)

    def _figure(self, figure: UsedFigure) -> str:
        cited = self.say("said-semicolon").join(figure.citations)
        params = {
            "name": self.wording.figure(figure.name),
            "value": value_words(figure.value, figure.type, self.lang),
            "asked": figure.asked_for,
            "since": self.say("why-always")
            if figure.since is None
            else self.say("why-since", day=figure.since),
            "cited": self.say("why-set-by-us") if figure.ours and not cited else cited,
        }
        if figure.key is None:
            said = self.say("why-figure", **params)
        else:
            said = self.say("why-figure-keyed", key=word(str(figure.key), self.lang), **params)
        held = figure_named(self.it.rulebook, figure.name)  # its name is Chinese
        return f"{said} · {held.english}" if self.lang == "en" and held is not None and held.english else said

    def _value(self, read: ReadColumn) -> str:
        params = {
            "name": self._name(read),
            "value": value_words(read.value, read.type, self.lang),
        }
        if read.fact:
            return self.say("why-value-fact", **params)
        return (
            self.say("why-value", **params)
            if read.on is None
            else self.say("why-value-on", on=read.on, **params)
        )

    def _name(self, read: ReadColumn) -> str:
        """A column of the rule's own row by its path; of another row (read by a fact) with that row before it."""
        name = path_words(read.name, self.lang)
        if read.table == self.it.rule.table:
            return name
        return self.say("why-other-row", table=word(read.table, self.lang), key=read.key, name=name)

    def _counted(self, counted: CountedRows, depth: int) -> Lines:
        yield (
            depth,
            self.say(
                "why-counted",
                fold=self.say(f"fold-{counted.fold}"),
                table=word(counted.table, self.lang),
                looked=counted.looked_at,
                kept=len(counted.rows),
                value=value_words(counted.value, counted.type, self.lang),
            ),
        )
        for key, value in counted.rows[:ROWS_SHOWN]:
            shown = (
                key
                if counted.item_type is None
                else self.say(
                    "why-counted-row", key=key, value=value_words(value, counted.item_type, self.lang)
                )
            )
            yield depth + 1, shown
        if len(counted.rows) > ROWS_SHOWN:
            yield depth + 1, self.say("why-counted-more", n=len(counted.rows) - ROWS_SHOWN)

    # -- days counted out

    def _walks(self, walks: Iterable[Walk], depth: int) -> Lines:
        for walk in walks:
            if walk.n == 0:
                yield depth, self.say("why-walk-none", start=day_words(walk.start, self.lang))
                continue
            ends = {"start": day_words(walk.start, self.lang), "end": day_words(walk.end, self.lang)}
            yield depth, self.say("why-walk" if walk.n > 0 else "why-walk-back", n=abs(walk.n), **ends)
            counted = 0
            for passed in walk.days:
                counted += passed.counts
                yield depth + 1, self._passed(passed.day, counted, passed.name, counts=passed.counts)

    def _passed(self, day: date, n: int, name: str | None, *, counts: bool) -> str:
        said = day_words(day, self.lang)
        if counts and day.isoweekday() >= _WEEKEND:
            return self.say("why-walk-make-up", day=said, n=n, name=name or "")
        if counts:
            return self.say("why-walk-day", day=said, n=n)
        return (
            self.say("why-walk-rest", day=said)
            if name is None
            else self.say("why-walk-holiday", day=said, name=name)
        )

    # -- duties

    def _occurrence(self, answer: OccurrenceAnswer) -> Lines:
        one = answer.verdict
        yield 0, self.say("why-occurrence", occurrence=self._named(one), state=self._state(one))
        shown = ("start", "opens", "due", "expires", "done")
        yield 1, self.say("why-dates", **{name: getattr(one, name) or "—" for name in shown})
        if one.seen != one.opens:
            yield 1, self.say("why-seen", seen=day_words(one.seen, self.lang))
        yield from ((1, text) for text in self._marks(answer))
        yield from self._tests(answer.tests, 1)
        yield from self._read(answer.read, 1)
        for step in (event for event in answer.read if isinstance(event, Stepped)):
            yield 1, self._step(step)
        yield from self._walks(answer.walks, 1)
        if len(one.frame.segments) > 1:
            for segment in one.frame.segments:
                plain, counted = segment.plain or "—", segment.counted or "—"
                yield 1, self.say("why-segment", start=segment.start, plain=plain, counted=counted)
        for person in answer.persons:
            yield from self._person(person)
        for rung in answer.told:
            yield (
                1,
                self.say(
                    "why-told", day=day_words(rung.reached_on, self.lang), post=word(rung.post, self.lang)
                ),
            )

    def _named(self, one: Occurrence) -> str:
        if one.occurrence == "":
            return self.say("why-only-occurrence")
        return self.say("why-first-occurrence") if one.occurrence == "first" else one.occurrence

    def _state(self, one: Occurrence) -> str:
        state = word(one.state, self.lang)
        return self.say("why-state-late", state=state, n=one.days_late) if one.days_late else state

    def _marks(self, answer: OccurrenceAnswer) -> Iterator[str]:
        one = answer.verdict
        if one.run_from is not None and one.run_to is not None:
            code = "why-run" if one.state == "missed" else "why-backlog"
            yield self.say(code, first=one.run_from, last=one.run_to, n=one.missed_run)
        elif one.missed_run:
            yield self.say("why-run-before", n=one.missed_run)
        if answer.as_known is not None:
            yield self.say("why-as-known", day=answer.as_known)
        if answer.assumed:
            yield self.say("why-assumed")
        if one.late_entry:
            yield self.say("why-late-entry")
        if one.relief.postponed:
            yield self.say("why-postponed")
        for act in one.relief.acts:
            yield from self._ruling(act)

    def _ruling(self, act: Row) -> Iterator[str]:
        kind, since = act.values.get(of.RULING_KIND), act.values.get(of.RULING_FROM)
        if kind == of.WAIVER:
            yield self.say("why-waived")
        elif kind == of.PAUSE:
            yield self.say("why-paused", first=since, last=act.values.get(of.RULING_TO) or self.it.day)
        elif kind == of.RETURNED:
            yield self.say("why-returned", day=since)

    def _step(self, step: Stepped) -> str:
        args = self.say("said-comma").join(value_words(arg, None, self.lang) for arg in step.args)
        return self.say(
            "why-step", function=self.say(f"function-{step.function}"), args=args, value=step.value
        )

    def _person(self, person: Assigned) -> Lines:
        yield 1, self.say("why-person", who=self._who(person))
        if person.answerable is not None and person.answerable != person.employee:
            yield 1, self.say("why-answerable", who=self._called(person.answerable))

    def _called(self, employee: str) -> str:
        """The name of an employee with his number; the number alone where the register has no name."""
        name = self.it.people.get(employee)
        return employee if name is None else f"{name} {employee}"

    def _who(self, person: Assigned) -> str:
        post = "" if person.post is None else word(person.post, self.lang)
        if person.pool:
            who = self.say("why-person-pool", post=post)
        elif person.employee is None:
            return self.say("why-person-nobody", post=post or "—")
        else:
            called = self._called(person.employee)
            who = self.say("why-person-post", employee=called, post=post) if post else called
        return self.say("why-person-fallback", who=who) if person.fallback else who

    # -- warnings, grades, gates

    def _results(self) -> Lines:
        if self.it.results:
            yield 0, self.say("why-answer")
        for line in self.it.results:
            if "episode" in line:
                yield from self._raised(line)
            elif "cause" in line:
                cause = self.say(f"why-cause-{line['cause']}")
                yield 1, self.say("why-graded", level=word(line["level"], self.lang), cause=cause)
                if line["previous"] is not None:
                    yield 1, self.say("why-graded-before", level=word(line["previous"], self.lang))
            elif line["allowed"]:
                yield 1, self.say("why-allowed")
        for refused in self.it.refused:
            code = "why-refused" if refused.truth else "why-refused-unknown"
            yield 1, self.say(code, words=self._filled(refused))

    def refusals(self) -> Iterator[str]:
        """What a gate refuses, without saying that it does; of what cannot be told for want of values only which are wanting, once for all."""
        for refused in self.it.refused:
            if refused.truth or not refused.missing:
                words = self._filled(refused)
                yield words if refused.truth else self.say("why-not-known", words=words)
        wanting = dict.fromkeys(self._wanting(one) for refused in self.it.refused for one in refused.missing)
        if wanting:
            yield self.say("why-missing", columns=self.say("said-list").join(wanting))

    def _wanting(self, column: nodes.Column) -> str:
        """An empty column as a person fills it: the hour by the time of day that it is taken from."""
        held = declared()[column.table].columns.get(column.name)
        name = column.name if held is None or held.hour_of is None else held.hour_of
        return path_words((*column.path, name), self.lang)

    def _raised(self, line: Mapping[str, Any]) -> Lines:
        code = "why-raised-again" if line["again"] else "why-raised"
        yield 1, self.say(code, level=word(line["level"], self.lang), episode=line["episode"] or "—")
        for name, value in self.it.evidence:
            yield (
                2,
                self.say("why-evidence", name=word(name, self.lang), value=value_words(*value, self.lang)),
            )

    def _place_names(self, words: str) -> str:
        """A refusal with the names of its places instead of values."""
        return re.sub(r"\{([^{}]+)\}", lambda found: path_words(tuple(found[1].split(".")), self.lang), words)

    def _filled(self, refused: Refused) -> str:
        types = {name: node.type for name, node in refused.refusal.values}

        def place(found: re.Match[str]) -> str:
            name = found[1]
            if name not in types:
                return name
            value = refused.values[name]  # an empty one is told as the gate itself tells it
            return "—" if value is None else value_words(value, types[name], self.lang)

        return re.sub(r"\{([^{}]+)\}", place, refused.refusal.said(self.lang))

    # -- why there is nothing

    def reason(self, reason: Reason) -> str:
        """A reason in words."""
        return self.say(
            reason.code, **{name: self._param(name, value) for name, value in reason.params.items()}
        )

    def _param(self, name: str, value: Any) -> str:
        if isinstance(value, nodes.Node):
            return self.wording.of(value)
        if name == "figures":
            return self.say("said-comma").join(self.wording.figure(figure) for figure in value)
        if isinstance(value, tuple):
            return (
                self.say("said-comma").join(path_words(tuple(path.split(".")), self.lang) for path in value)
                or "—"
            )
        if name == "part":
            return self.say(f"part-{value}")
        if name in ("table", "level"):
            return word(value, self.lang)
        return "—" if value is None else str(value)

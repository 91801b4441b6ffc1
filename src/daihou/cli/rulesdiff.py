"""Two versions of the rules for a risk officer: what is new, gone and changed, from what to what, from which day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from rich.text import Text

from daihou.cli.screen import FAINT, line
from daihou.cli.words import NOTHING, joined, knows, label, say
from daihou.engine import Wording
from daihou.rulebook import Difference, Fact, Figure, LookupTable, Rule, Rulebook, differences, nodes
from daihou.rulebook.written import figure_steps, steps_words
from daihou.terms import Lang, Source

_MARKS = {"added": "+", "removed": "−", "changed": "~"}
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


@dataclass(frozen=True)
class Compared:
    """One book in two versions; None on a side where it is missing."""

    before: Rulebook | None
    after: Rulebook | None

    @property
    def either(self) -> Rulebook:
        """The newer version, or the only one."""
        found = self.after or self.before
        assert found is not None
        return found

    @cached_property
    def found(self) -> tuple[Difference, ...]:
        """What differs; nothing where one version is missing, which is told apart."""
        if self.before is None or self.after is None:
            return ()
        return differences(self.before, self.after)


def paired(before: Sequence[Rulebook], after: Sequence[Rulebook]) -> list[Compared]:
    """Versions of one book side by side: by id; where one side is a single book, no more than that one; two single books whatever they are called."""
    if len(before) == len(after) == 1:
        return [Compared(before[0], after[0])]
    ones, others = ({book.id: book for book in books} for books in (before, after))
    for single, many in ((ones, others), (others, ones)):
        if len(single) == 1 and single.keys() <= many.keys():
            ones, others = ({name: held[name] for name in single} for held in (ones, others))
    return [Compared(ones.get(name), others.get(name)) for name in sorted({*ones, *others})]


def differ(pairs: Sequence[Compared]) -> bool:
    """Whether anything is not the same."""
    return any(one.before is None or one.after is None or one.found for one in pairs)


def show_differences(pairs: Sequence[Compared], lang: Lang) -> None:
    """Print every difference, book by book; what is only said otherwise comes last."""
    for one in pairs:
        book = one.either
        if one.before is None or one.after is None:
            how = "added" if one.before is None else "removed"
            line(
                Text(
                    say(f"book-{how}", lang, name=book.said(lang), id=book.id, rules=len(book.rules)),
                    style=_COLOURS[how],
                )
            )
            continue
        versions = " → ".join(dict.fromkeys((one.before.version, one.after.version)))
        line(f"{book.said(lang)} · {book.id} {versions}", style="bold")
        meant = [item for item in one.found if not item.worded]
        said = [item for item in one.found if item.worded]
        if not one.found:
            line(say("diff-nothing", lang))
        elif not meant:
            line(say("diff-words-only", lang))
        _listed(meant, one, lang)
        if said:
            line()
            line(say("diff-said", lang), style=FAINT)
            _listed(said, one, lang)


def _listed(found: Sequence[Difference], pair: Compared, lang: Lang) -> None:
    for (what, identifier), same in groupby(found, key=lambda one: (one.what, one.id)):
        mine = list(same)
        first = mine[0]
        head = say(
            "diff-head", lang, what=say(f"what-{what}", lang), name=named(first, pair, lang), id=identifier
        )
        line(Text(f"{_MARKS[first.how]} {head}", style=_COLOURS[first.how]))
        for one in mine:
            line(f"    {told(one, pair, lang)}")
        if what != "rule" and not first.worded:
            resting = [rule.said(lang) for rule in _rules(pair, first.rules)]
            line(f"    {say('diff-rests', lang, rules=joined(resting, lang) or NOTHING)}", style=FAINT)


def named(one: Difference, pair: Compared, lang: Lang) -> str:
    """What the thing is called: a fact with its table, a rule in English by what it is called there; figures have a Chinese name only."""
    if one.what == "fact":
        return ".".join(label(part, lang) for part in one.id.split("."))
    return _rules(pair, (one.id,))[0].said(lang) if one.what == "rule" and lang == "en" else one.name


def _rules(pair: Compared, ids: Sequence[str]) -> list[Rule]:
    books = [book for book in (pair.after, pair.before) if book is not None]
    return [next(rule for book in books if (rule := book.rule(one)) is not None) for one in ids]


def told(one: Difference, pair: Compared, lang: Lang) -> str:
    """One difference as a sentence: the part, from what, to what, from which day."""
    before, after = (
        _Words(book, lang).of(value)
        for book, value in ((pair.before, one.before), (pair.after, one.after))
        if book is not None
    )
    if one.how != "changed":
        return say(f"diff-{one.how}", lang, said=after if one.how == "added" else before)
    part = part_words(one.part, lang)
    if one.key:
        part = say("diff-entry", lang, part=part, key=label(one.key, lang))
    said = say("diff-changed", lang, part=part, before=before, after=after)
    if one.since is not None:
        said = say("diff-since", lang, said=said, day=one.since)
    return said if one.until is None else say("diff-until", lang, said=said, day=one.until)


def part_words(path: str, lang: Lang) -> str:
    """A path of fields in the words of the rule language."""
    return " ".join(say(f"field-{part}", lang) for part in path.split(".") if knows(f"field-{part}"))


class _Words:
    """Says values of the model in the words of one version."""

    def __init__(self, rulebook: Rulebook, lang: Lang) -> None:
        self._lang: Lang = lang
        apart = "；" if lang == "zh" else "; "
        self._by_kind: Sequence[tuple[type | tuple[type, ...], Callable[[Any], str]]] = (
            (nodes.Node, Wording(rulebook, lang).of),
            (bool, lambda value: say("flag-yes" if value else "flag-no", lang)),
            ((Figure, LookupTable), lambda value: steps_words(figure_steps(value, lang), lang)),
            (Rule, self._rule),
            (Fact, lambda value: self.of(value.formula)),
            (date, date.isoformat),
            (
                Mapping,
                lambda value: joined(
                    [f"{label(str(k), lang)}: {self.of(v)}" for k, v in value.items()], lang
                ),
            ),
            (tuple, lambda value: apart.join(self.of(one) for one in value)),
        )

    def _rule(self, rule: Rule) -> str:
        said = {"sense": rule.sense_said(self._lang), "article": rule.citation}
        return say("diff-rule", self._lang, object=label(rule.table, self._lang), **said)

    def of(self, value: object) -> str:
        """Any value; nothing is a dash."""
        if value is None or value == ():
            return NOTHING
        for kinds, said in self._by_kind:
            if isinstance(value, kinds):
                return said(value)
        return self._parts(value) if is_dataclass(value) else label(str(value), self._lang)

    def _parts(self, value: Any) -> str:
        """The parts of a compound value that say something."""
        said = []
        for field in fields(value):
            held = getattr(value, field.name)
            if isinstance(held, Source) or held is None or held is False or held == ():
                continue
            said.append(f"{part_words(field.name, self._lang)} {self.of(held)}".strip())
        return joined(said, self._lang)


def as_document(pairs: Sequence[Compared], lang: Lang) -> list[dict[str, Any]]:
    """Every difference for a program; values in words."""
    return [
        {
            "id": one.either.id,
            "before": _mark(one.before),
            "after": _mark(one.after),
            "differences": [_plain(item, one, lang) for item in one.found],
        }
        for one in pairs
    ]


def _mark(book: Rulebook | None) -> dict[str, str] | None:
    return None if book is None else {"version": book.version, "fingerprint": book.fingerprint}


def _plain(one: Difference, pair: Compared, lang: Lang) -> dict[str, Any]:
    assert pair.before is not None
    assert pair.after is not None
    return {
        "what": one.what,
        "how": one.how,
        "id": one.id,
        "name": one.name,
        "part": one.part,
        "key": one.key,
        "since": None if one.since is None else one.since.isoformat(),
        "until": None if one.until is None else one.until.isoformat(),
        "before": None if one.before is None else _Words(pair.before, lang).of(one.before),
        "after": None if one.after is None else _Words(pair.after, lang).of(one.after),
        "words_only": one.worded,
        "rules": list(one.rules),
    }

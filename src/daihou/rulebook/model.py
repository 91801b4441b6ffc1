"""What a rulebook is once read and checked: frozen values, no text left to interpret except sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar
from typing import Literal as OneOf

from daihou.rulebook.nodes import Column, Literal, Node, Type
from daihou.terms import Lang, Source, terms
from daihou.units import period_words

T_co = TypeVar("T_co", covariant=True)


def in_english(english: str, zh: str, lang: Lang) -> str:
    """One text of two for a reader of ``lang``: a company need not write its own rules in English."""
    return english or zh if lang == "en" else zh


@dataclass(frozen=True)
class Dated(Generic[T_co]):
    """A value by date: ``steps`` ascending, each from its day on (first may be None = always); see :meth:`on`."""

    steps: tuple[tuple[date | None, T_co], ...]

    def on(self, day: date) -> T_co | None:
        """The value in force on a day; None before the first step."""
        value: T_co | None = None
        for since, step in self.steps:
            if since is None or since <= day:
                value = step
        return value

    @property
    def latest(self) -> T_co:
        """The last step, whatever its day."""
        return self.steps[-1][1]


@dataclass(frozen=True)
class Figure:
    """A dated figure: constants with unit; ``None`` as a step's value = unset (待定): rules that use it sleep."""

    id: str
    name: str
    meaning: str
    type: Type
    value: Dated[Literal | None]
    citations: tuple[str, ...]
    ours: bool
    source: Source
    book: str
    zero: bool = False  # 可为零: what the company sets may be zero
    english: str = ""  # 英: the meaning in English

    def meaning_said(self, lang: Lang) -> str:
        """What the figure is, for a reader of ``lang``; the meaning as it stands where nobody said it in English."""
        return in_english(self.english, self.meaning, lang)


@dataclass(frozen=True)
class LookupTable:
    """A dated one-key table; ``default`` (其他) answers keys not named."""

    id: str
    name: str
    meaning: str
    key: Type
    type: Type
    value: Dated[Mapping[str | int, Literal]]
    default: Literal | None
    citations: tuple[str, ...]
    ours: bool
    source: Source
    book: str
    zero: bool = False
    english: str = ""

    def meaning_said(self, lang: Lang) -> str:
        """What the table holds; see :meth:`Figure.meaning_said`."""
        return in_english(self.english, self.meaning, lang)


@dataclass(frozen=True)
class Fact:
    """A derived column of a table. ``code`` names one computed by the engine itself (arrears spells), then ``formula`` is None."""

    table: str
    id: str
    name: str
    meaning: str
    type: Type
    formula: Node | None
    code: str | None
    source: Source
    book: str


class Recurrence(StrEnum):
    """How a duty comes back."""

    ONCE = "once"
    PERIODIC = "periodic"
    ROLLING = "rolling"


@dataclass(frozen=True)
class Periods:
    """每: a kind of period by expression (PERIOD), or anchored on a date, or ending on days of the year."""

    kind: Node
    anchor: Node | None = None
    yearly: tuple[tuple[int, int], ...] = ()
    first: Node | None = None
    last: Node | None = None
    join_days: int = 0
    backlog: bool = False


@dataclass(frozen=True)
class Rolling:
    """循环: acts of a child table, counted from the last; ``links`` as in an aggregate."""

    table: str
    links: tuple[tuple[Node, Node], ...]
    where: Node | None
    day: Column
    first: Node


@dataclass(frozen=True)
class Person:
    """Who: a column (path) holding an employee, else a post with the branch path at which its holder is looked for (None = whole company)."""

    column: Node | None
    post: str | None
    branch: Node | None


class Together(StrEnum):
    """How several persons share a duty: alone, each for himself (各), jointly (同办), one starts it (发起) for others who do it jointly."""

    ALONE = "alone"
    EACH = "each"
    JOINTLY = "jointly"


@dataclass(frozen=True)
class Responsible:
    """Who does a duty. ``starter`` only where the rule names one (发起)."""

    together: Together
    persons: tuple[Person, ...]
    starter: Person | None = None


@dataclass(frozen=True)
class Escalation:
    """A step: after ``after`` days or working days late, or after ``missed`` periods in a row, tell ``post``."""

    post: str
    after: Literal | None
    missed: int | None


@dataclass(frozen=True)
class Rule:
    """What every kind of rule has. ``scope`` is the regime's range on this table, already a condition; ``english`` the sense in English, empty where nobody said it."""

    id: str
    name: str
    book: str
    citation: str
    items: tuple[str, ...]
    sense: str
    english: str
    ours: bool
    table: str
    scope: Node | None
    condition: Node | None
    since: date | None
    until: date | None
    sleeping: tuple[str, ...]  # unset figures it uses
    source: Source

    def said(self, lang: Lang) -> str:
        """What the rule is called: its name, in English the label of its signal, else its identifier in words."""
        if lang == "zh":
            return self.name
        number = self.id.rstrip("B")
        term = terms().by_id(number)
        if term is None or not number[1:].isdecimal():
            return self.id.replace("-", " ").capitalize()
        return term.label if number == self.id else f"{term.label} (B)"

    def sense_said(self, lang: Lang) -> str:
        """What the rule wants, for a reader of ``lang``; the sense as it stands where nobody said it in English."""
        return in_english(self.english, self.sense, lang)


@dataclass(frozen=True)
class Duty(Rule):
    """Somebody must do something by a date. Dated parts follow S28/S29 (versions)."""

    recurrence: Recurrence
    periods: Periods | None
    rolling: Rolling | None
    start: Node | None
    occurrence: Node | None
    opens: Dated[Node | None]
    due: Dated[Node | None]
    expires: Dated[Node | None]
    conditions: Dated[Node | None]
    endless: bool  # 到期: 无
    piecewise: bool
    buffer: Dated[Node | None]
    done: Node | None
    responsible: Dated[Responsible]
    form: str | None
    chain: tuple[tuple[str, ...], ...]  # steps in order; several posts of one step sign jointly
    reminder: Literal | None
    escalations: Dated[tuple[Escalation, ...]]
    exempt: Node | None
    postponable: bool
    duty_class: str | None
    withdraw_at_end: bool
    inherits: tuple[str, ...]

    def period_said(self, occurrence: str, lang: Lang) -> str:
        """Which month, quarter … an occurrence is of, in words; empty where the rule counts no periods, or single days."""
        return period_words(occurrence, lang) if self.recurrence is Recurrence.PERIODIC else ""


@dataclass(frozen=True)
class Warning(Rule):  # noqa: A001 - the field's word; the built-in is never meant here
    """A signal to verify and answer. ``levels`` mild to severe; mode A raises, S proposes, M is raised by hand only."""

    mode: str
    episode: Node | None
    party: Node | None
    contract: Node | None
    levels: tuple[tuple[str, Node], ...]
    measures: tuple[str, ...]
    evidence: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Upgrade:
    """上调: an upgrade waits ``months`` from ``since``."""

    months: int
    since: Node


@dataclass(frozen=True)
class Grade(Rule):
    """A class with its cause. ``levels`` in the order written (worst first for ``worst``)."""

    worst: bool
    levels: tuple[tuple[str, Node], ...]
    proposal: Node | None
    manual: Node | None
    manual_approved: Node | None
    current: Column | None
    upgrade: Upgrade | None


@dataclass(frozen=True)
class Refusal:
    """One reason for a gate's no; ``words``, and ``english`` beside them, hold ``{path}`` places filled from ``values``."""

    words: str
    values: tuple[tuple[str, Node], ...]
    when: Node
    english: str = ""

    def said(self, lang: Lang) -> str:
        """The reason for a reader of ``lang``, its places still open; as it stands where nobody said it in English."""
        return in_english(self.english, self.words, lang)


@dataclass(frozen=True)
class Gate(Rule):
    """Asked before an act on one proposed row: not allowed when any refusal is TRUE; unknown is also no, said so."""

    refusals: tuple[Refusal, ...]

    @property
    def in_english(self) -> bool:
        """Whether all its reasons are said in English too."""
        return all(one.english for one in self.refusals)


@dataclass(frozen=True)
class Expectation:
    """One line of a case: on ``day`` (known on ``known``), asked of rule and object, this must come out; keys as in the results."""

    day: date
    known: date | None
    object: str | None
    occurrence: str | None
    want: Mapping[str, str]
    source: Source


@dataclass(frozen=True)
class CaseBook:
    """A worked case beside a rule: a small book (table -> rows of column -> text) and what must come out."""

    name: str
    rules: tuple[str, ...]
    rows: Mapping[str, tuple[Mapping[str, str], ...]]
    expectations: tuple[Expectation, ...]
    source: Source
    book: str
    go_live: date | None = None  # 起用


@dataclass(frozen=True)
class Measure:
    """措施: something that can be done about a warning (M01 … M13)."""

    id: str
    name: str
    meaning: str
    citation: str
    source: Source
    book: str


class Touch(StrEnum):
    """What a layer does with a thing."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    DROPPED = "dropped"


@dataclass(frozen=True)
class LayerEntry:
    """One thing that a layer says something of.

    ``what``: rule, figure, lookup, fact, measure or case. ``key``: by which it is found: id of a rule or figure, table and fact
    joined by a dot, name of a case. ``since``: of what is retired, the first day without it; ``reason`` why.
    """

    what: OneOf["rule", "figure", "lookup", "fact", "measure", "case"]
    touch: Touch
    key: str
    name: str
    source: Source
    since: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Moved:
    """The base is no longer the one a layer was written for. ``entries``: what of the layer touches something that changed; None: not known, for the layer does not say what it found."""

    version: str
    fingerprint: str
    entries: tuple[LayerEntry, ...] | None


@dataclass(frozen=True)
class Layer:
    """One layer of a rulebook and what it was laid on, which has no layer of its own or those before it."""

    name: str
    version: str
    folder: str
    base: str
    base_version: str
    base_fingerprint: str
    entries: tuple[LayerEntry, ...]
    moved: Moved | None = None


@dataclass(frozen=True)
class Rulebook:
    """One regime, read and checked, with what it builds on already merged in."""

    id: str
    name: str
    version: str
    figures: Mapping[str, Figure]
    lookups: Mapping[str, LookupTable]
    facts: Mapping[tuple[str, str], Fact]
    duties: tuple[Duty, ...]
    warnings: tuple[Warning, ...]
    grades: tuple[Grade, ...]
    gates: tuple[Gate, ...]
    cases: tuple[CaseBook, ...] = field(compare=False)
    fingerprint: str  # meaning only: wording, order of files and comments do not change it
    wording: str  # fingerprint of the text as well
    measures: Mapping[str, Measure] = field(default_factory=dict)
    layers: tuple[Layer, ...] = field(default=(), compare=False)  # laid upon the book, the lowest first

    def said(self, lang: Lang) -> str:
        """What the book is called: its name, in English its identifier in words."""
        return self.name if lang == "zh" else self.id.replace("-", " ").capitalize()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules: duties, warnings, grades, gates."""
        return (*self.duties, *self.warnings, *self.grades, *self.gates)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id or name."""
        return next((rule for rule in self.rules if rule_id in (rule.id, rule.name)), None)

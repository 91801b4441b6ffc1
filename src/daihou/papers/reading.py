"""Forms as data: read strictly, every mistake told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from daihou.book import PHONE, Column, ColumnType, Table, declared, domains
from daihou.terms import Catalogue, Lang, read_mapping, terms

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SHARED = "shared.yaml"
"""Groups of fields that several forms have alike, by name."""
TODAY, ME, NUMBER = "今天", "本人", "编号"
"""What a field may be filled from besides the book: the day, and who fills; a row of a register also from the number of the form."""
PERIOD_END = "期末"
"""A field may also begin with the last day of the month, quarter … that its duty is for."""
MONTH_OF = "月初 "
"""Before the name of a day: the first day of its month."""
TODAY_IF = "今天 "
"""Before the name of a field: the day, where the field is filled."""
CHECKPOINTS = "checkpoints.yaml"
"""What the articles want an inspection to look at, by requirement; beside the folder of forms."""
_PRIVATE = frozenset({"身份证", "手机号", "主体证件", PHONE})
"""Checks of columns that hold numbers of persons: no field is filled from one, and no text fills one, for a form keeps such a number apart from its texts."""


class Kind(StrEnum):
    """What a field holds. ``STAFF``: a member of staff, another than whoever fills the form unless the field says otherwise. ``PHONE``: a telephone number, kept sealed."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes-no"
    STAFF = "staff"
    PHONE = "phone"
    LINES = "lines"


class Tells(StrEnum):
    """What a field means to those who read the form for the company: what is new and risky, what is done about it, what follows."""

    RISK = "risk"
    EFFECT = "effect"
    MEASURE = "measure"
    ANALYSIS = "analysis"
    GRADE = "grade"
    CLASS = "class"
    TIER = "tier"
    CLASS_WHY = "class_why"
    DEMANDS = "demands"
    WARNINGS = "warnings"
    MEASURES = "measures"
    STEPS = "steps"
    STAKE = "stake"
    FINANCES = "finances"
    STOCK = "stock"
    STOCK_BEFORE = "stock_before"
    STOCK_NOW = "stock_now"
    STOCK_WHY = "stock_why"


class Owes(StrEnum):
    """What a field of a letter says of a debt, as the registers tell it on the day when the form is opened."""

    UNTIL = "until"
    SINCE = "since"
    DAYS = "days"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    TOTAL = "total"
    AT_MATURITY = "at_maturity"
    PAID = "paid"
    DEBTS = "debts"
    ITEM = "item"
    DUE = "due"
    OTHER = "other"
    DEBTORS = "debtors"
    NAME = "name"
    CAPACITY = "capacity"
    DEMANDED = "demanded"
    ANSWERED = "answered"


OWED_KINDS: Mapping[Owes, Kind] = {
    Owes.UNTIL: Kind.DAY, Owes.SINCE: Kind.DAY, Owes.DAYS: Kind.NUMBER, Owes.PRINCIPAL: Kind.MONEY, Owes.INTEREST: Kind.MONEY,
    Owes.TOTAL: Kind.MONEY, Owes.AT_MATURITY: Kind.MONEY, Owes.PAID: Kind.MONEY, Owes.DEBTS: Kind.LINES, Owes.ITEM: Kind.TEXT,
    Owes.DUE: Kind.DAY, Owes.OTHER: Kind.MONEY, Owes.DEBTORS: Kind.LINES, Owes.NAME: Kind.TEXT, Owes.CAPACITY: Kind.CHOICE,
    Owes.DEMANDED: Kind.MONEY, Owes.ANSWERED: Kind.DAY,
}  # fmt: skip
CLIENT, GUARANTOR = "client", "guarantor"
"""In which capacity somebody owes: the choices of such a field."""


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str

    def said(self, lang: Lang) -> str:
        """The text in a language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Path:
    """A way through declared columns: the table it begins at, the references, the last column."""

    table: str
    steps: tuple[str, ...]


SIGNS: Mapping[str, int] = {"plus": 1, "minus": -1}


@dataclass(frozen=True)
class Part:
    """What a sum adds or takes off: a field, or ``table/column`` of lines, all of them or those where another column holds one of some values.

    ``against``: another field; what counts is by how much the two differ.
    """

    sign: int
    name: str
    where: tuple[str, frozenset[str]] | None = None
    against: str | None = None


@dataclass(frozen=True)
class Field:
    """One field. ``explain``: the answer of a yes-no that wants its reason. ``latest``, ``earliest``: ``today`` or another field.

    ``least``, ``most`` bound a number or an amount in yuan. ``source``: TODAY, ME, PERIOD_END, or a path through the book. ``carried``: begins with
    what the last form said. ``last``: the field whose value in the last form it begins with. ``tells``: what it means beyond this form. ``shows``: the checkpoints that it carries (requirement/name). ``when``: asked only
    where another field holds one of some values. ``sum``: what a number or an amount is made of. ``equal``: two fields that are equal where this
    yes-no is answered yes. ``above``: two fields of which the first is above the second exactly where this yes-no is answered yes. ``unlike``: whom a member of staff is not: ME, or who stands in another field. ``owes``: what it begins with of a debt. ``follows``: left empty it
    is what it is made of. ``fixed``: says what its source says and is not typed: ME always, a way through the book or PERIOD_END where it says so.
    """

    name: str
    label: Words
    kind: Kind
    required: bool = False
    unit: Words | None = None
    help: Words | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    columns: tuple[Field, ...] = ()
    explain: str | None = None
    latest: str | None = None
    earliest: str | None = None
    least: int | None = None
    most: int | None = None
    source: str | Path | None = None
    carried: bool = False
    tells: Tells | None = None
    shows: tuple[str, ...] = ()
    when: tuple[str, frozenset[str]] | None = None
    last: str | None = None
    sum: tuple[Part, ...] = ()
    equal: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    unlike: tuple[str, ...] = (ME,)
    owes: Owes | None = None
    follows: bool = False
    fixed: bool = False

    def asked(self, values: Mapping[str, str]) -> bool:
        """Whether the form asks for it, as the other fields stand."""
        return self.when is None or values.get(self.when[0], "") in self.when[1]


@dataclass(frozen=True)
class Group:
    """Fields under one heading, as on paper."""

    title: Words
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """One form. ``form``: its word among the terms, by identifier. ``done``: the field with the day on which it was done; ``remark``: the one that the completion tells.

    ``instead``: the form in whose place this one stands where the client is of one of some kinds (``clients``), or the duty's own row says
    so (``where``: column and values). ``rows``: what it fills in a row of a register, by table and column: a field, TODAY, ME or NUMBER.
    ``amended``: how often the company has changed what it asks, 0 for the form as it came. ``proof``: the yes-no field that, answered yes,
    asks for a file with the duty; or ``table/column`` of a table of lines, where a line with that column filled does.
    """

    form: str
    version: int
    title: Words
    article: str
    ids: tuple[str, ...]
    groups: tuple[Group, ...]
    done: str | None = None
    remark: str | None = None
    instead: str | None = None
    clients: frozenset[str] = frozenset()
    where: tuple[str, frozenset[str]] | None = None
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    amended: int = 0
    proof: str | None = None

    @property
    def fills(self) -> frozenset[str]:
        """The fields that fill a column of a register."""
        sources = {source for columns in self.rows.values() for source in columns.values()}
        return frozenset(one.removeprefix(MONTH_OF).removeprefix(TODAY_IF) for one in sources)

    @property
    def edition(self) -> str:
        """Which form it is: the version that came with the program, and after a dash how often the company has amended it."""
        return f"{self.version}-{self.amended}" if self.amended else str(self.version)

    def telling(self, what: Tells) -> Field | None:
        """The field that tells something; None where the form has none."""
        return next((one for one in self.fields if one.tells is what), None)

    @property
    def fields(self) -> Iterator[Field]:
        """All fields in their order."""
        return (one for group in self.groups for one in group.fields)


@cache
def messages() -> Catalogue:
    """The texts of this room."""
    return Catalogue.load("daihou.papers")


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in a file of forms: where and what."""

    code: str
    file: str
    place: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text(self, lang: Lang = "zh") -> str:
        """Where and what, in a language."""
        return f"{self.file} {self.place}: {messages().text(self.code, lang, **self.params)}"


class FormsRefusedError(ValueError):
    """Files of forms that cannot stand, with all their mistakes."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(one.text() for one in mistakes))


@cache
def forms() -> Mapping[str, Form]:
    """The forms that come with the program, by identifier of their word. FormsRefusedError where one is wrong."""
    return read_forms(resources.files("daihou.papers") / "forms")


def _proves(said: str, fields: Mapping[str, Field]) -> bool:
    """Whether it names a yes-no field, or a column of a table of lines."""
    name, _slash, column = said.partition("/")
    one = fields.get(name)
    if one is None:
        return False
    return any(each.name == column for each in one.columns) if column else one.kind is Kind.YES_NO


def form_for(named: str, client: str | None, row: Mapping[str, Any] | None = None) -> Form | None:
    """The form that a duty asks for: that which its rule names, or the one that stands in its place.

    ``client``: of which kind the client is. ``row``: what the duty's own row says, by column.
    """
    there = (one for one in forms().values() if one.instead == named and _instead(one, client, row or {}))
    return next(there, forms().get(named))


def _instead(form: Form, client: str | None, row: Mapping[str, Any]) -> bool:
    if form.where is None:
        return client in form.clients
    column, values = form.where
    return row.get(column) in values


@cache
def checkpoints() -> Mapping[str, Mapping[str, Words]]:
    """What the articles want looked at: requirement -> name -> words, in their order."""
    said = read_mapping(resources.files("daihou.papers") / CHECKPOINTS)
    return {item: {name: Words(*words) for name, words in those.items()} for item, those in said.items()}


def carried_by(form: Form) -> Mapping[str, tuple[Field, ...]]:
    """The fields of a form that carry each checkpoint, by requirement/name."""
    found: dict[str, tuple[Field, ...]] = {}
    for one in form.fields:
        for checkpoint in one.shows:
            found[checkpoint] = (*found.get(checkpoint, ()), one)
    return found


def read_forms(folder: Traversable) -> Mapping[str, Form]:
    """All forms of a folder; FormsRefusedError with every mistake."""
    reader = Reader()
    files = {one.name: read_mapping(one) for one in folder.iterdir() if one.name.endswith(".yaml")}
    shared = files.pop(SHARED, {})
    groups = {name: reader.group(SHARED, name, said) for name, said in shared.items()}
    found: dict[str, Form] = {}
    used: set[str] = set()
    for file in sorted(files):
        for word, said in files[file].items():
            form = reader.form(file, word, said, groups, used)
            if form is not None and form.form in found:
                reader.note("form-twice", file, word)
            elif form is not None:
                found[form.form] = form
    for form in found.values():
        other = found.get(form.instead or "")
        if form.instead is not None and (other is None or other.instead is not None):
            reader.note("instead-of-nothing", form.form, "instead", name=form.instead)
    for name in sorted(set(shared) - used):
        reader.note("group-unused", SHARED, name)
    if reader.mistakes:
        raise FormsRefusedError(reader.mistakes)
    return found


_FORM_KEYS = frozenset(
    {
        "version",
        "title",
        "article",
        "ids",
        "groups",
        "done",
        "remark",
        "instead",
        "clients",
        "where",
        "rows",
        "proof",
    }
)
_GROUP_KEYS = frozenset({"title", "fields"})
_SHARED_KEYS = frozenset({"of", "title"})
"""A group that several forms have alike, under a title of this form."""
FIELD_KEYS = frozenset(
    {"say", "is", "must", "unit", "help", "among", "lines", "explain", "latest", "earliest", "least", "most", "from", "carry", "last", "tells", "shows", "when", "sum", "equal", "above", "unlike", "owes", "follows", "fixed"}
)  # fmt: skip
_ONLY: Mapping[str, frozenset[Kind]] = {
    "among": frozenset({Kind.CHOICE}),
    "lines": frozenset({Kind.LINES}),
    "explain": frozenset({Kind.YES_NO}),
    "latest": frozenset({Kind.DAY}),
    "earliest": frozenset({Kind.DAY}),
    "least": frozenset({Kind.NUMBER, Kind.MONEY}),
    "most": frozenset({Kind.NUMBER, Kind.MONEY}),
    "unit": frozenset({Kind.NUMBER, Kind.TEXT}),
    "sum": frozenset({Kind.NUMBER, Kind.MONEY}),
    "follows": frozenset({Kind.NUMBER, Kind.MONEY}),
    "equal": frozenset({Kind.YES_NO}),
    "above": frozenset({Kind.YES_NO}),
    "unlike": frozenset({Kind.STAFF}),
}
"""Keys that belong to some kinds of field only."""
_SHAPES: Mapping[str, type | tuple[type, ...]] = {
    "must": bool, "carry": bool, "last": str, "least": int, "most": int, "latest": str, "earliest": str, "explain": str, "among": (str, list), "lines": list,
    "shows": list, "tells": str, "from": str, "sum": list, "equal": list, "above": list, "unlike": list, "owes": str, "follows": bool, "fixed": bool,
}  # fmt: skip
"""What stands after a key."""


class Reader:
    """Reads forms and keeps what is wrong."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def note(self, code: str, file: str, place: str, **params: str) -> None:
        """Keep one mistake."""
        self.mistakes.append(Mistake(code, file, place, params))

    def form(
        self, file: str, word: str, said: Any, groups: Mapping[str, Group | None], used: set[str]
    ) -> Form | None:
        """One form; None where so much is wrong that nothing can be made of it."""
        term = terms().find(word)
        if term is None:
            self.note("form-no-word", file, word)
            return None
        if not self.keys(file, word, said, _FORM_KEYS, {"version", "title", "article", "ids", "groups"}):
            return None
        title = self.words(file, word, said["title"])
        made: list[Group] = []
        for number, one in enumerate(said["groups"], start=1):
            shared = one if isinstance(one, str) else one.get("of") if isinstance(one, dict) else None
            if shared is not None:
                used.add(str(shared))
                group = groups.get(str(shared))
                if group is None:
                    self.note("group-unknown", file, word, name=str(shared))
                elif isinstance(one, dict):
                    self.keys(file, f"{word} {number}", one, _SHARED_KEYS, _SHARED_KEYS)
                    group = replace(group, title=self.words(file, f"{word} {number}", one.get("title")))
            else:
                group = self.group(file, f"{word} {number}", one)
            if group is not None:
                made.append(group)
        form = Form(
            term.id, self._whole(file, word, said["version"]), title, str(said["article"]), tuple(map(str, said["ids"])), tuple(made),
            said.get("done"), said.get("remark"), *self._place(file, word, said), proof=said.get("proof"),
        )  # fmt: skip
        form = replace(form, rows=self._rows(file, word, form, said.get("rows", {})))
        self.together(file, word, form)
        return form

    def _rows(self, file: str, word: str, form: Form, said: Any) -> Mapping[str, Mapping[str, str]]:
        """Which columns of which tables the form fills, each from something that fits it."""
        tables = {table.word: table for table in declared().values()}
        fields = {one.name: one for one in form.fields}
        found: dict[str, dict[str, str]] = {}
        for name, columns in said.items():
            table = tables.get(str(name))
            if table is None or not isinstance(columns, dict):
                self.note("row-of-nothing", file, word, name=str(name))
                continue
            for asked, source in columns.items():
                column = _column(table, str(asked))
                if column is None or not fits(column, str(source), fields):
                    self.note("row-does-not-fit", file, f"{word} {name}.{asked}", name=str(source))
                else:
                    found.setdefault(table.id, {})[column.id] = str(source)
        return found

    def _place(
        self, file: str, word: str, said: Mapping[str, Any]
    ) -> tuple[str | None, frozenset[str], tuple[str, frozenset[str]] | None]:
        """In place of which form this one stands, and for clients of which kinds, or where the duty's row says what."""
        if ("instead" in said) != ("clients" in said or "where" in said):
            self.note("key-missing", file, word, name="clients" if "instead" in said else "instead")
        other = said.get("instead")
        term = None if other is None else terms().find(str(other))
        if other is not None and term is None:
            self.note("form-no-word", file, f"{word} {other}")
        found = {str(one): terms().find(str(one)) for one in said.get("clients", [])}
        kinds = {
            one: kind.id
            for one, kind in found.items()
            if kind is not None and kind.id in domains()["party_kind"]
        }
        for one in sorted(found.keys() - kinds.keys()):
            self.note("client-kind", file, word, name=one)
        clients = frozenset(kinds.values())
        return None if term is None else term.id, clients, self._where(file, word, said.get("where"))

    def _where(self, file: str, word: str, said: Any) -> tuple[str, frozenset[str]] | None:
        """``[表.列, 值, …]``: the duty's own row holds one of the values in a column."""
        if said is None:
            return None
        table_word, _, column_word = str(said[0]).partition(".")
        table = next((one for one in declared().values() if one.word == table_word), None)
        column = None if table is None else _column(table, column_word)
        values = {str(one): terms().find(str(one)) for one in said[1:]}
        known = () if column is None or column.enum is None else domains()[column.enum]
        wrong = sorted(one for one, term in values.items() if term is None or term.id not in known)
        if column is None or wrong or not values:
            self.note("where-what", file, word, name="、".join(wrong) or str(said[0]))
            return None
        return column.id, frozenset(term.id for term in values.values() if term is not None)

    def together(self, file: str, word: str, form: Form) -> None:
        """What fields say of each other: no name twice, and every name that is referred to."""
        fields = {one.name: one for one in form.fields}
        names = [one.name for one in form.fields]
        for name in sorted({one for one in names if names.count(one) > 1}):
            self.note("field-twice", file, word, name=name)
        for one in (*fields.values(), *(column for held in fields.values() for column in held.columns)):
            for other in (one.latest, one.earliest):
                if other not in {None, "today"} and (
                    other not in fields or fields[other].kind is not Kind.DAY
                ):
                    self.note("field-no-day", file, f"{word} {one.name}", name=str(other))
        self._leaning(file, word, fields, form.fills)
        if form.done is not None and (form.done not in fields or fields[form.done].kind is not Kind.DAY):
            self.note("field-no-day", file, word, name=form.done)
        elif form.done is not None and not fields[form.done].required:
            self.note("done-not-required", file, word, name=form.done)
        if form.remark is not None and (
            form.remark not in fields or fields[form.remark].kind not in {Kind.TEXT, Kind.LONG}
        ):
            self.note("field-no-text", file, word, name=form.remark)
        if form.proof is not None and not _proves(form.proof, fields):
            self.note("proof-what", file, word, name=form.proof)

    def _leaning(self, file: str, word: str, fields: Mapping[str, Field], written: frozenset[str]) -> None:
        """What a field begins with, the answer on which it is asked, the figures that it is made of or speaks of."""
        for one in fields.values():
            if one.last is not None and (one.last not in fields or fields[one.last].kind is not one.kind):
                self.note("last-what", file, f"{word} {one.name}", name=one.last)
            asking = None if one.when is None else fields.get(one.when[0])
            known = set() if asking is None else answers(asking)
            if one.when is not None and not one.when[1] <= known:
                self.note("when-what", file, f"{word} {one.name}", name=one.when[0])
            for name in one.unlike if one.kind is Kind.STAFF else ():
                if name != ME and (
                    name not in fields or fields[name].kind is not Kind.STAFF or name == one.name
                ):
                    self.note("unlike-what", file, f"{word} {one.name}", name=name)
            if one.follows and (not one.sum or one.required):
                self.note("follows-what", file, f"{word} {one.name}")
            from_book = isinstance(one.source, Path) and one.name not in written
            if one.fixed and one.source not in {ME, PERIOD_END} and not from_book:
                self.note("fixed-what", file, f"{word} {one.name}")
            for part in one.sum:
                if not _adds_up(one, part, fields):
                    self.note("sum-what", file, f"{word} {one.name}", name=part.name)
            for code, two in (("equal-what", one.equal), ("above-what", one.above)):
                kinds = {fields[name].kind if name in fields else None for name in two}
                if two and (len(set(two)) != 2 or kinds not in ({Kind.MONEY}, {Kind.NUMBER})):  # noqa: PLR2004 - two
                    self.note(code, file, f"{word} {one.name}", name="、".join(two))

    def group(self, file: str, place: str, said: Any) -> Group | None:
        """One group of fields."""
        if not self.keys(file, place, said, _GROUP_KEYS, _GROUP_KEYS):
            return None
        fields = [one for pair in said["fields"] for one in self._named(file, place, pair)]
        return Group(self.words(file, place, said["title"]), tuple(fields))

    def _named(self, file: str, place: str, pair: Any) -> Iterator[Field]:
        if not isinstance(pair, dict) or len(pair) != 1:
            self.note("field-shape", file, place)
            return
        ((name, said),) = pair.items()
        if not str(name).isidentifier():
            self.note("field-name", file, place, name=str(name))
        made = self.field(file, f"{place} {name}", name, said)
        if made is not None:
            yield made

    def field(self, file: str, place: str, name: str, said: Any) -> Field | None:
        """One field; None where so much is wrong that nothing can be made of it."""
        if not self.keys(file, place, said, FIELD_KEYS, {"say"}):
            return None
        told = said.get("is", "text")
        if told not in set(Kind):
            self.note("field-kind", file, place, name=str(told))
            return None
        kind = Kind(told)
        if not self._shapes(file, place, said):
            return None
        for key in sorted(set(said) & set(_ONLY)):
            if kind not in _ONLY[key]:
                self.note("field-key-of-other-kind", file, place, name=key, kind=kind)
        choices = self._choices(file, place, said.get("among", []))
        columns = tuple(one for pair in said.get("lines", []) for one in self._named(file, place, pair))
        if kind is Kind.CHOICE and not choices:
            self.note("choice-of-nothing", file, place)
        if kind is Kind.LINES and (not columns or any(one.kind is Kind.LINES for one in columns)):
            self.note("lines-of-nothing", file, place)
        for key in sorted(
            {
                key
                for one in columns
                for key, told in (
                    ("sum", one.sum),
                    ("equal", one.equal),
                    ("above", one.above),
                    ("unlike", bool(set(one.unlike) - {ME})),
                )
                if told
            }
        ):
            self.note("field-key-of-other-kind", file, place, name=key, kind=kind)
        if said.get("explain") not in {None, "yes", "no"}:
            self.note("explain-what", file, place)
        source = self._source(file, place, said.get("from"))
        if kind is Kind.STAFF and source is not None and not _names_staff(source):
            self.note("from-no-colleague", file, place, name=str(said["from"]))
        return Field(
            name, self.words(file, place, said["say"]), kind, bool(said.get("must", False)),
            self.maybe(file, place, said.get("unit")), self.maybe(file, place, said.get("help")), choices, columns, said.get("explain"),
            said.get("latest"), said.get("earliest"), said.get("least"), said.get("most"), source,
            bool(said.get("carry", False)), self._tells(file, place, said.get("tells")), self._shows(file, place, said.get("shows", [])),
            self._when(file, place, said.get("when")), said.get("last"), self._sum(file, place, said.get("sum", [])),
            tuple(str(one) for one in said.get("equal", [])), tuple(str(one) for one in said.get("above", [])), tuple(str(one) for one in said.get("unlike", [ME])),
            self._owes(file, place, said.get("owes"), kind, choices), bool(said.get("follows", False)),
            bool(said.get("fixed", False)) or source == ME,
        )  # fmt: skip

    def _sum(self, file: str, place: str, said: Any) -> tuple[Part, ...]:
        """``[plus or minus, field]``, ``[plus or minus, table/column, column, value, …]``, or ``[gap, field, field]``, each."""
        found: list[Part] = []
        for one in said:
            match one:
                case ["gap", str(name), str(other)]:
                    found.append(Part(1, name, against=other))
                case [str(sign), str(name)] if sign in SIGNS:
                    found.append(Part(SIGNS[sign], name))
                case [str(sign), str(name), str(column), str(value), *more] if sign in SIGNS:
                    found.append(Part(SIGNS[sign], name, (column, frozenset(map(str, (value, *more))))))
                case _:
                    self.note("sum-what", file, place, name=str(one))
        return tuple(found)

    def _shapes(self, file: str, place: str, said: Mapping[str, Any]) -> bool:
        """Whether what a field says has the shape that its keys want."""
        wrong = [
            key for key, shape in _SHAPES.items() if key in said and (not isinstance(said[key], shape) or (shape is int and isinstance(said[key], bool)))
        ]  # fmt: skip
        for key in wrong:
            self.note("key-shape", file, place, name=key)
        return not wrong

    def _tells(self, file: str, place: str, said: Any) -> Tells | None:
        if said is None or said in set(Tells):
            return None if said is None else Tells(said)
        self.note("tells-what", file, place, name=str(said))
        return None

    def _owes(
        self, file: str, place: str, said: Any, kind: Kind, choices: tuple[tuple[str, Words], ...]
    ) -> Owes | None:
        """What of a debt a field begins with; of its kind, and a capacity with both choices."""
        if said is None:
            return None
        fits_kind = said in set(Owes) and OWED_KINDS[Owes(said)] is kind
        if not fits_kind or (
            said == Owes.CAPACITY and {CLIENT, GUARANTOR} - {value for value, _words in choices}
        ):
            self.note("owes-what", file, place, name=str(said))
            return None
        return Owes(said)

    def _when(self, file: str, place: str, said: Any) -> tuple[str, frozenset[str]] | None:
        """``[field, value, …]``."""
        if said is None:
            return None
        if not isinstance(said, list) or len(said) < 2:  # noqa: PLR2004 - a field and a value at least
            self.note("when-what", file, place, name=str(said))
            return None
        return str(said[0]), frozenset(str(one) for one in said[1:])

    def _shows(self, file: str, place: str, said: Any) -> tuple[str, ...]:
        known = {f"{item}/{name}" for item, those in checkpoints().items() for name in those}
        for one in said:
            if one not in known:
                self.note("shows-what", file, place, name=str(one))
        return tuple(str(one) for one in said)

    def _choices(self, file: str, place: str, said: Any) -> tuple[tuple[str, Words], ...]:
        """What may be chosen: written out, or all values of a domain by its word."""
        found: dict[str, Words] = {}
        if isinstance(said, str):
            term = terms().find(said)
            if term is None or term.id not in domains():
                self.note("choice-of-no-domain", file, place, name=said)
                return ()
            values = [terms().by_id(one) for one in domains()[term.id]]
            return tuple((one.id, Words(one.word, one.label)) for one in values if one is not None)
        for one in said:
            if not isinstance(one, list) or len(one) != 3:  # noqa: PLR2004 - value, Chinese, English
                self.note("choice-shape", file, place)
            elif str(one[0]) in found:
                self.note("choice-twice", file, place, name=str(one[0]))
            else:
                found[str(one[0])] = self.words(file, place, one[1:])
        return tuple(found.items())

    def _source(self, file: str, place: str, said: Any) -> str | Path | None:
        """Where a field is filled from: every step is a declared reference, the end no personal number."""
        if said is None or said in {TODAY, ME, PERIOD_END}:
            return said  # type: ignore[no-any-return]
        first, *steps = str(said).split(".")
        tables = {table.word: table for table in declared().values()}
        if not steps or first not in tables:
            self.note("from-nowhere", file, place, name=str(said))
            return None
        table: Table = tables[first]
        names: list[str] = []
        for number, word in enumerate(steps, start=1):
            column = _column(table, word)
            last = number == len(steps)
            if column is None or (not last and column.ref is None):
                self.note("from-nowhere", file, place, name=str(said))
                return None
            if last and column.check in _PRIVATE:
                self.note("from-a-number", file, place, name=str(said))
                return None
            names.append(column.id)
            if not last:
                table = declared()[str(column.ref)]
        return Path(tables[first].id, tuple(names))

    def keys(self, file: str, place: str, said: Any, known: frozenset[str], needed: Any) -> bool:
        """Whether keys and values stand there, and every needed key; unknown ones are noted."""
        if not isinstance(said, dict):
            self.note("no-mapping", file, place)
            return False
        for key in sorted(set(said) - known):
            self.note("key-unknown", file, place, name=key)
        for key in sorted(set(needed) - set(said)):
            self.note("key-missing", file, place, name=key)
        return not set(needed) - set(said)

    def words(self, file: str, place: str, said: Any) -> Words:
        """A text in both languages."""
        if (
            not isinstance(said, list)
            or len(said) != 2  # noqa: PLR2004 - Chinese and English
            or not all(isinstance(one, str) and one for one in said)
        ):
            self.note("words-shape", file, place)
            return Words("", "")
        return Words(said[0], said[1])

    def maybe(self, file: str, place: str, said: Any) -> Words | None:
        """A text in both languages, or none."""
        return None if said is None else self.words(file, place, said)

    def _whole(self, file: str, place: str, said: Any) -> int:
        if not isinstance(said, int) or isinstance(said, bool) or said < 1:
            self.note("version-shape", file, place)
            return 0
        return said


def _names_staff(source: str | Path) -> bool:
    """Whether a way ends at a column that refers to a member of staff."""
    if not isinstance(source, Path):
        return False
    table = source.table
    for step in source.steps:
        table = str(declared()[table].columns[step].ref)
    return table == "employee"


def answers(one: Field) -> set[str]:
    """What may be answered to a field of choices."""
    return {"yes", "no"} if one.kind is Kind.YES_NO else {value for value, _words in one.choices}


def _adds_up(one: Field, part: Part, fields: Mapping[str, Field]) -> bool:
    """Whether a part is another field of the kind of the sum, or a column of lines of that kind, told by a column of choices."""
    name, _slash, column = part.name.partition("/")
    held = fields.get(name)
    if held is None or held is one:
        return False
    if part.against is not None:
        other = fields.get(part.against)
        return other is not None and other not in {held, one} and held.kind is other.kind is one.kind
    if not column:
        return held.kind is one.kind and part.where is None
    columns = {each.name: each for each in held.columns}
    if column not in columns or columns[column].kind is not one.kind:
        return False
    return part.where is None or (
        part.where[0] in columns and part.where[1] <= answers(columns[part.where[0]])
    )


def _column(table: Table, word: str) -> Column | None:
    return next((one for one in table.columns.values() if one.word == word), None)


_FITTING: Mapping[ColumnType, frozenset[Kind]] = {
    ColumnType.DATE: frozenset({Kind.DAY}),
    ColumnType.HAPPENED: frozenset({Kind.DAY}),
    ColumnType.FEN: frozenset({Kind.MONEY}),
    ColumnType.INT: frozenset({Kind.NUMBER}),
    ColumnType.NUM: frozenset({Kind.NUMBER}),
    ColumnType.BOOL: frozenset({Kind.YES_NO}),
    ColumnType.ENUM: frozenset({Kind.CHOICE}),
    ColumnType.TEXT: frozenset({Kind.TEXT, Kind.LONG}),
    ColumnType.ID: frozenset({Kind.TEXT}),
}
"""Which kinds of field may fill a column of a type."""


def fits(column: Column, source: str, fields: Mapping[str, Field]) -> bool:
    """Whether something may fill a column: the day a date, who fills an employee, the number an own number, a field a column of its kind."""
    if source == TODAY:
        return column.type in {ColumnType.DATE, ColumnType.HAPPENED}
    if source == ME:
        return column.ref == "employee"
    if source == NUMBER:
        return column.type in {ColumnType.ID, ColumnType.TEXT} and column.check not in _PRIVATE
    if source.startswith(TODAY_IF):
        return source.removeprefix(TODAY_IF) in fields and fits(column, TODAY, fields)
    one = fields.get(source.removeprefix(MONTH_OF))
    if one is None or (source.startswith(MONTH_OF) and one.kind is not Kind.DAY):
        return False
    if one.kind in {Kind.STAFF, Kind.PHONE}:
        return column.ref == "employee" if one.kind is Kind.STAFF else column.check == PHONE
    if one.kind not in _FITTING.get(column.type, frozenset()) or column.check in _PRIVATE:
        return False
    return column.enum is None or {value for value, _words in one.choices} <= set(domains()[column.enum])

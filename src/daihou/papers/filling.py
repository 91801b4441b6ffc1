"""A form filled in: what the book fills, what was typed read and checked, personal numbers out of the texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from daihou.book import (
    PHONE,
    Column,
    ColumnType,
    check_identifier,
    declared,
    each_number,
    hidden,
    masked,
    phone_number,
)
from daihou.papers.reading import ME, PERIOD_END, TODAY, Field, Form, Kind, Part, Path, Tells, messages
from daihou.registers.kept import field_name, homes, standing
from daihou.registers.sealing import seals
from daihou.terms import Lang, terms
from daihou.units import DateTextError, MoneyError, format_yuan, period_end, read_date, read_fen

YES, NO = "yes", "no"
WHY = "why"
"""What follows the name of a yes-no, after a slash, for its reason."""
LONGEST = {Kind.TEXT: 400, Kind.LONG: 8_000}
MOST_LINES = 60
_MARK = re.compile(r"(?<![0-9A-Za-z])P[A-Z2-7]{20}(?![0-9A-Za-z])")
_TITLES = {"party": "title", "employee": "full_name", "branch": "title", "company": "title"}
"""Tables whose rows people know by a name."""


NOTHING = frozenset({"", "无", "没有", "暂无", "未发现", "无新增", "none", "no"})
"""Answers in words that say that there is nothing."""

_BLANKS = re.compile(r"[\s，。；、,.;:：！!]+")


def plain(text: str) -> str:
    """A text without blanks and stops."""
    return _BLANKS.sub("", text).lower()


def says_nothing(text: str) -> bool:
    """Whether an answer is empty or only says that there is nothing."""
    return plain(text) in NOTHING


@dataclass(frozen=True)
class About:
    """The duty that a form is filled for: its key, the number of its page, its row, where it leads, and the day it began."""

    duty: str
    duty_no: int
    table: str
    object: str
    contract: str | None
    party: str | None
    branch: str | None
    opens: date | None = None

    @property
    def occurrence(self) -> str:
        """Which occurrence of a recurring duty it is: what its key says behind rule and object."""
        return self.duty.partition("/")[2].removeprefix(f"{self.object}/")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value: ``name`` of the field as the page names it."""

    name: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text(self, lang: Lang) -> str:
        """What to do about it."""
        return messages().text(self.code, lang, **self.params)


@dataclass(frozen=True)
class Filled:
    """What a form says: ``values`` by name, personal numbers as marks; ``numbers``: mark -> sealed; ``done``: the day on which it was done; ``remark``: what its completion tells, numbers hidden."""

    values: Mapping[str, str]
    numbers: Mapping[str, str]
    faults: tuple[Fault, ...]
    done: date | None = None
    remark: str = ""


# -- names of values ------------------------------------------------------------------------------------------------


def names_of(form: Form, lines: Mapping[str, int]) -> Iterator[tuple[str, Field]]:
    """Every name of a value with its field; ``lines``: how many lines each table of lines has."""
    for one in form.fields:
        if one.kind is Kind.LINES:
            for row in range(lines.get(one.name, 0)):
                for column in one.columns:
                    yield from _names(f"{one.name}/{row}/{column.name}", column)
        else:
            yield from _names(one.name, one)


def _names(name: str, one: Field) -> Iterator[tuple[str, Field]]:
    yield name, one
    if one.kind is Kind.YES_NO:
        yield f"{name}/{WHY}", one


def lines_in(form: Form, values: Iterable[str]) -> dict[str, int]:
    """How many lines of each table of lines are named by values."""
    tables = {one.name for one in form.fields if one.kind is Kind.LINES}
    found: dict[str, int] = {}
    for name in values:
        head, _, rest = name.partition("/")
        row = rest.partition("/")[0]
        if head in tables and row.isdecimal() and int(row) < MOST_LINES:
            found[head] = max(found.get(head, 0), int(row) + 1)
    return found


def lines_telling(
    form: Form, values: Mapping[str, str], what: Tells
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The lines of the table that tells something: where each stands, and its cells in order with their names."""
    table = form.telling(what)
    if table is None:
        return
    for number in range(lines_in(form, values).get(table.name, 0)):
        names = [f"{table.name}/{number}/{column.name}" for column in table.columns]
        yield f"{table.name}/{number}", [(name, values.get(name, "")) for name in names]


# -- what the book fills --------------------------------------------------------------------------------------------


def prefilled(form: Form, about: About, *, me: str, today: date) -> dict[str, str]:
    """What is known already, by name of the field; a way that leads nowhere leaves its field empty."""
    rows: dict[tuple[str, str], Any] = {}
    found: dict[str, str] = {}
    for one in form.fields:
        if one.source == TODAY:
            found[one.name] = today.isoformat()
        elif one.source == ME:
            found[one.name] = me
        elif one.source == PERIOD_END:
            end = period_end(about.occurrence)
            found |= {} if end is None else {one.name: end.isoformat()}
        elif isinstance(one.source, Path):
            text = _along(one.source, about, rows, one.kind)
            if text:
                found[one.name] = masked(text)
    return found


IN_WORDS: dict[tuple[str, str], Callable[[Any], str]] = {}
"""How a value that a room keeps for programs is told to people, by table and column: out of its row."""


def _along(path: Path, about: About, rows: dict[tuple[str, str], Any], kind: Kind) -> str:
    key = _beginning(path.table, about, rows)
    table = path.table
    for number, step in enumerate(path.steps, start=1):
        row = None if key is None else _row(table, key, rows)
        if row is None:
            return ""
        column = declared()[table].columns[step]
        value = getattr(row, field_name(step))
        if number == len(path.steps):
            said = IN_WORDS.get((table, step))
            return _told(column, value if said is None else said(row), rows, kind)
        table, key = str(column.ref), value
    return ""


def _beginning(table: str, about: About, rows: dict[tuple[str, str], Any]) -> str | None:
    """The key of the row at which a way begins: the duty's own, its contract or that contract's client."""
    if table == about.table:
        return about.object
    if table == "contract":
        return about.contract
    if table == "party":
        contract = None if about.contract is None else _row("contract", about.contract, rows)
        return about.party or (None if contract is None else contract.client)
    return about.branch if table == "branch" else None


def client_of(about: About) -> str | None:
    """The key of the client whom a form is about: the duty's own, or that of its contract."""
    return _beginning("party", about, {})


def _row(table: str, key: str, rows: dict[tuple[str, str], Any]) -> Any:
    if (table, key) not in rows:
        rows[table, key] = standing(homes()[table]).filter(key=key).first() if table in homes() else None
    return rows[table, key]


def _told(column: Column, value: Any, rows: dict[tuple[str, str], Any], kind: Kind) -> str:
    """A value of the book as a person would type it."""
    if value is None or value == "":
        return ""
    if kind is Kind.STAFF:
        return colleague(str(value)) or ""
    if column.ref in _TITLES:
        row = _row(str(column.ref), value, rows)
        return "" if row is None else str(getattr(row, _TITLES[str(column.ref)]))
    if column.type is ColumnType.FEN:
        return format_yuan(int(value))
    if column.type is ColumnType.ENUM:
        term = terms().by_id(str(value))
        return str(value) if term is None else term.word
    if column.type is ColumnType.BOOL:
        return YES if value else NO
    if column.type is ColumnType.NUM:
        return format(Decimal(value).normalize(), "f")
    return value.isoformat() if isinstance(value, date) and kind is Kind.DAY else str(value)


# -- what was typed -------------------------------------------------------------------------------------------------


def taken(form: Form, typed: Mapping[str, str], held: Mapping[str, str] | None = None) -> Filled:
    """What was typed as it is kept in a draft: nothing checked, only what the form asks for, empty lines closed up.

    ``held``: sealed numbers that the page showed hidden; where their hidden form comes back it means the number.
    """
    tokens = tokens_of(held or {})
    numbers: dict[str, str] = {}
    given = closed_up(form, typed)
    phones = {name for name, one in names_of(form, lines_in(form, given)) if one.kind is Kind.PHONE}
    values: dict[str, str] = {}
    for name, text in given.items():
        mark = _phone(text, tokens, held or {}, numbers) if name in phones else None
        values[name] = mark or _without_numbers(text, tokens, held or {}, numbers)
    return Filled(values, numbers, ())


def checked(
    form: Form, typed: Mapping[str, str], *, today: date, opens: date | None, held: Mapping[str, str] | None = None, me: str = "", before: Mapping[str, str] | None = None
) -> Filled:  # fmt: skip
    """What was typed, read and checked whole; every fault is told. ``me``: the staff number of whoever fills it, whom a field of staff means only where it says so.

    ``before``: what the edition said that is corrected: a colleague whom it named stays, though he has left since.
    """
    draft = _asked_only(form, taken(form, typed, held))
    faults: list[Fault] = []
    read: dict[str, str] = {}
    days: dict[str, date] = {}
    for name, one in names_of(form, lines_in(form, draft.values)):
        text = draft.values.get(name, "")
        stays = one.kind is Kind.STAFF and bool(text) and (before or {}).get(name) == text
        value = text if stays else _read(name, one, text, draft.values, faults)
        if value and one.kind is Kind.STAFF and ME in one.unlike and number_of(value) == me:
            faults.append(Fault(name, "not-oneself"))
        if value and one.kind is Kind.PHONE and not _holds_phone(value, draft.numbers):
            faults.append(Fault(name, "no-phone"))
            continue
        if value:
            read[name] = value
        if value and one.kind is Kind.DAY:
            days[name] = date.fromisoformat(value)
    faults += [
        Fault(one.name, "missing")
        for one in form.fields
        if one.kind is Kind.LINES
        and one.required
        and one.asked(read)
        and not lines_in(form, read).get(one.name)
    ]
    for name, one in names_of(form, lines_in(form, read)):
        if name in days:
            done = name == form.done
            faults += _days(name, one, days, today, opens if done else None, done=done)
    wrong = {fault.name for fault in faults}
    read |= _following(form, read, wrong)
    faults += _against_each_other(form, read, wrong)
    told = shown({"remark": read.get(form.remark or "", "")}, draft.numbers)["remark"]
    return Filled(read, draft.numbers, in_order(form, faults), days.get(form.done or ""), told)


def in_order(form: Form, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults as their fields follow one another on the page, those of the form as a whole first."""
    fields = {one.name: at for at, one in enumerate(form.fields)}
    columns = {
        f"{one.name}/{column.name}": at for one in form.fields for at, column in enumerate(one.columns)
    }

    def place(fault: Fault) -> tuple[int, int, int]:
        head, row, column, *_ = (*fault.name.split("/"), "", "")
        return fields.get(head, -1), int(row) if row.isdecimal() else -1, columns.get(f"{head}/{column}", -1)

    return tuple(sorted(faults, key=place))


def _against_each_other(form: Form, read: Mapping[str, str], wrong: Collection[str]) -> Iterator[Fault]:
    """Figures that are not what they are made of, and answers about two figures that are not so; what is wrong by itself is not added up."""
    unsure = {name.partition("/")[0] for name in wrong}
    for one in form.fields:
        if one.sum and one.name in read and unsure.isdisjoint({one.name, *_parts(one)}):
            whole = sum_of(one, read)
            off = Decimal(read[one.name]) - whole
            if off:
                yield Fault(one.name, "sum-differs", {"sum": _figure(whole), "off": _figure(abs(off))})
        if _stands_twice(one, read):
            yield Fault(one.name, "same-person")
        if one.equal and read.get(one.name) == YES and all(name in read for name in one.equal):
            off = abs(Decimal(read[one.equal[0]]) - Decimal(read[one.equal[1]]))
            if off:
                yield Fault(one.name, "not-equal", {"off": _figure(off)})
        if one.above and one.name in read and all(name in read for name in one.above):
            yield from _not_so(one, *(Decimal(read[name]) for name in one.above), said=read[one.name] == YES)


def _not_so(one: Field, figure: Decimal, bound: Decimal, *, said: bool) -> Iterator[Fault]:
    """That a figure was said to be above another and is not, or the other way round."""
    told = {"figure": _figure(figure), "bound": _figure(bound)}
    if said and figure <= bound:
        yield Fault(one.name, "not-above", told)
    elif not said and figure > bound:
        yield Fault(one.name, "is-above", {**told, "off": _figure(figure - bound)})


def _following(form: Form, read: Mapping[str, str], wrong: Collection[str]) -> dict[str, str]:
    """The figures that were left empty and follow from what they are made of; not of what is wrong or was not filled."""
    unsure = {name.partition("/")[0] for name in wrong}
    return {
        one.name: f"{sum_of(one, read):.2f}"
        if one.kind is Kind.MONEY
        else format(sum_of(one, read).normalize(), "f")
        for one in form.fields
        if one.follows and one.name not in read and one.asked(read) and unsure.isdisjoint(_parts(one))
    }


def _parts(one: Field) -> set[str]:
    """The fields that a figure is made of."""
    return {name.partition("/")[0] for part in one.sum for name in (part.name, part.against) if name}


def _stands_twice(one: Field, read: Mapping[str, str]) -> bool:
    """Whether the person of a field stands in another as well, from whom he is to differ."""
    return (
        one.kind is Kind.STAFF
        and one.name in read
        and any(read.get(name) == read[one.name] for name in one.unlike)
    )


def _figure(number: Decimal) -> str:
    """A figure as people read it."""
    return f"{number.normalize():,f}"


def sum_of(one: Field, values: Mapping[str, str]) -> Decimal:
    """What a field is by its parts; a part that is not filled adds nothing."""
    return sum((part.sign * _amount(part, values) for part in one.sum), Decimal())


def _amount(part: Part, values: Mapping[str, str]) -> Decimal:
    """What a part adds, before its sign."""
    if part.against is not None:
        return abs(Decimal(values.get(part.name) or 0) - Decimal(values.get(part.against) or 0))
    return sum((Decimal(values[name]) for name in _adding(part, values)), Decimal())


def _adding(part: Part, values: Mapping[str, str]) -> Iterator[str]:
    """The names of the filled values that a part adds or takes off."""
    table, _slash, column = part.name.partition("/")
    for name in values:
        head, _, rest = name.partition("/")
        row, _, own = rest.partition("/")
        among = name == part.name if not column else head == table and own == column
        if among and (part.where is None or values.get(f"{table}/{row}/{part.where[0]}") in part.where[1]):
            yield name


def _asked_only(form: Form, draft: Filled) -> Filled:
    """Without answers to fields that the other answers do not ask for: the page may still hold them, hidden."""
    left = {one.name for one in form.fields if not one.asked(draft.values)}
    return replace(
        draft,
        values={name: text for name, text in draft.values.items() if name.partition("/")[0] not in left},
    )


def closed_up(form: Form, typed: Mapping[str, str]) -> dict[str, str]:
    """The values that the form asks for, trimmed, without empty ones; lines that are empty are left out."""
    lines = lines_in(form, typed)
    given = {
        name: " ".join(text.split()) if one.kind is not Kind.LONG else text.replace("\r\n", "\n").strip()
        for name, one in names_of(form, lines)
        if (text := str(typed.get(name, ""))).strip()
    }
    found: dict[str, str] = {}
    places: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    for name, text in given.items():
        head, _, rest = name.partition("/")
        if head not in lines:
            found[name] = text
            continue
        row, _, column = rest.partition("/")
        if (head, row) not in places:
            places[head, row] = counts.get(head, 0)
            counts[head] = places[head, row] + 1
        found[f"{head}/{places[head, row]}/{column}"] = text
    return found


def _read(name: str, one: Field, text: str, all_of: Mapping[str, str], faults: list[Fault]) -> str:
    """A value as it is kept; empty, with its fault told, where it is none."""
    if name.endswith(f"/{WHY}"):
        answer = all_of.get(name[: -len(WHY) - 1], "")
        if not text and one.explain is not None and answer == one.explain:
            faults.append(Fault(name, "no-reason"))
        return _short(name, Kind.TEXT, text, faults)
    if not text:
        if one.required and one.asked(all_of):
            faults.append(Fault(name, "missing"))
        return ""
    if one.kind in LONGEST:
        return _short(name, one.kind, text, faults)
    if one.kind is Kind.PHONE:
        return text
    if one.kind is Kind.DAY:
        try:
            return read_date(text).isoformat()
        except DateTextError:
            faults.append(Fault(name, "no-day", {"value": text[:40]}))
            return ""
    if one.kind in {Kind.NUMBER, Kind.MONEY}:
        return _quantity(name, one, text, faults)
    return _chosen(name, one, text, faults)


def _chosen(name: str, one: Field, text: str, faults: list[Fault]) -> str:
    """A member of staff, or one of the choices."""
    if one.kind is Kind.STAFF:
        label = colleague(text)
        if label is None:
            faults.append(Fault(name, "no-colleague", {"value": text[:40]}))
        return label or ""
    known = {YES, NO} if one.kind is Kind.YES_NO else {value for value, _ in one.choices}
    if text not in known:
        faults.append(Fault(name, "no-choice", {"value": text[:40]}))
        return ""
    return text


_IN_BRACKETS = re.compile(r"^(.*)[（(]([^（()）]+)[)）]$")


def colleague(text: str) -> str | None:
    """A member of staff whom a number, a name that nobody shares, or both mean, as ``姓名（工号）``; None where none or several."""
    told = _IN_BRACKETS.match(text)
    rows = standing(homes()["employee"]).filter(left_day__isnull=True)
    found = list(
        rows.filter(key=told.group(2), full_name=told.group(1).strip()) if told else rows.filter(key=text) or rows.filter(full_name=text)[:2]
    )  # fmt: skip
    return f"{found[0].full_name}（{found[0].key}）" if len(found) == 1 else None


def number_of(label: str) -> str:
    """The staff number in ``姓名（工号）``."""
    told = _IN_BRACKETS.match(label)
    return label if told is None else told.group(2)


def _short(name: str, kind: Kind, text: str, faults: list[Fault]) -> str:
    if len(text) > LONGEST[kind]:
        faults.append(Fault(name, "too-long", {"bound": str(LONGEST[kind])}))
        return ""
    return text


def _quantity(name: str, one: Field, text: str, faults: list[Fault]) -> str:
    """A number as plain decimals; an amount in yuan with two of them."""
    if one.kind is Kind.MONEY:
        try:
            number = Decimal(read_fen(text)) / 100
        except MoneyError as error:
            code = error.code if error.code in {"money-too-large", "money-below-fen"} else "no-money"
            faults.append(Fault(name, code, {"value": text[:40]}))
            return ""
        kept = f"{number:.2f}"
    else:
        try:
            number = Decimal(text.replace(",", "").replace("，", "").rstrip("%％"))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            faults.append(Fault(name, "no-number", {"value": text[:40]}))
            return ""
        kept = format(number.normalize(), "f")
    if one.least is not None and number < one.least:
        faults.append(Fault(name, "too-small", {"bound": str(one.least)}))
    if one.most is not None and number > one.most:
        faults.append(Fault(name, "too-large", {"bound": str(one.most)}))
    return kept


def _days(
    name: str, one: Field, days: Mapping[str, date], today: date, opens: date | None, *, done: bool
) -> Iterator[Fault]:
    """Bounds of a day, of one in a line too; the day of completion has come, and is not before the duty began."""
    day = days[name]
    latest = today if done or one.latest == "today" else days.get(one.latest or "")
    earliest = [
        bound
        for bound in (opens, today if one.earliest == "today" else days.get(one.earliest or ""))
        if bound
    ]
    if latest is not None and day > latest:
        yield Fault(name, "too-late", {"bound": latest.isoformat()})
    if earliest and day < max(earliest):
        yield Fault(name, "too-early", {"bound": max(earliest).isoformat()})


# -- personal numbers -----------------------------------------------------------------------------------------------


def tokens_of(numbers: Mapping[str, str]) -> dict[str, str]:
    """How each number is shown, by its mark: by its ends alone; two that look alike are told apart."""
    found: dict[str, str] = {}
    for mark in sorted(numbers):
        told = hidden(seals().opened(numbers[mark]))
        alike = sum(one == told or one.startswith(f"{told}#") for one in found.values())
        found[mark] = told if not alike else f"{told}#{alike + 1}"
    return found


def shown(values: Mapping[str, str], numbers: Mapping[str, str]) -> dict[str, str]:
    """Values with their numbers hidden, as a page shows them."""
    if not numbers:
        return dict(values)
    tokens = tokens_of(numbers)
    return {
        name: _MARK.sub(lambda found: tokens.get(found.group(), found.group()), text)
        for name, text in values.items()
    }


def _phone(
    text: str, tokens: Mapping[str, str], held: Mapping[str, str], numbers: dict[str, str]
) -> str | None:
    """The mark of a telephone number, typed out or as the page shows it hidden, kept sealed whatever it looks like; None where the text is none."""
    for mark, token in tokens.items():
        if text == token:
            numbers[mark] = held[mark]
            return mark
    number = phone_number(text)
    if check_identifier(PHONE, number) is not None:
        return None
    mark = seals().mark(number)
    numbers.setdefault(mark, seals().seal(number))
    return mark


def phones_in(form: Form, values: Mapping[str, str], numbers: Mapping[str, str]) -> list[tuple[Field, str]]:
    """The telephone numbers of a filled form in clear, each with its field."""
    asked = names_of(form, lines_in(form, values))
    return [
        (one, seals().opened(numbers[values[name]]))
        for name, one in asked
        if one.kind is Kind.PHONE and values.get(name) in numbers
    ]


def _holds_phone(mark: str, numbers: Mapping[str, str]) -> bool:
    """Whether a value is the mark of a number that can be dialled, and not of another personal number."""
    return mark in numbers and check_identifier(PHONE, seals().opened(numbers[mark])) is None


def _without_numbers(
    text: str, tokens: Mapping[str, str], held: Mapping[str, str], numbers: dict[str, str]
) -> str:
    """A text with each personal number replaced by its mark, and the marks kept with the numbers sealed."""
    for mark, token in sorted(tokens.items(), key=lambda pair: -len(pair[1])):
        if token in text:
            text = text.replace(token, mark)
            numbers[mark] = held[mark]

    def marked(number: str) -> str:
        mark = seals().mark(number)
        numbers.setdefault(mark, seals().seal(number))
        return mark

    return each_number(text, marked)


def digest_of(form: Form, about: About, values: Mapping[str, str]) -> str:
    """SHA-256 over the canonical JSON of what an edition says: form, version, how often the company amended it, duty, values."""
    said = {
        "form": form.form, "version": form.version, "duty": about.duty, "values": dict(values),
        **({"amended": form.amended} if form.amended else {}),
    }  # fmt: skip
    return fingerprint(said)


def fingerprint(said: Any) -> str:
    """SHA-256 over canonical JSON: keys sorted, no blanks, UTF-8."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()

"""What the company adds to a form and changes in it: fields of its own, other words, more that must be filled, fields laid aside.

What came with the program stays where the articles need it: a field that carries a checkpoint, fills a register, means something beyond
the form, or must be filled is neither laid aside nor made optional. A change holds for forms that are filled from then on; an old
report shows the form of its time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction

from daihou.papers.acts import PaperRefusedError
from daihou.papers.models import FormAmendment
from daihou.papers.reading import (
    FIELD_KEYS,
    Field,
    Form,
    FormsRefusedError,
    Group,
    Mistake,
    Reader,
    Words,
    forms,
    messages,
)
from daihou.trail.acts import Actor, record

ADD, CHANGE, ASIDE = "add", "change", "aside"
OWN = "own_"
"""What the name of a field of the company's own begins with, so that no field of a later release has it."""
ADDED_KEYS = (FIELD_KEYS - {"tells", "shows"}) | {"group", "after"}
CHANGED_KEYS = frozenset({"say", "help", "must"})
LONGEST = {"say": 60, "help": 200, "unit": 20, "group": 60}
"""Signs of the texts of a field."""
MOST = 60
"""Fields of the company's own in one form."""
_NAME = re.compile(rf"{OWN}[a-z0-9_]{{1,40}}")


@dataclass(frozen=True)
class Amended:
    """A form as the company uses it, and what of its changes does not fit the form as it came (a later release may have dropped a field)."""

    form: Form
    mistakes: tuple[Mistake, ...]


# ------------------------------------------------------------------ read


def amendment_of(form_id: str) -> FormAmendment | None:
    """The amendment that stands for a form."""
    return FormAmendment.objects.filter(form=form_id, until_at__isnull=True).first()


def in_use(form: Form) -> Form:
    """A form that came with the program, as the company uses it; what does not fit is left out."""
    standing = amendment_of(form.form)
    return form if standing is None else amended(form.form, standing.said, standing.number).form


def all_in_use() -> Mapping[str, tuple[Amended, FormAmendment | None]]:
    """All forms as the company uses them, each with its amendment, by identifier; one question."""
    standing = {one.form: one for one in FormAmendment.objects.filter(until_at__isnull=True)}
    found: dict[str, tuple[Amended, FormAmendment | None]] = {}
    for name, form in forms().items():
        held = standing.get(name)
        found[name] = (
            (Amended(form, ()), None) if held is None else (amended(name, held.said, held.number), held)
        )
    return found


def amended(form_id: str, said: Mapping[str, Any], number: int) -> Amended:
    """The form under an identifier with what ``said`` adds and changes. KeyError where there is no such form."""
    return _made(form_id, json.dumps(said, sort_keys=True), number)


@lru_cache(maxsize=256)
def _made(form_id: str, text: str, number: int) -> Amended:
    return _Amending(forms()[form_id]).form_of(json.loads(text), number)


class _Amending(Reader):
    """Makes the changed form, and keeps what does not fit."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.shipped = form
        self.file = messages().text("amended", "zh")

    def form_of(self, said: Any, number: int) -> Amended:
        """The form with everything that fits."""
        if not self.keys(self.file, self.shipped.title.zh, said, frozenset({ADD, CHANGE, ASIDE}), ()):
            return Amended(self.shipped, tuple(self.mistakes))
        groups = [(one.title, list(one.fields)) for one in self.shipped.groups]
        self._change(groups, said.get(CHANGE, {}))
        self._add(groups, said.get(ADD, []))
        self._lay_aside(groups, said.get(ASIDE, []))
        made = tuple(Group(title, tuple(fields)) for title, fields in groups if fields)
        form = replace(self.shipped, groups=made, amended=number)
        self.together(self.file, form.title.zh, form)
        return Amended(form, tuple(self.mistakes))

    def _change(self, groups: list[tuple[Words, list[Field]]], said: Any) -> None:
        places = {one.name: (fields, at) for _title, fields in groups for at, one in enumerate(fields)}
        for name, told in said.items() if isinstance(said, dict) else ():
            if name not in places:
                self.note("amend-no-field", self.file, str(name), name=str(name))
                continue
            fields, at = places[name]
            if not self.keys(self.file, name, told, CHANGED_KEYS, ()) or not self._short(name, told):
                continue
            if told.get("must") not in {None, True}:
                self.note("amend-must", self.file, name)
                continue
            one = fields[at]
            label = self.words(self.file, name, told["say"]) if "say" in told else one.label
            hint = self.maybe(self.file, name, told.get("help")) or one.help
            fields[at] = replace(one, label=label, help=hint, required=one.required or bool(told.get("must")))
        if not isinstance(said, dict):
            self.note("no-mapping", self.file, CHANGE)

    def _add(self, groups: list[tuple[Words, list[Field]]], said: Any) -> None:
        if not isinstance(said, list):
            self.note("key-shape", self.file, self.shipped.title.zh, name=ADD)
            return
        if len(said) > MOST:
            self.note("amend-many", self.file, self.shipped.title.zh, bound=str(MOST))
            return
        for pair in said:
            if not isinstance(pair, dict) or len(pair) != 1:
                self.note("field-shape", self.file, ADD)
                continue
            ((name, told),) = pair.items()
            self._add_one(groups, str(name), told)

    def _add_one(self, groups: list[tuple[Words, list[Field]]], name: str, told: Any) -> None:
        if _NAME.fullmatch(name) is None:
            self.note("amend-name", self.file, name, name=name)
            return
        if not self.keys(self.file, name, told, ADDED_KEYS, {"say", "group"}) or not self._short(name, told):
            return
        title, after = told["group"], told.get("after")
        if not isinstance(title, str) or not title.strip():
            self.note("amend-group", self.file, name)
            return
        one = self.field(self.file, name, name, {key: value for key, value in told.items() if key not in {"group", "after"}})  # fmt: skip
        if one is None:
            return
        fields = next((fields for words, fields in groups if words.zh == title), None)
        if fields is None:
            groups.append((Words(title, title), fields := []))
        names = [each.name for each in fields]
        if after is not None and after not in names:
            self.note("amend-after", self.file, name, name=str(after))
            after = None
        fields.insert(len(fields) if after is None else names.index(after) + 1, one)

    def _lay_aside(self, groups: list[tuple[Words, list[Field]]], said: Any) -> None:
        if not isinstance(said, list):
            self.note("key-shape", self.file, self.shipped.title.zh, name=ASIDE)
            return
        every = [one for _title, fields in groups for one in fields]
        off = {str(one) for one in said}
        for name in sorted(off - {one.name for one in every}):
            self.note("amend-no-field", self.file, name, name=name)
        for one in every:
            if one.name in off and needed(
                self.shipped, one, [each for each in every if each.name not in off]
            ):
                self.note("amend-needed", self.file, one.name, name=one.label.zh)
                off.discard(one.name)
        for _title, fields in groups:
            fields[:] = [one for one in fields if one.name not in off]

    def _short(self, name: str, told: Mapping[str, Any]) -> bool:
        """Whether the texts of a field are no longer than a form can show."""
        long = [
            key for key, bound in LONGEST.items()
            for text in (told[key] if isinstance(told.get(key), list) else [told.get(key)])
            if isinstance(text, str) and len(text) > bound
        ]  # fmt: skip
        for key in long:
            self.note("amend-long", self.file, name, bound=str(LONGEST[key]))
        return not long


def needed(form: Form, one: Field, others: Sequence[Field]) -> bool:
    """Whether a field of a form cannot be laid aside; ``others`` are those that stay. A field of the company's own can be, unless another asks by it."""
    referred = {
        name
        for held in others
        for each in (held, *held.columns)
        for name in (each.latest, each.earliest, each.when and each.when[0], *each.equal, *each.above, *each.unlike, *(name.partition("/")[0] for part in each.sum for name in (part.name, part.against or "")))
    }  # fmt: skip
    if one.name in referred:
        return True
    if one.name.startswith(OWN):
        return False
    sources = {source.rpartition(" ")[2] for columns in form.rows.values() for source in columns.values()}
    return bool(
        one.required
        or one.shows
        or one.tells
        or one.name in {form.done, form.remark, (form.proof or "").partition("/")[0]} | sources
    )


# ------------------------------------------------------------------ written


def amend(form_id: str, said: Mapping[str, Any], *, by: Actor, at: datetime, reason: str) -> FormAmendment:
    """Put other changes in the place of those that stand for a form; they hold for what is filled from now on.

    PaperRefusedError: no such form, no reason, nothing changed, somebody was quicker. FormsRefusedError: something of it does not fit.
    """
    if form_id not in forms():
        raise PaperRefusedError("no-such-form")
    if not reason.strip():
        raise PaperRefusedError("reason-missing")
    said = {ADD: [], CHANGE: {}, ASIDE: [], **said}
    made = _Amending(forms()[form_id]).form_of(said, 1)
    if made.mistakes:
        raise FormsRefusedError(list(made.mistakes))
    try:
        with transaction.atomic():
            return _kept(form_id, said, made.form, by, at, reason.strip())
    except IntegrityError as error:
        raise PaperRefusedError("form-changed") from error


def _kept(form_id: str, said: Mapping[str, Any], form: Form, by: Actor, at: datetime, reason: str) -> FormAmendment:  # fmt: skip
    history = list(FormAmendment.objects.select_for_update().filter(form=form_id))
    _refuse_other_kinds(form, history)
    standing = next((one for one in history if one.until_at is None), None)
    before = {ADD: [], CHANGE: {}, ASIDE: []} if standing is None else standing.said
    if before == said:
        raise PaperRefusedError("no-change")
    number = history[0].number + 1 if history else 1
    event = record(
        "amend-form",
        by=by,
        at=at,
        kind="form",
        subject=form_id,
        reason=reason,
        before=before,
        after=dict(said),
    )
    if standing is not None:
        standing.until_at = at
        standing.save(update_fields=["until_at"])
    return FormAmendment.objects.create(
        form=form_id, number=number, said=said, reason=reason, by=by.by, at=at, event=event.number
    )


def _refuse_other_kinds(form: Form, history: Sequence[FormAmendment]) -> None:
    """A name that once was a field of one kind is never one of another: answers are carried over and compared by name."""
    kinds = {name: told.get("is", "text") for one in reversed(history) for name, told in added(one.said)}
    wrong = [
        Mistake("amend-kind", messages().text("amended", "zh"), one.name, {"name": one.name})
        for one in form.fields
        if kinds.get(one.name, one.kind.value) != one.kind.value
    ]
    if wrong:
        raise FormsRefusedError(wrong)


# ------------------------------------------------------------------ one field of it


def added(said: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields that an amendment adds, by name."""
    return (pair for one in said.get(ADD, []) for pair in one.items())


def next_name(form_id: str) -> str:
    """A name for another field of the company's own: none that the form ever had."""
    names = [name for one in FormAmendment.objects.filter(form=form_id) for name, _told in added(one.said)]
    numbers = [int(one.removeprefix(OWN)) for one in names if one.removeprefix(OWN).isdecimal()]
    return f"{OWN}{max(numbers, default=0) + 1}"


def with_field(said: Mapping[str, Any], name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, with a field of the company's own added, put in the place of the one of that name, or a field that came changed."""
    if not name.startswith(OWN):
        return {**_whole(said), CHANGE: {**said.get(CHANGE, {}), name: dict(told)}}
    have = [{each: dict(told) if each == name else dict(of)} for each, of in added(said)]
    if all(name not in one for one in have):
        have.append({name: dict(told)})
    return {**_whole(said), ADD: have}


def laid_aside(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is said, with a field laid aside."""
    return {**_whole(said), ASIDE: sorted({*said.get(ASIDE, []), name})}


def taken_up(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is said, with a field asked for again."""
    return {**_whole(said), ASIDE: [one for one in said.get(ASIDE, []) if one != name]}


def as_it_came(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is said, with nothing changed in a field that came with the program."""
    return {
        **_whole(said),
        CHANGE: {each: told for each, told in said.get(CHANGE, {}).items() if each != name},
    }


def _whole(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        ADD: list(said.get(ADD, [])),
        CHANGE: dict(said.get(CHANGE, {})),
        ASIDE: list(said.get(ASIDE, [])),
    }

"""Forms as they were when they were filled: kept once per wording, so that an old report shows the form of its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daihou.papers.filling import fingerprint
from daihou.papers.models import FormEdition, Paper
from daihou.papers.reading import ME, Field, Form, Group, Kind, Owes, Part, Path, Tells, Words, forms


def keep(form: Form) -> FormEdition:
    """The kept wording of a form; written where it is new. Inside the transaction of the act that uses it."""
    said = told(form)
    kept, _new = FormEdition.objects.get_or_create(
        digest=fingerprint(said), defaults={"form": form.form, "version": form.version, "said": said}
    )
    return kept


def form_of_paper(paper: Paper) -> Form | None:
    """The form as it was when a paper was filled; of papers from before wordings were kept the form of today. None where there is none."""
    return forms().get(paper.form) if paper.wording is None else read(paper.wording.said)


def told(form: Form) -> dict[str, Any]:
    """A form as JSON."""
    return {
        "form": form.form, "version": form.version, "title": _words(form.title), "article": form.article, "ids": list(form.ids),
        "groups": [{"title": _words(one.title), "fields": [_field(field) for field in one.fields]} for one in form.groups],
        "done": form.done, "remark": form.remark, "rows": {table: dict(columns) for table, columns in form.rows.items()},
        **({"amended": form.amended} if form.amended else {}), **({"proof": form.proof} if form.proof else {}),
    }  # fmt: skip


def _words(said: Words | None) -> list[str] | None:
    return None if said is None else [said.zh, said.en]


def _field(one: Field) -> dict[str, Any]:
    source = one.source
    return {
        "name": one.name, "label": _words(one.label), "kind": one.kind.value, "required": one.required, "unit": _words(one.unit),
        "help": _words(one.help), "choices": [[value, _words(words)] for value, words in one.choices],
        "columns": [_field(column) for column in one.columns], "explain": one.explain, "latest": one.latest, "earliest": one.earliest,
        "least": one.least, "most": one.most, "source": [source.table, *source.steps] if isinstance(source, Path) else source,
        "carried": one.carried, "tells": None if one.tells is None else one.tells.value, "shows": list(one.shows),
        "when": None if one.when is None else [one.when[0], sorted(one.when[1])], **({"last": one.last} if one.last else {}),
        **({"sum": [_part(part) for part in one.sum]} if one.sum else {}), **({"equal": list(one.equal)} if one.equal else {}),
        **({"above": list(one.above)} if one.above else {}), **({"unlike": list(one.unlike)} if one.unlike != (ME,) else {}),
        **({"owes": one.owes.value} if one.owes is not None else {}), **({"follows": True} if one.follows else {}),
        **({"fixed": True} if one.fixed else {}),
    }  # fmt: skip


def _part(one: Part) -> dict[str, Any]:
    return {
        "sign": one.sign,
        "name": one.name,
        "where": None if one.where is None else [one.where[0], sorted(one.where[1])],
        **({"against": one.against} if one.against is not None else {}),
    }


def read(said: Mapping[str, Any]) -> Form:
    """A form back from its JSON."""
    groups = tuple(
        Group(Words(*one["title"]), tuple(_read_field(field) for field in one["fields"]))
        for one in said["groups"]
    )
    return Form(
        said["form"], said["version"], Words(*said["title"]), said["article"], tuple(said["ids"]), groups, said["done"], said["remark"],
        rows=said["rows"], amended=said.get("amended", 0), proof=said.get("proof"),
    )  # fmt: skip


def _read_field(said: Mapping[str, Any]) -> Field:
    source, when = said["source"], said["when"]
    return Field(
        said["name"], Words(*said["label"]), Kind(said["kind"]), said["required"], _read_words(said["unit"]), _read_words(said["help"]),
        tuple((value, Words(*words)) for value, words in said["choices"]), tuple(_read_field(one) for one in said["columns"]),
        said["explain"], said["latest"], said["earliest"], said["least"], said["most"],
        Path(source[0], tuple(source[1:])) if isinstance(source, list) else source,
        carried=said["carried"], tells=None if said["tells"] is None else Tells(said["tells"]), shows=tuple(said["shows"]),
        when=None if when is None else (when[0], frozenset(when[1])), last=said.get("last"),
        sum=tuple(_read_part(one) for one in said.get("sum", [])), equal=tuple(said.get("equal", [])), above=tuple(said.get("above", [])),
        unlike=tuple(said.get("unlike", [ME])), owes=Owes(said["owes"]) if "owes" in said else None,
        follows=said.get("follows", False), fixed=said.get("fixed", False),
    )  # fmt: skip


def _read_part(said: Mapping[str, Any]) -> Part:
    where = said["where"]
    told = None if where is None else (where[0], frozenset(where[1]))
    return Part(said["sign"], said["name"], told, said.get("against"))


def _read_words(said: list[str] | None) -> Words | None:
    return None if said is None else Words(*said)

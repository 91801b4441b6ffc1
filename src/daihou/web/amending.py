"""The forms on screen: what each asks, which points of the articles it carries, what the company has added and changed in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.duties.naming import names_for
from daihou.papers.acts import PaperRefusedError
from daihou.papers.amending import (
    ASIDE,
    CHANGE,
    LONGEST,
    OWN,
    Amended,
    added,
    all_in_use,
    amend,
    as_it_came,
    laid_aside,
    needed,
    next_name,
    taken_up,
    with_field,
)
from daihou.papers.models import FormAmendment
from daihou.papers.reading import Field, Form, FormsRefusedError, Kind, answers, forms, messages
from daihou.people.reads import Viewer
from daihou.people.rights import May, Scope
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, listed
from daihou.web.gate import Request

KINDS: Mapping[Kind, Any] = {
    Kind.TEXT: lambda: _("一行字"), Kind.LONG: lambda: _("一段话"), Kind.NUMBER: lambda: _("数字"), Kind.MONEY: lambda: _("金额"),
    Kind.DAY: lambda: _("日期"), Kind.CHOICE: lambda: _("选一个"), Kind.YES_NO: lambda: _("是或否"), Kind.LINES: lambda: _("明细表"), Kind.STAFF: lambda: _("另一名员工"),
    Kind.PHONE: lambda: _("电话号码"),
}  # fmt: skip
_COLUMN_KINDS = (Kind.TEXT, Kind.LONG, Kind.NUMBER, Kind.MONEY, Kind.DAY, Kind.YES_NO, Kind.PHONE)
"""Kinds that a column of a table of lines may be of on this page."""
_BETWEEN = re.compile(r"[|｜]")


def _may_see(viewer: Viewer) -> None:
    if viewer.rights.scope("papers") is Scope.NONE:
        raise Http404


def may_amend(viewer: Viewer) -> bool:
    """Whether a viewer changes what forms ask: who puts forward changes of the rules' figures."""
    return viewer.may(May.FIGURES)


@require_safe
def form_list(request: Request) -> HttpResponse:
    """All forms with what the company changed in them."""
    _may_see(request.viewer)
    rows = [
        (form, sum(1 for _one in form.form.fields), 0 if held is None else len(held.said.get(CHANGE, {})), len(_own(form.form)), held)
        for form, held in all_in_use().values()
    ]  # fmt: skip
    return render(
        request, "web/forms.html", {"rows": sorted(rows, key=lambda row: row[0].form.title.said(lang()))}
    )


def _own(form: Form) -> list[Field]:
    return [one for one in form.fields if one.name.startswith(OWN)]


@dataclass(frozen=True)
class Shown:
    """A field as the page of a form tells it."""

    field: Field
    kind: str
    state: str
    points: str


@require_safe
def form_page(request: Request, form: str) -> HttpResponse:
    """What a form asks, group by group; who made it so."""
    _may_see(request.viewer)
    held, standing = _held(form)
    said: Mapping[str, Any] = {} if standing is None else standing.said
    history = list(FormAmendment.objects.filter(form=form)[:50])
    people = names_for(people=[one.by for one in history]).people
    context = {
        "form": held.form, "may": may_amend(request.viewer), "groups": list(_groups(held.form, said)), "off": list(_off(form, said)),
        "mistakes": [one.text(lang()) for one in held.mistakes], "history": [(one, people.get(one.by, one.by)) for one in history],
        "standing": standing,
    }  # fmt: skip
    return render(request, "web/form_page.html", context)


def _held(form: str) -> tuple[Amended, FormAmendment | None]:
    found = all_in_use().get(form)
    if found is None:
        raise Http404
    return found


def _groups(form: Form, said: Mapping[str, Any]) -> Iterator[tuple[str, list[Shown]]]:
    for group in form.groups:
        yield group.title.said(lang()), [_shown(one, said) for one in group.fields]


def _shown(one: Field, said: Mapping[str, Any]) -> Shown:
    changed = one.name in said.get(CHANGE, {})
    state = _("公司加的") if one.name.startswith(OWN) else _("公司改过") if changed else ""
    points = " ".join(sorted({point.partition("/")[0] for point in one.shows}))
    return Shown(one, KINDS[one.kind](), state, points)


def _off(form: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that are laid aside, with their words."""
    words = {one.name: one.label.said(lang()) for one in forms()[form].fields}
    own = {name: told["say"][0 if lang() == "zh" else 1] for name, told in added(said)}
    return ((name, words.get(name) or own.get(name) or name) for name in said.get(ASIDE, []))


# ------------------------------------------------------------------ one field


def form_field(request: Request, form: str, name: str = "") -> HttpResponse:
    """A field added, changed, laid aside, asked for again; ``name`` empty: a new one."""
    _may_see(request.viewer)
    if not may_amend(request.viewer):
        raise PermissionDenied
    held, standing = _held(form)
    said: Mapping[str, Any] = {} if standing is None else standing.said
    one, group = _found(held.form, name)
    if name and one is None and name not in said.get(ASIDE, []):
        raise Http404
    refused: list[str] = []
    if request.method == "POST":
        refused = _posted(request, form, name, one, said)
        if not refused:
            say_done(request, _("表单已改；从现在填的表起按新的问。"))
            return redirect("form", form)
    context = {
        "form": held.form, "name": name, "field": one, "own": not name or name.startswith(OWN), "refused": refused,
        "typed": request.POST if request.method == "POST" else _start(one, group), "bounds": LONGEST,
        "kinds": [(kind.value, said_of()) for kind, said_of in KINDS.items()],
        "asks": list(_asks(held.form, name)), "off": name in said.get(ASIDE, []), "changed": name in said.get(CHANGE, {}),
        "may_go": one is not None and not needed(held.form, one, [each for each in held.form.fields if each.name != name]),
        "column_kinds": listed(KINDS[kind]() for kind in _COLUMN_KINDS),
    }  # fmt: skip
    return render(request, "web/form_field.html", context, status=422 if refused else 200)


def _found(form: Form, name: str) -> tuple[Field | None, str]:
    return next(
        ((one, group.title.zh) for group in form.groups for one in group.fields if one.name == name),
        (None, ""),
    )


def _asks(form: Form, name: str) -> Iterator[tuple[str, str]]:
    """After which answers a field may be asked: field=value, and its words."""
    words = {"yes": _("是"), "no": _("否")}
    for one in form.fields:
        if one.name != name and one.kind in {Kind.YES_NO, Kind.CHOICE}:
            told = {value: each.said(lang()) for value, each in one.choices} or words
            for value in sorted(answers(one)):
                yield f"{one.name}={value}", f"{one.label.said(lang())} = {told[value]}"


def _start(one: Field | None, group: str) -> dict[str, str]:
    """What the page begins with: the field as it stands."""
    if one is None:
        return {"kind": Kind.TEXT.value}
    return {
        "zh": one.label.zh, "en": "" if one.label.en == one.label.zh else one.label.en, "kind": one.kind.value, "must": "1" if one.required else "",
        "unit": "" if one.unit is None else one.unit.zh, "help": "" if one.help is None else one.help.zh, "group": group,
        "choices": "\n".join(words.zh for _value, words in one.choices), "explain": one.explain or "",
        "least": "" if one.least is None else str(one.least), "most": "" if one.most is None else str(one.most),
        "carry": "1" if one.carried else "", "past": "1" if one.latest == "today" else "", "when": "" if one.when is None else f"{one.when[0]}={min(one.when[1])}",
        "columns": "\n".join(f"{each.label.zh} | {KINDS[each.kind]()}" for each in one.columns),
    }  # fmt: skip


def _posted(request: Request, form: str, name: str, one: Field | None, said: Mapping[str, Any]) -> list[str]:
    """Write what the page asks for; why it cannot be, empty where it was."""
    post = request.POST
    act = post.get("act", "")
    try:
        if act == "off":
            made = laid_aside(said, name)
        elif act == "on":
            made = taken_up(said, name)
        elif act == "came":
            made = as_it_came(said, name)
        elif name and not name.startswith(OWN):
            told = _changes(post, _found(forms()[form], name)[0])
            made = with_field(said, name, told) if told else as_it_came(said, name)
        else:
            own = name or next_name(form)
            made = with_field(said, own, _told(post, one, dict(added(said)).get(own)))
        amend(form, made, by=request.actor, at=timezone.now(), reason=post.get("reason", ""))
    except FormsRefusedError as error:
        return [one.text(lang()) for one in error.mistakes]
    except PaperRefusedError as error:
        return [messages().text(error.code, lang())]
    return []


def _both(zh: str, en: str = "") -> list[str]:
    return [zh, en or zh]


def _changes(post: QueryDict, one: Field | None) -> dict[str, Any]:
    """What is changed in a field that came with the program: only what differs from it."""
    zh, en, hint = (post.get(key, "").strip() for key in ("zh", "en", "help"))
    told: dict[str, Any] = {}
    if one is None:
        return told
    if (zh, en or one.label.en) != (one.label.zh, one.label.en):
        told["say"] = _both(zh, en)
    if hint and (one.help is None or hint != one.help.zh):
        told["help"] = _both(hint)
    if post.get("must") and not one.required:
        told["must"] = True
    return told


def _told(post: QueryDict, one: Field | None, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A field of the company's own as an amendment says it. What the page does not ask (a place after another, written in a file) stays."""
    kind = Kind(str(post["kind"])) if post.get("kind") in set(Kind) else Kind.TEXT
    if one is not None:
        kind = one.kind
    group = post.get("group", "").strip() or post.get("fresh", "").strip()
    told: dict[str, Any] = {
        "group": group,
        "say": _both(post.get("zh", "").strip(), post.get("en", "").strip()),
        "is": kind.value,
    }
    if post.get("must"):
        told["must"] = True
    if post.get("carry"):
        told["carry"] = True
    if hint := post.get("help", "").strip():
        told["help"] = _both(hint)
    told |= _of_kind(kind, post, one)
    if when := post.get("when", ""):
        asked = when.split("=", 1)
        held = [] if before is None else list(before.get("when", []))
        told["when"] = held if held[:1] == asked[:1] and asked[1] in held[1:] else asked
    after = post.get("after", "") or ("" if before is None else before.get("after", ""))
    return told | ({"after": after} if after else {})


def _of_kind(kind: Kind, post: QueryDict, one: Field | None) -> dict[str, Any]:
    """What only some kinds of field say."""
    told: dict[str, Any] = {}
    if kind in {Kind.NUMBER, Kind.TEXT} and (unit := post.get("unit", "").strip()):
        told["unit"] = _both(unit)
    if kind in {Kind.NUMBER, Kind.MONEY}:
        told |= {
            key: int(text)
            for key in ("least", "most")
            if re.fullmatch(r"-?\d{1,12}", text := post.get(key, "").strip())
        }
    if kind is Kind.YES_NO and post.get("explain"):
        told["explain"] = post["explain"]
    if kind is Kind.DAY and post.get("past"):
        told["latest"] = "today"
    if kind is Kind.CHOICE:
        told["among"] = _choices(post.get("choices", ""), one)
    if kind is Kind.LINES:
        told["lines"] = _columns(post.get("columns", ""), one)
    return told


def _choices(text: str, one: Field | None) -> list[list[str]]:
    """One choice a line, Chinese and after a bar English; one that was there keeps its value."""
    have = {} if one is None else {words.zh: value for value, words in one.choices}
    rows = [
        [part.strip() for part in _BETWEEN.split(line, maxsplit=1)]
        for line in text.splitlines()
        if line.strip()
    ]
    return [
        [value, *_both(*row)]
        for row, value in zip(rows, _values([row[0] for row in rows], have), strict=True)
    ]


def _columns(text: str, one: Field | None) -> list[dict[str, Any]]:
    """One column a line, its words and after a bar its kind; one that was there keeps its name."""
    have = {} if one is None else {each.label.zh: each.name for each in one.columns}
    kinds = {KINDS[kind](): kind for kind in _COLUMN_KINDS}
    rows = [
        [part.strip() for part in _BETWEEN.split(line, maxsplit=1)]
        for line in text.splitlines()
        if line.strip()
    ]
    names = _values([row[0] for row in rows], have)
    return [
        {name: {"say": _both(row[0]), "is": kinds.get(row[1], Kind.TEXT).value if len(row) > 1 else Kind.TEXT.value}}
        for row, name in zip(rows, names, strict=True)
    ]  # fmt: skip


def _values(words: list[str], have: Mapping[str, str]) -> list[str]:
    """A name for each of some words: the one it had, or a fresh one."""
    taken = [int(one[1:]) for one in have.values() if re.fullmatch(r"c\d+", one)]
    fresh = max(taken, default=0)
    found = []
    for one in words:
        if one not in have:
            fresh += 1
        found.append(have.get(one) or f"c{fresh}")
    return found

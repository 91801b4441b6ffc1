"""What a company adds to forms and changes in them: listed, told as YAML, set from a file, in the name of a member of staff."""

from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import say
from daihou.terms import Lang, terms


def catalogue(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """All forms: how many fields each has, how many the company added and changed."""
    enter(home, lang)
    from daihou.papers.amending import ASIDE, CHANGE, OWN, all_in_use

    _seeing(by, lang)
    rows: list[dict[str, Any]] = [
        {
            "form": name, "title": held.form.title.said(lang), "edition": held.form.edition, "fields": len(list(held.form.fields)),
            "added": sum(one.name.startswith(OWN) for one in held.form.fields),
            "changed": 0 if standing is None else len(standing.said.get(CHANGE, {})), "aside": 0 if standing is None else len(standing.said.get(ASIDE, [])),
            "misfits": [one.text(lang) for one in held.mistakes],
        }
        for name, (held, standing) in all_in_use().items()
    ]  # fmt: skip
    if as_json:
        document(rows)
        return FINE
    cells = [[str(one[name] or "") for name in ("title", "edition", "fields", "added", "changed", "aside")] for one in rows]  # fmt: skip
    out().print(table(("form", "form-edition", "form-fields", "form-added", "form-changed", "form-aside"), cells, lang))  # fmt: skip
    for one in rows:
        for told in one["misfits"]:
            line(say("form-misfit", lang, told=told))
    return FINE


def tell(home: Path, named: str, by: str, lang: Lang) -> int:
    """What the company adds to a form and changes in it, as YAML to begin from."""
    enter(home, lang)
    import yaml

    from daihou.papers.amending import ADD, ASIDE, CHANGE, amendment_of

    _seeing(by, lang)
    standing = amendment_of(_form(named, lang))
    said = {ADD: [], CHANGE: {}, ASIDE: []} if standing is None else standing.said
    line(
        yaml.safe_dump(said, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120).rstrip()
    )
    return FINE


def amend(home: Path, named: str, file: Path, reason: str, by: str, lang: Lang) -> int:
    """Put what a file adds and changes in the place of what stands for a form."""
    enter(home, lang)
    from daihou.papers import amending
    from daihou.papers.acts import PaperRefusedError
    from daihou.papers.reading import FormsRefusedError, messages
    from daihou.people.rights import May

    if not _seeing(by, lang).may(May.FIGURES):
        raise Stopped(USAGE, [say("form-may-not", lang, by=by)])
    form, said = _form(named, lang), _read(file, lang)
    refused = {
        FormsRefusedError: lambda error: "\n".join(one.text(lang) for one in error.mistakes),
        PaperRefusedError: lambda error: messages().text(error.code, lang),
    }
    made = acted(by, lang, lambda actor, at: amending.amend(form, said, by=actor, at=at, reason=reason), refused=refused)  # fmt: skip
    line(say("form-amended", lang, form=_title(form, lang), number=made.number))
    return FINE


def _title(form: str, lang: Lang) -> str:
    from daihou.papers.reading import forms

    return forms()[form].title.said(lang)


def _read(file: Path, lang: Lang) -> dict[str, Any]:
    import yaml

    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Stopped(
            UNREADABLE, [say("form-file", lang, path=file, why=str(error).splitlines()[0])]
        ) from error
    if not isinstance(said, dict):
        raise Stopped(UNREADABLE, [say("form-file", lang, path=file, why="{add: [], change: {}, aside: []}")])
    return {key: _plain(one) for key, one in said.items()}


def _plain(said: Any) -> Any:
    """What YAML read, with yes and no as a form says them."""
    if isinstance(said, dict):
        return {
            key: ("yes" if one else "no") if key == "explain" and isinstance(one, bool)
            else [("yes" if each else "no") if isinstance(each, bool) else each for each in one] if key == "when" and isinstance(one, list)
            else _plain(one)
            for key, one in said.items()
        }  # fmt: skip
    return [_plain(one) for one in said] if isinstance(said, list) else said


def _form(named: str, lang: Lang) -> str:
    from daihou.papers.reading import forms

    term = terms().find(named)
    if term is None or term.id not in forms():
        raise Stopped(USAGE, [say("form-unknown", lang, form=named)])
    return term.id


def _seeing(by: str, lang: Lang) -> Any:
    from daihou.people.reads import viewer_of
    from daihou.people.rights import Scope

    viewer = viewer_of(by, given.today())
    if viewer.rights.scope("papers") is Scope.NONE:
        raise Stopped(USAGE, [say("form-may-not", lang, by=by)])
    return viewer

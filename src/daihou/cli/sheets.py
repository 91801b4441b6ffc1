"""Forms of duties in an installation: asked for, filled from a file, handed in, printed, in the name of a member of staff."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted, now
from daihou.cli.house import enter
from daihou.cli.refusal import FINDINGS, FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import say
from daihou.terms import Lang


def listed(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """The duties of somebody that ask for a form which was not handed in, the first due first."""
    enter(home, lang)
    from django.db.models import F

    from daihou.duties.models import WAITING, Duty
    from daihou.duties.reads import mine
    from daihou.people.reads import viewer_of
    from daihou.terms import terms
    from daihou.web.desk import lines

    own = Duty.objects.filter(
        mine(viewer_of(by, given.today())), state__in=WAITING, withdrawn_on__isnull=True
    )
    rows = [one for one in lines(own.distinct().order_by(F("due").asc(nulls_last=True), "pk")) if one.form]
    words = {one.form: terms().by_id(str(one.form)) for one in rows}
    told = [
        {
            "number": one.pk, "due": None if one.due is None else one.due.isoformat(), "task": one.name, "object": one.object,
            "form": one.form if (term := words[one.form]) is None else term.word if lang == "zh" else term.label,
        }
        for one in rows
    ]  # fmt: skip
    if as_json:
        document(told)
    elif not told:
        line(say("form-none", lang))
    else:
        cells = [
            [str(one[name] or "") for name in ("number", "due", "task", "object", "form")] for one in told
        ]
        out().print(
            table(("form-no", "due", "form-task", "object", "form"), cells, lang, fixed=("form-no", "due"))
        )
    return FINE


def show(home: Path, number: int, by: str, lang: Lang, *, as_json: bool) -> int:
    """What the form of a duty asks, and what it begins with."""
    enter(home, lang)
    from daihou.papers.filling import lines_in, names_of

    viewer, work = _work(number, by, lang)
    start = work.start(viewer, given.today())
    lines_told = {field.name: 1 for field in work.form.fields} | lines_in(work.form, start)
    asked = [
        {
            "name": name, "label": one.label.said(lang), "kind": one.kind.value, "must": one.required,
            "choices": _choices(one, work.offered, lang), "value": start.get(name, ""),
        }
        for name, one in names_of(work.form, lines_told)
        if not name.endswith("/why")
    ]  # fmt: skip
    if as_json:
        document({"form": work.form.title.said(lang), "version": work.form.edition, "fields": asked})
        return FINE
    line(say("form-head", lang, form=work.form.title.said(lang), version=work.form.edition))
    lines = [
        [f"{one['name']}{' *' if one['must'] else ''}", str(one["label"]), str(one["value"]) or " | ".join(one["choices"])]
        for one in asked
    ]  # fmt: skip
    out().print(table(("form-field", "form-label", "form-value"), lines, lang, fixed=()))
    return FINE


def _choices(one: Any, numbers: Sequence[tuple[str, str]], lang: Lang) -> dict[str, str]:
    """What may be chosen, by value; of a telephone number the client's, hidden."""
    from daihou.papers.reading import Kind
    from daihou.terms import terms

    if one.kind is not Kind.PHONE:
        return {value: words.said(lang) for value, words in one.choices}
    said = {token: terms().by_id(column) for token, column in numbers}
    return {
        token: "" if term is None else term.word if lang == "zh" else term.label
        for token, term in said.items()
    }


def fill(home: Path, number: int, file: Path, by: str, lang: Lang, *, draft: bool, noticed: bool) -> int:
    """Fill the form of a duty from a YAML file and hand it in, or keep it as a draft."""
    enter(home, lang)
    from django.utils import translation

    from daihou.duties.filing import about_of, file_form
    from daihou.inspections.reports import noticed_anew
    from daihou.papers.acts import keep_draft
    from daihou.papers.filling import checked, taken

    viewer, work = _work(number, by, lang)
    typed = work.start(viewer, given.today()) | _typed(file, lang)
    if draft:
        _done(by, lang, lambda actor, at: keep_draft(work.form, about_of(work.duty), taken(work.form, typed, work.held), by=actor, at=at))  # fmt: skip
        line(say("form-draft", lang))
        return FINE
    filled = checked(
        work.form, typed, today=given.today(), opens=about_of(work.duty).opens, held=work.held, me=by
    )
    if filled.faults:
        raise Stopped(FINDINGS, [f"{one.name}: {one.text(lang)}" for one in filled.faults])
    with translation.override("en" if lang == "en" else "zh-hans"):
        told = noticed_anew(work.duty, work.form, filled, work.last, given.today())
    if told and not noticed:
        said = [f"{one.name}: {one.text}" for one in told]
        raise Stopped(FINDINGS, [*said, say("form-noticed", lang)])

    def act(actor: Any, at: datetime) -> Any:
        return file_form(work.duty, work.form, filled, by=actor, at=at, day=given.today())

    filed = _done(by, lang, act)
    line(say("form-handed-in", lang, form=work.form.title.said(lang), number=filed.paper.number))
    if filed.matter is not None:
        line(say("form-signed", lang, number=filed.matter.number))
    return FINE


def take_out(home: Path, number: str, by: str, lang: Lang, *, kind: str, to: Path | None) -> int:
    """Print a form that was handed in as a file."""
    enter(home, lang)
    from django.utils import translation

    from daihou.duties.models import Duty
    from daihou.duties.reads import seen
    from daihou.papers.kept_forms import form_of_paper
    from daihou.papers.models import HANDED_IN, Paper
    from daihou.people.reads import viewer_of
    from daihou.trail.acts import Actor
    from daihou.web.prints import MAKERS, printed

    viewer = viewer_of(by, given.today())
    paper = Paper.objects.filter(number=number, state=HANDED_IN).select_related("wording").first()
    duty = None if paper is None else Duty.objects.filter(seen(viewer), pk=paper.duty_no).first()
    form = None if paper is None else form_of_paper(paper)
    if kind not in MAKERS:
        raise Stopped(USAGE, [say("form-kind", lang, kinds=" ".join(MAKERS))])
    if paper is None or duty is None or form is None:
        raise Stopped(USAGE, [say("no-such-form", lang, number=number)])
    with translation.override("en" if lang == "en" else "zh-hans"):
        name, made = printed(paper, duty, form, kind, name=viewer.name, by=Actor(by, "cli"), at=now())
    path = to or Path(name.replace(" ", "_"))
    path.write_bytes(made)
    line(say("form-printed", lang, path=path))
    return FINE


def _work(number: int, by: str, lang: Lang) -> tuple[Any, Any]:
    """A duty of somebody's own whose form is still to be handed in."""
    from daihou.duties.models import Duty
    from daihou.duties.reads import doable
    from daihou.duties.signing import form_of, paper_about
    from daihou.inspections.reports import work_of
    from daihou.people.reads import viewer_of

    viewer = viewer_of(by, given.today())
    duty = Duty.objects.filter(doable(viewer), pk=number).distinct().first()
    form = None if duty is None else form_of(duty)
    if duty is None or form is None:
        raise Stopped(USAGE, [say("form-no-duty", lang, number=number)])
    paper = paper_about(duty)
    if paper is not None:
        raise Stopped(REFUSED, [say("form-there", lang, number=paper.number)])
    return viewer, work_of(viewer, duty, form)


def _typed(file: Path, lang: Lang) -> dict[str, str]:
    """What a file says, by name of the value as a page would send it: lines as lists, yes and no as they are in YAML."""
    import yaml

    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Stopped(USAGE, [say("form-file", lang, path=file, why=str(error).splitlines()[0])]) from error
    if not isinstance(said, Mapping):
        raise Stopped(USAGE, [say("form-file", lang, path=file, why="{name: value}")])
    found: dict[str, str] = {}
    for name, value in said.items():
        if isinstance(value, list):
            for at, row in enumerate(value):
                for column, cell in row.items() if isinstance(row, Mapping) else ():
                    found[f"{name}/{at}/{column}"] = _text(cell)
        else:
            found[str(name)] = _text(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _done(by: str, lang: Lang, act: Any) -> Any:
    from daihou.duties.filing import FilingRefusedError
    from daihou.papers.acts import PaperRefusedError
    from daihou.papers.reading import messages
    from daihou.signoff.acts import SigningRefusedError
    from daihou.signoff.words import refusals

    said = {
        FilingRefusedError: lambda error: "\n".join(f"{name}: {told(lang)}" for name, told in error.faults),
        PaperRefusedError: lambda error: messages().text(error.code, lang),
        SigningRefusedError: lambda error: refusals()[error.code],
    }
    return acted(by, lang, act, refused=said)

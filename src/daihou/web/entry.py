"""Entry and correction of a row by form: typed as in Excel, checked by the same door as a file, inside the viewer's bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.book import Column, ColumnType, Fault, Table, declared, domains, meaning_of
from daihou.dayend.acts import follow
from daihou.dayend.asking import (
    EXTENSION,
    Answer,
    GateRefusedError,
    answers_about,
    answers_before,
    asked_first,
    correct_asked,
    enter_asked,
    extension_asked_for,
    lacks_request,
    step_asked,
)
from daihou.duties.naming import names_for
from daihou.duties.own_work import OwnWork, own_work, waiting
from daihou.duties.own_work import title_of as title_of_duty
from daihou.ledger.acts import RowRefusedError
from daihou.ledger.entering import (
    OutsideError,
    beside_step,
    cell_text,
    kept_cells,
    nameable,
    plain_key,
    refuse_outside,
    unshown,
)
from daihou.ledger.laying import PAYMENTS, PLAN, on_which, void_entered
from daihou.ledger.refusals import refusal
from daihou.ledger.replanning import LAST, LATER, STAYS, WAYS, last_of, to_come
from daihou.ledger.steps import STEPS, ContractStep, notes_to_extend
from daihou.ledger.typed import read_typed
from daihou.people.decided import Decided, closed_columns, may_take, slip_columns
from daihou.people.reads import OWNERS, Viewer, visible
from daihou.people.reads import readable as readable_at_all
from daihou.people.rights import Scope
from daihou.registers.kept import Kept, field_name, homes, is_sealed, names_party, standing, values_of
from daihou.registers.rows import content
from daihou.registers.sealing import TAIL
from daihou.screens.answers import say_done
from daihou.screens.lists import ABOUT, named
from daihou.screens.tags import EMPTY, lang, lead, listed, unit_words, value_text, word
from daihou.screens.tags import key as key_words
from daihou.terms import terms
from daihou.web.allowed import shown, tell_against
from daihou.web.gate import Request
from daihou.web.own_rows import tell_open
from daihou.web.registers import readable, title_of

CHOICES = 20
REASON_MOST = 400
"""Signs of a reason at most."""
LONG_TEXT = frozenset({"remark"})
_NAMED_BY = {"party": "title", "employee": "full_name", "branch": "title", "company": "title"}
"""Tables whose rows people know by a name, and the column that holds it."""

_DOERS = frozenset({"检查人", "经办人", "撰写人", "报送人", "提出人", "甲"})
"""Columns that most often name whoever writes the row."""
_OF_CONTRACT = {"party": "client"}
"""What a row calls otherwise than the contract does: whom one calls is its client, unless it is said."""
_LATER = frozenset({"loan_note", "bill", "device"})
"""Tables whose rows are entered from papers of others, mostly days after: what began then is typed, not taken for today."""
_BRACKETS = str.maketrans("()", "（）")


class RowForm(forms.Form):
    """The columns of a table as fields of text; what is typed is read as a cell of a workbook is.

    ``answers``: what the gates said that were asked of what was typed. ``found``: what is to be told of a row that was written.
    """

    answers: tuple[Answer, ...] = ()
    done = ""
    """What was done by it, where that is not entering or correcting the row."""
    work: OwnWork | None = None
    """The writer's duty for which it is written, where his post enters no such rows by itself."""
    filled = ""
    """What of a standing row is filled in for a duty, in words; empty where the row is new, or set right."""

    def __init__(
        self, *args: Any, table: Table, fixed: frozenset[str], reason: bool, closed: Mapping[str, str] = MappingProxyType({}), **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.table = table
        self.closed = closed
        self.found: list[Fault] = []
        for column in values_of(table):
            if column.id not in fixed:
                self.fields[column.id] = _field(column)
                if column.id in closed:
                    self.fields[column.id].disabled = True
                    self.fields[column.id].help_text = closed[column.id]
        if reason:
            self.fields["reason"] = forms.CharField(
                label=_("更正的理由"), required=False, help_text=_("写进操作记录，例如：与合同原件核对")
            )
            self.fields["reason"].must = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse another value of a closed column, which a browser does not send; what it shows is kept."""
        for name, said in self.closed.items():
            sent = self.data.get(self.add_prefix(name))
            if (
                name in self.fields
                and sent is not None
                and sent != (self.get_initial_for_field(self.fields[name], name) or "")
            ):
                self.add_error(name, said)
        return self.cleaned_data

    def answered(self, answers: tuple[Answer, ...]) -> None:
        """Keep what the gates said; beside each field for want of which one cannot tell, that."""
        self.answers = answers
        for name in dict.fromkeys(name for one in answers for name in one.missing):
            if name in self.fields:
                self.add_error(name, _("规则要看这一项，空着说不准。"))

    def take(self, faults: tuple[Fault, ...]) -> None:
        """Put faults beside their fields."""
        for fault in faults:
            field = fault.column if fault.column in self.fields else None
            self.add_error(field, fault.text(lang()))


class StepForm(RowForm):
    """What a step of a contract asks for, every one of it needed, and a remark."""

    def __init__(
        self, *args: Any, step: ContractStep, plans: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        table = declared()[step.table]
        others = frozenset(column.id for column in values_of(table)) - set(step.told)
        super().__init__(*args, table=table, fixed=others, reason=False, **kwargs)
        self.done = step.title
        for name, field in self.fields.items():
            field.required = field.must = name in step.asks  # type: ignore[attr-defined]
        if plans:
            self.fields["plan"] = forms.ChoiceField(
                label=_("还款计划"), choices=[("", "—"), *plans], error_messages={"required": _("请选还款计划怎么跟着变。")},
                help_text=_("已经过了应还日的各期留在原来的日子，照样算逾期；利息另算的，办完再更正应还利息"),
            )  # fmt: skip
            self.fields["plan"].must = True  # type: ignore[attr-defined]
        hint = _("写明谁批准的、文号或会议；写进操作记录") if step.reason else _("写进操作记录")
        self.fields["reason"] = forms.CharField(label=_("说明"), required=step.reason, help_text=hint)


def _field(column: Column) -> forms.Field:
    """A field that helps to type a value of a column; whether the value is right is asked of the checks."""
    label = word(column.id)
    hint = meaning_of(column, lang())
    said: dict[str, Any] = {"label": label, "required": False, "help_text": "" if hint == label else hint}
    if column.type is ColumnType.ENUM and column.enum is not None:
        choices = [("", "—"), *((terms().by_id(one).word, word(one)) for one in domains()[column.enum])]  # type: ignore[union-attr]
        field: forms.Field = forms.ChoiceField(choices=choices, **said)
    elif column.type is ColumnType.BOOL:
        field = forms.ChoiceField(choices=[("", "—"), ("是", _("是")), ("否", _("否"))], **said)
    elif column.type in (ColumnType.DATE, ColumnType.HAPPENED):
        field = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **said)
    elif column.type is ColumnType.REF:
        field = forms.CharField(widget=forms.TextInput(attrs=_looking_up(column)), **said)
    elif column.classes:
        numbers = range(column.low or 0, (column.low or 0) + len(column.classes))
        choices = [("", "—"), *((str(one), value_text(column, one)) for one in numbers)]
        field = forms.ChoiceField(choices=choices, **said)
    elif column.type in (ColumnType.FEN, ColumnType.INT, ColumnType.NUM):
        field = forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **said)
    elif column.id in LONG_TEXT:
        field = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **said)
    else:
        field = forms.CharField(**said)
    # what is typed stays in the tab for a while; a personal number does not
    if is_sealed(column) or names_party(column):
        field.widget.attrs["data-unkept"] = ""
    field.must = column.required  # type: ignore[attr-defined]
    field.unit = _("元") if column.type is ColumnType.FEN else unit_words(column.unit)  # type: ignore[attr-defined]
    return field


def _looking_up(column: Column) -> dict[str, str]:
    """Attributes of a field that offers the rows it may name while one types."""
    return {
        "list": f"choices-{column.id}", "autocomplete": "off", "data-lookup": str(column.ref), "hx-trigger": "input changed delay:200ms",
    "hx-get": f"{reverse('choices', args=[column.ref])}?from={column.id}", "hx-target": f"#choices-{column.id}",
    }  # fmt: skip


@require_safe
def choices(request: Request, name: str) -> HttpResponse:
    """Rows of a table that what was typed so far finds (names, pinyin initials, numbers), as choices of a field."""
    table = declared().get(name)
    if table is None or name not in homes():
        raise Http404
    typed = request.GET.get(request.GET.get("from", ""), "").strip()
    rows = nameable(name, request.viewer)
    title = _NAMED_BY.get(name)
    if typed:
        found = rows.filter(named(table, typed))
        if title is not None:
            found = found | rows.filter(**{f"{title}__icontains": typed})
        if name == "contract":
            clients = (
                nameable("party", request.viewer).filter(named(declared()["party"], typed)).values("key")
            )
            found = found | rows.filter(client__in=clients) | rows.filter(main_contract_no__icontains=typed)
        rows = found
    labels = [label_of(table, row) for row in rows.order_by("key")[:CHOICES]]
    return render(request, "web/choices.html", {"labels": labels})


def label_of(table: Table, row: Any) -> str:
    """What names a row to people and finds it again: a name with its number, of a private number the last four."""
    title = _NAMED_BY.get(table.id)
    if title is None:
        return str(row.key)
    first = table.columns[table.key[0]]
    tail = getattr(row, f"{field_name(first.id)}_tail", "") if names_party(first) else ""
    return f"{getattr(row, title)}（{f'*{tail}' if tail else row.key}）"


def named_key(viewer: Viewer, column: Column, text: str) -> str:
    """The key that a label, a name or a number means, as a file would write it; the text itself where it means none or several."""
    name = str(column.ref)
    table = declared().get(name)
    title = _NAMED_BY.get(name)
    if not text or table is None or title is None:
        return text
    rows = nameable(name, viewer)
    label, _bracket, number = text.translate(_BRACKETS).rstrip("）").rpartition("（")
    found = rows.filter(**{title: label or text})
    if label and number.startswith("*"):
        found = found.filter(**{f"{field_name(table.key[0])}_tail": number[1 : TAIL + 1]})
    elif label:
        found = rows.filter(key=number)
    held = list(found[:2])
    return plain_key(table, held[0]) if len(held) == 1 else text


def may_enter(viewer: Viewer, name: str) -> Table:
    """The table under a name, where the viewer may enter its rows; 404 or 403 where not."""
    table = readable(viewer, name)
    if not viewer.rights.may_enter(table):
        raise PermissionDenied
    return table


def may_correct(viewer: Viewer, name: str) -> Table:
    """The table under a name, where the viewer may correct its rows, if only in what he decides; 404 or 403 where not."""
    table = readable(viewer, name)
    if not viewer.rights.may_enter(table) and not slip_columns(name, viewer.posts):
        raise PermissionDenied
    return table


def closed_in(viewer: Viewer, table: Table, held: Any) -> dict[str, str]:
    """What the viewer may not correct in a row, by column, with the sentence that says where it is changed."""
    if not viewer.rights.may_enter(table):
        own = slip_columns(table.id, viewer.posts)
        said = _("您的岗位只更正由您决定的几项。")
        return {column.id: said for column in values_of(table) if column.id not in own}
    return {
        column: one.said[lang()]
        for column, one in closed_columns(table.id, viewer.posts).items()
        if not _still_open(one, held, column)
    }


def _still_open(one: Decided, held: Any, column: str) -> bool:
    """Whether a decided column may be filled in for the first time."""
    return one.first and getattr(held, field_name(column)) is None


def _written_by_act(viewer: Viewer, table: Table) -> frozenset[str]:
    """Decided columns that a new row of his does not bring along."""
    closed = closed_columns(table.id, viewer.posts)
    return frozenset(
        column for column, one in closed.items() if not one.new and not table.columns[column].required
    )


def entry(request: Request, name: str) -> HttpResponse:
    """A new row."""
    viewer = request.viewer
    stands = _stands_already(request, name) if request.method == "GET" else ""
    if stands:
        return redirect(stands)
    work = _own_work(request, name)
    table = may_enter(viewer, name) if work is None else declared()[name]
    asked = _asked_values(request, table) | ({} if work is None else _said_of_duty(table, work))
    initial = _first_values(viewer, table) | _followed(request, table, asked) | asked
    left_out = _written_by_act(viewer, table)
    closed = (
        {}
        if work is None
        else {column: _("由这项任务定，不改。") for column, value in work.said.items() if value is not None}
    )
    form = RowForm(
        request.POST or None, table=table, fixed=left_out, reason=False, closed=closed, initial=initial
    )
    form.work = work
    against = request.POST.get("against", "").strip()[:REASON_MOST]
    if request.method == "POST" and form.is_valid():
        cells = cells_typed(viewer, table, form.cleaned_data) | _cells_of_duty(table, work)
        made: dict[str, Any] = {
            "by": request.actor, "at": timezone.now(), "day": request.today, "bound": _bound(viewer, table, work),
        }  # fmt: skip
        done = write_row(
            request, table, form, cells, lambda said: enter_asked(name, said, **made, against=against, tell=form.found.append),
            ask=(lambda said: answers_before(name, said, **made)) if "ask" in request.POST else None,
        )  # fmt: skip
        if done is not None:
            return done
    context = {
        "table": table, "form": form, "row": None, "duty": _duty_named(request), "sees_list": readable_at_all(name, viewer) is not None, "against": against, "asked_first": asked_first(name), "gates": shown(form.answers),
        "refused": any(not one.allowed for one in form.answers),
        "free": "ask" in request.POST and not form.errors and not form.answers,
    }  # fmt: skip
    return render(request, "web/entry.html", context)


def _duty_named(request: Request) -> tuple[int, str] | None:
    """The duty for which a row is written, where the address names one of the viewer's that is still to be done: its number and name."""
    duty = waiting(request.viewer, request.GET.get("for", ""))
    return None if duty is None else (duty.pk, title_of_duty(duty))


def _own_work(request: Request, name: str) -> OwnWork | None:
    """The viewer's duty that the address names, where a new row of the table closes it and his post enters no such rows by itself."""
    table = declared().get(name)
    if table is None or request.viewer.rights.may_enter(table):
        return None
    work = own_work(request.viewer, request.GET.get("for", ""), name)
    return work if work is not None and work.held is None else None


def _stands_already(request: Request, name: str) -> str:
    """Where the row that the viewer's duty asks for is set right, where it stands already; empty where a new one is to be written."""
    work = own_work(request.viewer, request.GET.get("for", ""), name)
    if work is None or not work.closing.new or work.held is None:
        return ""
    return f"{reverse('correction', args=[name, work.held.key])}?for={work.duty.pk}"


def _work_on(request: Request, name: str, key: str) -> OwnWork | None:
    """The viewer's duty that the address names, where it is closed by something in this row."""
    work = own_work(request.viewer, request.GET.get("for", ""), name)
    return work if work is not None and work.held is not None and work.held.key == key else None


def _said_of_duty(table: Table, work: OwnWork) -> dict[str, str]:
    """What a new row says because it closes a duty, as its form shows it."""
    said: dict[str, str] = {}
    for name, value in work.said.items():
        column = table.columns[name]
        if value is None:
            continue
        if column.ref is not None and column.ref in homes():
            row = standing(homes()[column.ref]).filter(key=value).first()
            said[name] = str(value) if row is None else label_of(declared()[column.ref], row)
        elif column.type is ColumnType.ENUM:
            said[name] = word(str(value))
        else:
            said[name] = value.isoformat() if isinstance(value, date) else str(value)
    return said


def _cells_of_duty(table: Table, work: OwnWork | None) -> dict[str, str]:
    """What a new row says because it closes a duty, as a file would write it: whom he may name does not matter."""
    cells: dict[str, str] = {}
    for name, value in ({} if work is None else work.said).items():
        column = table.columns[name]
        if value is not None and column.ref is not None and column.ref in homes():
            row = standing(homes()[column.ref]).filter(key=value).first()
            cells[name] = str(value) if row is None else plain_key(declared()[column.ref], row)
    return cells


def _bound(viewer: Viewer, table: Table, work: OwnWork | None) -> Callable[[Kept], None]:
    """What a new row is held against: whoever enters must see it, but for what his duty asks of him."""
    return partial(refuse_outside, viewer, table) if work is None else lambda _row: None


def correction(request: Request, name: str, key: str) -> HttpResponse:
    """A standing row set right, with the reason; or what closes a duty filled in on it, of which the duty is the reason."""
    viewer = request.viewer
    work = _work_on(request, name, key)
    own = work is not None and not viewer.rights.may_enter(declared()[name])
    table = declared()[name] if own else may_correct(viewer, name)
    held: Any = work.held if own and work is not None else visible(name, viewer).filter(key=key).first()
    if held is None:
        raise Http404
    fills = work is not None and work.fills
    now = _shown(viewer, table, held)
    closed = closed_in(viewer, table, held) if work is None or not own else _closed_but(table, work.opens)
    if fills and not own:  # what stands is set right from the row's own page, with a reason
        closed = {**_closed_filled(table, held), **closed}
    begins = now if work is None else _begins_closing(now, work, request.today)
    data, meanwhile = _upon_what_stands(request, table, held, now) if request.method == "POST" else (None, "")
    form = RowForm(
        data, table=table, fixed=frozenset(table.key), reason=not fills, closed=closed, initial=begins,
    )  # fmt: skip
    form.work = work if own else None
    form.filled = listed(word(one) for one in sorted(work.opens)) if work is not None and fills else ""
    if form.is_valid() and meanwhile:
        form.add_error(None, meanwhile)
    elif form.is_valid():
        done = _corrected(request, table, form, held, work.title if work is not None and fills else "")
        if done is not None:
            return done
    context = {
        "table": table, "form": form, "row": held, "label": title_of(table, held), "duty": _duty_named(request),
        "sees_list": readable_at_all(name, viewer) is not None,
    }  # fmt: skip
    return render(request, "web/entry.html", context)


def _corrected(request: Request, table: Table, form: RowForm, held: Any, reason: str) -> HttpResponse | None:
    """Write a row set right; ``reason``: why, where that is known already. None, with the faults on the form, where it cannot be."""
    reason = reason or form.cleaned_data.pop("reason").strip()
    if not reason:
        form.add_error("reason", _("请写明更正的理由。"))
        return None
    if form.work is None:
        cells = cells_typed(request.viewer, table, form.cleaned_data) | kept_cells(
            table, held, form.cleaned_data
        )
    else:  # nothing else is his to say
        said = {one: form.cleaned_data[one] for one in form.work.opens}
        cells = {c.id: cell_text(c, held) for c in values_of(table)} | cells_typed(
            request.viewer, table, said
        )
    return write_row(
        request, table, form, cells,
        lambda said: correct_asked(
            table.id, held.key, said, by=request.actor, at=timezone.now(), day=request.today, reason=reason, seen=held.pk,
        ),
        held,
    )  # fmt: skip


def _closed_but(table: Table, opens: Collection[str]) -> dict[str, str]:
    """All columns but those that a duty asks for."""
    names = listed(word(one.id) for one in values_of(table) if one.id in opens)
    said = _("办这项任务只填“%(column)s”。") % {"column": names}
    return {column.id: said for column in values_of(table) if column.id not in opens}


def _closed_filled(table: Table, held: Any) -> dict[str, str]:
    """The columns that say something already."""
    said = _("已经登记的，在这一条自己的页面上更正。")
    return {one.id: said for one in values_of(table) if getattr(held, field_name(one.id)) is not None}


def _begins_closing(now: Mapping[str, str], work: OwnWork, day: date) -> dict[str, str]:
    """The row as it stands, with today as the day that closes the duty, and its name as the reason."""
    column = str(work.closing.column)
    return {**now, column: now.get(column) or day.isoformat(), "reason": work.title}


def _upon_what_stands(
    request: Request, table: Table, held: Any, now: Mapping[str, str]
) -> tuple[QueryDict, str]:
    """What was typed, upon the row as it stands; where somebody corrected it since the form was opened, that, and what moved.

    What the writer did not touch is then what stands; he reads both before he saves.
    """
    typed = request.POST
    seen = typed.get("seen", "")
    if not seen.isdecimal() or int(seen) == held.pk:
        return typed, ""
    before = homes()[table.id]._default_manager.filter(pk=int(seen), key=held.key).first()
    if before is None:
        return typed, ""
    was, merged, moved = _shown(request.viewer, table, before), typed.copy(), []
    for column in values_of(table):
        old, new = was.get(column.id, ""), now.get(column.id, "")
        if old == new:
            continue
        moved.append(f"{word(column.id)} {old or EMPTY} → {new or EMPTY}")
        if typed.get(column.id, "") == old:
            merged[column.id] = new
    told = _("您打开以后别人更正过：%(moved)s。没有改的几项已换成新的，您改的还在；看过再保存。")
    return merged, told % {"moved": listed(moved, "；") or _("理由")}


def write_row(
    request: Request, table: Table, form: RowForm, cells: Mapping[str, str], write: Callable[[Mapping[str, Any]], Kept], held: Kept | None = None,
    ask: Callable[[Mapping[str, Any]], tuple[Answer, ...]] | None = None,
) -> HttpResponse | None:  # fmt: skip
    """Check what was typed, as a row of the form's table, and write it; None, with the faults on the form, where it cannot be.

    ``ask``: nothing is written, only the gates are asked, and their answers stand on the form.
    """
    typed = read_typed(form.table, cells, day=request.today)
    form.take(typed.errors)
    if typed.values is None:
        return None
    if held is not None and content(table, vars(held)) == content(table, typed.values):
        form.add_error(None, _("和现在登记的一样，没有改动。"))
        return None
    try:
        if ask is not None:
            form.answered(ask(typed.values))
            return None
        with transaction.atomic():
            row = write(typed.values)
            _bound(request.viewer, table, form.work)(row)
    except OutsideError:
        form.add_error(None, _("这样登记之后您自己就看不到它了：请检查机构、客户经理或管户人。"))
        return None
    except RowRefusedError as refused:
        form.add_error(refused.key if refused.key in form.fields else None, refusal(refused))
        return None
    except GateRefusedError as refused:
        form.answered(refused.answers)
        return None
    follow(request.today, by=request.actor, at=timezone.now())
    said = _("已登记：%(name)s。") if held is None or form.filled else _("已更正：%(name)s。")
    if form.done:
        said = _("已办：%(step)s，%(name)s。")
    say_done(
        request,
        said % {"name": _said_of(table, row), "step": form.done},
        "row",
        table.id,
        row.key,
    )
    if held is not None:
        tell_against(request, row)
        _tell_laid(request, on_which(row) if row.table.id == PAYMENTS else ())
    duty = request.GET.get("for", "")
    if (still := waiting(request.viewer, duty)) is not None:
        tell_open(request, still, row)
    for fault in (*typed.doubts, *form.found):
        say_done(request, (lead(word(fault.column)) if fault.column else "") + fault.reason(lang()))
    return redirect("duty", int(duty)) if duty.isdecimal() else redirect("row", table.id, row.key)


def _tell_laid(request: Request, instalments: Sequence[str]) -> None:
    """Lead to the instalments on which a payment was laid and that do not follow it any more."""
    for key in instalments:
        said = _("这笔还款记到过期供 %(key)s 上，不会跟着变：请更正那一期的已还额。") % {"key": key}
        say_done(request, said, "row", PLAN, key)


def _said_of(table: Table, row: Any) -> str:
    """A row that was written, by what names it; of one that several things name, each in words."""
    if len(table.key) > 1:
        return title_of(table, row)
    return f"{word(table.id)} {key_words(label_of(table, row))}"


def cells_typed(viewer: Viewer, table: Table, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, references turned into the keys that they mean."""
    return {
        column.id: named_key(viewer, column, typed[column.id].strip())
        if column.ref is not None
        else typed[column.id]
        for column in values_of(table)
        if column.id in typed
    }


def _shown(viewer: Viewer, table: Table, held: Any) -> dict[str, str]:
    """A row as its form shows it: names for numbers, personal numbers empty."""
    shown: dict[str, str] = {}
    for column in values_of(table):
        value = getattr(held, field_name(column.id))
        if value is None or unshown(column, value):
            continue
        if column.ref in _NAMED_BY:
            row = nameable(str(column.ref), viewer).filter(key=value).first()
            shown[column.id] = (
                value_text(column, value) if row is None else label_of(declared()[str(column.ref)], row)
            )
        elif not names_party(column):
            shown[column.id] = cell_text(column, held)
    return shown


BEGINS: Mapping[str, dict[str, str]] = {"contract": {"status": "待放款", "extensions": "0"}}
"""How a new row stands before anything has happened to it, as a file would write it."""


def _first_values(viewer: Viewer, table: Table) -> dict[str, str]:
    """What a new row most often says: today, the writer's own branch, and himself where his scope is his own clients."""
    first = _first_number(viewer, table) | _first_day(viewer, table) | BEGINS.get(table.id, {})
    own = viewer.rights.scope_of(table) is Scope.OWN
    for column in values_of(table):
        if column.ref == "branch" and len(viewer.branches) == 1:
            row = nameable("branch", viewer).filter(key__in=viewer.branches).first()
            first[column.id] = (
                next(iter(viewer.branches)) if row is None else label_of(declared()["branch"], row)
            )
        elif column.ref == "employee" and (
            column.word in _DOERS or (own and column.id in {*OWNERS[:1], "caretaker"})
        ):
            first[column.id] = f"{viewer.name}（{viewer.staff_no}）"
    return first


def _first_day(viewer: Viewer, table: Table) -> dict[str, str]:
    """Today as the day on which what a row tells happened: a visit, a call, a payment is entered when it was."""
    column = None if table.date is None else table.columns[table.date]
    if column is None or column.type is not ColumnType.HAPPENED or table.id in _LATER:
        return {}
    return {column.id: viewer.day.isoformat()}


def _first_number(viewer: Viewer, table: Table) -> dict[str, str]:
    """A number for a row that tells what happened on a day: day, writer, the next of his that day, those taken out counted; he may write another."""
    column = table.columns[table.key[0]]
    if table.date is None or column.type is not ColumnType.ID or column.check is not None:
        return {}
    stem = f"{viewer.day:%Y%m%d}-{viewer.staff_no}-"
    name = field_name(column.id)
    used = (
        homes()[table.id]
        ._default_manager.filter(**{f"{name}__startswith": stem})
        .values_list(name, flat=True)
    )
    numbers = [int(rest) for one in used if (rest := one.removeprefix(stem)).isdecimal()]
    return {column.id: f"{stem}{max(numbers, default=0) + 1}"}


def _asked_values(request: Request, table: Table) -> dict[str, str]:
    """What the address asks a new row to begin with, by identifiers and keys, told as the form shows it."""
    asked: dict[str, str] = {}
    for column in values_of(table):
        value = request.GET.get(column.id)
        if not value:
            continue
        if column.ref is not None and column.ref in homes():
            row = nameable(column.ref, request.viewer).filter(key=value).first()
            asked[column.id] = "" if row is None else label_of(declared()[column.ref], row)
        elif column.type is ColumnType.ENUM:
            term = terms().by_id(value)
            asked[column.id] = "" if term is None else term.word
        else:
            asked[column.id] = value
    return asked


def _followed(request: Request, table: Table, asked: Mapping[str, str]) -> dict[str, str]:
    """What follows from the rows that a new row names: the client of the contract, and the like."""
    found: dict[str, str] = {}
    for column in values_of(table):
        if column.ref not in homes() or column.id not in asked:
            continue
        row = nameable(str(column.ref), request.viewer).filter(key=request.GET[column.id]).first()
        for other in values_of(table):
            columns = declared()[str(column.ref)].columns
            same = columns.get(other.id) or columns.get(_OF_CONTRACT.get(other.id, ""))
            if row is None or same is None or same.ref is None or same.ref != other.ref or other.id in asked:
                continue
            named = nameable(same.ref, request.viewer).filter(key=getattr(row, field_name(same.id))).first()
            if named is not None:
                found[other.id] = label_of(declared()[same.ref], named)
    return found


def contract_step(request: Request, key: str, name: str) -> HttpResponse:
    """One step of a contract: what it asks for, with today where a day is asked, and a remark."""
    viewer = request.viewer
    table = readable(viewer, "contract")
    held = visible("contract", viewer).filter(key=key).first()
    step = STEPS.get(name)
    if step is not None and not may_take(name, viewer.posts):
        raise PermissionDenied
    if held is None or step is None:
        raise Http404
    if not step.leads_on(held):
        say_done(request, refusal(step.refused(held)))
        return redirect("row", "contract", key)
    plans, usual = _plans(held, step, request.today)
    extends = name == "extend"
    wanted = extension_asked_for(held) if extends else None
    form = StepForm(
        request.POST if request.method == "POST" else None, step=step, plans=plans,
        initial={**_step_values(request, table, held, step), "plan": usual, **(_until(wanted) if extends else {})},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        reason, plan = form.cleaned_data.pop("reason"), form.cleaned_data.pop("plan", STAYS)
        done = write_row(
            request, table, form, {**beside_step(step, held), **form.cleaned_data},
            lambda said: step_asked(
                key, name, {"plan": plan, **{one: said[field_name(one)] for one in step.told}}, by=request.actor, at=timezone.now(), day=request.today, reason=reason,
            ),
        )  # fmt: skip
        if done is not None:
            return done
    names = names_for(parties=[held.client])
    context = {
        "lacking": extends and lacks_request(held), "may_ask": viewer.rights.may_enter(declared()[EXTENSION]),
        "form": form, "row": held, "title": step.title, "client": names.parties.get(held.client, ""), "wanted": wanted,
        "extends": extends, "compensates": name == "compensate",
        "notes": notes_to_extend(held).count() if extends else 0, "about": urlencode({f"{ABOUT}contract": key}),
        "gates": shown(form.answers or (answers_about(EXTENSION, wanted.key, request.today) if wanted else ())),
    }  # fmt: skip
    return render(request, "web/step.html", context)


def _until(wanted: Any) -> dict[str, str]:
    """The day that an extension was asked for; nothing where nobody said one, for the day that stands is surely not it."""
    asked = None if wanted is None else wanted.new_maturity_day
    return {"maturity_day": "" if asked is None else asked.isoformat()}


def _plans(held: Any, step: ContractStep, day: date) -> tuple[list[tuple[str, str]], str]:
    """The ways in which the plan can follow a step, with the instalments each moves, and the usual one: of a loan that is paid back at once its only instalment."""
    if not step.replans:
        return [], ""
    last, all_ = last_of(held.key, day), to_come(held.key, day).count()
    if not all_:
        return [], ""
    due = last.values_list("due_day", flat=True).first()
    counts = {
        LAST: _("%(count)s 期，原来 %(day)s")
        % {"count": last.count(), "day": "" if due is None else due.isoformat()},
        LATER: _("%(count)s 期") % {"count": all_},
    }
    plans = [(way, f"{_(said)}（{counts[way]}）" if way in counts else _(said)) for way, said in WAYS.items()]
    return plans, LAST if all_ == 1 else ""


def _step_values(request: Request, table: Table, held: Any, step: ContractStep) -> dict[str, str]:
    """What a step most often says: what stands already, and today where something happens."""
    own = declared()[step.table]
    if step.table == table.id:
        stands = _shown(request.viewer, table, held)
    else:
        row = standing(homes()[own.id]).filter(contract=held.key).order_by("-value_day").first()
        stands = {} if row is None else {one: cell_text(own.columns[one], row) for one in step.told}
    today = request.today.isoformat()
    happened = {one for one in step.asks if own.columns[one].type is ColumnType.HAPPENED}
    return {one: stands.get(one, "") or (today if one in happened else "") for one in step.told}


@require_POST
def voiding(request: Request, name: str, key: str) -> HttpResponse:
    """Take a row out, with the reason; it stays in the trail."""
    table = may_enter(request.viewer, name)
    held = visible(name, request.viewer).filter(key=key).first()
    if held is None:
        raise Http404
    try:
        back, moved, said = void_entered(
            name,
            key,
            by=request.actor,
            at=timezone.now(),
            day=request.today,
            reason=request.POST.get("reason", ""),
        )
    except RowRefusedError as refused:
        say_done(request, refusal(refused))
        return redirect("row", name, key)
    follow(request.today, by=request.actor, at=timezone.now())
    say_done(
        request, _("已作废：%(name)s。") % {"name": f"{word(table.id)} {key_words(label_of(table, held))}"}
    )
    if back:
        say_done(request, _("记到 %(count)s 期供上的也撤回了，照登记这笔以前的样子。") % {"count": len(back)})
    for fault in said:
        say_done(request, fault.reason(lang()))
    _tell_laid(request, moved)
    return redirect("register", name)

"""What templates say with: deadlines, money, words, badges. Registered as built-ins: no template loads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daihou.book import Column, ColumnType, masked
from daihou.registers.sealing import is_mark
from daihou.screens.workdays import calendar
from daihou.terms import Lang, terms
from daihou.units import deadline_words, format_wan, format_yuan

register = template.Library()

SOON_WORKDAYS = 3
EMPTY = "—"
PERCENT = "百分比"
_STATE_COLOURS = {
    "overdue": "late", "missed": "late", "open": "plain", "not_yet": "quiet", "on_time": "good", "late": "soon", "waived": "quiet",
    "withdrawn": "quiet", "leftover": "quiet", "old_done": "good",
}  # fmt: skip
_LEVEL_COLOURS = {"watch": "quiet", "important": "soon", "severe": "late"}


def lang() -> Lang:
    """The language of the page."""
    return "en" if (get_language() or "").startswith("en") else "zh"


@register.filter
def word(identifier: str | None) -> str:
    """The word of an identifier in the page's language."""
    if not identifier:
        return EMPTY
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang() == "zh" else term.label


class _Said(Protocol):
    def said(self, lang: Lang) -> str: ...


@register.filter
def said(text: _Said | None) -> str:
    """A text that stands in both languages, in the page's."""
    return EMPTY if text is None else text.said(lang())


class _Sensible(Protocol):
    english: str

    def sense_said(self, lang: Lang) -> str: ...


class _Meaningful(Protocol):
    english: str

    def meaning_said(self, lang: Lang) -> str: ...


@register.filter
def sense(rule: _Sensible) -> str:
    """What a rule wants, in the page's language."""
    return _in_its_language(rule.sense_said(lang()), rule.english)


@register.filter
def meaning(figure: _Meaningful) -> str:
    """What a figure is, in the page's language."""
    return _in_its_language(figure.meaning_said(lang()), figure.english)


def _in_its_language(text: str, english: str) -> str:
    """A text of the rules; on an English page one that has no English says that it is Chinese."""
    return text if lang() == "zh" or english else format_html('<span lang="zh">{}</span>', text)


@register.filter
def words(identifiers: str | None) -> str:
    """The words of identifiers, listed."""
    return listed(word(one.strip()) for one in (identifiers or "").split(",")) or EMPTY


@register.filter
def listed(parts: Iterable[str], between: str = "、") -> str:
    """Parts one after the other, as the page's language lists them; ``between``: the Chinese mark: 、 of words, ， of parts of a sentence, ； of sentences."""
    return (between if lang() == "zh" else _MARKS[between]).join(parts)


def unit_words(unit: str | None) -> str:
    """The unit of a column, in the page's language."""
    said = {
        PERCENT: "%", "分": _("分"), "天": _("天"), "小时": _("小时"), "日": _("日"), "时": _("时"), "月": _("个月"), "期": _("期"), "次": _("次"),
    }  # fmt: skip
    return said.get(unit or "", unit or "")


@register.filter
def lead(label: str) -> str:
    """What stands before what is said of it, with the colon of the page's language."""
    return f"{label}：" if lang() == "zh" else f"{label}: "


_MARKS = {"、": ", ", "，": ", ", "；": "; ", "：": ": ", "（": " (", "）": ")", "。": ". "}
"""What stands in English where a Chinese mark stands."""


def bracketed(what: str, more: str) -> str:
    """A thing with something more in brackets, in those of the page's language."""
    return f"{what}（{more}）" if lang() == "zh" else f"{what} ({more})"


@register.simple_tag
def stop(mark: str) -> str:
    """A Chinese mark between two things of a page, in the page's language."""
    return mark if lang() == "zh" else _MARKS[mark]


@register.filter
def act(name: str) -> str:
    """What the trail calls an act."""
    return word(f"act_{name.replace('-', '_')}")


@register.filter
def yuan(fen: int | None) -> str:
    """Money in yuan."""
    return EMPTY if fen is None else format_yuan(int(fen))


@register.filter
def wan(fen: int | None) -> str:
    """Money in ten thousands of yuan."""
    return EMPTY if fen is None else format_wan(int(fen))


@register.filter
def day(value: date | None) -> str:
    """A day in ISO."""
    return EMPTY if value is None else value.isoformat()


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """A value of a mapping."""
    return mapping.get(key)


@register.simple_tag
def when(due: date | None, today: date) -> SafeString:
    """A deadline in words, red where it has passed, amber within three working days."""
    if due is None:
        return format_html('<span class="when when-quiet">{}</span>', EMPTY)
    days = calendar(today)
    said = deadline_words(due, today, days, lang())
    if due < today:
        tone = "late"
    elif due == today or days.count_working_days(today, due) <= SOON_WORKDAYS:
        tone = "soon"
    else:
        tone = "quiet"
    return format_html('<span class="when when-{}" title="{}">{}</span>', tone, due.isoformat(), said)


@register.simple_tag
def people_options(people: Sequence[tuple[str, str]], chosen: str = "") -> SafeString:
    """Colleagues by number and name as the choices of a list, one of them chosen; joined at once, for a company has thousands."""
    picked = SafeString(" selected")
    rows = ((no, picked if no == chosen else "", name, no) for no, name in people)
    return format_html_join("", '<option value="{}"{}>{}（{}）</option>', rows)


@register.filter
def state(identifier: str) -> SafeString:
    """The state of a duty as its fixed badge."""
    return format_html(
        '<span class="mark mark-{}">{}</span>', _STATE_COLOURS.get(identifier, "plain"), word(identifier)
    )


@register.filter
def level(identifier: str) -> SafeString:
    """The severity of a warning as its fixed badge."""
    return format_html(
        '<span class="mark mark-{}">{}</span>', _LEVEL_COLOURS.get(identifier, "soon"), word(identifier)
    )


@register.filter
def hidden(text: str | None) -> str:
    """What somebody wrote, with the personal numbers in it hidden."""
    return masked(text or "")


@register.filter
def key(text: str | None) -> str:
    """A key for people: a private person's mark is told as a hidden number, a value of a domain by its word."""
    return (
        EMPTY
        if not text
        else "/".join("•••" if is_mark(part) else word(part) for part in text.split("/") if part)
    )


def value_text(column: Column, value: Any) -> str:
    """A value of a declared column as people read it."""
    if value is None or value == "":
        return EMPTY
    match column.type:
        case ColumnType.FEN:
            return format_yuan(int(value))
        case ColumnType.BOOL:
            return _("是") if value else _("否")
        case ColumnType.ENUM:
            return word(str(value))
        case ColumnType.NUM:
            number = format(Decimal(value).normalize(), "f")
            return f"{number}%" if column.unit == PERCENT else number
        case ColumnType.REF:
            return key(str(value))
        case ColumnType.TEXT:
            return masked(str(value))
        case _:
            called = column.class_of(int(value)) if column.classes else None
            return f"{value} {word(called)}" if called else str(value)


@register.filter
def kept(value: Any, column: Column) -> str:
    """A value of a declared column as JSON kept it, as people read it."""
    if value is not None and column.type is ColumnType.NUM:
        value = Decimal(str(value))
    return value_text(column, value)


@register.simple_tag(takes_context=True)
def with_query(context: Mapping[str, Any], **changes: Any) -> str:
    """The page's address with some parameters changed; an empty value takes one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"

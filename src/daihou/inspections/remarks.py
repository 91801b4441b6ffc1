"""What whoever writes or signs a report should notice in it: words copied from last time, a risk without a measure, a major one without its analysis."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from daihou.inspections.classing import RISK, TIER
from daihou.papers.filling import NO, WHY, YES, names_of, plain, says_nothing
from daihou.papers.reading import Form, Kind, Tells
from daihou.units import MoneyError, read_fen

SHORT = 10
"""Letters below which the same words twice say nothing: 正常, 无变化."""
LONG, ALIKE = 30, 0.95
"""Letters from which a text is compared letter by letter, and the share of its letters from which it is last time's with a touch."""
STOCK_SWING = 20
"""Per cent above which a change of stock between two checks is a finding (P02-09)."""
URGENT = "urgent"
MAJOR = {RISK: frozenset({"watch"}), TIER: frozenset({"substandard", "doubtful", "loss"})}
"""The answers that call a risk a major one, which is analysed by itself."""
KIND, MANNER = "report_kind", "manner"
SEEN: Mapping[str, frozenset[str]] = {
    "problem": frozenset({"on_site", "both"}),
    "routine": frozenset({"both"}),
}
"""In which manner a check of a kind is made; of use off the spot and, where needed, on it (post-loan measures of a finance company 3.2)."""


@dataclass(frozen=True)
class Remark:
    """One thing to notice: ``code``, the field it is about, and that field's label in both languages."""

    code: str
    name: str
    label: tuple[str, str]


def remarks_on(form: Form, values: Mapping[str, str], last: Mapping[str, str] | None = None) -> list[Remark]:
    """What to notice in a form (P01-10, P02-33). ``last``: the values of the form before it.

    copied: a text of some length that says what last time's said. risk-without-effect: a new risk point, and nothing on what it does to
    repayment (P01-10). risk-without-measure, alarm-without-measure: a new risk point, or an
    answer that the form takes for bad, and no measure. major-without-analysis: close watch, a bad tier, or funds at risk, and no analysis.
    stock-moved: stock up or down by more than a fifth since the check before, and no reason (P02-09). not-on-the-spot: a problem loan that was not seen, a routine check that was not made both ways (P02-04).
    """
    return [
        *_copied(form, values, last or {}),
        *_without_effect(form, values),
        *_without_measure(form, values),
        *_without_analysis(form, values),
        *_not_on_the_spot(form, values),
        *_stock_moved(form, values),
    ]


def _copied(form: Form, values: Mapping[str, str], last: Mapping[str, str]) -> Iterator[Remark]:
    carried = {one.name for one in form.fields if one.carried}
    texts = {plain(text) for name, text in last.items() if len(plain(text)) >= SHORT}
    for name, one in names_of(form, {}):
        told = one.kind is Kind.LONG or name.endswith(f"/{WHY}")
        if (
            told
            and not one.fixed
            and one.name not in carried
            and _said_before(plain(values.get(name, "")), texts)
        ):
            yield Remark("copied", name, (one.label.zh, one.label.en))


def _said_before(text: str, texts: Collection[str]) -> bool:
    """Whether a text stands among others, or a long one does but for a few letters."""
    if text in texts:
        return True
    if len(text) < LONG:
        return False
    return any(_alike(text, one) for one in texts if len(one) >= LONG)


def _alike(one: str, other: str) -> bool:
    """Whether two texts differ by a few letters; what is cheap to tell is asked first."""
    if 2 * min(len(one), len(other)) < ALIKE * (len(one) + len(other)):
        return False
    pair = SequenceMatcher(None, one, other, autojunk=False)
    return pair.real_quick_ratio() >= ALIKE and pair.quick_ratio() >= ALIKE and pair.ratio() >= ALIKE


def bad_answers(form: Form, values: Mapping[str, str]) -> list[str]:
    """Fields with an answer that the form takes for bad: one that wants its reason."""
    return [
        one.name
        for one in form.fields
        if one.kind is Kind.YES_NO and one.explain in {YES, NO} and values.get(one.name) == one.explain
    ]


def _without_effect(form: Form, values: Mapping[str, str]) -> Iterator[Remark]:
    risk, effect = form.telling(Tells.RISK), form.telling(Tells.EFFECT)
    if risk is None or effect is None or says_nothing(values.get(risk.name, "")):
        return
    if says_nothing(values.get(effect.name, "")):
        yield Remark("risk-without-effect", effect.name, (effect.label.zh, effect.label.en))


def _without_measure(form: Form, values: Mapping[str, str]) -> Iterator[Remark]:
    risk, measure = form.telling(Tells.RISK), form.telling(Tells.MEASURE)
    if measure is None or not says_nothing(values.get(measure.name, "")):
        return
    label = (measure.label.zh, measure.label.en)
    if risk is not None and not says_nothing(values.get(risk.name, "")):
        yield Remark("risk-without-measure", measure.name, label)
    elif bad_answers(form, values):
        yield Remark("alarm-without-measure", measure.name, label)


def _without_analysis(form: Form, values: Mapping[str, str]) -> Iterator[Remark]:
    analysis = form.telling(Tells.ANALYSIS)
    if analysis is None or not says_nothing(values.get(analysis.name, "")):
        return
    graded = (form.telling(one.tells) for one in MAJOR)
    grave = any(
        field is not None and values.get(field.name) in grades
        for field, grades in zip(graded, MAJOR.values(), strict=True)
    )
    if grave or values.get(URGENT) == YES:
        yield Remark("major-without-analysis", analysis.name, (analysis.label.zh, analysis.label.en))


def _not_on_the_spot(form: Form, values: Mapping[str, str]) -> Iterator[Remark]:
    manner = next((one for one in form.fields if one.name == MANNER), None)
    wanted = SEEN.get(values.get(KIND, ""), frozenset())
    if manner is not None and wanted and values.get(MANNER, "") not in wanted:
        yield Remark("not-on-the-spot", MANNER, (manner.label.zh, manner.label.en))


def _stock_moved(form: Form, values: Mapping[str, str]) -> Iterator[Remark]:
    before, now, why = (form.telling(one) for one in (Tells.STOCK_BEFORE, Tells.STOCK_NOW, Tells.STOCK_WHY))
    if before is None or now is None or why is None or not says_nothing(values.get(why.name, "")):
        return
    try:
        old, new = read_fen(values.get(before.name, "")), read_fen(values.get(now.name, ""))
    except MoneyError:
        return
    if old > 0 and abs(new - old) * 100 > STOCK_SWING * old:
        yield Remark("stock-moved", why.name, (why.label.zh, why.label.en))

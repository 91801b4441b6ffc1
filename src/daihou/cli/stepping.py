"""A contract taken one step on from the command line, in somebody's name, as the page and the API do it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daihou.book import declared, masked
from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.asking import cells_of
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import line
from daihou.cli.words import joined, say
from daihou.terms import Lang

if TYPE_CHECKING:
    from daihou.ledger.steps import ContractStep

CONTRACT = "contract"


def step(
    home: Path, key: str, name: str, said: Sequence[str], lang: Lang, *, by: str, reason: str, plan: str
) -> int:
    """Take a contract one step on. ``plan``: how the plan follows an extension. Refused where the step is not his to take, leads on from no such state, or a gate or what is owed is against it."""
    enter(home, lang)
    from django.utils import translation

    from daihou.dayend.asking import GateRefusedError, step_asked
    from daihou.ledger.acts import RowRefusedError
    from daihou.ledger.refusals import refusal
    from daihou.ledger.replanning import WAYS
    from daihou.ledger.steps import STEPS
    from daihou.people.reads import viewer_of, visible
    from daihou.registers.kept import field_name

    with translation.override("en" if lang == "en" else "zh-hans"):
        titles = {one.title: one for one in STEPS.values()} | dict(STEPS)
        known = [f"{one.title} ({one.id})" for one in STEPS.values()]
    one = titles.get(name)
    if one is None:
        raise Stopped(USAGE, [say("step-unknown", lang, step=name, steps=joined(known, lang))])
    if plan not in WAYS:
        raise Stopped(USAGE, [say("step-plan", lang, plans=joined(list(WAYS), lang))])
    viewer = viewer_of(by, given.today())
    held = visible(CONTRACT, viewer).filter(key=key).first()
    if held is None:
        raise Stopped(USAGE, [say("ask-no-row", lang, key=key, table=declared()[CONTRACT].word)])
    values = _checked(one, said, held, lang)
    told = {"plan": plan, **{column: values[field_name(column)] for column in one.told}}
    row = acted(
        by, lang, lambda actor, at: step_asked(key, one.id, told, by=actor, at=at, day=given.today(), reason=reason),
        refused={RowRefusedError: refusal, GateRefusedError: lambda error: _against(error, lang)},
    )  # fmt: skip
    with translation.override("en" if lang == "en" else "zh-hans"):
        line(say("step-taken", lang, contract=row.key, step=one.title))
    return FINE


def _checked(one: "ContractStep", said: Sequence[str], held: Any, lang: Lang) -> Mapping[str, Any]:
    """What was said of a step, read as a file would be: beside what the contract says now, or as the row that is entered with it."""
    from daihou.ledger.entering import beside_step
    from daihou.ledger.typed import read_typed

    own = declared()[one.table]
    typed = cells_of(own, said, lang)
    strange = [column for column in typed if column not in one.told]
    if strange:
        words = joined([own.columns[column].word for column in one.told], lang)
        raise Stopped(USAGE, [say("step-asks", lang, columns=words)])
    found = read_typed(own, {**beside_step(one, held), **typed}, day=given.today())
    if found.values is None:
        raise Stopped(USAGE, [f"{fault.reason(lang)}{fault.remedy(lang)}" for fault in found.errors])
    return found.values


def _against(error: Any, lang: Lang) -> str:
    """What the gates have against a step, each reason with its rule."""
    reasons = [f"{one.gate.said(lang)}：{why}" for one in error.answers for why in one.because(lang)]
    return masked("；".join(reasons))

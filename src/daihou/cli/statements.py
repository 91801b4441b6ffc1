"""A client's statement read out of his workbook: told line by line, and registered in the name of a member of staff."""

from datetime import date
from pathlib import Path
from typing import Any

from daihou.book import BookFileError, controls, declared, read_statement
from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINDINGS, FINE, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import label, say
from daihou.terms import Lang
from daihou.units import format_yuan


def tell(file: Path, lang: Lang, *, unit: str | None, end: date | None, as_json: bool) -> int:
    """What a client's workbook says, line by line, and what to look at; nothing is written."""
    found = _read(file, lang, unit, end)
    doubts = (*found.doubts, *controls(found))
    if as_json:
        document(
            {
                "period_end": None if found.period_end is None else found.period_end.isoformat(), "unit": found.unit,
                "lines": {name: {"fen": one.value, "before": one.before, "cells": [f"{at.sheet} {at.place}" for at in one.cells]} for name, one in found.lines.items()},
                "doubts": [{"code": one.code, "text": one.text(lang)} for one in doubts],
            }
        )  # fmt: skip
        return FINDINGS if doubts else FINE
    line(
        say(
            "statement-head",
            lang,
            end="—" if found.period_end is None else found.period_end.isoformat(),
            unit=found.unit or "元",
        )
    )
    rows = [
        [label(name, lang), "" if one.value is None else format_yuan(one.value), "" if one.before is None else format_yuan(one.before), "、".join(f"{at.sheet} {at.place}" for at in one.cells)]
        for name, one in found.lines.items()
    ]  # fmt: skip
    out().print(table(("statement-line", "statement-now", "statement-before", "statement-cell"), rows, lang))
    for one in doubts:
        line(f"! {one.text(lang)}")
    return FINDINGS if doubts else FINE


def take(
    home: Path, file: Path, party: str, by: str, lang: Lang, *, unit: str | None, end: date | None, basis: str | None, consolidated: bool, noticed: bool
) -> int:  # fmt: skip
    """Register what a client's workbook says, and keep the file with the client."""
    enter(home, lang)
    from django.db import transaction

    from daihou.inspections.statements import cells_of, doubts_of, last_year
    from daihou.ledger.acts import RowRefusedError
    from daihou.ledger.acts import enter as enter_row
    from daihou.ledger.refusals import refusal
    from daihou.ledger.typed import read_typed
    from daihou.papers.acts import attach
    from daihou.papers.kinds import FileRefusedError
    from daihou.papers.reading import messages
    from daihou.people.reads import viewer_of, visible
    from daihou.registers.sealing import seals

    viewer, made = viewer_of(by, given.today()), declared()["statement"]
    client = visible("party", viewer).filter(key=seals().marked(party)).first()
    if not viewer.rights.may_enter(made) or client is None:
        raise Stopped(USAGE, [say("statement-no-client", lang, party=party)])
    found = _read(file, lang, unit, end)
    doubts = doubts_of(found, last_year(client.key, found))
    if doubts and not noticed:
        raise Stopped(FINDINGS, [*(one.text(lang) for one in doubts), say("statement-noticed", lang)])
    cells = {
        **cells_of(found), "party": party, "consolidated": "是" if consolidated else "否", "received_day": given.today().isoformat(),
        **({"basis_period": basis} if basis else {}),
    }  # fmt: skip
    typed = read_typed(made, cells, day=given.today())
    if typed.values is None:
        raise Stopped(FINDINGS, [f"{fault.reason(lang)}{fault.remedy(lang)}" for fault in typed.errors])
    values = typed.values

    def act(actor: Any, at: Any) -> Any:
        with transaction.atomic():
            attach(
                file.name, file.read_bytes(), table="party", key=client.key, party=client.key, branch=getattr(client, "branch", None), by=actor, at=at
            )  # fmt: skip
            return enter_row("statement", values, by=actor, at=at, day=given.today())

    refused = {RowRefusedError: refusal, FileRefusedError: lambda error: messages().text(error.code, lang)}
    row = acted(by, lang, act, refused=refused)
    line(say("statement-taken", lang, count=len(cells_of(found)), key=row.key))
    return FINE


def _read(file: Path, lang: Lang, unit: str | None, end: date | None) -> Any:
    from daihou.book import UNITS

    if unit is not None and unit not in UNITS:
        raise Stopped(USAGE, [say("statement-unit", lang, unit=unit, known=" ".join(UNITS))])
    try:
        return read_statement(file.read_bytes(), file.name, unit=unit, period_end=end)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("statement-file", lang, file=file)]) from error
    except BookFileError as error:
        raise Stopped(UNREADABLE, [error.reason(lang), error.remedy(lang)]) from error

"""What is to be classed otherwise than it is on record, as the last run of an installation found it and somebody sees it."""

from pathlib import Path

from daihou.cli.house import enter
from daihou.cli.refusal import FINE
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """List it, by grade and row."""
    enter(home, lang)
    from daihou.cli import given
    from daihou.duties.classes_due import classes_due
    from daihou.duties.naming import names_for
    from daihou.people.reads import viewer_of
    from daihou.policy.rules import rules

    rows = list(classes_due(viewer_of(by, given.today())).select_related("run"))
    names = names_for(
        contracts=[one.object for one in rows if one.table == "contract"],
        parties=[one.object for one in rows if one.table == "party"],
    )
    told = [
        {
            "rule": one.rule, "table": one.table, "key": one.object, "name": names.object(one.table, one.object, one.object if one.table == "contract" else None, None),
            "recorded": one.now or None, "level": one.level, "cause": one.cause, "since": one.run.day.isoformat(),
        }
        for one in rows
    ]  # fmt: skip
    if as_json:
        document(told)
    elif not told:
        line(say("classes-none", lang))
    else:
        cells = [
            [
                str(one["name"]), rules()[str(one["rule"])].said(lang) if one["rule"] in rules() else str(one["rule"]),
                label(str(one["recorded"]), lang) if one["recorded"] else "—", label(str(one["level"]), lang), str(one["since"]),
            ]
            for one in told
        ]  # fmt: skip
        out().print(
            table(("object", "grade", "classes-recorded", "classes-level", "classes-since"), cells, lang)
        )
    return FINE

"""Risk notices in an installation: those told to somebody, one in full, one sent, one read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.warned import answered
from daihou.cli.words import label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """List the notices that somebody may read, the newest first."""
    enter(home, lang)
    from daihou.registers.kept import homes, standing
    from daihou.warnings.noticing import READING

    rows = list(_told(by).order_by("-sent_day", "-key"))
    own = dict(standing(homes()[READING]).filter(employee=by).values_list("risk_notice", "read_day"))
    if as_json:
        document(
            [
                {
                    "key": one.key, "topic": one.notice_topic, "title": one.title, "industry": one.industry, "sent": one.sent_day.isoformat(),
                    "by": one.sent_by, "to_read": one.key in own and own[one.key] is None,
                }
                for one in rows
            ]
        )  # fmt: skip
    elif not rows:
        line(say("notice-none", lang))
    else:
        cells = [
            [one.key, label(one.notice_topic, lang), one.title, one.sent_day.isoformat(), say("notice-waits", lang) if one.key in own and own[one.key] is None else ""]
            for one in rows
        ]  # fmt: skip
        out().print(
            table(("notice-no", "notice-topic", "notice-title", "notice-sent", "notice-mine"), cells, lang, fixed=("notice-no",))
        )  # fmt: skip
    return FINE


def tell(home: Path, key: str, by: str, lang: Lang, *, as_json: bool) -> int:
    """Tell one notice, and who has read it."""
    enter(home, lang)
    from daihou.registers.kept import homes, standing
    from daihou.warnings.noticing import READING

    row = _told(by).filter(key=key).first()
    if row is None:
        raise Stopped(USAGE, [say("notice-nowhere", lang, key=key)])
    readings = list(standing(homes()[READING]).filter(risk_notice=key).order_by("key"))
    if as_json:
        document(
            {
                "key": key, "topic": row.notice_topic, "title": row.title, "text": row.remark, "industry": row.industry, "by": row.sent_by,
                "readings": [{"by": one.employee, "day": None if one.read_day is None else one.read_day.isoformat(), "told": one.remark} for one in readings],
            }
        )  # fmt: skip
        return FINE
    line(f"{key}  {label(row.notice_topic, lang)}  {row.title}")
    line(row.remark)
    for one in readings:
        line(
            f"{one.employee}  {one.read_day.isoformat() if one.read_day else say('notice-unread', lang)}  {one.remark or ''}"
        )
    return FINE


def send(
    home: Path, lang: Lang, *, topic: str, title: str, text: str, to: list[str], industry: str, clients: list[str], by: str
) -> int:  # fmt: skip
    """Send a notice; without ``to`` to every audience."""
    enter(home, lang)
    from daihou.people.reads import viewer_of, visible
    from daihou.people.rights import May
    from daihou.registers.sealing import seals
    from daihou.terms import terms
    from daihou.warnings.noticing import AUDIENCES, NoticeRefusedError, Told, send_notice

    viewer = viewer_of(by, given.today())
    if not viewer.may(May.NOTICES):
        raise Stopped(USAGE, [say("may-not-notice", lang, by=by)])

    def named(word: str) -> str:
        found = terms().find(word)
        return word if found is None else found.id

    keys = [seals().marked(one) for one in clients]
    told = Told(named(topic), title, text, to or list(AUDIENCES), named(industry) if industry else None, keys)

    def act(actor: Any, at: datetime) -> str:
        if visible("party", viewer).filter(key__in=keys).count() != len(set(keys)):
            raise NoticeRefusedError("no-such-client")
        return send_notice(told, by=actor, at=at)

    line(say("notice-sent", lang, key=answered(by, lang, act)))
    return FINE


def read(home: Path, key: str, told: str, by: str, lang: Lang) -> int:
    """Say that one has read a notice."""
    enter(home, lang)
    from daihou.warnings.noticing import read_notice

    answered(by, lang, lambda actor, at: read_notice(key, told, by=actor, at=at))
    line(say("notice-read", lang, key=key))
    return FINE


def _told(by: str) -> Any:
    from daihou.people.reads import viewer_of
    from daihou.warnings.noticing import told_to

    return told_to(viewer_of(by, given.today()))

"""The commands that keep an installation: backed up, a backup proved, taken back."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FAILED, FINE, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import at_work, document, line
from daihou.cli.words import say
from daihou.config.place import KEYS_FILE, keys
from daihou.terms import Lang

if TYPE_CHECKING:
    from daihou.config.backup import Backup, BackupError

_USE = frozenset({"backup-there", "home-not-empty", "other-database", "other-keys", "no-program"})


def backup(home: Path, lang: Lang, *, to: Path | None, keep: int | None, as_json: bool) -> int:
    """Write a backup, prove it, say what it holds and which keys it needs."""
    enter(home, lang)
    from daihou.config.backup import SUFFIX, BackupError, back_up, thin_out

    now = datetime.now(UTC)
    folder = home / "backups" if to is None else to
    file = folder if folder.suffix == ".tar" else folder / f"daihou-{now:%Y%m%d-%H%M%S}{SUFFIX}"
    try:
        with at_work("backing-up", lang):
            made = back_up(file, keys(home), at=now)
    except BackupError as error:
        raise _stopped(error, lang) from error
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=file)]) from error
    gone = thin_out(file.parent, keep) if keep is not None else []
    if as_json:
        document({"file": str(file), **_told(made), "removed": [str(one) for one in gone]})
        return FINE
    line(say("backup-made", lang, file=file, **_told(made)))
    line(say("backup-keys", lang, key=made.key, keys=home / KEYS_FILE))
    for one in gone:
        line(say("backup-removed", lang, file=one))
    return FINE


_SEAL = re.compile(r"[0-9a-f]{64}")


def head_said(said: str, lang: Lang) -> tuple[int, str]:
    """Length and head of a trail as somebody kept them."""
    number, colon, seal = said.partition(":")
    if not colon or not number.strip().isdecimal() or not _SEAL.fullmatch(seal.strip().lower()):
        raise Stopped(USAGE, [say("bad-head", lang, said=said)])
    return int(number), seal.strip().lower()


def head_of(home: Path, file: Path, lang: Lang) -> tuple[int, str]:
    """Length and head of the trail in a backup, which is proved first."""
    from daihou.config.backup import BackupError, prove

    try:
        made = prove(file, keys(home))
    except BackupError as error:
        raise _stopped(error, lang) from error
    return made.events, made.head


def check(home: Path, file: Path, lang: Lang, *, as_json: bool) -> int:
    """Prove a backup with the keys of an installation."""
    enter(home, lang, current=False)
    from daihou.config.backup import BackupError, prove

    try:
        with at_work("proving-backup", lang):
            made = prove(file, keys(home))
    except BackupError as error:
        raise _stopped(error, lang) from error
    if as_json:
        document({"file": str(file), **_told(made)})
    else:
        line(say("backup-whole", lang, file=file, **_told(made)))
    return FINE


def restore(home: Path, file: Path, lang: Lang, *, key_file: Path | None) -> int:
    """Put a backup into an empty installation and prove the trail and the files that came with it."""
    _bring_keys(home, key_file, lang)
    enter(home, lang, current=False)
    from daihou.config.backup import BackupError
    from daihou.config.backup import restore as take_back
    from daihou.config.installing import pending

    try:
        with at_work("restoring", lang, file=file.name) as tell:
            made = take_back(file, keys(home), tell=tell)
    except BackupError as error:
        raise _stopped(error, lang) from error
    line(say("restored", lang, home=home, **_told(made)))
    if pending():
        line(say("restored-old", lang, home=home, release=made.release, daihou=given.program()))
        return FINE
    return _proved(made, lang)


def _proved(made: "Backup", lang: Lang) -> int:
    """Whether trail and files are what the backup said of them."""
    from daihou.papers.reads import check_files
    from daihou.trail.models import Head
    from daihou.trail.reads import verify

    with at_work("proving", lang):
        breaks = list(verify())
        wrong = [one for one in check_files() if one.code != "orphan"]
    head = Head.objects.first()
    stands = (0, "") if head is None else (head.number, head.seal)
    if breaks or wrong or stands != (made.events, made.head):
        line(say("restored-broken", lang, breaks=len(breaks), files=len(wrong)))
        return FAILED
    line(say("restored-whole", lang, events=made.events, head=made.head))
    return FINE


def _bring_keys(home: Path, key_file: Path | None, lang: Lang) -> None:
    """The keys into the folder of an installation that has none; those that are there are never replaced."""
    there = home / KEYS_FILE
    if there.is_file() or key_file is None:
        return
    try:
        home.mkdir(parents=True, exist_ok=True)
        text = key_file.read_bytes()
        descriptor = os.open(there, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-read-keys", lang, file=key_file)]) from error


def _told(made: "Backup") -> dict[str, object]:
    return {
        "made": made.made, "release": made.release, "database": made.database, "events": made.events, "head": made.head, "files": made.files,
        "bytes": sum(size for size, _ in made.contents.values()), "key": made.key,
    }  # fmt: skip


def _stopped(error: "BackupError", lang: Lang) -> Stopped:
    code = USAGE if error.code in _USE else FAILED
    return Stopped(code, [say(error.code, lang, **error.params)])

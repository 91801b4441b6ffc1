"""The commands of an installation: made, served, its day run, a register taken in, its trail proved."""

import contextlib
import csv
import errno
import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daihou.book import BookFileError, ForeignMap
from daihou.cli import given
from daihou.cli.refusal import FAILED, FINDINGS, FINE, REFUSED, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import at_work, document, line
from daihou.cli.words import joined, say
from daihou.config.database import OPTIONS, DatabaseUrlError
from daihou.config.place import KEYS_FILE, SAMPLE_FILE, make_keys
from daihou.terms import Lang, terms

if TYPE_CHECKING:
    from daihou.config.installing import FirstLogin

ACCOUNTS_FILE = "首次登录.csv"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SETTINGS = "daihou.config.settings"
_CONNECTIONS = 1_024
"""Connections that a worker holds at once. What the server calls backpressure counts those that lie idle too: a browser keeps
up to six for half a minute, and whoever comes when all are taken waits until one ends."""


def enter(home: Path, lang: Lang, *, current: bool = True) -> None:
    """Open the installation in a folder; ``current``: refuse one whose database is of another release."""
    os.environ["DAIHOU_HOME"] = str(home.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
    if not (home / KEYS_FILE).is_file():
        raise Stopped(USAGE, [say("no-home", lang, home=home, daihou=given.program())])
    import django

    try:
        django.setup()
    except DatabaseUrlError as error:
        raise Stopped(
            USAGE, [say(error.code, lang, said=error.said, options=joined(sorted(OPTIONS), lang))]
        ) from error
    if current:
        from daihou.config.installing import pending

        if pending():
            raise Stopped(USAGE, [say("home-old", lang, home=home, daihou=given.program())])


def init(
    home: Path, lang: Lang, *, company: str, kind: str, since: date, admin: str, register: Path | None
) -> int:
    """A new company: with an administrator, or with the staff and all else of a register."""
    term = terms().find(kind)
    now = datetime.now(UTC)
    _make(home, lang)
    from daihou.config import installing
    from daihou.trail.acts import SYSTEM, Actor

    by = Actor(SYSTEM, "init")
    if register is not None:
        _take(register, lang, by_origin="init")
        logins = installing.accounts_for_all(by=by, at=now)
    else:
        try:
            logins = installing.found_company(
                company, "" if term is None else term.id, since, admin, by=by, at=now, day=given.today()
            )
        except installing.InstallRefusedError as error:
            raise Stopped(USAGE, [say(error.code, lang, home=home, kind=kind)]) from error
    file = _passwords_to(home, logins, lang)
    line(say("init-done", lang, home=home, count=len(logins), file=file))
    line(say("init-next", lang, home=home, daihou=given.program()))
    return FINE


def _passwords_to(home: Path, logins: "Sequence[FirstLogin]", lang: Lang) -> Path:
    """First passwords into a file that only its owner reads; what it held before is gone."""
    file = home / ACCOUNTS_FILE
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([say("head-login", lang), say("head-name", lang), say("head-password", lang)])
        writer.writerows((one.login, one.name, one.password) for one in logins)
    return file


def accounts(home: Path, lang: Lang, *, reset: str | None) -> int:
    """Accounts for staff who have none, or another first password for one login."""
    enter(home, lang)
    from daihou.config import installing
    from daihou.trail.acts import SYSTEM, Actor

    by, now = Actor(SYSTEM, "cli"), datetime.now(UTC)
    if reset is None:
        logins = installing.accounts_for_all(by=by, at=now)
    else:
        one = installing.another_password(reset, by=by, at=now)
        if one is None:
            raise Stopped(USAGE, [say("no-such-login", lang, login=reset)])
        logins = [one]
    if not logins:
        line(say("accounts-all", lang))
        return FINE
    line(say("accounts-made", lang, count=len(logins), file=_passwords_to(home, logins, lang)))
    return FINE


def init_sample(home: Path, register: Path, day: date, lang: Lang) -> int:
    """The sample company, its day derived; one that is there already is left as it is."""
    home.mkdir(parents=True, exist_ok=True)
    (home / SAMPLE_FILE).write_text("the made-up company; served on this machine only\n", encoding="utf-8")
    _make(home, lang)
    from daihou.config import installing
    from daihou.dayend.acts import run_day
    from daihou.duties.models import Standing
    from daihou.trail.acts import SYSTEM, Actor

    now = datetime.now(UTC)
    if installing.founded():
        if not Standing.objects.filter(day__gte=day).exists():
            with at_work("running-day", lang, day=day):
                run_day(day, by=Actor(SYSTEM, "init"), at=now)
        line(say("sample-there", lang, home=home))
        return FINE
    with at_work("loading-sample", lang) as tell:
        installing.load_sample(register, at=now, day=day, progress=tell)
    line(say("sample-done", lang, home=home))
    return FINE


def _make(home: Path, lang: Lang) -> None:
    """Folder, keys and database; what is there already stays."""
    try:
        make_keys(home)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=home)]) from error
    enter(home, lang, current=False)
    from daihou.config.installing import update

    with at_work("making-home", lang):
        update()


def update(home: Path, lang: Lang) -> int:
    """Bring an installation to this release."""
    enter(home, lang, current=False)
    from daihou.config.installing import update as bring

    with at_work("making-home", lang):
        bring()
    line(say("updated", lang, home=home))
    return FINE


def serve(
    home: Path, lang: Lang, *, host: str, port: int, workers: int, certificate: Path | None, key: Path | None, plain: bool
) -> int:  # fmt: skip
    """Serve the application until it is stopped; ``plain``: to other machines too, though nobody encrypts what goes there."""
    secure = certificate is not None and key is not None
    if secure:
        os.environ["DAIHOU_TLS"] = "1"
    names = {host, *filter(None, os.environ.get("DAIHOU_HOSTS", "").split(","))}
    os.environ["DAIHOU_HOSTS"] = ",".join(sorted(names | LOOPBACK | {"[::1]"}))
    enter(home, lang)
    from django.conf import settings

    from daihou.config.installing import sample_accounts

    if not settings.DAIHOU_SAMPLE and (logins := list(sample_accounts())):
        raise Stopped(USAGE, [say("sample-accounts", lang, logins=" ".join(logins[:5]))])
    if settings.DAIHOU_SAMPLE and host not in LOOPBACK:
        raise Stopped(USAGE, [say("sample-abroad", lang, host=host)])
    if host not in LOOPBACK and not settings.SESSION_COOKIE_SECURE and not plain:
        raise Stopped(USAGE, [say("serve-plain", lang, host=host)])
    if _is_taken(host, port):
        raise Stopped(USAGE, [say("port-taken", lang, host=host, port=port)])
    _let_go_of_databases()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    scheme = "https" if secure else "http"
    line(say("serving", lang, address=f"{scheme}://{host}:{port}"))
    logging.getLogger("granian").setLevel(logging.WARNING)
    Granian(
        "daihou.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backpressure=_CONNECTIONS,
        ssl_cert=certificate,
        ssl_key=key,
        log_level=LogLevels.warning,
    ).serve()
    return FINE


def _is_taken(host: str, port: int) -> bool:
    """Whether a program listens at an address already: the server's own sockets would share it, so that two installations answered in turns."""
    kind, _type, _proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(kind, socket.SOCK_STREAM) as asked:
        asked.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # connections that were just closed take nothing
        try:
            asked.bind(address)
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _let_go_of_databases() -> None:
    """Close what is open: workers are forks of this process, and through one connection they would hear each other's answers."""
    from django.db import connections

    for one in connections.all(initialized_only=True):
        one.close()
        if hasattr(one, "close_pool"):
            one.close_pool()


def day(home: Path, as_of: date, lang: Lang, *, as_json: bool) -> int:
    """Derive a day of what is stored, and store what came of it."""
    enter(home, lang)
    from daihou.dayend.acts import DayPassedError, run_day
    from daihou.trail.acts import SYSTEM, Actor

    if as_of > given.today():
        raise Stopped(USAGE, [say("day-ahead", lang, day=as_of)])
    try:
        with at_work("running-day", lang, day=as_of):
            run = run_day(as_of, by=Actor(SYSTEM, "cli"), at=datetime.now(UTC))
    except DayPassedError as error:
        said = say("day-passed", lang, day=error.day, stands=error.stands)
        raise Stopped(USAGE, [said]) from error
    from daihou.api.acts import purge

    purge(by=Actor(SYSTEM, "cli"), at=datetime.now(UTC))
    counts = {
        "new": run.found_new, "moved": run.moved, "closed": run.closed, "withdrawn": run.withdrawn, "reported": run.reported,
        "unchanged": run.unchanged, "warnings": run.warnings_raised, "gaps": run.gaps,
    }  # fmt: skip
    if as_json:
        document({"day": as_of.isoformat(), "fingerprint": run.fingerprint, **counts, "seconds": run.seconds})
    else:
        line(say("day-done", lang, day=as_of, **counts))
    return FINE


def send_messages(home: Path, lang: Lang, *, as_json: bool) -> int:
    """Everybody's list where it is morning and he has none yet, then what is due by the channels that are on."""
    enter(home, lang)
    from daihou.dayend.telling import MORNING_FROM, morning_list
    from daihou.messaging.acts import send_due
    from daihou.messaging.models import STATES
    from daihou.trail.acts import SYSTEM, Actor
    from daihou.units import ZONE

    by, now = Actor(SYSTEM, "cli"), datetime.now(UTC)
    lists = 0
    if now.astimezone(ZONE).time() >= MORNING_FROM:
        lists = morning_list(given.today(), by=by, at=now)
    done = send_due(by=by, at=now)
    counts = {state: done[state] for state in STATES}
    if as_json:
        document({"lists": lists, **counts})
    else:
        line(say("messages-sent", lang, lists=lists, **counts))
    return FINE


def try_channels(home: Path, lang: Lang) -> int:
    """One message by every channel, on or not, and what came of each."""
    enter(home, lang)
    from daihou.messaging.acts import say as told
    from daihou.messaging.acts import try_channel
    from daihou.messaging.models import SENT
    from daihou.messaging.reads import channels
    from daihou.trail.acts import SYSTEM, Actor

    tried = [try_channel(one, by=Actor(SYSTEM, "cli"), at=datetime.now(UTC)) for one in channels()]
    if not tried:
        line(say("no-channels", lang))
        return FINE
    for one in tried:
        if one.state == SENT:
            line(say("channel-fine", lang, channel=one.channel.title))
        else:
            why = told(one.error, lang, detail=one.detail)
            line(say("channel-bad", lang, channel=one.channel.title, why=why))
    return FINE if all(one.state == SENT for one in tried) else FAILED


def take(
    home: Path, book: Path, lang: Lang, *, name: str | None = None, file_day: date | None = None, overwrite: bool = False, reason: str = ""
) -> int:  # fmt: skip
    """Take the good rows of a register into an installation; ``name``: of the mapping by which it is read.

    Rows that the house has written since stay; ``overwrite``: they do not, for a ``reason``.
    """
    if overwrite and not reason.strip():
        raise Stopped(USAGE, [say("overwrite-reason", lang)])
    enter(home, lang)
    from daihou.cli.kept import found_mapping

    mapping = None if name is None else replace(found_mapping(name, lang), day=file_day)
    return _take(book, lang, by_origin="cli", mapping=mapping, reason=reason if overwrite else "")


def _take(
    book: Path, lang: Lang, *, by_origin: str, mapping: ForeignMap | None = None, reason: str = ""
) -> int:
    from daihou.cli import faults
    from daihou.config.installing import take_register
    from daihou.ledger.differing import NOTHING, Overwriting
    from daihou.trail.acts import SYSTEM, Actor

    with _told(lang), at_work("taking", lang, file=book.name) as tell:
        reading, batch = take_register(
            book,
            by=Actor(SYSTEM, by_origin),
            at=datetime.now(UTC),
            day=given.today(),
            mapping=mapping,
            progress=tell,
            over=Overwriting(every=True, reason=reason) if reason else NOTHING,
        )
    faults.show_left_out(reading, lang)
    if batch is None:
        raise Stopped(FINDINGS, [say("nothing-good", lang, file=book)])
    counts = {"new": batch.rows_new, "changed": batch.rows_changed, "same": batch.rows_same}
    line(say("taken", lang, file=book.name, **counts))
    if batch.rows_kept:
        line(say("kept-rows", lang, count=batch.rows_kept))
    return FINDINGS if batch.rows_left_out else FINE


@contextlib.contextmanager
def _told(lang: Lang) -> Iterator[None]:
    """Faults of whole files, in the user's words."""
    from django.utils import translation

    from daihou.ledger.acts import RowRefusedError
    from daihou.ledger.refusals import refusal

    try:
        yield
    except BookFileError as error:
        raise Stopped(UNREADABLE, [error.reason(lang), error.remedy(lang)]) from error
    except RowRefusedError as error:  # somebody left with open work in his hands
        with translation.override("en" if lang == "en" else "zh-hans"):
            raise Stopped(REFUSED, [refusal(error)]) from error


def verify(
    home: Path, lang: Lang, *, told: Mapping[int, str], backups: Sequence[Path], as_json: bool
) -> int:  # fmt: skip
    """Prove the trail: every row, the chain between them, the head; against what rows name of it, what backups hold and what somebody kept."""
    enter(home, lang)
    from daihou.cli.keeping import head_of
    from daihou.duties.witnesses import newest_named
    from daihou.trail.models import Head
    from daihou.trail.reads import verify as prove

    with at_work("proving", lang):
        known = {newest_named(): "", **dict(head_of(home, one, lang) for one in backups), **told}
        breaks = list(prove(known))
    head = Head.objects.first()
    number, seal = (head.number, head.seal) if head is not None else (0, "")
    if as_json:
        document(
            {
                "events": number,
                "head": seal,
                "breaks": [{"event": one.number, "what": one.code} for one in breaks],
            }
        )
    elif breaks:
        line(say("trail-broken", lang, count=len(breaks)))
        for one in breaks:
            line(f"  {say(one.code, lang, number=one.number)}")
    else:
        line(say("trail-whole", lang, count=number, head=seal))
    return FAILED if breaks else FINE


def files(home: Path, lang: Lang, *, as_json: bool) -> int:
    """Prove the contents of attachments: none missing, none changed; those that no row tells of are named and harmless."""
    enter(home, lang)
    from daihou.papers.models import Attachment
    from daihou.papers.reads import check_files

    with at_work("proving-files", lang):
        flaws = list(check_files())
    wrong = [one for one in flaws if one.code != "orphan"]
    number = Attachment.objects.values("digest").distinct().count()
    if as_json:
        document({"files": number, "flaws": [{"digest": one.digest, "what": one.code} for one in flaws]})
        return FAILED if wrong else FINE
    line(say("files-broken" if wrong else "files-whole", lang, count=len(wrong) if wrong else number))
    for one in flaws:
        line(f"  {say(f'file-{one.code}', lang, digest=one.digest)}")
    return FAILED if wrong else FINE


def dossier(
    home: Path, lang: Lang, *, contract: str | None, person: str | None, since: date | None, until: date | None, as_json: bool
) -> int:  # fmt: skip
    """The due-diligence file of a contract or a person: its fingerprint counted anew, or the whole file."""
    if (contract is None) == (person is None) or (contract is not None and (since or until)):
        raise Stopped(USAGE, [say("file-of-what", lang)])
    enter(home, lang)
    from daihou.duties.dossier import of_contract, of_person
    from daihou.policy.books import rulebooks_of_company
    from daihou.registers.kept import homes, standing

    table, key = ("employee", str(person)) if contract is None else ("contract", contract)
    if not standing(homes()[table]).filter(key=key).exists():
        raise Stopped(USAGE, [say("no-such-row", lang, key=key)])
    rules = {rule.id: rule for book in rulebooks_of_company() for rule in book.rules}
    made = of_person(key, rules, since=since, until=until) if contract is None else of_contract(key, rules)
    if as_json:
        document({**made.said, "fingerprint": made.digest})
        return FINE
    entries = made.said["duties"]
    counts = {
        "count": len(entries), "done": sum(1 for one in entries if one["done"]), "late": sum(1 for one in entries if one["days_late"]),
    }  # fmt: skip
    line(say("duties-file", lang, key=key, day=made.said["as_of"] or "-", **counts))
    line(say("duties-file-print", lang, digest=made.digest))
    return FINE

"""Making an installation: its database, its company, its first accounts; bringing it to a newer release."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from daihou.book import ForeignMap, Reading, declared, domains, read_book
from daihou.config.schema import build_at_once
from daihou.dayend.acts import run_day
from daihou.duties.models import DayRun
from daihou.imports.laying import payments_of_their_own, with_payments_laid
from daihou.imports.recognising import Recognition
from daihou.ledger.acts import enter, take_in
from daihou.ledger.differing import NOTHING, Overwriting
from daihou.people.accounts import first_secret
from daihou.people.acts import SAMPLE_PASSWORD, open_accounts, open_with_secrets, reset_password
from daihou.people.factors import remove_factor
from daihou.people.models import Account
from daihou.registers import shelf
from daihou.registers.kept import homes, standing
from daihou.registers.models import Batch
from daihou.registers.rows import paired, sealed_row, stands, titled, without_derived
from daihou.trail.acts import SYSTEM, Actor

HEAD_OFFICE, FIRST_STAFF = "J1", "A1"

Progress = Callable[[str, float], None]


class InstallRefusedError(ValueError):
    """What was asked for cannot be done to this installation; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class FirstLogin:
    """Whom an account was made for, and the password for the first login."""

    login: str
    name: str
    password: str


def pending() -> bool:
    """Whether the database lacks tables or columns of this release."""
    try:
        executor = MigrationExecutor(connection)
    except OperationalError:
        return True
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def update() -> None:
    """Bring the database and the style files to this release; what was kept of the book is read anew, for a release may have set rows right."""
    shelf.cleared()
    build_at_once()
    call_command("migrate", verbosity=0, interactive=False)
    shelf.cleared()  # a server that still ran may have kept rows as they were before
    call_command("collectstatic", verbosity=0, interactive=False)


def founded() -> bool:
    """Whether the installation has its company."""
    return standing(homes()["company"]).exists()


def found_company(
    title: str, kind: str, since: date, admin: str, *, by: Actor, at: datetime, day: date
) -> list[FirstLogin]:
    """A company with its head office and one administrator. ``kind``: of 公司类型; ``since``: its go-live day.

    Raises InstallRefusedError: company-there, no-such-kind.
    """
    if founded():
        raise InstallRefusedError("company-there")
    if kind not in domains()["company_type"]:
        raise InstallRefusedError("no-such-kind")
    rows: list[tuple[str, dict[str, Any]]] = [
        ("company", {"company_no": "G1", "title": title, "type": kind, "since": since}),
        ("branch", {"branch_no": HEAD_OFFICE, "title": title, "company": "G1", "has_vault": False}),
        ("employee", {"staff_no": FIRST_STAFF, "full_name": admin, "branch": HEAD_OFFICE}),
        (
            "assignment",
            {"employee": FIRST_STAFF, "post": "administrator", "branch": HEAD_OFFICE, "since": since},
        ),
    ]
    for table, values in rows:
        enter(table, sealed_row(declared()[table], values), by=by, at=at, day=day)
    return accounts_for_all(by=by, at=at)


def take_register(
    path: Path, *, by: Actor, at: datetime, day: date, mapping: ForeignMap | None = None, progress: Progress | None = None,
    over: Overwriting = NOTHING,
) -> tuple[Reading, Batch | None]:  # fmt: skip
    """Read a register against what stands, by a mapping where its layout is another's, and take its good rows; nothing where none is good.

    ``day``: on which it is looked at, and from which its rows are known. ``over``: which rows that the house has written since it may write over.
    """
    recognise = None if mapping is None else Recognition(mapping.id)
    found = read_book(
        path,
        mapping=mapping,
        elsewhere=stands,
        titled=titled,
        paired=paired,
        recognise=recognise,
        day=day,
        progress=progress,
    )
    with transaction.atomic():
        reading = with_payments_laid(payments_of_their_own(without_derived(found)))
        read, left = sum(reading.rows_read.values()), sum(reading.rows_left_out.values())
        if read == left:
            return reading, None
        digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else reading.book.fingerprint
        batch = take_in(
            reading.book,
            by=by,
            at=at,
            day=day,
            file=path.name,
            digest=digest,
            read=read,
            left_out=left,
            over=over,
        )
    return reading, batch


def load_sample(path: Path, *, at: datetime, day: date, progress: Progress | None = None) -> DayRun:
    """The sample company out of its register, an open account for everybody, and its day."""
    if founded():
        raise InstallRefusedError("company-there")
    by = Actor(SYSTEM, "init")
    take_register(path, by=by, at=at, day=day, progress=progress)
    staff = standing(homes()["employee"]).values_list("key", flat=True)
    open_accounts([(one, one.lower()) for one in staff], SAMPLE_PASSWORD, by=by, at=at, sample=True)
    return run_day(day, by=by, at=at)


def accounts_for_all(*, by: Actor, at: datetime) -> list[FirstLogin]:
    """An account for everybody of the staff who has none, each with a password of his own for the first login."""
    have = set(Account.objects.values_list("staff_no", flat=True))
    staff = standing(homes()["employee"]).filter(left_day__isnull=True).values_list("key", "full_name")
    made = [(key, FirstLogin(key.lower(), name, first_secret())) for key, name in staff if key not in have]
    open_with_secrets([(key, one.login, one.password) for key, one in made], by=by, at=at)
    return [one for _key, one in made]


def another_password(login: str, *, by: Actor, at: datetime) -> FirstLogin | None:
    """A new first password for an account, which is unlocked and loses its second factor; None where there is no such login."""
    sample = Account.objects.filter(login__iexact=login, sample=True).exists()
    password = SAMPLE_PASSWORD if sample else first_secret()
    account = reset_password(login, password, by=by, at=at)
    if account is None:
        return None
    remove_factor(account, by=by, at=at)
    name = (
        standing(homes()["employee"]).filter(key=account.staff_no).values_list("full_name", flat=True).first()
    )
    return FirstLogin(account.login, name or account.staff_no, password)


def sample_accounts() -> Iterable[str]:
    """Logins of the made-up company that are open here."""
    return Account.objects.filter(sample=True, is_active=True).values_list("login", flat=True)

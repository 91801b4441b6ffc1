"""A backup of an installation and the way back: the database at one moment, the files handed in, a sealed list of both; never the keys."""

from __future__ import annotations

import hmac
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from daihou import __version__
from daihou.config.database import told_to_programs
from daihou.config.place import SAMPLE_FILE
from daihou.trail.models import Head

FORMAT = 1
LIST = "manifest.json"
SUFFIX = ".daihou.tar"
_COPY = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_FILES = "files"


class BackupError(ValueError):
    """A backup that cannot be made, or is not taken back; ``code`` says why, ``params`` what of."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself.

    ``made``: when, ISO with zone; ``key``: names the keys that it needs; ``events``, ``head``: length and last seal of
    the trail; ``contents``: name -> size in bytes and SHA-256.
    """

    release: str
    made: str
    database: str
    sample: bool
    key: str
    events: int
    head: str
    contents: Mapping[str, tuple[int, str]]

    @property
    def files(self) -> int:
        """How many files handed in it holds."""
        return len(self.contents) - 1


def key_name(keys: Mapping[str, bytes]) -> str:
    """A name by which keys know each other, and from which they cannot be told."""
    return hmac.new(keys["trail"] + keys["data"], b"daihou: the name of these keys", sha256).hexdigest()[:16]


def _seal(said: Mapping[str, Any], keys: Mapping[str, bytes]) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(keys["trail"], b"daihou backup\n" + text.encode(), sha256).hexdigest()


# -- made -------------------------------------------------------------------------------------------------------------


def back_up(to: Path, keys: Mapping[str, bytes], *, at: datetime) -> Backup:
    """Write a backup and prove it. The database first, then the files: a file that came in between harms nothing.

    It stands under its name only when it is whole. BackupError: there-already, no-program, dump-failed, and what ``prove`` says.
    """
    if to.exists():
        raise BackupError("backup-there", file=to)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".daihou-backup-", dir=to.parent) as folder:
        database = "sqlite" if connection.vendor == "sqlite" else "postgresql"
        copy = Path(folder) / _COPY[database]
        events, head = _copy_sqlite(copy) if database == "sqlite" else _dump_postgres(copy)
        contents, packed = {}, Path(folder) / to.name
        with tarfile.open(packed, "w") as tar:
            for name, path in _to_keep(copy):
                contents[name] = _add(tar, name, path)
            made = Backup(
                __version__, at.isoformat(), database, bool(settings.DAIHOU_SAMPLE), key_name(keys), events, head, contents
            )  # fmt: skip
            _add_list(tar, made, keys)
        prove(packed, keys)
        os.chmod(packed, 0o600)  # noqa: PTH101 - whose names and amounts are in it may be read by its owner only
        packed.replace(to)
    return made


def _to_keep(copy: Path) -> Iterator[tuple[str, Path]]:
    yield copy.name, copy
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield f"{_FILES}/{path.relative_to(root).as_posix()}", path


def _add(tar: tarfile.TarFile, name: str, path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        told = tar.gettarinfo(arcname=name, fileobj=file)
        told.uid = told.gid = 0
        told.uname = told.gname = ""
        tar.addfile(told, file)
        file.seek(0)
        return told.size, file_digest(file, "sha256").hexdigest()


def _add_list(tar: tarfile.TarFile, made: Backup, keys: Mapping[str, bytes]) -> None:
    said = _said(made)
    text = json.dumps({**said, "seal": _seal(said, keys)}, ensure_ascii=False, indent=1).encode()
    told = tarfile.TarInfo(LIST)
    told.size, told.mode = len(text), 0o600
    tar.addfile(told, io.BytesIO(text))


def _said(made: Backup) -> dict[str, Any]:
    return {
        "format": FORMAT, "release": made.release, "made": made.made, "database": made.database, "sample": made.sample,
        "key": made.key, "events": made.events, "head": made.head, "contents": {name: list(one) for name, one in made.contents.items()},
    }  # fmt: skip


def _copy_sqlite(copy: Path) -> tuple[int, str]:
    """The database at one moment, by the library that has it open; users go on writing. The trail's length and head in the copy."""
    connection.ensure_connection()
    target = sqlite3.connect(copy)
    try:
        connection.connection.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        found = target.execute(f"SELECT number, seal FROM {Head._meta.db_table}").fetchone()  # noqa: S608 - our own table
    finally:
        target.close()
    return (0, "") if found is None else (int(found[0]), str(found[1]))


def _dump_postgres(copy: Path) -> tuple[int, str]:
    """The same of a PostgreSQL: the dump and the head are of one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        head = Head.objects.first()
        _postgres(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={copy}",
        )
    return (0, "") if head is None else (head.number, head.seal)


def _postgres(program: str, *arguments: str) -> None:
    """A program of PostgreSQL on the database of this installation; its password is not on the command line."""
    found = _program(program)
    env = told_to_programs(settings.DATABASES["default"])
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of ours
        [str(found), "--no-password", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )
    if done.returncode:
        raise BackupError("postgres-failed", program=program, said=done.stderr.strip()[-400:])


def _program(name: str) -> Path:
    """Debian keeps the programs of each version in a folder of their own; the newest reads what older ones wrote."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = debian[-1] if debian else shutil.which(name)
    if found is None:
        raise BackupError("no-program", program=name)
    return Path(found)


# -- proved -----------------------------------------------------------------------------------------------------------


def prove(file: Path, keys: Mapping[str, bytes]) -> Backup:
    """What a backup says of itself, after its seal and every content of it were proved.

    BackupError: not-a-backup, other-keys, list-changed, content-missing, content-changed, content-unknown, database-broken.
    """
    with _opened(file) as tar:
        made = _listed(tar, keys)
        found = {one.name: one for one in tar.getmembers() if one.name != LIST}
        for name in sorted(set(made.contents) - set(found)):
            raise BackupError("content-missing", name=name)
        for name in sorted(set(found) - set(made.contents)):
            raise BackupError("content-unknown", name=name)
        for name, (size, digest) in made.contents.items():
            content = tar.extractfile(found[name])
            if content is None or (found[name].size, _digest(content)) != (size, digest):
                raise BackupError("content-changed", name=name)
    return made


def _digest(content: IO[bytes]) -> str:
    seen = sha256()
    while block := content.read(1 << 20):
        seen.update(block)
    return seen.hexdigest()


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupError("not-a-backup", file=file) from error


def _listed(tar: tarfile.TarFile, keys: Mapping[str, bytes]) -> Backup:
    try:
        opened = tar.extractfile(LIST)
        said = json.loads(opened.read() if opened is not None else b"")
        seal = said.pop("seal")
        contents = {str(name): (int(size), str(digest)) for name, (size, digest) in said["contents"].items()}
        made = Backup(
            said["release"], said["made"], said["database"], said["sample"], said["key"], said["events"], said["head"], contents
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupError("not-a-backup", file=tar.name) from error
    if made.key != key_name(keys):
        raise BackupError("other-keys", key=made.key)
    if said["format"] != FORMAT or not hmac.compare_digest(seal, _seal(said, keys)):
        raise BackupError("list-changed")
    return made


# -- taken back -------------------------------------------------------------------------------------------------------


def restore(
    file: Path, keys: Mapping[str, bytes], *, tell: Callable[[str, float], None] | None = None
) -> Backup:
    """Put a backup into an installation that is empty: database, files, and whether it is the sample company.

    The files come first and the database last, so that what was cut off half-way is no installation yet and can be done
    again. BackupError: what ``prove`` says; other-database, not-empty, database-broken.
    """
    made = prove(file, keys)
    database = "sqlite" if connection.vendor == "sqlite" else "postgresql"
    if made.database != database:
        raise BackupError("other-database", wanted=made.database, found=database)
    home = Path(settings.MEDIA_ROOT).parent
    if _holds_something(home):
        raise BackupError("home-not-empty", home=home)
    with _opened(file) as tar, tempfile.TemporaryDirectory(prefix=".daihou-restore-", dir=home) as folder:
        copy = Path(folder) / _COPY[database]
        for number, name in enumerate(made.contents, start=1):
            _take_out(tar, name, copy if name == copy.name else _place_of(name))
            if tell is not None:
                tell(name, number / len(made.contents))
        if made.sample:
            (home / SAMPLE_FILE).write_text(
                "the made-up company; served on this machine only\n", encoding="utf-8"
            )
        if database == "sqlite":
            _check_sqlite(copy)
            connection.close()
            copy.replace(settings.DATABASES["default"]["NAME"])
        else:
            name = str(settings.DATABASES["default"]["NAME"])
            _postgres("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(copy))  # fmt: skip
    return made


def _holds_something(home: Path) -> bool:
    """Whether a database or files are there already: nothing is ever put over them."""
    if connection.vendor == "sqlite":
        there = Path(settings.DATABASES["default"]["NAME"]).exists()
    else:
        there = bool(connection.introspection.table_names())
    files = home / _FILES
    return there or (files.is_dir() and any(path.is_file() for path in files.rglob("*")))


def _place_of(name: str) -> Path:
    """Where a file handed in belongs. A name that leads elsewhere is no file of a backup of ours."""
    parts = PurePosixPath(name).parts
    if len(parts) < 2 or parts[0] != _FILES or ".." in parts:  # noqa: PLR2004 - the folder and a name in it
        raise BackupError("content-unknown", name=name)
    return Path(settings.MEDIA_ROOT).joinpath(*parts[1:])


def _take_out(tar: tarfile.TarFile, name: str, to: Path) -> None:
    content = tar.extractfile(name)
    if content is None:
        raise BackupError("content-changed", name=name)
    to.parent.mkdir(parents=True, exist_ok=True)
    with content, to.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)


def _check_sqlite(copy: Path) -> None:
    opened = sqlite3.connect(copy)
    try:
        (said,) = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError("database-broken") from error
    finally:
        opened.close()
    if said != "ok":
        raise BackupError("database-broken")


# -- old ones ---------------------------------------------------------------------------------------------------------


def thin_out(folder: Path, keep: int) -> list[Path]:
    """Remove the oldest backups of a folder so that ``keep`` remain; other files are left alone. What was removed."""
    made = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.name)
    old = made[:-keep] if keep < len(made) else []
    for path in old:
        path.unlink()
    return old

"""The database that an installation uses: the SQLite file beside its keys, or the PostgreSQL that a URL names, with all that the URL asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = frozenset({"postgresql", "postgres"})
OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
    "options": "PGOPTIONS",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What a URL may ask for behind its question mark, by the name that PostgreSQL's own programs read it under."""
_PLACES = {
    "PGHOST": "HOST",
    "PGPORT": "PORT",
    "PGUSER": "USER",
    "PGPASSWORD": "PASSWORD",
    "PGDATABASE": "NAME",
}


class DatabaseUrlError(ValueError):
    """A DATABASE_URL that cannot be followed as it stands; ``code``: database-scheme, database-unnamed, database-port, database-option."""

    def __init__(self, code: str, said: str = "") -> None:
        self.code, self.said = code, said
        super().__init__(f"{code}: {said}")


def database_of(url: str | None, file: Path) -> dict[str, Any]:
    """Django's account of the database. DatabaseUrlError where the URL says what would not be done: nothing of it is left out in silence."""
    if url is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": file,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-64000;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise DatabaseUrlError("database-scheme", parts.scheme)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise DatabaseUrlError("database-unnamed")
    try:
        port = parts.port
    except ValueError as error:
        raise DatabaseUrlError("database-port") from error
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = unquote(parts.hostname or "") or asked.pop("host", "")
    for option in asked:
        if option not in OPTIONS:
            raise DatabaseUrlError("database-option", option)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": {"pool": True, **asked},
    }


def told_to_programs(database: Mapping[str, Any]) -> dict[str, str]:
    """The same database as pg_dump and pg_restore read it from their environment; no password is on a command line."""
    told = {name: str(database[key]) for name, key in _PLACES.items() if database.get(key)}
    asked = database.get("OPTIONS", {})
    return told | {name: str(asked[option]) for option, name in OPTIONS.items() if option in asked}

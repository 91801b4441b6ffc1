"""Where an installation keeps its things, and its keys; the only reader of the environment."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

KEYS_FILE = "keys.json"
SAMPLE_FILE = "sample.txt"
"""Stands in the folder of an installation that shows the sample company."""
_SECRET_BYTES = 32
_NAMES = ("session", "trail", "data")


@dataclass(frozen=True)
class Place:
    """An installation: its folder, its database, whether it shows the sample company, where it answers."""

    folder: Path
    database_url: str | None
    sample: bool
    hosts: tuple[str, ...]
    secure: bool
    proxies: tuple[str, ...] = ()
    """Addresses of the reverse proxies in front of it, which end TLS and say who comes."""
    address: str = ""
    """Where browsers reach it, for links in messages that leave it; empty: such messages bear no link."""

    @property
    def database(self) -> Path:
        """The SQLite file, where no other database is named."""
        return self.folder / "daihou.sqlite3"


class KeysMissingError(RuntimeError):
    """An installation without its keys: what is sealed with them cannot be opened."""


def place() -> Place:
    """The installation that the environment names: DAIHOU_HOME, DATABASE_URL, DAIHOU_HOSTS, DAIHOU_TLS, DAIHOU_PROXY, DAIHOU_ADDRESS."""
    hosts = tuple(filter(None, os.environ.get("DAIHOU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")))
    proxies = tuple(filter(None, os.environ.get("DAIHOU_PROXY", "").replace(" ", "").split(",")))
    folder = Path(os.environ.get("DAIHOU_HOME", "home")).resolve()
    return Place(
        folder=folder,
        database_url=os.environ.get("DATABASE_URL") or None,
        sample=(folder / SAMPLE_FILE).is_file(),
        hosts=hosts,
        secure=os.environ.get("DAIHOU_TLS") == "1" or bool(proxies),
        proxies=proxies,
        address=os.environ.get("DAIHOU_ADDRESS", ""),
    )


def keys(home: Path) -> dict[str, bytes]:
    """The three keys of an installation: for sessions, the trail, personal numbers. KeysMissingError where there are none."""
    file = home / KEYS_FILE
    if not file.is_file():
        raise KeysMissingError(str(file))
    held = json.loads(file.read_text("utf-8"))
    return {name: base64.b64decode(held[name]) for name in _NAMES}


def make_keys(home: Path) -> None:
    """Draw the keys of a new installation; those that are there already are left alone."""
    file = home / KEYS_FILE
    if file.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    held = {name: base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode() for name in _NAMES}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(held, opened, indent=1)

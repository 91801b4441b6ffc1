"""A PostgreSQL server of one's own, on a unix socket, gone at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def postgres_programs() -> Path | None:
    """The newest folder that holds initdb, postgres and pg_ctl; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda p: int(p.parent.name), reverse=True)
    return next((f for f in folders if all((f / n).exists() for n in ("initdb", "postgres", "pg_ctl"))), None)


@contextmanager
def private_server(programs: Path) -> Iterator[Path]:
    """The folder of the socket of a running server with the superuser daihou. RuntimeError where it does not start."""
    # the path of a unix socket may have 107 bytes, so pytest's own long folders will not do
    folder = Path(tempfile.mkdtemp(prefix="daihou-pg-"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def call(program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            [str(programs / program), *arguments],
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            **owner,
        )
        if check and done.returncode:
            log = folder / "log"
            said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}{said}")

    data = str(folder / "data")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c jit=off"
    try:
        call("initdb", "-D", data, "-U", "daihou", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        call("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield folder
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url_of(folder: Path, database: str = "postgres") -> str:
    """The address of a database of such a server, as DATABASE_URL names one."""
    return f"postgresql://daihou@{str(folder).replace('/', '%2F')}/{database}"

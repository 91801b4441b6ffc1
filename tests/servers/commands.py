"""Our commands in processes of their own, as a person runs them.

Most of what a command of a second does is to read in its code. So commands are forks of a process that has read in what is the same for every
installation, and nothing of any: settings, database and language are looked up after the fork. Those with more of an environment of their own
than a database begin from nothing.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from daihou.cli import main; sys.argv[0] = 'daihou'; sys.exit(main())",
]
SAME_FOR_ALL = (
    "daihou.cli.app",
    "daihou.engine",
    "django.db.models",
    "django.http",
    "django.template",
    "django.urls",
    "openpyxl",
)
"""Read in before any command is known: none of them looks at an installation."""
_ONE_AT_A_TIME = threading.Lock()


def daihou(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for it; what it said is text."""
    said = list(map(str, arguments))
    around = {**os.environ, "DATABASE_URL": _database_for(said), **environment}
    if environment.keys() <= {"DATABASE_URL"}:
        return _forked(said, around)
    return subprocess.run([*PROGRAM, *said], check=False, capture_output=True, text=True, env=around)


def database_of(home: Path) -> str:
    """The address of the database of an installation, on the server on which the tests are run; none of SQLite, where it lies in the home."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        return ""
    name = f"home_{sha256(str(home.resolve()).encode()).hexdigest()[:24]}"
    with psycopg.connect(server, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


def _database_for(arguments: list[str]) -> str:
    """Each installation has a database of its own; a command that names no installation has none."""
    return database_of(Path(arguments[arguments.index("--home") + 1])) if "--home" in arguments else ""


def _forked(arguments: list[str], around: dict[str, str]) -> subprocess.CompletedProcess[str]:
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        server = _ready(os.getpid())
        assert server.stdin is not None
        assert server.stdout is not None
        asked = {"arguments": arguments, "out": str(out), "err": str(err), "at": str(Path.cwd()), "environment": around}  # fmt: skip
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))


@cache
def _ready(_process: int) -> subprocess.Popen[str]:
    """The process that has read in the code; it ends when its standard input does, with the process that asked for it."""
    around = {**os.environ, "DATABASE_URL": ""}
    started = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=around
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"

    def end() -> None:
        assert started.stdin is not None
        started.stdin.close()
        started.wait()

    atexit.register(end)
    return started


# -- in the process that has read in the code


def _serve() -> None:
    from daihou.rulebook import read_shipped

    read_shipped()
    for module in SAME_FOR_ALL:
        import_module(module)
    os.write(1, b"ready\n")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_run(json.loads(line)))
        _, ended = os.waitpid(child, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(ended)}\n".encode())


def _run(asked: dict[str, Any]) -> int:
    """One command, from its words to its exit code, as the interpreter does it."""
    for target, path in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, target)
        os.close(opened)
    os.chdir(asked["at"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["daihou", *asked["arguments"]]
    code = _answered()
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - what the interpreter does before it ends
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _answered() -> int:
    from daihou.cli import main

    try:
        code = main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter tells it
        traceback.print_exc()
        return 1
    return int(code or 0)


if __name__ == "__main__":
    _serve()

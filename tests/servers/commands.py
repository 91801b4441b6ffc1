"""Our commands in processes of their own, as a person runs them."""

import os
import subprocess
import sys

PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from daihou.cli import main; sys.argv[0] = 'daihou'; sys.exit(main())",
]


def daihou(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for it; what it said is text."""
    said = {**os.environ, "DATABASE_URL": "", **environment}  # each installation has a database of its own
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], check=False, capture_output=True, text=True, env=said
    )

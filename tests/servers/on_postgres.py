"""pytest with the same arguments, on a PostgreSQL started for the run: python tests/servers/on_postgres.py tests/stored."""

import os
import subprocess
import sys

from cluster import postgres_programs, private_server, url_of

NOT_TESTED = "NOT TESTED: there is no PostgreSQL server (Debian: apt install postgresql)"


def main() -> int:
    """The exit code of pytest; without a server a loud line, and a failure in the gate, where a skip would be a hole."""
    programs = postgres_programs()
    if programs is None:
        sys.stderr.write(f"\n{'=' * 78}\n{NOT_TESTED}\n{'=' * 78}\n")
        return int(os.environ.get("CI", "").lower() == "true")
    with private_server(programs) as folder:
        asked = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        return subprocess.run(
            asked, check=False, env={**os.environ, "DATABASE_URL": url_of(folder)}
        ).returncode


if __name__ == "__main__":
    sys.exit(main())

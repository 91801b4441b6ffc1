"""From one release to the next: an installation that an older program left is brought here, and nothing of it is lost."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cluster import postgres_programs, private_server, url_of
from commands import daihou

pytestmark = pytest.mark.slow
USAGE = 2
RELEASES = Path(__file__).parent / "releases"
FOLDERS = sorted(one.name for one in RELEASES.iterdir() if one.is_dir())
EVENTS = 11
STORED = {"fund-use-check", "regular-inspection"}
"""Rules of whose duties about C1 the older program had stored one each."""


@pytest.fixture(params=["sqlite", "postgres"])
def left_behind(request, tmp_path):
    """A way to lay out what a release left: its home, and the environment that leads to its database."""
    home = tmp_path / "home"
    home.mkdir()

    def on_sqlite(release):
        content = gzip.decompress((RELEASES / release / "daihou.sqlite3.gz").read_bytes())
        (home / "daihou.sqlite3").write_bytes(content)
        return home, {}

    if request.param == "sqlite":
        yield on_sqlite
        return
    programs = postgres_programs()
    if programs is None:
        pytest.fail("there is no PostgreSQL server (Debian: apt install postgresql)")
    with private_server(programs) as folder:

        def on_postgres(release):
            script = gzip.decompress((RELEASES / release / "daihou.sql.gz").read_bytes())
            told = [str(programs / "psql"), "-q", "-v", "ON_ERROR_STOP=1", url_of(folder)]
            subprocess.run(told, input=script, check=True, capture_output=True)
            return home, {"DATABASE_URL": url_of(folder)}

        yield on_postgres


@pytest.mark.parametrize("release", FOLDERS)
def test_an_installation_of_an_older_release_is_brought_here_whole(left_behind, release) -> None:
    home, env = left_behind(release)
    shutil.copy(RELEASES / release / "keys.json", home / "keys.json")

    def said(*words):
        ended = daihou(*words, "--home", home, **env)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    early = daihou("day", "--home", home, "--as-of", "2026-11-26", **env)
    assert (early.returncode, "daihou update" in early.stderr) == (USAGE, True), early.stderr

    said("update")
    file = json.loads(said("duties", "file", "--contract", "C1", "--json"))
    assert {one["rule"] for one in file["duties"]} == STORED
    ran = json.loads(said("day", "--as-of", "2026-11-27", "--json"))
    assert ran["day"] == "2026-11-27"
    proved = json.loads(said("audit", "verify", "--json"))
    assert (proved["events"] > EVENTS, proved["breaks"]) == (True, [])

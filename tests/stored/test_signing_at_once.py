"""Two who sign one thing, or take one duty out of their pool, at the same moment: one wins, the other is told; on both databases."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from cluster import url_of
from tests_cast import SHEETS, write_sheets

from daihou.config.place import make_keys

PROGRAM = Path(__file__).parent.parent / "servers" / "two_signers.py"

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_of_two_who_sign_at_once_one_wins_and_the_other_is_told(request, tmp_path, database) -> None:
    book = write_sheets(
        tmp_path / "book",
        员工=SHEETS["员工"] + "丑,丑某,J1,\n",
        任职=SHEETS["任职"] + "丑,风控部经理,J1,2025-01-01\n",
    )
    home = tmp_path / "home"
    make_keys(home)
    url = ""
    if database == "postgres":
        server = Path(request.getfixturevalue("postgres").split()[0].removeprefix("host="))
        with psycopg.connect(f"host={server} user=daihou dbname=postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS signers WITH (FORCE)")
            connection.execute("CREATE DATABASE signers")
        url = url_of(server, "signers")
    env = {**os.environ, "DAIHOU_HOME": str(home), "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(book)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
        timeout=280,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    pairs = list(zip(said["answers"]["丁"], said["answers"]["丑"], strict=True))
    assert [sorted(pair) for pair in pairs] == [["approved", "decided-already"]] * 12
    assert (said["decided"], said["breaks"]) == (12, 0)
    for mine, other in zip(said["takes"]["丁"], said["takes"]["丑"], strict=True):
        assert {mine, other} in ({"mine", "taken 丁"}, {"mine", "taken 丑"})
    assert said["taken"] == 12

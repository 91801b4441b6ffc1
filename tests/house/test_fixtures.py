"""The gate's own tools: a server that stores Chinese, requirement ids that cannot be misspelt."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest


@pytest.mark.postgres
def test_a_private_postgresql_keeps_chinese_text(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        row = connection.execute("select %s::text, current_setting('server_encoding')", ["在保"]).fetchone()
    assert row == ("在保", "UTF8")


def _collect(repo_root: Path, folder: Path, marker: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((repo_root / "tests/conftest.py").read_text("utf-8"), "utf-8")
    text = f"import pytest\n\n@pytest.mark.covers({marker})\n@pytest.mark.slow\ndef test_it(): pass\n"
    (folder / "test_case.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    command += ["-m", "not slow", "--rootdir", str(folder), "--covers-out", "covers.json", "test_case.py"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "DJANGO_"))}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(repo_root / "tests/servers"), environment.get("PYTHONPATH", "")]
    )
    return subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


def test_requirement_ids_are_written_out_even_for_tests_left_out_of_a_run(
    repo_root: Path, tmp_path: Path
) -> None:
    _collect(repo_root, tmp_path, "'P01-05', 'P17-S02'")
    written = json.loads((tmp_path / "covers.json").read_text("utf-8"))
    assert written == {"P01-05": ["test_case.py::test_it"], "P17-S02": ["test_case.py::test_it"]}


@pytest.mark.parametrize("marker", ["'p01-05'", "'P01-05 '", ""])
def test_a_misspelt_requirement_id_stops_the_collection(repo_root: Path, tmp_path: Path, marker: str) -> None:
    done = _collect(repo_root, tmp_path, marker)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert "covers() wants requirement ids" in done.stderr + done.stdout


def test_the_whole_suite_is_collected_the_same_by_every_worker(repo_root: Path) -> None:
    """Two workers that collect differently, or not at all, end a run with a word that tells nothing."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "tests"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "DJANGO_"))}
    running = [
        subprocess.Popen(
            command,
            cwd=repo_root,
            env=kept | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=120)[0].splitlines() for process in running)
    assert [process.returncode for process in running] == [0, 0], "\n".join(first[-20:])
    assert first[:-1] == second[:-1]  # the last line tells the seconds it took

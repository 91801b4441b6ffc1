"""Backed up while people work, proved, put back into an empty installation; what was changed on the way is found out."""

import io
import json
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cluster import postgres_programs, private_server, url_of
from commands import daihou
from tests_cast import write_sheets

from daihou.config.backup import LIST, BackupError, back_up, prove, thin_out
from daihou.papers.acts import attach
from daihou.trail.acts import Actor
from daihou.trail.models import Head

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
KEYS = {"session": b"s" * 32, "trail": b"t" * 32, "data": b"d" * 32}
USAGE, FAILED = 2, 5


@pytest.fixture
def made(transactional_db, tmp_path, settings):
    """A backup of a database with one attachment."""
    settings.MEDIA_ROOT = tmp_path / "files"
    on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": on_disk}
    attach("说明.txt", "看过现场".encode(), table="contract", key="C1", by=Actor("E1"), at=NOW)
    file = tmp_path / "backups" / "one.daihou.tar"
    return file, back_up(file, KEYS, at=NOW)


def rewritten(file: Path, change) -> Path:
    """The same backup with its members (name -> content) changed."""
    with tarfile.open(file) as tar:
        held = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}
    change(held)
    other = file.with_name("changed.daihou.tar")
    with tarfile.open(other, "w") as tar:
        for name, content in held.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            tar.addfile(told, io.BytesIO(content))
    return other


def in_list(held, **said) -> None:
    held[LIST] = json.dumps({**json.loads(held[LIST]), **said}).encode()


def test_a_backup_tells_its_trail_its_files_and_the_keys_it_needs_and_holds_no_key(made) -> None:
    file, told = made
    head = Head.objects.get()
    assert (told.events, told.head, told.files) == (head.number, head.seal, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert prove(file, KEYS) == told
    content = file.read_bytes()
    assert not any(key in content for key in KEYS.values())
    assert "看过现场".encode() not in content  # sealed where it lies


CHANGES = {
    "a file was changed": (
        lambda held: held.update({next(n for n in held if n.startswith("files/")): b"x"}),
        "content-changed",
    ),
    "a file was taken out": (
        lambda held: held.pop(next(n for n in held if n.startswith("files/"))),
        "content-missing",
    ),
    "a file was put in": (lambda held: held.update({"files/../../etc/cron.d/x": b"x"}), "content-unknown"),
    "the database was changed": (
        lambda held: held.update({next(n for n in held if n.startswith("database")): b"x"}),
        "content-changed",
    ),
    "the list says fewer events": (lambda held: in_list(held, events=1_000), "list-changed"),
    "the list was taken out": (lambda held: held.pop(LIST), "not-a-backup"),
    "the list is no list": (lambda held: held.update({LIST: b"[]"}), "not-a-backup"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_found_out(made, name) -> None:
    change, code = CHANGES[name]
    with pytest.raises(BackupError) as refused:
        prove(rewritten(made[0], change), KEYS)
    assert refused.value.code == code


def test_other_keys_a_cut_off_end_and_no_backup_at_all_are_told(made, tmp_path) -> None:
    file, _ = made
    cut, other = tmp_path / "cut.tar", tmp_path / "other.tar"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    other.write_text("not a backup")
    told = []
    for one, keys in (
        (file, {**KEYS, "data": b"e" * 32}),
        (cut, KEYS),
        (other, KEYS),
        (tmp_path / "none", KEYS),
    ):
        with pytest.raises(BackupError) as refused:
            prove(one, keys)
        told.append(refused.value.code)
    assert told == ["other-keys", "not-a-backup", "not-a-backup", "not-a-backup"]


def test_a_backup_is_never_written_over_another(made) -> None:
    with pytest.raises(BackupError) as refused:
        back_up(made[0], KEYS, at=NOW)
    assert refused.value.code == "backup-there"
    assert prove(made[0], KEYS) == made[1]
    assert [one.name for one in made[0].parent.iterdir()] == [made[0].name]  # nothing half-made is left


def test_only_the_oldest_backups_are_removed(tmp_path) -> None:
    names = [f"daihou-2026112{n}-030000.daihou.tar" for n in range(5)]
    for name in (*names, "账.xlsx"):
        (tmp_path / name).touch()
    assert [one.name for one in thin_out(tmp_path, 2)] == names[:3]
    assert sorted(one.name for one in tmp_path.iterdir()) == [*names[3:], "账.xlsx"]
    assert thin_out(tmp_path, 9) == []


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request):
    """DATABASE_URL of the installation and of the empty one; both empty for SQLite."""
    if request.param == "sqlite":
        yield "", ""
        return
    programs = postgres_programs()
    if programs is None:
        pytest.fail("there is no PostgreSQL server (Debian: apt install postgresql)")
    with private_server(programs) as folder:
        import psycopg

        with psycopg.connect(url_of(folder), autocommit=True) as connection:
            connection.execute("CREATE DATABASE again")
        yield url_of(folder), url_of(folder, "again")


@pytest.mark.slow
def test_an_installation_comes_back_as_it_was_and_nothing_is_put_over_another(urls, tmp_path) -> None:
    first, second = ({"DATABASE_URL": url} for url in urls)
    home, again, box = tmp_path / "home", tmp_path / "again", tmp_path / "备份"

    def said(*words, **env):
        ended = daihou(*words, **env)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    said("init", "--home", home, "--register", write_sheets(tmp_path / "台账"), **first)
    ran = json.loads(said("day", "--home", home, "--json", **first))
    told = json.loads(said("backup", "--home", home, "--to", box, "--keep", "3", "--json", **first))
    assert "密钥" in said("backup", "--home", home, "--to", tmp_path / "另.tar", **first)
    assert told["head"] in said("audit", "backup", told["file"], "--home", home, **first)

    without = daihou("restore", told["file"], "--home", again, **second)
    assert without.returncode == USAGE  # it has no keys
    back = said("restore", told["file"], "--home", again, "--keys", home / "keys.json", **second)
    assert told["head"] in back
    proved = said("audit", "verify", "--home", again, "--against", told["file"], "--head", f"{told['events']}:{told['head']}", "--json", **second)  # fmt: skip
    assert json.loads(proved)["events"] == told["events"]
    for head, code, words in (
        (f"{told['events']}:{'0' * 64}", FAILED, "不是当时的那一条"), (f"{told['events'] + 9}:{told['head']}", FAILED, "末尾被截"),
        (told["head"], USAGE, "条数:印记"),
    ):  # fmt: skip
        wrong = daihou("audit", "verify", "--home", again, "--head", head, **second)
        assert (wrong.returncode, words in wrong.stdout + wrong.stderr) == (code, True), (
            wrong.stdout + wrong.stderr
        )
    once_more = json.loads(said("day", "--home", again, "--json", **second))
    assert (once_more["fingerprint"], once_more["new"], once_more["moved"]) == (ran["fingerprint"], 0, 0)

    over = daihou("restore", told["file"], "--home", again, **second)
    assert (over.returncode, "已经有数据" in over.stderr) == (USAGE, True), over.stderr
    other = tmp_path / "other"
    said("init", "--home", other, "--company", "乙", "--admin", "王", DATABASE_URL="")
    foreign = daihou("audit", "backup", told["file"], "--home", other, DATABASE_URL="")
    assert (foreign.returncode, told["key"] in foreign.stderr) == (USAGE, True), foreign.stderr

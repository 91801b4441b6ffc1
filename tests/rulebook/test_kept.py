"""Shipped books kept as they were read: the same book comes back, and what changed is read anew."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from daihou.rulebook import kept, shipped_ids
from daihou.rulebook.opening import _Opening, shipped, written_shipped


@pytest.fixture
def reading(tmp_path):
    """read, folder, how often it was read: a book of a folder of its own."""
    times = []

    def read():
        times.append(1)
        return written_shipped("portfolio")

    return read, tmp_path, times


@pytest.mark.parametrize("book", shipped_ids())
def test_a_book_comes_back_as_it_was_read(book) -> None:
    read = _Opening(None).opened(shipped() / book, (shipped(),), ())
    back = pickle.loads(kept.packed(read))  # noqa: S301 - packed the line before
    assert back == read
    assert back.book.fingerprint == read.book.fingerprint
    assert repr(back.book) == repr(read.book)
    assert written_shipped(book) == read


def test_a_book_is_read_once_and_kept(reading, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    read, folder, times = reading
    first, second = (kept.once(folder, "portfolio", read) for _ in range(2))
    assert first == second
    assert len(times) == 1
    assert [file.suffix for file in (folder / "__pycache__").iterdir()] == [".kept"]


@pytest.mark.parametrize(
    "damage", [b"", b"half", pickle.dumps(["another thing"])], ids=["empty", "half", "other"]
)
def test_what_cannot_be_used_is_read_anew_and_kept_again(reading, monkeypatch, damage) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    read, folder, times = reading
    kept.once(folder, "portfolio", read)
    (file,) = (folder / "__pycache__").iterdir()
    file.write_bytes(damage)
    kept.once(folder, "portfolio", read)
    kept.once(folder, "portfolio", read)
    assert len(times) == 2


def test_what_was_kept_of_another_text_goes_when_the_new_one_is_kept(reading, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    read, folder, times = reading
    for mark in ("old", "new"):
        monkeypatch.setattr(kept, "mark", lambda _home, mark=mark: mark)
        kept.once(folder, "portfolio", read)
    assert len(times) == 2
    assert [file.name for file in (folder / "__pycache__").iterdir()] == ["portfolio.new.kept"]


def test_a_folder_that_cannot_be_written_to_costs_the_time_of_reading_alone(reading, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    read, folder, times = reading
    (folder / "__pycache__").write_text("no folder")
    assert kept.once(folder, "portfolio", read) == kept.once(folder, "portfolio", read)
    assert len(times) == 2


def test_who_wants_no_bytecode_gets_nothing_kept_either(reading, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    read, folder, _ = reading
    kept.once(folder, "portfolio", read)
    assert not (folder / "__pycache__").exists()


@pytest.mark.parametrize("package", kept.READING)
def test_a_change_of_code_or_text_is_another_mark(tmp_path, package) -> None:
    marks = []
    for number, said in enumerate(("a: 1", "a: 2")):
        home = tmp_path / str(number)
        for one in kept.READING:
            (home / one).mkdir(parents=True)
            (home / one / "x.yaml").write_text(said if one == package else "a: 1")
        marks.append(kept.mark(home))
    assert marks[0] != marks[1]


def test_reading_leans_on_no_other_package() -> None:
    """Where another package takes part in reading, it has to stand in the mark."""
    asked = (
        "import sys, daihou.rulebook.opening as o\n"
        "for book in ('guarantee', 'microloan'): o._Opening(None).opened(o.shipped() / book, (o.shipped(),), ())\n"
        "print(*sorted({m.split('.')[1] for m in sys.modules if m.startswith('daihou.')}))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(kept.READING)
    assert all((Path(kept.__file__).parent.parent / package).is_dir() for package in kept.READING)

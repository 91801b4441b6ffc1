"""The big book of the bench: every rule that a register can make fire does, or the bench would measure less than it says."""

import sys
from pathlib import Path

import pytest

from daihou.book import read_book
from daihou.engine import derive
from daihou.rulebook import read_shipped

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
def test_every_rule_of_the_portfolio_fires_in_the_book_of_the_bench(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("bench", "making", "measure"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from bench import FIRING, silent
    from making import DAY, make

    make(FIRING, tmp_path / "book")
    reading = read_book(tmp_path / "book")
    assert [fault.reason("zh") for fault in reading.faults if fault.severity == "error"] == []
    rulebooks = read_shipped()
    results = derive(rulebooks, reading.book, DAY)
    fired: dict[str, int] = {}
    for table in (results.duties, results.warnings, results.grades, results.gates):
        for rule in table["rule"].to_pylist():
            fired[rule] = fired.get(rule, 0) + 1
    assert silent([rule for book in rulebooks for rule in book.rules], fired) == []

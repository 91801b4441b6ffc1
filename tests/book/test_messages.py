"""Every fault can be said in both languages, and every check speaks of columns that are there."""

import pytest
import yaml

from daihou.book import Fault, declared
from daihou.book.cells import TYPE_CODES
from daihou.book.faults import messages
from daihou.book.rowchecks import row_checks

PLAIN = ("guide-", "comment-", "marked-")


def test_every_fault_has_a_reason_and_a_remedy() -> None:
    codes = [c for c in messages() if not c.startswith(PLAIN) and not c.endswith(".remedy")]
    assert [c for c in codes if f"{c}.remedy" not in messages()] == []
    assert [c for c in TYPE_CODES.values() if c not in messages()] == []


@pytest.mark.parametrize("table", declared().values(), ids=lambda t: t.id)
def test_every_row_check_of_every_table_can_be_said(table) -> None:
    for check in row_checks(table):
        params = {**check.params, "other_value": "1"}
        fault = Fault(check.code, check.severity, table.id, "x", 2, check.column, "1", params)
        for lang in ("zh", "en"):
            assert "{" not in fault.reason(lang) + fault.remedy(lang)


def test_every_word_of_the_checks_names_a_column(repo_root) -> None:
    said = yaml.safe_load((repo_root / "src/daihou/book/checks.yaml").read_text("utf-8"))
    words = {c.word for t in declared().values() for c in t.columns.values()}
    assert [w for w in said["可负"] if w not in words] == []
    pairs = {
        (a.word, b.word) for t in declared().values() for a in t.columns.values() for b in t.columns.values()
    }
    assert [pair for pair in said["次序"] if tuple(pair) not in pairs] == []
    used = {check.code for t in declared().values() for check in row_checks(t)}
    assert [rule["码"] for rule in said["不许"] if rule["码"] not in used] == []

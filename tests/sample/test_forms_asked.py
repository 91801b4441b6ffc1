"""The sample company shows every form: on any day somebody is asked for each of them, so that everybody can try it."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from daihou.book import domains, read_book, write_book
from daihou.engine import derive
from daihou.papers.reading import form_for, forms
from daihou.rulebook import read_shipped
from daihou.sample import sample_rows
from daihou.sample.company import went_live

DAYS = (date(2026, 11, 28), date(2026, 12, 1), date(2026, 12, 31), date(2027, 2, 9))
"""A Saturday, the first of a month, the last day of a year, the spring festival."""


OF_OTHERS = {"cash_count_form", "own_cash_count_form"}
"""Forms of rules that hold for other kinds of companies than that of the sample: of micro-loan companies."""


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_somebody_is_asked_for_every_form(tmp_path, day) -> None:
    write_book(sample_rows(day, contracts=80), tmp_path / "台账.xlsx")
    book = read_book(tmp_path / "台账.xlsx").book
    books = read_shipped()
    found = derive(books, book, day, go_live=went_live(day))
    waits = found.duties.filter(pc.is_in(found.duties["state"], pa.array(["open", "overdue"])))
    held = found.assignments.filter(pc.is_valid(found.assignments["employee"]))
    named = set(zip(*(held[name].to_pylist() for name in ("rule", "object")), strict=True))
    kinds = dict(zip(book.tables["party"]["party_no"].to_pylist(), book.tables["party"]["kind"].to_pylist(), strict=True))  # fmt: skip
    rules = {rule.id: rule for one in books for rule in one.duties}
    asked = {
        form_for(rules[rule].form, kinds.get(party)).form
        for rule, subject, party in zip(
            *(waits[name].to_pylist() for name in ("rule", "object", "party")), strict=True
        )
        if rules[rule].form is not None and (rule, subject) in named
    }
    errands = book.tables["errand"]
    waiting = errands.filter(
        pc.and_(pc.is_valid(errands["asked_form"]), pc.is_null(errands["completed_day"]))
    )
    of_errands = set(waiting["asked_form"].to_pylist())
    assert of_errands == set(domains()["errand_form_kind"])
    by_row = {
        one.form for one in forms().values() if one.where is not None
    }  # the row says which of two it is
    assert set(forms()) - asked - by_row - of_errands == OF_OTHERS

"""Who is asked for what is missing: kept with the day's results, seen on his desk and on the page of the run."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, stored, taken_in, words_of

from daihou.book import declared
from daihou.dayend.acts import follow, run_day
from daihou.duties.lacking import KINDS, OBJECTS, lacking
from daihou.duties.models import DayRun, GapPerson, GapRow
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.reads import viewer_of
from daihou.registers.rows import sealed_row

WRITING = {"by": BY, "at": NOW, "day": DAY}
UNCLASSED = SHEETS["合同"].replace(",0,1\n", ",0,\n")
"""The contracts without a risk class: when their regular checks are due cannot be told."""


@pytest.fixture(autouse=True)
def its_day(monkeypatch):
    """The rules of a guarantee company and the signals, on the day of the cast."""
    on_its_day(monkeypatch, "signals")


@staged
def house(tmp_path):
    """The company with two contracts of which something is missing, derived; accounts of both account managers and of the head of risk."""
    taken_in(tmp_path / "book", 合同=UNCLASSED)
    open_accounts([(one, one) for one in "甲乙丙丁"], PASSWORD, by=BY, at=NOW, sample=True)
    run_day(DAY, by=BY, at=NOW)


def asked_of(object_: str) -> set[tuple[str | None, str | None]]:
    """Post and employee of all who are asked about an object."""
    return set(GapPerson.objects.filter(gap__object=object_).values_list("post", "employee"))


def pane(login: str) -> str:
    """What a person's desk says of what is missing."""
    page = words_of(browser_of(login).get("/"))
    return page.partition('id="lacking"')[2].partition("</section>")[0]


def entered(table: str, **values: Any) -> None:
    """A row that somebody writes, and what follows."""
    enter(table, sealed_row(declared()[table], values), **WRITING)
    follow(DAY, by=BY, at=NOW)


def viewer(login: str):
    return viewer_of(Account.objects.get(login=login), DAY)


def test_every_gap_is_kept_with_who_is_asked_and_each_sees_his_own_only(house) -> None:
    assert GapRow.objects.filter(persons=None).count() == 0
    assert asked_of("C1") == {("account_manager", "甲")}
    assert asked_of("C2") == {("account_manager", "丙")}
    mine, other = pane("甲"), pane("丙")
    assert "风险分类" in mine
    assert "/registers/contract/row/C1/" in mine
    assert "C2" not in mine
    assert "/registers/contract/row/C2/" in other
    assert "C1" not in other
    assert pane("丁") == "", "nobody asked him for anything"


def test_what_was_filled_in_is_asked_for_no_longer(house) -> None:
    assert lacking(viewer("甲"))[1] > 0
    correct("contract", "C1", {"risk_class": 1}, reason="补分类", **WRITING)
    follow(DAY, by=BY, at=NOW)
    assert lacking(viewer("甲")) == ([], 0)
    assert lacking(viewer("丙"))[1] > 0


def test_it_goes_with_the_contract_and_stays_with_the_run_that_first_told_it(house) -> None:
    first = dict(GapRow.objects.values_list("pk", "run"))
    correct("contract", "C2", {"account_manager": "甲"}, reason="换人", **WRITING)
    assert follow(DAY, by=BY, at=NOW)
    assert asked_of("C2") == {("account_manager", "甲")}
    assert lacking(viewer("丙")) == ([], 0)
    assert dict(GapRow.objects.values_list("pk", "run")) == first
    held = stored()
    run = run_day(DAY, by=BY, at=NOW)
    assert stored() == held, "a full run changes nothing"
    assert run.gaps == GapRow.objects.count()


def test_where_nobody_looks_after_the_object_it_is_the_post_s_and_follows_who_holds_it(house) -> None:
    """A lawsuit against somebody who has no contract and no caretaker."""
    entered(
        "litigation",
        case_no="A1",
        party="51000019860709002X",
        party_role="defendant",
        case_opened_day=DAY,
        learned_day=DAY,
    )
    (gap,) = GapRow.objects.filter(rule="S21").values_list("object", flat=True)
    assert asked_of(gap) == {("account_manager", None)}, "two hold it, anyone may"
    assert lacking(viewer("丙"))[0] != lacking(viewer("甲"))[0]
    assert "S21" in {one.rule for one in lacking(viewer("丙"))[0]}
    correct("contract", "C2", {"account_manager": "甲"}, reason="换人", **WRITING)
    correct("employee", "丙", {"left_day": DAY}, reason="离职", **WRITING)
    follow(DAY, by=BY, at=NOW)
    assert asked_of(gap) == {("account_manager", "甲")}
    held = stored()
    run_day(DAY, by=BY, at=NOW)
    assert stored() == held, "a full run changes nothing"


def test_the_page_of_the_run_says_who_is_asked(house) -> None:
    page = words_of(browser_of("丁").get(f"/days/{DayRun.objects.get().pk}/"))
    asked = page.partition("该谁补</th>")[2]
    assert "甲某" in asked
    assert "丙某" in asked


def test_a_desk_with_many_gaps_asks_no_more_and_lists_the_first(house) -> None:
    browser = browser_of("甲")
    browser.get("/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    run = DayRun.objects.get()
    for number in range(40):
        gap = GapRow.objects.create(
            run=run, rule="fund-use-check", object=f"C1/{number:02d}", part="due", columns="disbursed_day"
        )
        GapPerson.objects.create(gap=gap, ordinal=0, post="account_manager", employee="甲")
    with CaptureQueriesContext(connection) as many:
        page = words_of(browser.get("/"))
    assert len(many) == len(few)
    kinds, total = lacking(viewer("甲"))
    assert total >= 40
    assert (kinds[0].rule, kinds[0].number, len(kinds[0].objects)) == ("fund-use-check", 40, OBJECTS)
    assert len(kinds) <= KINDS
    assert f"先列 {OBJECTS} 处" in page


def test_a_new_row_that_lacks_something_is_asked_for_at_once(house) -> None:
    correct("contract", "C1", {"risk_class": 1}, reason="补分类", **WRITING)
    entered("inspection", visit_no="V1", contract="C1", client="510000199803180019", inspected_by="甲", kind="purpose",
            inspected_day=DAY, result="done", urgent=False)  # fmt: skip
    kinds, _total = lacking(viewer("甲"))
    assert [(one.rule, one.columns) for one in kinds] == [("fund-diversion", "diversion_found")]

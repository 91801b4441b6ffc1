"""What a rule looks at around its object, as references lead there."""

import pytest

from daihou.engine.around import Around, Ground, Look, around, hanging, together
from daihou.rulebook import read_shipped

EMPTY = frozenset({("contact", "dialled_no")})
WHOLE = {
    "car-risk-report", "client-rank", "exemption", "finding-accountability", "guarantee-quality-analysis", "key-client-visit", "loss-accountability",
    "maintenance-reminder", "quarter-bad-loan-interview", "quarter-bad-loan-report",
}  # fmt: skip
"""Rules that rank, or sum over a manager or the company; key clients are visited whom their rank makes such (P17-06).

A manager is excused who did all duties of the contract and of its client, visits by rank among them (P17-25); that waits for the run, as does who is accountable for a loss or a finding (P02-17). A reminder of maintenance counts whichever member with the car's plate was reminded (P18-04):
of the shop's few cars alone.
"""


@pytest.fixture(scope="module")
def found():
    """From what each shipped rule can be told."""
    return around(read_shipped(), EMPTY)


def seen_from(look: Look, way: str = "") -> set[str]:
    """Every way that is looked along: ^ up by a column, v down by a table and its column, = to rows of a table with the same text in a column."""
    ups = {f"{way}^{column}": there for column, there in look.up.items()}
    downs = {f"{way}v{table}.{column}": there for (table, column), there in look.down.items()}
    alike = {f"{way}={table}.{theirs}": there for (table, theirs, _), there in look.alike.items()}
    ways = ups | downs | alike
    return set(ways).union(*(seen_from(there, f"{one} ") for one, there in ways.items()))


def test_most_rules_are_told_from_the_rows_around_their_object(found) -> None:
    """A new rule that needs the whole book makes every act slow that reaches it: it must be meant so."""
    assert {name for name, ground in found.items() if ground is Ground.WHOLE} == WHOLE
    assert sum(isinstance(ground, Around) for ground in found.values()) > 150


def test_what_is_compared_by_a_column_that_stands_empty_is_looked_for_nowhere() -> None:
    """Calls of the same number as a call: found by the number, where the book holds numbers."""
    with_numbers, without = (
        seen_from(around(read_shipped(), empty)["contact-conduct"].look) for empty in (frozenset(), EMPTY)
    )
    assert with_numbers - without == {"=contact.dialled_no"}
    assert without <= with_numbers
    assert "^party vcontact.party" in without


@pytest.mark.parametrize(
    ("rule", "ways"),
    [
        # the regular check: its client, the checks of the contract
        ("regular-inspection", {"^client", "vinspection.contract"}),
        # the call before an instalment is due: its contract, the client, the calls about the contract
        ("repayment-reminder", {"^contract", "^contract ^client", "^contract vcontact.contract"}),
    ],
)
def test_a_rule_looks_where_its_words_lead(found, rule, ways) -> None:
    assert seen_from(found[rule].look) == ways


def test_the_rivals_of_a_warning_are_those_of_its_party(found) -> None:
    """Of one party and period the worst is raised, so that what another row of it says counts."""
    assert found["car-insurance-ending"].rivals == (("contract", "contract"), ("client", "party"))
    assert found["regular-inspection"].rivals is None


def test_a_rule_on_duties_says_whose_they_are(found) -> None:
    """A report is due for each routine check."""
    assert found["routine-report"].duties == {"routine-check"}
    assert not found["routine-report"].alone
    assert found["regular-inspection"].alone


def test_several_rules_look_once_at_what_they_all_look_at(found) -> None:
    looks = [found["regular-inspection"].look, found["close-watch-inspection"].look]
    both = together(looks)
    assert seen_from(both) == seen_from(looks[0]) | seen_from(looks[1])
    assert seen_from(looks[0]) == {"^client", "vinspection.contract"}, (
        "what is put together leaves its parts alone"
    )


def test_tables_of_the_whole_company_hang_on_nobody() -> None:
    assert not hanging() & {"branch", "employee", "company", "assignment", "calendar", "completion", "duty"}
    assert {"contract", "party", "instalment", "device", "warning", "watch_step"} <= hanging()

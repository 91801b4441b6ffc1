"""What a rule is called in each language."""

import pytest

from daihou.rulebook import read_shipped


@pytest.mark.parametrize(
    ("book", "rule", "zh", "en"),
    [
        ("signals", "S01", "本息逾期", "Principal or interest overdue"),
        ("signals", "S39B", "欠债中重组", "Debt evaded (B)"),
        ("finance", "stock-swing", None, "Stock swing"),
        ("guarantee", "fund-use-check", "融资用途检查", "Fund use check"),
    ],
)
def test_a_rule_is_called_by_its_name_and_in_english_by_its_signal_or_its_identifier(
    book, rule, zh, en
) -> None:
    (held,) = read_shipped(book)
    assert held.rule(rule).said("en") == en
    assert zh is None or held.rule(rule).said("zh") == zh


def test_no_two_rules_of_the_house_are_called_alike() -> None:
    rules = [rule for book in read_shipped() for rule in book.rules]
    for lang in ("zh", "en"):
        names = [rule.said(lang) for rule in rules]
        twice = {one for one in names if names.count(one) > 1}
        assert twice == set(), lang

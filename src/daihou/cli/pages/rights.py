"""What each post sees and does, as the pages show it on screen: rights, columns that only a decision changes, the steps of a contract."""

from collections.abc import Collection, Iterator

from daihou.book import declared
from daihou.cli.pages.markdown import both, page, said, table, told
from daihou.cli.words import NOTHING, joined, label
from daihou.ledger.step_words import STEP_WORDS
from daihou.people.decided import decided_columns, steps_open_to
from daihou.people.rights import in_order, told_by_post


def rights() -> str:
    """The page, made from the tables that are enforced."""
    return page(both("rights"), _lines())


def _lines() -> Iterator[str]:
    yield from (said("rights-intro"), "", told("rights-intro"), "")
    yield from table(("post", "scope", "sees", "enters", "numbers", "may"), _posts())
    yield from ("", f"## {both('decided')}", "", said("decided-intro"), "")
    yield from table(("table", "column", "decided-where", "slips"), _decided())
    yield from ("", f"## {both('steps')}", "")
    yield from table(("step", "taken-by"), _steps())


def _posts() -> Iterator[tuple[str, ...]]:
    for one in told_by_post():
        numbers = said("numbers-open") if one.numbers else NOTHING
        yield (
            label(one.post, "zh"), _words(one.scopes), _words(one.sees), _words(one.enters), numbers, _words(one.may),
        )  # fmt: skip


def _decided() -> Iterator[tuple[str, ...]]:
    for name, entries in decided_columns().items():
        for one in entries:
            columns = [column for column in declared()[name].columns if column in one.columns]
            yield label(name, "zh"), _words(columns), one.said["zh"], _words(in_order(one.slips))


def _steps() -> Iterator[tuple[str, str]]:
    for step, word in STEP_WORDS.items():
        posts = steps_open_to()[step]
        yield word, said("who-enters") if posts is None else _words(in_order(posts))


def _words(identifiers: Collection[str]) -> str:
    return joined([label(one, "zh") for one in identifiers], "zh") or NOTHING

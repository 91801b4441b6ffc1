"""What is refused of a rulebook: every mistake by its code, and what to write instead."""

from collections.abc import Iterator

from daihou.cli.pages.markdown import both, code, page, said, table, told
from daihou.rulebook import refusals


def refused() -> str:
    """The page, made from the messages themselves."""
    return page(both("refused"), _lines())


def _lines() -> Iterator[str]:
    zh, en = refusals("zh"), refusals("en")
    yield from (said("refused-intro", count=len(zh)), "", told("refused-intro", count=len(zh)), "")
    rows = ((code(one), reason, remedy, "; ".join(en[one])) for one, (reason, remedy) in zh.items())
    yield from table(("code", "reason-refused", "remedy", "label"), rows)

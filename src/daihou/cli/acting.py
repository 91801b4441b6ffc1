"""Acts in the name of a member of staff: done at the moment, refused in the words of their room, and the work that follows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from daihou.cli import given
from daihou.cli.refusal import REFUSED, Stopped
from daihou.terms import Lang

Said = Callable[[Any], str]


def now() -> datetime:
    """The moment at which something is done."""
    return datetime.now(UTC)


def acted(
    by: str, lang: Lang, act: Callable[[Any, datetime], Any], *, refused: dict[type[Exception], Said], follows: bool = True
) -> Any:  # fmt: skip
    """What an act in somebody's name made. ``refused``: by the error of a refusal what is said of it, in the language of the pages.

    ``follows``: whether duties follow what was written; a taking out of a pool is laid over them instead.
    """
    from django.utils import translation

    from daihou.dayend.acts import follow, follow_takings
    from daihou.trail.acts import Actor

    actor, at = Actor(by, "cli"), now()
    try:
        made = act(actor, at)
    except tuple(refused) as error:
        say = next(said for kind, said in refused.items() if isinstance(error, kind))
        with translation.override("en" if lang == "en" else "zh-hans"):
            raise Stopped(REFUSED, [say(error)]) from error
    if follows:
        follow(given.today(), by=actor, at=at)
    else:
        follow_takings()
    return made

"""Why a change is refused: a field, a code and what belongs to it; said in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from daihou.rulebook import Mistake
from daihou.terms import Catalogue, Lang


@cache
def _messages() -> Catalogue:
    return Catalogue.load("daihou.policy")


@dataclass(frozen=True)
class FigureFault:
    """One thing that is wrong. ``place``: figure, value, since, citation, reason, or ``value.<key>`` of a table."""

    place: str
    code: str
    said: Mapping[str, object] = field(default_factory=dict, hash=False)
    mistake: Mistake | None = None

    def text(self, lang: Lang = "zh") -> str:
        """What is wrong and what to do."""
        if self.mistake is not None:
            space = "；" if lang == "zh" else ". "
            return f"{self.mistake.reason(lang)}{space}{self.mistake.remedy(lang)}"
        return _messages().text(self.code, lang, **self.said)


class FigureRefusedError(ValueError):
    """A change that is not proposed, with all that is wrong with it."""

    def __init__(self, *faults: FigureFault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{one.place}: {one.text('en')}" for one in faults))

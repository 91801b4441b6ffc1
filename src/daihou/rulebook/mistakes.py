"""What is wrong in a rulebook: collected as data, said in two languages, with a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from daihou.rulebook.nodes import Type
from daihou.terms import Catalogue, Lang, Source

NOWHERE = Source("", 0)


@cache
def _messages() -> Catalogue:
    return Catalogue.load("daihou.rulebook")


def _said(value: object, lang: Lang) -> str:
    """A parameter as its reader sees it; kinds of values have a word in each language."""
    if isinstance(value, Type):
        return _messages().text(f"kind-{value.kind}", lang)
    return str(value)


@dataclass(frozen=True)
class Mistake:
    """One thing that is refused: where, what, why, what to do. ``column`` counts from 1 inside the YAML value."""

    code: str
    source: Source
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    column: int | None = None

    def text(self, lang: Lang = "zh") -> str:
        """Where and what: ``file:line``, the place inside the expression, the reason."""
        place = str(self.source)
        if self.column is not None:
            place += " " + _messages().text("at-column", lang, column=self.column)
        return f"{place} {self.reason(lang)}"

    def reason(self, lang: Lang = "zh") -> str:
        """What is wrong, without the place."""
        return _messages().text(self.code, lang, **self._params(lang))

    def remedy(self, lang: Lang = "zh") -> str:
        """What to do; a word that may have been meant is offered where there is one."""
        params = self._params(lang)
        remedy = _messages().text(f"{self.code}.remedy", lang, **params)
        if not self.params.get("closest"):
            return remedy
        return _messages().text("did-you-mean", lang, closest=params["closest"], remedy=remedy)

    def _params(self, lang: Lang) -> dict[str, str]:
        return {name: _said(value, lang) for name, value in self.params.items()}


_PARTS = ("at-column", "did-you-mean", "kind-")  # of other sentences


def refusals(lang: Lang) -> dict[str, tuple[str, str]]:
    """Everything that is refused, by code: what is wrong and what to do, with … where the particulars stand."""
    texts = _messages()
    codes = [code for code in texts if not code.endswith(".remedy") and not code.startswith(_PARTS)]
    return {code: (texts.outline(code, lang), texts.outline(f"{code}.remedy", lang)) for code in codes}


class RulebookRefused(Exception):  # noqa: N818 - what happened to the rulebook, in the words of its author
    """A rulebook that cannot be used; ``mistakes`` holds everything found, in the order of the files."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(f"{one.text('en')} {one.remedy('en')}" for one in mistakes))


class WrongError(Exception):
    """Stops the reading of one part; whoever reads the whole collects it and goes on."""

    def __init__(self, code: str, source: Source, column: int | None = None, /, **params: object) -> None:
        self.mistake = Mistake(code, source, MappingProxyType(params), column)
        super().__init__(code)


class FollowsError(WrongError):
    """A part that cannot be read only because something it names has a mistake of its own, which is told of there."""


class Mistakes:
    """The collector of one reading."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, code: str, source: Source, /, **params: object) -> None:
        """Note a mistake and go on."""
        self._keep(Mistake(code, source, MappingProxyType(params)))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Read one part; a mistake in it is kept and ends only that part."""
        try:
            yield
        except FollowsError:
            return
        except WrongError as wrong:
            self._keep(wrong.mistake)

    def _keep(self, mistake: Mistake) -> None:
        if mistake not in self.found:
            self.found.append(mistake)

    def refuse(self) -> None:
        """Raise RulebookRefused if anything was found."""
        if self.found:
            raise RulebookRefused(tuple(sorted(self.found, key=lambda m: (m.source.file, m.source.line))))

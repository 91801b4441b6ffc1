"""The root of this room's errors, and the door to its wording."""

from functools import cache

from daihou.terms import Catalogue, Lang


@cache
def wording() -> Catalogue:
    """The room's two-language texts (messages.yaml beside this file), read once."""
    return Catalogue.load("daihou.units")


class UnitsError(ValueError):
    """An input whose meaning is not certain; nothing is guessed from it.

    `code` names the text in messages.yaml, `params` fill its blanks. Every text says what was wrong and
    what to do.
    """

    def __init__(self, code: str, **params: object) -> None:
        """Keep the code and the values of its blanks; the wording is looked up only when asked for."""
        super().__init__(code, params)
        self.code = code
        self.params = params

    def text(self, lang: Lang = "zh") -> str:
        """What was wrong and what to do, for the user."""
        return wording().text(self.code, lang, **self.params)

    def __str__(self) -> str:
        """The Chinese text, since that is what most readers of a traceback or log here read."""
        return self.text("zh")

"""What the articles want looked at, and the fields of the forms that carry each: an empty cell is refused."""

from collections.abc import Iterator

from daihou.cli.pages.markdown import both, page, said, table, told
from daihou.papers.reading import carried_by, checkpoints, forms
from daihou.terms import terms


class UncarriedError(ValueError):
    """Checkpoints that no field of a form carries; ``names`` names them."""

    def __init__(self, names: list[str]) -> None:
        """Keep the names."""
        super().__init__(", ".join(names))
        self.names = tuple(names)


def checked() -> str:
    """The page, made from the forms. UncarriedError where a checkpoint stands with no field."""
    return page(both("checked"), _lines())


def _lines() -> Iterator[str]:
    yield from (said("checked-intro"), "", told("checked-intro"), "")
    carried: dict[str, list[str]] = {}
    for form in forms().values():
        term = terms().by_id(form.form)
        for name, fields in carried_by(form).items():
            labels = "、".join(one.label.zh for one in fields)
            carried.setdefault(name, []).append(f"{form.form if term is None else term.word}：{labels}")
    every = [(item, name, words) for item, those in checkpoints().items() for name, words in those.items()]
    if empty := [f"{item}/{name}" for item, name, _words in every if f"{item}/{name}" not in carried]:
        raise UncarriedError(empty)
    rows = ((item, words.zh, "；".join(carried[f"{item}/{name}"]), words.en) for item, name, words in every)
    yield from table(("requirement", "checkpoint", "carried", "label"), rows)

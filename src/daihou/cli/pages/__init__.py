"""Pages made from the data: the glossary, the rule manual, what is refused, what is covered, what the forms look at, what each post may. Stale ones are refused by the check."""

from collections.abc import Sequence
from pathlib import Path

from daihou.cli.pages.checked import UncarriedError, checked
from daihou.cli.pages.coverage import coverage, read_proof
from daihou.cli.pages.glossary import glossary
from daihou.cli.pages.manual import index, manual
from daihou.cli.pages.refused import refused
from daihou.cli.pages.rights import rights
from daihou.rulebook import Rulebook, read_shipped, shipped_ids

__all__ = ["UncarriedError", "UncoveredError", "UnlistedError", "books", "pages", "stale", "write"]

_MANUALS = Path("docs/rules")


class UncoveredError(ValueError):
    """Requirements of kind R with neither a rule that has a case, nor a test, nor a reason; ``ids`` names them."""

    def __init__(self, ids: Sequence[str]) -> None:
        """Keep the ids."""
        super().__init__(", ".join(ids))
        self.ids = tuple(ids)


class UnlistedError(UncoveredError):
    """Requirements that a rule or a test names and docs/requirements.yaml does not."""


def books() -> tuple[Rulebook, ...]:
    """The shipped rulebooks."""
    return tuple(read_shipped(name)[0] for name in shipped_ids())


def pages(root: Path) -> dict[Path, str]:
    """Every page by its path below the repository. UncoveredError, UnlistedError or UncarriedError where the requirements do not fit."""
    found = books()
    proof = read_proof(root, found)
    if unlisted := proof.unlisted():
        raise UnlistedError(unlisted)
    if uncovered := proof.uncovered():
        raise UncoveredError(uncovered)
    return {
        Path("docs/GLOSSARY.md"): glossary(found),
        Path("docs/COVERAGE.md"): coverage(proof),
        Path("docs/refusals.md"): refused(),
        Path("docs/CHECKPOINTS.md"): checked(),
        Path("docs/manual/posts.zh.md"): rights(),
        _MANUALS / "README.md": index(found),
        **{_MANUALS / f"{book.id}.md": manual(book) for book in found},
    }


def stale(root: Path) -> list[str]:
    """Pages that are not what the data make them, as paths below the repository; also pages that are made no more."""
    return sorted(str(path) for path in _differing(root, pages(root)))


def write(root: Path) -> list[str]:
    """Write every page that differs, remove those made no more; which ones."""
    made = pages(root)
    changed = _differing(root, made)
    for path in changed:
        if path in made:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(made[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return sorted(str(path) for path in changed)


def _differing(root: Path, made: dict[Path, str]) -> list[Path]:
    held = {path.relative_to(root) for path in (root / _MANUALS).glob("*.md")}
    return [
        *(path for path, text in made.items() if _content(root / path) != text),
        *(path for path in held if path not in made),
    ]


def _content(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""

"""Chains of signatures by kind of matter: a data file, read strictly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from daihou.book import posts
from daihou.terms import read_mapping, terms

FEN = 100  # of a yuan


@dataclass(frozen=True)
class Rung:
    """One place of a chain. Several posts sign jointly. ``person``: a member of staff asked for by name, as holder of the post.

    ``above``: there only where the amount (fen) is above it.
    """

    posts: tuple[str, ...]
    opinion: bool = False
    above: int | None = None
    person: str = ""

    def plain(self) -> dict[str, Any]:
        """The rung as JSON keeps it."""
        return {
            "posts": list(self.posts),
            "opinion": self.opinion,
            "above": self.above,
            "person": self.person,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Rung:
        """A rung as JSON kept it."""
        return cls(tuple(said["posts"]), said["opinion"], said["above"], said["person"])


class ChainsError(ValueError):
    """A table of chains that cannot stand."""


def rungs(chain: Iterable[str | Rung]) -> tuple[Rung, ...]:
    """A chain out of posts and rungs. ChainsError: empty, or a post that is none."""
    found = tuple(one if isinstance(one, Rung) else Rung((one,)) for one in chain)
    if not found:
        raise ChainsError("a chain without a step")
    wrong = [post for one in found for post in one.posts if post not in posts()]
    if wrong or not all(one.posts for one in found):
        raise ChainsError(f"no post: {', '.join(wrong)}")
    if any(len(set(one.posts)) < len(one.posts) or (one.person and len(one.posts) > 1) for one in found):
        raise ChainsError("a joint signature of one post twice, or of a person with a post")
    return found


def climb(chain: Sequence[Rung], amount: int | None) -> tuple[Rung, ...]:
    """The rungs that an amount (fen) asks for. ChainsError: some depend on an amount, and there is none."""
    if amount is None and any(one.above is not None for one in chain):
        raise ChainsError("amount-missing")
    return tuple(one for one in chain if one.above is None or (amount is not None and amount > one.above))


def without_own(chain: Sequence[Rung], posts: Collection[str]) -> tuple[Rung, ...]:
    """A chain for a proposal by somebody with some posts: the step of his own post falls away, for a proposal is his word already.

    Where none is left the whole chain stands, and each step goes to the post above.
    """
    return tuple(rung for rung in chain if not set(rung.posts) & set(posts)) or tuple(chain)


@cache
def chains() -> Mapping[str, tuple[Rung, ...]]:
    """The chains of the shipped file by kind of matter."""
    return read_chains(resources.files("daihou.signoff") / "chains.yaml")


def read_chains(file: Traversable) -> Mapping[str, tuple[Rung, ...]]:
    """Chains by the identifier of their kind. ChainsError names what is wrong and where."""
    found: dict[str, tuple[Rung, ...]] = {}
    for kind, says in read_mapping(file).items():
        term = terms().find(kind)
        if term is None:
            raise ChainsError(f"{file.name}: {kind} is no known word")
        if not isinstance(says, dict) or set(says) != {"steps"} or not isinstance(says["steps"], list):
            raise ChainsError(f"{file.name}: {kind} wants steps and nothing else")
        try:
            found[term.id] = rungs([_rung(one) for one in says["steps"]])
        except ChainsError as error:
            raise ChainsError(f"{file.name}: {kind}: {error}") from None
    return found


def _rung(said: Any) -> Rung:
    if isinstance(said, str):
        return Rung((_post(said),))
    if not isinstance(said, dict) or len({"post", "together"} & set(said)) != 1:
        raise ChainsError(f"a step names a post, or posts together: {said}")
    unknown = set(said) - {"post", "together", "opinion", "above"}
    if unknown:
        raise ChainsError(f"unknown {', '.join(sorted(unknown))}")
    together = said.get("together", [said.get("post")])
    if not isinstance(together, list) or ("together" in said and len(together) <= 1):
        raise ChainsError(f"together wants several posts: {together}")
    opinion, above = said.get("opinion", False), said.get("above")
    if not isinstance(opinion, bool):
        raise ChainsError(f"opinion is true or false: {opinion}")
    if above is not None and (isinstance(above, bool) or not isinstance(above, int) or above < 0):
        raise ChainsError(f"above is a whole number of yuan: {above}")
    return Rung(tuple(_post(one) for one in together), opinion, None if above is None else above * FEN)


def _post(said: Any) -> str:
    term = terms().find(said) if isinstance(said, str) else None
    if term is None or term.id not in posts():
        raise ChainsError(f"{said} is no post")
    return term.id

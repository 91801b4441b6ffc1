"""Chance that repeats itself: a small seeded generator of our own, the same on every machine and version.

Every subject throws its own dice, named by what it decides, so that one more row here moves nothing there.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


class Dice:
    """A stream of chance (SplitMix64), fixed by its names and nothing else."""

    def __init__(self, *names: object) -> None:
        text = "/".join(str(name) for name in names)
        self._state = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")

    def below(self, n: int) -> int:
        """Return a whole number from 0 to n - 1; n is small against 2^64, so the bias is nothing."""
        assert n > 0, "there is no number below zero"
        self._state = (self._state + _STEP) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * _MIX_1) & _MASK
        z = ((z ^ (z >> 27)) * _MIX_2) & _MASK
        return (z ^ (z >> 31)) % n

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, among: Sequence[T]) -> T:
        """Return one of them, each as likely."""
        return among[self.below(len(among))]

    def chance(self, percent: int) -> bool:
        """Return TRUE in so many cases of a hundred."""
        return self.below(100) < percent

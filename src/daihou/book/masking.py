"""Personal numbers hidden inside any text."""

import re
from collections.abc import Callable

# a resident id holds a day of birth; a unified company code, which is public, does not
_RESIDENT = r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2,3}[\dXx]?"
_MOBILE = r"1[3-9]\d{9}"
_PERSONAL = re.compile(rf"(?<![0-9A-Za-z])(?:{_RESIDENT}|{_MOBILE})(?![0-9A-Za-z])")
_HEAD, _TAIL = 3, 4
_LOCAL, _SHORT_TAIL = 8, 2
"""How long a number within one city is at most, and how much of a shorter one is shown."""


def masked(text: str) -> str:
    """A text in which resident and mobile numbers show their first three and last four signs only."""
    return each_number(text, _mask)


def hidden(number: str) -> str:
    """A personal number by its ends, whatever it looks like: of a landline, or a short one, no more than its last signs."""
    told = masked(number)
    if told != number:
        return told
    head = _HEAD if len(number) > _LOCAL else 0
    tail = _TAIL if len(number) >= _LOCAL else _SHORT_TAIL
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def each_number(text: str, told: Callable[[str], str]) -> str:
    """A text in which every resident and mobile number is told otherwise."""
    return _PERSONAL.sub(lambda found: told(found.group()), text)


def _mask(number: str) -> str:
    return number[:_HEAD] + "*" * (len(number) - _HEAD - _TAIL) + number[-_TAIL:]

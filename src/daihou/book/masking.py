"""Personal numbers hidden inside any text."""

import re

# a resident id holds a day of birth; a unified company code, which is public, does not
_RESIDENT = r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2,3}[\dXx]?"
_MOBILE = r"1[3-9]\d{9}"
_PERSONAL = re.compile(rf"(?<![0-9A-Za-z])(?:{_RESIDENT}|{_MOBILE})(?![0-9A-Za-z])")
_HEAD, _TAIL = 3, 4


def masked(text: str) -> str:
    """A text in which resident and mobile numbers show their first three and last four signs only."""
    return _PERSONAL.sub(lambda found: _mask(found.group()), text)


def _mask(number: str) -> str:
    return number[:_HEAD] + "*" * (len(number) - _HEAD - _TAIL) + number[-_TAIL:]

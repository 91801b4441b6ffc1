"""Formulas for those who read rules and do not write them: the signs of the rule language in words, nothing else changed."""

import re

from daihou.cli.words import label

_WORDS = {
    "CASE WHEN": "(若",
    "WHEN": "；若",
    "THEN": "，则",
    "ELSE": "；否则",
    "END": ")",
    "IS NOT NULL": "已填",
    "IS NULL": "空着",
    "NOT IN": "不属于",
    "NOT BETWEEN": "不介于",
    "IN": "属于",
    "BETWEEN": "介于",
    "AND": "且",
    "OR": "或",
    "NOT": "并非",
    "TRUE": "是",
    "FALSE": "否",
    "NULL": "空",
    "<>": "≠",
    ">=": "≥",
    "<=": "≤",
    "*": "×",
    "本.": "本行的",
    ".": "的",
}
"""What stands for a sign; the longer sign before the one that it begins with."""

_KEYWORDS = "|".join(sign.replace(" ", r"\s+") for sign in _WORDS if sign[0].isascii() and sign[0].isalpha())
_SIGN = re.compile(
    rf"(?:DATE\s+)?'(?P<text>[^']*)'|\b(?:{_KEYWORDS})\b|<>|>=|<=|\*|(?<!\w)本\.|(?<=[^\W\d])\.(?=[^\W\d])"
)
_BEFORE_STOP = re.compile(r"\s+(?=[；，)])")
_CHOICE = "(若"  # one that is the whole formula needs no brackets
_PLACE = re.compile(r"\{([^}]+)\}")


def in_words(formula: str) -> str:
    """A formula as people read it: 且 for AND, 空着 for IS NULL, 合同的客户 for a path."""
    read = _BEFORE_STOP.sub("", _SIGN.sub(_word, formula.strip()))
    return read[1:-1] if read.startswith(_CHOICE) and _closing(read) == len(read) - 1 else read


def _closing(text: str) -> int | None:
    """Where the bracket ends that a text begins with; None where it does not end."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    return None


def places_in_words(text: str) -> str:
    """The words of a refusal, its places named as people name them."""
    return _PLACE.sub(lambda found: f"〔{_way(found.group(1))}〕", text)


def _word(found: re.Match[str]) -> str:
    text = found["text"]
    if text is None:
        return _WORDS[" ".join(found.group().split())]
    return text if found.group().startswith("DATE") else f"“{text}”"


def _way(path: str) -> str:
    return "的".join(label(step, "zh") for step in path.split("."))

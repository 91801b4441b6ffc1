"""What the steps of a contract are called, for pages that are made without a database too."""

from __future__ import annotations

from collections.abc import Mapping


def gettext_noop(sentence: str) -> str:
    """Says that a sentence is one of the catalogue. Django's own asks for settings, which are not there where pages are made."""
    return sentence


STEP_WORDS: Mapping[str, str] = {
    "disburse": gettext_noop("放款"), "extend": gettext_noop("展期"), "compensate": gettext_noop("转为已代偿"),
    "settle": gettext_noop("结清或解保"), "write-off": gettext_noop("核销"), "cancel": gettext_noop("撤销合同"),
}  # fmt: skip
"""By step, in Chinese."""

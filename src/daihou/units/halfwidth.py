"""Full-width characters, as a Chinese keyboard types them, to the plain ones."""

_FIRST, _LAST, _SHIFT = 0xFF01, 0xFF5E, 0xFEE0  # the full-width forms of "!" to "~"
_HALF = {code: code - _SHIFT for code in range(_FIRST, _LAST + 1)} | {
    0x3000: 0x20,  # ideographic space
    0xFFE5: 0xA5,  # full-width yen sign, which is what a pinyin keyboard gives for yuan
}


def to_halfwidth(text: str) -> str:
    """The text with full-width letters, digits, signs and spaces made half-width; Chinese characters stay."""
    return text.translate(_HALF)

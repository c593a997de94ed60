"""How wide a text gets, and where its lines break. Widths are those of a wide screen font: others need less."""

import re
from typing import Final

TEXT: Final = 12.0
"""Size of text in units of a drawing 360 wide: above 11 px on a telephone."""
_WIDTHS: Final = {
    0.28: "ijlIJ",
    0.32: " .,’'·|",
    0.4: "ftr()[]:;/-!",
    0.53: "csz°–",
    0.6: "aeovxykgTFPLY",
    0.64: "bdhnpqu0123456789ESéèêà?«»ÉÈÀ",
    0.7: "ABCKRVXZ",
    0.78: "DGHNOQU",
    0.84: "w+−=≤≥×→↓↑~<>",
    0.99: "mMW%",
}
_WIDTH: Final = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_BOLD: Final = 1.13
_LEANS: Final = (":", ";", "!", "?", "»")
"""Marks that never begin a line: French puts a space before them."""
_UNIT: Final = re.compile(r"(\d) (V|A|Ah|kg|mm|m|s|%|°C|cells|cellules|AWG)\b")
"""A figure and its unit stay together."""


def width_of(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Give the width of a line of text, in the unit of its size; rather too much than too little."""
    return sum(_WIDTH.get(letter, 0.66) for letter in text) * size * (_BOLD if bold else 1.0)


def wrapped(text: str, width: float, size: float = TEXT, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than ``width``; a word that is wider by itself keeps its line."""
    lines: list[str] = []
    for word in re.findall(r"[^ \n]+", _UNIT.sub("\\1\u00a0\\2", text)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (width_of(longer, size, bold=bold) <= width or word in _LEANS):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

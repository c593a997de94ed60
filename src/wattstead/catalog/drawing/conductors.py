"""Lines of a drawing by what runs in them: told apart by their dashes and widths, and by colour where there is one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wattstead.catalog.drawing.canvas import MARGIN, WIDTH, Canvas, Point
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT, width_of


class Conductor(StrEnum):
    """What runs in a line: energy first, then signals."""

    PLUS = "plus"
    MINUS = "minus"
    DC = "dc"
    AC = "ac"
    EARTH = "earth"
    LINE = "line"
    NEUTRAL = "neutral"
    CELL = "cell"
    CAN = "can"
    RS485 = "rs485"
    CT = "ct"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class _Look:
    """width, dashes: in units of the sheet. colour: dark enough on white, light enough on black."""

    width: float
    colour: str = "currentColor"
    dashes: str = ""


_LOOKS: Final = {
    Conductor.PLUS: _Look(3.5, "#dc5317"),
    Conductor.MINUS: _Look(3.5),
    Conductor.DC: _Look(3.5, "#dc5317"),
    Conductor.AC: _Look(3.5, "#457ce6", "13 3"),
    Conductor.EARTH: _Look(2.5, "#45994a", "9 2 2 2"),
    Conductor.LINE: _Look(2.5, "#457ce6", "13 3"),
    Conductor.NEUTRAL: _Look(2.5, "#457ce6", "5 3"),
    Conductor.CELL: _Look(1.5),
    Conductor.CAN: _Look(2, "#129a80", "6 3"),
    Conductor.RS485: _Look(2, "#b14fb9", "2 3"),
    Conductor.CT: _Look(2, "#129a80", "8 3 2 3"),
    Conductor.DATA: _Look(2, "#b14fb9", "2 3"),
}
_SAMPLE: Final = 34.0
_ROW: Final = 19.0


def run(canvas: Canvas, kind: Conductor, points: Sequence[Point]) -> None:
    """Draw a line of a kind."""
    look = _LOOKS[kind]
    more: dict[str, str | float] = {"stroke_dasharray": look.dashes} if look.dashes else {}
    canvas.path(points, class_=f"wire-{kind}", stroke=look.colour, stroke_width=look.width, **more)


def legend(canvas: Canvas, labels: Labels, kinds: Iterable[Conductor]) -> None:
    """Say below the drawing what the lines are, in the order of Conductor, two in a row where there is room."""
    used = set(kinds)
    x, half = MARGIN, (WIDTH - MARGIN) / 2
    canvas.gap(6)
    for kind in (one for one in Conductor if one in used):
        text = labels.say(f"conductor_{kind}")
        wide = width_of(text) + _SAMPLE + 12 > half - MARGIN
        if wide and x > MARGIN:
            canvas.y, x = canvas.y + _ROW, MARGIN
        run(canvas, kind, [(x, canvas.y + _ROW / 2), (x + _SAMPLE, canvas.y + _ROW / 2)])
        canvas.text(x + _SAMPLE + 8, canvas.y + _ROW / 2 + TEXT * 0.36, text)
        if wide or x > MARGIN:
            canvas.y, x = canvas.y + _ROW, MARGIN
        else:
            x = half + MARGIN / 2
    if x > MARGIN:
        canvas.y += _ROW

"""Signs of the things in a plan, in line with each other: 40 wide, 30 high, drawn around a point."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from wattstead.catalog.drawing.canvas import Canvas


class Icon(StrEnum):
    """Things that have a sign."""

    PV = "pv"
    BATTERY = "battery"
    INVERTER = "inverter"
    GRID = "grid"
    HOUSE = "house"
    BACKUP = "backup"
    BREAKER = "breaker"
    METER = "meter"
    CT = "ct"
    BOARD = "board"
    SWITCHOVER = "switchover"
    BUSBAR = "busbar"


def icon(canvas: Canvas, sign: Icon, x: float, y: float) -> None:
    """Draw a sign with its middle at x, y."""
    _SIGNS[sign](canvas, x, y)


def _pv(canvas: Canvas, x: float, y: float) -> None:
    canvas.path([(x - 12, y - 12), (x + 20, y - 12), (x + 12, y + 12), (x - 20, y + 12), (x - 12, y - 12)])
    for share in (1 / 3, 2 / 3):
        left = x - 12 + 32 * share
        canvas.path([(left, y - 12), (left - 8, y + 12)], stroke_width=1.2)
    canvas.path([(x - 16, y), (x + 16, y)], stroke_width=1.2)


def _battery(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 18, y - 10, 34, 22, rx=3)
    canvas.add("rect", x=x + 16, y=y - 4, width=4, height=10, rx=1)
    for k in range(3):
        canvas.add("rect", x=x - 14 + 9.5 * k, y=y - 6, width=6.5, height=14, rx=1)


def _inverter(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 16, y - 14, 32, 28, rx=3)
    canvas.path([(x - 16, y + 14), (x + 16, y - 14)], stroke_width=1.2)
    for k in (0, 4):
        canvas.path([(x - 12, y - 9 + k), (x - 2, y - 9 + k)], stroke_width=1.6)
    canvas.add(
        "path",
        d=f"M{x + 1:g} {y + 8:g} q3 -7 6 0 q3 7 6 0",
        fill="none",
        stroke="currentColor",
        stroke_width=1.6,
    )


def _grid(canvas: Canvas, x: float, y: float) -> None:
    canvas.path([(x - 9, y + 15), (x - 3, y - 15), (x + 3, y - 15), (x + 9, y + 15)])
    for half, height in ((14, -8), (11, 0)):
        canvas.path([(x - half, y + height), (x + half, y + height)])
    canvas.path([(x - 6.5, y + 3), (x + 8, y + 11)], stroke_width=1.2)
    canvas.path([(x + 6.5, y + 3), (x - 8, y + 11)], stroke_width=1.2)


def _house(canvas: Canvas, x: float, y: float) -> None:
    canvas.path([(x - 19, y), (x, y - 15), (x + 19, y)])
    canvas.path([(x - 14, y - 3.5), (x - 14, y + 14), (x + 14, y + 14), (x + 14, y - 3.5)])
    canvas.box(x - 4, y + 3, 8, 11, rx=1, stroke_width=1.2)


def _backup(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y - 4, 9.5, fill="none", stroke="currentColor", stroke_width=1.5)
    canvas.path([(x - 4, y - 5), (x, y), (x + 4, y - 5)], stroke_width=1.2)
    canvas.path([(x - 4, y + 9), (x + 4, y + 9)])
    canvas.path([(x - 3, y + 13), (x + 3, y + 13)])


def _breaker(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 13, y - 15, 26, 30, rx=3)
    canvas.path([(x, y - 11), (x, y - 5)], stroke_width=1.6)
    canvas.path([(x - 7, y - 6), (x, y + 5), (x, y + 11)], stroke_width=1.6)
    canvas.path([(x - 2.5, y - 7.5), (x + 2.5, y - 2.5)], stroke_width=1.2)
    canvas.path([(x + 2.5, y - 7.5), (x - 2.5, y - 2.5)], stroke_width=1.2)


def _meter(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 17, y - 14, 34, 28, rx=3)
    canvas.box(x - 12, y - 9, 24, 9, rx=1, stroke_width=1.2)
    for k in range(4):
        canvas.circle(x - 10.5 + 7 * k, y + 8, 2)


def _ct(canvas: Canvas, x: float, y: float) -> None:
    for radius in (13, 7):
        canvas.circle(x, y, radius, fill="none", stroke="currentColor", stroke_width=1.5)


def _board(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 18, y - 13, 36, 26, rx=3)
    for k in range(4):
        canvas.box(x - 14 + 7.3 * k, y - 6, 5.5, 12, rx=1, stroke_width=1.2)


def _switchover(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 17, y - 14, 34, 28, rx=3)
    canvas.circle(x - 9, y - 7, 2.2)
    canvas.circle(x - 9, y + 7, 2.2)
    canvas.circle(x + 9, y, 2.2)
    canvas.path([(x + 9, y), (x - 7, y - 6.5)], stroke_width=1.6)


def _busbar(canvas: Canvas, x: float, y: float) -> None:
    canvas.box(x - 19, y - 13, 38, 26, rx=3)
    for height in (-5, 5):
        canvas.path([(x - 14, y + height), (x + 14, y + height)], stroke_width=2.5)


_SIGNS: Final[Mapping[Icon, Callable[[Canvas, float, float], None]]] = {
    Icon.PV: _pv,
    Icon.BATTERY: _battery,
    Icon.INVERTER: _inverter,
    Icon.GRID: _grid,
    Icon.HOUSE: _house,
    Icon.BACKUP: _backup,
    Icon.BREAKER: _breaker,
    Icon.METER: _meter,
    Icon.CT: _ct,
    Icon.BOARD: _board,
    Icon.SWITCHOVER: _switchover,
    Icon.BUSBAR: _busbar,
}

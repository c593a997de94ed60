"""Pictures of the ways to connect an AURA, put together from what stands in the house."""

from collections.abc import Iterator
from typing import Final

from wattstead.catalog.drawing.canvas import Canvas, Point
from wattstead.catalog.drawing.conductors import Conductor, legend, run
from wattstead.catalog.drawing.icons import Icon, icon
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT, wrapped
from wattstead.catalog.topologies import Topology

_LEFT, _MIDDLE, _RIGHT = 62.0, 180.0, 298.0
_WIDE, _TALL = 94.0, 74.0
_PV, _MAKERS, _BOARD, _ENDS = 0.0, 110.0, 232.0, 366.0
"""Tops of the rows: panels, what makes and stores, the board of the house, what uses and gives."""
_BUS: Final = 46.0
_TAKES: Final = _MIDDLE - 14
"""Where the inverter and the grid meet the board."""


def topology_plan(name: str, labels: Labels, home: Topology) -> Canvas:
    """Draw one way to connect it."""
    canvas = Canvas(name, labels.lang, labels.of(home.title), labels.of(home.summary))
    top = canvas.y + 6 - (0 if home.pv_on_aura or home.existing_pv else _MAKERS - 2)
    kinds = [_line(canvas, top, kind, points) for kind, points in _lines(home)]
    for at, sign, word in _things(home):
        _thing(canvas, labels, (at[0], top + at[1]), sign, word)
    _board(canvas, labels, top)
    _sensor(canvas, labels, top)
    canvas.y = top + _ENDS + _TALL + 4
    legend(canvas, labels, kinds)
    for note in home.notes:
        canvas.bullet(labels.of(note))
    return canvas


def _things(home: Topology) -> Iterator[tuple[Point, Icon, str]]:
    if home.pv_on_aura:
        yield (_MIDDLE, _PV), Icon.PV, "pv_on_aura"
    if home.existing_pv:
        yield (_LEFT, _PV), Icon.PV, "existing_pv"
        yield (_LEFT, _MAKERS), Icon.INVERTER, "existing_inverter"
    yield (_MIDDLE, _MAKERS), Icon.INVERTER, "aura"
    yield (_RIGHT, _MAKERS), Icon.BATTERY, "batteries"
    yield (_LEFT, _ENDS), Icon.HOUSE, "loads"
    yield (_MIDDLE, _ENDS), Icon.GRID, "grid"
    if home.backup:
        yield (_RIGHT, _BOARD - 14), Icon.SWITCHOVER, "backup_box"
        yield (_RIGHT, _ENDS), Icon.BACKUP, "backup_loads"


def _lines(home: Topology) -> Iterator[tuple[Conductor, list[Point]]]:
    below = _MAKERS + _TALL
    if home.pv_on_aura:
        yield Conductor.DC, [(_MIDDLE, _PV + _TALL), (_MIDDLE, _MAKERS)]
    if home.existing_pv:
        yield Conductor.DC, [(_LEFT, _PV + _TALL), (_LEFT, _MAKERS)]
        yield Conductor.AC, [(_LEFT, below), (_LEFT, _BOARD)]
    yield Conductor.DC, [(_MIDDLE + _WIDE / 2, _MAKERS + 26), (_RIGHT - _WIDE / 2, _MAKERS + 26)]
    yield Conductor.DATA, [(_MIDDLE + _WIDE / 2, _MAKERS + 46), (_RIGHT - _WIDE / 2, _MAKERS + 46)]
    yield Conductor.AC, [(_TAKES, below), (_TAKES, _BOARD)]
    yield Conductor.AC, [(_LEFT, _BOARD + _BUS), (_LEFT, _ENDS)]
    yield Conductor.AC, [(_TAKES, _BOARD + _BUS), (_TAKES, _ENDS)]
    if home.backup:
        yield (
            Conductor.AC,
            [(_MIDDLE + 40, below), (_MIDDLE + 40, below + 18), (_RIGHT, below + 18), (_RIGHT, _BOARD - 14)],
        )
        yield Conductor.AC, [(_MIDDLE + 6, _BOARD + _BUS / 2), (_RIGHT - _WIDE / 2, _BOARD + _BUS / 2)]
        yield Conductor.AC, [(_RIGHT, _BOARD - 14 + _TALL), (_RIGHT, _ENDS)]
    sensor = _BOARD + _BUS + 44
    yield Conductor.CT, [(_TAKES + 13, sensor), (_MIDDLE + 22, sensor), (_MIDDLE + 22, below)]


def _line(canvas: Canvas, top: float, kind: Conductor, points: list[Point]) -> Conductor:
    run(canvas, kind, [(x, top + y) for x, y in points])
    return kind


def _thing(canvas: Canvas, labels: Labels, at: Point, sign: Icon, word: str) -> None:
    x, y = at
    canvas.tinted(x - _WIDE / 2, y, _WIDE, _TALL)
    lines = wrapped(labels.say(word), _WIDE - 4)
    start = y + (_TALL - 34 - len(lines) * TEXT * 1.25) / 2
    icon(canvas, sign, x, start + 17)
    canvas.lines(x, start + 34 + TEXT * 0.95, lines, anchor="middle")


def _board(canvas: Canvas, labels: Labels, top: float) -> None:
    left = _LEFT - _WIDE / 2
    canvas.tinted(left, top + _BOARD, _MIDDLE + 6 - left, _BUS)
    icon(canvas, Icon.BOARD, left + 30, top + _BOARD + _BUS / 2)
    canvas.text(left + 60, top + _BOARD + _BUS / 2 + 4, labels.say("home_board"))


def _sensor(canvas: Canvas, labels: Labels, top: float) -> None:
    """The sensor sits above all that makes power: what passes there is what the house takes from the grid or gives."""
    y = top + _BOARD + _BUS + 44
    icon(canvas, Icon.CT, _TAKES, y)
    lines = wrapped(labels.say("sensor"), 78)
    canvas.lines(_TAKES - 18, y + 4 - (len(lines) - 1) * 8, lines, anchor="end")

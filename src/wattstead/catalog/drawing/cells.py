"""Which sense wire goes to which cell: for all sixteen cells, or for fewer by the rule of the data sheet."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from wattstead.catalog.drawing.canvas import MARGIN, WIDTH, Canvas
from wattstead.catalog.drawing.conductors import Conductor, run
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT
from wattstead.catalog.drawing.sockets import number_mark

MOST: Final = 16
FEWEST: Final = 8
PLUGS: Final[Mapping[str, Sequence[str]]] = {
    "JA1": ("BB-", *(f"B{n}" for n in range(9))),
    "JA2": (*(f"B{n}" for n in range(9, 17)), "BB+"),
}
"""Wires of the two plugs in the order of their pins (PWS-15)."""
_ROW: Final = 24.0
_BASE: Final = TEXT * 0.36
_PINS: Final = MARGIN + 18
_NAMES: Final = MARGIN + 42
_CELLS: Final = WIDTH - MARGIN - 88


def node_of(wire: str, cells: int) -> int:
    """Give the cell at whose plus pole a wire ends; 0 is the minus pole of the first cell.

    wire: such as B9. cells: in series, 8 to 16. What would go to a cell that is not there goes to the last one.
    """
    number = {"BB-": 0, "BB+": MOST}.get(wire)
    return min(int(wire[1:]) if number is None else number, cells)


def cells(canvas: Canvas, labels: Labels, plugs: Sequence[str], count: int) -> None:
    """Draw the plugs on the left, the cells in a row on the right, and the wires between them."""
    top = canvas.y + 6
    canvas.text(MARGIN, top + TEXT, labels.say("board_plug"), bold=True)
    canvas.text(WIDTH - MARGIN, top + TEXT, labels.say("cells_in_series"), anchor="end", bold=True)
    rows = _pins(canvas, plugs, top + TEXT + 10)
    nodes = _nodes(rows, count)
    _stack(canvas, labels, nodes)
    _wires(canvas, rows, nodes, count)
    canvas.y = max(rows.values()) + _ROW
    canvas.bullet(labels.say("cell_sign"))


def _pins(canvas: Canvas, plugs: Sequence[str], y: float) -> dict[str, float]:
    """Draw the plugs. Gives the height of each wire."""
    rows: dict[str, float] = {}
    for plug in plugs:
        y += TEXT + 4
        canvas.text(MARGIN, y, plug, bold=True)
        y += 6
        canvas.tinted(MARGIN, y, 36, _ROW * len(PLUGS[plug]) + 6)
        for number, wire in enumerate(PLUGS[plug], 1):
            rows[wire] = y + 3 + _ROW * (number - 0.5)
            number_mark(canvas, _PINS, rows[wire], number, filled=True)
            canvas.text(_NAMES, rows[wire] + _BASE, wire.replace("-", "−"), bold=True)
        y += _ROW * len(PLUGS[plug]) + 6
    return rows


def _nodes(rows: Mapping[str, float], count: int) -> dict[int, float]:
    """Give the height of each pole: that of its own wire. A plug alone has its own cells and the pole below them."""
    nodes = {node_of(wire, MOST): y for wire, y in rows.items() if wire[1:].isdigit() and node_of(wire, MOST) <= count}
    first = min(nodes)
    return nodes if first == 0 else {first - 1: nodes[first] - _ROW, **nodes}


def _stack(canvas: Canvas, labels: Labels, nodes: Mapping[int, float]) -> None:
    """Draw the cells as a circuit does: a short thick bar is the minus pole, a long thin one the plus pole."""
    order = sorted(nodes)
    for above, cell in pairwise(order):
        start, end = nodes[above], nodes[cell]
        middle = (start + end) / 2
        canvas.path([(_CELLS, start), (_CELLS, middle - 3)])
        canvas.path([(_CELLS, middle + 3), (_CELLS, end)])
        canvas.path([(_CELLS - 7, middle - 3), (_CELLS + 7, middle - 3)], stroke_width=3.5)
        canvas.path([(_CELLS - 15, middle + 3), (_CELLS + 15, middle + 3)], stroke_width=1.5)
        canvas.text(_CELLS + 30, middle + _BASE, labels.say("cell", n=cell))
    for node, sign, up in ((order[0], "−", -1), (order[-1], "+", 1)):
        canvas.path([(_CELLS, nodes[node]), (_CELLS, nodes[node] + 10 * up)])
        canvas.text(_CELLS + 10, nodes[node] + 4 + 9 * up, sign, bold=True, size=14)


def _wires(canvas: Canvas, rows: Mapping[str, float], nodes: Mapping[int, float], count: int) -> None:
    """Draw straight wires to poles of their own; several that share a pole meet at the pole itself."""
    start = _NAMES + 36
    shared: dict[float, list[float]] = {}
    for wire, y in rows.items():
        node = nodes[node_of(wire, count)]
        run(canvas, Conductor.CELL, [(start, y), (_CELLS, y)])
        if node == y:
            canvas.circle(_CELLS, y, 3)
        else:
            shared.setdefault(node, [node]).append(y)
    for ends in shared.values():
        run(canvas, Conductor.CELL, [(_CELLS, min(ends)), (_CELLS, max(ends))])

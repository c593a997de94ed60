"""RJ45 sockets as one looks into them, and the cables between them."""

from collections.abc import Sequence

from wattstead.catalog.drawing.canvas import MARGIN, WIDTH, Canvas
from wattstead.catalog.drawing.conductors import run
from wattstead.catalog.drawing.drawing_spec import CableSpec, PinSpec, SocketSpec
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT, width_of, wrapped

_ROW = 22.0
_BASE = TEXT * 0.36
"""From the middle of a line to its base."""


def socket(canvas: Canvas, labels: Labels, spec: SocketSpec) -> None:
    """Draw the socket, its latch below, and its contacts as a list."""
    _face(canvas, [pin.name is not None for pin in spec.pins])
    canvas.paragraph(labels.say("looking_in"))
    canvas.gap(8)
    pin_list(canvas, labels, spec.pins)


def _face(canvas: Canvas, used: Sequence[bool]) -> None:
    """Pin 1 is on the left when the latch is below: so IEC 60603-7 counts, as one looks into the socket."""
    top, left = canvas.y + 8, 70.0
    canvas.tinted(left, top, 220, 134, rx=10)
    down = [(90, 22), (90, 90), (135, 90), (135, 106), (150, 106), (150, 120)]
    cavity = [*down, *((WIDTH - x, y) for x, y in reversed(down))]
    canvas.path([*((x, top + y) for x, y in cavity), (90, top + 22)])
    for number in range(1, 9):
        x = 101.25 + 22.5 * (number - 1)
        filled = used[number - 1]
        canvas.add(
            "rect",
            x=x - 4.5,
            y=top + 22,
            width=9,
            height=36,
            fill="currentColor" if filled else "none",
            stroke="currentColor",
            stroke_width=1.2,
        )
        canvas.text(x, top + 76, f"{number}", anchor="middle", size=13, bold=filled)
    canvas.area([(95, top + 5), (107.5, top + 5), (101.25, top + 17)])  # pin 1
    canvas.y = top + 134 + 6


def pin_list(canvas: Canvas, labels: Labels, pins: Sequence[PinSpec]) -> None:
    """Write the pins below each other: number, name, what it is; empty ones say so."""
    name_x = MARGIN + 28
    longest = max(width_of(pin.name or "", bold=True) for pin in pins)
    text_x = name_x + max(longest, 40) + 12
    for number, pin in enumerate(pins, 1):
        text = labels.of(pin.text) if pin.text else ""
        lines = wrapped(text, WIDTH - MARGIN - text_x) or [""]
        middle = canvas.y + _ROW / 2
        number_mark(canvas, MARGIN + 10, middle, number, filled=pin.name is not None)
        if pin.name is None:
            canvas.text(name_x, middle + _BASE, labels.say("empty"), fill_opacity=0.75)
        else:
            canvas.text(name_x, middle + _BASE, pin.name, bold=True)
            canvas.lines(text_x, middle + _BASE, lines)
        canvas.y += _ROW + (len(lines) - 1) * TEXT * 1.35


def number_mark(canvas: Canvas, x: float, y: float, number: int, *, filled: bool) -> None:
    """Draw a number in a ring; a strong one where something is connected."""
    canvas.circle(x, y, 10, fill="none", stroke="currentColor", stroke_width=2.2 if filled else 0.9)
    size = TEXT if number < 10 else 11.0
    canvas.text(x, y + size * 0.36, f"{number}", anchor="middle", size=size, bold=filled)


def cable(canvas: Canvas, labels: Labels, spec: CableSpec) -> None:
    """Draw both ends of a cable with all eight places of a plug, and the wires between them."""
    top = canvas.y + 6
    left, right = MARGIN + 44, WIDTH - MARGIN - 44
    open_end = all(wire.to is None for wire in spec.wires)
    deep = max(_heading(canvas, labels.of(text), x, top) for text, x in ((spec.left, left), (spec.right, right)))
    start = top + deep + 4
    rows = 8 * _CABLE_ROW + 12
    canvas.tinted(left - 24, start, 48, rows)
    canvas.tinted(right - 24, start, 48, rows)
    by_pin = {wire.pin: wire for wire in spec.wires}
    for pin in range(1, 9):
        y = start + 6 + _CABLE_ROW * (pin - 0.5)
        wire = by_pin.get(pin)
        number_mark(canvas, left, y, pin, filled=wire is not None)
        if not open_end:
            number_mark(canvas, right, y, pin, filled=any(one.to == pin for one in spec.wires))
        if wire is None:
            continue
        end = right if wire.to is None else right - 10
        there = y if wire.to is None else start + 6 + _CABLE_ROW * (wire.to - 0.5)
        run(canvas, wire.kind, [(left + 10, y), (left + 34, y), (right - 34, there), (end, there)])
        _wire_words(canvas, labels, spec, pin, y)
    if open_end:
        canvas.text(right, start + rows / 2 + 6, "?", anchor="middle", size=26, bold=True)
    canvas.y = start + rows + 6


_CABLE_ROW = 30.0


def _heading(canvas: Canvas, text: str, x: float, top: float) -> float:
    lines = wrapped(text, 128, bold=True)
    middle = min(max(x, MARGIN + 64), WIDTH - MARGIN - 64)
    canvas.lines(middle, top + TEXT, lines, anchor="middle", bold=True)
    return len(lines) * TEXT * 1.35


def _wire_words(canvas: Canvas, labels: Labels, spec: CableSpec, pin: int, y: float) -> None:
    wire = next(one for one in spec.wires if one.pin == pin)
    words = [one for one in (wire.left, labels.of(wire.text) if wire.text else None) if one]
    if wire.right and wire.right != wire.left:
        words.insert(1, f"→ {wire.right}")
    canvas.text(WIDTH / 2, y - 5, " ".join(words), anchor="middle")

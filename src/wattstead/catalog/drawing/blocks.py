"""Plugs of a board, small switches, and the order in which things are joined."""

from wattstead.catalog.drawing.canvas import MARGIN, WIDTH, Canvas
from wattstead.catalog.drawing.drawing_spec import OrderSpec, RibbonSpec, StripSpec, SwitchesSpec
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT, width_of, wrapped
from wattstead.catalog.drawing.sockets import number_mark

_BASE = TEXT * 0.36
_MANY = 8
"""Rows of switches beyond which they stand in two columns."""
SwitchRow = tuple[str, frozenset[int]]
"""What the switches mean, and which of them are on."""


def strip(canvas: Canvas, labels: Labels, spec: StripSpec) -> None:
    """Draw a plug with its pins below each other."""
    row, top = 30.0, canvas.y + 8
    canvas.tinted(MARGIN, top, 40, row * len(spec.pins) + 8)
    longest = max(width_of(pin.name or "", bold=True) for pin in spec.pins)
    text_x = MARGIN + 84 + longest + 10
    y = top + 4
    for number, pin in enumerate(spec.pins, 1):
        middle = y + row / 2
        number_mark(canvas, MARGIN + 20, middle, number, filled=pin.name is not None)
        canvas.path([(MARGIN + 30, middle), (MARGIN + 76, middle)])
        canvas.text(MARGIN + 84, middle + _BASE, pin.name or labels.say("empty"), bold=pin.name is not None)
        if pin.text:
            lines = wrapped(labels.of(pin.text), WIDTH - MARGIN - text_x)
            canvas.lines(text_x, middle + _BASE - (len(lines) - 1) * TEXT * 0.67, lines)
        y += row
    canvas.y = y + 10


def ribbon(canvas: Canvas, labels: Labels, spec: RibbonSpec) -> None:
    """Draw which pin here is which pin there, line by line."""
    row, top = 23.0, canvas.y + 6
    left, right = MARGIN + 30, WIDTH - MARGIN - 30
    for end, x in ((spec.left, left), (spec.right, right)):
        canvas.text(x, top + TEXT, labels.of(end), anchor="middle", bold=True)
    y = top + TEXT + 8
    canvas.tinted(left - 20, y, 40, row * len(spec.links) + 6)
    canvas.tinted(right - 20, y, 40, row * len(spec.links) + 6)
    y += 3
    for here, there, signal in spec.links:
        middle, filled = y + row / 2, bool(signal)
        number_mark(canvas, left, middle, here, filled=filled)
        number_mark(canvas, right, middle, there, filled=filled)
        text = signal or labels.say("empty")
        half = width_of(text, bold=filled) / 2 + 8
        for near, far in ((left + 10, WIDTH / 2 - half), (WIDTH / 2 + half, right - 10)):
            canvas.path([(near, middle), (far, middle)], stroke_width=1.5 if filled else 0.7)
        canvas.text(WIDTH / 2, middle + _BASE, text, anchor="middle", bold=filled, fill_opacity=1 if filled else 0.75)
        y += row
    canvas.y = y + 8


def switches(canvas: Canvas, labels: Labels, spec: SwitchesSpec) -> None:
    """Draw a block for each row, what it means beside it."""
    canvas.paragraph(labels.say("switch_up"))
    canvas.gap(6)
    step = 18.0 if spec.count > 4 else 22.0
    width = step * spec.count + 8
    rows, free = switch_rows(labels, spec), frozenset(spec.free)
    if len(rows) > _MANY:
        _in_two_columns(canvas, rows, (spec.count, step), free)
        return
    left = min(WIDTH - MARGIN - width, MARGIN + 170)
    for text, on in rows:
        lines = wrapped(text, left - MARGIN - 12)
        height = max(48.0, len(lines) * TEXT * 1.35 + 10)
        _block(canvas, left, canvas.y, (spec.count, step), on, free)
        first = canvas.y + 22 + _BASE - (len(lines) - 1) * TEXT * 0.67
        canvas.lines(MARGIN, first, lines)
        canvas.y += height


def _in_two_columns(canvas: Canvas, rows: list[SwitchRow], form: tuple[int, float], free: frozenset[int]) -> None:
    """Draw many rows in two columns, read downwards, each with its text above it."""
    deep, top, height = (len(rows) + 1) // 2, canvas.y, 66.0
    for k, (text, on) in enumerate(rows):
        x = MARGIN if k < deep else WIDTH / 2 + 8
        y = top + (k % deep) * height
        canvas.text(x, y + TEXT, text, bold=True)
        _block(canvas, x, y + TEXT + 5, form, on, free)
    canvas.y = top + deep * height


def switch_rows(labels: Labels, spec: SwitchesSpec) -> list[SwitchRow]:
    """Give each row: what it means, and the switches that are on."""
    rows = [(labels.of(row.text), frozenset(row.on)) for row in spec.rows]
    if spec.rule is not None:
        rule, text = spec.rule, labels.of(spec.rule.text)
        for number in range(rule.first, rule.last + 1):
            coded = number - rule.less
            rows.append((text.format(n=number), frozenset(s for k, s in enumerate(rule.bits) if coded >> k & 1)))
    return rows


def _block(
    canvas: Canvas, x: float, y: float, form: tuple[int, float], on: frozenset[int], free: frozenset[int]
) -> None:
    count, step = form
    canvas.tinted(x, y, step * count + 8, 28, rx=4)
    for number in range(1, count + 1):
        middle = x + 4 + step * (number - 0.5)
        canvas.box(middle - 5, y + 4, 10, 20, rx=2, stroke_width=1)
        if number in free:
            canvas.text(middle, y + 14 + _BASE, "×", anchor="middle", size=12)  # either way
        else:
            canvas.add("rect", x=middle - 5, y=y + (4 if number in on else 14), width=10, height=10, rx=2)
        canvas.text(middle, y + 40, f"{number}", anchor="middle")


def order(canvas: Canvas, labels: Labels, spec: OrderSpec) -> None:
    """Draw the chain of plugs, with an arrow down for joining and one up for taking apart."""
    top, rail = canvas.y + 4, 30.0
    for text, x, anchor in (("assemble", MARGIN, "start"), ("take_apart", WIDTH - MARGIN, "end")):
        canvas.text(x, top + TEXT, labels.say(text), anchor="end" if anchor == "end" else "start", bold=True)
    y = top + TEXT + 14
    first = y
    for number, step in enumerate(spec.steps, 1):
        lines = wrapped(labels.of(step.text), 164)
        height = max(34.0, len(lines) * TEXT * 1.35 + 12)
        middle = y + height / 2
        canvas.tinted(
            MARGIN + rail, y, WIDTH - 2 * MARGIN - 2 * rail, height, stroke_dasharray="5 3" if step.optional else "none"
        )
        number_mark(canvas, MARGIN + rail + 18, middle, number, filled=True)
        canvas.text(MARGIN + rail + 36, middle + _BASE, step.name, bold=True)
        canvas.lines(MARGIN + rail + 98, middle + _BASE - (len(lines) - 1) * TEXT * 0.67, lines)
        y += height + 8
    arrow(canvas, MARGIN + 12, first, y - 8)
    arrow(canvas, WIDTH - MARGIN - 12, y - 8, first)
    canvas.y = y


def arrow(canvas: Canvas, x: float, start: float, end: float) -> None:
    """Draw an upright arrow."""
    tip = 10 if end > start else -10
    canvas.path([(x, start), (x, end - tip)], stroke_width=2.5)
    canvas.area([(x - 7, end - tip), (x + 7, end - tip), (x, end)])

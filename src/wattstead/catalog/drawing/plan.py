"""Wiring plans: things with their signs, and the lines between them."""

from math import hypot

from wattstead.catalog.drawing.canvas import Canvas, Point
from wattstead.catalog.drawing.conductors import legend, run
from wattstead.catalog.drawing.drawing_spec import MeasureSpec, NodeSpec, PlanSpec, RemarkSpec
from wattstead.catalog.drawing.icons import icon
from wattstead.catalog.drawing.labels import Labels
from wattstead.catalog.drawing.lettering import TEXT, wrapped

_SIGN = 36.0
"""Height that a sign takes in its frame."""


def plan(canvas: Canvas, labels: Labels, spec: PlanSpec) -> None:
    """Draw a plan: lines first, so that frames and texts lie above them."""
    top = canvas.y + 4
    for line in spec.runs:
        run(canvas, line.kind, [(x, top + y) for x, y in line.path])
    for x, y in spec.dots:
        canvas.circle(x, top + y, 3.5)
    for start, end in spec.edges:
        _edge(canvas, (start[0], top + start[1]), (end[0], top + end[1]))
    for node in spec.nodes:
        _node(canvas, labels, node, top)
    for remark in spec.remarks:
        _remark(canvas, labels, remark, top)
    for measure in spec.measures:
        _measure(canvas, labels, measure, top)
    canvas.y = top + spec.height
    legend(canvas, labels, [line.kind for line in spec.runs])


def _node(canvas: Canvas, labels: Labels, node: NodeSpec, top: float) -> None:
    (x, y), (width, height) = node.at, node.size
    if not node.bare:
        canvas.tinted(x, top + y, width, height)
    lines = wrapped(labels.of(node.label), width - 6) if node.label else []
    tall = (_SIGN if node.icon else 0) + len(lines) * TEXT * 1.3
    start = top + y + (height - tall) / 2
    if node.icon:
        icon(canvas, node.icon, x + width / 2, start + _SIGN / 2 - 1)
        start += _SIGN
    canvas.lines(x + width / 2, start + TEXT, lines, anchor="middle")


def _remark(canvas: Canvas, labels: Labels, remark: RemarkSpec, top: float) -> None:
    lines = wrapped(labels.of(remark.text), remark.width, bold=remark.bold)
    canvas.lines(remark.at[0], top + remark.at[1], lines, anchor=remark.anchor, bold=remark.bold)


def _measure(canvas: Canvas, labels: Labels, measure: MeasureSpec, top: float) -> None:
    (x1, y1), (x2, y2) = ((x, top + y) for x, y in measure.path)
    canvas.path([(x1, y1), (x2, y2)], stroke_width=1)
    _tip(canvas, (x2, y2), (x1, y1))
    _tip(canvas, (x1, y1), (x2, y2))
    x, y = measure.text_at
    canvas.text(x, top + y, labels.of(measure.text), anchor=measure.anchor, bold=True)


def _edge(canvas: Canvas, start: Point, end: Point) -> None:
    """Draw a wall or a floor: a thick line, hatched on the right of its direction."""
    canvas.path([start, end], stroke_width=2.5)
    long = hypot(end[0] - start[0], end[1] - start[1])
    dx, dy = (end[0] - start[0]) / long, (end[1] - start[1]) / long
    for k in range(int(long // 12)):
        x, y = start[0] + dx * (12 * k + 10), start[1] + dy * (12 * k + 10)
        canvas.path([(x, y), (x - 8 * dx - 8 * dy, y - 8 * dy + 8 * dx)], stroke_width=0.9)


def _tip(canvas: Canvas, start: Point, end: Point) -> None:
    long = hypot(end[0] - start[0], end[1] - start[1])
    dx, dy = (end[0] - start[0]) / long, (end[1] - start[1]) / long
    back = (end[0] - 7 * dx, end[1] - 7 * dy)
    canvas.area([end, (back[0] - 3 * dy, back[1] + 3 * dx), (back[0] + 3 * dy, back[1] - 3 * dx)])

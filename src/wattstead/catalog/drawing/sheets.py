"""All drawings by name: those written as data (``words/drawings``), and those that a rule makes of a few figures."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from pydantic import ValidationError

from wattstead.catalog.drawing.blocks import order, ribbon, strip, switches
from wattstead.catalog.drawing.canvas import Canvas
from wattstead.catalog.drawing.cells import FEWEST, MOST, PLUGS, cells
from wattstead.catalog.drawing.drawing_spec import (
    DRAWING,
    AnyDrawing,
    CableSpec,
    CellsSpec,
    OrderSpec,
    PlanSpec,
    RibbonSpec,
    SocketSpec,
    StripSpec,
    SwitchesSpec,
)
from wattstead.catalog.drawing.labels import Labels, labels_in
from wattstead.catalog.drawing.plan import plan
from wattstead.catalog.drawing.sockets import cable, socket
from wattstead.catalog.drawing.topology_plan import topology_plan
from wattstead.catalog.mistakes import explain
from wattstead.catalog.topologies import topologies
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import read_toml
from wattstead.model.errors import UsageError

_SHARED: Final = "common.toml"
_KINDS: Final = ("socket", "strip", "ribbon", "cable", "switches", "order", "cells", "plan")
_PAGE: Final = "docs/drawings.md"


def draw(name: str, lang: str, *, paper: bool = False) -> str:
    """Draw one drawing: a whole SVG text. lang: of its texts.

    paper: black on white, for a file of its own; else in the colour of the text around it. Raises UsageError for a
    drawing or a language that there is not.
    """
    return _canvas(name, labels_in(lang)).svg(paper=paper)


def drawing_title(name: str, lang: str) -> str:
    """Give what a drawing shows, in a few words. Raises UsageError."""
    return _canvas(name, labels_in(lang)).title


def _canvas(name: str, labels: Labels) -> Canvas:
    if name in (known := _written()):
        return _sheet(name, labels, known[name])
    if name in (counted := _counted()):
        return _cells(name, labels, counted[name])
    if name in (homes := {f"topology-{one}": one for one in topologies()}):
        return topology_plan(name, labels, topologies()[homes[name]])
    hint = nearest(name, list(drawing_names()), "`wattstead guides drawings` lists them")
    raise UsageError(f"there is no drawing {name!r}; {hint}")


def drawing_names() -> tuple[str, ...]:
    """Names of all drawings, in alphabetical order; those that count in the order of their figures."""
    written = sorted(_written())
    return (*written, *_counted(), *(f"topology-{one}" for one in topologies()))


def written(name: str) -> AnyDrawing:
    """Give the data of a drawing that is written as data."""
    return _written()[name]


@cache
def _written() -> Mapping[str, AnyDrawing]:
    folder = files("wattstead") / "words" / "drawings"
    found: dict[str, AnyDrawing] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml") and file.name != _SHARED:
            found.update(read_drawings(file))
    return found


def read_drawings(file: Traversable) -> dict[str, AnyDrawing]:
    """Read a file of drawings, a table each. Raises ProfileError: file, place, what is wrong, what would be right."""
    where = Where(file.name)
    found: dict[str, AnyDrawing] = {}
    for name, table in read_toml(file).items():
        data = _frozen(table)
        kind = data.get("kind") if isinstance(data, dict) else None
        if kind not in _KINDS:
            raise where.inside(f"{name}, kind").wrong(f"{kind!r} stands there", f"write one of {', '.join(_KINDS)}")
        try:
            found[name] = DRAWING.validate_python(data)
        except ValidationError as error:
            raise explain(where.inside(name), data, error, _PAGE) from None
    return found


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _counted() -> dict[str, int]:
    """Drawings of packs of 8 to 16 cells, by name."""
    return {f"ps-20016s-{count}-cells": count for count in range(FEWEST, MOST + 1)}


def _sheet(name: str, labels: Labels, spec: AnyDrawing) -> Canvas:
    canvas = Canvas(name, labels.lang, labels.of(spec.title), labels.of(spec.description))
    _paint(canvas, labels, spec)
    canvas.gap(2)
    for note in spec.notes:
        canvas.bullet(labels.of(note))
    return canvas


def _paint(canvas: Canvas, labels: Labels, spec: AnyDrawing) -> None:
    match spec:
        case SocketSpec():
            socket(canvas, labels, spec)
        case StripSpec():
            strip(canvas, labels, spec)
        case RibbonSpec():
            ribbon(canvas, labels, spec)
        case CableSpec():
            cable(canvas, labels, spec)
        case SwitchesSpec():
            switches(canvas, labels, spec)
        case OrderSpec():
            order(canvas, labels, spec)
        case CellsSpec():
            cells(canvas, labels, spec.plugs, MOST if "JA2" in spec.plugs else FEWEST)
        case PlanSpec():
            plan(canvas, labels, spec)


def _cells(name: str, labels: Labels, count: int) -> Canvas:
    some = "cells_fewer" if count < MOST else "cells_all"
    title = labels.say("cells_title", n=count)
    canvas = Canvas(name, labels.lang, title, labels.say(f"{some}_description", n=count))
    cells(canvas, labels, tuple(PLUGS), count)
    canvas.bullet(labels.say("cells_first"))
    if count < MOST:
        canvas.bullet(labels.say("cells_fewer_rule", n=count, next=f"B{count + 1}" if count < MOST - 1 else "B16"))
        canvas.bullet(labels.say("cells_fewer_open"))
    return canvas

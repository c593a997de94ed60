"""A sheet to draw on: shapes and texts as SVG elements, from the top down, in units of a telephone's width."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from wattstead.catalog.drawing.lettering import TEXT, wrapped

WIDTH: Final = 360.0
MARGIN: Final = 14.0
TITLE: Final = 15.0
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_SPACE: Final = 1.35
"""Height of a line of text, in its size."""
Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class Canvas:
    """One drawing. y: how far down the sheet is filled. Colour is that of the text around it (``currentColor``)."""

    def __init__(self, name: str, lang: str, title: str, description: str) -> None:
        self.y = MARGIN
        self.title = title
        self._root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "drawing",
                "lang": lang,
                "role": "img",
                "aria-labelledby": f"{name}-title",
                "aria-describedby": f"{name}-desc",
                "font-family": _FONT,
                "fill": "currentColor",
            },
        )
        SubElement(self._root, "title", {"id": f"{name}-title"}).text = title
        SubElement(self._root, "desc", {"id": f"{name}-desc"}).text = description
        self.paragraph(title, size=TITLE, bold=True)
        self.gap(4)

    # Shapes.

    def add(self, tag: str, **attributes: str | float) -> Element:
        """Add an element; ``stroke_width`` is written stroke-width."""
        return SubElement(self._root, tag, {_key(key): _value(one) for key, one in attributes.items()})

    def box(self, x: float, y: float, width: float, height: float, **more: str | float) -> None:
        """Draw a frame with rounded corners; without a fill unless told."""
        look: dict[str, str | float] = {"rx": 6, "fill": "none", "stroke": "currentColor", "stroke_width": 1.5, **more}
        self.add("rect", x=x, y=y, width=width, height=height, **look)

    def tinted(self, x: float, y: float, width: float, height: float, **more: str | float) -> None:
        """Draw a frame with a light ground."""
        self.box(x, y, width, height, **{"fill": "currentColor", "fill_opacity": 0.06, **more})

    def path(self, points: Sequence[Point], **more: str | float) -> None:
        """Draw straight lines from point to point."""
        look: dict[str, str | float] = {"fill": "none", "stroke": "currentColor", "stroke_width": 1.5, **more}
        where = " ".join(f"{_value(x)},{_value(y)}" for x, y in points)
        self.add("polyline", points=where, stroke_linejoin="round", **look)

    def area(self, points: Sequence[Point], **more: str | float) -> None:
        """Fill the area between points."""
        self.add("polygon", points=" ".join(f"{_value(x)},{_value(y)}" for x, y in points), **more)

    def circle(self, x: float, y: float, radius: float, **more: str | float) -> None:
        """Draw a circle; filled with the colour of the text unless told."""
        self.add("circle", cx=x, cy=y, r=radius, **more)

    # Texts.

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: Anchor = "start",
        size: float = TEXT,
        bold: bool = False,
        **more: str | float,
    ) -> None:
        """Write one line. y: its base line."""
        look: dict[str, str | float] = {"font_size": size, **more}
        if anchor != "start":
            look["text_anchor"] = anchor
        if bold:
            look["font_weight"] = 700
        self.add("text", x=x, y=y, **look).text = text

    def lines(self, x: float, y: float, lines: Iterable[str], *, anchor: Anchor = "start", bold: bool = False) -> float:
        """Write lines below each other, the first with its base at y. Gives the base of a next one."""
        for line in lines:
            self.text(x, y, line, anchor=anchor, bold=bold)
            y += TEXT * _SPACE
        return y

    def paragraph(
        self, text: str, *, x: float = MARGIN, width: float | None = None, size: float = TEXT, bold: bool = False
    ) -> None:
        """Write a text below all that is there, over as many lines as it takes."""
        room = WIDTH - MARGIN - x if width is None else width
        for line in wrapped(text, room, size, bold=bold):
            self.y += size * _SPACE
            self.text(x, self.y - size * 0.3, line, size=size, bold=bold)

    def bullet(self, text: str) -> None:
        """Write a remark with a mark before it."""
        self.y += 4
        self.circle(MARGIN + 3, self.y + TEXT * 0.7, 2)
        self.paragraph(text, x=MARGIN + 13)

    def gap(self, height: float) -> None:
        """Leave room."""
        self.y += height

    # The whole.

    def svg(self, *, paper: bool) -> str:
        """Write the drawing. paper: on white with black ink, as a file by itself; else in the colours around it."""
        height = round(self.y + MARGIN)
        self._root.set("viewBox", f"0 0 {WIDTH:g} {height}")
        self._root.set("width", f"{WIDTH:g}")
        self._root.set("height", f"{height}")
        if paper:
            self._root.set("color", "#111")
            self._root.insert(2, Element("rect", {"width": f"{WIDTH:g}", "height": f"{height}", "fill": "#fff"}))
        return tostring(self._root, encoding="unicode") + "\n"


def _key(key: str) -> str:
    return re.sub("_", "-", key.rstrip("_"))


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"

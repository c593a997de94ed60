"""What a page is drawn from, and the few things of which all pages are made: rows, bars, blocks beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from wattstead.catalog.profile import Profile
from wattstead.catalog.shown import figure
from wattstead.catalog.words import quantity_labels, screen_words
from wattstead.host.lamps import Lamps
from wattstead.model.reading import Value, numbers
from wattstead.plant.latest import IDLE_A
from wattstead.tui.state import PackNow

NONE: Final = "—"
"""Stands where nothing was said yet; never a zero."""
OLD: Final = "dim"
LABEL: Final = ""
HEAD: Final = "bold"
BLOCK: Final = 36  # columns of a block at least
_GAP: Final = 3
_MOST_COLUMNS: Final = 3
_FULL, _EMPTY = "█", "░"

Lines = list[Text]


@dataclass(frozen=True)
class View:
    """What a page shows. width: columns of the terminal. now_ms: UTC. blink_s: since the screen was opened."""

    profile: Profile
    pack: PackNow
    lang: str
    now_ms: int
    width: int
    blink_s: float = 0.0
    lamps: Lamps | None = None

    def word(self, name: str) -> str:
        return word(name, self.lang)

    @property
    def reasons(self) -> Mapping[str, str]:
        """What noise was, in words, by its reason."""
        known = screen_words()
        return {name.removeprefix("noise_"): known[name][self.lang] for name in known if name.startswith("noise_")}

    @property
    def stale(self) -> bool:
        return self.pack.is_stale(self.now_ms)

    def value(self, name: str) -> Value | None:
        return self.pack.values.get(name)

    def label(self, name: str) -> str:
        return quantity_labels()[name][self.lang]

    def shown(self, name: str, *, unit: bool = True) -> Text:
        """Write a value: dim where it is old, with its age where the rest is younger."""
        if name not in self.pack.values:
            return Text(NONE, OLD)
        text = figure(name, self.pack.values[name], self.lang, unit=unit)
        if not self.pack.is_old(name, self.now_ms):
            return Text(text)
        told = Text(text, OLD)
        if not self.stale:
            told.append(f" ({age(self.now_ms - self.pack.told_ms[name])})")
        return told


def word(name: str, lang: str) -> str:
    """Give one of the pages' own words."""
    return screen_words()[name][lang]


def doing(values: Mapping[str, Value], lang: str) -> str:
    """Say where the current flows; NONE where it is not known."""
    current = numbers(values.get("pack_current_a"))
    if not current:
        return NONE
    if abs(current[0]) < IDLE_A:
        return word("at_rest", lang)
    return word("charging" if current[0] > 0 else "discharging", lang)


def age(ms: float) -> str:
    """Write how long ago: 4 s, 3 min, 2 h, 5 d."""
    seconds = max(0, int(ms // 1000))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def row(label: str, value: Text | str, width: int) -> Text:
    """Put a label at the left and its value at the right; the label gives way where both have no room."""
    shown = value if isinstance(value, Text) else Text(value)
    room = width - shown.cell_len - 1
    name = middle(label, room) if room > 0 else ""
    return Text.assemble((name, LABEL), " " * max(0, width - cell_len(name) - shown.cell_len), shown)


def middle(text: str, room: int) -> str:
    """Shorten a text in its middle: names that begin alike end otherwise."""
    if cell_len(text) <= room:
        return text
    if room < 2:
        return text[: max(0, room)]
    head = (room - 1 + 1) // 2
    return f"{text[:head]}…{text[len(text) - (room - 1 - head) :]}" if room - 1 - head else f"{text[:head]}…"


def cut(text: str, room: int) -> str:
    """Shorten a text at its end."""
    return text if cell_len(text) <= room else f"{text[: max(0, room - 1)]}…"


def bar(share: float, width: int) -> str:
    """Draw a share of 0 to 1."""
    lit = round(min(max(share, 0.0), 1.0) * width)
    return _FULL * lit + _EMPTY * (width - lit)


def head(text: str, width: int) -> Text:
    """Draw the title of a block."""
    return Text.assemble((text, HEAD), " ", ("─" * max(0, width - cell_len(text) - 1), "dim"))


def wrapped(text: str, width: int, style: str = "", indent: str = "") -> Lines:
    """Break a sentence into lines, and words only where they are longer. indent: of all lines but the first."""
    lines: list[str] = []
    for one in text.split():
        room = width - len(indent)
        if lines and cell_len(lines[-1]) + 1 + cell_len(one) <= (room if len(lines) > 1 else width):
            lines[-1] += f" {one}"
            continue
        while cell_len(one) > room:
            lines.append(one[:room])
            one = one[room:]
        lines.append(one)
    return [Text((indent if number else "") + line, style) for number, line in enumerate(lines)]


def columns(width: int) -> tuple[int, int]:
    """Give how many blocks stand beside each other, and the width of each."""
    count = max(1, min(_MOST_COLUMNS, (width + _GAP) // (BLOCK + _GAP)))
    return count, (width - _GAP * (count - 1)) // count


def beside(blocks: Sequence[Lines], width: int) -> Lines:
    """Lay blocks out in columns, in their order, each where the page is shortest; a free line between two."""
    count, each = columns(width)
    stacks: list[Lines] = [[] for _ in range(count)]
    for block in (one for one in blocks if one):
        stack = min(stacks, key=len)
        if stack:
            stack.append(Text())
        stack += block
    return joined(stacks, each)


def joined(stacks: Sequence[Lines], each: int) -> Lines:
    """Put columns of lines beside each other."""
    lines = []
    for place in range(max(map(len, stacks), default=0)):
        line = Text()
        for number, stack in enumerate(stacks):
            part = stack[place] if place < len(stack) else Text()
            if number:
                line.append(" " * max(0, number * (each + _GAP) - line.cell_len))
            line.append_text(part)
        line.rstrip()
        lines.append(line)
    return lines


def newspaper(rows: Sequence[Text], width: int) -> Lines:
    """Lay short rows out in columns, read down one and then the next."""
    count, each = columns(width)
    tall = -(-len(rows) // count) if rows else 0
    return joined([list(rows[start * tall : (start + 1) * tall]) for start in range(count)], each)

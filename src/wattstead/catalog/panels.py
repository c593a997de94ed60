"""LED panels: one table of data a device, from ``panels/``, loaded into objects of model."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from wattstead.catalog.mistakes import explain
from wattstead.catalog.shipped import panel_names as panel_names
from wattstead.catalog.spec_base import Bilingual, Sentence, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import read_toml
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.lamp import Lamp, Pattern, parse_pattern
from wattstead.model.panel import Panel, Row
from wattstead.model.panel_state import BOTH, Conditions, Doing, Power
from wattstead.model.protection import Light

ALL = "all"
"""In ``lights``: all lamps that the row does not name."""

LampName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


def _some(known: type[Power | Doing | Light]) -> Callable[[object], object]:
    """Make a check for one word or a list of them; gives the set."""
    words = ", ".join(repr(one.value) for one in known)

    def check(value: object) -> object:
        given = value if isinstance(value, tuple) else (value,)
        if not given or not all(isinstance(one, str) and one in set(known) for one in given):
            raise PydanticCustomError("words", "{wanted}", {"wanted": f"one or a list of {words}"})
        return frozenset(known(one) for one in given)

    return check


def _band(value: object) -> object:
    whole = isinstance(value, tuple) and all(isinstance(one, int) and not isinstance(one, bool) for one in value)
    if not whole or len(value) != 2 or not 0 <= value[0] <= value[1] <= 100:  # type: ignore[arg-type,index]
        raise PydanticCustomError("band", "two whole per cents from 0 to 100, the lower first", {})
    return value


class WhenSpec(Spec):
    """The states in which a row counts; what is left out is of no account."""

    power: Annotated[Any, BeforeValidator(_some(Power))] = frozenset(Power)
    doing: Annotated[Any, BeforeValidator(_some(Doing))] = frozenset(Doing)
    soc: Annotated[Any, BeforeValidator(_band)] = (0, 100)
    alarm: Annotated[Any, BeforeValidator(_some(Light))] = frozenset(Light)
    overcharged: bool | None = None
    overdischarged: bool | None = None
    joined: bool | None = None

    def conditions(self) -> Conditions:
        flags = {name: getattr(self, name) for name in ("overcharged", "overdischarged", "joined")}
        given = {name: BOTH if flag is None else frozenset({flag}) for name, flag in flags.items()}
        return Conditions(power=self.power, doing=self.doing, soc=self.soc, alarm=self.alarm, **given)


class RowSpec(Spec):
    """One row of the table. lights: patterns by lamp, or by ``all``."""

    when: WhenSpec = WhenSpec()
    lights: dict[LampName, Sentence] = Field(min_length=1)


class LampSpec(Spec):
    """One lamp; its name is the key. printed: the words beside it."""

    colour: Literal["green", "blue", "red", "orange", "yellow", "white"]
    label: Bilingual
    printed: str = ""
    aliases: tuple[LampName, ...] = ()


class HeadSpec(Spec):
    """Which device it is, and where its table stands. dialects: profiles and other names by which people ask for it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Bilingual
    source: Sentence
    dialects: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], ...] = ()


class PanelSpec(Spec):
    """The whole file."""

    panel: HeadSpec
    lamps: dict[LampName, LampSpec] = Field(min_length=1)
    rows: tuple[RowSpec, ...] = Field(min_length=1)


def load_panel(name: str) -> Panel:
    """Load a panel by its name, or from a file of one's own (a path that ends in .toml).

    Raises UsageError for an unknown name, ProfileError for a broken file.
    """
    if name.endswith(".toml"):
        return load_panel_file(Path(name))
    known = panel_names()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"there is no panel {name!r}; {hint}The panels are {', '.join(known)}")
    return _shipped(name)


@cache
def _shipped(name: str) -> Panel:
    return load_panel_file(files("wattstead") / "panels" / f"{name}.toml")


def load_panel_file(file: Traversable) -> Panel:
    """Load a panel from a file. Raises ProfileError: file, place, what is wrong, what would be right."""
    where, data = Where(file.name), _frozen(read_toml(file))
    try:
        spec = PanelSpec.model_validate(data)
    except ValidationError as error:
        raise explain(where, data, error) from None
    _check_names(where, spec)
    lamps = tuple(
        Lamp(name, lamp.colour, lamp.label.model_dump(), lamp.printed, lamp.aliases)
        for name, lamp in spec.lamps.items()
    )
    rows = tuple(_row(_place(where, place), row, list(spec.lamps)) for place, row in enumerate(spec.rows))
    head = spec.panel
    panel = Panel(head.name, head.title.model_dump(), head.source, lamps, rows, head.dialects)
    _check_table(where, panel)
    return panel


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _place(where: Where, row: int) -> Where:
    return where.inside("rows").inside(f"number {row + 1}")


def _check_names(where: Where, spec: PanelSpec) -> None:
    taken: dict[str, str] = {}
    for name, lamp in spec.lamps.items():
        for one in (name, *lamp.aliases):
            if one in taken or one == ALL:
                there = "all lamps" if one == ALL else f"lamp {taken[one]!r}"
                raise where.inside(f"lamps, {name}").wrong(f"{one!r} stands for {there}, too", "give each its own name")
            taken[one] = name


def _row(where: Where, row: RowSpec, names: list[str]) -> Row:
    patterns: dict[str, Pattern] = {}
    for name, text in row.lights.items():
        here = where.inside("lights").inside(name)
        if name not in (*names, ALL):
            raise here.wrong(f"there is no lamp {name!r}", nearest(name, names, f"the lamps are {', '.join(names)}"))
        pattern = _pattern(here, text)
        if name == ALL:
            patterns |= {one: pattern for one in names if one not in row.lights}
        else:
            patterns[name] = pattern
    return Row(row.when.conditions(), patterns)


def _pattern(where: Where, text: str) -> Pattern:
    try:
        return parse_pattern(text)
    except UsageError as error:
        what, _, remedy = str(error).partition("; ")
        raise where.wrong(what, remedy or "correct it there") from None


def _check_table(where: Where, panel: Panel) -> None:
    """Refuse a table with a hole, and a row that those above never let through."""
    for lamp, state in panel.gaps():
        raise ProfileError(
            where.file, "rows", f"none says what lamp {lamp!r} does with {state.text()}", "add a row that does"
        )
    for place in panel.idle_rows():
        raise _place(where, place).wrong("rows above decide all that it says", "narrow them, or leave it out")

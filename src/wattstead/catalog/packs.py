"""Presets of packs: one file of data a pack, from ``presets/``, loaded with a set of settings into ``model.pack``."""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wattstead.catalog.figures import Figures
from wattstead.catalog.mistakes import explain
from wattstead.catalog.pack_row import build_row
from wattstead.catalog.pack_spec import BUSBAR, RECORDS, TABLES, HeadSpec, Kind, PackSpec, RowSpec
from wattstead.catalog.panels import panel_names
from wattstead.catalog.shipped import preset_names as preset_names
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import read_toml
from wattstead.model.errors import UsageError
from wattstead.model.pack import PackModel, PackRow
from wattstead.model.setting import SettingValue

Settings = Mapping[str, SettingValue]
_KEY = "the keys here are {}"


def load_pack(name: str | Path, settings: Settings | None = None, *, refuse: bool = True) -> PackModel:
    """Load a pack by its name, or from a file of one's own (a path that ends in .toml).

    settings: those that differ from the defaults of the file. refuse: raise for a row that no BMS can run; else it is
    kept for the checker. Raises UsageError for an unknown name (with the nearest), ProfileError for a broken file, an
    unknown setting or one of another kind.
    """
    file = _file(str(name))
    own = str(name).endswith(".toml")  # may change while the program runs
    where, (spec, rows) = Where(file.name), _read(file) if own else _read_once(str(name))
    values = _settings(where.inside("settings"), spec.settings, settings or {})
    if own:
        pack = _build(where, spec, rows, values)
    else:
        pack = _built_once(str(name), tuple((one, type(value), value) for one, value in values.items()))
    for row in pack.rows if refuse else ():
        _check_row(where, row)
    return pack


@cache
def _read_once(name: str) -> tuple[PackSpec, tuple[RowSpec, ...]]:
    """Read a preset that comes with the program: it does not change while the program runs."""
    return _read(_shipped(name))


@lru_cache(maxsize=32)
def _built_once(name: str, values: tuple[tuple[str, type, SettingValue], ...]) -> PackModel:
    """Build a pack once for each of the sets last used. The type is part of the key: 1 and true are not the same."""
    spec, rows = _read_once(name)
    return _build(Where(_shipped(name).name), spec, rows, {one: value for one, _, value in values})


def _file(name: str) -> Traversable:
    if name.endswith(".toml"):
        return Path(name)
    known = preset_names()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "one of your own is given as a path that ends in .toml."
        raise UsageError(f"there is no preset {name!r}; {hint} The presets are {', '.join(known)}")
    return _shipped(name)


@cache
def _shipped(name: str) -> Traversable:
    return files("wattstead") / "presets" / f"{name}.toml"


def _read(file: Traversable) -> tuple[PackSpec, tuple[RowSpec, ...]]:
    where, data = Where(file.name), _frozen(read_toml(file))
    try:
        spec = PackSpec.model_validate(data)
    except ValidationError as error:
        raise explain(where, data, error) from None
    return spec, tuple(_row_spec(where, place, row) for place, row in enumerate(spec.protection, 1))


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _row_spec(where: Where, place: int, row: Mapping[str, Any]) -> RowSpec:
    name = row.get("name")
    here = where.inside(f"protection {name!r}" if isinstance(name, str) else f"protection number {place}")
    try:
        return RowSpec.model_validate(row)
    except ValidationError as error:
        raise explain(here, row, error) from None


def _settings(where: Where, defaults: Settings, given: Settings) -> dict[str, SettingValue]:
    for name, value in given.items():
        if name not in defaults:
            remedy = nearest(name, list(defaults), "leave it out, or add it under [settings]")
            raise where.wrong(f"there is no setting {name!r}", remedy)
        if not _alike(value, defaults[name]):
            raise where.inside(name).wrong(f"{value!r} stands there", f"write a value like {defaults[name]!r}")
    return {**defaults, **given}


def _alike(value: SettingValue, default: SettingValue) -> bool:
    if isinstance(default, bool | str) or isinstance(value, bool | str):
        return type(value) is type(default)
    return isinstance(value, int | float) and math.isfinite(value)


def _build(where: Where, spec: PackSpec, rows: tuple[RowSpec, ...], settings: Settings) -> PackModel:
    figures, head, here = Figures(settings), spec.pack, where.inside("pack")
    capacity_ah = figures.figure(here.inside("capacity_ah"), head.capacity_ah)
    rated = head.capacity_ah if head.rated_capacity_ah is None else head.rated_capacity_ah
    pack = PackModel(
        name=head.name,
        title=head.title.model_dump(),
        source=head.source,
        series=figures.whole(here.inside("series"), head.series),
        capacity_ah=capacity_ah,
        rated_capacity_ah=figures.figure(here.inside("rated_capacity_ah"), rated),
        rows=tuple(build_row(where.inside(f"protection {row.name!r}"), row, figures) for row in rows),
        settings=settings,
        cells_in_parallel=figures.whole(here.inside("cells_in_parallel"), head.cells_in_parallel),
        usable_share=figures.figure(here.inside("usable_share"), head.usable_share),
        probes=figures.whole(here.inside("probes"), head.probes),
        dead_band_a=figures.figure(here.inside("dead_band_a"), head.dead_band_a),
        working_v=_working(here.inside("working_v"), head.working_v, figures),
        panel=_panel(here.inside("panel"), head.panel),
        records=_table(where.inside("records"), spec.records, RECORDS, figures),
        tables={name: _table(where.inside(name), getattr(spec, name), keys, figures) for name, keys in TABLES.items()},
        busbars=tuple(
            _table(where.inside(f"busbar number {place}"), busbar, BUSBAR, figures)
            for place, busbar in enumerate(spec.busbars, 1)
        ),
        unused=frozenset(head.unused),
    )
    _check_names(where, pack)
    _check_unused(here.inside("unused"), head, figures, settings)
    _check_words(where.inside("settings"), spec.settings, figures, settings)
    return pack


def _working(where: Where, spec: Any, figures: Figures) -> tuple[float, float] | None:
    if spec is None:
        return None
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise where.wrong("no range stands there", "write the lowest and the highest voltage, [40, 59]")
    low, high = (figures.figure(where, one) for one in spec)
    if low >= high:
        raise where.wrong(f"{low:g} does not lie below {high:g}", "write the lower one first")
    return low, high


def _panel(where: Where, name: str) -> str:
    known = list(panel_names())
    if name and name not in known:
        raise where.wrong(f"there is no panel {name!r}", nearest(name, known, f"the panels are {', '.join(known)}"))
    return name


def _table(
    where: Where, raw: Mapping[str, Any], keys: Mapping[str, Kind | tuple[str, ...]], figures: Figures
) -> dict[str, Any]:
    """Work out one table: what the file does not say is left to the defaults of the dataclass."""
    table: dict[str, Any] = {}
    for key, spec in raw.items():
        if key not in keys:
            remedy = nearest(key, list(keys), _KEY.format(", ".join(keys)))
            raise where.wrong(f"there is no key {key!r} here", remedy)
        kind, here = keys[key], where.inside(key)
        if isinstance(kind, tuple):
            table[key] = figures.word(here, spec, list(kind))
        elif kind is Kind.FLAG:
            table[key] = figures.flag(here, spec)
        elif kind is Kind.WHOLE:
            table[key] = figures.whole(here, spec)
        else:
            table[key] = figures.figure(here, spec, endless=kind is Kind.ENDLESS)
    return table


def _check_names(where: Where, pack: PackModel) -> None:
    seen: set[str] = set()
    for row in pack.rows:
        if row.name in seen:
            raise where.inside(f"protection {row.name!r}").wrong("stands twice", "give each row its own name")
        seen.add(row.name)


def _check_unused(where: Where, head: HeadSpec, figures: Figures, settings: Settings) -> None:
    """Hold the list of settings that change nothing to the truth (SEP-23)."""
    for name in head.unused:
        if name not in settings:
            raise where.wrong(f"there is no setting {name!r}", nearest(name, list(settings), "leave it out"))
        if name in figures.used:
            raise where.wrong(f"{name!r} is used", "take it out of the list: it changes something")
    for name in settings:
        if name not in figures.used and name not in head.unused:
            raise where.wrong(f"nothing uses {name!r}", "use it, or list it as unused")


def _check_words(where: Where, defaults: Settings, figures: Figures, settings: Settings) -> None:
    """Refuse a word that nothing in the file asks for: the file would silently take it for another."""
    for name, words in figures.words_of.items():
        known = sorted(words | {str(defaults[name])})
        if settings[name] not in known:
            remedy = nearest(str(settings[name]), known, f"write one of {', '.join(known)}")
            raise where.inside(name).wrong(f"{settings[name]!r} stands there", remedy)


def _check_row(where: Where, row: PackRow) -> None:
    try:
        row.protection()
    except UsageError as error:
        what = str(error).removeprefix(f"{row.name}: ")
        raise where.inside(f"protection {row.name!r}").wrong(what, "correct the figure or the setting") from None

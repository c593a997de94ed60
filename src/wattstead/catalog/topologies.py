"""Ways to connect an AURA in a house, each with the settings that belong to it: ``words/topologies.toml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from wattstead.catalog.mistakes import explain
from wattstead.catalog.spec import Bilingual
from wattstead.catalog.spec_base import Sentence, Spec
from wattstead.catalog.where import Where
from wattstead.catalog.words import read_toml
from wattstead.model.errors import ProfileError

PROFILE = "aura"
"""The profile whose settings they are."""


class Row(Spec):
    """One setting for people: its name on the device, and what it is set to."""

    name: Bilingual
    value: Bilingual


class Shared(Spec):
    """Words for settings and their values, written once."""

    names: Mapping[str, Bilingual]
    values: Mapping[str, Bilingual]


class Written(Spec):
    """One table of the file. letter: of the maker's guide; none for one that is ours."""

    title: Bilingual
    summary: Bilingual
    letter: Sentence | None = None
    pv_on_aura: bool
    existing_pv: bool
    backup: bool
    notes: tuple[Bilingual, ...] = ()
    settings: Mapping[str, bool | int | str]


class Topology(Written):
    """One way to connect it. rows: its settings in words, in their order."""

    rows: tuple[Row, ...] = Field(min_length=1)


_HOMES: TypeAdapter[Mapping[str, Written]] = TypeAdapter(Mapping[str, Written])


@cache
def topologies() -> Mapping[str, Topology]:
    """Give them by name, in the order of the maker's guide. Raises ProfileError for a slip in the file."""
    file = files("wattstead") / "words" / "topologies.toml"
    data = _frozen(read_toml(file))
    where = Where(file.name)
    try:
        shared = Shared.model_validate(data.get("words"))
        homes = _HOMES.validate_python({name: one for name, one in data.items() if name != "words"})
    except ValidationError as error:
        raise explain(where, data, error, "docs/drawings.md") from None
    return {name: _whole(where.inside(name), shared, home) for name, home in homes.items()}


def _whole(where: Where, shared: Shared, home: Written) -> Topology:
    rows = tuple(_row(where, shared, name, value) for name, value in home.settings.items())
    return Topology(rows=rows, **{key: getattr(home, key) for key in Written.model_fields})


def _row(where: Where, shared: Shared, name: str, value: bool | int | str) -> Row:  # noqa: FBT001 - what a setting is
    said = {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
    if name not in shared.names or said not in shared.values:
        raise _missing(where, name if name not in shared.names else said)
    return Row(name=shared.names[name], value=shared.values[said])


def _missing(where: Where, word: str) -> ProfileError:
    return where.inside("settings").wrong(f"{word!r} has no words", "add it to [words.names] or [words.values]")


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data

"""Inverters by brand: which profile a battery has to speak to each, and how sure that is (``words/inverters.toml``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from wattstead.catalog.mistakes import explain
from wattstead.catalog.shipped import profile_names
from wattstead.catalog.spec_base import Sentence, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import read_toml
from wattstead.model.errors import UsageError

Confidence = Literal["recorded", "document", "implementation", "field", "unverified"]


class WaySpec(Spec):
    """One way to be understood by an inverter. setting: what its menu calls it. en, fr: what there is to know."""

    bus: Literal["can", "rs485"]
    profile: Sentence
    confidence: Confidence
    setting: str = ""
    en: str = ""
    fr: str = ""

    @property
    def here(self) -> bool:
        """Whether the program has the profile; some are known by their protocol only."""
        return self.profile.partition("+")[0] in profile_names()


class BrandSpec(Spec):
    """One brand. ways: the best first."""

    title: Sentence
    ways: Annotated[list[WaySpec], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Inverter:
    """A brand and how a battery speaks to it."""

    name: str
    title: str
    ways: tuple[WaySpec, ...]


@cache
def inverters() -> Mapping[str, Inverter]:
    """Give all brands by name. Raises ProfileError where the file is broken."""
    file = files("wattstead") / "words" / "inverters.toml"
    data = read_toml(file)
    try:
        brands = TypeAdapter(dict[str, BrandSpec]).validate_python(data)
    except ValidationError as error:
        raise explain(Where(file.name), data, error) from None
    return {name: Inverter(name, one.title, tuple(one.ways)) for name, one in brands.items()}


def inverter(name: str) -> Inverter:
    """Find a brand by its name. Raises UsageError for an unknown one, with the nearest."""
    known = inverters()
    wanted = name.strip().lower().replace(" ", "-")
    if wanted not in known:
        others = f"the brands are {', '.join(known)}"
        raise UsageError(f"there is no inverter {name!r}; {nearest(wanted, list(known), others)}")
    return known[wanted]

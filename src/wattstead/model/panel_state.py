"""What a LED panel depends on: one state of a pack, and sets of states."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise, product
from typing import Final

from wattstead.model.errors import UsageError
from wattstead.model.protection import Light


class Power(StrEnum):
    """Whether the pack is on."""

    ON = "on"
    OFF = "off"
    GOING_OFF = "going_off"  # for the seconds in which it says so


class Doing(StrEnum):
    """Where the current flows, by the measured current against the dead band."""

    CHARGING = "charging"
    DISCHARGING = "discharging"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class PanelState:
    """All that any panel depends on.

    soc_pct: as the BMS counts it. alarm: the strongest wish of its active rows. overcharged, overdischarged: a
    protection of that kind is active. joined: it has just been taken into a bank.
    """

    power: Power = Power.ON
    doing: Doing = Doing.IDLE
    soc_pct: float = 50.0
    alarm: Light = Light.OFF
    overcharged: bool = False
    overdischarged: bool = False
    joined: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.soc_pct <= 100.0:
            raise UsageError(f"soc_pct {self.soc_pct} of a panel must lie between 0 and 100")

    @property
    def whole_soc_pct(self) -> int:
        """The whole per cent that the tables count in: 25.4 and 25.9 % are 25, and only 100 % is 100.

        First rounded to 0.01 %, so that what is 26 % but for the last bit of a float is 26.
        """
        return math.floor(round(self.soc_pct, 2))


BOTH: Final = frozenset({False, True})
VALUES: Final[Mapping[str, tuple[object, ...]]] = {
    "joined": (False, True),
    "overdischarged": (False, True),
    "overcharged": (False, True),
    "alarm": (Light.OFF, Light.BLINK, Light.ON),
    "power": (Power.ON, Power.GOING_OFF, Power.OFF),
    "doing": (Doing.CHARGING, Doing.DISCHARGING, Doing.IDLE),
}
"""What each property but SOC may be, the usual first."""

_PROPERTIES: Final = ("power", "doing", "soc", "alarm", "overcharged", "overdischarged", "joined")
_MERGED: Final = ("joined", "alarm", "soc", "doing", "power", "overdischarged", "overcharged")


@dataclass(frozen=True, slots=True)
class Conditions:
    """A set of states: of each property the values that count, all of them where nothing is said.

    soc: first and last whole per cent.
    """

    power: frozenset[Power] = frozenset(Power)
    doing: frozenset[Doing] = frozenset(Doing)
    soc: tuple[int, int] = (0, 100)
    alarm: frozenset[Light] = frozenset(Light)
    overcharged: frozenset[bool] = BOTH
    overdischarged: frozenset[bool] = BOTH
    joined: frozenset[bool] = BOTH

    def hold(self, state: PanelState) -> bool:
        """Tell whether the state is one of them."""
        return (
            self.soc[0] <= state.whole_soc_pct <= self.soc[1]
            and state.power in self.power
            and state.doing in self.doing
            and state.alarm in self.alarm
            and state.overcharged in self.overcharged
            and state.overdischarged in self.overdischarged
            and state.joined in self.joined
        )

    def example(self) -> PanelState:
        """Give the most usual of these states."""
        usual = {name: next(one for one in values if one in getattr(self, name)) for name, values in VALUES.items()}
        return PanelState(soc_pct=float(self.soc[0]), **usual)  # type: ignore[arg-type]

    def narrowed(self) -> tuple[str, ...]:
        """Name the properties of which not every value counts."""
        names = [name for name, values in VALUES.items() if len(getattr(self, name)) < len(values)]
        return tuple(name for name in _PROPERTIES if name in names or (name == "soc" and self.soc != (0, 100)))

    def text(self) -> str:
        """Write what is said, such as ``power=on doing=idle|discharging soc=14-40``; "any" for nothing."""
        return " ".join(f"{name}={self._said(name)}" for name in self.narrowed()) or "any"

    def _said(self, name: str) -> str:
        if name == "soc":
            low, high = self.soc
            return f"{low}" if low == high else f"{low}-{high}"
        words = {False: "no", True: "yes"}
        some = [one for one in VALUES[name] if one in getattr(self, name)]
        return "/".join(words[one] if isinstance(one, bool) else str(one) for one in some)


def cells(borders: set[int]) -> list[Conditions]:
    """Cut all states into sets with one value of each property, the most usual first.

    borders: whole per cents at which a new band of SOC begins.
    """
    cuts = sorted({0, 101} | borders)
    bands = [(low, high - 1) for low, high in pairwise(cuts)]
    singles = [[frozenset({one}) for one in values] for values in VALUES.values()]
    return [
        Conditions(soc=band, **dict(zip(VALUES, some, strict=True)))  # type: ignore[arg-type]
        for *some, band in product(*singles, bands)
    ]


def merged(some: list[Conditions]) -> tuple[Conditions, ...]:
    """Join sets that differ in one property only, property by property; bands of SOC only where they touch."""
    for name in _MERGED:
        alike: dict[tuple[object, ...], list[Conditions]] = {}
        for one in some:
            alike.setdefault(tuple(getattr(one, other) for other in _MERGED if other != name), []).append(one)
        some = [one for group in alike.values() for one in (_bands(group) if name == "soc" else [_union(name, group)])]
    return tuple(some)


def _union(name: str, group: list[Conditions]) -> Conditions:
    values = frozenset().union(*(getattr(one, name) for one in group))
    return replace(group[0], **{name: values})  # type: ignore[arg-type]


def _bands(group: list[Conditions]) -> list[Conditions]:
    joined: list[Conditions] = []
    for one in sorted(group, key=lambda one: one.soc):
        if joined and joined[-1].soc[1] + 1 == one.soc[0]:
            joined[-1] = replace(one, soc=(joined[-1].soc[0], one.soc[1]))
        else:
            joined.append(one)
    return joined

"""A preset as the reference needs it, without cells: what the BMS does and nothing of what it is wired to."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from battery.reference.sample import Sample, exact
from wattstead.battery.behaviour import Activation, Balancer, Heater, Limiter, LimiterKind, Power, Switch, Switches
from wattstead.model.pack import PackModel
from wattstead.model.protection import Protection


@dataclass(frozen=True)
class Rules:
    """The part of a preset that decides."""

    protections: tuple[Protection, ...] = ()
    cells: int = 4
    probes: int = 4
    dead_band_a: float = 0.5
    switches: Switches = field(default_factory=Switches)
    limiter: Limiter = field(default_factory=Limiter)
    balancer: Balancer = field(default_factory=Balancer)
    heater: Heater = field(default_factory=Heater)
    activation: Activation = field(default_factory=Activation)
    power: Power = field(default_factory=Power)

    @classmethod
    def of(cls, pack: PackModel) -> "Rules":
        """Take what decides from a preset as it was loaded."""
        switches, limiter = dict(pack.tables.get("switches", {})), dict(pack.tables.get("limiter", {}))
        switches["kind"] = Switch(switches.get("kind", Switch.MOS))
        limiter["kind"] = LimiterKind(limiter.get("kind", LimiterKind.NONE))
        return cls(
            protections=pack.protections,
            cells=pack.series,
            probes=pack.probes,
            dead_band_a=pack.dead_band_a,
            switches=Switches(**switches),
            limiter=Limiter(**limiter),
            balancer=Balancer(**pack.tables.get("balancer", {})),
            heater=Heater(**pack.tables.get("heater", {})),
            activation=Activation(**pack.tables.get("activation", {})),
            power=Power(**pack.tables.get("power", {})),
        )


def quiet(cells: int = 4, **seen: Any) -> Sample:
    """Give a sample of a battery at rest and well, but for what is named; numbers as they are written."""
    cells_v = tuple(exact(one) for one in seen.pop("cells_v", (3.3,) * cells))
    given: dict[str, Any] = {"pack_v": sum(cells_v, Decimal(0))}
    for name, value in seen.items():
        plain = isinstance(value, float | int) and not isinstance(value, bool)
        given[name] = exact(value) if plain else value
    if "probes_degc" in seen:
        given["probes_degc"] = tuple(None if one is None else exact(one) for one in seen["probes_degc"])
    return Sample(cells_v=cells_v, **given)

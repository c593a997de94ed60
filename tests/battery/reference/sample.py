"""What a BMS sees and is told during one step: exact decimals, the same from its beginning to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from wattstead.model.protection import Channel

NOTHING = Decimal(0)
NEVER = Decimal("Infinity")


def exact(value: float | str | Decimal) -> Decimal:
    """Take a number as it is written: 0.03 is three hundredths, not the nearest binary fraction."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


@dataclass(frozen=True)
class Sample:
    """One step as the BMS meets it.

    cells_v: from the first to the last. probes_degc: None for one that is open or short. source_v: of a charger at the
    port, None where none stands there. faults: channels that somebody measures and tells, such as a relay that sticks.
    """

    cells_v: tuple[Decimal, ...]
    pack_v: Decimal
    current_a: Decimal = NOTHING
    probes_degc: tuple[Decimal | None, ...] = (Decimal(25),)
    ambient_degc: Decimal = Decimal(25)
    mos_degc: Decimal = Decimal(25)
    soc_pct: Decimal = Decimal(50)
    source_v: Decimal | None = None
    load: bool = True
    button: bool = False
    external_on: bool = True
    inverter_silent: bool = False
    service: bool = False
    faults: Mapping[Channel, Decimal] = field(default_factory=dict)

    @property
    def warm_degc(self) -> Decimal | None:
        return max(self._valid, default=None)

    @property
    def cold_degc(self) -> Decimal | None:
        return min(self._valid, default=None)

    @property
    def _valid(self) -> list[Decimal]:
        return [one for one in self.probes_degc if one is not None]

    def reading(self, channel: Channel) -> Decimal | None:
        """Give what a channel reads all through the step; None without a valid sensor, or where it is a duration."""
        match channel:
            case Channel.CELL_VOLTAGE_MAX:
                return max(self.cells_v)
            case Channel.CELL_VOLTAGE_MIN:
                return min(self.cells_v)
            case Channel.CELL_VOLTAGE_DIFFERENCE:
                return max(self.cells_v) - min(self.cells_v)
            case Channel.PACK_VOLTAGE:
                return self.pack_v
            case Channel.PORT_VOLTAGE:
                return self.source_v or NOTHING
            case Channel.CHARGE_CURRENT:
                return max(self.current_a, NOTHING)
            case Channel.DISCHARGE_CURRENT:
                return max(-self.current_a, NOTHING)
            case Channel.CELL_TEMPERATURE_MAX:
                return self.warm_degc
            case Channel.CELL_TEMPERATURE_MIN:
                return self.cold_degc
            case Channel.AMBIENT_TEMPERATURE:
                return self.ambient_degc
            case Channel.MOS_TEMPERATURE:
                return self.mos_degc
            case Channel.SOC:
                return self.soc_pct
            case Channel.TEMPERATURE_SENSOR_FAULT:
                return Decimal(None in self.probes_degc)
            case Channel.CELL_RESISTANCE_RATIO:
                return self.faults.get(channel, Decimal(1))
            case _:
                return self.faults.get(channel, NOTHING)

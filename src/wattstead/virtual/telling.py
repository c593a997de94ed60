"""What one pack of a bank tells by itself: what its BMS believes, in all the words of its wire."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from wattstead.battery.measure import PackReport, port_voltage_v
from wattstead.battery.packs import Packs
from wattstead.catalog.profile import Profile
from wattstead.model.reading import numbers
from wattstead.virtual.desk import Desk
from wattstead.virtual.pack import Pack
from wattstead.virtual.register_values import record_values, register_values
from wattstead.virtual.sensing import Sensed, report_of
from wattstead.virtual.stack import Stack
from wattstead.virtual.status import flags, following, kept_off, statuses, told_by_others
from wattstead.virtual.vocabulary import Vocabulary
from wattstead.wire.fill import Report


class Telling:
    """Of the packs of one bank. on_bus: names those that share its current. apart: names those that stand alone."""

    def __init__(
        self,
        profile: Profile,
        packs: Sequence[Pack],
        stack: Stack,
        vocabulary: Vocabulary,
        now_ms: Callable[[], int],
        apart: Callable[[], frozenset[int]],
    ) -> None:
        self.profile, self.packs, self.stack, self.vocabulary = profile, packs, stack, vocabulary
        self._now_ms, self._apart = now_ms, apart
        # Not every wire tells what a pack asks, and to work it out takes as long as all the rest.
        self._asks = "charge_current_limit_a" in vocabulary.fields

    @property
    def state(self) -> Packs:
        """The arrays of all packs."""
        return self.stack.state

    def on_bus(self) -> list[int]:
        """Name the packs, from 0, that share the current of the bus; all before anybody has looked."""
        joined, apart = self.stack.bus.joined, self._apart()
        begun = any(joined) or bool(self.stack.bus.now_s)
        return [k for k in range(len(self.packs)) if (joined[k] or not begun) and k not in apart]

    def measured(self, place: int, sense: Sensed, *, asks: bool = False) -> PackReport:
        """Give what the BMS of a pack believes. asks: and what it asks of the inverter, also where no message says."""
        return report_of(self.stack.under(place), place, sense, asks=self._asks or asks)

    def told(self, place: int, sense: Sensed, *, asks: bool = False) -> Report:
        """Give all that a pack tells. sense: what somebody makes its sensors see. asks: with what it asks."""
        pack = self.packs[place]
        measured = self.measured(place, sense, asks=asks)
        bits = int(self.state.state.locked[place])
        rows = enumerate(self.stack.presets[place].protections)
        locked = [row.name for number, row in rows if bits >> number & 1] if bits else []
        values = dict(measured.values) | statuses(measured.values, measured.active, pack.model)
        if place in self.stack.waiting(self._apart()):
            values |= kept_off(values, self._bus_v())
        values |= flags(values, pack.unfilled_for_s)
        values |= pack.orders.onto(values, self.state.time_s, pack.preset.limiter.limit_a)
        values["pack_count"] = len(self.packs) if place == 0 else 1
        codes = (*following(values, measured.active, locked, pack.model), *self._ordered(pack, values))
        told = told_by_others((*measured.active, *codes), self.profile.virtual.implies)
        if pack.desk is not None:
            values |= self._at_desk(place, pack.desk, values, told)
        if pack.journal is not None:
            values |= pack.journal.told(pack.records, self._time_of(pack))
        own = pack.report(PackReport(values, told), self._now_ms())
        return Report(self.vocabulary.saturated(dict(own.values)), own.active)

    def _at_desk(self, place: int, desk: Desk, values: Mapping[str, Any], told: tuple[str, ...]) -> dict[str, Any]:
        """Give what registers tell of a pack whose settings are programmed."""
        pack, now_ms, under = self.packs[place], self._now_ms(), self.stack.under(place)
        said = register_values(under, place, pack.model, values, told)
        if "operating_state" in pack.given.report:
            del said["state"]
        said |= record_values(pack.records, self._time_of(pack))
        (volts,) = numbers(values["pack_voltage_v"])
        return {**said, **desk.told(now_ms), "pack_voltage_v": desk.seen_v(volts)}

    def _time_of(self, pack: Pack) -> Callable[[float], datetime]:
        """Give the pack's clock at a time of the engine."""
        return pack.clock_at(self._now_ms(), self.state.time_s)

    def _ordered(self, pack: Pack, values: dict[str, Any]) -> list[str]:
        """Tell the bits that somebody has ordered: values among them, and give the codes."""
        bits = pack.orders.bits
        values |= {name: on for name, on in bits.items() if name in self.vocabulary.flags}
        return [name for name, on in bits.items() if on and name in self.vocabulary.codes]

    def _bus_v(self) -> float:
        """Give the voltage of the bus, 0 where nobody drives it."""
        return max((port_voltage_v(self.stack.under(k), k) for k in self.on_bus()), default=0.0)

"""What a technician's program does to one pack where settings are programmed: unlock, stage, program, calibrate.

Settings that are written wait until they are programmed, all together; what is read is what the pack runs by.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Final, Protocol

from wattstead.battery.packs import Packs
from wattstead.battery.record import RecordLog
from wattstead.catalog.profile import Profile
from wattstead.catalog.spec import DeskSpec
from wattstead.model.errors import Refused, UsageError
from wattstead.model.protection import Channel
from wattstead.virtual.settings import untakable
from wattstead.wire.message import Message
from wattstead.wire.registers import Block
from wattstead.wire.sh367309.ram import SHUNT_MOHM

UNLOCK: Final = 0x5053
_GAIN: Final = 0x4000
"""A gain of 1 as the registers have it."""
_COUNTS: Final = 21470
"""Of the front end's slow converter, at 200 mV over the shunt."""
_NO_CURRENT_A, _OFF_BY = 2.0, 0.2
"""A zero is taken within this reading, a gain within this share."""
_AMPERE, _VOLT = 0.1, 0.01
"""What one is worth in the register of the reference."""
_CURRENTS: Final = (Channel.CHARGE_CURRENT, Channel.DISCHARGE_CURRENT)


class Pack(Protocol):
    """What the desk has to do with of a pack."""

    address: int
    records: RecordLog

    def factory(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What an order reaches. place: of the pack, from 0. values: what it believes. set: lets it run by settings."""

    pack: Pack
    packs: Packs
    place: int
    now_ms: int
    values: Mapping[str, Any]
    set: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Trim:
    """What calibration has made of the sensors: read current = (raw - zero) x gain; pack voltage x gain."""

    zero_counts: int = 0
    current_gain: int = _GAIN
    voltage_gain: int = _GAIN


@dataclass
class Desk:
    """Of one pack. spec: as the profile says.

    staged: settings that wait. said: what was written last, by the name of the field. programmed: how often the memory
    of the front end was written; it stands a hundred times. trim: in force; kept: what a restart would bring back.
    """

    profile: Profile
    spec: DeskSpec
    staged: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    programmed: int = 0
    trim: Trim = field(default_factory=Trim)
    kept: Trim = field(default_factory=Trim)
    _open_until_ms: int = -1
    _busy_until_ms: int = -1
    _rejected: bool = False

    def check(self, message: Message, now_ms: int) -> None:
        """Raise Refused while it is locked or programming, and for orders that come together."""
        if now_ms < self._busy_until_ms:
            raise Refused("it is programming its settings", reason="busy")
        if message.acts and isinstance(message, Block) and len(message.blocks) > 1:
            raise Refused("orders of several blocks come in one write; write them one by one", reason="invalid_data")
        unlocks = any(act.does == "unlock" for act in message.acts)
        if not unlocks and message.name not in self.spec.free and now_ms >= self._open_until_ms:
            raise Refused("it is locked; write 5053 to register 2000 first", reason="execution_failed")

    def stage(self, values: Mapping[str, Any], unknown: Collection[str]) -> None:
        """Keep settings until they are programmed. unknown: bits that were set and mean nothing.

        Raises Refused for what the pack cannot be set to.
        """
        findings = (*untakable(self.profile, values), *(f"{bit} means nothing" for bit in unknown))
        if findings:
            raise Refused("; ".join(findings), reason="invalid_data")
        self.staged |= values

    def does(self, order: str, record: Mapping[str, Any], hands: Hands) -> bool:
        """Follow an order; tell whether it was one for the desk. Raises Refused."""
        work = _ORDERS.get(order)
        if work is None:
            return False
        said = dict(self.said)
        self.said |= record
        try:
            work(self, hands)
        except (Refused, UsageError) as error:
            self.said = said
            reason = error.reason if isinstance(error, Refused) else "invalid_data"
            raise Refused(f"the pack at address {hands.pack.address}: {error}", reason=reason) from error
        return True

    def told(self, now_ms: int) -> dict[str, Any]:
        """Give what it adds to the report of its pack."""
        busy = now_ms < self._busy_until_ms
        status = "busy" if busy else "rejected" if self._rejected else "done" if self.programmed else "idle"
        return {
            **self.said,
            "commit_status": status,
            "programmed_count": self.programmed,
            "current_offset": self.trim.zero_counts,
            "current_gain": self.trim.current_gain,
            "voltage_gain": self.trim.voltage_gain,
        }

    def seen_v(self, volts: float) -> float:
        """Give the pack voltage as it was calibrated."""
        return volts * self.trim.voltage_gain / _GAIN

    def save(self) -> dict[str, Any]:
        """Give what a restart of the program must not lose: calibration, and how often the memory was written."""
        return {"programmed": self.programmed, "trim": astuple(self.trim), "kept": astuple(self.kept)}

    def restored(self, saved: Mapping[str, Any] | None) -> "Desk":
        """Give a desk that goes on from what ``save`` gave; the sensors themselves are kept with the cells.

        Raises UsageError for what cannot be.
        """
        if saved is None:
            return self
        try:
            trim, kept = Trim(*map(int, saved["trim"])), Trim(*map(int, saved["kept"]))
            return replace(self, programmed=int(saved["programmed"]), trim=trim, kept=kept)
        except (KeyError, TypeError, ValueError):
            raise UsageError("the kept calibration cannot be read; start anew") from None

    # Orders.

    def unlock(self, hands: Hands) -> None:
        opens = self.said.get("unlock") == UNLOCK
        self._open_until_ms = hands.now_ms + round(1000 * self.spec.unlock_s) if opens else -1

    def remember(self, hands: Hands) -> None:
        """Take offset and gains as they were written."""
        names = {"current_offset": "zero_counts", "current_gain": "current_gain", "voltage_gain": "voltage_gain"}
        self._turn(
            hands,
            replace(self.trim, **{mine: self.said.pop(name) for name, mine in names.items() if name in self.said}),
        )

    def reload(self, _: Hands) -> None:
        self.staged, self._rejected = {}, False

    def program(self, hands: Hands) -> None:
        self._put(hands, self.staged)

    def factory_settings(self, hands: Hands) -> None:
        self._put(hands, hands.pack.factory())
        self._recorded(hands, "factory_settings", "DEFAULT")

    def _put(self, hands: Hands, settings: Mapping[str, Any]) -> None:
        try:
            hands.set(settings)
        except Refused as no:
            self._rejected = True
            raise Refused(str(no), reason="execution_failed") from no
        self.staged, self._rejected, self.programmed = {}, False, self.programmed + 1
        self._busy_until_ms = hands.now_ms + round(1000 * self.spec.program_s)

    def clear_records(self, hands: Hands) -> None:
        hands.pack.records = RecordLog(hands.pack.records.rules, hands.packs.time_s)

    def clear_overcurrent(self, hands: Hands) -> None:
        """End what a current has tripped, as the chip does at 0-1-0 of its bit OCRC."""
        state = hands.packs.state
        for number, row in enumerate(hands.packs.preset.protections):
            if row.channel in _CURRENTS:
                state.active[hands.place] &= ~(1 << number)
                state.locked[hands.place] &= ~(1 << number)
                state.timer[number, hands.place] = 0
        state.busy[:] = 1

    def reset_front_end(self, _: Hands) -> None:
        """It begins anew with what its memory says, by which the pack runs anyway."""

    def restart(self, hands: Hands) -> None:
        self._turn(hands, self.kept)
        self.staged, self.said, self._open_until_ms = {}, {}, -1

    # Calibration (PWS-10): the zero first, while nothing flows, then the gain at a current that somebody measures.

    def calibrate_zero(self, hands: Hands) -> None:
        reading_a = float(hands.values["pack_current_a"])
        if abs(reading_a) > _NO_CURRENT_A:
            raise Refused(f"{reading_a:g} A flow; the zero is taken within 2 A", reason="execution_failed")
        counts = round(reading_a / (self.trim.current_gain / _GAIN) / _count_a(hands))
        self._turn(hands, replace(self.trim, zero_counts=self.trim.zero_counts + counts))
        self._recorded(hands, "calibration", "CAL")

    def calibrate_current(self, hands: Hands) -> None:
        gain = self._gain(abs(float(hands.values["pack_current_a"])), _AMPERE)
        self._turn(hands, replace(self.trim, current_gain=round(self.trim.current_gain * gain)))
        self._recorded(hands, "calibration", "CAL")

    def calibrate_voltage(self, hands: Hands) -> None:
        gain = self._gain(self.seen_v(float(hands.values["pack_voltage_v"])), _VOLT)
        self._turn(hands, replace(self.trim, voltage_gain=round(self.trim.voltage_gain * gain)))
        self._recorded(hands, "calibration", "CAL")

    def keep_calibration(self, _: Hands) -> None:
        self.kept = self.trim

    def drop_calibration(self, hands: Hands) -> None:
        self._turn(hands, self.kept)

    def _gain(self, reading: float, unit: float) -> float:
        reference = unit * int(self.said.get("calibration_reference", _REFERENCE))
        gain = reference / reading if reading > 0.0 else 0.0
        if not 1.0 - _OFF_BY <= gain <= 1.0 + _OFF_BY:
            raise Refused(f"{reading:g} is more than a fifth away from {reference:g}", reason="execution_failed")
        return gain

    def _turn(self, hands: Hands, trim: Trim) -> None:
        """Let the sensors read so: first back to what they read by themselves, then on."""
        before, count_a = self.trim, _count_a(hands)
        for one in (before, trim):
            if not 0.5 <= one.current_gain / _GAIN <= 2.0 or not 0.5 <= one.voltage_gain / _GAIN <= 2.0:
                raise Refused("a gain lies within half and double: 2000 to 8000", reason="invalid_data")
            if abs(one.zero_counts * count_a) > 100.0:
                raise Refused("a zero lies within 100 A", reason="invalid_data")
        was_zero_a, was_gain = before.zero_counts * count_a, before.current_gain / _GAIN
        packs, place = hands.packs, hands.place
        packs.calibrate(place, gain=1.0 / was_gain)
        packs.calibrate(place, zero_a=trim.zero_counts * count_a - was_zero_a)
        packs.calibrate(place, gain=trim.current_gain / _GAIN)
        self.trim = trim

    def _recorded(self, hands: Hands, name: str, code: str) -> None:
        hands.pack.records.event(hands.packs.time_s, name, began=True, code=code, values=dict(hands.values))


_REFERENCE: Final = 400
"""40.0 A, at which the maker's program calibrates."""
_ORDERS: Final[Mapping[str, Callable[[Desk, Hands], None]]] = {
    "unlock": Desk.unlock,
    "remember": Desk.remember,
    "reload": Desk.reload,
    "program": Desk.program,
    "factory_settings": Desk.factory_settings,
    "clear_records": Desk.clear_records,
    "clear_overcurrent": Desk.clear_overcurrent,
    "reset_front_end": Desk.reset_front_end,
    "restart": Desk.restart,
    "calibrate_zero": Desk.calibrate_zero,
    "calibrate_current": Desk.calibrate_current,
    "calibrate_voltage": Desk.calibrate_voltage,
    "keep_calibration": Desk.keep_calibration,
    "drop_calibration": Desk.drop_calibration,
}


def _count_a(hands: Hands) -> float:
    """What one count of the slow converter is worth at the shunt of this pack, A."""
    shunt_mohm = float(hands.values.get("shunt_mohm", SHUNT_MOHM))
    return 200.0 / (_COUNTS * shunt_mohm)

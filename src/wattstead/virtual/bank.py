"""A bank of packs of one make on one bus: the array engine behind the device's side of the wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wattstead.battery.measure import PackReport, port_voltage_v
from wattstead.battery.packs import Packs
from wattstead.catalog.profile import Profile
from wattstead.model.bank import BankView, Member, Request, Standing, bank_request, bank_view, heard
from wattstead.model.bank_values import bank_values
from wattstead.model.errors import Refused, UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.course import Course
from wattstead.virtual.desk import Desk, Hands
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.master import Master
from wattstead.virtual.orders import fitting
from wattstead.virtual.pack import Pack, new_packs
from wattstead.virtual.preset import Character
from wattstead.virtual.register_values import record_values, register_values, wall_time
from wattstead.virtual.sensing import Sensed, report_of
from wattstead.virtual.stack import Stack
from wattstead.virtual.status import flags, following, kept_off, statuses, told_by_others
from wattstead.virtual.unread import reads_all, tells_unread
from wattstead.virtual.vocabulary import Vocabulary
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report, tell
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

_ALL = 0xFF  # in a request to the master: all modules
_MASTERS_OWN = (0, 1)


class Bank:
    """Packs in parallel, with consecutive addresses; what ``wire.responder`` calls a device.

    packs: how many. first_address: of the first one; the profile's master where None. seed: the same seed gives the
    same cells. soc_pct: at the start. characters: what makes one pack differ from another; all are new where None.
    now_ms: the wall clock that the packs' own clocks follow, UTC. input: what is done to all packs together.
    Raises UsageError for addresses beyond the protocol's.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        now_ms: Callable[[], int],
        packs: int = 1,
        first_address: int | None = None,
        seed: int = 0,
        soc_pct: float = 50.0,
        characters: Sequence[Character] | None = None,
    ) -> None:
        if not 0.0 <= soc_pct <= 100.0:
            raise UsageError(f"a state of charge of {soc_pct:g} % cannot be; give 0 to 100")
        self.profile = profile
        self.addresses = _addresses(profile, packs, first_address)
        self.vocabulary = Vocabulary.of(profile.dialect)
        self._now_ms = now_ms
        # Not every wire tells what a pack asks, and to work it out takes as long as all the rest.
        self._asks = "charge_current_limit_a" in self.vocabulary.fields
        self._flags_unread = any(tells_unread(message) for message in profile.dialect.messages)
        self.packs = new_packs(profile, self.addresses, seed)
        self.stack = Stack([pack.preset for pack in self.packs], characters or [Character()] * packs, soc_pct / 100.0)
        self.master = Master([str(address) for address in self.addresses])
        self.input = Input()
        self.inverter_lost = False  # on the bus that this bank speaks on; what a person says of it counts more
        self.course = Course(self.packs, self.stack, self.master, self._measured, self._member)

    @property
    def state(self) -> Packs:
        """The arrays of all packs."""
        return self.stack.state

    # The battery.

    def advance(
        self,
        dt_s: float,
        current_a: float = 0.0,
        *,
        steps: int = 1,
        own_current_a: Mapping[int, float] | None = None,
        ambient_degc: float | Sequence[float] = 25.0,
        stops_at_its_voltage: bool = False,
    ) -> None:
        """Let ``steps`` steps of dt_s seconds pass.

        current_a: asked of the packs on the bus, positive charges; physics shares it. own_current_a: asked of packs
        that stand alone, by their place from 0. ambient_degc: of the air, one for all or one each.
        stops_at_its_voltage: the charger holds its voltage, as it does where nobody fixed the current.
        """
        own, common = own_current_a or {}, self.input
        if self.inverter_lost and common.inverter_silent is None:
            common = replace(common, inverter_silent=True)
        self.course.advance(dt_s, current_a, steps, own, ambient_degc, common, holds=stops_at_its_voltage)

    # The device.

    def simulated(self, place: int) -> Report:
        """Give all that a pack would tell by itself now. place: in the bank, from 0."""
        return self._flagged(place, self._own(place, {}))

    def report(
        self, place: int, message: Message | None = None, given: Given | None = None, *, asks: bool = False
    ) -> Report:
        """Give all that a pack tells now. message: the one that it is for. given: in place of the pack's own.

        asks: with what it asks of the inverter, also where no message of its wire says that.
        """
        given = given or self.packs[place].given
        simulated = self._own(place, given.sense, asks=asks)
        return self._flagged(
            place, given.change(simulated, self.vocabulary.following.get(message.name, ()) if message else ())
        )

    def _flagged(self, place: int, report: Report) -> Report:
        """Add what nobody has read yet, where the wire tells that."""
        if not self._flags_unread:
            return report
        unread = self.packs[place].unread.flags(report.values, report.active)
        return Report({"unread_changes": unread, **report.values}, report.active)

    # The bank as one battery.

    def members(self) -> tuple[Member, ...]:
        """Give what the master knows of each pack, named by its address; none while the master is off."""
        return self.master.members(self.state.time_s, self._member)

    def view(self) -> BankView | None:
        """Give what the master shows: totals, extremes and who; None while it is off."""
        members = self.members()
        return bank_view(members) if members else None

    def request(self) -> Request | None:
        """Give what the bank asks of the inverter; None while nobody knows."""
        return bank_request(self.members())

    def bank_report(self) -> Report | None:
        """Give what the master tells of the whole bank, by quantity name as ``model.bank_values`` says.

        None before there is data, and while the master is off: then it says nothing at all, and never 0 %.
        """
        members = self.members()
        values = bank_values(members)
        if not values:
            return None
        saturated = self.vocabulary.saturated(dict(values), of_bank=bool(self.vocabulary.bank_ranges))
        return Report(saturated, tuple(bank_view(members).active))

    def on_bus(self) -> list[int]:
        """Name the packs, from 0, that share the current of the bus; all before anybody has looked."""
        joined = self.stack.bus.joined
        begun = any(joined) or bool(self.stack.bus.now_s)
        return [k for k in range(len(self.packs)) if (joined[k] or not begun) and k not in self.course.apart]

    def _member(self, place: int) -> Member:
        told = self.report(place, asks=True)
        said = heard(str(self.addresses[place]), told.values, told.active)
        alone = not self.state.on[place] or place in self.course.apart
        return replace(said, standing=Standing.ISOLATED) if alone else said

    def _own(self, place: int, sense: Sensed, *, asks: bool = False) -> Report:
        pack = self.packs[place]
        measured = self._measured(place, sense, asks=asks)
        bits = int(self.state.state.locked[place])
        rows = enumerate(self.stack.presets[place].protections)
        locked = [row.name for number, row in rows if bits >> number & 1] if bits else []
        values = dict(measured.values) | statuses(measured.values, measured.active, pack.model)
        if place in self.stack.waiting(self.course.apart):
            values |= kept_off(values, self._bus_v())
        values |= flags(values, pack.unfilled_for_s)
        values |= pack.orders.onto(values, self.state.time_s, pack.preset.limiter.limit_a)
        values["pack_count"] = len(self.packs) if place == 0 else 1
        codes = (*following(values, measured.active, locked, pack.model), *self._ordered(pack, values))
        told = told_by_others((*measured.active, *codes), self.profile.virtual.implies)
        if pack.desk is not None:
            values |= self._at_desk(place, pack.desk, values, told)
        own = pack.report(PackReport(values, told), self._now_ms())
        return Report(self.vocabulary.saturated(dict(own.values)), own.active)

    def _at_desk(self, place: int, desk: Desk, values: Mapping[str, Any], told: tuple[str, ...]) -> dict[str, Any]:
        """Give what registers tell of a pack whose settings are programmed."""
        pack, now_ms, under = self.packs[place], self._now_ms(), self.stack.under(place)
        said = register_values(under, place, pack.model, values, told)
        if "operating_state" in pack.given.report:
            del said["state"]
        said |= record_values(pack.records, wall_time(now_ms + pack.clock_ahead_ms, self.state.time_s))
        (volts,) = numbers(values["pack_voltage_v"])
        return {**said, **desk.told(now_ms), "pack_voltage_v": desk.seen_v(volts)}

    def _hands(self, place: int) -> Hands:
        values = {**self.packs[place].settings, **self._measured(place, {}).values}
        return Hands(
            self.packs[place], self.stack.under(place), place, self._now_ms(), values, partial(self._set, place)
        )

    def _ordered(self, pack: Pack, values: dict[str, Any]) -> list[str]:
        """Tell the bits that somebody has ordered: values among them, and give the codes."""
        bits = pack.orders.bits
        values |= {name: on for name, on in bits.items() if name in self.vocabulary.flags}
        return [name for name, on in bits.items() if on and name in self.vocabulary.codes]

    def _bus_v(self) -> float:
        """Give the voltage of the bus, 0 where nobody drives it."""
        return max((port_voltage_v(self.stack.under(k), k) for k in self.on_bus()), default=0.0)

    def _measured(self, place: int, sense: Sensed, *, asks: bool = False) -> PackReport:
        """Give what the BMS of a pack believes. asks: and what it asks of the inverter, also where no message says."""
        return report_of(self.stack.under(place), place, sense, asks=self._asks or asks)

    def reports(self, question: Question) -> Sequence[Report]:
        """Give the reports of the packs that a request names; one that is off says nothing."""
        places = self._awake(question)
        if question.message.of_bank:
            return self._of_bank(places, question.message)
        if question.message.behind and places:  # the pack that was asked tells of others, too
            places = [places[0] + k for k in range(question.message.behind + 1)]
        reports = [self.report(place, question.message) for place in places]
        if reads_all(question.message):
            for place, report in zip(places, reports, strict=True):
                self.packs[place].unread.read(report.values, report.active)
        return reports

    def knows(self, question: Question) -> bool:
        """Whether the firmware of the asked pack knows the message: as the profile says, or as a state file does."""
        places, message = self._asked(question), question.message
        if message.of_bank and places[:1] != [0]:
            return not places  # only the master speaks for the bank; who is not there is silent
        if message.behind and places and not self._is_behind(places, message):
            return False
        return all(self.packs[place].given.knows.get(message.name, message.answered) for place in places)

    def _is_behind(self, places: Sequence[int], message: Message) -> bool:
        """Whether the master was asked and has so many packs behind it that are on."""
        last = places[0] + message.behind
        return places[:1] == [0] and last < len(self.packs) and bool(self.state.on[last])

    def write(self, question: Question) -> bool:
        """Take settings, a time or an order. Raises Refused for what the pack cannot do, or refuses on purpose."""
        places = self._awake(question)
        for place in places:
            self._write(place, question.message, question.record)
        return bool(places)

    def _of_bank(self, places: Sequence[int], message: Message) -> Sequence[Report]:
        """Give what the master tells of all packs; its state file may name what only such messages carry."""
        told = self.bank_report()
        if not places or told is None:
            return ()
        master, serials = self.packs[0], [pack.says.get("serial_number", "") for pack in self.packs]
        said = {name: value for name, value in master.given.report.items() if name in self.vocabulary.of_bank}
        values = {**master.says, "serial_number": tuple(serials), **told.values, **said}
        if "serial_number" in (one.name for one in fields_of(message.reply)):
            values["module_count"] = len(values["serial_number"])  # who belongs to the stack, on its bus or not
        return [Report(self.vocabulary.saturated(values, of_bank=True), told.active)]

    def _awake(self, question: Question) -> list[int]:
        asked, on = self._asked(question), self.state.on
        # The master speaks for all; while it is off nobody does.
        return [place for place in asked if on[place]] if asked and on[asked[0]] else []

    def _asked(self, question: Question) -> list[int]:
        if question.address not in self.addresses:
            return [0] if question.address == 0 else []  # the responder lets address 0 through where the make does
        place = self.addresses.index(question.address)
        module = question.record.get("module")
        if module == _ALL and place == 0:
            return list(range(len(self.packs)))
        if self.profile.link.master_speaks and place == 0 and module is not None:
            return self._behind(module)
        return [place]

    def _behind(self, module: int) -> list[int]:
        """Find the pack that the master is asked for; 0 and 1 are its own names, too."""
        if module in self.addresses:
            return [self.addresses.index(module)]
        return [0] if module in _MASTERS_OWN else []

    def _write(self, place: int, message: Message, record: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        if pack.given.writes is Writes.REFUSE:
            raise Refused(f"the pack at address {pack.address} takes no writes", reason="invalid_data")
        if pack.given.writes is Writes.IGNORE:
            return
        if pack.desk is not None:
            pack.desk.check(message, self._now_ms())
        told, _ = tell(message.request, record, self.profile.dialect.told)
        if message.acts:
            self._act(place, message, record, told.values)
            return
        if any(part.name == "device_time" for part in message.request):
            pack.set_clock(told.values.get("device_time"), self._now_ms())
            return
        # What a state file fixes is not changed by a write: a host that gives back what it read must not be refused.
        written = {name: value for name, value in told.values.items() if name not in pack.given.report}
        if pack.desk is not None:
            pack.desk.stage(written, told.active or ())
        else:
            self._set(place, written)

    def _set(self, place: int, values: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        (full_ah,) = numbers(self._measured(place, {}).values["full_capacity_ah"])
        pack.set_settings(values, full_ah)
        self.stack.configure(place, pack.preset)
        for remaining_ah in numbers(values.get("remaining_capacity_ah")):
            self.stack.believe(place, remaining_ah / full_ah)
        for soc_pct in numbers(values.get("soc_pct")):
            self.stack.believe(place, soc_pct / 100.0)

    def _act(self, place: int, message: Message, record: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Do what an order says. Raises Refused for one that this pack does not follow."""
        pack = self.packs[place]
        act = fitting(message, record)
        if act is None or act.refuses or pack.orders.bits.get(act.unless):
            reason = act.refuses if act and act.refuses else "execution_failed" if act else "format_error"
            raise Refused(f"the pack at address {pack.address} does not follow {message.name}", reason=reason)
        if pack.desk is not None and pack.desk.does(act.does, record, self._hands(place)):
            self.stack.state.state.busy[:] = 1
            return
        pack.orders.bits |= act.sets
        pack.says |= act.says
        for does in act.does.split():
            self._do(place, does, values)

    def _do(self, place: int, does: str, values: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        if pack.orders.switch(does):
            self.state.state.busy[:] = 1
        elif does == "limits":
            pack.orders.limit(values, self.state.time_s)
        elif does == "factory_settings":
            self._set(place, pack.factory())
        elif does in ("turn_off", "turn_off_bank"):
            for one in range(len(self.packs)) if does == "turn_off_bank" else [place]:
                self.stack.turn_off(one)


def _addresses(profile: Profile, packs: int, first: int | None) -> tuple[int, ...]:
    known = profile.addresses
    start = known.master if first is None else first
    if packs < 1:
        raise UsageError(f"a bank of {packs} packs cannot be; give 1 or more")
    if start < known.first or start + packs - 1 > known.last:
        asked = f"{packs} packs from address {start} on" if packs > 1 else f"address {start}"
        raise UsageError(f"{profile.name} has no place for {asked}; it knows addresses {known.first} to {known.last}")
    return tuple(range(start, start + packs))

"""A bank of packs of one make on one bus: the array engine behind the device's side of the wire."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any

import numpy as np

from wattstead.battery.measure import PackReport
from wattstead.battery.packs import Packs
from wattstead.battery.step import Event
from wattstead.catalog.profile import Profile
from wattstead.model.errors import Refused, UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.pack import Recorded, new_packs
from wattstead.virtual.preset import Character, charge_voltage_v
from wattstead.virtual.sensing import Sensed, report_of
from wattstead.virtual.stack import Stack
from wattstead.virtual.status import flags, following, statuses
from wattstead.virtual.surroundings import Flow, inputs_of
from wattstead.virtual.vocabulary import Vocabulary
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report, tell
from wattstead.wire.message import Message

_LOOKS_S = 60.0
_ALL = 0xFF  # in a request to the master: all modules


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
        self.packs = new_packs(profile, self.addresses, seed)
        self.input = Input()
        self.stack = Stack([pack.preset for pack in self.packs], characters or [Character()] * packs, soc_pct / 100.0)

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
        own = own_current_a or {}
        apart, state, stack = frozenset(own), self.state, self.stack
        few = max(1, int(_LOOKS_S / dt_s))
        if steps > few and stops_at_its_voltage and stack.fills(max(current_a, *own.values(), 0.0), dt_s * steps):
            for done in range(0, steps, few):  # near full the inverter looks at the cells again and again
                self.advance(
                    dt_s,
                    current_a,
                    steps=min(few, steps - done),
                    own_current_a=own,
                    ambient_degc=ambient_degc,
                    stops_at_its_voltage=True,
                )
            return
        gap_v = stack.look(apart)
        asked = stack.shared(current_a, dt_s * steps, apart)
        asked[list(own)] = list(own.values())
        if stops_at_its_voltage:
            free = np.array([self._free(place) for place in range(len(self.packs))])
            asked = np.where((asked > 0.0) & free, asked * stack.room(), asked)
        flow = Flow(
            asked,
            np.array([self._holds_v(place) if stops_at_its_voltage else inf for place in range(len(self.packs))]),
            np.full(len(self.packs), ambient_degc, dtype=np.float64),
            gap_v,
            stack.bus.failed,
            apart,
        )
        on = state.on.tolist()
        inputs = inputs_of(flow, self.input, [pack.given.input for pack in self.packs], on)
        lied = {place: pack.given.sense for place, pack in enumerate(self.packs) if pack.given.sense}
        stack.step(inputs, dt_s, steps, lied, self._happened)
        self._pass(dt_s * steps)

    def _free(self, place: int) -> bool:
        """Whether nobody has fixed the current of a pack."""
        own = self.packs[place].given.input
        return (own if own.acts else self.input).current_a is None

    def _holds_v(self, place: int) -> float:
        """Where the charger of a pack stops; one whose current somebody fixed does not look."""
        return charge_voltage_v(self.packs[place].preset) if self._free(place) else inf

    def _happened(self, place: int, events: Sequence[Event]) -> None:
        self.packs[place].remember(events, Recorded(partial(self._measured, place, self.packs[place].given.sense)))

    def _pass(self, dt_s: float) -> None:
        """Let the packs grow older, and their records follow."""
        state = self.state
        time_s, moving = state.time_s, np.abs(state.current_a) > self.packs[0].preset.dead_band_a
        told = zip(self.packs, (100.0 * state.soc).tolist(), state.on.tolist(), moving.tolist(), strict=True)
        for place, (pack, soc_pct, on, moves) in enumerate(told):
            pack.age(dt_s, soc_pct)
            if on:
                values = Recorded(partial(self._measured, place, pack.given.sense))
                pack.records.tick(time_s, values, moving=moves)
            else:
                pack.records.off(time_s)

    # The device.

    def simulated(self, place: int) -> Report:
        """Give all that a pack would tell by itself now. place: in the bank, from 0."""
        return self._own(place, {})

    def report(self, place: int, message: Message | None = None, given: Given | None = None) -> Report:
        """Give all that a pack tells now. message: the one that it is for. given: in place of the pack's own."""
        given = given or self.packs[place].given
        simulated = self._own(place, given.sense)
        return given.change(simulated, self.vocabulary.following.get(message.name, ()) if message else ())

    def _own(self, place: int, sense: Sensed) -> Report:
        pack = self.packs[place]
        measured = self._measured(place, sense)
        bits = int(self.state.state.locked[place])
        rows = enumerate(self.stack.presets[place].protections)
        locked = [row.name for number, row in rows if bits >> number & 1] if bits else []
        values = dict(measured.values) | statuses(measured.values, measured.active, pack.model)
        values |= flags(values, pack.unfilled_for_s)
        codes = following(values, measured.active, locked, pack.model)
        own = pack.report(PackReport(values, (*measured.active, *codes)), self._now_ms())
        return Report(self.vocabulary.saturated(dict(own.values)), own.active)

    def _measured(self, place: int, sense: Sensed) -> PackReport:
        """Give what the BMS of a pack believes."""
        return report_of(self.stack.under(place), place, sense, asks=self._asks)

    def reports(self, question: Question) -> Sequence[Report]:
        """Give the reports of the packs that a request names; one that is off says nothing."""
        places = self._awake(question)
        return [self.report(place, question.message) for place in places]

    def write(self, question: Question) -> bool:
        """Take new settings or a new time. Raises Refused for what the pack cannot run, or refuses on purpose."""
        places = self._awake(question)
        for place in places:
            self._write(place, question.message, question.record)
        return bool(places)

    def _awake(self, question: Question) -> list[int]:
        asked, on = self._asked(question), self.state.on
        # The master speaks for all; while it is off nobody does.
        return [place for place in asked if on[place]] if asked and on[asked[0]] else []

    def _asked(self, question: Question) -> list[int]:
        if question.address not in self.addresses:
            return [0] if question.address == 0 else []  # the responder lets address 0 through where the make does
        place = self.addresses.index(question.address)
        if question.record.get("module") == _ALL and place == 0:
            return list(range(len(self.packs)))
        return [place]

    def _write(self, place: int, message: Message, record: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        if pack.given.writes is Writes.REFUSE:
            raise Refused(f"the pack at address {pack.address} takes no writes", reason="invalid_data")
        if pack.given.writes is Writes.IGNORE:
            return
        told, _ = tell(message.request, record, self.profile.dialect.told)
        if any(part.name == "device_time" for part in message.request):
            pack.set_clock(told.values.get("device_time"), self._now_ms())
            return
        # What a state file fixes is not changed by a write: a host that gives back what it read must not be refused.
        values = {name: value for name, value in told.values.items() if name not in pack.given.report}
        (full_ah,) = numbers(self._measured(place, {}).values["full_capacity_ah"])
        pack.set_settings(values, full_ah)
        self.stack.configure(place, pack.preset)
        for remaining_ah in numbers(values.get("remaining_capacity_ah")):
            self.stack.believe(place, remaining_ah / full_ah)


def _addresses(profile: Profile, packs: int, first: int | None) -> tuple[int, ...]:
    known = profile.addresses
    start = known.master if first is None else first
    if packs < 1:
        raise UsageError(f"a bank of {packs} packs cannot be; give 1 or more")
    if start < known.first or start + packs - 1 > known.last:
        asked = f"{packs} packs from address {start} on" if packs > 1 else f"address {start}"
        raise UsageError(f"{profile.name} has no place for {asked}; it knows addresses {known.first} to {known.last}")
    return tuple(range(start, start + packs))

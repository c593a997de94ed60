"""A bank of packs of one make on one bus: the array engine behind the device's side of the wire."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np

from wattstead.battery.bank import share
from wattstead.battery.measure import PackReport, report_pack
from wattstead.battery.sense import Sense
from wattstead.battery.state import ARRAYS, PackState, join
from wattstead.battery.step import Inputs, step
from wattstead.catalog.profile import Profile
from wattstead.model.errors import Refused, UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.pack import new_packs
from wattstead.virtual.vocabulary import Vocabulary
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report, tell
from wattstead.wire.message import Message

_ALL = 0xFF  # in a request to the master: all modules


class Bank:
    """Packs in parallel, with consecutive addresses; what ``wire.responder`` calls a device.

    packs: how many. first_address: of the first one; the profile's master where None. seed: the same seed gives the
    same cells. soc_pct: at the start. now_ms: the wall clock that the packs' own clocks follow, UTC. input: what a
    state file puts in place of the surroundings; those who advance the bank look at it.
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
    ) -> None:
        if not 0.0 <= soc_pct <= 100.0:
            raise UsageError(f"a state of charge of {soc_pct:g} % cannot be; give 0 to 100")
        self.profile = profile
        self.addresses = _addresses(profile, packs, first_address)
        self.vocabulary = Vocabulary.of(profile.dialect)
        self._now_ms = now_ms
        self.packs = new_packs(profile, self.addresses, seed)
        self.input = Input()
        self.state = PackState.rest(self.packs[0].preset, packs, soc_pct / 100.0)

    # The battery.

    def advance(
        self,
        dt_s: float,
        current_a: float = 0.0,
        *,
        own_current_a: Mapping[int, float] | None = None,
        ambient_degc: float | Sequence[float] = 25.0,
    ) -> None:
        """Let dt_s seconds pass.

        current_a: asked of the packs on the bus, positive charges; physics shares it. own_current_a: asked of packs
        that stand alone, by their place from 0. ambient_degc: of the air, one for all or one each.
        """
        apart = own_current_a or {}
        asked = np.empty(len(self.packs))
        asked[list(apart)] = list(apart.values())
        if (together := self.together(apart)) is not None:
            shared = share(together, current_a, dt_s).current_a if together.packs > 1 else current_a
            asked[self._places(apart)] = shared
        self.state = self._step(Inputs.of(len(self.packs), asked, ambient_degc), dt_s)
        socs = (100.0 * self.state.remaining_ah / self.state.full_ah).tolist()
        for pack, soc in zip(self.packs, socs, strict=True):
            pack.age(dt_s, soc)

    def together(self, apart: Collection[int] = ()) -> PackState | None:
        """Give the packs that share one bus: all but those at the places ``apart``; None where nobody is left."""
        if not apart:
            return self.state
        places = self._places(apart)
        return (
            replace(self.state, **{name: getattr(self.state, name)[..., places] for name in ARRAYS}) if places else None
        )

    def _places(self, apart: Collection[int]) -> list[int]:
        return [place for place in range(len(self.packs)) if place not in apart]

    def _step(self, inputs: Inputs, dt_s: float) -> PackState:
        """Step all at once, or pack by pack where their settings differ."""
        lied_to = {place: pack.given.sense for place, pack in enumerate(self.packs) if pack.given.sense}
        first, sense = self.packs[0].preset, _sensors(self.state, lied_to) if lied_to else None
        if all(pack.preset is first or pack.preset == first for pack in self.packs):
            state = self.state if self.state.preset is first else replace(self.state, preset=first)
            return step(state, inputs, dt_s, sense)
        parts = [
            step(
                replace(self.state.span(k, k + 1), preset=pack.preset),
                Inputs(inputs.current_a[k : k + 1], inputs.ambient_degc[k : k + 1]),
                dt_s,
                sense and sense.span(k, k + 1),
            )
            for k, pack in enumerate(self.packs)
        ]
        return join(parts, self.state)

    # The device.

    def simulated(self, place: int) -> Report:
        """Give all that a pack would tell by itself now. place: in the bank, from 0."""
        return self._own(place, report_pack(self.state, place))

    def report(self, place: int, message: Message | None = None, given: Given | None = None) -> Report:
        """Give all that a pack tells now. message: the one that it is for. given: in place of the pack's own."""
        given = given or self.packs[place].given
        simulated = self._own(place, self._measured(place, given.sense))
        return given.change(simulated, self.vocabulary.following.get(message.name, ()) if message else ())

    def _own(self, place: int, measured: PackReport) -> Report:
        own = self.packs[place].report(measured, self._now_ms())
        return Report(self.vocabulary.saturated(dict(own.values)), own.active)

    def _measured(self, place: int, sense: Mapping[str, Any]) -> PackReport:
        """Give what the BMS of a pack believes."""
        if not sense:
            return report_pack(self.state, place)
        sensors = _sensors(self.state, {place: sense})
        believed = report_pack(sensors.seen(self.state), place)
        return PackReport({**believed.values, **sense}, believed.active)

    def reports(self, question: Question) -> Sequence[Report]:
        """Give the reports of the packs that a request names."""
        return [self.report(place, question.message) for place in self._asked(question)]

    def write(self, question: Question) -> bool:
        """Take new settings or a new time. Raises Refused for what the pack cannot run, or refuses on purpose."""
        places = self._asked(question)
        for place in places:
            self._write(place, question.message, question.record)
        return bool(places)

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
        pack.set_settings(values, float(self.state.full_ah[place]))
        for remaining_ah in numbers(values.get("remaining_capacity_ah")):
            self._set_remaining(place, remaining_ah)

    def _set_remaining(self, place: int, remaining_ah: float) -> None:
        counted = self.state.remaining_ah.copy()
        counted[place] = remaining_ah
        self.state = replace(self.state, remaining_ah=counted)


def _sensors(state: PackState, seen: Mapping[int, Mapping[str, Any]]) -> Sense:
    """Give sensors that see what is given, by place of the pack, and else the truth."""
    sense = Sense.true(state)
    for place, given in seen.items():
        sense.cell_voltage_v[:, place] = given.get("cell_voltage_v", nan)
        sense.pack_voltage_v[place] = given.get("pack_voltage_v", nan)
        sense.current_a[place] = given.get("pack_current_a", nan)
    return sense


def _addresses(profile: Profile, packs: int, first: int | None) -> tuple[int, ...]:
    known = profile.addresses
    start = known.master if first is None else first
    if packs < 1:
        raise UsageError(f"a bank of {packs} packs cannot be; give 1 or more")
    if start < known.first or start + packs - 1 > known.last:
        asked = f"{packs} packs from address {start} on" if packs > 1 else f"address {start}"
        raise UsageError(f"{profile.name} has no place for {asked}; it knows addresses {known.first} to {known.last}")
    return tuple(range(start, start + packs))

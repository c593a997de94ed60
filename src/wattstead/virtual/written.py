"""What a host writes into the packs of a bank: settings, a time, orders."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from wattstead.battery.measure import PackReport
from wattstead.catalog.profile import Profile
from wattstead.model.errors import Refused
from wattstead.model.reading import numbers
from wattstead.virtual.desk import Hands
from wattstead.virtual.given import Writes
from wattstead.virtual.orders import fitting
from wattstead.virtual.pack import Pack
from wattstead.virtual.sensing import Sensed
from wattstead.virtual.stack import Stack
from wattstead.wire.fill import tell
from wattstead.wire.message import Message


class Written:
    """Of the packs of one bank. measure: gives what the BMS of a pack believes."""

    def __init__(
        self,
        profile: Profile,
        packs: Sequence[Pack],
        stack: Stack,
        now_ms: Callable[[], int],
        measure: Callable[[int, Sensed], PackReport],
    ) -> None:
        self.profile, self.packs, self.stack = profile, packs, stack
        self._now_ms, self._measure = now_ms, measure

    def take(self, place: int, message: Message, record: Mapping[str, Any]) -> None:
        """Take a write to one pack. Raises Refused for what it cannot do, or refuses on purpose."""
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
        # What tells nothing that we know is kept where the device says it, as a register that only the maker uses.
        kept = {name: value for name, value in record.items() if name in pack.says}
        written = {name: value for name, value in {**kept, **told.values}.items() if name not in pack.given.report}
        if pack.desk is not None:
            pack.desk.stage(written, told.active or ())
        else:
            self._set(place, written)

    def _set(self, place: int, values: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        (full_ah,) = numbers(self._measure(place, {}).values["full_capacity_ah"])
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
            if act.does == "restart":
                pack.take_address()
            return
        pack.orders.bits |= act.sets
        pack.says |= act.says
        for does in act.does.split():
            self._do(place, does, values)

    def _do(self, place: int, does: str, values: Mapping[str, Any]) -> None:
        pack = self.packs[place]
        if pack.orders.switch(does):
            self.stack.state.state.busy[:] = 1
        elif does == "limits":
            pack.orders.limit(values, self.stack.state.time_s)
        elif does == "factory_settings":
            self._set(place, pack.factory())
        elif does in ("turn_off", "turn_off_bank"):
            for one in range(len(self.packs)) if does == "turn_off_bank" else [place]:
                self.stack.turn_off(one)

    def _hands(self, place: int) -> Hands:
        # What its sensors see counts, also where somebody makes them see it: that is what is to be calibrated.
        values = {**self.packs[place].settings, **self._measure(place, self.packs[place].given.sense).values}
        return Hands(
            self.packs[place], self.stack.under(place), place, self._now_ms(), values, partial(self._set, place)
        )

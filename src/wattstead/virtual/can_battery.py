"""A bank of packs as it stands on a CAN bus: one voice for all, as the master of a stack has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wattstead.catalog.can_sides import codes_of
from wattstead.model.bank import Member, counted
from wattstead.model.bank_told import HEARD, bank_told, levels, rows_of
from wattstead.virtual.live import LiveBank
from wattstead.wire.fill import Report

_STATES = {"floating": "charging", "full": "standby", "shutdown": "offline"}


class CanBattery:
    """What a bank tells the inverter: limits of all together, means, sums, outermost cells, alarms of any pack."""

    def __init__(self, live: LiveBank) -> None:
        self._live = live

    def report(self) -> Report | None:
        """Give what the bank tells now; None while its master is off, or has not heard of any pack yet."""
        self._live.catch_up()
        bank = self._live.bank
        members = [replace(one, name=f"{place}") for place, one in enumerate(bank.members(), 1)]
        if not counted(members):
            return None
        awake = [place for place, on in enumerate(bank.state.on) if on]
        online = [members[place] for place in awake if members[place].standing in HEARD]
        values = {**_merged(members, online, len(bank.packs)), **self._fixed(awake)}
        return Report(values, codes_of(bank.profile, rows_of(online)))

    def inverter_lost(self, *, lost: bool) -> None:
        """Take note of whether the inverter has been silent for too long: from now on, not for the time before."""
        if lost != self._live.bank.inverter_lost:
            self._live.catch_up()
            self._live.bank.inverter_lost = lost

    def _fixed(self, places: Sequence[int]) -> dict[str, Any]:
        """Give what a person says for all packs alike: it is what the bank says."""
        first, *others = [self._live.bank.packs[place].given.report for place in places]
        return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}


def _merged(members: Sequence[Member], online: Sequence[Member], packs: int) -> dict[str, Any]:
    """Put the packs together; what only a master says of itself is the first one's."""
    first = counted(members)[0].values
    values = {**first, **bank_told(members, online, packs)}
    values["operating_state"] = _STATES.get(str(first.get("operating_state")), first.get("operating_state"))
    return values | levels(values, {row for one in online for row in one.active})

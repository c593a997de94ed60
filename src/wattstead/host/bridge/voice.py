"""What a bridge tells the inverter: the bank as one battery, and nothing that nobody knows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from wattstead.catalog.can_sides import codes_of
from wattstead.catalog.profile import Profile
from wattstead.host.bridge.bank import Look
from wattstead.model.bank import Member, counted
from wattstead.model.bank_told import HEARD, bank_told, levels, rows_of
from wattstead.model.bridge import Rule, Rules
from wattstead.model.bridge_where import wants_charge
from wattstead.model.reading import numbers
from wattstead.wire.fill import Report

SURELY: Final = (
    "soc_pct",
    "pack_voltage_v",
    "pack_current_a",
    "charge_voltage_limit_v",
    "discharge_voltage_limit_v",
    "charge_current_limit_a",
    "discharge_current_limit_a",
    "cell_voltage_max_v",
    "cell_voltage_min_v",
    "cell_voltage_spread_v",
    "cell_temperature_mean_degc",
    "cell_temperature_max_degc",
    "cell_temperature_min_degc",
    "remaining_capacity_ah",
    "full_capacity_ah",
)
"""What an inverter acts on is told only where a pack has said it."""
SOH_PCT: Final = 100.0
"""Told where no pack says how healthy it is; no inverter that we know acts on it."""
LOST_ROWS: Final = ("parallel_fault", "connection_fault")
"""Rows that stand for "the packs cannot be heard": each protocol has its own bits for them."""
_BROKEN: Final = (Rule.SILENT, Rule.APART, Rule.UNEQUAL)
_RESTS_A: Final = 0.5


class Voice:
    """profile: of the protocol. says: by the name of a field, in place of what the protocol's batteries say.

    clock: local time, for protocols that carry one.
    """

    def __init__(
        self,
        profile: Profile,
        rules: Rules,
        clock: Callable[[], datetime],
        *,
        says: Mapping[str, Any] | None = None,
        soh_pct: float = SOH_PCT,
    ) -> None:
        self.profile = profile
        self._rules = rules
        self._clock = clock
        self._says = {**profile.virtual.says, **(says or {})}
        self._soh_pct = soh_pct

    def report(self, look: Look) -> Report | None:
        """Give what is told now; None while there is nothing to say.

        While no pack can be heard only the limits are told, and that it is so: no measured value.
        """
        if look.limits is None:
            return None
        members = look.members
        online = [one for one in members if one.standing in HEARD]
        rows = self._rows(look, members)
        told = told_of(members, online)
        values = {**self._says, "soh_pct": self._soh_pct, "device_time": self._clock(), **_known(told)}
        values |= {"operating_state": _state(values), **look.limits.request().values()}
        if wants_charge(look.seats, self._rules):
            wanted = look.limits.charge.current_a > 0.0
            values |= {"charge_immediately_1": wanted, "charge_immediately_2": wanted}
        values |= levels(values, rows)
        return Report(values, codes_of(self.profile, rows))

    def _rows(self, look: Look, members: tuple[Member, ...]) -> set[str]:
        """Give the rows that hold on the bus; those of a pack that left it are its own, while others go on."""
        rows = rows_of(counted(members))
        broken = look.limits is not None and look.limits.charge.why.rule in _BROKEN
        return rows | set(LOST_ROWS) if broken else rows


def told_of(members: tuple[Member, ...], online: list[Member]) -> dict[str, Any]:
    """Give the bank's values, with a state of charge where no pack says how much it holds: then all count alike."""
    told = bank_told(members, online, len(members))
    if told and told["soc_pct"] is None and told["full_capacity_ah"] is None:
        socs = [one for member in counted(members) for one in numbers(member.values.get("soc_pct"))[:1]]
        told["soc_pct"] = sum(socs) / len(socs) if socs else None
    return told


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _state(values: Mapping[str, Any]) -> str:
    current_a = values.get("pack_current_a")
    if current_a is None or abs(current_a) < _RESTS_A:
        return "standby"
    return "charging" if current_a > 0 else "discharging"

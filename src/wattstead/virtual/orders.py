"""What somebody has ordered a pack over the wire: switches that stay as ordered, bits that it tells, limits.

The engine knows nothing of orders: an open switch lets no current of its direction through, which is held here, and the
pack tells it as if its BMS had opened it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wattstead.model.reading import numbers
from wattstead.wire.message import Act, Message

LIMITS_HOLD_S: Final = 10.0
"""Pylontech: limits that were set lapse so long after they were set last."""


def fitting(message: Message, record: Mapping[str, Any]) -> Act | None:
    """Find what a request makes a pack do; None where it asks for nothing that is known."""
    fits = (act for act in message.acts if all(record.get(name) == said for name, said in act.when.items()))
    return next(fits, None)


@dataclass
class Orders:
    """Of one pack, since it was turned on.

    charge, discharge: False where the switch was ordered open. limiter: True and False as ordered, None where the BMS
    decides. bits: told by name. limits: by quantity, until_s: in force before this simulated time.
    """

    charge: bool = True
    discharge: bool = True
    limiter: bool | None = None
    bits: dict[str, bool] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    until_s: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether they change what current flows."""
        return not (self.charge and self.discharge) or bool(self.limiter)

    def switch(self, does: str) -> bool:
        """Follow an order of a switch; tell whether it was one."""
        name, _, way = does.rpartition("_")
        if name not in ("charge", "discharge", "limiter"):
            return False
        setattr(self, name, way == "on")
        return True

    def limit(self, values: Mapping[str, Any], now_s: float) -> None:
        """Take limits for a while, by quantity name."""
        self.limits, self.until_s = dict(values), now_s + LIMITS_HOLD_S

    def flow_a(self, asked_a: float, limit_a: float) -> float:
        """Give what of a current flows, positive charges. limit_a: of the charge current limiter."""
        if asked_a > 0.0:
            return 0.0 if not self.charge else min(asked_a, limit_a) if self.limiter else asked_a
        return asked_a if self.discharge else 0.0

    def onto(self, values: Mapping[str, Any], now_s: float, limit_a: float) -> dict[str, Any]:
        """Give what changes in the report of a pack by these orders; bits apart."""
        said: dict[str, Any] = dict(self.limits) if now_s < self.until_s else {}
        if self.limiter is not None:
            said["current_limiter_on"] = self.limiter
        for asked in numbers(said.get("charge_current_limit_a", values.get("charge_current_limit_a")))[:1]:
            said["charge_current_limit_a"] = min(asked, limit_a) if self.limiter else asked
        for way in ("charge", "discharge"):
            if not getattr(self, way):
                said |= {f"{way}_mos_on": False, f"{way}_enabled": False, f"{way}_current_limit_a": 0.0}
        return {name: value for name, value in said.items() if name in values or name == "current_limiter_on"}

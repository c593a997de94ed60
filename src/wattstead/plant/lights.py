"""What the lights on a device mean, for the floors above: plain objects, with their texts in both languages."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from wattstead.catalog.fronts import fronts
from wattstead.catalog.lights_plain import answer_plain, front_plain, look_up


@cache
def panels_plain() -> dict[str, Any]:
    """Give every device whose lamps a document tells, with all its states."""
    return {"panels": [front_plain(front) for front in fronts()]}


def lights_plain(lamps: Mapping[str, str], panel: str | None) -> dict[str, Any]:
    """Give what lights may mean, on the devices that have such lamps; the likeliest first.

    lamps: what each does, by its name. panel: a device or a profile; all without one. Raises UsageError.
    """
    text = " ".join(f"{name}={light.strip() or '?'}" for name, light in lamps.items())
    return {"panels": [answer_plain(answer) for answer in look_up(text, panel)]}

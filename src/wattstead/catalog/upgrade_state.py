"""Whether a battery may be upgraded now, by the limits of its profile and the severity of its codes."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.catalog.upgrade_spec import UpgradeSpec
from wattstead.model.code import Severity
from wattstead.model.errors import UsageError
from wattstead.model.upgrade_state import unfit

_GRAVE: Final = (Severity.PROTECTION, Severity.FAULT)
_GRAVE_ENDS: Final = ("_protection", "_fault", "_lockout")

REFUSAL: Final = (
    "makers do not publish how their firmware is sent, and Wattstead sends nothing that was guessed; the only transfer "
    "that it knows is its own, which its virtual devices and boot loaders understand"
)


def declared(profile: Profile) -> UpgradeSpec:
    """Give ``[upgrade]``. Raises UsageError for a device that is offered none."""
    if profile.upgrade is None:
        raise UsageError(f"{profile.name} declares no firmware upgrade, so nothing was sent: {REFUSAL}")
    return profile.upgrade


def speaks_against(profile: Profile, values: Mapping[str, Any], active: Collection[str] | None) -> tuple[str, ...]:
    """Find what speaks against an upgrade now, with the values; empty where nothing does.

    values, active: as the battery says them; None where it does not tell what is active.
    """
    spec = declared(profile)
    grave = [name for name in active or () if _is_grave(profile, name)]
    found = unfit(values, grave, idle_a=spec.idle_a, wants=spec.wants)
    return found if active is not None else (*found, "the battery does not say which protections are active")


def _is_grave(profile: Profile, name: str) -> bool:
    code = profile.codes.get(name)
    return code.severity in _GRAVE if code else name.endswith(_GRAVE_ENDS)

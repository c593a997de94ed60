"""One value that a device keeps and a person may set."""

from dataclasses import dataclass

SettingValue = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter or a function switch of a device.

    name: ends in the unit. number: the maker's own number. vendor_name: as its PC software prints it.
    default: as shipped. minimum, maximum: what the wire can carry, None where nothing limits it.
    step: of what it takes, from 0, None where the wire alone has one. values: all that it takes, where those are few.
    """

    name: str
    unit: str = ""
    number: int | None = None
    vendor_name: str = ""
    default: SettingValue | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    values: tuple[SettingValue, ...] = ()

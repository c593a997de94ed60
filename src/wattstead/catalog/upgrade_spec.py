"""What a profile says of firmware upgrades: ``[upgrade]``. Without that table no device is offered one."""

from typing import Annotated, Literal

from pydantic import Field

from wattstead.catalog.spec_base import Name, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.model.quantity import QUANTITIES

_LINKS = ("can", "modbus")


class UpgradeSpec(Spec):
    """transfer: which one; the only one so far is this project's own, and no maker's.

    model, hardware, version: of the virtual device as shipped. tells: the field that tells the version in use.
    block_bytes: the most that one block has. slot_bytes: room for one image. restart_s: so long a restart takes.
    confirm_s: so long a new image runs until it must be confirmed. idle_a: up to which the battery counts as idle.
    wants: lowest and highest value that it may have while it is upgraded. shows: fields by which a virtual device says
    how far it is: whether it is at it, how far, which pack, and what the master and the others do.
    """

    transfer: Literal["wattstead-1"]
    model: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,23}$")]
    hardware: Annotated[int, Field(ge=0, le=255)]
    version: Annotated[str, Field(pattern=r"^\d{1,5}\.\d{1,5}(\.\d{1,5})?$")]
    tells: Name | Literal[""] = ""
    block_bytes: Annotated[int, Field(ge=16, le=216)]
    slot_bytes: Annotated[int, Field(ge=1024, le=1 << 22)]
    restart_s: Annotated[float, Field(gt=0)]
    confirm_s: Annotated[float, Field(gt=0)]
    idle_a: Annotated[float, Field(gt=0)]
    wants: dict[Name, tuple[float, float]] = {}
    shows: dict[Name, Literal["busy", "pct", "place", "master", "slave"]] = {}


def check_upgrade(where: Where, spec: UpgradeSpec | None, framing: str) -> None:
    """Hold the table against the rest of the file. Raises ProfileError."""
    if spec is None:
        return
    if framing not in _LINKS:
        raise where.wrong(f"the transfer does not run over {framing}", f"it runs over {' and '.join(_LINKS)}")
    for name, (low, high) in spec.wants.items():
        if name not in QUANTITIES:
            remedy = nearest(name, list(QUANTITIES), "see `wattstead quantities` for their names")
            raise where.inside("wants").wrong(f"there is no quantity {name!r}", remedy)
        if low >= high:
            raise where.inside("wants").wrong(f"{name}: {low:g} is not below {high:g}", "write the lower one first")

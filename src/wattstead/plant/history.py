"""What the plant has been through: questions about the past, checked before the store is asked.

The floors above take the store's words from here; they know no store.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from wattstead.model.errors import UsageError
from wattstead.model.quantity import QUANTITIES, Kind, Per
from wattstead.store.base import LAST_MS, Curve, Resolution, Series, Store

__all__ = ["LAST_MS", "Curve", "History", "Resolution", "Series", "Store"]


class History:
    """The past of the packs of a plant."""

    def __init__(self, store: Store, packs: Collection[str]) -> None:
        self._store = store
        self._packs = packs

    async def series(
        self,
        pack: str,
        quantities: Sequence[str],
        from_ms: int,
        to_ms: int,
        resolution: Resolution = Resolution.AUTO,
        points: int | None = None,
    ) -> Series:
        """Give numbers over time, see ``Store.read``; every quantity asked for is a number.

        Raises UsageError for a pack or a quantity that does not exist or is no number, and for a range that is none.
        """
        if pack not in self._packs:
            raise UsageError(f"there is no pack {pack}; this plant has {', '.join(self._packs) or 'none'}")
        if not quantities:
            raise UsageError("no quantity was asked for; name at least one, such as soc_pct")
        for name in quantities:
            check_channel(name)
        if not 0 <= from_ms < to_ms <= LAST_MS:
            raise UsageError(f"from {from_ms} to {to_ms} ms is no range; from must lie before to, in 1970 to 9999")
        return await self._store.read(pack, list(dict.fromkeys(quantities)), from_ms, to_ms, resolution, points)


def check_channel(name: str) -> None:
    """Check the name of a quantity, or of one channel of it such as cell_voltage_v.3. Raises UsageError."""
    base, dot, position = name.partition(".")
    quantity = QUANTITIES.get(base)
    if quantity is None:
        near = get_close_matches(base, QUANTITIES, n=1)
        hint = f"did you mean {near[0]}?" if near else "`wattstead quantities` lists them"
        raise UsageError(f"{name} is no quantity; {hint}")
    if quantity.kind is not Kind.NUMBER:
        raise UsageError(f"{name} is a {quantity.kind}; only numbers can be given over time")
    if dot and quantity.per is Per.PACK:
        raise UsageError(f"{name}: a pack has one {base}; ask for it without a position")
    if dot and not (position.isascii() and position.isdigit() and position[0] != "0"):
        raise UsageError(f"{name}: the position is a number from 1, such as {base}.1")

"""Probes at the cells that a board tells one by one, with a byte that says which of them are there."""

from collections.abc import Mapping
from typing import Any, Final

_THERE: Final = "sensors_there"


def joined(record: Mapping[str, Any], probes: Mapping[str, int]) -> dict[str, Any]:
    """Give the temperatures of those that are there. probes: the bit of each by the name of its field."""
    there = record.get(_THERE, 0) if probes else 0
    found = [record[name] for name, bit in probes.items() if name in record and there >> bit & 1]
    return {"cell_temperature_degc": tuple(found)} if found else {}

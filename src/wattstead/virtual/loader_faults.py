"""What goes wrong on purpose while an image is transferred to a virtual device: ``[upgrade]`` of the state file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wattstead.model.errors import UsageError
from wattstead.virtual.vocabulary import nearest

AT_BLOCKS: Final = (
    "refuse",
    "wrong_echo",
    "bad_write",
    "silence",
    "lost_echo",
    "power_before",
    "power_during",
    "power_after",
)
"""At a block: it is refused; its echo is wrong; it is stored wrong; nothing is done or said; it is stored and nothing
is said; the power fails before, in the middle of, or after its write."""
AT_SWITCH: Final = ("power_before", "power_during", "power_after")
_KEYS: Final = (*AT_BLOCKS, "switch", "no_start", "no_speech", "again")


@dataclass
class Faults:
    """blocks: numbers by kind. switch: when the power fails while slots change. no_start: a new image does not run.

    no_speech: it runs and says nothing as a battery. again: faults at blocks come every time, else once each.
    """

    blocks: dict[str, set[int]] = field(default_factory=dict)
    switch: str = ""
    no_start: bool = False
    no_speech: bool = False
    again: bool = False

    def at_block(self, kind: str, index: int) -> bool:
        """Whether this happens to this block now."""
        numbers = self.blocks.get(kind, set())
        if index not in numbers:
            return False
        if not self.again:
            numbers.discard(index)
        return True

    def at_switch(self, when: str) -> bool:
        """Whether the power fails now; once."""
        if self.switch != when:
            return False
        self.switch = ""
        return True


def read_faults(table: object) -> Faults:
    """Understand ``[upgrade]``. Raises UsageError with the key and what would be right."""
    if not isinstance(table, Mapping):
        raise UsageError(f"[upgrade]: {table!r} is no table; write [upgrade] and its values below")
    faults = Faults()
    for key, value in table.items():
        if key not in _KEYS:
            raise UsageError(f"[upgrade] {key}: there is no such fault; {nearest(key, list(_KEYS), 'known are')}")
        if key in ("no_start", "no_speech", "again"):
            if not isinstance(value, bool):
                raise UsageError(f"[upgrade] {key}: {value!r} is neither true nor false")
            setattr(faults, key, value)
        elif key == "switch":
            if value not in AT_SWITCH:
                raise UsageError(f"[upgrade] switch: {value!r} is none of {', '.join(AT_SWITCH)}")
            faults.switch = value
        else:
            faults.blocks[key] = _numbers(key, value)
    return faults


def _numbers(key: str, value: Any) -> set[int]:
    if not isinstance(value, list) or not all(type(one) is int and one >= 0 for one in value):
        raise UsageError(f"[upgrade] {key}: {value!r} is no list of block numbers; write [0, 7]")
    return set(value)

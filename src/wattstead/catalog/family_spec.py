"""The keys that each protocol family has for itself: in ``[link]`` and in ``[[message]]``, in a table of its name."""

from typing import Annotated, Literal

from pydantic import Field

from wattstead.catalog.spec_base import Byte, Name, Spec

Register = Annotated[int, Field(ge=0, le=0xFFFF)]

Framing = Literal["can", "ascii_hex", "jbd", "daly", "jk", "jk_pb", "modbus", "console"]


class AsciiHexSpec(Spec):
    """``[link] ascii_hex``. version: VER of what we send. kind: CID1."""

    version: Byte
    kind: Byte


class JkSpec(Spec):
    """``[link] jk``. tags: of each byte that names a value, such as ``0x85``, the field that reads it."""

    tags: dict[str, Name]


class ModbusSpec(Spec):
    """``[link] modbus``. functions: those that the device knows; what its messages use where left out.

    too_many: how it refuses a count beyond what a frame carries. broadcast: whether address 0 is all devices.
    counts: what the count in a reply to a read counts, one byte of bytes or two of registers. step: from the address of
    one register to that of the next. probes: fields of probes at the cells, each with the bit of the field
    ``sensors_there`` by which the device says that it is there.
    """

    functions: tuple[Byte, ...] = ()
    too_many: Literal["invalid_data", "unknown_register"] = "invalid_data"
    broadcast: bool = True
    counts: Literal["bytes", "registers"] = "bytes"
    step: Literal[1, 2] = 1
    probes: dict[Name, Annotated[int, Field(ge=0, le=31)]] = Field(default_factory=dict)


class ModbusBlockSpec(Spec):
    """``[[message]] modbus``: registers or coils that follow each other.

    count: of coils, where they do not fill the last byte. asks: the count that a request names where it is another.
    """

    function: Byte
    start: Register
    count: Annotated[int, Field(ge=1, le=0x10000)] | None = None
    asks: Register | None = None


_Labels = str | tuple[str, ...]
ColumnSpec = tuple[_Labels, Name] | tuple[_Labels, Name, int] | tuple[_Labels, Name, int, str]
"""A label or head (or a list of them; the first is written), the field, the width of its value, its unit."""


class ConsoleSpec(Spec):
    """``[message.console]``. See ``wire.family.console.Form``."""

    text: Annotated[str, Field(pattern=r"^[a-z]+$")]
    number: Literal["none", "all", "optional", "always"] = "none"
    shape: Literal["list", "modules", "cells", "line", "entries", "sharp", "text"]
    columns: tuple[ColumnSpec, ...] = Field(min_length=1)
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    indent: int = 0
    label_width: int = 16
    between: str = ": "
    right: bool = False
    rows: int = 16
    page: Annotated[int, Field(ge=0)] = 0
    loose: bool = False

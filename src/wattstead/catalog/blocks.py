"""From ``[[message]] modbus = { … }`` to a block of registers."""

from dataclasses import fields, replace

from wattstead.catalog.spec import MessageSpec
from wattstead.catalog.where import Where
from wattstead.wire.family.modbus import READS, WRITES
from wattstead.wire.layout import Field
from wattstead.wire.message import Message
from wattstead.wire.registers import BIT_FUNCTIONS, Block, content_bits


def make_block(where: Where, spec: MessageSpec, message: Message, step: int = 1) -> Message:
    """Give the message as a block of registers where it is one. step: of their addresses. Raises ProfileError."""
    keys = spec.modbus
    if keys is None:
        if spec.command is None:
            raise where.wrong("command is missing", "add it; docs/profiles.md shows how")
        return message
    here, function = where.inside("modbus"), keys.function
    if spec.command is not None:
        raise where.wrong("has both command and modbus", "take command away: function and first register say it")
    if function not in (WRITES if message.writes else READS):
        known = ", ".join(map(str, WRITES if message.writes else READS))
        how = "writes" if message.writes else "reads"
        raise here.wrong(f"function {function} does not do what this message does", f"one that {how} has {known}")
    parts = message.request if message.writes else message.reply
    try:
        bits = 16 if keys.asks is not None else content_bits(parts)  # what is no window of a map may have any layout
    except ValueError as error:
        remedy = "registers stand at fixed places: give it a size, and take optional, when and counts away"
        raise where.wrong(f"{str(error)!r} has no fixed size", remedy) from None
    count = _count(here, spec, bits)
    asks = keys.asks
    if keys.start + count * step > 0x10000:
        raise here.wrong(f"{count} from {keys.start} on go beyond 65535", "correct start")
    command = (0 if asks is None else asks) << 24 | function << 16 | keys.start
    inherited = {one.name: getattr(message, one.name) for one in fields(message)}
    # What nobody gave is not written: a default is what a virtual device says, not what a register should get. Only
    # bits beside those that somebody gave need one.
    request = tuple(
        replace(part, default=None) if isinstance(part, Field) and part.lane is None else part
        for part in message.request
    )
    return Block(
        **{**inherited, "command": command, "request": request},
        function=function,
        start=keys.start,
        count=count,
        asks=asks,
        step=step,
    )


def _count(where: Where, spec: MessageSpec, bits: int) -> int:
    keys = spec.modbus
    function = keys.function if keys else 0
    if function not in BIT_FUNCTIONS:
        if not bits or bits % 16:
            raise where.wrong(f"its fields fill {bits // 8} bytes", "registers have two each: add the bytes between")
        return bits // 16
    count = keys.count if keys and keys.count is not None else bits
    if not bits - 8 < count <= bits:
        raise where.wrong(f"its fields hold {bits} bits, count says {count}", "only the last byte may have spare bits")
    return count

"""The register map of a Modbus device for its page, and what its settings take."""

from wattstead.catalog.profile import Profile
from wattstead.model.setting import Setting
from wattstead.wire.field import Bits, Dotted, Number, Positions, Text, Type, Word
from wattstead.wire.layout import Field
from wattstead.wire.message import Message
from wattstead.wire.peculiar import WordPositions
from wattstead.wire.register_types import Narrow, PackedTime, TextOrHex
from wattstead.wire.registers import Block, places
from wattstead.wire.unix_time import UnixTime


def register_page(profile: Profile) -> str:
    """Give a table of all registers or coils of each block; nothing for a device without any."""
    blocks = [one for one in profile.dialect.messages if isinstance(one, Block) and one.asks is None]
    twins = {(one.start, one.count): one for one in blocks if one.writes}
    text = ""
    for one in blocks:
        twin = twins.get((one.start, one.count))
        if one.writes and any(not other.writes and _same(one, other) for other in blocks):
            continue
        text += f"\n### {one.name}\n\n{_how(one, twin)}.\n\n| {_what(one)} | field | holds |\n| --- | --- | --- |\n"
        text += "".join(_rows(one))
    return f"\n## Registers\n{text}" if text else ""


def number(profile: Profile, setting: Setting) -> str:
    """Write the maker's number of a setting; of a register, and of a byte that names a value, as those are written."""
    if setting.number is not None and profile.link.framing == "modbus":
        return f"{setting.number:04X}"
    if setting.number is not None and profile.link.framing in ("jbd", "jk"):
        return f"{setting.number:02X}H"
    return str(setting.number or "")


def takes(setting: Setting) -> str:
    """Say what a setting takes."""
    if setting.values:
        return ", ".join(f"{one:g}" if isinstance(one, int | float) else str(one) for one in setting.values)
    if setting.minimum is None or setting.maximum is None:
        return ""
    step = f", in steps of {setting.step:g}" if setting.step else ""
    return f"{setting.minimum:g} to {setting.maximum:g}{step}"


def _same(one: Block, other: Block) -> bool:
    return (one.start, one.count) == (other.start, other.count)


def _how(one: Block, twin: Message | None) -> str:
    also = f", written by `{twin.name}`" if twin is not None and twin is not one else ""
    verb = "Written" if one.writes else "Read"
    return f"{verb} by function {one.function:02X}H{also}"


def _what(one: Block) -> str:
    return "coil" if one.of_bits else "register"


def _rows(block: Block) -> list[str]:
    rows = []
    held = list(places(block))
    groups = [part for part in block.parts if not isinstance(part, Field) and isinstance(part.repeat, int)]
    for at, count, field in held:
        if any(field.name.startswith(f"{group.name}_") and f"{group.name}_1_" not in field.name for group in groups):
            continue  # the rounds of a group look all the same: the first stands for them
        where = f"{at:04X}" if count <= 1 else f"{at:04X} to {at + (count - 1) * block.step:04X}"
        rows.append(f"| {where}{_shared(field)} | {field.name} | {_holds(field)} |\n")
    return [*rows, *(f"| | {group.name} | {group.repeat} times the same |\n" for group in groups)]


def _shared(field: Field) -> str:
    """Say which bits of a register a field has that shares it."""
    lane = field.lane
    if lane is None:
        return ""
    return f", bit {lane.shift}" if lane.width == 1 else f", bits {lane.shift} to {lane.shift + lane.width - 1}"


def _holds(field: Field) -> str:
    times = f"{field.repeat} × " if isinstance(field.repeat, int) else ""
    lane = field.lane
    order = lane.order if lane else getattr(field.type, "order", "big")
    return times + _said(field.type, lane.shift if lane else 0) + (", low byte first" if order == "little" else "")


def _said(kind: Type, shift: int) -> str:
    match kind:
        case Bits():
            return ", ".join(f"bit {shift + bit} {name}" for bit, name in enumerate(kind.names) if name) or "bits"
        case Word():
            return ", ".join(f"{raw} {name}" for raw, name in kind.names.items())
        case Narrow():
            step = "" if kind.scale == 1 else f" × {kind.scale:g}"
            return "whole number" + step + (f" {kind.offset:+g}" if kind.offset else "")
        case PackedTime():
            return "second, minute, hour, day, month, year from 2000, in 6, 6, 5, 5, 4 and 6 bits from the lowest on"
        case TextOrHex():
            return f"{kind.size} characters or bytes"
        case Number():
            size = f"{'i' if kind.signed else 'u'}{8 * kind.size}"
            offset = f" {kind.offset:+g}" if kind.offset else ""
            return f"{size} × {kind.scale:g}{offset}" if not kind.whole else size
        case Positions() | WordPositions():
            return f"a bit for each cell, bit 0 is cell {kind.first}"
        case UnixTime():
            return "seconds since 1970"
        case Text():
            return f"{kind.size} characters"
        case Dotted():
            return "version, a byte a number"
    return f"{kind.size} bytes"

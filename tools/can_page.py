"""The page of a device on a CAN bus: what it can say, signal by signal, its switches, recordings and doubts."""

import tomllib
from collections import Counter
from pathlib import Path

from exceptions_page import exceptions
from wattstead.catalog.inverters import inverters
from wattstead.catalog.profile import Profile
from wattstead.wire.can_signal import CanMessage, CanNumber, Pairs
from wattstead.wire.field import Bits, Hex, Text, Word
from wattstead.wire.layout import Field

CAPTURES = Path(__file__).parents[1] / "tests" / "captures"


def can_page(profile: Profile) -> str:
    """Give the page without its first line."""
    keys = profile.link.can
    if keys is None:
        raise ValueError(f"{profile.name} does not speak on a CAN bus")
    rate = " or ".join(f"{one // 1000} kbit/s" for one in profile.link.baud)
    messages = [one for one in profile.dialect.messages if isinstance(one, CanMessage)]
    bits = " and ".join(f"{29 if one else 11}-bit" for one in sorted({message.extended for message in messages}))
    text = f"# {profile.name}\n\n{profile.title['en']}. CAN at {rate}, {bits} identifiers.\n\n"
    text += (
        f"Source: {profile.source}.\n\nDBC: `src/wattstead/profiles/{keys.dbc}`, for cantools, SavvyCAN and Wireshark. "
    )
    text += "It has the maker's own signs; values here are ours: positive charges.\n\n"
    text += f"Wiring: CAN-H, CAN-L and ground, 120 ohms at both ends of the bus.\n\n{_recorded(profile.name)}\n"
    text += "\n## How it speaks\n\n" + _speaks(profile)
    text += "\n## Frames\n\n| identifier | message | from | every | bytes |\n| --- | --- | --- | --- | --- |\n"
    text += "".join(_row(profile, one) for one in messages)
    text += "\n## What is in them\n\n| message | signal | tells | unit, step or bits |\n| --- | --- | --- | --- |\n"
    text += "".join(_signal(message, field) for message in messages for field in message.fields)
    return text + _codes(profile) + switches(profile) + _brands(profile) + exceptions(profile) + _notes(profile)


def _recorded(name: str) -> str:
    found: Counter[str] = Counter()
    for file in (CAPTURES / name).glob("*.toml"):
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        found[said["source"]] += len(said.get("frame", ()))
    how = ", ".join(f"{count} {source}" for source, count in sorted(found.items()))
    doubt = "" if found["recorded"] else " Nobody has published a recording of this protocol."
    return f"Frames in the tests: {how}.{doubt}"


def _speaks(profile: Profile) -> str:
    keys = profile.link.can
    assert keys is not None
    number = {one.name: profile.dialect.number(one) for one in profile.dialect.messages}
    order = ", ".join(number[name] for name in keys.send)
    text = f"A battery sends {order}, in this order, {keys.spacing_ms} ms apart"
    if keys.asks:
        text += f", each time the inverter sends {' or '.join(number[name] for name in keys.asks)}, and never by itself"
    text += ".\n"
    if keys.alive:
        alive = " or ".join(number[name] for name in keys.alive)
        text += f"The inverter is there as long as {alive} comes; without it for {keys.lost_s:g} s it counts as lost.\n"
    return text


def _row(profile: Profile, message: CanMessage) -> str:
    every = f"{message.cycle_ms} ms" if message.cycle_ms else "on occasion"
    return f"| {profile.dialect.number(message)} | {message.name} | {message.sender} | {every} | {message.length} |\n"


def _signal(message: CanMessage, field: Field) -> str:
    kind = field.type
    match kind:
        case Hex():
            return ""
        case Pairs() | Bits():
            named = [name for name in kind.names if name]
            return f"| {message.name} | {field.name} | {', '.join(named)} | bits |\n" if named else ""
        case CanNumber():
            step = f"{abs(kind.scale):g}"
            span = f"{kind.limits[0]:g} to {kind.limits[1]:g}, step {step}"
        case Word():
            span = ", ".join(kind.names.values())
        case Text():
            span = f"text of {kind.size}"
        case _:
            span = ""
    return f"| {message.name} | {field.name} | {field.quantity} | {span} |\n"


def _codes(profile: Profile) -> str:
    rows = "".join(
        f"| {code.name} | {code.severity} | {code.label['en']} | {code.label['fr']} |\n"
        for code in profile.codes.values()
    )
    head = "\n## Codes\n\n| code | severity | meaning | signification |\n| --- | --- | --- | --- |\n"
    return head + rows if rows else ""


def switches(profile: Profile) -> str:
    """Give a table of the switches of a profile of any kind; nothing for one without."""
    if not profile.switches:
        return ""
    text = f"\n## Switches\n\nWritten behind the name, as `{profile.name}+{next(iter(profile.switches))}`.\n\n"
    text += "| switch | what it does | effet |\n| --- | --- | --- |\n"
    return text + "".join(f"| {name} | {one['en']} | {one['fr']} |\n" for name, one in profile.switches.items())


def _brands(profile: Profile) -> str:
    rows = [
        f"| {one.title} | {way.profile} | {way.setting} | {way.confidence} |\n"
        for one in inverters().values()
        for way in one.ways
        if way.profile.partition("+")[0] == profile.name
    ]
    head = "\n## Inverters\n\n| inverter | profile | its setting | known from |\n| --- | --- | --- | --- |\n"
    return head + "".join(rows) if rows else ""


def _notes(profile: Profile) -> str:
    return "\n## What is not certain\n\n" + "".join(f"- {note.en} (`{note.about}`)\n" for note in profile.notes)

"""The protocol families that ``[link] framing`` may name, and how each is made from a profile's file.

To add one: its keys in ``catalog/family_spec.py``, a function here, its name in ``FAMILIES`` and ``Framing``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wattstead.catalog.family_spec import ConsoleSpec, ModbusSpec
from wattstead.catalog.spec import ProfileSpec
from wattstead.catalog.where import Where, nearest
from wattstead.wire.can_join import Join
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.family.ascii_hex import AsciiHex
from wattstead.wire.family.base import Family
from wattstead.wire.family.can import Can
from wattstead.wire.family.console import Column, Console, Form
from wattstead.wire.family.daly import Daly
from wattstead.wire.family.jbd import Jbd
from wattstead.wire.family.jk import Jk
from wattstead.wire.family.jk_pb import JkPb
from wattstead.wire.family.modbus import Modbus, reached_by
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message
from wattstead.wire.registers import Block

Make = Callable[[Where, ProfileSpec, Sequence[Message]], Family]


def make_family(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    """Make the family of a profile. Raises ProfileError where what it needs does not stand in the file."""
    return FAMILIES[spec.link.framing](where, spec, messages)


def _ascii_hex(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    keys = spec.link.ascii_hex
    if keys is None:
        remedy = "add ascii_hex = { version = 0x20, kind = 0x46 }"
        raise where.inside("link").wrong("ascii_hex is missing, the table of this framing", remedy)
    _check_statuses(where.inside("status"), spec.status, messages)
    statuses = {code: name for name, code in spec.status.items()}
    return AsciiHex(spec.profile.name, messages, statuses, keys.version, keys.kind)


def _check_statuses(where: Where, statuses: Mapping[str, int], messages: Sequence[Message]) -> None:
    if "ok" not in statuses:
        raise where.wrong("no return code is called ok", "say which one means that all went well")
    for name, code in statuses.items():
        twins = [other for other, same in statuses.items() if same == code and other != name]
        if twins:
            raise where.wrong(f"{name} and {twins[0]} are both {code:02X}", "give each return code one name")
        for message in messages:
            if message.command == code:
                remedy = "a frame could not be told to be request or reply: correct one"
                raise where.wrong(f"{name} = {code:02X} is the command of message {message.name!r}, too", remedy)


def _jbd(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    return Jbd(spec.profile.name, messages)


def _daly(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    return Daly(spec.profile.name, messages)


def _jk_pb(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    return JkPb(spec.profile.name, messages)


def _jk(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    where = where.inside("link").inside("jk")
    if spec.link.jk is None:
        raise where.wrong("the table of this framing is missing", 'add jk = { tags = { "0x85" = "soc_pct", … } }')
    tags: dict[int, str] = {}
    names = {field.name for message in messages for field in fields_of(message.reply)}
    for text, name in spec.link.jk.tags.items():
        try:
            tag = int(text, 0)
        except ValueError:
            tag = -1
        if not 0 <= tag <= 0xFF or tag in tags:
            raise where.inside("tags").wrong(f"{text!r} is no byte of its own", 'write tags such as "0x85", each once')
        if name not in names:
            raise where.inside("tags").wrong(f"no reply has a field {name!r}", nearest(name, list(names), "name one"))
        tags[tag] = name
    return Jk(spec.profile.name, messages, tags)


def _can(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    keys = spec.link.can
    if keys is None:
        remedy = 'add [link.can] with dbc = "my-battery.dbc", send and needs'
        raise where.inside("link").wrong("can is missing, the table of this framing", remedy)
    return Can(
        spec.profile.name,
        [one for one in messages if isinstance(one, CanMessage)],
        pack_shift=keys.pack_shift,
        either=keys.either,
        joins=[Join(one.quantity, one.rule, one.signals) for one in keys.joins],
        preferred={name: one.quantity for name, one in keys.signals.items() if one.first and one.quantity},
    )


def _modbus(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    keys = spec.link.modbus or ModbusSpec()
    used = {function for one in messages if isinstance(one, Block) for function in reached_by(one.function)}
    return Modbus(
        spec.profile.name,
        messages,
        functions=keys.functions or used,
        reasons=spec.status,
        too_many=keys.too_many,
        broadcast=keys.broadcast,
        in_registers=keys.counts == "registers",
        probes=keys.probes,
    )


def _console(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    forms: dict[str, Form] = {}
    for one, message in zip(spec.message, messages, strict=True):
        here = where.inside(f"message {one.name!r}")
        if one.console is None:
            raise here.wrong(
                "the table of this framing is missing", "add [message.console] with text, shape and columns"
            )
        forms[one.name] = _form(here.inside("console"), one.console, message)
    return Console(spec.profile.name, messages, forms)


def _form(where: Where, keys: ConsoleSpec, message: Message) -> Form:
    names = {field.name for field in fields_of(message.reply)}
    columns = []
    for one in keys.columns:
        label, field = one[0], one[1]
        if field not in names:
            known = list(names)
            raise where.inside("columns").wrong(f"the reply has no field {field!r}", nearest(field, known, "name one"))
        labels = (label,) if isinstance(label, str) else label
        width = one[2] if len(one) > 2 else 0
        unit = one[3] if len(one) > 3 else ""
        columns.append(Column(tuple(text.encode() for text in labels), field, width, unit.encode()))
    head, foot = ([line.encode() for line in lines] for lines in (keys.head, keys.foot))
    return Form(
        keys.text.encode(),
        keys.number,
        keys.shape,
        tuple(columns),
        tuple(head),
        tuple(foot),
        keys.indent,
        keys.label_width,
        keys.between.encode(),
        keys.right,
        keys.rows,
        keys.page,
        keys.loose,
    )


FAMILIES: Final[Mapping[str, Make]] = {
    "console": _console,
    "can": _can,
    "ascii_hex": _ascii_hex,
    "jbd": _jbd,
    "daly": _daly,
    "jk": _jk,
    "jk_pb": _jk_pb,
    "modbus": _modbus,
}

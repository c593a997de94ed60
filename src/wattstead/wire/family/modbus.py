"""Modbus: registers and coils. The same frames run over a serial line (RTU) and inside TCP.

Requests name a function, the first register and a count; replies repeat the function alone. A refusal has the highest
bit of the function set and a code. A device answers any window of its map that somebody asks for.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from wattstead.model.errors import DecodeError, EncodeError, Refused
from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.family.probes import joined
from wattstead.wire.fill import Context, Report, fill
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.framing.modbus_rtu import ModbusRtuFramer
from wattstead.wire.framing.modbus_tcp import ModbusTcpFramer
from wattstead.wire.layout import Record
from wattstead.wire.message import Message, Question
from wattstead.wire.registers import Block, cut, part_of, whole, window
from wattstead.wire.write import encode

REASONS: Final = {
    "unknown_command": 1,
    "unknown_register": 2,
    "invalid_data": 3,
    "execution_failed": 4,
    "answer_later": 5,
    "busy": 6,
    "memory_fault": 8,
    "gateway_path_fault": 10,
    "gateway_silent": 11,
}
"""Names of the codes of a refusal."""
_OTHERS: Final = {
    "format_error": "invalid_data",
    "no_data": "unknown_register",
    "not_permitted": "unknown_command",
    "kind_error": "unknown_command",
}
"""Reasons of other families, by the nearest that Modbus has."""

READS: Final = (0x01, 0x02, 0x03, 0x04)
_BIT_READS: Final = (0x01, 0x02)
_REGISTER_READS: Final = (0x03, 0x04)
_ONE: Final = (0x05, 0x06)
_MANY: Final = (0x0F, 0x10)
WRITES: Final = (*_ONE, *_MANY)
_MASK, _READ_WRITE, _SERVER_ID, _IDENTIFY = 0x16, 0x17, 0x11, 0x2B
_ON, _OFF = b"\xff\x00", b"\x00\x00"


class Modbus(Family):
    """functions: those that the device knows. reasons: code of a refusal by its name, the device's own ones included.

    too_many: the reason for a count beyond what a frame carries. broadcast: whether address 0 is all devices, who keep
    silent then; else it is one like others. in_registers: replies to reads are counted so, in two bytes. probes: fields
    of probes at the cells, and the bit of ``sensors_there`` by which the device says that each is there.
    """

    def __init__(
        self,
        device: str,
        messages: Sequence[Message],
        *,
        functions: Collection[int],
        reasons: Mapping[str, int] | None = None,
        too_many: str = "invalid_data",
        broadcast: bool = True,
        in_registers: bool = False,
        probes: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(device, messages)
        self._probes = probes or {}
        self._in_registers = in_registers
        self.functions = frozenset(functions)
        self._reasons = {**REASONS, **(reasons or {})}
        self._names = {code: name for name, code in self._reasons.items()}
        self._too_many = too_many
        self._broadcast = broadcast
        blocks = [one for one in messages if isinstance(one, Block)]
        self._asked_by = {(one.function, one.start, one.asked_count): one for one in blocks}
        maps: dict[int, list[Block]] = {function: [] for function in (*READS, *WRITES)}
        for one in blocks:
            if one.asks is None:
                for function in reached_by(one.function):
                    maps[function].append(one)
        self._maps = maps

    # The line.

    def framer(self, over: str = "") -> Framer:
        return ModbusTcpFramer() if over == "modbus_tcp" else super().framer(over.removeprefix("modbus_rtu"))

    def runs_over(self, over: str) -> bool:
        return over in ("", "modbus_rtu", "modbus_tcp")  # loggers carry RTU frames and nothing else

    def _framer(self) -> Framer:
        return ModbusRtuFramer(in_registers=self._in_registers)

    # What a frame is.

    def plain(self, frame: Frame, asked: Question) -> bytes | None:
        block, payload = asked.message, frame.payload
        if not isinstance(block, Block) or frame.command != block.function:
            return None
        if block.function not in _REGISTER_READS or block.writes:
            return None
        size = 2 * block.count
        if self._in_registers:
            whole = len(payload) == size + 2 and payload[0] << 8 | payload[1] == block.count
            return payload[2:] if whole else None
        return payload[1:] if len(payload) == size + 1 and payload[0] == size else None

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        function, payload = frame.command, frame.payload
        if function & 0x80:
            return Side.REPLY
        if function in READS:
            is_reply = self._counted(function, payload) is not None
            if len(payload) != 4 or (is_reply and asked and self._function(asked) == function):
                return Side.REPLY
            return Side.EITHER if is_reply and not self._window(frame) else Side.REQUEST
        if function in _ONE or function == _MASK:
            return Side.REPLY if asked and self._function(asked) == function else Side.REQUEST
        if function in _MANY:
            return Side.REPLY if len(payload) == 4 else Side.REQUEST
        if function == _SERVER_ID:
            return Side.REPLY if payload else Side.REQUEST
        if function == _IDENTIFY:
            return Side.REQUEST if len(payload) == 3 else Side.REPLY
        return Side.REPLY if asked and self._function(asked) == function else Side.REQUEST

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        if not frame.command & 0x80:
            return None
        code = frame.payload[0] if frame.payload else 0
        return No(self._names.get(code, "exception without a name"), f"exception {code:02X}")

    def asked(self, frame: Frame) -> Message | None:
        if frame.command not in self.functions:
            return None
        if frame.command in READS or frame.command in WRITES:
            return self._legal(frame)
        return self._by_command.get(frame.command << 16)

    def named(self, frame: Frame) -> Message | None:
        """A reply to a write names its registers."""
        if frame.command not in _MANY or len(frame.payload) != 4:
            return None
        return self._window(frame)

    def fits(self, frame: Frame, message: Message) -> bool:
        return isinstance(message, Block) and message.function == frame.command

    def mirrors(self, question: Question) -> bool:
        return self._function(question) in _ONE

    def broadcasts(self, frame: Frame) -> bool:
        return self._broadcast and frame.address == 0

    # What it carries.

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        payload = frame.payload
        if not isinstance(message, Block):
            return payload
        if not message.writes:
            return b""
        if frame.command == 0x05:
            if payload[2:4] not in (_ON, _OFF):
                raise DecodeError(f"{payload[2:4].hex(' ').upper()} is neither FF 00 nor 00 00")
            return b"\x01" if payload[2] else b"\x00"
        if frame.command == 0x06:
            return payload[2:]
        size = -(-message.count // 8) if message.of_bits else 2 * message.count
        if len(payload) != 5 + size or payload[4] != size:
            raise DecodeError(f"{len(payload) - 5} bytes come for {message.count} of {size} bytes")
        return payload[5:]

    def content(self, frame: Frame, message: Message) -> bytes:
        payload = frame.payload
        if not isinstance(message, Block):
            return payload
        if frame.command != message.function:
            raise DecodeError(f"the reply is of function {frame.command:02X}, not {message.function:02X}")
        if message.writes:
            if payload[:2] != message.start.to_bytes(2):
                raise DecodeError(f"it is about register {payload[:2].hex().upper()}, not {message.start:04X}")
            return b""
        counted = self._counted(frame.command, payload)
        if counted is None:
            raise DecodeError(f"its count of {'registers' if self._in_registers else 'bytes'} is wrong")
        return counted

    def shaped(self, frame: Frame, message: Message) -> Message:
        """A reply that is shorter than its block is of the first registers: some hosts do not read the last."""
        if not isinstance(message, Block) or message.writes or frame.command != message.function or message.of_bits:
            return message
        count = len(self._counted(frame.command, frame.payload) or b"") // 2
        if message.asks is not None or not 0 < count < message.count:
            return message
        return window((message,), message.function, message.start, count) or message

    # How one is made.

    def asking(self, message: Message, values: Mapping[str, Any]) -> Message:
        """A write of some values is one of a part of the table."""
        if not isinstance(message, Block) or not message.writes or not values:
            return message
        return part_of(message, frozenset(values))

    def request(self, question: Question, content: bytes) -> Frame:
        block = question.message
        if not isinstance(block, Block):
            return Frame(question.address, block.command >> 16, content, tag=question.tag)
        payload = block.start.to_bytes(2)
        if block.function == 0x05:
            payload += _ON if content[0] & 1 else _OFF
        elif block.function == 0x06:
            payload += content
        else:
            payload += block.asked_count.to_bytes(2)
            if block.function in _MANY:
                payload += bytes((len(content),)) + content
        return Frame(question.address, block.function, payload, tag=question.tag)

    def reply(self, question: Question, content: bytes) -> Frame:
        block = question.message
        if not isinstance(block, Block):
            return Frame(question.address, block.command >> 16, content, tag=question.tag)
        if block.function in _ONE:
            return self.request(question, encode(block.request, question.record))
        if block.function in _MANY:
            payload = block.start.to_bytes(2) + block.count.to_bytes(2)
        elif self._in_registers and not block.of_bits:
            payload = (len(content) // 2).to_bytes(2) + content
        else:
            payload = bytes((len(content),)) + content
        return Frame(question.address, block.function, payload, tag=question.tag)

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        if heard is None:
            return None  # what came broken gets no answer
        code = self._reasons.get(_OTHERS.get(reason, reason), self._reasons["execution_failed"])
        return Frame(address, heard.command | 0x80, bytes((code,)), tag=heard.tag)

    def not_known(self, message: Message) -> str:
        """Registers that are not there are refused as such; some devices have a code for a record that is not there."""
        special = isinstance(message, Block) and message.asks is not None
        return "no_record" if special and "no_record" in self._reasons else "unknown_register"

    def answer(self, question: Question, reports: Sequence[Report]) -> Record:
        block = question.message
        if not isinstance(block, Block) or not block.blocks or block.writes:
            return super().answer(question, reports[-1:] if question.message.behind else reports)
        context = Context(question.address, question.record, reports)
        try:
            return cut(block, [whole(one, fill(one.reply, _of(one, reports), context)) for one in block.blocks])
        except DecodeError as error:
            raise EncodeError(str(error)) from None

    def told_together(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return joined(record, self._probes) if self._probes else {}

    # For people.

    def number(self, command: int) -> str:
        if command <= 0xFF:
            return f"function {command:02X}H"
        return f"{command >> 16 & 0xFF:02X} {command & 0xFFFF:04X}H"

    def _counted(self, function: int, payload: bytes) -> bytes | None:
        """Give what the count of a reply to a read counts; None where it counts otherwise."""
        if self._in_registers and function not in _BIT_READS:
            return payload[2:] if 2 * int.from_bytes(payload[:2]) == len(payload) - 2 else None
        return payload[1:] if payload and payload[0] == len(payload) - 1 else None

    def _function(self, question: Question) -> int:
        message = question.message
        return message.function if isinstance(message, Block) else message.command >> 16

    def _legal(self, frame: Frame) -> Message:
        """Find the registers of a request. Raises Refused as a device would."""
        function, payload = frame.command, frame.payload
        if len(payload) < 4:
            raise Refused(f"function {function:02X} needs a register and a count", reason="invalid_data")
        start, count = int.from_bytes(payload[:2]), 1 if function in _ONE else int.from_bytes(payload[2:4])
        if known := self._asked_by.get((function, start, count)):
            return known
        if not 1 <= count <= _MOST[function]:
            reason = self._too_many if count else "invalid_data"
            raise Refused(f"{count} do not fit one frame of function {function:02X}", reason=reason)
        found = self._window(frame)
        if found is None:
            raise Refused(
                f"{self.device} has no {count} registers from {start:04X} on for function {function:02X}",
                reason="unknown_register",
            )
        return found

    def _window(self, frame: Frame) -> Block | None:
        function, payload = frame.command, frame.payload
        start, count = int.from_bytes(payload[:2]), 1 if function in _ONE else int.from_bytes(payload[2:4])
        if known := self._asked_by.get((function, start, count)):
            return known
        if not 1 <= count <= _MOST.get(function, 0):
            return None
        return window(self._maps[function], function, start, count)


def _of(block: Block, reports: Sequence[Report]) -> Report:
    """Give the report of the pack that a block is about: the device gives those up to the last that is asked."""
    return reports[block.behind] if block.behind < len(reports) else Report({})


_MOST: Final = {0x01: 2000, 0x02: 2000, 0x03: 125, 0x04: 125, 0x05: 1, 0x06: 1, 0x0F: 1968, 0x10: 123}


def reached_by(function: int) -> tuple[int, ...]:
    """Functions that reach the same registers: one and many are written in the same places."""
    for same in ((0x05, 0x0F), (0x06, 0x10)):
        if function in same:
            return same
    return (function,)

"""Frames to meaning and back, for both ends of the cable, from one dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wattstead.model.errors import DecodeError, EncodeError, Refused, UsageError
from wattstead.wire.fill import Context, Report, Told, fill, tell
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.layout import Record, names_of, takes_anything
from wattstead.wire.message import Dialect, Message
from wattstead.wire.read import decode
from wattstead.wire.write import encode, left_over

UnderstoodBy = Literal["command", "request", "name", "shape"]


@dataclass(frozen=True, slots=True)
class Question:
    """A request as both ends know it."""

    message: Message
    address: int
    record: Record = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One frame understood.

    packs: one a pack; their addresses follow ``address``. record: every field, those that only the wire needs too.
    understood_by: how the message of a reply was found: the request before it, a name that a person gave, its shape.
    """

    message: Message | None
    address: int
    direction: Literal["request", "reply"]
    packs: tuple[Told, ...]
    record: Record
    understood_by: UnderstoodBy


class Codec:
    """Knows one dialect. Never touches a port or a clock."""

    def __init__(self, dialect: Dialect, framer: Framer) -> None:
        self.dialect = dialect
        self._framer = framer  # only to build: it keeps no state for that

    # The host's side.

    def ask(self, name: str, address: int, values: Mapping[str, Any] | None = None) -> tuple[Question, bytes]:
        """Make a request. values: by field, quantity or setting name; those of a record that was read, too.

        Raises UsageError for a message or a value that it does not know, EncodeError for one that does not fit.
        """
        message = self.dialect.message(name)
        if unknown := sorted(set(values or {}) - names_of(message.request)):
            known = ", ".join(sorted(names_of(message.request))) or "nothing"
            raise UsageError(f"{message.name} carries no {unknown[0]!r}; it carries {known}")
        record = fill(message.request, Report(values or {}), Context(address))
        payload = encode(message.request, record)
        return Question(message, address, record), self._build(address, message.command, payload)

    def understand(
        self, frame: Frame, asked: Question | None = None, name: str | None = None, *, longer: bool = False
    ) -> Said:
        """Understand a frame of either direction.

        asked: the request that it may answer. name: the message that a person says it is. longer: take a reply that
        goes on after what we know of its message, as that of a newer device may.
        Raises Refused where the device said no, DecodeError where the frame breaks the profile or is not of it.
        """
        if frame.kind != self.dialect.kind:
            raise DecodeError(
                f"the frame is of kind {frame.kind:02X}, {self.dialect.name} speaks {self.dialect.kind:02X}"
            )
        status = self.dialect.statuses.get(frame.command)
        if status is None:
            return self._with_command(frame, longer=longer) or self._request(frame, asked)
        if status != "ok":
            raise _refusal(frame, status, asked)
        if name is not None:
            return self._reply(frame, self.dialect.message(name), "name", longer=longer)
        return self._reply(frame, asked.message, "request", longer=longer) if asked else self._by_shape(frame)

    def another_version(self, frame: Frame) -> str | None:
        """Say that a reply is of another version of the protocol, mostly another maker's; requests may say anything."""
        if frame.version == self.dialect.version or frame.command not in self.dialect.statuses:
            return None
        return (
            f"its header says VER {frame.version:02X}, {self.dialect.name} has {self.dialect.version:02X}: "
            "it seems to be another protocol with the same framing"
        )

    def encode_reply(self, message: Message, address: int, record: Mapping[str, Any]) -> bytes:
        """Give the bytes of a reply from its whole record: the mirror of ``understand``. Raises EncodeError."""
        code = message.command if message.command_in_reply else self._ok
        return self._build(address, code, encode(message.reply, record) + left_over(record))

    # The device's side.

    def hear(self, frame: Frame) -> Question:
        """Understand a request. Raises Refused with the reason that a device would give."""
        if frame.kind != self.dialect.kind:
            raise Refused(f"{self.dialect.name} speaks kind {self.dialect.kind:02X} only", reason="kind_error")
        if self.dialect.by_command(frame.command) is None:
            raise Refused(f"{self.dialect.name} knows no command {frame.command:02X}H", reason="unknown_command")
        try:
            return self._question(frame)
        except DecodeError as error:
            raise Refused(str(error), reason="format_error") from error

    def answer(self, question: Question, reports: Sequence[Report]) -> bytes:
        """Answer with what the packs have to tell; one report where one pack was asked. Raises EncodeError."""
        report = reports[0] if reports else Report({})
        record = fill(question.message.reply, report, Context(question.address, question.record, reports))
        return self.encode_reply(question.message, question.address, record)

    def refuse(self, address: int, reason: str) -> bytes:
        """Say no. A reason that the dialect has no code for is said as its format error. Raises EncodeError."""
        status = self.dialect.status(reason)
        if status is None:
            status = self.dialect.status("format_error")
        if status is None:
            raise EncodeError(f"{self.dialect.name} has no return code for {reason!r}")
        return self._build(address, status, b"")

    # Both.

    @property
    def _ok(self) -> int:
        return self.dialect.status("ok") or 0

    def _build(self, address: int, command: int, payload: bytes) -> bytes:
        if not 0 <= address <= 0xFF:
            raise UsageError(f"address {address} does not fit; the wire carries 0 to 255")
        return self._framer.build(Frame(address, command, payload, self.dialect.version, self.dialect.kind))

    def _question(self, frame: Frame) -> Question:
        message = self.dialect.by_command(frame.command)
        if message is None:
            raise DecodeError(f"{self.dialect.name} knows neither a command nor a return code {frame.command:02X}H")
        try:
            return Question(message, frame.address, decode(message.request, frame.payload))
        except DecodeError as error:
            raise DecodeError(f"{message.name} request to address {frame.address}: {error}") from None

    def _request(self, frame: Frame, asked: Question | None) -> Said:
        if asked and self.dialect.by_command(frame.command) is None:
            raise _refusal(frame, "return code without a name", asked)
        question = self._question(frame)
        told, _ = tell(question.message.request, question.record, self.dialect.told)
        return Said(question.message, frame.address, "request", (told,), question.record, "command")

    def _with_command(self, frame: Frame, *, longer: bool) -> Said | None:
        """Understand a reply that has its command in place of a return code; None where it is none."""
        message = self.dialect.by_command(frame.command)
        if message is None or not message.command_in_reply or not frame.payload:
            return None
        try:
            return self._reply(frame, message, "command", longer=longer)
        except DecodeError:
            return None  # a request, whose payload is another one

    def _reply(self, frame: Frame, message: Message, how: UnderstoodBy, *, longer: bool = False) -> Said:
        try:
            record = decode(message.reply, frame.payload, longer=longer)
        except DecodeError as error:
            raise DecodeError(f"{message.name} reply of address {frame.address}: {error}") from None
        outside, packs = tell(message.reply, record, self.dialect.told)
        if message.version_in_header:
            outside.values["protocol_version"] = f"{frame.version >> 4}.{frame.version & 0xF}"
        return Said(message, frame.address, "reply", packs or (outside,), record, how)

    def _by_shape(self, frame: Frame) -> Said:
        """Find the one message whose reply the payload fits: many protocols' replies do not repeat the command."""
        if not frame.payload:
            return Said(None, frame.address, "reply", (Told({}),), {}, "shape")
        found: list[Said] = []
        for message in self.dialect.messages:
            if takes_anything(message.reply) or message.command_in_reply:
                continue
            try:
                found.append(self._reply(frame, message, "shape"))
            except DecodeError:
                continue  # it is not this one
        if not found and (another := self.another_version(frame)):
            raise DecodeError(f"the reply of address {frame.address} fits no message: {another}")
        if len(found) != 1:
            fits = " and ".join(said.message.name for said in found if said.message) or "no message"
            raise DecodeError(
                f"the reply of address {frame.address} does not say what it answers and fits {fits}; "
                "put the request before it or name the message"
            )
        return found[0]


def _refusal(frame: Frame, status: str, asked: Question | None) -> Refused:
    about = f" {asked.message.name}" if asked else ""
    why = status.replace("_", " ")
    return Refused(
        f"the device at address {frame.address} refused{about}: {why} (return code {frame.command:02X})", reason=status
    )

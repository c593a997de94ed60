"""Frames to meaning and back, for both ends of the cable, from one dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from wattstead.model.errors import DecodeError, Refused, UsageError
from wattstead.model.light import light
from wattstead.wire.dialect import Dialect
from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.fill import Context, Report, Told, fill, tell
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.layout import Record, names_of, takes_anything
from wattstead.wire.message import Message, Question
from wattstead.wire.read import decode
from wattstead.wire.write import encode, left_over

__all__ = ["Codec", "Question", "Said", "UnderstoodBy"]

UnderstoodBy = Literal["command", "request", "name", "shape"]
_TAGS = 1 << 16


@light
@dataclass(frozen=True, slots=True)
class Said:
    """One frame understood.

    packs: one a pack; their addresses follow ``address``. record: every field, those that only the wire needs too.
    understood_by: how the message of a reply was found: it said so, the request before it, a name that a person gave,
    its shape. doubt: what speaks for another protocol with the same framing, "" for nothing.
    """

    message: Message | None
    address: int
    direction: Literal["request", "reply"]
    packs: tuple[Told, ...]
    record: Record
    understood_by: UnderstoodBy
    doubt: str = ""


class Codec:
    """Knows one dialect. Never touches a port or a clock."""

    def __init__(self, dialect: Dialect, framer: Framer) -> None:
        self.dialect = dialect
        self.family = dialect.family
        self._framer = framer  # only to build: it keeps no state for that
        self._tagged = bool(getattr(framer, "tagged", False))
        self._tag = 0
        self._at_once = self.family.at_once(dialect.told)
        self._joins = type(self.family).told_together is not Family.told_together

    @cached_property
    def _with_a_shape(self) -> Sequence[Message]:
        """Messages whose replies do not fit every payload."""
        return [message for message in self.dialect.messages if not takes_anything(message.reply)]

    # The host's side.

    def ask(self, name: str, address: int, values: Mapping[str, Any] | None = None) -> tuple[Question, bytes]:
        """Make a request. values: by field, quantity or setting name; those of a record that was read, too.

        Raises UsageError for a message or a value that it does not know, EncodeError for one that does not fit.
        """
        message = self.dialect.message(name)
        if unknown := sorted(set(values or {}) - names_of(message.request)):
            known = ", ".join(sorted(names_of(message.request))) or "nothing"
            raise UsageError(f"{message.name} carries no {unknown[0]!r}; it carries {known}")
        message = self.family.asking(message, values or {})
        record = fill(message.request, Report(values or {}), Context(address))
        if self._tagged:
            self._tag = self._tag % (_TAGS - 1) + 1
        question = Question(message, address, record, self._tag)
        return question, self._build(self.family.request(question, encode(message.request, record)))

    def understand(
        self, frame: Frame, asked: Question | None = None, name: str | None = None, *, longer: bool = False
    ) -> Said:
        """Understand a frame of either direction.

        asked: the request that it may answer. name: the message that a person says it is. longer: take a reply that
        goes on after what we know of its message, as that of a newer device may.
        Raises Refused where the device said no, DecodeError where the frame breaks the profile or is not of it.
        """
        if self._at_once and (asked is None or asked.tag == frame.tag) and (found := self._at_once(frame)):
            message, is_reply, told, record = found
            return Said(message, frame.address, "reply" if is_reply else "request", (told,), record, "command")
        if (
            asked
            and asked.tag == frame.tag
            and name is None
            and (content := self.family.plain(frame, asked)) is not None
        ):
            how: UnderstoodBy = "command" if self.family.says_what else "request"
            return self._told(frame, asked.message, content, how, longer=longer)
        if why := self.family.stranger(frame):
            raise DecodeError(why)
        if asked and asked.tag != frame.tag:
            raise DecodeError(f"it answers request {frame.tag}, not {asked.tag}")
        if no := self.family.refusal(frame, asked):
            raise _refusal(frame, no, asked)
        side = self.family.side(frame, asked)
        if side is Side.REQUEST:
            return self._request(frame)
        try:
            return self._reply_to(frame, asked, name, longer=longer)
        except DecodeError:
            if side is Side.REPLY:
                raise
        return self._request(frame)

    def another_version(self, frame: Frame) -> str | None:
        """Say that a reply is of another version of the protocol, mostly another maker's; requests may say anything."""
        return self.family.doubt(frame)

    def encode_reply(self, message: Message, address: int, record: Mapping[str, Any]) -> bytes:
        """Give the bytes of a reply from its whole record: the mirror of ``understand``. Raises EncodeError."""
        return self._encode_reply(Question(message, address), record)

    # The device's side.

    def hear(self, frame: Frame) -> Question:
        """Understand a request. Raises Refused with the reason that a device would give."""
        if why := self.family.stranger(frame):
            raise Refused(why, reason="kind_error")
        message = self.family.asked(frame)
        if message is None:
            number = self.family.number(frame.command)
            raise Refused(f"{self.dialect.name} knows no command {number}", reason="unknown_command")
        try:
            return self._question(frame, message)
        except DecodeError as error:
            raise Refused(str(error), reason="format_error") from error

    def answer(self, question: Question, reports: Sequence[Report]) -> bytes:
        """Answer with what the packs have to tell; one report where one pack was asked. Raises EncodeError."""
        return self._encode_reply(question, self.family.answer(question, reports))

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> bytes:
        """Say no; nothing where the family has no word for that. heard: the request, None where it was broken.

        Raises EncodeError.
        """
        frame = self.family.refuse(address, reason, heard)
        return self._build(frame) if frame else b""

    # Both.

    def _build(self, frame: Frame) -> bytes:
        if not 0 <= frame.address <= 0xFF:
            raise UsageError(f"address {frame.address} does not fit; the wire carries 0 to 255")
        return self._framer.build(frame)

    def _encode_reply(self, question: Question, record: Mapping[str, Any]) -> bytes:
        content = self.family.write(question.message, record) + left_over(record)
        return self._build(self.family.reply(question, content))

    def _question(self, frame: Frame, message: Message) -> Question:
        try:
            record = decode(message.request, self.family.asked_content(frame, message))
        except DecodeError as error:
            raise DecodeError(f"{message.name} request to address {frame.address}: {error}") from None
        return Question(message, frame.address, record, frame.tag)

    def _request(self, frame: Frame) -> Said:
        try:
            message = self.family.asked(frame)
        except Refused as no:
            raise DecodeError(str(no)) from None
        if message is None:
            number = self.family.number(frame.command)
            raise DecodeError(f"{self.dialect.name} knows neither a command nor a return code {number}")
        question = self._question(frame, message)
        told, _ = tell(message.request, question.record, self.dialect.told)
        return Said(message, frame.address, "request", (told,), question.record, "command")

    def _reply_to(self, frame: Frame, asked: Question | None, name: str | None, *, longer: bool) -> Said:
        """Understand a reply by what it says itself, by a name, by its question, or else by its shape."""
        if named := self.family.named(frame):
            return self._reply(frame, named, "command", longer=longer)
        if name is not None:
            return self._reply(frame, self.dialect.message(name), "name", longer=longer)
        return self._reply(frame, asked.message, "request", longer=longer) if asked else self._by_shape(frame)

    def _reply(self, frame: Frame, message: Message, how: UnderstoodBy, *, longer: bool = False) -> Said:
        if how in ("name", "request"):
            message = self.family.shaped(frame, message)
        try:
            content = self.family.content(frame, message)
        except DecodeError as error:
            raise DecodeError(f"{message.name} reply of address {frame.address}: {error}") from None
        return self._told(frame, message, content, how, longer=longer)

    def _told(self, frame: Frame, message: Message, content: bytes, how: UnderstoodBy, *, longer: bool) -> Said:
        """Give what the content of a reply says."""
        try:
            record = self.family.read(message, content, longer=longer)
        except DecodeError as error:
            raise DecodeError(f"{message.name} reply of address {frame.address}: {error}") from None
        outside, packs = tell(message.reply, record, self.dialect.told)
        if self._joins:
            outside.values.update(self.family.told_together(record))
        if message.version_in_header:
            outside.values["protocol_version"] = f"{frame.version >> 4}.{frame.version & 0xF}"
        doubt = self.family.doubt(frame) or ""
        return Said(message, frame.address, "reply", packs or (outside,), record, how, doubt)

    def _by_shape(self, frame: Frame) -> Said:
        """Find the one message whose reply the payload fits: many protocols' replies do not repeat the command."""
        if not frame.payload:
            return Said(None, frame.address, "reply", (Told({}),), {}, "shape")
        found: list[Said] = []
        for message in self._with_a_shape:
            if not self.family.fits(frame, message):
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


def _refusal(frame: Frame, no: No, asked: Question | None) -> Refused:
    about = f" {asked.message.name}" if asked else ""
    why = no.reason.replace("_", " ")
    return Refused(f"the device at address {frame.address} refused{about}: {why} ({no.code})", reason=no.reason)

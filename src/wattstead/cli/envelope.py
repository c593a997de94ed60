"""The envelopes of stick loggers (Solarman V5) in what ``decode`` reads: what stands on them, and what is inside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wattstead.catalog.sentences import in_words
from wattstead.catalog.shown import word
from wattstead.model.errors import DecodeError
from wattstead.wire.frame import Frame, Framer, Noise
from wattstead.wire.framing.solarman_payload import (
    INVERTER,
    LOGGER,
    TO_ANSWER,
    Answer,
    Command,
    Control,
    Counters,
    Data,
    Hello,
    Payload,
    Status,
    Time,
    understand,
    without_second_crc,
)
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame

_KINDS: Final = {
    Control.HELLO: "hello",
    Control.DATA: "data",
    Control.WIFI: "wifi",
    Control.COMMAND: "command",
    Control.HEARTBEAT: "heartbeat",
    Control.REPORT: "report",
}
_TYPES: Final = {INVERTER: "inverter", LOGGER: "logger"}
_STATUSES: Final = {
    Status.NO_ANSWER: "the inverter did not answer",
    Status.WRONG_SERIAL: "the request named another logger; the serial number here is the right one",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One whole V5 frame. payload: what it says, None where that cannot be read; then why_not says why."""

    frame: V5Frame
    payload: Payload | None
    why_not: str = ""

    @property
    def is_answer(self) -> bool:
        return self.frame.control < Control.HELLO

    @property
    def body(self) -> bytes:
        """The Modbus RTU frame inside; nothing where there is none."""
        match self.payload:
            case Command(body=body, frame_type=kind) if kind == INVERTER:
                return body
            case Answer(body=body, frame_type=kind, status=None) if kind == INVERTER:
                return without_second_crc(body)
        return b""

    @property
    def status(self) -> str:
        """Why an answer holds no Modbus frame; "" where it does."""
        code = self.payload.status if isinstance(self.payload, Answer) else None
        if code is None:
            return ""
        known = [text for status, text in _STATUSES.items() if status == code]
        return f"{code:02X}: {known[0] if known else 'an exception of Modbus'}"

    @property
    def kind(self) -> str:
        request = self.frame.control + (TO_ANSWER if self.is_answer else 0)
        return f"{_KINDS.get(Control(request), 'unknown')}" if request in list(Control) else "unknown"

    def plain(self) -> dict[str, Any]:
        """Give what stands on it, for ``--json``."""
        frame = self.frame
        told: dict[str, Any] = {
            "logger_serial": frame.serial,
            "control": f"{frame.control:04X}",
            "kind": self.kind,
            "direction": "reply" if self.is_answer else "request",
            "sequence": frame.sequence,
            "logger_sequence": frame.logger_sequence,
        }
        payload = self.payload
        if (frame_type := getattr(payload, "frame_type", None)) is not None:
            told["frame_type"] = frame_type
        if isinstance(payload, Command | Answer):
            told["for"] = _TYPES.get(payload.frame_type, "unknown")
        if isinstance(counters := getattr(payload, "counters", None), Counters) and counters != Counters():
            told |= {"worked_s": counters.total_s, "power_on_s": counters.power_on_s}
            told |= {"time": _time(counters.unix_s)} if counters.unix_s is not None else {}
        if self.status:
            told["status"] = self.status
        if isinstance(payload, Time):
            told["time"] = _time(payload.unix_s)
        if isinstance(payload, Data):
            told |= {"schema": payload.schema, "record": payload.record, "buffered": payload.buffered}
            told |= {"inverter_serial": payload.inverter_serial, "bytes": payload.values.hex(" ").upper()}
        if isinstance(payload, Hello):
            told |= {"firmware": payload.firmware, "mac": payload.mac.hex(":"), "ip": payload.ip}
        if isinstance(payload, Command | Answer) and payload.frame_type == LOGGER:
            told["text"] = payload.body.decode("ascii", "replace").strip()
        return told | ({"error": self.why_not} if self.why_not else {})

    def headline(self, lang: str = "en") -> str:
        """Say in one line what stands on it."""
        frame, told = self.frame, self.plain()
        control = word(f"envelope_{told['direction']}", lang).format(kind=self.kind, control=f"{frame.control:04X}H")
        parts = [word("envelope_logger", lang).format(serial=frame.serial), control]
        numbers = {"ours": frame.sequence, "its": frame.logger_sequence}
        parts.append(word("envelope_sequence", lang).format(**numbers))
        if "frame_type" in told:
            shown = f"{told['frame_type']:02X}{_whose(told)}"
            parts.append(word("envelope_type", lang).format(type=shown))
        parts += [word("envelope_status", lang).format(status=in_words(self.status, lang))] if self.status else []
        parts += [str(told[name]) for name in ("time", "firmware", "inverter_serial", "text", "error") if name in told]
        return ": ".join((parts[0], "; ".join(parts[1:])))


def cut(data: bytes, framer: Callable[[], Framer], *, opens: bool) -> list[Frame | Noise | Envelope]:
    """Cut whole bytes into envelopes where there are any, else into frames.

    opens: whether this make may stand behind a logger.
    """
    if opens and b"\xa5" in data:
        v5 = SolarmanV5Framer()
        items = [*v5.feed(data), *v5.silence()]
        if any(isinstance(item, V5Frame) for item in items):
            return [_opened(item) for item in items]
    inner = framer()
    return [*inner.feed(data), *inner.silence()]


class Opener:
    """Cuts one direction of a recording, whose pieces come one by one: envelopes, once the first piece begins one."""

    def __init__(self, framer: Framer, *, opens: bool) -> None:
        self._framer = framer
        self._opens = opens
        self._v5: SolarmanV5Framer | None = None
        self._begun = False

    def feed(self, data: bytes, at: float) -> list[Frame | Noise | Envelope]:
        """Take a piece."""
        if not self._begun and data:
            self._begun = True
            if self._opens and data[0] == 0xA5 and (len(data) < 4 or data[3] == 0x10):
                self._v5 = SolarmanV5Framer()
        if self._v5 is not None:
            return [_opened(item) for item in self._v5.feed(data, at)]
        return [*self._framer.feed(data, at)]

    def silence(self) -> list[Frame | Noise | Envelope]:
        """The recording ends."""
        if self._v5 is not None:
            return [_opened(item) for item in self._v5.silence()]
        return [*self._framer.silence()]


def _opened(item: V5Frame | Noise) -> Envelope | Noise:
    if isinstance(item, Noise):
        return item
    try:
        return Envelope(item, understand(item))
    except DecodeError as error:
        return Envelope(item, None, str(error))


def _whose(told: dict[str, Any]) -> str:
    return f" ({told['for']})" if "for" in told else ""


def _time(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat().replace("+00:00", "Z")

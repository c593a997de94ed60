"""Captures as Wireshark reads them: pcap and pcapng, of CAN buses and of serial lines.

A CAN frame is a packet of LINKTYPE_CAN_SOCKETCAN (227). Of serial lines there is no link type that all programs know;
LINKTYPE_RTAC_SERIAL (250) tells the direction, and Wireshark decodes what is inside by "Decode As", Modbus for one.
Bytes of one direction that come close upon each other are one packet there: a UART hands a frame over in pieces.

pcapng keeps more than pcap: the direction of CAN frames, and what the head of a capture says.
"""

import struct
from pathlib import Path
from typing import Final, TextIO

from wattstead.link.can_log import frame_of
from wattstead.link.capture import CaptureHeader, CaptureWriter, Direction, Entry
from wattstead.model.can import EXTENDED_FLAG, REMOTE_FLAG

SUFFIXES: Final = (".pcap", ".pcapng")
CAN_SOCKETCAN, RTAC_SERIAL = 227, 250
GAP_S: Final = 0.05
"""Pieces that are further apart are packets of their own. USB adapters hand bytes over every 16 ms."""

_MAGIC, _SNAP = 0xA1B2C3D4, 0x40000
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _NAME, _PROGRAM, _FLAGS = 1, 2, 4, 2  # options: of any block, of an interface, of a section, of a packet
_IN, _OUT = 1, 2
_TX, _RX = 1, 2  # RTAC: the beginning of data sent, and of data received


class PcapWriter(CaptureWriter):
    """Writes packets as they come. form: pcap or pcapng."""

    def __init__(
        self, path: Path, header: CaptureHeader, *, began_at: float, form: str, onto: TextIO | None = None
    ) -> None:
        self._ng = form == "pcapng"
        self._can = header.url.startswith("can://")
        self._started = header.started
        self._held: Entry | None = None
        self._last_s = 0.0  # when the last piece of it came
        super().__init__(path, header, began_at=began_at, onto=onto)

    def head(self, header: CaptureHeader) -> str:
        """Give what stands before the first packet."""
        link = CAN_SOCKETCAN if self._can else RTAC_SERIAL
        if not self._ng:
            return _text(struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAP, link))
        said = [header.url, f"{header.baud} baud" if header.baud else "", header.profile or "", header.note]
        section = _option(_COMMENT, "\n".join(filter(None, said))) + _option(_PROGRAM, "wattstead") + bytes(4)
        interface = _option(_NAME, header.url) + bytes(4)
        return _text(
            _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + section)
            + _block(_INTERFACE, struct.pack("<HHI", link, 0, _SNAP) + interface)
        )

    def line(self, entry: Entry) -> str:
        """Give the packets that are whole now. Raises UsageError where what passed on a CAN bus is no frame."""
        if self._can:
            return self._packet(entry)
        held = self._held
        near = held is not None and held.direction is entry.direction and entry.at_s - self._last_s <= GAP_S
        self._last_s = entry.at_s
        if held is not None and near:
            self._held = Entry(held.at_s, held.direction, held.data + entry.data)
            return ""
        self._held = entry
        return self._packet(held) if held is not None else ""

    def close(self) -> None:
        """Write what is held, and close the file."""
        held, self._held = self._held, None
        if held is not None:
            self._write(self._packet(held))
        super().close()

    def _create(self) -> TextIO:
        return self._open(encoding="latin-1", newline="")  # each character is one byte

    def _packet(self, entry: Entry) -> str:
        at_us = round((self._started.timestamp() + entry.at_s) * 1e6)
        data = _can(entry) if self._can else _serial(entry, at_us)
        if not self._ng:
            return _text(struct.pack("<IIII", *divmod(at_us, 1_000_000), len(data), len(data)) + data)
        flags = struct.pack("<HHI", _FLAGS, 4, _OUT if entry.direction is Direction.TO_DEVICE else _IN)
        head = struct.pack("<IIIII", 0, at_us >> 32, at_us & 0xFFFF_FFFF, len(data), len(data))
        return _text(_block(_PACKET, head + _padded(data) + flags + bytes(4)))


def _can(entry: Entry) -> bytes:
    frame = frame_of(entry)
    flags = (EXTENDED_FLAG if frame.extended else 0) | (0 if frame.asks is None else REMOTE_FLAG)
    length = len(frame.data) if frame.asks is None else frame.asks
    return struct.pack(">IB3x", frame.identifier | flags, length) + frame.data


def _serial(entry: Entry, at_us: int) -> bytes:
    way = _TX if entry.direction is Direction.TO_DEVICE else _RX
    return struct.pack(">IIBBH", *divmod(at_us, 1_000_000), way, 0, 0) + entry.data


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, text: str) -> bytes:
    data = text.encode()[:0xFFFF]
    return struct.pack("<HH", code, len(data)) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _text(data: bytes) -> str:
    return data.decode("latin-1")

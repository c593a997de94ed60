"""The ASCII-hex protocol written a second time, from its description alone: nothing of ours is used here.

~ VER ADR CID1 CID2 LENGTH INFO CHKSUM CR      upper-case hex text between the first and the last character
"""

import socket
import time
from dataclasses import dataclass
from typing import Self

import serial  # type: ignore[import-untyped]


@dataclass
class Reply:
    """What came back. info: as text."""

    version: int
    address: int
    status: int
    info: str

    def number(self, at: int, size: int = 2, *, signed: bool = False) -> int:
        """Read a number at a byte of INFO."""
        return int.from_bytes(bytes.fromhex(self.info[2 * at : 2 * (at + size)]), "big", signed=signed)


def request(address: int, command: int, info: str = "", *, version: int = 0x20, length: int | None = None) -> bytes:
    """Build a request. length: in place of the number of characters of INFO, for clients that count otherwise."""
    count = len(info) if length is None else length
    digits = sum(int(digit, 16) for digit in f"{count:03X}")
    text = f"{version:02X}{address:02X}46{command:02X}{(16 - digits % 16) % 16:X}{count:03X}{info}"
    return f"~{text}{(0x10000 - sum(map(ord, text))) % 0x10000:04X}\r".encode()


def understand(raw: bytes) -> Reply:
    """Check an answer as careful clients do: first and last character, both checksums, the length."""
    assert raw[:1] == b"~", raw
    assert raw[-1:] == b"\r", raw
    text = raw[1:-1].decode()
    assert text == text.upper()
    body, check = text[:-4], int(text[-4:], 16)
    assert (sum(map(ord, body)) + check) % 0x10000 == 0
    assert sum(int(digit, 16) for digit in body[8:12]) % 16 == 0
    info = body[12:]
    assert int(body[9:12], 16) == len(info)
    assert body[4:6] == "46"
    return Reply(int(body[0:2], 16), int(body[2:4], 16), int(body[6:8], 16), info)


def ask_anew(path: str, baud: int, question: bytes, *, timeout_s: float = 1.0) -> bytes:
    """Open the port, ask, read a line that never ends in LF until the time is over, close: one second a command."""
    with serial.Serial(path, baudrate=baud, timeout=timeout_s) as port:
        port.reset_input_buffer()
        port.write(question)
        answer: bytes = port.readline()
        return answer


def ask(path: str, baud: int, question: bytes, *, patience_s: float = 3.0) -> bytes:
    """Open the port, ask, read to the end of the frame or until patience is over, close."""
    with serial.Serial(path, baudrate=baud, timeout=patience_s) as port:
        port.reset_input_buffer()
        port.write(question)
        answer: bytes = port.read_until(b"\r")
        return answer


class Network:
    """A client behind a serial server; gives up after a time."""

    def __init__(self, url: str, patience_s: float = 1.0) -> None:
        host, _, port = url.removeprefix("tcp://").rpartition(":")
        self._socket = socket.create_connection((host, int(port)), patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, question: bytes) -> tuple[Reply, float]:
        """Give the answer and the seconds until its last character. Raises TimeoutError."""
        began = time.monotonic()
        self._socket.sendall(question)
        raw = b""
        while not raw.endswith(b"\r"):
            raw += self._socket.recv(4096)
        return understand(raw), time.monotonic() - began

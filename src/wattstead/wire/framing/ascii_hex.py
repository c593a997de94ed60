"""The ASCII-hex framing of the YD/T 1363.3 family: Seplos V2, Pylontech, PACE and their cousins.

::

    ~  VER ADR CID1 CID2/RTN  LENGTH  INFO...       CHKSUM  CR
    1   2   2   2      2        4     LENID chars      4     1     characters

Between SOI ``~`` and EOI ``CR`` stands nothing but upper-case hex text. LENGTH carries the number of INFO characters in
12 bits under a 4-bit check; CHKSUM is the two's complement of the sum of all characters from VER to the end of INFO.

Neither check sees two characters that changed places, nor two changes that cancel each other: a sum knows no order.
One changed bit or byte, wherever it strikes, is always seen. That is why lower-case text is refused: a liberal reader
would take ``a`` for ``A`` inside CHKSUM itself, where the sum cannot see it.

The vendors' printed example (``1203400456ABCEFE`` -> FC72) is a misprint: those characters give FC71.
"""

import re
from binascii import unhexlify
from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why

SOI: Final = 0x7E
EOI: Final = 0x0D
_NO_HEX: Final = re.compile(rb"[^0-9A-F]")
_HEX_DIGITS: Final = b"0123456789ABCDEF"
_HEADER: Final = 12  # VER ADR CID1 CID2 LENGTH
_LONGEST: Final = _HEADER + 0xFFF + 4  # between SOI and EOI
_QUIET: Final = b"\r\n\0"  # what consoles and line turn-arounds leave between frames


def checksum(text: bytes) -> int:
    """CHKSUM of the characters from VER to the end of INFO: 16 bits, two's complement of their sum."""
    return -sum(text) & 0xFFFF


def length_field(characters: int) -> int:
    """LENGTH for that many INFO characters: LENID in bits 11-0, its nibble check above."""
    nibbles = (characters >> 8) + (characters >> 4 & 0xF) + (characters & 0xF)
    return (-nibbles & 0xF) << 12 | characters


class AsciiHexFramer:
    """Cuts a stream into frames; whatever comes in, the next good frame is found and nothing is lost in silence."""

    def __init__(self) -> None:
        self._pending = bytearray()  # empty, or stray bytes, or one frame that began with SOI
        self._inside = False

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came, in pieces of any size. at: seconds, stamped on what they complete."""
        found: list[Frame | Noise] = []
        if not self._pending and _is_one(data):
            return [_check(bytes(data), at)]  # nearly always
        here = 0
        while here < len(data):
            here = self._frame(data, here, found, at) if self._inside else self._gap(data, here, found, at)
        return found

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        found: list[Frame | Noise] = []
        self._give_up(Why.CUT, found, at)
        return found

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where the payload is too long for LENID."""
        if len(frame.payload) * 2 > 0xFFF:
            raise EncodeError(
                f"a payload of {len(frame.payload)} bytes does not fit; the protocol carries 2047 at most"
            )
        head = bytes((frame.version, frame.address, frame.kind, frame.command)).hex()
        text = f"{head}{length_field(len(frame.payload) * 2):04x}{frame.payload.hex()}".upper().encode()
        return b"~%b%04X\r" % (text, checksum(text))

    def _gap(self, data: bytes, here: int, found: list[Frame | Noise], at: float) -> int:
        """Pass over bytes between frames, up to and with the next SOI. Gives where to go on."""
        soi = data.find(SOI, here)
        end = soi if soi >= 0 else len(data)
        while here < end:
            here = self._stray(data, here, end, found, at)
        if soi < 0:
            return end
        self._give_up(Why.STRAY, found, at)
        self._inside = True
        self._pending.append(SOI)
        return soi + 1

    def _stray(self, data: bytes, here: int, end: int, found: list[Frame | Noise], at: float) -> int:
        """Take one piece of stray bytes: it ends with a line, or where it is as long as a frame may be."""
        if not self._pending:
            here = end - len(data[here:end].lstrip(_QUIET))
        eoi = data.find(EOI, here, end)
        stop = min(eoi + 1 if eoi >= 0 else end, here + _LONGEST + 1 - len(self._pending))
        self._pending += data[here:stop]
        if stop == eoi + 1 or len(self._pending) > _LONGEST:
            self._give_up(Why.STRAY, found, at)
        return stop

    def _frame(self, data: bytes, here: int, found: list[Frame | Noise], at: float) -> int:
        """Take bytes of a frame that has begun, up to its EOI or what ends it before. Gives where to go on."""
        other = _NO_HEX.search(data, here)
        stop = other.start() if other else len(data)
        room = _LONGEST + 1 - len(self._pending)  # SOI counts
        if stop - here > room:
            self._pending += data[here : here + room + 1]
            self._give_up(Why.TOO_LONG, found, at)
            return here + room + 1
        self._pending += data[here:stop]
        if not other or data[stop] == SOI:
            if other:
                self._give_up(Why.CUT, found, at)  # and the SOI begins the next one
            return stop
        self._pending.append(data[stop])
        if data[stop] == EOI:
            found.append(_check(bytes(self._pending), at))
            self._clear()
        else:
            self._give_up(Why.CHARACTER, found, at)
        return stop + 1

    def _give_up(self, why: Why, found: list[Frame | Noise], at: float) -> None:
        """Tell what is pending as noise."""
        if self._pending:
            data, inside = bytes(self._pending), self._inside
            self._clear()
            found.append(Noise(why if inside else Why.STRAY, data, _address(data) if inside else None, at))

    def _clear(self) -> None:
        self._pending.clear()
        self._inside = False


def _address(data: bytes) -> int | None:
    digits = data[3:5]
    return int(digits, 16) if len(digits) == 2 and not _NO_HEX.search(digits) else None


def _is_one(data: bytes) -> bool:
    """Whether SOI, hex text and EOI are all of it, in no more bytes than a frame may have."""
    return (
        1 < len(data) <= _LONGEST + 2
        and data[0] == SOI
        and data[-1] == EOI
        and not data[1:-1].translate(None, _HEX_DIGITS)
    )


def _check(data: bytes, at: float) -> Frame | Noise:
    size = len(data) - 2
    if size < _HEADER + 4:
        return Noise(Why.CUT, data, _address(data), at)
    length = int(data[9:13], 16)
    if size & 1 or length_field(length & 0xFFF) != length or size != _HEADER + (length & 0xFFF) + 4:
        return Noise(Why.LENGTH, data, _address(data), at)
    whole = unhexlify(data[1:-1])
    if whole[-2] << 8 | whole[-1] != checksum(data[1:-5]):
        return Noise(Why.CHECKSUM, data, _address(data), at)
    return Frame(whole[1], whole[3], whole[6:-2], whole[0], whole[2], data, at)

"""What the two wires of a front end say: its exchanges, images of its EEPROM, and what it makes of a setting."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wattstead.catalog.sentences import in_words
from wattstead.catalog.words import codes
from wattstead.cli.hex_lines import hex_bytes
from wattstead.cli.show import as_json, codes_lines, console, values_table, word
from wattstead.model.errors import DecodeError, EncodeError, UsageError
from wattstead.model.setting import SettingValue
from wattstead.wire.sh367309.eeprom import KEPT, SIZE, TRIM_REGISTER, check_image, held, image_of, outside, settings_of
from wattstead.wire.sh367309.ram import FIRST, LAST, seen
from wattstead.wire.sh367309.steps import Words
from wattstead.wire.sh367309.twi import ADDRESS, Stray, Transaction, transactions

CHIP: Final = "sh367309"
"""In place of a profile's name."""
IMAGE, REGISTERS = "eeprom", "registers"
_MARKS: Final = re.compile(r"\b(?:Sr?|P|A|N|ACK|NACK|CRC)\b")
"""What a logic analyser writes between the bytes."""
_SETTING: Final = re.compile(r"^([a-z][a-z0-9_]*)\s*=\s*(\S+)$")
_WORDS: Final = {"true": True, "on": True, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class ChipMeaning:
    """One exchange, image or setting. line: in the input, from 1. register: the first. doubt: why values may not be.

    active: None where no event can be told. error: why it could not be understood; then ``data`` holds the bytes.
    """

    line: int
    message: str
    direction: str = "reply"
    register: int | None = None
    data: bytes = b""
    values: Mapping[str, Any] = field(default_factory=dict)
    active: tuple[str, ...] | None = None
    doubt: tuple[str, ...] = ()
    error: str = ""

    def plain(self) -> dict[str, Any]:
        """Give the object that --json prints."""
        head: dict[str, Any] = {"profile": CHIP, "line": self.line}
        if self.error:
            return {**head, "error": self.error, **({"bytes": self.data.hex(" ").upper()} if self.data else {})}
        head |= {"address": ADDRESS, "message": self.message, "direction": self.direction}
        if self.register is not None:
            head["register"] = f"{self.register:02X}"
        if self.data:
            head["bytes"] = self.data.hex(" ").upper()
        doubt = {"doubt": "; ".join(self.doubt)} if self.doubt else {}
        active = list(self.active) if self.active is not None else None
        return {**head, **doubt, "values": dict(self.values), "active": active}

    def headline(self, lang: str = "en") -> str:
        """Say in one line what it is."""
        if self.error:
            return word("decode_line", lang).format(line=self.line, error=self.error)
        where = "" if self.register is None else f" {self.register:02X}H"
        return f"{self.message}{where}: {self.data.hex(' ').upper()}" if self.data else f"{self.message}{where}"


def decode_chip(lines: Iterable[str], message: str | None, *, json: bool, lang: str) -> tuple[int, int]:
    """Print what each line means; give how many things were found and how many of them could be understood."""
    found = understood = 0
    for one in meanings(lines, message):
        found, understood = found + 1, understood + (not one.error)
        if json:
            print(as_json(one.plain()), flush=True)
        else:
            _show(one, lang)
    return found, understood


def meanings(lines: Iterable[str], message: str | None = None) -> Iterator[ChipMeaning]:
    """Understand lines. message: ``eeprom`` or ``registers`` where all of the input is one image.

    Raises UsageError for another message.
    """
    if message not in (None, IMAGE, REGISTERS):
        raise UsageError(f"a {CHIP} has no message {message!r}; eeprom and registers name what a dump holds")
    reader, dump, first = _Reader(), b"", 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if message and not _SETTING.match(text):
            dump, first = dump + hex_bytes(text), first or number
        else:
            yield from reader.line(number, text)
    if first:
        yield reader.image(first, dump) if message == IMAGE else _registers(first, FIRST, dump, "registers")


class _Reader:
    """Remembers the last image: settings that follow are put onto it."""

    def __init__(self) -> None:
        self._image: bytes | None = None

    def line(self, number: int, text: str) -> Iterator[ChipMeaning]:
        if said := _SETTING.match(text):
            yield self._setting(number, said[1], said[2])
            return
        data = hex_bytes(_MARKS.sub(" ", text))
        found = list(transactions(data))
        if not data:
            yield ChipMeaning(number, "", data=text.encode(), error=f"{text[:60]!r} holds no bytes in hex")
        elif len(data) in (SIZE, SIZE + 1) and not any(isinstance(one, Transaction) for one in found):
            yield self.image(number, data)
        else:
            for one in found:
                if isinstance(one, Transaction) and not one.writes and one.register == 0 and len(one.data) >= SIZE:
                    self._image = one.data[:SIZE]
                yield _exchange(number, one)

    def image(self, number: int, data: bytes) -> ChipMeaning:
        """Understand a whole EEPROM."""
        try:
            check_image(data)
            values = settings_of(data)
        except DecodeError as error:
            return ChipMeaning(number, "", data=data, error=str(error))
        self._image = data[:SIZE]
        return ChipMeaning(number, IMAGE, register=0, data=data, values=values, doubt=tuple(outside(values)))

    def _setting(self, number: int, name: str, text: str) -> ChipMeaning:
        """Say what the chip makes of a setting, and what the image will be where one was given before."""
        value = _value(name, text)
        try:
            kept = held(name, value)
            image = image_of({name: value}, onto=self._image) if self._image else b""
        except EncodeError as error:
            return ChipMeaning(number, "", error=str(error))
        self._image = image or None
        doubt = () if kept.exact and kept.allowed else (str(kept),)
        return ChipMeaning(number, "setting", "request", data=image, values={name: kept.value}, doubt=doubt)


def _value(name: str, text: str) -> SettingValue:
    word = text.strip("\"'")
    steps = KEPT[name].steps if name in KEPT else None
    if isinstance(steps, Words) and word in steps.values:
        return word
    try:
        return float(word)
    except ValueError:
        return _WORDS.get(word, word)


def _exchange(number: int, one: Transaction | Stray) -> ChipMeaning:
    if isinstance(one, Stray):
        return ChipMeaning(number, "", data=one.data, error=one.why)
    if one.resets:
        return ChipMeaning(number, "soft_reset", "request", one.register)
    direction = "request" if one.writes else "reply"
    verb = "write" if one.writes else "read"
    last = one.register + len(one.data) - 1
    if last <= TRIM_REGISTER:
        try:
            values = settings_of(one.data, start=one.register)
        except DecodeError as error:
            return ChipMeaning(number, "", data=one.data, error=str(error))
        name, doubt = f"{verb}_{IMAGE}", tuple(outside(values))
        return ChipMeaning(number, name, direction, one.register, one.data, values, None, doubt)
    if FIRST <= one.register <= last <= LAST:
        return _registers(number, one.register, one.data, f"{verb}_{REGISTERS}", direction)
    return ChipMeaning(number, f"{verb}_unknown", direction, one.register, one.data)


def _registers(number: int, start: int, data: bytes, name: str, direction: str = "reply") -> ChipMeaning:
    try:
        told = seen(data, start)
    except DecodeError as error:
        return ChipMeaning(number, "", data=data, error=str(error))
    return ChipMeaning(number, name, direction, start, data, told.values, told.active)


def _show(one: ChipMeaning, lang: str) -> None:
    out = console()
    out.print(one.headline(lang), style="bold red" if one.error else "bold", markup=False)
    for doubt in one.doubt:
        told = word("decode_doubt", lang).format(doubt=in_words(doubt, lang))
        out.print(told, style="yellow", markup=False)
    if one.values:
        out.print(values_table(one.values, lang, derive=False))
    if one.active:
        out.print(codes_lines(one.active, codes(CHIP), lang))
    out.print()

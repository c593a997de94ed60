"""``wattstead decode``: frames in, meaning out. A filter: reads a file or standard input, line by line."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from wattstead.catalog.profile import load_profile
from wattstead.catalog.sentences import in_words
from wattstead.cli.can_meaning import reader_for
from wattstead.cli.chip import CHIP, decode_chip
from wattstead.cli.found import profile_of
from wattstead.cli.meaning import Meaning, Reader
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, codes_lines, console, said, values_table, word
from wattstead.link.capture import FIRST_LINE, is_for_wireshark, packed_capture
from wattstead.model.errors import UsageError

_HEAD: Final = 512
_CONTROL: Final = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
"""Characters that no text has."""


def decode(
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", help="Whose frames: a name of `wattstead profiles`.")
    ] = None,
    file: Annotated[str, typer.Argument(help="Frames, one a line, or a capture; - is the pipe.")] = "-",
    message: Annotated[
        str | None, typer.Option("--message", "-m", help="What the replies answer, when no request stands before them.")
    ] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Say what frames mean.

    Example: `echo '~20004642E00200FD37' | wattstead decode --profile seplos-v2`

    Text lines hold the characters of a frame (`~2000…`), hex lines its bytes (`7E 32 30 …`, `0x7E, 0x32`, `7e323030`, a
    hex dump); what a log or a source puts around them is left away, and a frame that was split over lines is put
    together. A capture of `wattstead capture` is known by its first line. Lines that begin with `#` are skipped.

    A reply that does not name its command is understood by the request before it, by `--message`, or else by its
    shape. Where values contradict each other, `doubt` says why: mostly it is another make's frame. Bytes that a newer
    device sends beyond what we know are told as `unknown`. Exit status 1 when there was something and nothing of it
    could be understood.

    Of the front end `sh367309` it takes exchanges on its two wires (`34 43 01 | 35 00 AB`), images of its EEPROM, also
    as a dump over several lines (`--message eeprom`), and lines such as `cell_overvoltage_protection_mv = 3752`: it
    says what the chip makes of that.

    The envelopes of stick loggers (Solarman V5, `A5 17 00 10 45 …`) are opened: what stands on them is shown, and the
    Modbus frame inside is understood, each answer by the request whose sequence number it repeats. A file of bytes is
    read as they went over the line. Without --profile the one counts that a capture names, or the only one that
    understands what a logger carried.

    Of a CAN bus it takes candump and ASC logs, and pasted frames: `351#1402740E`, `351: 14 02 74 0E`.
    """
    if profile == CHIP:
        found, understood = decode_chip(_lines(file), message, json=json, lang=language(lang))
        _end(found, understood, language(lang))
        return
    raw = _raw(file)
    lines = _lines(file) if raw is None else iter(())
    if profile is None:
        lines = iter(held := list(lines))
        device = profile_of(held, raw)
        said(word("decode_taken", language(lang)).format(profile=device.name))
    else:
        device = load_profile(profile)
    reader = reader_for(device, message)
    found = understood = 0
    for meaning in reader.lines(lines) if raw is None else reader.raw([raw]):
        found += 1
        understood += not meaning.failed
        _print(meaning, reader, json=json, lang=language(lang))
    _end(found, understood, language(lang))


def _end(found: int, understood: int, lang: str) -> None:
    """Say that there was nothing; exit status 1 where nothing could be understood."""
    if not found:
        said(f"wattstead: {word('decode_nothing', lang)}")
    if not understood:
        raise typer.Exit(1)


def _lines(file: str) -> Iterator[str]:
    if file == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed; give a file of frames, or pipe them in")
        yield from sys.stdin
        return
    try:
        if packed := packed_capture(Path(file)):
            yield from packed.decode("utf-8", "replace").splitlines(keepends=True)
            return
        with Path(file).open(encoding="utf-8", errors="replace") as lines:
            yield from lines
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read ({error.strerror}); give a file of frames, or - for standard input"
        ) from None


def _raw(file: str) -> bytes | None:
    """Give the bytes of a file that is no text; None for all others. Raises UsageError for one for Wireshark."""
    try:
        if is_for_wireshark(Path(file)):
            raise UsageError(f"{file} is for Wireshark, and not read back; give the capture that it was made from")
        with Path(file).open("rb") as data:
            head = data.read(_HEAD)
            is_raw = bool(_CONTROL.search(head)) and not head.startswith((FIRST_LINE.encode(), b"PK"))
            return head + data.read() if is_raw else None
    except OSError:  # the pipe, or a file that cannot be read, which is said later
        return None


def _print(meaning: Meaning, reader: Reader, *, json: bool, lang: str) -> None:
    if json:
        print(as_json(meaning.plain()), flush=True)
        return
    out = console()
    out.print(meaning.headline(lang), style="bold red" if meaning.failed else "bold", markup=False)
    if meaning.doubt:
        told = word("decode_doubt", lang).format(doubt=in_words(meaning.doubt, lang))
        out.print(told, style="yellow", markup=False)
    for place, unknown in meaning.unknown.items():
        told = word("decode_unknown", lang).format(place=place, bytes=unknown)
        out.print(told, style="yellow", markup=False)
    for number, pack in enumerate(meaning.packs, 1):
        if len(meaning.packs) > 1:
            out.print(f"{word('pack', lang)} {number}", style="bold")
        if pack.values:
            out.print(values_table(pack.values, lang, derive=False))
        if pack.active is not None:
            out.print(codes_lines(pack.active, reader.profile.codes, lang))
    out.print()

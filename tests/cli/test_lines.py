"""What people paste: frames from logs, sources and hex dumps, whole and split."""

import pytest

from wattstead.cli.lines import Joiner, line_bytes
from wattstead.wire.framing.ascii_hex import AsciiHexFramer

FRAME = "~20004642E00200FD37"
WHOLE = f"{FRAME}\r".encode()
PAIRS = [f"{byte:02x}" for byte in WHOLE]
ESCAPED = "".join(f"\\x{pair}" for pair in PAIRS)
HEXDUMP = (
    f"00000000  {' '.join(PAIRS[:8])}  {' '.join(PAIRS[8:16])}  |~20004642E00200F|\n"
    f"00000010  {' '.join(PAIRS[16:])}                                       |D37.|"
)
LIST = ",".join(f"0x{pair.upper()}" for pair in PAIRS)


def joined(text: str) -> list[tuple[int, bytes]]:
    joiner = Joiner(AsciiHexFramer)
    found = [item for number, line in enumerate(text.splitlines(), 1) for item in joiner.take(number, line)]
    return [*found, *joiner.end()]


@pytest.mark.parametrize(
    "line",
    [
        FRAME,
        f"RX: {FRAME}",
        f"[12:00:01] >> {FRAME}",
        f"2026-11-21T12:00:01.123Z,TX,{FRAME},ok",
        f'"{FRAME}\\r",',
        f"b'{FRAME}\\r'",
        f"b'\\xb0\\xf7\\x00{FRAME}\\r\\x00'",
        f'{{"tx": "{FRAME}\\r"}}',
        f"{FRAME}\\r\\n",
        f"{FRAME}$",
        f"The pack said {FRAME}.",
        f"| `{FRAME}` | a request |",
        FRAME.lower(),
        FRAME[1:],
        f"Full HEX string: {FRAME[1:].lower()}",
        " ".join(PAIRS),
        "".join(PAIRS),
        f"TX {''.join(PAIRS).upper()}",
        ", ".join(f"0x{pair}" for pair in PAIRS),
        f"{{{LIST}}};",
        ESCAPED,
        f"b'{ESCAPED}'",
        f"[22:30:45][W][seplos_modbus:031]: Buffer cleared due to reset: {'.'.join(PAIRS)} (20)",
        f"query: `{' | '.join(PAIRS)}`",
        f"1.002 > {' '.join(PAIRS)} |{FRAME}.|",
        f"-> {'-'.join(PAIRS[:-1])}",
    ],
)
def test_a_frame_is_found_in_whatever_stands_around_it(line: str) -> None:
    assert line_bytes(line, AsciiHexFramer) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        HEXDUMP,
        "00000000: 7e32 3030 3034 3634 3245 3030 3230 3046  ~20004642E00200F\n00000010: 4433 370d             D37.",
        f"0000   {' '.join(PAIRS[:16])}   ~20004642E00200F\n0010   {' '.join(PAIRS[16:])}        D37.",
        f"{' '.join(PAIRS[:9])}\n{' '.join(PAIRS[9:])}",
        f"{FRAME[:9]}\n{FRAME[9:]}",
        f"TX {FRAME[:9]}\n   {FRAME[9:14]}\n   {FRAME[14:]}",
        f'[22:52:26][D][uart_debug:158]: <<< "{FRAME[:9]}"\n[22:52:26][D][uart_debug:158]: <<< "{FRAME[9:]}\\r"',
    ],
    ids=["hexdump -C", "xxd", "a network tool", "hex bytes", "characters", "three lines", "a log with its prefix"],
)
def test_a_frame_that_was_split_over_lines_is_put_together_under_its_first_number(text: str) -> None:
    assert joined(text) == [(1, WHOLE)]


def test_a_dump_of_a_talk_gives_frame_after_frame() -> None:
    data = WHOLE * 3
    lines = [f"{at:04x}  {data[at : at + 16].hex(' ')}" for at in range(0, len(data), 16)]
    assert [item for _, item in joined("\n".join(lines))] == [WHOLE] * 3


def test_what_never_becomes_whole_is_given_line_by_line() -> None:
    assert joined(f"{FRAME[:9]}\nhello\n{FRAME}") == [
        (1, f"{FRAME[:9]}\r".encode()),
        (2, b"hello\r"),
        (3, WHOLE),
    ]
    assert joined(f"{FRAME[:9]}\nbeef\n{FRAME[1:]}") == [
        (1, f"{FRAME[:9]}\r".encode()),
        (2, b"\xbe\xef\r"),
        (3, WHOLE),
    ]


def test_two_frames_that_lost_what_stood_between_them() -> None:
    assert line_bytes(FRAME + FRAME, AsciiHexFramer) == WHOLE * 2


def test_a_single_small_letter_is_damage_and_stays() -> None:
    assert line_bytes(FRAME.replace("E", "e"), AsciiHexFramer) == WHOLE.replace(b"E", b"e")

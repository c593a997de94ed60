"""Tiny profiles written inside a test, and files of them."""

from pathlib import Path

from wattstead.catalog.profile import Profile, load_profile

HEAD = """
[profile]
name = "tiny"
make = "Tiny"
title = { en = "Tiny battery", fr = "Petite batterie" }
source = "a test"

[link]
framing = "ascii_hex"
baud = [9600]
ascii_hex = { version = 0x20, kind = 0x46 }
addresses = { first = 0, last = 15, usual = [0], master = 0 }
probe = "ask"
deadline_ms = 500
turnaround_ms = 0
refuse_noise = true

[virtual]
preset = "pylontech-15s"

[status]
ok = 0x00
format_error = 0x05
"""

ASK = """
[[message]]
name = "ask"
command = 0x42
"""


def profile(folder: Path, text: str) -> Profile:
    """Load a profile whose file is this text."""
    file = folder / "tiny.toml"
    file.write_text(text, encoding="utf-8")
    return load_profile(str(file))


def replying(folder: Path, reply: str, *, tables: str = "") -> Profile:
    """Load a profile with one message whose reply is laid out so."""
    return profile(folder, f"{HEAD}\n{tables}\n{ASK}reply = [{reply}]\n")

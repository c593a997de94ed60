"""Addresses of several packs, as a person writes them."""

from wattstead.model.errors import UsageError


def parse_addresses(words: list[str], most: int, option: str = "--address ") -> list[int]:
    """Read addresses as a person writes them: 3, 0,2 or 0-15. most: so many at once. Raises UsageError."""
    found: dict[int, None] = {}
    for word in (one.strip() for part in words for one in part.split(",")):
        first, dash, last = word.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or int(first) > 255 or int(last or 0) > 255:
            raise UsageError(f"{option}{word!r} is no address; write a number from 0 to 255, 0,2 or 0-15")
        if dash and int(last) < int(first):
            raise UsageError(f"{option}{word} runs backwards; write {last}-{first}")
        found |= dict.fromkeys(range(int(first), int(last or first) + 1))
    if len(found) > most:
        raise UsageError(f"{option}names {len(found)} packs; a line shows up to {most}")
    return list(found)

"""What is wrong with options, in the words of people: those of the option parser are for programmers."""

import re
from typing import Final

_BAD: Final = r"Invalid value for (?P<what>.+?): Input should be "
_PLAIN: Final = tuple(
    (re.compile(pattern, re.DOTALL), plain)
    for pattern, plain in (
        (_BAD + r"less than or equal to (?P<bound>\S+)", "{what}: {bound} is the most"),
        (_BAD + r"greater than or equal to (?P<bound>\S+)", "{what}: {bound} is the least"),
        (_BAD + r"a valid integer.*", "{what}: write a whole number"),
        (_BAD + r"a valid number.*", "{what}: write a number"),
        (r"Missing (?:argument|option) (?P<what>.+)", "{what} is missing"),
        (r"No such option: (?P<what>\S+)(?: \(Possible options: (?P<others>.+)\))?", "there is no option {what}"),
        (r"Option (?P<what>.+) requires an argument", "{what} needs a value behind it"),
        (r"Got unexpected extra arguments?(?:\(s\))? \((?P<what>.+)\)", "nobody knows what is meant by {what}"),
    )
)


def in_plain_words(complaint: str) -> str:
    """Say a complaint of the option parser plainly; as it is where we have no words for it."""
    text = complaint.rstrip(".").replace("Value error, ", "")
    for pattern, plain in _PLAIN:
        if found := pattern.fullmatch(text):
            said = found.groupdict()
            others = f"; did you mean {said['others']}?" if said.get("others") else ""
            return plain.format(**{**said, "what": _name(found["what"])}) + others
    return text


def _name(what: str) -> str:
    """Give '--address' / '-a' as --address, and 'url' as URL."""
    first = what.partition(" / ")[0].strip("'")
    return first if first.startswith("-") or "'" not in what else first.upper()

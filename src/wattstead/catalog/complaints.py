"""Errors in the other language: they are raised in English, with their parts in ``words/errors.toml`` in both."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from wattstead.catalog.sentences import Part, french, pairs_of

_WHERE: Final = re.compile(r"(\S*[/.\\]\S*): (.+)", re.DOTALL)  # a URL, a path or a file, and what is wrong there
_BETWEEN: Final = "; "
_GAP: Final = "(?:(?!; ).)+?"  # what stands in a gap is no further part


def complaint(text: str, lang: str) -> str:
    """Say an error in a language: where, what is wrong, what would be right.

    All of it or nothing: where a part is in nobody's words, the whole stays English, for half a sentence helps nobody.
    """
    return text if lang == "en" else _parts(text) or text


def _parts(text: str) -> str | None:
    if whole := _one(text):
        return whole
    at = text.find(_BETWEEN)
    while at >= 0:
        if (left := _one(text[:at])) and (right := _parts(text[at + len(_BETWEEN) :])):
            return f"{left} ; {right}"
        at = text.find(_BETWEEN, at + 1)
    return None


def _one(text: str) -> str | None:
    if (found := _WHERE.fullmatch(text)) and (told := _parts(found[2])):
        return f"{found[1]} : {told}"
    for pattern, said in _pairs():
        if held := pattern.fullmatch(text):
            return said.format(**{name: Part(_parts(part) or part) for name, part in held.groupdict().items()})
    return french(text)


@cache
def _pairs() -> Sequence[tuple["re.Pattern[str]", str]]:
    return tuple(pairs_of("errors.toml", _GAP))

"""From a finding of the checker to one sentence for the person who writes a profile."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wattstead.catalog.where import Where
from wattstead.model.errors import ProfileError

_ITEMS: Final = {  # what a list below this key holds
    **dict.fromkeys(("request", "reply", "parts"), "field"),
    "message": "message",
    "setting": "setting",
    "note": "note",
    "part": "part",
    "step": "step",
}
_NAMED: Final = {"layouts": "layout", "types": "type", "codes": "code"}  # tables whose keys are names
_WANTED: Final = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "tuple_type": "a list [ … ]",
    "dict_type": "a table {{ … }}",
    "model_type": "a table {{ … }}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number from {ge} up",
    "less_than_equal": "a number up to {le}",
    "literal_error": "{expected}",
    "string_too_long": "a text of {max_length} character",
}
_PATTERN: Final = "a name of lower-case letters, digits and {joint}, a letter first"


def explain(
    where: Where, data: Mapping[str, Any], error: ValidationError, page: str = "docs/profiles.md"
) -> ProfileError:
    """Give the first finding as an error with its place in the file. data: what the file says. page: on such files."""
    # A list is "too short" for the checker, too, when what stands in it is wrong.
    findings = [one for one in error.errors(include_url=False) if one["type"] != "too_short" or not one["input"]]
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    for step in _steps(data, first["loc"]):
        where = where.inside(step)
    what, remedy = _sentence(first, page)
    return where.wrong(what, remedy + more)


def _sentence(error: ErrorDetails, page: str) -> tuple[str, str]:
    kind, given = error["type"], error.get("ctx", {})
    if kind == "missing":
        key = str(error["loc"][-1])
        other = dict.fromkeys(("en", "fr"), "write en and fr in the same entry")
        return f"{key} is missing", other.get(key, f"add it; {page} shows how")
    if kind == "key":
        return error["msg"], given["remedy"]
    if kind == "string_too_short":
        return "it is empty", "write a text"
    if kind == "too_short":
        return "it is empty", "write at least one"
    if kind == "string_pattern_mismatch":
        wanted = _PATTERN.format(joint="-" if "-" in given["pattern"] else "_")
    else:
        wanted = _WANTED[kind].format(**given) if kind in _WANTED else error["msg"]
    return f"{_shown(error['input'])} stands there", f"write {wanted}"


def _shown(value: object) -> str:
    """Show what stands in the file the way TOML writes it; of a table or a list only that it is one."""
    match value:
        case Mapping():
            return "a table"
        case bool():
            return str(value).lower()
        case str():
            return repr(value)
        case Sequence():
            return "a list"
    return str(value)


def _steps(data: object, path: tuple[int | str, ...]) -> Iterator[str]:
    """Turn keys and numbers into words; tags of the checker, which stand for nothing in the file, are left out."""
    key = ""
    for step in path:
        if isinstance(data, Mapping) and step in data:
            data = data[step]
            if key in _NAMED:
                yield f"{_NAMED[key]} {step!r}"
            elif step not in _NAMED and not _lists_items(str(step), data):
                yield str(step)
            key = str(step) if key not in _NAMED else "parts"
        elif isinstance(data, Sequence) and isinstance(step, int) and step < len(data):
            data = data[step]
            yield _item(_ITEMS.get(key, ""), step, data)


def _lists_items(key: str, data: object) -> bool:
    """Whether the key only holds a list of items that are named by themselves, as ``[[message]]``."""
    named = ("message", "setting", "note", "parts", "part", "step")
    return isinstance(data, Sequence) and not isinstance(data, str) and key in named and bool(data)


def _item(kind: str, number: int, data: object) -> str:
    if isinstance(data, Mapping):
        title = data.get("title")
        known = {**data, "title": title.get("en") if isinstance(title, Mapping) else None}
        for key in ("name", "about", "id", "title"):
            if isinstance(known.get(key), str):
                return f"{kind} {known[key]!r}"
    return f"{kind} number {number + 1}".lstrip()

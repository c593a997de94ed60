"""Loads ``words/explain``: topics, what each code says, the makes, and their printed lists of codes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from wattstead.catalog.packs import Settings, load_pack
from wattstead.catalog.words import LANGUAGES, codes, read_toml
from wattstead.model.advice import Actor, Advice, Entry, Risk, Text, Urgency
from wattstead.model.code import Code, Severity
from wattstead.model.errors import ProfileError
from wattstead.model.pack import PackRow
from wattstead.model.protection import Channel

UNKNOWN = "unknown_bit"
_CHANNELS = {channel.label: channel for channel in Channel}
_NUMBERED = re.compile(r"([fw]\d\d)_")  # an inverter's codes carry their number in the name


def _folder() -> Traversable:
    return files("wattstead") / "words" / "explain"


@cache
def topics() -> Mapping[str, Mapping[str, Any]]:
    """Tables of topics.toml by name."""
    return _tables(_folder() / "topics.toml")


@cache
def names() -> Mapping[str, Mapping[str, Any]]:
    """What each code says, by its name."""
    return _tables(_folder() / "names.toml")


@cache
def makes() -> Mapping[str, Mapping[str, Any]]:
    """Makes by the profile that speaks their dialect."""
    return _tables(_folder() / "makes.toml")


@cache
def lists() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Printed lists: codes by the profile that they belong to."""
    found = sorted((_folder() / "lists").iterdir(), key=lambda one: one.name.removesuffix(".toml"))
    return {one.name.removesuffix(".toml"): _tables(one) for one in found if one.name.endswith(".toml")}


def _tables(file: Traversable) -> dict[str, Mapping[str, Any]]:
    data = read_toml(file)
    for name, entry in data.items():
        if not isinstance(entry, dict):
            raise ProfileError(file.name, name, f"is {entry!r}", "write a table")
    return {name: entry for name, entry in data.items() if isinstance(entry, dict)}


@cache
def entries() -> tuple[Entry, ...]:
    """Every code of every make: printed lists first, then bits. Raises ProfileError for a text that is missing."""
    found = [_listed(make, code, one) for make, table in lists().items() for code, one in table.items()]
    for make in makes():
        found += [_entry(make, code) for code in dialect_codes(make).values()]
    return tuple(found)


def dialect_codes(make: str) -> Mapping[str, Code]:
    """Codes of a make; the measuring chip has some and no profile. Reads words only: profiles take seconds to build."""
    return codes(make)


def entry_of(make: str, code: Code | str) -> Entry:
    """Give the entry of an active code; a bit that nobody has named gets one that says so."""
    if isinstance(code, Code):
        return _entry(make, code)
    label = {"en": f"bit without a name: {code}", "fr": f"bit sans nom : {code}"}
    advice = advice_of(UNKNOWN, make)
    return Entry(code, UNKNOWN, make, title_of(make), Severity.ALARM, label, advice)


def title_of(make: str) -> str:
    """Give what people call a make; its profile's name where nobody has said that."""
    return str(makes().get(make, {}).get("title", make))


def _entry(make: str, code: Code) -> Entry:
    if code.name not in names():  # of a profile of one's own
        meaning = {lang: f"{text[:1].upper()}{text[1:]}." for lang, text in code.label.items()}
        advice = replace(advice_of(UNKNOWN, make), meaning=meaning)
        return Entry(code.name, UNKNOWN, make, title_of(make), code.severity, code.label, advice)
    numbered = _NUMBERED.match(code.name)
    shown = numbered[1].upper() if numbered else code.name
    printed = (code.name,) if numbered else _vendor_names(make, code.name)
    advice = advice_of(code.name, make)
    return Entry(shown, code.name, make, title_of(make), code.severity, code.label, advice, printed=printed)


@cache
def _switch_names(make: str) -> Mapping[str, str]:
    """Names of function switches in the maker's own program, by our name of the setting."""
    file = files("wattstead") / "profiles" / f"{make}.toml"
    rows = read_toml(file).get("setting", []) if file.is_file() else []
    return {
        row["name"]: row.get("vendor_name", "") for row in (rows if isinstance(rows, list) else []) if "name" in row
    }


def _vendor_names(make: str, name: str) -> tuple[str, ...]:
    """Give what the maker's own program calls it: the name of its switch, with and without the word before it."""
    full = _switch_names(make).get(f"enable_{name}", "")
    if " " not in full or any(letter.isdigit() for letter in full):
        return ()  # the number of a bit, no name
    return tuple(dict.fromkeys(filter(None, (full, re.sub(r"^(Alarm|Protect) *- *", "", full)))))


def _listed(make: str, code: str, one: Mapping[str, Any]) -> Entry:
    where = f"lists/{make}.toml"
    label = _text(where, code, one)
    advice = advice_of(str(one.get("name")), make, one, f"{where}, {code}")
    severity = one.get("severity")
    if severity not in set(Severity):
        raise ProfileError(where, code, f"severity is {severity!r}", f"say one of {', '.join(Severity)}")
    return Entry(
        code,
        str(one["name"]),
        make,
        title_of(make),
        Severity(severity),
        label,
        advice,
        str(one.get("category", "")),
        tuple(one.get("printed", ())),
        listed=True,
    )


def advice_of(name: str, make: str = "", own: Mapping[str, Any] | None = None, where: str = "names.toml") -> Advice:
    """Put together what a name calls for in a make. Raises ProfileError where a name, a topic or a text is missing."""
    said = names().get(name)
    if said is None:
        raise ProfileError("explain", where, f"there is no name {name!r}", "write it into names.toml")
    topic = topics().get(str(said.get("topic")))
    if topic is None:
        raise ProfileError("names.toml", name, f"there is no topic {said.get('topic')!r}", "write it into topics.toml")
    table = makes().get(make, {})
    more = makes().get(str(table.get("as", make)), {}).get("more", {}).get(name, {})
    layers = (own or {}, more, said, topic)
    place = f"{name} in {make or 'all makes'}"
    return Advice(
        topic=str(said["topic"]),
        meaning=_text("names.toml", name, said),
        who=Actor(_first("who", layers)),
        risk=Risk(_first("risk", layers)),
        urgency=Urgency(_first("urgency", layers)),
        causes=_texts(place, topic, "causes"),
        check=_texts(place, topic, "check"),
        do=_texts(place, topic, "do"),
        own_check=(*_texts(place, own or {}, "check"), *_texts(place, more, "check")),
        own_do=(*_texts(place, own or {}, "do"), *_texts(place, more, "do")),
        channel=_CHANNELS.get(str(topic.get("channel"))),
        note=_text("makes.toml", make, table["note"]) if "note" in table else None,
    )


def _first(key: str, layers: tuple[Mapping[str, Any], ...]) -> str:
    return next((str(layer[key]) for layer in layers if key in layer), "")


def _texts(place: str, table: Mapping[str, Any], key: str) -> tuple[Text, ...]:
    return tuple(_text(place, key, one) for one in table.get(key, ()))


def _text(file: str, place: str, entry: Mapping[str, Any]) -> Text:
    text = {lang: str(entry.get(lang, "")).strip() for lang in LANGUAGES}
    if not all(text.values()):
        raise ProfileError(file, place, "lacks a language", "write en and fr in the same entry")
    return text


def rows_of(entry: Entry, settings: Settings | None = None) -> tuple[PackRow, ...]:
    """Give the limits of the make that raise a code. settings: as read from the device, else those as shipped."""
    preset = makes().get(entry.make, {}).get("preset")
    if not preset or entry.name == UNKNOWN:
        return ()
    known = load_pack(str(preset)).settings
    own = {name: value for name, value in (settings or {}).items() if name in known}
    rows = load_pack(str(preset), own, refuse=False).rows
    named = tuple(row for row in rows if row.name == entry.name)
    recorded = tuple(row for row in rows if entry.listed and row.record == entry.code)
    return recorded if any(row.name == entry.name for row in recorded) else named


def printed_codes(make: str, rows: Sequence[PackRow]) -> tuple[str, ...]:
    """Give the codes of the make's printed list that these limits are noted under."""
    table = lists().get(str(makes().get(make, {}).get("as", make)), {})
    return tuple(dict.fromkeys(row.record for row in rows if row.record in table))


def is_typical(make: str) -> bool:
    """Whether the limits are those of a usual pack, not of this very device."""
    return bool(makes().get(make, {}).get("typical", False))

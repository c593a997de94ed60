"""``[switch]``: what a profile says otherwise while a switch is on, as in ``growatt-rs485+cells-from-70``."""

from collections.abc import Mapping
from typing import Any

from wattstead.catalog.where import Where, nearest
from wattstead.model.errors import UsageError


def switched(where: Where, data: Mapping[str, Any], options: str) -> tuple[Mapping[str, Any], str]:
    """Give what the file says with its switches on, and the options that are none of them.

    A switch puts other types and other keys of a message or of the link in the place of those of the same name.
    Whether what comes out is a profile is checked afterwards. Raises ProfileError for a message that is not there,
    UsageError for a switch that the profile does not have.
    """
    switches = data.get("switch", {})
    if not isinstance(switches, Mapping) or not switches:
        return data, options
    for name in filter(None, options.split("+")):
        switch = switches.get(name)
        if not isinstance(switch, Mapping):
            known = list(switches)
            instead = nearest(name, known, f"its switches are {', '.join(known)}")
            raise UsageError(f"{where.file.removesuffix('.toml')} has no switch {name!r}; {instead}")
        data = _with(where.inside(f"switch {name!r}"), data, switch)
    return data, ""


def _with(where: Where, data: Mapping[str, Any], switch: Mapping[str, Any]) -> Mapping[str, Any]:
    changes, without = switch.get("messages", {}), switch.get("without", ())
    names = [one.get("name") for one in data.get("message", ()) if isinstance(one, Mapping)]
    for name in (*changes, *without):
        if name not in names:
            remedy = nearest(str(name), list(filter(None, names)), "name a message of this file")
            raise where.wrong(f"there is no message {name!r}", remedy)
    kept = (one for one in data.get("message", ()) if one.get("name") not in without)
    messages = tuple({**one, **changes.get(one.get("name"), {})} for one in kept)
    types = {**data.get("types", {}), **switch.get("types", {})}
    return {**data, "types": types, "message": messages, "link": _merged(data.get("link", {}), switch.get("link", {}))}


def _merged(link: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put keys of a switch in the place of those of the same name; in a table key by key."""
    both = [name for name, one in other.items() if isinstance(one, Mapping) and isinstance(link.get(name), Mapping)]
    return {**link, **other, **{name: {**link[name], **other[name]} for name in both}}

"""Files of settings that a person can read, change, compare line by line, and write back."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wattstead.catalog.profile import Profile, load_profile
from wattstead.catalog.where import Where, nearest
from wattstead.host.settings.sets import LIVE, SettingSet
from wattstead.model.errors import UsageError
from wattstead.model.setting import Setting, SettingValue

_ON, _OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
_HEAD = """\
# Settings of a battery, one a line, for `wattstead settings`. Change what is to be changed and take away what is to
# stay as it is on the device: only what stands here and differs is written.
"""


def to_toml(profile: Profile, held: SettingSet) -> str:
    """Write a set as a file. What changes by itself is written as a remark: it is no setting to keep."""
    return "\n".join((*_head(profile, held), "", "[settings]", *_lines(profile, held), ""))


def _head(profile: Profile, held: SettingSet) -> Iterator[str]:
    yield _HEAD
    yield "[about]"
    yield f"profile = {_text(profile.name)}"
    if held.address is not None:
        yield f"address = {held.address}"
    for name, said in held.identity.items():
        yield f"{name} = {_text(said)}"
    if held.at_ms is not None:
        yield f"read = {datetime.fromtimestamp(held.at_ms // 1000, UTC).isoformat().replace('+00:00', 'Z')}"


def _lines(profile: Profile, held: SettingSet) -> Iterator[str]:
    for name, setting in profile.settings.items():
        if name not in held.values:
            continue
        line = f"{name} = {plain(held.values[name])}"
        remark = " · ".join(filter(None, (setting.unit, _number(setting), _shipped(setting))))
        if name in LIVE:
            yield f"# {line}  # changes by itself; take the first # away to write it"
        else:
            yield f"{line}  # {remark}" if remark else line


def _number(setting: Setting) -> str:
    number = "" if setting.number is None else f"{setting.number}"
    return " ".join(filter(None, (number, setting.vendor_name)))


def _shipped(setting: Setting) -> str:
    return "" if setting.default is None else f"as shipped {plain(setting.default)}"


def plain(value: SettingValue) -> str:
    """Write a value as TOML does, without digits that say nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.9g}" if abs(value) < 1e9 else repr(value)
    return str(value) if isinstance(value, int) else _text(value)


def _text(text: str) -> str:
    shown = "".join(f"\\u{ord(one):04X}" if one in '"\\' or not one.isprintable() else one for one in text)
    return f'"{shown}"'


def read_settings_file(path: Path, profile: Profile | None = None) -> SettingSet:
    """Read a file of settings. profile: the device that it is meant for; that of the file where None.

    Raises UsageError where it cannot be read or is for another device, ProfileError with the place of a slip in it.
    """
    where, data = Where(path.name), _read(path)
    about, values = data.get("about", {}), data.get("settings", {})
    if not isinstance(about, dict) or not isinstance(values, dict):
        raise where.wrong("about and settings must be tables", "write [about] and [settings] on lines of their own")
    if unknown := [key for key in data if key not in ("about", "settings")]:
        remedy = nearest(unknown[0], ["about", "settings"], "put settings under [settings]")
        raise where.wrong(f"there is no table {unknown[0]!r}", remedy)
    profile = _profile(where, about, profile)
    checked = {name: _value(where.inside("settings"), profile, name, value) for name, value in values.items()}
    who = {name: said for name, said in about.items() if isinstance(said, str) and name != "profile"}
    address, read = about.get("address"), about.get("read")
    at_ms = round(read.timestamp() * 1000) if isinstance(read, datetime) else None
    return SettingSet(profile.name, checked, path.name, address if isinstance(address, int) else None, at_ms, who)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a file of `wattstead settings export`") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: it is no text; name a file of `wattstead settings export`") from None
    except tomllib.TOMLDecodeError as error:
        raise Where(path.name).wrong(str(error), "write one `name = value` a line, words in quotes") from None


def _profile(where: Where, about: dict[str, Any], asked: Profile | None) -> Profile:
    name = about.get("profile")
    if name is None and asked is None:
        raise where.inside("about").wrong("the profile is missing", 'add profile = "seplos-v2", or say --profile')
    if name is not None and not isinstance(name, str):
        raise where.inside("about").wrong(f"profile is {name!r}", "write its name in quotes")
    if asked is None:
        return load_profile(str(name))
    if name is not None and name.partition("+")[0] != asked.name:
        raise UsageError(f"{where.file} is for {name}, not for {asked.name}: settings mean something else there")
    return asked


def _value(where: Where, profile: Profile, name: str, value: object) -> SettingValue:
    if name not in profile.settings:
        remedy = nearest(name, list(profile.settings), "`wattstead settings show` lists them")
        raise where.wrong(f"{profile.name} has no setting {name!r}", remedy)
    if not isinstance(value, bool | int | float | str):
        raise where.inside(name).wrong(f"{value!r} stands there", f"write a value like {like(profile, name)}")
    return value


def like(profile: Profile, name: str) -> str:
    """Give an example of what a setting takes."""
    setting = profile.settings[name]
    shown = setting.default if setting.default is not None else setting.values[0] if setting.values else 3.55
    return plain(shown)


def parse_value(profile: Profile, word: str) -> tuple[str, SettingValue]:
    """Read ``name=value`` as a person types it. Raises UsageError."""
    name, equals, text = (part.strip() for part in word.partition("="))
    if not equals or not text:
        raise UsageError(f"{word!r} is no setting; write NAME=VALUE, or name a file that ends in .toml")
    if name not in profile.settings:
        remedy = nearest(name, list(profile.settings), "`wattstead settings show` lists them")
        raise UsageError(f"{profile.name} has no setting {name!r}; {remedy}")
    shipped = profile.settings[name].default
    if isinstance(shipped, bool):
        if text.lower() not in (*_ON, *_OFF):
            raise UsageError(f"{name} is a switch: {text!r} is neither on nor off")
        return name, text.lower() in _ON
    if isinstance(shipped, str):
        return name, text.strip("\"'")
    try:
        return name, int(text)
    except ValueError:
        pass
    try:
        return name, float(text)
    except ValueError:
        raise UsageError(f"{name} is a number: {text!r} is none; write a point and no unit, such as 3.55") from None

"""What is wrong or odd with a set of settings, all findings at once; what a person confirms by name (SEP-3, SEP-4).

Errors stop a write. Warnings are facts that a person should know; makers ship sets that have them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import Profile
from wattstead.host.settings.mapping import on_wire, writable
from wattstead.host.settings.sets import Settings, same
from wattstead.model.errors import EncodeError, ProfileError, WattsteadError
from wattstead.model.pack import PackModel, PackRow
from wattstead.model.preset_check import check_pack
from wattstead.model.protection import Action, Level
from wattstead.model.setting import Setting, SettingValue

RANGE, STEP, KIND, SIGN, HARDWARE, SET = "range", "step", "kind", "sign", "SEP-4", "SEP-3"
_PHYSICS = (
    ("V", "cell_", (0.0, 5.0)),
    ("mV", "cell_", (0.0, 5000.0)),
    ("V", "pack_", (0.0, 1500.0)),
    ("°C", "", (-50.0, 150.0)),
    ("%", "", (0.0, 100.0)),
)
"""Beyond these no lithium battery is, whatever the wire carries: unit, beginning of the name, range. They are ours."""
_ROUNDING = 1e-6
_CONSEQUENCE: Mapping[Action, str] = {
    Action.STOP_CHARGE: "the charge is no longer stopped by it",
    Action.STOP_DISCHARGE: "the discharge is no longer stopped by it",
    Action.POWER_OFF: "the battery no longer turns off by it",
    Action.TRIP_BREAKER: "the breaker is no longer tripped by it",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """rule: its ID. names: settings it is about. error: it stops a write. stands: the device has it already so."""

    rule: str
    names: tuple[str, ...]
    text: str
    error: bool = False
    stands: bool = False

    def __str__(self) -> str:
        return self.text if f"({self.rule})" in self.text else f"{self.text} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Danger:
    """What a person must confirm by its name: mostly that of a setting. text: the consequence."""

    name: str
    text: str


def check_set(profile: Profile, wanted: Settings, held: Settings | None = None) -> tuple[Issue, ...]:
    """Check a set as a whole; errors come first.

    wanted: all settings or some of them. held: what the device has; where None, what is missing is taken as shipped.
    An error that the device has already, and that the wanted values do not touch, is told and does not stop a write.
    """
    changed = {name for name, value in wanted.items() if held is None or not same(value, held.get(name))}
    sent = frozenset(writable(profile))
    alone = [
        issue for name in wanted if name in changed for issue in _value(profile, name, wanted[name], sent=name in sent)
    ]
    alone += [] if held is None else _hardware(profile, wanted, held)
    kind = {name for issue in alone if issue.rule == KIND for name in issue.names}
    before = _whole(profile, held) if held is not None else ()
    whole = _whole(profile, {**(held or {}), **{name: value for name, value in wanted.items() if name not in kind}})
    stood = {(issue.rule, issue.text) for issue in before}
    told = [_standing(issue, stood, changed) for issue in whole]
    return tuple(sorted((*alone, *told), key=lambda issue: not issue.error))


def errors(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    """Give those that stop a write."""
    return tuple(issue for issue in issues if issue.error)


def impossible(profile: Profile, settings: Settings) -> frozenset[str]:
    """Give why no BMS can run a set, each reason in words; it says nothing of the values by themselves."""
    return frozenset(str(issue) for issue in _whole(profile, settings) if issue.error)


def _standing(issue: Issue, stood: set[tuple[str, str]], changed: set[str]) -> Issue:
    if (issue.rule, issue.text) not in stood:
        return issue
    return replace(issue, stands=True, error=issue.error and bool(changed.intersection(issue.names)))


# Each value by itself.


def _value(profile: Profile, name: str, value: SettingValue, *, sent: bool) -> Iterator[Issue]:
    """sent: whether the wire carries it to the device; what can only be read is no error."""
    setting = profile.settings[name]
    if why := _kind(setting, value):
        yield Issue(KIND, (name,), f"{name}: {why}", error=True)
        return
    if _discharges(setting) and isinstance(value, int | float) and value > 0:
        text = f"{name} {value:g} A must lie below 0: a current that discharges is negative here, whatever the make"
        yield Issue(SIGN, (name,), text, error=True)
        return
    if setting.values and not any(same(value, one) for one in setting.values):
        known = ", ".join(_plain(one) for one in setting.values)
        yield Issue(RANGE, (name,), f"{name} {_plain(value)} is none of {known}", error=True)
        return
    try:
        carried = on_wire(profile, name, value) if sent else value
    except EncodeError as error:
        yield Issue(RANGE, (name,), f"{name}: {error}", error=True)
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(setting, value, carried)


def _discharges(setting: Setting) -> bool:
    """Whether it is a current out of the battery, which every profile has as negative."""
    shipped = setting.default
    return setting.unit == "A" and isinstance(shipped, int | float) and shipped < 0


def _kind(setting: Setting, value: SettingValue) -> str | None:
    shipped = setting.default
    if isinstance(shipped, bool) and not isinstance(value, bool):
        return f"{_plain(value)} stands there; it is a switch: write true or false"
    if isinstance(shipped, str) and not isinstance(value, str):
        return f"{_plain(value)} stands there; write a word such as {shipped!r}"
    number = isinstance(shipped, int | float) and not isinstance(shipped, bool)
    if number and (isinstance(value, bool | str)):
        return f"{_plain(value)} stands there; write a number such as {_plain(shipped) if shipped else 0}"
    return None


def limits(setting: Setting) -> tuple[float | None, float | None]:
    """Give what a number may lie between: as stated, or as the wire carries it, and never beyond physics."""
    here = (held for unit, start, held in _PHYSICS if setting.unit == unit and setting.name.startswith(start))
    bounds = next(here, None)
    low, high = setting.minimum, setting.maximum
    if bounds is None:
        return low, high
    return bounds[0] if low is None else max(low, bounds[0]), bounds[1] if high is None else min(high, bounds[1])


def _number(setting: Setting, value: float, carried: SettingValue) -> Iterator[Issue]:
    name, unit = setting.name, f" {setting.unit}".rstrip()
    low, high = limits(setting)
    if low is not None and high is not None and not low <= value <= high:
        yield Issue(RANGE, (name,), f"{name} {value:g}{unit} lies outside {low:g} to {high:g}{unit}", error=True)
        return
    off_step = setting.step is not None and abs(value / setting.step - round(value / setting.step)) > _ROUNDING
    if off_step and setting.step is not None:
        near = round(value / setting.step) * setting.step
        text = f"{name} {value:.9g}{unit} is no multiple of {setting.step:g}; the nearest is {near:.9g}"
        yield Issue(STEP, (name,), text, error=True)
    elif isinstance(carried, int | float) and not same(value, carried):
        text = f"{name} {value:.9g}{unit} is finer than the wire carries; the nearest is {carried:.9g}"
        yield Issue(STEP, (name,), text, error=True)


def _hardware(profile: Profile, wanted: Settings, held: Settings) -> list[Issue]:
    on = [name for name in profile.writing.hardware if wanted.get(name) is True and held.get(name) is not True]
    return [Issue(HARDWARE, (name,), f"{name} does nothing unless the board has the part for it") for name in on]


# The set as a whole.


def _whole(profile: Profile, settings: Settings) -> tuple[Issue, ...]:
    preset = profile.virtual.preset
    if not preset or preset.endswith(".toml"):  # a file of one's own may change
        return _judged(preset, settings)
    return _judged_once(preset, tuple((name, type(value), value) for name, value in settings.items()))


@lru_cache(maxsize=256)
def _judged_once(preset: str, values: tuple[tuple[str, type, SettingValue], ...]) -> tuple[Issue, ...]:
    """Judge a set once: on the way from one to another the same sets are met again and again."""
    return _judged(preset, {name: value for name, _, value in values})


def _judged(preset: str, settings: Settings) -> tuple[Issue, ...]:
    model = _model(preset, settings)
    if isinstance(model, Issue):
        return (model,)
    found = () if model is None else check_pack(model)
    return tuple(Issue(one.rule, one.names, one.text, error=one.grave) for one in found)


def _model(preset: str, settings: Settings) -> PackModel | Issue | None:
    """Give the pack that runs by these settings; None for a device that is no battery."""
    if not preset:
        return None
    try:
        known = load_pack(preset, refuse=False).settings
        used = {name: value for name, value in settings.items() if name in known}
        return load_pack(preset, used, refuse=False)
    except ProfileError as error:
        name = next((one for one in settings if one in error.place), "")
        return Issue(SET, (name,) if name else (), f"{error.what}; {error.remedy}", error=True)
    except WattsteadError as error:
        return Issue(SET, (), str(error), error=True)


# What is dangerous.


def dangers(profile: Profile, held: Settings, wanted: Settings) -> tuple[Danger, ...]:
    """Give what is to be confirmed by name before these values are written over those that the device holds."""
    changed = {name: value for name, value in wanted.items() if not same(value, held.get(name))}
    return (*_unprotected(profile, held, changed), *_link(profile, held, changed))


def _unprotected(profile: Profile, held: Settings, changed: Settings) -> Iterator[Danger]:
    """Find protections that are watched now and are not any more then; an alarm that is off cuts nothing off."""
    preset = profile.virtual.preset
    before, after = _model(preset, held), _model(preset, {**held, **changed})
    if not isinstance(before, PackModel) or not isinstance(after, PackModel):
        return
    was = {row.name: row for row in before.rows if row.enabled}
    gone = [row for row in after.rows if not row.enabled and row.name in was and _protects(row)]
    lost: dict[str, list[PackRow]] = {}
    for row in gone:
        lost.setdefault(row.switch or row.name, []).append(row)
    for switch, rows in lost.items():
        names = " and ".join(row.name for row in rows)
        actions = {action for row in rows for action in row.actions}
        what = ", ".join(text for action, text in _CONSEQUENCE.items() if action in actions)
        yield Danger(switch, f"switches off {names}: {what or 'the fault is neither shown nor acted upon'} (SEP-4)")


def _protects(row: PackRow) -> bool:
    return row.level is not Level.ALARM and (row.level is Level.PROTECTION or bool(row.actions))


def _link(profile: Profile, held: Settings, changed: Settings) -> Iterator[Danger]:
    for name in profile.writing.link:
        if name not in changed:
            continue
        was = f" instead of {_plain(held[name])}" if name in held else ""
        if name == profile.writing.address:
            text = f"the device answers at address {_plain(changed[name])}{was} from then on: this very link changes"
        else:
            text = f"{_plain(changed[name])}{was} changes this very link: the device may not answer here afterwards"
        yield Danger(name, text)


def _plain(value: SettingValue) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:.9g}"

"""A whole reading explained: each active code with its entry and its evidence, states apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wattstead.catalog.advice import entry_of, makes, rows_of
from wattstead.catalog.packs import load_pack
from wattstead.model.advice import Entry, Urgency
from wattstead.model.code import Severity
from wattstead.model.errors import ProfileError
from wattstead.model.evidence import Evidence, Finding, looked_back, weigh
from wattstead.model.pack import PackRow
from wattstead.model.reading import Silence, Snapshot
from wattstead.model.setting import SettingValue
from wattstead.model.told_words import codes_of_words

if TYPE_CHECKING:  # codes and words are explained without building a profile
    from wattstead.catalog.profile import Profile

_ORDER = (Urgency.NOW, Urgency.TODAY, Urgency.SOON, Urgency.NONE)


@dataclass(frozen=True, slots=True)
class Case:
    """One active code. own_limits: whether its limits were read from the device."""

    entry: Entry
    evidence: Evidence
    own_limits: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A reading. cases: alerts, the most urgent first. states: no alerts (PYL-5). told: whether it has any codes."""

    profile: "Profile"
    snapshot: Snapshot
    cases: tuple[Case, ...]
    states: tuple[Entry, ...]
    told: bool


def explain_reading(
    profile: "Profile",
    snapshot: Snapshot,
    settings: Mapping[str, SettingValue] | None = None,
    history: Sequence[Snapshot | Silence] = (),
) -> Explained:
    """Explain what is active. settings: as read from the device. history: its readings before, in order."""
    cases, states = [], []
    for name in snapshot.active or ():
        code = profile.codes.get(name)
        entry = entry_of(profile.name, code or name)
        if code is not None and code.severity is Severity.INFORMATION:
            states.append(entry)
            continue
        cases.append(_case(entry, name, snapshot, settings or {}, history))
    topics = {case.entry.advice.topic for case in cases}
    by_word = codes_of_words(snapshot.values, profile.codes)
    for name in by_word:
        entry = entry_of(profile.name, profile.codes[name])
        if entry.advice.topic not in topics:  # a bit says more than a word
            cases.append(_by_word(_case(entry, name, snapshot, settings or {}, history)))
    cases.sort(key=lambda one: _ORDER.index(one.entry.advice.urgency))
    return Explained(profile, snapshot, tuple(cases), tuple(states), snapshot.active is not None or bool(by_word))


def _case(
    entry: Entry,
    name: str,
    snapshot: Snapshot,
    settings: Mapping[str, SettingValue],
    history: Sequence[Snapshot | Silence],
) -> Case:
    rows, own = _limits(entry, settings)
    advice = entry.advice
    evidence = weigh(name, advice.topic, advice.channel, snapshot.values, rows)
    channel = evidence.measured.channel if evidence.measured else None
    above = next((row.above for row in rows if row.channel is channel), True)
    past = looked_back(history, name, channel, snapshot.at_ms, above=above)
    return Case(entry, replace(evidence, past=past), own)


def _by_word(case: Case) -> Case:
    """Say that no bit tells it."""
    findings = (*case.evidence.findings, Finding("by_word"))
    return replace(case, evidence=replace(case.evidence, findings=findings))


def _limits(entry: Entry, settings: Mapping[str, SettingValue]) -> tuple[tuple[PackRow, ...], bool]:
    """Give the limits behind a code, with the device's own figures where they were read and fit."""
    preset = makes().get(entry.make, {}).get("preset")
    if not preset:
        return (), False
    known = load_pack(str(preset)).settings
    fits = {
        name: value
        for name, value in settings.items()
        if name in known and isinstance(value, bool) is isinstance(known[name], bool)
    }
    try:
        rows = tuple(_as_read(row, fits) for row in rows_of(entry, fits))
    except ProfileError:  # a set that no pack could run: what is shipped is the better guide
        return rows_of(entry), False
    named = [set(row.named.values()) for row in rows]
    return rows, any(named) and all(names <= fits.keys() for names in named)


def _as_read(row: PackRow, read: Mapping[str, SettingValue]) -> PackRow:
    """What was read from the device is no assumption of ours, whatever its figure as shipped is."""
    return replace(row, ours=row.ours - {figure for figure, name in row.named.items() if name in read})

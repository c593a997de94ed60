"""Records as people read them: those of the device, what this program did to it and saw of it, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.catalog.setting_words import setting_label
from wattstead.catalog.words import LANGUAGES, Label, record_words, terminal_words
from wattstead.host.records.entry import Entry, to_plain
from wattstead.host.records.keep import Gap, Kept, RecordStore, iso
from wattstead.host.records.ours import Seen, untold
from wattstead.model.counted import filled

_OWN: Final = {"write": "own_write", "rollback": "own_rollback", "calibrate": "own_calibrate"}
"""Entries of the log that are worth a row, and the words for them."""


@dataclass(frozen=True, slots=True)
class Row:
    """kind: device, own (what we did), ours (what we saw) or gap. at_ms: UTC. what: in both languages."""

    kind: str
    at_ms: int
    what: Label
    kept: Kept | None = None
    gap: Gap | None = None
    own: Mapping[str, Any] | None = None
    seen: Seen | None = None

    def plain(self) -> dict[str, Any]:
        """Give it as one object for JSON."""
        head: dict[str, Any] = {"kind": self.kind, "time": iso(self.at_ms), "what": dict(self.what)}
        if self.kept is not None:
            told = to_plain(self.kept.entry)
            return {**head, **told, "read": iso(self.kept.read_ms)}
        if self.gap is not None:
            after = None if self.gap.after_ms is None else iso(self.gap.after_ms)
            return {**head, "lost": self.gap.lost, "after": after, "read": iso(self.gap.read_ms)}
        if self.seen is not None:
            after = None if self.seen.after_ms is None else iso(self.seen.after_ms)
            told = {"event": self.seen.code, "raised": self.seen.began}
            return {**head, **told, "after": after, "pack": self.seen.pack}
        return {**head, **{name: value for name, value in (self.own or {}).items() if name not in ("at", "device")}}


def rows_of(
    store: RecordStore,
    log: Iterable[Mapping[str, Any]],
    since_ms: int | None = None,
    seen: Sequence[Seen] = (),
) -> list[Row]:
    """Give all in the order of time, each once.

    log: the entries of the audit log of this device. since_ms: nothing older. seen: codes that the platform saw come
    and go; those that a record of the device tells are left out.
    """
    profile = store.profile
    rows = [device_row(profile, one) for one in store.ordered()]
    rows += [gap_row(one) for one in store.gaps]
    rows += [row for entry in log if (row := _own_row(profile, entry)) is not None]
    rows += [ours_row(profile, one) for one in untold(profile, store.kept, seen)]
    left = [row for row in rows if since_ms is None or row.at_ms >= since_ms]
    return sorted(left, key=lambda row: row.at_ms)  # which leaves the order of those of one second as it is


def device_row(profile: Profile, kept: Kept) -> Row:
    """Give the row of a record of the device."""
    return Row("device", kept.at_ms, what(profile, kept.entry), kept=kept)


def gap_row(gap: Gap) -> Row:
    """Give the row of what is missing: right before the oldest record that was still there."""
    return Row("gap", gap.before_ms - 1, _filled(gap.why, lost=gap.lost), gap=gap)


def ours_row(profile: Profile, seen: Seen) -> Row:
    """Give the row of a code that we saw come or go."""
    code = profile.codes.get(seen.code)
    side = record_words()["ended" if not seen.began else "began" if seen.after_ms is not None else "was_there"]
    said = {lang: f"{code.label[lang] if code else seen.code} ({side[lang]})" for lang in LANGUAGES}
    return Row("ours", seen.at_ms, said, seen=seen)


def _own_row(profile: Profile, entry: Mapping[str, Any]) -> Row | None:
    name = _OWN.get(str(entry.get("what", "")))
    try:
        at_ms = round(datetime.fromisoformat(str(entry.get("at", ""))).timestamp() * 1000)
    except ValueError:
        return None
    if name is None:
        return None
    return Row("own", at_ms, {lang: _own(profile, name, entry, lang) for lang in LANGUAGES}, own=entry)


def _own(profile: Profile, sentence: str, entry: Mapping[str, Any], lang: str) -> str:
    """Say what we did: the setting as its label says, the values with its unit."""
    name, outcome = str(entry.get("name", "")), str(entry.get("outcome", ""))
    setting = profile.settings.get(name)
    became = terminal_words().get(f"outcome_{outcome}", {}).get(lang, outcome.replace("_", " "))
    return record_words()[sentence][lang].format(
        name=_quoted(setting_label(name, lang), lang) if setting else name,
        was=entry.get("from"),
        to=f"{entry.get('to')} {setting.unit if setting else ''}".rstrip(),
        outcome=became,
    )


def _quoted(label: str, lang: str) -> str:
    return f"« {label} »" if lang == "fr" else f"“{label}”"


def what(profile: Profile, entry: Entry) -> Label:
    """Say what happened, in both languages."""
    words = record_words()
    said = {lang: _what(profile, entry, lang) for lang in LANGUAGES}
    if entry.raised is None:
        return said
    side = words["began" if entry.raised else "ended"]
    return said if _is_moment(profile, entry) else {lang: f"{text} ({side[lang]})" for lang, text in said.items()}


def _is_moment(profile: Profile, entry: Entry) -> bool:
    """Whether it has neither a beginning nor an end."""
    event = profile.records.events.get(entry.event)
    return event is not None and bool(event.word)


def _what(profile: Profile, entry: Entry, lang: str) -> str:
    words, event = record_words(), profile.records.events.get(entry.event)
    if event is not None:
        return profile.codes[event.code].label[lang] if event.code else words[event.word][lang]
    if entry.active:
        labels = [profile.codes[code].label[lang] if code in profile.codes else code for code in entry.active]
        return "; ".join(labels)
    if entry.event:
        return words["unknown_event"][lang].format(event=repr(entry.event))
    return words["not_understood" if entry.raw else "nothing_active"][lang]


def _filled(sentence: str, **said: object) -> Label:
    return {lang: filled(text, lang, **said) for lang, text in record_words()[sentence].items()}


def columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Name the values that any of these rows has, in the order in which they come."""
    found: dict[str, None] = {}
    for row in rows:
        found |= dict.fromkeys(row.kept.entry.values if row.kept else ())
    return tuple(found)

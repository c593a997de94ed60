"""What the codes of a plant's packs mean, with the values behind them: those of now, and those when they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from wattstead.catalog.explained import Case, Explained, explain_reading
from wattstead.catalog.profile import Profile
from wattstead.model.advice import Entry
from wattstead.model.errors import UsageError
from wattstead.model.evidence import Evidence, Measured, Past, told_by
from wattstead.model.protection import Channel
from wattstead.model.reading import Snapshot
from wattstead.plant.latest import Latest
from wattstead.plant.memory import Memory
from wattstead.plant.watch import Watch
from wattstead.store.base import DAY_MS, ActiveChange, Resolution, Store

BACK_MS = 7 * DAY_MS
"""How far stored readings are followed back."""
_POINTS = 500
_LATE_MS = 3_600_000
"""Readings that are older do not come any more."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a code was active, UTC ms. to_ms: None while it is. open_start: it may have been so before."""

    from_ms: int
    to_ms: int | None
    open_start: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A code with all that is known of it. case: as of now. spans: when it was active, the newest first.

    came: what was read when it came; None where it is not stored any more. looked_from_ms: how far was looked back.
    """

    case: Case
    active: bool
    spans: Sequence[Span]
    came: Evidence | None
    came_ms: int | None
    looked_from_ms: int


@dataclass(frozen=True, slots=True)
class PackTold:
    """All that is active on a pack, the most urgent first; states are no alerts (PYL-5). told: whether it has codes."""

    latest: Latest
    told: bool
    codes: Sequence[Told]
    states: Sequence[Entry]


class Explaining:
    """Explains codes of the packs of a plant. profiles: of its packs, by name."""

    def __init__(self, watch: Watch, store: Store, profiles: Mapping[str, Profile]) -> None:
        self._watch = watch
        self._store = store
        self.profiles = profiles
        self._settled: dict[str, tuple[list[ActiveChange], int]] = {}

    async def pack(self, pack: str) -> PackTold | None:
        """Explain what is active on a pack; None where it has not said anything yet.

        Raises UsageError for an unknown pack, StoreError where the past cannot be read.
        """
        latest = self._watch.latest(pack)
        if latest is None:
            return None
        found = self._explained(latest)
        changes = await self._changes(pack) if found.cases else []
        codes = [await self._told(latest, case, changes, active=True) for case in found.cases]
        return PackTold(latest, found.told, codes, found.states)

    async def code(self, pack: str, code: str) -> Told | None:
        """Explain one code of a pack, active or not; None where the pack has not said anything yet.

        Raises UsageError for a pack or a code that does not exist, StoreError where the past cannot be read.
        """
        latest = self._watch.latest(pack)
        if latest is None:
            return None
        found = self._explained(latest)
        case = next((one for one in found.cases if one.evidence.code == code), None)
        active = case is not None
        if case is None:
            self._check(latest, code)
            whole = self._explained(latest, code)
            case = next((one for one in whole.cases if one.evidence.code == code), None)
            if case is None:
                raise UsageError(f"{code} is a state, no alert; there is nothing to clear")
        return await self._told(latest, case, await self._changes(pack), active=active)

    def _check(self, latest: Latest, code: str) -> None:
        known = self.profiles[latest.pack.profile].codes
        if code not in known:
            near = get_close_matches(code, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"{latest.pack.profile} has no code {code}{hint}")

    def _explained(self, latest: Latest, code: str | None = None) -> Explained:
        active = None if latest.active is None else tuple(one.name for one in latest.active)
        return explain_reading(self.profiles[latest.pack.profile], snapshot_of(latest, (code,) if code else active))

    async def _changes(self, pack: str) -> list[ActiveChange]:
        """Give when other codes became active, of the last days; what was read once is not read again."""
        now_ms = self._watch.now_ms()
        floor_ms = max(0, now_ms - BACK_MS)
        kept, from_ms = self._settled.get(pack, ([], floor_ms))
        if not floor_ms <= from_ms <= now_ms:  # nobody has asked for days, or the clock was set back
            kept, from_ms = [], floor_ms
        changes = joined(kept, await self._store.active_changes(pack, from_ms, now_ms + 1))
        settled_ms = max(from_ms, now_ms - _LATE_MS)
        self._settled[pack] = ([one for one in changes if one.at_ms < settled_ms], settled_ms)
        return changes

    async def _told(self, latest: Latest, case: Case, changes: Sequence[ActiveChange], *, active: bool) -> Told:
        spans = spans_of(case.evidence.code, changes)
        past, came, came_ms = None, None, None
        looked_ms = max(0, self._watch.now_ms() - BACK_MS)
        if spans:
            newest = spans[0]
            came_ms = newest.from_ms
            came = None if newest.open_start else await self._when_it_came(latest, case, came_ms)
            if active and newest.to_ms is None:
                since_s = max(0, latest.at_ms - newest.from_ms) / 1000
                peak = await self._worst(latest.pack.id, case.evidence, newest.from_ms, latest.at_ms)
                past = Past(since_s, 0, peak, len(spans), at_least=newest.open_start)
        known = replace(case, evidence=replace(case.evidence, past=past))
        return Told(known, active, spans, came, came_ms, looked_ms)

    async def _worst(self, pack: str, evidence: Evidence, from_ms: int, to_ms: int) -> Measured | None:
        """Give the worst value of a stretch, with its cell or probe."""
        if evidence.measured is None:
            return None
        channel = evidence.measured.channel
        discharge = channel is Channel.DISCHARGE_CURRENT
        lowest = discharge or not next((row.above for row in evidence.rows if row.channel is channel), True)
        for quantity in told_by(channel):
            series = await self._store.read(pack, [quantity], from_ms, to_ms + 1, Resolution.AUTO, _POINTS)
            ends = [
                ((min if lowest else max)(known), name)
                for name, curve in series.channels.items()
                if (known := [one for one in (curve.minimum if lowest else curve.maximum) if one is not None])
            ]
            if ends:
                value, name = (min if lowest else max)(ends)
                place = int(name.rpartition(".")[2]) if "." in name and len(ends) > 1 else None
                return Measured(channel, abs(value) if discharge else value, place)
        return None

    async def _when_it_came(self, latest: Latest, case: Case, at_ms: int) -> Evidence | None:
        """Give the evidence of the moment in which it came: what was known of the pack just then."""
        memory = Memory(latest.pack, self.profiles[latest.pack.profile].codes)
        for reading in await self._store.history(latest.pack.id, max(0, at_ms - memory.kept_ms), at_ms + 1):
            if isinstance(reading, Snapshot):
                memory.hear(reading, at_ms)
        if memory.latest is None:
            return None
        then = explain_reading(self.profiles[latest.pack.profile], snapshot_of(memory.latest, (case.evidence.code,)))
        return next((one.evidence for one in then.cases if one.evidence.code == case.evidence.code), None)


def snapshot_of(latest: Latest, active: tuple[str, ...] | None) -> Snapshot:
    """Give what is known of a pack as one reading, with these codes active."""
    return Snapshot(latest.pack.id, latest.at_ms, latest.values, active, latest.origin)


def joined(before: Sequence[ActiveChange], then: Sequence[ActiveChange]) -> list[ActiveChange]:
    """Put two stretches together: the first change of the second is none where nothing has changed."""
    if not before or not then:
        return [*before, *then]
    first, *rest = then
    if first.active == before[-1].active:
        return [*before, *rest]
    return [*before, replace(first, before_ms=first.before_ms or before[-1].at_ms), *rest]


def spans_of(code: str, changes: Sequence[ActiveChange]) -> list[Span]:
    """Give when a code was active, the newest first. changes: in the order of time."""
    spans: list[Span] = []
    since: ActiveChange | None = None
    for change in changes:
        if code in change.active:
            since = since or change
        elif since is not None:
            spans.append(Span(since.at_ms, change.at_ms, since.before_ms is None))
            since = None
    if since is not None:
        spans.append(Span(since.at_ms, None, since.before_ms is None))
    return spans[::-1]

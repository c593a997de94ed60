"""Reads the records that a device keeps itself, the newest first where it tells them so. Only reads.

What is read is handed on at once, part by part: who keeps it loses nothing when the line breaks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.records.entry import Entry, entry_of
from wattstead.model.errors import NoAnswer, Refused, UsageError, WattsteadError
from wattstead.wire.layout import Group

_MOST: Final = 10_000  # more no device was ever said to keep: it sends the same ones again and again
_TRIES: Final = 3
_LATER: Final = 5  # so often we look for what came while we read


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading brought. entries: the newest first. met: it ended at a record that was known.

    newest: how far the device has counted, None where it does not tell.
    """

    entries: tuple[Entry, ...]
    met: bool = False
    newest: int | None = None


Take = Callable[[Sequence[Entry]], None]
"""Gets the records of each answer as it comes, the newest first."""


def must_have_records(profile: Profile) -> None:
    """Raise UsageError where no records of this device can be read."""
    if not profile.records.there:
        raise UsageError(
            f"{profile.name} has no records that can be read: no document tells how; "
            "`wattstead read --watch` shows its alarms as they come"
        )


async def read_records(
    conversation: Conversation,
    address: int,
    *,
    take: Take = lambda _: None,
    known: Callable[[Entry], bool] | None = None,
) -> Reading:
    """Read the records of one device.

    take: gets them as they come. known: which ones were read before; where it is given, reading ends at the first of
    them. Raises NoAnswer, Refused or LinkLost where the device does not go on; what was taken until then is good.
    """
    must_have_records(conversation.profile)
    reader = _Reader(conversation, address, take, known)
    if conversation.profile.records.windows:
        return await reader.windows()
    return Reading(tuple(await reader.one_by_one()))


async def newest_number(conversation: Conversation, address: int) -> int | None:
    """Ask how far the device has counted: a small question; None where it does not tell."""
    spec = conversation.profile.records
    if not spec.newest:
        return None
    said = await conversation.ask(spec.summary, address)
    return int(said.record[spec.newest])


async def clock_ahead_s(conversation: Conversation, address: int, now_ms: Callable[[], int]) -> float | None:
    """Give by how many seconds the device's clock is ahead of UTC; None where it has none, or does not tell."""
    name = conversation.profile.records.clock
    if not name:
        return None
    try:
        said = await conversation.ask(name, address)
    except (NoAnswer, Refused):
        return None
    time = said.packs[0].values.get("device_time")
    return None if not isinstance(time, datetime) else ahead_s(time, now_ms())


def ahead_s(device_time: datetime, now_ms: int) -> float:
    """Give by how much a clock without a zone is ahead of UTC, s."""
    return device_time.replace(tzinfo=UTC).timestamp() - now_ms / 1000.0


def offset_from_local(ahead_of_utc_s: float, now_ms: int) -> timedelta:
    """Give by how much a clock is ahead of the one on this wall, to the second."""
    local = datetime.fromtimestamp(now_ms / 1000.0).astimezone().utcoffset() or timedelta()
    return timedelta(seconds=round(ahead_of_utc_s - local.total_seconds()))


@dataclass
class _Reader:
    conversation: Conversation
    address: int
    take: Take
    known: Callable[[Entry], bool] | None

    @property
    def profile(self) -> Profile:
        return self.conversation.profile

    # Windows: the device lists its records, the newest first.

    async def windows(self) -> Reading:
        """Read window after window, and then what came meanwhile: it has moved the others on."""
        newest = await newest_number(self.conversation, self.address)
        entries, met = await self._pass(self.known)
        for _ in range(_LATER):
            now = await newest_number(self.conversation, self.address)
            if now == newest:
                break
            newest, seen = now, frozenset(one.key for one in entries)
            later, _ = await self._pass(partial(_in, seen))
            entries = [*later, *entries]
        return Reading(tuple(entries), met, newest)

    async def _pass(self, known: Callable[[Entry], bool] | None) -> tuple[list[Entry], bool]:
        """Read until a place is empty or a record is known. An answer that moved on meanwhile repeats some.

        Without numbers two records of one second may look the same: such a list is always read whole.
        """
        found: list[Entry] = []
        seen: set[tuple[object, ...]] = set()
        numbered = bool(self.profile.records.number)
        for name in self.profile.records.windows:
            rows, full = await self._window(name)
            stops = known if numbered else None
            old = next((k for k, one in enumerate(rows) if stops is not None and stops(one)), None)
            fresh = [one for one in rows[:old] if not numbered or one.key not in seen]
            seen |= {one.key for one in fresh}
            self.take(fresh)
            found += fresh
            if old is not None or not full:
                return found, old is not None
        return found, False

    async def _window(self, name: str) -> tuple[list[Entry], bool]:
        """Give the records of a window, and whether all its places hold one."""
        said = await self.conversation.ask(name, self.address)
        group = next(part for part in self.conversation.profile.dialect.message(name).reply if isinstance(part, Group))
        rows = said.record.get(group.name) or ()
        found = [entry_of(self.profile, tuple(group.parts), row) for row in rows]
        return [one for one in found if one is not None], None not in found

    # One by one: the device is asked for the first, then for the next.

    async def one_by_one(self) -> list[Entry]:
        """Go from the first to the last. Asked twice for the next the device may pass one over: so we begin anew."""
        silence: NoAnswer | None = None
        taken: set[tuple[object, ...]] = set()
        for _ in range(_TRIES):
            try:
                return await self._walk(taken)
            except NoAnswer as error:
                silence = error
        raise silence or NoAnswer("no record came")

    async def _walk(self, taken: set[tuple[object, ...]]) -> list[Entry]:
        spec, entries = self.profile.records, list[Entry]()
        first, following = spec.first, spec.next
        assert first is not None and following is not None  # noqa: S101, PT018 - the profile was checked
        step = first
        while len(entries) < _MOST:
            try:
                said = await self._ask(step.message, step.values)
            except Refused as no:
                if no.reason in spec.ends:
                    return entries
                if not entries:
                    raise Refused(f"{no}: this board gives no records", reason=no.reason) from None
                raise
            entry = entry_of(self.profile, tuple(said.message.reply), said.record)
            step = following
            if entry is None:
                continue
            if entries and entry == entries[-1] and entry.raw:
                return entries  # the same bytes again: it does not go on
            if entry.key not in taken:
                taken.add(entry.key)
                self.take([entry])
            entries.append(entry)
        raise WattsteadError(f"{self.profile.name} gave {_MOST} records and does not end; something is wrong with it")

    async def _ask(self, message: str, values: Mapping[str, Any]) -> Any:
        return await self.conversation.ask(message, self.address, dict(values), effort=Effort.ONCE)


def _in(keys: frozenset[tuple[object, ...]], entry: Entry) -> bool:
    return entry.key in keys

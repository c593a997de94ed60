"""The newest value of each quantity of one pack, whichever poll brought it.

A poll asks for what changes (voltages, current) every time, for alarms every few rounds, for names about once an hour.
So a value that a poll did not ask for is kept, but only for a time: KEPT_POLLS poll intervals, names and versions for
KEPT_TEXT_MS. Longer than that, a value that nobody confirms is no longer shown as if it still held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wattstead.model.code import Code, Severity
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.reading import Silence, Snapshot, Value
from wattstead.plant.latest import Latest, PackInfo

KEPT_POLLS = 10
KEPT_TEXT_MS = 24 * 3_600_000


@dataclass(slots=True)
class Memory:
    """What one pack said lately.

    codes: of the pack's dialect, by name. unheard: why there is no answer, while it has never said anything.
    """

    pack: PackInfo
    codes: Mapping[str, Code]
    latest: Latest | None = None
    unheard: Silence | None = None
    _values: dict[str, tuple[int, Value]] = field(default_factory=dict)
    _active: tuple[int, tuple[str, ...]] | None = None

    @property
    def kept_ms(self) -> int:
        """How long a value holds that is not said again."""
        return round(1000 * KEPT_POLLS * self.pack.poll_interval_s)

    def hear(self, snapshot: Snapshot, now_ms: int) -> bool:
        """Take what was said; tell whether that changed the latest values. What comes late changes nothing."""
        if self._late(snapshot.at_ms, now_ms):
            return False
        if self.latest is not None and snapshot.at_ms < self.latest.at_ms:
            self._values, self._active = {}, None
        self._values |= {name: (snapshot.at_ms, value) for name, value in snapshot.values.items()}
        if snapshot.active is not None:
            self._active = (snapshot.at_ms, snapshot.active)
        self._forget(snapshot.at_ms)
        self.unheard = None
        self.latest = Latest(
            self.pack,
            snapshot.at_ms,
            snapshot.origin,
            {name: value for name, (_, value) in self._values.items()},
            None if self._active is None else tuple(self._code(name) for name in self._active[1]),
        )
        return True

    def miss(self, silence: Silence, now_ms: int) -> bool:
        """Take that it did not answer; tell whether that is news: it did before, or the reason is another."""
        if self._late(silence.at_ms, now_ms):
            return False
        known = self.latest
        before = self.silence
        since_ms = silence.at_ms if before is None else before.at_ms
        if known is None:
            self.unheard = Silence(self.pack.id, since_ms, silence.why)
        else:
            self.latest = replace(known, silent_since_ms=since_ms, silent_why=silence.why)
        return self.silence != before

    @property
    def silence(self) -> Silence | None:
        """Since when and why it does not answer, None while it does or before it was asked."""
        known = self.latest
        if known is None:
            return self.unheard
        if known.silent_since_ms is None:
            return None
        return Silence(self.pack.id, known.silent_since_ms, known.silent_why or "")

    def _late(self, at_ms: int, now_ms: int) -> bool:
        # Values from the future were stamped by a clock that was wrong: they give way to whatever comes now.
        return self.latest is not None and at_ms < self.latest.at_ms <= now_ms

    def _forget(self, now_ms: int) -> None:
        old = [name for name, (at_ms, _) in self._values.items() if now_ms - at_ms > self._holds_ms(name)]
        for name in old:
            del self._values[name]
        if self._active is not None and now_ms - self._active[0] > self.kept_ms:
            self._active = None

    def _holds_ms(self, name: str) -> int:
        quantity = QUANTITIES.get(name)
        return KEPT_TEXT_MS if quantity is not None and quantity.kind is Kind.TEXT else self.kept_ms

    def _code(self, name: str) -> Code:
        """Give a code with its words. A code that nobody has described is shown by its name: never hidden."""
        known = self.codes.get(name)
        return known or Code(name, self.pack.profile, Severity.ALARM, {"en": name, "fr": name})

"""A bank that lives: its time runs with a clock, as fast as somebody wants, and its surroundings act on it.

The engine counts time in whole ticks; so does this, and a rest that makes no step yet is carried on to the next one.
"""

import asyncio
import math
from collections.abc import Callable, Sequence

from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

_TICKS_PER_S = 10_000
_GRAIN = 1000
"""Ticks: shorter steps are worth no work, and steps of few sizes are prepared once each."""
_SAMPLE_S, _LONG_SAMPLE_S = 1.0, 60.0  # how often the BMS looks, and how often after a long silence
_LONG_S = 1200.0
_PART_S = 10.0  # for so long the surroundings stay as they are
_MOST_PARTS = 120  # of one catching up: a request after a long silence must not wait for its answer
FLASH_S = 0.1
"""How long a change that acts at once is given before anybody looks."""


class LiveBank:
    """What answers on a line; nothing need run between two requests, each first catches up with the clock.

    clock_s: any clock that goes on, such as the event loop's. local_s: local time at the start, seconds since 1970, by
    which the sun rises. speed: simulated seconds per second; 0 stands still. before: called before each request, as to
    look whether a file changed.
    """

    def __init__(
        self,
        bank: Bank,
        day: Day,
        *,
        clock_s: Callable[[], float],
        local_s: float,
        speed: float = 1.0,
    ) -> None:
        if not 0.0 <= speed <= 1e6:
            raise UsageError(f"a speed of {speed:g} cannot be; give 1 for real time or 60 for a minute a second")
        self.bank = bank
        self.day = day
        self.local_s = local_s
        self._clock_s = clock_s
        self._speed = speed
        self.before: Callable[[], None] = lambda: None
        self._since_s = clock_s()
        self._done = 0

    def responder(self, over: str = "") -> Responder:
        """Make the device's side of one line. over: the framing that its URL prescribes. Raises UsageError."""
        profile = self.bank.profile
        manners = Manners(profile.link.refuse_noise, profile.link.zero_answers, profile.link.broadcast)
        codec, framer = profile.codec(over), profile.framer(over)
        return Responder(codec, framer, self, lambda: self.bank.addresses, manners, self.bank.knows)

    def reports(self, question: Question) -> Sequence[Report]:
        """Give what the asked packs have to tell now."""
        self.catch_up()
        return self.bank.reports(question)

    def write(self, question: Question) -> bool:
        """Take a write. Raises Refused."""
        self.catch_up()
        return self.bank.write(question)

    def catch_up(self) -> None:
        """Let the bank's time run up to now."""
        self.before()
        due = self._due()
        if due < self._done - _TICKS_PER_S:  # the clock was set back
            self._since_s, self._done = self._clock_s(), 0
            return
        waiting = (due - self._done) // _GRAIN
        if waiting <= 0:
            return
        self._done += waiting * _GRAIN
        gap_s = waiting * _GRAIN / _TICKS_PER_S
        sample_s = _SAMPLE_S if gap_s <= _LONG_S else _LONG_SAMPLE_S
        parts = max(1, min(math.ceil(gap_s / _PART_S), _MOST_PARTS))
        for part in range(parts):
            grains = waiting * (part + 1) // parts - waiting * part // parts
            self.step(grains * _GRAIN / _TICKS_PER_S, sample_s)

    def flash(self) -> None:
        """Let a moment pass ahead of the clock, so that what was just done to the bank has acted."""
        self._done += round(FLASH_S * _TICKS_PER_S)
        self.step(FLASH_S)

    def _due(self) -> int:
        """Ticks that should have passed since the start."""
        return round((self._clock_s() - self._since_s) * self._speed * _TICKS_PER_S)

    async def keep_up(self, every_s: float = 0.2) -> None:
        """Catch up again and again until cancelled, so that a changed file acts from when it changed, asked or not."""
        while True:
            await asyncio.sleep(every_s)
            self.catch_up()

    def step(self, dt_s: float, sample_s: float = _LONG_SAMPLE_S) -> None:
        """Let dt_s simulated seconds pass, whole ticks, with what the day and a person ask of the bank.

        sample_s: the BMS looks at least so often.
        """
        bank, day = self.bank, self.day
        steps = max(1, math.ceil(dt_s / sample_s))
        own_a = {
            place: day.current_a(bank.state, self.local_s, dt_s, pack.given.input, [place])
            for place, pack in enumerate(bank.packs)
            if pack.given.input.acts
        }
        places = [place for place in bank.on_bus() if place not in own_a]
        total_a = day.current_a(bank.state, self.local_s, dt_s, bank.input, places) if places else 0.0
        bank.advance(
            _ticks_s(dt_s / steps),
            total_a,
            steps=steps,
            own_current_a=own_a,
            ambient_degc=self._ambient_degc(),
            stops_at_its_voltage=True,
        )
        self.local_s += dt_s

    def _ambient_degc(self) -> list[float]:
        air = self.bank.input.ambient_temperature_degc
        around = self.day.air_degc(self.local_s) if air is None else air
        own = [pack.given.input.ambient_temperature_degc for pack in self.bank.packs]
        return [around if one is None else one for one in own]


def _ticks_s(dt_s: float) -> float:
    return round(dt_s * _TICKS_PER_S) / _TICKS_PER_S

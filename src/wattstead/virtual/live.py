"""A bank that lives: its time runs with a clock, as fast as somebody wants, and its surroundings act on it."""

import asyncio
from collections.abc import Callable, Sequence

from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

_STEP_S = 1.0
_MOST_STEPS = 120  # of one catching up: a request after a long silence must not wait for its answer


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
        self._caught_up_s = clock_s()

    def responder(self) -> Responder:
        """Make the device's side of one line."""
        profile = self.bank.profile
        manners = Manners(profile.link.refuse_noise, profile.link.zero_answers)
        return Responder(profile.codec(), profile.framer(), self, self.bank.addresses, manners)

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
        now_s = self._clock_s()
        gap_s = (now_s - self._caught_up_s) * self._speed
        self._caught_up_s = now_s
        if gap_s > 0.0:
            steps = max(1, min(round(gap_s / _STEP_S), _MOST_STEPS))
            for _ in range(steps):
                self.step(gap_s / steps)

    async def keep_up(self, every_s: float = 0.2) -> None:
        """Catch up again and again until cancelled, so that a changed file acts from when it changed, asked or not."""
        while True:
            await asyncio.sleep(every_s)
            self.catch_up()

    def step(self, dt_s: float) -> None:
        """Let dt_s simulated seconds pass, with what the day and the state file ask of the bank."""
        bank, day = self.bank, self.day
        own_a = {
            place: day.current_a(bank.state.pack(place), self.local_s, dt_s, pack.given.input)
            for place, pack in enumerate(bank.packs)
            if pack.given.input.acts
        }
        together = bank.together(own_a)
        total_a = 0.0 if together is None else day.current_a(together, self.local_s, dt_s, bank.input)
        bank.advance(dt_s, total_a, own_current_a=own_a, ambient_degc=self._ambient_degc())
        self.local_s += dt_s

    def _ambient_degc(self) -> list[float]:
        air = self.bank.input.ambient_temperature_degc
        around = self.day.air_degc(self.local_s) if air is None else air
        own = [pack.given.input.ambient_temperature_degc for pack in self.bank.packs]
        return [around if one is None else one for one in own]

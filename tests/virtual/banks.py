"""Banks for the tests: with a wall clock that a test moves, at a charge of its choice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from wattstead.catalog.profile import load_profile
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.wire.codec import Question, Said
from wattstead.wire.responder import Responder

MAKES = ("seplos-v2", "pylontech")
NOON_MS = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
NOON_S = NOON_MS / 1000.0


@dataclass
class Clocks:
    """wall_ms: UTC. run_s: a clock that goes on."""

    wall_ms: int = NOON_MS
    run_s: float = 0.0

    def pass_s(self, seconds: float) -> None:
        self.wall_ms += round(seconds * 1000)
        self.run_s += seconds


@dataclass
class Rig:
    """A living bank, spoken to by bytes through its own responder."""

    make: str = "seplos-v2"
    packs: int = 1
    soc_pct: float = 50.0
    seed: int = 0
    speed: float = 1.0
    first_address: int | None = None
    clocks: Clocks = field(default_factory=Clocks)

    def __post_init__(self) -> None:
        self.profile = load_profile(self.make)
        self.codec = self.profile.codec()
        self.bank = Bank(
            self.profile,
            now_ms=lambda: self.clocks.wall_ms,
            packs=self.packs,
            first_address=self.first_address,
            seed=self.seed,
            soc_pct=self.soc_pct,
        )
        self.live = LiveBank(
            self.bank, Day(self.seed), clock_s=lambda: self.clocks.run_s, local_s=NOON_S, speed=self.speed
        )
        self.responder: Responder = self.live.responder()

    def ask(self, name: str, address: int | None = None, values: dict[str, Any] | None = None) -> Said:
        """Ask over bytes and understand the one answer. Raises Refused where the device says no."""
        question, request = self.codec.ask(name, self.bank.addresses[0] if address is None else address, values)
        return self.understand(question, self.responder.feed(request))

    def understand(self, question: Question, answers: list[bytes]) -> Said:
        assert len(answers) == 1, answers
        (frame,) = self.profile.framer().feed(answers[0])
        return self.codec.understand(frame, question)  # type: ignore[arg-type]

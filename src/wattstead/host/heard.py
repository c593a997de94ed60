"""What came while we waited for one answer, and what that says to the person at the battery."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.counters import Instead
from wattstead.model.counted import Count
from wattstead.wire.codec import Question
from wattstead.wire.frame import Why

_REASONS: Final[Mapping[str, str]] = {
    Why.STRAY: "outside a frame",
    Why.CUT: "cut short",
    Why.CHARACTER: "wrong character",
    Why.LENGTH: "wrong length",
    Why.CHECKSUM: "wrong checksum",
    Why.TOO_LONG: "too long",
}
_UART: Final = "the wires (A and B on RS485; on UART RX to TX and TX to RX)"
_WIRES: Final[Mapping[str, str]] = {
    "console": "that the cable is in the console port (RS232)",
    "jk": _UART,
    "jbd": _UART,
    "daly": _UART,
}
"""What to look at where the family is not on RS485 alone."""


@dataclass(slots=True)
class Heard:
    """All tries of one question together.

    broken: frames that broke after they had named an address: somebody speaks at our speed. others: addresses that
    spoke unasked. unfit: why an answer from the right address did not fit. spoilt: whether the answer of this try came
    and was broken. echoed: whether the echo of this try came.
    """

    bytes_in: int = 0
    noise: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    echoes: int = 0
    late: int = 0
    others: set[int] = field(default_factory=set)
    unfit: str = ""
    spoilt: bool = False
    echoed: bool = False

    @property
    def nothing(self) -> bool:
        return self.bytes_in == 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked in vain. waited_s: all tries together."""

    profile: Profile
    question: Question
    url: str
    baud: int | None
    tries: int
    waited_s: float

    @property
    def discover(self) -> str:
        return f"`wattstead discover {self.url.partition('?')[0]}`"


def sentence(asked: Asked, heard: Heard) -> str:
    """Say who did not answer, how long we waited, what came instead and what to do."""
    question, profile = asked.question, asked.profile
    speed = f" at {asked.baud} baud" if asked.baud else ""
    often = "asked once" if asked.tries == 1 else f"asked {asked.tries} times"
    return (
        f"{asked.url}: {profile.name} at address {question.address} did not answer {question.message.name}{speed} "
        f"({often}, {asked.waited_s:.2f} s); {_why(asked, heard)}"
    )


def _why(asked: Asked, heard: Heard) -> str:
    """The strongest evidence first."""
    if heard.unfit:
        return (
            f"its answer does not fit the profile ({heard.unfit}); perhaps it is another device: "
            f"{asked.discover} tells which"
        )
    if heard.late:
        return "answers came, but too late; give it a longer deadline, or ask less often"
    if heard.others:
        who = ", ".join(map(str, sorted(heard.others)))
        return f"address {who} spoke instead; check the address: {asked.discover} finds those that answer"
    if heard.noise[Instead.OTHER_HOST]:
        return "another program or inverter asks on this line; let one alone ask, or use another port of the battery"
    if heard.noise[Instead.OTHER_KIND]:
        return f"another kind of device answered; {asked.discover} tells which"
    if heard.broken:
        return (
            f"answers came broken ({_reasons(heard)}); look for two devices with the same address, "
            "a loose wire or a missing terminating resistor"
        )
    if heard.noise:
        came = f"{_reasons(heard)}, {Count(heard.bytes_in):byte|bytes}"
        return f"only noise came ({came}): wrong baud rate? {_speeds(asked)}"
    if heard.echoes:
        return (
            "only the echo of our own request came: the adapter works and the battery is silent; "
            f"{_look_at(asked, 'it')}: {_speeds(asked)}"
        )
    return _silent(asked)


def _silent(asked: Asked) -> str:
    """What to look at where nothing came: it depends on what lies between us and the device."""
    scheme = asked.url.partition("://")[0]
    if scheme == "solarman":
        return (
            "the logger is there, and what stands behind it stayed silent; check that the device is on, its address, "
            f"and the profile: {asked.discover} tries others"
        )
    if scheme == "modbus-tcp":
        return (
            "nothing came back; check that the device is on and its address; a serial server that passes bytes on as "
            f"they are wants {asked.url.replace('modbus-tcp:', 'tcp:', 1)}"
        )
    return f"the line stayed silent; {_look_at(asked, 'the device')}: {_speeds(asked)}{_other_frames(asked, scheme)}"


def _look_at(asked: Asked, device: str) -> str:
    """Say what a silent serial line may lack."""
    where, link = asked.profile.addresses, asked.profile.link
    address = "its address, " if where.first < where.last else ""
    return f"check that {device} is on, {address}{_WIRES.get(link.framing, 'the wires A and B')}, and the speed"


def _other_frames(asked: Asked, scheme: str) -> str:
    """A Modbus device in the network, or a gateway, has frames of its own."""
    if scheme != "tcp" or asked.profile.link.framing != "modbus":
        return ""
    return f"; where the other end speaks Modbus TCP write modbus-{asked.url}"


def _reasons(heard: Heard) -> str:
    return ", ".join(
        f"{_REASONS.get(reason, reason.replace('_', ' '))} {count}" for reason, count in sorted(heard.noise.items())
    )


def _speeds(asked: Asked) -> str:
    """Name the profile's speeds that were not tried."""
    others = [str(baud) for baud in asked.profile.link.baud if baud != asked.baud]
    if not others:
        return f"{asked.profile.name} knows no other; {asked.discover} tries other devices"
    if asked.baud is None:
        return f"set {' or '.join(others)} in the serial server"
    return f"{asked.profile.name} also speaks {' and '.join(others)}; {asked.discover} tries them"

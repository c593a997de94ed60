"""What a person at the demo's page can do to a virtual pack, and what its lamps show: behind ``api.demo``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from wattstead.model.errors import UsageError
from wattstead.model.lamp import Lamp, Pattern
from wattstead.model.protection import Channel
from wattstead.virtual.bank import Bank
from wattstead.virtual.input_table import read_input
from wattstead.virtual.lamps import panel_of, panel_state
from wattstead.virtual.live import LiveBank
from wattstead.virtual.sense_table import SenseReading

_ALWAYS = (
    "button",
    "charger",
    "load_w",
    "short_circuit_ohm",
    "ambient_temperature_degc",
    "service",
    "cell_temperature_degc",
)


@dataclass
class Place:
    """Where a pack of the plant lives, and what a person does to it, in the person's words."""

    live: LiveBank
    place: int
    input: Mapping[str, Any]
    sense: Mapping[str, Any]

    @classmethod
    def of(cls, live: LiveBank, place: int) -> "Place":
        """A pack to which nobody has done anything yet."""
        return cls(live, place, {}, {})


class Tryout:
    """The virtual packs of a demo, by their name in the plant.

    Time runs up to now before anything is looked at or changed, and a moment further after a change: what a person did
    has acted when the answer comes.
    """

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = dict(places)

    @property
    def packs(self) -> Sequence[str]:
        """Their names."""
        return tuple(self._places)

    def look(self, pack: str) -> dict[str, Any]:
        """Give what is done to a pack, what can be, and what it shows. Raises KeyError for an unknown one."""
        place = self._places[pack]
        place.live.catch_up()
        return _answer(pack, place)

    def do(self, pack: str, given: Mapping[str, Any], sense: Mapping[str, Any]) -> dict[str, Any]:
        """Put all that is done to a pack in place of what was; {} undoes it.

        Raises KeyError for an unknown one, UsageError with the name and what would be right; then all stays.
        """
        place = self._places[pack]
        place.live.catch_up()
        bank, k = place.live.bank, place.place
        before = bank.packs[k].given
        reading = SenseReading(bank.simulated(k).values, before.frozen)
        done = read_input("input", given, bank.profile)
        seen = {name: _read(reading, name, value) for name, value in sense.items()}
        bank.packs[k].given = replace(before, input=done, sense=seen, frozen=reading.frozen)
        place.input, place.sense = dict(given), dict(sense)
        place.live.flash()
        return _answer(pack, place)


def _read(reading: SenseReading, name: str, value: object) -> Any:
    try:
        return reading.read(name, value)
    except UsageError as error:
        raise UsageError(f"[sense] {name}: {error}") from None


def _answer(pack: str, at: Place) -> dict[str, Any]:
    bank = at.live.bank
    preset = bank.stack.presets[at.place]
    return {
        "pack": pack,
        "on": bool(bank.state.on[at.place]),
        "input": dict(at.input),
        "sense": dict(at.sense),
        "controls": _controls(bank, at.place),
        "probes": len(preset.probes),
        "hold_to_turn_off_s": preset.power.press_off_s if isfinite(preset.power.press_off_s) else None,
        "panel": _panel(bank, at.place),
    }


def _controls(bank: Bank, place: int) -> list[str]:
    """Name what somebody can do to this pack and would see."""
    preset = bank.stack.presets[place]
    watched = {row.channel for row in preset.protections}
    found = list(_ALWAYS)
    found += ["emergency_stop"] if Channel.EMERGENCY_STOP in watched else []
    found += ["external_switch"] if preset.power.external_switch else []
    speaks = Channel.SILENCE in watched or isfinite(preset.power.silence_off_s)
    found += ["inverter_silent"] if speaks else []
    found += ["keypad"] if bank.profile.virtual.screen else []
    found += ["isolated", "line_cut"] if len(bank.packs) > 1 else []
    return found


def _panel(bank: Bank, place: int) -> dict[str, Any] | None:
    model = bank.packs[place].model
    panel = panel_of(model, bank.profile.virtual.panel)
    if panel is None:
        return None
    joined = bool(bank.stack.bus.just_joined(bank.state.time_s)[place])
    state = panel_state(bank.stack.under(place), place, joined=joined, own=bool(model.panel))
    lamps = [_lamp(lamp, pattern) for lamp, pattern in panel.lights(state)]
    return {"title": dict(panel.title), "own": bool(model.panel), "lamps": lamps}


def _lamp(lamp: Lamp, pattern: Pattern) -> dict[str, Any]:
    return {
        "name": lamp.name,
        "colour": lamp.colour,
        "printed": lamp.printed,
        "label": dict(lamp.label),
        "light": pattern.light.value,
        "period_s": pattern.period_s,
        "flashes": pattern.flashes,
        "times": pattern.times,
        "then": pattern.then.value,
        "lit_pct": pattern.lit_pct,
        "text": pattern.text(),
    }

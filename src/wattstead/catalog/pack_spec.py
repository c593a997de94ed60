"""What a preset of a pack may say: its tables and their keys, checked before figures are worked out."""

from enum import Enum
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from wattstead.catalog.spec_base import Bilingual, Name, Plain, Sentence, Spec

OURS: Final = ("trip", "recover", "delay_s", "elapsed_s", "recover_delay_s", "soc_at_most_pct", "recovery", "actions")
"""What of a row may be our own choice."""


class Kind(Enum):
    """What stands in a table of a function."""

    FIGURE = "figure"
    ENDLESS = "figure or inf"
    WHOLE = "whole number"
    FLAG = "true or false"


_F, _E, _W, _B = Kind.FIGURE, Kind.ENDLESS, Kind.WHOLE, Kind.FLAG

TABLES: Final[dict[str, dict[str, Kind | tuple[str, ...]]]] = {
    "switches": {"kind": ("mos", "ideal_diode", "relay"), "open_delay_s": _F, "load_release_s": _F},
    "precharge": {
        "when": ("none", "before_close", "after_short", "relay"),
        "ohm": _F,
        "soft_start_s": _F,
        "timeout_s": _F,
    },
    "limiter": {"kind": ("none", "active", "passive", "board"), "limit_a": _F, "hold_s": _F},
    "balancer": {
        "bleed_a": _F,
        "start_v": _F,
        "start_difference_v": _F,
        "stop_difference_v": _F,
        "neighbours": _B,
        "transfer_a": _F,
        "transfer_start_difference_v": _F,
        "transfer_stop_difference_v": _F,
        "transfer_efficiency": _F,
        "charging": _B,
        "at_rest": _B,
        "rest_limit_s": _E,
    },
    "heater": {"power_w": _F, "on_degc": _F, "off_degc": _F},
    "activation": {"automatic": _B, "manual": _B, "interval_s": _F, "force_s": _F, "button_force_s": _F},
    "power": {
        "standby_a": _F,
        "off_a": _F,
        "shutdown_after_s": _E,
        "silence_off_s": _E,
        "press_on_s": _F,
        "press_off_s": _E,
        "wake_low_v": _F,
        "wake_high_v": _F,
        "external_switch": _B,
    },
    "sensors": {
        "cell_offset_v": _F,
        "cell_step_v": _F,
        "cell_noise_v": _F,
        "current_offset_a": _F,
        "current_gain": _F,
        "current_step_a": _F,
        "current_noise_a": _F,
        "temperature_offset_k": _F,
    },
    "requests": {
        "charge_voltage_v": _F,
        "discharge_voltage_v": _F,
        "charge_current_a": _F,
        "discharge_current_a": _F,
        "trickle_below_v": _F,
        "trickle_a": _F,
    },
    "parallel": {"most": _W, "join_difference_v": _E, "window_s": _E},
    "estimator": {"full_cell_voltage_v": _F, "full_current_c": _F, "full_hold_s": _F, "cycle_depth": _F},
}
"""Keys of the tables of functions: fields of the dataclasses in ``battery/behaviour.py`` (tests hold them together)."""

RECORDS: Final[dict[str, Kind | tuple[str, ...]]] = {
    "capacity": _W,
    "moving_every_s": _F,
    "standby_every_s": _F,
    "ends": _B,
    "enabled": _B,
}
BUSBAR: Final[dict[str, Kind | tuple[str, ...]]] = {"cell": _W, "ohm": _F, "corrected_ohm": _F}

RawTable = dict[Name, Any]


class HeadSpec(Spec):
    """Which pack it is, and of what it is made. Figures as in ``catalog/figures.py``."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Bilingual
    source: Sentence
    series: Any
    capacity_ah: Any
    rated_capacity_ah: Any = None
    cells_in_parallel: Any = 1
    usable_share: Any = 1.0
    probes: Any = 4
    dead_band_a: Any = 0.5
    working_v: Any = None
    panel: str = ""
    unused: tuple[Name, ...] = ()


class LockSpec(Spec):
    """``{ family = "short_circuit", after = 5, enabled = "name of a switch" }``."""

    family: Name
    after: Any
    charger_unlocks: bool = False
    enabled: Any = True


class RowSpec(Spec):
    """One ``[[protection]]``; what is left out is the usual."""

    name: Name
    channel: Sentence
    level: Literal["alarm", "protection", "critical"]
    side: Literal["above", "below"] | None = None
    gate: str = "any"
    trip: Any = None
    recover: Any = None
    delay_s: Any = None
    actions: Any = ()
    recovery: Any = "value"
    elapsed_s: Any = 0.0
    soc_at_most_pct: Any = 100.0
    recover_delay_s: Any = 0.0
    lock: LockSpec | None = None
    source: Literal["software", "front_end"] = "software"
    record: str | None = None
    led: Literal["off", "blink", "on"] = "off"
    enabled: Any = True
    ours: tuple[Literal[OURS], ...] = ()  # type: ignore[valid-type]


class PackSpec(Spec):
    """The whole file. The rows are checked one by one, so that a finding names its row."""

    pack: HeadSpec
    settings: dict[Name, Plain] = Field(default_factory=dict)
    records: RawTable = Field(default_factory=dict)
    switches: RawTable = Field(default_factory=dict)
    precharge: RawTable = Field(default_factory=dict)
    limiter: RawTable = Field(default_factory=dict)
    balancer: RawTable = Field(default_factory=dict)
    heater: RawTable = Field(default_factory=dict)
    activation: RawTable = Field(default_factory=dict)
    power: RawTable = Field(default_factory=dict)
    busbars: tuple[RawTable, ...] = ()
    sensors: RawTable = Field(default_factory=dict)
    requests: RawTable = Field(default_factory=dict)
    parallel: RawTable = Field(default_factory=dict)
    estimator: RawTable = Field(default_factory=dict)
    protection: tuple[RawTable, ...] = Field(min_length=1)

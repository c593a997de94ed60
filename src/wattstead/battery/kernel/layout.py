"""Where everything lies in the arrays that the kernels share, and the words of their bit fields.

All arrays are ``[row, pack]``, those of cells ``[row, cell, pack]``: the packs lie side by side, and one instruction
serves several of them. Times are counted in ticks of 0.1 ms.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]

BLOCK = 512
"""Packs worked on at a time: their rows stay in the cache of a core."""
NOISE_POINTS, NOISE_PER_SIGMA = 4096, 32
"""Size of the table of noise, see ``noise``: a power of two; and its unit."""
TICKS_PER_S = 10_000
MOST_TICKS = 2_000_000_000
"""Some 55 hours; a longer wait counts no further."""

# What ``time`` holds, int64: ticks since the start, number of the step, ticks at the last look at the cells, number of
# the first pack (in a fleet that is worked on in parts, for its noise).
NOW, STEP, LOOKED, NUMBER = range(4)
TIMES = 4

# Rows of ``cell``, float32. Every LOOK_EVERY_S a cell is looked at: its charge, hysteresis and warmth are brought up to
# now, and a tangent is laid to its resting voltage: LINE_V + LINE_SLOPE x charge moved since, in V per Ah.
DEGC, HYSTERESIS, PER_AH, R25_OHM, R_OHM, LINE_V, LINE_SLOPE = range(7)
CELL_ROWS = 7
LOOK_EVERY_S = 5
SLOW_EVERY_S = 30  # resistance and width of the hysteresis follow charge and temperature

# Rows of ``lately``, float64: what all cells of a pack have had in common since they were looked at.
(
    LATELY_AH,  # charge moved
    LATELY_A2S,  # heat per ohm of R0, of R0 and R1 together
    LATELY_HEATED_S,  # for how long the heater was on
) = range(3)
LATELY_ROWS = 3

# Rows of ``pack``, float32. EMF_*: at rest as far as the current goes, RC branch included.
(
    CURRENT_A,  # that flows now
    AMBIENT_DEGC,
    MOS_DEGC,
    EMF_V,
    EMF_MAX_V,
    EMF_MIN_V,
    BRANCH_A,  # current behind the RC branch: its voltage is this x R1
    R_SUM_OHM,
    SLOPE_SUM,  # V per Ah of all cells in series
    HALF_GAP_V,  # of the hysteresis at this temperature
    CAPACITOR_V,  # of the inverter at the port
    WAS_DEGC_MAX,
    WAS_DEGC_MIN,
    WAS_MOS_DEGC,
    WAS_SOC,
    OFFSET_A,  # of the current sensor, with the gain below
    GAIN_A,
) = range(17)
PACK_ROWS = 17

# Rows of ``energy``, float64.
CHARGED_KWH, DISCHARGED_KWH = range(2)
ENERGY_ROWS = 2

# Rows of ``ticks``, int32.
(
    IDLE,  # without current
    SILENT,  # without a word from the inverter
    NO_LOAD,
    HELD,  # the button
    RESTING,  # balancing at rest
    LIMIT_LEFT,
    FORCED_LEFT,  # by itself
    PRESSED_LEFT,  # by the button
    WAITED,  # for the next forced output
    PRECHARGING_FOR,
    CHARGING_FOR,
) = range(11)
TICK_ROWS = 11

FAMILIES = 3
"""Of lock-outs; rows 0..2 of ``trips`` are their numbers, 3..5 the clean time in ticks."""

# Bits of ``status``, int32.
ON = 1 << 0
CHARGE_ON = 1 << 1
DISCHARGE_ON = 1 << 2
HEATING = 1 << 3
LIMITING = 1 << 4
FORCED = 1 << 5
PRECHARGING = 1 << 6
BALANCING = 1 << 7
FULL = 1 << 8
BUTTON_WAS = 1 << 9
PRECHARGE_FAILED = 1 << 10
NO_BALANCE = 1 << 11
ASK_LESS_CHARGE = 1 << 12
ASK_LESS_DISCHARGE = 1 << 13
PRESS_USED = 1 << 14  # a held button acts once
BROKEN = 1 << 15  # the breaker has been tripped
DIODE = 1 << 16  # the current flows through the diode of an open switch
TRANSFER = 1 << 17  # charge moves from cell to cell
SWITCH_WAS_OFF = 1 << 18
SOURCE = 1 << 19  # stands at the port
JUST_OFF = 1 << 20  # turned off in this very step
EMPTY_WAS = 1 << 21  # a row of an empty battery was active
CLEARED = 1 << 22  # the button has ended such a row in this very step
SENT_OFF = 1 << 23  # a row has turned it off: the source that stands at the port does not wake it
STATUS_BITS = 24

# Rows of ``given``, float32: what the surroundings do.
ASKED_A, HELD_AT_V, AIR_DEGC, PORT_V, SHORT_OHM, INVERTER_F, BUS_GAP_V, LINK_EXTRA_OHM = range(8)
GIVEN_ROWS = 8

# Bits of ``signals``, int32: what a person, the inverter or a fault of the hardware does; ``inputs.Signal`` names them.
BUTTON = 1 << 0
STOP = 1 << 1
CHARGER = 1 << 2
LOAD = 1 << 3
SILENCE = 1 << 4
SWITCHED_OFF = 1 << 5
SERVICE = 1 << 6
FAULT_FIRST_BIT = 8  # faults follow in the order of the fault channels

# Channels, in the order of ``model.protection.Channel``.
(
    CH_CELL_MAX,
    CH_CELL_MIN,
    CH_DIFFERENCE,
    CH_PACK,
    CH_PORT,
    CH_CHARGE_A,
    CH_DISCHARGE_A,
    CH_DEGC_MAX,
    CH_DEGC_MIN,
    CH_AMBIENT,
    CH_MOS,
    CH_SOC,
    CH_CHARGING_FOR,
    CH_SILENCE,
    CH_BUS_GAP,
    CH_CONNECTION,
    CH_RESISTANCE_RATIO,
    CH_VOLTAGE_SENSOR,
    CH_TEMPERATURE_SENSOR,
    CH_CURRENT_SENSOR,
    CH_CHARGE_SWITCH,
    CH_DISCHARGE_SWITCH,
    CH_RELAY_DRIVE,
    CH_PRECHARGE,
    CH_LIMITER,
    CH_BUTTON,
    CH_STOP,
    CH_REVERSED,
    CH_PARALLEL,
    CH_SECONDARY,
) = range(30)
CHANNELS = 30

# Gates, bits of one pack's ``gates``.
GATE_ANY = 1 << 0
GATE_CHARGING = 1 << 1
GATE_DISCHARGING = 1 << 2
GATE_IDLE = 1 << 3
GATE_LOADED = 1 << 4
GATE_CHARGER = 1 << 5

# Atoms of a recovery, bits; in the order of ``model.protection.Atom``.
(
    AT_VALUE,
    AT_CHARGE,
    AT_DISCHARGE,
    AT_CHARGER,
    AT_LOAD_REMOVED,
    AT_ELAPSED,
    AT_SOC,
    AT_BUTTON,
    AT_POWER_CYCLE,
    AT_SERVICE,
) = (1 << bit for bit in range(10))

# Actions, bits; in the order of ``model.protection.Action``.
(
    STOP_CHARGE,
    STOP_DISCHARGE,
    LIMIT_CHARGE,
    LESS_CHARGE,
    LESS_DISCHARGE,
    STOP_BALANCING,
    POWER_OFF,
    TRIP_BREAKER,
) = (1 << bit for bit in range(8))

# What an event says.
BEGAN, ENDED, LOCKED, UNLOCKED = range(4)

CLAUSES = 3
"""The most clauses that a recovery may have."""


class State(NamedTuple):
    """The arrays of a state. time: int64 ``[4]``, see NOW.

    Of cells ``[cell, pack]``: cell float32 ``[row, cell, pack]``, offset int8 (of the sensor, in shares of the most),
    fill float64 (charge over capacity at the last look). probe_offset int8 ``[probe, pack]`` (in shares likewise).
    Of packs ``[row, pack]``: lately, energy float64, pack float32, tally float64 and belief float32 (of ``estimate``),
    ticks int32, trips int32 (of the families of locks), timer int32 (a row for each protection).
    Of packs ``[pack]``: status int32, bleed int32 (bits of bleeding cells), moving int32 (from cell + 256 x to cell),
    active, locked int64 (bits of protections). busy int8 ``[protection, block]``.
    """

    time: Rows
    cell: Rows
    offset: Rows
    probe_offset: Rows
    fill: Rows
    lately: Rows
    pack: Rows
    energy: Rows
    tally: Rows
    belief: Rows
    ticks: Rows
    trips: Rows
    status: Rows
    bleed: Rows
    moving: Rows
    active: Rows
    locked: Rows
    timer: Rows
    busy: Rows


class Given(NamedTuple):
    """The arrays of the inputs: given float32, signals int32; seen_*: what sensors see in place of the truth.

    seen: ``[channel-like row, pack]`` float32, NaN for the truth, see ``sense``; of length 0 where nothing is
    overridden. seen_cell ``[cell, pack]``, seen_probe ``[probe, pack]``.
    """

    given: Rows
    signals: Rows
    seen: Rows
    seen_cell: Rows
    seen_probe: Rows


# Rows of ``seen``.
SEEN_PACK_V, SEEN_CURRENT_A, SEEN_AMBIENT, SEEN_MOS, SEEN_SOC, SEEN_PORT_V, SEEN_CONNECTION, SEEN_RATIO = range(8)
SEEN_ROWS = 8


class Events(NamedTuple):
    """A buffer of events. length int64 ``[1]``: how many; beyond the buffer's size they are counted and lost."""

    length: Rows
    at_s: Rows
    pack: Rows
    row: Rows
    kind: Rows


ROW = np.dtype(
    [
        ("sign", np.float32),  # values are turned by it, so that more is always worse
        ("trip", np.float32),
        ("recover", np.float32),
        ("soc", np.float32),  # percent
        ("channel", np.int32),
        ("gate", np.int32),
        ("delay", np.int32),  # ticks
        ("elapsed", np.int32),
        ("back", np.int32),
        ("clauses", np.int32, CLAUSES),  # atoms
        ("actions", np.int32),
        ("family", np.int32),  # -1 for none
        ("after", np.int32),
        ("unlock", np.int32),  # atoms
        ("front", np.int32),  # 1: of the front end
        ("activates", np.int32),  # 1: a forced output overrides it
        ("only", np.int32),  # 1: only service ends it
        ("delay_s", np.float64),
    ]
)
"""One protection; a pack has an array of them."""


class Curves(NamedTuple):
    """Tables of the cell, float32, see ``curves``; noise int8, see ``noise``."""

    ocv_v: Rows
    entropy: Rows
    r_factor: Rows
    r_share: Rows
    half_gap_v: Rows
    noise: Rows


MOST_CELLS, MOST_PROBES, MOST_BUSBARS = 32, 16, 8

TERMS = np.dtype(
    [
        ("dt", np.int32),  # ticks
        ("dt_s", np.float64),
        ("cells", np.int32),
        ("rc_keep", np.float32),
        ("rc_mean", np.float32),
        ("rc_ratio", np.float32),  # R1 over R0
        ("tau_s", np.float64),
        ("efficiency", np.float64),
        ("leak_per_s", np.float64),
        ("per_fill", np.float32),
        ("cooling_per_s", np.float64, MOST_CELLS),  # coupling to the air over heat capacity
        ("heat_capacity", np.float64),  # of a cell, J/K
        ("heater_share", np.float64),  # of the heater's power in one cell, W
        ("link_ohm", np.float32),
        ("dead_band_a", np.float32),
        ("mos_keep", np.float32),
        ("mos_k_per_a2", np.float32),
        ("diode_k_per_a", np.float32),
        ("offset_step_v", np.float32),
        ("probe_offset_step_k", np.float32),
        ("rated_ah", np.float64),
        ("probes", np.int32, (MOST_PROBES, 2)),  # int32 [probe, 2]: its first cell from 0, and the one after its last
        ("probe_count", np.int32),
        ("relay", np.int32),
        ("ideal_diode", np.int32),
        ("open_delay_s", np.float64),
        ("load_release", np.int32),
        ("precharge", np.int32),  # 0 none, 1 before closing, 2 after a short, 3 relay
        ("precharge_ohm", np.float32),
        ("soft_start", np.int32),
        ("precharge_timeout", np.int32),
        ("limiter", np.int32),  # 0 none, 1 active, 2 passive or board
        ("limit_a", np.float32),
        ("limit_hold", np.int32),
        ("bleed_a", np.float32),
        ("bleed_start_v", np.float32),
        ("bleed_start_gap_v", np.float32),
        ("bleed_stop_gap_v", np.float32),
        ("neighbours", np.int32),
        ("transfer_a", np.float32),
        ("transfer_start_gap_v", np.float32),
        ("transfer_stop_gap_v", np.float32),
        ("transfer_share", np.float64),
        ("balance_charging", np.int32),
        ("balance_resting", np.int32),
        ("rest_limit", np.int32),
        ("heater_w", np.float32),
        ("heat_on_degc", np.float32),
        ("heat_off_degc", np.float32),
        ("automatic", np.int32),
        ("manual", np.int32),
        ("force_every", np.int32),
        ("force_for", np.int32),
        ("button_force_for", np.int32),
        ("standby_a", np.float64),
        ("off_a", np.float64),
        ("shutdown_after", np.int32),
        ("silence_off", np.int32),
        ("press_on", np.int32),
        ("press_off", np.int32),
        ("wake_low_v", np.float32),
        ("wake_high_v", np.float32),
        ("external_switch", np.int32),
        ("busbar_cell", np.int32, MOST_BUSBARS),  # int32 [busbar], from 0
        ("busbar_ohm", np.float32, MOST_BUSBARS),  # float32 [busbar], what it is less what is corrected
        ("busbars", np.int32),
        ("cell_per_step", np.float32),  # 1 over the converter's step, 0 for none
        ("cell_noise_v", np.float32),
        ("current_per_step", np.float32),
        ("current_noise_a", np.float32),
        ("full_hold_s", np.float64),
        ("clean", np.int32),  # ticks
        ("noise_seed", np.int32),
        ("channels", np.int64),  # bits of the channels that rows go by
        ("activating", np.int64),  # bits of the rows with ``activates``
        ("family_charges", np.int32, FAMILIES),  # 1 where its current charges, -1 where it discharges, else 0
    ]
)
"""What a preset and a step size fix. Names as in the preset; times without a unit are ticks."""
Record = Any
"""One of ``TERMS``, or of ``estimator.terms_of``."""

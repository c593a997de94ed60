"""Settings that are written over the wire change what the virtual BMS does: every limit, recovery, delay and switch."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

import pytest

from host.setting_lines import line
from host.setting_rows import STEP_S, Trial, by_time, by_value, far, run
from leap import leaping
from wattstead.battery.preset import PackPreset
from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import Profile, load_profile
from wattstead.host.settings.check import check_set, errors, limits
from wattstead.host.settings.mapping import on_wire
from wattstead.host.settings.sets import Settings, defaults
from wattstead.host.settings.write import write_settings
from wattstead.model.errors import EncodeError, WattsteadError
from wattstead.model.pack import PackModel, PackRow
from wattstead.model.setting import Setting, SettingValue
from wattstead.virtual.preset import engine_preset

MAKES = ("seplos-v2", "seplos-v3", "pace", "ps-20016s", "growatt-rs485", "jbd", "jk", "jk-modbus")
OTHER = {"ctl_pin_control": "off"}
"""The other side of a switch that has words."""
LATE_S = 2 * STEP_S + 0.01


def model_of(profile: Profile, settings: Settings) -> PackModel:
    known = load_pack(profile.virtual.preset).settings
    return load_pack(profile.virtual.preset, {name: settings[name] for name in settings if name in known})


@cache
def shipped(make: str) -> tuple[Profile, Settings, PackModel, PackPreset]:
    profile = load_profile(make)
    settings = defaults(profile).values
    model = model_of(profile, settings)
    return profile, settings, model, engine_preset(model, 7)


def figure(model: PackModel, name: str, what: str) -> float:
    return float(getattr(model.row(name), what))


def moved(
    make: str, names: Iterable[str], wanted: Callable[[Setting, float], Iterable[float]]
) -> dict[str, SettingValue]:
    """Give another value for each setting, all of which make a set that can be. wanted: candidates, for a value."""
    profile, settings, _, _ = shipped(make)
    found: dict[str, SettingValue] = {}
    for name in dict.fromkeys(names):
        setting, value = profile.settings[name], settings[name]
        assert isinstance(value, int | float), name
        if setting.values:
            near = sorted((one for one in setting.values if one != value), key=lambda one: abs(float(one) - value))
            candidates = [float(one) for one in near]
        else:
            candidates = list(wanted(setting, float(value)))
        for one in candidates:
            low, high = limits(setting)
            if setting.step:
                one = round(one / setting.step) * setting.step
            try:
                carried = on_wire(profile, name, one)
            except EncodeError:
                continue
            assert isinstance(carried, int | float)
            inside = (low is None or carried >= low) and (high is None or carried <= high)
            fits = inside and carried != value and not errors(check_set(profile, {**found, name: carried}, settings))
            if fits:
                found[name] = carried
                break
        else:
            raise AssertionError(f"{make}: no other value of {name} {value} is possible")
    return found


async def written(make: str, changes: Settings) -> tuple[PackModel, PackPreset]:
    """Write over the wire and give what the virtual BMS runs by then."""
    async with line(make, paced=False) as (there, conversation, held):
        done = await write_settings(conversation, there.address, held, changes)
        assert done.done, [one for one in done.results if one.holds != one.to]
        pack = there.bank.packs[0]
        return pack.model, pack.preset


def around(share: float) -> Callable[[Setting, float], Iterable[float]]:
    """Candidates near a value: some degrees, or a share of it, up and down, the nearest first."""

    def near(setting: Setting, value: float) -> Iterator[float]:
        unit = 1.0 if setting.unit == "°C" else max(abs(value) * share, setting.step or 0.0) or 1.0
        yield from (value + sign * unit * k for k in (1, 2, 4, 8, 16) for sign in (-1, 1))

    return near


def rows_with(make: str, model: PackModel, what: str) -> list[PackRow]:
    """Give the rows of which a figure is a setting of this make."""
    known = shipped(make)[0].settings
    return [row for row in model.rows if row.named.get(what) in known]


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_each_limit_trips_where_it_was_written(make: str) -> None:
    _, _, model, preset = shipped(make)
    rows = rows_with(make, model, "trip")
    changes = moved(make, (row.named["trip"] for row in rows), around(0.03))
    new_model, new_preset = await written(make, changes)
    rows = [row for row in rows if row.enabled]
    sees = {row.name: (row.trip + figure(new_model, row.name, "trip")) / 2 for row in rows}
    for_s = max(max(row.delay_s, 0.0) for row in rows) + 3.0
    old = run(preset, [Trial(row, sees[row.name]) for row in rows], for_s)
    new = run(new_preset, [Trial(new_model.row(row.name), sees[row.name]) for row in rows], for_s)
    for before, after in zip(old, new, strict=True):
        earlier = (after.row.trip < before.row.trip) == before.row.above
        tripped, quiet = (after, before) if earlier else (before, after)
        assert after.row.trip != before.row.trip, after.row.name
        assert tripped.began_s == pytest.approx(tripped.row.delay_s, abs=LATE_S), (make, tripped)
        assert quiet.began_s > for_s, (make, quiet)


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_each_recovery_ends_where_it_was_written(make: str) -> None:
    _, _, model, preset = shipped(make)
    rows = rows_with(make, model, "recover")
    if not rows:
        assert make == "growatt-rs485"
        return
    new_model, new_preset = await written(make, moved(make, (row.named["recover"] for row in rows), around(0.01)))
    rows = [row for row in rows if row.enabled and by_value(row)]
    assert len(rows) > len(model.rows) // 5
    ends = {row.name: (row.recover + figure(new_model, row.name, "recover")) / 2 for row in rows}
    first_s = max(row.delay_s for row in rows) + 3.0
    pairs = [(row, new_model.row(row.name)) for row in rows]
    old = run(preset, [Trial(one, far(*pair), ends[one.name]) for pair in pairs for one in pair[:1]], first_s, 5.0)
    new = run(new_preset, [Trial(one, far(*pair), ends[one.name]) for pair in pairs for one in pair[1:]], first_s, 5.0)
    for before, after in zip(old, new, strict=True):
        assert before.began_s < first_s, (make, before)
        assert after.began_s < first_s, (make, after)
        assert after.row.recover != before.row.recover, after.row.name
        later = (after.row.recover < before.row.recover) == before.row.above
        ended, held = (before, after) if later else (after, before)
        assert ended.ended_s < 5.0, (make, ended)
        assert held.ended_s > 5.0, (make, held)


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_each_delay_is_as_long_as_it_was_written(make: str) -> None:
    """Before a row begins, before it ends, and from its trip to its end."""
    _, _, model, _ = shipped(make)
    names = {
        row.named[what] for what in ("delay_s", "recover_delay_s", "elapsed_s") for row in rows_with(make, model, what)
    }
    if not names:
        return
    new_model, new_preset = await written(make, moved(make, sorted(names), around(0.3)))
    begins = [row for row in rows_with(make, new_model, "delay_s") if row.enabled]
    for trial in run(new_preset, [Trial(row, far(row)) for row in begins], max(row.delay_s for row in begins) + 3.0):
        fast = trial.row.channel.unit == "A"  # those are exact within a step
        assert trial.row.delay_s != model.row(trial.row.name).delay_s, trial.row.name
        assert trial.began_s == pytest.approx(trial.row.delay_s, abs=1e-3 if fast else LATE_S), (make, trial)
    ends = [row for row in rows_with(make, new_model, "elapsed_s") if row.enabled and by_time(row)]
    trials = [Trial(row, far(row), 0.0) for row in ends]
    if ends:
        first_s, then_s = max(row.delay_s for row in ends) + 1.0, max(row.elapsed_s for row in ends) + 5.0
        for trial in run(new_preset, trials, first_s, then_s):
            assert trial.row.elapsed_s != model.row(trial.row.name).elapsed_s, trial.row.name
            took_s = first_s - trial.began_s + trial.ended_s
            assert took_s == pytest.approx(trial.row.elapsed_s, abs=LATE_S), (make, trial)
    slow = [row for row in rows_with(make, new_model, "recover_delay_s") if row.enabled and by_value(row)]
    trials = [Trial(row, far(row), back(row)) for row in slow]
    if slow:
        first_s, then_s = max(row.delay_s for row in slow) + 1.0, max(row.recover_delay_s for row in slow) + 3.0
        for trial in run(new_preset, trials, first_s, then_s):
            assert trial.row.recover_delay_s != model.row(trial.row.name).recover_delay_s, trial.row.name
            assert trial.ended_s == pytest.approx(trial.row.recover_delay_s, abs=LATE_S), (make, trial)


def back(row: PackRow) -> float:
    """Give a value at which the row has surely recovered."""
    return row.recover - 0.05 if row.above else row.recover + 0.05


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_each_switch_turns_its_rows_off_and_on(make: str) -> None:
    _, settings, model, preset = shipped(make)
    rows = [row for row in model.rows if row.switch]
    if not rows:
        return
    new_model, new_preset = await written(
        make, {row.switch: OTHER.get(row.switch, not settings[row.switch]) for row in rows}
    )
    longest_s = max(row.delay_s for row in rows) + 35.0  # a button is stuck after half a minute
    for model_then, preset_then in ((model, preset), (new_model, new_preset)):
        trials = [Trial(model_then.row(row.name), far(row) if row.channel.unit else 1.0) for row in rows]
        for trial in run(preset_then, trials, longest_s):
            assert (trial.began_s < longest_s) is trial.row.enabled, (make, trial)
    for row in rows:
        assert new_model.row(row.name).enabled is not row.enabled, row.name


# What no row has.

KEPT: Mapping[str, Mapping[str, str]] = {
    "seplos-v2": {
        "remaining_capacity_ah": "state of the pack: held to the truth",
        "charge_activation_count": "marked unused by the maker",
        **dict.fromkeys(
            (
                "enable_voltage_sensor_fault",
                "enable_current_sensor_fault",
                "enable_charge_switch_fault",
                "enable_discharge_switch_fault",
                "enable_limiter_switch_fault",
                "enable_reversed_output_protection",
            ),
            "marked unused by the maker",
        ),
        **dict.fromkeys(("enable_lcd", "enable_bluetooth"), "a part that a virtual pack does not have"),
        **dict.fromkeys(("enable_automatic_addressing", "enable_external_polling"), "the host's side of the bus"),
    },
    "seplos-v3": {
        **dict.fromkeys(
            ("temperature_probe_count", "total_capacity_ah", "remaining_capacity_ah"),
            "state or wiring of the pack: held to the truth",
        ),
        **dict.fromkeys(("pulse_limiting_current_a", "pulse_limiting_time_s"), "no document says what it does"),
        **dict.fromkeys(
            ("precharge_short_circuit_pct", "precharge_stop_pct", "precharge_fault_pct", "precharge_timeout_s"),
            "no document says of which voltage it is a share",
        ),
        **dict.fromkeys(
            ("balancing_high_temperature_limit_degc", "balancing_low_temperature_limit_degc"),
            "balancing goes by the ambient alarm here, as on the boards of the same maker before",
        ),
        **dict.fromkeys(
            ("forced_output_count", "enable_forced_output"), "the forced output itself is there, uncounted"
        ),
        **dict.fromkeys(
            (
                "enable_buzzer",
                "enable_lcd",
                "enable_aerosol_detection",
                "enable_aerosol_normally_open",
                "enable_aerosol_fault",
                "enable_temperature_current_adjustment",
                "enable_undervoltage_recovery",
            ),
            "a part or a function that a virtual pack does not have",
        ),
        **dict.fromkeys(
            (
                "enable_front_end_fault",
                "enable_charge_switch_fault",
                "enable_discharge_switch_fault",
                "enable_broken_wire_fault",
            ),
            "the fault is always watched",
        ),
    },
    "pace": dict.fromkeys(
        ("sleep_cell_voltage_v", "sleep_delay_min", "full_charge_current_a"), "the virtual pack does not sleep by it"
    ),
    "ps-20016s": {
        "mcu_balancing": "who balances makes no difference outside the board",
        "balancing_standby_difference_mv": "one difference starts the passive balancer, in charge and at rest",
        "inverter_protocol": "no inverter stands at this port",
        **dict.fromkeys(("bms_address", "soc_pct"), "where it answers and what it holds: acts, but not on the BMS"),
    },
    "growatt-rs485": {
        **dict.fromkeys(
            ("voltage_offset", "voltage_gain", "current_offset", "charge_current_gain", "discharge_current_gain"),
            "units of the calibration are not published",
        ),
        **dict.fromkeys(("rated_voltage_v", "cells_in_series", "temperature_probe_count"), "wiring of the pack"),
        "short_circuit_recovery_delay_s": "the manual has a short circuit stay until a technician comes",
        **dict.fromkeys(
            ("full_charge_voltage_v", "full_charge_cutoff_current_a", "full_charge_delay_s"),
            "the gauge finds by itself when it is full, from full_charge_cell_voltage_v on",
        ),
    },
    "jbd": dict.fromkeys(("cycle_capacity_ah", "cells_in_series"), "a figure of the gauge; wiring of the pack"),
    "jk-modbus": {
        **dict.fromkeys(("cells_in_series", "board_address"), "wiring of the pack, and its place on a bus"),
        **dict.fromkeys(("enable_charging", "enable_discharging"), "switches by hand: no figure of a protection"),
    },
    "jk": {
        **dict.fromkeys(("cells_in_series", "board_address"), "wiring of the pack, and its place on another bus"),
        **dict.fromkeys(
            (
                "box_overtemperature_protection_degc",
                "box_overtemperature_recovery_degc",
                "temperature_difference_protection_degc",
                "enable_dedicated_charger",
            ),
            "a part or a limit that the virtual pack does not have",
        ),
        **dict.fromkeys(("enable_charging", "enable_discharging"), "switches by hand: no figure of a protection"),
        **dict.fromkeys(("current_calibration_a", "sleep_delay_s"), "calibration and sleep are not simulated by it"),
    },
}
"""Settings that are kept and told and change nothing in the virtual BMS, each with the reason."""


def in_rows(model: PackModel) -> set[str]:
    """Name the settings that a row goes by: its figures, its switch."""
    return {name for row in model.rows for name in (*row.named.values(), row.switch) if name}


@pytest.mark.parametrize("make", MAKES)
def test_each_setting_acts_in_a_row_or_a_function_or_is_kept_for_a_stated_reason(make: str) -> None:
    """Complete against the profile: nothing is neither, and nothing that is kept acts."""
    profile, _, model, _ = shipped(make)
    unused = {name for name in profile.settings if name in model.unused or name not in model.settings}
    assert unused == set(KEPT[make])
    assert all(KEPT[make].values())
    assert in_rows(model) & set(KEPT[make]) == set()


FUNCTIONS = ("records", "tables", "busbars", "rows", "capacity_ah", "rated_capacity_ah", "dead_band_a", "series")


@pytest.mark.parametrize("make", MAKES)
def test_each_setting_of_a_function_changes_what_the_bms_runs_by(make: str) -> None:
    """Balancing, heating, limiting, waking, records, what is asked of the inverter: another value, another pack."""
    profile, settings, model, _ = shipped(make)
    others = [name for name in profile.settings if name not in in_rows(model) and name not in KEPT[make]]
    for name in others:
        setting, value = profile.settings[name], settings[name]
        if isinstance(value, bool):
            wanted: list[SettingValue] = [not value]
        elif setting.values:
            wanted = [one for one in setting.values if one != value]
        else:
            assert isinstance(value, int | float)
            wanted = [value + 1, value - 1, value * 1.1, value * 0.9]
        switches = [one for one in others if isinstance(settings[one], bool)]  # some act only while another is on
        bases = [settings, *({**settings, one: not settings[one]} for one in switches)]
        assert any(_differs(profile, base, {name: one}) for base in bases for one in wanted), name


def _differs(profile: Profile, base: Settings, change: Settings) -> bool:
    try:
        model, other = model_of(profile, base), model_of(profile, {**base, **change})
    except WattsteadError:
        return False
    return any(getattr(other, what) != getattr(model, what) for what in FUNCTIONS)

"""What a preset and a step size fix, worked out once and kept: the numbers that the kernels take.

Current and ambient are constant within a step, so the equations of a cell have closed solutions; all that depends on
the step size alone stands here. Derivation: docs/models/cell.md.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from wattstead.battery.behaviour import LimiterKind, PrechargeWhen, Switch
from wattstead.battery.check import require
from wattstead.battery.curves import DEGC_POINTS, cell_curves
from wattstead.battery.estimator import terms_of
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Curves, Rows
from wattstead.battery.noise import noise_table
from wattstead.battery.preset import PackPreset
from wattstead.battery.rows import activating, channels_of, family_charges, row_table, ticks

OFFSET_STEPS = 100
"""Offsets of cell sensors are kept in steps of this share of the largest that is drawn."""
_MONTH_S = 30.0 * 86400.0
_PRECHARGE = {
    PrechargeWhen.NONE: 0,
    PrechargeWhen.BEFORE_CLOSE: 1,
    PrechargeWhen.AFTER_SHORT: 2,
    PrechargeWhen.RELAY: 3,
}


def step_ticks(dt_s: float) -> int:
    """Give a step in ticks. Raises UsageError for one of no length, and for one that is no whole number of ticks."""
    require(math.isfinite(dt_s) and dt_s > 0.0, "dt_s", dt_s, "be above 0: time only goes on")
    require(dt_s <= 3600.0, "dt_s", dt_s, "be an hour or less: protections act within a step at most once")
    whole = round(dt_s * at.TICKS_PER_S)
    fits = whole > 0 and abs(whole - dt_s * at.TICKS_PER_S) < 1e-3
    require(fits, "dt_s", dt_s, "be a whole number of 0.1 ms")
    return whole


@lru_cache(maxsize=256)
def terms(preset: PackPreset, dt_s: float) -> Rows:
    """Work out the numbers of a step of dt_s seconds, as an array of one ``layout.TERMS``."""
    cell, board, switches = preset.cell, preset.board, preset.switches
    balancer, power = preset.balancer, preset.power
    cooling = [coupling / cell.heat_capacity_j_per_k for coupling in cell_cooling_w_per_k(preset)]
    limited = {LimiterKind.NONE: 0, LimiterKind.ACTIVE: 1}.get(preset.limiter.kind, 2)
    numbers = {
        "dt": step_ticks(dt_s),
        "dt_s": dt_s,
        "cells": preset.cells,
        "rc_keep": math.exp(-dt_s / cell.tau_s),
        "rc_mean": -math.expm1(-dt_s / cell.tau_s) * cell.tau_s / dt_s,
        "rc_ratio": cell.r1_ohm / cell.r0_ohm,
        "tau_s": cell.tau_s,
        "efficiency": cell.efficiency,
        "leak_per_s": cell.leak_per_month / _MONTH_S,
        "per_fill": cell_curves(cell.ocv).hysteresis_per_fill,
        "heat_capacity": cell.heat_capacity_j_per_k,
        "heater_share": preset.heater.power_w / preset.cells,
        "link_ohm": preset.link_ohm,
        "dead_band_a": preset.dead_band_a,
        "mos_keep": math.exp(-dt_s / board.tau_s),
        "mos_k_per_a2": board.mos_k_per_a2,
        "diode_k_per_a": board.diode_k_per_a,
        "offset_step_v": preset.sensors.cell_offset_v / OFFSET_STEPS,
        "probe_offset_step_k": preset.sensors.temperature_offset_k / OFFSET_STEPS,
        "rated_ah": preset.rated_capacity_ah,
        "probe_count": len(preset.probes),
        "busbars": len(preset.busbars),
        "activating": activating(preset.protections),
        "relay": switches.kind is Switch.RELAY,
        "ideal_diode": switches.kind is Switch.IDEAL_DIODE,
        "open_delay_s": switches.open_delay_s,
        "load_release": ticks(switches.load_release_s),
        "precharge": _PRECHARGE[preset.precharge.when],
        "precharge_ohm": preset.precharge.ohm,
        "soft_start": ticks(preset.precharge.soft_start_s),
        "precharge_timeout": ticks(preset.precharge.timeout_s),
        "limiter": limited,
        "limit_a": preset.limiter.limit_a,
        "limit_hold": ticks(preset.limiter.hold_s),
        "bleed_a": balancer.bleed_a,
        "bleed_start_v": balancer.start_v,
        "bleed_start_gap_v": balancer.start_difference_v,
        "bleed_stop_gap_v": balancer.stop_difference_v,
        "neighbours": balancer.neighbours,
        "transfer_a": balancer.transfer_a,
        "transfer_start_gap_v": balancer.transfer_start_difference_v,
        "transfer_stop_gap_v": balancer.transfer_stop_difference_v,
        "transfer_share": balancer.transfer_efficiency,
        "balance_charging": balancer.charging,
        "balance_resting": balancer.at_rest,
        "rest_limit": ticks(balancer.rest_limit_s),
        "heater_w": preset.heater.power_w,
        "heat_on_degc": preset.heater.on_degc,
        "heat_off_degc": preset.heater.off_degc,
        "automatic": preset.activation.automatic,
        "manual": preset.activation.manual,
        "force_every": ticks(preset.activation.interval_s),
        "force_for": ticks(preset.activation.force_s),
        "button_force_for": ticks(preset.activation.button_force_s),
        "standby_a": power.standby_a,
        "off_a": power.off_a,
        "shutdown_after": ticks(power.shutdown_after_s),
        "silence_off": ticks(power.silence_off_s),
        "press_on": ticks(power.press_on_s),
        "press_off": ticks(power.press_off_s),
        "wake_low_v": power.wake_low_v,
        "wake_high_v": power.wake_high_v,
        "external_switch": power.external_switch,
        "cell_per_step": _per_step(preset.sensors.cell_step_v),
        "cell_noise_v": preset.sensors.cell_noise_v,
        "current_per_step": _per_step(preset.sensors.current_step_a),
        "current_noise_a": preset.sensors.current_noise_a,
        "full_hold_s": max(preset.estimator.full_hold_s, 1e-3),
        "clean": ticks(preset.lock_clean_s),
        "noise_seed": preset.seed & 0x7FFFFFFF,
        "channels": channels_of(preset.protections),
    }
    records = np.zeros(1, dtype=at.TERMS)
    known = records[0]
    for name, number in numbers.items():
        known[name] = number
    known["cooling_per_s"][: preset.cells] = cooling
    known["probes"][: len(preset.probes)] = [(probe[0] - 1, probe[-1]) for probe in preset.probes]
    known["busbar_cell"][: len(preset.busbars)] = [one.cell - 1 for one in preset.busbars]
    known["busbar_ohm"][: len(preset.busbars)] = [one.ohm - one.corrected_ohm for one in preset.busbars]
    known["family_charges"] = family_charges(preset.protections)
    return records


@lru_cache(maxsize=256)
def estimator_terms(preset: PackPreset, dt_s: float) -> Any:
    """Work out the numbers of the estimator, as an array of one record."""
    known = terms_of(
        preset.estimator,
        rated_ah=preset.rated_capacity_ah,
        cells=preset.cells,
        dt_s=dt_s,
        dead_band_a=preset.dead_band_a,
    )
    records = np.recarray(1, dtype=[(name, np.float64) for name in known._fields])
    for name, number in known._asdict().items():
        records[name] = number
    return records


@lru_cache(maxsize=64)
def rows_of(preset: PackPreset) -> Rows:
    """Give the protections as the kernels read them."""
    return row_table(preset.protections)


@lru_cache(maxsize=64)
def tables(preset: PackPreset) -> Curves:
    """Give the tables of the preset's cell, one point longer than the curves so that the last one has a neighbour."""
    cell, curves = preset.cell, cell_curves(preset.cell.ocv)

    def longer(table: Any) -> Any:
        return np.append(table, table[-1]).astype(np.float32)

    flat = np.ones_like(curves.r0_factor)
    warm = cell.warming
    ocv = np.append(curves.ocv_v, 2.0 * curves.ocv_v[-1] - curves.ocv_v[-2]).astype(np.float32)
    return Curves(
        ocv_v=ocv,
        entropy=longer(curves.entropy_v_per_k * warm),
        r_factor=longer(curves.r0_factor * warm + flat * (1.0 - warm)),
        r_share=longer(curves.r0_share * warm + np.ones(DEGC_POINTS) * (1.0 - warm)),
        half_gap_v=longer(curves.hysteresis_v * cell.hysteresis),
        noise=noise_table(),
    )


def cell_cooling_w_per_k(preset: PackPreset) -> tuple[float, ...]:
    """Share the pack's coupling to ambient among its cells, in W/K, first and last with their advantage."""
    shares = [preset.edge_cooling if cell in {0, preset.cells - 1} else 1.0 for cell in range(preset.cells)]
    return tuple(preset.cooling_w_per_k * share / sum(shares) for share in shares)


def _per_step(step: float) -> float:
    return 1.0 / step if step > 0.0 else 0.0

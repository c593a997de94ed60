"""What flows during a step: asked for, let through by switches, limiter and charger, and cut within the step.

The current is constant until a row on current cuts it; that instant is known beforehand, so the step is split there
without smaller steps.
"""

import math
from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Given, Record, Rows, State

_F0, _F1 = np.float32(0.0), np.float32(1.0)
_MOST_A = np.float32(1e4)
_FULL_WITHIN_V = np.float32(1.0)  # capacitors this close to the battery count as full (ours)
_NO_SHORT_OHM = np.float32(1e6)


@kernel
def wanted(state: State, first: int, n: int, flows_a: Rows, ohm: Rows, given: Given, terms: Record) -> None:
    """Give the current of each pack, positive charges, before anything cuts it within the step. ohm: scratch."""
    last, pack = first + n, state.pack
    asked, held_at = given.given[at.ASKED_A, first:last], given.given[at.HELD_AT_V, first:last]
    extra, short = given.given[at.LINK_EXTRA_OHM, first:last], given.given[at.SHORT_OHM, first:last]
    emf, rc, status = pack[at.EMF_V, first:last], pack[at.RC_SUM_V, first:last], state.status[first:last]
    _ohm_at_end(ohm, pack[at.R_SUM_OHM, first:last], pack[at.SLOPE_SUM, first:last], extra, terms)
    _held(flows_a, asked, held_at, emf, rc, ohm, _F1 - terms.rc_keep)
    for k in range(n):
        limited = terms.limiter == 1 or status[k] & at.LIMITING != 0
        flows_a[k] = terms.limit_a if limited and flows_a[k] > terms.limit_a else flows_a[k]
    for k in range(n):
        if short[k] < _NO_SHORT_OHM:
            flows_a[k] = -emf[k] / (pack[at.R_SUM_OHM, first + k] + terms.link_ohm + short[k])
        flows_a[k] = min(max(flows_a[k], -_MOST_A), _MOST_A)
    for k in range(n):
        if status[k] & _ALL_CLEAR != at.ON | at.CHARGE_ON | at.DISCHARGE_ON:
            flows_a[k] = through(flows_a[k], status[k], terms)


_ALL_CLEAR = at.ON | at.CHARGE_ON | at.DISCHARGE_ON | at.PRECHARGING


@kernel
def _ohm_at_end(ohm: Rows, r_sum: Rows, slopes: Rows, extra: Rows, terms: Record) -> None:
    """Give what a current adds to the voltage by the end of the step, in V per A: the curve and RC branch too."""
    more, dt_h = _F1 + terms.rc_ratio * (_F1 - terms.rc_keep), np.float32(terms.dt_s / 3600.0)
    for k in range(ohm.shape[0]):
        ohm[k] = r_sum[k] * more + slopes[k] * dt_h + terms.link_ohm + extra[k]


@kernel
def _held(flows_a: Rows, asked: Rows, held_at: Rows, emf: Rows, rc: Rows, ohm: Rows, rc_left: Any) -> None:
    """Let a charger give no more than what brings the port to its voltage."""
    for k in range(flows_a.shape[0]):
        most = (held_at[k] - emf[k] + rc[k] * rc_left) / ohm[k]
        most = most if most > _F0 else _F0
        flows_a[k] = asked[k] if asked[k] < most else most


@kernel
def through(asked: Any, status: int, terms: Record) -> Any:
    """Give what the switches let through of a current."""
    charge, discharge = status & at.CHARGE_ON, status & at.DISCHARGE_ON
    if not status & at.ON:
        return _F0
    if terms.relay and not (charge and discharge):
        return _F0
    if asked > _F0 and not charge:
        return _F0
    if asked < _F0 and (not discharge or status & at.PRECHARGING):
        return _F0
    return asked


@kernel
def inrush(state: State, first: int, n: int, flows_a: Rows, given: Given, rows: Rows, terms: Record) -> None:
    """Let the capacitors of an inverter at the port take their charge, through a resistor or all at once.

    All at once is a short circuit for the front end if it lasts long enough: then that current stands in flows_a.
    """
    capacities, volts = given.given[at.INVERTER_F, first : first + n], state.pack[at.CAPACITOR_V, first : first + n]
    for k in range(n):
        p = first + k
        farad = capacities[k]
        if farad <= _F0 and volts[k] == _F0:
            continue
        status = state.status[p]
        emf = state.pack[at.EMF_V, p]
        if farad <= _F0:
            if status & at.PRECHARGING:
                state.status[p] &= ~(at.PRECHARGING | at.PRECHARGE_FAILED)
            state.pack[at.CAPACITOR_V, p] = _F0
            continue
        empty = emf - state.pack[at.CAPACITOR_V, p] > _FULL_WITHIN_V
        if not status & at.ON or not empty or status & at.PRECHARGING:
            continue
        if terms.precharge == 1 or terms.precharge == 3:
            state.status[p] |= at.PRECHARGING
            state.ticks[at.PRECHARGING_FOR, p] = 0
            flows_a[k] = through(flows_a[k], state.status[p], terms)
        elif status & at.DISCHARGE_ON:
            _rush(state, p, k, flows_a, farad, emf, rows, terms)


@kernel
def _rush(state: State, p: int, k: int, flows_a: Rows, farad: Any, emf: Any, rows: Rows, terms: Record) -> None:
    ohm = state.pack[at.R_SUM_OHM, p] + terms.link_ohm
    gap = emf - state.pack[at.CAPACITOR_V, p]
    peak = gap / ohm
    tau_s = np.float64(ohm * farad)
    for r in range(rows.shape[0]):
        if rows[r].front and rows[r].channel == at.CH_DISCHARGE_A and peak >= rows[r].trip:
            above_s = tau_s * math.log(np.float64(peak / rows[r].trip))
            if above_s >= rows[r].delay_s:
                open_s = rows[r].delay_s + terms.open_delay_s
                state.pack[at.CAPACITOR_V, p] += gap * np.float32(1.0 - math.exp(-open_s / tau_s))
                flows_a[k] = -min(peak, _MOST_A)
                return
    state.pack[at.CAPACITOR_V, p] = emf


@kernel
def precharge(state: State, p: int, farad: Any, terms: Record) -> bool:
    """Let a pre-charge go on for a step; tell whether it has just ended with full capacitors."""
    emf = state.pack[at.EMF_V, p]
    gap = emf - state.pack[at.CAPACITOR_V, p]
    gap *= np.float32(math.exp(-terms.dt_s / np.float64(terms.precharge_ohm * farad)))
    state.pack[at.CAPACITOR_V, p] = emf - gap
    state.ticks[at.PRECHARGING_FOR, p] = min(state.ticks[at.PRECHARGING_FOR, p], at.MOST_TICKS - terms.dt) + terms.dt
    if gap <= _FULL_WITHIN_V:
        state.status[p] &= ~(at.PRECHARGING | at.PRECHARGE_FAILED)
        state.pack[at.CAPACITOR_V, p] = emf
        return True
    if terms.precharge == 3 and state.ticks[at.PRECHARGING_FOR, p] >= terms.precharge_timeout:
        state.status[p] |= at.PRECHARGE_FAILED
    if terms.precharge == 1 and state.ticks[at.PRECHARGING_FOR, p] >= terms.soft_start:
        state.status[p] &= ~at.PRECHARGING  # the time is up: it closes on what is left
        state.pack[at.CAPACITOR_V, p] = emf
        return True
    return False


@kernel
def cut_within(
    state: State,
    first: int,
    n: int,
    begin: Rows,
    gates: Rows,
    seen: Rows,
    share: Rows,
    conducting: Rows,
    rows: Rows,
    terms: Record,
) -> None:
    """Find for how much of the step the current flows: share 0..1 (float64) and conducting (ticks).

    begin: the channels with this current. seen: of length 0, or what sensors are made to see: an overridden current is
    not cut in the BMS's eyes, so conducting stays whole there.
    """
    for k in range(n):
        share[k] = 1.0
        conducting[k] = terms.dt
    for r in range(rows.shape[0]):
        c = rows[r].channel
        if c != at.CH_CHARGE_A and c != at.CH_DISCHARGE_A:
            continue
        stops = at.STOP_CHARGE if c == at.CH_CHARGE_A else at.STOP_DISCHARGE
        if not rows[r].actions & stops:
            continue
        value, bit = begin[c], np.int64(1) << r
        for k in range(n):
            if value[k] < rows[r].trip:
                continue
            p = first + k
            if state.active[p] & bit or not gates[k] & rows[r].gate or not state.status[p] & at.ON:
                continue
            waited = state.timer[r, p] - 1 if state.timer[r, p] > 0 else 0
            left = (rows[r].delay_s + (terms.open_delay_s if rows[r].front else 0.0)) * at.TICKS_PER_S - waited
            share[k] = min(share[k], max(left, 0.0) / terms.dt)
    for k in range(n):
        if share[k] < 1.0:
            conducting[k] = np.int32(math.ceil(share[k] * terms.dt - 1e-9))
            if seen.shape[0] and seen[at.SEEN_CURRENT_A, first + k] == seen[at.SEEN_CURRENT_A, first + k]:
                conducting[k] = terms.dt


@kernel
def spread_over_step(
    state: State,
    first: int,
    n: int,
    flows_a: Rows,
    share: Rows,
    moved_ah: Rows,
    drive: Rows,
    mean_a: Rows,
    mean_a2: Rows,
    heat_w: Rows,
    terms: Record,
) -> None:
    """Work out what a current that flows for its share of the step does to the cells (see ``cells.advance``)."""
    dt_h = terms.dt_s / 3600.0
    whole = _F1 - terms.rc_keep
    r_heat = _F1 + terms.rc_ratio * (_F1 - terms.rc_mean)
    for k in range(n):
        flows, part = flows_a[k], np.float32(share[k])
        status = state.status[first + k]
        own = terms.standby_a if status & at.ON else terms.off_a
        stored = np.float64(flows) * (terms.efficiency if flows > _F0 else 1.0)
        moved_ah[k] = (stored * share[k] - own) * dt_h
        drive[k] = flows * whole
        mean_a[k] = flows * part
        mean_a2[k] = flows * flows * part * r_heat
        heat_w[k] = terms.heater_share if status & at.HEATING else _F0
    for k in range(n):
        if share[k] < 1.0:
            still_s = terms.dt_s * (1.0 - share[k])
            faded = math.exp(-still_s / terms.tau_s) - math.exp(-terms.dt_s / terms.tau_s)
            drive[k] = flows_a[k] * np.float32(faded)

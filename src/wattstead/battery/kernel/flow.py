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
    emf, branch, r_sum = pack[at.EMF_V, first:last], pack[at.BRANCH_A, first:last], pack[at.R_SUM_OHM, first:last]
    status, faded = state.status[first:last], terms.rc_ratio * (_F1 - terms.rc_keep)
    _ohm_at_end(ohm, r_sum, pack[at.SLOPE_SUM, first:last], extra, _F1 + faded, np.float32(terms.dt_s / 3600.0), terms)
    _held(flows_a, asked, held_at, emf, branch, r_sum, ohm, faded)
    if terms.limiter:
        _limited(flows_a, status, terms.limiter == 1, terms.limit_a)
    if _some_short(short):
        for k in range(n):
            if short[k] < _NO_SHORT_OHM:
                flows_a[k] = max(-emf[k] / (r_sum[k] + terms.link_ohm + short[k]), -_MOST_A)
    if _some_closed(status):
        for k in range(n):
            flows_a[k] = through(flows_a[k], status[k], terms)


_ALL_CLEAR = at.ON | at.CHARGE_ON | at.DISCHARGE_ON | at.PRECHARGING


@kernel
def _some_short(short: Rows) -> bool:
    some = 0
    for k in range(short.shape[0]):
        some |= 1 if short[k] < _NO_SHORT_OHM else 0
    return some != 0


@kernel
def _some_closed(status: Rows) -> bool:
    some = 0
    for k in range(status.shape[0]):
        some |= (status[k] & _ALL_CLEAR) ^ (at.ON | at.CHARGE_ON | at.DISCHARGE_ON)
    return some != 0


@kernel
def _limited(flows_a: Rows, status: Rows, always: bool, most: Any) -> None:
    for k in range(flows_a.shape[0]):
        limited = always or status[k] & at.LIMITING != 0
        flows_a[k] = most if limited and flows_a[k] > most else flows_a[k]


@kernel
def _ohm_at_end(ohm: Rows, r_sum: Rows, slopes: Rows, extra: Rows, more: Any, dt_h: Any, terms: Record) -> None:
    """Give what a current adds to the voltage by the end of the step, in V per A: the curve and RC branch too."""
    link = terms.link_ohm
    for k in range(ohm.shape[0]):
        ohm[k] = r_sum[k] * more + slopes[k] * dt_h + link + extra[k]


@kernel
def _held(
    flows_a: Rows, asked: Rows, held_at: Rows, emf: Rows, branch: Rows, r_sum: Rows, ohm: Rows, faded: Any
) -> None:
    """Let a charger give no more than what brings the port to its voltage. faded: of the RC branch, over R0."""
    for k in range(flows_a.shape[0]):
        most = (held_at[k] - emf[k] + branch[k] * r_sum[k] * faded) / ohm[k]
        most = most if most > _F0 else _F0
        flows = asked[k] if asked[k] < most else most
        flows_a[k] = min(max(flows, -_MOST_A), _MOST_A)


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
    if not _some_capacitor(capacities, volts):
        return
    for k in range(n):
        p = first + k
        farad = capacities[k]
        if farad <= _F0 and volts[k] == _F0:
            continue
        status = state.status[p]
        emf = state.pack[at.EMF_V, p]
        if farad <= _F0:
            if status & (at.PRECHARGING | at.PRECHARGE_FAILED):
                state.status[p] &= ~(at.PRECHARGING | at.PRECHARGE_FAILED)
            state.pack[at.CAPACITOR_V, p] = _F0
            continue
        empty = emf - state.pack[at.CAPACITOR_V, p] > _FULL_WITHIN_V
        if not status & at.DISCHARGE_ON or not status & at.ON or not empty or status & at.PRECHARGING:
            continue
        if terms.precharge == 1 or terms.precharge == 3:
            state.status[p] |= at.PRECHARGING
            state.ticks[at.PRECHARGING_FOR, p] = 0
            flows_a[k] = through(flows_a[k], state.status[p], terms)
        else:
            _rush(state, p, k, flows_a, farad, emf, rows, terms)


@kernel
def _some_capacitor(capacities: Rows, volts: Rows) -> bool:
    some = 0
    for k in range(volts.shape[0]):
        some |= 1 if (capacities[k] > _F0) | (volts[k] != _F0) else 0
    return some != 0


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
    """Let a pre-charge go on for a step; tell whether it has just ended, so that the switch may close.

    The one before the switch closes ends with what has opened that switch; the one after a short circuit does not.
    """
    if terms.precharge != 2 and not state.status[p] & at.DISCHARGE_ON:
        state.status[p] &= ~at.PRECHARGING
        return False
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
) -> bool:
    """Find for how much of the step the current flows: share 0..1 and conducting (ticks); tell whether any is cut.

    begin: the channels with this current. seen: of length 0, or what sensors are made to see: an overridden current is
    not cut in the BMS's eyes, so conducting stays whole there.
    """
    _whole_step(share, conducting, terms.dt)
    cut = False
    for r in range(rows.shape[0]):
        c = rows[r].channel
        if c != at.CH_CHARGE_A and c != at.CH_DISCHARGE_A:
            continue
        stops = at.STOP_CHARGE if c == at.CH_CHARGE_A else at.STOP_DISCHARGE
        value, bit, trip = begin[c], np.int64(1) << r, rows[r].trip
        if not rows[r].actions & stops or not _some_reach(value, trip):
            continue
        for k in range(n):
            p = first + k
            if value[k] < trip or state.active[p] & bit or not gates[k] & rows[r].gate or not state.status[p] & at.ON:
                continue
            waited = state.timer[r, p] - 1 if state.timer[r, p] > 0 else 0
            left = (rows[r].delay_s + (terms.open_delay_s if rows[r].front else 0.0)) * at.TICKS_PER_S - waited
            if left < terms.dt:
                cut = True
                flows = max(left, 0.0)
                share[k] = min(share[k], np.float32(flows / terms.dt))
                unseen = seen.shape[0] and seen[at.SEEN_CURRENT_A, p] == seen[at.SEEN_CURRENT_A, p]
                conducting[k] = conducting[k] if unseen else min(conducting[k], np.int32(math.ceil(flows - 1e-6)))
    return cut


@kernel
def _whole_step(share: Rows, conducting: Rows, dt: int) -> None:
    for k in range(share.shape[0]):
        share[k] = _F1
        conducting[k] = dt


@kernel
def _some_reach(value: Rows, trip: Any) -> bool:
    some = 0
    for k in range(value.shape[0]):
        some |= 0 if value[k] < trip else 1  # one without a reading is looked at, too
    return some != 0


@kernel
def spread_over_step(
    state: State, first: int, n: int, flows_a: Rows, share: Rows, cut: bool, drive: Rows, mean_a: Rows, terms: Record
) -> None:
    """Note what a current that flows for its share of the step does to the cells (see ``cells``). drive: scratch."""
    last, lately, status = first + n, state.lately, state.status[first : first + n]
    dt_h, whole = terms.dt_s / 3600.0, _F1 - terms.rc_keep
    for k in range(n):
        drive[k] = flows_a[k] * whole
    if cut:
        for k in range(n):
            if share[k] < _F1:
                still_s = terms.dt_s * (1.0 - np.float64(share[k]))
                faded = math.exp(-still_s / terms.tau_s) - np.float64(terms.rc_keep)
                drive[k] = flows_a[k] * np.float32(faded)
    _moved(lately[at.LATELY_AH, first:last], flows_a, share, mean_a, terms.efficiency * dt_h, dt_h)
    _own_use(lately[at.LATELY_AH, first:last], status, terms.standby_a * dt_h, terms.off_a * dt_h)
    branch, heat_a2s = state.pack[at.BRANCH_A, first:last], lately[at.LATELY_A2S, first:last]
    _branch(branch, heat_a2s, flows_a, mean_a, drive, terms.rc_keep, terms.rc_mean, terms.rc_ratio, terms.dt_s)
    if terms.heater_w > _F0:
        _heated(lately[at.LATELY_HEATED_S, first:last], status, terms.dt_s)


@kernel
def _moved(lately_ah: Rows, flows_a: Rows, share: Rows, mean_a: Rows, charging_h: Any, dt_h: Any) -> None:
    for k in range(flows_a.shape[0]):
        mean = flows_a[k] * share[k]
        mean_a[k] = mean
        lately_ah[k] += np.float64(mean) * (charging_h if mean > _F0 else dt_h)


@kernel
def _own_use(lately_ah: Rows, status: Rows, on_ah: Any, off_ah: Any) -> None:
    for k in range(lately_ah.shape[0]):
        lately_ah[k] -= on_ah if status[k] & at.ON else off_ah


@kernel
def _branch(
    branch: Rows, heat_a2s: Rows, flows_a: Rows, mean_a: Rows, drive: Rows, keep: Any, mean: Any, ratio: Any, dt_s: Any
) -> None:
    """Let the RC branch follow the current; its resistance warms by its own mean current over the step."""
    for k in range(branch.shape[0]):
        through_r1 = flows_a[k] + (branch[k] - flows_a[k]) * mean
        heat_a2s[k] += np.float64(mean_a[k] * (flows_a[k] + ratio * through_r1)) * dt_s
        branch[k] = branch[k] * keep + drive[k]


@kernel
def _heated(heated_s: Rows, status: Rows, dt_s: Any) -> None:
    for k in range(heated_s.shape[0]):
        heated_s[k] += dt_s if status[k] & at.HEATING else 0.0

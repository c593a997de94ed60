/** What a pack's values mean. Pure functions; nothing is invented: what is not known is null. */

import { type Active, type Latest, type Pack, SEVERITIES, type State, type Value } from "./types.ts";

/** A value as numbers: one per cell or probe, one for a single value, none for words or nothing. */
export function numbers(value: Value | undefined | (number | null)[]): number[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
}

export function number(latest: Latest | null, name: string): number | null {
  return numbers(latest?.values[name])[0] ?? null;
}

export interface Extremes {
  lowest: number;
  highest: number;
}

export function extremes(values: number[]): Extremes | null {
  return values.length ? { lowest: Math.min(...values), highest: Math.max(...values) } : null;
}

/** How old a pack's values are now, in seconds. The server's clock counts up to sending, ours from then on. */
export function ageS(latest: Latest, heardMs: number, nowMs: number): number {
  return latest.age_s + Math.max(0, nowMs - heardMs) / 1000;
}

/** Nothing new for so long, although the server called the values fresh: they are old all the same. */
export const STALE_AFTER_S = 90;

export function isStale(latest: Latest, ageNowS: number, live: boolean): boolean {
  return !latest.fresh || latest.state === "silent" || !live || ageNowS > STALE_AFTER_S;
}

export interface NamedCell {
  pack: string;
  /** Counted from 1. */
  cell: number;
  voltageV: number;
}

export interface BankSummary {
  packs: number;
  /** Packs whose values are fresh. Sums are over these. */
  answering: number;
  powerW: number | null;
  /** Weighted by full capacity where every pack tells it, else the plain mean. */
  socPct: number | null;
  weighted: boolean;
  remainingAh: number | null;
  fullAh: number | null;
  temperatureDegc: Extremes | null;
  lowest: NamedCell | null;
  highest: NamedCell | null;
  /** The pack with the widest spread. */
  widest: { pack: string; spreadV: number } | null;
  /** Until full (charging) or empty (discharging) if power stayed as it is; null when idle or not known. */
  hoursLeft: number | null;
  state: State;
  gravest: { pack: Pack; code: Active } | null;
  codes: number;
}

/** Less than this, over the whole bank, is called idle: currents around zero carry the sensors' offset. */
const IDLE_W = 15;

function sum(values: (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}

function direction(powerW: number | null, states: State[]): State {
  if (powerW === null) return "unknown";
  if (Math.abs(powerW) >= IDLE_W) return powerW > 0 ? "charging" : "discharging";
  return states.length > 0 && states.every((state) => state === "cut") ? "cut" : "idle";
}

/** Energy that still fits in, or that is left, over the power: by each pack's own voltage. */
function hoursLeft(packs: Latest[], powerW: number | null, state: State): number | null {
  const roomWh = packs.map((one) => {
    const remaining = number(one, "remaining_capacity_ah");
    const full = number(one, "full_capacity_ah");
    const voltage = number(one, "pack_voltage_v");
    if (remaining === null || full === null || voltage === null) return null;
    return (state === "charging" ? full - remaining : remaining) * voltage;
  });
  if (powerW === null || state === "idle" || packs.length === 0 || roomWh.includes(null)) return null;
  return (sum(roomWh) ?? 0) / Math.abs(powerW);
}

function soc(packs: Latest[]): { socPct: number | null; weighted: boolean } {
  const known = packs.filter((one) => number(one, "soc_pct") !== null);
  const weights = known.map((one) => number(one, "full_capacity_ah") ?? 0);
  const weighted = known.length > 0 && weights.every((weight) => weight > 0);
  const parts = known.map((one, at) => (number(one, "soc_pct") ?? 0) * (weighted ? (weights[at] ?? 0) : 1));
  const whole = weighted ? (sum(weights) ?? 0) : known.length;
  return { socPct: whole > 0 ? (sum(parts) ?? 0) / whole : null, weighted };
}

function namedCells(packs: { pack: Pack; latest: Latest }[]): NamedCell[] {
  return packs.flatMap(({ pack, latest }) =>
    numbers(latest.values["cell_voltage_v"]).map((voltageV, at) => ({ pack: pack.name, cell: at + 1, voltageV })),
  );
}

function least<T>(items: T[], worth: (item: T) => number): T | null {
  return items.reduce<T | null>((best, item) => (best === null || worth(item) < worth(best) ? item : best), null);
}

/** The whole bank in one picture. Only packs that `isFresh` says are fresh count; the others say nothing about now. */
export function summarise(packs: Pack[], isFresh: (pack: Pack) => boolean): BankSummary {
  const fresh = packs.flatMap((pack) => (pack.latest && isFresh(pack) ? [{ pack, latest: pack.latest }] : []));
  const all = fresh.map(({ latest }) => latest);
  const cells = namedCells(fresh);
  const powerW = sum(all.map((latest) => number(latest, "pack_power_w")));
  const charges = all.filter((one) => number(one, "remaining_capacity_ah") !== null && number(one, "full_capacity_ah"));
  const state = direction(powerW, all.map((one) => one.state));
  const spreads = fresh.flatMap(({ pack, latest }) => {
    const spreadV = number(latest, "cell_voltage_spread_v");
    return spreadV === null ? [] : [{ pack: pack.name, spreadV }];
  });
  const codes = fresh.flatMap(({ pack, latest }) => (latest.active ?? []).map((code) => ({ pack, code })));
  return {
    packs: packs.length,
    answering: fresh.length,
    powerW,
    ...soc(all),
    remainingAh: sum(charges.map((one) => number(one, "remaining_capacity_ah"))),
    fullAh: sum(charges.map((one) => number(one, "full_capacity_ah"))),
    temperatureDegc: extremes(all.flatMap((one) => numbers(one.values["cell_temperature_degc"]))),
    lowest: least(cells, (cell) => cell.voltageV),
    highest: least(cells, (cell) => -cell.voltageV),
    widest: least(spreads, (one) => -one.spreadV),
    hoursLeft: hoursLeft(all, powerW, state),
    state,
    gravest: least(codes, ({ code }) => -SEVERITIES.indexOf(code.severity)),
    codes: codes.filter(({ code }) => code.severity !== "information").length,
  };
}

/** History for charts: from the server's answer, with what came live since, to lines. Pure functions. */

import type { Latest, Pack, SeriesAnswer } from "./types.ts";
import { extremes, numbers } from "./pack.ts";

/** One line: times in UTC milliseconds, ascending; null where nothing was measured. */
export interface Track {
  name: string;
  /** Which of the line colours, counted from 0. */
  tone: number;
  /** The usual distance between two points. */
  stepMs: number;
  times: number[];
  mean: (number | null)[];
  /** Lowest and highest within each step, where they are known. */
  min: (number | null)[] | null;
  max: (number | null)[] | null;
}

/** A hole of more than so many usual steps is a gap: the line stops instead of bridging it. */
const GAP_STEPS = 3.5;
const SHORTEST_STEP_MS = 1000;

/** The usual distance between two times (the median), in milliseconds. */
export function stepMs(times: number[]): number {
  const steps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  if (steps.length === 0) return SHORTEST_STEP_MS;
  steps.sort((a, b) => a - b);
  return Math.max(SHORTEST_STEP_MS, steps[Math.floor(steps.length / 2)] ?? SHORTEST_STEP_MS);
}

/** What one pack said live since its history was fetched. */
export type Tail = { atMs: number; latest: Latest }[];

/** Adds a live value at the end, once, and only when it is newer than what is there. */
export function grow(tail: Tail, latest: Latest): Tail {
  const atMs = Date.parse(latest.at);
  const last = tail.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  return atMs > last ? [...tail, { atMs, latest }] : tail;
}

type Pick = (latest: Latest) => number | null;

function pickValue(quantity: string): Pick {
  const [name = quantity, position] = quantity.split(".");
  const at = position === undefined ? 0 : Number(position) - 1;
  return (latest) => numbers(latest.values[name])[at] ?? null;
}

interface Column {
  stepMs: number;
  times: number[];
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

function column(answer: SeriesAnswer, quantity: string, tail: Tail): Column {
  const channel = answer.series[quantity];
  const pick = pickValue(quantity);
  const newer = tail.filter(({ atMs }) => atMs > (answer.times_ms.at(-1) ?? Number.NEGATIVE_INFINITY));
  const live = newer.map(({ latest }) => pick(latest));
  // Live points lie closer than fetched ones; the fetched ones say what a gap is, once there are some.
  const usual = answer.times_ms.length > 2 ? answer.times_ms : newer.map(({ atMs }) => atMs);
  const join = (past: (number | null)[] | undefined) => [...(past ?? answer.times_ms.map(() => null)), ...live];
  return {
    stepMs: stepMs(usual),
    times: [...answer.times_ms, ...newer.map(({ atMs }) => atMs)],
    mean: join(channel?.mean),
    min: join(channel?.min),
    max: join(channel?.max),
  };
}

/** Puts a null into every hole, so that no line bridges a silence. */
export function withGaps(track: Track): Track {
  const longest = GAP_STEPS * track.stepMs;
  const holes = track.times.flatMap((time, at) => (at > 0 && time - (track.times[at - 1] ?? time) > longest ? [at] : []));
  if (holes.length === 0) return track;
  const cut = (values: (number | null)[]) => holes.reduceRight((list, at) => list.toSpliced(at, 0, null), values);
  const times = holes.reduceRight((list, at) => list.toSpliced(at, 0, (list[at - 1] ?? 0) + 1), track.times);
  return { ...track, times, mean: cut(track.mean), min: track.min && cut(track.min), max: track.max && cut(track.max) };
}

const spreads = (column: Column): boolean => column.mean.some((_, at) => column.min[at] !== column.max[at]);

/** One quantity of one pack as a line; the band is left out where the server had single values only. */
export function packTrack(answer: SeriesAnswer, quantity: string, tail: Tail, name: string, tone: number): Track {
  const found = column(answer, quantity, tail);
  const band = spreads(found) ? { min: found.min, max: found.max } : { min: null, max: null };
  return withGaps({ name, tone, ...found, ...band });
}

/** Channels of a quantity that a pack has one of per cell or per probe, in their order. */
export function channels(answer: SeriesAnswer, quantity: string): string[] {
  const found = Object.keys(answer.series).filter((name) => name.startsWith(`${quantity}.`));
  return found.sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]));
}

/** All probes or cells of a pack as one line: the mean, and the lowest to the highest of them as the band. */
export function spanTrack(answer: SeriesAnswer, quantity: string, tail: Tail, name: string, tone: number): Track {
  const columns = channels(answer, quantity).map((channel) => column(answer, channel, tail));
  const times = columns[0]?.times ?? [];
  const across = (at: number, part: "mean" | "min" | "max") => numbers(columns.map((one) => one[part][at] ?? null));
  const mean = times.map((_, at) => average(across(at, "mean")));
  const min = times.map((_, at) => extremes(across(at, "min"))?.lowest ?? null);
  const max = times.map((_, at) => extremes(across(at, "max"))?.highest ?? null);
  return withGaps({ name, tone, stepMs: columns[0]?.stepMs ?? SHORTEST_STEP_MS, times, mean, min, max });
}

function average(values: number[]): number | null {
  return values.length ? values.reduce((total, value) => total + value, 0) / values.length : null;
}

/** How the values of several packs at one time become one. `weights`: one per pack. */
export type Join = (values: (number | null)[], weights: number[]) => number | null;

export const total: Join = (values) => {
  const known = numbers(values);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
};

export const highest: Join = (values) => extremes(numbers(values))?.highest ?? null;

export const weightedMean: Join = (values, weights) => {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ value, weight: weights[at] ?? 0 }]));
  const whole = known.reduce((sum, { weight }) => sum + weight, 0);
  return whole > 0 ? known.reduce((sum, { value, weight }) => sum + value * weight, 0) / whole : null;
};

/** A pack's value holds for so many steps of the common grid when its next one is late. */
const HOLD_STEPS = 2;

function onGrid(track: Track, startMs: number, step: number, count: number): (number | null)[] {
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  track.times.forEach((time, at) => {
    const value = track.mean[at];
    const slot = Math.floor((time - startMs) / step);
    if (value === null || value === undefined) return;
    sums[slot] = (sums[slot] ?? 0) + value;
    counts[slot] = (counts[slot] ?? 0) + 1;
  });
  // The last slot is the present: its latest value counts, not its mean, so that chart and figures agree.
  const lastMs = track.times.at(-1) ?? startMs;
  const last = track.mean.at(-1) ?? null;
  const lastSlot = Math.floor((lastMs - startMs) / step);
  if (last !== null) [sums[lastSlot], counts[lastSlot]] = [last, 1];
  let held: number | null = null;
  let heldAt = -1;
  return Array.from(sums, (sum, slot) => {
    const n = counts[slot] ?? 0;
    if (n > 0) [held, heldAt] = [sum / n, slot];
    return held !== null && slot - heldAt <= HOLD_STEPS ? held : null;
  });
}

/**
 * Several packs as one line. Packs are polled at different instants, so their values are first put on a common grid.
 * There is no band: the lowest sum is not the sum of the lowest.
 */
export function bankTrack(tracks: Track[], join: Join, weights: number[], name: string): Track {
  const withData = tracks.filter((track) => track.times.length > 0);
  const step = Math.max(...withData.map((track) => track.stepMs), SHORTEST_STEP_MS);
  const startMs = Math.min(...withData.map((track) => track.times[0] ?? Number.POSITIVE_INFINITY));
  const endMs = Math.max(...withData.map((track) => track.times.at(-1) ?? Number.NEGATIVE_INFINITY));
  if (withData.length === 0) return { name, tone: 0, stepMs: step, times: [], mean: [], min: null, max: null };
  const count = Math.floor((endMs - startMs) / step) + 1;
  const grids = tracks.map((track) => onGrid(track, startMs, step, count));
  // The end of a slot, not its start: the last point then stands where the newest data stands.
  const times = Array.from({ length: count }, (_, slot) => Math.min(startMs + (slot + 1) * step, endMs));
  const mean = times.map((_, slot) => join(grids.map((grid) => grid[slot] ?? null), weights));
  return { name, tone: 0, stepMs: step, times, mean, min: null, max: null };
}

/** Full capacities as weights; equal ones where a pack does not tell its own. */
export function capacityWeights(packs: Pack[]): number[] {
  const told = packs.map((pack) => numbers(pack.latest?.values["full_capacity_ah"])[0] ?? 0);
  return told.every((weight) => weight > 0) ? told : packs.map(() => 1);
}

/** The value of a line at an instant: the nearest one, and null where the nearest lies beyond a gap. */
export function valueAt(track: Track, atMs: number): number | null {
  const index = nearest(track.times, atMs);
  if (index === null) return null;
  const far = Math.abs((track.times[index] ?? 0) - atMs) > GAP_STEPS * track.stepMs;
  return far ? null : (track.mean[index] ?? null);
}

/** Index of the time nearest to `atMs`; null for an empty list. */
export function nearest(times: number[], atMs: number): number | null {
  if (times.length === 0) return null;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  return Math.abs((times[before] ?? 0) - atMs) <= Math.abs((times[low] ?? 0) - atMs) ? before : low;
}

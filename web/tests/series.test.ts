import assert from "node:assert/strict";
import { test } from "node:test";
import * as series from "../src/data/series.ts";
import type { Latest, Pack, SeriesAnswer, Value } from "../src/data/types.ts";

const MINUTE = 60_000;

const track = (times: number[], mean: (number | null)[], stepMs = MINUTE): series.Track => ({
  name: "", tone: 0, stepMs, times, mean, min: null, max: null,
});

const latest = (atMs: number, values: Record<string, Value>): Latest => ({
  at: new Date(atMs).toISOString(), age_s: 0, fresh: true, origin: "measured", state: "idle", values, active: [], silent_since: null,
});

function answer(times_ms: number[], columns: Record<string, number[][]>): SeriesAnswer {
  const parts = Object.entries(columns).map(([name, [mean = [], min = mean, max = mean]]) => [name, { mean, min, max }]);
  return { pack: "a", from_ms: 0, to_ms: 0, resolution: "5min", times_ms, series: Object.fromEntries(parts) };
}

test("the usual step is the median, so that one long silence does not widen it", () => {
  assert.equal(series.stepMs([0, 5000, 10_000, 15_000, 900_000]), 5000);
  assert.equal(series.stepMs([7]), 1000);
});

test("a line stops at a hole and goes on behind it", () => {
  const cut = series.withGaps(track([0, 1, 2, 10, 11].map((at) => at * MINUTE), [1, 2, 3, 4, 5]));
  assert.deepEqual(cut.mean, [1, 2, 3, null, 4, 5]);
  assert.ok(cut.times.every((time, at) => at === 0 || time > (cut.times[at - 1] ?? 0)), "times go on rising");
});

test("several holes are all cut", () => {
  const cut = series.withGaps(track([0, 10, 20].map((at) => at * MINUTE), [1, 2, 3]));
  assert.deepEqual(cut.mean, [1, null, 2, null, 3]);
});

test("a live value is added once, and only when it is newer", () => {
  const one = series.grow([], latest(1000, {}));
  assert.equal(series.grow(one, latest(1000, {})), one);
  assert.equal(series.grow(one, latest(500, {})), one);
  assert.equal(series.grow(one, latest(2000, {})).length, 2);
});

test("the past goes on with what came live, without doubles", () => {
  const past = answer([0, 300_000, 600_000], { soc_pct: [[10, 11, 12]] });
  const tail = [latest(600_000, { soc_pct: 99 }), latest(610_000, { soc_pct: 13 })].reduce<series.Tail>(series.grow, []);
  const line = series.packTrack(past, "soc_pct", tail, "Pack", 2);
  assert.deepEqual(line.mean, [10, 11, 12, 13]);
  assert.equal(line.stepMs, 300_000, "seconds between live values do not turn minutes into gaps");
  assert.deepEqual([line.min, line.max], [null, null], "single values have no band");
});

test("a band is kept where the server has one", () => {
  const line = series.packTrack(answer([0, 1], { soc_pct: [[5, 6], [4, 6], [7, 6]] }), "soc_pct", [], "", 0);
  assert.deepEqual([line.min, line.max], [[4, 6], [7, 6]]);
});

test("a quantity that the answer does not hold is unknown, not zero", () => {
  assert.deepEqual(series.packTrack(answer([0, 1], {}), "soc_pct", [], "", 0).mean, [null, null]);
});

test("channels come in the order of their positions", () => {
  const past = answer([0], { "cell_voltage_v.10": [[3]], "cell_voltage_v.9": [[3]], "cell_voltage_v.1": [[3]], soc_pct: [[1]] });
  assert.deepEqual(series.channels(past, "cell_voltage_v"), ["cell_voltage_v.1", "cell_voltage_v.9", "cell_voltage_v.10"]);
});

test("probes become their mean with a band from the lowest to the highest, live values too", () => {
  const past = answer([0], { "t.1": [[20], [19], [21]], "t.2": [[24], [23], [25]] });
  const line = series.spanTrack(past, "t", series.grow([], latest(1000, { t: [30, 40] })), "", 0);
  assert.deepEqual([line.mean, line.min, line.max], [[22, 35], [19, 30], [25, 40]]);
});

test("packs polled at different instants add up", () => {
  const a = track([0, 60_000, 120_000], [1, 2, 3]);
  const b = track([20_000, 80_000, 140_000], [10, 20, 30]);
  assert.deepEqual(series.bankTrack([a, b], series.total, [1, 1], "").mean, [11, 22, 33]);
});

test("a pack that fell silent no longer counts, after a short hold", () => {
  const a = track(Array.from({ length: 8 }, (_, at) => at * MINUTE), Array.from({ length: 8 }, () => 1));
  const b = track([0, MINUTE], [10, 10]);
  assert.deepEqual(series.bankTrack([a, b], series.total, [1, 1], "").mean, [11, 11, 11, 11, 1, 1, 1, 1]);
});

test("the end of the bank's line is the latest value, not the mean of its last step", () => {
  const a = track([0, 300_000, 600_000, 610_000, 620_000], [1, 1, 1, 5, 9], 300_000);
  assert.equal(series.bankTrack([a], series.total, [1], "").mean.at(-1), 9);
});

test("a bank without data is an empty line", () => {
  assert.deepEqual(series.bankTrack([track([], [])], series.total, [1], "").times, []);
});

test("charge is weighted by capacity, and only over the packs that are known", () => {
  assert.equal(series.weightedMean([50, 100], [300, 100]), 62.5);
  assert.equal(series.weightedMean([50, null], [300, 100]), 50);
  assert.equal(series.weightedMean([null, null], [1, 1]), null);
});

test("one pack that hides its capacity makes all weights equal", () => {
  const pack = (full: number | null): Pack => ({
    id: "", name: "", make: "", profile: "", bus: "", address: 0, latest: latest(0, full === null ? {} : { full_capacity_ah: full }),
  });
  assert.deepEqual(series.capacityWeights([pack(200), pack(50)]), [200, 50]);
  assert.deepEqual(series.capacityWeights([pack(200), pack(null)]), [1, 1]);
});

test("the nearest point is found, at the ends too", () => {
  const times = [10, 20, 30];
  assert.deepEqual([0, 14, 16, 25, 99].map((at) => series.nearest(times, at)), [0, 0, 1, 1, 2]);
  assert.equal(series.nearest([], 5), null);
});

test("inside a gap a line has no value", () => {
  const line = track([0, MINUTE, 60 * MINUTE], [1, 2, 3]);
  assert.equal(series.valueAt(line, 2 * MINUTE), 2);
  assert.equal(series.valueAt(line, 20 * MINUTE), null);
});

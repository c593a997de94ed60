import assert from "node:assert/strict";
import { test } from "node:test";
import { ageS, extremes, isStale, numbers, summarise } from "../src/data/pack.ts";
import type { Active, Latest, Pack, State, Value } from "../src/data/types.ts";

const code = (severity: Active["severity"]): Active => ({ code: severity, severity, label: { en: severity, fr: severity } });

function pack(name: string, values: Record<string, Value> | null, state: State = "charging", active: Active[] = []): Pack {
  const latest: Latest | null = values && {
    at: "2026-03-14T13:20:00Z", age_s: 1, fresh: state !== "silent", origin: "measured", state, values, active, silent_since: null, silent_why: null,
  };
  return { id: name, name, make: "", profile: "", bus: "", address: 0, latest, silent_since: null, silent_why: null };
}

const all = () => true;
const heard = (one: Pack) => one.latest?.state !== "silent";

test("numbers leaves out words, flags and nothing", () => {
  assert.deepEqual(numbers([1, null, 2]), [1, 2]);
  assert.deepEqual([numbers(3), numbers("3"), numbers(true), numbers(null), numbers(undefined)], [[3], [], [], [], []]);
});

test("extremes of nothing are not known", () => {
  assert.equal(extremes([]), null);
  assert.deepEqual(extremes([-2, 5]), { lowest: -2, highest: 5 });
});

test("powers add up, charge is weighted by capacity, and the widest spread names its pack", () => {
  const summary = summarise(
    [
      pack("A", { pack_power_w: 1000, soc_pct: 40, full_capacity_ah: 300, remaining_capacity_ah: 120, cell_voltage_spread_v: 0.01 }),
      pack("B", { pack_power_w: -200, soc_pct: 80, full_capacity_ah: 100, remaining_capacity_ah: 80, cell_voltage_spread_v: 0.04 }),
    ],
    all,
  );
  assert.equal(summary.powerW, 800);
  assert.equal(summary.socPct, 50);
  assert.ok(summary.weighted);
  assert.deepEqual([summary.remainingAh, summary.fullAh], [200, 400]);
  assert.deepEqual(summary.widest, { pack: "B", spreadV: 0.04 });
  assert.equal(summary.state, "charging");
});

test("without every capacity the mean is plain, and says so", () => {
  const summary = summarise([pack("A", { soc_pct: 40, full_capacity_ah: 300 }), pack("B", { soc_pct: 80 })], all);
  assert.deepEqual([summary.socPct, summary.weighted], [60, false]);
});

test("a silent pack says nothing about now", () => {
  const summary = summarise([pack("A", { soc_pct: 40 }), pack("B", { soc_pct: 90, pack_power_w: 500 }, "silent", [code("fault")])], heard);
  assert.deepEqual([summary.packs, summary.answering, summary.socPct, summary.powerW, summary.codes], [2, 1, 40, null, 0]);
});

test("before any data everything is unknown, and nothing is zero", () => {
  const summary = summarise([pack("A", null)], all);
  assert.deepEqual([summary.answering, summary.socPct, summary.powerW, summary.hoursLeft, summary.state], [0, null, null, null, "unknown"]);
});

test("the gravest code stands for all; information is no alert", () => {
  const active = [code("information"), code("alarm"), code("protection"), code("alarm")];
  const summary = summarise([pack("A", {}, "cut", active)], all);
  assert.deepEqual([summary.gravest?.code.severity, summary.codes], ["protection", 3]);
});

test("cell numbers in the summary count from one", () => {
  const summary = summarise([pack("A", { cell_voltage_v: [3.3, 3.1, 3.4] })], all);
  assert.deepEqual([summary.lowest, summary.highest].map((cell) => cell?.cell), [2, 3]);
});

test("the direction follows the sum; a few watts are idle; all cut is cut", () => {
  const state = (powerW: number, word: State = "idle") => summarise([pack("A", { pack_power_w: powerW }, word)], all).state;
  assert.deepEqual([state(300), state(-300), state(8), state(0, "cut")], ["charging", "discharging", "idle", "cut"]);
});

test("time to full or empty comes from the energy by each pack's own voltage", () => {
  const values = { remaining_capacity_ah: 50, full_capacity_ah: 100, pack_voltage_v: 50 };
  assert.equal(summarise([pack("A", { ...values, pack_power_w: 1250 })], all).hoursLeft, 2);
  assert.equal(summarise([pack("A", { ...values, pack_power_w: -500 })], all).hoursLeft, 5);
  assert.equal(summarise([pack("A", { pack_power_w: -500 })], all).hoursLeft, null);
});

test("age goes on by our clock, and a clock that was set back does not make it younger", () => {
  const { latest } = pack("A", {});
  assert.ok(latest);
  assert.equal(ageS(latest, 10_000, 15_000), 6);
  assert.equal(ageS(latest, 10_000, 5_000), 1);
});

test("values are stale when silent, unlinked, unfresh or old", () => {
  const { latest } = pack("A", {});
  const silent = pack("B", {}, "silent").latest;
  assert.ok(latest && silent);
  assert.equal(isStale(latest, 5, true), false);
  assert.equal(isStale(latest, 5, false), true);
  assert.equal(isStale(latest, 91, true), true);
  assert.equal(isStale({ ...latest, fresh: false }, 5, true), true);
  assert.equal(isStale(silent, 5, true), true);
});

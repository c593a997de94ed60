import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../src/i18n/format.ts";

/** Blanks of all widths as one, so that the tests can be read. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

test("numbers have a true minus, and a plus when asked", () => {
  assert.equal(format.decimal("en", -1.5, 2), "−1.50");
  assert.equal(format.decimal("en", 1.5, 1, true), "+1.5");
  assert.equal(format.decimal("en", 0, 2, true), "0.00");
  assert.equal(format.decimal("en", -0.001, 2, true), "0.00", "a rounded nothing has no sign");
  assert.equal(format.decimal("en", -0.001, 2), "0.00");
});

test("French numbers have a comma and spaced thousands", () => {
  assert.equal(plain(format.decimal("fr", 12_345.6, 1)), "12 345,6");
});

test("power turns to kW at 1 kW", () => {
  assert.deepEqual(format.power("en", 999), { number: "+999", unit: "W" });
  assert.deepEqual(format.power("en", -1000), { number: "−1.00", unit: "kW" });
  assert.deepEqual(format.power("en", 2137, false), { number: "2.14", unit: "kW" });
});

test("a number and its unit never part", () => {
  assert.equal(format.withUnit("en", 3.3124, "V", 3), "3.312\u202fV");
  assert.equal(format.withUnit("en", 214, "", 0), "214");
  assert.equal(plain(format.millivolts("en", 0.0224)), "22 mV");
});

test("charge is never rounded up to full nor down to empty", () => {
  assert.deepEqual([99.9, 100, 0.3, 0, 68.4].map((one) => format.wholePercent("en", one)), ["99", "100", "1", "0", "68"]);
});

test("ages are told in their largest fitting unit", () => {
  const told = [0.4, 59, 61, 5700, 7300, 200_000].map((seconds) => plain(format.span("fr", seconds)));
  assert.deepEqual(told, ["0 s", "59 s", "1 min", "95 min", "2 h", "2 j"]);
});

test("guesses come in rough steps", () => {
  const told = [0.01, 0.5, 2.26, 3, 13.4].map((hours) => plain(format.roughSpan("en", hours)));
  assert.deepEqual(told, ["5 min", "30 min", "2 h 15 min", "3 h", "13 h"]);
});

test("a guess just below the hour does not say 60 minutes", () => {
  assert.equal(plain(format.roughSpan("en", 1.99)), "2 h");
  assert.equal(plain(format.roughSpan("en", 0.99)), "1 h");
});

test("times are those of the plant's zone", () => {
  const summer = Date.UTC(2026, 6, 1, 22, 30);
  assert.equal(format.clock("en", summer, "Europe/Paris", "time"), "00:30");
  assert.equal(format.clock("en", summer, "UTC", "time"), "22:30");
});

test("a moment of today needs no day, one of another day does", () => {
  const now = Date.UTC(2026, 2, 14, 13, 20);
  assert.equal(format.moment("en", now - 3_600_000, now, "Europe/Paris"), "13:20");
  assert.match(format.moment("en", now - 86_400_000, now, "Europe/Paris"), /13 Mar/);
});

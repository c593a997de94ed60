/** Reckoning with guides: values as people type them, limits, what is done, how long to wait. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { doneOf, fits, leftS, parseFigure, pieces } from "../src/data/guide.ts";
import type { Guide, GuideStep } from "../src/data/types.ts";

const step = (id: string, more: Partial<GuideStep> = {}): GuideStep => ({
  id,
  text: id,
  why: null,
  when: null,
  danger: false,
  measured: null,
  wait_s: 0,
  ...more,
});

test("a figure is read with a comma or a point, and nothing else is one", () => {
  assert.deepEqual(["52.1", "52,1", " 5 ", "-0.5", "−3", "+2", ".5", "7."].map(parseFigure), [52.1, 52.1, 5, -0.5, -3, 2, 0.5, 7]);
  for (const text of ["", "x", "1 000", "1e5", "0x10", "1,2,3", "NaN", "Infinity", "--1", "52 V"]) assert.equal(parseFigure(text), null, text);
});

test("both limits are still right", () => {
  const volts = { unit: "V", min: 48, max: 57.6 };
  assert.deepEqual([47.99, 48, 57.6, 57.61].map((value) => fits(volts, value)), [false, true, true, false]);
  assert.ok(fits({ unit: "V", min: 52, max: null }, 1000));
  assert.ok(!fits({ unit: "V", min: null, max: 1 }, 1.01));
});

test("steps for some cases do not count, nor do ticks of steps that are gone", () => {
  const steps = [step("a"), step("b"), step("c", { when: "if so" })];
  const guide = { parts: [{ steps: steps.slice(0, 1) }, { steps: steps.slice(1) }] } as unknown as Guide;
  assert.equal(doneOf(guide, {}), 0);
  assert.equal(doneOf(guide, { a: { at: 1 }, c: { at: 1 }, gone: { at: 1 } }), 1);
});

test("a wait counts from its tick", () => {
  const wait = step("a", { wait_s: 30 });
  assert.equal(leftS(wait, undefined, 0), 0);
  assert.deepEqual([0, 1, 29_001, 30_000, 99_000].map((ms) => leftS(wait, { at: 1_000_000 }, 1_000_000 + ms)), [30, 30, 1, 0, 0]);
});

test("names stand in backticks", () => {
  assert.deepEqual(pieces("as in `start-aura`."), [
    { text: "as in ", name: false },
    { text: "start-aura", name: true },
    { text: ".", name: false },
  ]);
  assert.deepEqual(pieces("plain"), [{ text: "plain", name: false }]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, type Panel, panelOf, type Pattern, rank, SEEN, tapped } from "../src/data/lights.ts";

const blink = (period_s: number | null, flashes = 1): Pattern => ({ light: "blink", period_s, flashes, times: 0, then: "off", lit_pct: 50 });
const still = (light: "on" | "off"): Pattern => ({ light, period_s: null, flashes: 1, times: 0, then: "off", lit_pct: 50 });
const words = (en: string) => ({ en, fr: en });
const lamp = (name: string) => ({ name, colour: "green", printed: "", label: words(name), says: [] });

const PANEL: Panel = {
  name: "tiny",
  kind: "logger",
  title: words("tiny"),
  source: "made up",
  dialects: ["make"],
  lamps: ["net", "com", "ready"].map(lamp),
  patterns: { on: still("on"), off: still("off"), slow: blink(2), fast: blink(0.2) },
  states: [
    { name: "well", title: words("well"), looks: [{ lights: { net: "on", com: "on", ready: "slow" }, ours: false }], calls: [] },
    { name: "lost", title: words("lost"), looks: [{ lights: { com: "off", ready: "slow" }, ours: false }], calls: [] },
    {
      name: "cut",
      title: words("cut"),
      looks: [
        { lights: { net: "off", com: "on", ready: "slow" }, ours: false },
        { lights: { net: "off", com: "slow", ready: "slow" }, ours: true },
      ],
      calls: [],
    },
    { name: "joins", title: words("joins"), looks: [{ lights: { net: "fast" }, ours: false }], calls: [] },
  ],
  calls: {},
  keys: [],
  notes: [],
};
const found = (seen: Parameters<typeof rank>[1]) => rank(PANEL, seen).map(({ state, differs }) => [state.name, ...differs].join(" "));

test("taps go through off, slow, fast, on and back to not seen, and the other way round", () => {
  assert.deepEqual(SEEN.map((one) => tapped(one)), ["off", "slow", "fast", "on", "unseen"]);
  for (const one of SEEN) assert.equal(tapped(tapped(one), -1), one);
});

test("slow and fast are what a person calls so", () => {
  const cases: [Pattern, boolean, boolean][] = [
    [blink(null), true, true],
    [blink(0.2), false, true],
    [blink(1), true, true],
    [blink(2), true, false],
    [blink(3, 2), true, true],
    [still("on"), false, false],
  ];
  for (const [pattern, slow, fast] of cases) {
    assert.deepEqual([fits(pattern, "slow"), fits(pattern, "fast"), fits(pattern, "unseen")], [slow, fast, true]);
  }
});

test("states that fit come first, then those in which one lamp differs, then the nearest", () => {
  assert.deepEqual(found({ net: "on", com: "on", ready: "slow" }), ["well", "lost com", "cut net"]);
  assert.deepEqual(found({ net: "off", com: "slow", ready: "slow" }), ["cut", "lost com"]);
  assert.deepEqual(found({ net: "on", com: "fast", ready: "on" }), ["well com ready"]);
});

test("a lamp that was not seen speaks for nothing", () => {
  assert.deepEqual(found({}), []);
  assert.deepEqual(found({ net: "fast" }), ["joins"]);
  assert.deepEqual(found({ ready: "slow" }), ["well", "lost", "cut"]);
});

test("a panel is found by its name or a profile", () => {
  assert.equal(panelOf([PANEL], "tiny"), PANEL);
  assert.equal(panelOf([PANEL], "make"), PANEL);
  assert.equal(panelOf([PANEL], "other"), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellPicture, cellWindow, share } from "../src/parts/cells.ts";

const CASES = [[3.3], [3.3, 3.3], [3.312, 3.318, 3.307], [2.81, 3.65], [3.2995, 3.3005]];

test("the window holds every cell, is at least 50 mV wide, and ends on whole hundredths", () => {
  for (const cells of CASES) {
    const { lowV, highV } = cellWindow(cells);
    assert.ok(lowV <= Math.min(...cells) && highV >= Math.max(...cells), `${cells}`);
    assert.ok(highV - lowV >= 0.0499, `${cells}`);
    assert.ok([lowV, highV].every((edge) => Math.abs(edge * 100 - Math.round(edge * 100)) < 1e-6), `${cells}`);
  }
});

test("a healthy pack is not blown up to the full height", () => {
  const window = cellWindow([3.31, 3.314]);
  assert.ok(share(3.314, window) - share(3.31, window) < 0.12);
});

test("shares stay between the edges", () => {
  assert.deepEqual([share(1, { lowV: 3, highV: 3.1 }), share(9, { lowV: 3, highV: 3.1 })], [0, 1]);
});

test("the picture names cells from one", () => {
  const picture = cellPicture([3.31, 3.29, 3.35]);
  assert.deepEqual([picture?.lowest, picture?.highest], [2, 3]);
  assert.ok(Math.abs((picture?.spreadV ?? 0) - 0.06) < 1e-9);
  assert.equal(cellPicture([]), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { usableZone } from "../src/data/zone.ts";
import { clock } from "../src/i18n/format.ts";

test("a zone that is known is used", () => {
  assert.deepEqual(["Europe/Paris", "UTC", "Asia/Kolkata"].map(usableZone), ["Europe/Paris", "UTC", "Asia/Kolkata"]);
});

test("a zone that nobody knows gives way to UTC, and times can be written", () => {
  for (const name of ["Mars/Olympus_Mons", "", "Europe/París", "local time"]) {
    assert.equal(usableZone(name), "UTC", name);
    assert.equal(clock("en", Date.UTC(2026, 6, 1, 22, 30), usableZone(name), "time"), "22:30");
  }
});

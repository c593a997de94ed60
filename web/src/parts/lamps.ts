/** When a lamp is lit, as the server's own table of lamps says it (docs/models/panels.md). */

import type { Lamp } from "../data/types.ts";

/** What a flash takes where no document says it. */
const BLINK_S = 1;

/** What of a lamp decides when it is lit. */
type Lit = Pick<Lamp, "light" | "period_s" | "flashes" | "times" | "then" | "lit_pct">;

/** Whether the lamp is lit so many seconds after its pattern began; a flash begins dark. */
export function lampOn(lamp: Lit, sinceS: number): boolean {
  if (lamp.light !== "blink") return lamp.light === "on";
  const periods = sinceS / (lamp.period_s ?? BLINK_S * lamp.flashes);
  if (lamp.times && periods >= lamp.times) return lamp.then === "on";
  const slots = lamp.flashes === 1 ? 1 : lamp.flashes + 1; // the last slot is the pause
  const place = (periods % 1) * slots;
  return Math.floor(place) < lamp.flashes && place % 1 >= 1 - lamp.lit_pct / 100;
}

/** Lamps by what stands beside them: those with the same words are one window. */
export function windows<T extends { name: string; printed: string }>(lamps: T[]): { printed: string; lamps: T[] }[] {
  const found = new Map<string, T[]>();
  for (const lamp of lamps) {
    const printed = lamp.printed || lamp.name;
    found.set(printed, [...(found.get(printed) ?? []), lamp]);
  }
  return [...found].map(([printed, some]) => ({ printed, lamps: some }));
}

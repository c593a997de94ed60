/** From what the store holds to what the parts are given. */

import type { Shown } from "../data/plant.svelte.ts";
import { extremes, number, numbers } from "../data/pack.ts";
import { packAddress } from "../data/route.svelte.ts";
import type { Latest, Pack, State } from "../data/types.ts";
import { moment } from "../i18n/i18n.svelte.ts";
import type { CellMarks } from "../parts/cells.ts";
import type { Slab } from "../parts/Rack.svelte";

export const stateOf = (pack: Pack): State | "waiting" => pack.latest?.state ?? "waiting";

export function marksOf(latest: Latest | null): CellMarks {
  const positions = (name: string) => numbers(latest?.values[name]);
  return { balancing: positions("balancing_cells"), faulty: positions("faulty_cells"), broken: positions("broken_wire_cells") };
}

/** When a pack fell silent, as printed; null when it answers. `nowMs`: on the server's clock. */
export function silentSince(pack: Pack, nowMs: number, timeZone: string): string | null {
  return pack.silent_since ? moment(Date.parse(pack.silent_since), nowMs, timeZone) : null;
}

export function slab({ pack, stale }: Shown): Slab {
  const { id, name, latest } = pack;
  return { id, name, href: packAddress(id), state: stateOf(pack), socPct: number(latest, "soc_pct"), stale };
}

/** Everything that a card shows. */
export function card({ pack, ageS, stale, shut }: Shown, nowMs: number, timeZone: string) {
  const { name, make, bus, address, latest } = pack;
  return {
    name,
    make,
    bus,
    address,
    href: packAddress(pack.id),
    state: stateOf(pack),
    socPct: number(latest, "soc_pct"),
    powerW: number(latest, "pack_power_w"),
    currentA: number(latest, "pack_current_a"),
    voltageV: number(latest, "pack_voltage_v"),
    temperatureDegc: extremes(numbers(latest?.values["cell_temperature_degc"])),
    cellsV: numbers(latest?.values["cell_voltage_v"]),
    marks: marksOf(latest),
    codes: latest?.active ?? null,
    ageS,
    origin: latest?.origin ?? ("measured" as const),
    stale,
    silentSince: silentSince(pack, nowMs, timeZone),
    silentWhy: pack.silent_why,
    shut,
  };
}

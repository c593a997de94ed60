/** What one can do to a virtual pack, as the server names it. Pure functions. */

import type { Done, Tried } from "../data/types.ts";
import type { Key } from "../i18n/words.ts";

export const SHORT_OHM = 0.002;

/** What goes wrong at the touch of a button. */
export const WRONG: { name: string; value: Done[string]; word: Key }[] = [
  { name: "short_circuit_ohm", value: SHORT_OHM, word: "try.short" },
  { name: "emergency_stop", value: true, word: "try.stop" },
  { name: "external_switch", value: "off", word: "try.switch" },
  { name: "inverter_silent", value: true, word: "try.silent" },
  { name: "isolated", value: true, word: "try.isolated" },
  { name: "line_cut", value: true, word: "try.line" },
];

/** Who has one of these has left the bus of the others. */
export const APART = ["charger", "load_w", "short_circuit_ohm", "isolated"];

const PROBES = "cell_temperature_degc";

export const wrongOf = (input: Done): string[] => WRONG.map(({ name }) => name).filter((name) => name in input);

/** Probes that are unplugged, from "1" on. */
export function probesOut(sense: Tried["sense"]): string[] {
  const readings = sense[PROBES];
  if (!Array.isArray(readings)) return [];
  return readings.flatMap((one, at) => (one === "open" ? [String(at + 1)] : []));
}

export function withProbesOut(sense: Tried["sense"], probes: number, out: string[]): Tried["sense"] {
  const { [PROBES]: _, ...rest } = sense;
  if (out.length === 0) return rest;
  const readings = Array.from({ length: probes }, (_, at) => (out.includes(String(at + 1)) ? "open" : "true"));
  return { ...rest, [PROBES]: readings };
}

export const isDone = (tried: Tried): boolean =>
  Object.keys(tried.input).length > 0 || Object.keys(tried.sense).length > 0;

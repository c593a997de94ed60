/** All values of a pack as rows of a list, by group. Whatever the server sends finds a place. */

import type { Latest, Quantity, Scalar, Value } from "../data/types.ts";
import { decimal, known, pick, t, withUnit } from "../i18n/i18n.svelte.ts";
import type { Row } from "../parts/ValueList.svelte";

export const GROUPS = ["electric", "charge", "limits", "switches", "status", "identity"] as const;
export type Group = (typeof GROUPS)[number];

/** Where a quantity stands when its kind does not say it. */
const PLACES: [Group, RegExp][] = [
  ["limits", /_limit_[va]$|^(charge|discharge)_enabled$|^charge_immediately|^full_charge_requested$/],
  ["switches", /_on$/],
  ["charge", /^soc_|^soh_|_ah$|_kwh$|^cycle_count$|^fully_charged$/],
  ["electric", /_(v|a|w)$/],
];

/** Shown by parts of their own on the page. */
const ELSEWHERE = new Set([
  "cell_voltage_v",
  "cell_temperature_degc",
  "ambient_temperature_degc",
  "mos_temperature_degc",
  "bms_temperature_degc",
  "balancing_cells",
]);

const SIGNED = /_(current_a|power_w)$/;

function groupOf(name: string, quantity: Quantity | undefined): Group {
  const place = PLACES.find(([, pattern]) => pattern.test(name));
  if (place) return place[0];
  return quantity?.kind === "text" || quantity?.kind === "time" ? "identity" : "status";
}

/** A word of a status; one that we do not know is shown as the server writes it. */
const plain = (word: string): string => known(`word.${word}`) ?? word.replaceAll("_", " ");

/** A device's clock as it stands: it knows no time zone, so none is applied. */
const deviceClock = (iso: string): string => iso.replace("T", " ").replace(/(\.\d+)?Z?$/, "");

/** Some devices fill a name up to its length on the wire: "Pylon---------------". */
const unpadded = (name: string): string => name.replace(/[-_\s]+$/, "") || name;

function scalar(name: string, value: Scalar, quantity: Quantity | undefined): string {
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  if (typeof value === "number") {
    return withUnit(value, quantity?.unit ?? "", quantity?.digits ?? 2, SIGNED.test(name));
  }
  if (quantity?.kind === "state") return plain(value);
  if (name === "maker") return unpadded(value);
  return quantity?.kind === "time" ? deviceClock(value) : value;
}

function text(name: string, value: Value, quantity: Quantity | undefined): string {
  if (value === null) return t("value.none");
  if (!Array.isArray(value)) return scalar(name, value, quantity);
  if (value.length === 0) return t("value.nobody");
  if (quantity?.kind === "positions") return value.map((one) => decimal(Number(one), 0)).join(", ");
  const words = value.map((one) => scalar(name, one, quantity));
  // Sixteen times the same word is one word.
  return new Set(words).size === 1 ? (words[0] ?? "") : words.map((word, at) => `${at + 1}: ${word}`).join(", ");
}

/** The rows of every group, in the order in which the server lists the quantities. */
export function rowsOf(latest: Latest, quantities: Map<string, Quantity>): Map<Group, Row[]> {
  const order = [...quantities.keys()];
  const names = Object.keys(latest.values).filter((name) => !ELSEWHERE.has(name));
  names.sort((a, b) => (order.indexOf(a) + 1 || order.length) - (order.indexOf(b) + 1 || order.length));
  const groups = new Map<Group, Row[]>();
  for (const name of names) {
    const quantity = quantities.get(name);
    const value = latest.values[name] ?? null;
    const label = quantity ? pick(quantity.label) : name;
    const row: Row = { key: name, label, text: text(name, value, quantity) };
    if (typeof value === "boolean") row.on = value;
    const group = groupOf(name, quantity);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return groups;
}

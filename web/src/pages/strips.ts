/** Which strips a chart has, and how each is made from the history. */

import type { History } from "../data/history.svelte.ts";
import {
  bankTrack,
  capacityWeights,
  channels,
  highest,
  type Join,
  packTrack,
  spanTrack,
  type Tail,
  total,
  type Track,
  weightedMean,
} from "../data/series.ts";
import type { Pack, Quantity, SeriesAnswer } from "../data/types.ts";
import { t } from "../i18n/i18n.svelte.ts";
import type { Key } from "../i18n/words.ts";
import { type AxisUnit, QUIET, type StripData } from "../parts/strip.ts";

export type Lines = "bank" | "packs";

interface Recipe {
  quantity: string;
  label: Key;
  /** How the bank's line comes from the packs'; null: what cannot be joined stays one line a pack. */
  join: Join | null;
  note?: Key;
  /** One value a probe: a line is their mean with a band from the lowest to the highest. */
  perProbe?: boolean;
  scale?: [number, number];
  /** In the quantity's unit. */
  shortest: number;
  signed?: boolean;
  axis?: AxisUnit;
}

export const RECIPES = {
  power: { quantity: "pack_power_w", label: "chart.power", join: total, shortest: 200, signed: true, axis: { unit: "kW", per: 1000 } },
  soc: { quantity: "soc_pct", label: "chart.soc", join: weightedMean, scale: [0, 100], shortest: 100 },
  voltage: { quantity: "pack_voltage_v", label: "chart.voltage", join: null, shortest: 0.5 },
  current: { quantity: "pack_current_a", label: "chart.current", join: null, shortest: 4, signed: true },
  temperature: { quantity: "cell_temperature_degc", label: "chart.temperature", join: null, perProbe: true, shortest: 5 },
  spread: { quantity: "cell_voltage_spread_v", label: "chart.spread", join: highest, note: "chart.widest", shortest: 0.02, axis: { unit: "mV", per: 0.001, digits: 0 } },
  cells: { quantity: "cell_voltage_v", label: "chart.cells", join: null, shortest: 0.05 },
} as const satisfies Record<string, Recipe>;

export type StripName = keyof typeof RECIPES;

/** Every recipe with its optional parts spelled out. */
const recipe = (name: StripName): Recipe => RECIPES[name];

interface Source {
  pack: Pack;
  tone: number;
  answer: SeriesAnswer;
  tail: Tail;
}

function sources(packs: Pack[], history: History): Source[] {
  return packs.flatMap((pack, tone) => {
    const answer = history.answers.get(pack.id);
    return answer ? [{ pack, tone, answer, tail: history.tails.get(pack.id) ?? [] }] : [];
  });
}

function trackOf({ quantity, perProbe }: Recipe, { pack, tone, answer, tail }: Source): Track {
  return perProbe ? spanTrack(answer, quantity, tail, pack.name, tone) : packTrack(answer, quantity, tail, pack.name, tone);
}

const hasValues = (track: Track): boolean => track.mean.some((value) => value !== null);

function frame(name: StripName, quantities: Map<string, Quantity>, tracks: Track[], note: string): StripData {
  const { quantity, label, scale, shortest, signed, axis } = recipe(name);
  const told = quantities.get(quantity);
  const base = { key: name, label: t(label), note, unit: told?.unit ?? "", digits: told?.digits ?? 2, tracks, shortest };
  return { ...base, signed: signed ?? false, ...(scale ? { scale } : {}), ...(axis ? { axis } : {}) };
}

/** One strip over several packs: one line for all where that has a meaning and is wanted, else one a pack. */
export function bankStrip(name: StripName, packs: Pack[], history: History, quantities: Map<string, Quantity>, lines: Lines): StripData {
  const { join, note } = recipe(name);
  const found = sources(packs, history);
  const tracks = found.map((source) => trackOf(recipe(name), source)).filter(hasValues);
  if (join === null || lines === "packs" || packs.length === 1) return frame(name, quantities, tracks, "");
  const weights = capacityWeights(found.map(({ pack }) => pack));
  const every = found.map((source) => trackOf(recipe(name), source));
  const joined = every.some(hasValues) ? [bankTrack(every, join, weights, t("chart.bank"))] : [];
  return frame(name, quantities, joined, note ? t(note) : "");
}

/** One strip of one pack; per cell one line each. */
export function packStrip(name: StripName, pack: Pack, history: History, quantities: Map<string, Quantity>): StripData {
  const source = sources([pack], history)[0];
  if (!source) return frame(name, quantities, [], "");
  if (name !== "cells") return frame(name, quantities, [trackOf(recipe(name), source)].filter(hasValues), "");
  const { answer, tail } = source;
  const tracks = channels(answer, recipe(name).quantity).map((channel, at) => {
    const track = packTrack(answer, channel, tail, `${t("cells.cell")} ${at + 1}`, QUIET);
    // Sixteen bands over one another say nothing.
    return { ...track, min: null, max: null };
  });
  return frame(name, quantities, standOut(tracks.filter(hasValues)), "");
}

const LOWEST_TONE = 1;
const HIGHEST_TONE = 2;

/** Of many lines only the lowest and the highest of the present stand out; they are drawn last, above the others. */
function standOut(tracks: Track[]): Track[] {
  const now = tracks.map((track) => track.mean.at(-1) ?? Number.NaN);
  const lowest = now.indexOf(Math.min(...now));
  const highest = now.indexOf(Math.max(...now));
  const others = tracks.filter((_, at) => at !== lowest && at !== highest);
  const marked = [tracks[lowest], tracks[highest]].map((track, at) => track && { ...track, tone: at === 0 ? LOWEST_TONE : HIGHEST_TONE });
  return lowest === highest ? tracks : [...others, ...marked.filter((track) => track !== undefined)];
}

/** Reckoning with guides: what is done, what comes next, whether a value is right. */

import type { Guide, GuideMeasured, GuideStep, Tick } from "./types.ts";

export type Ticks = Readonly<Record<string, Tick>>;

export const stepsOf = (guide: Guide): GuideStep[] => guide.parts.flatMap((part) => part.steps);

/** Steps that everybody has to do and that are done. */
export const doneOf = (guide: Guide, ticks: Ticks): number =>
  stepsOf(guide).filter((step) => step.when === null && step.id in ticks).length;

/** A figure as a person types it, with a comma or a point; null for what is none. */
export function parseFigure(text: string): number | null {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

export const fits = ({ min, max }: GuideMeasured, value: number): boolean =>
  (min === null || value >= min) && (max === null || value <= max);

/** Seconds that are left to wait after a step; 0 once they are over. */
export const leftS = (step: GuideStep, tick: Tick | undefined, nowMs: number): number =>
  tick === undefined ? 0 : Math.max(0, Math.ceil((tick.at + step.wait_s * 1000 - nowMs) / 1000));

/** A text with names in backticks, cut into pieces. */
export const pieces = (text: string): { text: string; name: boolean }[] =>
  text.split("`").map((piece, place) => ({ text: piece, name: place % 2 === 1 })).filter((piece) => piece.text !== "");

/** What the lamps on the front of a device mean: the server's tables, and which states fit that a person saw. */

import type { Words } from "./types.ts";

/** What one lamp does. */
export interface Pattern {
  light: "off" | "blink" | "on";
  /** null: nobody says how fast. */
  period_s: number | null;
  flashes: number;
  times: number;
  then: "off" | "on";
  lit_pct: number;
}

export interface PanelLamp {
  name: string;
  colour: string;
  /** What stands beside it; lamps with the same words are one window. */
  printed: string;
  label: Words;
  /** What it tells by itself, by the text of its pattern. */
  says: { pattern: string; text: Words }[];
}

export interface PanelState {
  name: string;
  title: Words;
  /** By lamp the text of a pattern; a lamp that is not named may do anything. `ours`: no document says so. */
  looks: { lights: Record<string, string>; ours: boolean }[];
  /** What it asks, the gravest first. */
  calls: string[];
}

export interface Call {
  name: string;
  meaning: Words;
  causes: Words[];
  check: Words[];
  do: Words[];
  who: "owner" | "installer" | "electrician" | "maker";
  risk: "none" | "possible" | "serious";
  urgency: "none" | "soon" | "today" | "now";
  codes: { name: string; label: Words }[];
}

export interface Panel {
  name: string;
  kind: "battery" | "inverter" | "logger";
  title: Words;
  source: string;
  /** Profiles and other names by which people ask for it. */
  dialects: string[];
  lamps: PanelLamp[];
  patterns: Record<string, Pattern>;
  states: PanelState[];
  calls: Record<string, Call>;
  keys: { press: Words; does: Words }[];
  notes: Words[];
}

/** What a person saw of one lamp, in the order in which taps go through it. */
export const SEEN = ["unseen", "off", "slow", "fast", "on"] as const;
export type Seen = (typeof SEEN)[number];

/** One lamp further with each tap: off, slow, fast, on, not seen. */
export function tapped(seen: Seen, steps = 1): Seen {
  return SEEN[(SEEN.indexOf(seen) + steps + SEEN.length) % SEEN.length] ?? "unseen";
}

/** A flash of less than the first is fast, one of more than the second slow; between them a person may say either. */
const FAST_FROM_S = 0.5;
const SLOW_FROM_S = 1;

/** Whether a person who saw a lamp with this pattern may have tapped `seen`. */
export function fits(pattern: Pattern, seen: Seen): boolean {
  if (seen === "unseen") return true;
  if (seen === "off" || seen === "on") return pattern.light === seen;
  if (pattern.light !== "blink") return false;
  if (pattern.period_s === null || pattern.flashes > 1) return true;
  return seen === "slow" ? pattern.period_s >= FAST_FROM_S : pattern.period_s <= SLOW_FROM_S;
}

export interface Match {
  state: PanelState;
  look: PanelState["looks"][number];
  /** Lamps that were seen otherwise. */
  differs: string[];
}

function compare(panel: Panel, seen: Record<string, Seen>, state: PanelState, look: Match["look"]): Match {
  const differs = Object.entries(look.lights).flatMap(([lamp, text]) => {
    const pattern = panel.patterns[text];
    return pattern && !fits(pattern, seen[lamp] ?? "unseen") ? [lamp] : [];
  });
  return { state, look, differs };
}

const order = (one: Match, other: Match): number =>
  one.differs.length - other.differs.length || Number(one.look.ours) - Number(other.look.ours);

/** A lamp of it was seen, and nothing speaks against it, or at least about half of the lamps for it. */
function agrees({ look, differs }: Match, seen: Record<string, Seen>): boolean {
  const told = Object.keys(look.lights).filter((lamp) => (seen[lamp] ?? "unseen") !== "unseen").length;
  return told > 0 && (differs.length === 0 || (told > 1 && 2 * differs.length <= told + 1));
}

/**
 * The states that fit, the likeliest first; then those in which one lamp differs; where there is none of these, those
 * with the fewest. As `Front.rank` on the server, which is the judge of it in a test.
 */
export function rank(panel: Panel, seen: Record<string, Seen>): Match[] {
  const found = panel.states.flatMap((state): Match[] => {
    const best = state.looks.map((look) => compare(panel, seen, state, look)).sort(order)[0];
    return best && agrees(best, seen) ? [best] : [];
  });
  found.sort(order);
  const near = found.filter(({ differs }) => differs.length <= 1);
  const fewest = found[0]?.differs.length ?? 0;
  return near.length > 0 ? near : found.filter(({ differs }) => differs.length === fewest);
}

/** The panel that a person asks for: by its name, or by a profile. */
export const panelOf = (panels: Panel[], name: string): Panel | null =>
  panels.find((one) => one.name === name) ?? panels.find((one) => one.dialects.includes(name)) ?? null;

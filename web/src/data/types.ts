/**
 * What crosses the HTTP border, as the server writes it (`/api/v1`).
 * Positive current and power charge the battery. Times: ISO 8601 UTC in objects, UTC milliseconds in arrays.
 */

export type Words = { en: string; fr: string };

/** "cut": a protection is active, and no current flows. "silent": asked, and no answer. */
export type State = "charging" | "discharging" | "idle" | "cut" | "silent" | "unknown";

/** From mild to grave: an alarm warns, a protection has cut, a fault is broken. */
export const SEVERITIES = ["information", "alarm", "protection", "fault"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Origin = "measured" | "counter" | "integrated" | "estimated" | "filled" | "simulated";

export type Scalar = number | boolean | string;

/** One value of a quantity; an array where a pack has one per cell or per probe, in their order. */
export type Value = Scalar | Scalar[] | null;

export interface Active {
  code: string;
  severity: Severity;
  label: Words;
}

export interface Latest {
  at: string;
  /** Seconds since the values were taken, by the server's clock, when this was sent. */
  age_s: number;
  fresh: boolean;
  origin: Origin;
  state: State;
  values: Record<string, Value>;
  /** null: no message of the poll carried codes, which is not the same as "none". */
  active: Active[] | null;
  silent_since: string | null;
  /** Why it does not answer, an English sentence of the server. */
  silent_why: string | null;
}

export interface Pack {
  id: string;
  name: string;
  make: string;
  profile: string;
  bus: string;
  address: number;
  /** null until the first data. */
  latest: Latest | null;
  /** As in `latest`, and of a pack that never said anything, too. */
  silent_since: string | null;
  silent_why: string | null;
}

export interface Plant {
  name: string;
  time_zone: string;
  simulated: boolean;
  version: string;
  /** The packs are virtual and the server's own: one can do things to them. Absent: no. */
  tryout?: boolean;
}

/** One lamp on the front of a pack, and what it does. */
export interface Lamp {
  name: string;
  colour: string;
  /** What stands beside it; two lamps with the same words are one window. */
  printed: string;
  label: Words;
  /** "any": it is of no account. */
  light: "off" | "blink" | "on" | "any";
  /** null: nobody says how fast. */
  period_s: number | null;
  flashes: number;
  /** How many periods, 0 for no end. */
  times: number;
  /** What follows the last of them. */
  then: "off" | "on";
  /** Of each flash. */
  lit_pct: number;
  text: string;
}

export interface LampFront {
  title: Words;
  /** The lamps are those of its make, not borrowed from a like one. */
  own: boolean;
  lamps: Lamp[];
}

/** What a person and the surroundings do, by the names of a state file; what is not named is simulated. */
export type Done = Record<string, number | boolean | string | string[]>;

/** A virtual pack of the demo as it stands. */
export interface Tried {
  pack: string;
  on: boolean;
  input: Done;
  sense: Record<string, unknown>;
  /** Names of what can be done to it. */
  controls: string[];
  probes: number;
  /** How long its button is held to turn it off; null: it cannot be turned off so. */
  hold_to_turn_off_s: number | null;
  panel: LampFront | null;
}

export interface Quantity {
  name: string;
  unit: string;
  kind: "number" | "flag" | "state" | "text" | "time" | "positions";
  per: "pack" | "cell" | "probe";
  digits: number;
  label: Words;
}

export interface Bus {
  name: string;
  url: string;
  profile: string;
  baud: number | null;
  packs: string[];
  /** Nothing is asked while it is not. */
  open: boolean;
  /** Why it is not open, an English sentence of the server; null while it is, and before the first try. */
  trouble: string | null;
  requests: number;
  answers: number;
  silences: number;
  retries: number;
  /** Pieces of noise by reason. */
  noise: Record<string, number>;
  /** Share of the time that bytes are on the line, 0..100. */
  busy_pct: number;
}

export type Resolution = "raw" | "5min" | "1h" | "1d";

export interface Channel {
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

export interface SeriesAnswer {
  pack: string;
  from_ms: number;
  to_ms: number;
  resolution: Resolution;
  times_ms: number[];
  /** By quantity; per cell or probe by `name.<position from 1>`. */
  series: Record<string, Channel>;
}

export type LiveMessage =
  | { type: "hello"; packs: Pack[]; trouble: string | null }
  | { type: "latest"; pack: string; latest: Latest }
  /** Of a pack that never said anything. */
  | { type: "silent"; pack: string; silent_since: string; silent_why: string }
  /** Why readings cannot be stored, null once they can: nothing new is shown meanwhile. */
  | { type: "trouble"; text: string | null };

/** Errors as the server words them (RFC 9457). */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
}

/** In the order in which they are listed. */
export const GUIDE_KINDS = [
  "emergency",
  "wiring",
  "topology",
  "start",
  "parallel",
  "panel",
  "cells",
  "storage",
  "firmware",
  "replacement",
  "transport",
] as const;
export type GuideKind = (typeof GUIDE_KINDS)[number];

/** A checklist in a list, in one language. */
export interface GuideHead {
  name: string;
  title: string;
  summary: string;
  kind: GuideKind;
  products: { name: string; title: string }[];
  who: "owner" | "installer" | "electrician" | "maker";
  /** All steps; `needed` are those that everybody has to do. */
  steps: number;
  needed: number;
}

/** What is right, both ends included; null: no limit on that side. */
export interface GuideMeasured {
  unit: string;
  min: number | null;
  max: number | null;
}

export interface GuideStep {
  id: string;
  text: string;
  why: string | null;
  /** The case in which it is to be done; null: always. */
  when: string | null;
  danger: boolean;
  measured: GuideMeasured | null;
  /** To wait once it is done; 0: nothing. */
  wait_s: number;
}

export interface GuidePart {
  title: string;
  text: string | null;
  drawing: { name: string; svg: string } | null;
  table: { columns: string[]; rows: string[][] } | null;
  steps: GuideStep[];
}

export interface Guide extends GuideHead {
  lang: "en" | "fr";
  requirements: string[];
  source: string;
  see: string[];
  remind: { months: number; step: string } | null;
  parts: GuidePart[];
}

/** A step that is done: when by this browser's clock, UTC milliseconds, and what was measured. */
export interface Tick {
  at: number;
  value?: number;
}

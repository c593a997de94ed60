/** What the server tells of codes, settings and searches, its texts in one language. */

import type { Severity } from "./types.ts";

export interface Finding {
  key: string;
  text: string;
}

/** What was read of a code: the value with its limit, and what goes with it. */
export interface Evidence {
  measured: { channel: string; value: number; place: number | null } | null;
  /** At or past the limit; null where nobody can tell. */
  beyond: boolean | null;
  /** For how long it is active without a break; null where not known. */
  since_s: number | null;
  text: string;
  findings: Finding[];
}

export interface Limit {
  row: string;
  text: string;
  ends_text: string;
}

export interface Entry {
  code: string;
  /** Its name in `active` of the live values. */
  bit: string;
  name: string;
  profile: string;
  make: string;
  severity: Severity;
  label: string;
  meaning: string;
  causes: string[];
  check: string[];
  do: string[];
  note: string | null;
  who: "owner" | "installer" | "electrician" | "maker";
  risk: "none" | "possible" | "serious";
  urgency: "none" | "soon" | "today" | "now";
}

export interface CodeTold extends Entry {
  limits: Limit[];
  /** From the device; else as shipped, or of a usual pack. */
  limits_read: boolean;
  limits_typical: boolean;
  printed: string[];
}

export interface Span {
  from: string;
  to: string | null;
  /** It was active in the oldest reading that is stored, so perhaps before. */
  earlier: boolean;
}

export interface PackCode extends CodeTold {
  active: boolean;
  evidence: Evidence;
  history: { looked_from: string; spans: Span[]; times: number };
  /** The moment in which it came; `evidence` null: what was read then is not stored. */
  came: { at: string; evidence: Evidence | null } | null;
}

export interface PackCodes {
  pack: string;
  at: string;
  age_s: number;
  fresh: boolean;
  silent_since: string | null;
  told: boolean;
  active: PackCode[];
  states: Entry[];
}

export interface Elsewhere {
  profile: string;
  make: string;
  code: string;
}

export interface DialectCode extends CodeTold {
  elsewhere: Elsewhere[];
}

export interface SettingTold {
  name: string;
  label: string;
  text: string;
  here: { profile: string; make: string; unit: string; vendor_name: string; default: number | boolean | string | null }[];
}

export type HitKind = "codes" | "settings" | "guides" | "pages";

export interface Hit {
  kind: HitKind;
  name: string;
  title: string;
  text: string;
  score: number;
  route: string | null;
  command: string | null;
  codes: Elsewhere[];
}

export interface SearchAnswer {
  query: string;
  say: string | null;
  taken_for: string | null;
  hits: Hit[];
  near: (Elsewhere & { label: string })[];
}

/** Made-up values for the gallery: every state, the rare ones too. */

import type { CodeTold, PackCode } from "../data/explain.ts";
import type { HealthFinding } from "../data/health.ts";
import type { Panel, Pattern, Seen } from "../data/lights.ts";
import type { BankSummary } from "../data/pack.ts";
import type { Track } from "../data/series.ts";
import type { Active, GuideStep, Lamp, LampFront, State, Tried } from "../data/types.ts";
import { NO_MARKS } from "../parts/cells.ts";
import type { Nothing } from "../parts/BankPanel.svelte";
import type { Slab } from "../parts/Rack.svelte";
import type { StripData } from "../parts/strip.ts";

export const STATES: (State | "waiting")[] = ["charging", "discharging", "idle", "cut", "silent", "unknown", "waiting"];

const around = (middleV: number, offsetsMv: number[]): number[] => offsetsMv.map((mv) => middleV + mv / 1000);

export const CELLS = {
  healthy: around(3.312, [1, -2, 0, 3, 4, -1, -5, 2, 0, 1, -3, 6, 2, -1, 0, -2]),
  wide: around(3.42, [2, 1, -4, 0, 3, -2, 1, -1, 138, 0, 2, -3, -226, 1, 0, 2]),
  equal: around(3.3, Array.from({ length: 15 }, () => 0)),
  eight: around(3.28, [0, 3, -2, 1, 0, -4, 2, 1]),
  one: [3.301],
  none: [],
};

const code = (name: string, severity: Active["severity"], en: string, fr: string): Active => ({ code: name, severity, label: { en, fr } });

export const CODES: Active[] = [
  code("charge_request", "information", "Full charge requested", "Charge complète demandée"),
  code("cell_high", "alarm", "Cell voltage high", "Tension de cellule haute"),
  code("cell_over", "protection", "Cell overvoltage, charging cut off", "Surtension de cellule, charge coupée"),
  code("sensor", "fault", "Temperature sensor broken", "Capteur de température en panne"),
];

const pack = {
  name: "Pack 1",
  make: "Seplos V2",
  bus: "seplos bus",
  address: 0,
  href: "#/gallery",
  state: "charging" as State | "waiting",
  socPct: 68.4 as number | null,
  powerW: 1071.3 as number | null,
  currentA: 20.14 as number | null,
  voltageV: 53.19 as number | null,
  temperatureDegc: { lowest: 23.4, highest: 26.1 } as { lowest: number; highest: number } | null,
  cellsV: CELLS.healthy as number[],
  marks: { ...NO_MARKS, balancing: [5, 12] },
  codes: [] as Active[] | null,
  ageS: 2 as number | null,
  origin: "measured" as const,
  stale: false,
  silentSince: null as string | null,
  silentWhy: null as string | null,
  shut: false,
};

const NO_PORT = "serial:///dev/ttyUSB9: there is no such port; plug the adapter in, or name another one";
const NO_WORD = "pylontech at address 2 did not answer in 2 tries: the line stayed silent; check that the device is on";
export const FULL_DISK = "store history.db: the disk is full: free some space";

const unknown = { socPct: null, powerW: null, currentA: null, voltageV: null, temperatureDegc: null, cellsV: [] };

export const PACKS: (typeof pack)[] = [
  pack,
  { ...pack, state: "discharging", socPct: 12.2, powerW: -2480, currentA: -48.61, marks: NO_MARKS },
  { ...pack, state: "idle", socPct: 100, powerW: 0, currentA: 0, temperatureDegc: { lowest: 21, highest: 21 } },
  {
    ...pack,
    state: "cut",
    socPct: 99.6,
    powerW: 0,
    currentA: 0,
    cellsV: CELLS.wide,
    marks: { balancing: [9], faulty: [13], broken: [2] },
    codes: CODES,
  },
  { ...pack, state: "silent", stale: true, silentSince: "12:45", silentWhy: NO_WORD, ageS: 5700 },
  { ...pack, state: "silent", stale: true, silentSince: "12:45", silentWhy: NO_PORT, shut: true, ageS: 5700 },
  { ...pack, stale: true, ageS: 200_000 },
  { ...pack, ...unknown, state: "unknown", codes: null },
  { ...pack, ...unknown, state: "waiting", ageS: null },
  { ...pack, ...unknown, state: "waiting", ageS: null, silentSince: "12:45", silentWhy: NO_WORD },
  { ...pack, ...unknown, state: "waiting", ageS: null, silentSince: "12:45", silentWhy: NO_PORT, shut: true },
];

export const SLABS: Slab[] = STATES.map((state, at) => ({
  id: state,
  name: `Pack ${at + 1}`,
  href: "#/gallery",
  state,
  socPct: state === "waiting" || state === "unknown" ? null : [100, 9, 68, 99.7, 41][at] ?? null,
  stale: state === "silent",
}));

const bank: BankSummary = {
  packs: 7,
  answering: 5,
  powerW: 3420,
  socPct: 68.4,
  weighted: true,
  remainingAh: 273.6,
  fullAh: 400,
  temperatureDegc: { lowest: 21, highest: 27 },
  lowest: null,
  highest: null,
  widest: { pack: "Pack 4", spreadV: 0.364 },
  hoursLeft: 2.2,
  state: "charging",
  gravest: null,
  codes: 0,
};

const nothing = { answering: 0, powerW: null, socPct: null, remainingAh: null, fullAh: null, temperatureDegc: null, widest: null, hoursLeft: null };

export const BANKS: { summary: BankSummary; slabs: Slab[]; nothing?: Nothing }[] = [
  { summary: bank, slabs: SLABS },
  {
    summary: { ...bank, packs: 1, answering: 1, state: "discharging", powerW: -640, weighted: false, remainingAh: null, hoursLeft: null },
    slabs: SLABS.slice(1, 2),
  },
  {
    summary: {
      ...bank,
      state: "cut",
      powerW: 0,
      hoursLeft: null,
      codes: 3,
      gravest: {
        pack: { id: "x", name: "Pack 4", make: "", profile: "", bus: "", address: 0, latest: null, silent_since: null, silent_why: null },
        code: CODES[3] ?? code("", "fault", "", ""),
      },
    },
    slabs: SLABS.slice(3, 4),
  },
  { summary: { ...bank, ...nothing, packs: 1, state: "unknown" }, slabs: SLABS.slice(4, 5) },
  ...(["waiting", "shut", "lost", "trouble"] as const).map((why) => ({
    summary: { ...bank, ...nothing, packs: 1, state: "unknown" as const },
    slabs: SLABS.slice(6, 7),
    nothing: why,
  })),
];

export const CHART_TO_MS = Date.UTC(2026, 2, 14, 13, 20);
const DAY_MS = 86_400_000;
export const CHART_FROM_MS = CHART_TO_MS - DAY_MS;
const STEP_MS = 600_000;
const HOLE = { from: 60, to: 78 };

function wave(name: string, tone: number, shape: (turn: number) => number, band: number | null): Track {
  const times = Array.from({ length: DAY_MS / STEP_MS }, (_, at) => CHART_FROM_MS + at * STEP_MS);
  const mean = times.map((time, at) => (at > HOLE.from && at < HOLE.to ? null : shape(((time - CHART_FROM_MS) / DAY_MS) * 2 * Math.PI)));
  const edge = (by: number) => mean.map((value) => value && value + by);
  return { name, tone, stepMs: STEP_MS, times, mean, min: band === null ? null : edge(-band), max: band === null ? null : edge(band) };
}

export const STRIPS: StripData[] = [
  {
    key: "power",
    label: "P",
    unit: "W",
    digits: 0,
    signed: true,
    axis: { unit: "kW", per: 1000 },
    shortest: 200,
    tracks: [wave("P", 0, (turn) => 2600 * Math.sin(turn) - 400, 300)],
  },
  {
    key: "lines",
    label: "T",
    unit: "°C",
    digits: 1,
    shortest: 5,
    tracks: Array.from({ length: 8 }, (_, at) => wave(`Pack ${at + 1}`, at, (turn) => 21 + at * 1.3 + 2 * Math.sin(turn + at / 3), at === 0 ? 0.8 : null)),
  },
];

export const NO_STRIPS: StripData[] = [{ key: "soc", label: "SOC", unit: "%", digits: 1, scale: [0, 100], shortest: 100, tracks: [] }];

const line = { name: "seplos bus", url: "serial:///dev/ttyUSB0", profile: "seplos-v2", baud: 19200 as number | null, busyPct: 23.4, retries: 2, open: true, trouble: null as string | null };
const packsOn = SLABS.slice(0, 2).map(({ id, name, href, state, stale }) => ({ id, name, href, state, stale }));

export const BUSES = [
  { ...line, requests: 86_412, answers: 86_409, silences: 3, noise: {}, packs: packsOn },
  { ...line, requests: 8120, answers: 5110, silences: 3010, noise: { checksum: 12, stray: 40, cut: 3, length: 1, character: 2, too_long: 1, other: 4 }, packs: packsOn },
  { ...line, name: "pylontech bus", url: "tcp://192.168.1.20:4196", baud: null, requests: 512, answers: 0, silences: 512, noise: {}, packs: [] },
  { ...line, requests: 0, answers: 0, silences: 0, retries: 0, busyPct: 0, noise: {}, packs: [] },
  { ...line, requests: 0, answers: 0, silences: 0, retries: 0, busyPct: 0, noise: {}, packs: [], open: false },
  { ...line, url: "serial:///dev/ttyUSB9", baud: null, requests: 512, answers: 500, silences: 12, noise: {}, packs: packsOn, open: false, trouble: NO_PORT },
];

function lamp(name: string, colour: string, light: Lamp["light"], periodS: number | null = null, printed = name.toUpperCase()): Lamp {
  const words = { en: name, fr: name };
  return { name, colour, printed, label: words, light, period_s: periodS, flashes: 1, times: 0, then: "off", lit_pct: 50, text: light };
}

export const LAMPS: Record<string, LampFront> = {
  charging: {
    title: { en: "wall battery", fr: "batterie murale" },
    own: true,
    lamps: [
      lamp("run", "green", "on", null, "RUN/ALM"),
      lamp("alm", "red", "off", null, "RUN/ALM"),
      ...[4, 3, 2, 1].map((seconds, at) => lamp(`led${at + 1}`, "green", "blink", seconds)),
      lamp("led5", "green", "off"),
    ],
  },
  cut: {
    title: { en: "PS-20016S", fr: "PS-20016S" },
    own: false,
    lamps: [lamp("run", "green", "blink"), lamp("alm", "red", "on"), lamp("1", "green", "on"), lamp("2", "green", "off")],
  },
  all: {
    title: { en: "every colour", fr: "toutes les couleurs" },
    own: true,
    lamps: ["green", "blue", "red", "orange", "yellow", "white"].map((colour) => lamp(colour, colour, "on")),
  },
};

const PATTERNS: Record<string, Pattern> = {
  on: { light: "on", period_s: null, flashes: 1, times: 0, then: "off", lit_pct: 50 },
  "blink@2s": { light: "blink", period_s: 2, flashes: 1, times: 0, then: "off", lit_pct: 50 },
};

/** A front to tap, with one lamp in each state, and what it may mean. */
export const PANEL: Panel = {
  name: "sample",
  kind: "battery",
  title: { en: "a battery", fr: "une batterie" },
  source: "",
  dialects: [],
  lamps: (LAMPS["charging"]?.lamps ?? []).map(({ name, colour, printed, label }) => ({ name, colour, printed, label, says: [] })),
  patterns: PATTERNS,
  states: [
    {
      name: "low",
      title: { en: "nearly empty", fr: "presque vide" },
      looks: [{ lights: { run: "on", led1: "blink@2s" }, ours: true }],
      calls: ["low"],
    },
  ],
  calls: {
    low: {
      name: "low",
      meaning: { en: "The battery is nearly empty.", fr: "La batterie est presque vide." },
      causes: [{ en: "More was used than charged.", fr: "On a consommé plus que chargé." }],
      check: [],
      do: [{ en: "Charge it.", fr: "Rechargez-la." }],
      who: "owner",
      risk: "possible",
      urgency: "today",
      codes: [],
    },
  },
  keys: [],
  notes: [],
};

export const TAPPED: Record<string, Seen> = { run: "on", alm: "fast", led1: "slow", led2: "off" };

const TRIED: Tried = {
  pack: "a",
  on: true,
  input: {},
  sense: {},
  controls: ["button", "short_circuit_ohm", "emergency_stop", "external_switch", "inverter_silent"],
  probes: 4,
  hold_to_turn_off_s: 5,
  panel: LAMPS["charging"] ?? null,
};

export const TRIALS: { tried: Tried; failure: string | null }[] = [
  { tried: TRIED, failure: null },
  {
    tried: {
      ...TRIED,
      on: false,
      input: { charger: false, load_w: 4200, ambient_temperature_degc: -12, short_circuit_ohm: 0.002 },
      sense: { cell_temperature_degc: ["true", "open", "true", "true"] },
      hold_to_turn_off_s: null,
      panel: LAMPS["cut"] ?? null,
    },
    failure: "[input] load_w: 1e+09 cannot be; give 0 to 1e+06",
  },
  { tried: { ...TRIED, controls: ["button", "short_circuit_ohm"], probes: 1, panel: null }, failure: null },
];

/** A code without a battery: nothing is known of when it came, nor what ends it. */
export const TOLD_ALONE: CodeTold = {
  code: "F14",
  bit: "f14_grid_relay",
  name: "f14_grid_relay",
  profile: "aura",
  make: "AURA",
  severity: "fault",
  label: "F14 grid relay",
  meaning: "The relay that joins the inverter to the grid has failed its test.",
  causes: ["Grid and backup are connected to each other's terminals.", "The relay is worn."],
  check: ["Whether it comes back with the breakers of grid and backup open."],
  do: ["Stop in order, wait 3 minutes, start again.", "If it returns, have the inverter examined."],
  note: "Always tell this code together with the model.",
  who: "electrician",
  risk: "serious",
  urgency: "now",
  limits: [],
  limits_read: false,
  limits_typical: false,
  printed: [],
};

const HIGH = "highest cell: trips at 3.65 V or more after 2 s while charging";

/** One that is active, came twice, and is told with its values. */
export const FINDINGS: HealthFinding[] = [
  {
    kind: "weak_cell",
    weight: "fault",
    place: 6,
    title: "Cell 6 is weak",
    evidence: "Between 22 and 98 % SOC its voltage falls away from that of the other cells, as if it had 21 % less capacity.",
    causes: ["the cell has lost capacity", "the cell holds less charge than the others and is sound"],
    advice: "Charge it full once and let it balance for some hours. If the finding stays, have the capacity measured.",
    who: "installer",
    urgency: "in the next days",
    sure: "confidence 91 %, from 30 days",
  },
  {
    kind: "no_full_charge",
    weight: "note",
    place: null,
    title: "Not full for 31 days",
    evidence: "The highest SOC since then was 66 %.",
    causes: ["too little sun for the size of the battery"],
    advice: "Let it get full at least once a month.",
    who: "owner",
    urgency: "when it suits",
    sure: "confidence 95 %, from 30 days",
  },
];

export const TOLD: PackCode = {
  ...TOLD_ALONE,
  code: "cell_overvoltage_protection",
  bit: "cell_overvoltage_protection",
  make: "Seplos",
  severity: "protection",
  label: "cell overvoltage protection: charging is cut",
  meaning: "One cell went beyond its upper limit, and the battery has cut charging to protect it.",
  note: null,
  who: "installer",
  risk: "possible",
  urgency: "today",
  limits: [{ row: "one", text: `${HIGH}; ends at 3.38 V and at 96 % of charge or less`, ends_text: "ends at 3.38 V" }],
  active: true,
  evidence: {
    measured: { channel: "cell_voltage_max", value: 3.66, place: 7 },
    beyond: true,
    since_s: 12,
    text: "cell 7 at 3.660 V, limit 3.65 V, active for 12 s, spread 180 mV, at 96 % of charge, 20.0 A of charge current",
    findings: [{ key: "one_cell_first", text: "Cell 7 alone is high, 180 mV above the usual one: it is ahead of the others." }],
  },
  history: {
    looked_from: "2026-03-07T13:20:00.000Z",
    spans: [
      { from: "2026-03-14T13:19:48.000Z", to: null, earlier: false },
      { from: "2026-03-13T12:00:00.000Z", to: "2026-03-13T12:10:00.000Z", earlier: false },
    ],
    times: 2,
  },
  came: {
    at: "2026-03-14T13:19:48.000Z",
    evidence: {
      measured: { channel: "cell_voltage_max", value: 3.65, place: 7 },
      beyond: true,
      since_s: null,
      text: "cell 7 at 3.650 V, limit 3.65 V, spread 170 mV, at 96 % of charge, 20.0 A of charge current",
      findings: [],
    },
  },
};

/** One of a pack that has fallen silent: neither the value behind it nor its beginning is known. */
export const TOLD_OLD: PackCode = {
  ...TOLD,
  evidence: { measured: null, beyond: null, since_s: 60, text: "The device does not tell the value behind this code.", findings: [] },
  limits_typical: true,
  history: { ...TOLD.history, spans: [{ from: "2026-03-14T13:19:48.000Z", to: null, earlier: true }], times: 1 },
  came: { at: "2026-03-14T13:19:48.000Z", evidence: null },
};

/** Steps of a guide: plain, with a value to measure, one that is wrong, done and waiting, for a case, in an emergency. */
const STEP: GuideStep = { id: "a", text: "", why: null, when: null, danger: false, measured: null, wait_s: 0 };
const STEP_SHOWN = { step: STEP, doneAt: null, value: "", limits: null, problem: null, wait: null, waiting: false, plain: false };
const VOLTS = { ...STEP, measured: { unit: "V", min: 48, max: 57.6 }, danger: true, why: "Nothing limits the current." };
const words = (text: string) => [{ text, name: false }];
export const GUIDE_STEPS = [
  { ...STEP_SHOWN, text: words("Close the breaker.") },
  { ...STEP_SHOWN, text: [...words("As in the guide "), { text: "start-aura", name: true, href: "#/guides/start-aura" }, ...words(".")] },
  { ...STEP_SHOWN, step: VOLTS, limits: "48 to 57.6 V", text: words("Measure the voltage.") },
  { ...STEP_SHOWN, step: VOLTS, limits: "48 to 57.6 V", value: "70", problem: "70 V is not right: it must be 48 to 57.6 V.", text: words("Measure the voltage.") },
  { ...STEP_SHOWN, step: VOLTS, limits: "48 to 57.6 V", value: "52.1", doneAt: "done 1 June 2026, 14:00", text: words("Measure the voltage.") },
  { ...STEP_SHOWN, step: { ...STEP, wait_s: 60 }, doneAt: "done 1 June 2026, 14:00", wait: "Wait 42 s more", waiting: true, text: words("AC breaker: ON.") },
  { ...STEP_SHOWN, step: { ...STEP, when: "If it hangs on the wall" }, text: words("Turn both latches up, and lift it off the bracket with two people.") },
  { ...STEP_SHOWN, step: { ...STEP, danger: true }, plain: true, text: words("Get everybody out.") },
];

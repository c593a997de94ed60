/** Numbers, ages and times as a person of one language writes them. Pure functions. */

import type { Language } from "./words.ts";

const LOCALE: Record<Language, string> = { en: "en-GB", fr: "fr-FR" };

/** Stands between a number and its unit: the two never part at the end of a line. */
export const THIN = "\u202f";

const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(language: Language, digits: number, signed: boolean): Intl.NumberFormat {
  const key = `${language}/${digits}/${signed}`;
  const known = numberFormats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(LOCALE[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "negative",
  });
  numberFormats.set(key, made);
  return made;
}

/** A number with its decimals; `signed` shows a plus too. The minus is a real one, as wide as the plus. */
export function decimal(language: Language, value: number, digits: number, signed = false): string {
  return numberFormat(language, digits, signed).format(value).replace("-", "−");
}

/** A number and its unit apart, so that a page can set them apart. */
export interface Quantified {
  number: string;
  unit: string;
}

/** Power in W below 1 kW, in kW above. */
export function power(language: Language, powerW: number, signed = true): Quantified {
  return Math.abs(powerW) >= 1000
    ? { number: decimal(language, powerW / 1000, 2, signed), unit: "kW" }
    : { number: decimal(language, powerW, 0, signed), unit: "W" };
}

/** A charge in whole percent. Never rounded up to full nor down to empty: both are promises. */
export function wholePercent(language: Language, percent: number): string {
  const whole = percent < 100 && percent > 99 ? 99 : percent > 0 && percent < 1 ? 1 : percent;
  return decimal(language, whole, 0);
}

export function together({ number, unit }: Quantified): string {
  return unit ? `${number}${THIN}${unit}` : number;
}

export function withUnit(language: Language, value: number, unit: string, digits: number, signed = false): string {
  return together({ number: decimal(language, value, digits, signed), unit });
}

/** A difference of cell voltages: millivolts say it best. */
export function millivolts(language: Language, valueV: number, signed = false): string {
  return withUnit(language, valueV * 1000, "mV", 0, signed);
}

const AGE_STEPS = [
  { upToS: 60, unitS: 1, unit: "s" },
  { upToS: 7200, unitS: 60, unit: "min" },
  { upToS: 2 * 86_400, unitS: 3600, unit: "h" },
  { upToS: Number.POSITIVE_INFINITY, unitS: 86_400, unit: { en: "d", fr: "j" } },
] as const;

/** A span of time in its largest fitting unit, whole numbers: "3 s", "12 min", "5 h". */
export function span(language: Language, seconds: number): string {
  const step = AGE_STEPS.find(({ upToS }) => seconds < upToS) ?? AGE_STEPS[3];
  const unit = typeof step.unit === "string" ? step.unit : step.unit[language];
  return `${decimal(language, Math.max(0, Math.floor(seconds / step.unitS)), 0)}${THIN}${unit}`;
}

const FINE_BELOW_H = 10;
const FINE_MIN = 5;

/** A span that is a guess, in steps of five minutes, later of whole hours: "40 min", "2 h 15 min", "13 h". */
export function roughSpan(language: Language, hours: number): string {
  const minutes = Math.max(FINE_MIN, Math.round((hours * 60) / FINE_MIN) * FINE_MIN);
  const whole = withUnit(language, hours < FINE_BELOW_H ? Math.floor(minutes / 60) : Math.round(hours), "h", 0);
  const rest = withUnit(language, minutes % 60, "min", 0);
  if (minutes < 60) return rest;
  return hours >= FINE_BELOW_H || minutes % 60 === 0 ? whole : `${whole} ${rest}`;
}

type TimeStyle = "time" | "seconds" | "day" | "full" | "long";

const TIME_STYLES: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day: { weekday: "short", day: "numeric" },
  full: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  long: { dateStyle: "medium", timeStyle: "medium" },
};

const timeFormats = new Map<string, Intl.DateTimeFormat>();

/** An instant in the plant's time zone. `atMs`: UTC milliseconds. */
export function clock(language: Language, atMs: number, timeZone: string, style: TimeStyle): string {
  const key = `${language}/${timeZone}/${style}`;
  let format = timeFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE[language], { ...TIME_STYLES[style], timeZone });
    timeFormats.set(key, format);
  }
  return format.format(atMs);
}

/** The time of an instant, with its day unless that is today (in the plant's zone). */
export function moment(language: Language, atMs: number, nowMs: number, timeZone: string): string {
  const today = clock(language, atMs, timeZone, "day") === clock(language, nowMs, timeZone, "day") && nowMs - atMs < 86_400_000;
  return clock(language, atMs, timeZone, today ? "time" : "full");
}

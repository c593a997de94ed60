/** The language of the page: the browser's, until somebody chooses. */

import * as format from "./format.ts";
import { type Key, type Language, WORDS } from "./words.ts";

const STORED_AS = "wattstead.language";

function remembered(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null; // storage is closed to this page: the browser's language applies
  }
}

function first(): Language {
  const wanted = [remembered() ?? "", ...navigator.languages].map((one) => one.slice(0, 2).toLowerCase());
  return wanted.find((one): one is Language => one === "en" || one === "fr") ?? "en";
}

class I18n {
  language: Language = $state(first());

  choose(language: Language): void {
    this.language = language;
    try {
      localStorage.setItem(STORED_AS, language);
    } catch {
      // Storage is closed to this page: the choice holds until it is left.
    }
  }
}

export const i18n = new I18n();

/** French signs of two parts have a thin blank before them that does not break. */
const french = (words: string): string => words.replace(/ ([:;?!»])/g, `${format.THIN}$1`).replace(/« /g, `«${format.THIN}`);

/** The words of an entry in the page's language, with its places filled in. */
export function t(key: Key, places: Record<string, string | number> = {}): string {
  const words: string = i18n.language === "fr" ? french(WORDS[key].fr) : WORDS[key].en;
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

/** An entry that may not exist, by a word that the server sent; null when we have none. */
export function known(key: string): string | null {
  return key in WORDS ? t(key as Key) : null;
}

/** Words that the server sent in both languages, as they begin a line: its labels are written small. */
export function pick(words: { en: string; fr: string }): string {
  const text = i18n.language === "fr" ? french(words.fr) : words.en;
  return text.charAt(0).toLocaleUpperCase(i18n.language) + text.slice(1);
}

/** A sentence of the server in the page's language, with the signs that a printer would set. */
export function said(sentence: string): string {
  const held = sentence.replace(UNIT, `$1${format.THIN}`);
  return i18n.language === "fr" ? french(held).replace(/'/g, "’") : held;
}

/** A number and its unit never part at the end of a line. */
const UNIT = /(\d) (?=(?:[mk]?V|m?A|Ah|k?Wh?|m?Ω|[mµ]?s|min|h|°C|%)(?![\p{L}\d]))/gu;

/** The same where it begins a line: the server's phrases are written small. */
export function begun(phrase: string): string {
  const text = said(phrase);
  return text.charAt(0).toLocaleUpperCase(i18n.language) + text.slice(1);
}

export const decimal = (value: number, digits: number, signed = false): string =>
  format.decimal(i18n.language, value, digits, signed);
export const power = (powerW: number, signed = true): format.Quantified => format.power(i18n.language, powerW, signed);
export const withUnit = (value: number, unit: string, digits: number, signed = false): string =>
  format.withUnit(i18n.language, value, unit, digits, signed);
/** Lowest to highest, without a unit; one number where both are written the same. */
export function range(lowest: number, highest: number, digits: number): string {
  const [low, high] = [decimal(lowest, digits), decimal(highest, digits)];
  if (low === high) return low;
  // "−5–3" reads badly.
  return lowest < 0 ? t("value.range", { low, high }) : `${low}–${high}`;
}

export const wholePercent = (percent: number): string => format.wholePercent(i18n.language, percent);
export const millivolts = (valueV: number, signed = false): string => format.millivolts(i18n.language, valueV, signed);
export const span = (seconds: number): string => format.span(i18n.language, seconds);
export const clock = (atMs: number, timeZone: string, style: "time" | "seconds" | "day" | "full" | "long"): string =>
  format.clock(i18n.language, atMs, timeZone, style);
export const moment = (atMs: number, nowMs: number, timeZone: string): string =>
  format.moment(i18n.language, atMs, nowMs, timeZone);
export const roughSpan = (hours: number): string => format.roughSpan(i18n.language, hours);
/** "3 s ago", "now" for what is younger than a second. */
export const ago = (seconds: number): string => (seconds < 1 ? t("age.now") : t("age.ago", { age: span(seconds) }));
export { THIN, together } from "./format.ts";

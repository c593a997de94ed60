/**
 * Guides and how far people have come with them. Both are kept in this browser: a cellar has no network, and in an
 * emergency nobody waits for one. The server's own texts take the place of kept ones as soon as they come.
 */

import { ApiError, getGuide, getGuides } from "./api.ts";
import type { Ticks } from "./guide.ts";
import { keep, readKept } from "./kept.ts";
import type { Guide, GuideHead, Tick } from "./types.ts";

export const EMERGENCY = "emergency";

type Lang = "en" | "fr";
/** By battery, guide and step. */
type Book = Record<string, Record<string, Record<string, Tick>>>;

const TICKS = "wattstead.ticks";
const CHOSEN = "wattstead.ticks.for";
const listKey = (lang: Lang): string => `wattstead.guides.${lang}`;
const guideKey = (name: string, lang: Lang): string => `wattstead.guide.${name}.${lang}`;

class Shelf {
  heads: GuideHead[] | null = $state.raw(null);
  guide: Guide | null = $state.raw(null);
  /** Why the server did not give what is asked for; what is kept is shown all the same. */
  failure: ApiError | null = $state.raw(null);
  /** The same of the list. */
  listFailure: ApiError | null = $state.raw(null);
  /** What was asked for last: answers come in any order. */
  #wanted = "";
  #ready = false;

  /** Shows the list: what is kept at once, then what the server says. */
  async showList(lang: Lang): Promise<void> {
    this.heads = readKept<GuideHead[]>(listKey(lang)) ?? this.heads;
    this.listFailure = await failureOf(async () => {
      this.heads = await this.#fetchList(lang);
    });
  }

  async show(name: string, lang: Lang): Promise<void> {
    this.guide = readKept<Guide>(guideKey(name, lang)) ?? (this.guide?.name === name ? this.guide : null);
    const wanted = guideKey(name, lang);
    this.#wanted = wanted;
    this.failure = null;
    let guide: Guide | null = null;
    const failure = await failureOf(async () => {
      guide = await this.#fetch(name, lang);
    });
    if (this.#wanted !== wanted) return;
    this.failure = failure;
    this.guide = guide ?? this.guide;
  }

  /** Brings what must be at hand without a network; once is enough. */
  async prepare(lang: Lang): Promise<void> {
    if (this.#ready) return;
    this.#ready = true;
    try {
      await Promise.all([this.#fetchList("en"), this.#fetchList("fr"), this.#fetch(EMERGENCY, "en"), this.#fetch(EMERGENCY, "fr")]);
      this.heads ??= readKept<GuideHead[]>(listKey(lang));
    } catch {
      this.#ready = false; // it is tried again when the link is back
    }
  }

  /** Brings all guides of a language: somebody looks at the list, and will stand in a cellar soon. */
  async prepareAll(lang: Lang): Promise<void> {
    for (const { name } of this.heads ?? []) {
      if (readKept<Guide>(guideKey(name, lang)) === null) {
        try {
          await this.#fetch(name, lang);
        } catch {
          return;
        }
      }
    }
  }

  async #fetchList(lang: Lang): Promise<GuideHead[]> {
    const heads = await getGuides(lang);
    keep(listKey(lang), heads);
    return heads;
  }

  async #fetch(name: string, lang: Lang): Promise<Guide> {
    const guide = await getGuide(name, lang);
    keep(guideKey(name, lang), guide);
    return guide;
  }
}

/** Does something that asks the server; gives why it said no, null where it did not. */
async function failureOf(question: () => Promise<void>): Promise<ApiError | null> {
  try {
    await question();
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

class TickBook {
  #book: Book = $state.raw(readKept<Book>(TICKS) ?? {});
  /** Which battery: a name that a person gave; "" without one. */
  chosen: string = $state(readKept<string>(CHOSEN) ?? "");
  /** The browser's storage is closed or full: ticks last until the page is left. */
  lost: boolean = $state(false);

  /** Follows what other windows of this browser do. */
  start(): () => void {
    const follow = (event: StorageEvent) => {
      if (event.key === TICKS) this.#book = readKept<Book>(TICKS) ?? {};
    };
    window.addEventListener("storage", follow);
    return () => window.removeEventListener("storage", follow);
  }

  /** Names of batteries with ticks. */
  get names(): string[] {
    return Object.keys(this.#book).filter((name) => name !== "");
  }

  choose(name: string): void {
    this.chosen = name.trim().slice(0, 200);
    keep(CHOSEN, this.chosen);
  }

  of(guide: string): Ticks {
    return this.#book[this.chosen]?.[guide] ?? {};
  }

  tick(guide: string, step: string, tick: Tick): void {
    this.#change(guide, { ...this.of(guide), [step]: tick });
  }

  untick(guide: string, step: string): void {
    const { [step]: _, ...rest } = this.of(guide);
    this.#change(guide, rest);
  }

  clear(guide: string): void {
    this.#change(guide, {});
  }

  #change(guide: string, ticks: Ticks): void {
    // Another window may have written meanwhile.
    const book = this.lost ? this.#book : (readKept<Book>(TICKS) ?? this.#book);
    const { [guide]: _, ...others } = book[this.chosen] ?? {};
    const mine = Object.keys(ticks).length > 0 ? { ...others, [guide]: ticks } : others;
    const { [this.chosen]: __, ...rest } = book;
    this.#book = Object.keys(mine).length > 0 ? { ...rest, [this.chosen]: mine } : rest;
    this.lost = !keep(TICKS, this.#book);
  }
}

export const shelf = new Shelf();
export const ticks = new TickBook();

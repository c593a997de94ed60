/** What the page knows: the plant, its packs, the link to the server, and the time. One store for all pages. */

import { ApiError, getBuses, getPacks, getPlant, getQuantities } from "./api.ts";
import { BROWSER } from "./browser.ts";
import { type Link, LiveFeed } from "./live.ts";
import { ageS, isStale } from "./pack.ts";
import type { Bus, Latest, LiveMessage, Pack, Plant, Quantity } from "./types.ts";
import { UTC, usableZone } from "./zone.ts";

const TICK_MS = 1000;
/** A link that comes back within this time is not worth a word. */
const QUIET_LOSS_MS = 2000;
/** While a pack is silent, its line is looked at so often: it may be the line that is not there. */
const LINES_MS = 5000;

/** One pack with how old its values are now. */
export interface Shown {
  pack: Pack;
  /** Seconds; null before the first data. */
  ageS: number | null;
  /** The values are not of now: silent pack, lost link, a server that cannot store, or simply old. */
  stale: boolean;
  /** The line to it is not open: it was not even asked. */
  shut: boolean;
}

export type Listener = (pack: string, latest: Latest) => void;

class PlantStore {
  nowMs: number = $state(Date.now());
  plant: Plant | null = $state.raw(null);
  packs: Pack[] | null = $state.raw(null);
  /** Why the server cannot store readings, in its words; it shows nothing new meanwhile. null: it can. */
  trouble: string | null = $state(null);
  buses: Bus[] | null = $state.raw(null);
  /** Why the lines could not be read. */
  busesFailure: ApiError | null = $state.raw(null);
  /** A zone that this browser knows: the plant's, else UTC. */
  timeZone: string = $derived(this.plant ? usableZone(this.plant.time_zone) : UTC);
  quantities: Map<string, Quantity> = $state.raw(new Map());
  link: Link = $state.raw({ state: "connecting", transport: "websocket", attempts: 0, retryAtMs: null, heardMs: null });
  #lostAtMs: number | null = $state(Date.now());
  /** The link has been away for longer than a blink. */
  lost: boolean = $derived(this.#lostAtMs !== null && this.nowMs - this.#lostAtMs >= QUIET_LOSS_MS);
  /** How often the link came back. What listens to the past asks for it anew then: values were missed meanwhile. */
  returns: number = $state(0);
  /** Why the first questions failed; null when they did not. */
  failure: ApiError | null = $state.raw(null);

  /** The server's clock less ours: a home server without a clock chip may be years off. */
  #aheadMs: number = $state(0);
  #wasLive = false;
  #heardMs = new Map<string, number>();
  #listeners = new Set<Listener>();
  #feed = new LiveFeed(BROWSER, (message) => this.#hear(message), (link) => this.#linked(link));

  /** Starts everything; returns how to stop it. */
  start(): () => void {
    const tick = setInterval(() => (this.nowMs = Date.now()), TICK_MS);
    const lines = setInterval(() => this.#watchLines(), LINES_MS);
    const wake = () => document.visibilityState === "visible" && this.#feed.wake();
    document.addEventListener("visibilitychange", wake);
    window.addEventListener("online", wake);
    this.#feed.start();
    void this.#ask();
    return () => {
      clearInterval(tick);
      clearInterval(lines);
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
      this.#feed.stop();
    };
  }

  retryNow(): void {
    this.#feed.start();
  }

  /** Calls back for every live value until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the server's clock says now, UTC milliseconds. Moves once a second. */
  get serverMs(): number {
    return this.nowMs + this.#aheadMs;
  }

  shown(pack: Pack): Shown {
    const { latest } = pack;
    const shut = this.buses?.some((bus) => bus.name === pack.bus && !bus.open) ?? false;
    if (!latest) return { pack, ageS: null, stale: false, shut };
    const age = ageS(latest, this.#heardMs.get(pack.id) ?? this.nowMs, this.nowMs);
    return { pack, ageS: age, stale: isStale(latest, age, !this.lost && this.trouble === null), shut };
  }

  /** Asks anew how the lines are. */
  async askBuses(): Promise<void> {
    try {
      this.buses = await getBuses();
      this.busesFailure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.busesFailure = error;
    }
  }

  #watchLines(): void {
    const silent = (this.packs ?? []).some((pack) => pack.latest === null || pack.silent_since !== null);
    if (silent && this.link.state === "live") void this.askBuses();
  }

  #linked(link: Link): void {
    const back = link.state === "live" && this.link.state !== "live";
    if (back && this.#wasLive) this.returns += 1;
    this.#wasLive ||= back;
    this.#lostAtMs = link.state === "live" ? null : (this.#lostAtMs ?? Date.now());
    this.link = link;
    // What failed while the server was away is asked again once it is back.
    if (back && (!this.plant || this.quantities.size === 0)) void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const [plant, quantities, packs] = await Promise.all([getPlant(), getQuantities(), getPacks()]);
      this.plant = plant;
      this.quantities = new Map(quantities.map((one) => [one.name, one]));
      if (!this.packs) this.#take(packs);
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    }
  }

  #take(packs: Pack[]): void {
    const now = Date.now();
    for (const pack of packs) this.#heardMs.set(pack.id, now);
    for (const { latest } of packs) if (latest) this.#compareClocks(latest);
    this.packs = packs;
    this.nowMs = now;
    void this.askBuses();
  }

  #compareClocks(latest: Latest): void {
    this.#aheadMs = Date.parse(latest.at) + latest.age_s * 1000 - Date.now();
  }

  #hear(message: LiveMessage): void {
    switch (message.type) {
      case "hello":
        this.trouble = message.trouble;
        return this.#take(message.packs);
      case "trouble":
        this.trouble = message.text;
        return;
      case "silent":
        return this.#change(message.pack, { silent_since: message.silent_since, silent_why: message.silent_why });
      case "latest":
        return this.#hearLatest(message.pack, message.latest);
    }
  }

  #hearLatest(id: string, latest: Latest): void {
    this.#heardMs.set(id, Date.now());
    this.#compareClocks(latest);
    this.nowMs = Date.now();
    this.#change(id, { latest, silent_since: latest.silent_since, silent_why: latest.silent_why });
    for (const listener of this.#listeners) listener(id, latest);
  }

  /** Puts what changed of a pack into the picture. A new silence may be the line's, so that is looked at. */
  #change(id: string, change: Partial<Pack>): void {
    const before = this.packs?.find((pack) => pack.id === id);
    this.packs = (this.packs ?? []).map((pack) => (pack.id === id ? { ...pack, ...change } : pack));
    if (change.silent_why !== before?.silent_why) void this.askBuses();
  }
}

export const store = new PlantStore();

/**
 * The live feed: one WebSocket that comes back by itself, and server-sent events where sockets do not pass
 * (some proxies). Knows no page and no clock of its own: the browser's parts come in as `Means`, so tests need no time.
 */

import type { LiveMessage } from "./types.ts";

export type Transport = "websocket" | "events";

/** How the page stands to the server. `retryAtMs`: on the clock of `Means.nowMs`, null when not waiting. */
export interface Link {
  state: "connecting" | "live" | "waiting";
  transport: Transport;
  /** Attempts since the link was last live. */
  attempts: number;
  retryAtMs: number | null;
  /** When the last message came; null before the first. */
  heardMs: number | null;
}

export interface Handlers {
  opened: () => void;
  message: (text: string) => void;
  lost: () => void;
}

export type Closer = () => void;

/** What the feed needs from outside. `open` starts a connection and returns how to end it. */
export interface Means {
  open: (transport: Transport, handlers: Handlers) => Closer;
  nowMs: () => number;
  /** Calls back once after `delayMs`; returns how to cancel. */
  after: (delayMs: number, call: () => void) => Closer;
  random: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A socket that fails this often in a row before a first message gives way to events, and the other way round. */
const FAILURES_BEFORE_CHANGE = 2;
/** No message for so long: ask anew. A phone that slept keeps a dead socket without noticing. */
const QUIET_MS = 60_000;

export class LiveFeed {
  readonly #means: Means;
  readonly #onMessage: (message: LiveMessage) => void;
  readonly #onLink: (link: Link) => void;
  #link: Link = { state: "connecting", transport: "websocket", attempts: 0, retryAtMs: null, heardMs: null };
  #close: Closer | null = null;
  #cancel: Closer | null = null;
  #failures = 0;

  constructor(means: Means, onMessage: (message: LiveMessage) => void, onLink: (link: Link) => void) {
    this.#means = means;
    this.#onMessage = onMessage;
    this.#onLink = onLink;
  }

  /** Connects, or connects anew at once. */
  start(): void {
    this.#drop();
    this.#set({ state: "connecting", attempts: this.#link.attempts + 1, retryAtMs: null });
    let current = true;
    const mine = (call: () => void) => (current ? call() : undefined);
    const close = this.#means.open(this.#link.transport, {
      opened: () => mine(() => this.#watch()),
      message: (text) => mine(() => this.#hear(text)),
      lost: () => mine(() => this.#lost()),
    });
    this.#close = () => {
      current = false;
      close();
    };
  }

  stop(): void {
    this.#drop();
  }

  /** The page woke up or the network came back: do not wait for the next attempt, nor trust an old socket. */
  wake(trustMs = 10_000): void {
    const quietMs = this.#means.nowMs() - (this.#link.heardMs ?? 0);
    if (this.#link.state === "waiting" || (this.#link.state === "live" && quietMs > trustMs)) this.start();
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as LiveMessage;
    this.#failures = 0;
    this.#set({ state: "live", attempts: 0, retryAtMs: null, heardMs: this.#means.nowMs() });
    this.#watch();
    this.#onMessage(message);
  }

  #watch(): void {
    this.#cancel?.();
    this.#cancel = this.#means.after(QUIET_MS, () => this.start());
  }

  #lost(): void {
    this.#drop();
    this.#failures += 1;
    if (this.#failures % FAILURES_BEFORE_CHANGE === 0) this.#change();
    const delayMs = this.#delayMs();
    this.#set({ state: "waiting", retryAtMs: this.#means.nowMs() + delayMs });
    this.#cancel = this.#means.after(delayMs, () => this.start());
  }

  #change(): void {
    this.#set({ transport: this.#link.transport === "websocket" ? "events" : "websocket" });
  }

  #delayMs(): number {
    const step = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
    // A little chance, so that a hundred tablets do not return in the same instant.
    return Math.round(step * (0.75 + 0.5 * this.#means.random()));
  }

  #drop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#close?.();
    this.#close = null;
  }

  #set(change: Partial<Link>): void {
    this.#link = { ...this.#link, ...change };
    this.#onLink(this.#link);
  }
}

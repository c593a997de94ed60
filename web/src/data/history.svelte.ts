/** The past of some packs for one chart: fetched, grown by live values, fetched anew now and then. */

import { ApiError, getSeries } from "./api.ts";
import { store } from "./plant.svelte.ts";
import { grow, type Tail } from "./series.ts";
import type { SeriesAnswer } from "./types.ts";

export type Range = "1h" | "24h" | "7d";

const HOUR_MS = 3_600_000;
export const RANGE_MS: Record<Range, number> = { "1h": HOUR_MS, "24h": 24 * HOUR_MS, "7d": 7 * 24 * HOUR_MS };

/** Enough for a wide screen, and cheap for a phone. */
const POINTS = 600;
/** Live values pile up one by one behind the fetched past; then the past is fetched anew. */
const REFETCH_MS = 300_000;

export class History {
  range: Range = $state("24h");
  answers: Map<string, SeriesAnswer> = $state.raw(new Map());
  tails: Map<string, Tail> = $state.raw(new Map());
  /** From the start: before the first answer there is nothing to draw, not an empty chart. */
  loading: boolean = $state(true);
  failure: ApiError | null = $state.raw(null);
  #abort: AbortController | null = null;

  /** Follows `packs` and `quantities` until the returned function is called. */
  follow(packs: string[], quantities: string[], range: Range): () => void {
    const refetch = setInterval(() => void this.#load(packs, quantities, range), REFETCH_MS);
    const unlisten = store.listen((pack, latest) => {
      if (packs.includes(pack)) this.tails = new Map(this.tails).set(pack, grow(this.tails.get(pack) ?? [], latest));
    });
    void this.#load(packs, quantities, range);
    return () => {
      clearInterval(refetch);
      unlisten();
      this.#abort?.abort();
    };
  }

  #known(packs: string[]): [string, Tail][] {
    const wanted = (store.packs ?? []).filter((pack) => packs.includes(pack.id));
    return wanted.flatMap(({ id, latest }): [string, Tail][] => (latest ? [[id, grow([], latest)]] : []));
  }

  async #load(packs: string[], quantities: string[], range: Range): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    const toMs = store.serverMs;
    const span = { fromMs: toMs - RANGE_MS[range], toMs, points: POINTS, resolution: range === "1h" ? "raw" : "auto" } as const;
    this.loading = true;
    try {
      const asked = packs.map((pack) => getSeries({ pack, quantities, ...span }, abort.signal));
      const answers = await Promise.all(asked);
      this.answers = new Map(answers.map((answer) => [answer.pack, answer]));
      // What is known now ends the past, so that the line reaches the present before the next value comes.
      this.tails = new Map(this.#known(packs));
      this.failure = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    }
    this.loading = false;
  }
}

/** The tables of all lamps: asked once, and kept, so that they are there without a network too. */

import { ApiError, getPanels } from "./api.ts";
import type { Panel } from "./lights.ts";

const STORED_AS = "wattstead.panels";

function kept(): Panel[] | null {
  try {
    const text = localStorage.getItem(STORED_AS);
    return text === null ? null : (JSON.parse(text) as Panel[]);
  } catch {
    return null; // storage is closed to this page, or what lies there is none of ours
  }
}

function keep(panels: Panel[]): void {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(panels));
  } catch {
    // Storage is closed or full: they are there until the page is left.
  }
}

class Panels {
  all: Panel[] | null = $state.raw(null);
  /** Why there are none; null while they are asked for, too. */
  failure: ApiError | null = $state.raw(null);

  async load(): Promise<void> {
    this.all ??= kept();
    this.failure = null;
    try {
      this.all = await getPanels();
      keep(this.all);
    } catch (error) {
      if (this.all === null) this.failure = error instanceof ApiError ? error : new ApiError(0, String(error));
    }
  }
}

export const panels = new Panels();

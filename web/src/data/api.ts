/** Asking the server. Addresses are relative to the page, so that it also works under a folder of a proxy. */

import type { DialectCode, PackCodes, SearchAnswer, SettingTold } from "./explain.ts";
import type { PackHealth } from "./health.ts";
import type { Panel } from "./lights.ts";
import type { Bus, Done, Guide, GuideHead, Pack, Plant, Problem, Quantity, Resolution, SeriesAnswer, Tried } from "./types.ts";

/** The server said no, or did not answer. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** The full address of a path under `/api/v1`; `scheme` "ws" gives the WebSocket's. */
export function address(path: string, scheme: "http" | "ws" = "http"): string {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  if (scheme === "ws") url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

async function problem(answer: Response): Promise<ApiError> {
  const told = (await answer.json().catch(() => null)) as Problem | null;
  return new ApiError(answer.status, told?.detail ?? told?.title ?? `${answer.status} ${answer.statusText}`);
}

async function ask<T>(path: string, how: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address(path), how);
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new ApiError(0, String(error));
  }
  if (!answer.ok) throw await problem(answer);
  return (await answer.json()) as T;
}

const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  ask<T>(path, { headers: { accept: "application/json" }, signal: signal ?? null });

export const getPlant = (): Promise<Plant> => get<Plant>("plant");

export const getPacks = async (): Promise<Pack[]> => (await get<{ packs: Pack[] }>("packs")).packs;

export const getQuantities = async (): Promise<Quantity[]> =>
  (await get<{ quantities: Quantity[] }>("quantities")).quantities;

export const getPanels = async (): Promise<Panel[]> => (await get<{ panels: Panel[] }>("panels")).panels;

export const getBuses = async (): Promise<Bus[]> => (await get<{ buses: Bus[] }>("buses")).buses;

export const getGuides = async (lang: string): Promise<GuideHead[]> =>
  (await get<{ guides: GuideHead[] }>(`guides?lang=${lang}`)).guides;

export const getGuide = (name: string, lang: string): Promise<Guide> =>
  get<Guide>(`guides/${encodeURIComponent(name)}?lang=${lang}`);

export const getPackCodes = (pack: string, lang: string): Promise<PackCodes> =>
  get<PackCodes>(`packs/${encodeURIComponent(pack)}/codes?lang=${lang}`);

export const getPackHealth = (pack: string, lang: string): Promise<PackHealth> =>
  get<PackHealth>(`packs/${encodeURIComponent(pack)}/health?lang=${lang}`);

export const getCode = (dialect: string, code: string, lang: string): Promise<DialectCode> =>
  get<DialectCode>(`codes/${encodeURIComponent(dialect)}/${encodeURIComponent(code)}?lang=${lang}`);

export const getSetting = (name: string, lang: string): Promise<SettingTold> =>
  get<SettingTold>(`settings/${encodeURIComponent(name)}?lang=${lang}`);

export const getSearch = (text: string, lang: string, signal: AbortSignal): Promise<SearchAnswer> =>
  get<SearchAnswer>(`search?${new URLSearchParams({ q: text, lang })}`, signal);

export interface SeriesQuestion {
  pack: string;
  quantities: string[];
  fromMs: number;
  toMs: number;
  resolution: Resolution | "auto";
  points: number;
}

export function getSeries(question: SeriesQuestion, signal?: AbortSignal): Promise<SeriesAnswer> {
  const query = new URLSearchParams(question.quantities.map((name) => ["quantity", name]));
  query.set("from", String(Math.round(question.fromMs)));
  query.set("to", String(Math.round(question.toMs)));
  query.set("resolution", question.resolution);
  query.set("points", String(question.points));
  return get<SeriesAnswer>(`packs/${encodeURIComponent(question.pack)}/series?${query}`, signal);
}

const tryPath = (pack: string): string => `demo/packs/${encodeURIComponent(pack)}`;

export const getTried = (pack: string): Promise<Tried> => get<Tried>(tryPath(pack));

let prepared = false;

/** Lets the server make its index ready while a person still types: the first answer waits for it. */
export function prepareSearch(): void {
  if (prepared) return;
  prepared = true;
  get<SearchAnswer>("search?q=").catch(() => (prepared = false));
}

/** Does something to a virtual pack, in place of all that was done before. */
export const putTried = (pack: string, input: Done, sense: Tried["sense"]): Promise<Tried> =>
  ask<Tried>(tryPath(pack), {
    method: "PUT",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ input, sense }),
    keepalive: true,
  });

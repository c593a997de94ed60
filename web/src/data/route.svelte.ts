/** Which page is open, from the part of the address behind "#". So any server that gives the one file will do. */

export type Route =
  | { page: "home" | "connection" | "guides" | "gallery" | "unknown" }
  | { page: "explain"; dialect: string; id: string }
  | { page: "pack" | "guide" | "lights" | "search" | "setting"; id: string };

/** "#/pack/seplos-1" and the like, as a route. */
export function parse(hash: string): Route {
  const [page = "", id = "", ...rest] = hash.replace(/^#?\/?/, "").split("/");
  if (page === "") return { page: "home" };
  if (page === "pack" && id !== "" && rest.length === 0) return { page, id: decodeURIComponent(id) };
  if (page === "search" || page.startsWith("search?")) return { page: "search", id: new URLSearchParams(page.slice(6)).get("q") ?? "" };
  if (page === "setting" && id !== "" && rest.length === 0) return { page, id: decodeURIComponent(id) };
  if (page === "explain" && rest.length === 1 && rest[0])
    return { page, dialect: decodeURIComponent(id), id: decodeURIComponent(rest[0]) };
  if (page === "lights" && rest.length === 0) return { page, id: decodeURIComponent(id) };
  if ((page === "connection" || page === "gallery") && id === "") return { page };
  if (page === "guides" && rest.length === 0) return id === "" ? { page } : { page: "guide", id: decodeURIComponent(id) };
  if (page === "emergency" && id === "") return { page: "guide", id: page };
  return { page: "unknown" };
}

export const HOME = "#/";
export const CONNECTION = "#/connection";
export const GALLERY = "#/gallery";
export const GUIDES = "#/guides";
export const EMERGENCY_PAGE = "#/guides/emergency";
export const guideAddress = (name: string): string => `#/guides/${encodeURIComponent(name)}`;
export const LIGHTS = "#/lights";
/** What the lamps of a device say; `name`: of its panel, or the profile of a pack. */
export const lightsAddress = (name: string): string => `${LIGHTS}/${encodeURIComponent(name)}`;
export const SEARCH = "#/search";
export const searchAddress = (text: string): string => (text.trim() ? `${SEARCH}?${new URLSearchParams({ q: text })}` : SEARCH);
/** What a code of a dialect means. */
export const explainAddress = (dialect: string, code: string): string =>
  `#/explain/${encodeURIComponent(dialect)}/${encodeURIComponent(code)}`;
export const packAddress = (id: string): string => `#/pack/${encodeURIComponent(id)}`;

class Router {
  route: Route = $state.raw(parse(window.location.hash));

  /** Goes on within a page, as when a search is typed: nothing to go back to, and the keyboard stays where it is. */
  replace(hash: string): void {
    window.history.replaceState(null, "", hash);
    this.route = parse(hash);
  }

  start(moved: () => void): () => void {
    const follow = () => {
      this.route = parse(window.location.hash);
      moved();
    };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }
}

export const router = new Router();

/** Light or dark: the system's choice, until a person makes one. `public/theme.js` applies it before the first paint. */

export type Theme = "auto" | "light" | "dark";

const STORED_AS = "wattstead.theme";
const SYSTEM = window.matchMedia("(prefers-color-scheme: dark)");

class ThemeStore {
  chosen: Theme = $state((document.documentElement.dataset["theme"] as Theme | undefined) ?? "auto");
  #systemDark: boolean = $state(SYSTEM.matches);
  /** What is seen: canvases must know it, because they do not follow style sheets. */
  shown: "light" | "dark" = $derived(this.chosen === "auto" ? (this.#systemDark ? "dark" : "light") : this.chosen);

  constructor() {
    SYSTEM.addEventListener("change", (event) => (this.#systemDark = event.matches));
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    try {
      localStorage.setItem(STORED_AS, theme);
    } catch {
      // Storage is closed to this page: the choice holds until it is left.
    }
  }
}

export const theme = new ThemeStore();

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** Files of `public/` that the page needs before it can say that it is offline. */
const PUBLIC_FILES = ["theme.js", "icon.svg", "manifest.webmanifest"];

/** Writes `sw.js`: the service worker with the list of built files and a version that changes with them. */
export function offlineShell(): Plugin {
  return {
    name: "offline-shell",
    apply: "build",
    generateBundle(_options, bundle) {
      const worker = readFileSync(new URL("./sw.js", import.meta.url), "utf8");
      const built = Object.keys(bundle).filter((name) => name !== "index.html");
      const version = createHash("sha256").update(worker);
      for (const item of Object.values(bundle)) version.update(item.type === "chunk" ? item.code : item.source);
      for (const name of PUBLIC_FILES) version.update(readFileSync(new URL(`../public/${name}`, import.meta.url)));
      const source = worker
        .replace('"VERSION"', JSON.stringify(version.digest("hex").slice(0, 12)))
        .replace('["FILES"]', JSON.stringify(["./", ...PUBLIC_FILES, ...built.sort()]));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

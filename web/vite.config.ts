import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { offlineShell } from "./shell/plugin.ts";

/** Where `npm run dev` finds a running server. */
const SERVER = process.env["WATTSTEAD_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Relative addresses: the page also works behind a proxy that puts it under a folder.
  base: "./",
  plugins: [svelte(), offlineShell()],
  build: {
    outDir: "../src/wattstead/api/static",
    emptyOutDir: true,
    target: "es2022",
    // The server's content policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
});

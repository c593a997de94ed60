/** Rules of the house: which folder may import which, words in both languages, no sentence outside of them. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WORDS } from "../src/i18n/words.ts";

const SRC = resolve(dirname(fileURLToPath(import.meta.url)), "../src");
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ts|svelte)$/.test(name));
const text = (file: string): string => readFileSync(join(SRC, file), "utf8");
const folder = (file: string): string => (file.includes("/") ? (file.split("/")[0] ?? "") : "app");

/** What each folder may import. Parts know the data's words and its pure reckoning, not where data comes from. */
const MAY: Record<string, string[]> = {
  app: ["app", "pages", "parts", "data", "i18n"],
  pages: ["pages", "parts", "data", "i18n"],
  parts: ["parts", "data", "i18n"],
  data: ["data"],
  i18n: ["i18n"],
};
const PURE_DATA = ["data/types.ts", "data/series.ts"];

function imports(file: string): { target: string; typeOnly: boolean }[] {
  return [...text(file).matchAll(/import\s+(type\s)?[^;]*?from\s+"(\.[^"]+)"/g)].map(([, typeOnly, path]) => ({
    target: relative(SRC, resolve(SRC, dirname(file), path ?? "")),
    typeOnly: Boolean(typeOnly),
  }));
}

test("imports point down only", () => {
  for (const file of FILES) {
    for (const { target, typeOnly } of imports(file)) {
      assert.ok(MAY[folder(file)]?.includes(folder(target)), `${file} may not import ${target}`);
      if (folder(file) === "parts" && folder(target) === "data" && !typeOnly) {
        assert.ok(PURE_DATA.includes(target), `${file} is a part: values come in as properties, not from ${target}`);
      }
    }
  }
});

const places = (words: string): string[] => [...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();

test("every entry speaks both languages, with the same places to fill in", () => {
  for (const [key, { en, fr }] of Object.entries(WORDS)) {
    assert.ok(en.trim() && fr.trim(), key);
    assert.deepEqual(places(en), places(fr), key);
  }
});

test("every entry is used", () => {
  const sources = FILES.filter((file) => file !== "i18n/words.ts").map(text).join("\n");
  const made = [...sources.matchAll(/`([a-z0-9.]+\.)\$\{/g)].map(([, prefix]) => prefix ?? "");
  for (const key of Object.keys(WORDS)) {
    const used = sources.includes(`"${key}"`) || made.some((prefix) => key.startsWith(prefix));
    assert.ok(used, `nothing on the page says "${key}"`);
  }
});

/** What a component shows of itself: its markup without scripts, styles, comments, tags and what stands in braces. */
function shown(source: string): string {
  let markup = source.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, " ").replace(/<!--[\s\S]*?-->/g, " ");
  for (let before = ""; before !== markup; ) [before, markup] = [markup, markup.replace(/\{[^{}]*\}/g, " ")];
  return markup.replace(/<[^>]*>/g, " ");
}

test("no component holds a sentence of its own", () => {
  for (const file of FILES.filter((name) => name.endsWith(".svelte") && name !== "pages/Gallery.svelte")) {
    assert.doesNotMatch(shown(text(file)), /\p{L}{2,}/u, `${file}: words belong into i18n/words.ts`);
  }
});

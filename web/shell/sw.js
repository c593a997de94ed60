// Keeps the empty page at hand, so that it opens without the server and can say so.
// Values never come from here: whatever lies under api/ goes to the server or fails.
const CACHE = "wattstead-" + "VERSION";
const FILES = ["FILES"];

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  await self.skipWaiting();
}

async function dropOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("wattstead-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The page itself comes from the server while there is one: a new version shows at once.
async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match("./")) ?? Response.error();
  }
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(dropOlder()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const below = url.href.startsWith(self.registration.scope) ? url.href.slice(self.registration.scope.length) : "api/";
  if (event.request.method !== "GET" || below.startsWith("api/")) return;
  event.respondWith(event.request.mode === "navigate" ? page(event.request) : file(event.request));
});

// The pages of a day's visits, kept on a device that asked for it: from the network where there is one, else as they were kept.
"use strict";
const SHELF = "daihou-visits";
const OLDEST = 3 * 24 * 3600 * 1000; // milliseconds that a kept page is shown without a network
const ours = (url) => /^\/(visits\/|duties\/\d+\/form\/)$/.test(url.pathname);
const young = (held) => Date.now() - Date.parse(held.headers.get("date") || "") < OLDEST;

const keep = async (pages) => {
  await caches.delete(SHELF);
  const shelf = await caches.open(SHELF);
  const parts = new Set();
  let count = 0;
  for (const page of pages) {
    try {
      const found = await fetch(page, { credentials: "same-origin", redirect: "error" });
      if (!found.ok) continue;
      const text = await found.clone().text();
      for (const part of text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)) parts.add(part[1]);
      await shelf.put(page, found);
      count += 1;
    } catch {
      continue; // a page that is not the viewer's any more
    }
  }
  await Promise.all(Array.from(parts, (part) => shelf.add(part).catch(() => undefined)));
  return count;
};

const answer = async (request, path) => {
  const shelf = (await caches.has(SHELF)) ? await caches.open(SHELF) : null;
  try {
    const fresh = await fetch(request);
    if (fresh.ok && (await shelf?.match(path))) await shelf.put(path, fresh.clone());
    return fresh;
  } catch (error) {
    const held = await shelf?.match(path);
    if (held && (path.startsWith("/static/") || young(held))) return held;
    throw error;
  }
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/") || (event.request.mode === "navigate" && ours(url))) event.respondWith(answer(event.request, url.pathname));
});
self.addEventListener("message", (event) => {
  if (event.data.act === "keep") event.waitUntil(keep(event.data.pages).then((count) => event.source.postMessage({ kept: count })));
  if (event.data.act === "forget") event.waitUntil(caches.delete(SHELF));
});

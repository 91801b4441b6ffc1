// Work without a network: the day's forms kept on the device by a button; what was filled and photographed there is sent when there is a network again.
(() => {
  "use strict";
  const { who } = document.body.dataset;
  const may = "serviceWorker" in navigator && "caches" in window;
  const forget = () => (may ? caches.delete("daihou-visits") : Promise.resolve());
  if (!who) { forget(); return; } // nobody is logged in: nothing of anybody stays
  document.querySelectorAll("form[data-forgets]").forEach((form) => form.addEventListener("submit", forget));

  const main = document.getElementById("main");
  const bar = (text) => {
    const told = document.createElement("p");
    told.className = "said away";
    told.setAttribute("role", "status");
    told.textContent = text;
    main.prepend(told);
    return told;
  };
  const here = window.location.pathname;
  if (document.querySelector("form.sheet, [data-keep]")) {
    fetch("/health/", { method: "HEAD", cache: "no-store" }).catch(() => bar(document.body.dataset.away));
  }

  // forms that were filled without a network and left
  const unsent = Object.keys(localStorage).filter((name) => name.startsWith(`draft:${who}:`) && name !== `draft:${who}:${here}`);
  const send = async (name) => {
    const path = name.slice(`draft:${who}:`.length);
    const body = new FormData();
    JSON.parse(localStorage.getItem(name)).forEach(([field, value]) => body.append(field, value));
    body.set("draft", "1");
    const headers = { "X-Draft": "1", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    try {
      const answer = await fetch(path, { method: "POST", body, headers });
      await answer.text(); // read to its end, or the browser takes the page for still loading
      const arrived = answer.redirected && /\/papers\/\d+\/$/.test(answer.url); // it was handed in
      if (answer.status !== 204 && !arrived) throw new Error(String(answer.status));
      localStorage.removeItem(name);
    } catch {
      const told = bar(`${document.body.dataset.unsent} `);
      const link = document.createElement("a");
      link.href = path;
      link.textContent = path;
      const drop = document.createElement("button");
      drop.className = "button";
      drop.textContent = document.body.dataset.drop;
      drop.addEventListener("click", () => { localStorage.removeItem(name); told.remove(); });
      told.append(link, " ", drop);
    }
  };
  unsent.forEach(send);

  // files that no network took, with the place and time that the device told
  const shelf = () => new Promise((done, failed) => {
    const asked = indexedDB.open("daihou-files", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("files", { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const inside = async (mode, act) => {
    const held = await shelf();
    try {
      return await new Promise((done, failed) => {
        const work = held.transaction("files", mode);
        const asked = act(work.objectStore("files"));
        work.oncomplete = () => done(asked.result);
        work.onabort = () => failed(work.error);
      });
    } finally {
      held.close();
    }
  };
  const holds = "indexedDB" in window && "locks" in navigator;
  const keepFile = async (form) => {
    if (!holds) { bar(document.body.dataset.lost); return; }
    const body = new FormData(form);
    const file = body.get("file");
    const fields = Array.from(body).filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
    // its bytes, not the file: a browser may forget a file that a camera made
    const one = { id: window.crypto.randomUUID(), who, path: new URL(form.action).pathname, fields, name: file.name, kind: file.type, bytes: await file.arrayBuffer() };
    await inside("readwrite", (files) => files.put(one));
    form.reset();
    ["latitude", "longitude", "accuracy", "taken_at"].forEach((name) => { if (form.elements[name]) form.elements[name].value = ""; });
    bar(`${document.body.dataset.kept}${one.name}`);
  };
  const dropFile = (one) => inside("readwrite", (files) => files.delete(one.id));
  const refused = (one, page) => {
    const why = new DOMParser().parseFromString(page, "text/html").querySelector("main .faults");
    const told = bar(`${document.body.dataset.refused}${one.name} ${why ? why.textContent : ""} `);
    const drop = document.createElement("button");
    drop.className = "button";
    drop.textContent = document.body.dataset.drop;
    drop.addEventListener("click", async () => { await dropFile(one); told.remove(); });
    told.append(drop);
  };
  const sendFile = async (one) => {
    const body = new FormData();
    one.fields.forEach(([name, value]) => body.append(name, value));
    body.append("file", new File([one.bytes], one.name, { type: one.kind }));
    let answer;
    let page;
    try {
      answer = await fetch(one.path, { method: "POST", body, headers: JSON.parse(document.body.getAttribute("hx-headers")) });
      page = await answer.text();
    } catch {
      bar(`${document.body.dataset.kept}${one.name}`);
      return;
    }
    if (new URL(answer.url).pathname.startsWith("/login/")) return; // logged out meanwhile: the next page sends it
    if (!answer.ok) { refused(one, page); return; }
    await dropFile(one);
    bar(`${document.body.dataset.sent}${one.name}`);
  };
  const sendFiles = async () => {
    if (!holds) return;
    await navigator.locks.request("daihou-files", { ifAvailable: true }, async (mine) => { // one page of a browser sends
      if (!mine) return;
      const every = await inside("readonly", (files) => files.getAll());
      for (const one of every.filter((held) => held.who === who)) await sendFile(one);
    });
  };
  const ofFile = (event) => event.target.closest?.("form[hx-encoding]");
  document.addEventListener("htmx:sendError", (event) => { const form = ofFile(event); if (form) keepFile(form); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = ofFile(event);
    const to = event.detail.xhr.responseURL;
    if (!form || !new URL(to).pathname.startsWith("/login/")) return;
    event.detail.shouldSwap = false;
    keepFile(form).then(() => window.location.assign(to)); // logged out meanwhile
  });
  window.addEventListener("online", sendFiles);
  sendFiles();

  const button = document.querySelector("[data-keep]");
  if (!button || !may) return;
  button.hidden = false;
  navigator.serviceWorker.addEventListener("message", (event) => {
    button.disabled = false;
    button.nextElementSibling.textContent = button.dataset.kept.replace("0", String(event.data.kept));
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    await navigator.serviceWorker.register("/worker.js", { scope: "/" });
    const ready = await navigator.serviceWorker.ready;
    ready.active.postMessage({ act: "keep", pages: button.dataset.keep.split(" ") });
  });
})();

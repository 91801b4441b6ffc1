// Work without a network: the day's forms kept on the device by a button, what was filled there sent when there is a network again.
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

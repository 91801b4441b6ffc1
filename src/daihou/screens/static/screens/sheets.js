// Forms that are long to fill: what is asked follows the answers, the draft is kept while one types, without a network on the device.
(() => {
  "use strict";
  const sheet = document.querySelector("form.sheet");
  if (!sheet) return;
  const values = (name) => Array.from(sheet.querySelectorAll(`[name="${name}"]`))
    .filter((one) => one.type !== "radio" || one.checked).map((one) => one.value);
  const follow = () => sheet.querySelectorAll("[data-when]").forEach((one) => {
    const wanted = one.dataset.is.split(" ");
    one.hidden = !values(one.dataset.when).some((value) => wanted.includes(value));
  });
  follow();
  sheet.addEventListener("change", follow);
  sheet.addEventListener("click", (event) => { // a number that is on record, taken by one touch
    const number = event.target.closest("[data-number]");
    if (!number) return;
    const field = number.closest(".field").querySelector("input[type=tel]");
    field.value = number.dataset.number;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  sheet.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (!more) return;
    const body = more.closest(".lines").querySelector("tbody");
    const last = body.lastElementChild;
    const next = last.cloneNode(true);
    const at = Number(last.querySelector("[name]").name.split("/")[1]);
    next.querySelectorAll("[name]").forEach((one) => {
      const name = one.name.replace(`/${at}/`, `/${at + 1}/`);
      one.id = one.id.replace(one.name, name);
      one.name = name;
      if (one.type === "radio") one.checked = false; else one.value = "";
    });
    next.querySelectorAll(".fault, datalist").forEach((one) => one.remove()); // the choices of the line before serve this one too
    body.append(next);
    next.querySelector("[name]").focus();
  });
  const told = document.getElementById("saved");
  if (!told) return;
  const LATEST = 15_000; // ms after which what was typed is sent, though one types on
  const SOON = 500; // ms until what was typed stands on the device
  const WEEK = 7 * 24 * 3600 * 1000;
  const here = window.location.pathname;
  const kept = `draft:${told.dataset.who}:${here}`; // what no network took: any page sends it
  const typed = `typed:${told.dataset.who}:${here}`; // what may be sent already: taken up again by this form only
  const alone = "alone" in told.dataset; // a correction: the server keeps no draft of it, so it stands on the device only
  const own = (name) => name && name !== "csrfmiddlewaretoken" && name !== "version";
  // a personal number does not stand on the device in clear; hidden it may
  const secret = (name, value) => !value.includes("**") && sheet.querySelector(`[name="${CSS.escape(name)}"][data-unkept]`) !== null;
  const entries = () => Array.from(new FormData(sheet)).filter(([name, value]) => own(name) && typeof value === "string" && !secret(name, value));
  const served = () => { // what the server told, whatever the browser has put back into the fields since
    const found = [];
    Array.from(sheet.elements).filter((one) => own(one.name)).forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") { if (one.defaultChecked) found.push([one.name, one.value]); }
      else if (one.tagName === "SELECT") found.push([one.name, (Array.from(one.options).find((held) => held.defaultSelected) || one.options[0] || { value: "" }).value]);
      else if (one.tagName !== "BUTTON" && one.type !== "file") found.push([one.name, one.defaultValue]);
    });
    return found;
  };
  const store = (name, text) => { try { localStorage.setItem(name, text); } catch { /* full, or refused: the server's draft remains */ } };
  const plain = (text) => (text ?? "").replace(/\r\n/g, "\n");
  let base = served(); // what the server holds, as far as this page knows
  let dirty = false;
  let busy = false;
  let gone = false; // handed in: nothing is kept of it any more
  let since = 0;
  let timer = 0;
  let soon = 0;
  const stash = () => store(kept, JSON.stringify(entries()));
  const note = () => {
    window.clearTimeout(soon);
    soon = 0;
    if (!dirty || gone) return;
    if (!alone && localStorage.getItem(kept)) stash(); else store(typed, JSON.stringify({ at: Date.now(), base, said: entries() }));
  };
  const forget = () => {
    window.clearTimeout(soon);
    soon = 0;
    localStorage.removeItem(kept);
    localStorage.removeItem(typed);
  };
  const keep = () => {
    dirty = true;
    if (alone) { note(); told.textContent = told.dataset.here; return; }
    stash();
    localStorage.removeItem(typed);
    told.textContent = told.dataset.here;
  };
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, Math.max(0, Math.min(Number(told.dataset.after), since + LATEST - Date.now())));
  };
  const send = async (leaving = false) => {
    if (!dirty || gone) return;
    if (alone) { note(); told.textContent = told.dataset.here; return; }
    if (busy && leaving !== true) { later(); return; }
    window.clearTimeout(timer);
    dirty = false;
    busy = true;
    since = 0;
    const sent = entries();
    const body = new FormData(sheet);
    body.set("draft", "1");
    try {
      // only what has to outlive the page is sent so that it does: such a request must be small
      const answer = await fetch(here, { method: "POST", body, keepalive: leaving === true, headers: { "X-Draft": "1" } });
      if (gone) return; // handed in meanwhile: what was kept of that stays until a page tells that it arrived
      if (answer.redirected && /\/papers\/\d+\/$/.test(answer.url)) { // handed in elsewhere
        gone = true;
        forget();
        return;
      }
      if (answer.status !== 204) throw new Error(String(answer.status));
      base = sent;
      forget();
      if (dirty) note(); // typed while it was under way
      told.textContent = `${told.dataset.saved} ${new Date().toTimeString().slice(0, 5)}`;
    } catch {
      if (!gone) keep();
    } finally {
      busy = false;
    }
  };
  const fill = (said) => {
    said.forEach(([name]) => { // lines that were added on the device
      const [table, row] = name.split("/");
      const more = /^\d+$/.test(row || "") && sheet.querySelector(`.lines#f-${CSS.escape(table)} [data-more]`);
      for (let left = 60; more && left && !sheet.querySelector(`[name="${CSS.escape(name)}"]`); left -= 1) more.click();
    });
    said.forEach(([name, value]) => sheet.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") one.checked = one.value === value;
      else if (one.type !== "hidden") one.value = value; // what nobody types is as the server tells it now
    }));
    follow();
    dirty = true;
    send();
  };
  // of what was typed and not known to have arrived: the fields in which the server has nothing newer
  const unsent = (text) => {
    let held;
    try { held = JSON.parse(text); } catch { return []; }
    const was = new Map(held.base);
    const now = new Map(base);
    return held.said.filter(([name, value]) => plain(value) !== plain(was.get(name)) && plain(value) !== plain(now.get(name))
      && (!navigator.onLine || plain(now.get(name)) === plain(was.get(name))));
  };
  Object.keys(localStorage).filter((name) => name.startsWith("typed:")).forEach((name) => { // of forms that nobody opened again
    try { if (JSON.parse(localStorage.getItem(name)).at > Date.now() - WEEK) return; } catch { /* not ours */ }
    localStorage.removeItem(name);
  });
  const held = localStorage.getItem(kept);
  const noted = localStorage.getItem(typed);
  if (held) {
    fill(JSON.parse(held));
  } else if (noted) {
    const left = unsent(noted);
    if (left.length) fill(left); else localStorage.removeItem(typed);
  }
  sheet.addEventListener("input", () => {
    if (gone) return;
    dirty = true;
    since = since || Date.now();
    soon = soon || window.setTimeout(note, SOON);
    later();
  });
  document.querySelectorAll("[data-leaves]").forEach((link) => link.addEventListener("click", () => { forget(); gone = true; }));
  window.addEventListener("online", send);
  const leave = () => { note(); send(true); };
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted) gone = false; }); // come back to: it may not have arrived
  // a browser may take itself for connected where nothing arrives: this page then says so since it was opened
  const bars = () => document.querySelectorAll("main .away");
  const away = () => !navigator.onLine || bars().length > 0;
  sheet.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (alone && !away()) {
      note(); // until the form, opened again, finds that it arrived
      gone = true;
      window.setTimeout(() => { gone = false; }, 2 * LATEST);
    } else if (!away()) {
      forget();
      stash(); // until a page tells that it arrived: a network that fails now would lose it with this page
      dirty = false;
      gone = true;
      window.setTimeout(() => { gone = false; }, 2 * LATEST); // the page still stands: it was stopped
    } else {
      event.preventDefault();
      keep();
      if (navigator.onLine) {
        const by = event.submitter;
        fetch("/health/", { method: "HEAD", cache: "no-store" }).then(() => {
          bars().forEach((one) => one.remove());
          sheet.requestSubmit(by);
        }).catch(() => undefined); // it stays on the device until there is a network
      }
    }
  });
})();

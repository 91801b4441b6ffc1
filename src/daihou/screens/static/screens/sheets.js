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
    next.querySelectorAll(".fault").forEach((one) => one.remove());
    body.append(next);
    next.querySelector("[name]").focus();
  });
  const told = document.getElementById("saved");
  if (!told) return;
  const kept = `draft:${told.dataset.who}:${window.location.pathname}`;
  const entries = () => Array.from(new FormData(sheet)).filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "version");
  let dirty = false;
  let timer = 0;
  const stash = () => localStorage.setItem(kept, JSON.stringify(entries()));
  const keep = () => {
    dirty = true;
    stash();
    told.textContent = told.dataset.here;
  };
  const send = async () => {
    if (!dirty) return;
    dirty = false;
    const body = new FormData(sheet);
    body.set("draft", "1");
    try {
      const answer = await fetch(window.location.pathname, { method: "POST", body, keepalive: true, headers: { "X-Draft": "1" } });
      if (answer.status !== 204) throw new Error(String(answer.status));
      localStorage.removeItem(kept);
      told.textContent = `${told.dataset.saved} ${new Date().toTimeString().slice(0, 5)}`;
    } catch {
      keep();
    }
  };
  const held = localStorage.getItem(kept);
  if (held) {
    const said = JSON.parse(held);
    said.forEach(([name]) => { // lines that were added on the device
      const [table, row] = name.split("/");
      const more = /^\d+$/.test(row || "") && sheet.querySelector(`.lines#f-${CSS.escape(table)} [data-more]`);
      for (let left = 60; more && left && !sheet.querySelector(`[name="${CSS.escape(name)}"]`); left -= 1) more.click();
    });
    said.forEach(([name, value]) => sheet.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") one.checked = one.value === value; else one.value = value;
    }));
    follow();
    dirty = true;
    send();
  }
  sheet.addEventListener("input", () => {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(send, Number(told.dataset.after));
  });
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  sheet.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (navigator.onLine) {
      stash(); // until a page tells that it arrived: a network that fails now would lose it with this page
      dirty = false;
    } else {
      event.preventDefault();
      keep();
    }
  });
})();

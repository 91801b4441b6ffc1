// What is typed into a register's form outlives a login that ended: kept in this tab while one types, put back when the form is opened again, gone once it arrived.
(() => {
  "use strict";
  const { who } = document.body.dataset;
  if (!who) return; // the login: whoever comes back finds what he typed
  const SENT = "row-sent";
  const own = `row:${who}:`;
  Object.keys(sessionStorage).filter((name) => name.startsWith("row:") && !name.startsWith(own)).forEach((name) => sessionStorage.removeItem(name));
  const form = document.querySelector("form[data-typed]");
  const kept = `${own}${window.location.pathname}${window.location.search}`;
  const sent = sessionStorage.getItem(SENT);
  if (sent && !(form && sent === kept)) sessionStorage.removeItem(sent); // another page answered: it arrived
  sessionStorage.removeItem(SENT);
  if (!form) return;
  const fields = () => Array.from(form.elements).filter((one) => one.name && !one.disabled && !("unkept" in one.dataset)
    && !["hidden", "password", "file", "submit", "button"].includes(one.type));
  const told = document.getElementById("typed");
  const forget = () => { sessionStorage.removeItem(kept); told.hidden = true; };
  const held = sessionStorage.getItem(kept);
  if (held && form.dataset.typed !== "bound") {
    const said = new Map(JSON.parse(held));
    const moved = fields().filter((one) => said.has(one.name) && said.get(one.name) !== one.value);
    moved.forEach((one) => { one.value = said.get(one.name); });
    told.hidden = !moved.length;
  }
  told.querySelector("button").addEventListener("click", () => { forget(); form.reset(); });
  form.addEventListener("input", () => {
    const said = fields().filter((one) => !/\d{11}/.test(one.value)); // a number of a person or of his phone, wherever it is typed
    try { sessionStorage.setItem(kept, JSON.stringify(said.map((one) => [one.name, one.value]))); } catch { /* full, or refused: it is lost with the login */ }
  });
  form.addEventListener("submit", () => { if (sessionStorage.getItem(kept)) sessionStorage.setItem(SENT, kept); });
  form.querySelectorAll("[data-leaves]").forEach((link) => link.addEventListener("click", forget));
})();

// Keys of the whole application: / search, j and k through a list, Enter opens, ? tells them, Escape closes an open menu.
(() => {
  "use strict";
  const rows = () => Array.from(document.querySelectorAll("table.list tbody tr[data-open]"));
  const chosen = () => document.querySelector("table.list tr.chosen");
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const choose = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    all.forEach((row) => row.classList.remove("chosen"));
    next.classList.add("chosen");
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return;
    }
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); }
    } else if (event.key === "j") choose(1);
    else if (event.key === "k") choose(-1);
    else if (event.key === "Enter" && chosen()) window.location = chosen().dataset.open;
    else if (event.key === "?") { const help = document.getElementById("keys"); if (help) help.showModal(); }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-close]");
    if (opener) opener.closest("dialog").close();
    document.querySelectorAll("details[data-menu][open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  });
})();

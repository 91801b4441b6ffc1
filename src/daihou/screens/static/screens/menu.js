// The places that do not fit beside each other stand under "more". Runs where it stands, before anything is painted, so that nothing jumps.
(() => {
  "use strict";
  const line = document.querySelector(".nav-in");
  const rest = document.querySelector("details.rest");
  if (!line || !rest) return;
  const places = Array.from(line.children);
  const list = rest.querySelector("div");
  const lay = () => {
    line.append(...places);
    rest.hidden = true;
    rest.classList.remove("here");
    if (line.scrollWidth <= line.clientWidth) { rest.open = false; return; }
    rest.hidden = false;
    while (line.children.length > 1 && line.scrollWidth > line.clientWidth) list.prepend(line.lastElementChild);
    rest.classList.toggle("here", list.querySelector("[aria-current]") !== null);
  };
  lay();
  let width = line.parentElement.clientWidth;
  new ResizeObserver(() => {
    const now = line.parentElement.clientWidth;
    if (now === width) return;
    width = now;
    lay();
  }).observe(line.parentElement);
})();

// A photo taken on the spot says where and when: asked of the device when the photo is chosen, sent with it, kept nowhere else.
(() => {
  "use strict";
  document.addEventListener("change", (event) => {
    const file = event.target;
    const form = file.closest("form[data-place]");
    if (!form || file.type !== "file" || !file.files.length) return;
    const told = form.querySelector("[role=status]");
    const say = (code) => { told.textContent = told.dataset[code] || ""; };
    form.elements.taken_at.value = String(file.files[0].lastModified || Date.now());
    if (!navigator.geolocation) { say("none"); return; }
    say("asking");
    navigator.geolocation.getCurrentPosition(
      (found) => {
        form.elements.latitude.value = found.coords.latitude.toFixed(6);
        form.elements.longitude.value = found.coords.longitude.toFixed(6);
        form.elements.accuracy.value = String(Math.round(found.coords.accuracy));
        say("found");
      },
      () => say("none"),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 },
    );
  });
  // a file that is refused is told on a page of its own, as without scripts; one that no network took is kept by offline.js
  document.addEventListener("htmx:responseError", (event) => {
    const form = event.target.closest("form[hx-encoding]");
    if (form) HTMLFormElement.prototype.submit.call(form);
  });
})();

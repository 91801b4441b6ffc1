// A photo taken on the spot says where and when: asked of the device when the photo is chosen, sent with it, kept nowhere else.
(() => {
  "use strict";
  document.querySelectorAll("form[data-place]").forEach((form) => {
    const file = form.querySelector("input[type=file]");
    const told = form.querySelector("[role=status]");
    const say = (code) => { told.textContent = told.dataset[code] || ""; };
    file.addEventListener("change", () => {
      if (!file.files.length) return;
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
  });
})();

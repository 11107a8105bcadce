// Conveniences on top of pages that work without them. Stores nothing, requests nothing.
(() => {
  "use strict";

  // Minus and plus beside a quantity.
  for (const box of document.querySelectorAll(".stepper")) {
    const input = box.querySelector("input");
    const button = (sign, step) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = sign;
      // The field itself can be typed in and stepped with the keyboard.
      made.tabIndex = -1;
      made.setAttribute("aria-hidden", "true");
      made.addEventListener("click", () => {
        step();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return made;
    };
    box.prepend(button("−", () => input.stepDown()));
    box.append(button("+", () => input.stepUp()));
    box.classList.add("live");
  }

  // A form that is on its way is not sent twice. The button stays enabled, so that it can be
  // focused and a lost reply can be followed by another try.
  const PATIENCE_MS = 8000;
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const now = event.timeStamp;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (sent.has(form) && now - sent.get(form) < PATIENCE_MS) {
      event.preventDefault();
      return;
    }
    sent.set(form, now);
    if (event.submitter) {
      event.submitter.setAttribute("aria-busy", "true");
      setTimeout(() => event.submitter.removeAttribute("aria-busy"), PATIENCE_MS);
    }
  });
  // The page may come back out of the browser's memory.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) sent.delete(form);
    for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  });

  // What is wrong with a form is read first.
  const alert = document.querySelector(".alert");
  if (alert) {
    alert.tabIndex = -1;
    alert.focus();
  }

  // A picture that does not arrive makes room for the drawn one.
  const draw = (image) => {
    if (!image.closest(".frame, .arch, .thumb")) return;
    const blank = document.createElement("span");
    blank.className = "blank";
    blank.setAttribute("role", "img");
    blank.setAttribute("aria-label", image.alt);
    image.replaceWith(blank);
  };
  document.addEventListener("error", (e) => e.target instanceof HTMLImageElement && draw(e.target), true);
  for (const image of document.images) if (image.complete && !image.naturalWidth) draw(image);
})();

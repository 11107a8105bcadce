// Conveniences on top of pages that work without them. Stores nothing; requests nothing but the script
// of the search.
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
  const WAIT_MS = 8000;
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const now = event.timeStamp;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (sent.has(form) && now - sent.get(form) < WAIT_MS) {
      event.preventDefault();
      return;
    }
    sent.set(form, now);
    if (event.submitter) {
      event.submitter.setAttribute("aria-busy", "true");
      setTimeout(() => event.submitter.removeAttribute("aria-busy"), WAIT_MS);
    }
  });
  // The page may come back out of the browser's memory.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) sent.delete(form);
    for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  });

  // What an address needs, and what its parts are called, depends on its country: each option says
  // it as souk_pages::countries::script_rule writes it.
  const country = document.querySelector("#f-country");
  const adapt = () => {
    if (!country.value) return;
    const rule = country.selectedOptions[0].dataset.a || "0-0-0!";
    ["postal_code", "region", "city"].forEach((name, place) => {
      const [kind, need] = rule.slice(2 * place);
      const input = country.form.elements[name];
      const [label, star, optional] = input.labels[0].children;
      label.textContent = input.dataset.names.split("|")[parseInt(kind, 36)];
      optional.hidden = input.required = need === "!";
      star.hidden = !input.required;
      input.parentElement.classList.toggle("unused", need === "-" && !input.value);
    });
    const hint = document.querySelector("#h-postal_code");
    hint.textContent = rule[6] ? hint.dataset.hint + rule.slice(6) : "";
  };
  if (country) {
    country.addEventListener("change", adapt);
    // The browser puts back what was chosen before.
    addEventListener("pageshow", adapt);
  }

  // An open list of the menu closes with Escape, or a click elsewhere.
  const close = (target) => {
    for (const menu of document.querySelectorAll(".menu[open]")) menu.open = menu.contains(target);
  };
  addEventListener("click", (e) => close(e.target));
  addEventListener("keydown", (e) => e.key === "Escape" && close(null));

  // Suggestions are for those who search; the path is that of the file with its hash.
  document.querySelector(".find")?.addEventListener("focusin", () => import("search.js").catch(() => {}), { once: true });

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

// The checkout while it is filled in: other totals, other ways of delivery, what a code does. Without
// this the buttons of the form do the same.
const form = document.querySelector(".checkout");
const WAIT_MS = 400;
let asked = 0;
let timer;

// Puts the parts of the answer into the places of the page with the same ids.
const put = (html) => {
  const made = document.createElement("template");
  made.innerHTML = html;
  const focused = document.activeElement.id;
  for (const part of made.content.children) {
    document.getElementById(part.id)?.replaceChildren(...part.childNodes);
  }
  if (focused && document.activeElement.id !== focused) document.getElementById(focused)?.focus();
};

const ask = async (button) => {
  clearTimeout(timer);
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  if (button) body.append(button.name, button.value);
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.getAttribute("action")}/quote`, { method: "POST", body });
    const html = answer.ok && (await answer.text());
    // Only the answer to what is in the form now.
    if (html && mine === asked) {
      if (button?.name === "action") form.elements.code.value = "";
      put(html);
    }
  } catch {
    // The buttons of the form still work.
  }
  button?.removeAttribute("aria-busy");
};

form.querySelector(".summary > [value=update]").remove();
form.addEventListener("input", ({ target }) => {
  if (!["country", "region", "postal_code", "delivery", "pickup_point", "payment"].includes(target.name)) return;
  // An answer that is on its way knows nothing of this choice.
  asked++;
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  if (!button) return;
  event.preventDefault();
  ask(button);
});
// The browser puts back what was typed before.
addEventListener("pageshow", () => ask());

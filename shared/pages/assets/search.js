// Suggestions below the form to search with: a combobox with a listbox (ARIA 1.2). shop.js loads it
// when the form gets the focus; without it the form is sent as it is. Stores nothing; requests its
// texts and suggestions.
(async () => {
  "use strict";
  const form = document.querySelector(".find");
  // The texts stand on the page of the search, in the language of this one.
  const texts = async () => {
    const response = await fetch(form.action);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector(".find").dataset.suggest;
  };
  let said = form.dataset.suggest;
  try {
    said ||= await texts();
  } catch {
    // The shopper has left the page, or the shop does not answer.
    return;
  }
  const [language, market, counted, ...kinds] = said.split("|");

  // A shopper who types on sends no request for each letter.
  const WAIT_MS = 120;
  // A text that the shop takes.
  const CHARS_MAX = 128;
  // Suggestions of each kind.
  const LIMIT = 4;
  // In these scripts one character says enough; of others it takes two.
  const DENSE = new RegExp("[\\u0e00-\\u0eff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af]");

  const input = form.elements.q;
  let options = [];
  let active = -1;
  let asked = "";
  let timer;
  let request = new AbortController();

  const make = (parent, tag, name) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    parent.append(made);
    return made;
  };
  const set = (element, attributes) => {
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  const list = set(make(form, "div", "hits"), { id: "hits", role: "listbox", "aria-labelledby": "hits-count" });
  const status = set(make(form, "span", "hidden"), { id: "hits-count", role: "status" });
  set(input, {
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": "hits",
  });

  const show = (open) => {
    list.hidden = !open;
    set(input, { "aria-expanded": open });
  };
  const activate = (place) => {
    options.forEach((option, own) => set(option, { "aria-selected": own === place }));
    active = place;
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      set(input, { "aria-activedescendant": options[place].id });
      options[place].scrollIntoView({ block: "nearest" });
    }
  };
  const clear = () => {
    options = [];
    activate(-1);
    list.replaceChildren();
    status.textContent = "";
    show(false);
  };

  const results = (parameters) => form.action + "?" + new URLSearchParams(parameters);
  // The addresses are those that search engines know; the shopper stays on this one.
  const local = (url) => new URL(url).pathname;
  const price = ({ amount, currency }) => {
    const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
    return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
  };
  const add = (group, href, text) => {
    const option = set(make(group, "a"), { role: "option", href, tabindex: -1, "aria-selected": false });
    option.id = "hit-" + options.push(option);
    make(option, "span").textContent = text;
    return option;
  };
  const draw = (found) => {
    clear();
    const first = found.queries[0] || asked;
    const lists = [
      [found.queries, (group, text) => {
        const option = add(group, results({ q: text }), text);
        // What choosing it would add.
        if (!text.startsWith(asked)) return;
        option.firstChild.textContent = asked;
        make(option.firstChild, "b").textContent = text.slice(asked.length);
      }],
      [found.products, (group, product) => {
        const option = add(group, local(product.url), product.title);
        const frame = make(option, "span", "thumb");
        option.prepend(frame);
        if (product.image) set(make(frame, "img"), { src: product.image, alt: "", width: 48, height: 48 });
        else make(frame, "span", "blank");
        make(option, "span", "price").textContent = price(product.price);
      }],
      [found.collections, (group, page) => add(group, local(page.url), page.title)],
      [found.types, (group, type) => add(group, results({ q: first, type: type.value }), type.text)],
      [found.articles, (group, page) => add(group, local(page.url), page.title)],
    ];
    lists.forEach(([items, each], place) => {
      if (!items.length) return;
      const group = set(make(list, "div"), { role: "group", "aria-label": kinds[place] });
      for (const item of items) each(group, item);
    });
    status.textContent = counted.replace("#", options.length);
    show(options.length > 0);
  };

  const ask = async () => {
    const text = input.value.trimStart();
    request.abort();
    asked = text;
    if (text.length > CHARS_MAX || (text.trim().length < 2 && !DENSE.test(text))) return clear();
    request = new AbortController();
    const { signal } = request;
    try {
      const address = "/api/v1/suggest?" + new URLSearchParams({ q: text, locale: language, market, limit: LIMIT });
      const response = await fetch(address, { signal });
      const found = response.ok && await response.json();
      if (signal.aborted) return;
      if (found && document.activeElement === input) draw(found);
      else clear();
    } catch {
      if (!signal.aborted) clear();
    }
  };
  const type = (event) => {
    // Letters that an input method still makes characters of are no query.
    if (event.isComposing) return;
    clearTimeout(timer);
    request.abort();
    activate(-1);
    timer = setTimeout(ask, WAIT_MS);
  };
  input.addEventListener("input", type);
  input.addEventListener("compositionend", type);

  input.addEventListener("keydown", (event) => {
    const { key } = event;
    // Safari reports the key that ends a composition with this code and without the flag.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const last = options.length - 1;
    if (list.hidden) {
      if (key !== "ArrowDown" && key !== "ArrowUp") return;
      event.preventDefault();
      if (last < 0) ask();
      else show(true);
      return;
    }
    if (key === "Escape") {
      event.preventDefault();
      activate(-1);
      show(false);
      return;
    }
    if (active >= 0 && key === "Enter") {
      event.preventDefault();
      options[active].click();
      return;
    }
    const moves = { ArrowDown: active < last ? active + 1 : -1, ArrowUp: active < 0 ? last : active - 1 };
    // Home and End move the caret as long as no suggestion is chosen.
    if (active >= 0) Object.assign(moves, { Home: 0, End: last });
    if (!(key in moves)) return;
    event.preventDefault();
    activate(moves[key]);
  });

  const close = () => {
    clearTimeout(timer);
    request.abort();
    activate(-1);
    show(false);
  };
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
  list.addEventListener("click", close);
  // The field keeps the focus while a suggestion is pointed at.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  show(false);
  // What was typed in the meantime.
  if (!form.dataset.suggest && input.value) ask();
})();

// A place in a waiting room while its page is open: it asks the API where the place stands, and puts
// what the page says by then in. Without this the page comes back by itself; with `?live` it does not.
const room = document.getElementById("room");
const says = document.getElementById("says");
const until = document.getElementById("until");
const CALM_MS = 10000;
let shown = -CALM_MS;
let waiting;

// What is said changes once in ten seconds at most; the last change counts.
const show = (change) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    shown = performance.now();
    change();
  }, shown + CALM_MS - performance.now());
};

const put = (id, number) => {
  const place = document.getElementById(id);
  const text = String(number ?? "–");
  if (place && place.textContent !== text) place.textContent = text;
};

// The page as it is now. Where it has gone, such as at the end of a session, so does the browser.
const renew = async () => {
  const answer = await fetch(location.href);
  if (answer.status >= 500) return;
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = made.getElementById("room");
  if (!now) return location.reload();
  show(() => {
    room.dataset.state = now.dataset.state;
    says.replaceChildren(...made.getElementById("says").childNodes);
    document.title = made.title;
  });
};

const poll = async () => {
  let wait_s = 10;
  try {
    const answer = await fetch(room.dataset.ticket);
    wait_s = +answer.headers.get("retry-after") || wait_s;
    const ticket = answer.ok && (await answer.json());
    if (ticket && ticket.state === room.dataset.state) {
      show(() => {
        put("ahead", ticket.ahead);
        put("minutes", ticket.eta_s === null ? null : Math.ceil(ticket.eta_s / 60));
      });
    } else if (answer.status < 500) await renew();
  } catch {
    // The next one may arrive.
  }
  setTimeout(poll, wait_s * 1000);
};

// By the server's time: only how long it is until the opening comes from there.
const opens = performance.now() + Number(room.dataset.opens);
const count = () => {
  const left_s = Math.ceil((opens - performance.now()) / 1000);
  until.hidden = left_s <= 0;
  const parts = [left_s / 3600, (left_s / 60) % 60, left_s % 60];
  until.lastElementChild.textContent = parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
  if (left_s > 0) setTimeout(count, 1000);
};

if (location.search !== "?live") location.replace("?live");
else {
  if (until) count();
  setTimeout(poll, 1000);
}

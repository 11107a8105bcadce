// What may happen to a person at the checkout: everything by the keyboard, in a German shop on a narrow
// screen; and in a shop with terms of its own, with scripts and without, a price that changes and a code
// that another buyer uses up while the form is open.
//
// Arguments: address of the shop, Chromium, directory of the npm packages, directory for the
// screenshots, and which: `keyboard` or `changes`.
// At each `step NAME` that it prints it waits for a line: the test has changed the shop then.
// Fails with what was wrong; prints a line for each journey.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [base, chromium, modules, screenshots, which] = process.argv.slice(2);
const require = createRequire(join(modules, "checkout.cjs"));
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// Nothing on a page is farther away than so many times Tab.
const TABS_MAX = 80;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Lets the test change something. */
async function step(name) {
  console.log(`step ${name}`);
  const { done } = await lines.next();
  assert.equal(done, false, `the test has given up at ${name}`);
}

async function look(page, name) {
  await page.screenshot({ path: join(screenshots, `checkout-${name}.png`), fullPage: true });
  const overflow = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${name}: ${overflow} pixels too wide`);
  if (name.startsWith("plain")) return;
  await page.evaluate(axe);
  const broken = await page.evaluate((rules) =>
    globalThis.axe.run({ runOnly: rules }).then((found) => found.violations.map((one) => one.id)),
  RULES);
  assert.deepEqual(broken, [], name);
}

/** Presses Tab until the focus is on what a selector means; it must be seen there. */
async function tabTo(page, selector) {
  for (let times = 0; times < TABS_MAX; times += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate((selector) => {
      const focused = document.activeElement;
      if (!focused?.matches(selector)) return null;
      const shows = (element) => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== "none" && style.outlineWidth !== "0px")
          || style.boxShadow !== "none";
      };
      const { top, bottom } = focused.getBoundingClientRect();
      return {
        ring: shows(focused) || (focused.parentElement && shows(focused.parentElement)),
        inside: bottom > 0 && top < innerHeight,
      };
    }, selector);
    if (!seen) continue;
    assert.ok(seen.ring, `${selector}: the focus cannot be seen`);
    assert.ok(seen.inside, `${selector}: the focus is off the screen`);
    return;
  }
  throw new Error(`${selector} cannot be reached by the keyboard on ${page.url()}`);
}

/** From the home page to the order without a mouse. */
async function byKeyboard(page) {
  const type = async (name, text) => {
    await tabTo(page, `#f-${name}`);
    await page.keyboard.type(text);
  };
  await page.goto(`${base}/`);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await tabTo(page, ".find input");
  await page.keyboard.type("Topfbürste");
  await page.keyboard.press("Enter");
  await page.waitForURL(/[/]search[?]q=/);
  await tabTo(page, `main .card a[href="/products/topfbuerste"]`);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/products/topfbuerste`);
  await tabTo(page, "main form button:not([type=button])");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/cart`);
  await tabTo(page, `a[href="/checkout"]`);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/checkout`);
  await type("name", "Erika Mustermann");
  await type("email", "erika@example");
  await tabTo(page, "#f-country");
  await page.keyboard.type("Deutschland");
  await type("line1", "Invalidenstraße 1");
  await type("postal_code", "10115");
  await type("city", "Berlin");
  await tabTo(page, "form.checkout button.primary, .checkout button:not([name])");
  await page.keyboard.press("Enter");
  // The address is not one; the mistake has the focus, and its link leads to the field.
  await page.locator(".alert").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.className), "alert");
  await look(page, "keyboard-mistake");
  await tabTo(page, `.alert a[href="#f-email"]`);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "f-email");
  await page.keyboard.press("End");
  await page.keyboard.type(".com");
  await tabTo(page, "form.checkout button.primary, .checkout button:not([name])");
  await page.keyboard.press("Enter");
  await page.waitForURL(/[/]orders[/]/);
  const main = await page.locator("main").innerText();
  assert.ok(main.includes("erika@example.com") && main.includes("Invalidenstraße 1"), main);
  assert.match(main, /MwSt|USt|Umsatzsteuer|Mehrwertsteuer/, "the tax has its German name");
  await look(page, "keyboard-order");
}

/** What the total is, on a page with a summary. */
async function total(page) {
  const row = page.locator("section.summary dl > div.total");
  return (await row.innerText()).match(/\d+\.\d\d/)[0];
}

/** Fills a cart with one mug and the form for Albany. */
async function fillForm(page, email) {
  await page.goto(`${base}/products/stone-mug`);
  await page.locator("main form button:not([type=button])").first().click();
  await page.waitForURL(`${base}/cart`);
  await page.locator(`a[href="/checkout"]`).click();
  await page.locator("#f-country").selectOption("US");
  const values = {
    name: "Li Lei", email, line1: "1 Main Street", city: "Albany", region: "NY",
    postal_code: "12207",
  };
  for (const [name, value] of Object.entries(values)) {
    await page.locator(`#f-${name}`).fill(value);
  }
  // With scripts the totals follow by themselves.
  const update = page.locator("section.summary > button[value=update]");
  if (await update.isVisible()) await update.click();
  await page.locator("section.summary dl > div", { hasText: "State tax 4 %" }).first().waitFor();
}

async function submit(page) {
  await page.locator("button:not([name])", { hasText: "Place order" }).click();
}

const thanks = (page) =>
  page.getByRole("heading", { level: 1, name: "Thank you for your order" }).waitFor();

/** The form is refused with this notice, and keeps what was typed. */
async function refused(page, notice, name) {
  await page.getByText(notice).first().waitFor();
  assert.equal(await page.locator("#f-name").inputValue(), "Li Lei", "nothing typed is lost");
  assert.equal(await page.locator("#f-line1").inputValue(), "1 Main Street");
  await look(page, name);
}

async function whileTheFormIsOpen(page, name, place) {
  await fillForm(page, `price-${place}@example.com`);
  const shown = await total(page);
  await step("price");
  await submit(page);
  await refused(page, "The order now costs", `${name}-price`);
  const now = await total(page);
  assert.ok(Number(now) > Number(shown), `${shown}, then ${now}`);
  await submit(page);
  await thanks(page);
  assert.equal(await total(page), now, "the order costs what the second form has shown");

  await fillForm(page, `code-${place}@example.com`);
  const full = await total(page);
  await page.locator("details.code summary").click();
  await page.locator("#f-code").fill(`LAST${place}`);
  await page.locator("details.code button").click();
  await page.getByText(`LAST${place} is applied.`).first().waitFor();
  await page.waitForFunction((full) =>
    !document.querySelector("section.summary dl > div.total").innerText.includes(full), full);
  await step(`code ${place}`);
  await submit(page);
  await refused(page, "A reduction is no longer possible", `${name}-code`);
  assert.equal(await total(page), full, "it costs what it costs without the code");
  await submit(page);
  await thanks(page);
  assert.equal(await total(page), full);
}

const JOURNEYS = {
  keyboard: [{ name: "keyboard", scripts: true, width: 360, run: byKeyboard }],
  changes: [true, false].map((scripts, place) => ({
    name: scripts ? "scripts" : "plain",
    scripts,
    width: scripts ? 1440 : 360,
    run: (page) => whileTheFormIsOpen(page, scripts ? "scripts" : "plain", place + 1),
  })),
};

const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let failed = 0;
try {
  for (const { name, scripts, width, run } of JOURNEYS[which]) {
    const context = await browser.newContext({
      javaScriptEnabled: scripts,
      viewport: { width, height: 800 },
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    try {
      await run(page);
      console.log(`${name}: ordered`);
    } catch (error) {
      failed += 1;
      console.error(`${name}: ${error.message}\n  at ${page.url()}`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);

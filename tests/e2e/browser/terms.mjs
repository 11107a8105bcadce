// A person with a browser buys in a shop with terms of its own: a reduction by itself, a code that is
// wrong, one that is right, an address that nothing goes to, delivery, tax, and the order's page with
// the same sums; then in another market, in euros. With scripts on a wide screen, without on a narrow one.
//
// Arguments: address of the shop, Chromium, directory of the npm packages, directory for the
// screenshots.
// Fails with what was wrong; prints a line for each journey.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [base, chromium, modules, screenshots] = process.argv.slice(2);
const require = createRequire(join(modules, "terms.cjs"));
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const HOW = [{ scripts: true, width: 1440 }, { scripts: false, width: 360 }];
const BUYERS = ["first@example.com", "second@example.com"];

class Journey {
  constructor(page, how) {
    this.page = page;
    this.how = how;
    this.name = `terms-${how.scripts ? "scripts" : "plain"}`;
  }

  async look(step) {
    const { page, how } = this;
    await page.screenshot({ path: join(screenshots, `${this.name}-${step}.png`), fullPage: true });
    const overflow = await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${step}: ${overflow} pixels too wide`);
    if (!how.scripts) return;
    await page.evaluate(axe);
    const broken = await page.evaluate((rules) =>
      globalThis.axe.run({ runOnly: rules }).then((found) => found.violations), RULES);
    assert.deepEqual(broken.map((one) => one.id), [], step);
  }

  /** Names and amounts of what the total consists of. */
  async rows() {
    const rows = this.page.locator("section.summary dl > div");
    return rows.evaluateAll((all) => all.map((row) =>
      [...row.children].map((part) => part.textContent.trim())));
  }

  /** Waits until the totals say this. */
  async shows(name, amount) {
    const row = this.page.locator("section.summary dl > div", { hasText: name });
    await row.filter({ hasText: amount }).first().waitFor();
  }

  /** What a shopper does after typing: nothing with scripts, else the button. */
  async update() {
    if (this.how.scripts) return;
    await this.page.locator("section.summary > button[value=update]").click();
    await this.page.waitForLoadState("load");
  }

  async fill(values) {
    for (const [name, value] of Object.entries(values)) {
      await this.page.locator(`#f-${name}`).fill(value);
    }
  }

  async applyCode(code, says) {
    const { page } = this;
    const details = page.locator("details.code");
    if (!(await details.getAttribute("open").then((open) => open !== null))) {
      await details.locator("summary").click();
    }
    await page.locator("#f-code").fill(code);
    await page.locator("details.code button").click();
    await page.getByText(says).first().waitFor();
  }

  async fillCart() {
    const { page } = this;
    await page.goto(`${base}/products/stone-mug`);
    await page.locator("#quantity").fill("3");
    await page.locator("main form button:not([type=button])").first().click();
    await page.waitForURL(`${base}/cart`);
    assert.deepEqual(await this.rows(), [
      ["Subtotal", "$54.00"], ["Three mugs for two", "-$18.00"], ["Total", "$36.00"],
    ]);
    await this.look("1-cart");
    await page.locator(`a[href="/checkout"]`).click();
  }

  async checkOut(email) {
    const { page } = this;
    await page.locator(".checkout").waitFor();
    const visible = await page.locator(".checkout :is(input, select)").evaluateAll((all) =>
      all.filter((one) => one.type !== "radio" && one.checkVisibility()).length);
    assert.ok(visible <= 8, `${visible} fields`);
    assert.deepEqual(await this.countries(), ["CA", "US"]);
    await page.locator("#f-country").selectOption("CA");
    await this.update();
    await page.locator("#live-place, .problem").getByText("We do not deliver").first().waitFor();
    await page.locator("#f-country").selectOption("US");
    await this.fill({
      name: "Li Lei", email, line1: "1 Main Street", city: "Albany", region: "NY",
      postal_code: "12207",
    });
    await this.update();
    await this.shows("State tax 4 %", "$");
    await this.applyCode("NONSENSE", "NONSENSE is not a code of this shop.");
    await page.locator("button[value=NONSENSE]").click();
    // It is shown and read out, so it is there twice.
    await page.locator(`body:not(:has-text("NONSENSE is not a code"))`).waitFor();
    await this.applyCode("welcome10", "welcome10 is applied.");
    await this.shows("Total", "$40.39");
    await page.locator("input[name=delivery][value=pickup]").check();
    await this.update();
    await this.shows("Total", "$34.99");
    await page.locator("input[name=pickup_point][value=market]").check();
    await page.locator("input[name=delivery][value=standard]").check();
    await this.update();
    await this.shows("Total", "$40.39");
    assert.equal(await page.locator("#f-name").inputValue(), "Li Lei", "nothing typed is lost");
    await this.look("2-checkout");
    const rows = await this.rows();
    await page.locator("button:not([name])", { hasText: "Place order" }).click();
    await page.getByRole("heading", { level: 1, name: "Thank you for your order" }).waitFor();
    assert.deepEqual(await this.rows(), rows, "the order says what the checkout has shown");
    await this.look("3-order");
  }

  /** The countries that the checkout offers. */
  async countries() {
    const options = this.page.locator("#f-country option");
    await options.first().waitFor({ state: "attached" });
    const codes = await options.evaluateAll((all) => all.map((one) => one.value));
    return [...new Set(codes.filter((code) => code))].sort();
  }

  /** The same shopper in another market: lists, cart and checkout are in euros, with tax in them. */
  async buyInEurope(email) {
    const { page } = this;
    await page.goto(`${base}/collections/all`);
    await page.locator("nav.markets a", { hasText: "EUR" }).click();
    await page.waitForURL(`${base}/eu/collections/all`);
    await page.goto(`${base}/eu/collections/all?sort=price-asc`);
    const shown = await page.locator("li.card .price").allTextContents();
    const prices = shown.map((text) => Number(text.match(/\d+\.\d\d/)[0]));
    // Tea costs less for some days.
    assert.ok([9, 11].includes(prices[0]), `${prices}`);
    assert.deepEqual(prices.slice(1), [17.5, 27.5], "in the order of the market's prices");
    await page.goto(`${base}/eu/collections/all?price.min=12&price.max=18`);
    assert.equal(await page.locator("li.card").count(), 1, "filtered by the market's prices");
    await this.look("4-europe");
    await page.locator("li.card a", { hasText: "Stone mug" }).click();
    await page.waitForURL(`${base}/eu/products/stone-mug`);
    await page.locator("main form button:not([type=button])").first().click();
    await page.waitForURL(`${base}/eu/cart`);
    await this.shows("Total", "17.50");
    await page.locator(`a[href="/eu/checkout"]`).click();
    assert.deepEqual(await this.countries(), ["AT", "DE", "FR"]);
    await page.locator("#f-country").selectOption("DE");
    await this.fill({
      name: "Erika Mustermann", email, line1: "Invalidenstraße 1", city: "Berlin",
      postal_code: "10115",
    });
    await this.update();
    await this.shows("VAT 19 %", "3.5");
    await this.shows("Total", "22.40");
    await this.look("5-europe-checkout");
    const rows = await this.rows();
    await page.locator("button:not([name])", { hasText: "Place order" }).click();
    await page.getByRole("heading", { level: 1, name: "Thank you for your order" }).waitFor();
    assert.ok(page.url().startsWith(`${base}/eu/orders/`), page.url());
    assert.deepEqual(await this.rows(), rows, "the order says what the checkout has shown");
    await this.look("6-europe-order");
  }
}

const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let failed = 0;
try {
  for (const [place, how] of HOW.entries()) {
    const context = await browser.newContext({
      javaScriptEnabled: how.scripts,
      viewport: { width: how.width, height: 800 },
    });
    context.setDefaultTimeout(20_000);
    const journey = new Journey(await context.newPage(), how);
    try {
      await journey.fillCart();
      await journey.checkOut(BUYERS[place]);
      await journey.buyInEurope(`europe-${BUYERS[place]}`);
      console.log(`${journey.name}: ordered`);
    } catch (error) {
      failed += 1;
      console.error(`${journey.name}: ${error.message}\n  at ${journey.page.url()}`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

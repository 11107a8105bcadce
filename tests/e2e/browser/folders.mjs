// Looks at every kind of page of a shop in each of its languages, on a wide and a narrow screen and
// in dark colours. Knows no text of any shop: it finds its way by addresses and by names of fields.
//
// Arguments: address of the shop, Chromium, directory of the npm packages, directory for the
// screenshots, and `all`, or `some` for one language that is not the shop's own, narrow.
// Fails with what was wrong; prints a line for each look.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [base, chromium, modules, screenshots, howMany] = process.argv.slice(2);
const require = createRequire(join(modules, "folders.cjs"));
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [1280, 375];
/** Pages on which colours stand on each other that stand nowhere else. */
const DARK = ["home", "product", "checkout", "order"];
const COUNTRY = "DE";
const FIELDS = {
  name: "Jo Petersen", email: "jo@example.com", city: "Hamburg", postal_code: "20457",
  line1: "Hafenstraße 5",
};

const json = async (path) => {
  const response = await fetch(base + path);
  assert.equal(response.status, 200, path);
  return response.json();
};

/** The first of a list of the API that the test says is good. */
const first = async (path, isGood = () => true) => {
  const found = (await json(path)).items.find(isGood);
  assert.ok(found, `${path} has nothing to look at`);
  return found;
};

/** Where the pages are, without the prefix of a language. */
async function places() {
  const content = async (kind) => (await first(`/api/v1/content/${kind}`)).slug;
  const product = await first("/api/v1/products?limit=100",
    (one) => one.collections.length && one.variants.every((variant) => variant.available));
  return {
    home: "/",
    collections: "/collections",
    collection: `/collections/${product.collections[0]}`,
    product: `/products/${product.slug}`,
    page: `/pages/${await content("page")}`,
    blog: "/blog",
    article: `/blog/${await content("blog")}`,
    help: "/help",
    answer: `/help/${await content("help")}`,
    developers: "/developers",
  };
}

/** What is true of every page of every shop. */
async function look(page, tag, name) {
  await page.waitForLoadState("load");
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  const seen = await page.evaluate(() => ({
    language: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    pictures: [...document.images].filter((image) =>
      !image.hasAttribute("alt") || !image.getAttribute("width") || !image.getAttribute("height")
      || (image.complete && !image.naturalWidth)).map((image) => image.src),
  }));
  assert.equal(seen.language, tag, `${name}: language of the page`);
  assert.equal(seen.headings, 1, `${name}: number of main headings`);
  assert.ok(seen.overflow <= 0, `${name}: ${seen.overflow} pixels too wide`);
  assert.deepEqual(seen.pictures, [], `${name}: pictures without text, size or content`);
  await checkAccess(page, name);
}

async function checkAccess(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules }), RULES);
  const told = found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`));
  assert.deepEqual(told, [], `${name}: accessibility`);
}

/** Opens every list of the header: all that is in it can be seen and clicked. */
async function openMenus(page, tag, name) {
  const lists = page.locator("header .menu");
  for (let place = 0; place < await lists.count(); place++) {
    const list = lists.nth(place);
    if (!await list.evaluate((one) => one.parentElement.closest(".menu") === null)) continue;
    await list.locator("summary").first().click();
    for (const nested of await list.locator(".menu > summary").all()) await nested.click();
    for (const link of await list.locator("a").all()) {
      const hidden = await link.evaluate((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return left < 0 || right > document.documentElement.clientWidth || !one.contains(at);
      });
      assert.ok(!hidden, `${name}: ${await link.getAttribute("href")} of the menu is cut off`);
    }
    await look(page, tag, `${name}-menu-${place}`);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("header .menu[open]").count(), 0, `${name}: Escape closes`);
  }
  const cut = await page.evaluate(() => [...document.querySelectorAll("header nav > ul > li")]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((one) => one.textContent));
  assert.deepEqual(cut, [], `${name}: the menu is cut off`);
}

/** From the product to the page of an order that waits for a transfer, with a mistake on the way. */
async function placeOrder(page, prefix, visit) {
  await page.goto(`${base}${prefix}${visit.at.product}`);
  await page.locator("form.add > button").click();
  await page.waitForURL(`${base}${prefix}/cart`);
  await visit.look("cart");
  await page.goto(`${base}${prefix}/checkout`);
  await visit.look("checkout");
  await page.selectOption("[name=country]", COUNTRY);
  for (const [field, value] of Object.entries(FIELDS)) await page.fill(`[name=${field}]`, value);
  await page.locator("[name=payment][value=transfer]").check();
  // A browser lets this pass, the shop does not.
  await page.fill("[name=email]", "jo@example");
  await page.locator("form.checkout button").last().click();
  await page.locator(".alert").waitFor();
  await visit.look("mistake");
  await page.fill("[name=email]", FIELDS.email);
  await page.locator("form.checkout button").last().click();
  await page.locator(".transfer").waitFor();
  await visit.look("order");
}

async function run(browser, shop, at, language, width, isOwn) {
  const prefix = isOwn ? "" : `/${language}`;
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // Chromium also writes down the refusal that is provoked.
    const isFault = message.type() === "error" && !message.text().includes("422");
    if (isFault) faults.push(`console at ${page.url()}: ${message.text()}`);
  });
  await page.goto(`${base}${prefix}/`);
  const tag = await page.evaluate(() => document.documentElement.lang);
  assert.equal(tag.split("-")[0], language.split("-")[0], `${prefix}/ is in its language`);
  const name = (step) => `${shop}-${language}-${width}-${step}`;
  const visit = {
    at,
    look: async (step) => {
      await look(page, tag, name(step));
      if (!DARK.includes(step)) return;
      await page.emulateMedia({ colorScheme: "dark" });
      await look(page, tag, name(`${step}-dark`));
      await page.emulateMedia({ colorScheme: "light" });
    },
  };
  for (const [step, path] of Object.entries(at)) {
    await page.goto(`${base}${prefix}${path}`);
    await visit.look(step);
    if (step === "home") await openMenus(page, tag, name(step));
  }
  await placeOrder(page, prefix, visit);
  assert.deepEqual(faults, [], name("console, requests and scripts"));
  await context.close();
  console.log(`${shop} in ${language}, ${width} wide: every page is as it should be`);
}

const { name, languages } = await json("/api/v1/shop");
const at = await places();
const all = languages.flatMap((language, place) =>
  WIDTHS.map((width) => ({ language, width, isOwn: place === 0 })));
const looks = howMany === "some" ? [all.at(-1)] : all;
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let failed = 0;
try {
  for (const { language, width, isOwn } of looks) {
    try {
      await run(browser, name, at, language, width, isOwn);
    } catch (error) {
      failed += 1;
      console.error(`${name} in ${language}, ${width} wide: ${error.message}`);
    }
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

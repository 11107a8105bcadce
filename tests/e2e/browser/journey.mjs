// Shops as a person does, in Chromium: search with a typo, question, home, collection, product,
// variant, cart, checkout with a mistake, order. With scripts and without, in both languages, on a wide and a narrow screen.
//
// Arguments: address of the shop, Chromium, directory of the npm packages, directory for the
// screenshots, and how many journeys: 8 are all of them, 4 have each language with scripts and without,
// 2 are the two that differ most.
// Fails with what was wrong; prints a line for each journey.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [base, chromium, modules, screenshots, journeys] = process.argv.slice(2);
const require = createRequire(join(modules, "journey.cjs"));
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const WORDS = {
  en: {
    prefix: "", tag: "en", add: "Add to cart", filter: "Show products", checkout: "Check out", order: "Place order",
    name: "Full name", email: "E-mail", country: "Country or region", region: "Province",
    city: "City", postalCode: "Postal code", line1: "Street and number", express: "Express",
    mistake: "Please check the following", thanks: "Thank you for your order",
    empty: "Your cart is empty.", example: "For example: ",
    suggested: "Suggestions: ", question: "Where are my orders?", ask: "Search",
  },
  zh: {
    prefix: "/zh", tag: "zh-Hans", add: "加入购物车", filter: "查看商品", checkout: "去结账", order: "提交订单",
    name: "收货人姓名", email: "电子邮箱", country: "国家或地区", region: "省",
    city: "城市", postalCode: "邮政编码", line1: "详细地址", express: "加急配送",
    mistake: "请检查以下内容", thanks: "感谢您的订购",
    empty: "购物车还是空的。", example: "例如：",
    suggested: "搜索建议：", question: "订单到哪里了", ask: "搜索",
  },
};
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const UNITS = 2;
const ALL = ["en", "zh"].flatMap((language) => [true, false].flatMap((scripts) =>
  [1280, 375].map((width) => ({ language, scripts, width }))));
const CHOSEN = { 2: [0, 7], 4: [0, 3, 5, 6], 8: ALL.keys() };
const HOW = [...CHOSEN[journeys]].map((place) => ALL[place]);

const json = async (path) => {
  const response = await fetch(base + path);
  assert.equal(response.status, 200, path);
  return response.json();
};

/** Products with a choice of variants that can be bought, each on the first page of a collection. */
async function choose() {
  const products = [];
  for (const known of (await json("/api/v1/products?limit=100")).items) {
    const collection = known.collections[0];
    const orderable = known.variants.every((variant) => variant.available);
    if (!collection || known.variants.length < 2 || !orderable) continue;
    const page = await json(`/api/v1/products?collection=${collection}&limit=24`);
    if (!page.items.some((item) => item.slug === known.slug)) continue;
    const zh = await json(`/api/v1/products/${known.slug}?lang=zh`);
    products.push({ ...known, collection, titles: { en: known.title, zh: zh.title } });
    if (products.length === HOW.length) return products;
  }
  throw new Error("too few products of the catalogue have a choice of variants");
}

const money = (minor) =>
  (minor / 100).toLocaleString("en-US", { minimumFractionDigits: 2 });

/** A title as it is typed in haste: two letters of its longest word swapped; of Chinese the beginning. */
function mistyped(title) {
  const word = title.match(/[a-z]{5,}/gi)?.sort((a, b) => b.length - a.length)[0];
  if (!word) return title.slice(0, 4);
  // Letters that differ.
  const at = [...word].findIndex((letter, place) => place > 0 && letter !== word[place + 1]);
  const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
  return title.replace(word, swapped);
}

class Journey {
  constructor(page, how, product) {
    Object.assign(this, { page, how, product, words: WORDS[how.language], faults: [] });
    this.refused = false;
    page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      // A picture that was still on its way when the shopper went on: one further down, the icon.
      const picture = request.resourceType() === "image" || /\/favicon\./.test(request.url());
      // Suggestions for what the shopper has typed on from, and what shows them.
      const outdated = /[/](api[/]v1[/]suggest[?].*|assets[/]search[.].*|search)$/.test(request.url());
      if ((picture || outdated) && reason === "net::ERR_ABORTED") return;
      this.faults.push(`${request.url()} failed: ${reason}`);
    });
    page.on("response", (response) => {
      const expected = this.refused && response.status() === 422;
      if (response.status() >= 400 && !expected) {
        this.faults.push(`${response.url()}: ${response.status()}`);
      }
    });
    page.on("console", (message) => {
      // Chromium also writes down the refusal that is provoked below.
      const expected = this.refused && message.text().includes("422");
      if (message.type() === "error" && !expected) this.faults.push(`console: ${message.text()}`);
    });
  }

  /** What is true of every page. */
  async look(step) {
    const { page, how, words } = this;
    await page.waitForLoadState("load");
    const name = `${how.language}-${how.scripts ? "scripts" : "plain"}-${how.width}-${step}.png`;
    await page.screenshot({ path: join(screenshots, name), fullPage: true });
    const seen = await page.evaluate(() => ({
      language: document.documentElement.lang,
      headings: document.querySelectorAll("h1").length,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      pictures: [...document.images].filter((image) =>
        !image.hasAttribute("alt") || !image.getAttribute("width") || !image.getAttribute("height")
        || (image.complete && !image.naturalWidth)).map((image) => image.src),
    }));
    assert.equal(seen.language, words.tag, `${step}: language of the page`);
    assert.equal(seen.headings, 1, `${step}: number of main headings`);
    assert.ok(seen.overflow <= 0, `${step}: ${seen.overflow} pixels too wide`);
    assert.deepEqual(seen.pictures, [], `${step}: pictures without text, size or content`);
    if (!how.scripts) return;
    await page.evaluate(axe);
    const found = await page.evaluate(
      (rules) => window.axe.run(document, { runOnly: rules }), RULES);
    const told = found.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`));
    assert.deepEqual(told, [], `${step}: accessibility`);
  }

  async button(name) {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Finds the product by a title with a typo: among suggestions, with the keyboard, and by the form. */
  async search() {
    const { page, how, words, product } = this;
    await page.goto(`${base}${words.prefix}/`);
    const typed = mistyped(product.titles[how.language]);
    const path = `${words.prefix}/products/${product.slug}`;
    const field = page.locator(".find input");
    if (how.scripts) {
      await field.pressSequentially(typed, { delay: 15 });
      await this.suggestions(field, typed, path);
      await page.goBack();
    }
    await field.fill(typed);
    await field.press("Enter");
    await page.waitForURL(/[/]search[?]q=/);
    assert.equal(await field.inputValue(), typed, "what was typed stays");
    await page.locator(`main .card a[href="${path}"]`).waitFor();
    assert.ok(await page.locator("main .card mark").count(), "what was found is marked");
    await this.look("0-results");
    await page.goto(`${base}${words.prefix}/search?q=zzqqxxyy`);
    await this.look("0-nothing");
  }

  /** The open list: what it says of itself, and every key. */
  async suggestions(field, typed, path) {
    const { page, words } = this;
    const list = page.getByRole("listbox");
    const options = list.getByRole("option");
    await options.first().waitFor();
    const count = await options.count();
    assert.equal(await page.locator(".find [role=status]").innerText(), words.suggested + count);
    assert.equal(await field.getAttribute("aria-expanded"), "true");
    await this.look("0-suggestions");
    const chosen = async () => {
      const id = await field.getAttribute("aria-activedescendant");
      const selected = await options.evaluateAll((all) =>
        all.filter((one) => one.getAttribute("aria-selected") === "true").map((one) => one.id));
      assert.deepEqual(selected, id ? [id] : [], "one suggestion is chosen, or none");
      return options.evaluateAll((all, id) => all.findIndex((one) => one.id === id), id);
    };
    for (const [key, place] of [["ArrowDown", 0], ["End", count - 1], ["ArrowDown", -1],
      ["ArrowUp", count - 1], ["Home", 0], ["ArrowUp", -1]]) {
      await field.press(key);
      assert.equal(await chosen(), place, key);
    }
    await field.press("Escape");
    assert.equal(await list.isVisible(), false, "Escape closes the list");
    assert.equal(await field.inputValue(), typed, "Escape keeps what was typed");
    await field.press("ArrowDown");
    assert.equal(await list.isVisible(), true, "an arrow opens it again");
    const wanted = await options.evaluateAll((all, path) =>
      all.findIndex((one) => one.getAttribute("href") === path), path);
    assert.ok(wanted >= 0, `${path} is suggested for ${typed}`);
    for (let place = 0; place <= wanted; place += 1) await field.press("ArrowDown");
    assert.equal(await chosen(), wanted);
    await field.press("Enter");
    await page.waitForURL(base + path);
  }

  /** Asks the help: answers come before the ways to reach the shop. */
  async ask() {
    const { page, words } = this;
    await page.goto(`${base}${words.prefix}/help`);
    await page.locator("main input[name=q]").fill(words.question);
    await page.locator("main").getByRole("button", { name: words.ask, exact: true }).click();
    await page.waitForURL(/[/]help[?]q=/);
    const seen = await page.locator("main a").evaluateAll((all) =>
      all.map((one) => one.getAttribute("href")));
    const answer = `${words.prefix}/help/where-is-my-order`;
    const contact = page.locator('main a[href*="contact=true"]');
    const place = seen.indexOf(answer);
    const behind = seen.indexOf(await contact.getAttribute("href"));
    assert.ok(place >= 0 && place < behind, `an answer, then the way on to the contact: ${seen}`);
    await this.look("0-answers");
    await contact.click();
    await page.waitForURL(/contact=true/);
    await page.locator('main a[href^="mailto:"]').waitFor();
    await this.look("0-contact");
    await page.goBack();
    await page.locator(`main a[href="${answer}"]`).first().click();
    await page.waitForURL(base + answer);
    await this.look("0-answer");
    await page.locator("main button[name=helped][value=yes]").click();
    await page.waitForURL(/[?]thanks/);
    await page.locator("main [role=status]").waitFor();
    await this.look("0-thanks");
  }

  async browse() {
    const { page, words, product } = this;
    await page.goto(`${base}${words.prefix}/`);
    await this.look("1-home");
    const collection = `${words.prefix}/collections/${product.collection}`;
    await page.locator(`main .tile a[href="${collection}"]`).click();
    await this.look("2-collection");
    await this.filter(collection);
    await page.locator(`main .card a[href="${words.prefix}/products/${product.slug}"]`).click();
    const title = product.titles[this.how.language];
    await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
    const before = await page.locator(".sku code").innerText();
    await page.locator(".choice a:not([aria-current])").first().click();
    await page.waitForURL(/variant=/);
    this.sku = await page.locator(".sku code").innerText();
    assert.notEqual(this.sku, before, "another variant was chosen");
    await this.look("3-product");
  }

  /** Ticks the first value of the panel and takes it back: the collection is what it was. */
  async filter(collection) {
    const { page, words } = this;
    await page.locator(".filters summary").click();
    await page.locator(".filters .choice label").first().click();
    await this.button(words.filter);
    await page.waitForURL(/[?&]price\.min=/);
    await this.look("2-filtered");
    await page.locator(".crumbs a").click();
    await page.waitForURL(base + collection);
  }

  async fillCart() {
    const { page, words, product } = this;
    await page.locator("#quantity").fill(String(UNITS));
    await this.button(words.add);
    await page.waitForURL(`${base}${words.prefix}/cart`);
    const variant = product.variants.find((known) => known.sku === this.sku);
    this.price = variant.price.amount;
    const summary = await page.locator("section.summary").innerText();
    assert.ok(summary.includes(money(UNITS * this.price)), `the cart's sum: ${summary}`);
    await page.getByRole("link", { name: product.titles[this.how.language] }).first().waitFor();
    await this.look("4-cart");
    await page.getByRole("link", { name: words.checkout, exact: true }).click();
    await this.look("5-checkout");
  }

  async checkOut() {
    const { page, words } = this;
    const field = (label) => page.getByLabel(label).first();
    await field(words.name).fill("韩梅梅 Han Meimei");
    // A browser lets this pass, the shop does not.
    await field(words.email).fill("hanmeimei@example");
    const country = page.locator("select[name=country]");
    // The form shows what an address needs before the first mistake, and follows the country.
    const shows = async (example, regions) => {
      assert.equal(await page.locator("#h-postal_code").innerText(), words.example + example);
      assert.equal(await page.locator("#f-region").isVisible(), regions);
    };
    await shows(this.how.language === "zh" ? "266033" : "95014", true);
    if (this.how.scripts) {
      await country.selectOption("DE");
      await shows("26133", false);
    }
    await country.selectOption("CN");
    if (this.how.scripts) {
      await shows("266033", true);
      await field(words.region).fill("浙江");
      await field(words.postalCode).fill("310000");
    } else {
      // What the fields are called is that of the country before.
      await page.locator("#f-region").fill("浙江");
      await page.locator("#f-postal_code").fill("310000");
    }
    await field(words.city).fill("杭州");
    await field(words.line1).fill("文三路 1 号");
    await page.locator("input[name=delivery][value=express]").check();
    this.refused = true;
    await this.button(words.order);
    await page.getByRole("heading", { name: words.mistake }).waitFor();
    const email = page.locator("#f-email");
    assert.equal(await email.getAttribute("aria-invalid"), "true");
    assert.equal(await field(words.name).inputValue(), "韩梅梅 Han Meimei", "nothing typed is lost");
    assert.ok(await page.locator("input[value=express]").isChecked(), "the choice is kept");
    if (this.how.scripts) {
      const focused = await page.evaluate(() => document.activeElement.className);
      assert.equal(focused, "alert", "the mistake is read first");
    }
    await this.look("6-mistake");
    this.refused = false;
    await email.fill("hanmeimei@example.com");
    await this.button(words.order);
    await page.getByRole("heading", { level: 1, name: words.thanks }).waitFor();
  }

  async seeOrder() {
    const { page, words, product } = this;
    const total = money(UNITS * this.price + 1500);
    assert.ok((await page.locator(".summary .total").innerText()).includes(total), total);
    const main = await page.locator("main").innerText();
    assert.ok(main.includes(product.titles[this.how.language]), "the order names the product");
    assert.ok(main.includes("文三路 1 号") && main.includes("hanmeimei@example.com"), main);
    await this.look("7-order");
    await page.reload();
    assert.ok((await page.locator(".summary .total").innerText()).includes(total), "reloaded");
    await page.goto(`${base}${words.prefix}/cart`);
    await page.getByText(words.empty).waitFor();
    await this.look("8-empty-cart");
  }

  async run() {
    await this.search();
    await this.ask();
    await this.browse();
    await this.fillCart();
    await this.checkOut();
    await this.seeOrder();
    assert.deepEqual(this.faults, [], "console, requests and scripts");
  }
}

const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let failed = 0;
try {
  const products = await choose();
  for (const [place, how] of HOW.entries()) {
    const { language, scripts, width } = how;
    const context = await browser.newContext({
      javaScriptEnabled: scripts,
      viewport: { width, height: 800 },
      locale: language === "zh" ? "zh-CN" : "en-US",
    });
    context.setDefaultTimeout(20_000);
    const journey = new Journey(await context.newPage(), how, products[place]);
    const told = `${language}, ${scripts ? "with" : "without"} scripts, ${width} wide`;
    try {
      await journey.run();
      console.log(`${told}: ordered ${journey.sku}`);
    } catch (error) {
      failed += 1;
      console.error(`${told}: ${error.message}\n  at ${journey.page.url()}`);
      if (journey.faults.length) console.error(`  ${journey.faults.join("\n  ")}`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

// Pays by card as a person does, in Chromium: a card that is declined, then one that pays. With
// scripts and without, in both languages, on a wide and a narrow screen. The provider's page is on
// another origin, so this is also where the browser judges what the shop's forms may lead to.
//
// Arguments: address of the shop, Chromium, directory of the npm packages, directory for the
// screenshots. Fails with what was wrong; prints a line for each journey.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [base, chromium, modules, screenshots] = process.argv.slice(2);
const require = createRequire(join(modules, "payment.cjs"));
const playwright = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const WORDS = {
  en: {
    prefix: "", add: "Add to cart", order: "Place order", number: "Card number", pay: "Pay USD",
    declined: "The card was declined", back: "Back to the shop", payNow: "Pay now",
    told: "Your card was declined", confirmed: "Confirmed", received: "Payment received",
  },
  zh: {
    prefix: "/zh", add: "加入购物车", order: "提交订单", number: "卡号", pay: "支付 USD",
    declined: "银行拒绝了这张卡", back: "返回商店", payNow: "立即付款",
    told: "您的卡被拒绝", confirmed: "已确认", received: "已收款",
  },
};
const HOW = [
  { language: "en", scripts: true, width: 1280 },
  { language: "zh", scripts: false, width: 375 },
];
const FIELDS = {
  name: "Li Lei", email: "lilei@example.com", region: "Zhejiang", city: "Hangzhou",
  postal_code: "310000", line1: "1 Wensan Road",
};

async function checkAccess(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target)}`);
  assert.deepEqual(found, [], `${name} can be used by everybody`);
}

async function journey(browser, { language, scripts, width }) {
  const words = WORDS[language];
  const name = `payment-${language}-${scripts ? "scripts" : "plain"}-${width}`;
  const context = await browser.newContext({
    javaScriptEnabled: scripts, viewport: { width, height: 800 },
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  // axe is a script itself.
  const check = async (what) => {
    if (scripts) await checkAccess(page, `${name}: ${what}`);
  };
  const refused = [];
  page.on("console", (line) => {
    if (line.text().includes("Content Security Policy")) refused.push(line.text());
  });
  const shot = async (what) => {
    await page.screenshot({ path: join(screenshots, `${name}-${what}.png`), fullPage: true });
  };
  const { items } = await (await fetch(`${base}/api/v1/products`)).json();
  const product = items.find((one) => one.variants.some((variant) => variant.available));
  await page.goto(`${base}${words.prefix}/products/${product.slug}`);
  await page.getByRole("button", { name: words.add }).click();
  await page.goto(`${base}${words.prefix}/checkout`);
  await page.selectOption("[name=country]", "CN");
  for (const [field, value] of Object.entries(FIELDS)) await page.fill(`[name=${field}]`, value);
  assert.ok(await page.isChecked("[name=payment][value=card]"), "a card comes first");
  await check("the checkout");
  await shot("checkout");
  await page.getByRole("button", { name: words.order }).click();
  await page.getByLabel(words.number).waitFor();
  assert.ok(!page.url().startsWith(base), `${page.url()} is the provider's`);
  await check("the sandbox");
  await page.getByLabel(words.number).fill("4000 0000 0000 0002");
  await page.getByRole("button", { name: words.pay }).click();
  await page.getByText(words.declined).waitFor();
  await shot("declined-there");
  await page.getByRole("link", { name: words.back }).click();
  // The event of the decline may still be on its way.
  for (let look = 0; look < 100 && !(await page.getByText(words.told).first().isVisible()); look++) {
    await page.reload();
  }
  await page.getByRole("heading", { name: words.told }).waitFor();
  await check("the order that waits");
  await shot("declined-here");
  await page.getByRole("button", { name: words.payNow }).click();
  await page.getByLabel(words.number).fill("4242424242424242");
  await page.getByRole("button", { name: words.pay }).click();
  await page.waitForURL((url) => url.href.startsWith(base));
  await page.getByText(words.confirmed).first().waitFor();
  await page.getByText(words.received).first().waitFor();
  assert.ok(!page.url().includes("session="), "a reload asks no provider again");
  await check("the order that is paid");
  await shot("paid");
  assert.deepEqual(refused, [], "the browser refused nothing");
  await context.close();
  console.log(`${name}: paid`);
}

const browser = await playwright.chromium.launch({
  executablePath: chromium, args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  for (const how of HOW) await journey(browser, how);
} finally {
  await browser.close();
}

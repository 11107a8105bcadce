// Lighthouse's four categories in its mobile preset, timings among them: the median of three runs of
// each page. What a page weighs is held in lighthouse.mjs.
//
// Arguments: address of the shop, Chromium, directory of Lighthouse's npm packages, and `all`, or
// `some` for the product alone. Fails with what was wrong; prints a line for each page.
import { start } from "./lighthouse_runs.mjs";

const [base, chromium, modules, howMany] = process.argv.slice(2);

/** The least score of every category, from 0 to 1. */
const SCORE_MIN = 0.95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const RUNS = 3;

const first = async (path, isGood = () => true) => {
  const response = await fetch(base + path);
  const found = (await response.json()).items.find(isGood);
  if (!found) throw new Error(`${path} has nothing to measure`);
  return found;
};

/** The cookie of a shopper who has put a product into the cart. */
async function cartOf(product) {
  const variant = product.variants.find(({ available }) => available);
  const fields = { action: "add", product: product.slug, sku: variant.sku, quantity: "1" };
  const response = await fetch(`${base}/cart`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: base, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams(fields),
  });
  return response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
}

async function pages() {
  const product = await first("/api/v1/products?limit=100",
    (one) => one.collections.length && one.variants.some(({ available }) => available));
  const guide = await first("/api/v1/content/blog");
  const ofProduct = { path: `/products/${product.slug}` };
  if (howMany === "some") return [ofProduct];
  return [
    { path: "/" },
    { path: `/collections/${product.collections[0]}` },
    ofProduct,
    { path: `/blog/${guide.slug}` },
    // A checkout asks search engines to stay away, which is right there.
    { path: "/checkout", cookie: await cartOf(product), skipAudits: ["is-crawlable"] },
  ];
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const browser = await start(chromium, modules);
let failed = 0;
try {
  for (const { path, cookie, skipAudits } of await pages()) {
    const runs = [];
    while (runs.length < RUNS) {
      const lhr = await browser.run(base + path, {
        onlyCategories: CATEGORIES,
        skipAudits: skipAudits ?? null,
        extraHeaders: cookie ? { Cookie: cookie } : null,
      });
      const shown = new URL(lhr.finalDisplayedUrl).pathname;
      if (shown !== path) throw new Error(`${path} led to ${shown}`);
      runs.push(lhr);
    }
    const scores = CATEGORIES.map((id) => [id, median(runs.map((lhr) => lhr.categories[id].score))]);
    console.log(`${path}: ${scores.map(([id, score]) => `${id} ${score}`).join(", ")}`);
    for (const [id, score] of scores.filter(([, score]) => !(score >= SCORE_MIN))) {
      failed += 1;
      const refs = runs[0].categories[id].auditRefs;
      const low = refs.filter((ref) => ref.weight > 0 && runs[0].audits[ref.id].score < 1);
      const names = low.map((ref) => `${runs[0].audits[ref.id].title} (${ref.id})`);
      console.error(`${path}: ${id} is ${score} of ${SCORE_MIN}: ${names.join("; ")}`);
    }
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

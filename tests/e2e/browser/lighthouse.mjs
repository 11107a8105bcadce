// Holds the three pages that most shoppers see against budgets, in Lighthouse's mobile preset.
// No timings among them: a machine that is busy with other tests says nothing about those.
//
// Arguments: address of the shop, Chromium, directory of Lighthouse's npm packages, and the path of
// a product. Fails with what was wrong; prints a line for each page.
import { start } from "./lighthouse_runs.mjs";

const [base, chromium, modules, product] = process.argv.slice(2);

/** The least score of every category, from 0 to 1. */
const SCORE_MIN = 1;
const CATEGORIES = ["accessibility", "best-practices", "seo"];
/** Sum of all shifts. Every picture names its size, so there is nothing to shift. */
const SHIFT_MAX = 0.01;
const KIB = 1024;
// Bytes as they travel, headers among them, with the demo catalogue; about a sixth above what they
// were when this was written, so that a new picture or script is noticed.
const BUDGETS = {
  "/": { bytesMax: 66 * KIB, requestsMax: 25 },
  "/collections/all": { bytesMax: 56 * KIB, requestsMax: 31 },
  [product]: { bytesMax: 28 * KIB, requestsMax: 13 },
};

/** What is wrong with a page, as sentences. */
function faults(lhr, { bytesMax, requestsMax }) {
  const found = [...lhr.runWarnings];
  const named = (id) => lhr.audits[id]?.title ?? id;
  for (const id of CATEGORIES) {
    const { score, auditRefs } = lhr.categories[id];
    if (score >= SCORE_MIN) continue;
    const failed = auditRefs.filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score === 0);
    const names = failed.map((ref) => {
      const items = JSON.stringify(lhr.audits[ref.id].details?.items ?? []);
      return `${named(ref.id)} ${items.slice(0, 400)}`;
    });
    found.push(`${id} is ${score} of ${SCORE_MIN}: ${names.join("; ")}`);
  }
  const { shift, bytes, requests } = measured(lhr);
  // Written so that a figure that is missing is a fault too.
  if (!(shift <= SHIFT_MAX)) found.push(`the layout shifts by ${shift}, at most ${SHIFT_MAX}`);
  if (!(bytes <= bytesMax)) found.push(`${bytes} bytes travel, at most ${bytesMax}`);
  if (!(requests.length <= requestsMax)) {
    found.push(`${requests.length} requests are sent, at most ${requestsMax}`);
  }
  for (const { url, statusCode } of requests) {
    if (statusCode !== 200) found.push(`${url} was answered with ${statusCode}`);
    if (!url.startsWith(base)) found.push(`${url} does not belong to the shop`);
  }
  // The page itself, its style, its script and a picture: with less nothing was loaded.
  if (requests.length < 4) found.push("hardly anything was loaded");
  return found;
}

function measured(lhr) {
  return {
    shift: lhr.audits["cumulative-layout-shift"]?.numericValue,
    bytes: lhr.audits["total-byte-weight"]?.numericValue,
    requests: lhr.audits["network-requests"]?.details?.items ?? [],
  };
}

const browser = await start(chromium, modules);
let failed = 0;
try {
  for (const [path, budget] of Object.entries(BUDGETS)) {
    const lhr = await browser.run(base + path, {
      onlyCategories: CATEGORIES,
      onlyAudits: ["cumulative-layout-shift", "total-byte-weight", "network-requests"],
      // Nothing is timed, so nothing needs to be slowed down.
      throttlingMethod: "provided",
    });
    const { shift, bytes, requests } = measured(lhr);
    const scores = CATEGORIES.map((id) => `${id} ${lhr.categories[id]?.score}`);
    console.log(`${path}: ${scores.join(", ")}, shift ${shift}, ${bytes} bytes in`
      + ` ${requests.length} requests`);
    for (const fault of faults(lhr, budget)) {
      failed += 1;
      console.error(`${path}: ${fault}`);
    }
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;

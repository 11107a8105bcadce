// Runs of Lighthouse in a Chromium of its own, for the scripts beside this file.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Runs of a page in which Lighthouse, on a busy machine, could not measure something. */
const LOST_RUNS_MAX = 3;

/**
 * Starts Chromium.
 *
 * @param {string} chromium path of the program
 * @param {string} modules directory of Lighthouse's npm packages
 * @returns `run(url, settings)`, which answers with Lighthouse's result, and `close()`
 */
export async function start(chromium, modules) {
  const require = createRequire(join(modules, "lighthouse.cjs"));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  const { default: lighthouse } = await load("lighthouse");
  const { launch } = await load("chrome-launcher");
  const chrome = await launch({
    chromePath: chromium,
    chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    logLevel: "error",
  });
  const run = async (url, settings) => {
    for (let lost = 0; ; lost += 1) {
      const { lhr } = await lighthouse(url, {
        port: chrome.port,
        logLevel: "error",
        disableFullPageScreenshot: true,
        ...settings,
      });
      const unmeasured = notMeasured(lhr);
      if (unmeasured.length === 0) return lhr;
      if (lost >= LOST_RUNS_MAX) throw new Error(`${url}: ${unmeasured.join("; ")}`);
      console.log(`${url}: measured again, ${unmeasured.join("; ")}`);
    }
  };
  return { run, close: () => chrome.kill() };
}

/**
 * What Lighthouse could not measure, with its reason. It gives such an audit no score, good or bad:
 * the run says nothing of the page.
 */
function notMeasured({ runtimeError, audits }) {
  if (runtimeError) return [runtimeError.message];
  return Object.values(audits)
    .filter(({ scoreDisplayMode }) => scoreDisplayMode === "error")
    .map(({ id, errorMessage }) => `${id}: ${errorMessage}`);
}

// Serves the built scripts on `workerd`, as `wrangler dev` does but without the proxy that it puts in
// front: under hundreds of connections at once that one answers 503 and then nothing at all
// (workers-sdk issues 14641 and 15317). Bindings, variables and secrets are what wrangler reads from
// each script's `wrangler.toml` and `.dev.vars`; routes send requests to scripts, as the platform does.
//
// Arguments: list of the scripts, port, directory of the stores, directory of the npm packages.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const WASM = "index_bg.wasm";
const [list, port, stores, packages] = process.argv.slice(2);
const require = createRequire(join(packages, "serve.cjs"));
const { unstable_getMiniflareWorkerOptions } = require("wrangler");
const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = require("miniflare");

function script({ folder: own, name, routes }) {
  const folder = join(dirname(list), own);
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(folder, "wrangler.toml"));
  const file = (name) => ({ path: join(folder, name), contents: readFileSync(join(folder, name)) });
  return {
    ...workerOptions,
    // By this name the others bind it.
    name,
    routes,
    modulesRules: undefined,
    modulesRoot: folder,
    modules: [
      { type: "ESModule", ...file("index.js") },
      // The way of a drill has none.
      ...(existsSync(join(folder, WASM)) ? [{ type: "CompiledWasm", ...file(WASM) }] : []),
    ],
  };
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    workers: JSON.parse(readFileSync(list, "utf8")).map(script),
    host: "127.0.0.1",
    port: Number(port),
    cf: false,
    log: new Log(LogLevel.WARN),
    resourcePersistencePath: stores,
  }),
);
console.log(`Serving ${await miniflare.ready}`);

// Serves a built Worker on `workerd`, as `wrangler dev` does but without the proxy that it puts in
// front: under hundreds of connections at once that one answers 503 and then nothing at all
// (workers-sdk issues 14641 and 15317). Bindings, variables and secrets are what wrangler reads
// from the project's `wrangler.toml` and `.dev.vars`.
//
// Arguments: directory of the project, port, directory of the stores, directory of the npm packages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [project, port, stores, packages] = process.argv.slice(2);
const require = createRequire(join(packages, "serve.cjs"));
const { unstable_getMiniflareWorkerOptions } = require("wrangler");
const { Log, LogLevel, Miniflare } = require("miniflare");

const { workerOptions } = unstable_getMiniflareWorkerOptions(join(project, "wrangler.toml"));
const file = (name) => ({ path: join(project, name), contents: readFileSync(join(project, name)) });
const miniflare = new Miniflare({
  ...workerOptions,
  modulesRules: undefined,
  modulesRoot: project,
  modules: [
    { type: "ESModule", ...file("index.js") },
    { type: "CompiledWasm", ...file("index_bg.wasm") },
  ],
  host: "127.0.0.1",
  port: Number(port),
  cf: false,
  log: new Log(LogLevel.WARN),
  cachePersist: join(stores, "cache"),
  durableObjectsPersist: join(stores, "do"),
  kvPersist: join(stores, "kv"),
});
console.log(`Serving ${await miniflare.ready}`);

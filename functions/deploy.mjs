// Deploys the scripts of Cloudflare Workers, each after those that it binds: the origin first, the
// storefront last. What one understands of the protocol, the next one may say.
//
// `npm run deploy` takes the environment `production`; arguments go to every `wrangler deploy`, such as
// `npm run deploy -- --dry-run`, which needs no network.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const scripts = ["origin", "payments", "backoffice", "storefront"];
const config = (script) =>
  script === "storefront" ? "wrangler.toml" : `functions/workers-${script}/wrangler.toml`;

const given = process.argv.slice(2);
const names = (option) => given.some((one) => one === option || one.startsWith(`${option}=`));
const environment = names("--env") || names("-e") ? [] : ["--env", "production"];
for (const script of scripts) {
  console.log(`\n${script}`);
  // What would be uploaded, to be looked at.
  const out = names("--dry-run") && !names("--outdir") ? ["--outdir", `${root}target/deploy/${script}`] : [];
  const { status, error } = spawnSync(
    "wrangler",
    ["deploy", "--config", config(script), ...environment, ...out, ...given],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) {
    console.error(error?.message ?? `${script} was not deployed, nor what comes after it`);
    process.exit(1);
  }
}

// Deploys the scripts of Cloudflare Workers, each after those that it binds: the origin first, the
// storefront last. What one understands of the protocol, the next one may say.
//
// `npm run deploy` takes the environment `production`; arguments go to every `wrangler deploy`, such as
// `npm run deploy -- --dry-run`, which needs no network. Nothing is deployed unless the scripts that have
// a `BASE_URL` have the same one; a dry run says so and goes on.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { unstable_readConfig as readConfig } from "wrangler";
import { faultsOf } from "./addresses.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const scripts = ["origin", "operations", "payments", "mail", "backoffice", "storefront-next", "storefront"];
// These have no address.
const unreachable = ["origin", "operations"];
const config = (script) =>
  script === "storefront" ? "wrangler.toml" : `functions/workers-${script}/wrangler.toml`;

const given = process.argv.slice(2);
const names = (option) => given.some((one) => one === option || one.startsWith(`${option}=`));
const environment = names("--env") || names("-e") ? [] : ["--env", "production"];
const valueOf = (option) => {
  const at = given.indexOf(option);
  return at < 0 ? given.find((one) => one.startsWith(`${option}=`))?.slice(option.length + 1) : given[at + 1];
};
const env = valueOf("--env") ?? valueOf("-e") ?? "production";
const reachable = scripts.filter((script) => !unreachable.includes(script));
const addresses = reachable.map((script) => {
  const { vars } = readConfig({ config: `${root}${config(script)}`, env }, { hideWarnings: true });
  return [script, vars.BASE_URL];
});
const faults = faultsOf(addresses);
for (const fault of faults) console.error(fault);
if (faults.length > 0 && !names("--dry-run")) {
  console.error(`nothing was deployed: set BASE_URL of ${env} to the same address in every script`);
  process.exit(1);
}
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

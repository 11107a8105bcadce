// Answers queries with MiniSearch: reads products and queries as one JSON object, writes slugs.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [modules] = process.argv.slice(2);
const MiniSearch = createRequire(join(modules, "index.js"))("minisearch");
const { weights, products, queries, limit } = JSON.parse(readFileSync(0, "utf8"));

const engine = new MiniSearch({
  idField: "slug",
  fields: Object.keys(weights),
  searchOptions: { boost: weights, prefix: true, fuzzy: 0.2 },
});
engine.addAll(products);
const found = queries.map((query) => engine.search(query).slice(0, limit).map(({ id }) => id));
process.stdout.write(JSON.stringify(found));

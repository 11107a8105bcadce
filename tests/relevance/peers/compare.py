"""Compares the search with other engines on the same products and graded queries.

Called by `cargo xtask relevance --peers`. nDCG@10 is computed by trec_eval: *raw*, where a product
without a grade counts as 0, and *condensed*, where it is passed over. Typos: two or three words of a
title with one wrong letter; the share that finds the product among the first five. The other engines
are set up as their documents advise for shops, with titles above types and vendors above texts.
"""

import argparse
import csv
import html
import importlib.metadata
import json
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile

import pytrec_eval
import tantivy

RESULTS = 100
FIRST = 5
WEIGHTS = {"title": 4.0, "type": 2.0, "vendor": 2.0, "tags": 1.0, "text": 1.0}
FIELDS = tuple(WEIGHTS)


def documents(program, arguments):
    """The products, as texts."""
    lines = subprocess.run([program, *arguments, "--documents"], check=True, stdout=subprocess.PIPE)
    for line in lines.stdout.splitlines():
        product = json.loads(line)
        text = html.unescape(re.sub(r"<[^>]*>", " ", product["html"]))
        yield {**product, "tags": " ".join(product["tags"]), "text": text}


def words(query):
    return re.findall(r"\w+", query.lower())


class Souk:
    name = "Souk"

    def __init__(self, program, arguments):
        self.command = [program, *arguments]

    def search(self, queries):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.writelines(json.dumps(query) + "\n" for query in queries)
            file.flush()
            answer = subprocess.run(
                [*self.command, "--results", file.name], check=True, stdout=subprocess.PIPE
            )
        return [json.loads(line) for line in answer.stdout.splitlines()]


class Fts5:
    """SQLite's full-text index: any of the words, by bm25."""

    name = f"SQLite FTS5 {sqlite3.sqlite_version}"

    def __init__(self, products):
        self.database = sqlite3.connect(":memory:")
        columns = ", ".join(FIELDS)
        self.database.execute(
            f"CREATE VIRTUAL TABLE products USING fts5"
            f"(slug UNINDEXED, {columns}, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        rows = ([product["slug"], *(product[field] for field in FIELDS)] for product in products)
        marks = ", ".join("?" * (len(FIELDS) + 1))
        self.database.executemany(f"INSERT INTO products VALUES ({marks})", rows)

    def search(self, queries):
        weights = ", ".join(str(weight) for weight in (0.0, *WEIGHTS.values()))
        statement = (
            f"SELECT slug FROM products WHERE products MATCH ? "
            f"ORDER BY bm25(products, {weights}) LIMIT {RESULTS}"
        )
        for query in queries:
            match = " OR ".join(f'"{word}"' for word in words(query))
            rows = self.database.execute(statement, [match]) if match else ()
            yield [slug for (slug,) in rows]


class Tantivy:
    """The engine behind Quickwit and ParadeDB: any of the words, by bm25, in English."""

    def __init__(self, products):
        self.name = f"tantivy {importlib.metadata.version('tantivy')}"
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("slug", stored=True, tokenizer_name="raw")
        for field in FIELDS:
            schema.add_text_field(field, tokenizer_name="en_stem")
        self.index = tantivy.Index(schema.build())
        writer = self.index.writer(heap_size=128_000_000, num_threads=1)
        for product in products:
            fields = {field: [product[field]] for field in FIELDS}
            writer.add_document(tantivy.Document(slug=[product["slug"]], **fields))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def search(self, queries):
        searcher = self.index.searcher()
        for query in queries:
            parsed, _ = self.index.parse_query_lenient(
                " ".join(words(query)), list(FIELDS), field_boosts=WEIGHTS
            )
            hits = searcher.search(parsed, RESULTS).hits
            yield [searcher.doc(address)["slug"][0] for _, address in hits]


class MiniSearch:
    """The usual engine in JavaScript: prefixes and typos (a fifth of a word), as its documents show."""

    def __init__(self, products, node, modules):
        self.products, self.command = products, [node, str(HERE / "minisearch.mjs"), modules]
        package = pathlib.Path(modules) / "minisearch/package.json"
        self.name = f"MiniSearch {json.loads(package.read_text())['version']}"

    def search(self, queries):
        work = {"weights": WEIGHTS, "products": self.products, "queries": queries, "limit": RESULTS}
        answer = subprocess.run(
            self.command, input=json.dumps(work).encode(), check=True, stdout=subprocess.PIPE
        )
        return json.loads(answer.stdout)


def graded(path):
    """Grades by query; queries without a product of a grade above 0 say nothing."""
    grades = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            grades.setdefault(row["query"], {})[row["slug"]] = int(row["grade"])
    return {query: found for query, found in grades.items() if any(found.values())}


def ndcg(grades, results, is_condensed):
    """The mean of trec_eval's ndcg_cut_10; a query without results counts as 0."""
    run = {}
    for query, slugs in results.items():
        kept = [slug for slug in slugs if not is_condensed or slug in grades[query]][:10]
        run[query] = {slug: float(len(kept) - place) for place, slug in enumerate(kept)}
    scores = pytrec_eval.RelevanceEvaluator(grades, {"ndcg_cut.10"}).evaluate(run)
    return sum(one["ndcg_cut_10"] for one in scores.values()) / len(grades)


def misspelled(word, dice):
    """A letter more, less or other, or two swapped."""
    at, letter = dice.randrange(len(word) - 1), dice.choice("abcdefghijklmnopqrstuvwxyz")
    return dice.choice(
        (
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def with_typos(products, count):
    """Pairs of a query and the product that it means: the words without the typo are in no other title."""
    dice, pairs = random.Random(42), []
    titles = [(product["slug"], set(words(product["title"]))) for product in products]
    for product in dice.sample(products, len(products)):
        own = sorted({word for word in words(product["title"]) if len(word) > 2})
        if len(own) < 3:
            continue
        own = dice.sample(own, 3)
        long = [word for word in own if len(word) >= 5 and word.isascii() and word.isalpha()]
        if not long or sum(set(own) <= title for _, title in titles) > 1:
            continue
        wrong = dice.choice(long)
        typo = misspelled(wrong, dice)
        if typo == wrong:
            continue
        pairs.append((" ".join(typo if word == wrong else word for word in own), product["slug"]))
        if len(pairs) == count:
            break
    return pairs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--catalogue", required=True)
    parser.add_argument("--judgements", required=True)
    parser.add_argument("--language", default="en")
    parser.add_argument("--rules")
    parser.add_argument("--node", required=True)
    parser.add_argument("--modules", required=True)
    parser.add_argument("--typos", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    arguments = ["--catalogue", args.catalogue, "--language", args.language]
    arguments += ["--rules", args.rules] if args.rules else []
    grades = graded(args.judgements)
    products = list(documents(args.program, arguments))
    typos = with_typos(products, args.typos)
    makers = (
        lambda: Souk(args.program, arguments),
        lambda: Fts5(products),
        lambda: Tantivy(products),
        lambda: MiniSearch(products, args.node, args.modules),
    )
    report = []
    for make in makers:
        engine = make()
        print(f"{engine.name}: {len(grades)} queries, {len(typos)} typos", file=sys.stderr)
        found = list(engine.search([*grades, *(query for query, _ in typos)]))
        results = dict(zip(grades, found))
        of_typos = zip(typos, found[len(grades) :])
        hits = sum(slug in slugs[:FIRST] for (_, slug), slugs in of_typos)
        report.append(
            {
                "engine": engine.name,
                "ndcg10_condensed": round(ndcg(grades, results, True), 3),
                "ndcg10_raw": round(ndcg(grades, results, False), 3),
                "typos_top5": round(hits / max(len(typos), 1), 3),
            }
        )
    if args.json:
        print(json.dumps({"products": len(products), "queries": len(grades), "engines": report}))
        return
    print(f"{'engine':<24} nDCG@10 condensed    raw   typo in first {FIRST}")
    for one in report:
        print(
            f"{one['engine']:<24} {one['ndcg10_condensed']:>17.3f} {one['ndcg10_raw']:>6.3f}"
            f" {one['typos_top5']:>17.1%}"
        )


HERE = pathlib.Path(__file__).parent
if __name__ == "__main__":
    main()

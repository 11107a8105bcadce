"""Reads product files and makes documents of them, by the rules in shared/search/README.md."""

import collections
import csv
import html
import math
import re

import blake3

import text as words

csv.field_size_limit(1 << 30)
FIELDS = ((2.0, 0.3, 16.0), (2.0, 0.3, 6.0), (1.0, 0.9, 120.0))
TITLE, KEYWORDS, BODY = range(3)


class Product:
    """A product; texts that are translated are lists with the shop's own language first."""

    def __init__(self, row, translated):
        get = lambda *names: next((row[name] for name in names if row.get(name)), "")
        self.slug = get("URL handle", "Handle")
        both = lambda own, field: [own, translated.get((field, self.slug)) or own]
        self.title = both(get("Title"), "title")
        self.body = both(get("Description", "Body (HTML)"), "body_html")
        self.kind = both(get("Type"), "product_type")
        self.vendor = get("Vendor")
        tags = [tag.strip() for tag in get("Tags").split(",")]
        self.tags = list(dict.fromkeys(tag for tag in tags if tag))
        names = [part.strip() for part in get("Collection").split(";")]
        self.collections = [re.sub("[^a-z0-9]+", "-", name.lower()) for name in names if name]
        self.names = [get(f"Option{n} name", f"Option{n} Name") for n in (1, 2, 3)]
        self.is_draft = get("Status") == "draft"
        self.variants = []

    def add_variant(self, row, translated):
        values = [row.get(f"Option{n} value") or row.get(f"Option{n} Value") or "" for n in (1, 2, 3)]
        price = row.get("Price") or row.get("Variant Price") or "0"
        self.variants.append({
            "sku": row.get("SKU") or row.get("Variant SKU") or "",
            "barcode": row.get("Barcode") or row.get("Variant Barcode") or "",
            "price": round(float(price) * 100),
            "values": [[value, translated.get(("name", value)) or value] for value in values if value],
        })

    @property
    def price(self):
        return min(variant["price"] for variant in self.variants)

    def values(self):
        """What facets count: pairs of a facet and a value."""
        found = [("collection", slug) for slug in self.collections]
        found += [("type", self.kind[0])] + [("vendor", self.vendor)] + [("tag", tag) for tag in self.tags]
        for place, name in enumerate(self.names):
            if name and name != "Title":
                found += [
                    (f"option:{name}", one["values"][place][0])
                    for one in self.variants
                    if place < len(one["values"])
                ]
        return {pair for pair in found if pair[1]}

    def keywords(self, locale):
        options = (value[locale] for one in self.variants for value in one["values"])
        has_options = any(name and name != "Title" for name in self.names)
        options = list(dict.fromkeys(options)) if has_options else []
        return [self.kind[locale], self.vendor] + self.tags + options


def read_products(catalogue, translations):
    translated = {}
    for path in translations:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = row["Identification"] or row["Default content"]
                translated[row["Field"], key] = row["Translated content"]
    products = {}
    with open(catalogue, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            slug = row.get("URL handle") or row.get("Handle")
            if slug not in products:
                products[slug] = Product(row, translated)
            if row.get("Price") or row.get("Variant Price"):
                products[slug].add_variant(row, translated)
    return [one for one in products.values() if not one.is_draft]


class Document:
    """A product in one language."""

    def __init__(self, product, language, locale):
        self.product, self.language = product, language
        self.tie = int.from_bytes(blake3.blake3(product.slug.encode()).digest()[:4], "big")
        self.counts = collections.defaultdict(lambda: [0, 0, 0])
        self.lengths = [0, 0, 0]
        self.whole, self.heads = set(), set()
        title = words.tokens(product.title[locale])
        self.add(title, TITLE)
        self.add_pairs(title)
        keywords = [words.tokens(text) for text in product.keywords(locale)]
        for found in keywords:
            self.add(found, KEYWORDS)
        body = html.unescape(re.sub("<[^>]*>", " ", product.body[locale]))
        self.add(words.tokens(body.encode()[: 32 * 1024].decode("utf-8", "ignore")), BODY)
        self.mark_heads([title, words.tokens(product.kind[locale])])
        self.impacts = {term: self.impact(counts) for term, counts in self.counts.items()}
        codes = (words.code(one[key]) for one in product.variants for key in ("sku", "barcode"))
        self.codes = {code for code in codes if code}
        self.sort_title = "".join(words.fold(char) for char in product.title[locale]).encode()[:16]
        self.lexicon = self.find_lexicon([title] + keywords)

    def put(self, term, field, whole=True):
        self.counts[term][field] += 1
        if whole:
            self.whole.add(term)

    def add(self, found, field):
        for token in found:
            if token.kind == "word":
                for term in self.language.part_terms(token):
                    self.put(term, field)
                self.lengths[field] += len(token.parts)
                if token.is_joined:
                    self.put(self.language.joined_term(token), field)
            elif token.kind == "run":
                self.add_run(token.text, field)

    def add_run(self, run, field):
        self.lengths[field] += max(1, len(run) - 1)
        if len(run) == 1:
            self.put(run, field)
            return
        for at in range(len(run) - 1):
            self.put(run[at : at + 2], field, words.is_whole(run, at))
        for start, end in words.run_words(run):
            if end - start == 1:
                self.put(run[start], field)

    def add_pairs(self, found):
        before = None
        for token in found:
            if token.kind != "word":
                before = None
                continue
            for at, part in enumerate(token.parts):
                term = self.language.part_term(part)
                if before is not None and (at > 0 or not before[1]):
                    self.put(f"{before[0]} {term}", TITLE)
                before = (term, part[1])

    def mark_heads(self, phrases):
        vendor = words.tokens(self.product.vendor)
        for found in phrases:
            at = self.language.head(found)
            if at is None:
                continue
            token = found[at[0]]
            is_vendor = vendor and vendor[0].kind == token.kind == "word" and vendor[0].joined == token.joined
            if not is_vendor:
                self.heads.update(self.language.head_terms(found))

    def impact(self, counts):
        weighted = sum(
            weight * count / (1.0 - b + b * length / pivot)
            for (weight, b, pivot), count, length in zip(FIELDS, counts, self.lengths)
        )
        return min(255, max(1, math.floor(255.0 * weighted / (weighted + 3.0) + 0.5)))

    def find_lexicon(self, texts):
        found = set()
        for token in (token for tokens in texts for token in tokens):
            if token.kind == "word":
                parts = [part for part, number in token.parts if not number]
                if len(token.parts) > 1 and not token.has_digits:
                    parts.append(token.joined)
                found.update(part for part in parts if 3 <= len(part) <= 24)
            elif token.kind == "run":
                spans = words.run_words(token.text)
                found.update(token.text[a:b] for a, b in spans if 2 <= b - a <= 6)
        return found

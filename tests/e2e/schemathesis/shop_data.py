"""Gives generated requests what only a running shop knows: which SKUs it sells, in which currency,
which cursors it handed out, which languages it speaks, which countries exist.

A schema says what a SKU looks like, not which ones there are. Without this every generated order
would be refused as `unknown-sku`, and nothing behind that refusal would ever be tried. Requests
that are wrong on purpose are left as they are.
"""

import itertools
import json
import os
import urllib.request

import schemathesis
from schemathesis import GenerationMode

BASE_URL = os.environ["SOUK_SHOP"]
LISTING = {"collection", "sort", "cursor", "limit", "lang"}
SORTS = ["featured", "price-asc", "price-desc", "title"]
# Spin answers a header that is not UTF-8 itself, with a bare 500: no component sees the request.
ASCII_HEADERS_ONLY = os.environ.get("SOUK_HEADERS") == "ascii"
COUNTRIES = itertools.cycle(["CN", "US", "DE", "JP"])
NUMBERS = itertools.count(1)


def read(path):
    with urllib.request.urlopen(BASE_URL + path, timeout=60) as response:
        return json.load(response)


def orderable():
    products = read("/api/v1/products?limit=100")["items"]
    variants = [variant for product in products for variant in product["variants"]]
    available = [variant for variant in variants if variant["available"]]
    assert len(available) > 100, "an order may have a hundred lines"
    return available


VARIANTS = itertools.cycle(orderable())


def choice(option):
    """Something that may be chosen of an option of a line."""
    if option["kind"] == "choice":
        return option["choices"][0]["id"]
    return True if option["kind"] == "flag" else "Anna"


def options_of_lines():
    """By SKU, what may be chosen for a line of it; those without options are missing."""
    slugs = [product["slug"] for product in read("/api/v1/products?limit=100")["items"]]
    variants = [one for slug in slugs for one in read(f"/api/v1/products/{slug}")["variants"]]
    return {
        variant["sku"]: {one["id"]: choice(one) for one in variant["custom_options"]}
        for variant in variants
        if variant.get("custom_options")
    }


OPTIONS = options_of_lines()
assert OPTIONS, "a product of the demo has options of its lines"
MARKETS = itertools.cycle([*(market["id"] for market in read("/api/v1/shop")["markets"]), ""])
LANGUAGES = itertools.cycle([*read("/api/v1/shop")["languages"], ""])
ANY_OPTION = "option.<Name>"
OPTION = "option." + next(name for variant in orderable() for name in variant["options"])
CURSORS = {sort: read(f"/api/v1/products?limit=3&sort={sort}")["next"] for sort in SORTS}
assert all(CURSORS.values()), "every listing has a second page"


def complete_cart(body):
    # Which markets there are, and which ways of delivery, only the shop knows.
    body.pop("market", None)
    if body.get("delivery"):
        body["delivery"] = "standard"
    place = body.get("place")
    if place:
        place["country"] = next(COUNTRIES)
    # Where it can be collected belongs to a way of delivery.
    body.pop("pickup_point", None)
    for line in body["lines"]:
        set_sku(line, next(VARIANTS)["sku"])


def set_sku(line, sku):
    line["sku"] = sku
    if "options" in line:
        line["options"] = OPTIONS.get(sku, {})


def complete_order(case):
    complete_cart(case.body)
    # A key that named another order already would be refused, and rightly.
    key = case.headers["Idempotency-Key"]
    case.headers["Idempotency-Key"] = f"{key[:200]}{next(NUMBERS)}"
    address = case.body["shipping_address"]
    address["country"] = next(COUNTRIES)
    # Whether an address needs a city depends on its country, which a schema cannot say.
    address["city"] = address["city"] if address["city"].strip() else "Hangzhou"
    for line in case.body["lines"]:
        variant = next(VARIANTS)
        set_sku(line, variant["sku"])
        if line.get("unit_price"):
            # The amount stays: a price that is no longer right has an answer of its own.
            line["unit_price"]["currency"] = variant["price"]["currency"]


def complete_filters(case):
    # The contract writes one name for all options; a collection without the option refuses it.
    if ANY_OPTION in case.query:
        case.query[OPTION] = case.query.pop(ANY_OPTION)
        case.query.pop("collection", None)
    # A schema cannot say that the one is not above the other.
    low, high = case.query.get("price.min"), case.query.get("price.max")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        case.query["price.min"], case.query["price.max"] = high, low


def complete_page(case):
    complete_filters(case)
    if "cursor" not in case.query:
        return
    # A cursor belongs to the filters that it was handed out for: here to none.
    if case.query.keys() - LISTING:
        del case.query["cursor"]
    else:
        case.query["cursor"] = CURSORS[case.query.get("sort") or "featured"]


def replace_headers(case):
    for name, value in (case.headers or {}).items():
        if not value.isascii():
            # Nothing is as wrong where a key is wanted, and as strange elsewhere.
            case.headers[name] = ""


@schemathesis.hook
def before_call(context, case, kwargs):
    if ASCII_HEADERS_ONLY:
        replace_headers(case)
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    for name in ("lang", "locale"):
        if case.query and name in case.query:
            case.query[name] = next(LANGUAGES)
    if case.query and "market" in case.query:
        case.query["market"] = next(MARKETS)
        # Which languages a market has, a schema cannot say.
        case.query.pop("lang", None)
        case.query.pop("locale", None)
    if case.operation.label == "POST /api/v1/orders":
        complete_order(case)
    elif case.operation.label == "POST /api/v1/orders/{id}/changes":
        # What else an action needs, a schema of one object cannot say.
        case.body = {"action": "cancel"}
    elif case.operation.label == "POST /api/v1/quotes":
        complete_cart(case.body)
    elif case.operation.label == "GET /api/v1/products" and case.query:
        complete_page(case)
    elif case.operation.label == "GET /api/v1/search" and case.query:
        complete_filters(case)
        # A cursor belongs to one query.
        case.query.pop("cursor", None)
    elif case.operation.label == "GET /api/v1/content/{kind}" and case.query:
        # All documents fit on one page: there is no cursor to hand out.
        case.query.pop("cursor", None)

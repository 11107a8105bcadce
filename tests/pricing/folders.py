"""Shops and carts that are made up, from a seed, and a shop as the files of a folder."""

import csv
import json
from datetime import datetime, timedelta

from rules import Shop, Variant, priced_options, selects

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CNY": 2}
TAGS = ["gift", "new", "heavy", "book"]
COLLECTIONS = ["tea", "mugs", "lamps"]
COUNTRIES = ["US", "CA", "DE", "FR", "JP"]
REGIONS = ["CA", "NY", "HI", "ON"]
POSTAL = ["90210", "9021", "902", "967", "10", "K1A"]
PERCENTS = ["5", "10", "12.5", "7.25", "33.3333", "100", "19", "0.5"]
BEGINNING = datetime(2026, 11, 1)


def some(random, chance):
    return random.random() < chance


def amounts(random, low, high):
    return {code: random.randint(low, high) for code in DIGITS}


def products(random):
    names = [
        *({"collection": name} for name in COLLECTIONS),
        *({"tag": name} for name in TAGS),
        *({"sku": f"S-{number}"} for number in range(12)),
    ]
    chosen = {"any": random.sample(names, random.randint(1, 3))}
    if some(random, 0.3):
        chosen["not"] = random.sample(names, random.randint(1, 2))
    return chosen


def window(random):
    """A beginning and an end, or none of them, as hours since the beginning."""
    begin = random.randint(0, 400) if some(random, 0.4) else None
    end = (begin or 0) + random.randint(1, 400) if some(random, 0.4) else None
    return begin, end


def markets(random):
    currencies = random.sample(sorted(DIGITS), random.randint(1, 3))
    made = []
    for number, currency in enumerate(currencies):
        market = {"id": f"m{number}", "currency": currency}
        if number > 0:
            market["path"] = f"m{number}"
        if some(random, 0.7):
            market["countries"] = random.sample(COUNTRIES, random.randint(1, 5))
        for key, names in (
            ("tax", ["included", "added"]),
            ("tax_rounding", ["line", "order"]),
            ("delivery_tax", ["standard", "prorata", "none"]),
        ):
            if some(random, 0.8):
                market[key] = random.choice(names)
        if number > 0 and some(random, 0.9):
            convert = {"from": "m0", "rate": random.choice(["0.92", "1.37", "150", "0.00667"])}
            if some(random, 0.5):
                convert["round"] = "1" if DIGITS[currency] == 0 else random.choice(["0.05", "1", "0.5"])
            market["convert"] = convert
        made.append(market)
    return made


def zones(random):
    made = []
    for number in range(random.randint(1, 5)):
        zone = {"id": f"z{number}"}
        if some(random, 0.8):
            zone["countries"] = random.sample(COUNTRIES, random.randint(1, 4))
        if some(random, 0.3):
            zone["regions"] = random.sample(REGIONS, random.randint(1, 3))
        if some(random, 0.3):
            zone["postal"] = random.sample(POSTAL, random.randint(1, 3))
        made.append(zone)
    return made


def methods(random, made_zones, made_markets):
    made = []
    for number in range(random.randint(1, 4)):
        rates = []
        for _ in range(random.randint(1, 6)):
            rate = {"amount": amounts(random, 0, 3000)}
            if some(random, 0.2):
                del rate["amount"][random.choice(sorted(rate["amount"]))]
            if some(random, 0.5):
                rate["zone"] = random.choice(made_zones)["id"]
            if some(random, 0.4):
                rate["weight_max_g"] = random.choice([0, 500, 2000, 10000])
            if some(random, 0.4):
                rate["subtotal_min"] = amounts(random, 0, 20000)
            rates.append(rate)
        method = {"id": f"d{number}", "title": f"Delivery {number}", "rates": rates}
        if some(random, 0.3):
            method["kind"] = random.choice(["ship", "pickup"])
        if some(random, 0.3):
            method["markets"] = [random.choice(made_markets)["id"]]
        if some(random, 0.5):
            method["days"] = [1, random.randint(1, 9)]
        made.append(method)
    # One that is possible for every cart, in most shops.
    if some(random, 0.8):
        always = {"id": "always", "title": "Always", "kind": "pickup"}
        made.append({**always, "rates": [{"amount": amounts(random, 0, 3000)}]})
    return made


def rates(random, categories, made_markets):
    made = []
    for _ in range(random.randint(0, 10)):
        rate = {"name": random.choice(["VAT", "State", "City"]), "percent": random.choice(PERCENTS)}
        if some(random, 0.6):
            rate["country"] = random.choice(COUNTRIES)
            if some(random, 0.3):
                rate["region"] = random.choice(REGIONS)
            if some(random, 0.3):
                rate["postal"] = random.choice(POSTAL)
        if categories and some(random, 0.4):
            rate["category"] = random.choice(categories)["id"]
        if some(random, 0.2):
            rate["market"] = random.choice(made_markets)["id"]
        if some(random, 0.2):
            rate["duty"] = True
        if some(random, 0.3):
            rate["free_below"] = amounts(random, 0, 30000)
        made.append(rate)
    return made


def cut(random):
    if some(random, 0.5):
        return {"percent": random.choice(PERCENTS)}
    return {"amount": amounts(random, 0, 2500)}


def action(random, kind):
    chance = random.random()
    if kind == "line" and chance < 0.35:
        made = {"buy": random.randint(1, 3), "get": random.randint(1, 2)}
        if some(random, 0.5):
            made["percent"] = random.choice(PERCENTS)
        return made
    if kind == "delivery" and chance < 0.5:
        return {"free": True}
    if kind != "sale" and chance < 0.5:
        return {"every": amounts(random, 1, 20000), "amount": amounts(random, 0, 3000)}
    if kind != "sale" and chance < 0.65:
        steps = []
        for _ in range(random.randint(1, 3)):
            at = {}
            if some(random, 0.6):
                at["subtotal"] = amounts(random, 0, 30000)
            if some(random, 0.4) or not at:
                at["units"] = random.randint(1, 10)
            steps.append({"at": at, **cut(random)})
        return {"steps": steps}
    return cut(random)


def promotion(random, number, made_markets):
    kind = random.choices(["line", "order", "delivery", "sale"], [45, 30, 15, 10])[0]
    made = {"id": f"p{number}", "title": f"Promotion {number}", "class": kind}
    made["action"] = action(random, kind)
    if some(random, 0.6):
        made["products"] = products(random)
    if some(random, 0.3):
        made["priority"] = random.randint(-2, 2)
    if some(random, 0.2):
        names = [market["id"] for market in made_markets]
        made["markets"] = random.sample(names, random.randint(1, len(names)))
    begin, end = window(random) if some(random, 0.4) else (None, None)
    made.update({key: value for key, value in (("from", begin), ("until", end)) if value is not None})
    if kind == "sale":
        return made
    if some(random, 0.75):
        made["stacks_with"] = [name for name in ("line", "order", "delivery") if some(random, 0.75)]
    if some(random, 0.15):
        made["group"] = random.choice(["a", "b"])
    if some(random, 0.1):
        made["exclusive"] = True
    if some(random, 0.35):
        made["codes"] = random.sample(["ALPHA", "beta", "GAMMA-5"], random.randint(0, 2))
    if some(random, 0.15):
        made["tiers"] = ["gold"]
    if some(random, 0.3):
        made["when"] = {}
        if some(random, 0.6):
            made["when"]["subtotal_min"] = amounts(random, 0, 20000)
        if some(random, 0.4):
            made["when"]["units_min"] = random.randint(1, 8)
    if some(random, 0.25):
        made["max_discount"] = amounts(random, 0, 4000)
    return made


def option(random, number, codes):
    """An option. One that is required has its amounts in every currency."""
    kind = random.choice(["text", "choice", "flag"])
    made = {"id": f"o{number}", "title": f"Option {number}", "kind": kind}
    if some(random, 0.8):
        made["products"] = products(random)
    if some(random, 0.2):
        made["required"] = True
    if some(random, 0.6):
        made["lead_days"] = random.randint(0, 9)

    def surcharge(into):
        if some(random, 0.3):
            return into
        amount = {code: random.randint(0, 900) for code in codes}
        if not made.get("required") and len(amount) > 1 and some(random, 0.3):
            del amount[random.choice(codes)]
        return {**into, "surcharge": amount}

    made = surcharge(made)
    if kind == "text":
        made["max_length"] = 12
    if kind == "choice":
        names = random.sample(["red", "blue", "gold"], random.randint(1, 3))
        made["choices"] = [surcharge({"id": name, "title": name.title()}) for name in names]
    return made


def options(random, made_markets):
    codes = sorted({market["currency"] for market in made_markets})
    return [option(random, number, codes) for number in range(random.choice([0, 0, 2, 4]))]


def prices(random, made_markets):
    made, seen = [], set()
    for _ in range(random.randint(0, 20)):
        begin, end = window(random)
        row = {"sku": f"S-{random.randrange(12)}", "market": random.choice(made_markets)["id"]}
        if (row["sku"], row["market"], begin) in seen:
            continue
        seen.add((row["sku"], row["market"], begin))
        made.append({**row, "price": random.randint(0, 9000), "from": begin, "until": end})
    return made


def shop(random):
    """A shop; the more promotions, the rarer."""
    made_markets = markets(random)
    made_zones = zones(random)
    categories = [{"id": f"c{number}", "products": products(random)} for number in range(random.randint(0, 3))]
    variants = {}
    for number in range(12):
        sku = f"S-{number}"
        price = random.choice([random.randint(1, 200), random.randint(1, 9000), 0, 999, 1000])
        tags = random.sample(TAGS, random.randint(0, 3))
        variants[sku] = Variant(sku, price, random.choice([0, 120, 900]), tags, [random.choice(COLLECTIONS)])
    # Every name that a condition may use exists.
    for number, tag in enumerate(TAGS):
        tags = variants[f"S-{number}"].tags
        tags += [tag] if tag not in tags else []
    for number, collection in enumerate(COLLECTIONS):
        variants[f"S-{number}"].collections[:] = [collection]
    count = random.choice([0, 4, 6, 8, 12, 30, 90])
    return Shop(
        markets=made_markets,
        zones=made_zones,
        methods=methods(random, made_zones, made_markets),
        categories=categories,
        rates=rates(random, categories, made_markets),
        promotions=[promotion(random, number, made_markets) for number in range(count)],
        prices=prices(random, made_markets),
        options=options(random, made_markets),
        variants=variants,
        digits=DIGITS,
    )


def said(random, made, variant, currency):
    """What a buyer says of the options of a variant, rarely of others too."""
    answers = {}
    for one in made.options:
        ways = list(priced_options(one, currency))
        is_there = ways and selects(one.get("products"), variant)
        if is_there and (one.get("required") and some(random, 0.98) or some(random, 0.4)):
            way = random.choice(ways)
            answers[one["id"]] = {"text": "Für Anna", "choice": way, "flag": True}[one["kind"]]
        elif not is_there and some(random, 0.01):
            answers[one["id"]] = True
    return answers


def cart(random, made):
    market = random.choice(made.markets) if some(random, 0.8) else made.markets[0]
    wanted = []
    for _ in range(random.choice([1, 2, 3, 5, 9])):
        line = {"sku": f"S-{random.randrange(12)}", "quantity": random.choice([1, 1, 2, 3, 5, 7, 20])}
        answers = said(random, made, made.variants[line["sku"]], market["currency"])
        wanted.append({**line, "options": answers} if answers else line)
    found = {"lines": wanted, "moment": random.randint(0, 800)}
    if market is not made.markets[0] or some(random, 0.5):
        found["market"] = market["id"]
    if some(random, 0.6):
        found["codes"] = random.sample(["alpha", "BETA", " Gamma-5 ", "nothing"], random.randint(1, 3))
    if some(random, 0.8):
        found["place"] = {"country": random.choice(COUNTRIES)}
        if some(random, 0.5):
            found["place"]["region"] = random.choice(REGIONS)
        if some(random, 0.5):
            found["place"]["postal_code"] = random.choice(["90210-1234", "9021 5", "96701", "10115", "k1a 0b1"])
    if some(random, 0.6):
        found["delivery"] = made.methods[-1 if some(random, 0.6) else 0]["id"]
    if some(random, 0.3):
        found["tier"] = random.choice(["gold", "silver"])
    if made.promotions and some(random, 0.1):
        reason = random.choice(["used-up", "already-used", "revoked", "suspended"])
        found["refused"] = {random.choice(made.promotions)["id"]: reason}
    return found


def moment(hours):
    return (BEGINNING + timedelta(hours=hours)).isoformat()


class Moment:
    """A moment as TOML writes it, without quotes."""

    def __init__(self, hours):
        self.text = moment(hours)


def toml(value):
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def tables(name, entries):
    text = ""
    for entry in entries:
        text += f"[[{name}]]\n"
        for key, value in entry.items():
            text += f"{key} = {toml(Moment(value) if key in ('from', 'until') else value)}\n"
    return text


def only(entry, codes):
    """An entry whose amounts are in these currencies."""
    if isinstance(entry, list):
        return [only(one, codes) for one in entry]
    if not isinstance(entry, dict):
        return entry
    if entry and set(entry) <= set(DIGITS):
        return {code: one for code, one in entry.items() if code in codes}
    return {key: only(one, codes) for key, one in entry.items()}


def restrict(made):
    """A file may name currencies of the shop's markets only."""
    codes = {market["currency"] for market in made.markets}
    for name in ("methods", "rates", "promotions"):
        setattr(made, name, only(getattr(made, name), codes))
    for method in made.methods:
        for rate in method["rates"]:
            if "subtotal_min" in rate and not rate["subtotal_min"]:
                del rate["subtotal_min"]
    return made


def decimal(minor, currency):
    digits = DIGITS[currency]
    if digits == 0:
        return str(minor)
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}}"


def write(made, folder):
    """Writes the files of the shop."""
    own = made.markets[0]["currency"]
    files = {
        "shop.toml": f'name = "Made up"\nlanguages = ["en"]\ncurrency = "{own}"\ncountry = "US"\n'
        'time_zone = "Etc/UTC"\n',
        "markets.toml": tables("market", made.markets),
        "delivery.toml": tables("zone", made.zones) + tables("method", made.methods),
    }
    if made.rates:
        files["tax.toml"] = tables("category", made.categories) + tables("rate", made.rates)
    else:
        made.categories = []
    if made.promotions:
        files["promotions.toml"] = tables("promotion", made.promotions)
    if made.options:
        files["options.toml"] = tables("option", made.options)
    for name, text in files.items():
        (folder / name).write_text(text)
    with open(folder / "prices.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["sku", "market", "price", "compare_at", "from", "until"])
        for row in made.prices:
            currency = made.market(row["market"])["currency"]
            times = [moment(row[key]) if row[key] is not None else "" for key in ("from", "until")]
            out.writerow([row["sku"], row["market"], decimal(row["price"], currency), "", *times])
    with open(folder / "products.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            ["Handle", "Title", "Tags", "Published", "Option1 Name", "Option1 Value", "Variant SKU"]
            + ["Variant Grams", "Variant Inventory Qty", "Variant Price", "Status", "Collection"]
        )
        for variant in made.variants.values():
            price = decimal(variant.price, own)
            named = [", ".join(variant.tags), "TRUE", "Title", "Default Title", variant.sku]
            more = [variant.grams, 10, price, "active", "; ".join(variant.collections)]
            out.writerow([variant.sku.lower(), f"Product {variant.sku}", *named, *more])

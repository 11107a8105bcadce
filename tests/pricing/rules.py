"""What a cart costs, by brute force from the rules in shared/pricing/README.md.

It shares no code with the engine. Terms are what the files of a shop's folder say, as dictionaries with
the keys of the files; amounts are whole minor units, and every fraction is exact.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

CLASSES = ("line", "order", "delivery")
SAID_WITHOUT_A_CODE = {
    "needs-member",
    "minimum-not-met",
    "not-combinable",
    "used-up",
    "already-used",
    "revoked",
    "suspended",
}
EXACT_MAX = 16


class Refused(Exception):
    """There is no quote."""


def half_up(value):
    return floor(value + Fraction(1, 2))


def percent_of(amount, percent):
    return half_up(Fraction(amount) * Fraction(percent) / 100)


def percent_within(amount, percent):
    percent = Fraction(percent)
    return half_up(Fraction(amount) * percent / (100 + percent))


def spread(amount, weights):
    whole = sum(weights)
    if whole == 0 or amount == 0:
        return [0] * len(weights)
    exact = [Fraction(amount) * Fraction(weight) / Fraction(whole) for weight in weights]
    shares = [floor(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda at: (shares[at] - exact[at], at))
    for at in order[: amount - sum(shares)]:
        shares[at] += 1
    return shares


@dataclass
class Variant:
    sku: str
    price: int
    grams: int
    tags: list
    collections: list


def selects(products, variant):
    """Whether a condition on products is true of a variant."""

    def has(named):
        ((kind, name),) = named.items()
        if kind == "collection":
            return name in variant.collections
        if kind == "tag":
            return name in variant.tags
        return name == variant.sku

    if products is None:
        return True
    return any(map(has, products["any"])) and not any(map(has, products.get("not", [])))


def holds(begin, end, moment):
    return (begin is None or begin <= moment) and (end is None or moment < end)


@dataclass
class Shop:
    """What the files say. Moments are numbers that can be compared."""

    markets: list
    zones: list
    methods: list
    categories: list
    rates: list
    promotions: list
    prices: list
    options: list
    variants: dict
    digits: dict

    def market(self, name):
        return next(market for market in self.markets if market["id"] == name)

    def base_price(self, variant, market, moment):
        rows = [
            row
            for row in self.prices
            if row["sku"] == variant.sku
            and row["market"] == market["id"]
            and holds(row["from"], row["until"], moment)
        ]
        if rows:
            return max(rows, key=lambda row: (row["from"] is not None, row["from"]))["price"]
        if "convert" in market:
            convert = market["convert"]
            other = self.market(convert["from"])
            price = self.base_price(variant, other, moment)
            if price is None:
                return None
            digits = self.digits[market["currency"]]
            main = Fraction(price, 10 ** self.digits[other["currency"]]) * Fraction(convert["rate"])
            step = Fraction(convert["round"]) if "round" in convert else Fraction(1, 10**digits)
            return int(half_up(main / step) * step * 10**digits)
        return variant.price if market is self.markets[0] else None

    def price(self, variant, market, moment):
        price = self.base_price(variant, market, moment)
        sales = [
            promotion
            for promotion in self.promotions
            if promotion["class"] == "sale"
            and market["id"] in promotion.get("markets", [market["id"]])
            and holds(promotion.get("from"), promotion.get("until"), moment)
            and selects(promotion.get("products"), variant)
        ]
        if price is None or not sales:
            return price
        _, off = max(
            (sale.get("priority", 0), sale_off(sale["action"], price, market)) for sale in sales
        )
        return price - off


def sale_off(action, price, market):
    """What a sale takes off a price. Of several with one priority the largest counts."""
    if "percent" in action:
        return percent_of(price, action["percent"])
    return min(price, action["amount"].get(market["currency"], 0))


def rank(promotion):
    return (-promotion.get("priority", 0), promotion["id"].encode())


def signs(text):
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())


def closeness(place, countries, regions, postal):
    """How closely an area describes a place, as a tuple; None for a place outside of it."""
    countries = [] if countries == ["*"] else countries
    if countries and place["country"] not in countries:
        return None
    if regions and place["region"] not in regions:
        return None
    length = 0
    if postal:
        code = signs(place["postal_code"])
        lengths = [len(signs(one)) for one in postal if code.startswith(signs(one))]
        if not lengths:
            return None
        length = max(lengths)
    return (length, bool(regions), bool(countries))


@dataclass
class Line:
    sku: str
    quantity: int
    variant: Variant
    unit_price: int
    left: int
    # What minimums count.
    counted: int
    # Units that no buy-X-get-Y has used.
    unused: int


@dataclass
class State:
    """What is left of a cart."""

    lines: list
    currency: str
    delivery: int

    def copy(self):
        lines = [Line(**vars(line)) for line in self.lines]
        return State(lines, self.currency, self.delivery)


class Nothing(Exception):
    """A promotion takes nothing off; the argument is the reason."""


@dataclass
class Taken:
    amount: int
    # By line; None for delivery.
    shares: list
    # Units that are used, by line.
    used: list = field(default_factory=list)


def reached(minimum, cost, units, currency, cost_key, units_key):
    amounts = minimum.get(cost_key)
    if amounts is not None and (currency not in amounts or cost < amounts[currency]):
        return False
    return units >= minimum.get(units_key, 0)


def take(promotion, state):
    """What a promotion takes off what is left, or Nothing."""
    currency, kind = state.currency, promotion["class"]
    mine = [at for at, line in enumerate(state.lines) if selects(promotion.get("products"), line.variant)]
    if not mine:
        raise Nothing("not-eligible")
    cost = sum(state.lines[at].counted for at in mine)
    units = sum(state.lines[at].quantity for at in mine)
    when = promotion.get("when", {})
    if not reached(when, cost, units, currency, "subtotal_min", "units_min"):
        raise Nothing("minimum-not-met")
    action = promotion["action"]
    if "steps" in action:
        steps = [
            step
            for step in action["steps"]
            if reached(step["at"], cost, units, currency, "subtotal", "units")
        ]
        if not steps:
            raise Nothing("minimum-not-met")
        action = steps[-1]
    cap = promotion.get("max_discount", {}).get(currency)
    if kind == "line":
        taken = take_lines(action, state, mine)
        if cap is not None and taken.amount > cap:
            taken.shares = spread(cap, taken.shares)
            taken.amount = cap
    else:
        whole = state.delivery if kind == "delivery" else sum(state.lines[at].left for at in mine)
        amount = take_whole(action, whole, cost, currency)
        if cap is not None:
            amount = min(amount, cap)
        shares = None
        if kind == "order":
            weights = [line.left if at in mine else 0 for at, line in enumerate(state.lines)]
            shares = spread(amount, weights)
        taken = Taken(amount, shares)
    if taken.amount == 0:
        raise Nothing("not-eligible")
    return taken


def take_whole(action, whole, cost, currency):
    if action.get("free"):
        return whole
    if "percent" in action:
        return percent_of(whole, action["percent"])
    amount = action["amount"].get(currency, 0)
    if "every" in action:
        times = cost // action["every"][currency]
        if times == 0:
            raise Nothing("minimum-not-met")
        amount *= times
    return min(amount, whole)


def take_lines(action, state, mine):
    shares, used = [0] * len(state.lines), [0] * len(state.lines)
    if "buy" in action:
        rewarded, used = buy_get(action["buy"], action["get"], state, mine)
        for at in mine:
            line = state.lines[at]
            part = floor(Fraction(rewarded[at] * line.left, line.quantity))
            shares[at] = percent_of(part, action.get("percent", "100"))
        return Taken(sum(shares), shares, used)
    is_met = False
    for at in mine:
        line = state.lines[at]
        if "percent" in action:
            shares[at] = percent_of(line.left, action["percent"])
            is_met = True
            continue
        amount = action["amount"].get(state.currency, 0)
        times = line.quantity
        if "every" in action:
            times = line.counted // action["every"][state.currency]
        is_met = is_met or times > 0
        shares[at] = min(amount * times, line.left)
    if not is_met:
        raise Nothing("minimum-not-met")
    return Taken(sum(shares), shares, used)


def buy_get(buy, get, state, mine):
    """How many units of each line are rewarded, and how many are used."""
    units = []
    for at in mine:
        units += [(state.lines[at].unit_price, at)] * state.lines[at].unused
    units.sort()
    times = len(units) // (buy + get)
    if times == 0:
        raise Nothing("minimum-not-met")
    rewarded, used = [0] * len(state.lines), [0] * len(state.lines)
    for _, at in units[: times * get]:
        rewarded[at] += 1
        used[at] += 1
    for _, at in units[len(units) - times * buy :]:
        used[at] += 1
    return rewarded, used


def give(promotion, taken, state):
    """Takes off what a promotion takes off."""
    if promotion["class"] == "delivery":
        state.delivery -= taken.amount
        return [{"delivery": True, "amount": taken.amount}]
    for at, share in enumerate(taken.shares):
        state.lines[at].left -= share
    for at, units in enumerate(taken.used):
        state.lines[at].unused -= units
    return [{"line": at, "amount": share} for at, share in enumerate(taken.shares) if share > 0]


def combine(one, other, state):
    if one["class"] == "line" and other["class"] == "line":
        common = [
            line
            for line in state.lines
            if selects(one.get("products"), line.variant) and selects(other.get("products"), line.variant)
        ]
        if not common:
            return True
    if one.get("exclusive") or other.get("exclusive"):
        return False
    if one.get("group") is not None and one.get("group") == other.get("group"):
        return False
    return one["class"] in other.get("stacks_with", []) and other["class"] in one.get("stacks_with", [])


def linked(conflicts):
    """Sets of places that conflicts link."""
    sets, left = [], set(range(len(conflicts)))
    while left:
        found, grown = set(), {min(left)}
        while grown != found:
            found = grown
            grown = found.union(*(conflicts[at] for at in found))
        sets.append(sorted(found))
        left -= found
    return sets


def choose(values, conflicts):
    """The places that are used; all are in the order of priority and id."""
    chosen = set()
    for places in linked(conflicts):
        if len(places) > EXACT_MAX:
            used = set()
            for at in sorted(places, key=lambda at: (-values[at], at)):
                if not conflicts[at] & used:
                    used.add(at)
            chosen |= used
            continue
        chosen |= best_of(places, values, conflicts)
    return chosen


def best_of(places, values, conflicts):
    """The set with the greatest sum, among all sets. A set is a number whose highest bit is the first
    place, so that of equal sums the greater number has the first place that is not in both."""
    order = list(reversed(places))
    masks = [sum(1 << at for at, other in enumerate(order) if other in conflicts[place]) for place in order]
    sums, is_free = [0], [True]
    best = (0, 0)
    for found in range(1, 1 << len(order)):
        first = (found & -found).bit_length() - 1
        rest = found & (found - 1)
        sums.append(sums[rest] + values[order[first]])
        is_free.append(is_free[rest] and not masks[first] & rest)
        if is_free[found]:
            best = max(best, (sums[found], found))
    return {place for at, place in enumerate(order) if best[1] >> at & 1}


def delivery_options(shop, market, place, weight, cost):
    options = []
    for method in shop.methods:
        if market["id"] not in method.get("markets", [market["id"]]):
            continue
        countries = market.get("countries", ["*"])
        if method.get("kind", "ship") == "ship" and "*" not in countries and place["country"] not in countries:
            continue
        meant = []
        for rate in method["rates"]:
            if market["currency"] not in rate["amount"]:
                continue
            if "zone" not in rate:
                meant.append((((-1,), 0), rate))
                continue
            at = next(at for at, zone in enumerate(shop.zones) if zone["id"] == rate["zone"])
            zone = shop.zones[at]
            close = closeness(
                place, zone.get("countries", ["*"]), zone.get("regions", []), zone.get("postal", [])
            )
            if close is not None:
                meant.append(((close, -at), rate))
        if not meant:
            continue
        closest = max(close for close, _ in meant)
        fitting = []
        for close, rate in meant:
            minimum = rate.get("subtotal_min")
            is_dear = minimum is None or (
                market["currency"] in minimum and cost >= minimum[market["currency"]]
            )
            if close == closest and is_dear and weight <= rate.get("weight_max_g", weight):
                fitting.append(rate["amount"][market["currency"]])
        if fitting:
            option = {"id": method["id"], "title": method["title"], "price": min(fitting)}
            options.append({**option, "days": method.get("days")})
    return options


@dataclass
class Taxing:
    shop: Shop
    market: dict
    place: dict
    goods: int

    def rates(self, category, is_duty):
        """Places of the rates that apply to a category."""
        closest = {}
        for at, rate in enumerate(self.shop.rates):
            if bool(rate.get("duty")) != is_duty:
                continue
            if rate.get("market", self.market["id"]) != self.market["id"]:
                continue
            if rate.get("category", category) != category:
                continue
            areas = [[rate[key]] if key in rate else [] for key in ("country", "region", "postal")]
            close = closeness(self.place, *areas)
            if close is None:
                continue
            how = (close, "category" in rate, "market" in rate, -at)
            known = closest.get(rate["name"])
            if known is None or how > known[0]:
                closest[rate["name"]] = (how, at)
        places = [at for _, at in closest.values()]
        currency = self.market["currency"]
        return tuple(
            at
            for at in sorted(places)
            if self.goods >= self.shop.rates[at].get("free_below", {}).get(currency, 0)
        )

    def compute(self, amounts, is_included):
        """Amounts are (line or None, amount, rates); tax by line, of delivery, and its parts."""
        groups = {}
        for place, (line, amount, rates) in enumerate(amounts):
            is_order = self.market.get("tax_rounding", "line") == "order"
            key = rates if is_order else place
            groups.setdefault(key, []).append((line, amount, rates))
        by_line, parts = {}, {}
        for members in groups.values():
            rates = members[0][2]
            percents = [Fraction(self.shop.rates[at]["percent"]) for at in rates]
            whole = sum(amount for _, amount, _ in members)
            percent = min(sum(percents, Fraction(0)), Fraction(1000))
            tax = percent_within(whole, percent) if is_included else percent_of(whole, percent)
            for (line, _, _), share in zip(members, spread(tax, [amount for _, amount, _ in members])):
                by_line[line] = by_line.get(line, 0) + share
            for at, share in zip(rates, spread(tax, percents)):
                rate = self.shop.rates[at]
                key = (rate["name"], Fraction(rate["percent"]))
                part = parts.setdefault(key, {"at": at, "base": 0, "amount": 0})
                part["at"] = min(part["at"], at)
                part["base"] += whole - tax if is_included else whole
                part["amount"] += share
        answer = {"included": is_included, "total": sum(by_line.values()), "parts": []}
        for (name, percent), part in sorted(parts.items(), key=lambda item: item[1]["at"]):
            answer["parts"].append(
                {"name": name, "percent": percent, "base": part["base"], "amount": part["amount"]}
            )
        return by_line, answer


def surcharge_in(entry, currency):
    """What an option or a choice costs; None where it is not offered."""
    amounts = entry.get("surcharge")
    return amounts.get(currency) if amounts else 0


def priced_options(option, currency):
    """The surcharge of every way to choose an option that is offered, by what is said of it."""
    own = surcharge_in(option, currency)
    if own is None:
        return {}
    if option["kind"] != "choice":
        return {None: own}
    choices = {choice["id"]: surcharge_in(choice, currency) for choice in option["choices"]}
    return {name: own + surcharge for name, surcharge in choices.items() if surcharge is not None}


def surcharge_of(shop, variant, currency, said):
    """What the options of a line add to the price of a unit, and their longest lead."""
    total, days, left = 0, [0], dict(said)
    for option in shop.options:
        ways = priced_options(option, currency)
        if not ways or not selects(option.get("products"), variant):
            continue
        if option["id"] not in left:
            if option.get("required"):
                raise Refused
            continue
        answer = left.pop(option["id"])
        way = answer if option["kind"] == "choice" else None
        if way not in ways:
            raise Refused
        total += ways[way]
        days.append(option.get("lead_days", 0))
    if left:
        raise Refused
    return total, max(days)


def category_of(shop, variant):
    found = (one["id"] for one in shop.categories if selects(one["products"], variant))
    return next(found, None)


def quote(shop, cart):
    """The answer to a cart, with percentages as fractions."""
    markets = [market for market in shop.markets if market["id"] == cart.get("market", shop.markets[0]["id"])]
    if not markets:
        raise Refused("there is no such market")
    market = markets[0]
    currency, moment = market["currency"], cart["moment"]
    countries = market.get("countries", ["*"])
    home = "" if "*" in countries else countries[0]
    place = {"country": home, "region": "", "postal_code": "", **(cart.get("place") or {})}
    lines, lead_days = [], 0
    for at, line in enumerate(cart["lines"]):
        variant = shop.variants[line["sku"]]
        price = shop.price(variant, market, moment)
        if price is None:
            raise Refused(f"line {at} is not sold in this market")
        try:
            surcharge, lead = surcharge_of(shop, variant, currency, line.get("options", {}))
        except Refused:
            raise Refused(f"the options of line {at} are not possible") from None
        lead_days = max(lead_days, lead)
        price += surcharge
        whole = price * line["quantity"]
        lines.append(Line(line["sku"], line["quantity"], variant, price, whole, whole, line["quantity"]))
    weight = sum(line.variant.grams * line.quantity for line in lines)
    subtotal = sum(line.left for line in lines)

    def shipping(options):
        if cart.get("delivery") is None:
            return 0
        for option in options:
            if option["id"] == cart["delivery"]:
                return option["price"]
        raise Refused("this delivery is not possible")

    alone = shipping(delivery_options(shop, market, place, weight, subtotal))
    untouched = State(lines, currency, alone)
    candidates, refused = [], []
    codes = [code.strip().upper() for code in cart.get("codes", [])]
    known = set()

    def refuse(promotion, code, reason, into):
        if code is not None:
            into.append({"code": cart["codes"][code], "reason": reason})
        elif reason in SAID_WITHOUT_A_CODE:
            into.append({"promotion": promotion["id"], "reason": reason})

    for promotion in sorted(shop.promotions, key=rank):
        if promotion["class"] == "sale":
            continue
        code = None
        if "codes" in promotion:
            own = [one.upper() for one in promotion["codes"]]
            given = [at for at, one in enumerate(codes) if one in own]
            known.update(given)
            if not given:
                continue
            code = given[0]
        try:
            value = value_alone(promotion, untouched, market, moment, cart)
        except Nothing as nothing:
            refuse(promotion, code, nothing.args[0], refused)
            continue
        if value is not None:
            candidates.append((promotion, code, value))
    not_applied = [
        {"code": code, "reason": "unknown-code"}
        for at, code in enumerate(cart.get("codes", []))
        if at not in known
    ] + refused
    conflicts = [
        {
            other
            for other in range(len(candidates))
            if other != at and not combine(candidates[at][0], candidates[other][0], untouched)
        }
        for at in range(len(candidates))
    ]
    chosen = choose([value for _, _, value in candidates], conflicts)
    for at, (promotion, code, _) in enumerate(candidates):
        if at not in chosen:
            refuse(promotion, code, "not-combinable", not_applied)
    state, adjustments = untouched.copy(), []

    def apply(kind):
        for at, (promotion, code, _) in enumerate(candidates):
            if at not in chosen or promotion["class"] != kind:
                continue
            try:
                taken = take(promotion, state)
            except Nothing as nothing:
                refuse(promotion, code, nothing.args[0], not_applied)
                continue
            adjustments.append(
                {
                    "promotion": promotion["id"],
                    "title": promotion["title"],
                    "code": None if code is None else cart["codes"][code],
                    "class": kind,
                    "amount": taken.amount,
                    "allocations": give(promotion, taken, state),
                }
            )

    apply("line")
    for line in state.lines:
        line.counted = line.left
    options = delivery_options(shop, market, place, weight, sum(line.left for line in state.lines))
    full_shipping = shipping(options)
    state.delivery = full_shipping
    apply("order")
    apply("delivery")

    goods = sum(line.left for line in state.lines)
    taxing = Taxing(shop, market, place, goods)
    categories = [category_of(shop, line.variant) for line in state.lines]
    amounts = [
        (at, line.left, taxing.rates(category, False))
        for at, (line, category) in enumerate(zip(state.lines, categories))
    ]
    mode = market.get("delivery_tax", "standard")
    if state.delivery > 0 and mode == "prorata" and goods > 0:
        sums = {}
        for _, amount, rates in amounts:
            sums[rates] = sums.get(rates, 0) + amount
        for rates, share in zip(list(sums), spread(state.delivery, list(sums.values()))):
            amounts.append((None, share, rates))
    elif state.delivery > 0 and mode != "none":
        amounts.append((None, state.delivery, taxing.rates(None, False)))
    is_included = market.get("tax", "included") == "included"
    by_line, tax = taxing.compute(amounts, is_included)
    amounts = [
        (at, line.left - (by_line.get(at, 0) if is_included else 0), taxing.rates(category, True))
        for at, (line, category) in enumerate(zip(state.lines, categories))
    ]
    _, duty = taxing.compute(amounts, False)
    total = goods + state.delivery + duty["total"] + (0 if is_included else tax["total"])
    for option in options:
        option["days"] = option["days"] and [days + lead_days for days in option["days"]]
    answer = {
        "market": market["id"],
        "currency": currency,
        "lines": [
            {
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "subtotal": line.unit_price * line.quantity,
                "discount": line.unit_price * line.quantity - line.left,
                "total": line.left,
            }
            for line in state.lines
        ],
        "adjustments": adjustments,
        "not_applied": not_applied,
        "delivery_options": options,
        "subtotal": subtotal,
        "shipping": full_shipping,
        "tax": tax,
        "total": total,
        "due": total,
    }
    for line, asked in zip(answer["lines"], cart["lines"]):
        said = asked.get("options", {})
        if said:
            line["options"] = [
                named(option, said[option["id"]], currency)
                for option in shop.options
                if option["id"] in said
            ]
    if duty["parts"]:
        answer["duty"] = duty
    return answer


def named(option, said, currency):
    """A chosen option as a quote names it."""
    is_choice = option["kind"] == "choice"
    found = {"id": option["id"], "title": option["title"]}
    if is_choice:
        found["choice"] = said
        found["value"] = next(one["title"] for one in option["choices"] if one["id"] == said)
    elif option["kind"] == "text":
        found["value"] = said
    return {**found, "surcharge": priced_options(option, currency)[said if is_choice else None]}


def value_alone(promotion, untouched, market, moment, cart):
    """What a promotion takes off alone; None where it is neither possible nor refused."""
    if market["id"] not in promotion.get("markets", [market["id"]]):
        raise Nothing("wrong-market")
    if promotion.get("from") is not None and moment < promotion["from"]:
        raise Nothing("not-started")
    if promotion.get("until") is not None and moment >= promotion["until"]:
        raise Nothing("ended")
    if promotion["id"] in cart.get("refused", {}):
        raise Nothing(cart["refused"][promotion["id"]])
    if not any(selects(promotion.get("products"), line.variant) for line in untouched.lines):
        raise Nothing("not-eligible")
    if "tiers" in promotion:
        if cart.get("tier") is None:
            raise Nothing("needs-member")
        if cart["tier"] not in promotion["tiers"]:
            raise Nothing("not-eligible")
    if promotion["class"] == "delivery" and cart.get("delivery") is None:
        return None
    return take(promotion, untouched).amount

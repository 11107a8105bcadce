#!/usr/bin/env python3
"""Makes products, and queries for any products: the same ones for the same seed.

    generate.py products --count 4000 --out FOLDER      products.csv and products.zh.csv
    generate.py queries --count 300 --catalogue F --translations F > QUERIES
"""

import argparse
import csv
import json
import pathlib
import random

import products
import text as words

NOUNS = """lamp desk laptop notebook monitor projector keyboard mouse headphones speaker charger cable adapter
camera tripod printer scanner router tablet phone watch mug teapot kettle bowl plate cutlery knife spoon pan
blanket pillow cushion rug curtain towel candle lantern vase basket shelf chair stool table bench wardrobe
jacket sweater scarf gloves boots sandals backpack wallet umbrella sunglasses necklace bracelet ring notebook
pencil pen ink paper envelope journal calendar puzzle kite drone telescope bicycle helmet pump lock tent""".split()
PARTS = "case sleeve stand lock bag mount cover pad strap lid shade holder box cartridge filter battery".split()
ADJECTIVES = """small large wireless portable folding wooden ceramic woollen leather cotton linen steel copper brass
black white blue green red yellow grey vintage modern classic heavy light waterproof rechargeable digital
adjustable quiet compact gaming professional outdoor handmade recycled organic café-style crème""".split()
CHINESE = """手机 电脑 笔记本 耳机 音箱 键盘 鼠标 显示器 投影仪 充电器 数据线 相机 打印机 路由器 平板电脑 手表 茶壶 茶杯 水壶
饭碗 盘子 菜刀 勺子 平底锅 毛毯 枕头 地毯 窗帘 毛巾 蜡烛 灯笼 花瓶 篮子 书架 椅子 凳子 桌子 衣柜 夹克 毛衣 围巾 手套
靴子 凉鞋 背包 钱包 雨伞 眼镜 项链 手镯 铅笔 钢笔 墨水 信封 日历 拼图 风筝 望远镜 自行车 头盔 帐篷 洗手机 洗手液 空气炸锅""".split()
CHINESE_PARTS = "手机壳 保护套 支架 贴膜 电池 滤芯 盖子 灯罩 挂绳 收纳盒 键盘膜 鼠标垫".split()
CHINESE_ADJECTIVES = "小型 大号 无线 便携 折叠 木制 陶瓷 羊毛 真皮 纯棉 黑色 白色 蓝色 绿色 红色 复古 现代 经典 防水 可充电 手工".split()
CHINESE_BRANDS = "华为 小米 联想 苹果 美的 海尔".split()
COLOURS = {"Black": "黑色", "White": "白色", "Red": "红色", "Blue": "蓝色", "Sea Green": "海绿色"}
SIZES = {"S": "小号", "M": "中号", "L": "大号", "15 inch": "15 英寸"}
COLLECTIONS = ["Home office", "Spring", "Best sellers", "Gifts", "Outlet"]
SYLLABLES = "ba ce di fo gu ha jo ka le mi no pa qua ri sto tu va wi xe yo zan bri cla dro".split()
HEADER = ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Option1 Name", "Option1 Value",
          "Option2 Name", "Option2 Value", "Variant SKU", "Variant Price", "Variant Barcode", "Status", "Collection"]
TRANSLATION = ["Type", "Identification", "Field", "Locale", "Market", "Status", "Default content", "Translated content"]


def one_of(dice, list_):
    """The first of a list come up most."""
    return list_[min(int(dice.expovariate(3.0 / len(list_))), len(list_) - 1)]


def made_up(dice):
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.randint(2, 4)))


def make_products(count, folder, dice):
    brands = [made_up(dice).capitalize() for _ in range(40)] + CHINESE_BRANDS
    strange = [made_up(dice) for _ in range(count // 4)]
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "products.csv", "w", encoding="utf-8", newline="") as own, open(
        folder / "products.zh.csv", "w", encoding="utf-8", newline=""
    ) as other:
        rows, translations = csv.writer(own), csv.writer(other)
        rows.writerow(HEADER)
        translations.writerow(TRANSLATION)
        for kind, texts in (("PRODUCT_OPTION_VALUE", {**COLOURS, **SIZES}),):
            for base, to in texts.items():
                translations.writerow([kind, "", "name", "zh", "", "", base, to])
        for number in range(count):
            make_product(number, dice, brands, strange, rows, translations)


def make_product(number, dice, brands, strange, rows, translations):
    brand, at = one_of(dice, brands), dice.randrange(len(NOUNS))
    noun, kind = NOUNS[at], NOUNS[at].capitalize() + "s"
    chinese = CHINESE[at % len(CHINESE)]
    chinese_kind = chinese
    title = [one_of(dice, ADJECTIVES), dice.choice(strange), noun]
    chinese_title = dice.choice(CHINESE_ADJECTIVES) + chinese
    if dice.random() < 0.35:
        part, place = dice.randrange(len(PARTS)), dice.randrange(3)
        title = [[noun, PARTS[part]], [PARTS[part], "for", noun], [noun + PARTS[part]]][place] + title[1:2]
        kind = f"{noun.capitalize()} {PARTS[part]}s"
        chinese_title = dice.choice([f"适用于{chinese}的", chinese, ""]) + CHINESE_PARTS[part % len(CHINESE_PARTS)]
        chinese_kind = CHINESE_PARTS[part % len(CHINESE_PARTS)]
    if dice.random() < 0.3:
        title.append(f"{made_up(dice)[:2].upper()}-{dice.randint(10, 2000)}{dice.choice(['', 'XM4', 'GB', 'x'])}")
    if dice.random() < 0.2:
        title.append(dice.choice(["15.6\"", "2-pack", "(black)", "men's", "500 ml", "10x20 cm"]))
    title = f"{brand} {' '.join(title)}"
    chinese_title = f"{brand}{chinese_title} {dice.choice(['', '2024款', '黑色', 'Pro', '手機殼'])}".strip()
    body = f"<p>The {' '.join(dice.choices(ADJECTIVES + NOUNS + strange, k=dice.randint(5, 60)))}.</p>"
    slug = f"p{number}-{dice.choice(strange)}"
    tags = dice.sample(["sale", "new", "gift", "eco", "office", "travel", noun], dice.randint(0, 3))
    shelves = dice.sample(COLLECTIONS, dice.randint(1, 2))
    options = [(c, s) for c in dice.sample(list(COLOURS), 2) for s in dice.sample(list(SIZES), 2)]
    options = options[: dice.randint(1, 4)] if dice.random() < 0.6 else [("Default Title", "")]
    for place, (colour, size) in enumerate(options):
        names = ("Colour", "Size") if size else ("Title", "")
        first = [title, body, brand, kind, ", ".join(tags), names[0]] if place == 0 else [""] * 6
        second = names[1] if place == 0 else ""
        price = f"{dice.randint(1, 300)}.{dice.choice(['00', '99', '50'])}"
        rows.writerow([slug, *first, colour, second, size, f"SKU-{number}-{place}", price, "",
                       *(["active", "; ".join(sorted(shelves))] if place == 0 else ["", ""])])
    for field, base, to in (
        ("title", title, chinese_title),
        ("product_type", kind, chinese_kind),
        ("body_html", body, f"<p>{''.join(dice.choices(CHINESE + CHINESE_ADJECTIVES, k=dice.randint(3, 30)))}</p>"),
    ):
        translations.writerow(["PRODUCT", slug, field, "zh", "", "", base, to])


# Queries


def misspelled(dice, word):
    letters, at = list(word), dice.randrange(max(1, len(word) - 1))
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    change = dice.randrange(4)
    if change == 0:
        letters.insert(at, letter)
    elif change == 1:
        letters.pop(at)
    elif change == 2:
        letters[at] = letter
    else:
        letters[at : at + 2] = reversed(letters[at : at + 2])
    return "".join(letters)


def text_of(dice, products_, locale):
    """The text of a query, from what a product says."""
    product = dice.choice(products_)
    title = product.title[locale]
    parts = title.split()
    kind = dice.randrange(10)
    if kind == 0:
        return product.variants[0]["sku"].lower()
    if kind == 1:
        return product.kind[locale]
    chosen = [part for part in parts if dice.random() < 0.5] or parts[-1:]
    if kind == 2:
        chosen.append(made_up(dice))
    if kind in (3, 4) and locale == 0:
        at = dice.randrange(len(chosen))
        chosen[at] = misspelled(dice, chosen[at])
    if kind == 5 and len(chosen) > 1:
        chosen[:2] = ["".join(chosen[:2])]
    if kind == 6:
        chosen = [dice.choice(product.keywords(locale)) or title]
    if kind == 7 and len(chosen[0]) > 6 and chosen[0].isalpha():
        chosen[:1] = [chosen[0][:4], chosen[0][4:]]
    if locale == 1:
        chinese = [token.text for token in words.tokens(title) if token.kind == "run"]
        if chinese and kind in (2, 3, 4, 5, 6):
            run = dice.choice(chinese)
            spans = words.run_words(run)
            start, end = dice.choice(spans)
            word = run[start:end]
            read = words.readings(word)
            if kind == 2 and read:
                return "".join(read)
            if kind == 3 and read:
                return "".join(homophone(dice, char) for char in word)
            if kind == 4:
                at = dice.randrange(max(1, len(run) - 2))
                return run[at : at + dice.randint(2, 3)]
            return word + dice.choice(["", " " + dice.choice(CHINESE), dice.choice(CHINESE)])
    if dice.random() < 0.05:
        chosen.insert(0, "the")
    return " ".join(chosen)


ALIKE = {}


def homophone(dice, char):
    if not ALIKE:
        for point in range(0x4E00, 0x9FA5):
            read = words.reading(chr(point))
            if read:
                ALIKE.setdefault(read, []).append(chr(point))
    return dice.choice(ALIKE.get(words.reading(char), [char])[:40])


def make_query(dice, products_):
    locale = int(dice.random() < 0.4)
    query = {"text": text_of(dice, products_, locale)[:100], "locale": locale}
    product = dice.choice(products_)
    if dice.random() < 0.25:
        chosen = dice.sample(sorted(product.values()), dice.randint(1, 2))
        query["groups"] = [[kind, [value]] for kind, value in {kind: value for kind, value in chosen}.items()]
        if dice.random() < 0.4:
            other = sorted(dice.choice(products_).values())
            kind, values = query["groups"][0]
            values += [value for of, value in other if of == kind and value not in values][:2]
    if dice.random() < 0.1:
        query["price_min"] = dice.randint(0, 15000)
        query["price_max"] = query["price_min"] + dice.randint(0, 15000)
    if dice.random() < 0.2:
        query["sort"] = dice.choice(["price-asc", "price-desc", "title", "popular"])
    if query.get("sort") == "popular":
        query["popular"] = [each.slug for each in dice.sample(products_, min(64, len(products_)))]
    if dice.random() < 0.4:
        # Levels of popularity, and what is sold out for long.
        some = dice.sample(products_, min(dice.choice([5, 400]), len(products_)))
        factors = [256 + 3 * level for level in range(1, 9)] + [208, 208 * 280 // 256]
        query["learnt"] = [[each.slug, dice.choice(factors)] for each in some]
    if dice.random() < 0.2:
        some = dice.sample(products_, min(30, len(products_)))
        query["sold_out"] = [one["sku"] for each in some for one in each.variants]
        query["in_stock"] = dice.random() < 0.6
    if dice.random() < 0.15:
        query["pins"] = [each.slug for each in dice.sample(products_, 2)] + ["no-such-product"]
    if dice.random() < 0.1:
        query["hidden"] = [each.slug for each in dice.sample(products_, min(20, len(products_)))]
    if dice.random() < 0.15:
        some = sorted(product.values())
        query["boosts"] = [[*dice.choice(some), dice.choice([128, 200, 384, 512])] for _ in range(dice.randint(1, 2))]
        query["boosts"] = list({(kind, value): [kind, value, by] for kind, value, by in query["boosts"]}.values())
    if dice.random() < 0.15 and query["text"].split():
        phrase = dice.choice(query["text"].split())
        to = dice.choice([dice.choice(products_).kind[locale], dice.choice(products_).title[locale]])
        query["synonyms"] = [[phrase, to, dice.choice([30, 95, 96, 128, 204])]]
    if dice.random() < 0.05:
        # The shop has the thing under another name only.
        thing = made_up(dice)
        query["text"] = f"{one_of(dice, ADJECTIVES)} {thing}"
        query["synonyms"] = [[thing, dice.choice(products_).kind[locale], dice.choice([30, 95])]]
    if dice.random() < 0.1:
        query["stop_words"] = [token.joined for token in words.tokens(query["text"]) if token.kind == "word"][:1]
    return query


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["products", "queries"])
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--catalogue")
    parser.add_argument("--translations", action="append", default=[])
    args = parser.parse_args()
    dice = random.Random(args.seed)
    if args.what == "products":
        make_products(args.count, args.out, dice)
        return
    read = products.read_products(args.catalogue, args.translations)
    for _ in range(args.count):
        print(json.dumps(make_query(dice, read), ensure_ascii=False))


if __name__ == "__main__":
    main()

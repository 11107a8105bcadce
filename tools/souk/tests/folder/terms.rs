//! Markets, prices, delivery, tax and promotions of a folder: checked, and what carts cost by them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use souk_catalogue::FactsContext;
use souk_pricing::Terms;
use souk_protocol::origin::OfferDefinition;
use souk_shop::Shop as Settings;
use souk_shop_folder::terms::FILES;

use crate::folders::{self, Folder, repository};
use crate::last_line;
use crate::sales;
use crate::shop::Shop;

/// With the example of the documents as `shop`.
pub(crate) fn example(name: &str) -> Folder {
    let folder = Folder::new(name);
    for (path, content) in folders::files(&repository().join("tests/pricing/shop")) {
        let file = folder.path().join("shop").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    folder
}

#[test]
fn the_example_of_the_documents_is_what_the_program_says() {
    let text = fs::read_to_string(repository().join("docs/terms.md")).unwrap();
    let (_, block) = text.split_once("```console\n$ souk ").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (command, expected) = block.split_once('\n').unwrap();
    let arguments: Vec<_> = command.split(' ').collect();
    assert_eq!(example("documents").souk(&arguments).ok(), expected);
}

#[test]
fn a_quote_has_the_members_of_the_api() {
    let folder = example("json");
    let arguments = [
        "terms",
        "quote",
        "shop",
        "--line",
        "BOOK=1",
        "--line",
        "MUG=2",
        "--market",
        "eu",
        "--code",
        "welcome10",
        "--code",
        "NOPE",
        "--delivery",
        "standard",
        "--language",
        "de",
        "--json",
    ];
    let quote: Value = serde_json::from_str(&folder.souk(&arguments).ok()).unwrap();
    // 30.00 USD at 0.92 to steps of 0.50 are 27.50 EUR.
    let expected = json!({
        "market": "eu",
        "currency": "EUR",
        "lines": [
            { "sku": "BOOK", "quantity": 1, "unit_price": 2750, "subtotal": 2750, "discount": 275,
              "total": 2475 },
            { "sku": "MUG", "quantity": 2, "unit_price": 1750, "subtotal": 3500, "discount": 350,
              "total": 3150 },
        ],
        "adjustments": [{
            "promotion": "welcome", "title": "10 % auf die Bestellung", "code": "welcome10",
            "class": "order", "amount": 625,
            "allocations": [{ "line": 0, "amount": 275 }, { "line": 1, "amount": 350 }],
        }],
        "not_applied": [
            { "code": "NOPE", "reason": "unknown-code" },
            { "promotion": "free-delivery", "reason": "minimum-not-met" },
            { "promotion": "mugs-3-for-2", "reason": "minimum-not-met" },
        ],
        "delivery_options": [
            { "id": "standard", "title": "Standard", "price": 490, "days": [2, 5] },
        ],
        "subtotal": 6250,
        "shipping": 490,
        "tax": { "included": true, "total": 723, "parts": [
            { "name": "VAT", "percent": "19", "base": 2877, "amount": 547 },
            { "name": "VAT", "percent": "7", "base": 2515, "amount": 176 },
        ] },
        "total": 6115,
        "due": 6115,
    });
    assert_eq!(quote["lines"], expected["lines"]);
    assert_eq!(quote, expected);
}

#[test]
fn a_quote_has_the_options_of_its_lines() {
    let folder = example("options");
    let quote = |options: &[&str]| {
        let base = [
            "terms",
            "quote",
            "shop",
            "--line",
            "MUG=2",
            "--line",
            "TEA=1",
            "--country",
            "US",
        ];
        folder.souk(&[&base[..], options].concat())
    };
    let said = quote(&["--option", "0:engraving=Anna", "--option", "1:wrap"]).ok();
    for words in [
        "MUG, 2 × 23.00",
        "  Engraving: Anna, 5.00 of each unit",
        "  Gift wrap, 3.00 of each unit",
        "4 to 7 days",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let refused = quote(&["--option", "1:engraving=Anna"]).refused();
    let reason =
        "the options of line 1 are not possible: engraving is no option of this product here";
    assert!(refused.contains(reason), "{refused}");
    let refused = quote(&["--option", "2:wrap"]).refused();
    assert!(refused.contains("there is no such line"), "{refused}");
}

#[test]
fn carts_of_a_file_are_priced_line_by_line() {
    let folder = example("carts");
    let carts = [
        json!({ "lines": [{ "sku": "MUG", "quantity": 1 }] }),
        json!({ "lines": [{ "sku": "MUGS", "quantity": 1 }] }),
        json!({ "lines": [{ "sku": "MUG", "quantity": 1 }], "delivery": "drone" }),
        json!({ "lines": [{ "sku": "MUG", "quantity": 1 }], "codes": ["WELCOME10"],
                "refused": { "welcome": "already-used" } }),
    ];
    let text: String = carts.iter().map(|cart| format!("{cart}\n")).collect();
    fs::write(folder.path().join("carts.jsonl"), text).unwrap();
    let said = folder
        .souk(&["terms", "quote", "shop", "--carts", "carts.jsonl"])
        .ok();
    let answers: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["total"], 1_800);
    assert_eq!(answers[1], json!({ "error": "there is no sku 'MUGS'" }));
    assert_eq!(
        answers[2],
        json!({ "error": "this delivery is not possible" })
    );
    let refused = json!({ "code": "WELCOME10", "reason": "already-used" });
    assert_eq!(answers[3]["not_applied"][1], refused);
}

#[test]
fn a_folder_is_checked() {
    let folder = example("check");
    let checked = folder.souk(&["terms", "check", "shop"]).ok();
    for line in [
        "market us in USD, 3 of 3 variants are sold there",
        "2 ways of delivery, 6 rates of tax and duty, 4 promotions, 2 options",
    ] {
        assert!(checked.contains(line), "{checked}");
    }
    let whole = folder.souk(&["check", "shop"]).ok();
    assert!(!whole.contains("tax.toml"), "{whole}");

    folder.replace(
        "shop/promotions.toml",
        "class = \"order\"",
        "class = \"oder\"",
    );
    folder.replace("shop/delivery.toml", "weight_max_g", "weight_max");
    let refused = folder.souk(&["terms", "check", "shop"]).refused();
    let whole = folder.souk(&["check", "shop"]).refused();
    for line in [
        "error: promotions.toml:12:9: promotion[2].class: 'oder' cannot stand here; did you mean order?",
        "method[1].rates[1].weight_max: there is no key 'weight_max' here; did you mean weight_max_g?",
        "3 errors",
    ] {
        assert!(refused.contains(line), "{line}\n{refused}");
        assert!(whole.contains(line), "{line}\n{whole}");
    }
}

#[test]
fn a_shop_without_the_files_has_its_own_prices_and_the_usual_deliveries() {
    let folder = Folder::kontor("none");
    fs::remove_file(folder.path().join("shop/tax.toml")).unwrap();
    let arguments = [
        "terms",
        "quote",
        "shop",
        "--line",
        "K-01-01=2",
        "--delivery",
        "standard",
        "--json",
    ];
    let quote: Value = serde_json::from_str(&folder.souk(&arguments).ok()).unwrap();
    assert_eq!(
        (&quote["total"], &quote["currency"]),
        (&1_900.into(), &"EUR".into())
    );
    assert_eq!(quote["tax"]["parts"], json!([]));
    assert_eq!(quote["delivery_options"][0]["id"], "standard");
    let checked = last_line(&folder.souk(&["terms", "check", "shop", "--json"]).ok());
    assert_eq!(
        (&checked["files"], &checked["promotions"]),
        (&json!([]), &0.into())
    );
}

/// The last line that a command prints.
pub(crate) fn json_of(folder: &Folder, shop: &Shop, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json", "--shop", &shop.base]].concat();
    last_line(&folder.souk(&arguments).ok())
}

/// Checks that every offer has exactly the stamps of the facts that an edge makes; how many there are.
pub(crate) fn check_stamps(shop: &Shop) -> usize {
    let manifest = shop.manifest();
    let settings = Settings::decode(&shop.blob(manifest.shop.unwrap())).unwrap();
    let languages = settings.languages.iter();
    let languages: Vec<_> = languages.map(|one| one.code.as_str()).collect();
    let terms = Terms::decode(&shop.blob(manifest.pricing.unwrap())).unwrap();
    let markets = manifest.shown.unwrap().markets;
    assert_eq!(markets, terms.markets);
    let context = FactsContext {
        languages: &languages,
        market: &markets[0].id,
    };
    let mut stamps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for product in shop.products() {
        for variant in &product.variants {
            let stamp = product.facts(variant, context).stamp().to_string();
            let of_sku = stamps.entry(variant.sku.clone()).or_default();
            of_sku.insert(stamp);
        }
    }
    for sale in sales::published(shop) {
        for item in &sale.items {
            let of_sku = stamps.entry(item.sku.clone()).or_default();
            let sessions = sale.sessions.iter();
            of_sku.extend(sessions.map(|one| sale.facts_in(item, one).stamp().to_string()));
        }
    }
    let offers = shop.offers().into_iter();
    let offers = offers.map(|(sku, offer)| (sku, offer.facts.into_iter().collect()));
    assert_eq!(offers.collect::<BTreeMap<_, _>>(), stamps);
    stamps.values().map(BTreeSet::len).sum()
}

#[test]
fn terms_are_published_and_rolled_back_with_the_folder() {
    let folder = example("published");
    let shop = Shop::start();
    let publish = |extra: &[&str]| {
        let arguments = [&["publish", "shop"], extra].concat();
        json_of(&folder, &shop, &arguments)
    };
    assert_eq!(publish(&[])["version"], 1);
    assert_eq!(check_stamps(&shop), 3);
    let (first, first_terms) = (shop.offers(), shop.manifest().pricing);
    let same = json_of(&folder, &shop, &["diff", "shop"]);
    assert_eq!(same["same"], true, "{same}");

    folder.replace("shop/prices.csv", "MUG,eu,17.50", "MUG,eu,16.50");
    folder.replace("shop/delivery.toml", "USD = 1900", "USD = 2100");
    let promotions = folder.path().join("shop/promotions.toml");
    let text = fs::read_to_string(&promotions).unwrap();
    let sale = "\n[[promotion]]\nid = \"autumn\"\ntitle = \"Autumn\"\nclass = \"sale\"\n\
                products = { any = [{ sku = \"BOOK\" }] }\naction = { percent = \"20\" }\n";
    fs::write(&promotions, text + sale).unwrap();
    let difference = json_of(&folder, &shop, &["diff", "shop"]);
    let terms = &difference["terms"];
    assert_eq!(terms["prices"]["changed"], json!(["MUG eu"]));
    assert_eq!(terms["methods"]["changed"], json!(["standard"]));
    assert_eq!(terms["promotions"]["added"], json!(["autumn"]));
    assert_eq!(terms["markets"]["changed"], json!([]));
    let told = folder.souk(&["diff", "shop", "--shop", &shop.base]).ok();
    for line in [
        "0 prices added, 1 changed, 0 removed\n  ~ MUG eu",
        "0 deliveries added, 1 changed, 0 removed\n  ~ standard",
        "1 promotions added, 0 changed, 0 removed\n  + autumn",
        "SKU MUG is sold by other terms",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }

    assert_eq!(publish(&[])["version"], 2);
    assert_eq!(check_stamps(&shop), 3);
    let changed = shop.offers();
    assert_ne!(changed["MUG"].facts, first["MUG"].facts);
    assert_ne!(changed["BOOK"].facts, first["BOOK"].facts);
    assert_eq!(changed["BOOK"].unit_price, first["BOOK"].unit_price * 4 / 5);
    assert_eq!(changed["TEA"].facts, first["TEA"].facts);

    let arguments = ["catalogue", "--shop", &shop.base, "rollback", "--to", "1"];
    folder.souk(&arguments).ok();
    assert_eq!(check_stamps(&shop), 3);
    assert_eq!(shop.manifest().pricing, first_terms);
    let stamps = |offers: BTreeMap<String, OfferDefinition>| {
        let offers = offers.into_values();
        offers.map(|offer| offer.facts).collect::<Vec<_>>()
    };
    assert_eq!(stamps(shop.offers()), stamps(first));
}

#[test]
fn terms_come_back_byte_for_byte_and_stay_where_a_folder_has_none() {
    let folder = example("kept");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
    let [own, pulled] = ["shop", "pulled"].map(|dir| folders::files(&folder.path().join(dir)));
    assert_eq!(own, pulled);

    for name in FILES {
        fs::remove_file(folder.path().join("pulled").join(name)).unwrap();
    }
    let told = folder.souk(&["diff", "pulled", "--shop", &shop.base]).ok();
    let kept = "stays as it is published: markets.toml, prices.csv, delivery.toml, tax.toml, \
                promotions.toml, options.toml";
    assert!(told.contains(kept), "{told}");
    assert!(told.contains("what is published is the same"), "{told}");

    // One file of them, and the others are taken away.
    let tax = &own["tax.toml"];
    fs::write(folder.path().join("pulled/tax.toml"), tax).unwrap();
    let difference = json_of(&folder, &shop, &["diff", "pulled"]);
    let terms = &difference["terms"];
    assert_eq!(terms["markets"]["removed"], json!(["eu", "us"]));
    assert_eq!(terms["promotions"]["removed"].as_array().unwrap().len(), 4);
    assert_eq!(terms["options"]["removed"], json!(["engraving", "wrap"]));
    let rates = &terms["rates"];
    assert_eq!(rates["removed"], json!([]), "{rates}");
}

#[test]
fn names_that_are_gone_are_a_warning_in_terms_that_are_kept() {
    let folder = example("gone");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    for name in FILES {
        fs::remove_file(folder.path().join("shop").join(name)).unwrap();
    }
    let products = folder.path().join("shop/products.csv");
    let text = fs::read_to_string(&products).unwrap();
    let without: String = text
        .lines()
        .filter(|line| !line.contains("TEA"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&products, without).unwrap();
    let told = folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    assert!(
        told.contains("warning: prices.csv:3: sku: there is no sku 'TEA'"),
        "{told}"
    );
    assert_eq!(check_stamps(&shop), 2);
}

#[test]
fn terms_of_another_folder_take_the_places_of_the_shops() {
    let folder = example("other");
    let shop = Shop::start();
    let terms = folder.path().join("terms");
    fs::create_dir(&terms).unwrap();
    let tax = "[[rate]]\nname = \"GST\"\npercent = \"5\"\n";
    fs::write(terms.join("tax.toml"), tax).unwrap();
    let arguments = [
        "terms", "publish", "shop", "--terms", "terms", "--shop", &shop.base,
    ];
    folder.souk(&arguments).ok();
    let published = Terms::decode(&shop.blob(shop.manifest().pricing.unwrap())).unwrap();
    assert_eq!(published.rates[0].name, "GST");
    assert_eq!(
        (published.markets.len(), published.promotions.len()),
        (1, 0)
    );
    folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
    let pulled = folders::files(&folder.path().join("pulled"));
    assert_eq!(pulled["tax.toml"], tax.as_bytes());
    assert!(!pulled.contains_key("markets.toml"));
    let refused = folder
        .souk(&["check", "shop", "--terms", "shop/nothing"])
        .refused();
    assert!(refused.contains("has none of markets.toml"), "{refused}");
}

#[test]
fn every_offer_has_the_stamps_of_all_variants_that_share_its_stock() {
    let folder = Folder::new("shared");
    let row = |slug: &str, sku: &str, price: &str| format!("{slug},{slug},{sku},{price},5\n");
    let export = |rows: &[String]| {
        let head = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\n";
        fs::write(
            folder.path().join("export.csv"),
            head.to_owned() + &rows.concat(),
        )
        .unwrap();
    };
    let shop = Shop::start();
    let publish = || {
        let arguments = ["catalogue", "--shop", &shop.base, "publish", "export.csv"];
        let arguments = [&arguments[..], &["--shared-skus"]].concat();
        folder.souk(&arguments).ok();
    };
    let [cup, set, can] =
        [("cup", "CUP"), ("set", "CUP"), ("can", "CAN")].map(|(slug, sku)| row(slug, sku, "4.00"));
    export(&[cup.clone(), can.clone()]);
    publish();
    assert_eq!(check_stamps(&shop), 2);
    export(&[cup.clone(), set.clone(), can.clone()]);
    publish();
    assert_eq!(check_stamps(&shop), 3, "the stock of the cup has two now");
    let arguments = ["catalogue", "--shop", &shop.base, "rollback", "--to", "1"];
    folder.souk(&arguments).ok();
    assert_eq!(check_stamps(&shop), 2, "and one again");
    let arguments = ["catalogue", "--shop", &shop.base, "rollback", "--to", "2"];
    folder.souk(&arguments).ok();
    assert_eq!(check_stamps(&shop), 3);
}

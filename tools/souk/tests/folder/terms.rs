//! Markets, prices, delivery, tax and promotions of a folder: checked, and what carts cost by them.

use std::fs;

use serde_json::{Value, json};

use crate::folders::{self, Folder, repository};
use crate::last_line;

/// With the example of the documents as `shop`.
fn example(name: &str) -> Folder {
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
fn a_folder_is_checked_and_what_is_not_published_is_said() {
    let folder = example("check");
    let checked = folder.souk(&["terms", "check", "shop"]).ok();
    for line in [
        "market us in USD, 3 of 3 variants are sold there",
        "2 ways of delivery, 6 rates of tax and duty, 3 promotions",
        "the shop does not publish these files yet",
    ] {
        assert!(checked.contains(line), "{checked}");
    }
    let whole = folder.souk(&["check", "shop"]).ok();
    let warning = "tax.toml: the file is not published yet: the shop's prices do not follow from it; \
                   `souk terms check` and `souk terms quote` read it";
    assert!(whole.contains(warning), "{whole}");

    folder.replace(
        "shop/promotions.toml",
        "class = \"order\"",
        "class = \"oder\"",
    );
    folder.replace("shop/delivery.toml", "weight_max_g", "weight_max");
    let refused = folder.souk(&["terms", "check", "shop"]).refused();
    for line in [
        "error: promotions.toml:12:9: promotion[2].class: 'oder' cannot stand here; did you mean order?",
        "method[1].rates[1].weight_max: there is no key 'weight_max' here; did you mean weight_max_g?",
        "2 errors",
    ] {
        assert!(refused.contains(line), "{line}\n{refused}");
    }
}

#[test]
fn a_shop_without_the_files_has_its_own_prices_and_the_usual_deliveries() {
    let folder = Folder::kontor("none");
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

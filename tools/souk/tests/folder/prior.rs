//! Prior prices: what a publish reads from the origin's ledger, writes into the version, and tells.

use serde_json::json;

use crate::folders::Folder;
use crate::shop::Shop;
use crate::terms::{check_stamps, example, json_of};

/// Days of the shop's clock, from the first publish on.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A shop whose mug costs 17.50 in Europe, then 16.50, then 17.50 again, and 15.00 instead of 17.50
/// from day 20 on.
fn reduced(folder: &Folder) -> Shop {
    let shop = Shop::start();
    let steps = [
        (0, "MUG,eu,17.50,,,"),
        (5, "MUG,eu,16.50,,,"),
        (10, "MUG,eu,17.50,,,"),
        (20, "MUG,eu,15.00,17.50,,"),
    ];
    let mut before = steps[0].1;
    for (version, (day, row)) in (1..).zip(steps) {
        folder.replace("shop/prices.csv", before, row);
        before = row;
        shop.pass_to(day * DAY_MS);
        let published = json_of(folder, &shop, &["publish", "shop"]);
        assert_eq!(published["version"], version);
    }
    shop
}

/// The prior price of the mug in Europe, as the published version has it.
fn shown(shop: &Shop) -> Option<i64> {
    let products = shop.products();
    let mut variants = products.iter().flat_map(|product| &product.variants);
    let mug = variants.find(|variant| variant.sku == "MUG").unwrap();
    let prices = &mug.selling.as_ref().unwrap().prices;
    let europe = prices.iter().find(|prices| prices.market == "eu");
    europe.unwrap().timeline[0].prior_minor
}

#[test]
fn a_reduction_has_the_lowest_price_of_the_30_days_before_for_as_long_as_it_lasts() {
    let folder = example("prior");
    let shop = reduced(&folder);
    assert_eq!(shown(&shop), Some(1_650));
    check_stamps(&shop);
    // As it is, and further reduced, on days of which the 30 before have no other price.
    shop.pass_to(60 * DAY_MS);
    assert_eq!(json_of(&folder, &shop, &["publish", "shop"])["version"], 4);
    folder.replace("shop/prices.csv", "15.00", "14.00");
    assert_eq!(json_of(&folder, &shop, &["publish", "shop"])["version"], 5);
    assert_eq!(shown(&shop), Some(1_650));

    let told = json_of(&folder, &shop, &["terms", "prior", "MUG", "--market", "eu"]);
    let market = &told["markets"][0];
    assert_eq!(
        (&market["market"], &market["prior_price"]),
        (&json!("eu"), &json!(1_650))
    );
    let prices = market["prices"].as_array().unwrap();
    let prices: Vec<_> = prices
        .iter()
        .map(|price| price["price"].as_i64().unwrap())
        .collect();
    assert_eq!(prices, [1_750, 1_650, 1_750, 1_500, 1_400]);
}

#[test]
fn a_rollback_warns_of_prior_prices_that_are_others_by_now() {
    let folder = example("prior-rollback");
    let shop = reduced(&folder);
    let rollback = |version: &str| {
        let arguments = [
            "catalogue",
            "--shop",
            &shop.base,
            "rollback",
            "--to",
            version,
        ];
        folder.souk(&arguments).warned()
    };
    shop.pass_to(30 * DAY_MS);
    assert!(!rollback("3").contains("prior price"), "it reduces nothing");
    shop.pass_to(31 * DAY_MS);
    // The reduction begins anew, and 15.00 was asked for within the 30 days before it.
    let warned = rollback("4");
    assert!(
        warned.contains("1 SKUs show a prior price of before"),
        "{warned}"
    );
    assert!(warned.contains("(MUG)"), "{warned}");
    json_of(&folder, &shop, &["publish", "shop"]);
    assert_eq!(shown(&shop), Some(1_500));
}

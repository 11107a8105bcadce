//! Sales of a folder: checked, shown, published with their offers, and rolled back.

use std::fs;

use serde_json::json;
use souk_catalogue::{Attached, Sale};
use souk_protocol::origin::{OfferDefinition, OfferPrice};

use crate::folders::{Folder, repository};
use crate::shop::Shop;
use crate::terms::{check_stamps, json_of};

const SKU: &str = "sale:herbstmarkt:K-02-01";
const FILE: &str = "shop/sales/herbstmarkt/sale.toml";

/// The sales of the published version.
pub(crate) fn published(shop: &Shop) -> Vec<Sale> {
    let manifest = shop.manifest();
    let attached = Attached::decode(&shop.blob(manifest.attached.unwrap())).unwrap();
    let sales = manifest.sales.into_iter().map(|(id, hash)| {
        assert!(attached.blobs().any(|blob| blob == hash), "{id}");
        let sale = Sale::decode(&shop.blob(hash)).unwrap();
        assert_eq!(sale.id, id);
        sale
    });
    sales.collect()
}

fn publish(folder: &Folder, shop: &Shop) -> String {
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok()
}

#[test]
fn the_offers_of_a_version_are_also_those_of_its_sales() {
    let folder = Folder::kontor("sale-offers");
    let shop = Shop::start();
    let told = publish(&folder, &shop);
    assert!(
        told.contains("1 sales added, 0 changed, 0 removed\n  + herbstmarkt"),
        "{told}"
    );
    let OfferDefinition {
        title,
        slug,
        unit_price,
        backorder,
        initial_units,
        facts,
        prices,
        ..
    } = shop.offers().remove(SKU).unwrap();
    assert_eq!(title, "Emaillekanne Größe M (Weiß)");
    assert_eq!((slug.as_str(), unit_price), ("emaillekanne", 1_900));
    assert_eq!((backorder, initial_units, facts.len()), (false, 0, 6));
    assert_eq!(
        prices[0].timeline,
        [OfferPrice(0, Some(1_900), Some(3_400))]
    );
    check_stamps(&shop);
    let sale = published(&shop).remove(0);
    let tag = sale.items[0].facts.prices[0].timeline[0];
    assert_eq!(tag.prior_minor, Some(3_400), "what it cost before");
    let other = &shop.offers()["K-02-01"];
    assert_eq!((other.unit_price, other.facts.len()), (3_400, 1));
}

#[test]
fn a_sale_that_is_over_is_no_longer_sold_and_comes_back_with_a_rollback() {
    let folder = Folder::kontor("sale-over");
    let shop = Shop::start();
    publish(&folder, &shop);
    let before = shop.offers();
    folder.replace(FILE, "opens = 2036", "opens = 2020");
    folder.replace(FILE, "closes = 2036", "closes = 2020");
    let difference = json_of(&folder, &shop, &["diff", "shop"]);
    let changed = json!({ "added": [], "changed": ["herbstmarkt"], "removed": [] });
    assert_eq!(difference["sales"], changed);
    let told = publish(&folder, &shop);
    assert!(
        told.contains("the sale is over, so nothing of it is sold"),
        "{told}"
    );
    assert_eq!(published(&shop).len(), 1);
    let mut expected = before.clone();
    expected.remove(SKU);
    assert_eq!(shop.offers(), expected);
    let rollback = ["catalogue", "--shop", &shop.base, "rollback", "--to", "1"];
    let told = folder.souk(&rollback).ok();
    assert!(told.contains("~ herbstmarkt"), "{told}");
    assert_eq!(shop.offers(), before);
}

#[test]
fn a_sale_whose_folder_is_gone_is_taken_away_while_there_are_others() {
    let folder = Folder::kontor("sale-gone");
    let shop = Shop::start();
    publish(&folder, &shop);
    let sales = folder.path().join("shop/sales");
    fs::create_dir(sales.join("winter")).unwrap();
    fs::rename(
        sales.join("herbstmarkt/sale.toml"),
        sales.join("winter/sale.toml"),
    )
    .unwrap();
    let told = publish(&folder, &shop);
    assert!(
        told.contains("1 sales added, 0 changed, 1 removed"),
        "{told}"
    );
    assert!(!shop.offers().contains_key(SKU));
    assert!(shop.offers().contains_key("sale:winter:K-02-01"));
    // Without any file of a sale they stay as they are published.
    fs::remove_dir_all(&sales).unwrap();
    let told = folder.souk(&["diff", "shop", "--shop", &shop.base]).ok();
    assert!(
        told.contains("so it stays as it is published: sales/"),
        "{told}"
    );
    assert!(told.contains("what is published is the same"), "{told}");
}

#[test]
fn other_publishes_keep_the_sales() {
    let folder = Folder::kontor("sale-kept");
    let shop = Shop::start();
    publish(&folder, &shop);
    let before = published(&shop);
    fs::write(
        folder.path().join("search.toml"),
        "stop_words = { de = [\"mit\"] }\n",
    )
    .unwrap();
    let arguments = ["search", "publish", "search.toml", "--shop", &shop.base];
    folder.souk(&arguments).ok();
    assert_eq!(published(&shop), before);
}

/// The sale stands beside what it is compared with, and says so in the documents.
#[test]
fn the_example_of_the_documents_is_what_the_program_says() {
    let text = fs::read_to_string(repository().join("docs/sales.md")).unwrap();
    let (_, block) = text.split_once("```console\n$ souk ").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (command, expected) = block.split_once('\n').unwrap();
    let arguments: Vec<_> = command.split(' ').collect();
    let folder = Folder::kontor("sale-show");
    assert_eq!(folder.souk(&arguments).ok(), expected);
}

#[test]
fn sales_are_checked_alone_and_with_the_folder() {
    let folder = Folder::kontor("sale-check");
    let told = folder.souk(&["sale", "check", "shop"]).ok();
    assert_eq!(
        told,
        "shop: 1 sale\n  herbstmarkt: 1 item, 6 sessions, 2036-10-24 10:00 to 2036-10-24 19:40: \
         announced\n"
    );
    let told = folder.souk(&["sale", "check", "shop", "--json"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["sales"][0]["sessions"], 6);
    let refused = folder.souk(&["sale", "show", "herbst", "shop"]).refused();
    assert!(refused.contains("did you mean herbstmarkt?"), "{refused}");
    folder.replace(FILE, "K-02-01", "K-02-1");
    for command in [["sale", "check", "shop"].as_slice(), &["check", "shop"]] {
        let refused = folder.souk(command).refused();
        let expected = "error: sales/herbstmarkt/sale.toml:12:11: items[1].sku: there is no sku \
                        'K-02-1'; did you mean K-02-01?";
        assert!(refused.contains(expected), "{refused}");
    }
}

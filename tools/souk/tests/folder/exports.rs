//! A product export that is published without a folder.

use std::fs;

use serde_json::Value;

use crate::folders::{self, Folder};
use crate::last_line;
use crate::shop::Shop;

const PRODUCTS: &str = "\
Handle,Title,Vendor,Tags,Published,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,\
Variant Price,Status,Collection\n\
kanne,Kanne,Werk,,TRUE,KANNE,shopify,4,19.90,active,Tee\n";

/// What `souk pull` writes.
fn pulled(folder: &Folder, shop: &Shop, dir: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
    folder.souk(&["pull", dir, "--shop", &shop.base]).ok();
    folders::files(&folder.path().join(dir))
}

#[test]
fn in_an_empty_shop_an_export_makes_a_plain_one_that_can_be_pulled() {
    let folder = Folder::new("plain");
    let file = folder.path().join("Teehaus/export.csv");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, PRODUCTS).unwrap();
    let shop = Shop::start();
    let arguments = ["--language", "de", "--currency", "eur", "--json"];
    let publish = [
        "catalogue",
        "publish",
        "Teehaus/export.csv",
        "--shop",
        &shop.base,
    ];
    let published = folder.souk(&[&publish[..], &arguments].concat()).ok();
    let published = last_line(&published);
    assert_eq!(published["version"], 1);
    assert_eq!(published["products"], 1);
    let files = pulled(&folder, &shop, "pulled");
    assert_eq!(files["products.csv"], PRODUCTS.as_bytes());
    let settings = String::from_utf8_lossy(&files["shop.toml"]).into_owned();
    for line in [
        "name = \"Teehaus\"",
        "languages = [\"de\"]",
        "currency = \"EUR\"",
        "methods = [\"card\", \"on_delivery\"]",
    ] {
        assert!(settings.contains(line), "{line}: {settings}");
    }
    let again = folder
        .souk(&["publish", "pulled", "--json", "--shop", &shop.base])
        .ok();
    assert_eq!(last_line(&again)["blobs_written"], Value::from(0));
    // Another export keeps what the first one said of the shop.
    fs::write(&file, PRODUCTS.replace("19.90", "21.00")).unwrap();
    folder.souk(&publish).ok();
    let files = pulled(&folder, &shop, "next");
    assert_eq!(files["shop.toml"], settings.as_bytes());
}

#[test]
fn what_an_export_does_not_say_stays_as_the_folder_said_it() {
    let folder = Folder::kontor("beside");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    let before = pulled(&folder, &shop, "before");
    let products = fs::read_to_string(folder.path().join("shop/products.csv")).unwrap();
    let changed = products.replacen("active", "active ", 1);
    fs::create_dir_all(folder.path().join("elsewhere")).unwrap();
    fs::write(folder.path().join("elsewhere/export.csv"), &changed).unwrap();
    let import = [
        "catalogue",
        "import",
        "elsewhere/export.csv",
        "--shop",
        &shop.base,
    ];
    let preview = folder.souk(&[&import[..], &["--dry-run"]].concat()).ok();
    assert!(preview.contains("nothing was changed"), "{preview}");
    assert!(
        preview.contains(
            "shop.toml, theme.toml, search.toml, markets.toml, prices.csv, delivery.toml, tax.toml, \
             promotions.toml, options.toml, sales/, words/, collections.csv"
        ),
        "{preview}"
    );
    assert_eq!(pulled(&folder, &shop, "between"), before);
    folder.souk(&import).ok();
    let mut expected = before;
    expected.insert("products.csv".to_owned(), changed.into_bytes());
    assert_eq!(pulled(&folder, &shop, "after"), expected);
    // A list beside the export takes the place of the published one, and a currency that of the setting.
    fs::write(
        folder.path().join("elsewhere/redirects.csv"),
        "Redirect from,Redirect to\n",
    )
    .unwrap();
    folder
        .souk(&[&import[..], &["--currency", "CHF"]].concat())
        .ok();
    let after = pulled(&folder, &shop, "francs");
    assert_eq!(after["redirects.csv"], b"Redirect from,Redirect to\n");
    // So does a file of rules, which may lie elsewhere.
    fs::write(folder.path().join("rules.toml"), "sold_out = \"hide\"\n").unwrap();
    folder
        .souk(&[&import[..], &["--search", "rules.toml"]].concat())
        .ok();
    let rules = &pulled(&folder, &shop, "rules")["search.toml"];
    assert_eq!(rules, b"sold_out = \"hide\"\n");
    let settings = String::from_utf8_lossy(&after["shop.toml"]).into_owned();
    assert!(settings.contains("currency = \"CHF\""), "{settings}");
    assert_eq!(after["theme.toml"], expected["theme.toml"]);
}

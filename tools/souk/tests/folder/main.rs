//! The commands on a shop's folder, with the program as it is installed and a staff API that keeps what
//! it is sent.

#![allow(clippy::unwrap_used, missing_docs)]

mod exports;
mod folders;
mod plan;
mod prior;
mod sale_room;
mod sales;
mod search;
mod shop;
mod terms;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use folders::{Folder, repository};
use shop::Shop;

fn last_line(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect(text)
}

#[test]
fn a_new_folder_is_clean_and_can_be_published() {
    for country in ["DE", "US", "CN"] {
        let folder = Folder::new(&format!("init-{country}"));
        folder.souk(&["init", "shop", "--country", country]).ok();
        let report = folder.souk(&["check", "shop"]).ok();
        assert!(!report.contains("error: "), "{report}");
        assert!(!report.contains("warning"), "{report}");
        let shop = Shop::start();
        let published = folder
            .souk(&["publish", "shop", "--json", "--shop", &shop.base])
            .ok();
        let published = last_line(&published);
        assert_eq!(published["version"], 1);
        assert_eq!(published["products"], 2);
        assert_eq!(published["blobs_written"], published["blobs_total"]);
        assert_eq!(published["warnings"], serde_json::json!([]));
    }
}

#[test]
fn a_folder_is_never_written_over_by_accident() {
    let folder = Folder::new("over");
    folder.souk(&["init", "shop"]).ok();
    let refused = folder.souk(&["init", "shop"]).refused();
    assert!(refused.contains("not empty"), "{refused}");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    fs::write(folder.path().join("shop/theme.toml"), "# mine\n").unwrap();
    let refused = folder
        .souk(&["pull", "shop", "--shop", &shop.base])
        .refused();
    assert!(refused.contains("theme.toml"), "{refused}");
    folder
        .souk(&["pull", "shop", "--force", "--shop", &shop.base])
        .ok();
    let text = fs::read_to_string(folder.path().join("shop/theme.toml")).unwrap();
    assert!(text.len() > 100, "{text}");
}

/// Both shops of the repository: what is pulled is what was published, publishing it again changes
/// nothing, and the offers have the stamps of what is published.
#[test]
fn a_shop_comes_back_as_the_folder_it_was_published_from() {
    for name in ["tools/xtask/demo", "tests/shops/kontor"] {
        let folder = Folder::new("round");
        let shop = Shop::start();
        let dir = repository().join(name);
        let dir = dir.to_str().unwrap();
        let report = folder.souk(&["check", dir]).ok();
        assert!(!report.contains("error: "), "{name}: {report}");
        folder.souk(&["publish", dir, "--shop", &shop.base]).ok();
        assert!(terms::check_stamps(&shop) > 10, "{name}");
        folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
        let pulled = folder.path().join("pulled");
        assert_eq!(
            folders::files(Path::new(dir)),
            folders::files(&pulled),
            "{name}"
        );
        let same = folder
            .souk(&["diff", "pulled", "--json", "--shop", &shop.base])
            .ok();
        assert_eq!(last_line(&same)["same"], true, "{same}");
        let again = folder
            .souk(&["publish", "pulled", "--json", "--shop", &shop.base])
            .ok();
        let again = last_line(&again);
        assert_eq!(
            (&again["version"], &again["blobs_written"]),
            (&1.into(), &0.into())
        );
    }
}

#[test]
fn a_change_of_one_word_writes_a_handful_of_blobs() {
    let folder = Folder::kontor("word");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    let words = folder.path().join("shop/words/de.toml");
    let text = fs::read_to_string(&words).unwrap();
    fs::write(&words, text.replace("Einkaufskorb", "Korb")).unwrap();
    let difference = folder
        .souk(&["diff", "shop", "--json", "--shop", &shop.base])
        .ok();
    let difference = last_line(&difference);
    let words = difference["words"].as_array().unwrap();
    assert_eq!(words.len(), 2, "{difference}");
    assert_eq!(words[1]["key"], "cart");
    assert_eq!(
        (&words[1]["old"], &words[1]["new"]),
        (&"Einkaufskorb".into(), &"Korb".into())
    );
    let published = folder
        .souk(&["publish", "shop", "--json", "--shop", &shop.base])
        .ok();
    let published = last_line(&published);
    // The file, the list of files, the pack, the settings, the list of blobs, the manifest.
    assert_eq!(published["blobs_written"], 6, "{published}");
}

/// Findings F01 and F20.
#[test]
fn what_is_absent_stays_as_it_is_published_and_the_difference_says_so() {
    let folder = Folder::kontor("absent");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    let dir = folder.path().join("shop");
    for gone in [
        "redirects.csv",
        "collections.csv",
        "theme.toml",
        "shop.toml",
    ] {
        fs::remove_file(dir.join(gone)).unwrap();
    }
    fs::remove_dir_all(dir.join("content")).unwrap();
    fs::remove_dir_all(dir.join("words")).unwrap();
    let text = folder.souk(&["diff", "shop", "--shop", &shop.base]).ok();
    let kept = "not in the folder, so it stays as it is published: shop.toml, theme.toml, words/, \
                collections.csv, redirects.csv, content/";
    assert!(text.contains(kept), "{text}");
    assert!(text.contains("what is published is the same"), "{text}");
    // A list that is there and empty is another thing.
    fs::write(dir.join("redirects.csv"), "Redirect from,Redirect to\n").unwrap();
    fs::create_dir_all(dir.join("content/pages")).unwrap();
    fs::write(
        dir.join("content/pages/impressum.md"),
        "+++\ntitle = \"Impressum\"\n+++\n\nNeu\n",
    )
    .unwrap();
    let refused = folder
        .souk(&["diff", "shop", "--shop", &shop.base])
        .refused();
    // The navigation of the published settings names pages that would go.
    assert!(
        refused.contains("there is no file content/pages/versand.md"),
        "{refused}"
    );
}

#[test]
fn a_difference_names_everything_that_a_publish_would_change() {
    let folder = Folder::kontor("difference");
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    folder.replace("shop/shop.toml", "currency = \"EUR\"", "currency = \"CHF\"");
    folder.replace(
        "shop/shop.toml",
        "transfer_hold_days = 10",
        "transfer_hold_days = 14",
    );
    folder.replace("shop/theme.toml", "corner_radius = 3", "corner_radius = 6");
    folder.replace(
        "shop/redirects.csv",
        "/shop/buersten,/collections/bad\n",
        "",
    );
    folder.replace("shop/collections.csv", "Papier, das bleibt.", "Papier.");
    folder.replace("shop/content/help/wachs.md", "Einmal", "Zweimal");
    let difference = folder
        .souk(&["diff", "shop", "--json", "--shop", &shop.base])
        .ok();
    let difference = last_line(&difference);
    assert_eq!(difference["currency"]["old"], "EUR");
    let settings = difference["settings"].as_array().unwrap();
    let keys: Vec<_> = settings
        .iter()
        .map(|one| one["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["currency", "payment.transfer_hold_days"]);
    assert_eq!(difference["looks"][0]["key"], "shape.corner_radius");
    assert_eq!(difference["redirects"]["removed"][0], "/shop/buersten");
    assert_eq!(difference["collections"]["changed"][0], "buero");
    assert_eq!(difference["pages"]["changed"][0], "content/help/wachs.md");
    // Every price is another one now.
    assert_eq!(
        difference["products"]["repriced"].as_array().unwrap().len(),
        12
    );
}

#[test]
fn every_error_of_every_file_is_reported_at_once() {
    let folder = Folder::kontor("errors");
    folder.replace("shop/shop.toml", "country = \"DE\"", "contry = \"DE\"");
    folder.replace(
        "shop/theme.toml",
        "quiet_text = \"#4a5a53\"",
        "quiet_text = \"#b0b0b0\"",
    );
    folder.replace("shop/words/de.toml", "cart =", "kart =");
    folder.replace(
        "shop/content/blog/emaille-pflegen.md",
        "{{price:topfbuerste}}",
        "{{price:topf}}",
    );
    let refused = folder.souk(&["check", "shop"]).refused();
    for line in [
        "error: shop.toml:9:1: contry: there is no key 'contry' here; did you mean country?",
        "error: theme.toml:10:14: light.quiet_text: #b0b0b0 on light.background (#ffffff)",
        "error: words/de.toml:2:1: kart: no text has the key 'kart'; did you mean cart?",
        "error: content/blog/emaille-pflegen.md:",
    ] {
        assert!(refused.contains(line), "{line}\n{refused}");
    }
}

#[test]
fn every_file_has_a_schema_that_fits_the_reader() {
    let folder = Folder::new("schema");
    for name in [
        "shop",
        "theme",
        "search",
        "words",
        "front-matter",
        "markets",
        "prices",
        "delivery",
        "tax",
        "promotions",
    ] {
        let schema: Value = serde_json::from_str(&folder.souk(&["schema", name]).ok()).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        let properties = schema["properties"].as_object().unwrap();
        if name == "front-matter" {
            let mut known = souk_content::FRONT_MATTER_KEYS.to_vec();
            known.sort_unstable();
            let keys: Vec<_> = properties.keys().map(String::as_str).collect();
            assert_eq!(keys, known);
        }
        if name == "words" {
            assert!(properties.contains_key("cart") && properties.len() > 100);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    /// Names, texts in two languages, comments and layout as merchants may write them.
    #[test]
    fn a_generated_folder_comes_back_byte_for_byte(
        name in "[A-Za-zÄÖÜäöüß' ]{1,20}[a-z]",
        comment in "[ -~]{0,40}",
        texts in prop::collection::btree_map("[a-z]{3,8}", "[ -~äöü茶]{1,60}", 0..4),
        picture in prop::collection::vec(any::<u8>(), 0..200),
        crlf in any::<bool>(),
    ) {
        let folder = Folder::new("generated");
        let dir = folder.path().join("shop");
        folder.souk(&["init", "shop", "--country", "DE"]).ok();
        let shop_toml = fs::read_to_string(dir.join("shop.toml")).unwrap();
        let shop_toml = shop_toml.replace("name = \"shop\"", &format!("name = \"{name}\" # {comment}"));
        let shop_toml = shop_toml.replace("languages = [\"de\"]", "languages = [\"de\", \"zh\"]");
        let shop_toml = match crlf {
            true => shop_toml.replace('\n', "\r\n"),
            false => shop_toml,
        };
        fs::write(dir.join("shop.toml"), shop_toml).unwrap();
        for (slug, text) in &texts {
            let text = format!("+++\ntitle = \"T\"\n+++\n\n`{}`\n", text.replace(['`', '{', '}'], ""));
            fs::write(dir.join(format!("content/pages/{slug}.md")), &text).unwrap();
            fs::write(dir.join(format!("content/pages/{slug}.zh.md")), &text).unwrap();
        }
        fs::create_dir_all(dir.join("pictures")).unwrap();
        fs::write(dir.join("pictures/unused.bin"), &picture).unwrap();
        let shop = Shop::start();
        folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
        folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
        let pulled: BTreeMap<_, _> = folders::files(&folder.path().join("pulled"));
        prop_assert_eq!(folders::files(&dir), pulled);
        let again = folder.souk(&["publish", "pulled", "--json", "--shop", &shop.base]).ok();
        prop_assert_eq!(&last_line(&again)["blobs_written"], &Value::from(0));
    }
}

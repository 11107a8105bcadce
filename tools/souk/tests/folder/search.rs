//! `search.toml`: with the folder and alone.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;

use crate::folders::{self, Folder};
use crate::last_line;
use crate::shop::Shop;

/// With the German shop, published.
fn published(name: &str) -> (Folder, Shop) {
    let folder = Folder::kontor(name);
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    (folder, shop)
}

fn json(folder: &Folder, shop: &Shop, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json", "--shop", &shop.base]].concat();
    last_line(&folder.souk(&arguments).ok())
}

#[test]
fn a_changed_rule_writes_five_blobs_with_the_folder_or_alone() {
    let (folder, shop) = published("rule");
    let file = "shop/search.toml";
    folder.replace(file, "price_max = \"15.00\"", "price_max = \"18.00\"");
    let difference = json(&folder, &shop, &["diff", "shop"]);
    let rule = |price: &str| format!("filters {{ query = \"günstig\", price_max = \"{price}\" }}");
    assert_eq!(difference["search"]["added"][0], rule("18.00"));
    assert_eq!(difference["search"]["removed"][0], rule("15.00"));
    let count = |kind: &str| difference["search"][kind].as_array().unwrap().len();
    assert_eq!((count("added"), count("removed")), (1, 1));
    // The file, the list of files, the rules, the list of blobs, the manifest.
    let whole = json(&folder, &shop, &["publish", "shop"]);
    assert_eq!(whole["blobs_written"], 5, "{whole}");

    folder.replace(file, "price_max = \"18.00\"", "price_max = \"20.00\"");
    let alone = json(&folder, &shop, &["search", "publish", file]);
    assert_eq!(alone["blobs_written"], 5, "{alone}");
    assert_eq!(
        (&alone["version"], &alone["products"]),
        (&3.into(), &12.into())
    );
    assert_eq!(alone["blobs_total"], whole["blobs_total"]);
    // It is what a publish of the folder would have given.
    assert_eq!(json(&folder, &shop, &["diff", "shop"])["same"], true);
    let again = json(&folder, &shop, &["search", "publish", file]);
    assert_eq!(
        (&again["version"], &again["blobs_written"]),
        (&3.into(), &0.into())
    );
    folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
    let [own, pulled] = ["shop", "pulled"].map(|dir| folders::files(&folder.path().join(dir)));
    assert_eq!(own, pulled);
}

#[test]
fn a_shop_without_the_file_gets_one_by_publishing_it_alone() {
    let folder = Folder::kontor("first");
    let file = folder.path().join("shop/search.toml");
    let elsewhere = folder.path().join("rules.toml");
    fs::rename(&file, &elsewhere).unwrap();
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    let arguments = ["search", "check", "rules.toml", "--shop", &shop.base];
    let checked = folder.souk(&arguments).ok();
    assert!(checked.contains("rules.toml: 17 rules"), "{checked}");
    let done = json(&folder, &shop, &["search", "publish", "rules.toml"]);
    assert_eq!(
        (&done["version"], &done["blobs_written"]),
        (&2.into(), &5.into())
    );
    fs::copy(&elsewhere, &file).unwrap();
    assert_eq!(json(&folder, &shop, &["diff", "shop"])["same"], true);
    // An empty file takes every rule away, and one that is absent keeps them.
    fs::write(&file, "").unwrap();
    let emptied = json(&folder, &shop, &["diff", "shop"]);
    assert_eq!(emptied["search"]["removed"].as_array().unwrap().len(), 17);
    fs::remove_file(&file).unwrap();
    let kept = json(&folder, &shop, &["diff", "shop"]);
    assert_eq!(
        (&kept["same"], &kept["kept"][0]),
        (&true.into(), &"search".into())
    );
}

#[test]
fn mistakes_are_named_by_line_with_and_without_a_shop() {
    let (folder, shop) = published("mistakes");
    let file = "shop/search.toml";
    folder.replace(file, "\"kladde\"", "\"kladden\"");
    folder.replace(file, "sold_out = \"last\"", "sold_out = \"lost\"");
    folder.replace(file, "/pages/versand", "/pages/versant");
    let lines = [
        "error: search.toml:3:12: sold_out: 'lost' cannot stand here; did you mean last?",
        "error: search.toml:30:13: pins[1].products[1]: there is no product 'kladden'; did you mean kladde?",
        "error: search.toml:59:6: redirects[2].to: there is no file content/pages/versant.md; did you \
         mean versand?",
    ];
    fs::copy(folder.path().join(file), folder.path().join("alone.toml")).unwrap();
    for arguments in [
        ["check", "shop"].as_slice(),
        &["search", "check", file],
        &["search", "check", "alone.toml", "--shop", &shop.base],
        &["search", "publish", "alone.toml", "--shop", &shop.base],
        &["publish", "shop", "--shop", &shop.base],
    ] {
        let refused = folder.souk(arguments).refused();
        for line in lines {
            assert!(refused.contains(line), "{arguments:?}: {line}\n{refused}");
        }
        assert!(refused.contains("3 errors"), "{refused}");
    }
    let unpublished = Shop::start();
    let arguments = [
        "search",
        "publish",
        "alone.toml",
        "--shop",
        &unpublished.base,
    ];
    let refused = folder.souk(&arguments).refused();
    assert!(refused.contains("nothing is published yet"), "{refused}");
}

/// A nightly export must not stop because a pinned product is gone.
#[test]
fn a_product_that_is_gone_is_a_warning_where_the_file_stays_as_it_is_published() {
    let (folder, shop) = published("gone");
    fs::remove_file(folder.path().join("shop/search.toml")).unwrap();
    let products = folder.path().join("shop/products.csv");
    let text = fs::read_to_string(&products).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("kladde,"));
    let lines: Vec<_> = lines.collect();
    fs::write(&products, lines.join("\n") + "\n").unwrap();
    let done = json(&folder, &shop, &["publish", "shop"]);
    assert_eq!(done["products"], 11, "{done}");
    let warnings = done["warnings"].as_array().unwrap();
    let of_search: Vec<_> = warnings
        .iter()
        .filter(|one| one["file"] == "search.toml")
        .collect();
    let reason = of_search[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("no product 'kladde', so it is left out"),
        "{reason}"
    );
    // Pulled as it was, and then an error, because it is published anew.
    folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
    let refused = folder.souk(&["check", "pulled"]).refused();
    assert!(refused.contains("search.toml:30:13: pins[1]"), "{refused}");
}

#[test]
fn the_base_list_can_be_switched_off() {
    let folder = Folder::kontor("base");
    let bytes = || {
        let checked = folder
            .souk(&["search", "check", "shop/search.toml", "--json"])
            .ok();
        last_line(&checked)["bytes"].as_u64().unwrap()
    };
    let with = bytes();
    folder.replace(
        "shop/search.toml",
        "sold_out",
        "base_synonyms = false\nsold_out",
    );
    let without = bytes();
    assert!(
        without < 1_500 && with > without + 4_000,
        "{with} {without}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    /// Words, comments and layout as staff may write them.
    #[test]
    fn a_generated_file_comes_back_byte_for_byte(
        words in prop::collection::btree_set("[a-z]{4,12}", 2..12),
        comment in "[ -~äöü茶]{0,60}",
        queries in prop::collection::btree_set("[a-zäöü茶壶]{1,20}", 0..8),
        has_base in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let folder = Folder::kontor("generated");
        let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let mut text = format!("base_synonyms = {has_base} # {comment}\n[[synonyms]]\nwords = [ ");
        text += &words.join(" ,");
        text += "]\n";
        for query in &queries {
            text += &format!("\n[[pins]]\n  query = '{query}'\n  products = ['kladde']\n");
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let file = folder.path().join("shop/search.toml");
        fs::write(&file, &text).unwrap();
        let shop = Shop::start();
        folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
        folder.souk(&["pull", "pulled", "--shop", &shop.base]).ok();
        let pulled = fs::read(folder.path().join("pulled/search.toml")).unwrap();
        prop_assert_eq!(text.as_bytes(), pulled);
        let again = json(&folder, &shop, &["publish", "pulled"]);
        prop_assert_eq!(&again["blobs_written"], &Value::from(0));
    }
}

#[test]
fn a_result_is_explained_from_the_folder_and_from_what_is_published() {
    let (folder, shop) = published("explain");
    let explained = |query: &str, slug: &str| {
        let arguments = ["search", "explain", query, slug, "--json"];
        let own = folder
            .souk(&[&arguments[..], &["--dir", "shop"]].concat())
            .ok();
        let published = json(&folder, &shop, &arguments[..4]);
        let own = last_line(&own);
        assert_eq!(own, published, "{query}");
        own
    };
    let says = |explained: &Value, words: &str| {
        let sentences = explained["sentences"].as_array().unwrap();
        let has = |one: &Value| one.as_str().unwrap().contains(words);
        assert!(sentences.iter().any(has), "{words}: {explained:#}");
    };
    let found = explained("Emaillekanne", "emaillekanne");
    assert_eq!(found["product"]["place"], 1, "{found:#}");
    assert_eq!(found["product"]["share"], 1.0);
    let word = &found["words"][0];
    assert_eq!(
        (&word["text"], &word["products"]),
        (&"emaillekanne".into(), &1.into())
    );
    let (idf, value) = (
        word["idf"].as_u64().unwrap(),
        word["found"]["value"].as_u64().unwrap(),
    );
    assert_eq!(found["product"]["sum"], idf * value);
    // A rule of the shop boosts its maker.
    assert_eq!(found["product"]["score"], idf * value * 16 * 307 / 256);
    says(&found, "Boosts multiply its score by 1.20.");
    says(&found, "stands at place 1 of 1 results");

    let typo = explained("Emailekanne", "emaillekanne");
    says(&typo, "'emailekanne' is found as 'emaillekanne' (typo)");
    let lacking = explained("Emaillekanne", "kladde");
    assert_eq!(lacking["product"]["place"], Value::Null);
    says(
        &lacking,
        "It lacks 'emaillekanne', which 1 product has, so it is not found.",
    );
    says(&explained("Seil", "waeschekorb"), "A rule hides it.");
    says(
        &explained("Geschenk", "kladde"),
        "A rule pins it: it is number 1 of the pins.",
    );
    says(&explained("Quxquux", "kladde"), "No product has 'quxquux'");
    says(&explained("Friesennerz", "kladde"), "which 1 product has");
    says(&explained("Seife", "keins"), "There is no product keins");
    let text = folder
        .souk(&["search", "explain", "Seil", "kladde", "--dir", "shop"])
        .ok();
    assert!(text.contains("kladde is not among the"), "{text}");
    let refused = [
        "search",
        "explain",
        "Seil",
        "kladde",
        "--dir",
        "shop",
        "--language",
        "fr",
    ];
    assert!(
        folder
            .souk(&refused)
            .refused()
            .contains("does not speak this language")
    );
}

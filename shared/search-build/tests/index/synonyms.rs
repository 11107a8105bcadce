//! Synonyms that rules give a query: what they find, and what they keep from being corrected.

use souk_catalogue::Product;
use souk_search::query::Expansion;

use crate::shop::{Ask, Shop, product, slugs};

/// What a synonym of the base list counts, of 256.
const BASE_WEIGHT: u16 = 30;

/// A query of which a word has a synonym of the base list.
fn ask<'a>(text: &'a str, word: &str, synonym: &str) -> Ask<'a> {
    let mut ask = Ask::new(text);
    let start = text.find(word).expect("a word of the query");
    ask.steering.expansions = vec![Expansion {
        start,
        end: start + word.len(),
        phrase: synonym.to_owned(),
        weight: BASE_WEIGHT,
    }];
    ask
}

#[test]
fn a_word_with_a_synonym_is_not_taken_for_a_typo() {
    let shop = Shop::of(
        &["en"],
        &[
            product("sleeve", "Laptop sleeve", "Bags"),
            product("vase", "Vase", "Vases"),
        ],
    );
    let corrected = shop.answer(&Ask::new("laptop case"));
    assert_eq!(corrected.corrections[0].to, "vase");
    let found = shop.answer(&ask("laptop case", "case", "sleeve"));
    assert_eq!(slugs(&found), ["sleeve"]);
    assert_eq!(found.corrections, []);
    // The shop has no pouch either.
    let left_out = shop.answer(&ask("laptop case", "case", "pouch"));
    assert_eq!(slugs(&left_out), ["sleeve"]);
    assert_eq!(left_out.corrections, []);
    assert_eq!(left_out.dropped, ["case"]);
}

/// A headset for laptops and so many notebooks, all of them for games.
fn gaming(notebooks: usize) -> Vec<Product> {
    let notebook = |n| product(&format!("notebook-{n}"), "Gaming notebook", "Computers");
    let mut products: Vec<Product> = (0..notebooks).map(notebook).collect();
    products.push(product("headset", "Gaming headset, laptop", "Audio"));
    products
}

#[test]
fn ten_products_that_are_what_a_synonym_says_come_before_what_only_has_the_word() {
    for (notebooks, is_headset_first) in [(9, true), (10, false)] {
        let shop = Shop::of(&["en"], &gaming(notebooks));
        let answer = shop.answer(&ask("gaming laptop", "laptop", "notebook"));
        assert_eq!(slugs(&answer).len(), notebooks + 1);
        assert_eq!(
            slugs(&answer)[0] == "headset",
            is_headset_first,
            "{notebooks}"
        );
    }
}

#[test]
fn a_product_that_is_what_the_word_says_comes_before_its_synonyms() {
    let mut products = gaming(12);
    products.push(product(
        "laptop",
        "Laptop, black, for work and gaming",
        "Computers",
    ));
    let shop = Shop::of(&["en"], &products);
    let answer = shop.answer(&ask("gaming laptop", "laptop", "notebook"));
    assert_eq!(slugs(&answer)[0], "laptop");
}

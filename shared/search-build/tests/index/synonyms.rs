//! Synonyms that rules give a query: what they find, and what they keep from being corrected.

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

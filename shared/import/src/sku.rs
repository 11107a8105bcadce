//! A SKU for a variant that has none.
//!
//! It is made of what a merchant does not change without meaning another thing: the handle and
//! the option values. So the same variant has the same SKU in the next import, its stock stays
//! its own, and rows may move.

use souk_catalogue::Hash;
use souk_domain::{Sku, Slug};

/// Hexadecimal digits of a hash that tell apart what would look the same.
const HASH_DIGITS: usize = 8;

/// `handle` for a product without options, else `handle:value:value` with the values written as
/// slugs. No slug has a `:`, so two products never meet. A value that loses something as a slug
/// (`A+`) is followed by a piece of its hash, so that `A+` and `A-` do not meet either.
pub(crate) fn derive(handle: &Slug, option_values: &[&str]) -> Sku {
    let mut sku = handle.as_str().to_owned();
    for value in option_values {
        sku.push(':');
        sku.push_str(&part(value));
    }
    if sku.len() > Sku::BYTES_MAX {
        let tail = format!("~{}", digest(&sku));
        let mut end = Sku::BYTES_MAX - tail.len();
        while !sku.is_char_boundary(end) {
            end -= 1;
        }
        sku.truncate(end);
        sku.push_str(&tail);
    }
    Sku::parse(&sku).expect("a slug, colons and hexadecimal digits within the bound")
}

fn part(value: &str) -> String {
    let slug = Slug::from_text(value).map_or(String::new(), |slug| slug.to_string());
    match slug == value.to_lowercase().replace(' ', "-") {
        true => slug,
        false => format!("{slug}~{}", digest(value)),
    }
}

fn digest(text: &str) -> String {
    let mut digits = Hash::of(text.as_bytes()).to_string();
    digits.truncate(HASH_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(handle: &str, values: &[&str]) -> String {
        derive(&Slug::parse(handle).unwrap(), values).to_string()
    }

    #[test]
    fn derived_skus_name_the_variant() {
        assert_eq!(derived("green-tea", &[]), "green-tea");
        assert_eq!(
            derived("green-tea", &["100 g", "Loose"]),
            "green-tea:100-g:loose"
        );
        assert_eq!(derived("茶", &["红"]), "茶:红");
    }

    #[test]
    fn different_variants_have_different_skus() {
        assert_ne!(derived("a", &["A+"]), derived("a", &["A-"]));
        assert_ne!(derived("a-b", &["c"]), derived("a", &["b", "c"]));
        assert_ne!(derived("a", &["½"]), derived("a", &["¾"]));
        let long = "x".repeat(250);
        let (one, two) = (derived(&long, &["red one"]), derived(&long, &["red two"]));
        assert_ne!(one, two);
        assert!(one.len() <= Sku::BYTES_MAX);
    }
}

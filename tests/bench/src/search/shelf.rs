//! Products to search, and queries for them: made up, the same on every machine, with words that are
//! as frequent as words are (Zipf's law), so that lists of products are long and short as in a shop.

use souk_catalogue::{Catalogue, OptionName, Product, SearchBlobs, Text, Variant};
use souk_domain::LanguageCode;
use souk_search_build::{Index, Source, Tools, build};

use crate::shop::slug;

/// Different words of all texts.
const WORDS: usize = 20_000;
const TYPES: usize = 200;
const VENDORS: usize = 300;
const TAGS: usize = 300;
const COLORS: usize = 12;
const SIZES: [&str; 4] = ["Small", "Medium", "Large", "Huge"];
/// Words of a title besides vendor and type.
const TITLE_WORDS: usize = 3;
/// Words of a description.
const DESCRIPTION_WORDS: usize = 60;

/// Numbers that look random: `splitmix64`.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    /// A number below the bound, small ones more often: the share of `n` is about `1 / n`.
    fn rank(&mut self, bound: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((bound as f64).powf(unit) as usize).saturating_sub(1)
    }
}

/// The word of a number: three syllables, different for each number below 27,000.
fn word(number: usize) -> String {
    const FIRST: [&str; 6] = ["b", "d", "k", "l", "r", "t"];
    const VOWEL: [&str; 5] = ["a", "e", "i", "o", "u"];
    let syllable = |part: usize| format!("{}{}", FIRST[part % 6], VOWEL[part / 6 % 5]);
    let (a, b, c) = (number % 30, number / 30 % 30, number / 900 % 30);
    [a, b, c].map(syllable).concat()
}

/// Words of one kind do not stand in texts of another: `kind` comes first.
fn name(kind: &str, number: usize) -> String {
    format!("{kind}{}", word(number))
}

/// A catalogue of so many products, without an index.
pub(crate) fn catalogue(products: usize) -> Catalogue {
    let mut numbers = Numbers(2026);
    Catalogue {
        products: (0..products).map(|n| product(n, &mut numbers)).collect(),
        currency: "USD".to_owned(),
        ..Catalogue::default()
    }
}

fn product(number: usize, numbers: &mut Numbers) -> Product {
    let product_type = name("s", numbers.rank(TYPES));
    let vendor = name("v", numbers.rank(VENDORS));
    let mut words = |count: usize| {
        let words = (0..count).map(|_| word(numbers.rank(WORDS)));
        words.collect::<Vec<_>>().join(" ")
    };
    let title = format!("{vendor} {} {product_type}", words(TITLE_WORDS));
    let description = words(DESCRIPTION_WORDS);
    let color = name("c", numbers.below(COLORS));
    let price = 500 + i64::try_from(numbers.below(50_000)).unwrap_or_default();
    let variant = |place: usize| Variant {
        sku: format!("SKU-{number}-{place}"),
        option_values: vec![Text::new(color.as_str()), Text::new(SIZES[place])],
        price_minor: price,
        weight_g: 350,
        ..Variant::default()
    };
    Product {
        slug: slug(number),
        title: Text::new(title),
        description_html: Text::new(format!("<p>{description}</p>")),
        vendor,
        product_type: Text::new(product_type),
        tags: vec![name("g", numbers.rank(TAGS)), name("g", numbers.rank(TAGS))],
        options: ["Color", "Size"]
            .map(|name| OptionName {
                name: Text::new(name),
            })
            .into(),
        variants: (0..SIZES.len()).map(variant).collect(),
        ..Product::default()
    }
}

/// Different queries, each of a word or two and what kind of thing it is, as people search; every
/// fourth names the kind alone with one word of a text.
pub(crate) fn queries(catalogue: &Catalogue, count: usize) -> Vec<String> {
    let mut numbers = Numbers(1129);
    let mut known = std::collections::BTreeSet::new();
    let mut queries = Vec::with_capacity(count);
    while queries.len() < count {
        let product = &catalogue.products[numbers.below(catalogue.products.len())];
        let words: Vec<&str> = product.title.base.split(' ').collect();
        let kind = words[words.len() - 1];
        let mut one = || words[1 + numbers.below(TITLE_WORDS)];
        let query = match queries.len() % 4 {
            0 => format!("{} {kind}", word(numbers.rank(WORDS))),
            1 => format!("{} {} {kind}", words[0], one()),
            _ => format!("{} {} {kind}", one(), one()),
        };
        if known.insert(query.clone()) {
            queries.push(query);
        }
    }
    queries
}

/// The index of a catalogue in English.
pub(crate) fn index(catalogue: &Catalogue) -> anyhow::Result<Index> {
    let source = Source {
        products: &catalogue.products,
        collections: &[],
        languages: &[LanguageCode::parse("en")?],
        published_at_ms: &|_| 0,
        prices: &|product| catalogue.prices(product),
    };
    Ok(build(&source, None, &Tools::default())?)
}

/// The index as a part of a version.
pub(crate) fn blobs(index: Index) -> SearchBlobs {
    SearchBlobs {
        root: index.root,
        names: index.names.into_iter().chain(index.fold).collect(),
        blobs: index.blobs,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_are_different_and_as_frequent_as_words_are() {
        let all: BTreeSet<_> = (0..WORDS).map(word).collect();
        assert_eq!(all.len(), WORDS);
        let mut numbers = Numbers(1);
        let ranks: Vec<_> = (0..10_000).map(|_| numbers.rank(WORDS)).collect();
        let share = |bound: usize| ranks.iter().filter(|rank| **rank < bound).count();
        assert!(ranks.iter().all(|rank| *rank < WORDS));
        assert!((500..1_500).contains(&share(1)), "{}", share(1));
        assert!((4_000..7_000).contains(&share(140)), "{}", share(140));
    }

    #[test]
    fn queries_differ_and_most_find_something() {
        let catalogue = catalogue(1_000);
        let queries = queries(&catalogue, 400);
        let all: BTreeSet<_> = queries.iter().collect();
        assert_eq!(all.len(), 400);
        let titles = catalogue.products.iter().map(|one| &one.title.base);
        let titles: Vec<BTreeSet<&str>> = titles.map(|title| title.split(' ').collect()).collect();
        let found = queries.iter().filter(|query| {
            let words: Vec<_> = query.split(' ').collect();
            let has_all = |title: &BTreeSet<&str>| words.iter().all(|word| title.contains(word));
            titles.iter().any(has_all)
        });
        assert!(found.count() >= 300);
    }
}

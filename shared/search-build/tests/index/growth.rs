//! An index that grew answers exactly as a fresh one.

use proptest::prelude::*;
use souk_catalogue::{Product, Text};
use souk_search::format::FacetKind;
use souk_search::query::{Filters, Sort};

use crate::shop::{Ask, Shop, product};

const WORDS: [&str; 14] = [
    "lamp",
    "table",
    "laptop",
    "lock",
    "blue",
    "mouse",
    "pad",
    "手机",
    "手机壳",
    "耳机",
    "华为",
    "chair",
    "mousepad",
    "for",
];
const QUERIES: [&str; 14] = [
    "lamp",
    "laptop lock",
    "mouse pad",
    "mousepad",
    "手机",
    "手机壳",
    "lapmt",
    "shouji",
    "chair blue",
    "华为手机",
    "tabel",
    "手级",
    "sku-p3",
    "case for lamp",
];

/// A change of one product: which, the words of its title, its type and its price; no words remove
/// it.
type Edit = (usize, Vec<usize>, usize, i64);

fn edits() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    let words = prop::collection::vec(0..WORDS.len(), 0..4);
    let edit = (0_usize..60, words, 0_usize..5, 1_i64..5);
    prop::collection::vec(prop::collection::vec(edit, 1..6), 1..6)
}

fn edited(slug: usize, words: &[usize], kind: usize, price: i64) -> Product {
    let title: Vec<_> = words.iter().map(|&word| WORDS[word]).collect();
    let mut one = product(&format!("p{slug}"), &title.join(" "), WORDS[kind * 2]);
    one.vendor = format!("Maker {}", slug % 4);
    one.tags = vec![format!("tag-{kind}")];
    one.variants[0].price_minor = price * 100;
    one.title = Text::translated(title.join(" "), [Some(title.join("-"))]);
    one
}

fn same_answers(grown: &Shop, fresh: &Shop) -> Result<(), TestCaseError> {
    for text in QUERIES {
        for sort in [Sort::Relevance, Sort::PriceAscending, Sort::Title] {
            for locale in [0, 1] {
                let filters = match sort {
                    Sort::PriceAscending => Filters {
                        groups: vec![(FacetKind::Vendor, vec!["Maker 1".to_owned()])],
                        ..Filters::default()
                    },
                    _ => Filters::default(),
                };
                let ask = || Ask {
                    sort,
                    locale,
                    filters: filters.clone(),
                    ..Ask::new(text)
                };
                prop_assert_eq!(
                    grown.answer(&ask()),
                    fresh.answer(&ask()),
                    "{} {:?}",
                    text,
                    sort
                );
            }
        }
        prop_assert_eq!(grown.suggest(text), fresh.suggest(text), "suggest {}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn an_index_that_grew_answers_as_a_fresh_one(publishes in edits()) {
        let mut products: Vec<Product> = (0..40)
            .map(|n| edited(n, &[n % 14, n * 5 % 14], n % 5, 1))
            .collect();
        let mut grown = Shop::new(&["en", "zh"]);
        grown.publish(&products);
        for edits in publishes {
            for (slug, words, kind, price) in edits {
                products.retain(|one| one.slug != format!("p{slug}"));
                if !words.is_empty() {
                    products.push(edited(slug, &words, kind, price));
                }
            }
            grown.publish(&products);
            let fresh = Shop::of(&["en", "zh"], &products);
            same_answers(&grown, &fresh)?;
        }
    }
}

#[test]
fn full_runs_go_up_and_answers_stay() {
    let mut products: Vec<Product> = (0..3000)
        .map(|n| edited(n, &[n % 14, n * 5 % 14, n * 3 % 14], n % 5, 1))
        .collect();
    let mut grown = Shop::new(&["en", "zh"]);
    grown.publish(&products);
    for step in 1..=3 {
        for n in 0..220 {
            let slug = n * 13 % 700 + step;
            products[slug] = edited(slug, &[(slug + step) % 14, n % 14], n % 5, 2);
        }
        products.truncate(products.len() - 1);
        grown.publish(&products);
    }
    let levels: Vec<_> = grown.searcher().levels();
    assert!(levels.len() > 1, "{levels:?}");
    same_answers(&grown, &Shop::of(&["en", "zh"], &products)).unwrap();
}

#[test]
fn a_change_writes_few_blobs() {
    let mut products: Vec<Product> = (0..3000)
        .map(|n| edited(n, &[n % 14, n * 5 % 14, n * 3 % 14], n % 5, 1))
        .collect();
    let mut shop = Shop::new(&["en", "zh"]);
    shop.publish(&products);
    assert_eq!(shop.publish(&products), 0);
    products[7].variants[0].price_minor += 1;
    let price = shop.publish(&products);
    products[9].title = Text::new("Another lamp");
    let title = shop.publish(&products);
    assert!(price <= 5, "a price wrote {price}");
    assert!(title <= 20, "a title wrote {title}");
}

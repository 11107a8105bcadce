//! An index that grew answers exactly as a fresh one.

use proptest::prelude::*;
use souk_catalogue::{Product, SlugHash, Text};
use souk_search::format::FacetKind;
use souk_search::query::{Boost, Expansion, Filters, Sort, Start, Steering};
use souk_search::rules::SoldOut;

use crate::shop::{Ask, Shop, product, with_option};

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
    one.description_html = Text::new(format!("<p>{}</p>", title.concat()));
    one.modified_at_ms = price * 1000 + i64::try_from(slug % 7).unwrap();
    with_option(one, "Colour", WORDS[words.len() % 3 + 4])
}

/// Every order, with filters, with rules, and with what is sold out.
fn asks(text: &str) -> Vec<Ask<'_>> {
    let group = |kind, value: &str| (kind, vec![value.to_owned()]);
    let filters = |groups| Filters {
        groups,
        price_min_minor: Some(150),
        price_max_minor: Some(350),
    };
    let colour = FacetKind::Option("Colour".to_owned());
    let maker = vec![group(FacetKind::Vendor, "Maker 1")];
    let all = vec![group(FacetKind::Tag, "tag-2"), group(colour, "mouse")];
    let steering = Steering {
        expansions: vec![Expansion {
            start: 0,
            end: text.len(),
            phrase: "table lamp".to_owned(),
            weight: 128,
        }],
        stop_words: vec!["blue".to_owned()],
        pins: vec!["p7".to_owned(), "p55".to_owned()],
        hidden: vec!["p3".to_owned()],
        boosts: vec![Boost {
            kind: FacetKind::Type,
            value: "blue".to_owned(),
            factor: 400,
        }],
    };
    let sold_out = (0..60).step_by(4).map(|slug| format!("SKU-p{slug}"));
    let sold_out: Vec<String> = sold_out.collect();
    let sorts = [
        Sort::Relevance,
        Sort::PriceAscending,
        Sort::PriceDescending,
        Sort::Newest,
        Sort::Title,
        Sort::Popular,
    ];
    let popular: Vec<_> = (0..60)
        .rev()
        .map(|slug| SlugHash::of(&format!("p{slug}")))
        .collect();
    let mut asks = Vec::new();
    for sort in sorts {
        asks.push(Ask {
            sort,
            popular: popular.clone(),
            ..Ask::new(text)
        });
        asks.push(Ask {
            sort,
            popular: popular.clone(),
            filters: filters(maker.clone()),
            steering: steering.clone(),
            ..Ask::new(text)
        });
        asks.push(Ask {
            sort,
            popular: popular.clone(),
            filters: filters(all.clone()),
            sold_out: sold_out.clone(),
            sold_out_are: match sort {
                Sort::Title => SoldOut::Show,
                Sort::Newest | Sort::Popular => SoldOut::Last,
                Sort::Relevance | Sort::PriceAscending | Sort::PriceDescending => SoldOut::Hide,
            },
            ..Ask::new(text)
        });
        asks.push(Ask {
            sort,
            popular: popular.clone(),
            start: Start {
                place: 5,
                is_sold_out: false,
            },
            limit: 3,
            sold_out: sold_out.clone(),
            ..Ask::new(text)
        });
    }
    asks
}

/// Answers are compared whole: results with their cards, places, scores and marks, counts, prices,
/// corrections and related types.
fn same_answers(grown: &Shop, fresh: &Shop, queries: &[&str]) -> Result<(), TestCaseError> {
    for text in queries {
        for mut ask in asks(text) {
            for locale in [0, 1] {
                ask.locale = locale;
                let sort = ask.sort;
                let (old, new) = (grown.answer(&ask), fresh.answer(&ask));
                prop_assert_eq!(old, new, "{} {:?} {}", text, sort, locale);
            }
        }
    }
    for text in queries
        .iter()
        .chain(&["la", "lamp t", "手", "sho", "sj", "hw", "mou"])
    {
        prop_assert_eq!(grown.suggest(text), fresh.suggest(text), "suggest {}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
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
            same_answers(&grown, &fresh, &QUERIES)?;
        }
    }
}

/// So many products change in each publish, from a place on: runs fill, merge upward, and the base is
/// built anew.
fn waves() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0_usize..1400, 1_usize..700, 0_usize..4), 2..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]
    #[test]
    fn runs_that_merge_answer_as_a_fresh_index(waves in waves()) {
        let mut products: Vec<Product> = (0..1200)
            .map(|n| edited(n, &[n % 14, n * 5 % 14, n * 3 % 14], n % 5, 1))
            .collect();
        let mut grown = Shop::new(&["en", "zh"]);
        grown.publish(&products);
        for (step, (start, count, kind)) in (1..).zip(waves) {
            let is_changed = |slug: usize| (start..start + count).contains(&slug);
            products.retain(|one| !is_changed(one.slug[1..].parse().unwrap()));
            // Without new texts they are gone.
            if kind > 0 {
                let texts = |n: usize| vec![(n + step) % 14, n * kind % 14];
                products.extend((start..start + count).map(|n| edited(n, &texts(n), n % 5, 2)));
            }
            grown.publish(&products);
        }
        let fresh = Shop::of(&["en", "zh"], &products);
        same_answers(&grown, &fresh, &QUERIES[..5])?;
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
    same_answers(&grown, &Shop::of(&["en", "zh"], &products), &QUERIES[..5]).unwrap();
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

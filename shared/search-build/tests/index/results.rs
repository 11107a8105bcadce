//! What queries find in Latin letters, and in which order.

use souk_catalogue::{SlugHash, Text};
use souk_search::format::FacetKind;
use souk_search::query::{Boost, CorrectionKind, Expansion, Sort, Start};

use crate::shop::{Ask, Shop, product, slugs};

fn computers() -> Shop {
    let mut bag = product("bag", "Travel bag for laptop", "Bags");
    bag.description_html = Text::new("<p>Holds a laptop, a laptop and a laptop.</p>");
    Shop::of(
        &["en"],
        &[
            product("laptop", "Acme Zeta laptop 15 inch", "Laptops"),
            product("lock", "Laptop lock", "Locks"),
            bag,
            product("mousepad", "Gaming mousepad", "Mats"),
            product("pad", "Mouse pad, blue", "Mats"),
            product("wh", "Sony WH-1000XM4 headphones", "Audio"),
            product("xm", "Sony XM 1000 speaker", "Audio"),
            product("cafe", "Café table", "Tables"),
        ],
    )
}

#[test]
fn what_a_query_is_about_comes_before_what_it_modifies() {
    let shop = computers();
    assert_eq!(shop.find("laptop")[0], "laptop");
    assert_eq!(shop.find("laptops").len(), 3);
    assert_eq!(shop.find("laptop lock")[0], "lock");
    let answer = shop.answer(&Ask::new("laptop"));
    let related: Vec<_> = answer
        .related
        .iter()
        .map(|one| one.text.base.as_str())
        .collect();
    assert_eq!(related, ["Bags", "Locks"]);
    assert_eq!(answer.related[0].items[0].slug, "bag");
}

#[test]
fn words_are_split_and_joined() {
    let shop = computers();
    for text in ["mouse pad", "mousepad"] {
        let mut found = shop.find(text);
        found.sort();
        assert_eq!(found, ["mousepad", "pad"], "{text}");
    }
    for text in ["wh-1000xm4", "wh1000xm4", "WH 1000 XM4", "wh1000 xm4"] {
        assert_eq!(shop.find(text)[0], "wh", "{text}");
    }
    assert_eq!(shop.find("CAFE")[0], "cafe");
    assert_eq!(shop.find("cafe\u{301}")[0], "cafe");
}

#[test]
fn an_sku_comes_first() {
    let shop = computers();
    assert_eq!(shop.find("sku-lock"), ["lock"]);
    assert_eq!(shop.find("SKULOCK"), ["lock"]);
}

#[test]
fn a_typo_is_corrected_and_said() {
    let shop = computers();
    for (typed, to, slug) in [
        ("latpop", "laptop", "laptop"),
        ("headphoness", "headphones", "wh"),
        ("aptop lock", "laptop", "lock"),
        ("hedphonse", "headphones", "wh"),
    ] {
        let answer = shop.answer(&Ask::new(typed));
        assert_eq!(slugs(&answer)[0], slug, "{typed}");
        assert_eq!(answer.corrections.len(), 1, "{typed}");
        let correction = &answer.corrections[0];
        assert_eq!(
            (correction.to.as_str(), correction.kind),
            (to, CorrectionKind::Typo)
        );
        assert_eq!(answer.used, typed.replace(&correction.from, to));
    }
    assert!(shop.answer(&Ask::new("laptop")).corrections.is_empty());
    assert!(shop.find("zzzzzz").is_empty());
}

#[test]
fn words_that_find_little_are_dropped_and_said() {
    let answer = computers().answer(&Ask::new("laptop lock qqqqqq"));
    assert_eq!(slugs(&answer)[0], "lock");
    assert!(
        answer.dropped.contains(&"qqqqqq".to_owned()),
        "{:?}",
        answer.dropped
    );
}

#[test]
fn rules_steer_results() {
    let shop = computers();
    let mut ask = Ask::new("notebook");
    assert!(shop.find("notebook").is_empty());
    ask.steering.expansions = vec![Expansion {
        start: 0,
        end: 8,
        phrase: "laptop".to_owned(),
        weight: 128,
    }];
    assert_eq!(slugs(&shop.answer(&ask))[0], "laptop");
    let mut ask = Ask::new("laptop");
    ask.steering.pins = vec!["cafe".to_owned(), "lock".to_owned(), "unknown".to_owned()];
    ask.steering.hidden = vec!["bag".to_owned()];
    let answer = shop.answer(&ask);
    assert_eq!(slugs(&answer), ["cafe", "lock", "laptop"]);
    assert_eq!(answer.total, 3);
    let mut ask = Ask::new("laptop");
    let (kind, value) = (FacetKind::Type, "Locks".to_owned());
    ask.steering.boosts = vec![Boost {
        kind,
        value,
        factor: 1024,
    }];
    assert_eq!(slugs(&shop.answer(&ask))[0], "lock");
}

#[test]
fn titles_are_marked() {
    let answer = computers().answer(&Ask::new("laptop lock"));
    assert_eq!(answer.items[0].highlight, [(0, 6), (7, 11)]);
}

#[test]
fn results_are_sorted_and_pages_follow_each_other() {
    let products: Vec<_> = (0..30)
        .map(|n| {
            let mut one = product(&format!("lamp-{n}"), &format!("Lamp {}", 40 - n), "Lamps");
            one.variants[0].price_minor = 100 * (n % 7) - 100;
            one.modified_at_ms = n;
            one
        })
        .collect();
    let shop = Shop::of(&["en"], &products);
    for sort in [
        Sort::Relevance,
        Sort::PriceAscending,
        Sort::PriceDescending,
        Sort::Newest,
        Sort::Title,
        Sort::Popular,
    ] {
        let ask = |place, limit| Ask {
            sort,
            popular: ["lamp-7", "gone", "lamp-3"].map(SlugHash::of).into(),
            start: Start {
                place,
                is_sold_out: false,
            },
            limit,
            ..Ask::new("lamp")
        };
        let whole = shop.answer(&ask(0, 100));
        assert_eq!((whole.items.len(), whole.total), (30, 30));
        let paged: Vec<_> = (0..5)
            .flat_map(|page| slugs(&shop.answer(&ask(page * 7, 7))))
            .collect();
        assert_eq!(paged, slugs(&whole), "{sort:?}");
        let prices: Vec<_> = whole
            .items
            .iter()
            .map(|item| item.product.variants[0].price_minor)
            .collect();
        match sort {
            Sort::PriceAscending => assert!(prices.is_sorted()),
            Sort::PriceDescending => assert!(prices.iter().rev().is_sorted()),
            Sort::Newest => assert_eq!(whole.items[0].product.slug, "lamp-29"),
            Sort::Title => assert_eq!(whole.items[0].product.slug, "lamp-29"),
            Sort::Popular => assert_eq!(slugs(&whole)[..2], ["lamp-7", "lamp-3"]),
            Sort::Relevance => {}
        }
    }
}

#[test]
fn what_is_not_popular_comes_by_relevance_and_pins_come_first() {
    let shop = computers();
    let by = |sort, popular: &[&str]| Ask {
        sort,
        popular: popular.iter().map(|slug| SlugHash::of(slug)).collect(),
        ..Ask::new("laptop")
    };
    let relevant = slugs(&shop.answer(&by(Sort::Relevance, &[])));
    assert_eq!(relevant[0], "laptop");
    assert_eq!(slugs(&shop.answer(&by(Sort::Popular, &[]))), relevant);
    let last = relevant.last().expect("results").clone();
    let mut expected = relevant.clone();
    expected.rotate_right(1);
    // What the query does not find is not there, however popular it is.
    let mut ask = by(Sort::Popular, &["cafe", &last]);
    assert_eq!(slugs(&shop.answer(&ask)), expected);
    ask.steering.pins = vec!["laptop".to_owned()];
    assert_eq!(slugs(&shop.answer(&ask))[..2], ["laptop".to_owned(), last]);
}

#[test]
fn suggestions_go_on_with_what_is_typed() {
    let found = computers().suggest("lap");
    assert_eq!(found.queries[0], "laptop");
    assert_eq!(found.products[0].slug, "laptop");
    assert_eq!(found.types[0].base, "Laptops");
    assert_eq!(
        computers().suggest("gaming mou").queries,
        ["gaming mouse", "gaming mousepad"]
    );
}

#[test]
fn strange_queries_are_answered() {
    let shop = computers();
    let long = "a1-".repeat(60);
    for text in [
        "",
        " ",
        "-",
        "🙂",
        "the",
        "\u{301}",
        "a b c d e f g h i j k l m n o p q r s",
        &long,
    ] {
        let answer = shop.answer(&Ask::new(text));
        assert!(answer.items.len() <= 8, "{text}");
        shop.suggest(text);
    }
}

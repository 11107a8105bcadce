//! What is wrong in files is named by file, line and key, with what would be right.

use proptest::prelude::*;
use souk_pricing::{Amounts, Facts, Terms};
use souk_shop_folder::Severity;

use crate::world::{facts, product, read};

const MARKETS: &str = "[[market]]\nid = \"us\"\ncurrency = \"USD\"\n\
                       [[market]]\nid = \"eu\"\npath = \"eu\"\ncurrency = \"EUR\"\n\
                       convert = { from = \"us\", rate = \"0.9\" }\n";

/// A price and the one that it is compared with.
fn price(facts: &Facts, market: &str, at_ms: i64) -> Option<(i64, Option<i64>)> {
    let price = facts.price(market, at_ms)?;
    Some((price.minor, price.compare_at_minor))
}

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let products = [
        product("MUG", 1_000, "mugs", &["gift"]),
        product("TEA", 500, "tea", &[]),
    ];
    let (_, problems) = read(files, "USD", &products);
    problems.iter().map(ToString::to_string).collect()
}

/// The problems of a file beside two markets.
fn problems_of(file: &str, text: &str) -> String {
    let files = match file {
        "markets.toml" => vec![(file, text)],
        _ => vec![("markets.toml", MARKETS), (file, text)],
    };
    problems(&files).join("\n")
}

#[test]
fn a_shop_without_the_files_has_one_market_and_the_usual_deliveries() {
    let products = [product("MUG", 1_000, "mugs", &[])];
    let (shop, problems) = read(&[], "EUR", &products);
    assert_eq!(problems, []);
    let Terms {
        markets,
        methods,
        rates,
        promotions,
        ..
    } = &shop.terms;
    assert_eq!((markets.len(), rates.len(), promotions.len()), (1, 0, 0));
    assert_eq!(markets[0].currency.code(), "EUR");
    let fee = |amounts: &Amounts| amounts.of(markets[0].currency);
    let offered = methods
        .iter()
        .map(|method| (method.id.as_str(), fee(&method.rates[0].amount)));
    let offered: Vec<_> = offered.collect();
    assert_eq!(offered, [("standard", Some(0)), ("express", Some(900))]);
    assert_eq!(shop.selling, [None], "there is no more to say");
    let facts = facts(&shop, &products);
    assert_eq!(price(&facts[0], &markets[0].id, 1), Some((1_000, None)));
}

#[test]
fn mistakes_are_named_with_what_would_be_right() {
    let promotion = |more: &str| {
        format!("[[promotion]]\nid = \"a\"\ntitle = \"A\"\nmarkets = [\"us\"]\n{more}\n")
    };
    let method = |rate: &str| format!("[[method]]\nid = \"a\"\ntitle = \"A\"\nrates = [{rate}]");
    let option = |more: &str| format!("[[option]]\nid = \"a\"\ntitle = \"A\"\n{more}\n");
    let rate = |more: &str| format!("[[rate]]\nname = \"VAT\"\npercent = \"19\"\n{more}");
    let row = |row: &str| format!("sku,market,price,compare_at,from,until\n{row}\n");
    let cases = [
        (
            "markets.toml",
            "[[market]]\nid = \"us\"\ncurency = \"USD\"\ncurrency = \"USD\"".to_owned(),
            ":3:1: market[1].curency: there is no key 'curency' here; did you mean currency?",
        ),
        (
            "markets.toml",
            "[[market]]\nid = \"eu\"\ncurrency = \"EUR\"".to_owned(),
            ":3:12: market[1].currency: the first market has the prices of products.csv, in USD; write \
             \"USD\", as in shop.toml",
        ),
        (
            "markets.toml",
            format!(
                "{MARKETS}[[market]]\nid = \"uk\"\ncurrency = \"GBP\"\nconvert = {{ from = \"us\", rate = \"1\" }}"
            ),
            ":9:1: market[3]: only the first market has addresses without a path; write path = \"uk\"",
        ),
        (
            "markets.toml",
            format!(
                "{MARKETS}[[market]]\nid = \"de\"\npath = \"de\"\ncurrency = \"EUR\"\nconvert = {{ from = \"us\", rate = \"1\" }}"
            ),
            ":11:8: market[3].path: 'de' is a language of the shop; choose another path: addresses of \
             languages begin so",
        ),
        (
            "markets.toml",
            format!(
                "{MARKETS}[[market]]\nid = \"ca\"\npath = \"cart\"\ncurrency = \"CAD\"\nconvert = {{ from = \"us\", rate = \"1\" }}"
            ),
            ":11:8: market[3].path: addresses of the shop's own pages begin with 'cart'; choose another one",
        ),
        (
            "markets.toml",
            format!(
                "{MARKETS}[[market]]\nid = \"ca\"\npath = \"north-of-the-river\"\ncurrency = \"CAD\"\nconvert = {{ from = \"us\", rate = \"1\" }}"
            ),
            ":11:8: market[3].path: 'north-of-the-river' cannot stand here; write up to 16 small letters \
             from a to z, digits and -, such as np",
        ),
        (
            "markets.toml",
            format!(
                "{MARKETS}[[market]]\nid = \"uk\"\npath = \"uk\"\ncurrency = \"GBP\"\nconvert = {{ from = \"eu\", rate = \"1\" }}"
            ),
            ":13:20: market[3].convert.from: prices are converted from a market that has prices of its \
             own; write from = \"us\"",
        ),
        (
            "delivery.toml",
            method("{ zone = \"hom\", amount = { USD = 1 } }") + "\n[[zone]]\nid = \"home\"",
            ":4:19: method[1].rates[1].zone: there is no zone 'hom'; did you mean home?",
        ),
        (
            "delivery.toml",
            method("{ amount = { USD = 1, JPY = 1 } }"),
            ":4:32: method[1].rates[1].amount.JPY: no market has prices in JPY; known here: EUR, USD",
        ),
        (
            "delivery.toml",
            method("{ amount = { USD = 4.90 } }"),
            ":4:29: method[1].rates[1].amount.USD: 4.90 (a number) cannot stand here; write a whole \
             number from 0 to 9007199254740991",
        ),
        (
            "delivery.toml",
            method("{ amount = { USD = 1 } }") + "\ndays = [3, 1]",
            ":5:8: method[1].days: the first number is above the second; write the lower one first",
        ),
        (
            "delivery.toml",
            method("{ amount = { USD = 1 } }")
                + "\nkind = \"pickup\"\npoints = [{ id = \"b\", title = \"B\" }, { id = \"b\", title = \"C\" }]",
            ":6:45: method[1].points[2].id: the point at line 6 is called 'b' already; choose another name",
        ),
        (
            "options.toml",
            option("kind = \"text\""),
            ":1:1: option[1]: an option of kind text needs max_length; write max_length = …",
        ),
        (
            "options.toml",
            option("kind = \"flag\"\nmax_length = 20"),
            ":5:1: option[1].max_length: an option of kind flag has no max_length; take the key away, or \
             write kind = \"text\"",
        ),
        (
            "options.toml",
            option("kind = \"flag\"\nrequired = true\nsurcharge = { USD = 100 }"),
            ":6:1: option[1].surcharge: it is required, and has no amount in EUR for the market eu; add \
             EUR = …, in minor units; 0 is free",
        ),
        (
            "options.toml",
            option(
                "kind = \"choice\"\nchoices = [{ id = \"x\", title = \"X\" }, { id = \"x\", title = \"Y\" }]",
            ),
            ":5:46: option[1].choices[2].id: another choice of the option is called 'x'; choose another \
             name",
        ),
        (
            "options.toml",
            option("kind = \"text\"\nmax_length = 201"),
            ":5:14: option[1].max_length: 201 (a whole number) cannot stand here; write a whole number from 1 to \
             200",
        ),
        (
            "options.toml",
            option("kind = \"flag\"") + &option("kind = \"flag\""),
            ":6:6: option[2].id: the option at line 1 is called 'a' already; choose another name",
        ),
        (
            "options.toml",
            option("kind = \"flag\"\nproducts = { any = [{ collection = \"mug\" }] }"),
            ":5:36: option[1].products.any[1].collection: there is no collection 'mug'; did you mean mugs?",
        ),
        (
            "tax.toml",
            rate("country = \"Germany\""),
            ":4:11: rate[1].country: 'Germany' cannot stand here; write the two letters of a country, \
             such as DE",
        ),
        (
            "tax.toml",
            rate("region = \"CA\""),
            ":1:1: rate[1]: regions and postal codes are of a country; write country = \"US\" or another one",
        ),
        (
            "tax.toml",
            rate("category = \"books\""),
            ":4:12: rate[1].category: there is no category 'books'",
        ),
        (
            "tax.toml",
            "[[rate]]\nname = \"VAT\"\npercent = \"7,5\"".to_owned(),
            ":3:11: rate[1].percent: '7,5' cannot stand here; write a percentage with up to four decimals, \
             such as \"7.25\"",
        ),
        (
            "promotions.toml",
            promotion(
                "class = \"line\"\naction = { percent = \"10\" }\nproducts = { any = [{ tag = \"gifts\" }] }",
            ),
            ":7:29: promotion[1].products.any[1].tag: there is no tag 'gifts'; did you mean gift?",
        ),
        (
            "promotions.toml",
            promotion(
                "class = \"line\"\naction = { percent = \"10\" }\nproducts = { any = [{ collection = \"mug\" }] }",
            ),
            ":7:36: promotion[1].products.any[1].collection: there is no collection 'mug'; did you mean mugs?",
        ),
        (
            "promotions.toml",
            promotion(
                "class = \"line\"\naction = { percent = \"10\" }\nproducts = { any = [{ sku = \"MUG\", tag = \"gift\" }] }",
            ),
            ":7:21: promotion[1].products.any[1]: this names not one thing; write one of \
             { collection = … }, { tag = … } and { sku = … }",
        ),
        (
            "promotions.toml",
            promotion("class = \"order\"\naction = { amount = { EUR = 500 } }"),
            ":6:12: promotion[1].action.amount: there is no amount in USD; add USD = …, in minor units, or \
             name markets without it",
        ),
        (
            "promotions.toml",
            promotion("class = \"order\"\naction = { buy = 2, get = 1 }"),
            ":6:1: promotion[1].action: a promotion of class order cannot do this; write class = \"line\"",
        ),
        (
            "promotions.toml",
            promotion("class = \"order\"\naction = { free = true }"),
            ":6:1: promotion[1].action: a promotion of class order cannot do this; write class = \
             \"delivery\"",
        ),
        (
            "promotions.toml",
            promotion("class = \"line\"\naction = { percent = \"10\", amount = { USD = 5 } }"),
            ":6:1: promotion[1].action: these keys together are no action; write one of { percent }, \
             { amount }, { every, amount }, { buy, get, percent }, { steps } and { free = true }",
        ),
        (
            "promotions.toml",
            promotion("class = \"line\"\naction = { percent = \"110\" }"),
            ":6:22: promotion[1].action.percent: more than all of it cannot be taken off; write 100 at most",
        ),
        (
            "promotions.toml",
            promotion("class = \"sale\"\ncodes = [\"X\"]\naction = { percent = \"10\" }"),
            ":6:1: promotion[1].codes: a sale changes prices, for everybody and every cart; take the key \
             away, or choose another class",
        ),
        (
            "promotions.toml",
            promotion(
                "class = \"line\"\nfrom = 2026-11-30\nuntil = 2026-11-29\naction = { percent = \"10\" }",
            ),
            ":7:9: promotion[1].until: it would end before it begins; write a later moment than from",
        ),
        (
            "promotions.toml",
            promotion("class = \"line\"\naction = { percent = \"1\" }")
                .replace("\"us\"", "\"usa\""),
            ":4:12: promotion[1].markets[1]: there is no market 'usa'; did you mean us?",
        ),
        (
            "promotions.toml",
            promotion("class = \"line\"\naction = { percent = \"1\" }")
                + &promotion("class = \"line\"\naction = { percent = \"2\" }"),
            ":8:6: promotion[2].id: the promotion at line 1 is called 'a' already; choose another name",
        ),
        (
            "prices.csv",
            row("MUGS,us,1,,,"),
            ":2: sku: there is no sku 'MUGS'; did you mean MUG?",
        ),
        (
            "prices.csv",
            row("MUG,usa,1,,,"),
            ":2: market: there is no market 'usa'; did you mean us?",
        ),
        (
            "prices.csv",
            row("MUG,us,1.999,,,"),
            ":2: price: '1.999' is no amount in USD; write digits, with 2 decimals at most behind a point",
        ),
        (
            "prices.csv",
            row("MUG,us,2,2,,"),
            ":2: compare_at: it is not above the price; write a higher amount, or leave it empty",
        ),
        (
            "prices.csv",
            row("MUG,us,2,,27.11.2026,"),
            ":2: from: '27.11.2026' is no moment; write such as 2026-11-27 or 2026-11-27 09:00",
        ),
        (
            "prices.csv",
            row("MUG,us,2,,,\nMUG,us,3,,,"),
            ":3: from: the price at line 2 begins at the same moment; keep one of the two",
        ),
        (
            "prices.csv",
            "sku,price,prize\nMUG,1,2\n".to_owned(),
            ":1: prize: there is no column 'prize'; did you mean price?",
        ),
    ];
    let mut others = Vec::new();
    for (file, text, expected) in cases {
        let found = problems_of(file, &text);
        if found != format!("{file}{expected}") {
            others.push(found);
        }
    }
    assert_eq!(others, [""; 0]);
}

#[test]
fn products_without_a_price_in_a_market_are_a_warning() {
    let markets = MARKETS.replace("convert", "# convert");
    let products = [
        product("MUG", 1_000, "mugs", &[]),
        product("TEA", 500, "tea", &[]),
    ];
    let prices = "sku,market,price\nTEA,eu,5\n";
    let (shop, problems) = read(
        &[("markets.toml", &markets), ("prices.csv", prices)],
        "USD",
        &products,
    );
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    assert!(
        problems[0]
            .reason
            .starts_with("1 variants are not sold in the market eu, MUG")
    );
    let facts = facts(&shop, &products);
    assert_eq!(price(&facts[0], "eu", 1), None);
    assert_eq!(price(&facts[1], "eu", 1), Some((500, None)));
}

#[test]
fn prices_follow_rows_conversions_and_sales_over_time() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let prices = "sku,market,price,compare_at,from,until\n\
                  MUG,us,9.00,12.00,1970-01-03,1970-01-04\n\
                  MUG,us,8.00,,1970-01-04T12:00,\n";
    let promotions = "[[promotion]]\nid = \"sale\"\ntitle = \"Sale\"\nclass = \"sale\"\n\
                      markets = [\"eu\"]\nfrom = 1970-01-02\nuntil = 1970-01-03\n\
                      action = { percent = \"50\" }\n";
    let files = [
        ("markets.toml", MARKETS),
        ("prices.csv", prices),
        ("promotions.toml", promotions),
    ];
    let products = [product("MUG", 1_000, "mugs", &[])];
    let (shop, problems) = read(&files, "USD", &products);
    assert_eq!(problems, []);
    let facts = facts(&shop, &products);
    let at = |market: &str, half_days: i64| price(&facts[0], market, half_days * DAY_MS / 2);
    assert_eq!(at("us", 1), Some((1_000, None)));
    assert_eq!(at("us", 4), Some((900, Some(1_200))));
    // A date is its whole day: the 4th still has the price.
    assert_eq!(at("us", 7), Some((800, None)));
    assert_eq!(at("eu", 1), Some((900, None)));
    assert_eq!(at("eu", 2), Some((450, Some(900))));
    assert_eq!(at("eu", 4), Some((405, Some(810))));
    assert_eq!(at("eu", 6), Some((810, Some(1_080))));
}

proptest! {
    /// No file makes the reader fail otherwise than by problems, and files without one can be
    /// published.
    #[test]
    fn any_files_are_read_or_have_problems(
        lines in prop::collection::vec(prop::sample::select(LINES.to_vec()), 0..30),
        noise in "[ -~äöü茶\n]{0,40}",
        at in 0_usize..30,
    ) {
        let mut lines: Vec<_> = lines.into_iter().map(str::to_owned).collect();
        lines.insert(at.min(lines.len()), noise);
        let text = lines.join("\n");
        for file in ["markets.toml", "delivery.toml", "tax.toml", "promotions.toml", "prices.csv"] {
            let (shop, problems) = read(&[(file, &text)], "USD", &[product("MUG", 1, "mugs", &[])]);
            if problems.is_empty() {
                prop_assert!(shop.terms.encode().is_ok());
            }
        }
    }
}

const LINES: [&str; 24] = [
    "[[market]]",
    "[[zone]]",
    "[[method]]",
    "[[category]]",
    "[[rate]]",
    "[[promotion]]",
    "id = \"a\"",
    "title = \"A\"",
    "path = \"a\"",
    "currency = \"USD\"",
    "countries = [\"US\", \"*\"]",
    "convert = { from = \"a\", rate = \"0.9\" }",
    "rates = [{ zone = \"a\", amount = { USD = 1 } }]",
    "name = \"VAT\"",
    "percent = \"19\"",
    "postal = [\"1\"]",
    "class = \"line\"",
    "class = \"sale\"",
    "from = 2026-11-27T09:00:00",
    "until = 09:00:00",
    "action = { percent = \"10\" }",
    "action = { steps = [{ at = { units = 1 }, percent = \"10\" }] }",
    "products = { any = [{ sku = \"MUG\" }], not = [{ tag = \"x\" }] }",
    "sku,market,price",
];

#[test]
fn an_option_without_an_amount_in_a_market_is_a_warning_that_says_so() {
    let text =
        "[[option]]\nid = \"a\"\ntitle = \"A\"\nkind = \"flag\"\nsurcharge = { USD = 100 }\n";
    let products = [product("MUG", 1_000, "mugs", &[])];
    let files = [("markets.toml", MARKETS), ("options.toml", text)];
    let (shop, problems) = read(&files, "USD", &products);
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let [said] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert_eq!(problems[0].severity, Severity::Warning);
    assert!(
        said.contains("without an amount in EUR it is not offered in the market eu"),
        "{said}"
    );
    assert_eq!(shop.terms.options.len(), 1);
}

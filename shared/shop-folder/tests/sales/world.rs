//! A shop with a few products and markets, and its sales.

use souk_catalogue::{Market, Product, Sale, Text, Variant};
use souk_domain::Currency;
use souk_pricing::Terms;
use souk_shop_folder::sales::{self, Context};
use souk_shop_folder::{Problem, Severity};

/// 2026-11-01 00:00 UTC.
pub(crate) const NOW_MS: i64 = 1_793_491_200_000;

/// A sale that is right, with these lines in the place of its own ones with the same keys.
pub(crate) fn sale_with(lines: &[&str]) -> String {
    let own = [
        "titles = { en = \"The drop\", de = \"Der Drop\" }",
        "opens = 2026-11-11T00:00:00+08:00",
        "closes = 2026-11-11T02:00:00+08:00",
        "identity = \"email\"",
        "items = [{ sku = \"MUG\", price = 900, units = 5, limit = 2 }]",
    ];
    let key = |line: &str| line.split(" = ").next().unwrap_or_default().to_owned();
    let mut text: Vec<&str> = Vec::new();
    for line in own {
        let other = lines.iter().find(|other| key(other) == key(line));
        text.push(other.unwrap_or(&line));
    }
    let further = lines
        .iter()
        .filter(|line| !own.iter().any(|own| key(own) == key(line)));
    text.extend(further);
    text.join("\n") + "\n"
}

/// A product with one variant.
pub(crate) fn product(sku: &str, price_minor: i64) -> Product {
    Product {
        slug: sku.to_lowercase(),
        title: Text::new(sku),
        description_html: Text::new("<p>What it is.</p>"),
        variants: vec![Variant {
            sku: sku.to_owned(),
            price_minor,
            ..Variant::default()
        }],
        ..Product::default()
    }
}

fn products() -> Vec<Product> {
    let lamp = |colour: &str| Variant {
        sku: format!("LAMP:{colour}"),
        price_minor: 2_000,
        merchant_sku: Some("LAMP".to_owned()),
        ..Variant::default()
    };
    let lamps = Product {
        variants: vec![lamp("red"), lamp("blue")],
        ..product("LAMPS", 0)
    };
    let large = Product {
        tags: vec!["x".repeat(1_000); 40],
        ..product("LARGE", 1_000)
    };
    let long = "L".repeat(250);
    vec![
        product("MUG", 1_200),
        product("TEA", 500),
        lamps,
        large,
        product(&long, 100),
    ]
}

fn markets() -> Vec<Market> {
    let market = |id: &str, code: &str| {
        let currency = Currency::parse(code).unwrap();
        Terms::plain(id, currency, "Etc/UTC", Vec::new()).markets[0].clone()
    };
    vec![market("us", "USD"), market("eu", "EUR")]
}

/// Reads files by the names of their folders, with the clocks of the shop.
pub(crate) fn read_by(
    files: &[(&str, &str)],
    missing: Severity,
    east_s: &dyn Fn(i64) -> i32,
) -> (Vec<Sale>, Vec<Problem>) {
    let texts = files
        .iter()
        .map(|(id, text)| (format!("sales/{id}/sale.toml"), *text));
    let texts: Vec<_> = texts.collect();
    let texts = texts.iter().map(|(path, text)| (path.as_str(), *text));
    let context = Context {
        languages: &["en", "de"].map(str::to_owned),
        markets: &markets(),
        products: &products(),
        east_s,
        missing,
        now_ms: NOW_MS,
    };
    let mut problems = Vec::new();
    let sales = sales::read(&texts.collect(), &context, &mut problems);
    souk_shop_folder::sort(&mut problems);
    (sales, problems)
}

/// Reads the file of the sale `drop`, in a shop by UTC.
pub(crate) fn read(text: &str) -> (Vec<Sale>, Vec<Problem>) {
    read_by(&[("drop", text)], Severity::Error, &|_| 0)
}

//! A shop with a few products, and its files.

use souk_catalogue::{Product, Text, Variant};
use souk_pricing::Facts;
use souk_shop::Offset;
use souk_shop_folder::terms::{self, Context, FILES, ShopTerms, UsualDelivery};
use souk_shop_folder::{Problem, Severity};

const LANGUAGES: [&str; 2] = ["en", "de"];

/// A product with one variant.
pub(crate) fn product(sku: &str, price_minor: i64, collection: &str, tags: &[&str]) -> Product {
    Product {
        slug: sku.to_lowercase(),
        title: Text::new(sku),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        collections: vec![collection.to_owned()],
        variants: vec![Variant {
            sku: sku.to_owned(),
            price_minor,
            weight_g: 500,
            ..Variant::default()
        }],
        ..Product::default()
    }
}

/// What a quote needs to know of the products' variants.
pub(crate) fn facts(shop: &ShopTerms, products: &[Product]) -> Vec<Facts> {
    let mut products = products.to_vec();
    shop.put_on(&mut products);
    shop.facts(&products, &LANGUAGES.map(str::to_owned))
}

/// Reads files by their names.
pub(crate) fn read(
    files: &[(&str, &str)],
    currency: &str,
    products: &[Product],
) -> (ShopTerms, Vec<Problem>) {
    let known = FILES.into_iter().filter_map(|name| {
        let found = files.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| (name, *text))
    });
    let offsets = |zone: &str| match zone {
        "Etc/UTC" | "Europe/Berlin" => Ok(vec![Offset::default()]),
        other => Err(format!("'{other}' is not a time zone")),
    };
    let context = Context {
        languages: &LANGUAGES.map(str::to_owned),
        currency,
        time_zone: "Etc/UTC",
        products,
        collections: &["empty".to_owned()],
        offsets: &offsets,
        usual_delivery: UsualDelivery {
            express_fee_minor: Some(900),
            ..UsualDelivery::default()
        },
        missing: Severity::Error,
        now_ms: 0,
    };
    let mut problems = Vec::new();
    let read = terms::read(&known.collect(), &context, &mut problems);
    souk_shop_folder::sort(&mut problems);
    (read, problems)
}

//! Structured data for search engines: schema.org as JSON-LD.
//!
//! Sources: Google Search Central's pages on product variants, merchant listings and breadcrumbs;
//! schema.org's `ProductGroup`.
//!
//! Invariant: amounts are decimal strings made from minor units, never floats; texts come from
//! the catalogue and are escaped so that they cannot end the script element.

use serde_json::{Map, Value, json};
use souk_catalogue::{Product, Variant};
use souk_domain::Money;

use souk_shop::plain_text;

use crate::card::{Availability, availability};
use crate::language::Said;
use crate::picture::preview;
use crate::trail::Crumb;
use crate::view::{DocumentView, ProductCard, Site};
use crate::{format, links, paths};

/// Properties that schema.org and search engines know as a reason for variants, by the names
/// that merchants give their options.
const VARIES_BY: [(&str, &[&str]); 4] = [
    ("color", &["color", "colour", "颜色"]),
    ("size", &["size", "尺寸", "尺码", "大小"]),
    ("material", &["material", "材质", "材料"]),
    ("pattern", &["pattern", "图案", "花纹"]),
];

/// The text of a JSON-LD script element: `<` could end the element, so it is written `\u003c`.
pub(super) fn escape(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// The shop, for its home page.
pub(super) fn shop(site: &Site<'_>) -> Value {
    let url = links::absolute(site, &links::page(site.locale, "/"));
    json!({
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Organization",
                "@id": format!("{}/#shop", site.base_url),
                "name": site.name(),
                "url": format!("{}/", site.base_url),
            },
            {
                "@type": "WebSite",
                "name": site.name(),
                "url": url,
                "inLanguage": site.shop.tag(site.locale),
                "publisher": {"@id": format!("{}/#shop", site.base_url)},
            },
        ],
    })
}

/// The date and time of a moment, where it is known.
fn date(at_ms: i64) -> Option<String> {
    (at_ms > 0).then(|| format::timestamp(at_ms)).flatten()
}

/// A document, as a type of schema.org.
pub(super) fn article(
    site: &Site<'_>,
    view: &DocumentView<'_>,
    kind: &str,
    description: &str,
) -> Value {
    let entry = view.entry;
    let own = match view.is_translated {
        true => None,
        false => Some(site.shop.own()),
    };
    let page = own.and_then(|_| site.own_here()).unwrap_or(site.locale);
    let url = links::page(page, &paths::content(entry.kind, &entry.slug));
    let shop = json!({"@type": "Organization", "name": site.name(), "url": site.base_url});
    let image = entry.picture.as_ref().and_then(preview);
    let mut node = Map::new();
    let mut put = |name: &str, value: Value| drop(node.insert(name.to_owned(), value));
    put("@context", json!("https://schema.org"));
    put("@type", json!(kind));
    put("headline", json!(entry.title.get(site.locale)));
    put("url", json!(links::absolute(site, &url)));
    put(
        "inLanguage",
        json!(site.shop.tag(own.unwrap_or(site.locale))),
    );
    put("author", shop.clone());
    put("publisher", shop);
    if !description.is_empty() {
        put("description", json!(description));
    }
    if let Some(image) = image {
        put("image", json!(links::absolute(site, image)));
    }
    if let Some(date) = date(entry.published_at_ms) {
        put("datePublished", json!(date));
    }
    if let Some(date) = date(entry.modified_at_ms) {
        put("dateModified", json!(date));
    }
    if !entry.tags.is_empty() {
        put("keywords", json!(entry.tags));
    }
    Value::Object(node)
}

/// A question with its answer. Source: Google Search Central, "FAQ structured data": the page must
/// show the whole answer.
pub(super) fn question(site: &Site<'_>, view: &DocumentView<'_>, answer: &str) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [{
            "@type": "Question",
            "name": view.entry.title.get(site.locale),
            "acceptedAnswer": {"@type": "Answer", "text": plain_text(answer)},
        }],
    })
}

/// Where a page stands: names and paths below the home page, the page itself last.
pub(super) fn breadcrumbs(site: &Site<'_>, trail: &[Crumb<'_>]) -> Value {
    let home = Crumb {
        title: Said::plain(site.words.home()),
        href: links::page(site.locale, "/"),
    };
    let items: Vec<_> = std::iter::once(&home)
        .chain(trail)
        .zip(1..)
        .map(|(crumb, position)| {
            json!({
                "@type": "ListItem",
                "position": position,
                "name": crumb.title.text,
                "item": links::absolute(site, &crumb.href),
            })
        })
        .collect();
    json!({
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": items,
    })
}

/// A product: `Product` for one variant, `ProductGroup` for several.
pub(super) fn product(site: &Site<'_>, card: &ProductCard, description: Option<&str>) -> Value {
    let product = &card.product;
    let single = product.variants.len() == 1;
    let mut node = Map::new();
    node.insert("@context".to_owned(), json!("https://schema.org"));
    node.insert("name".to_owned(), json!(product.title.get(site.locale)));
    if let Some(description) = description {
        node.insert("description".to_owned(), json!(description));
    }
    if !product.vendor.is_empty() {
        let brand = json!({"@type": "Brand", "name": product.vendor});
        node.insert("brand".to_owned(), brand);
    }
    if single {
        node.extend(variant(site, card, 0));
        node.insert("@type".to_owned(), json!("Product"));
        return Value::Object(node);
    }
    node.insert("@type".to_owned(), json!("ProductGroup"));
    node.insert("productGroupID".to_owned(), json!(product.slug));
    let url = links::absolute(site, &links::product(site.locale, &product.slug, None));
    node.insert("url".to_owned(), json!(url));
    let varies_by: Vec<_> = (0..product.options.len())
        .filter_map(|option| property(product, option))
        .map(|name| format!("https://schema.org/{name}"))
        .collect();
    if !varies_by.is_empty() {
        node.insert("variesBy".to_owned(), json!(varies_by));
    }
    let variants: Vec<_> = (0..product.variants.len())
        .map(|index| {
            let mut item = variant(site, card, index);
            let title = product.variant_title(&product.variants[index], site.locale);
            let name = format!("{} – {title}", product.title.get(site.locale));
            item.insert("name".to_owned(), json!(name));
            item.insert("@type".to_owned(), json!("Product"));
            Value::Object(item)
        })
        .collect();
    node.insert("hasVariant".to_owned(), json!(variants));
    Value::Object(node)
}

/// What a single product and a variant of a group have in common.
fn variant(site: &Site<'_>, card: &ProductCard, index: usize) -> Map<String, Value> {
    let product = &card.product;
    let variant = &product.variants[index];
    let mut node = Map::new();
    node.insert("sku".to_owned(), json!(variant.shown_sku()));
    if let Some(gtin) = variant.barcode.as_deref().filter(|code| is_gtin(code)) {
        node.insert("gtin".to_owned(), json!(gtin));
    }
    if let Some(image) = image(product, variant) {
        node.insert("image".to_owned(), json!(links::absolute(site, image)));
    }
    for (option, value) in variant.option_values.iter().enumerate() {
        if let Some(name) = property(product, option) {
            node.insert(name.to_owned(), json!(value.get(site.locale)));
        }
    }
    let sku = (product.variants.len() > 1).then_some(variant.sku.as_str());
    let url = links::product(site.locale, &product.slug, sku);
    let stock = match availability(card, index) {
        Availability::InStock => "InStock",
        Availability::MadeToOrder => "BackOrder",
        Availability::SoldOut => "OutOfStock",
    };
    let offer = json!({
        "@type": "Offer",
        "url": links::absolute(site, &url),
        "price": Money::new(variant.price_minor, site.currency).decimal(),
        "priceCurrency": site.currency.code(),
        "availability": format!("https://schema.org/{stock}"),
    });
    node.insert("offers".to_owned(), offer);
    node
}

/// Whether a barcode is a Global Trade Item Number: 8, 12, 13 or 14 digits, of which the last one
/// checks the others. A wrong one costs the shop its listing, so other barcodes are left out.
/// Source: GS1 General Specifications, 7.9.1.
fn is_gtin(barcode: &str) -> bool {
    let digits = barcode.bytes().rev().map(|byte| byte.wrapping_sub(b'0'));
    matches!(barcode.len(), 8 | 12 | 13 | 14)
        && digits.clone().all(|digit| digit <= 9)
        && digits
            .zip([1, 3].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit) * weight)
            .sum::<u32>()
            .is_multiple_of(10)
}

/// Address of the largest picture of a variant, or else of its product.
pub(super) fn image<'a>(product: &'a Product, variant: &Variant) -> Option<&'a str> {
    let own = variant
        .media
        .and_then(|place| product.media.get(usize::from(place)));
    let rendition = own.or(product.media.first())?.renditions.last()?;
    Some(&rendition.url)
}

/// The schema.org property that an option stands for.
fn property(product: &Product, option: usize) -> Option<&'static str> {
    let name = product
        .options
        .get(option)?
        .name
        .base
        .trim()
        .to_ascii_lowercase();
    VARIES_BY
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()))
        .map(|(property, _)| *property)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gtin_has_a_length_and_a_check_digit() {
        for gtin in [
            "96385074",
            "614141007349",
            "4006381333931",
            "10614141000415",
        ] {
            assert!(is_gtin(gtin), "{gtin}");
        }
        for other in [
            "",
            "4006381333932",
            "400638133393",
            "40063813339３1",
            "SHELF-12",
            "4006381333 31",
        ] {
            assert!(!is_gtin(other), "{other}");
        }
    }
}

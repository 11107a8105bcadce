//! Which system wrote a file, by its header as a whole.
//!
//! Every dialect counts the names of the header that are its own; the one with the most wins, if
//! it has at least one that only it has. Words that all of them use (`Title`, `Description`,
//! `SKU`) decide nothing alone. Files that are known to be something else are named, with what to
//! do instead.

use crate::{
    Dialect, Place, Reason, Source,
    columns::{self, Columns},
    dialects::{fields, fit::Fit, google, medusa, vendure, woocommerce},
    place::quoted,
    table::Broken,
};

/// A kind of file that is none of products, or of a system that is not read.
struct Other {
    /// Columns that it has together, as [`fields::plain`] writes them.
    columns: &'static [&'static str],
    what: &'static str,
    advice: &'static str,
}

const READ: &str = "Product files of Shopify, WooCommerce, Medusa, Vendure and Google Merchant \
                    Center are read";
const PRODUCTS_OF_SHOPIFY: &str = "export the products instead (Shopify: Products, Export)";
const AS_ANOTHER: &str = "export its products as a Google Merchant Center feed or with a \
                          converter as a Shopify product CSV";

/// Files that are often taken for product files, the more special ones first.
const OTHERS: [Other; 15] = [
    Other {
        columns: &["name", "financial status", "lineitem name"],
        what: "Shopify's export of orders",
        advice: PRODUCTS_OF_SHOPIFY,
    },
    Other {
        columns: &["first name", "last name", "email"],
        what: "an export of customers",
        advice: "export the products instead",
    },
    Other {
        columns: &["handle", "location", "on hand"],
        what: "Shopify's export of stock levels",
        advice: PRODUCTS_OF_SHOPIFY,
    },
    Other {
        columns: &["identification", "field", "locale", "translated content"],
        what: "Shopify's export of translations",
        advice: "put it beside the product file as FILE.LANGUAGE.csv",
    },
    Other {
        columns: &["redirect from", "redirect to"],
        what: "a list of redirects",
        advice: "put it beside the product file as redirects.csv",
    },
    Other {
        columns: &["product page", "product url", "hosted image urls"],
        what: "Squarespace's export of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["handleid", "fieldtype", "productimageurl"],
        what: "Wix's export of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["item type", "product name", "product code/sku"],
        what: "BigCommerce's export of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["sku", "attribute_set_code", "product_type"],
        what: "Magento's export of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["active (0/1)", "name *"],
        what: "PrestaShop's file of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["token", "item name", "variation name"],
        what: "Square's export of items",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["title", "currency_code", "materials", "image1"],
        what: "Etsy's export of listings",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["item-name", "seller-sku", "asin1"],
        what: "Amazon's report of listings",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["item_sku", "item_name", "feed_product_type"],
        what: "Amazon's template of products",
        advice: AS_ANOTHER,
    },
    Other {
        columns: &["post_title", "post_name", "post_status"],
        what: "a file of a WordPress plugin",
        advice: "export with WooCommerce itself (Products, Export)",
    },
];

/// The dialect of a header.
///
/// # Errors
/// With what the file looks like and what to do, when it is none that is read.
pub(super) fn detect(header: &[String]) -> Result<Dialect, Broken> {
    let names: Vec<String> = header.iter().map(|name| fields::plain(name)).collect();
    let has = |column: &&str| names.iter().any(|name| name == column);
    if let Some(other) = OTHERS.iter().find(|other| other.columns.iter().all(&has)) {
        let (what, advice) = (other.what, other.advice);
        return Err(unknown(format!(
            "the file looks like {what}, which is not read here; {advice}"
        )));
    }
    let fits = [
        shopify(header),
        woocommerce::fit(header),
        medusa::fit(header),
        vendure::fit(header),
        google::fit(header),
    ];
    // The last of equals is taken by `max_by_key`, and Shopify's words are the most common.
    let best = fits.iter().rev().max_by_key(|fit| (fit.own, fit.known));
    let best = best.expect("there are five");
    let named = names.iter().filter(|name| !name.is_empty()).count();
    let mostly = best.known * 2 >= named;
    if best.own && (mostly || !best.lacks) {
        return Ok(best.dialect);
    }
    Err(unknown(nothing_known(header, best, named)))
}

fn shopify(header: &[String]) -> Fit {
    let (known, own) = columns::recognised(header);
    Fit {
        dialect: Dialect::Classic,
        known,
        // A file with nothing but a title and a price is taken for Shopify's.
        own: own || known >= 2,
        lacks: Columns::lack(header),
    }
}

fn nothing_known(header: &[String], best: &Fit, named: usize) -> String {
    let some: Vec<String> = header
        .iter()
        .take(6)
        .map(|name| format!("'{name}'"))
        .collect();
    let some = quoted(&some.join(", "));
    match best.known {
        0 => format!("the header ({some}) is that of no product file. {READ}"),
        known => format!(
            "the header ({some}) is that of no product file that is read: nearest is the {}, \
             which has {known} of its {named} columns. {READ}",
            best.dialect.name()
        ),
    }
}

fn unknown(reason: String) -> Broken {
    let place = Place {
        line: Some(1),
        ..Place::file(Source::Products)
    };
    (place, Reason::UnknownDialect(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect()
    }

    #[test]
    fn headers_are_told_from_each_other_as_a_whole() {
        let cases = [
            ("Handle,Title,Variant Price", Dialect::Classic),
            ("Title,URL handle,Description,SKU,Price", Dialect::Classic),
            (
                "ID,Type,SKU,Name,Published,Regular price,Categories",
                Dialect::WooCommerce,
            ),
            (
                "ID,Typ,Artikelnummer,Name,Regulärer Preis,Beschreibung",
                Dialect::WooCommerce,
            ),
            (
                "ID,Type,UGS,Nom,Publié,Description,Tarif régulier,Stock",
                Dialect::WooCommerce,
            ),
            (
                "ID,类型,SKU,名称,已发布,描述,常规售价,库存",
                Dialect::WooCommerce,
            ),
            (
                "Product Handle,Product Title,Product Description,Variant SKU,Variant Price USD,\
                 Variant Option 1 Name,Variant Option 1 Value",
                Dialect::Medusa2,
            ),
            (
                "Product Handle,Product Title,Product Description,Variant SKU,Price USD,\
                 Option 1 Name,Option 1 Value,Image 1 Url",
                Dialect::Medusa1,
            ),
            (
                "name,slug,description,assets,facets,optionGroups,optionValues,sku,price",
                Dialect::Vendure,
            ),
            (
                "name:en,name:de,slug:en,description:en,price,sku,optionValues:en",
                Dialect::Vendure,
            ),
            (
                "id,title,description,link,image_link,availability,price,brand,gtin",
                Dialect::Google,
            ),
            (
                "ID,Title,Description,Link,Image link,Availability,Price",
                Dialect::Google,
            ),
        ];
        for (names, dialect) in cases {
            assert_eq!(detect(&header(names)), Ok(dialect), "{names}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_told_what_it_looks_like() {
        let reason = |names: &str| match detect(&header(names)) {
            Err((_, Reason::UnknownDialect(reason))) => reason,
            other => panic!("{names}: {other:?}"),
        };
        let orders = reason("Name,Email,Financial Status,Paid at,Lineitem name,Lineitem price");
        assert!(orders.contains("export of orders"), "{orders}");
        let wix = reason("handleId,fieldType,name,description,productImageUrl,sku,price");
        assert!(wix.contains("Wix"), "{wix}");
        let people = reason("Name,Street,Town");
        assert!(people.contains("'Name', 'Street', 'Town'"), "{people}");
        let near = reason("Title,Author,ISBN,Pages,Price,Shelf,Bought at");
        assert!(near.contains("2 of its 7 columns"), "{near}");
    }

    #[test]
    fn the_columns_of_other_files_are_written_as_they_are_compared() {
        for other in &OTHERS {
            for column in other.columns {
                assert_eq!(fields::plain(column), *column);
            }
        }
    }
}

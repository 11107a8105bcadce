//! A catalogue that is written as files of Shopify and read again is the same catalogue.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::*;
use souk_catalogue::{Media, MediaRendition};
use souk_domain::{Currency, LanguageCode};
use souk_import::{Export, Files, ImportErrors, ImportOptions, Imported, PictureError, import};

/// The further languages of the shop.
fn languages() -> Vec<LanguageCode> {
    ["de", "pt-br", "zh"]
        .map(|code| LanguageCode::parse(code).unwrap())
        .to_vec()
}

/// A strict import: what is generated has no fault.
fn options(currency: &str) -> ImportOptions {
    ImportOptions {
        currency: Currency::parse(currency).unwrap(),
        default_quantity: 3,
        strict: true,
        languages: languages(),
        ..ImportOptions::default()
    }
}

/// Local pictures keep their path in their address.
fn drawn(path: &str) -> Result<Media, PictureError> {
    Ok(Media {
        width: 800,
        height: 600,
        renditions: vec![MediaRendition {
            width: 800,
            url: format!("/media/{path}"),
        }],
        ..Media::default()
    })
}

/// The files of an export.
struct Written {
    products: Vec<u8>,
    /// A file for each of [`languages`].
    translations: Vec<Vec<u8>>,
    collections: Vec<u8>,
    redirects: Vec<u8>,
}

fn write(imported: &Imported) -> Written {
    let stock = imported.stock.iter();
    let stock: HashMap<_, _> = stock
        .map(|line| (line.sku.as_str(), line.quantity))
        .collect();
    let languages = languages();
    let export = Export {
        catalogue: &imported.catalogue,
        languages: &languages,
        quantity: &|sku| stock.get(sku).copied(),
        picture: &|media| media.renditions[0].url.replace("/media/", ""),
    };
    let mut written = Written {
        products: Vec::new(),
        translations: Vec::new(),
        collections: Vec::new(),
        redirects: Vec::new(),
    };
    export.products(&mut written.products).unwrap();
    for &language in &languages {
        let mut file = Vec::new();
        export.translations(language, &mut file).unwrap();
        written.translations.push(file);
    }
    export.collections(&mut written.collections).unwrap();
    export.redirects(&mut written.redirects).unwrap();
    written
}

fn read_again(written: &Written, options: ImportOptions) -> Imported {
    let mut products = &*written.products;
    let mut translations: Vec<&[u8]> = written.translations.iter().map(Vec::as_slice).collect();
    let (mut collections, mut redirects) = (&*written.collections, &*written.redirects);
    let files = Files {
        products: &mut products,
        translations: translations.iter_mut().map(|file| file as _).collect(),
        collections: Some(&mut collections),
        redirects: Some(&mut redirects),
    };
    import(files, options, &mut drawn)
        .unwrap_or_else(|errors| panic!("{errors}\n{}", String::from_utf8_lossy(&written.products)))
}

/// Reads a file with the files beside it.
fn read(file: &[u8], beside: Option<[&[u8]; 3]>, currency: &str) -> Result<Imported, ImportErrors> {
    let mut file = file;
    let [mut translations, mut collections, mut redirects] = beside.unwrap_or_default();
    let files = match beside {
        None => Files::products(&mut file),
        Some(_) => Files {
            products: &mut file,
            translations: vec![&mut translations],
            collections: Some(&mut collections),
            redirects: Some(&mut redirects),
        },
    };
    import(files, options(currency), &mut drawn)
}

fn check(imported: &Imported, currency: &str) {
    check_with(imported, options(currency));
}

fn check_with(imported: &Imported, options: ImportOptions) {
    let written = write(imported);
    let again = read_again(&written, options);
    assert_eq!(again.catalogue, imported.catalogue);
    let stock = |imported: &Imported| -> Vec<_> {
        let lines = imported.stock.iter();
        lines
            .map(|line| (line.sku.clone(), line.quantity, line.backorder))
            .collect()
    };
    assert_eq!(stock(&again), stock(imported));
    assert_eq!(write(&again).products, written.products);
    assert_eq!(write(&again).translations, written.translations);
}

#[test]
fn every_dialect_exported_as_shopify_is_the_same_catalogue() {
    let files: [(&[u8], &str); 10] = [
        (include_bytes!("fixtures/classic.csv"), "USD"),
        (include_bytes!("fixtures/current.csv"), "USD"),
        (include_bytes!("fixtures/woocommerce.csv"), "USD"),
        (include_bytes!("fixtures/woocommerce-de.csv"), "EUR"),
        (include_bytes!("fixtures/woocommerce-fr.csv"), "EUR"),
        (include_bytes!("fixtures/woocommerce-zh.csv"), "CNY"),
        (include_bytes!("fixtures/medusa1.csv"), "USD"),
        (include_bytes!("fixtures/medusa2.csv"), "EUR"),
        (include_bytes!("fixtures/vendure.csv"), "JPY"),
        (include_bytes!("fixtures/google.tsv"), "USD"),
    ];
    for (file, currency) in files {
        // Yen have no decimals.
        let text = String::from_utf8_lossy(file).replace("74.89", "74");
        let file = if currency == "JPY" {
            text.as_bytes()
        } else {
            file
        };
        check(&read(file, None, currency).unwrap(), currency);
    }
}

#[test]
fn translations_collections_and_redirects_come_back() {
    let redirects = "Redirect from,Redirect to\n/old%3Fpage,/products/copper-kettle?x=1#y\n\
                     /100%25,https://elsewhere.example/茶\n";
    let beside: [&[u8]; 3] = [
        include_bytes!("fixtures/translations.csv"),
        include_bytes!("fixtures/collections.csv"),
        redirects.as_bytes(),
    ];
    let imported = read(include_bytes!("fixtures/current.csv"), Some(beside), "USD").unwrap();
    assert_eq!(imported.catalogue.redirects.len(), 2);
    assert!(
        imported.catalogue.products[0]
            .title
            .translation(3)
            .is_some()
    );
    check(&imported, "USD");
}

#[test]
fn every_language_of_the_shop_has_a_file_of_its_own() {
    let file = "name,name:zh_Hans,name:pt_BR,name:de,optionGroups,optionGroups:de,optionValues,\
                optionValues:de,sku,price\n\
                Lamp,灯,Luminária,Lampe,Size,Größe,Small,Klein,L-S,1\n\
                ,,,,,,Large,Groß,L-L,2\n";
    let own = souk_import::languages_of(&mut file.as_bytes());
    assert_eq!(own, languages());
    let imported = read(file.as_bytes(), None, "USD").unwrap();
    let lamp = &imported.catalogue.products[0];
    let titles = [1, 2, 3].map(|place| lamp.title.translation(place));
    assert_eq!(titles, [Some("Lampe"), Some("Luminária"), Some("灯")]);
    let locales = ["de", "pt-br", "zh-CN"];
    for (written, locale) in write(&imported).translations.iter().zip(locales) {
        let mut rows = csv::Reader::from_reader(written.as_slice());
        let rows: Vec<_> = rows
            .records()
            .map(|row| row.unwrap()[3].to_owned())
            .collect();
        assert!(
            !rows.is_empty() && rows.iter().all(|own| own == locale),
            "{rows:?}"
        );
    }
    check(&imported, "USD");
}

/// One SKU of several variants: of one product, of several, with and without a price in common.
const REPEATED: &[u8] = b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,\
    Variant Inventory Qty\n\
    mug,Mug,Color,Red,M,1,4\nmug,,,Blue,M,1,5\ncup,Cup,Color,Red,M,1,6\n\
    jar,Jar,,,J,2,7\npot,Pot,,,J,2,8\npan,Pan,,,,3,9\n";

#[test]
fn the_sku_of_the_merchant_is_written_and_variants_keep_their_identity() {
    let imported = read(REPEATED, None, "USD").unwrap();
    let products = String::from_utf8(write(&imported).products).unwrap();
    assert!(!products.contains("M:mug"), "{products}");
    check(&imported, "USD");
    let shared = ImportOptions {
        shared_skus: true,
        ..options("USD")
    };
    let mut file = REPEATED;
    let imported = import(Files::products(&mut file), shared.clone(), &mut drawn).unwrap();
    assert_eq!(imported.catalogue.shared_skus.len(), 1);
    check_with(&imported, shared);
}

/// A text as merchants write it: with what means something in CSV, in HTML and in lists.
fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[A-Za-z0-9茶é\"'<>&;,:|/ \\\\=%+.!-]{0,14}").unwrap()
}

fn title() -> impl Strategy<Value = String> {
    (text(), "[A-Za-z茶é]{1,6}").prop_map(|(text, word)| format!("{word}{text}"))
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\n", cells.join(","))
}

/// One product of any dialect: title, description, kind, tag, option values, prices, stock.
type Generated = (String, String, String, String, Vec<(String, u32, i16)>);

fn products() -> impl Strategy<Value = Vec<Generated>> {
    let variants = proptest::collection::vec((title(), 0_u32..1_000_000, -5_i16..50), 1..4);
    let product = (title(), text(), title(), text(), variants);
    proptest::collection::vec(product, 1..5)
}

/// Option values that are not the same after blanks are collapsed.
fn distinct(variants: &[(String, u32, i16)]) -> Vec<&(String, u32, i16)> {
    let mut seen: Vec<String> = Vec::new();
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut kept = Vec::new();
    for variant in variants {
        let value = plain(&variant.0)
            .replace(['|', ',', '\\'], "")
            .to_lowercase();
        if !seen.contains(&value) {
            seen.push(value);
            kept.push(variant);
        }
    }
    kept
}

fn price(minor: u32) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn shopify(products: &[Generated]) -> String {
    let mut file = row(&[
        "Handle",
        "Title",
        "Body (HTML)",
        "Type",
        "Tags",
        "Option1 Name",
        "Option1 Value",
        "Variant SKU",
        "Variant Price",
        "Variant Inventory Qty",
        "Image Src",
        "Image Alt Text",
        "SEO Title",
    ]);
    for (number, (title, body, kind, tag, variants)) in products.iter().enumerate() {
        let handle = format!("p-{number}");
        for (place, (value, minor, units)) in distinct(variants).into_iter().enumerate() {
            let (sku, units) = (format!("S-{number}-{place}"), units.to_string());
            let image = format!("https://cdn.shopify.com/s/files/{number}-{place}.jpg?v=1&width=9");
            let first = place == 0;
            let own = |text: &'static str| if first { text } else { "" };
            let of = |text: &str| {
                if first {
                    text.to_owned()
                } else {
                    String::new()
                }
            };
            file.push_str(&row(&[
                &handle,
                &of(title),
                &of(body),
                &of(kind),
                &of(tag),
                own("Size"),
                value,
                &sku,
                &price(*minor),
                &units,
                &image,
                body,
                &of(tag),
            ]));
        }
    }
    file
}

fn woocommerce(products: &[Generated]) -> String {
    let mut file = row(&[
        "ID",
        "Type",
        "SKU",
        "Name",
        "Short description",
        "Description",
        "Regular price",
        "Sale price",
        "Stock",
        "In stock?",
        "Categories",
        "Tags",
        "Images",
        "Parent",
        "Attribute 1 name",
        "Attribute 1 value(s)",
    ]);
    let escaped = |text: &str| text.replace(',', "\\,");
    let mut parents = String::new();
    for (number, (title, body, kind, tag, variants)) in products.iter().enumerate() {
        let id = (1000 + number).to_string();
        let values: Vec<String> = variants
            .iter()
            .map(|(value, _, _)| escaped(value))
            .collect();
        parents.push_str(&row(&[
            &id,
            "variable",
            "",
            title,
            tag,
            body,
            "",
            "",
            "",
            "1",
            kind,
            tag,
            "",
            "",
            "Size",
            &values.join(", "),
        ]));
        for (place, (value, minor, units)) in distinct(variants).into_iter().enumerate() {
            let (sku, units) = (format!("S-{number}-{place}"), units.to_string());
            let (parent, regular) = (format!("id:{id}"), price(minor + 100));
            file.push_str(&row(&[
                &format!("{number}{place}"),
                "variation",
                &sku,
                title,
                "",
                "",
                &regular,
                &price(*minor),
                &units,
                "1",
                "",
                "",
                "https://pictures.example/a.jpg",
                &parent,
                "Size",
                &escaped(value),
            ]));
        }
    }
    file + &parents
}

fn medusa(products: &[Generated]) -> String {
    let mut file = row(&[
        "Product Handle",
        "Product Title",
        "Product Subtitle",
        "Product Description",
        "Product Status",
        "Product Tag 1",
        "Variant SKU",
        "Variant Manage Inventory",
        "Variant Price USD",
        "Variant Option 1 Name",
        "Variant Option 1 Value",
        "Product Image 1 Url",
    ]);
    for (number, (title, body, kind, tag, variants)) in products.iter().enumerate() {
        for (place, (value, minor, units)) in distinct(variants).into_iter().enumerate() {
            let counted = if *units < 0 { "false" } else { "true" };
            file.push_str(&row(&[
                &format!("p-{number}"),
                title,
                kind,
                body,
                "published",
                tag,
                &format!("S-{number}-{place}"),
                counted,
                &price(*minor),
                "Size",
                value,
                "https://pictures.example/a.jpg",
            ]));
        }
    }
    file
}

fn vendure(products: &[Generated]) -> String {
    let mut file = row(&[
        "name",
        "name:zh",
        "description",
        "description:zh",
        "facets",
        "optionGroups",
        "optionGroups:zh",
        "optionValues",
        "optionValues:zh",
        "sku",
        "price",
        "stockOnHand",
    ]);
    let one = |text: &str| text.replace('|', "");
    for (number, (title, body, kind, tag, variants)) in products.iter().enumerate() {
        let facets = format!("category:{}|use:{}", one(kind), one(tag));
        for (place, (value, minor, units)) in distinct(variants).into_iter().enumerate() {
            let (value, zh) = (one(value), one(tag));
            let (sku, units) = (format!("S-{number}-{place}"), units.to_string());
            let minor = price(*minor);
            let name = format!("{title} {number}");
            let further = [
                "", "", "", "", "", "", "", &value, &zh, &sku, &minor, &units,
            ];
            let first = [
                &name, kind, body, tag, &facets, "Size", &zh, &value, &zh, &sku, &minor, &units,
            ];
            file.push_str(&row(if place == 0 { &first } else { &further }));
        }
    }
    file
}

fn google(products: &[Generated]) -> String {
    let mut rows = Vec::new();
    for (number, (title, body, kind, tag, variants)) in products.iter().enumerate() {
        for (place, (value, minor, units)) in distinct(variants).into_iter().enumerate() {
            let stock = if *units < 10 {
                "out_of_stock"
            } else {
                "in_stock"
            };
            rows.push(row(&[
                &format!("S-{number}-{place}"),
                title,
                body,
                &format!("g{number}"),
                value,
                kind,
                tag,
                &format!("{} USD", price(*minor)),
                stock,
                "https://pictures.example/a.jpg",
            ]));
        }
    }
    // The rows of a product stand apart.
    rows.sort_by_key(|row| row.len() % 7);
    let header = row(&[
        "id",
        "title",
        "description",
        "item_group_id",
        "color",
        "product_type",
        "brand",
        "price",
        "availability",
        "image_link",
    ]);
    header + &rows.concat()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn generated_catalogues_of_every_dialect_come_back(products in products()) {
        let dialects: [fn(&[Generated]) -> String; 5] =
            [shopify, woocommerce, medusa, vendure, google];
        for dialect in dialects {
            let file = dialect(&products);
            match read(file.as_bytes(), None, "USD") {
                Ok(imported) => {
                    prop_assert_eq!(imported.catalogue.products.len(), products.len(), "{}", file);
                    check(&imported, "USD");
                }
                Err(errors) => panic!("{errors}\n{file}"),
            }
        }
    }
}

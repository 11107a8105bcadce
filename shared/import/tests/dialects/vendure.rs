//! Vendure's product import.

use souk_import::{Dialect, Note, Reason};

use crate::support::{notes, options, pictures, product, read, reasons, stock, variants, zh};

const FILE: &[u8] = include_bytes!("../fixtures/vendure.csv");

#[test]
fn rows_without_a_name_are_further_variants() {
    let imported = read(FILE);
    assert_eq!(imported.report.dialect, Dialect::Vendure);
    let laptop = product(&imported, "laptop");
    assert_eq!(options(laptop), ["screen size", "RAM"]);
    assert_eq!(
        variants(laptop),
        [
            ("L-13-8", "13 inch/8GB".into(), 129_900, None, 0),
            ("L-15-8", "15 inch/8GB".into(), 139_900, None, 0),
        ]
    );
    assert_eq!(
        pictures(laptop),
        [
            "https://pictures.example/laptop-1.jpg",
            "https://pictures.example/laptop-2.jpg",
            "https://pictures.example/laptop-15.jpg",
        ]
    );
    assert_eq!(laptop.variants[1].media, Some(2));
    assert_eq!(
        stock(&imported),
        [
            ("L-13-8", 100, false),
            ("L-15-8", 0, true),
            ("KEY-1", 5, false)
        ]
    );
    assert_eq!(
        product(&imported, "clacky-keyboard").collections,
        ["computers", "sale"]
    );
}

#[test]
fn facets_become_vendor_collections_and_tags() {
    let imported = read(FILE);
    let laptop = product(&imported, "laptop");
    assert_eq!(laptop.vendor, "Nordlicht");
    assert_eq!(laptop.collections, ["computers"]);
    assert_eq!(laptop.tags, ["use:office", "condition:new", "size:large"]);
}

#[test]
fn columns_of_other_languages_are_translations() {
    let imported = read(FILE);
    let laptop = product(&imported, "laptop");
    assert_eq!(zh(&laptop.title), Some("笔记本电脑"));
    assert_eq!(zh(&laptop.description_html), Some("<p>快速的笔记本。</p>"));
    assert_eq!(zh(&laptop.options[0].name), Some("屏幕尺寸"));
    assert_eq!(zh(&laptop.variants[1].option_values[0]), Some("15英寸"));
    assert_eq!(
        zh(&product(&imported, "clacky-keyboard").title),
        Some("键盘")
    );
    let report = &imported.report;
    assert_eq!(
        report.ignored_columns,
        ["facets:zh", "taxCategory", "product:shelf"]
    );
    assert!(
        report.unknown_columns.is_empty(),
        "{:?}",
        report.unknown_columns
    );
}

#[test]
fn a_translation_of_one_product_is_not_one_of_another() {
    let file = "name,name:zh,optionGroups,optionGroups:zh,optionValues,optionValues:zh,sku,price\n\
                A,甲,size,尺寸,small,小,A1,1\n\
                B,乙,size,,small,,B1,1\n\
                C,丙,size,大小,small,小号,C1,1\n";
    let imported = read(file.as_bytes());
    let products = imported.catalogue.products.iter();
    let names: Vec<_> = products
        .map(|product| zh(&product.options[0].name))
        .collect();
    assert_eq!(names, [Some("尺寸"), None, Some("大小")]);
    let differs = |(_, _, note): &(_, _, &Note)| **note == Note::TranslationDiffers;
    assert!(!notes(&imported).iter().any(differs));
}

#[test]
fn a_variant_without_a_product_is_an_error() {
    let file = b"name,slug,optionGroups,optionValues,sku,price\n,,,,A,1\nLamp,lamp,,,B,1\n";
    assert_eq!(
        reasons(file, "USD"),
        [(Some(2), "name".to_owned(), Reason::Empty)]
    );
}

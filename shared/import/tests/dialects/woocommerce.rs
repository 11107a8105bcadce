//! WooCommerce's product CSV in its languages.

use souk_import::{Dialect, Note, Reason};

use crate::support::{notes, options, pictures, product, read, read_in, reasons, stock, variants};

const ENGLISH: &[u8] = include_bytes!("../fixtures/woocommerce.csv");
const GERMAN: &[u8] = include_bytes!("../fixtures/woocommerce-de.csv");
const FRENCH: &[u8] = include_bytes!("../fixtures/woocommerce-fr.csv");
const CHINESE: &[u8] = include_bytes!("../fixtures/woocommerce-zh.csv");

#[test]
fn variations_find_their_product_wherever_they_stand() {
    let imported = read(ENGLISH);
    assert_eq!(imported.report.dialect, Dialect::WooCommerce);
    let slugs: Vec<_> = imported
        .catalogue
        .products
        .iter()
        .map(|p| p.slug.as_str())
        .collect();
    assert_eq!(slugs, ["reading-lamp", "wool-tee", "reading-lamp-2"]);
    let tee = product(&imported, "wool-tee");
    assert_eq!(options(tee), ["Color", "Size"]);
    assert_eq!(
        variants(tee),
        [
            ("TEE-RED-S", "Red/S".into(), 2400, None, 200),
            ("TEE-RED-M", "Red/M".into(), 1950, Some(2400), 200),
            ("TEE-BLUE:wool-tee:blue:s", "Blue/S".into(), 2400, None, 250),
            ("TEE-BLUE:wool-tee:blue:m", "Blue/M".into(), 2400, None, 250),
        ]
    );
    assert_eq!(
        pictures(tee),
        [
            "https://pictures.example/tee.jpg",
            "https://pictures.example/tee-red.jpg"
        ]
    );
    let shown: Vec<_> = tee.variants.iter().map(|variant| variant.media).collect();
    assert_eq!(shown, [None, Some(1), None, None]);
    assert_eq!(tee.variants[1].barcode.as_deref(), Some("4006381333931"));
}

#[test]
fn variants_of_one_variation_keep_the_sku_that_the_merchant_wrote() {
    let imported = read(ENGLISH);
    let variants = product(&imported, "wool-tee").variants.iter();
    let shown: Vec<_> = variants.map(|variant| variant.shown_sku()).collect();
    assert_eq!(shown, ["TEE-RED-S", "TEE-RED-M", "TEE-BLUE", "TEE-BLUE"]);
}

#[test]
fn a_simple_product_has_its_texts_categories_and_facts() {
    let imported = read(ENGLISH);
    let lamp = product(&imported, "reading-lamp");
    assert_eq!(
        lamp.description_html.base,
        "Small &amp; bright.\n<p>First line</p>\n<p>Second <b>line</b></p>\n\
         <ul><li>Material: Steel, brushed, Oak</li></ul>"
    );
    assert_eq!(lamp.vendor, "Nordlicht");
    assert_eq!(lamp.tags, ["table", "Warm white"]);
    assert_eq!(lamp.collections, ["lighting", "home", "sale"]);
    assert_eq!(
        variants(lamp),
        [("LAMP-1", String::new(), 3900, None, 1250)]
    );
    assert!(product(&imported, "reading-lamp-2").collections.is_empty());
}

#[test]
fn stock_is_what_woocommerce_counts_and_is_never_sold_twice() {
    let imported = read(ENGLISH);
    assert_eq!(
        stock(&imported),
        [
            ("LAMP-1", 7, false),
            ("TEE-RED-S", 0, false),
            ("TEE-RED-M", 4, false),
            ("TEE-BLUE:wool-tee:blue:s", 3, false),
            ("TEE-BLUE:wool-tee:blue:m", 2, false),
            ("LAMP-2", 0, true),
        ]
    );
}

#[test]
fn what_is_left_out_is_named() {
    let imported = read(ENGLISH);
    let skipped = imported.report.skipped;
    assert_eq!(
        (skipped.draft, skipped.unlisted, skipped.other_kinds),
        (1, 1, 1)
    );
    let notes = notes(&imported);
    let expected = [
        (Some(5), "Type", &Note::KindLeftOut("external".into())),
        (Some(11), "Parent", &Note::NoParent("id:999".into())),
        (Some(12), "", &Note::VariationOff),
        (
            Some(9),
            "",
            &Note::AnyValue {
                option: "Size".into(),
                count: 2,
            },
        ),
        (Some(9), "", &Note::SharedStock(2)),
        (
            Some(9),
            "SKU",
            &Note::SkuRepeated {
                variants: 2,
                products: "wool-tee".into(),
            },
        ),
        (Some(6), "Sale price", &Note::SaleForDays),
        (
            Some(6),
            "Name",
            &Note::AddressTaken("reading-lamp-2".into()),
        ),
    ];
    for note in &expected {
        assert!(notes.contains(note), "{note:?} in {notes:#?}");
    }
    assert_eq!(notes.len(), expected.len(), "{notes:#?}");
}

#[test]
fn every_column_is_accounted_for() {
    let imported = read(ENGLISH);
    let report = imported.report;
    assert!(
        report.unknown_columns.is_empty(),
        "{:?}",
        report.unknown_columns
    );
    let becomes = |name: &str| {
        let found = report.columns.iter().find(|meaning| meaning.column == name);
        found.map(|meaning| meaning.becomes.as_str())
    };
    assert_eq!(becomes("Sale price"), Some("price"));
    assert_eq!(
        becomes("Regular price"),
        Some("price; price that is struck through")
    );
    assert!(
        report
            .ignored_columns
            .iter()
            .any(|name| name == "Meta: _supplier")
    );
    assert!(
        report
            .ignored_columns
            .iter()
            .any(|name| name == "Is featured?")
    );
}

#[test]
fn headers_of_other_languages_are_read() {
    let german = read_in(GERMAN, "EUR").unwrap();
    let cup = product(&german, "große-tasse");
    assert_eq!(
        variants(cup),
        [
            ("TASSE-B", "Blau".into(), 1250, None, 350),
            ("TASSE-W", "Weiß".into(), 990, Some(1250), 360),
        ]
    );
    assert_eq!(
        stock(&german),
        [("TASSE-B", 3, false), ("TASSE-W", 5, true)]
    );
    assert_eq!(
        (cup.vendor.as_str(), options(cup)),
        ("Töpferei", vec!["Farbe"])
    );

    let french = read_in(FRENCH, "EUR").unwrap();
    let bowl = product(&french, "bol-bleu");
    assert_eq!(
        variants(bowl),
        [("BOL-1", String::new(), 800, Some(1000), 400)]
    );
    assert_eq!(
        bowl.description_html.base,
        "Un bol.\n<ul><li>Matière: Grès</li></ul>"
    );

    let chinese = read_in(CHINESE, "CNY").unwrap();
    let tea = product(&chinese, "茉莉花茶");
    assert_eq!(variants(tea), [("CHA-1", String::new(), 6800, None, 100)]);
    assert_eq!(
        (tea.tags.as_slice(), tea.collections.as_slice()),
        (&["绿茶".to_owned()][..], &["茶".to_owned()][..],)
    );
    for imported in [german, french, chinese] {
        let unknown = imported.report.unknown_columns;
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[test]
fn an_error_names_the_line_and_the_column_of_the_file() {
    let file = b"ID,Type,SKU,Name,Regular price,Sale price,Stock,Parent,Attribute 1 name,\
                 Attribute 1 value(s)\n\
                 1,variable,P,Tee,,,,,Size,\"S, M\"\n\
                 2,simple,X,Lamp,free,,1,,,\n\
                 3,variation,A,,12.00,cheap,many,id:1,Size,S\n";
    let expected = [
        (
            Some(4),
            "Sale price".to_owned(),
            Reason::NotAmount("1299.00"),
        ),
        (Some(4), "Stock".to_owned(), Reason::NotWhole),
        (
            Some(3),
            "Regular price".to_owned(),
            Reason::NotAmount("1299.00"),
        ),
    ];
    assert_eq!(reasons(file, "USD"), expected);
}

#[test]
fn more_than_three_attributes_are_joined() {
    let file = b"ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),\
                 Attribute 2 name,Attribute 2 value(s),Attribute 3 name,Attribute 3 value(s),\
                 Attribute 4 name,Attribute 4 value(s)\n\
                 1,variable,P,Sofa,,,Color,Red,Size,L,Legs,Oak,Side,\"Left, Right\"\n\
                 2,variation,A,,1,id:1,Color,Red,Size,L,Legs,Oak,Side,Left\n\
                 3,variation,B,,1,id:1,Color,Red,Size,L,Legs,Oak,Side,Right\n";
    let imported = read(file);
    let sofa = product(&imported, "sofa");
    assert_eq!(options(sofa), ["Color", "Size", "Legs / Side"]);
    assert_eq!(variants(sofa)[1].1, "Red/L/Oak / Right");
}

#[test]
fn the_stock_of_a_product_is_divided_among_its_variations() {
    let file = b"ID,Type,SKU,Name,Regular price,In stock?,Stock,Parent,Attribute 1 name,\
                 Attribute 1 value(s)\n\
                 1,variable,P,Tee,,1,7,,Size,\"S, M, L\"\n\
                 2,variation,A,,1,1,parent,id:1,Size,S\n\
                 3,variation,B,,1,1,parent,id:1,Size,M\n\
                 4,variation,C,,1,1,9,id:1,Size,L\n";
    assert_eq!(
        stock(&read(file)),
        [("A", 4, false), ("B", 3, false), ("C", 9, false)]
    );
}

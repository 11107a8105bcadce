//! What the rows of real files mean, rule by rule.

#![allow(clippy::unwrap_used)]

use souk_catalogue::{Media, MediaRendition, Product};
use souk_domain::Currency;
use souk_import::{
    Dialect, Files, ImportErrors, ImportOptions, Imported, NoPictures, Note, PictureError, Reason,
    Source, import,
};

const CLASSIC: &[u8] = include_bytes!("fixtures/classic.csv");
const CURRENT: &[u8] = include_bytes!("fixtures/current.csv");
const TRANSLATIONS: &[u8] = include_bytes!("fixtures/translations.csv");
const COLLECTIONS: &[u8] = include_bytes!("fixtures/collections.csv");

const OPTIONS: ImportOptions = ImportOptions {
    currency: Currency::USD,
    default_quantity: 5,
};

fn drawn(path: &str) -> Result<Media, PictureError> {
    if !path.ends_with(".svg") {
        return Err(PictureError(format!("there is no {path}")));
    }
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

fn read(mut products: &[u8]) -> Result<Imported, ImportErrors> {
    import(Files::products(&mut products), OPTIONS, &mut drawn)
}

/// Rows of the classic dialect, in few columns.
fn read_rows(rows: &str) -> Result<Imported, ImportErrors> {
    let header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,\
                  Variant Compare At Price,Variant Inventory Qty,Image Src,Image Position,Status\n";
    read(format!("{header}{rows}").as_bytes())
}

fn reasons(result: Result<Imported, ImportErrors>) -> Vec<(Option<u64>, String, Reason)> {
    let errors = result.expect_err("the import is refused").errors;
    let flat = errors.into_iter().map(|error| {
        let place = error.place;
        (place.line, place.column.unwrap_or_default(), error.reason)
    });
    flat.collect()
}

fn product<'a>(imported: &'a Imported, slug: &str) -> &'a Product {
    let mut products = imported.catalogue.products.iter();
    products.find(|product| product.slug == slug).expect(slug)
}

#[test]
fn a_classic_export_with_mark_and_crlf_is_read() {
    assert!(CLASSIC.starts_with("\u{feff}".as_bytes()));
    assert!(CLASSIC.windows(2).any(|pair| pair == b"\r\n"));
    let imported = read(CLASSIC).unwrap();
    let report = &imported.report;
    assert_eq!(report.dialect, Dialect::Classic);
    assert_eq!((report.products, report.variants), (2, 4));
    let skipped = report.skipped;
    assert_eq!(
        (skipped.draft, skipped.unpublished, skipped.gift_cards),
        (1, 1, 1)
    );
    assert_eq!(skipped.total(), 3);
    assert_eq!((report.derived_skus, report.untracked), (1, 1));
    assert!(
        report.unknown_columns.is_empty(),
        "{:?}",
        report.unknown_columns
    );

    let shirt = product(&imported, "linen-shirt");
    assert_eq!(
        shirt.description_html.base,
        "<p>Washed linen, <b>cut wide</b>.</p>\n<p>Say \"hello\" to summer.</p>"
    );
    assert_eq!(shirt.tags, ["linen", "summer"]);
    assert_eq!(
        (shirt.vendor.as_str(), shirt.collections.as_slice()),
        ("Atelier Nord", &["shirts".to_owned()][..])
    );
    let names: Vec<_> = shirt
        .options
        .iter()
        .map(|option| option.name.base.as_str())
        .collect();
    assert_eq!(names, ["Color", "Size"]);
    let skus: Vec<_> = shirt
        .variants
        .iter()
        .map(|variant| variant.sku.as_str())
        .collect();
    assert_eq!(skus, ["LS-SAND-S", "LS-SAND-M", "linen-shirt:white:s"]);
    let prices: Vec<_> = shirt
        .variants
        .iter()
        .map(|v| (v.price_minor, v.compare_at_minor))
        .collect();
    assert_eq!(prices, [(8900, Some(12000)), (8900, None), (9250, None)]);
    assert!(shirt.variants.iter().all(|variant| variant.weight_g == 227));
    assert_eq!(shirt.seo.title.base, "Linen Shirt | Atelier Nord");
}

#[test]
fn pictures_stand_in_their_order_and_variants_find_theirs() {
    let imported = read(CLASSIC).unwrap();
    let shirt = product(&imported, "linen-shirt");
    let alts: Vec<_> = shirt
        .media
        .iter()
        .map(|media| media.alt.base.as_str())
        .collect();
    assert_eq!(alts, ["White shirt", "Sand shirt on a hanger", "", "Label"]);
    assert_eq!(
        shirt.media[2].renditions[0].url,
        "https://cdn.shopify.com/s/files/1/0533/2089/files/linen-detail.jpg?v=1712345680&width=320"
    );
    let of_variants: Vec<_> = shirt.variants.iter().map(|variant| variant.media).collect();
    assert_eq!(of_variants, [Some(1), Some(1), Some(0)]);
}

#[test]
fn stock_is_never_negative_and_untracked_stock_never_ends() {
    let imported = read(CLASSIC).unwrap();
    let stock: Vec<_> = imported
        .stock
        .iter()
        .map(|line| (line.sku.as_str(), line.quantity, line.backorder))
        .collect();
    assert_eq!(
        stock,
        [
            ("LS-SAND-S", 12, false),
            ("LS-SAND-M", 0, false),
            ("linen-shirt:white:s", 0, true),
            ("000123", 0, true),
        ]
    );
    let notes: Vec<_> = imported
        .report
        .warnings
        .iter()
        .map(|w| (w.place.line, &w.note))
        .collect();
    assert_eq!(
        notes,
        [
            (Some(5), &Note::CompareAtNotAbove),
            (Some(5), &Note::NegativeQuantity),
            (Some(6), &Note::Upgraded),
        ]
    );
}

#[test]
fn a_current_export_with_its_companions_is_read() {
    let (mut products, mut translations, mut collections) = (CURRENT, TRANSLATIONS, COLLECTIONS);
    let files = Files {
        products: &mut products,
        translations: Some(&mut translations),
        collections: Some(&mut collections),
        redirects: None,
    };
    let imported = import(files, OPTIONS, &mut drawn).unwrap();
    assert_eq!(imported.report.dialect, Dialect::Current);
    assert_eq!(imported.report.unknown_columns, ["Shelf"]);

    let tea = product(&imported, "jasmine-tea");
    assert_eq!(tea.title.zh.as_deref(), Some("茉莉花茶"));
    assert_eq!(
        tea.description_html.zh.as_deref(),
        Some("<p>七窨<em>绿茶</em></p>")
    );
    assert_eq!(tea.product_type.zh.as_deref(), Some("茶"));
    assert_eq!(tea.options[0].name.zh.as_deref(), Some("重量"));
    assert_eq!(tea.variants[0].option_values[1].zh.as_deref(), Some("散茶"));
    assert_eq!(tea.media[0].alt.zh.as_deref(), Some("一罐茉莉花茶"));
    assert_eq!(tea.collections, ["tea-coffee", "gifts"]);
    assert_eq!(tea.variants[1].media, Some(1));
    let quantities: Vec<_> = imported
        .stock
        .iter()
        .map(|line| (line.quantity, line.backorder))
        .collect();
    assert_eq!(quantities, [(40, false), (7, true), (5, false), (5, true)]);

    let kettle = product(&imported, "copper-kettle");
    assert!(kettle.options.is_empty() && kettle.variants[0].option_values.is_empty());
    assert_eq!(kettle.title.zh.as_deref(), Some("铜壶"));
    assert_eq!(kettle.seo.title.zh.as_deref(), Some("铜壶 | 手工"));
    assert_eq!(kettle.media[0].renditions.len(), 1);

    let shown: Vec<_> = imported
        .catalogue
        .collections
        .iter()
        .map(|c| c.slug.as_str())
        .collect();
    assert_eq!(shown, ["tea-coffee", "gifts", "kettles"]);
    let first = &imported.catalogue.collections[0];
    assert_eq!(first.title.zh.as_deref(), Some("茶与咖啡"));
    assert_eq!(first.description.base, "Leaves and beans");
    assert_eq!(first.description.zh.as_deref(), Some("全部 & 更多"));
    assert!(first.image.is_some());
    assert_eq!(
        imported.catalogue.collections[1].description.base,
        "Small & wrapped"
    );

    let notes: Vec<_> = imported
        .report
        .warnings
        .iter()
        .map(|w| (w.place.line, &w.note))
        .collect();
    assert!(
        notes.contains(&(Some(14), &Note::TranslationDiffers)),
        "{notes:?}"
    );
    assert!(
        notes.contains(&(Some(18), &Note::TranslationsUnmatched(1))),
        "{notes:?}"
    );
    souk_catalogue::build(&imported.catalogue, None).unwrap();
}

#[test]
fn a_bad_row_is_told_with_line_column_and_reason() {
    let amount = Reason::NotAmount("1299.00");
    let place = |line, column: &str, reason| vec![(Some(line), column.to_owned(), reason)];
    let name = |error| Reason::Name(error);
    let cases = [
        (
            "a,A,,,X,free,,1,,,",
            place(2, "Variant Price", amount.clone()),
        ),
        (
            "a,A,,,X,\"1,299.00\",,1,,,",
            place(2, "Variant Price", amount),
        ),
        ("a,A,,,X,,,1,,,", place(2, "Variant Price", Reason::Empty)),
        (
            "a,A,,,X,-1,,1,,,",
            place(2, "Variant Price", Reason::Negative),
        ),
        ("a,,,,X,1,,1,,,", place(2, "Title", Reason::Empty)),
        (",,,,X,1,,1,,,", place(2, "Handle", Reason::Empty)),
        (
            "a/b,A,,,X,1,,1,,,",
            place(2, "Handle", name(souk_domain::NameError::Character('/'))),
        ),
        (
            "..,A,,,X,1,,1,,,",
            place(2, "Handle", name(souk_domain::NameError::DotSegment)),
        ),
        (
            "a,A,,,X,1,,some,,,",
            place(2, "Variant Inventory Qty", Reason::NotWhole),
        ),
        (
            "a,A,,,X,1,,1,,,live",
            place(
                2,
                "Status",
                Reason::NotOneOf("active, draft, archived, unlisted"),
            ),
        ),
        (
            "a,A,,Red,X,1,,1,,,",
            place(2, "Option1 Value", Reason::OptionWithoutName),
        ),
        (
            "a,A,Color,,X,1,,1,,,",
            place(2, "Option1 Value", Reason::Empty),
        ),
        (
            "a,A,Color,Red,X,1,,1,,,\na,,Size,Blue,Y,1,,1,,,",
            place(3, "Option1 Name", Reason::OptionRenamed("Color".into())),
        ),
        (
            "a,A,Color,Red,X,1,,1,,,\na,,,Red,Y,1,,1,,,",
            place(3, "Option1 Value", Reason::VariantTwice(2)),
        ),
        (
            "a,A,,,X,1,,1,,,\nb,B,,,X,1,,1,,,",
            place(
                3,
                "Variant SKU",
                Reason::SkuTwice {
                    sku: "X".into(),
                    line: 2,
                },
            ),
        ),
        (
            "a,A,,,X,1,,1,,,\nb,B,,,Y,1,,1,,,\na,,,,Z,1,,1,,,",
            place(4, "Handle", Reason::HandleTwice(2)),
        ),
        (
            "a,A,,,X,1,,1,javascript:x(),,",
            place(
                2,
                "Image Src",
                Reason::Picture("only https: addresses and relative paths are taken".into()),
            ),
        ),
        (
            "a,A,,,X,1,,1,lost.png,,",
            place(
                2,
                "Image Src",
                Reason::Picture("there is no lost.png".into()),
            ),
        ),
        (
            "a,A,,,X,1,,1,a.svg,first,",
            place(2, "Image Position", Reason::NotWhole),
        ),
        (
            "a,A,,,X,1,,1,,,,,,oops",
            place(
                2,
                "",
                Reason::TooManyCells {
                    found: 14,
                    columns: 11,
                },
            ),
        ),
    ];
    for (rows, expected) in cases {
        assert_eq!(reasons(read_rows(rows)), expected, "{rows}");
    }
}

#[test]
fn all_errors_are_told_up_to_the_bound_and_nothing_is_imported() {
    let rows: String = (0..150)
        .map(|n| format!("p-{n},P,,,,free,,,,,\n"))
        .collect();
    let errors = read_rows(&rows).unwrap_err();
    assert_eq!(errors.errors.len(), souk_import::limits::ERRORS_MAX);
    assert!(errors.stopped);
    let text = errors.to_string();
    assert!(
        text.contains("products, line 2, column 'Variant Price', value \"free\""),
        "{text}"
    );
    let two = read_rows("a,A,,,X,free,,x,,,\nb,B,,,X,1,,1,,,").unwrap_err();
    assert_eq!((two.errors.len(), two.stopped), (2, false));
}

#[test]
fn products_that_are_left_out_may_be_wrong() {
    let imported = read_rows("a,A,,,X,free,,x,,,draft\na,,,Red,X,,,,,,\nb,B,,,X,1,,1,,,").unwrap();
    assert_eq!(
        (imported.report.products, imported.report.skipped.draft),
        (1, 1)
    );
}

#[test]
fn a_row_without_variant_and_picture_is_passed_over() {
    let imported = read_rows("a,A,,,X,1,,1,,,\na,,,,,,,9,,,").unwrap();
    assert_eq!(imported.report.warnings[0].note, Note::NothingInRow);
    assert_eq!(imported.report.variants, 1);
}

#[test]
fn a_handle_may_be_made_of_the_title() {
    let imported = read_rows(",Green Tea,,,X,1,,1,,,").unwrap();
    assert_eq!(imported.catalogue.products[0].slug, "green-tea");
}

#[test]
fn bounds_hold() {
    let long = "x".repeat(256);
    let many = |row: &dyn Fn(usize) -> String, count| (0..count).map(row).collect::<String>();
    let variants = |n: usize| {
        let (title, name) = if n == 0 { ("A", "Size") } else { ("", "") };
        format!("a,{title},{name},{n},,1,,1,,,\n")
    };
    let pictures = |n: usize| match n {
        0 => "a,A,,,X,1,,1,0.svg,,\n".to_owned(),
        n => format!("a,,,,,,,,{n}.svg,,\n"),
    };
    assert!(read_rows(&many(&variants, 2048)).is_ok());
    assert!(read_rows(&many(&pictures, 250)).is_ok());
    let too_many = |what, max| Reason::TooMany { what, max };
    let cases = [
        (format!("a,{long},,,X,1,,1,,,"), Reason::TooLong(255)),
        (format!("a,A,{long},v,X,1,,1,,,"), Reason::TooLong(255)),
        (
            many(&variants, 2050),
            too_many("variants of one product", 2048),
        ),
        (
            many(&pictures, 252),
            too_many("pictures of one product", 250),
        ),
    ];
    for (rows, reason) in cases {
        assert_eq!(reasons(read_rows(&rows))[0].2, reason);
    }
}

#[test]
fn a_missing_quantity_column_means_the_default_quantity() {
    let imported = read(b"Handle,Title,Variant Price\na,A,1\n").unwrap();
    assert_eq!(imported.stock[0].quantity, 5);
    assert_eq!(imported.report.warnings[0].note, Note::NoQuantities(5));
    assert!(
        !imported.stock[0].backorder,
        "a file without the column of trackers is counted"
    );
}

#[test]
fn weights_without_grams_are_read_in_their_unit() {
    let weight = |rows: &str| {
        let header =
            "Handle,Title,Variant Price,Variant Grams,Variant Weight,Variant Weight Unit\n";
        let imported = read(format!("{header}{rows}").as_bytes())?;
        Ok::<_, ImportErrors>(imported.catalogue.products[0].variants[0].weight_g)
    };
    let cases = [
        ("500,9,kg", 500),
        (",1.5,kg", 1500),
        (",2,lb", 907),
        (",8,oz", 227),
        (",,kg", 0),
    ];
    for (cells, grams) in cases {
        assert_eq!(
            weight(&format!("a,A,1,{cells}\n")).unwrap(),
            grams,
            "{cells}"
        );
    }
    let errors = weight("a,A,1,,5,stone\n").unwrap_err();
    assert_eq!(
        errors.errors[0].place.column.as_deref(),
        Some("Variant Weight Unit")
    );
}

#[test]
fn a_collection_comes_from_its_column_the_type_or_the_category() {
    let collections = |cells: &str| {
        let header = "Handle,Title,Variant Price,Collection,Type,Product Category\n";
        let imported = read(format!("{header}a,A,1,{cells}\n").as_bytes()).unwrap();
        imported.catalogue.products[0].collections.join(" ")
    };
    let cases = [
        (
            "Tea & Coffee; Gifts ;tea & coffee,Tea,Food > Tea",
            "tea-coffee gifts",
        ),
        (",Tea,Food > Drinks", "tea"),
        (",,Food > Drinks > Green Tea", "green-tea"),
        (",,", ""),
        ("All,Tea,", ""),
        (",***,", ""),
    ];
    for (cells, slugs) in cases {
        assert_eq!(collections(cells), slugs, "{cells}");
    }
}

#[test]
fn what_is_no_product_file_is_one_clear_error() {
    let reason = |bytes: &[u8]| {
        let errors = read(bytes).unwrap_err().errors;
        assert_eq!(errors.len(), 1);
        errors[0].to_string()
    };
    let cases: [(&[u8], &str); 5] = [
        (b"", "products: the file is empty"),
        (
            b"PK\x03\x04",
            "products: the file is a workbook or an archive; export it as \"CSV UTF-8\"",
        ),
        (
            b"\xFF\xFEH\0",
            "products: the file is UTF-16; save it as \"CSV UTF-8\"",
        ),
        (
            b"Handle,Title\n",
            "products, line 1: the column 'Variant Price' is missing in the classic \
             Shopify product CSV (with 'Handle')",
        ),
        (
            b"Handle,Title,Variant Price\na,\xE9t\xE9,1\n",
            "products, line 2: the file is not UTF-8 text; save it as \"CSV UTF-8\"",
        ),
    ];
    for (bytes, text) in cases {
        assert_eq!(reason(bytes), text);
    }
}

#[test]
fn errors_of_every_file_are_told_together() {
    let mut products = b"Handle,Title,Variant Price\na,A,free\n".as_slice();
    let mut translations = b"Type,Field\n".as_slice();
    let mut collections = b"Handle,Title\ntea,Tea\ntea,Tea again\n,\n x y,Bad\n".as_slice();
    let files = Files {
        products: &mut products,
        translations: Some(&mut translations),
        collections: Some(&mut collections),
        redirects: None,
    };
    let errors = import(files, OPTIONS, &mut NoPictures).unwrap_err().errors;
    let places: Vec<_> = errors
        .iter()
        .map(|e| (e.place.source, e.place.line))
        .collect();
    assert_eq!(
        places,
        [
            (Source::Translations, Some(1)),
            (Source::Collections, Some(3)),
            (Source::Collections, Some(5)),
            (Source::Products, Some(2)),
        ]
    );
    assert_eq!(errors[1].reason, Reason::CollectionTwice(2));
}

#[test]
fn a_number_that_two_products_share_translates_the_title_alone() {
    let mut products = b"Handle,Title,Body (HTML),Variant Price\na,Tea,x,1\nb,Tea,y,1\n".as_slice();
    let mut translations = "Type,Identification,Field,Locale,Default content,Translated content\n\
        PRODUCT,'1,title,zh-CN,Tea,茶\nPRODUCT,'2,title,zh-CN,Tea,茶\n\
        PRODUCT,'1,body_html,zh-CN,x,甲\n"
        .as_bytes();
    let files = Files {
        translations: Some(&mut translations),
        ..Files::products(&mut products)
    };
    let imported = import(files, OPTIONS, &mut NoPictures).unwrap();
    for product in &imported.catalogue.products {
        assert_eq!(product.title.zh.as_deref(), Some("茶"));
        assert_eq!(product.description_html.zh, None);
    }
}

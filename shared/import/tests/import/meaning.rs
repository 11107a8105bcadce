//! What the rows of real files mean, rule by rule.

use souk_import::{Files, ImportErrors, NoPictures, Note, import};

use crate::support::{CLASSIC, options, read, read_rows};

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
            (Some(2), &Note::LeftOut("script".to_owned())),
            (Some(5), &Note::CompareAtNotAbove),
            (Some(5), &Note::NegativeQuantity),
            (Some(6), &Note::Upgraded),
        ]
    );
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
fn a_number_that_two_products_share_translates_the_title_alone() {
    let mut products = b"Handle,Title,Body (HTML),Variant Price\na,Tea,x,1\nb,Tea,y,1\n".as_slice();
    let mut translations = "Type,Identification,Field,Locale,Default content,Translated content\n\
        PRODUCT,'1,title,zh-CN,Tea,茶\nPRODUCT,'2,title,zh-CN,Tea,茶\n\
        PRODUCT,'1,body_html,zh-CN,x,甲\n"
        .as_bytes();
    let files = Files {
        translations: vec![&mut translations],
        ..Files::products(&mut products)
    };
    let imported = import(files, options(), &mut NoPictures).unwrap();
    for product in &imported.catalogue.products {
        assert_eq!(product.title.translation(1), Some("茶"));
        assert_eq!(product.description_html.translation(1), None);
    }
}

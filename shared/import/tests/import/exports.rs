//! Whole exports of Shopify, in both dialects and with their companions.

use souk_import::{Dialect, Files, Note, import};

use crate::support::{CLASSIC, COLLECTIONS, CURRENT, TRANSLATIONS, drawn, options, product, read};

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
fn a_current_export_with_its_companions_is_read() {
    let (mut products, mut translations, mut collections) = (CURRENT, TRANSLATIONS, COLLECTIONS);
    let files = Files {
        products: &mut products,
        translations: vec![&mut translations],
        collections: Some(&mut collections),
        redirects: None,
    };
    let imported = import(files, options(), &mut drawn).unwrap();
    assert_eq!(imported.report.dialect, Dialect::Current);
    assert_eq!(imported.report.unknown_columns, ["Shelf"]);

    let tea = product(&imported, "jasmine-tea");
    assert_eq!(tea.title.translation(1), Some("茉莉花茶"));
    assert_eq!(
        tea.description_html.translation(1),
        Some("<p>七窨<em>绿茶</em></p>")
    );
    assert_eq!(tea.product_type.translation(1), Some("茶"));
    assert_eq!(tea.options[0].name.translation(1), Some("重量"));
    assert_eq!(
        tea.variants[0].option_values[1].translation(1),
        Some("散茶")
    );
    assert_eq!(tea.media[0].alt.translation(1), Some("一罐茉莉花茶"));
    assert_eq!(tea.collections, ["tea-coffee", "gifts"]);
    assert_eq!(tea.variants[1].media, Some(1));
    let barcode = |place: usize| tea.variants[place].barcode.as_deref();
    assert_eq!((barcode(0), barcode(1)), (Some("4006381333931"), None));
    let quantities: Vec<_> = imported
        .stock
        .iter()
        .map(|line| (line.quantity, line.backorder))
        .collect();
    assert_eq!(quantities, [(40, false), (7, true), (5, false), (5, true)]);

    let kettle = product(&imported, "copper-kettle");
    assert!(kettle.options.is_empty() && kettle.variants[0].option_values.is_empty());
    assert_eq!(kettle.title.translation(1), Some("铜壶"));
    assert_eq!(kettle.seo.title.translation(1), Some("铜壶 | 手工"));
    assert_eq!(kettle.media[0].renditions.len(), 1);
    assert_eq!(kettle.variants[0].barcode.as_deref(), Some("KTL 7"));

    let shown: Vec<_> = imported
        .catalogue
        .collections
        .iter()
        .map(|c| c.slug.as_str())
        .collect();
    assert_eq!(shown, ["tea-coffee", "gifts", "kettles"]);
    let first = &imported.catalogue.collections[0];
    assert_eq!(first.title.translation(1), Some("茶与咖啡"));
    assert_eq!(first.description.base, "Leaves and beans");
    assert_eq!(first.description.translation(1), Some("全部 & 更多"));
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

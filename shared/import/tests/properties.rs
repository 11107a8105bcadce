//! What holds for any file: no panic, the same answer twice, and a catalogue that can be built.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fmt::Write as _};

use proptest::prelude::*;
use souk_catalogue::{Media, MediaRendition};
use souk_import::{Files, ImportErrors, ImportOptions, Imported, PictureError, import, limits};

const PRODUCTS: [&[u8]; 8] = [
    include_bytes!("fixtures/classic.csv"),
    include_bytes!("fixtures/current.csv"),
    include_bytes!("fixtures/woocommerce.csv"),
    include_bytes!("fixtures/woocommerce-de.csv"),
    include_bytes!("fixtures/medusa1.csv"),
    include_bytes!("fixtures/medusa2.csv"),
    include_bytes!("fixtures/vendure.csv"),
    include_bytes!("fixtures/google.tsv"),
];
const TRANSLATIONS: &[u8] = include_bytes!("fixtures/translations.csv");
const COLLECTIONS: &[u8] = include_bytes!("fixtures/collections.csv");

/// What mutations are made of: everything that means something in one of the files.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xFF",
    b";",
    b"\"\"",
    b"<b>",
    b"&",
    b"-1",
    b"1e9",
    b"http:",
    b"../",
    b"jasmine-tea",
    b"\xE8\x8C\xB6",
];

fn read(
    products: &[u8],
    translations: &[u8],
    collections: &[u8],
) -> Result<Imported, ImportErrors> {
    let (mut products, mut translations, mut collections) = (products, translations, collections);
    let files = Files {
        products: &mut products,
        translations: vec![&mut translations],
        collections: Some(&mut collections),
        redirects: None,
    };
    let mut pictures = |path: &str| -> Result<Media, PictureError> {
        let url = format!("/media/{}", path.len());
        Ok(Media {
            renditions: vec![MediaRendition { width: 1, url }],
            ..Media::default()
        })
    };
    import(files, ImportOptions::default(), &mut pictures)
}

fn check(products: &[u8], translations: &[u8], collections: &[u8]) {
    let result = read(products, translations, collections);
    assert_eq!(result, read(products, translations, collections));
    match result {
        Err(errors) => {
            assert!(!errors.errors.is_empty() && errors.errors.len() <= limits::ERRORS_MAX);
            assert!(!errors.to_string().is_empty());
        }
        Ok(imported) => check_imported(&imported),
    }
}

fn check_imported(imported: &Imported) {
    souk_catalogue::build(&imported.catalogue, None).expect("what was imported can be built");
    assert!(imported.stock.iter().all(|line| line.quantity >= 0));
    let products = &imported.catalogue.products;
    let variants = products.iter().flat_map(|product| &product.variants);
    let skus = imported.stock.iter().map(|line| line.sku.as_str());
    assert!(variants.map(|variant| variant.sku.as_str()).eq(skus));
    for product in products {
        assert!(!product.title.is_empty() && product.options.len() <= limits::OPTIONS_MAX);
        for variant in &product.variants {
            assert_eq!(variant.option_values.len(), product.options.len());
            assert!(
                variant
                    .media
                    .is_none_or(|media| usize::from(media) < product.media.len())
            );
            assert!(
                variant
                    .compare_at_minor
                    .is_none_or(|other| other > variant.price_minor)
            );
        }
        for rendition in product.media.iter().flat_map(|media| &media.renditions) {
            let url = &rendition.url;
            assert!(
                url.starts_with("https://") || url.starts_with("/media/"),
                "{url}"
            );
        }
        assert!(!product.description_html.base.contains("<script"));
    }
}

type Products<'a> = [(&'a String, &'a BTreeMap<String, String>)];

/// What each variant is known by, by its handle and its value, of products in this order.
fn identities(products: &Products<'_>, backwards: bool) -> BTreeMap<(String, String), String> {
    let mut file = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n".to_owned();
    for (handle, variants) in products {
        let mut rows: Vec<_> = variants
            .iter()
            .filter(|(value, _)| !value.trim().is_empty())
            .collect();
        if backwards {
            rows.reverse();
        }
        for (row, (value, sku)) in rows.into_iter().enumerate() {
            let first = if row == 0 { "T,Kind" } else { "," };
            writeln!(file, "{handle},{first},\"{value}\",{sku},1").unwrap();
        }
    }
    let Ok(imported) = read(file.as_bytes(), TRANSLATIONS, COLLECTIONS) else {
        return BTreeMap::new();
    };
    check_imported(&imported);
    let products = imported.catalogue.products.into_iter();
    products
        .flat_map(|product| {
            let slug = product.slug;
            let variants = product.variants.into_iter();
            variants.map(move |variant| {
                let value = variant.option_values[0].base.clone();
                ((slug.clone(), value), variant.sku)
            })
        })
        .collect()
}

/// Replaces some bytes of a file, takes some away, or puts some in.
fn mutate(file: &[u8], changes: &[(u16, u8, usize)]) -> Vec<u8> {
    let mut file = file.to_vec();
    for &(place, length, piece) in changes {
        let start = usize::from(place) % (file.len() + 1);
        let end = (start + usize::from(length)).min(file.len());
        file.splice(start..end, PIECES[piece].iter().copied());
    }
    file
}

fn changes() -> impl Strategy<Value = Vec<(u16, u8, usize)>> {
    proptest::collection::vec((any::<u16>(), 0_u8..12, 0..PIECES.len()), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn variants_keep_their_identity_in_any_order_of_rows(
        products in proptest::collection::btree_map(
            "[ab]{1,2}", proptest::collection::btree_map("[aAbB -]{1,3}", "(|X|Y|a|a:a)", 1..4), 1..6
        ),
        seed in any::<u64>(),
    ) {
        let forwards: Vec<_> = products.iter().collect();
        let mut moved = forwards.clone();
        let by = usize::try_from(seed % 7).unwrap() % moved.len();
        moved.rotate_left(by);
        prop_assert_eq!(identities(&forwards, false), identities(&moved, true));
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        products in proptest::collection::vec(any::<u8>(), 0..2000),
        others in proptest::collection::vec(any::<u8>(), 0..500),
    ) {
        check(&products, &others, &others);
    }

    #[test]
    fn any_cells_under_a_header_are_read_or_refused(
        rows in proptest::collection::vec(proptest::collection::vec(".{0,12}", 0..50), 0..12),
        dialect in 0..PRODUCTS.len(),
    ) {
        let header = PRODUCTS[dialect].split(|&byte| byte == b'\n').next().unwrap();
        let mut file = header.to_vec();
        for row in rows {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let cells: Vec<_> = row.iter().map(quoted).collect();
            file.extend_from_slice(format!("\n{}", cells.join(",")).as_bytes());
        }
        check(&file, TRANSLATIONS, COLLECTIONS);
    }

    #[test]
    fn changed_exports_are_read_or_refused(
        dialect in 0..PRODUCTS.len(),
        in_products in changes(),
        in_translations in changes(),
        in_collections in changes(),
    ) {
        check(
            &mutate(PRODUCTS[dialect], &in_products),
            &mutate(TRANSLATIONS, &in_translations),
            &mutate(COLLECTIONS, &in_collections),
        );
    }
}

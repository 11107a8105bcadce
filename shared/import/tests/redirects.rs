//! Addresses that moved.

#![allow(clippy::unwrap_used)]

use souk_catalogue::Redirect;
use souk_domain::LanguageCode;
use souk_import::{Files, ImportErrors, ImportOptions, Imported, NoPictures, Note, Reason, import};

const PRODUCTS: &str = "Handle,Title,Variant Price,Variant Inventory Qty,Collection\n\
    mug,Mug,12.00,5,Tea\n";

fn read(redirects: &str) -> Result<Imported, ImportErrors> {
    let (mut products, mut redirects) = (PRODUCTS.as_bytes(), redirects.as_bytes());
    let files = Files {
        redirects: Some(&mut redirects),
        ..Files::products(&mut products)
    };
    let options = ImportOptions {
        languages: vec![LanguageCode::parse("zh").expect("a code")],
        ..ImportOptions::default()
    };
    import(files, options, &mut NoPictures)
}

fn read_row(row: &str) -> Result<Imported, ImportErrors> {
    read(&format!("Redirect from,Redirect to\n{row}\n"))
}

#[test]
fn a_shopify_export_of_redirects_is_read() {
    let file = "\u{feff}Redirect from,Redirect to\r\n\
        /pages/%E8%8C%B6/,/collections/tea?sort=title\r\n\
        /old mug,/products/mug#photo\r\n\
        /blog,https://blog.example/茶\r\n";
    let imported = read(file).unwrap();
    let redirect = |from: &str, to: &str| Redirect {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let expected = [
        redirect("/pages/茶", "/collections/tea?sort=title"),
        redirect("/old mug", "/products/mug#photo"),
        redirect("/blog", "https://blog.example/%E8%8C%B6"),
    ];
    assert_eq!(imported.catalogue.redirects, expected);
    assert_eq!(imported.report.warnings, []);
}

#[test]
fn what_is_no_redirect_is_told_with_its_line() {
    let cases = [
        (",/products/mug", Reason::Empty),
        ("/a,", Reason::Empty),
        ("pages/about,/", Reason::RedirectFrom),
        ("//evil.example,/", Reason::RedirectFrom),
        ("/,/products/mug", Reason::RedirectFrom),
        ("/a?b=c,/products/mug", Reason::RedirectFrom),
        ("/%ff,/products/mug", Reason::RedirectFrom),
        ("https://a.example/b,/", Reason::RedirectFrom),
        ("/a,http://a.example/", Reason::RedirectTo),
        ("/a,javascript:alert(1)", Reason::RedirectTo),
        ("/a,//evil.example", Reason::RedirectTo),
        ("/a,/\\evil.example", Reason::RedirectTo),
        ("/a,https://", Reason::RedirectTo),
        ("/a,https://shop@evil.example", Reason::RedirectTo),
        ("/a,products/mug", Reason::RedirectTo),
        ("/a,/products/m ug", Reason::RedirectTo),
        ("/a,/a", Reason::RedirectChain(2)),
        ("/a/,/%61?b=c", Reason::RedirectChain(2)),
    ];
    for (row, reason) in cases {
        let errors = read_row(row).unwrap_err().errors;
        assert_eq!(errors.len(), 1, "{row}: {errors:?}");
        assert_eq!(errors[0].reason, reason, "{row}");
        assert_eq!(errors[0].place.line, Some(2), "{row}");
        assert!(
            errors[0]
                .to_string()
                .starts_with("redirects, line 2, column"),
            "{row}"
        );
    }
}

#[test]
fn chains_loops_and_repetitions_are_refused() {
    let cases = [
        ("/a,/b\n/b,/products/mug", Reason::RedirectChain(3), 2),
        ("/a,/products/mug\n/b,/a", Reason::RedirectChain(2), 3),
        ("/a,/products/mug\n/a/,/", Reason::RedirectTwice(2), 3),
    ];
    for (rows, reason, line) in cases {
        let errors = read_row(rows).unwrap_err().errors;
        assert_eq!(
            (&errors[0].reason, errors[0].place.line),
            (&reason, Some(line)),
            "{rows}"
        );
    }
    assert_eq!(read_row("/a,/b\n/b,/a").unwrap_err().errors.len(), 2);
}

#[test]
fn redirects_without_effect_or_target_are_warned_of() {
    let cases = [
        ("/products/mug,/", Note::RedirectFromPage),
        ("/zh/collections/tea,/", Note::RedirectFromPage),
        ("/a,/products/cup", Note::RedirectToNothing),
        ("/a,/collections/cups?sort=title", Note::RedirectToNothing),
    ];
    for (row, note) in cases {
        let imported = read_row(row).unwrap();
        assert_eq!(imported.catalogue.redirects.len(), 1, "{row}");
        assert_eq!(imported.report.warnings[0].note, note, "{row}");
    }
    for row in [
        "/products/cup,/products/mug",
        "/a,/collections/all",
        "/a,/cart",
    ] {
        assert_eq!(read_row(row).unwrap().report.warnings, [], "{row}");
    }
}

#[test]
fn another_header_is_one_clear_error() {
    let errors = read("From,To\n/a,/b\n").unwrap_err();
    assert!(
        errors
            .to_string()
            .contains("'Redirect from' is missing in the list of redirects")
    );
}

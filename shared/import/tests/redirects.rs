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
        ("//evil.example,/", Reason::RedirectFrom),
        ("blog.example/a,/", Reason::RedirectFrom),
        ("mailto:a@b.example,/", Reason::RedirectFrom),
        ("/a\\b,/", Reason::RedirectFrom),
        ("/index.php?id=5,/products/mug", Reason::RedirectQuery),
        ("/%ff,/products/mug", Reason::RedirectFrom),
        ("/a,javascript:alert(1)", Reason::RedirectTo),
        ("/a,//evil.example", Reason::RedirectTo),
        ("/a,/\\evil.example", Reason::RedirectTo),
        ("/a,https://", Reason::RedirectTo),
        ("/a,https://shop@evil.example", Reason::RedirectTo),
        ("/a,https://evil example/", Reason::RedirectTo),
        ("/a,blog.example/x", Reason::RedirectTo),
        ("/a,ftp://a.example", Reason::RedirectTo),
    ];
    for (row, reason) in cases {
        let imported = read_row(row).unwrap();
        assert_eq!(imported.catalogue.redirects, [], "{row}");
        let errors = imported.report.faults;
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

fn redirect(from: &str, to: &str) -> Redirect {
    Redirect {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

#[test]
fn rows_of_years_are_read_as_what_they_mean() {
    let path = |path: &str| Note::RedirectPath(path.to_owned());
    let to = |to: &str| Note::RedirectTarget(to.to_owned());
    let cases = [
        (
            "/a,products/mug",
            "/a",
            "/products/mug",
            to("/products/mug"),
        ),
        ("pages/a,/cart", "/pages/a", "/cart", path("/pages/a")),
        (
            "/a,/pages/my page",
            "/a",
            "/pages/my%20page",
            to("/pages/my%20page"),
        ),
        (
            "/a,http://a.example/x",
            "/a",
            "https://a.example/x",
            Note::Upgraded,
        ),
        ("HTTPS://A.example/B,/cart", "/b", "/cart", path("/B")),
        (
            "/products/old?variant=1,/products/mug",
            "/products/old",
            "/products/mug",
            path("/products/old"),
        ),
        ("/b#part,/cart", "/b", "/cart", path("/b")),
    ];
    for (row, from, target, note) in cases {
        let imported = read_row(row).unwrap();
        assert_eq!(
            imported.catalogue.redirects,
            [redirect(from, target)],
            "{row}"
        );
        assert_eq!(imported.report.warnings[0].note, note, "{row}");
        assert_eq!(imported.report.faults, [], "{row}");
    }
}

#[test]
fn a_chain_becomes_one_step_and_a_circle_is_left_out() {
    let collapsed = |to: &str| Note::RedirectCollapsed(to.to_owned());
    let imported = read_row("/a,/b\n/b,/C?x=1#y\n/c/,/products/mug?size=s\n/d,/cart").unwrap();
    let target = "/products/mug?size=s";
    let expected = [
        redirect("/a", target),
        redirect("/b", target),
        redirect("/c", target),
        redirect("/d", "/cart"),
    ];
    assert_eq!(imported.catalogue.redirects, expected);
    let notes: Vec<_> = imported.report.warnings.iter().map(|w| &w.note).collect();
    assert_eq!(notes, [&collapsed(target), &collapsed(target)]);

    // The half of a circle that stands on a page is never followed, so there is none.
    let rows = "/products/mug,/products/cup\n/products/cup,/products/mug";
    let imported = read_row(rows).unwrap();
    let expected = [redirect("/products/cup", "/products/mug")];
    assert_eq!(imported.catalogue.redirects, expected);
    assert_eq!(imported.report.warnings[0].note, Note::RedirectFromPage);

    let imported = read_row("/a,/b\n/b,/c\n/c,/b\n/d,/cart").unwrap();
    assert_eq!(imported.catalogue.redirects, [redirect("/d", "/cart")]);
    let faults = imported.report.faults.iter();
    let faults: Vec<_> = faults
        .map(|fault| (fault.place.line, fault.reason.clone()))
        .collect();
    let circle = |line, by| (Some(line), Reason::RedirectLoop(by));
    assert_eq!(faults, [circle(2, 3), circle(3, 4), circle(4, 3)]);
}

#[test]
fn the_same_redirect_twice_is_one_and_another_target_a_fault() {
    let imported = read_row("/a,/cart\n/A/,/cart\n/%61,/search").unwrap();
    assert_eq!(imported.catalogue.redirects, [redirect("/a", "/cart")]);
    assert_eq!(imported.report.warnings[0].note, Note::RedirectAgain(2));
    assert_eq!(imported.report.faults[0].reason, Reason::RedirectTwice(2));
}

#[test]
fn redirects_without_effect_or_target_are_warned_of() {
    let dropped = [
        ("/products/mug,/", Note::RedirectFromPage),
        ("/zh/collections/tea,/", Note::RedirectFromPage),
        ("/,/products/mug", Note::RedirectFromPage),
        ("/a,/a", Note::RedirectToItself),
        ("/a/,/%61?b=c", Note::RedirectToItself),
        ("/products/Mug/,/products/mug", Note::RedirectToItself),
        ("/products/*,/collections/all", Note::RedirectPattern),
    ];
    for (row, note) in dropped {
        let imported = read_row(row).unwrap();
        assert_eq!(imported.catalogue.redirects, [], "{row}");
        assert_eq!(imported.report.warnings[0].note, note, "{row}");
        assert_eq!(imported.report.faults, [], "{row}");
    }
    for row in ["/a,/products/cup", "/a,/collections/cups?sort=title"] {
        let imported = read_row(row).unwrap();
        assert_eq!(imported.catalogue.redirects.len(), 1, "{row}");
        assert_eq!(
            imported.report.warnings[0].note,
            Note::RedirectToNothing,
            "{row}"
        );
    }
    for (row, to) in [
        ("/products/cup,/products/mug", "/products/mug"),
        ("/a,/Products/MUG?x=Y", "/products/mug?x=Y"),
        ("/a,/collections/all", "/collections/all"),
        ("/a,/Cart", "/Cart"),
    ] {
        let imported = read_row(row).unwrap();
        assert_eq!(imported.report.warnings, [], "{row}");
        assert_eq!(imported.catalogue.redirects[0].to, to, "{row}");
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

//! A fault in a file is reported with its place, and keeps out what it is in.

use souk_import::{Files, ImportOptions, NoPictures, Reason, Source, import};

use crate::support::{HEADER, options, read, read_rows, read_with, reasons};

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
        (
            "a,A,,,sale:drop:X,1,,1,,,",
            place(2, "Variant SKU", Reason::SkuOfSales),
        ),
        ("a,,,,X,1,,1,,,", place(2, "Title", Reason::Empty)),
        (",,,,X,1,,1,,,", place(2, "Handle", Reason::Empty)),
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
            "1.23457E+11,A,,,X,1,,1,,,",
            place(2, "Handle", Reason::ShortenedNumber),
        ),
        (
            "a,A,,,X,1,,1,,,\na,\"B\nb,\"C,,,X,1,,1,,,",
            place(3, "", Reason::StrayQuote(4)),
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
fn all_faults_are_told_up_to_the_bound_where_no_product_remains() {
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
    let rows = b"a,A,,,X,free,,x,,,\nb,B,,,X,1,,1,,,\n";
    let two = read_with(options(), HEADER, rows).unwrap();
    assert_eq!((two.report.faults.len(), two.report.skipped.faulty), (2, 1));
    let strict = ImportOptions {
        strict: true,
        ..options()
    };
    let refused = read_with(strict, HEADER, rows).unwrap_err();
    assert_eq!((refused.errors.len(), refused.stopped), (2, false));
    assert_eq!(refused.errors, two.report.faults);
}

#[test]
fn a_fault_keeps_its_product_out_whole_and_no_other() {
    let cases = [
        // In any row of it, of any kind.
        (
            "x,X,Size,S,,1,,1,,,\nx,,,M,,free,,1,,,\na,A,,,,1,,1,,,",
            "a",
            &[3][..],
        ),
        (
            "a,A,,,,1,,1,,,\nx,X,,,,1,,1,a.svg,,\nx,,,,,,,,lost.png,,",
            "a",
            &[4],
        ),
        (
            "x,X,Size,S,,1,,1,,,\nx,,,M,,1,,1,,,,,,beyond\na,A,,,,1,,1,,,",
            "a",
            &[3],
        ),
        // A whole product once more: the first one stays.
        (
            "a,A,,,,1,,1,,,\nb,B,,,,1,,1,,,\na,A again,,,,2,,1,,,",
            "a b",
            &[4],
        ),
        (
            "a,A,,,,1,,1,,,\nb,B,,,,1,,1,,,\nA,A again,,,,2,,1,,,",
            "a b",
            &[4],
        ),
        // More rows of it, elsewhere: the first ones are half of it.
        (
            "a,A,Size,S,,1,,1,,,\nb,B,,,,1,,1,,,\na,,,M,,2,,1,,,\na,,,L,,2,,1,,,",
            "b",
            &[4],
        ),
        // Rows that a quotation mark has swallowed.
        (
            "a,A,,,,1,,1,,,\nx,\"X,,,,1,,1,,,\ny,\"Y,,,,1,,1,,,\nb,B,,,,1,,1,,,",
            "a b",
            &[3],
        ),
    ];
    for (rows, slugs, lines) in cases {
        let imported = read_rows(rows).unwrap();
        let products = imported.catalogue.products.iter();
        let read: Vec<_> = products.map(|product| product.slug.as_str()).collect();
        assert_eq!(read.join(" "), slugs, "{rows}");
        let faults = imported.report.faults.iter();
        let faults: Vec<_> = faults.filter_map(|fault| fault.place.line).collect();
        assert_eq!(faults, lines, "{rows}");
        assert_eq!(imported.report.skipped.faulty, 1, "{rows}");
        let stocked = imported.stock.iter().map(|line| line.slug.as_str());
        assert!(stocked.clone().all(|slug| read.contains(&slug)), "{rows}");
    }
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
    let mut collections = b"Handle,Title\ntea,Tea\ntea,Tea again\n,\n ..,Bad\n".as_slice();
    let files = Files {
        products: &mut products,
        translations: vec![&mut translations],
        collections: Some(&mut collections),
        redirects: None,
    };
    let errors = import(files, options(), &mut NoPictures)
        .unwrap_err()
        .errors;
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

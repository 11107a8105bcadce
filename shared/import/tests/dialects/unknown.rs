//! Files that are none of the dialects, or not told by a single sign.

use souk_import::{Dialect, Reason};

use crate::support::{read, reasons};

#[test]
fn a_comma_in_a_name_does_not_hide_the_separator() {
    for file in [
        "Handle\tTitle\tColour, finish\tVariant Price\nlamp\tLamp\tx\t5\n",
        "Handle;Title;\"Colour, finish\";Variant Price\nlamp;Lamp;x;5\n",
    ] {
        let imported = read(file.as_bytes());
        assert_eq!(imported.report.dialect, Dialect::Classic);
        assert_eq!(imported.report.unknown_columns, ["Colour, finish"]);
        assert_eq!(imported.catalogue.products[0].variants[0].price_minor, 500);
    }
}

#[test]
fn a_small_file_of_woocommerce_is_read() {
    let file = b"ID,Type,SKU,Name,Published,Regular price,Categories\n1,simple,A1,Lamp,1,5,Lamps\n";
    let imported = read(file);
    assert_eq!(imported.report.dialect, Dialect::WooCommerce);
    assert_eq!(imported.catalogue.products[0].collections, ["lamps"]);
}

#[test]
fn a_file_of_something_else_says_what_it_looks_like_and_what_to_do() {
    let file = b"Name,Email,Financial Status,Lineitem name\n#1,a@b.example,paid,Lamp\n";
    let reasons = reasons(file, "USD");
    let [(Some(1), _, Reason::UnknownDialect(reason))] = reasons.as_slice() else {
        panic!("{reasons:?}");
    };
    assert!(
        reason.contains("orders") && reason.contains("export the products"),
        "{reason}"
    );
}

//! A fault in a file of another system keeps out the product that it is in, whole, and nothing else.

use souk_import::Reason;

use crate::support::{reasons, remaining};

#[test]
fn a_variation_with_a_fault_keeps_its_whole_product_out() {
    let file = "ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n\
                1,variable,P,Tee,,,Size,\"S, M\"\n\
                2,simple,X,Lamp,5,,,\n\
                3,variation,A,,12.00,id:1,Size,S\n\
                4,variation,B,,cheap,id:1,Size,M\n";
    let fault = (
        Some(5),
        "Regular price".to_owned(),
        Reason::NotAmount("1299.00"),
    );
    assert_eq!(remaining(file), (vec!["lamp".to_owned()], vec![fault], 1));
}

#[test]
fn a_row_whose_cells_stand_in_the_wrong_places_keeps_its_product_out() {
    let cells = |found, columns| Reason::TooManyCells { found, columns };
    let woo = "ID,Type,SKU,Name,Parent,Regular price,Attribute 1 name,Attribute 1 value(s)\n\
               1,variable,P,Tee,,,Size,\"S, M\"\n\
               2,simple,X,Lamp,,5,,\n\
               3,variation,A,,id:1,12,50,Size,S\n\
               4,variation,B,,id:1,12,Size,M\n";
    let medusa = "Product Handle,Product Title,Variant SKU,Variant Price USD,\
                  Variant Option 1 Name,Variant Option 1 Value\n\
                  tee,Tee,A,12,Size,S\n\
                  tee,Tee,B,12,50,Size,M\n\
                  lamp,Lamp,X,5,,\n";
    let vendure = "name,slug,optionGroups,optionValues,sku,price\n\
                   Tee,tee,Size,S,A,12\n\
                   ,,,M,B,12,50\n\
                   Lamp,lamp,,,X,5\n";
    for (file, line, reason) in [
        (woo, 4, cells(9, 8)),
        (medusa, 3, cells(7, 6)),
        (vendure, 3, cells(7, 6)),
    ] {
        let fault = (Some(line), String::new(), reason);
        let expected = (vec!["lamp".to_owned()], vec![fault], 1);
        assert_eq!(remaining(file), expected, "{file}");
    }
}

#[test]
fn a_variation_that_may_be_of_any_product_refuses_the_file() {
    let file = "ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n\
                1,variable,P,Tee,,,Size,\"S, M\"\n\
                2,simple,X,Lamp,5,,,\n\
                3,variation,A,,12.00,id:1,Size,S\n\
                4,variation,B,Tee, M,12.00,id:1,Size,M\n";
    let columns = 8;
    let reason = Reason::TooManyCells { found: 9, columns };
    let expected = [(Some(5), String::new(), reason)];
    assert_eq!(reasons(file.as_bytes(), "USD"), expected);
    let refused = crate::support::read_in(file.as_bytes(), "USD");
    assert_eq!(refused.expect_err("the file is refused").errors.len(), 1);
}

#[test]
fn a_quotation_mark_that_swallows_rows_keeps_its_product_out() {
    let file = "name,slug,optionGroups,optionValues,sku,price\n\
                Tee,tee,Size,S,A,12\n\
                ,,,\"M,B,12\n\
                ,,,15\" wide,C,12\n\
                Lamp,lamp,,,X,5\n";
    let (slugs, faults, left_out) = remaining(file);
    assert_eq!((slugs, left_out), (vec!["lamp".to_owned()], 1));
    assert!(
        faults.iter().any(|(line, _, _)| *line == Some(3)),
        "{faults:?}"
    );
}

#[test]
fn a_product_of_medusa_with_rows_elsewhere_is_not_imported_by_half() {
    let file = "Product Handle,Product Title,Variant SKU,Variant Price USD,\
                Variant Option 1 Name,Variant Option 1 Value\n\
                tee,Tee,A,12,Size,S\n\
                lamp,Lamp,X,5,,\n\
                tee,Tee,B,12,Size,M\n";
    let fault = (Some(4), "Product Handle".to_owned(), Reason::HandleTwice(2));
    assert_eq!(remaining(file), (vec!["lamp".to_owned()], vec![fault], 1));
}

#[test]
fn what_is_wrong_with_a_product_that_is_skipped_does_not_matter() {
    let file = "Product Handle,Product Title,Product Status,Variant SKU,Variant Price USD,\
                Variant Price EUR\n\
                tee,Tee,draft,A,,12\n\
                lamp,Lamp,published,X,5,\n";
    assert_eq!(remaining(file), (vec!["lamp".to_owned()], vec![], 0));
}

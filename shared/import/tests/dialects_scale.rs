//! A hundred thousand variants in each dialect: all of them arrive, and the file is in memory at
//! no time. What is kept of rows that may stand in any order is packed.

#![allow(clippy::unwrap_used)]

use std::io::{self, Read};

use souk_domain::LanguageCode;
use souk_import::{Dialect, Files, ImportOptions, Imported, NoPictures, import};

const PRODUCTS: usize = 20_000;
const VARIANTS_OF_EACH: usize = 5;
const VARIANTS: usize = PRODUCTS * VARIANTS_OF_EACH;

/// Makes a file while it is read: the header, then the rows of each number below `count`.
struct Generated<F> {
    next: usize,
    count: usize,
    rows: io::Cursor<Vec<u8>>,
    make: F,
}

impl<F: Fn(usize) -> String> Generated<F> {
    fn new(header: &str, count: usize, make: F) -> Self {
        let rows = io::Cursor::new(format!("{header}\n").into_bytes());
        Self {
            next: 0,
            count,
            rows,
            make,
        }
    }
}

impl<F: Fn(usize) -> String> Read for Generated<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.rows.read(buffer)?;
        while read == 0 && self.next < self.count {
            self.rows = io::Cursor::new((self.make)(self.next).into_bytes());
            self.next += 1;
            read = self.rows.read(buffer)?;
        }
        Ok(read)
    }
}

fn check<F: Fn(usize) -> String>(mut file: Generated<F>, dialect: Dialect) -> Imported {
    let files = Files::products(&mut file);
    let options = ImportOptions {
        languages: vec![LanguageCode::parse("zh").unwrap()],
        ..ImportOptions::default()
    };
    let imported = import(files, options, &mut NoPictures);
    let imported = imported.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(imported.report.dialect, dialect);
    assert_eq!(imported.report.products, PRODUCTS);
    assert_eq!(imported.report.variants, VARIANTS);
    assert_eq!(imported.stock.len(), VARIANTS);
    imported
}

/// A text of 147 bytes.
fn body() -> String {
    "Washed linen, cut wide and worn long, in summer. ".repeat(3)
}

#[test]
fn woocommerce_with_every_variation_far_from_its_product() {
    let header = "ID,Type,SKU,Name,Published,Description,Regular price,Sale price,In stock?,Stock,\
                  Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)";
    // First the variations, the last product's first; then the products.
    let body = body();
    let file = Generated::new(header, VARIANTS + PRODUCTS, |number| {
        if let Some(product) = number.checked_sub(VARIANTS) {
            return format!(
                "{product},variable,P-{product},Shirt {product},1,\"{body}\",,,1,,Shirts > Type {},\
                 https://pictures.example/{product}.jpg,,Size,\"0, 1, 2, 3, 4\"\n",
                product % 40
            );
        }
        let number = VARIANTS - 1 - number;
        let (product, variant) = (number % PRODUCTS, number / PRODUCTS);
        format!(
            "{},variation,SKU-{product}-{variant},Shirt,1,,20.90,10.90,1,{variant},,,id:{product},\
             Size,{variant}\n",
            PRODUCTS + number
        )
    });
    let imported = check(file, Dialect::WooCommerce);
    let last = imported.catalogue.products.last().unwrap();
    assert_eq!(last.slug, format!("shirt-{}", PRODUCTS - 1));
    assert_eq!(last.variants.len(), VARIANTS_OF_EACH);
}

#[test]
fn google_with_the_rows_of_each_product_far_apart() {
    let header =
        "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\titem_group_id\tsize";
    let body = body();
    let file = Generated::new(header, VARIANTS, |number| {
        let (product, variant) = (number % PRODUCTS, number / PRODUCTS);
        format!(
            "SKU-{product}-{variant}\tShirt {product}\t{body}\thttps://a.example/shirt-{product}\t\
             https://pictures.example/{product}.jpg\tin_stock\t10.90 USD\tg{product}\t{variant}\n"
        )
    });
    check(file, Dialect::Google);
}

#[test]
fn medusa_row_by_row() {
    let header = "Product Handle,Product Title,Product Description,Product Status,Variant SKU,\
                  Variant Manage Inventory,Variant Price USD,Variant Option 1 Name,\
                  Variant Option 1 Value,Product Image 1 Url";
    let body = body();
    let file = Generated::new(header, VARIANTS, |number| {
        let (product, variant) = (number / VARIANTS_OF_EACH, number % VARIANTS_OF_EACH);
        format!(
            "shirt-{product},Shirt {product},\"{body}\",published,SKU-{product}-{variant},TRUE,10.9,\
             Size,{variant},https://pictures.example/{product}.jpg\n"
        )
    });
    check(file, Dialect::Medusa2);
}

#[test]
fn vendure_row_by_row() {
    let header = "name,name:zh,slug,description,assets,facets,optionGroups,optionValues,\
                  optionValues:zh,sku,price,stockOnHand,trackInventory";
    let body = body();
    let file = Generated::new(header, VARIANTS, |number| {
        let (product, variant) = (number / VARIANTS_OF_EACH, number % VARIANTS_OF_EACH);
        let first = match variant {
            0 => format!(
                "Shirt {product},衬衫 {product},shirt-{product},\"{body}\",\
                 https://pictures.example/{product}.jpg,category:Type {},Size",
                product % 40
            ),
            _ => ",,,,,,".to_owned(),
        };
        format!("{first},{variant},{variant} 号,SKU-{product}-{variant},10.90,{variant},true\n")
    });
    let imported = check(file, Dialect::Vendure);
    let last = &imported.catalogue.products[PRODUCTS - 1];
    assert!(last.title.translation(1).is_some());
}

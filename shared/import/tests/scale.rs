//! A large file: all of it arrives, and none of it is kept.

#![allow(clippy::unwrap_used)]

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use souk_catalogue::{Media, MediaRendition};
use souk_import::{Files, ImportOptions, PictureError, import};

const PRODUCTS: usize = 20_000;
const VARIANTS_OF_EACH: usize = 5;

/// Makes an export while it is read, so that no whole file is anywhere.
struct Generated {
    product: usize,
    rows: io::Cursor<Vec<u8>>,
    /// Bytes that were read so far.
    given: Rc<Cell<usize>>,
}

impl Generated {
    fn new(given: Rc<Cell<usize>>) -> Self {
        let header = "Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,\
                      Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,\
                      Variant Price,Image Src,Image Alt Text\n";
        Self {
            product: 0,
            rows: io::Cursor::new(header.as_bytes().to_vec()),
            given,
        }
    }

    fn rows_of(product: usize) -> String {
        // A long text in HTML now and then: making it safe is slow where nothing is optimised.
        let body = match product % 50 {
            0 => "<p>Washed <em>linen</em>, cut wide &amp; worn long.</p>\n".repeat(200),
            _ => "Washed linen,\ncut wide".to_owned(),
        };
        let variants = (0..VARIANTS_OF_EACH).map(|variant| {
            let stock = format!("{variant},SKU-{product}-{variant},220.5,shopify,{variant}");
            let (first, picture) = match variant {
                0 => (
                    format!(
                        "Shirt {product},\"{body}\",Atelier,Type {},\"a, b\",Size",
                        product % 40
                    ),
                    format!("{product}.svg,Shirt"),
                ),
                _ => (",,,,,".to_owned(), ",".to_owned()),
            };
            format!(
                "shirt-{product},{first},{stock},{}.90,{picture}\n",
                10 + variant
            )
        });
        variants.collect()
    }
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.rows.read(buffer)?;
        if read == 0 && self.product < PRODUCTS {
            self.rows = io::Cursor::new(Self::rows_of(self.product).into_bytes());
            self.product += 1;
            read = self.rows.read(buffer)?;
        }
        self.given.set(self.given.get() + read);
        Ok(read)
    }
}

#[test]
fn a_hundred_thousand_variants_are_read_as_a_stream() {
    let given = Rc::new(Cell::new(0));
    let mut products = Generated::new(Rc::clone(&given));
    let mut given_at_first_picture = None;
    let mut given_at_last_picture = 0;
    let mut pictures = |path: &str| -> Result<Media, PictureError> {
        given_at_first_picture.get_or_insert(given.get());
        given_at_last_picture = given.get();
        Ok(Media {
            renditions: vec![MediaRendition {
                width: 1,
                url: format!("/media/{path}"),
            }],
            ..Media::default()
        })
    };
    let files = Files::products(&mut products);
    let imported = import(files, ImportOptions::default(), &mut pictures).unwrap();
    assert_eq!(imported.report.products, PRODUCTS);
    assert_eq!(imported.report.variants, PRODUCTS * VARIANTS_OF_EACH);
    assert_eq!(imported.stock.len(), PRODUCTS * VARIANTS_OF_EACH);
    // The first product was finished when no more than the parser's buffers had been read.
    let ahead = given_at_first_picture.unwrap();
    assert!(
        ahead <= 256 * 1024,
        "{ahead} bytes were read for the first product"
    );
    assert!(
        given_at_last_picture > 8 * 1024 * 1024,
        "{given_at_last_picture}"
    );
}

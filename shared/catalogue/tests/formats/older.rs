//! What an older build wrote, before a field was there, is read with the default of that field; and
//! a field that no product has costs no byte.

use minicbor::Encode;
use minicbor::bytes::ByteVec;
use souk_catalogue::{ListingChunk, Product, ProductSegment, Text, Variant};

use crate::{blob, mug};

/// A variant before it had a barcode.
#[derive(Encode)]
struct OlderVariant {
    #[n(0)]
    sku: String,
    #[n(1)]
    option_values: Vec<Text>,
    #[n(2)]
    price_minor: i64,
    #[n(3)]
    compare_at_minor: Option<i64>,
    #[n(4)]
    weight_g: u32,
    #[n(5)]
    media: Option<u16>,
    #[n(6)]
    backorder: bool,
}

impl From<&Variant> for OlderVariant {
    fn from(variant: &Variant) -> Self {
        let own = variant.clone();
        Self {
            sku: own.sku,
            option_values: own.option_values,
            price_minor: own.price_minor,
            compare_at_minor: own.compare_at_minor,
            weight_g: own.weight_g,
            media: own.media,
            backorder: own.backorder,
        }
    }
}

/// The product of today around variants of before.
fn written_before(product: &Product) -> Vec<u8> {
    let known = minicbor::to_vec(product).expect("it encodes");
    let mut decoder = minicbor::Decoder::new(&known);
    let fields = decoder.array().expect("an array").expect("of known length");
    let mut out = minicbor::Encoder::new(Vec::new());
    out.array(fields).expect("a vector takes it");
    for field in 0..fields {
        let start = decoder.position();
        decoder.skip().expect("a field");
        if field == VARIANTS {
            let variants: Vec<_> = product.variants.iter().map(OlderVariant::from).collect();
            out.encode(variants).expect("a vector takes it");
        } else {
            out.writer_mut()
                .extend_from_slice(&known[start..decoder.position()]);
        }
    }
    out.into_writer()
}

/// The number of a product's variants in its record.
const VARIANTS: u64 = 8;

#[test]
fn a_product_of_an_older_build_has_the_default_of_what_it_lacks() {
    #[derive(Encode)]
    struct Record(#[n(0)] String, #[n(1)] ByteVec);

    let mut scanned = mug();
    scanned.variants[0].barcode = Some("4006381333931".to_owned());
    let record = Record("mug".to_owned(), written_before(&scanned).into());
    let segment = blob(&(vec![record],));
    let read = ProductSegment::decode(&segment).unwrap().find("mug");
    assert_eq!(read.unwrap(), Some(mug()), "no barcode, and all the rest");

    let chunk = blob(&(vec![ByteVec::from(written_before(&scanned.card()))],));
    let chunk = ListingChunk::decode(&chunk).unwrap();
    assert_eq!(chunk.cards(0..1).unwrap(), [mug().card()]);
}

#[test]
fn a_field_that_no_product_has_leaves_every_byte_as_it_was() {
    assert_eq!(minicbor::to_vec(mug()).unwrap(), written_before(&mug()));
    let mut scanned = mug();
    scanned.variants[1].barcode = Some("4006381333931".to_owned());
    let segment = ProductSegment::encode(&[&scanned]);
    let read = ProductSegment::decode(&segment).unwrap().find("mug");
    assert_eq!(read.unwrap(), Some(scanned.clone()));
    assert_ne!(
        minicbor::to_vec(&scanned).unwrap(),
        written_before(&scanned)
    );
}

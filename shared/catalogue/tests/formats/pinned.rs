//! Blobs as they lie in the stores of shops that this format was published to. They are read as long
//! as the format has its number: when a test here fails, give the change a new one instead.

use std::collections::BTreeMap;

use souk_catalogue::{
    Collections, DirectoryPage, FacetName, Facets, Filter, Hash, ListingChunk, ListingIndex,
    ListingOrder, Manifest, PostingBlock, Product, ProductSegment, RedirectSegment,
};

use crate::{catalogue, mug};

/// The blobs of [`catalogue`] as the first build of format 3 wrote them, one a line; the manifest
/// first.
const VERSION: &str = include_str!("version-3.hex");

/// A segment of one product, as the first build of format 3 wrote it.
const SEGMENT: &str = "\
    03818182636d756758e28c636d756782634d756763e69daf81763c703e5468726f776e2062792068616e\
    642e3c2f703e644b696c6e82644d75677366e69dafe5ad90816973746f6e657761726581637465618181\
    826453697a6566e5b0bae5afb88288654d55472d53818165536d616c6c19051319063f19014000f56d34\
    30303633383133333339333187654d55472d4c8181654c6172676519051319063f19014000f581858165\
    41206d75671904b019038481821904b06f2f6d656469612f6d75672e776562706e2f6d656469612f6d75\
    672e706e67828167546865206d756781601b000001a0c4506c00";

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte =
        |pair| u8::from_str_radix(str::from_utf8(pair).expect("digits"), 16).expect("a byte");
    digits.map(byte).collect()
}

/// Every blob by its name, and the manifest.
fn published() -> (Manifest, BTreeMap<Hash, Vec<u8>>) {
    let blobs: Vec<_> = VERSION.lines().map(bytes).collect();
    let manifest = Manifest::decode(&blobs[0]).expect("a manifest");
    let named = blobs.into_iter().map(|blob| (Hash::of(&blob), blob));
    (manifest, named.collect())
}

#[test]
fn a_published_segment_is_read_and_written_as_it_is() {
    let mut scanned = mug();
    scanned.variants[0].barcode = Some("4006381333931".to_owned());
    let segment = bytes(SEGMENT);
    let read = ProductSegment::decode(&segment).unwrap();
    assert_eq!(read.products().unwrap(), [scanned.clone()]);
    // A field that only newer builds know would not be in it.
    assert_eq!(ProductSegment::encode(&[&scanned]), segment);
}

#[test]
fn products_and_redirects_of_a_published_version_are_found() {
    let (manifest, blobs) = published();
    for product in catalogue().products {
        let (page, place) = manifest.locate(&product.slug).unwrap();
        let page = DirectoryPage::decode(&blobs[&page]).unwrap();
        let segment = &blobs[&page.segment(place).unwrap()];
        let found = ProductSegment::decode(segment).unwrap().find(&product.slug);
        assert_eq!(found.unwrap(), Some(product));
    }
    let redirects = &blobs[&manifest.locate_redirect("/old").unwrap()];
    let redirects = RedirectSegment::decode(redirects).unwrap();
    assert_eq!(redirects.find("/old"), Some("/products/mug"));
    assert_eq!(
        (
            manifest.products,
            manifest.variants,
            manifest.currency.as_str()
        ),
        (3, 5, "USD")
    );
    assert_eq!(manifest.sitemaps[0].modified_at_ms, 1_790_000_000_000);
}

#[test]
fn listings_of_a_published_version_are_read_and_filtered() {
    let (manifest, blobs) = published();
    let collections = Collections::decode(&blobs[&manifest.collections]).unwrap();
    let tea = collections.find("tea").unwrap();
    assert_eq!((tea.products, tea.title.translation(1)), (3, Some("茶")));
    let (index, _) = tea.listing(ListingOrder::PriceAscending, 0).unwrap();
    let index = ListingIndex::decode(&blobs[&index]).unwrap();
    let cards: Vec<Product> = index
        .locate(0, 9)
        .into_iter()
        .flat_map(|(chunk, range)| {
            let chunk = ListingChunk::decode(&blobs[&chunk]).unwrap();
            chunk.cards(range).unwrap()
        })
        .collect();
    let mut products = catalogue().products;
    products.swap(0, 1);
    let expected: Vec<_> = products.iter().map(Product::card).collect();
    assert_eq!(cards, expected);

    let filter = Filter::priced(Some(1_000), None).any_of(&FacetName::Vendor, ["Kiln"]);
    let block = PostingBlock::decode(&blobs[&index.blocks[0].hash]).unwrap();
    assert!(block.matches(&filter).unwrap().iter().eq([1, 2]));
    let facets = Facets::decode(&blobs[&tea.facets.unwrap()]).unwrap();
    assert!(facets.has_option("Size"));
    assert_eq!(facets.price_minor, (900, 1_299));
}

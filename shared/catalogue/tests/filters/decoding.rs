//! Damaged blobs are errors, and never a panic.

use proptest::prelude::*;
use souk_catalogue::{
    FacetName, Facets, Filter, ListingIndex, ListingOrder, PostingBlock, Snapshot, build,
};

use crate::shop::{catalogue, collections, listing};

fn snapshot() -> Snapshot {
    build(&catalogue(300), None).unwrap()
}

fn filter() -> Filter {
    Filter::priced(Some(200), Some(4_000))
        .any_of(&FacetName::Vendor, ["Vendor 1", "Vendor 2"])
        .any_of(&FacetName::Option("Colour".to_owned()), ["Blue", "Red"])
        .any_of(&FacetName::Tag, ["tag-1", "rare-1"])
}

/// Everything that a reader does with a blob, whatever it takes it for.
fn read_everything(blob: &[u8]) {
    if let Ok(facets) = Facets::decode(blob) {
        facets.has_option("Colour");
    }
    if let Ok(index) = ListingIndex::decode(blob) {
        index.candidates(&filter());
        index.total();
        index.locate_each(&[0, 7, 299, u32::MAX]);
        index.locate(3, u32::MAX);
    }
    if let Ok(block) = PostingBlock::decode(blob)
        && let Ok(places) = block.matches(&filter())
    {
        assert!(places.count() <= block.cards());
        assert!(places.iter().all(|place| place < block.cards()));
        let _ = block.count(&places, &FacetName::Tag, "tag-2");
    }
}

#[test]
fn a_blob_that_is_cut_short_is_an_error() {
    let snapshot = snapshot();
    let (index, _) = listing(&snapshot, "all", ListingOrder::Title);
    let facets = collections(&snapshot).find("all").unwrap().facets.unwrap();
    let facets = &snapshot.blobs[&facets];
    for length in 0..facets.len() {
        assert!(Facets::decode(&facets[..length]).is_err(), "{length}");
    }
    let block = &snapshot.blobs[&index.blocks[0].hash];
    for length in 0..block.len() {
        assert!(PostingBlock::decode(&block[..length]).is_err(), "{length}");
    }
    let index = index.encode();
    for length in 0..index.len() {
        assert!(ListingIndex::decode(&index[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(blob in prop::collection::vec(any::<u8>(), 0..400)) {
        read_everything(&blob);
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let snapshot = snapshot();
        let (index, _) = listing(&snapshot, "all", ListingOrder::Featured);
        let facets = collections(&snapshot).find("all").unwrap().facets.unwrap();
        for hash in [index.blocks[0].hash, facets] {
            let mut blob = snapshot.blobs[&hash].clone();
            for (place, byte) in &changes {
                let place = place.index(blob.len());
                blob[place] = *byte;
            }
            read_everything(&blob);
        }
        let mut blob = index.encode();
        for (place, byte) in &changes {
            let place = place.index(blob.len());
            blob[place] = *byte;
        }
        read_everything(&blob);
    }
}

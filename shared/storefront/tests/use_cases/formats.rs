//! Builds of before and after beside this one: newer fields in the blobs, and other formats beside
//! the one that this build reads.

use bytes::Bytes;
use http::StatusCode;
use minicbor::{Decoder, Encoder};
use souk_catalogue::{Catalogue, Collections, DirectoryPage, FORMAT, Hash, ListingIndex, Manifest};
use souk_catalogue::{ListingOrder, build};
use souk_protocol::keys;
use souk_protocol::staff::{self, Pointer, PublicationChange, PublicationReply};

use crate::support::back_office::BackOffice;
use crate::support::{Shop, World, fixture, json};

const PATHS: [&str; 9] = [
    "/",
    "/zh/collections/tea?sort=price-asc",
    "/collections/all?vendor=Souk&price.max=10",
    "/products/mug",
    "/zh/products/%E8%8C%B6-%E5%A3%B6",
    "/sitemaps/products-1.xml",
    "/api/v1/products?limit=50&sort=title",
    "/api/v1/products/mug",
    "/api/v1/products?vendor=Souk&type=Plate&price.min=700&limit=30",
];

const NEXT: u32 = FORMAT + 1;

fn bodies(shop: &Shop) -> Vec<String> {
    PATHS.iter().map(|path| shop.page(path)).collect()
}

/// A field number that no struct of this build has.
const LATER: u64 = 30;

/// A struct as a newer build writes it: with one more field, of which this build knows nothing.
fn with_a_field(part: &[u8]) -> Vec<u8> {
    let mut known = Decoder::new(part);
    let fields = known.array().expect("a struct").expect("its length");
    let mut out = Encoder::new(Vec::new());
    out.array(LATER + 1).expect("a Vec");
    out.writer_mut().extend(&part[known.position()..]);
    for _ in fields..LATER {
        out.null().expect("a Vec");
    }
    out.encode((42, "of a later build", [1_i64, -1]))
        .expect("a Vec");
    out.into_writer()
}

/// A table of records with `columns` columns, the last of which is a product or a card.
fn table_with_fields(content: &[u8], columns: Option<u64>) -> Vec<u8> {
    let mut known = Decoder::new(content);
    let mut out = Encoder::new(Vec::new());
    let fields = known.array().expect("a struct").expect("its length");
    out.array(fields).expect("a Vec");
    let records = known.array().expect("a list").expect("its length");
    out.array(records).expect("a Vec");
    for _ in 0..records {
        if let Some(columns) = columns {
            assert_eq!(known.array().expect("a record"), Some(columns));
            out.array(columns).expect("a Vec");
            out.str(known.str().expect("a slug")).expect("a Vec");
        }
        let product = known.bytes().expect("a product");
        out.bytes(&with_a_field(product)).expect("a Vec");
    }
    assert_eq!(known.position(), content.len());
    out.into_writer()
}

/// Rewrites a blob in its place: readers follow names and do not count hashes.
fn rewrite(world: &World, hash: Hash, change: impl Fn(&[u8]) -> Vec<u8>) {
    let mut store = world.store.borrow_mut();
    let blob = store.get_mut(&keys::blob(hash)).expect("the blob is there");
    let mut newer = vec![blob[0]];
    newer.extend(change(&blob[1..]));
    assert!(newer.len() > blob.len());
    *blob = newer.into();
}

fn read(world: &World, hash: Hash) -> Bytes {
    world.store.borrow()[&keys::blob(hash)].clone()
}

/// Gives every product, every card and every blob of a version one more field.
fn write_as_a_newer_build(world: &World, catalogue: &Catalogue) {
    let snapshot = build(catalogue, None).expect("the fixture is sound");
    let Manifest {
        directory,
        collections,
        ..
    } = snapshot.manifest;
    for page in directory {
        let segments: Vec<_> = DirectoryPage::decode(&read(world, page))
            .expect("a page")
            .segments()
            .collect();
        for segment in segments {
            let change = |content: &[u8]| with_a_field(&table_with_fields(content, Some(2)));
            rewrite(world, segment, change);
        }
        rewrite(world, page, with_a_field);
    }
    let mut done = std::collections::BTreeSet::new();
    let mut once = move |hash| done.insert(hash);
    for collection in Collections::decode(&read(world, collections))
        .expect("collections")
        .collections
    {
        for order in ListingOrder::STORED {
            let (index, _) = collection.listing(order, 0).expect("every order is listed");
            if !once(index) {
                continue;
            }
            let known = ListingIndex::decode(&read(world, index)).expect("an index");
            for (chunk, _) in known.chunks {
                if once(chunk) {
                    let change = |content: &[u8]| with_a_field(&table_with_fields(content, None));
                    rewrite(world, chunk, change);
                }
            }
            for block in known.blocks {
                if once(block.hash) {
                    rewrite(world, block.hash, with_a_field);
                }
            }
            rewrite(world, index, with_a_field);
        }
        let facets = collection.facets.expect("every collection has facets");
        if once(facets) {
            rewrite(world, facets, with_a_field);
        }
    }
    rewrite(world, collections, with_a_field);
    rewrite(world, snapshot.manifest_hash, with_a_field);
}

#[test]
fn blobs_of_a_build_with_more_fields_give_the_same_pages() {
    let known = bodies(&Shop::open());
    let shop = Shop::open();
    write_as_a_newer_build(&shop.world, &fixture::catalogue());
    assert_eq!(bodies(&shop), known);
}

impl BackOffice<'_> {
    fn step(&self, change: &PublicationChange) -> PublicationReply {
        let body = serde_json::to_vec(change).expect("a step is JSON");
        let reply = self.sent("POST", staff::PUBLISH.path(), &body);
        serde_json::from_slice(reply.body()).expect("a reply")
    }

    /// What the tool does: begin, blobs, activate. The number of the version.
    fn publish(
        &self,
        format: u32,
        manifest: &Hash,
        blobs: &[(Hash, Vec<u8>)],
        expected: Option<u64>,
    ) -> u64 {
        let begun = self.step(&PublicationChange::Begin {
            manifest: manifest.to_string(),
            format,
            products: 1,
            variants: 1,
        });
        let PublicationReply::Done { publication } = begun else {
            panic!("not begun: {begun:?}");
        };
        for (hash, blob) in blobs {
            let address = staff::WRITE_BLOB.at(&[&hash.to_string()]);
            self.sent("PUT", address.path(), blob);
        }
        self.activate(publication.version, expected);
        publication.version
    }

    fn publish_catalogue(&self, catalogue: &Catalogue, expected: Option<u64>) -> u64 {
        let snapshot = build(catalogue, None).expect("the fixture is sound");
        let blobs: Vec<_> = snapshot.blobs.into_iter().collect();
        self.publish(FORMAT, &snapshot.manifest_hash, &blobs, expected)
    }

    /// A version in a format of which nothing here knows how it is read.
    fn publish_next(&self, content: &str, expected: Option<u64>) -> u64 {
        let mut blob = vec![u8::try_from(NEXT).expect("a byte")];
        blob.extend(content.as_bytes());
        let hash = Hash::of(&blob);
        self.publish(NEXT, &hash, &[(hash, blob)], expected)
    }

    fn activate(&self, version: u64, expected: Option<u64>) {
        let reply = self.step(&PublicationChange::Activate { version, expected });
        assert!(matches!(reply, PublicationReply::Done { .. }), "{reply:?}");
    }

    /// The version that functions of a format show.
    fn shown(&self, format: u32) -> Option<u64> {
        let store = self.0.store.borrow();
        let pointer = store.get(&keys::current(format))?;
        let pointer: Pointer = serde_json::from_slice(pointer).expect("a pointer");
        Some(pointer.version)
    }
}

/// A shop whose catalogue the back office has published.
fn open() -> Shop {
    let shop = Shop::empty();
    let catalogue = fixture::catalogue();
    BackOffice(&shop.world).publish_catalogue(&catalogue, None);
    shop.world.offer(&catalogue, 10);
    shop
}

fn later(shop: &Shop) -> Vec<String> {
    shop.world.pass_ms(60_000);
    bodies(shop)
}

#[test]
fn the_next_format_is_published_beside_functions_that_do_not_know_it() {
    let mut shop = open();
    let known = bodies(&shop);
    let staff = BackOffice(&shop.world);
    let next = staff.publish_next("one", None);
    assert_eq!(staff.shown(FORMAT), Some(1));
    assert_eq!(staff.shown(NEXT), Some(next));
    assert_eq!(later(&shop), known);
    shop.restart();
    assert_eq!(later(&shop), known, "an instance that begins afterwards");
    assert!(shop.world.log.borrow().is_empty());
}

#[test]
fn each_format_is_changed_and_rolled_back_by_itself() {
    let shop = open();
    let first = bodies(&shop);
    let staff = BackOffice(&shop.world);
    let next = staff.publish_next("one", None);
    let second = staff.publish_catalogue(&fixture::next_catalogue(), Some(1));
    assert_ne!(later(&shop), first, "the older functions show what is new");
    assert_eq!(staff.shown(NEXT), Some(next));

    let after = staff.publish_next("two", Some(next));
    staff.activate(1, Some(second));
    assert_eq!(later(&shop), first, "rolled back");
    assert_eq!(staff.shown(NEXT), Some(after));
    staff.activate(next, Some(after));
    assert_eq!(staff.shown(NEXT), Some(next));
    assert_eq!(staff.shown(FORMAT), Some(1));
    assert_eq!(later(&shop), first);
}

#[test]
fn a_dropped_version_takes_the_pointers_of_no_other_format() {
    let shop = open();
    let known = bodies(&shop);
    let staff = BackOffice(&shop.world);
    let one = staff.publish_next("one", None);
    let two = staff.publish_next("two", Some(one));
    shop.world.pass_ms(1);
    let dropped = PublicationChange::Drop {
        version: one,
        grace_ms: 0,
    };
    let reply = staff.step(&dropped);
    assert!(matches!(reply, PublicationReply::Done { .. }), "{reply:?}");
    let has = |format, version| {
        let store = shop.world.store.borrow();
        store.contains_key(&keys::version(format, version))
    };
    assert!(!has(NEXT, one) && has(NEXT, two) && has(FORMAT, 1));
    assert_eq!(later(&shop), known);
}

#[test]
fn a_cursor_into_a_version_of_another_format_has_expired() {
    let shop = open();
    let next = json(&shop.api("/api/v1/products?limit=10"))["next"].clone();
    let next = next.as_str().expect("a second page").to_owned();
    let store = &shop.world.store;
    let pointer = store.borrow_mut().remove(&keys::version(FORMAT, 1));
    // As if functions of the next format had given it out before they were rolled back.
    let pointer = pointer.expect("the version is there");
    store.borrow_mut().insert(keys::version(NEXT, 1), pointer);
    BackOffice(&shop.world).publish_catalogue(&fixture::next_catalogue(), Some(1));
    shop.world.pass_ms(60_000);
    let response = shop.api(&format!("/api/v1/products?limit=10&cursor={next}"));
    assert_eq!(response.status(), StatusCode::GONE);
}

#[test]
fn the_age_of_what_is_shown_is_that_of_its_own_format() {
    let shop = open();
    let behind = |ms: i64| {
        shop.world.pass_ms(ms);
        let metrics = shop.page("/metrics");
        let value = |line: &str| {
            let value = line.strip_prefix("souk_catalogue_behind_seconds ")?;
            value.parse::<f64>().ok()
        };
        metrics.lines().find_map(value)
    };
    bodies(&shop);
    assert_eq!(behind(5_000), Some(0.0));
    BackOffice(&shop.world).publish_next("one", None);
    assert_eq!(behind(90_000), Some(0.0));
}

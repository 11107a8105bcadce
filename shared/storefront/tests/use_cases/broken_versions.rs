//! A published version that lacks a blob: the version before it is served, and an order's page stands
//! without any.

use http::StatusCode;
use souk_catalogue::FORMAT;
use souk_protocol::keys;
use souk_protocol::staff::Pointer;

use crate::support::shop::order_of;
use crate::support::{Shop, fixture, json, text};

/// How long a version that was found broken is left alone.
const SET_ASIDE_MS: i64 = 30_000;

fn version_of(shop: &Shop, path: &str) -> String {
    let response = shop.get(path);
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "{path}: {}",
        text(&response)
    );
    let version = response.headers()["souk-catalogue-version"].to_str();
    version.expect("a number").to_owned()
}

/// Takes everything out of the store that version 2 does not share with version 1, but what `keep`
/// says; gives it back.
fn lose(shop: &Shop, keep: impl Fn(&str) -> bool) -> Vec<(String, bytes::Bytes)> {
    let before: Vec<String> = shop.world.store.borrow().keys().cloned().collect();
    shop.world.publish(&fixture::next_catalogue());
    let mut store = shop.world.store.borrow_mut();
    let new: Vec<String> = store.keys().cloned().collect();
    let lost = new
        .into_iter()
        .filter(|key| key.starts_with("blob/") && !before.contains(key) && !keep(key));
    let lost: Vec<String> = lost.collect();
    lost.into_iter()
        .map(|key| {
            let blob = store.remove(&key).expect("it is there");
            (key, blob)
        })
        .collect()
}

fn manifest_of(shop: &Shop, version: u64) -> String {
    let pointer = shop.world.store.borrow()[&keys::version(FORMAT, version)].clone();
    let pointer: Pointer = serde_json::from_slice(&pointer).expect("a pointer");
    keys::blob(pointer.manifest)
}

#[test]
fn a_fresh_instance_serves_the_version_before_one_without_its_manifest() {
    let mut shop = Shop::open();
    let lost = lose(&shop, |_| false);
    assert!(!lost.is_empty());
    shop.restart();
    for path in [
        "/",
        "/collections/plain",
        "/products/mug",
        "/api/v1/products",
    ] {
        assert_eq!(version_of(&shop, path), "1", "{path}");
    }
    // It comes back by itself when the blobs are there.
    shop.world.store.borrow_mut().extend(lost);
    shop.world.pass_ms(SET_ASIDE_MS);
    assert_eq!(version_of(&shop, "/products/mug"), "2");
}

#[test]
fn a_version_that_lacks_a_blob_deeper_down_is_set_aside_by_the_read_that_misses_it() {
    let mut shop = Shop::open();
    let manifest = {
        // The manifest and the collections are there: the version opens.
        let open = Shop::open();
        open.world.publish(&fixture::next_catalogue());
        open.page("/");
        manifest_of(&open, 2)
    };
    let collections = {
        let open = Shop::open();
        open.world.publish(&fixture::next_catalogue());
        let blob = open.world.store.borrow()[&manifest].clone();
        let manifest = souk_catalogue::Manifest::decode(&blob).expect("a manifest");
        keys::blob(manifest.collections)
    };
    let lost = lose(&shop, |key| key == manifest || key == collections);
    assert!(!lost.is_empty());
    shop.restart();
    for path in [
        "/products/mug",
        "/collections/plain",
        "/api/v1/products/mug",
    ] {
        assert_eq!(version_of(&shop, path), "1", "{path}");
    }
    shop.world.store.borrow_mut().extend(lost);
    shop.world.pass_ms(SET_ASIDE_MS);
    assert_eq!(version_of(&shop, "/products/mug"), "2");
}

#[test]
fn the_only_version_has_nothing_to_fall_back_on() {
    let mut shop = Shop::open();
    let manifest = manifest_of(&shop, 1);
    shop.world.store.borrow_mut().remove(&manifest);
    shop.restart();
    let response = shop.get("/");
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn an_orders_page_stands_without_the_catalogue() {
    let mut shop = Shop::open();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (&order["id"], &order["token"]);
    let path = format!(
        "/orders/{}?token={}",
        id.as_str().expect("a number"),
        token.as_str().expect("a token")
    );
    shop.world.store.borrow_mut().clear();
    shop.restart();
    let response = shop.get(&path);
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let page = text(&response);
    assert!(page.contains(id.as_str().expect("a number")), "{page}");
    shop.world.store_down.set(true);
    assert_eq!(shop.get(&path).status(), StatusCode::OK);
}

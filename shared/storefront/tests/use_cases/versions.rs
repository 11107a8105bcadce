//! One response, one version: whatever is published while it is made.

use futures::executor::block_on;
use futures::future::join;
use http::{Request, Response, StatusCode};

use crate::support::{Shop, World, fixture, request, text};

const PATHS: [&str; 8] = [
    "/",
    "/collections/plain?sort=price-desc",
    "/products/mug",
    "/api/v1/products?limit=30&sort=title",
    "/api/v1/products/mug",
    "/sitemaps/products-1.xml",
    "/collections/all?vendor=Souk&price.max=10&sort=price-asc",
    "/api/v1/products?vendor=Souk&type=Plate&price.min=700&sort=title&limit=30",
];

fn get(path: &str) -> Request<bytes::Bytes> {
    request("GET", path, &[], "")
}

fn version(response: &Response<bytes::Bytes>) -> u64 {
    let header = response.headers().get("souk-catalogue-version");
    let header = header.expect("every catalogue response names its version");
    header
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

/// The bodies of versions 1 and 2.
fn reference(path: &str) -> [String; 2] {
    let shop = Shop::open();
    let first = shop.page(path);
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    [first, shop.page(path)]
}

fn assert_one_version(path: &str, response: &Response<bytes::Bytes>, bodies: &[String; 2]) {
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "{path}: {}",
        text(response)
    );
    let number = version(response);
    let right = &bodies[usize::try_from(number).expect("1 or 2") - 1];
    assert!(
        text(response) == *right,
        "{path}: a mixture under the name of version {number}"
    );
}

fn flip(world: &World) {
    world.publish(&fixture::next_catalogue());
    // A request from now on sees the new version.
    world.pass_ms(60_000);
}

#[test]
fn a_publish_between_any_two_awaits_never_mixes_versions() {
    for path in PATHS {
        let bodies = reference(path);
        assert_ne!(bodies[0], bodies[1], "{path} must differ between versions");
        for warm in [false, true] {
            let mut steps = 0;
            loop {
                let shop = Shop::open();
                shop.world.polls.set(2);
                if warm {
                    shop.page("/products/plate-1");
                    shop.world.pass_ms(60_000);
                }
                let (response, open) = shop.interrupt(get(path), steps, || flip(&shop.world));
                assert_one_version(path, &response, &bodies);
                assert_one_version(path, &block_on(shop.answer(get(path))), &bodies);
                if !open {
                    break;
                }
                steps += 1;
            }
            assert!(
                steps >= 3,
                "{path}, warm {warm}: only {steps} places to step in"
            );
        }
    }
}

#[test]
fn two_requests_around_a_publish_never_share_a_mixture() {
    for path in PATHS {
        let bodies = reference(path);
        for steps in 0..12 {
            let shop = Shop::open();
            shop.world.polls.set(2);
            let other = async {
                for _ in 0..steps {
                    souk_ports::Clock::pause_ms(&shop.world, 1).await;
                }
                flip(&shop.world);
                shop.answer(get(path)).await
            };
            let (one, two) = block_on(join(shop.answer(get(path)), other));
            assert_one_version(path, &one, &bodies);
            assert_one_version(path, &two, &bodies);
        }
    }
}

#[test]
fn a_publish_is_seen_within_the_bound_and_a_rollback_restores_the_bytes() {
    let shop = Shop::open();
    let before: Vec<_> = PATHS.iter().map(|path| shop.page(path)).collect();
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    let after: Vec<_> = PATHS.iter().map(|path| shop.page(path)).collect();
    assert!(before.iter().zip(&after).all(|(a, b)| a != b));
    shop.world.activate(1);
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    let back: Vec<_> = PATHS.iter().map(|path| shop.page(path)).collect();
    assert_eq!(back, before);
}

#[test]
fn every_catalogue_response_names_its_version_its_publish_and_its_age() {
    let shop = Shop::open();
    shop.world.pass_ms(90_500);
    shop.page("/");
    shop.world.pass_ms(1_500);
    let paths = [
        "/",
        "/products/mug",
        "/collections/all",
        "/cart",
        "/sitemap.xml",
        "/developers",
    ];
    for path in paths.into_iter().chain(PATHS) {
        let response = shop.get(path);
        assert_eq!(version(&response), 1, "{path}");
        let header = |name: &str| response.headers()[name].to_str().expect("ASCII");
        assert_eq!(header("souk-catalogue-age"), "1", "{path}");
        assert_eq!(
            header("souk-catalogue-published"),
            "2026-09-21T14:13:20Z",
            "{path}"
        );
    }
}

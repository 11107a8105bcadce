//! Types that are shown beside the results of a search.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use souk_catalogue::Text;
use souk_search::rules::{RelatedTypes, SearchRules};

use crate::support::{Shop, fixture, json, request};

#[test]
fn types_that_rules_relate_come_first_though_the_query_finds_none_of_them() {
    let shop = Shop::open_with_rules(&SearchRules {
        related: vec![RelatedTypes {
            product_type: "Mug".to_owned(),
            related: vec!["Plate".to_owned(), "Pot".to_owned()],
        }],
        ..SearchRules::default()
    });
    let page = json(&shop.get("/api/v1/search?q=mug"));
    assert_eq!(page["items"][0]["slug"], fixture::MUG);
    let related = page["related"].as_array().expect("related types");
    let types: Vec<_> = related.iter().map(|one| &one["type"]).collect();
    assert_eq!(types[..2], ["Plate", "Pot"], "{page}");
    assert_eq!(related[0]["items"].as_array().expect("products").len(), 3);
    let narrowed = json(&shop.get("/api/v1/search?q=mug&in_stock=true"));
    assert_eq!(narrowed["related"].as_array().expect("none").len(), 0);
}

/// Polls that every answer of a store takes.
const STORE_POLLS: u32 = 100;

/// How often the answer to a search for bowls is polled, where a shop relates so many types to bowls
/// of which the query finds none; the cards of each type are a chunk of their own.
fn polls_with_related(types: usize) -> usize {
    let mut catalogue = fixture::wide_catalogue(7 * 70);
    let names: Vec<_> = (0..types).map(|n| format!("Type {n}")).collect();
    for (n, product) in catalogue.products.iter_mut().enumerate() {
        product.product_type = Text::new(match names.get((n / 70).wrapping_sub(1)) {
            Some(name) => name,
            None => "Bowl",
        });
        if n >= 70 {
            product.title = Text::new("Thing");
        }
    }
    let related = RelatedTypes {
        product_type: "Bowl".to_owned(),
        related: names.clone(),
    };
    let rules = SearchRules {
        related: vec![related],
        ..SearchRules::default()
    };
    let shop = Shop::open_steered(catalogue, &rules);
    shop.world.polls.set(STORE_POLLS);
    let mut answer = pin!(shop.answer(request("GET", "/api/v1/search?q=bowl", &[], "")));
    let mut polls = 1;
    let response = loop {
        match answer
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(response) => break response,
            Poll::Pending => polls += 1,
        }
    };
    let page = json(&response);
    let related = page["related"].as_array().expect("related types").iter();
    let found: Vec<_> = related
        .map(|one| one["type"].as_str().expect("a type"))
        .collect();
    assert_eq!(found, names, "{page}");
    polls
}

#[test]
fn types_that_rules_relate_are_searched_at_the_same_time() {
    let [one, six] = [1, 6].map(polls_with_related);
    let round = STORE_POLLS as usize;
    assert!(
        six < one + round,
        "{one} polls with one type, {six} with six"
    );
}

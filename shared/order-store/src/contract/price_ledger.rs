//! Statements on the ledger of prices.

use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;
use souk_protocol::origin::{
    OFFER_PRICES_MAX, OfferDefinition, OfferPrice, OfferPrices, PRICE_RECORDS_MAX, PriceRecord,
};

use super::Fixture;
use super::shop::{Shop, definition, offers_in};
use crate::StoreError;

/// What it costs in a market: from a moment on so much, compared with so much.
fn market(market: &str, timeline: &[(i64, Option<i64>, Option<i64>)]) -> OfferPrices {
    let timeline = timeline.iter();
    let timeline =
        timeline.map(|&(from_ms, minor, compare_at)| OfferPrice(from_ms, minor, compare_at));
    OfferPrices {
        market: market.to_owned(),
        currency: "USD".to_owned(),
        timeline: timeline.collect(),
    }
}

fn at(sku: &str, prices: Vec<OfferPrices>) -> OfferDefinition {
    OfferDefinition {
        prices,
        ..definition(sku, 1_000, 5)
    }
}

fn for_ever(minor: i64) -> Vec<OfferPrices> {
    vec![market("us", &[(0, Some(minor), None)])]
}

/// Moments and prices of all records of a SKU.
fn said<F: Fixture>(shop: &Shop<F>, sku: &str) -> Vec<(i64, Vec<OfferPrices>)> {
    let records = shop.price_records(&[sku], 0).into_iter();
    records.map(|one| (one.recorded_ms, one.prices)).collect()
}

pub(super) fn what_differs_is_recorded_and_nothing_else<F: Fixture>(shop: &Shop<F>) {
    let reduced = vec![
        market(
            "us",
            &[
                (0, Some(1_000), None),
                (9, Some(800), Some(1_000)),
                (20, None, None),
            ],
        ),
        market("\"e\\u", &[(-7, Some(0), None)]),
    ];
    let first = shop.now_ms();
    shop.define(vec![at("tea", for_ever(1_000)), at("cup", for_ever(400))]);
    shop.define(vec![at("tea", for_ever(1_000)), at("cup", for_ever(400))]);
    let third = shop.now_ms();
    shop.define(vec![at("tea", reduced.clone()), at("cup", for_ever(400))]);
    let fourth = shop.now_ms();
    shop.define(vec![at("tea", for_ever(1_000))]);
    let of_tea = [
        (first, for_ever(1_000)),
        (third, reduced),
        (fourth, for_ever(1_000)),
    ];
    assert_eq!(said(shop, "tea"), of_tea);
    assert_eq!(said(shop, "cup"), [(first, for_ever(400))]);
    assert_eq!(said(shop, "pot"), []);
    let both = shop.price_records(&["cup", "tea", "pot"], 0);
    assert!(
        both.is_sorted_by(|one, next| one.number < next.number),
        "{both:?}"
    );
    assert_eq!(both.len(), 4);
}

pub(super) fn what_is_withdrawn_is_recorded_once_without_prices<F: Fixture>(shop: &Shop<F>) {
    let first = shop.now_ms();
    shop.define(vec![at("tea", for_ever(1_000)), definition("cup", 400, 1)]);
    let second = shop.now_ms();
    shop.withdraw(&["tea", "cup", "pot"]);
    shop.withdraw(&["tea", "cup", "pot"]);
    let third = shop.now_ms();
    shop.define(vec![at("tea", for_ever(1_000))]);
    let of_tea = [
        (first, for_ever(1_000)),
        (second, Vec::new()),
        (third, for_ever(1_000)),
    ];
    assert_eq!(said(shop, "tea"), of_tea);
    assert_eq!(said(shop, "cup"), [], "no price was ever recorded");
}

pub(super) fn of_two_definitions_in_one_message_the_last_is_recorded<F: Fixture>(shop: &Shop<F>) {
    let now_ms = shop.now_ms();
    shop.define(vec![at("tea", for_ever(1_000)), at("tea", for_ever(900))]);
    assert_eq!(said(shop, "tea"), [(now_ms, for_ever(900))]);
}

pub(super) fn records_come_in_pages<F: Fixture>(shop: &Shop<F>) {
    let skus: Vec<_> = (0..OFFERS_PER_MESSAGE_MAX)
        .map(|n| format!("sku-{n}"))
        .collect();
    shop.define(skus.iter().map(|sku| at(sku, for_ever(100))).collect());
    let asked: Vec<_> = skus.iter().map(String::as_str).collect();
    let mut read: Vec<PriceRecord> = Vec::new();
    loop {
        let after = read.last().map_or(0, |record| record.number);
        let page = shop.price_records(&asked, after);
        assert!(page.len() <= PRICE_RECORDS_MAX as usize);
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    let mut found: Vec<_> = read.iter().map(|record| record.sku.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), skus.len());
    assert_eq!(read.len(), skus.len(), "each once");
}

pub(super) fn prices_that_no_rule_can_read_are_refused_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    let of_currency = OfferPrices {
        currency: "dollars".to_owned(),
        ..market("us", &[])
    };
    let many: Vec<_> = (0..=OFFER_PRICES_MAX as i64)
        .map(|n| (n, Some(1), None))
        .collect();
    for prices in [
        of_currency,
        market(&"m".repeat(101), &[]),
        market("us", &[(5, Some(1), None), (5, Some(2), None)]),
        market("us", &[(5, Some(1), None), (4, Some(2), None)]),
        market("us", &[(5, Some(-1), None)]),
        market("us", &[(5, Some(1), Some(-1))]),
        market("us", &many),
    ] {
        let refused = shop.try_define(&offers_in("USD", vec![at("tea", vec![prices.clone()])]));
        let is_refused = matches!(refused, Err(StoreError::Rejected(_)));
        assert!(is_refused, "{}: {refused:?}", prices.market);
    }
    assert_eq!(said(shop, "tea"), []);
    assert_eq!(shop.accounts(&["tea"]), []);
}

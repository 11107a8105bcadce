//! Statements on orders of a sale: when they are placed, how many units one buyer gets, how long they are
//! held.

use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::{Action, PaymentMethod};

use super::Fixture;
use super::life::{asked, paid_by, receive};
use super::prices::{accepted, facts, of_buyer, offer, quoted, quoted_by_line, terms};
use super::shop::{Shop, TERMS, definition, order};
use crate::{SubmitOrder, SubmitReply};

const TEA: &str = "sale:drop:tea";
const PRICE: i64 = 500;
const HOUR_MS: i64 = 3_600_000;
/// More than the clock moves on with the statements of a test.
const MOMENT_MS: i64 = 1_000;

/// Tea in a session that opens after an hour and lasts one.
fn tea<F: Fixture>(shop: &Shop<F>, limit: u32) -> Facts {
    Facts {
        sku: TEA.to_owned(),
        sale: Some(OfSale {
            sale: "drop".to_owned(),
            session: 7,
            opens_at_ms: shop.now_ms() + HOUR_MS,
            closes_at_ms: shop.now_ms() + 2 * HOUR_MS,
            limit,
            pay_within_ms: Some(60_000),
        }),
        ..facts(PRICE)
    }
}

/// So many units of it.
fn define<F: Fixture>(shop: &Shop<F>, tea: &Facts, units: i64) {
    let mut offer = offer(&[tea], units);
    offer.sku = TEA.to_owned();
    shop.define(vec![offer]);
}

fn submit<F: Fixture>(
    shop: &Shop<F>,
    key: &str,
    buyer: &str,
    units: u32,
    tea: &Facts,
) -> SubmitReply {
    shop.submit_quoted(&terms(None, None), &asks(shop, key, buyer, units, tea))
}

fn asks<F: Fixture>(
    shop: &Shop<F>,
    key: &str,
    buyer: &str,
    units: u32,
    tea: &Facts,
) -> SubmitOrder {
    let submit = paid_by(PaymentMethod::Transfer, key, &[(TEA, units)]);
    of_buyer(buyer, quoted(shop, submit, tea))
}

fn too_many(allowed: i64) -> SubmitReply {
    SubmitReply::LimitExceeded {
        limit: "sale_units_per_buyer".to_owned(),
        allowed,
        sku: Some(TEA.to_owned()),
    }
}

pub(super) fn a_sale_sells_from_its_opening_until_its_end<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    define(shop, &tea, 9);
    let opens_at_ms = tea.sale.as_ref().expect("a sale").opens_at_ms;
    let books = shop.books();
    assert_eq!(
        submit(shop, "a", "li", 1, &tea),
        SubmitReply::NotOpen { opens_at_ms }
    );
    shop.pass(HOUR_MS - MOMENT_MS);
    assert_eq!(
        submit(shop, "a", "li", 1, &tea),
        SubmitReply::NotOpen { opens_at_ms }
    );
    assert_eq!(shop.books(), books, "nothing is written");
    shop.pass(MOMENT_MS);
    let asked = asks(shop, "a", "li", 1, &tea);
    let placed = accepted(shop.submit_quoted(&terms(None, None), &asked));
    assert_eq!(
        (placed.lines[0].sku.as_str(), placed.lines[0].unit_price),
        (TEA, PRICE)
    );
    shop.pass(HOUR_MS - MOMENT_MS);
    accepted(submit(shop, "b", "li", 1, &tea));
    shop.pass(MOMENT_MS);
    assert_eq!(submit(shop, "c", "li", 1, &tea), SubmitReply::SaleOver);
    // An order that was placed is found whenever its buyer asks.
    let again = shop.submit_quoted(&terms(None, None), &asked);
    assert!(matches!(again, SubmitReply::Exists { .. }), "{again:?}");
}

pub(super) fn a_buyer_gets_so_many_units_of_a_sale<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 2);
    define(shop, &tea, 9);
    shop.pass(HOUR_MS);
    assert_eq!(submit(shop, "all", "li", 3, &tea), too_many(2));
    let first = accepted(submit(shop, "a", "li", 1, &tea));
    let second = accepted(submit(shop, "b", "li", 1, &tea));
    assert_eq!(submit(shop, "c", "li", 1, &tea), too_many(2));
    accepted(submit(shop, "d", "han", 2, &tea));
    // What is paid counts on; what is cancelled, or never paid, does not.
    shop.done(&asked(&first.id, "paid", receive(first.total)));
    assert_eq!(submit(shop, "c", "li", 1, &tea), too_many(2));
    let reason = "changed my mind".to_owned();
    shop.done(&asked(&second.id, "cancelled", Action::Cancel { reason }));
    accepted(submit(shop, "e", "li", 1, &tea));
    shop.pass(60_000);
    assert_eq!(shop.lapse(), 2);
    accepted(submit(shop, "f", "li", 1, &tea));
    assert_eq!(submit(shop, "g", "li", 1, &tea), too_many(2));
    shop.assert_the_books_balance();
}

pub(super) fn orders_of_one_buyer_at_the_same_moment_exceed_no_limit<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 2);
    define(shop, &tea, 100);
    shop.pass(HOUR_MS);
    let orders: Vec<_> = (0..8)
        .map(|n| asks(shop, &format!("k{n}"), "li", 1, &tea))
        .collect();
    let replies = shop.submit_quoted_together(&terms(None, None), &orders);
    let refused = replies
        .iter()
        .filter(|reply| **reply == too_many(2))
        .count();
    assert_eq!(refused, 6, "{replies:?}");
    assert_eq!(shop.units(TEA)[1], 98);
}

pub(super) fn units_of_a_sale_are_held_as_long_as_it_says<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    define(shop, &tea, 9);
    shop.pass(HOUR_MS);
    let placed = accepted(submit(shop, "a", "li", 1, &tea));
    const { assert!(TERMS.transfer_hold_ms > 60_000) };
    assert_eq!(placed.hold_until_ms, Some(placed.placed_at_ms + 60_000));
}

pub(super) fn no_order_makes_a_sale_longer_or_its_limit_higher<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 2);
    define(shop, &tea, 9);
    let with = |change: &dyn Fn(&mut OfSale)| {
        let mut other = tea.clone();
        change(other.sale.as_mut().expect("a sale"));
        other
    };
    let early = with(&|of| of.opens_at_ms = 0);
    let long = with(&|of| of.closes_at_ms += HOUR_MS);
    let many = with(&|of| of.limit = 9);
    let changed = SubmitReply::QuoteChanged { total: None };
    assert_eq!(submit(shop, "a", "li", 1, &early), changed);
    shop.pass(HOUR_MS);
    assert_eq!(submit(shop, "b", "li", 9, &many), changed);
    shop.pass(HOUR_MS);
    assert_eq!(submit(shop, "c", "li", 1, &long), changed);
    // Nor is it sold without a quote.
    let plain = order("d", &[(TEA, 1)]);
    assert_eq!(shop.submit(&plain), changed);
    shop.define(vec![definition("tea", PRICE, 9)]);
    accepted(shop.submit(&order("f", &[("tea", 1)])));
}

pub(super) fn an_order_of_two_sales_keeps_to_both<F: Fixture>(shop: &Shop<F>) {
    const MUG: &str = "sale:night:mug";
    let tea = tea(shop, 2);
    let mut mug = tea.clone();
    mug.sku = MUG.to_owned();
    // The same number of a session in another sale, which opens half an hour later.
    let of = mug.sale.as_mut().expect("a sale");
    of.sale = "night".to_owned();
    of.opens_at_ms += HOUR_MS / 2;
    of.closes_at_ms += HOUR_MS / 2;
    (of.limit, of.pay_within_ms) = (1, Some(30_000));
    let opens_at_ms = of.opens_at_ms;
    let mut mugs = offer(&[&mug], 9);
    mugs.sku = MUG.to_owned();
    let mut teas = offer(&[&tea], 9);
    teas.sku = TEA.to_owned();
    shop.define(vec![teas, mugs]);
    let both = |key: &str, mugs: u32| {
        let submit = paid_by(PaymentMethod::Transfer, key, &[(TEA, 1), (MUG, mugs)]);
        let asked = of_buyer("li", quoted_by_line(shop, submit, &[&tea, &mug]));
        shop.submit_quoted(&terms(None, None), &asked)
    };
    shop.pass(HOUR_MS);
    let books = shop.books();
    assert_eq!(both("a", 1), SubmitReply::NotOpen { opens_at_ms });
    assert_eq!(shop.books(), books, "nothing is written");
    shop.pass(HOUR_MS / 2);
    let refused = both("a", 2);
    assert!(
        matches!(&refused, SubmitReply::LimitExceeded { allowed: 1, sku, .. } if sku.as_deref() == Some(MUG)),
        "{refused:?}"
    );
    let placed = accepted(both("a", 1));
    assert_eq!(placed.hold_until_ms, Some(placed.placed_at_ms + 30_000));
    shop.pass(HOUR_MS / 2);
    assert_eq!(both("b", 1), SubmitReply::SaleOver);
}

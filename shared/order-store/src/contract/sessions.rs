//! Statements on tickets of a waiting room: one order for each, and the list that its usher reads.

use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::{
    Action, PaymentMethod, ReadSession, SaleTicket, SessionLevel, SessionOrder, SessionStanding,
};

use super::Fixture;
use super::archive::tell;
use super::life::{asked, paid_by, receive};
use super::prices::{accepted, facts, of_buyer, offer, quoted_by_line, terms};
use super::shop::{Shop, TERMS, order, submit_quoted_to};
use crate::{SessionStore, StoreError, SubmitOrder, SubmitReply};

const TEA: &str = "sale:drop:tea";
const MUG: &str = "sale:night:mug";
const SESSION: u32 = 7;
const PRICE: i64 = 500;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An item of a session that is on for a month, at 50 units for each buyer.
fn of_sale<F: Fixture>(shop: &Shop<F>, sku: &str, sale: &str, session: u32) -> Facts {
    Facts {
        sku: sku.to_owned(),
        sale: Some(OfSale {
            sale: sale.to_owned(),
            session,
            opens_at_ms: shop.now_ms(),
            closes_at_ms: shop.now_ms() + 30 * DAY_MS,
            limit: 50,
            pay_within_ms: Some(60_000),
        }),
        ..facts(PRICE)
    }
}

fn define<F: Fixture>(shop: &Shop<F>, items: &[&Facts], units: i64) {
    let offers = items.iter().map(|facts| {
        let mut offer = offer(&[facts], units);
        offer.sku.clone_from(&facts.sku);
        offer
    });
    shop.define(offers.collect());
}

/// Tea in a session, so many units of it.
fn tea<F: Fixture>(shop: &Shop<F>, units: i64) -> Facts {
    let tea = of_sale(shop, TEA, "drop", SESSION);
    define(shop, &[&tea], units);
    tea
}

/// The ticket at a place; `seed` is a letter.
fn ticket(session: u32, place: u8, seed: char) -> Box<SaleTicket> {
    Box::new(SaleTicket {
        session,
        rank: rank(place),
        seed: format!("{seed}{}", "A".repeat(21)),
    })
}

fn rank(place: u8) -> String {
    format!("0-{place:016x}")
}

/// An order of the ticket at a place.
fn asks<F: Fixture>(shop: &Shop<F>, key: &str, place: u8, lines: &[(&Facts, u32)]) -> SubmitOrder {
    let named = lines.iter().map(|(facts, units)| (&*facts.sku, *units));
    let named: Vec<_> = named.collect();
    let facts: Vec<_> = lines.iter().map(|(facts, _)| *facts).collect();
    let submit = paid_by(PaymentMethod::Transfer, key, &named);
    let mut submit = of_buyer(key, quoted_by_line(shop, submit, &facts));
    submit.ticket = Some(ticket(SESSION, place, 'A'));
    submit
}

fn submit<F: Fixture>(shop: &Shop<F>, submit: &SubmitOrder) -> SubmitReply {
    shop.submit_quoted(&terms(None, None), submit)
}

fn ticket_used() -> SubmitReply {
    SubmitReply::LimitExceeded {
        limit: "sale_orders_per_ticket".to_owned(),
        allowed: 1,
        sku: None,
    }
}

/// The list of the session after a number.
fn listed<F: Fixture>(shop: &Shop<F>, after: i64) -> Vec<SessionOrder> {
    let SessionStanding { levels, orders } = shop.session(SESSION, &[], after);
    assert_eq!(levels, []);
    let ascends = orders.is_sorted_by(|one, next| one.number < next.number);
    assert!(
        ascends && orders.iter().all(|one| one.number > after),
        "{orders:?}"
    );
    orders
}

/// Places and units of the list.
fn places(orders: &[SessionOrder]) -> Vec<(&str, u32)> {
    orders.iter().map(|one| (&*one.rank, one.units)).collect()
}

fn cancel<F: Fixture>(shop: &Shop<F>, order: &str) {
    let reason = "changed my mind".to_owned();
    shop.done(&asked(order, "cancelled", Action::Cancel { reason }));
}

pub(super) fn a_ticket_has_one_order<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    let first = asks(shop, "a", 1, &[(&tea, 2)]);
    accepted(submit(shop, &first));
    let books = shop.books();
    let second = asks(shop, "b", 1, &[(&tea, 1)]);
    assert_eq!(submit(shop, &second), ticket_used());
    assert_eq!(shop.books(), books, "nothing is written");
    assert_eq!(places(&listed(shop, 0)), [(&*rank(1), 2)]);
    // The same key is the same order.
    let again = submit(shop, &first);
    assert!(matches!(again, SubmitReply::Exists { .. }), "{again:?}");
    assert_eq!(listed(shop, 0).len(), 1);
    // Rank and seed together are a ticket.
    let mut other = asks(shop, "c", 1, &[(&tea, 1)]);
    other.ticket = Some(ticket(SESSION, 1, 'B'));
    accepted(submit(shop, &other));
    accepted(submit(shop, &asks(shop, "d", 2, &[(&tea, 1)])));
    // What is paid keeps its ticket.
    shop.done(&asked("number-of-d", "paid", receive(total_of_one())));
    shop.pass(60_000);
    shop.lapse();
    assert_eq!(
        submit(shop, &asks(shop, "e", 2, &[(&tea, 1)])),
        ticket_used()
    );
}

/// What an order of one unit costs: less 10 %, with a delivery for 500, and 10 % tax.
fn total_of_one() -> i64 {
    let goods = PRICE - PRICE / 10 + 500;
    goods + goods / 10
}

pub(super) fn orders_with_one_ticket_at_the_same_moment_are_one<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 100);
    let orders: Vec<_> = (0..8)
        .map(|n| asks(shop, &format!("k{n}"), 1, &[(&tea, 1)]))
        .collect();
    let replies = shop.submit_quoted_together(&terms(None, None), &orders);
    let refused = replies.iter().filter(|&reply| *reply == ticket_used());
    assert_eq!(refused.count(), 7, "{replies:?}");
    assert_eq!(shop.units(TEA), [100, 99, 1, 0]);
    assert_eq!(places(&listed(shop, 0)), [(&*rank(1), 1)]);
}

pub(super) fn an_order_that_comes_to_nothing_gives_its_ticket_back<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    let buy = |key: &str| submit(shop, &asks(shop, key, 1, &[(&tea, 1)]));
    let first = accepted(buy("a"));
    cancel(shop, &first.id);
    accepted(buy("b"));
    assert_eq!(buy("c"), ticket_used());
    shop.pass(60_000);
    assert_eq!(shop.lapse(), 1);
    accepted(buy("d"));
    assert_eq!(buy("e"), ticket_used());
    // Each of them stays in the list.
    assert_eq!(places(&listed(shop, 0)), [(&*rank(1), 1); 3]);
}

pub(super) fn orders_of_a_session_are_listed_in_their_order<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 99);
    assert_eq!(listed(shop, 0), []);
    for (key, place, units) in [("a", 9, 1), ("b", 3, 3)] {
        accepted(submit(shop, &asks(shop, key, place, &[(&tea, units)])));
    }
    let first = listed(shop, 0);
    assert_eq!(places(&first), [(&*rank(9), 1), (&*rank(3), 3)]);
    // An order without a ticket, and one of another session, are not in it.
    let mut without = asks(shop, "c", 1, &[(&tea, 1)]);
    without.ticket = None;
    accepted(submit(shop, &without));
    let mug = of_sale(shop, MUG, "night", SESSION + 1);
    define(shop, &[&mug], 9);
    let mut elsewhere = asks(shop, "d", 9, &[(&mug, 1)]);
    elsewhere.ticket = Some(ticket(SESSION + 1, 9, 'A'));
    accepted(submit(shop, &elsewhere));
    accepted(submit(shop, &asks(shop, "e", 5, &[(&tea, 2)])));
    let both = listed(shop, 0);
    assert_eq!(both[..2], first, "numbers stay");
    assert_eq!(places(&both[2..]), [(&*rank(5), 2)]);
    assert_eq!(listed(shop, first[0].number), both[1..]);
    assert_eq!(listed(shop, both[2].number), []);
    let of_night = shop.session(SESSION + 1, &[], 0).orders;
    assert_eq!(places(&of_night), [(&*rank(9), 1)]);
}

pub(super) fn units_beside_those_of_the_session_are_not_counted<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 99);
    let mug = of_sale(shop, MUG, "night", SESSION + 1);
    let cup = Facts {
        sku: "cup".to_owned(),
        ..facts(PRICE)
    };
    define(shop, &[&mug, &cup], 99);
    let lines = [(&cup, 5), (&tea, 2), (&mug, 4), (&tea, 1)];
    accepted(submit(shop, &asks(shop, "a", 1, &lines)));
    assert_eq!(places(&listed(shop, 0)), [(&*rank(1), 3)]);
    assert_eq!(shop.session(SESSION + 1, &[], 0).orders, []);
}

pub(super) fn a_session_stands_as_its_accounts_do<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    let levels = || shop.session(SESSION, &[MUG, TEA], 0).levels;
    let level = |supplied, available, held| SessionLevel {
        supplied,
        available,
        held,
    };
    let none = SessionLevel::default();
    assert_eq!(levels(), [none, level(9, 9, 0)]);
    accepted(submit(shop, &asks(shop, "a", 1, &[(&tea, 1)])));
    accepted(submit(shop, &asks(shop, "b", 2, &[(&tea, 3)])));
    assert_eq!(levels(), [none, level(9, 5, 4)]);
    shop.done(&asked("number-of-a", "paid", receive(total_of_one())));
    assert_eq!(levels(), [none, level(9, 5, 3)]);
    shop.pass(60_000);
    assert_eq!(shop.lapse(), 1);
    let standing = shop.session(SESSION, &[TEA, MUG], 0);
    assert_eq!(standing.levels, [level(9, 8, 0), none]);
    assert_eq!(places(&standing.orders), [(&*rank(1), 1), (&*rank(2), 3)]);
}

pub(super) fn a_ticket_that_is_none_is_rejected_and_nothing_is_written<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    let cup = Facts {
        sku: "cup".to_owned(),
        ..facts(PRICE)
    };
    define(shop, &[&cup], 9);
    let books = shop.books();
    let with = |change: &dyn Fn(&mut SaleTicket)| {
        let mut order = asks(shop, "k", 1, &[(&tea, 1)]);
        change(order.ticket.as_mut().expect("a ticket"));
        order
    };
    let mut unquoted = order("k", &[("cup", 1)]);
    unquoted.ticket = Some(ticket(SESSION, 1, 'A'));
    for wrong in [
        with(&|ticket| ticket.rank = "2-0000000000000001".to_owned()),
        with(&|ticket| ticket.rank.push('0')),
        with(&|ticket| ticket.rank = String::new()),
        with(&|ticket| ticket.seed.truncate(21)),
        with(&|ticket| ticket.seed.replace_range(..1, ":")),
        with(&|ticket| ticket.session += 1),
        asks(shop, "k", 1, &[(&cup, 1)]),
    ] {
        let reply = shop.try_submit_quoted(&terms(None, None), &wrong);
        assert!(matches!(reply, Err(StoreError::Rejected(_))), "{reply:?}");
    }
    let reply = shop.try_submit(&unquoted);
    assert!(matches!(reply, Err(StoreError::Rejected(_))), "{reply:?}");
    assert_eq!((shop.books(), listed(shop, 0)), (books, Vec::new()));
}

/// What one of several does at the same moment.
enum Part {
    Buys(Box<SubmitOrder>),
    Reads,
}

/// Reads what is new again and again; gives the orders that it has met.
async fn follow<S: SessionStore>(store: &S, now_ms: i64) -> Result<Vec<SessionOrder>, StoreError> {
    let mut met: Vec<SessionOrder> = Vec::new();
    for _ in 0..40 {
        let asked = ReadSession {
            session: SESSION,
            skus: vec![TEA.to_owned()],
            after: met.last().map_or(0, |last| last.number),
        };
        let SessionStanding { levels, orders } = store.read_session(&asked, now_ms).await?;
        met.extend(orders);
        let taken = levels[0].supplied - levels[0].available;
        let of_list: i64 = met.iter().map(|one| i64::from(one.units)).sum();
        assert!(
            of_list <= taken,
            "{of_list} units are listed, {taken} are taken"
        );
    }
    Ok(met)
}

pub(super) fn readers_of_a_session_miss_no_order_and_meet_none_twice<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 100);
    let mut parts: Vec<_> = (0..12)
        .map(|n| asks(shop, &format!("k{n}"), n, &[(&tea, 2)]))
        .map(|order| Part::Buys(Box::new(order)))
        .collect();
    parts.extend([Part::Reads, Part::Reads]);
    let (now_ms, prices) = (shop.now_ms(), terms(None, None));
    let met = shop.together(&parts, async |store, part| match part {
        Part::Reads => follow(store, now_ms).await.map(Some),
        Part::Buys(order) => {
            accepted(submit_quoted_to(store, &prices, order, now_ms).await?);
            Ok(None)
        }
    });
    let all = listed(shop, 0);
    let mut ranks: Vec<_> = all.iter().map(|one| one.rank.clone()).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (0..12).map(rank).collect::<Vec<_>>());
    for mut met in met.into_iter().flatten() {
        met.extend(listed(shop, met.last().map_or(0, |last| last.number)));
        assert_eq!(met, all);
    }
}

pub(super) fn a_session_is_forgotten_a_week_after_its_last_order<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    let buy = |key: &str, place| {
        accepted(submit(shop, &asks(shop, key, place, &[(&tea, 1)])));
    };
    buy("a", 1);
    let first = listed(shop, 0);
    shop.pass(6 * DAY_MS);
    buy("b", 2);
    shop.pass(6 * DAY_MS);
    shop.lapse();
    let both = listed(shop, 0);
    assert_eq!((&both[..1], both.len()), (&first[..], 2));
    // Whether or not a list was ever read.
    let mug = of_sale(shop, MUG, "night", SESSION + 1);
    define(shop, &[&mug], 9);
    let mut unread = asks(shop, "c", 1, &[(&mug, 1)]);
    unread.ticket = Some(ticket(SESSION + 1, 1, 'A'));
    accepted(submit(shop, &unread));
    shop.pass(DAY_MS + HOUR_MS);
    shop.lapse();
    assert_eq!(listed(shop, 0), []);
    let kept = shop.session(SESSION + 1, &[], 0).orders;
    assert_eq!(places(&kept), [(&*rank(1), 1)]);
    // Who goes on after the last number still meets the next order, and the allowance stays.
    buy("d", 3);
    assert_eq!(places(&listed(shop, both[1].number)), [(&*rank(3), 1)]);
    assert_eq!(
        submit(shop, &asks(shop, "e", 3, &[(&tea, 1)])),
        ticket_used()
    );
    shop.pass(7 * DAY_MS + 1);
    shop.lapse();
    shop.lapse();
    let left = (listed(shop, 0), shop.session(SESSION + 1, &[], 0).orders);
    assert_eq!(left, (Vec::new(), Vec::new()));
}

pub(super) fn an_order_that_is_archived_or_deleted_stays_in_the_list<F: Fixture>(shop: &Shop<F>) {
    let tea = tea(shop, 9);
    for (key, place) in [("a", 1), ("b", 2)] {
        let mut order = asks(shop, key, place, &[(&tea, 1)]);
        order.id = format!("{:011X}-{key}", shop.now_ms());
        accepted(submit(shop, &order));
        cancel(shop, &order.id);
        shop.pass(TERMS.transfer_hold_ms);
        shop.lapse();
        tell(shop);
        let gone = match key {
            "a" => shop.thin_out(shop.now_ms(), 9),
            _ => shop.archive(shop.now_ms(), 9),
        };
        assert_eq!(gone, 1, "{key}");
    }
    assert_eq!(places(&listed(shop, 0)), [(&*rank(1), 1), (&*rank(2), 1)]);
    // A ticket of an order that is in the archive is free, as that of any that came to nothing.
    accepted(submit(shop, &asks(shop, "c", 2, &[(&tea, 1)])));
}

//! Statements on orders that say what their buyer was shown: what they keep, when they are refused,
//! and how often a promotion is used.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_domain::Currency;
use souk_pricing::{
    Action as Takes, Amount, Amounts, Area, Class, Cut, DeliveryRate, Facts, Market, MarketPrices,
    Method, MethodKind, Percent, Price as PriceFrom, Promotion, Run, SeriesKeys, TaxMode, TaxRate,
    Terms, Title,
};
use souk_protocol::origin::{
    Action, Breakdown, DriftKind, OfferDefinition, OrderAdjustment, OrderAllocation, OrderQuote,
    OrderTax, OrderTaxPart, PaymentMethod, PromotionRefusal, QuotePlace, ReturnedUnits, Status,
    StoredLine, Subject,
};

use super::Fixture;
use super::archive::{deliver, tell};
use super::life::{asked, authorise, paid_by, receive};
use super::shop::{Drift, Shop, TERMS, definition, order, repair_of, series};
use crate::{StoredOrder, SubmitOrder, SubmitReply};

/// Of a unit, in euros; offers are in dollars.
const TEA: i64 = 1_000;
const FREEZE_MS: i64 = TERMS.freeze_ms;

fn euro() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

fn euros(minor: i64) -> Amounts {
    let currency = euro();
    Amounts(vec![Amount { currency, minor }])
}

fn title(own: &str, german: &str) -> Title {
    Title {
        own: own.to_owned(),
        others: vec![("de".to_owned(), german.to_owned())],
    }
}

/// A market with tax of 10 % that comes to the prices, one delivery for 500, and 10 % off for all.
pub(super) fn terms(uses_max: Option<u32>, uses_per_buyer_max: Option<u32>) -> Terms {
    let market = Market {
        id: "eu".to_owned(),
        tax: TaxMode::Added,
        ..Terms::plain("eu", euro(), "UTC", Vec::new()).markets[0].clone()
    };
    let welcome = Promotion {
        id: "welcome".to_owned(),
        title: title("Welcome", "Willkommen"),
        class: Class::Order,
        runs: vec![Run::default()],
        tiers: Vec::new(),
        priority: 0,
        group: None,
        is_exclusive: false,
        stacks_with: Vec::new(),
        codes: None,
        when: souk_pricing::Minimum::default(),
        products: None,
        action: Takes::Cut(Cut::Percent(Percent::parse("10").expect("a percentage"))),
        discount_max: Amounts::default(),
        uses_max,
        uses_per_buyer_max,
    };
    Terms {
        markets: vec![market],
        methods: vec![Method {
            id: "post".to_owned(),
            title: title("Post", "Post"),
            kind: MethodKind::Ship,
            markets: Vec::new(),
            days: None,
            rates: vec![DeliveryRate {
                amount: euros(500),
                ..DeliveryRate::default()
            }],
            points: Vec::new(),
        }],
        rates: vec![TaxRate {
            name: "VAT".to_owned(),
            percent: Percent::parse("10").expect("a percentage"),
            area: Area::default(),
            market: None,
            category: None,
            is_duty: false,
            free_below: Amounts::default(),
        }],
        promotions: vec![welcome],
        ..Terms::default()
    }
}

/// What is known of tea at a price.
pub(super) fn facts(minor: i64) -> Facts {
    Facts {
        sku: "tea".to_owned(),
        slug: "tea-slug".to_owned(),
        title: title("Tea", "Tee"),
        prices: vec![MarketPrices {
            market: "eu".to_owned(),
            timeline: vec![PriceFrom {
                from_ms: 0,
                minor: Some(minor),
                ..PriceFrom::default()
            }],
        }],
        ..Facts::default()
    }
}

pub(super) fn offer(facts: &[&Facts], units: i64) -> OfferDefinition {
    OfferDefinition {
        facts: facts.iter().map(|one| one.stamp().to_string()).collect(),
        ..definition("tea", 1_100, units)
    }
}

/// What `units` of tea cost by [`terms`].
fn total(units: i64, price: i64) -> i64 {
    let goods = units * price - units * price / 10;
    goods + 500 + (goods + 500) / 10
}

/// An order of tea whose buyer was shown these facts.
pub(super) fn quoted<F: Fixture>(
    shop: &Shop<F>,
    submit: SubmitOrder,
    facts: &Facts,
) -> SubmitOrder {
    quoted_by_line(shop, submit, &[facts])
}

/// An order whose buyer was shown these facts of its lines.
pub(super) fn quoted_by_line<F: Fixture>(
    shop: &Shop<F>,
    mut submit: SubmitOrder,
    facts: &[&Facts],
) -> SubmitOrder {
    let mut goods = 0;
    for (line, facts) in submit.lines.iter_mut().zip(facts) {
        let price = facts.prices[0].timeline[0].minor.expect("a price");
        goods += i64::from(line.quantity) * price;
        line.facts = Some(STANDARD.encode(facts.encode()));
    }
    submit.details.delivery = "post".to_owned();
    submit.details.language = Some("de".to_owned());
    submit.quote = Some(Box::new(OrderQuote {
        terms: terms(None, None).stamp().to_string(),
        at_ms: shop.now_ms(),
        market: "eu".to_owned(),
        place: QuotePlace::default(),
        pickup_point: None,
        codes: Vec::new(),
        total: total(1, goods),
        without: Vec::new(),
        limited: true,
    }));
    submit
}

pub(super) fn of_buyer(buyer: &str, mut submit: SubmitOrder) -> SubmitOrder {
    submit.asked_by.buyer = Some(buyer.to_owned());
    submit
}

pub(super) fn accepted(reply: SubmitReply) -> StoredOrder {
    match reply {
        SubmitReply::Accepted { order, .. } => *order,
        other => panic!("not accepted: {other:?}"),
    }
}

fn unavailable(reason: PromotionRefusal) -> SubmitReply {
    SubmitReply::PromotionUnavailable {
        promotion: "welcome".to_owned(),
        reason,
    }
}

pub(super) fn an_order_keeps_the_quote_that_its_buyer_was_shown<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let submit = quoted(shop, order("k", &[("tea", 3)]), &tea);
    let placed = accepted(shop.submit_quoted(&terms(None, None), &submit));
    // 3,000 less 10 %, and 10 % of that and of the delivery.
    let line = StoredLine {
        sku: "tea".to_owned(),
        title: "Tee".to_owned(),
        slug: Some("tea-slug".to_owned()),
        quantity: 3,
        unit_price: TEA,
        backordered: 0,
        discount: 300,
        tax: 270,
        duty: 0,
    };
    assert_eq!(placed.lines, [line]);
    assert_eq!((placed.currency.as_str(), placed.shipping), ("EUR", 500));
    assert_eq!(placed.total, 2_700 + 500 + 270 + 50);
    let allocations = vec![OrderAllocation {
        line: Some(0),
        amount: 300,
    }];
    let breakdown = Breakdown {
        market: "eu".to_owned(),
        adjustments: vec![OrderAdjustment {
            promotion: "welcome".to_owned(),
            title: "Willkommen".to_owned(),
            code: None,
            class: "order".to_owned(),
            amount: 300,
            allocations,
        }],
        tax: OrderTax {
            included: false,
            total: 320,
            delivery: 50,
            parts: vec![OrderTaxPart {
                name: "VAT".to_owned(),
                percent: "10".to_owned(),
                base: 3_200,
                amount: 320,
            }],
            lines: Vec::new(),
        },
        duty: OrderTax::default(),
        options: Vec::new(),
    };
    assert_eq!(placed.breakdown(), Some(breakdown));
    assert_eq!(shop.order(&placed.id), Some(placed.clone()));
    assert_eq!(shop.units("tea"), [9, 6, 0, 3]);
    let order = Box::new(placed);
    let again = shop.submit_quoted(&terms(None, None), &submit);
    assert_eq!(again, SubmitReply::Exists { order });
}

pub(super) fn an_order_that_costs_something_else_is_refused_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let books = shop.books();
    let mut submit = quoted(shop, order("k", &[("tea", 1)]), &tea);
    let shown = submit.quote.as_mut().expect("a quote");
    shown.total -= 1;
    let changed = |total| SubmitReply::QuoteChanged { total };
    let total = Some(total(1, TEA));
    assert_eq!(
        shop.submit_quoted(&terms(None, None), &submit),
        changed(total)
    );
    let other = quoted(shop, order("k", &[("tea", 1)]), &facts(TEA - 100));
    assert_eq!(
        shop.submit_quoted(&terms(None, None), &other),
        changed(None)
    );
    let mut drone = quoted(shop, order("k", &[("tea", 1)]), &tea);
    drone.details.delivery = "drone".to_owned();
    let refused = shop.submit_quoted(&terms(None, None), &drone);
    assert_eq!(refused, SubmitReply::DeliveryUnavailable);
    assert_eq!(shop.books(), books);
}

pub(super) fn facts_that_were_replaced_are_sold_for_a_while<F: Fixture>(shop: &Shop<F>) {
    let (before, now) = (facts(TEA), facts(2 * TEA));
    shop.define(vec![offer(&[&before], 9)]);
    // An order of it is remembered by the instance.
    let first = quoted(shop, order("a", &[("tea", 1)]), &before);
    accepted(shop.submit_quoted(&terms(None, None), &first));
    shop.define(vec![offer(&[&now], 9)]);
    let second = quoted(shop, order("b", &[("tea", 1)]), &before);
    let placed = accepted(shop.submit_quoted(&terms(None, None), &second));
    assert_eq!(placed.lines[0].unit_price, TEA);
    let third = quoted(shop, order("c", &[("tea", 1)]), &now);
    let placed = accepted(shop.submit_quoted(&terms(None, None), &third));
    assert_eq!(placed.lines[0].unit_price, 2 * TEA);
    shop.pass(FREEZE_MS);
    let late = quoted(shop, order("d", &[("tea", 1)]), &before);
    let refused = shop.submit_quoted(&terms(None, None), &late);
    assert_eq!(refused, SubmitReply::QuoteChanged { total: None });
    // Defined again as it is, it does not begin anew.
    shop.define(vec![offer(&[&now], 9)]);
    let refused = shop.submit_quoted(&terms(None, None), &late);
    assert_eq!(refused, SubmitReply::QuoteChanged { total: None });
    // Variants that share a stock have facts each.
    shop.define(vec![offer(&[&now, &before], 9)]);
    accepted(shop.submit_quoted(&terms(None, None), &late));
}

pub(super) fn of_two_buyers_one_has_the_last_use_of_a_promotion<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 1_000)]);
    let terms = terms(Some(3), None);
    let orders: Vec<_> = (0..8)
        .map(|n| {
            let submit = quoted(shop, order(&format!("k{n}"), &[("tea", 1)]), &tea);
            of_buyer(&format!("buyer {n}"), submit)
        })
        .collect();
    let replies = shop.submit_quoted_together(&terms, &orders);
    let used_up = unavailable(PromotionRefusal::UsedUp);
    let refused = replies.iter().filter(|reply| **reply == used_up).count();
    assert_eq!(refused, 5, "{replies:?}");
    let placed = replies.into_iter().filter(|reply| *reply != used_up);
    assert_eq!(placed.map(accepted).count(), 3);
    assert_eq!(shop.units("tea")[3], 3);
}

/// A code of a series is good for one order, by any buyer; another code of it for another.
pub(super) fn a_code_of_a_series_is_used_once<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let mut terms = terms(None, None);
    terms.promotions[0].codes = Some(Vec::new());
    let code = |number| series().code("welcome", number).expect("there is a key");
    let submit = |key: &str, code: String| {
        let submit = paid_by(PaymentMethod::Transfer, key, &[("tea", 1)]);
        let mut submit = of_buyer(key, quoted(shop, submit, &tea));
        let quote = submit.quote.as_mut().expect("a quote");
        quote.codes = vec![code];
        quote.terms = terms.stamp().to_string();
        submit
    };
    let of = |key: &str, code| shop.submit_quoted(&terms, &submit(key, code));
    let first = accepted(of("a", code(1)));
    let typed = code(1).to_lowercase().replace('-', " ");
    assert_eq!(of("b", typed), unavailable(PromotionRefusal::UsedUp));
    let orders = [submit("c", code(2)), submit("d", code(2))];
    let replies = shop.submit_quoted_together(&terms, &orders);
    let used_up = unavailable(PromotionRefusal::UsedUp);
    assert_eq!(replies.iter().filter(|one| **one == used_up).count(), 1);
    // One that the shop has not made unlocks nothing.
    let other = SeriesKeys::new(["another secret"].into_iter()).code("welcome", 3);
    let forged = of("e", other.expect("there is a key"));
    assert!(
        matches!(forged, SubmitReply::QuoteChanged { .. }),
        "{forged:?}"
    );
    let cancel = Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    shop.done(&asked(&first.id, "cancelled", cancel));
    accepted(of("f", code(1)));
    shop.assert_the_books_balance();
}

pub(super) fn a_buyer_uses_a_promotion_as_often_as_is_allowed<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let terms = terms(Some(3), Some(1));
    let of = |buyer: &str, key: &str| {
        let submit = quoted(shop, order(key, &[("tea", 1)]), &tea);
        shop.submit_quoted(&terms, &of_buyer(buyer, submit))
    };
    accepted(of("li", "a"));
    assert_eq!(of("li", "b"), unavailable(PromotionRefusal::AlreadyUsed));
    accepted(of("han", "c"));
    accepted(of("wei", "d"));
    assert_eq!(of("na", "e"), unavailable(PromotionRefusal::UsedUp));
    // Those of whom nothing is known are one buyer.
    assert_eq!(shop.units("tea")[3], 3);
}

pub(super) fn a_use_is_kept_by_an_order_that_is_paid_and_goes_back_otherwise<F: Fixture>(
    shop: &Shop<F>,
) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let terms = terms(Some(1), Some(1));
    let of = |key: &str| {
        let submit = paid_by(PaymentMethod::Transfer, key, &[("tea", 1)]);
        let submit = of_buyer("li", quoted(shop, submit, &tea));
        shop.submit_quoted(&terms, &submit)
    };
    accepted(of("expires"));
    let used_up = unavailable(PromotionRefusal::UsedUp);
    assert_eq!(of("x"), used_up);
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 1);
    let cancelled = accepted(of("cancelled"));
    let cancel = |key: &str| Action::Cancel {
        reason: key.to_owned(),
    };
    shop.done(&asked(&cancelled.id, "c", cancel("changed my mind")));
    let paid = accepted(of("paid"));
    shop.done(&asked(&paid.id, "p", receive(paid.total)));
    assert_eq!(of("x"), used_up);
    shop.assert_the_books_balance();
    shop.done(&asked(&paid.id, "c", cancel("too late")));
    accepted(of("last"));
}

pub(super) fn an_order_that_is_reinstated_takes_its_use_again_or_is_not<F: Fixture>(
    shop: &Shop<F>,
) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let terms = terms(Some(1), None);
    let of = |key: &str| {
        let submit = paid_by(PaymentMethod::Card, key, &[("tea", 1)]);
        shop.submit_quoted(&terms, &quoted(shop, submit, &tea))
    };
    let (first, total) = (accepted(of("first")), total(1, TEA));
    shop.pass(TERMS.card_hold_ms);
    assert_eq!(shop.lapse(), 1);
    let record = shop.done(&asked(&first.id, "late", authorise(total)));
    assert_eq!(record.progress.status, Status::Confirmed);
    assert_eq!(of("x"), unavailable(PromotionRefusal::UsedUp));
    shop.assert_the_books_balance();
    let cancel = Action::Cancel {
        reason: String::new(),
    };
    shop.done(&asked(&first.id, "c", cancel));
    let second = accepted(of("second"));
    shop.pass(TERMS.card_hold_ms);
    assert_eq!(shop.lapse(), 1);
    accepted(of("third"));
    let units = shop.units("tea");
    let record = shop.done(&asked(&second.id, "late", authorise(total)));
    assert_eq!(record.progress.status, Status::Expired);
    assert_eq!(shop.units("tea"), units);
}

pub(super) fn an_order_in_the_archive_keeps_its_use<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let terms = terms(Some(1), Some(1));
    let of = |key: &str| {
        let submit = of_buyer("li", order(key, &[("tea", 2)]));
        shop.submit_quoted(&terms, &quoted(shop, submit, &tea))
    };
    let placed = accepted(of("k"));
    shop.done(&asked(&placed.id, "p", receive(placed.total)));
    deliver(shop, &placed.id);
    tell(shop);
    assert_eq!(shop.archive(shop.now_ms(), 10), 1);
    shop.assert_the_books_balance();
    assert_eq!(of("x"), unavailable(PromotionRefusal::UsedUp));
    let back = Action::Return {
        units: vec![ReturnedUnits {
            line: 0,
            quantity: 1,
            restock: true,
        }],
        refund: None,
        reason: "broken".to_owned(),
    };
    let record = shop.done(&asked(&placed.id, "b", back));
    // Half of 1,800 and of 180.
    assert_eq!(record.progress.funds.refunding, 990);
    shop.assert_the_books_balance();
}

pub(super) fn uses_that_drift_are_found_and_counted_again<F: Fixture>(_: &Shop<F>) {
    let shop = Shop::<F>::empty();
    let tea = facts(TEA);
    shop.define(vec![offer(&[&tea], 9)]);
    let terms = terms(Some(1), None);
    let of = |key: &str| {
        let submit = quoted(&shop, order(key, &[("tea", 1)]), &tea);
        shop.submit_quoted(&terms, &submit)
    };
    let placed = accepted(of("k"));
    shop.done(&asked(&placed.id, "p", receive(placed.total)));
    if !shop.plant(Drift::Allowances) {
        return;
    }
    let drift = shop.audit().drift;
    let found: Vec<_> = drift
        .iter()
        .map(|one| (one.kind, one.subject.as_str()))
        .collect();
    assert_eq!(found, [(DriftKind::Allowance, "promotion:welcome")]);
    let subject = Subject::Allowance("promotion:welcome".to_owned());
    shop.repaired(&repair_of("r", subject));
    assert_eq!(of("x"), unavailable(PromotionRefusal::UsedUp));
    shop.assert_the_books_balance();
}

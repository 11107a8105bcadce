//! How the origin prices an order: by the terms that are published, or for a while by those before them.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use souk_contract::prices::{PRICE, encoded, facts, offer, quote, set_terms, terms};
use souk_contract::{ObjectSqliteShop, PostgresShop};
use souk_order_store::contract::Fixture;
use souk_origin::{AvailabilityProjector, Memory, Settings};
use souk_pricing::Terms;
use souk_protocol::origin::{
    self, AuditReport, COPY_CUT_MS_MIN, CopiedRows, CopyRows, DefineOffers, Ledger, OfferPrice,
    OrderQuote, PriceLedger, PromotionRefusal, ReadPrices, RequeueOrders, RequeuedOrders, Restore,
    RestoreReply, SubmitOrder, SubmitReply,
};

const FREEZE_MS: i64 = 15 * 60 * 1_000;

struct NoBadges;

impl AvailabilityProjector for NoBadges {
    async fn project(&self, _availability: Vec<u8>) {}
}

/// An origin that remembers what it has read.
struct Origin<F: Fixture> {
    fixture: F,
    store: F::Store,
    memory: Memory,
    settings: Settings,
    now_ms: i64,
}

impl<F: Fixture> Origin<F> {
    fn empty() -> Self {
        let fixture = F::empty();
        Self {
            store: fixture.open(),
            fixture,
            memory: Memory::new(),
            settings: Settings::default(),
            now_ms: 1_800_000_000_000,
        }
    }

    /// That sells tea, ten units.
    fn open(terms: &Terms) -> Self {
        let origin = Self::empty();
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: vec![offer(&facts("tea", PRICE), 10)],
            withdrawn: Vec::new(),
        };
        origin.done(origin::OFFERS_PATH, &offers);
        origin.done(origin::TERMS_PATH, &set_terms(terms));
        origin
    }

    fn answer(&self, path: &str, message: &impl Serialize) -> (StatusCode, Bytes) {
        let body = serde_json::to_vec(message).expect("plain structs");
        let request = Request::post(path).body(body.into()).expect("a request");
        let answer = souk_origin::handle(
            &request,
            &self.store,
            &NoBadges,
            &self.memory,
            self.now_ms,
            &self.settings,
            |line: &str| println!("{line}"),
        );
        let answer = self.fixture.block_on(answer);
        (answer.status(), answer.into_body())
    }

    fn done(&self, path: &str, message: &impl Serialize) {
        assert_eq!(self.answer(path, message).0, StatusCode::NO_CONTENT);
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> T {
        let (status, body) = self.answer(path, message);
        assert!(status.is_success(), "{path}: {status}");
        serde_json::from_slice(&body).expect("a shape of the protocol")
    }

    /// Submits an order whose buyer was shown this.
    fn buy(&self, key: &str, quote: Option<Box<OrderQuote>>) -> SubmitReply {
        self.ask(origin::ORDERS_PATH, &order(key, quote))
    }

    fn quote(&self, terms: &Terms) -> Option<Box<OrderQuote>> {
        Some(quote(terms, self.now_ms, true))
    }
}

/// An order of a unit of tea.
fn order(key: &str, quote: Option<Box<OrderQuote>>) -> SubmitOrder {
    let mut submit: SubmitOrder = serde_json::from_value(json!({
        "key": key, "fingerprint": "content", "id": format!("number-of-{key}"),
        "lines": [{"sku": "tea", "quantity": 1, "facts": encoded(&facts("tea", PRICE))}],
        "details": {"delivery": "standard", "payment": "on_delivery"}
    }))
    .expect("a shape of the protocol");
    submit.quote = quote;
    submit
}

fn accepted(reply: &SubmitReply) {
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
}

const CHANGED: SubmitReply = SubmitReply::QuoteChanged { total: None };

fn an_order_is_priced_by_the_terms_that_its_buyer_was_shown<F: Fixture>() {
    let (first, second) = (terms(None), terms(Some(9)));
    let mut shop = Origin::<F>::open(&first);
    accepted(&shop.buy("a", shop.quote(&first)));
    // They are published a moment later.
    assert_eq!(shop.buy("b", shop.quote(&second)), CHANGED);
    shop.now_ms += 1;
    shop.done(origin::TERMS_PATH, &set_terms(&second));
    accepted(&shop.buy("b", shop.quote(&second)));
    shop.now_ms += FREEZE_MS;
    accepted(&shop.buy("c", shop.quote(&first)));
    shop.now_ms += 1;
    assert_eq!(shop.buy("d", shop.quote(&first)), CHANGED);
    accepted(&shop.buy("d", shop.quote(&second)));
    // What is placed is placed, by whatever terms.
    let again = shop.buy("a", shop.quote(&first));
    assert!(matches!(again, SubmitReply::Exists { .. }), "{again:?}");
    // An edge that knows no terms has to read them.
    assert_eq!(shop.buy("e", None), SubmitReply::TermsChanged);
    shop.settings.terms.freeze_ms = 0;
    shop.done(origin::TERMS_PATH, &set_terms(&first));
    shop.now_ms += 1;
    assert_eq!(shop.buy("e", shop.quote(&second)), CHANGED);
    accepted(&shop.buy("e", shop.quote(&first)));
}

fn a_price_is_good_for_a_while_after_the_moment_that_was_shown<F: Fixture>() {
    let mut terms = terms(None);
    let mut shop = Origin::<F>::open(&terms);
    // Half off ends.
    let ends_ms = shop.now_ms + 1_000;
    terms.promotions[0].runs[0].until_ms = Some(ends_ms);
    shop.done(origin::TERMS_PATH, &set_terms(&terms));
    let shown = shop.quote(&terms);
    shop.now_ms += FREEZE_MS;
    accepted(&shop.buy("a", shown.clone()));
    shop.now_ms += 1;
    let total = Some(PRICE);
    let changed = SubmitReply::QuoteChanged { total };
    assert_eq!(shop.buy("b", shown), changed);
    // A clock may be ahead by some seconds, and not by more.
    let (mut soon, mut late) = (shop.quote(&terms), shop.quote(&terms));
    for quote in [&mut soon, &mut late].into_iter().flatten() {
        quote.total = PRICE;
    }
    soon.as_mut().expect("a quote").at_ms += 5_000;
    accepted(&shop.buy("c", soon));
    let begins = &mut terms.promotions[0].runs[0];
    (begins.from_ms, begins.until_ms) = (Some(shop.now_ms + 60_000), None);
    shop.done(origin::TERMS_PATH, &set_terms(&terms));
    let mut ahead = shop.quote(&terms);
    ahead.as_mut().expect("a quote").at_ms += 60_000;
    assert_eq!(shop.buy("d", ahead), changed);
}

fn an_instance_learns_of_new_terms_while_orders_name_the_old_ones<F: Fixture>() {
    let (first, second) = (terms(None), terms(Some(9)));
    let mut shop = Origin::<F>::open(&first);
    shop.settings.terms.freeze_ms = 0;
    accepted(&shop.buy("a", shop.quote(&first)));
    // Another instance hears of the publication.
    let memory = std::mem::take(&mut shop.memory);
    shop.done(origin::TERMS_PATH, &set_terms(&second));
    shop.memory = memory;
    let bound_ms = souk_protocol::consistency::Data::Catalogue
        .class()
        .bound_ms();
    for (key, wait_ms) in [("b", bound_ms / 2), ("c", bound_ms / 2 - 1)] {
        shop.now_ms += wait_ms;
        accepted(&shop.buy(key, shop.quote(&first)));
    }
    shop.now_ms += 1;
    assert_eq!(shop.buy("d", shop.quote(&first)), CHANGED);
}

fn facts_that_are_not_of_the_line_are_rejected<F: Fixture>() {
    let terms = terms(None);
    let shop = Origin::<F>::open(&terms);
    let of_cup = encoded(&facts("cup", PRICE));
    for (text, is_good) in [
        (Some(of_cup.as_str()), false),
        (Some("no Base64"), false),
        (None, false),
        (Some(&encoded(&facts("tea", PRICE))), true),
    ] {
        let mut submit = order("a", shop.quote(&terms));
        submit.lines[0].facts = text.map(str::to_owned);
        let (status, _) = shop.answer(origin::ORDERS_PATH, &submit);
        assert_eq!(status.is_success(), is_good, "{text:?}: {status}");
    }
}

fn the_ledger_of_prices_is_read_with_the_clock_of_the_origin<F: Fixture>() {
    let shop = Origin::<F>::open(&terms(None));
    let asked = |after: &str| ReadPrices {
        skus: vec!["tea".to_owned(), "cup".to_owned()],
        after: after.to_owned(),
    };
    let page: PriceLedger = shop.ask(origin::PRICES_PATH, &asked(""));
    assert_eq!((page.now_ms, page.after), (shop.now_ms, None));
    let record = &page.records[0];
    assert_eq!(
        (record.sku.as_str(), record.recorded_ms),
        ("tea", shop.now_ms)
    );
    assert_eq!(
        record.prices[0].timeline,
        [OfferPrice(0, Some(PRICE), None)]
    );
    let next: PriceLedger = shop.ask(origin::PRICES_PATH, &asked(&record.number.to_string()));
    assert_eq!(next.records, []);
    let (status, _) = shop.answer(origin::PRICES_PATH, &asked("x"));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn a_copy_put_back_has_the_uses_of_promotions_and_the_ledger_of_prices<
    From: Fixture,
    To: Fixture,
>() {
    let terms = terms(Some(1));
    let mut shop = Origin::<From>::open(&terms);
    let ledger = |origin: &dyn Fn(&ReadPrices) -> PriceLedger| {
        let records = origin(&ReadPrices {
            skus: vec!["tea".to_owned()],
            after: String::new(),
        });
        let records = records.records.into_iter();
        records.map(|one| (one.recorded_ms, one.prices)).collect()
    };
    let recorded: Vec<_> = ledger(&|asked| shop.ask(origin::PRICES_PATH, asked));
    assert_eq!(recorded.len(), 1);
    accepted(&shop.buy("a", shop.quote(&terms)));
    let until_ms = shop.now_ms;
    shop.now_ms += COPY_CUT_MS_MIN + 1;
    let mut new = Origin::<To>::empty();
    new.now_ms = shop.now_ms;
    let backup = || "one".to_owned();
    let _: RestoreReply = new.ask(origin::RESTORE_PATH, &Restore::Begin { backup: backup() });
    for (batch, ledger) in (1..).zip(Ledger::ALL) {
        let asked = CopyRows {
            ledger,
            after: String::new(),
            until_ms,
        };
        let page: CopiedRows = shop.ask(origin::COPY_PATH, &asked);
        let mut rows = page.rows;
        if ledger == Ledger::Offers {
            for (column, units) in [("supplied", 10), ("available", 9), ("held", 0), ("sold", 1)] {
                rows[0][column] = Value::from(units);
            }
        }
        let step = Restore::Rows {
            backup: backup(),
            batch,
            ledger,
            rows,
        };
        let reply: RestoreReply = new.ask(origin::RESTORE_PATH, &step);
        assert_eq!(reply, RestoreReply::Done { batch });
    }
    let _: RestoreReply = new.ask(origin::RESTORE_PATH, &Restore::Finish { backup: backup() });
    let _: RequeuedOrders = new.ask(origin::REQUEUE_PATH, &RequeueOrders::default());
    let report: AuditReport = new.ask(origin::AUDIT_PATH, &());
    assert_eq!(report.drift, Vec::new());
    let copied: Vec<_> = ledger(&|asked| new.ask(origin::PRICES_PATH, asked));
    assert_eq!(copied, recorded);
    // The version is shown again, and its terms come with it.
    assert_eq!(new.buy("b", new.quote(&terms)), CHANGED);
    new.done(origin::TERMS_PATH, &set_terms(&terms));
    let used_up = SubmitReply::PromotionUnavailable {
        promotion: "half".to_owned(),
        reason: PromotionRefusal::UsedUp,
    };
    assert_eq!(new.buy("b", new.quote(&terms)), used_up);
}

mod sqlite {
    use super::*;

    #[test]
    fn an_order_is_priced_by_the_terms_that_its_buyer_was_shown() {
        super::an_order_is_priced_by_the_terms_that_its_buyer_was_shown::<ObjectSqliteShop>();
    }

    #[test]
    fn a_price_is_good_for_a_while_after_the_moment_that_was_shown() {
        super::a_price_is_good_for_a_while_after_the_moment_that_was_shown::<ObjectSqliteShop>();
    }

    #[test]
    fn facts_that_are_not_of_the_line_are_rejected() {
        super::facts_that_are_not_of_the_line_are_rejected::<ObjectSqliteShop>();
    }

    #[test]
    fn the_ledger_of_prices_is_read_with_the_clock_of_the_origin() {
        super::the_ledger_of_prices_is_read_with_the_clock_of_the_origin::<ObjectSqliteShop>();
    }

    #[test]
    fn a_copy_put_back_has_the_uses_of_promotions_and_the_ledger_of_prices() {
        super::a_copy_put_back_has_the_uses_of_promotions_and_the_ledger_of_prices::<
            ObjectSqliteShop,
            PostgresShop,
        >();
    }
}

mod postgres {
    use super::*;

    #[test]
    fn an_order_is_priced_by_the_terms_that_its_buyer_was_shown() {
        super::an_order_is_priced_by_the_terms_that_its_buyer_was_shown::<PostgresShop>();
    }

    #[test]
    fn an_instance_learns_of_new_terms_while_orders_name_the_old_ones() {
        super::an_instance_learns_of_new_terms_while_orders_name_the_old_ones::<PostgresShop>();
    }

    #[test]
    fn the_ledger_of_prices_is_read_with_the_clock_of_the_origin() {
        super::the_ledger_of_prices_is_read_with_the_clock_of_the_origin::<PostgresShop>();
    }

    #[test]
    fn a_copy_put_back_has_the_uses_of_promotions_and_the_ledger_of_prices() {
        super::a_copy_put_back_has_the_uses_of_promotions_and_the_ledger_of_prices::<
            PostgresShop,
            ObjectSqliteShop,
        >();
    }
}

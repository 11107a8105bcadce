//! A shop under test: an engine, a clock that ticks, and the words that the statements use.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Barrier;

use souk_pricing::SeriesKeys;
use souk_protocol::history;
use souk_protocol::origin::{
    AskedBy, AuditReport, ChangeOrder, Claim, DefineOffers, Message, OfferDefinition, OrderDetails,
    PaymentMethod, PriceRecord, Queue, QueueDepth, ReadSession, ReceiptReply, Repair, RepairBooks,
    RepairReply, Revoke, SessionStanding, SetTerms, Settlement, StockAccount, StockReceipt,
    StoredTerms, Subject, SubmitLine,
};
use souk_protocol::public::{Address, Customer};
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};

use crate::{
    BooksAudit, ChangeReply, Limits, MessageQueue, NewOrder, OrderRecord, OrderStore, Price,
    PublicationStep, PublicationStore, Readdressed, SealedOrder, SessionStore, SoldOutHoldRequest,
    SoldOutHoldSet, StockStore, Store, StoreError, StoredOrder, SubmitOrder, SubmitReply, Terms,
    TermsChange, change, change_with, pricing, tick,
};

/// The express fee of every shop under test, in minor units.
pub(super) const EXPRESS_FEE: i64 = 1_500;

/// What every shop under test promises.
pub(super) const TERMS: Terms = Terms {
    express_fee_minor: EXPRESS_FEE,
    ..Terms::DEFAULT
};

/// The keys of series of every shop under test.
pub(super) fn series() -> SeriesKeys {
    SeriesKeys::new(["a secret for codes"].into_iter())
}

/// Tries of a request that the engine was too busy for.
const TRIES_MAX: usize = 50;

/// An engine under test.
pub trait Fixture: Sync {
    /// The store on it.
    type Store: Store;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// A store over this database; called on several threads, where the engine allows that with
    /// a connection of its own for each.
    fn open(&self) -> Self::Store;

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;

    /// Damages the books behind the store's back. `false`: cannot be done here.
    fn plant(&self, drift: Drift) -> bool {
        let _ = drift;
        false
    }

    /// Every row of the ledger of stock and then of its repairs, as text, in the order in which
    /// they were written; then key, reason and name of every receipt and repair, by their keys.
    fn ledger(&self) -> [Vec<String>; 3];
}

/// A damage that an audit must find. Each concerns every row of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// One unit more is sold, and one fewer available, than the ledger says.
    Account,
    /// Five units more came in, and can be ordered, than the ledger says.
    Supplied,
    /// The movements are gone.
    Movements,
    /// The movements of orders are gone.
    Sales,
    /// The orders are gone, but not the units that they took.
    Orders,
    /// The accounts are gone.
    Accounts,
    /// The outbox is empty.
    Outbox,
    /// The outbox has no ends of holds.
    Holds,
    /// The ledger of funds is empty.
    Funds,
    /// The history of every order lacks its first event.
    History,
    /// The allowances are gone.
    Allowances,
    /// The allowance `buyer:stray` says that nine units are taken of it.
    StrayAllowance,
}

/// Everything that a store can be asked about its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Books {
    accounts: Vec<StockAccount>,
    unavailable: Vec<String>,
    audit: AuditReport,
    publications: Publications,
}

/// A shop under test.
pub(super) struct Shop<F: Fixture> {
    fixture: F,
    store: F::Store,
    now_ms: Cell<i64>,
    skus: RefCell<BTreeSet<String>>,
    damaged: Cell<bool>,
}

impl<F: Fixture> Shop<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let store = fixture.open();
        Self {
            fixture,
            store,
            now_ms: Cell::new(1_800_000_000_000),
            skus: RefCell::default(),
            damaged: Cell::new(false),
        }
    }

    /// The moment of the next call: each is a millisecond after the one before.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    fn tick(&self) -> i64 {
        self.now_ms.replace(self.now_ms.get() + 1)
    }

    pub(super) fn pass(&self, milliseconds: i64) {
        self.now_ms.set(self.now_ms.get() + milliseconds);
    }

    /// Defines offers in USD: SKU, price, first units.
    pub(super) fn offer(&self, offers: &[(&str, i64, i64)]) {
        let offers = offers
            .iter()
            .map(|&(sku, unit_price, units)| definition(sku, unit_price, units))
            .collect();
        self.define(offers);
    }

    pub(super) fn define(&self, offers: Vec<OfferDefinition>) {
        self.try_define(&offers_in("USD", offers))
            .expect("the offers are fine");
    }

    pub(super) fn withdraw(&self, skus: &[&str]) {
        let mut change = offers_in("USD", Vec::new());
        change.withdrawn = skus.iter().map(|&sku| sku.to_owned()).collect();
        self.try_define(&change).expect("withdrawing is fine");
    }

    pub(super) fn try_define(&self, offers: &DefineOffers) -> Result<(), StoreError> {
        let now = self.tick();
        let done = self.wait(self.store.define_offers(offers, now));
        if done.is_ok() {
            let skus = offers.offers.iter().map(|offer| offer.sku.clone());
            self.skus.borrow_mut().extend(skus);
        }
        done
    }

    /// The ledger of prices after a number.
    pub(super) fn price_records(&self, skus: &[&str], after: i64) -> Vec<PriceRecord> {
        let skus: Vec<_> = skus.iter().map(|&sku| sku.to_owned()).collect();
        let records = self.wait(self.store.prices(&skus, after));
        records.expect("the ledger")
    }

    pub(super) fn submit(&self, submit: &SubmitOrder) -> SubmitReply {
        self.try_submit(submit).expect("a reply")
    }

    pub(super) fn try_submit(&self, submit: &SubmitOrder) -> Result<SubmitReply, StoreError> {
        let now_ms = self.tick();
        self.wait(self.store.submit(new_order(submit, now_ms)))
    }

    /// Submits an order in a shop that has limits.
    pub(super) fn submit_under(&self, limits: Limits, submit: &SubmitOrder) -> SubmitReply {
        let (now_ms, terms) = (self.tick(), Terms { limits, ..TERMS });
        let terms = &terms;
        let new = NewOrder {
            submit,
            now_ms,
            terms,
            price: &crate::Price::OfOffers,
        };
        self.wait(self.store.submit(new)).expect("a reply")
    }

    /// As [`Self::submit_together`], in a shop that has limits.
    pub(super) fn submit_together_under(
        &self,
        limits: Limits,
        orders: &[SubmitOrder],
    ) -> Vec<SubmitReply> {
        let (now_ms, terms) = (self.tick(), &Terms { limits, ..TERMS });
        self.together(orders, async |store, submit| {
            let new = NewOrder {
                submit,
                now_ms,
                terms,
                price: &crate::Price::OfOffers,
            };
            store.submit(new).await
        })
    }

    /// Submits an order that says what its buyer was shown, priced by these terms.
    pub(super) fn submit_quoted(
        &self,
        prices: &souk_pricing::Terms,
        submit: &SubmitOrder,
    ) -> SubmitReply {
        self.try_submit_quoted(prices, submit).expect("a reply")
    }

    /// As [`Self::submit_quoted`], for an order that may be impossible.
    pub(super) fn try_submit_quoted(
        &self,
        prices: &souk_pricing::Terms,
        submit: &SubmitOrder,
    ) -> Result<SubmitReply, StoreError> {
        let now_ms = self.tick();
        self.wait(submit_quoted_to(&self.store, prices, submit, now_ms))
    }

    /// As [`Self::submit_together`], with orders that say what their buyers were shown.
    pub(super) fn submit_quoted_together(
        &self,
        prices: &souk_pricing::Terms,
        orders: &[SubmitOrder],
    ) -> Vec<SubmitReply> {
        let now_ms = self.tick();
        self.together(orders, async |store, submit| {
            submit_quoted_to(store, prices, submit, now_ms).await
        })
    }

    /// Submits an order that must be accepted.
    pub(super) fn accepted(&self, submit: &SubmitOrder) -> StoredOrder {
        match self.submit(submit) {
            SubmitReply::Accepted { order, .. } => *order,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Submits each order on a thread of its own, all at the same moment; a transient failure is
    /// tried again with the same key, as the edge does.
    pub(super) fn submit_together(&self, orders: &[SubmitOrder]) -> Vec<SubmitReply> {
        let now_ms = self.tick();
        self.together(orders, async |store, submit| {
            store.submit(new_order(submit, now_ms)).await
        })
    }

    /// Does one step of publishing for each item, all at the same moment.
    pub(super) fn publish_together(&self, changes: &[PublicationChange]) -> Vec<PublicationReply> {
        let now_ms = self.tick();
        self.together(changes, async |store, change| {
            store.publish(PublicationStep { change, now_ms }).await
        })
    }

    /// Runs work for each item on a thread of its own, with a store of its own.
    pub(super) fn together<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl AsyncFn(&F::Store, &I) -> Result<T, StoreError> + Sync,
    ) -> Vec<T> {
        let (fixture, work) = (&self.fixture, &work);
        let start = &Barrier::new(items.len());
        std::thread::scope(|scope| {
            let run = move |item| {
                let store = fixture.open();
                start.wait();
                fixture.block_on(persist(async || work(&store, item).await))
            };
            let threads: Vec<_> = items
                .iter()
                .map(|item| scope.spawn(move || run(item)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("the thread did its work"))
                .collect()
        })
    }

    /// The order with its history, proved to be the fold of it.
    pub(super) fn record(&self, id: &str) -> Option<OrderRecord> {
        let found = self.wait(self.store.find(id, "")).expect("a reply")?;
        history::state(&found.record).expect("the state is the fold of the events");
        Some(found.record)
    }

    /// Writes an order over itself, as it is sealed now.
    pub(super) fn reseal(&self, placed: &StoredOrder, fingerprint: Option<&str>) {
        let record = self.record(&placed.id).expect("the order");
        self.reseal_of(placed, fingerprint, record.progress.revision);
    }

    /// The same of an order that was read at a revision.
    pub(super) fn reseal_of(&self, placed: &StoredOrder, fingerprint: Option<&str>, revision: u32) {
        let sealed = self.store.reseal(placed, fingerprint, revision);
        self.wait(sealed).expect("a reply");
    }

    pub(super) fn sealed_orders(&self, after: &str, limit: u32) -> Vec<SealedOrder> {
        let orders = self.wait(self.store.sealed_orders(after, limit));
        orders.expect("orders")
    }

    pub(super) fn change(&self, asked: &ChangeOrder) -> ChangeReply {
        let now_ms = self.tick();
        let changed = self.wait(change(&self.store, asked, now_ms));
        changed.expect("a reply").reply
    }

    /// Gives an order another address.
    pub(super) fn change_with(&self, asked: &ChangeOrder, to: &Readdressed) -> ChangeReply {
        let now_ms = self.tick();
        let changed = self.wait(change_with(&self.store, asked, Some(to), now_ms));
        changed.expect("a reply").reply
    }

    /// Makes a change that must be done.
    pub(super) fn done(&self, asked: &ChangeOrder) -> OrderRecord {
        match self.change(asked) {
            ChangeReply::Done { record } => *record,
            other => panic!("not done: {other:?}"),
        }
    }

    /// Makes each change on a thread of its own, all at the same moment.
    pub(super) fn change_together(&self, changes: &[ChangeOrder]) -> Vec<ChangeReply> {
        let now_ms = self.tick();
        self.together(changes, async |store, asked| {
            Ok(change(store, asked, now_ms).await?.reply)
        })
    }

    /// Sets a sold-out hold on a SKU for so long, as an instance that has the keys of the sold-out
    /// hold `known`.
    pub(super) fn sold_out_hold(
        &self,
        sku: &str,
        ms: i64,
        known: Option<i64>,
    ) -> Option<SoldOutHoldSet> {
        let until_ms = self.tick() + ms;
        self.sold_out_hold_until(sku, until_ms, known, 1_000)
    }

    pub(super) fn sold_out_hold_until(
        &self,
        sku: &str,
        until_ms: i64,
        known: Option<i64>,
        keys_max: usize,
    ) -> Option<SoldOutHoldSet> {
        let asked = SoldOutHoldRequest {
            sku,
            until_ms,
            now_ms: self.now_ms(),
            known,
            keys_max,
        };
        self.wait(self.store.sold_out_hold(asked)).expect("a reply")
    }

    pub(super) fn receive(&self, receipt: &StockReceipt) -> ReceiptReply {
        let now_ms = self.tick();
        self.wait(self.store.receive(receipt, now_ms))
            .expect("a reply")
    }

    /// The ledger and its repairs.
    pub(super) fn ledger(&self) -> [Vec<String>; 2] {
        let [movements, repairs, _] = self.fixture.ledger();
        [movements, repairs]
    }

    /// Key, reason and name of every receipt and repair.
    pub(super) fn receipts(&self) -> Vec<String> {
        let [_, _, receipts] = self.fixture.ledger();
        receipts
    }

    pub(super) fn repair(&self, asked: &RepairBooks) -> RepairReply {
        let now_ms = self.tick();
        self.wait(self.store.repair(asked, now_ms))
            .expect("a reply")
    }

    /// Makes a repair that must be done. From then on the books must balance again.
    pub(super) fn repaired(&self, asked: &RepairBooks) -> Repair {
        let repair = match self.repair(asked) {
            RepairReply::Done { repair } => repair,
            other => panic!("not repaired: {other:?}"),
        };
        self.damaged.set(false);
        repair
    }

    /// Expires holds; gives how many orders expired.
    pub(super) fn lapse(&self) -> u32 {
        let now_ms = self.tick();
        let log = |line: &str| panic!("{line}");
        let ticked = self
            .wait(tick(&self.store, now_ms, &TERMS, log))
            .expect("a tick");
        ticked.report.expired
    }

    /// Looks at the next orders for the archive; gives how many went there.
    pub(super) fn archive(&self, before_ms: i64, limit: u32) -> u32 {
        self.wait(self.store.archive(before_ms, limit))
            .expect("a number")
    }

    /// Deletes the oldest orders that were never paid; gives how many.
    pub(super) fn thin_out(&self, before_ms: i64, limit: u32) -> u32 {
        self.wait(self.store.thin_out(before_ms, limit))
            .expect("a number")
    }

    /// How a session stands, with the orders after a number.
    pub(super) fn session(&self, session: u32, skus: &[&str], after: i64) -> SessionStanding {
        let skus = skus.iter().map(|&sku| sku.to_owned()).collect();
        let asked = ReadSession {
            session,
            skus,
            after,
        };
        let read = self.store.read_session(&asked, self.tick());
        self.wait(read).expect("a session")
    }

    pub(super) fn claim(&self, claim: &Claim) -> Vec<Message> {
        let now_ms = self.tick();
        self.wait(self.store.claim(claim, now_ms))
            .expect("messages")
    }

    /// Claims as many times at the same moment, each on a thread of its own.
    pub(super) fn claim_together(&self, claim: &Claim, times: usize) -> Vec<Vec<Message>> {
        let now_ms = self.tick();
        self.together(&vec![(); times], async |store, ()| {
            store.claim(claim, now_ms).await
        })
    }

    pub(super) fn settle(&self, settlements: &[Settlement]) {
        let now_ms = self.tick();
        self.wait(self.store.settle(settlements, now_ms))
            .expect("settled");
    }

    pub(super) fn replay(&self, queue: Queue) -> i64 {
        let now_ms = self.tick();
        self.wait(self.store.replay(queue, now_ms))
            .expect("a number")
    }

    pub(super) fn backlog(&self, queue: Queue) -> QueueDepth {
        let depths = self
            .wait(self.store.backlog(self.now_ms()))
            .expect("depths");
        let depth = depths.into_iter().find(|depth| depth.queue == queue);
        depth.expect("a depth for each queue")
    }

    pub(super) fn order(&self, id: &str) -> Option<StoredOrder> {
        self.record(id).map(|record| record.order)
    }

    pub(super) fn accounts(&self, skus: &[&str]) -> Vec<StockAccount> {
        let skus: Vec<_> = skus.iter().map(|&sku| sku.to_owned()).collect();
        self.wait(self.store.stock(&skus)).expect("accounts")
    }

    /// Supplied, available, held and sold units of a SKU.
    pub(super) fn units(&self, sku: &str) -> [i64; 4] {
        match self.accounts(&[sku]).as_slice() {
            [account] => [
                account.supplied,
                account.available,
                account.held,
                account.sold,
            ],
            other => panic!("{sku}: {other:?}"),
        }
    }

    pub(super) fn unavailable(&self) -> Vec<String> {
        self.wait(self.store.unavailable()).expect("a list")
    }

    /// The name of the store, as a connection of its own reads it.
    pub(super) fn identity(&self) -> String {
        let store = self.fixture.open();
        let name = self.fixture.block_on(store.identity());
        name.expect("the store answers")
    }

    pub(super) fn audit(&self) -> AuditReport {
        self.wait(self.store.audit()).expect("a report")
    }

    pub(super) fn terms(&self) -> Option<StoredTerms> {
        self.wait(self.store.terms()).expect("terms")
    }

    pub(super) fn set_terms(&self, terms: &SetTerms) -> i64 {
        let now_ms = self.tick();
        self.wait(self.store.change_terms(TermsChange::Set(terms), now_ms))
            .expect("done");
        now_ms
    }

    pub(super) fn revoke(&self, promotion: &str, undo: bool) -> Vec<String> {
        let revoke = Revoke {
            promotion: Some(promotion.to_owned()),
            undo,
        };
        let change = TermsChange::Revoke(&revoke);
        self.wait(self.store.change_terms(change, self.tick()))
            .expect("done");
        self.terms().map_or(Vec::new(), |terms| terms.revoked)
    }

    pub(super) fn price_terms(&self, stamp: &str) -> Option<String> {
        self.wait(self.store.price_terms(stamp)).expect("terms")
    }

    /// Submits an order under other terms than those of the tests.
    pub(super) fn submit_by(&self, terms: &Terms, submit: &SubmitOrder) -> SubmitReply {
        let new = NewOrder {
            submit,
            now_ms: self.tick(),
            terms,
            price: &crate::Price::OfOffers,
        };
        self.wait(self.store.submit(new)).expect("a reply")
    }

    pub(super) fn publications(&self) -> Publications {
        self.wait(self.store.publications()).expect("a list")
    }

    pub(super) fn publish(&self, change: &PublicationChange) -> PublicationReply {
        let now_ms = self.tick();
        let step = PublicationStep { change, now_ms };
        self.wait(self.store.publish(step)).expect("a reply")
    }

    pub(super) fn plant(&self, drift: Drift) -> bool {
        let planted = self.fixture.plant(drift);
        self.damaged.set(self.damaged.get() || planted);
        planted
    }

    pub(super) fn books(&self) -> Books {
        let skus: Vec<_> = self.skus.borrow().iter().cloned().collect();
        Books {
            accounts: self.wait(self.store.stock(&skus)).expect("accounts"),
            unavailable: self.unavailable(),
            audit: self.audit(),
            publications: self.publications(),
        }
    }

    pub(super) fn assert_the_books_balance(&self) {
        if self.damaged.get() {
            return;
        }
        let books = self.books();
        let audit = &books.audit;
        assert_eq!(audit.drift, Vec::new(), "the audit found drift");
        let skus = i64::try_from(self.skus.borrow().len()).expect("a small number");
        assert_eq!(audit.skus, skus, "an account for each SKU");
        assert_eq!(books.accounts.len(), self.skus.borrow().len());
        for account in &books.accounts {
            let parts = [account.available, account.held, account.sold];
            assert!(parts.iter().all(|&units| units >= 0), "{account:?}");
            assert_eq!(account.supplied, parts.iter().sum::<i64>(), "{account:?}");
        }
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.fixture.block_on(work)
    }
}

/// Tries again while the engine is busy.
async fn persist<T>(work: impl AsyncFn() -> Result<T, StoreError>) -> T {
    for _ in 1..TRIES_MAX {
        match work().await {
            Ok(reply) => return reply,
            Err(StoreError::Transient(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    work().await.expect("a reply after many tries")
}

fn new_order(submit: &SubmitOrder, now_ms: i64) -> NewOrder<'_> {
    NewOrder {
        submit,
        now_ms,
        terms: &TERMS,
        price: &Price::OfOffers,
    }
}

/// Submits an order that says what its buyer was shown, to a store.
pub(super) async fn submit_quoted_to<S: Store>(
    store: &S,
    prices: &souk_pricing::Terms,
    submit: &SubmitOrder,
    now_ms: i64,
) -> Result<SubmitReply, StoreError> {
    let price = price(prices, submit, now_ms);
    let new = NewOrder {
        price: &price,
        ..new_order(submit, now_ms)
    };
    store.submit(new).await
}

fn price(prices: &souk_pricing::Terms, submit: &SubmitOrder, now_ms: i64) -> Price {
    let shown = submit.quote.as_deref().expect("the order has a quote");
    let price = pricing::quoted(submit, shown, prices, &series(), TERMS.freeze_ms, now_ms);
    price.expect("the facts of the lines are their own")
}

/// An order on delivery for SKUs and quantities, whose names follow from its key.
pub(super) fn order(key: &str, lines: &[(&str, u32)]) -> SubmitOrder {
    SubmitOrder {
        terms: None,
        home: None,
        key: key.to_owned(),
        fingerprint: format!("content of {key}: {lines:?}"),
        id: format!("number-of-{key}"),
        currency: None,
        lines: lines
            .iter()
            .map(|&(sku, quantity)| SubmitLine {
                sku: sku.to_owned(),
                quantity,
                expected_price: None,
                facts: None,
                options: Default::default(),
            })
            .collect(),
        asked_by: AskedBy::default(),
        payment_min: None,
        details: OrderDetails {
            customer: Customer {
                name: "Li Na".to_owned(),
                email: "li.na@example.com".to_owned(),
            },
            shipping_address: Address {
                country: "CN".to_owned(),
                region: "Zhejiang".to_owned(),
                city: "Hangzhou".to_owned(),
                postal_code: "310000".to_owned(),
                line1: "1 West Lake Road".to_owned(),
                line2: String::new(),
            },
            delivery: "standard".to_owned(),
            payment: PaymentMethod::OnDelivery,
            language: None,
            note: None,
            texts: Default::default(),
        }
        .unsealed(),
        quote: None,
        ticket: None,
    }
}

/// A repair of a SKU.
pub(super) fn of_sku(key: &str, sku: &str) -> RepairBooks {
    repair_of(key, Subject::Sku(sku.to_owned()))
}

/// A repair of an order, by the key that it was placed with.
pub(super) fn of_order(key: &str, order: &str) -> RepairBooks {
    repair_of(key, Subject::Order(format!("number-of-{order}")))
}

pub(super) fn repair_of(key: &str, subject: Subject) -> RepairBooks {
    RepairBooks {
        by_name: None,
        key: key.to_owned(),
        home: None,
        subject,
        reason: "the audit named it".to_owned(),
        preview: false,
    }
}

/// An offer whose title and slug follow from its SKU.
pub(super) fn definition(sku: &str, unit_price: i64, initial_units: i64) -> OfferDefinition {
    OfferDefinition {
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        slug: format!("slug-of-{sku}"),
        unit_price,
        backorder: false,
        initial_units,
        facts: Vec::new(),
        prices: Vec::new(),
    }
}

pub(super) fn offers_in(currency: &str, offers: Vec<OfferDefinition>) -> DefineOffers {
    DefineOffers {
        currency: currency.to_owned(),
        offers,
        withdrawn: Vec::new(),
    }
}

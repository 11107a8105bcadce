//! What a submit on SQLite does when the books change between its read and its write, or between
//! the read of an earlier submit, whose offers it remembers, and its write.
//!
//! Not here: what many submits at once do (`souk_order_store::contract`), which meets these moments too,
//! but never says which.

use std::cell::{Cell, RefCell};

use souk_contract::{ObjectSqlite, ObjectSqliteShop, block_on};
use souk_order_store::contract::Fixture;
use souk_order_store::{
    BooksAudit, NewOrder, OrderStore, StockStore, SubmitOrder, SubmitReply, Terms,
};
use souk_order_store_sqlite::SqliteOrderStore;
use souk_protocol::origin::{
    DefineOffers, OfferDefinition, OrderDetails, PaymentMethod, SubmitLine,
};
use souk_protocol::public::{Address, Customer};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};

/// A connection on which something else happens once, right before an order is written.
struct Meddled {
    driver: ObjectSqlite,
    change: RefCell<Option<String>>,
    /// Of the store.
    statements: Cell<u32>,
}

impl Meddled {
    async fn plain(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.driver
            .run(async |session| session.execute(sql, parameters).await)
            .await
    }
}

impl SqliteSession for Meddled {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.statements.set(self.statements.get() + 1);
        let change = sql
            .starts_with("INSERT INTO placement")
            .then(|| self.change.take())
            .flatten();
        self.change(&change.unwrap_or_default()).await;
        self.plain(sql, parameters).await
    }
}

impl SqliteDriver for &Meddled {
    type Session = Meddled;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Meddled) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(self).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Meddled) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.plain("BEGIN IMMEDIATE", &[]).await?;
        let done = work(self).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.plain(end, &[]).await?;
        done
    }
}

fn offer(sku: &str, backorder: bool, initial_units: i64) -> OfferDefinition {
    OfferDefinition {
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        slug: format!("slug-of-{sku}"),
        unit_price: 100,
        backorder,
        initial_units,
        facts: Vec::new(),
        prices: Vec::new(),
    }
}

/// One `cup` of three, and five of the `print` that may be ordered without stock.
fn order() -> SubmitOrder {
    let line = |sku: &str, quantity, expected_price| SubmitLine {
        sku: sku.to_owned(),
        quantity,
        expected_price,
        facts: None,
        options: Default::default(),
    };
    SubmitOrder {
        terms: None,
        asked_by: Default::default(),
        payment_min: None,
        home: None,
        key: "k".to_owned(),
        fingerprint: "content".to_owned(),
        id: "number".to_owned(),
        currency: Some("USD".to_owned()),
        lines: vec![line("cup", 1, Some(100)), line("print", 5, None)],
        details: OrderDetails {
            customer: Customer {
                name: "Li Na".to_owned(),
                email: "li.na@example.com".to_owned(),
            },
            shipping_address: Address {
                country: "CN".to_owned(),
                region: String::new(),
                city: "Hangzhou".to_owned(),
                postal_code: String::new(),
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

fn new_order(submit: &SubmitOrder) -> NewOrder<'_> {
    NewOrder {
        submit,
        now_ms: 2,
        terms: &Terms::DEFAULT,
        price: &souk_order_store::Price::OfOffers,
    }
}

/// Whether the store has placed an order for the same SKUs before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Reads,
    Remembers,
}

/// Takes the order back that a store has placed to remember its offers.
const TAKE_BACK: &str = "DELETE FROM orders; DELETE FROM message; DELETE FROM stock_movement
    WHERE order_id IS NOT NULL; UPDATE stock SET available = supplied, held = 0, sold = 0";

impl Meddled {
    async fn change(&self, statements: &str) {
        for statement in statements.split_terminator(';') {
            self.plain(statement, &[]).await.expect("good SQL");
        }
    }
}

/// What a submit answers when `change` comes in between, in short; the books balance afterwards.
fn submit_with(store: Store, change: &str) -> String {
    let (reply, _) = submit_and_count(store, change);
    reply
}

/// The same, and how many statements it took.
fn submit_and_count(remembers: Store, change: &str) -> (String, u32) {
    let meddled = Meddled {
        driver: ObjectSqliteShop::empty().driver(),
        change: RefCell::default(),
        statements: Cell::default(),
    };
    let store = SqliteOrderStore::new(&meddled);
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![offer("cup", false, 3), offer("print", true, 2)],
        withdrawn: Vec::new(),
    };
    block_on(async {
        store.define_offers(&offers, 1).await.expect("good offers");
        let submit = order();
        if remembers == Store::Remembers {
            let mut earlier = submit.clone();
            (earlier.key, earlier.id) = ("earlier".to_owned(), "earlier".to_owned());
            earlier.lines[1].quantity = 1;
            let placed = store.submit(new_order(&earlier)).await;
            assert!(matches!(placed, Ok(SubmitReply::Accepted { .. })));
            meddled.change(TAKE_BACK).await;
        }
        meddled.change.replace(Some(change.to_owned()));
        meddled.statements.set(0);
        let reply = store.submit(new_order(&submit)).await.expect("a reply");
        let statements = meddled.statements.get();
        assert!(meddled.change.take().is_none(), "it came in between");
        let placed = matches!(
            reply,
            SubmitReply::Accepted { .. } | SubmitReply::Exists { .. }
        );
        let audit = store.audit().await.expect("a report");
        assert_eq!(audit.drift, Vec::new(), "{change}");
        assert_eq!((audit.orders == 1, audit.outbox == 1), (placed, placed));
        let reply = match reply {
            SubmitReply::Accepted { order, exhausted } => {
                let line = |n: usize| (order.lines[n].title.as_str(), order.lines[n].backordered);
                format!("accepted {:?} {:?} {exhausted}", line(0), line(1))
            }
            SubmitReply::Exists { order } => format!("exists {}", order.id),
            SubmitReply::ExistsWithDifferentContent => "other content".to_owned(),
            SubmitReply::TermsChanged => "terms changed".to_owned(),
            SubmitReply::UnknownSku { sku } => format!("unknown {sku}"),
            SubmitReply::PriceChanged { unit_price, .. } => format!("price {unit_price}"),
            SubmitReply::SoldOut { sku, available, .. } => format!("sold out {sku} {available}"),
            SubmitReply::QuoteChanged { total } => format!("costs {total:?}"),
            SubmitReply::PromotionUnavailable { promotion, .. } => format!("no {promotion}"),
            SubmitReply::DeliveryUnavailable => "no delivery".to_owned(),
            SubmitReply::NotOpen { .. } | SubmitReply::SaleOver => "out of time".to_owned(),
            SubmitReply::LimitExceeded { limit, .. } => format!("limit {limit}"),
        };
        (reply, statements)
    })
}

/// A change of the stock goes through the ledger too, so that the books balance.
#[test]
fn an_order_is_decided_on_what_is_so_when_it_is_written() {
    let unchanged = r#"accepted ("Title of cup", 0) ("Title of print", 3) false"#;
    let cases = [
        ("SELECT 1", unchanged),
        (
            "UPDATE stock SET unit_price = 101 WHERE sku = 'cup'",
            "price 101",
        ),
        (
            "UPDATE stock SET currency = 'EUR' WHERE sku = 'cup'",
            "price 100",
        ),
        (
            "UPDATE stock SET offered = 0 WHERE sku = 'print'",
            "unknown print",
        ),
        (
            "UPDATE stock SET backorder = 0 WHERE sku = 'print'",
            "sold out print 2",
        ),
        (
            "UPDATE stock SET title = 'New' WHERE sku = 'cup'",
            r#"accepted ("New", 0) ("Title of print", 3) false"#,
        ),
        // Held as sold out until a moment after the order's, and until just that.
        (
            "UPDATE stock SET sold_out_until_ms = 3 WHERE sku = 'cup'",
            "sold out cup 0",
        ),
        (
            "UPDATE stock SET sold_out_until_ms = 3 WHERE sku = 'print'",
            "sold out print 0",
        ),
        ("UPDATE stock SET sold_out_until_ms = 2", unchanged),
        // The last cups are broken.
        (
            "DELETE FROM stock_movement WHERE sku = 'cup';
            UPDATE stock SET supplied = 0, available = 0 WHERE sku = 'cup'",
            "sold out cup 0",
        ),
        // All but one are: this order takes the last one, and must say so.
        (
            "UPDATE stock_movement SET units = 1 WHERE sku = 'cup';
            UPDATE stock SET supplied = 1, available = 1 WHERE sku = 'cup'",
            r#"accepted ("Title of cup", 0) ("Title of print", 3) true"#,
        ),
        // More prints come in, or fewer are left, than were counted on.
        (
            "UPDATE stock_movement SET units = 4 WHERE sku = 'print';
            UPDATE stock SET supplied = 4, available = 4 WHERE sku = 'print'",
            r#"accepted ("Title of cup", 0) ("Title of print", 1) false"#,
        ),
        (
            "UPDATE stock_movement SET units = 1 WHERE sku = 'print';
            UPDATE stock SET supplied = 1, available = 1 WHERE sku = 'print'",
            r#"accepted ("Title of cup", 0) ("Title of print", 4) false"#,
        ),
    ];
    for (change, reply) in cases {
        for store in [Store::Reads, Store::Remembers] {
            assert_eq!(submit_with(store, change), reply, "{store:?}: {change}");
        }
    }
}

#[test]
fn an_order_whose_offers_are_remembered_is_one_statement() {
    assert_eq!(submit_and_count(Store::Reads, "SELECT 1").1, 2);
    assert_eq!(submit_and_count(Store::Remembers, "SELECT 1").1, 1);
}

/// Units of a guest's account are about to go to the shard that owns the SKU by now.
#[test]
fn a_sku_that_was_given_to_another_shard_since_it_was_read_is_not_sold() {
    let given = "UPDATE stock SET offered = 0, guest = 1 WHERE sku = 'cup'";
    assert_eq!(submit_with(Store::Remembers, given), "unknown cup");
}

#[test]
fn an_order_with_the_same_key_that_came_in_between_is_found() {
    let twin = "INSERT INTO placement (id, key, fingerprint, status, placed_at_ms, body)
        SELECT 'twin', 'k', 'content', 'confirmed', 1, json_object('id', 'twin',
            'status', 'confirmed', 'placed_at_ms', 1, 'currency', 'USD',
            'lines', json_array(json_object('sku', 'cup', 'title', 'Title of cup', 'slug',
                'slug-of-cup', 'quantity', 1, 'unit_price', 100)),
            'shipping', 0, 'total', 100, 'details', json_object(
                'personal', json_object('sealed', 's'),
                'delivery', 'standard', 'payment', 'on_delivery'))";
    for store in [Store::Reads, Store::Remembers] {
        assert_eq!(submit_with(store, twin), "exists twin");
    }
}

//! A sale of a version: one blob with everything that its pages need, so that a cold instance serves
//! them once it has read the pulse and this.
//!
//! Invariants: a blob that is read has at most [`Sale::ITEMS_MAX`] items and [`SESSIONS_MAX`] sessions
//! in the order of time, and each item is a variant of the card beside it. [`Sale::facts_in`] is the one
//! place where the facts of a session are made, so an edge has those whose stamp the publish gave to the
//! origin.
//!
//! Not here: whether a session is open ([`Session::state`]), the room before it (`souk-room`), units and
//! the limit inside the order's write, how a merchant writes a sale (`souk-shop-folder`).

use minicbor::{Decode, Encode};
use souk_pricing::{Facts, OfSale};
use souk_room::Session;
use souk_room::schedule::SESSIONS_MAX;

use crate::blob::{DecodeError, decode_blob, encode_blob, list};
use crate::{Product, Text, Variant};

/// A sale, whatever the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sale {
    /// Its name in addresses ([`souk_domain::is_sale_id`]).
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Text,
    /// In the order of time; they do not overlap.
    #[cbor(n(2), with = "list")]
    pub sessions: Vec<Session>,
    /// By what buyers are told apart.
    #[n(3)]
    pub identity: Identity,
    /// How long one who was called may buy, in milliseconds.
    #[n(4)]
    pub buy_within_ms: i64,
    /// How long an order holds units that are not paid, in milliseconds.
    #[n(5)]
    pub pay_within_ms: i64,
    /// How much those who are called may take of a thousand units that are left, at least 1,000.
    #[n(6)]
    pub overbook_permille: u32,
    /// What it sells, in the merchant's order.
    #[cbor(n(7), with = "list")]
    pub items: Vec<SaleItem>,
    /// Whether shoppers buy by turns, with a ticket of its waiting room.
    #[n(8)]
    pub room: bool,
}

/// What the limit of a sale counts by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Identity {
    /// Each ticket is a buyer.
    #[default]
    #[n(0)]
    Visitor,
    /// A buyer is an e-mail address.
    #[n(1)]
    Email,
}

/// A variant as a sale sells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct SaleItem {
    /// The card of its product ([`Product::card`]).
    #[n(0)]
    pub product: Product,
    /// Its place among the variants of the card.
    #[n(1)]
    pub variant: u16,
    /// The SKU under which the shop sells it at other times.
    #[n(2)]
    pub merchant_sku: String,
    /// The SKU under which the sale sells it ([`souk_domain::sale_sku`]).
    #[n(3)]
    pub sku: String,
    /// Units that each session has.
    #[n(4)]
    pub units: u32,
    /// Units that one buyer may have in a session.
    #[n(5)]
    pub limit: u32,
    /// Its facts, of no session yet: the SKU and the prices of the sale, compared with those of other
    /// times.
    #[n(6)]
    pub facts: Facts,
}

impl Identity {
    /// As `sale.toml` and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Identity::Visitor => "visitor",
            Identity::Email => "email",
        }
    }
}

impl SaleItem {
    /// What is sold; `None` where the card does not have it.
    pub fn sold(&self) -> Option<&Variant> {
        self.product.variants.get(usize::from(self.variant))
    }
}

impl Sale {
    /// Items at most.
    pub const ITEMS_MAX: usize = souk_domain::SALE_ITEMS_MAX;
    /// Bytes of the blob at most, as it is checked before a publish: 32 KiB.
    pub const BYTES_MAX: usize = 32 * 1024;

    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a sale, or one that breaks the rules above.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "sale";
        let sale: Self = decode_blob(WHAT, blob)?;
        let reason = match () {
            () if sale.items.len() > Self::ITEMS_MAX => "it has too many items",
            () if sale.sessions.len() > SESSIONS_MAX => "it has too many sessions",
            () if !sale.is_in_order() => "its sessions overlap",
            () if sale.items.iter().any(|item| item.sold().is_none()) => "an item is on no card",
            () => return Ok(sale),
        };
        Err(DecodeError {
            what: WHAT,
            reason: reason.to_owned(),
        })
    }

    fn is_in_order(&self) -> bool {
        let mut pairs = self.sessions.windows(2);
        pairs.all(|pair| pair[0].closes_at_ms <= pair[1].gathers_at_ms)
    }

    /// The facts of an item of this sale in one of its sessions.
    pub fn facts_in(&self, item: &SaleItem, session: &Session) -> Facts {
        Facts {
            sale: Some(OfSale {
                sale: self.id.clone(),
                session: session.number,
                opens_at_ms: session.opens_at_ms,
                closes_at_ms: session.closes_at_ms,
                limit: item.limit,
                pay_within_ms: Some(self.pay_within_ms),
            }),
            ..item.facts.clone()
        }
    }

    /// Units that one buyer may have of all items together in a session.
    pub fn limit(&self) -> u32 {
        let limits = self.items.iter().map(|item| item.limit);
        limits.fold(0, u32::saturating_add)
    }

    /// The session that is on or comes next at a moment, in milliseconds since 1970; the last one once
    /// all of them are over.
    pub fn session_at(&self, now_ms: i64) -> Option<&Session> {
        self.open_sessions(now_ms).next().or(self.sessions.last())
    }

    /// The sessions that have not closed at a moment, in milliseconds since 1970.
    pub fn open_sessions(&self, now_ms: i64) -> impl Iterator<Item = &Session> {
        let sessions = self.sessions.iter();
        sessions.filter(move |session| now_ms < session.closes_at_ms)
    }
}

#[cfg(test)]
mod tests {
    use souk_pricing::{MarketPrices, Price};

    use super::*;
    use crate::{Attached, BuildError, Catalogue, ShopBlobs, build};

    fn session(number: u32, opens_at_ms: i64) -> Session {
        Session {
            number,
            gathers_at_ms: opens_at_ms - 10,
            opens_at_ms,
            closes_at_ms: opens_at_ms + 90,
        }
    }

    fn mug() -> Product {
        let variant = |sku: &str| Variant {
            sku: sku.to_owned(),
            price_minor: 1_200,
            ..Variant::default()
        };
        Product {
            slug: "mug".to_owned(),
            title: Text::new("Mug"),
            description_html: Text::new("<p>Thrown by hand.</p>"),
            variants: vec![variant("MUG-S"), variant("MUG-L")],
            ..Product::default()
        }
    }

    fn drop() -> Sale {
        let price = Price {
            minor: Some(900),
            compare_at_minor: Some(1_200),
            ..Price::default()
        };
        Sale {
            id: "drop".to_owned(),
            title: Text::new("The drop"),
            sessions: vec![session(7, 100), session(8, 200)],
            identity: Identity::Email,
            buy_within_ms: 300_000,
            pay_within_ms: 600_000,
            overbook_permille: 1_000,
            items: vec![SaleItem {
                product: mug(),
                variant: 1,
                merchant_sku: "MUG-L".to_owned(),
                sku: "sale:drop:MUG-L".to_owned(),
                units: 5,
                limit: 2,
                facts: Facts {
                    sku: "sale:drop:MUG-L".to_owned(),
                    prices: vec![MarketPrices {
                        market: "us".to_owned(),
                        timeline: vec![price],
                    }],
                    ..Facts::default()
                },
            }],
            room: false,
        }
    }

    #[test]
    fn a_sale_is_read_as_it_was_written() {
        let sale = drop();
        assert_eq!(Sale::decode(&sale.encode()), Ok(sale.clone()));
        assert_eq!(sale.items[0].sold(), Some(&mug().variants[1]));
    }

    #[test]
    fn a_blob_that_breaks_the_rules_is_refused() {
        let refused = |change: fn(&mut Sale)| {
            let mut sale = drop();
            change(&mut sale);
            Sale::decode(&sale.encode()).map_err(|error| error.reason)
        };
        let wrong = |reason: &str| Err(reason.to_owned());
        let many = refused(|sale| sale.items = vec![sale.items[0].clone(); Sale::ITEMS_MAX + 1]);
        assert_eq!(many, wrong("it has too many items"));
        let many = refused(|sale| {
            let sessions = (0..=SESSIONS_MAX as i64).map(|n| session(1, n * 1_000));
            sale.sessions = sessions.collect();
        });
        assert_eq!(many, wrong("it has too many sessions"));
        let overlapping = refused(|sale| sale.sessions[0].closes_at_ms += 1);
        assert_eq!(overlapping, wrong("its sessions overlap"));
        let elsewhere = refused(|sale| sale.items[0].variant = 2);
        assert_eq!(elsewhere, wrong("an item is on no card"));
    }

    #[test]
    fn every_session_has_facts_of_its_own() {
        let sale = drop();
        let [first, second] = [0, 1].map(|place: usize| {
            let facts = sale.facts_in(&sale.items[0], &sale.sessions[place]);
            assert_eq!(facts.price("us", 1).map(|tag| tag.minor), Some(900));
            facts
        });
        assert_eq!(
            first.sale,
            Some(OfSale {
                sale: "drop".to_owned(),
                session: 7,
                opens_at_ms: 100,
                closes_at_ms: 190,
                limit: 2,
                pay_within_ms: Some(600_000),
            })
        );
        assert_ne!(first.stamp(), second.stamp());
        assert_ne!(first.stamp(), sale.items[0].facts.stamp());
    }

    #[test]
    fn the_session_of_a_moment_is_the_next_that_has_not_closed() {
        let sale = drop();
        let at = |now_ms| sale.session_at(now_ms).map(|session| session.number);
        assert_eq!([0, 189, 190, 289, 290].map(at), [7, 7, 8, 8, 8].map(Some));
        assert_eq!(sale.open_sessions(290).count(), 0);
        assert_eq!(Sale::default().session_at(0), None);
    }

    fn catalogue() -> Catalogue {
        Catalogue {
            products: vec![mug()],
            currency: "USD".to_owned(),
            shop: Some(ShopBlobs::default()),
            sales: vec![drop()],
            ..Catalogue::default()
        }
    }

    #[test]
    fn one_buyer_may_have_the_limits_of_all_items_together() {
        let mut sale = drop();
        sale.items.push(SaleItem {
            limit: 3,
            ..sale.items[0].clone()
        });
        assert_eq!(sale.limit(), 5);
        sale.items[0].limit = u32::MAX;
        assert_eq!(sale.limit(), u32::MAX);
    }

    #[test]
    fn a_version_names_its_sales_with_cards_as_they_are_published() {
        let mut catalogue = catalogue();
        catalogue.products[0].modified_at_ms = 5;
        catalogue.products[0].variants.remove(0);
        let snapshot = build(&catalogue, None).unwrap();
        let [(id, hash)] = snapshot.manifest.sales.as_slice() else {
            panic!("{:?}", snapshot.manifest.sales);
        };
        let sale = Sale::decode(&snapshot.blobs[hash]).unwrap();
        assert_eq!((id.as_str(), sale.items[0].variant), ("drop", 0));
        assert_eq!(sale.items[0].product, catalogue.products[0].card());
        let attached = &snapshot.blobs[&snapshot.manifest.attached.unwrap()];
        let attached = Attached::decode(attached).unwrap();
        assert!(attached.blobs().any(|blob| blob == *hash));
    }

    #[test]
    fn a_version_without_sales_has_the_bytes_of_before() {
        let mut catalogue = catalogue();
        catalogue.sales.clear();
        let manifest = build(&catalogue, None).unwrap().manifest;
        let fields = minicbor::Decoder::new(&manifest.encode()[1..]).array();
        assert_eq!(fields.unwrap(), Some(20));
    }

    #[test]
    fn a_sale_of_something_that_the_catalogue_does_not_have_is_refused() {
        let mut catalogue = catalogue();
        catalogue.products[0].variants.pop();
        let refused = build(&catalogue, None).map(|_| ());
        let (sale, sku) = ("drop".to_owned(), "MUG-L".to_owned());
        assert_eq!(refused, Err(BuildError::SaleItem { sale, sku }));
    }
}

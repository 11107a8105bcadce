//! The published version: what the shop says about orders, which edges show and the origin keeps.
//!
//! Nothing is read of its products: orders need none.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use souk_catalogue::{Catalogue, FORMAT, ShopBlobs, build};
use souk_protocol::keys;
use souk_protocol::origin::PublishedTerms;
use souk_protocol::staff::Pointer;
use souk_shop::{PaymentMethods, Shop};

use crate::world::CURRENCY;

/// How long a transfer may take here, in milliseconds: an hour, so that runs meet the deadline. The
/// settings of a shop count in days.
const TRANSFER_HOLD_MS: i64 = 60 * 60 * 1_000;

/// The key-value store of the edges, with one version.
#[derive(Debug)]
pub(crate) struct Published {
    entries: RefCell<BTreeMap<String, Bytes>>,
    /// The terms that are sent to the origin.
    pub(crate) terms: PublishedTerms,
}

impl Published {
    /// A shop that takes every payment method.
    pub(crate) fn new(now_ms: i64) -> Self {
        let methods = ["card", "on_delivery", "transfer"];
        let shop = Shop {
            payment: PaymentMethods {
                offered: methods.map(str::to_owned).to_vec(),
                ..PaymentMethods::default()
            },
            express_fee_minor: Some(0),
            ..Shop::plain()
        };
        let terms = PublishedTerms {
            transfer_hold_ms: TRANSFER_HOLD_MS,
            ..shop.terms()
        };
        let catalogue = Catalogue {
            currency: CURRENCY.to_owned(),
            shop: Some(ShopBlobs {
                settings: shop.encode(),
                terms: terms.to_json(),
                ..ShopBlobs::default()
            }),
            ..Catalogue::default()
        };
        let snapshot = build(&catalogue, None).expect("a shop without products is sound");
        let blobs = snapshot.blobs.into_iter();
        let mut entries: BTreeMap<_, Bytes> = blobs
            .map(|(hash, blob)| (keys::blob(hash), blob.into()))
            .collect();
        let pointer = Pointer {
            version: 1,
            manifest: snapshot.manifest_hash.to_string(),
            activated_at_ms: now_ms,
            before: None,
        };
        let pointer = serde_json::to_vec(&pointer).expect("plain structs become JSON");
        entries.insert(keys::current(FORMAT), pointer.into());
        let entries = RefCell::new(entries);
        Self { entries, terms }
    }

    /// A value of the store.
    pub(crate) fn read(&self, key: &str) -> Option<Bytes> {
        self.entries.borrow().get(key).cloned()
    }

    /// Stores a value.
    pub(crate) fn write(&self, key: &str, value: Bytes) {
        self.entries.borrow_mut().insert(key.to_owned(), value);
    }

    /// Forgets a value.
    pub(crate) fn delete(&self, key: &str) {
        self.entries.borrow_mut().remove(key);
    }
}

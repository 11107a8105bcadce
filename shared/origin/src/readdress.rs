//! Another address for an order: whether the order costs the same there, and sealing it.
//!
//! Where the parcel goes is in the order itself, sealed like the address before it, and in no event.
//!
//! Not here: until when an address may be changed (`souk-order-store` decides it).

use souk_domain::Destination;
use souk_order_store::{
    ChangeReply, Changed, Readdressed, Store, StoreError, change_with, fingerprint,
};
use souk_pricing::Place;
use souk_protocol::origin::{ChangeOrder, OrderDetails};
use souk_protocol::public::Address;
use souk_vault::Vault;

use crate::Memory;
use crate::sealing::{opened, stored_details};

/// Gives an order another address.
///
/// # Errors
/// Those of the store, and [`StoreError::Corrupt`] when the order's personal fields do not open.
pub(crate) async fn readdress<S: Store>(
    store: &S,
    memory: &Memory,
    vault: &Vault,
    asked: &ChangeOrder,
    address: &Address,
    now_ms: i64,
) -> Result<Changed, StoreError> {
    let Some(found) = store.find(&asked.order, "").await? else {
        return Ok(ChangeReply::UnknownOrder.into());
    };
    let order = found.record.order;
    let opened = opened(vault, &order)?;
    let destination = match &order.place {
        _ if opened.details.shipping_address == *address => Destination::Unchanged,
        None => Destination::SamePrice,
        Some(stamp) => {
            let place = place(address);
            match memory.terms.is_same_place(store, stamp, &place).await? {
                true => Destination::SamePrice,
                false => Destination::OtherPrice,
            }
        }
    };
    let plain = opened.fingerprint.as_deref();
    let details = OrderDetails {
        shipping_address: address.clone(),
        ..opened.details
    };
    let to = Readdressed {
        details: stored_details(vault, &order.id, &details, plain),
        destination,
        fingerprints: vault.fingerprints(&fingerprint(&asked.action)).collect(),
    };
    change_with(store, asked, Some(&to), now_ms).await
}

/// Where it is, as prices depend on it: an address comes in the form of its country.
fn place(address: &Address) -> Place {
    Place {
        country: address.country.clone(),
        region: address.region.clone(),
        postal_code: address.postal_code.clone(),
    }
}

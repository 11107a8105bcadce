//! The personal fields of an order.

use serde::{Deserialize, Serialize};
use souk_protocol::public::{Address, Customer};
use souk_protocol::trade::OrderDetails;

use crate::{Vault, VaultError};

/// What is sealed: who buys, where it goes, and what the buyer wrote. Names are short because every
/// order carries them.
#[derive(Serialize, Deserialize)]
struct Personal {
    #[serde(rename = "c")]
    customer: Customer,
    #[serde(rename = "a")]
    shipping_address: Address,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What opening came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedDetails {
    /// They are as they should be stored.
    Current,
    /// They were stored open, or sealed with an old key: they should be sealed again.
    Stale,
}

/// The details with their personal fields sealed for the order of this number; as they are when
/// there is no key or they are sealed already.
pub fn seal_details(vault: &Vault, order: &str, details: &OrderDetails) -> OrderDetails {
    if details.sealed.is_some() || !vault.seals() {
        return details.clone();
    }
    let personal = Personal {
        customer: details.customer.clone(),
        shipping_address: details.shipping_address.clone(),
        note: details.note.clone(),
    };
    let personal = serde_json::to_vec(&personal).expect("plain structs become JSON");
    OrderDetails {
        sealed: vault.seal(order, &personal),
        customer: Customer::default(),
        shipping_address: Address::default(),
        note: None,
        delivery: details.delivery,
        payment: details.payment,
    }
}

/// Opens the personal fields in place.
///
/// # Errors
/// See [`VaultError`]; the details are as they were then.
pub fn open_details(
    vault: &Vault,
    order: &str,
    details: &mut OrderDetails,
) -> Result<OpenedDetails, VaultError> {
    let Some(sealed) = &details.sealed else {
        return Ok(match vault.seals() {
            true => OpenedDetails::Stale,
            false => OpenedDetails::Current,
        });
    };
    let (personal, is_old) = vault.open(order, sealed)?;
    let personal: Personal = serde_json::from_slice(&personal).map_err(|_| VaultError::Damaged)?;
    details.sealed = None;
    details.customer = personal.customer;
    details.shipping_address = personal.shipping_address;
    details.note = personal.note;
    Ok(match is_old {
        true => OpenedDetails::Stale,
        false => OpenedDetails::Current,
    })
}

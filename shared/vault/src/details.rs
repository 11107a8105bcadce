//! The personal fields of an order.

use souk_protocol::origin::{OrderDetails, Personal, PersonalFields, SealedDetails};

use crate::{Vault, VaultError};

/// What opening came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedDetails {
    /// They are as they should be stored.
    Current,
    /// They were stored open, or sealed with an old key: they should be sealed again.
    Stale,
}

/// The details with their personal fields sealed for the order of this number; `None` when there
/// is no key.
pub fn seal_details(vault: &Vault, order: &str, details: &OrderDetails) -> Option<SealedDetails> {
    let personal = serde_json::to_vec(&details.personal()).expect("plain structs become JSON");
    Some(SealedDetails {
        personal: Personal::Sealed(vault.seal(order, &personal)?),
        delivery: details.delivery,
        payment: details.payment,
    })
}

/// The details with their personal fields.
///
/// # Errors
/// See [`VaultError`].
pub fn open_details(
    vault: &Vault,
    order: &str,
    details: &SealedDetails,
) -> Result<(OrderDetails, OpenedDetails), VaultError> {
    let (personal, is_stale) = match &details.personal {
        Personal::Unsealed(personal) => (PersonalFields::clone(personal), vault.seals()),
        Personal::Sealed(sealed) => {
            let (personal, is_old) = vault.open(order, sealed)?;
            let personal = serde_json::from_slice(&personal).map_err(|_| VaultError::Damaged)?;
            (personal, is_old)
        }
    };
    let opened = match is_stale {
        true => OpenedDetails::Stale,
        false => OpenedDetails::Current,
    };
    Ok((details.opened(personal), opened))
}

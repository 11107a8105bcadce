//! The personal fields of an order.

use serde::{Deserialize, Serialize};
use souk_protocol::origin::{OrderDetails, Personal, PersonalFields, SealedDetails};

use crate::{Vault, VaultError};

/// What is sealed: the personal fields, and the fingerprint as the edge made it. Beside them in the
/// store is the keyed fingerprint, which is made anew from this one when the key changes.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    personal: PersonalFields,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// What opening came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedDetails {
    /// With the personal fields.
    pub details: OrderDetails,
    /// Whether they were stored open, or sealed with an old key: they should be sealed again.
    pub is_stale: bool,
    /// The fingerprint as the edge made it; `None` where the details were stored open.
    pub fingerprint: Option<String>,
}

/// The details with their personal fields sealed for the order of this number; `None` when there
/// is no key. `fingerprint` is that of the edge, where it is known.
pub fn seal_details(
    vault: &Vault,
    order: &str,
    details: &OrderDetails,
    fingerprint: Option<&str>,
) -> Option<SealedDetails> {
    let sealed = Sealed {
        personal: details.personal(),
        fingerprint: fingerprint.map(str::to_owned),
    };
    let sealed = serde_json::to_vec(&sealed).expect("plain structs become JSON");
    Some(SealedDetails {
        personal: Personal::Sealed(vault.seal(order, &sealed)?),
        delivery: details.delivery.clone(),
        payment: details.payment,
        language: details.language.clone(),
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
) -> Result<OpenedDetails, VaultError> {
    let (sealed, is_stale) = match &details.personal {
        Personal::Unsealed(personal) => {
            let personal = PersonalFields::clone(personal);
            let fingerprint = None;
            (
                Sealed {
                    personal,
                    fingerprint,
                },
                vault.seals(),
            )
        }
        Personal::Sealed(sealed) => {
            let (opened, is_old) = vault.open(order, sealed)?;
            let opened = souk_json::read(&opened).map_err(|_| VaultError::Damaged)?;
            (opened, is_old)
        }
    };
    Ok(OpenedDetails {
        details: details.opened(sealed.personal),
        is_stale,
        fingerprint: sealed.fingerprint,
    })
}

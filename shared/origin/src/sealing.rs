//! Personal fields: sealed before they are stored, opened for callers that may read them.
//!
//! A store takes and gives [`SealedDetails`] only. Where a deployment has no data keys they are
//! stored as they are, which is decided in one place here ([`stored_details`]).

use souk_order_store::{self as store, NewOrder, OrderStore, StoreError};
use souk_protocol::history;
use souk_protocol::origin::{
    ChangeReply, OrderDetails, OrderRecord, SealedDetails, StoredOrder, SubmitOrder, SubmitReply,
};
use souk_vault::{OpenedDetails, Vault, VaultError, open_details, seal_details};

use crate::known_terms::OrderTerms;

/// Places an order whose personal fields the store sees only sealed. The reply to an order that is
/// new comes without them: the caller has just sent them.
///
/// # Errors
/// Those of the store, and [`StoreError::Corrupt`] when an order that exists does not open.
pub(crate) async fn submit<S: OrderStore>(
    store: &S,
    vault: &Vault,
    submit: SubmitOrder,
    by: &OrderTerms,
    now_ms: i64,
) -> Result<SubmitReply, StoreError> {
    let plain = submit.fingerprint.clone();
    let sealed = stored_details(vault, &submit.id, &submit.details, Some(&plain));
    let mut submit = submit.with_details(sealed);
    let mut reply = SubmitReply::ExistsWithDifferentContent;
    // The key of an order that was placed under an older data key is found with the fingerprint of
    // that key. Nothing else is tried again: every other outcome is the outcome.
    // Between two attempts the order may be sealed anew with the newest key, so that comes again last.
    let again = vault.seals().then(|| vault.fingerprint(&plain));
    for fingerprint in vault.fingerprints(&plain).chain(again) {
        submit.fingerprint = fingerprint;
        let new = NewOrder {
            submit: &submit,
            now_ms,
            terms: &by.terms,
            price: &by.price,
        };
        reply = store.submit(new).await?;
        if !matches!(reply, SubmitReply::ExistsWithDifferentContent) {
            break;
        }
    }
    Ok(match reply {
        SubmitReply::Accepted { order, exhausted } => {
            let blank = order.details.blank();
            SubmitReply::Accepted {
                order: Box::new(order.with_details(blank)),
                exhausted,
            }
        }
        SubmitReply::Exists { order } => {
            let opened = opened(vault, &order)?;
            SubmitReply::Exists {
                order: Box::new(order.with_details(opened.details)),
            }
        }
        SubmitReply::ExistsWithDifferentContent => SubmitReply::ExistsWithDifferentContent,
        SubmitReply::TermsChanged => SubmitReply::TermsChanged,
        SubmitReply::UnknownSku { sku } => SubmitReply::UnknownSku { sku },
        SubmitReply::PriceChanged {
            sku,
            unit_price,
            currency,
        } => SubmitReply::PriceChanged {
            sku,
            unit_price,
            currency,
        },
        SubmitReply::QuoteChanged { total } => SubmitReply::QuoteChanged { total },
        SubmitReply::PromotionUnavailable { promotion, reason } => {
            SubmitReply::PromotionUnavailable { promotion, reason }
        }
        SubmitReply::DeliveryUnavailable => SubmitReply::DeliveryUnavailable,
        SubmitReply::NotOpen { opens_at_ms } => SubmitReply::NotOpen { opens_at_ms },
        SubmitReply::SaleOver => SubmitReply::SaleOver,
        SubmitReply::SoldOut {
            sku,
            available,
            sold_out_until_ms,
        } => SubmitReply::SoldOut {
            sku,
            available,
            sold_out_until_ms,
        },
        SubmitReply::LimitExceeded {
            limit,
            allowed,
            sku,
        } => SubmitReply::LimitExceeded {
            limit,
            allowed,
            sku,
        },
    })
}

/// Opens a record. What was stored open or under an old key is sealed again in the store, so that
/// only orders that were not read since still need an old key.
///
/// # Errors
/// [`StoreError::Corrupt`] when it does not open, with the record without its personal fields.
pub(crate) async fn open_record<S: OrderStore>(
    store: &S,
    vault: &Vault,
    record: store::OrderRecord,
    log: &dyn Fn(&str),
) -> Result<OrderRecord, (StoreError, OrderRecord)> {
    let opened = match opened(vault, &record.order) {
        Ok(opened) => opened,
        Err(error) => {
            let blank = record.order.details.blank();
            return Err((error, with_details(record, blank)));
        }
    };
    if opened.is_stale {
        let mut placed = record.order.clone();
        placed.status = history::status(history::placed_state(&placed).status);
        // The next reader tries again.
        let revision = record.progress.revision;
        if let Err(error) = seal_anew(store, vault, placed, &opened, revision).await {
            let id = &record.order.id;
            log(&format!("order {id} is not sealed anew: {error}"));
        }
    }
    Ok(with_details(record, opened.details))
}

/// Seals an order of a revision with the newest key, as it was placed, and makes its fingerprint anew where that of
/// the edge is known.
pub(crate) async fn seal_anew<S: OrderStore>(
    store: &S,
    vault: &Vault,
    mut placed: store::StoredOrder,
    opened: &OpenedDetails,
    revision: u32,
) -> Result<(), StoreError> {
    let plain = opened.fingerprint.as_deref();
    placed.details = stored_details(vault, &placed.id, &opened.details, plain);
    let fingerprint = plain.map(|plain| vault.fingerprint(plain));
    let fingerprint = fingerprint.as_deref();
    store.reseal(&placed, fingerprint, revision).await
}

/// Opens what became of a change, which is done even if the personal fields do not open.
pub(crate) async fn open_change<S: OrderStore>(
    store: &S,
    vault: &Vault,
    reply: store::ChangeReply,
    log: &dyn Fn(&str),
) -> ChangeReply {
    let open = async |record: Box<store::OrderRecord>| {
        let opened = open_record(store, vault, *record, log).await;
        Box::new(opened.unwrap_or_else(|(error, blank)| {
            log(&error.to_string());
            blank
        }))
    };
    match reply {
        ChangeReply::Done { record } => ChangeReply::Done {
            record: open(record).await,
        },
        ChangeReply::Already { record } => ChangeReply::Already {
            record: open(record).await,
        },
        ChangeReply::KeyUsedForOtherChange => ChangeReply::KeyUsedForOtherChange,
        ChangeReply::UnknownOrder => ChangeReply::UnknownOrder,
        ChangeReply::Illegal {
            status,
            problem,
            possible,
            legal,
        } => ChangeReply::Illegal {
            status,
            problem,
            possible,
            legal,
        },
    }
}

/// What a store gets of the details: sealed, or as they are where the deployment has no data keys.
pub(crate) fn stored_details(
    vault: &Vault,
    order: &str,
    details: &OrderDetails,
    fingerprint: Option<&str>,
) -> SealedDetails {
    seal_details(vault, order, details, fingerprint).unwrap_or_else(|| details.unsealed())
}

/// A record for callers, whose order is the one that stands.
fn with_details(record: store::OrderRecord, details: OrderDetails) -> OrderRecord {
    OrderRecord {
        order: store::standing(record.order.with_details(details), &record.progress),
        progress: record.progress,
        events: record.events,
    }
}

/// Opens the personal fields of an order.
pub(crate) fn opened(
    vault: &Vault,
    order: &StoredOrder<SealedDetails>,
) -> Result<OpenedDetails, StoreError> {
    open_details(vault, &order.id, &order.details).map_err(|error| match error {
        VaultError::Keys(_)
        | VaultError::NoKeys
        | VaultError::UnknownKey(_)
        | VaultError::Damaged => StoreError::Corrupt(format!("order {}: {error}", order.id)),
    })
}

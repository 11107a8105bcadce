//! The walk over everything that is sealed, in steps with a bound: which keys it needs, and sealing it
//! with the newest one.
//!
//! An order needs the key that its personal fields are sealed with, and the one that its fingerprint
//! was made with. A step that seals writes only orders that need another key than the newest; it may
//! be repeated, and may be interrupted anywhere.
//!
//! Orders that are placed meanwhile are sealed with the newest key of the instance that places them.
//! So a walk that begins when every instance has the new key, and ends without an order that needs
//! another one, says that the others can go.

use std::collections::BTreeSet;

use souk_order_store::{OrderStore, SealedOrder, StoreError};
use souk_protocol::origin::{Personal, WALK_ORDERS_MAX, WalkSealed, WalkedSealed};
use souk_vault::Vault;

use crate::sealing::{opened, seal_anew};

/// One step of the walk.
///
/// # Errors
/// Those of the store.
pub(crate) async fn walk<S: OrderStore>(
    store: &S,
    vault: &Vault,
    asked: &WalkSealed,
    log: &dyn Fn(&str),
) -> Result<WalkedSealed, StoreError> {
    let limit = asked.limit.clamp(1, WALK_ORDERS_MAX);
    let found = store.sealed_orders(&asked.after, limit).await?;
    let is_last = u32::try_from(found.len()).unwrap_or(u32::MAX) < limit;
    let mut walked = WalkedSealed {
        keys: vault.names().map(str::to_owned).collect(),
        after: found
            .last()
            .filter(|_| !is_last)
            .map(|last| last.order.id.clone()),
        ..WalkedSealed::default()
    };
    for sealed in found {
        walked.orders += 1;
        let mut needs = needs(&sealed);
        let newest = vault.names().next().map(str::to_owned);
        let is_current = needs.iter().all(|key| *key == newest);
        if asked.rewrap && vault.seals() && !is_current {
            let id = sealed.order.id.clone();
            match rewrap(store, vault, sealed).await {
                Ok(()) => {
                    walked.rewrapped += 1;
                    needs = BTreeSet::from([newest]);
                }
                Err(error @ (StoreError::Transient(_) | StoreError::Rejected(_))) => {
                    return Err(error);
                }
                Err(StoreError::Corrupt(text)) => {
                    log(&text);
                    walked.unopened.push(id);
                }
            }
        }
        walked.open += u32::from(needs.contains(&None));
        for key in needs.into_iter().flatten() {
            *walked.needs.entry(key).or_default() += 1;
        }
    }
    Ok(walked)
}

/// The keys that an order needs; `None` for what lies open.
fn needs(sealed: &SealedOrder) -> BTreeSet<Option<String>> {
    let key_of = |text| Vault::key_of(text).map(str::to_owned);
    let personal = match &sealed.order.details.personal {
        Personal::Sealed(text) => key_of(text),
        Personal::Unsealed(_) => None,
    };
    BTreeSet::from([personal, key_of(&sealed.fingerprint)])
}

async fn rewrap<S: OrderStore>(
    store: &S,
    vault: &Vault,
    sealed: SealedOrder,
) -> Result<(), StoreError> {
    let mut opened = opened(vault, &sealed.order)?;
    // What was stored open has its fingerprint beside it, as the edge made it.
    if opened.fingerprint.is_none() && Vault::key_of(&sealed.fingerprint).is_none() {
        opened.fingerprint = Some(sealed.fingerprint);
    }
    seal_anew(store, vault, sealed.order, &opened, sealed.revision).await
}

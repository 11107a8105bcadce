//! Sets sold-out holds where many orders ask for a sold-out SKU, and publishes them to the edges.
//! See `souk_stock_signals::sold_out_hold` for what one promises.
//!
//! An edge that refuses by a sold-out hold lets few orders through, so few refusals ask for its
//! renewal. That is enough: one is, and the count of the crowd is needed for the first sold-out
//! hold only.

use souk_order_store::{SoldOutHoldRequest, StockStore, StoreError};
use souk_protocol::origin::SubmitReply;
use souk_stock_signals::sold_out_hold::{
    KEYS_MAX, KeyFilter, SoldOutHold, decode, encode_with, held_until_ms,
};

use crate::{AvailabilityProjector, Pressure};

/// Follows a reply: a refusal may be the one that sets a sold-out hold, and says so then.
///
/// # Errors
/// When the store does not answer; the reply stays valid.
pub(crate) async fn follow<S: StockStore, P: AvailabilityProjector>(
    store: &S,
    projector: &P,
    pressure: &Pressure,
    reply: &mut SubmitReply,
    now_ms: i64,
) -> Result<(), StoreError> {
    let SubmitReply::SoldOut {
        sku,
        available: 0,
        sold_out_until_ms: until_ms,
    } = reply
    else {
        return Ok(());
    };
    if pressure.is_crowd(sku, *until_ms, now_ms)
        && let Some(set_until_ms) = set(store, projector, sku, now_ms).await?
    {
        *until_ms = Some(set_until_ms);
    }
    Ok(())
}

/// Sets a sold-out hold and puts it where the edges read it; gives until when it lasts, or `None`
/// where the SKU gets none.
async fn set<S: StockStore, P: AvailabilityProjector>(
    store: &S,
    projector: &P,
    sku: &str,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let mut shown = decode(projector.sold_out_holds().await.into());
    let known = shown.iter().find(|sold_out_hold| sold_out_hold.sku == sku);
    let until_ms = held_until_ms(now_ms);
    let request = SoldOutHoldRequest {
        sku,
        until_ms,
        now_ms,
        known: known.map(|sold_out_hold| sold_out_hold.number),
        keys_max: KEYS_MAX,
    };
    let Some(set) = store.sold_out_hold(request).await? else {
        return Ok(None);
    };
    let filter = match (set.keys, known) {
        (Some(keys), _) => KeyFilter::of(&keys),
        // No order with the SKU was accepted since, so its keys are the same.
        (None, Some(known)) => Some(known.filter.clone()),
        (None, None) => None,
    };
    let Some(filter) = filter else {
        let text = format!("a sold-out hold on {sku} came without its keys");
        return Err(StoreError::Corrupt(text));
    };
    let sold_out_hold = SoldOutHold {
        sku: sku.to_owned(),
        number: set.number,
        set_at_ms: now_ms,
        filter,
    };
    shown.retain(|known| known.sku != sku || known.number == set.number);
    let sold_out_holds = encode_with(shown, sold_out_hold, now_ms);
    projector.project_sold_out_holds(sold_out_holds).await;
    Ok(Some(until_ms))
}

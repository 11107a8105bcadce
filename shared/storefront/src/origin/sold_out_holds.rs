//! Refuses orders for SKUs under a sold-out hold, without asking the
//! origin. See `souk_stock_signals::sold_out_hold` for why that is what the origin would answer.
//!
//! The holds come with the other signals. When the origin refuses an order with a hold that the
//! instance does not have, the instance reads again at once.
//!
//! Only the first attempt to send an order is refused here. Once an order was sent, only the origin
//! knows its outcome, whatever holds exist by then.
//!
//! Two refusals differ from the origin's: a key of an order for other SKUs is refused as sold out,
//! where the origin would say that the key is used; and the held SKU is named, where the origin
//! might first have named the price of another line.

use std::cell::Cell;

use souk_ports::{Edge, is_within};
use souk_protocol::origin::{SubmitOrder, SubmitReply};
use souk_stock_signals::sold_out_hold::{DURATION_MS, RENEWED_AFTER_MS, SoldOutHold};

use crate::monitoring::metrics::Metrics;
use crate::signals::{SIGNALS_TTL_MS, SignalsCache};

/// How long an instance trusts what it has where a newer hold exists, or may exist.
const AT_ONCE_MS: i64 = 100;
/// Of the orders for a SKU whose hold is old enough to be renewed, one in 256 goes to the origin,
/// whichever instance receives it: a refusal makes the origin renew the hold. In a crowd that is
/// soon enough, however many instances there are. The first byte of the key's hash selects them.
const PROBE: u8 = 0;
/// From this age on the hold is about to expire, and each instance sends the origin one order in
/// every [`PROBE_MS`].
const URGENT_AFTER_MS: i64 = 4_000;
const PROBE_MS: i64 = 500;

/// What an instance remembers of what it has done about sold-out holds.
#[derive(Debug, Default)]
pub(crate) struct SoldOutHolds {
    probed_ms: Cell<Option<i64>>,
    /// When the last hold expires for which the instance read at once.
    sought_until_ms: Cell<i64>,
}

impl SoldOutHolds {
    /// The refusal of an order by a sold-out hold; `None` where the order goes to the origin.
    pub(crate) async fn refusal<E: Edge>(
        &self,
        edge: &E,
        signals: &SignalsCache,
        metrics: &Metrics,
        submit: &SubmitOrder,
    ) -> Option<SubmitReply> {
        let mut known = signals.current(edge, metrics, SIGNALS_TTL_MS, false).await;
        let mut now_ms = edge.now_ms();
        if is_old(against(&known.sold_out_holds, submit, now_ms)?, now_ms) {
            // An order of another instance may have renewed it.
            known = signals.current(edge, metrics, AT_ONCE_MS, false).await;
            now_ms = edge.now_ms();
        }
        let sold_out_hold = against(&known.sold_out_holds, submit, now_ms)?;
        if self.lets_through(sold_out_hold, &submit.key, now_ms) {
            return None;
        }
        metrics.sold_out_hold_refusals.add_one();
        Some(SubmitReply::SoldOut {
            sku: sold_out_hold.sku.clone(),
            available: 0,
            sold_out_until_ms: Some(sold_out_hold.set_at_ms + DURATION_MS),
        })
    }

    /// Reads the holds again when the origin replies with one that the instance does not have.
    pub(crate) async fn learn<E: Edge>(
        &self,
        edge: &E,
        signals: &SignalsCache,
        metrics: &Metrics,
        reply: &SubmitReply,
    ) {
        let SubmitReply::SoldOut {
            sku,
            sold_out_until_ms: Some(until_ms),
            ..
        } = reply
        else {
            return;
        };
        let known = signals.last();
        let is_known = known.is_some_and(|known| {
            let mut of_sku = known
                .sold_out_holds
                .iter()
                .filter(|sold_out_hold| sold_out_hold.sku == *sku);
            of_sku.any(|sold_out_hold| sold_out_hold.set_at_ms + DURATION_MS >= *until_ms)
        });
        if is_known {
            return;
        }
        // The first request to learn of a hold reads at once, however recent the last read. If the hold
        // is not there, because its projection failed or was overtaken, later requests read again now
        // and then.
        let sought_until_ms = self.sought_until_ms.replace(*until_ms);
        let age_ms = match sought_until_ms < *until_ms {
            true => 0,
            false => AT_ONCE_MS,
        };
        signals.current(edge, metrics, age_ms, true).await;
    }

    /// Whether an order goes to the origin although a hold refuses it, to renew the hold.
    fn lets_through(&self, sold_out_hold: &SoldOutHold, key: &str, now_ms: i64) -> bool {
        let age_ms = now_ms - sold_out_hold.set_at_ms;
        if age_ms < RENEWED_AFTER_MS {
            return false;
        }
        if age_ms < URGENT_AFTER_MS {
            return blake3::hash(key.as_bytes()).as_bytes()[0] == PROBE;
        }
        let is_due = |at_ms: i64| !is_within(PROBE_MS, at_ms, now_ms);
        let may = self.probed_ms.get().is_none_or(is_due);
        if may {
            self.probed_ms.set(Some(now_ms));
        }
        may
    }
}

fn is_old(sold_out_hold: &SoldOutHold, now_ms: i64) -> bool {
    now_ms - sold_out_hold.set_at_ms >= RENEWED_AFTER_MS
}

/// The newest hold that refuses an order: the order has a line with its SKU, and its filter lacks the
/// order's key. Where several origins hold a SKU, every filter has to lack the key.
fn against<'h>(
    holds: &'h [SoldOutHold],
    submit: &SubmitOrder,
    now_ms: i64,
) -> Option<&'h SoldOutHold> {
    submit.lines.iter().find_map(|line| {
        let of_sku = holds
            .iter()
            .filter(|sold_out_hold| sold_out_hold.sku == line.sku);
        let mut newest: Option<&SoldOutHold> = None;
        for sold_out_hold in of_sku.filter(|sold_out_hold| sold_out_hold.is_valid(now_ms)) {
            if sold_out_hold.filter.may_have(&submit.key) {
                return None;
            }
            if newest.is_none_or(|known| known.set_at_ms < sold_out_hold.set_at_ms) {
                newest = Some(sold_out_hold);
            }
        }
        newest
    })
}

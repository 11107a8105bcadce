//! Buyers whose shop dies under them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Shop;
use crate::buyers::{self, Outcome, Wish};

const IN_FLIGHT: usize = 64;

/// Sends every wish once and kills the runtime after `kill_after` acknowledgements; the orders
/// that were acknowledged, by key. There must be at least [`IN_FLIGHT`] wishes more than that.
///
/// # Errors
/// When an answer cannot be read, or nothing was under way when the runtime was killed.
pub async fn burst_until_killed(
    shop: &mut Shop,
    wishes: Vec<Wish>,
    kill_after: usize,
) -> Result<BTreeMap<String, Value>> {
    let client = shop.client();
    // A permit is free again when its answer has been looked at here. So however late that is on a
    // busy machine, there are requests left for the time after the kill.
    let permits = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut tasks = JoinSet::new();
    for wish in wishes {
        let (client, permits) = (client.clone(), permits.clone());
        tasks.spawn(async move {
            let permit = permits.acquire_owned().await;
            (buyers::send_once(&client, &wish).await, wish, permit)
        });
    }
    let mut acknowledged = BTreeMap::new();
    let mut lost = 0;
    while let Some(done) = tasks.join_next().await {
        let (Ok(answer), wish, _permit) = done? else {
            lost += 1;
            continue;
        };
        // With 503 the outcome is unknown as well.
        if let Some(Outcome::Placed { order, .. }) = buyers::read(&answer, 1)? {
            acknowledged.insert(wish.key, order);
            if acknowledged.len() == kill_after {
                shop.kill_hard();
            }
        }
    }
    println!(
        "{} acknowledged, {lost} without an answer",
        acknowledged.len()
    );
    ensure!(
        lost > 0,
        "the runtime was killed after the burst, not in it"
    );
    Ok(acknowledged)
}

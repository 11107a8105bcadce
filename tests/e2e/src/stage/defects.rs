//! What can be planted in a drill: something that makes the shop, or what is around it, really
//! misbehave. With it the drill has to fail.

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::Inside;
use crate::Platform;

/// A defect. An experiment says when it begins, by an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// Units of the sale are handed out once more: the account has them, and no movement.
    StockTwice,
    /// A buyer whose order has no answer orders again, with another key.
    FreshKeys,
    /// Pages take a second longer.
    SlowPages,
    /// Edges forget the level and cannot read it.
    Forgets,
}

/// More than a page may take.
const SLOW_MS: u64 = 1_000;
/// Units that are handed out once more.
const UNITS: u32 = 5;

impl Defect {
    /// As `--defect` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StockTwice => "stock-twice",
            Self::FreshKeys => "fresh-keys",
            Self::SlowPages => "slow-pages",
            Self::Forgets => "forgets",
        }
    }

    /// Makes it begin.
    pub(super) async fn begin(self, stage: &Inside) -> Result<()> {
        match self {
            Self::StockTwice => hand_out_twice(stage).await,
            Self::FreshKeys => {
                stage.customers.repeat_with_fresh_keys();
                Ok(())
            }
            Self::SlowPages => {
                let toxic = json!({"type": "latency", "attributes": {"latency": SLOW_MS}});
                stage.faults.post("/proxies/front/toxics", &toxic).await
            }
            Self::Forgets => {
                let mut shop = stage.shop.write().await;
                shop.restart_without_pulse().await?;
                stage.lead_to(&shop).await
            }
        }
    }
}

/// As a careless repair of the database does it.
async fn hand_out_twice(stage: &Inside) -> Result<()> {
    let edit = |schema: &str| {
        format!(
            "UPDATE {schema}stock SET available = available + {UNITS}, supplied = supplied + {UNITS}
                WHERE sku LIKE 'sale:%'"
        )
    };
    let mut shop = stage.shop.write().await;
    // The store of an object belongs to its process.
    let is_of_process = match shop.platform() {
        Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => true,
        Platform::SpinSqlite | Platform::SpinPostgres => false,
    };
    if is_of_process {
        shop.kill_hard();
    }
    shop.damage(&edit(""), &edit("souk.")).await?;
    if is_of_process {
        shop.restart().await?;
        stage.lead_to(&shop).await?;
    }
    Ok(())
}

//! What the accounts of a copy have: the sum of their movements and repairs.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_domain::Movement;
use souk_protocol::origin::Ledger;

const COLUMNS: [&str; 4] = ["supplied", "available", "held", "sold"];

/// Accounts by SKU: units that are supplied, available, held and sold.
#[derive(Debug, Default)]
pub(super) struct Accounts(BTreeMap<String, [i64; 4]>);

impl Accounts {
    /// Counts a row of one of the two ledgers; rows of others change nothing.
    pub(super) fn count(&mut self, ledger: Ledger, row: &Value) -> Result<()> {
        let added = match ledger {
            Ledger::Movements => {
                let kind = text(row, "kind")?;
                let unit = movement(kind)
                    .with_context(|| format!("a movement '{kind}'"))?
                    .unit();
                let units = number(row, "units")?;
                [unit.supplied, unit.available, unit.held, unit.sold].map(|one| one * units)
            }
            Ledger::Repairs => {
                let mut added = [0; 4];
                for (sum, column) in added.iter_mut().zip(COLUMNS) {
                    *sum = number(row, column)?;
                }
                added
            }
            Ledger::Orders
            | Ledger::Funds
            | Ledger::Receipts
            | Ledger::Publications
            | Ledger::Offers => return Ok(()),
        };
        let account = self.0.entry(text(row, "sku")?.to_owned()).or_default();
        for (sum, added) in account.iter_mut().zip(added) {
            *sum += added;
        }
        Ok(())
    }

    /// An offer with its account.
    pub(super) fn complete(&self, mut offer: Value) -> Result<Value> {
        let sku = text(&offer, "sku")?.to_owned();
        let account = self.0.get(&sku).copied().unwrap_or_default();
        let [supplied, available, held, sold] = account;
        ensure!(
            available >= 0 && held >= 0 && sold >= 0 && supplied == available + held + sold,
            "the movements of the SKU {sku} do not add up: {account:?}. Was the backup cut while \
             clocks of shards were apart? Take an earlier one"
        );
        for (column, units) in COLUMNS.iter().zip(account) {
            offer[column] = json!(units);
        }
        Ok(offer)
    }
}

/// The kind of movement of a name, as it is stored.
fn movement(name: &str) -> Option<Movement> {
    Some(match name {
        "supply" => Movement::Supply,
        "backorder" => Movement::Backorder,
        "hold" => Movement::Hold,
        "sell" => Movement::Sell,
        "settle" => Movement::Settle,
        "release" => Movement::Release,
        "restock" => Movement::Restock,
        "discard" => Movement::Discard,
        "unorder" => Movement::Unorder,
        "write_off" => Movement::WriteOff,
        "depart" => Movement::Depart,
        "arrive" => Movement::Arrive,
        _ => return None,
    })
}

fn text<'a>(row: &'a Value, name: &str) -> Result<&'a str> {
    row[name]
        .as_str()
        .with_context(|| format!("a row without {name}"))
}

fn number(row: &Value, name: &str) -> Result<i64> {
    row[name]
        .as_i64()
        .with_context(|| format!("a row without {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_sum_of_its_movements_and_repairs() {
        let mut accounts = Accounts::default();
        for (kind, units) in [("supply", 10), ("hold", 3), ("settle", 2), ("release", 1)] {
            let row = json!({"sku": "tea", "kind": kind, "units": units});
            accounts.count(Ledger::Movements, &row).unwrap();
        }
        let repair = json!({"sku": "tea", "supplied": -1, "available": -1, "held": 0, "sold": 0});
        accounts.count(Ledger::Repairs, &repair).unwrap();
        let offer = accounts.complete(json!({"sku": "tea"})).unwrap();
        let expected = json!({"sku": "tea", "supplied": 9, "available": 7, "held": 0, "sold": 2});
        assert_eq!(offer, expected);
        let new = accounts.complete(json!({"sku": "new"})).unwrap();
        assert_eq!(new["supplied"], 0);
        let sold = json!({"sku": "air", "kind": "sell", "units": 1});
        accounts.count(Ledger::Movements, &sold).unwrap();
        assert!(accounts.complete(json!({"sku": "air"})).is_err());
        let nonsense = json!({"sku": "tea", "kind": "vanish", "units": 1});
        assert!(accounts.count(Ledger::Movements, &nonsense).is_err());
    }
}

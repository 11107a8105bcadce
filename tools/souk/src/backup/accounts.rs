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
            | Ledger::Prices
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

/// Transfers between shards of which a copy has one half: the units were on their way at its moment, or
/// the clocks of the two shards were apart. Put back into one shard, they were always there.
#[derive(Debug, Default)]
pub(super) struct Transit(BTreeMap<(String, String), i64>);

impl Transit {
    /// Counts a movement.
    pub(super) fn count(&mut self, row: &Value) -> Result<()> {
        if let Some((transfer, units)) = transferred(row)? {
            *self.0.entry(transfer).or_default() += units;
        }
        Ok(())
    }

    /// Rows without those that are one half, when all were counted.
    pub(super) fn without_halves(&mut self, rows: Vec<Value>) -> Result<Vec<Value>> {
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            if !self.leaves_out(&row)? {
                kept.push(row);
            }
        }
        Ok(kept)
    }

    fn leaves_out(&mut self, row: &Value) -> Result<bool> {
        let Some((transfer, units)) = transferred(row)? else {
            return Ok(false);
        };
        let left = self.0.entry(transfer).or_default();
        let is_half = left.signum() == units.signum() && left.abs() >= units.abs();
        if is_half {
            *left -= units;
        }
        Ok(is_half)
    }
}

/// The transfer that a movement is a half of, with its SKU, and the units that came.
fn transferred(row: &Value) -> Result<Option<((String, String), i64)>> {
    let sign = match movement(text(row, "kind")?) {
        Some(Movement::Depart) => -1,
        Some(Movement::Arrive) => 1,
        Some(_) | None => return Ok(None),
    };
    let transfer = (
        text(row, "receipt")?.to_owned(),
        text(row, "sku")?.to_owned(),
    );
    Ok(Some((transfer, sign * number(row, "units")?)))
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
    fn half_a_transfer_is_left_out() {
        let moved = |kind: &str, transfer: &str, units: i64| {
            json!({"sku": "tea", "kind": kind,
            "units": units, "receipt": transfer})
        };
        let mut rows = vec![
            json!({"sku": "tea", "kind": "supply", "units": 10, "receipt": "r"}),
            moved("depart", "whole", 3),
            moved("depart", "under way", 2),
            moved("arrive", "early", 4),
            moved("arrive", "whole", 3),
            moved("depart", "back", 1),
            moved("arrive", "back", 1),
            json!({"sku": "tea", "kind": "hold", "units": 4, "order_id": "1"}),
        ];
        let mut transit = Transit::default();
        for row in &rows {
            transit.count(row).unwrap();
        }
        rows = transit.without_halves(rows).unwrap();
        assert_eq!(rows.len(), 6);
        let mut accounts = Accounts::default();
        for row in &rows {
            accounts.count(Ledger::Movements, row).unwrap();
        }
        let offer = accounts.complete(json!({"sku": "tea"})).unwrap();
        let expected = json!({"sku": "tea", "supplied": 10, "available": 6, "held": 4, "sold": 0});
        assert_eq!(offer, expected);
    }

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

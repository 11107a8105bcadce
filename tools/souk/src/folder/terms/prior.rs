//! `souk terms prior`: what a SKU cost, by the origin's ledger, and the prior price of its reductions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use souk_domain::{Currency, Money};
use souk_pricing::Price;

use crate::catalogue::price_ledger::PriceLedger;
use crate::shop::ShopArgs;

#[derive(Args)]
pub(super) struct PriorArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Of what.
    sku: String,
    /// In which market; without it in every one.
    #[arg(long)]
    market: Option<String>,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What a SKU cost in a market.
struct History {
    market: String,
    currency: Currency,
    prices: Vec<Price>,
    now_ms: i64,
}

/// Prints what the ledger says about a SKU.
///
/// # Errors
/// When the shop does not answer, or was never told a price of it.
pub(super) fn run(args: &PriorArgs) -> Result<()> {
    let client = args.shop.client()?;
    let sku = args.sku.as_str();
    let ledger = PriceLedger::read(&client, &BTreeSet::from([sku]))?;
    let histories = histories(&ledger, sku, args.market.as_deref())?;
    ensure!(
        !histories.is_empty(),
        "the origin has recorded no price of '{sku}'{}",
        match &args.market {
            Some(market) => format!(" in the market '{market}'"),
            None => String::new(),
        }
    );
    match args.json {
        true => {
            let histories = histories.iter().map(History::json);
            println!(
                "{}",
                json!({"sku": sku, "markets": histories.collect::<Value>()})
            );
        }
        false => {
            let texts = histories.iter().map(|one| one.text(sku));
            print!("{}", texts.collect::<Vec<_>>().join("\n"));
        }
    }
    Ok(())
}

/// One for each market and currency that the ledger names.
fn histories(ledger: &PriceLedger, sku: &str, only: Option<&str>) -> Result<Vec<History>> {
    let named = ledger.of(sku).iter().flat_map(|record| &record.prices);
    let named = named.filter(|prices| only.is_none_or(|only| only == prices.market));
    let named: BTreeSet<_> = named.map(|one| (&one.market, &one.currency)).collect();
    let histories = named.into_iter().map(|(market, currency)| {
        Ok(History {
            market: market.clone(),
            currency: Currency::parse(currency)?,
            prices: ledger.history(sku, market, currency).prices(),
            now_ms: ledger.now_ms,
        })
    });
    histories.collect()
}

impl History {
    /// The price that is in force.
    fn current(&self) -> Option<&Price> {
        self.prices
            .iter()
            .rfind(|price| price.from_ms <= self.now_ms)
    }

    fn text(&self, sku: &str) -> String {
        let amount = |minor: i64| Money::new(minor, self.currency).decimal();
        let mut text = format!("{sku} in {}, amounts in {}\n", self.market, self.currency);
        for price in &self.prices {
            let mut line = match price.minor {
                Some(minor) => format!("{:>12}", amount(minor)),
                None => format!("{:>12}", "not sold"),
            };
            if let (true, Some(before)) = (price.is_reduction(), price.compare_at_minor) {
                let prior = price.prior_minor.map_or_else(|| "none".to_owned(), amount);
                // Writing into a text cannot fail.
                let _ = write!(line, "  instead of {}, prior price {prior}", amount(before));
            }
            if price.from_ms > self.now_ms {
                line.push_str("  (to come)");
            }
            let _ = writeln!(text, "  from {}{line}", moment(price.from_ms));
        }
        let current = self.current().filter(|price| price.is_reduction());
        let _ = match current.map(|price| price.prior_minor) {
            Some(Some(prior)) => writeln!(text, "Prior price: {}", amount(prior)),
            Some(None) => writeln!(text, "Prior price: none, it was not sold before"),
            None => writeln!(text, "It is not reduced now"),
        };
        text
    }

    fn json(&self) -> Value {
        let prices = self.prices.iter().map(|price| {
            json!({
                "from_ms": price.from_ms,
                "price": price.minor,
                "compare_at_price": price.compare_at_minor,
                "prior_price": price.prior_minor,
            })
        });
        json!({
            "market": self.market,
            "currency": self.currency.code(),
            "prices": prices.collect::<Vec<_>>(),
            "prior_price": self.current().and_then(|price| price.prior_minor),
        })
    }
}

/// A moment in UTC, to the second.
fn moment(at_ms: i64) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000));
    moment.map_or_else(
        |_| "the beginning".to_owned(),
        |moment| {
            let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
            format!("{} {hour:02}:{minute:02}:{second:02} UTC", moment.date())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_listed_with_what_a_reduction_is_compared_with() {
        let price = |from_ms, minor, compare_at_minor, prior_minor| Price {
            from_ms,
            minor,
            compare_at_minor,
            prior_minor,
        };
        let day_ms = 24 * 60 * 60 * 1_000;
        let mut history = History {
            market: "us".to_owned(),
            currency: Currency::USD,
            prices: vec![
                price(0, Some(1_000), None, None),
                price(day_ms, None, None, None),
                price(2 * day_ms, Some(800), Some(1_200), Some(1_000)),
                price(9 * day_ms, Some(700), Some(1_200), None),
            ],
            now_ms: 3 * day_ms,
        };
        let expected = "\
MUG in us, amounts in USD
  from 1970-01-01 00:00:00 UTC       10.00
  from 1970-01-02 00:00:00 UTC    not sold
  from 1970-01-03 00:00:00 UTC        8.00  instead of 12.00, prior price 10.00
  from 1970-01-10 00:00:00 UTC        7.00  instead of 12.00, prior price none  (to come)
Prior price: 10.00
";
        assert_eq!(history.text("MUG"), expected);
        assert_eq!(history.json()["prior_price"], 1_000);
        history.now_ms = day_ms;
        assert!(history.text("MUG").ends_with("It is not reduced now\n"));
        history.now_ms = 10 * day_ms;
        assert!(history.text("MUG").contains("Prior price: none"));
    }
}

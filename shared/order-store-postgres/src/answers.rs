//! What the database says of an order.

use serde::Deserialize;
use souk_domain::{Currency, Money, Offer, Sku, StockLevel};
use souk_order_store::facts::{Fact, FactStamps, Facts};
use souk_order_store::rows::read;
use souk_order_store::{StoreError, StoredOrder, SubmitReply, standing};
use souk_protocol::origin::Progress;
use souk_sql::Row;

/// What the engine says of an order.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is written as it was decided.
    Placed {
        /// Whether it took the last unit of a SKU that cannot be ordered without stock.
        exhausted: bool,
    },
    /// Its key was used before.
    Known(SubmitReply),
    /// It is not written. Its key was new when these were the facts.
    Facts(Facts),
}

/// The columns `outcome, body, state`.
pub(crate) fn answer(row: &Row) -> Result<Answer, StoreError> {
    Ok(match row.text(0)? {
        "placed" => Answer::Placed { exhausted: false },
        "placed_last" => Answer::Placed { exhausted: true },
        "exists" => Answer::Known(existing(row)?),
        "exists_with_different_content" => Answer::Known(SubmitReply::ExistsWithDifferentContent),
        "facts" => Answer::Facts(facts(row)?),
        other => return Err(StoreError::Corrupt(format!("the outcome {other:?}"))),
    })
}

/// An order that exists is given as it stands.
fn existing(row: &Row) -> Result<SubmitReply, StoreError> {
    let mut order: StoredOrder = read(row, 1)?;
    if row.optional_text(2)?.is_some() {
        let progress: Progress = read(row, 2)?;
        order = standing(order, &progress);
    }
    Ok(SubmitReply::Exists {
        order: Box::new(order),
    })
}

fn facts(row: &Row) -> Result<Facts, StoreError> {
    #[derive(Deserialize)]
    struct Known {
        sku: String,
        slug: String,
        title: String,
        unit_price: i64,
        currency: String,
        backorder: bool,
        offered: bool,
        facts: String,
        facts_before: String,
        facts_since_ms: i64,
        stamp: i64,
        sold_out_until_ms: i64,
        supplied: i64,
        available: i64,
        held: i64,
        sold: i64,
    }
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    #[derive(Deserialize)]
    struct Taken {
        account: String,
        taken: i64,
    }
    #[derive(Deserialize)]
    struct All {
        offers: Vec<Known>,
        taken: Vec<Taken>,
    }
    let all: All = read(row, 1)?;
    let offered = all.offers.into_iter().filter(|known| known.offered);
    let facts = offered.map(|known| {
        let currency = Currency::parse(&known.currency).map_err(|error| corrupt(&error))?;
        let offer = Offer {
            sku: Sku::parse(&known.sku).map_err(|error| corrupt(&error))?,
            unit_price: Money::new(known.unit_price, currency),
            title: known.title,
            slug: known.slug,
            backorder: known.backorder,
            level: StockLevel {
                supplied: known.supplied,
                available: known.available,
                held: known.held,
                sold: known.sold,
            },
        };
        Ok(Fact {
            offer,
            prices: FactStamps::read(&known.facts, &known.facts_before, known.facts_since_ms)?,
            stamp: known.stamp.to_string(),
            sold_out_until_ms: known.sold_out_until_ms,
        })
    });
    let mut facts: Facts = facts.collect::<Result<_, StoreError>>()?;
    for one in all.taken {
        facts.add_taken(&one.account, one.taken);
    }
    Ok(facts)
}

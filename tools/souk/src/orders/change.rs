//! Changes to an order, as staff write them on the command line.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use souk_protocol::origin::{Action, ReturnedUnits};
use souk_protocol::staff;

use super::{known, show};
use crate::client::StaffClient;

/// Arguments of `souk orders change`.
#[derive(Args)]
pub(super) struct ChangeArgs {
    /// The order's number.
    order: String,
    /// The change's `Idempotency-Key`; a new one when not given. The same key makes a change once.
    #[arg(long, global = true)]
    key: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The warehouse sets the units aside.
    Allocate,
    /// The parcel is on its way.
    Ship {
        /// Who carries it.
        #[arg(long)]
        carrier: String,
        /// The carrier's number of it.
        #[arg(long, default_value = "")]
        tracking: String,
        /// Sends it although the provider has not taken the money: why. It stays in the history.
        #[arg(long, value_name = "WHY")]
        unpaid: Option<String>,
    },
    /// The parcel has arrived.
    Deliver,
    /// Money came in by transfer or at the door.
    ReceivePayment {
        /// How much, in minor units.
        #[arg(long)]
        amount: i64,
        /// Of the bank or the courier.
        #[arg(long)]
        reference: String,
    },
    /// The order is cancelled.
    Cancel {
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Units came back.
    Return {
        /// `LINE:UNITS`, lines counted from 0; `LINE:UNITS:broken` for units that cannot be sold
        /// again. May be repeated.
        #[arg(long = "units", required = true)]
        units: Vec<String>,
        /// What the buyer gets back for them, in minor units; without it what they cost, after
        /// discounts and with tax.
        #[arg(long)]
        refund: Option<i64>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// The buyer gets money back.
    Refund {
        /// How much, in minor units.
        #[arg(long)]
        amount: i64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// A refund has reached the buyer's account.
    SettleRefund {
        /// How much, in minor units.
        #[arg(long)]
        amount: i64,
        /// The bank's name of it.
        #[arg(long)]
        refund: String,
    },
    /// A refund is impossible.
    FailRefund {
        /// How much, in minor units.
        #[arg(long)]
        amount: i64,
        /// The bank's name of it.
        #[arg(long)]
        refund: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Makes the change and shows the order as it is then.
///
/// # Errors
/// When it is not legal; the message says what is.
pub(super) fn run(client: &StaffClient, args: &ChangeArgs) -> Result<()> {
    let key = match &args.key {
        Some(key) => key.clone(),
        None => random_key()?,
    };
    let order = staff::CHANGE_ORDER.at(&[known(&args.order)?.as_str()]);
    let record = client.post_once(order, &key, &args.what.action()?)?;
    print!("{}", show::record(&record));
    Ok(())
}

impl What {
    fn action(&self) -> Result<Action> {
        Ok(match self {
            What::Allocate => Action::Allocate,
            What::Ship {
                carrier,
                tracking,
                unpaid,
            } => Action::Ship {
                carrier: carrier.clone(),
                tracking: tracking.clone(),
                unpaid_reason: unpaid.clone(),
            },
            What::Deliver => Action::Deliver,
            What::ReceivePayment { amount, reference } => Action::ReceivePayment {
                amount: *amount,
                reference: reference.clone(),
            },
            What::Cancel { reason } => Action::Cancel {
                reason: reason.clone(),
            },
            What::Return {
                units,
                refund,
                reason,
            } => Action::Return {
                units: units
                    .iter()
                    .map(|text| returned(text))
                    .collect::<Result<_>>()?,
                refund: *refund,
                reason: reason.clone(),
            },
            What::Refund { amount, reason } => Action::Refund {
                amount: *amount,
                reason: reason.clone(),
            },
            What::SettleRefund { amount, refund } => Action::SettleRefund {
                provider: None,
                refund: refund.clone(),
                amount: *amount,
            },
            What::FailRefund {
                amount,
                refund,
                reason,
            } => Action::FailRefund {
                provider: None,
                request: None,
                refund: refund.clone(),
                amount: *amount,
                reason: reason.clone(),
            },
        })
    }
}

/// `LINE:UNITS` or `LINE:UNITS:broken`.
fn returned(text: &str) -> Result<ReturnedUnits> {
    let parts: Vec<&str> = text.split(':').collect();
    let (line, quantity, restock) = match parts.as_slice() {
        [line, quantity] => (line, quantity, true),
        [line, quantity, "broken"] => (line, quantity, false),
        _ => bail!("units are LINE:UNITS or LINE:UNITS:broken, not {text:?}"),
    };
    let number = |text: &str| format!("{text:?} is no number");
    Ok(ReturnedUnits {
        line: line.parse().with_context(|| number(line))?,
        quantity: quantity.parse().with_context(|| number(quantity))?,
        restock,
    })
}

pub(crate) fn random_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returned_units_are_read_as_they_are_written() {
        let units = |line, quantity, restock| ReturnedUnits {
            line,
            quantity,
            restock,
        };
        assert_eq!(returned("0:2").unwrap(), units(0, 2, true));
        assert_eq!(returned("3:1:broken").unwrap(), units(3, 1, false));
        for bad in ["", "1", "1:x", "1:2:3", "1:2:broken:4", "-1:2"] {
            assert!(returned(bad).is_err(), "{bad:?}");
        }
    }
}

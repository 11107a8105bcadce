//! `souk orders`: what the shop's staff do with orders.
//!
//! Worklists and reports come from the back office's order index, a single order and its changes
//! from the origin; all of it through the staff API.

mod breakdown;
mod change;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use souk_domain::OrderId;
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::shop::ShopArgs;
use change::ChangeArgs;

pub(crate) use change::random_key;
pub(crate) use show::{moment, money, table};

/// Arguments of `souk orders`.
#[derive(Args)]
pub(crate) struct OrdersArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: OrdersTask,
}

#[derive(Subcommand)]
enum OrdersTask {
    /// Lists orders, the newest first.
    List {
        /// Only those that stand here.
        #[arg(long, value_enum)]
        status: Option<StatusArg>,
        /// Only those with money that the buyer disputes: answer in the provider's dashboard.
        #[arg(long)]
        disputed: bool,
        /// The oldest first, as they are to be worked on.
        #[arg(long)]
        oldest: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Shows one order with its history.
    Show {
        /// Its number.
        order: String,
    },
    /// Changes one order.
    Change(ChangeArgs),
    /// Counts and sums all orders by status.
    Totals,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum StatusArg {
    AwaitingPayment,
    Confirmed,
    Allocated,
    Shipped,
    Delivered,
    Returned,
    Cancelled,
    Expired,
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop refuses; the message says what is possible.
pub(crate) fn run(args: &OrdersArgs) -> Result<()> {
    let client = args.shop.client()?;
    match &args.task {
        OrdersTask::List {
            status,
            disputed,
            oldest,
            limit,
        } => {
            let mut query = format!("sort={}", if *oldest { "oldest" } else { "newest" });
            if *disputed {
                query += "&disputed=true";
            }
            list(&client, *status, query, *limit)
        }
        OrdersTask::Show { order } => {
            let order = staff::READ_ORDER.at(&[known(order)?.as_str()]);
            let record = client.get(order)?;
            print!("{}", show::record(&record));
            Ok(())
        }
        OrdersTask::Change(change) => change::run(&client, change),
        OrdersTask::Totals => {
            let totals = client.get(staff::REPORT_ORDERS)?;
            print!("{}", show::totals(totals));
            Ok(())
        }
    }
}

fn list(
    client: &StaffClient,
    status: Option<StatusArg>,
    mut query: String,
    limit: usize,
) -> Result<()> {
    if let Some(status) = status.and_then(|status| status.to_possible_value()) {
        query += &format!("&status={}", status.get_name());
    }
    let (mut orders, mut after) = (Vec::new(), String::new());
    while orders.len() < limit {
        let page_max = (limit - orders.len()).min(staff::WORKLIST_ITEMS_MAX as usize);
        let query = format!("{query}&limit={page_max}{after}");
        let page = client.get(staff::LIST_ORDERS.query(&query))?;
        orders.extend(page.orders);
        match page.after {
            Some(position) => after = format!("&after={position}"),
            None => break,
        }
    }
    print!("{}", show::worklist(&orders));
    Ok(())
}

/// The number of an order, as the staff API has it.
fn known(order: &str) -> Result<OrderId> {
    OrderId::parse(order).map_err(|error| anyhow::anyhow!("an order's number {error}"))
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::Status;

    use super::*;

    #[test]
    fn every_status_is_an_argument() {
        let names: Vec<_> = StatusArg::value_variants()
            .iter()
            .filter_map(|status| status.to_possible_value())
            .map(|value| value.get_name().to_owned())
            .collect();
        assert_eq!(names, Status::ALL.map(Status::name));
    }
}

//! `souk report`: what happened in a stretch of time, and whether the books agree about it: the journal,
//! the list of orders, the audit of stock, a sale and its waiting room, and what load generators counted.
//!
//! - `facts`: what is read of the shop and of files; `totals`: what that comes to; `text`: as Markdown.
//!
//! Invariant: the same facts give the same bytes.

mod facts;
mod text;
mod totals;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use souk_catalogue::Sale;
use souk_operations::{Record, verify};
use souk_protocol::operations::AFTER;
use souk_protocol::origin::StockQuery;
use souk_protocol::staff::{self, WorklistEntry};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::facts::{Facts, Load, SaleFacts};
use crate::client::StaffClient;
use crate::shop::ShopArgs;
use crate::switches::clock_ms;

/// How long the list of orders may lag behind the origin before the report says so.
const LAG_MAX: Duration = Duration::from_secs(30);
const LOOKS_EACH: Duration = Duration::from_millis(500);
/// Orders of a sale that are read before the next line of progress.
const PROGRESS_EACH: usize = 100;

/// Arguments of `souk report`.
#[derive(Args)]
pub(crate) struct ReportArgs {
    /// From this moment on: 2027-11-11T00:00:00+08:00.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    since: i64,
    /// Up to this moment; now without it.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<i64>,
    /// The sale that it is about.
    #[arg(long, value_name = "ID")]
    sale: Option<String>,
    /// Reports of load generators (`cargo xtask load --report FILE`), or folders with them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    load: Vec<PathBuf>,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shop: ShopArgs,
}

/// A moment in milliseconds since 1970.
fn moment(text: &str) -> Result<i64, String> {
    let wrong = || "a moment such as 2027-11-11T02:00:00Z".to_owned();
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map_err(|_| wrong())
}

/// Prints the report.
///
/// # Errors
/// When the shop does not answer, or a file is none of a load generator.
pub(crate) fn run(args: &ReportArgs) -> Result<()> {
    let client = args.shop.client()?;
    let loads = facts::loads(&args.load)?;
    let until_ms = match args.until {
        Some(until_ms) => until_ms,
        None => clock_ms()?,
    };
    if until_ms <= args.since {
        bail!("the report ends before it begins: --since is a moment before --until");
    }
    let facts = read(&client, args, until_ms, loads)?;
    let report = totals::report(&facts);
    match args.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => print!("{}", text::markdown(&report)),
    }
    Ok(())
}

fn read(client: &StaffClient, args: &ReportArgs, until_ms: i64, loads: Vec<Load>) -> Result<Facts> {
    let since_ms = args.since;
    let sale = match &args.sale {
        Some(id) => Some(crate::folder::sales::published(client, id)?),
        None => None,
    };
    let sale_since_ms = sale
        .as_ref()
        .map_or(since_ms, |sale| first_ms(sale).min(since_ms));
    let (orders, under_way) = settled_orders(client, sale_since_ms, since_ms, until_ms, &loads)?;
    let sale = match sale {
        Some(sale) => Some(sale_facts(client, &sale, &orders, until_ms)?),
        None => None,
    };
    let (journal, journal_error) = journal(client)?;
    let audit = client.get(staff::AUDIT)?;
    let drift = audit.drift.iter().map(crate::audit::sentence).collect();
    Ok(Facts {
        since_ms,
        until_ms,
        journal,
        journal_error,
        orders,
        under_way,
        audit,
        drift,
        sale,
        loads,
    })
}

/// The whole journal, and what is wrong with it.
fn journal(client: &StaffClient) -> Result<(Vec<Record>, Option<String>)> {
    let mut text = Vec::new();
    let page = |after: u64| {
        let address = staff::READ_JOURNAL.query(&format!("{AFTER}={after}"));
        String::from_utf8(client.read(&address)?).context("the journal is no text")
    };
    crate::journal::export(0, page, &mut text)?;
    let text = String::from_utf8(text).context("the journal is no text")?;
    let records = text.lines().map(serde_json::from_str);
    let records = records.collect::<Result<Vec<Record>, _>>();
    let error = verify(&text, None).err().map(|error| error.to_string());
    Ok((records.context("a record of the journal")?, error))
}

/// Orders since a moment, the newest first, once the list has what the origin has; and how many messages
/// are still under way.
fn settled_orders(
    client: &StaffClient,
    walk_since_ms: i64,
    since_ms: i64,
    until_ms: i64,
    loads: &[Load],
) -> Result<(Vec<WorklistEntry>, i64)> {
    let acknowledged: u64 = loads.iter().filter_map(|load| load.orders).sum();
    let began = Instant::now();
    let mut is_told = false;
    loop {
        let under_way = client.get(staff::AUDIT)?.outbox;
        let orders = orders(client, walk_since_ms)?;
        let of_time = |order: &&WorklistEntry| (since_ms..until_ms).contains(&order.placed_at_ms);
        let listed = orders.iter().filter(of_time).count() as u64;
        if (under_way == 0 && listed >= acknowledged) || began.elapsed() > LAG_MAX {
            return Ok((orders, under_way));
        }
        if !is_told {
            eprintln!("waiting for the list of orders: it lags behind the origin");
            is_told = true;
        }
        std::thread::sleep(LOOKS_EACH);
    }
}

/// Orders since a moment, the newest first.
fn orders(client: &StaffClient, since_ms: i64) -> Result<Vec<WorklistEntry>> {
    let (mut orders, mut after) = (Vec::new(), String::new());
    loop {
        let limit = staff::WORKLIST_ITEMS_MAX;
        let query = format!("sort=newest&limit={limit}{after}");
        let page = client.get(staff::LIST_ORDERS.query(&query))?;
        let is_older = page
            .orders
            .iter()
            .any(|order| order.placed_at_ms < since_ms);
        let fresh = page.orders.into_iter();
        orders.extend(fresh.filter(|order| order.placed_at_ms >= since_ms));
        match page.after.filter(|_| !is_older) {
            Some(position) => after = format!("&after={position}"),
            None => return Ok(orders),
        }
    }
}

/// When a sale can have its first order, in milliseconds since 1970.
fn first_ms(sale: &Sale) -> i64 {
    let opens = sale.sessions.iter().map(|session| session.opens_at_ms);
    opens.min().unwrap_or_default()
}

fn sale_facts(
    client: &StaffClient,
    sale: &Sale,
    orders: &[WorklistEntry],
    until_ms: i64,
) -> Result<SaleFacts> {
    let skus: Vec<_> = sale.items.iter().map(|item| item.sku.clone()).collect();
    let query = StockQuery { skus: skus.clone() };
    let accounts = client.post(staff::READ_STOCK, &query)?.accounts;
    let begun = sale
        .sessions
        .iter()
        .filter(|session| session.opens_at_ms < until_ms);
    let begun = i64::try_from(begun.count())?;
    let planned: i64 = sale
        .items
        .iter()
        .map(|item| i64::from(item.units) * begun)
        .sum();
    let rooms = client.get(staff::READ_SALES)?;
    let room = rooms.into_iter().find(|room| room.id == sale.id);
    let (mut counted, mut units) = (0, 0);
    let counting = orders
        .iter()
        .filter(|order| !totals::is_given_up(order.status));
    for (number, order) in counting.enumerate() {
        if number % PROGRESS_EACH == PROGRESS_EACH - 1 {
            eprintln!("{} orders are read", number + 1);
        }
        let record = client.get(staff::READ_ORDER.at(&[&order.order]))?;
        let lines = record
            .order
            .lines
            .iter()
            .filter(|line| skus.contains(&line.sku));
        let of_sale: i64 = lines.map(|line| i64::from(line.quantity)).sum();
        counted += u64::from(of_sale > 0);
        units += of_sale;
    }
    Ok(SaleFacts {
        id: sale.id.clone(),
        planned,
        accounts,
        room,
        orders: counted,
        units,
    })
}

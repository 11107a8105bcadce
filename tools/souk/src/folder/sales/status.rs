//! How the sales with a waiting room stand, once or every second.
//!
//! Not here: what is published of a sale (`show`).

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stdout};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use souk_protocol::staff::{self, StaffSale};
use souk_shop_folder::suggestion;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::client::StaffClient;
use crate::orders::{moment, table};
use crate::shop::ShopArgs;

/// Between two looks.
const REFRESH: Duration = Duration::from_secs(1);
/// An usher steps once a second; one that has not for so long does not call anybody.
const STEP_AGE_MS_MAX: i64 = 10_000;
/// Clears a terminal, and goes to its first place.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Arguments of `souk sale status`.
#[derive(Args)]
pub(super) struct StatusArgs {
    /// The id of a sale; all of them without it.
    id: Option<String>,
    /// As JSON; with --watch one line each second.
    #[arg(long)]
    json: bool,
    /// Shows it anew each second, until it is interrupted.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Shows how the sales stand.
///
/// # Errors
/// When the shop does not answer, or has no such sale; with `--watch` that is shown, and the next look
/// follows.
pub(super) fn run(args: &StatusArgs) -> Result<()> {
    let client = args.shop.client()?;
    if !args.watch {
        print!("{}", look(&client, args)?);
        return Ok(());
    }
    let clear = match stdout().is_terminal() && !args.json {
        true => CLEAR,
        false => "",
    };
    loop {
        match look(&client, args) {
            Ok(text) => print!("{clear}{text}"),
            Err(error) => eprintln!("{clear}{error:#}"),
        }
        stdout().flush().context("show how the sales stand")?;
        std::thread::sleep(REFRESH);
    }
}

fn look(client: &StaffClient, args: &StatusArgs) -> Result<String> {
    let sales = chosen(client.get(staff::READ_SALES)?, args.id.as_deref())?;
    match (args.json, args.watch) {
        (false, _) => shown(&sales),
        (true, false) => Ok(serde_json::to_string_pretty(&sales)? + "\n"),
        (true, true) => Ok(serde_json::to_string(&sales)? + "\n"),
    }
}

/// The sale with an id, or all of them.
fn chosen(sales: Vec<StaffSale>, id: Option<&str>) -> Result<Vec<StaffSale>> {
    let Some(id) = id else {
        return Ok(sales);
    };
    match sales.iter().find(|sale| sale.id == id) {
        Some(sale) => Ok(vec![sale.clone()]),
        None => {
            let known = sales.iter().map(|sale| sale.id.as_str());
            let instead = match suggestion(id, known) {
                none if none.is_empty() => none,
                instead => format!("; {instead}"),
            };
            bail!(
                "the shop has no waiting room for '{id}'{instead} (`souk sale schedule {id}` gives a \
                 published sale its own, unless its sale.toml says room = false)"
            )
        }
    }
}

fn shown(sales: &[StaffSale]) -> Result<String> {
    if sales.is_empty() {
        let next = "souk sale schedule ID gives a published sale its own";
        return Ok(format!("no sale has a waiting room: {next}\n"));
    }
    let rows = sales.iter().map(row).collect::<Result<Vec<_>>>()?;
    let titles = [
        "SALE",
        "STATE",
        "OPENS (UTC)",
        "CLOSES (UTC)",
        "TICKETS",
        "PRESENT",
        "CALLED",
        "MISSED",
        "PER MINUTE",
        "ORDERS",
        "AVAILABLE",
        "HELD",
        "LAST STEP",
    ];
    let mut text = table(titles, rows);
    for sale in sales {
        if is_stuck(sale)? {
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "\nno shopper of {} is called: its waiting room does not step. Look at the log of the \
                 function operations; on Spin, see that the tick is called each second",
                sale.id
            );
        }
    }
    Ok(text)
}

fn row(sale: &StaffSale) -> Result<[String; 13]> {
    let [opens_ms, closes_ms] = [&sale.session.opens_at, &sale.session.closes_at].map(|at| ms(at));
    let present = f64::from(sale.present_permille) / 10.0;
    let step = step_age_ms(sale)?;
    Ok([
        sale.id.clone(),
        sale.state.clone(),
        moment(opens_ms?),
        moment(closes_ms?),
        sale.tickets.to_string(),
        format!("{present:.1} %"),
        sale.called.to_string(),
        sale.missed.to_string(),
        sale.called_per_minute.to_string(),
        sale.orders.to_string(),
        sale.available.to_string(),
        sale.held.to_string(),
        step.map_or_else(
            || "none yet".to_owned(),
            |age_ms| format!("{} s ago", age_ms / 1_000),
        ),
    ])
}

/// How long ago the usher made its last step, by the shop's clock.
fn step_age_ms(sale: &StaffSale) -> Result<Option<i64>> {
    let Some(stepped_at) = &sale.stepped_at else {
        return Ok(None);
    };
    Ok(Some((ms(&sale.now)? - ms(stepped_at)?).max(0)))
}

/// Whether there are shoppers to call, and the usher does not step.
fn is_stuck(sale: &StaffSale) -> Result<bool> {
    let is_on = !matches!(sale.state.as_str(), "announced" | "over");
    let age_ms = step_age_ms(sale)?;
    Ok(is_on && age_ms.is_none_or(|age_ms| age_ms > STEP_AGE_MS_MAX))
}

/// A moment of the shop in milliseconds since 1970.
fn ms(moment: &str) -> Result<i64> {
    let moment = OffsetDateTime::parse(moment, &Rfc3339)
        .with_context(|| format!("the shop says '{moment}', which is no moment"))?;
    let ms = moment.unix_timestamp_nanos().div_euclid(1_000_000);
    i64::try_from(ms).context("a moment beyond the calendar")
}

#[cfg(test)]
mod tests {
    use souk_protocol::staff::StaffSession;

    use super::*;

    fn sale(id: &str, state: &str, stepped_at: Option<&str>) -> StaffSale {
        StaffSale {
            id: id.to_owned(),
            control: "running".to_owned(),
            session: StaffSession {
                number: 7,
                gathers_at: "2026-11-10T15:30:00.000Z".to_owned(),
                opens_at: "2026-11-10T16:00:00.000Z".to_owned(),
                closes_at: "2026-11-10T18:00:00.000Z".to_owned(),
            },
            state: state.to_owned(),
            drawn: 900,
            tickets: 1_000,
            present_permille: 755,
            called: 40,
            missed: 10,
            called_per_minute: 60,
            orders: 25,
            available: 70,
            held: 5,
            stepped_at: stepped_at.map(str::to_owned),
            now: "2026-11-10T16:00:20.500Z".to_owned(),
        }
    }

    #[test]
    fn a_table_says_how_every_sale_stands() {
        let sales = [
            sale("drop", "open", Some("2026-11-10T16:00:19.000Z")),
            sale("next", "announced", None),
        ];
        assert_eq!(
            shown(&sales).unwrap(),
            "SALE  STATE      OPENS (UTC)       CLOSES (UTC)      TICKETS  PRESENT  CALLED  MISSED  \
             PER MINUTE  ORDERS  AVAILABLE  HELD  LAST STEP\n\
             drop  open       2026-11-10 16:00  2026-11-10 18:00  1000     75.5 %   40      10      \
             60          25      70         5     1 s ago\n\
             next  announced  2026-11-10 16:00  2026-11-10 18:00  1000     75.5 %   40      10      \
             60          25      70         5     none yet\n"
        );
        let none = shown(&[]).unwrap();
        assert!(none.contains("souk sale schedule ID"), "{none}");
    }

    #[test]
    fn an_usher_that_stands_still_is_named_while_there_are_shoppers_to_call() {
        let at = |state, stepped_at| shown(&[sale("drop", state, stepped_at)]).unwrap();
        let (old, young) = ("2026-11-10T16:00:10.499Z", "2026-11-10T16:00:10.500Z");
        for (state, stepped_at, is_named) in [
            ("open", Some(old), true),
            ("open", Some(young), false),
            ("open", None, true),
            ("gathering", Some(old), true),
            ("announced", None, false),
            ("over", Some(old), false),
        ] {
            let text = at(state, stepped_at);
            assert_eq!(text.contains("does not step"), is_named, "{text}");
        }
        // A store whose clock is ahead has not stepped in the future.
        let ahead = at("open", Some("2026-11-10T16:00:21.000Z"));
        assert!(ahead.contains("0 s ago"), "{ahead}");
    }

    #[test]
    fn a_sale_that_there_is_not_is_refused_with_what_to_do() {
        let sales = vec![sale("drop", "open", None), sale("next", "open", None)];
        let one = chosen(sales.clone(), Some("next")).unwrap();
        assert_eq!(one[0].id, "next");
        assert_eq!(chosen(sales.clone(), None).unwrap().len(), 2);
        let refused = chosen(sales, Some("nxt")).unwrap_err().to_string();
        assert!(refused.contains("did you mean next?"), "{refused}");
        assert!(refused.contains("souk sale schedule nxt"), "{refused}");
        let refused = chosen(Vec::new(), Some("drop")).unwrap_err().to_string();
        assert!(refused.contains("for 'drop' ("), "{refused}");
    }

    #[test]
    fn what_is_no_moment_is_said() {
        let mut wrong = sale("drop", "open", None);
        wrong.session.opens_at = "soon".to_owned();
        let error = shown(&[wrong]).unwrap_err().to_string();
        assert!(error.contains("'soon'"), "{error}");
    }
}

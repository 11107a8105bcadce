//! `souk payments`: what the payment providers have and the books do not.
//!
//! The shop compares, a page at a time. What its orders should know is booked by the same path as the
//! provider's own reports; the rest is for people, and is printed with what can be done.

use std::fmt::Write;

use anyhow::Result;
use clap::{Args, Subcommand};
use souk_machine::Progress;
use souk_protocol::payments::NamedPayment;
use souk_protocol::staff::{self, Mismatch, UnmatchedPayment};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

use crate::client::StaffClient;
use crate::orders::{moment, money, table};
use crate::shop::ShopArgs;

/// Arguments of `souk payments`.
#[derive(Args)]
pub(crate) struct PaymentsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: PaymentsTask,
}

#[derive(Subcommand)]
enum PaymentsTask {
    /// Lists payments that the provider has and the books do not.
    Unmatched {
        /// Since then: a day such as 2027-12-31, or a moment such as 2027-12-31T18:00:00Z.
        #[arg(long, value_name = "WHEN", value_parser = since_ms)]
        since: i64,
        /// First books what the orders of the shop should know.
        #[arg(long)]
        book: bool,
        /// Prints them as JSON, for a program.
        #[arg(long)]
        json: bool,
    },
}

/// How long after a payment its buyer may dispute it: 120 days with most cards.
const LOOK_BACK_MS: i64 = 120 * 24 * 60 * 60 * 1_000;

/// The beginning of a day in UTC, or a moment; in milliseconds since 1970.
fn since_ms(text: &str) -> Result<i64, String> {
    let since = match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(since) => Some(since),
        Err(_) => {
            let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
            day.map(|day| OffsetDateTime::new_utc(day, Time::MIDNIGHT))
        }
    };
    let since =
        since.ok_or("a day such as 2027-12-31, or a moment such as 2027-12-31T18:00:00Z")?;
    Ok(since.unix_timestamp() * 1_000)
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop or the provider does not answer.
pub(crate) fn run(args: &PaymentsArgs) -> Result<()> {
    let client = args.shop.client()?;
    let PaymentsTask::Unmatched { since, book, json } = args.task;
    let unmatched = match book {
        true => book_all(&client, since)?,
        false => find(&client, since)?,
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&unmatched)?),
        false => print!("{}", show(&unmatched)),
    }
    Ok(())
}

/// After a restore: books what has become of payments at the provider since the moment of the backup,
/// and says what is left to do. A provider that does not answer is no reason to stop.
pub(crate) fn after_restore(client: &StaffClient, until_ms: i64) {
    // A refund or a dispute of after the backup may be one of a payment of long before it.
    let since_ms = (until_ms - LOOK_BACK_MS).max(0);
    match book_all(client, since_ms) {
        Ok(unmatched) => print!("{}", show(&unmatched)),
        Err(error) => println!(
            "payments since the backup were not compared ({error:#}): do it with `souk payments \
             unmatched --book --since {}`",
            rfc3339(since_ms)
        ),
    }
}

/// To the minute before.
fn rfc3339(at_ms: i64) -> String {
    format!("{}:00Z", moment(at_ms).replace(' ', "T"))
}

/// Books what orders should know, and gives what does not match after that.
fn book_all(client: &StaffClient, since_ms: i64) -> Result<Vec<UnmatchedPayment>> {
    let unmatched = find(client, since_ms)?;
    let to_book = unmatched.iter();
    let to_book = to_book.filter(|unmatched| unmatched.mismatch != Mismatch::UnknownOrder);
    let mut count = 0;
    for unmatched in to_book {
        let named = NamedPayment {
            provider: unmatched.taken.provider.clone(),
            payment: unmatched.taken.payment.clone(),
        };
        client.post(staff::BOOK_PAYMENT, &named)?;
        count += 1;
    }
    match count {
        0 => Ok(unmatched),
        _ => find(client, since_ms),
    }
}

fn find(client: &StaffClient, since_ms: i64) -> Result<Vec<UnmatchedPayment>> {
    let mut progress = Progress::start("Comparing payments");
    let (mut found, mut compared, mut query) = (Vec::new(), 0, format!("since={since_ms}"));
    loop {
        let page = client.get(staff::LIST_UNMATCHED_PAYMENTS.query(&query))?;
        compared += page.compared;
        progress.tick(&format!("{compared} payments"));
        found.extend(page.payments);
        match page.after {
            Some(after) => query = format!("since={since_ms}&after={after}"),
            None => break,
        }
    }
    progress.finish("done");
    Ok(found)
}

fn show(unmatched: &[UnmatchedPayment]) -> String {
    if unmatched.is_empty() {
        return "every payment is in the books\n".to_owned();
    }
    let rows = unmatched.iter().map(|unmatched| {
        let taken = &unmatched.taken;
        let shown = |amount| money(amount, &taken.currency);
        [
            taken.order.clone(),
            format!("{} {}", taken.provider, taken.payment),
            moment(taken.began_at_ms),
            match taken.captured {
                0 => format!("{} not yet", shown(taken.authorised)),
                captured => shown(captured),
            },
            shown(taken.refunded),
            match unmatched.mismatch {
                Mismatch::UnknownOrder => "no such order".to_owned(),
                Mismatch::NotBooked | Mismatch::RefundNotBooked | Mismatch::DisputeNotBooked => {
                    shown(unmatched.booked)
                }
            },
        ]
    });
    let titles = ["ORDER", "PAYMENT", "BEGAN", "TAKEN", "WENT BACK", "BOOKED"];
    let mut text = table(titles, rows);
    text.push_str("\nWhat to do:\n");
    for unmatched in unmatched {
        writeln!(text, "- {}", advice(unmatched)).expect("a String takes all text");
    }
    text
}

/// What people do about a payment.
fn advice(unmatched: &UnmatchedPayment) -> String {
    let taken = &unmatched.taken;
    let (order, payment) = (&taken.order, &taken.payment);
    let place = match &taken.url {
        Some(url) => url.clone(),
        None => format!("payment {payment} in the dashboard of {}", taken.provider),
    };
    let left = taken.captured - taken.refunded - unmatched.booked;
    let left = money(left, &taken.currency);
    match unmatched.mismatch {
        Mismatch::UnknownOrder if taken.captured == 0 => format!(
            "{order}: the shop has no such order, and nothing was taken. Cancel the payment, or let \
             it lapse: {place}"
        ),
        Mismatch::UnknownOrder => format!(
            "{order}: the shop has no such order. Ask the buyer, whose e-mail the provider shows, or \
             refund {left} there: {place}"
        ),
        Mismatch::NotBooked if taken.captured == 0 => format!(
            "{order}: the amount is authorised, and the order does not know it. `souk payments \
             unmatched --book` books it, or gives it up where the order cannot have it: {place}"
        ),
        Mismatch::NotBooked => format!(
            "{order}: {left} are not booked. `souk payments unmatched --book` books what the order \
             can have; refund what stays: {place}"
        ),
        Mismatch::RefundNotBooked => format!(
            "{order}: more went back than the order knows. `souk payments unmatched --book` books it; \
             if it is listed after that, compare the refunds: {place}"
        ),
        Mismatch::DisputeNotBooked => format!(
            "{order}: the order does not know what the buyer's bank has done with {}. `souk payments \
             unmatched --book` books it; if it is listed after that, look at the dispute: {place}",
            money(taken.disputed + taken.lost, &taken.currency)
        ),
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::payments::TakenPayment;

    use super::*;

    fn unmatched(mismatch: Mismatch, authorised: i64, captured: i64) -> UnmatchedPayment {
        UnmatchedPayment {
            taken: TakenPayment {
                provider: "stripe".to_owned(),
                payment: "pi_1".to_owned(),
                order: "A-1".to_owned(),
                currency: "USD".to_owned(),
                authorised,
                captured,
                refunded: 200,
                disputed: 0,
                lost: 0,
                began_at_ms: 60_000,
                url: Some("https://dashboard.stripe.com/payments/pi_1".to_owned()),
            },
            mismatch,
            booked: 0,
        }
    }

    #[test]
    fn a_moment_is_read_and_printed() {
        let at_ms = since_ms("2027-12-31").expect("a day");
        assert_eq!(since_ms("2027-12-31T00:00:59Z"), Ok(at_ms + 59_000));
        assert_eq!(since_ms("2027-12-31T02:00:00+02:00"), Ok(at_ms));
        assert_eq!(since_ms(&rfc3339(at_ms + 59_999)), Ok(at_ms));
        for nonsense in ["", "yesterday", "2027-02-30", "1700000000000"] {
            assert!(since_ms(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn each_payment_is_listed_with_what_to_do() {
        let all = [
            unmatched(Mismatch::UnknownOrder, 0, 1_299),
            unmatched(Mismatch::UnknownOrder, 1_299, 0),
            unmatched(Mismatch::NotBooked, 0, 1_299),
            unmatched(Mismatch::NotBooked, 1_299, 0),
            unmatched(Mismatch::RefundNotBooked, 0, 1_299),
            unmatched(Mismatch::DisputeNotBooked, 0, 1_299),
        ];
        let text = show(&all);
        assert_eq!(text.matches("dashboard.stripe.com").count(), 6, "{text}");
        assert!(text.contains("refund 10.99 USD there"), "{text}");
        assert!(text.contains("let it lapse"), "{text}");
        assert!(text.contains("10.99 USD are not booked"), "{text}");
        let mut lines = text.lines().skip(1);
        let cells: Vec<_> = lines.next().unwrap_or_default().split("  ").collect();
        let cells: Vec<_> = cells.iter().map(|cell| cell.trim()).collect();
        let wanted = [
            "A-1",
            "stripe pi_1",
            "1970-01-01 00:01",
            "12.99 USD",
            "2.00 USD",
            "no such order",
        ];
        assert!(wanted.iter().all(|one| cells.contains(one)), "{cells:?}");
        assert_eq!(show(&[]), "every payment is in the books\n");
    }
}

//! Orders and reports as people read them in a terminal.

use std::fmt::Write;

use souk_domain::{Currency, Money};
use souk_protocol::origin::{Event, FundsReport, OrderRecord, RecordedEvent, RefundOrigin};
use souk_protocol::staff::{OrderTotal, WorklistEntry};

use super::breakdown;

/// A worklist.
pub(super) fn worklist(orders: &[WorklistEntry]) -> String {
    if orders.is_empty() {
        return "no orders\n".to_owned();
    }
    let rows = orders.iter().map(|entry| {
        [
            entry.order.clone(),
            entry.status.name().to_owned(),
            moment(entry.placed_at_ms),
            entry.units.to_string(),
            money(entry.total, &entry.currency),
            paid(entry.funds, &entry.currency),
        ]
    });
    table(
        ["ORDER", "STATUS", "PLACED (UTC)", "UNITS", "TOTAL", "PAID"],
        rows,
    )
}

/// The report over all orders.
pub(super) fn totals(mut totals: Vec<OrderTotal>) -> String {
    if totals.is_empty() {
        return "no orders\n".to_owned();
    }
    totals.sort_by_key(|total| (total.currency.clone(), place(total)));
    let rows = totals.iter().map(|total| {
        [
            total.status.name().to_owned(),
            total.orders.to_string(),
            total.units.to_string(),
            money(total.total, &total.currency),
            money(total.captured, &total.currency),
            money(total.refunded, &total.currency),
        ]
    });
    table(
        ["STATUS", "ORDERS", "UNITS", "TOTAL", "TAKEN", "GIVEN BACK"],
        rows,
    )
}

/// Where a status stands in a life.
fn place(total: &OrderTotal) -> Option<usize> {
    let all = souk_protocol::origin::Status::ALL;
    all.iter().position(|status| *status == total.status)
}

/// An order with its history.
pub(super) fn record(record: &OrderRecord) -> String {
    let (order, progress) = (&record.order, &record.progress);
    let currency = &order.currency;
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        if !value.is_empty() {
            writeln!(text, "{label:<10}{value}").expect("a String takes all text");
        }
    };
    line("order", order.id.clone());
    line("status", progress.status.name().to_owned());
    line("placed", format!("{} UTC", moment(order.placed_at_ms)));
    if let Some(hold_until_ms) = progress.hold_until_ms {
        line("held until", format!("{} UTC", moment(hold_until_ms)));
    }
    let (customer, address) = (&order.details.customer, &order.details.shipping_address);
    line(
        "customer",
        format!("{} <{}>", customer.name, customer.email),
    );
    let address = [
        &address.line1,
        &address.line2,
        &address.postal_code,
        &address.city,
        &address.region,
        &address.country,
    ];
    let address: Vec<&str> = address.into_iter().map(String::as_str).collect();
    let address: Vec<&str> = address
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    line("address", address.join(", "));
    line("delivery", breakdown::delivery(order));
    line("point", breakdown::point(order));
    line("note", order.details.note.clone().unwrap_or_default());
    line("total", money(order.total, currency));
    line("paid", paid(progress.funds, currency));
    let lines = order.lines.iter().enumerate().map(|(at, line)| {
        let of_line = |units: &[u32]| units.get(at).copied().unwrap_or(0).to_string();
        [
            at.to_string(),
            line.sku.clone(),
            line.quantity.to_string(),
            of_line(&progress.removed),
            of_line(&progress.returned),
            money(line.unit_price, currency),
            line.title.clone(),
        ]
    });
    text.push('\n');
    text += &table(
        ["LINE", "SKU", "UNITS", "OFF", "BACK", "EACH", "TITLE"],
        lines,
    );
    text += &breakdown::options(order);
    text += &breakdown::rows(order);
    if !record.events.is_empty() {
        text.push('\n');
        let events = record.events.iter().map(|event| {
            [
                event.sequence.to_string(),
                moment(event.at_ms),
                by(event),
                happened(event, currency),
            ]
        });
        text += &table(["EVENT", "WHEN (UTC)", "BY", "WHAT"], events);
    }
    text
}

/// Who caused an event: the staff by the name of their token.
fn by(recorded: &RecordedEvent) -> String {
    let by = format!("{:?}", recorded.by).to_lowercase();
    match &recorded.by_name {
        Some(name) => format!("{by} {name}"),
        None => by,
    }
}

fn happened(recorded: &RecordedEvent, currency: &str) -> String {
    let money = |amount: i64| money(amount, currency);
    match &recorded.event {
        Event::MailFailed {
            mail,
            problem,
            detail,
        } => format!("the mail {} was {}: {detail}", mail.name(), problem.name()),
        Event::PaymentBegun { provider, .. } => format!("a payment page was opened at {provider}"),
        Event::PaymentDeclined { reason, .. } => format!("a card was refused: {reason}"),
        Event::PaymentAuthorised { amount, .. } => format!("{} authorised", money(*amount)),
        Event::PaymentCaptured { amount, .. } => format!("{} taken", money(*amount)),
        Event::PaymentVoided { amount, reason, .. } => {
            format!("authorisation of {} is gone: {reason}", money(*amount))
        }
        Event::PaymentReceived { amount, reference } => {
            format!("{} came in, {reference}", money(*amount))
        }
        Event::Confirmed => "confirmed".to_owned(),
        Event::Reinstated => "paid late, its units were still there".to_owned(),
        Event::Expired => "not paid in time".to_owned(),
        Event::Cancelled { reason } if reason.is_empty() => "cancelled".to_owned(),
        Event::Cancelled { reason } => format!("cancelled: {reason}"),
        Event::UnitsRemoved {
            line,
            quantity,
            amount,
        } => format!(
            "{quantity} units of line {line} taken off, {} less",
            money(*amount)
        ),
        Event::AddressChanged => "another address".to_owned(),
        Event::Allocated => "put aside".to_owned(),
        Event::Shipped {
            carrier,
            tracking,
            unpaid_reason,
        } => {
            let unpaid = unpaid_reason.as_ref();
            let unpaid = unpaid.map(|why| format!(", before the money was there: {why}"));
            format!(
                "sent with {carrier} {tracking}{}",
                unpaid.unwrap_or_default()
            )
        }
        Event::DisputeOpened {
            provider,
            dispute,
            amount,
            reason,
        } => format!(
            "{} are disputed ({reason}): answer {dispute} in the dashboard of {provider}",
            money(*amount)
        ),
        Event::DisputeWon { amount, .. } => format!("the dispute of {} is won", money(*amount)),
        Event::DisputeLost { amount, .. } => {
            format!(
                "the dispute of {} is lost: the buyer has them",
                money(*amount)
            )
        }
        Event::Delivered => "delivered".to_owned(),
        Event::Returned { units, reason } => {
            let count: u32 = units.iter().map(|units| units.quantity).sum();
            format!("{count} units came back: {reason}")
        }
        Event::RefundRequested {
            amount,
            origin,
            reason,
        } => match origin {
            RefundOrigin::Staff => format!("{} are to go back: {reason}", money(*amount)),
            RefundOrigin::Automatic => {
                format!(
                    "{} are to go back: no units are sold for them",
                    money(*amount)
                )
            }
            RefundOrigin::Provider { provider, id } => {
                format!(
                    "{} go back by a refund made at {provider}, {id}",
                    money(*amount)
                )
            }
        },
        Event::RefundSettled { amount, refund, .. } => {
            format!("{} went back, {refund}", money(*amount))
        }
        Event::RefundFailed { amount, reason, .. } => {
            format!("{} could not go back: {reason}", money(*amount))
        }
    }
}

fn paid(funds: FundsReport, currency: &str) -> String {
    let parts = [
        (funds.authorised, "authorised"),
        (funds.captured, "taken"),
        (funds.refunding, "going back"),
        (funds.refunded, "given back"),
        (funds.disputed, "disputed"),
    ];
    let parts = parts.iter().filter(|(amount, _)| *amount != 0);
    let parts: Vec<_> = parts
        .map(|(amount, what)| format!("{} {what}", money(*amount, currency)))
        .collect();
    parts.join(", ")
}

/// An amount in the main unit.
pub(crate) fn money(amount: i64, currency: &str) -> String {
    match Currency::parse(currency) {
        Ok(known) => format!("{} {currency}", Money::new(amount, known).decimal()),
        Err(_) => format!("{amount} {currency} (minor units)"),
    }
}

/// `2026-11-22 09:18`, in UTC. After Howard Hinnant's "chrono-compatible low-level date
/// algorithms", `civil_from_days`.
pub(crate) fn moment(at_ms: i64) -> String {
    let (days, in_day_ms) = (at_ms.div_euclid(86_400_000), at_ms.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (in_day_ms / 3_600_000, in_day_ms / 60_000 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// Columns as wide as their widest value, in characters.
pub(crate) fn table<const N: usize>(
    titles: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut all = vec![titles.map(str::to_owned)];
    all.extend(rows);
    let width = |column: usize| {
        let widths = all
            .iter()
            .map(|row: &[String; N]| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in &all {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"));
        let cells: Vec<String> = cells.collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01 00:00"),
            (951_782_400_000, "2000-02-29 00:00"),
            (1_790_000_000_000, "2026-09-21 14:13"),
            (4_107_542_399_999, "2100-02-28 23:59"),
            (-1, "1969-12-31 23:59"),
        ];
        for (at_ms, expected) in cases {
            assert_eq!(moment(at_ms), expected);
        }
    }

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [
            ["1".to_owned(), "é".to_owned()],
            ["222".to_owned(), "b".to_owned()],
        ];
        assert_eq!(table(["A", "LONG"], rows), "A    LONG\n1    é\n222  b\n");
    }

    #[test]
    fn money_is_shown_in_the_main_unit() {
        assert_eq!(money(1_250, "USD"), "12.50 USD");
        assert_eq!(money(1_250, "JPY"), "1250 JPY");
        assert_eq!(money(7, "??"), "7 ?? (minor units)");
    }
}

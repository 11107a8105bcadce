//! A report as Markdown.

use std::fmt::Write as _;

use super::totals::{Comparison, Report};
use crate::orders::money;

/// The report.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = format!("# Report, {} to {}\n\n", report.since, report.until);
    text += "## What differs\n\n";
    match report.differs.is_empty() {
        true => text += "Nothing: every total is the same in every book.\n",
        false => text += &comparisons(&report.differs),
    }
    text += "\n## What agrees\n\n";
    text += &comparisons(&report.agrees);
    let checks = &report.checks;
    line(&mut text, "\n## Checks\n");
    let (held, not_held) = (checks.held, checks.not_held);
    line(&mut text, &format!("{held} held, {not_held} did not."));
    orders(&mut text, report);
    sale(&mut text, report);
    requests(&mut text, report);
    events(&mut text, report);
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes all text");
}

fn comparisons(all: &[Comparison]) -> String {
    let shown = all.iter().map(|one| {
        let books = one
            .books
            .iter()
            .map(|(book, value)| format!("{book} {value}"));
        format!("- {}: {}\n", one.what, books.collect::<Vec<_>>().join(", "))
    });
    shown.collect()
}

fn orders(text: &mut String, report: &Report) {
    let orders = &report.orders;
    line(text, "\n## Orders\n");
    line(
        text,
        &format!("{} orders, {} units.\n", orders.orders, orders.units),
    );
    for (status, count) in &orders.by_status {
        line(text, &format!("- {status}: {count}"));
    }
    for (currency, total) in &orders.totals {
        line(text, &format!("- in all: {}", money(*total, currency)));
    }
}

fn sale(text: &mut String, report: &Report) {
    let Some(sale) = &report.sale else {
        return;
    };
    line(text, &format!("\n## Sale {}\n", sale.id));
    line(text, &format!("- units: {}", sale.units));
    let (sold, held, available) = (sale.sold, sale.held, sale.available);
    line(
        text,
        &format!("- sold {sold}, held {held}, left {available}"),
    );
    line(text, &format!("- orders: {}", sale.orders));
    if let Some(room) = &sale.room {
        let (state, tickets) = (&room.state, room.tickets);
        let (called, missed) = (room.called, room.missed);
        line(
            text,
            &format!(
                "- waiting room: {state}, {tickets} tickets, {called} called, {missed} missed their turn"
            ),
        );
    }
}

fn requests(text: &mut String, report: &Report) {
    let Some(requests) = &report.requests else {
        return;
    };
    line(text, "\n## Requests\n");
    let (sent, answered) = (requests.sent, requests.answered);
    line(text, &format!("{sent} sent, {answered} answered.\n"));
    for (status, count) in &requests.by_status {
        line(text, &format!("- {status}: {count}"));
    }
    for (error, count) in &requests.without_answer {
        line(text, &format!("- no answer, {error}: {count}"));
    }
    line(
        text,
        "\n| run | sent | p99 (ms) | generator in time |\n|---|---|---|---|",
    );
    for run in &requests.runs {
        let p99 = run.p99_ms.map_or_else(String::new, |ms| format!("{ms:.1}"));
        let valid = match run.valid {
            Some(true) => "yes",
            Some(false) => "no: its figures say nothing",
            None => "",
        };
        let (name, sent) = (cell(&run.name), run.sent);
        line(text, &format!("| {name} | {sent} | {p99} | {valid} |"));
    }
}

fn events(text: &mut String, report: &Report) {
    line(text, "\n## Events\n");
    if report.events.is_empty() {
        line(text, "The journal has no record of this time.");
        return;
    }
    line(
        text,
        "| record | when | who | what | effect |\n|---|---|---|---|---|",
    );
    for event in &report.events {
        let [who, what, effect] = [&event.who, &event.what, &event.effect].map(|part| cell(part));
        let (seq, at) = (event.seq, &event.at);
        line(
            text,
            &format!("| {seq} | {at} | {who} | {what} | {effect} |"),
        );
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.replace('\\', "\\\\").replace('|', "\\|")
}

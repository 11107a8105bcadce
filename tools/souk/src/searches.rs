//! `souk search report`: what shoppers search for, and what they do not find.

use anyhow::Result;
use clap::Args;
use serde::de::DeserializeOwned;
use souk_protocol::endpoint::Endpoint;
use souk_protocol::staff::{self, QueryCount, REPORT_DAYS_MAX, SearchReport};

use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk search report` and of `souk answers report`.
#[derive(Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// The last so many days, today among them.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=REPORT_DAYS_MAX))]
    days: i64,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl ReportArgs {
    /// Asks the shop for a report about these days.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub(crate) fn ask<T: DeserializeOwned>(&self, report: &Endpoint<(), T>) -> Result<T> {
        let address = report.query(&format!("days={}", self.days));
        self.shop.client()?.get(address)
    }
}

/// Shows the report.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(args: &ReportArgs) -> Result<()> {
    let report: SearchReport = args.ask(&staff::REPORT_SEARCH)?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", show(&report)),
    }
    Ok(())
}

fn show(report: &SearchReport) -> String {
    if report.top.is_empty() {
        return "no query was searched for three times\n".to_owned();
    }
    let row = |one: &QueryCount| {
        let numbers = [Some(one.count), one.clicks];
        let [count, clicks] = numbers.map(|number| number.map_or(String::new(), |n| n.to_string()));
        [count, clicks, one.locale.clone(), one.query.clone()]
    };
    let top = report.top.iter().map(row);
    let mut text = table(["searches", "opened", "language", "query"], top);
    if !report.zero.is_empty() {
        let zero = report.zero.iter().map(row);
        let zero = zero.map(|[count, _, locale, query]| [count, locale, query]);
        text += "\nfound nothing:\n";
        text += &table(["searches", "language", "query"], zero);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(query: &str, count: i64, clicks: Option<i64>) -> QueryCount {
        QueryCount {
            query: query.to_owned(),
            locale: "en".to_owned(),
            count,
            clicks,
        }
    }

    #[test]
    fn a_report_has_a_table_for_each_list() {
        let mut report = SearchReport {
            top: vec![count("copper cezve", 12, Some(7))],
            zero: Vec::new(),
        };
        let text = show(&report);
        assert_eq!(
            text,
            "searches  opened  language  query\n12        7       en        copper cezve\n"
        );
        report.zero.push(count("samovar", 4, None));
        let text = show(&report);
        assert!(
            text.ends_with(
                "found nothing:\nsearches  language  query\n4         en        samovar\n"
            ),
            "{text}"
        );
        let nothing = show(&SearchReport::default());
        assert_eq!(nothing, "no query was searched for three times\n");
    }
}

//! A quote for people.

use std::fmt::Write as _;

use souk_domain::Money;
use souk_pricing::{Adjustment, Subject, Target, Taxes, Terms};
use souk_protocol::options::ChosenOption;

use super::answer;
use super::quote::Priced;

/// Width of what amounts are of, and of an amount.
const LABEL_WIDTH: usize = 56;
const AMOUNT_WIDTH: usize = 14;

struct Table<'t> {
    terms: &'t Terms,
    priced: &'t Priced<'t>,
    text: String,
}

/// The quote, with a newline at its end.
pub(super) fn table(terms: &Terms, priced: &Priced<'_>) -> String {
    let mut table = Table {
        terms,
        priced,
        text: String::new(),
    };
    table.head();
    table.lines();
    table.adjustments();
    table.delivery();
    let quote = &priced.quote;
    table.taxes("tax", &quote.tax);
    table.taxes("duty", &quote.duty);
    table.row("Total", quote.total, "");
    table.options();
    table.not_applied();
    table.text
}

impl Table<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn money(&self, amount: i64) -> String {
        Money::new(amount, self.priced.quote.currency).decimal()
    }

    fn row(&mut self, label: &str, amount: i64, note: &str) {
        let amount = self.money(amount);
        let mut row = String::new();
        // Writing into a text cannot fail.
        let _ = write!(row, "{label:<LABEL_WIDTH$}{amount:>AMOUNT_WIDTH$}  {note}");
        self.line(&row);
    }

    fn head(&mut self) {
        let quote = &self.priced.quote;
        let market = &self.terms.markets[quote.market].id;
        let second = self.priced.at_ms.div_euclid(1_000);
        let moment = time::OffsetDateTime::from_unix_timestamp(second);
        let at = moment.map_or_else(
            |_| String::new(),
            |moment| {
                let (date, hour, minute) = (moment.date(), moment.hour(), moment.minute());
                format!(", {date} {hour:02}:{minute:02} UTC")
            },
        );
        self.line(&format!(
            "Market {market}, amounts in {}{at}",
            quote.currency
        ));
        self.line("");
    }

    fn lines(&mut self) {
        let quote = &self.priced.quote;
        let named = answer::quote(self.terms, self.priced);
        for (line, named) in quote.lines.iter().zip(&named.lines) {
            let unit = self.money(line.unit_price);
            let note = match line.discount {
                0 => String::new(),
                _ => format!("{} after reductions", self.money(line.total)),
            };
            self.row(
                &format!("{}, {} × {unit}", named.sku, line.quantity),
                line.subtotal,
                &note,
            );
            for option in &named.options {
                self.option(option);
            }
        }
        self.row("Subtotal", quote.subtotal, "");
    }

    fn option(&mut self, option: &ChosenOption) {
        let value = option.value.as_ref();
        let value = value.map_or_else(String::new, |value| format!(": {value}"));
        let surcharge = match option.surcharge {
            0 => String::new(),
            surcharge => format!(", {} of each unit", self.money(surcharge)),
        };
        self.line(&format!("  {}{value}{surcharge}", option.title));
    }

    fn adjustments(&mut self) {
        for one in &self.priced.quote.adjustments {
            let note = self.shares(one);
            let promotion = &self.terms.promotions[one.promotion];
            let title = promotion.title.get(self.priced.language);
            let by = match one.code {
                Some(code) => format!(
                    "{title} ({}, code {})",
                    promotion.id, self.priced.codes[code]
                ),
                None => format!("{title} ({})", promotion.id),
            };
            self.row(&by, -one.amount, &note);
        }
    }

    fn shares(&self, one: &Adjustment) -> String {
        let shares = one.allocations.iter().map(|share| {
            let of = match share.target {
                Target::Line(line) => self.priced.lines[line].sku,
                Target::Delivery => "delivery",
            };
            format!("{of} {}", self.money(-share.amount))
        });
        shares.collect::<Vec<_>>().join(", ")
    }

    fn delivery(&mut self) {
        self.row("Delivery", self.priced.quote.shipping, "");
    }

    fn taxes(&mut self, what: &str, taxes: &Taxes) {
        for part in &taxes.parts {
            let rate = &self.terms.rates[part.rate];
            let note = match taxes.is_included {
                true => format!("{what}, included"),
                false => what.to_owned(),
            };
            let label = format!(
                "{} {} % on {}",
                rate.name,
                rate.percent,
                self.money(part.base)
            );
            self.row(&label, part.amount, &note);
        }
    }

    fn options(&mut self) {
        if self.priced.quote.delivery_options.is_empty() {
            self.line("");
            return self.line("There is no delivery for this cart and place.");
        }
        self.line("");
        self.line("Delivery can be:");
        for option in &self.priced.quote.delivery_options {
            let method = &self.terms.methods[option.method];
            let note = match method.days {
                Some(days) => {
                    let lead = self.priced.quote.lead_days;
                    format!("{} to {} days", days.min + lead, days.max + lead)
                }
                None => String::new(),
            };
            let title = method.title.get(self.priced.language);
            self.row(
                &format!("  {title} (--delivery {})", method.id),
                option.price,
                &note,
            );
        }
    }

    fn not_applied(&mut self) {
        let not_applied = &self.priced.quote.not_applied;
        if not_applied.is_empty() {
            return;
        }
        self.line("");
        self.line("Not applied:");
        for one in not_applied {
            let subject = match one.subject {
                Subject::Promotion(place) => self.terms.promotions[place].id.clone(),
                Subject::Code(place) => format!("code {}", self.priced.codes[place]),
            };
            self.line(&format!("  {subject}: {}", one.reason.name()));
        }
    }
}

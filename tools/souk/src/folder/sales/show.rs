//! A sale for people: sessions in the shop's time, items with their prices, and what a shopper sees now.

use std::fmt::Write as _;

use souk_catalogue::{Identity, Market, Sale, SaleItem, Text};
use souk_domain::{LanguageCode, Locale, Money};
use souk_pricing::PriceTag;
use souk_room::{Control, Session, Stock};
use souk_shop::Shop;

/// Sessions that are listed; the others are counted.
const SESSIONS_LISTED: usize = 10;

/// A sale, and what is needed to show it.
pub(super) struct Shown<'s> {
    pub(super) sale: &'s Sale,
    pub(super) markets: &'s [Market],
    /// Codes of the shop's languages, its own first.
    pub(super) languages: &'s [String],
    pub(super) shop: &'s Shop,
    /// Milliseconds since 1970.
    pub(super) now_ms: i64,
}

impl Shown<'_> {
    /// A line about the sale.
    pub(super) fn line(&self) -> String {
        let Sale {
            id,
            sessions,
            items,
            ..
        } = self.sale;
        let next = self.sale.session_at(self.now_ms);
        let next = next.map_or_else(String::new, |session| self.period(session));
        let (sessions, items) = (
            counted(sessions.len(), "session"),
            counted(items.len(), "item"),
        );
        format!("{id}: {items}, {sessions}, {next}: {}", self.state())
    }

    /// Everything about the sale, with a newline at its end.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        self.sessions(&mut text);
        for item in &self.sale.items {
            self.item(&mut text, item);
        }
        let _ = writeln!(text, "Shoppers see now: {}", self.seen());
        text
    }

    fn head(&self, text: &mut String) {
        let sale = self.sale;
        let others = self.languages.iter().skip(1).zip(sale.title.translations());
        let others = others.filter_map(|(code, title)| Some((code, title.as_ref()?)));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{}: {}", sale.id, sale.title.base);
        for (code, title) in others {
            let _ = writeln!(text, "  {code}: {title}");
        }
        let [buy, pay] = [sale.buy_within_ms, sale.pay_within_ms].map(span);
        if !sale.room {
            let _ = writeln!(text, "  No waiting room: orders are served as they come");
            let _ = writeln!(text, "  {pay} to pay");
            return;
        }
        let buyers = match sale.identity {
            Identity::Visitor => "are not told apart: each ticket is one",
            Identity::Email => "are told apart by their e-mail addresses",
        };
        let _ = writeln!(text, "  A waiting room, whose buyers {buyers}");
        let _ = writeln!(text, "  {buy} to buy once called, {pay} to pay");
        let overbook = f64::from(sale.overbook_permille) / 1_000.0;
        if sale.overbook_permille > 1_000 {
            let _ = writeln!(text, "  {overbook} shoppers are called for each unit");
        }
    }

    fn sessions(&self, text: &mut String) {
        let count = counted(self.sale.sessions.len(), "session");
        let _ = writeln!(text, "{count}, in the time of {}", self.shop.time_zone);
        for session in self.sale.sessions.iter().take(SESSIONS_LISTED) {
            let tickets = match self.sale.room {
                true => format!(", tickets from {}", self.moment(session.gathers_at_ms)),
                false => String::new(),
            };
            let _ = writeln!(text, "  {}{tickets}", self.period(session));
        }
        if let Some(more) = self.sale.sessions.len().checked_sub(SESSIONS_LISTED + 1) {
            let last = self.sale.sessions.last();
            let last = last.map_or_else(String::new, |last| self.period(last));
            let _ = writeln!(text, "  … and {} more, the last one {last}", more + 1);
        }
    }

    fn item(&self, text: &mut String, item: &SaleItem) {
        let own = Locale::own(LanguageCode::EN);
        let choice = item
            .sold()
            .map(|variant| item.product.variant_title(variant, own));
        let title = named(&item.product.title, &choice.unwrap_or_default());
        let (sku, units, limit) = (&item.merchant_sku, item.units, item.limit);
        let _ = writeln!(text, "{sku}, {title}");
        let _ = writeln!(
            text,
            "  {units} units in each session, {limit} for each buyer"
        );
        let opens_at_ms = self.sale.session_at(self.now_ms);
        let opens_at_ms = opens_at_ms.map_or(self.now_ms, |session| session.opens_at_ms);
        for market in self.markets {
            let price = match item.facts.price(&market.id, opens_at_ms) {
                Some(tag) => price(tag, market),
                None => "not sold".to_owned(),
            };
            let _ = writeln!(text, "  market {}: {price}", market.id);
        }
    }

    /// The name of the state by the clock, with all units there.
    fn state(&self) -> &'static str {
        let session = self.sale.session_at(self.now_ms);
        session.map_or("over", |session| {
            let state = session.state(self.now_ms, Control::Running, Stock::Available);
            state.name()
        })
    }

    /// The state, and when it changes.
    fn seen(&self) -> String {
        let session = self.sale.session_at(self.now_ms);
        let next = session.and_then(|session| session.next_change_ms(self.now_ms));
        match next {
            Some(next) => format!("{} until {}", self.state(), self.moment(next)),
            None => self.state().to_owned(),
        }
    }

    fn period(&self, session: &Session) -> String {
        let [opens, closes] = [session.opens_at_ms, session.closes_at_ms].map(|at| self.moment(at));
        format!("{opens} to {closes}")
    }

    /// A moment in the shop's time, to the second where it is between two minutes.
    fn moment(&self, at_ms: i64) -> String {
        let at_s = at_ms.div_euclid(1_000) + i64::from(self.shop.east_s(at_ms));
        let moment = time::OffsetDateTime::from_unix_timestamp(at_s);
        moment.map_or_else(
            |_| "a moment beyond the calendar".to_owned(),
            |moment| {
                let (date, hour, minute) = (moment.date(), moment.hour(), moment.minute());
                match moment.second() {
                    0 => format!("{date} {hour:02}:{minute:02}"),
                    second => format!("{date} {hour:02}:{minute:02}:{second:02}"),
                }
            },
        )
    }
}

/// A number of things, with the noun in its right form.
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn named(title: &Text, choice: &str) -> String {
    match choice {
        "" => title.base.clone(),
        choice => format!("{} ({choice})", title.base),
    }
}

fn price(tag: PriceTag, market: &Market) -> String {
    let money = |minor| Money::new(minor, market.currency);
    match tag.compare_at_minor {
        Some(usual) => format!("{} instead of {}", money(tag.minor), money(usual)),
        None => money(tag.minor).to_string(),
    }
}

/// A time span in its largest whole unit.
fn span(ms: i64) -> String {
    let s = ms / 1_000;
    match (s % 3_600, s % 60) {
        (0, _) => format!("{} h", s / 3_600),
        (_, 0) => format!("{} min", s / 60),
        _ => format!("{s} s"),
    }
}

//! The values of a mail's placeholders, from the order as it was when the event happened.
//!
//! What a mail says depends on the order as it stands, the event, and the shop's texts and settings: so
//! a mail that is sent twice is the same both times, unless the buyer changes the order in between.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use souk_domain::{Currency, Locale, Money};
use souk_order_token::token_of;
use souk_protocol::options::ChosenOption;
use souk_protocol::origin::{Event, OrderRecord, PaymentMethod, RecordedEvent};
use souk_settings::Secrets;

use crate::render::{Value, Values};
use crate::template::Placeholder;
use crate::texts::ShopTexts;

/// What stays as it is in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Everything that a mail can say.
pub(crate) struct OfOrder<'a> {
    pub(crate) record: &'a OrderRecord,
    /// The event that the mail is about; `None`: placing.
    pub(crate) event: Option<&'a RecordedEvent>,
    pub(crate) shop: &'a ShopTexts,
    /// Scheme and host of the shop.
    pub(crate) base_url: &'a str,
    pub(crate) secrets: &'a Secrets,
}

impl Values for OfOrder<'_> {
    fn value(&self, placeholder: Placeholder) -> Option<Value> {
        use Placeholder as P;
        let order = &self.record.order;
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match placeholder {
            P::ShopName => text(self.shop.name()),
            P::ShopLink => Some(Value::Text(self.shop_link())),
            P::ShopContact => self.shop.contact().and_then(text),
            P::OrderNumber | P::PaymentReference => text(&order.id),
            P::OrderLink => Some(Value::Text(self.order_link())),
            P::OrderDate => text(&self.shop.moment(order.placed_at_ms)),
            P::CustomerName => typed(&order.details.customer.name).map(Value::Text),
            P::Lines => Some(Value::Table(self.lines())),
            P::Shipping => self.money(order.shipping),
            P::Delivery => {
                let title = order.delivery_title.as_ref()?;
                text(title.get(self.shop.locale.code()))
            }
            P::Total => self.money(order.total),
            P::Address => self.point().or_else(|| self.address()),
            P::Deadline => text(&self.shop.moment(order.hold_until_ms?)),
            P::PaymentLink => match order.details.payment {
                PaymentMethod::Card => Some(Value::Text(self.order_link())),
                PaymentMethod::OnDelivery | PaymentMethod::Transfer => None,
            },
            P::PaymentAmount => self.money(self.amount()?),
            P::PaymentAccount => {
                let account = self.shop.account();
                (!account.is_empty()).then_some(Value::Lines(account))
            }
            P::Carrier => self.shipped(|carrier, _| carrier),
            P::Tracking => self.shipped(|_, tracking| tracking),
            P::RefundAmount => self.money(self.amount()?),
            P::Reductions => table(self.reductions()),
            P::TaxesAdded => table(self.taxes(false)),
            P::TaxesIncluded => {
                let taxes = self.taxes(true).into_iter();
                let taxes: Vec<_> = taxes
                    .map(|(name, amount)| format!("{name} {amount}"))
                    .collect();
                (!taxes.is_empty()).then(|| Value::Text(taxes.join(" + ")))
            }
        }
    }
}

/// A table, if it has a row.
fn table(rows: Vec<(String, String)>) -> Option<Value> {
    (!rows.is_empty()).then_some(Value::Table(rows))
}

impl OfOrder<'_> {
    fn shop_link(&self) -> String {
        format!("{}{}/", self.base_url, self.locale().path_prefix())
    }

    /// The language of the mail, in the market of the order.
    fn locale(&self) -> Locale {
        let ShopTexts { shop, markets, .. } = self.shop;
        let market = self.record.order.breakdown().map(|one| one.market);
        let place = market.and_then(|id| markets.iter().position(|market| market.id == id));
        shop.in_market(self.shop.locale, markets, place.unwrap_or(0))
    }

    /// The order's page, with the token that opens it.
    fn order_link(&self) -> String {
        let id = &self.record.order.id;
        format!(
            "{}{}/orders/{}?token={}",
            self.base_url,
            self.locale().path_prefix(),
            utf8_percent_encode(id, SEGMENT),
            token_of(self.secrets, id)
        )
    }

    /// The amount that the event is about; what is due where it is about none.
    fn amount(&self) -> Option<i64> {
        match self.event.map(|recorded| &recorded.event) {
            None => Some(self.record.order.total),
            Some(
                Event::PaymentCaptured { amount, .. }
                | Event::PaymentReceived { amount, .. }
                | Event::RefundSettled { amount, .. },
            ) => Some(*amount),
            Some(_) => None,
        }
    }

    fn shipped(&self, part: impl for<'a> Fn(&'a str, &'a str) -> &'a str) -> Option<Value> {
        match &self.event?.event {
            Event::Shipped {
                carrier, tracking, ..
            } => Some(part(carrier, tracking))
                .filter(|text| !text.trim().is_empty())
                .map(|text| Value::Text(text.to_owned())),
            _ => None,
        }
    }

    fn lines(&self) -> Vec<(String, String)> {
        let order = &self.record.order;
        let breakdown = order.breakdown();
        let lines = order.lines.iter().enumerate();
        let rows = lines.filter(|(_, line)| line.quantity > 0);
        let rows = rows.map(|(place, line)| {
            let amount = line.unit_price.saturating_mul(i64::from(line.quantity));
            let options = order.options(breakdown.as_ref(), place);
            let options: String = options.map(option_text).collect();
            (
                format!("{} × {}{options}", line.quantity, line.title),
                self.amount_text(amount),
            )
        });
        rows.collect()
    }

    /// What each promotion took off.
    fn reductions(&self) -> Vec<(String, String)> {
        let breakdown = self.record.order.breakdown().into_iter();
        let adjustments = breakdown.flat_map(|one| one.adjustments);
        let rows = adjustments.map(|one| (one.title, self.amount_text(-one.amount)));
        rows.collect()
    }

    /// The taxes and duties that are in the prices, or those that came to them.
    fn taxes(&self, included: bool) -> Vec<(String, String)> {
        let breakdown = self.record.order.breakdown().into_iter();
        let taxes = breakdown.flat_map(|one| [one.tax, one.duty]);
        let parts = taxes
            .filter(|tax| tax.included == included)
            .flat_map(|tax| tax.parts);
        let rows = parts.map(|part| {
            let name = format!("{} {} %", part.name, part.percent);
            (name, self.amount_text(part.amount))
        });
        rows.collect()
    }

    /// Where the buyer collects, in the language of the mail.
    fn point(&self) -> Option<Value> {
        let point = self.record.order.point()?;
        let lines = point.lines(self.shop.locale.code());
        Some(Value::Lines(lines.map(str::to_owned).collect()))
    }

    fn address(&self) -> Option<Value> {
        let details = &self.record.order.details;
        let address = &details.shipping_address;
        let place = format!("{} {}", address.postal_code, address.city);
        let lines = [
            &details.customer.name,
            &address.line1,
            &address.line2,
            &place,
            &address.region,
            &address.country,
        ];
        let lines: Vec<_> = lines.into_iter().filter_map(|line| typed(line)).collect();
        (!lines.is_empty()).then_some(Value::Lines(lines))
    }

    fn money(&self, minor: i64) -> Option<Value> {
        Some(Value::Text(self.amount_text(minor)))
    }

    fn amount_text(&self, minor: i64) -> String {
        let code = &self.record.order.currency;
        match Currency::parse(code) {
            Ok(currency) => self.shop.money(Money::new(minor, currency)),
            Err(_) => format!("{code} {minor}"),
        }
    }
}

/// An option that was chosen for a line, behind the line's title.
fn option_text(option: ChosenOption) -> String {
    match option.value.as_deref().and_then(typed) {
        Some(value) => format!(", {}: {value}", option.title),
        None => format!(", {}", option.title),
    }
}

/// What a buyer has typed, on one line; `None` for nothing, and for what a mail program would make a
/// link of. Anyone can order in the name of anyone: no mail of the shop carries a stranger's link.
fn typed(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
    let has_host = text.char_indices().any(|(at, letter)| {
        let (before, after) = (text[..at].chars().next_back(), text[at..].chars().nth(1));
        letter == '.' && is_letter(before) && is_letter(after)
    });
    let is_link = has_host || text.contains("://") || text.contains('@');
    (!text.is_empty() && !is_link).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use souk_catalogue::Market;
    use souk_domain::LanguageCode;
    use souk_protocol::history;
    use souk_protocol::origin::StoredOrder;
    use souk_shop::{LanguagePack, Shop};

    use super::*;

    /// An order of 30.00 with a reduction, tax that is included and duty that is added.
    fn record() -> OrderRecord {
        let order = serde_json::json!({
            "id": "S-1", "status": "confirmed", "placed_at_ms": 0, "currency": "USD", "lines": [],
            "shipping": 500, "total": 3_040,
            "breakdown": {
                "market": "us",
                "adjustments": [{
                    "promotion": "welcome", "title": "10 % off", "class": "order", "amount": 300,
                    "allocations": [{"line": 0, "amount": 300}],
                }],
                "tax": {"included": true, "total": 200, "parts": [
                    {"name": "VAT", "percent": "7.25", "base": 2_500, "amount": 200},
                ]},
                "duty": {"total": 40, "parts": [
                    {"name": "Duty", "percent": "2", "base": 2_500, "amount": 40},
                ]},
            },
            "details": {"delivery": "standard", "payment": "transfer"},
        });
        let order: StoredOrder = serde_json::from_value(order).unwrap();
        OrderRecord {
            progress: history::progress(&history::placed_state(&order), 0),
            order,
            events: Vec::new(),
        }
    }

    #[test]
    fn a_mail_names_what_the_total_consists_of() {
        let (record, secrets) = (record(), Secrets::split("secret"));
        let shop = ShopTexts {
            shop: Rc::new(Shop::plain()),
            markets: Rc::default(),
            locale: Locale::own(LanguageCode::EN),
            pack: LanguagePack::default(),
            templates: Default::default(),
        };
        let value = |record: &OrderRecord, placeholder| {
            let values = OfOrder {
                record,
                event: None,
                shop: &shop,
                base_url: "https://shop.example",
                secrets: &secrets,
            };
            match values.value(placeholder) {
                Some(Value::Table(rows)) => {
                    let rows = rows
                        .into_iter()
                        .map(|(what, much)| format!("{what}: {much}"));
                    rows.collect::<Vec<_>>().join(", ")
                }
                Some(Value::Text(text)) => text,
                Some(Value::Lines(_)) | None => String::new(),
            }
        };
        let money = |minor| shop.money(Money::new(minor, Currency::USD));
        let all = [
            (
                Placeholder::Reductions,
                format!("10 % off: {}", money(-300)),
            ),
            (Placeholder::TaxesAdded, format!("Duty 2 %: {}", money(40))),
            (
                Placeholder::TaxesIncluded,
                format!("VAT 7.25 % {}", money(200)),
            ),
        ];
        let mut plain = record.clone();
        plain.order.breakdown = None;
        for (placeholder, shown) in all {
            assert_eq!(value(&record, placeholder), shown);
            assert_eq!(value(&plain, placeholder), "");
        }
    }

    #[test]
    fn a_mail_names_the_point_where_its_buyer_collects() {
        let (mut record, secrets) = (record(), Secrets::split("secret"));
        record.order.details.customer.name = "Li Lei".to_owned();
        let shop = ShopTexts {
            shop: Rc::new(Shop::plain()),
            markets: Rc::default(),
            locale: Locale::own(LanguageCode::EN),
            pack: LanguagePack::default(),
            templates: Default::default(),
        };
        let goes_to = |record: &OrderRecord| {
            let values = OfOrder {
                record,
                event: None,
                shop: &shop,
                base_url: "https://shop.example",
                secrets: &secrets,
            };
            match values.value(Placeholder::Address) {
                Some(Value::Lines(lines)) => lines,
                Some(Value::Text(_) | Value::Table(_)) | None => Vec::new(),
            }
        };
        assert_eq!(goes_to(&record), ["Li Lei"]);
        let title = serde_json::json!({
            "own": "Abholung",
            "point": {"id": "shop", "own": "Laden", "others": {"en": "Our shop"},
                "address": ["1 Main Street", "Albany"]},
        });
        record.order.delivery_title = serde_json::from_value(title).unwrap();
        assert_eq!(goes_to(&record), ["Our shop", "1 Main Street", "Albany"]);
    }

    #[test]
    fn a_mail_names_the_options_of_its_lines_without_links() {
        let mut record = record();
        let order = serde_json::json!({
            "id": "S-1", "status": "confirmed", "placed_at_ms": 0, "currency": "USD",
            "lines": [{"sku": "MUG", "title": "Mug", "quantity": 2, "unit_price": 1_800}],
            "shipping": 0, "total": 3_600,
            "breakdown": {"market": "us", "options": [
                {"line": 0, "option": {"id": "a", "title": "Engraving", "surcharge": 500}},
                {"line": 0, "option": {"id": "b", "title": "Ribbon", "value": "Red", "surcharge": 0}},
                {"line": 0, "option": {"id": "c", "title": "Card", "surcharge": 0}},
            ]},
            "details": {"delivery": "standard", "payment": "transfer",
                "texts": {"0/a": "Für Anna", "0/c": "https://evil.example"}},
        });
        record.order = serde_json::from_value(order).unwrap();
        let values = OfOrder {
            record: &record,
            event: None,
            shop: &ShopTexts {
                shop: Rc::new(Shop::plain()),
                markets: Rc::default(),
                locale: Locale::own(LanguageCode::EN),
                pack: LanguagePack::default(),
                templates: Default::default(),
            },
            base_url: "https://shop.example",
            secrets: &Secrets::split("secret"),
        };
        let lines: Vec<_> = values.lines().into_iter().map(|(what, _)| what).collect();
        assert_eq!(lines, ["2 × Mug, Engraving: Für Anna, Ribbon: Red, Card"]);
    }

    #[test]
    fn links_lead_to_the_market_of_the_order() {
        let (mut record, secrets) = (record(), Secrets::split("secret"));
        let market = |id: &str, path: &str| Market {
            path: path.to_owned(),
            ..Market::plain(id, Currency::USD)
        };
        let shop = ShopTexts {
            shop: Rc::new(Shop::plain()),
            markets: [market("world", ""), market("us", "america")].into(),
            locale: Locale::own(LanguageCode::EN),
            pack: LanguagePack::default(),
            templates: Default::default(),
        };
        let links = |record: &OrderRecord| {
            let values = OfOrder {
                record,
                event: None,
                shop: &shop,
                base_url: "https://shop.example",
                secrets: &secrets,
            };
            (values.shop_link(), values.order_link())
        };
        let (home, order) = links(&record);
        assert_eq!(home, "https://shop.example/america/");
        let begins = "https://shop.example/america/orders/S-1?token=";
        assert!(order.starts_with(begins), "{order}");
        record.order.breakdown = None;
        assert_eq!(links(&record).0, "https://shop.example/");
    }

    #[test]
    fn what_a_stranger_typed_is_no_link() {
        for (text, shown) in [
            ("Li Lei", Some("Li Lei")),
            (" Dr. Anna  Müller ", Some("Dr. Anna Müller")),
            ("1 Wensan Road, Apt. 5.2", Some("1 Wensan Road, Apt. 5.2")),
            ("", None),
            ("Click https://evil.example/x", None),
            ("win at evil.example", None),
            ("me@evil.example", None),
            ("a\nb", Some("a b")),
        ] {
            assert_eq!(typed(text).as_deref(), shown, "{text}");
        }
    }
}

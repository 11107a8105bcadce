//! An order's page: what was bought, where it goes, what is still to do.

use maud::{Markup, html};
use souk_addresses::Rules;
use souk_catalogue::{Collections, ListingOrder};
use souk_protocol::origin::{Event, OrderRecord, PaymentMethod, StoredOrder};
use souk_protocol::public::Address;

use crate::beside::beside;
use crate::checkout::steps;
use crate::layout::{Page, render};
use crate::totals::Totals;
use crate::view::{OrderView, Site};
use crate::words::Words;
use crate::{change, format, history, lines, links, options, transfer};

/// An order.
pub fn order(site: &Site<'_>, view: &OrderView) -> String {
    let words = site.words;
    let order = &view.record.order;
    let shop = links::collection(site.locale, Collections::ALL, ListingOrder::Featured, None);
    let main = html! {
        div.wrap {
            header.headline {
                h1 {
                    @if view.just_placed { (words.thanks()) }
                    @else { (words.order()) " " span.number { (order.id) } }
                }
                @if view.just_placed { p { (words.order_number()) " " b.number { (order.id) } } }
            }
            @if view.just_placed { (steps(words, 2)) }
            (change::outcome(site, view))
            (status(words, &view.record))
            (payment(site, view))
            (transfer::instructions(site, view))
            div.split {
                (details(site, order))
                (items(site, view))
            }
            (change::forms(site, view))
            (history::history(site, &view.record))
            p.actions { a.button href=(shop) { (words.keep_shopping()) } }
            @if let Some(products) = &view.beside { (beside(site, products)) }
        }
    };
    let page = Page {
        title: format!("{} {}", words.order(), order.id),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn status(words: &Words, record: &OrderRecord) -> Markup {
    let (class, name, text) = history::status(words, record);
    html! {
        div.status {
            p class={ "stock " (class) } { b { (name) } " " span { (text) } }
            p { (words.keep_address()) }
        }
    }
}

/// What the last attempt to pay came to, and the way to the next one.
fn payment(site: &Site<'_>, view: &OrderView) -> Markup {
    let words = site.words;
    let order = &view.record.order;
    let last = view.record.events.last().map(|recorded| &recorded.event);
    let declined = matches!(last, Some(Event::PaymentDeclined { .. }));
    let path = links::page(site.locale, &crate::paths::pay(&order.id));
    let alert = |title: &str, text: &str| {
        html! { div.alert role="alert" { h2 { (title) } p { (text) } } }
    };
    html! {
        @if view.card_refused {
            (alert(words.card_refused_title(), words.card_refused_text()))
        } @else if declined && view.pay_at_ms.is_some() {
            (alert(words.card_declined_title(), words.card_declined_text()))
        }
        @if let (Some(now_ms), false) = (view.pay_at_ms, view.card_refused) {
            form.pay method="post" action=(path) {
                input type="hidden" name="token" value=(view.token);
                button { (words.pay_now()) }
                @if let Some((until_ms, (human, machine))) = held_until(site, view) {
                    p {
                        (words.held_until()) " " time datetime=(machine) { (human) } " · "
                        (words.minutes_left(u64::try_from((until_ms - now_ms + 59_999) / 60_000).unwrap_or_default()))
                    }
                }
            }
        }
    }
}

/// When the hold ends, in milliseconds and for people and machines.
fn held_until(site: &Site<'_>, view: &OrderView) -> Option<(i64, (String, String))> {
    let until_ms = view.record.progress.hold_until_ms?;
    Some((until_ms, format::moment(site, until_ms)?))
}

fn details(site: &Site<'_>, order: &StoredOrder) -> Markup {
    let words = site.words;
    let details = &order.details;
    let delivery = match (&order.delivery_title, details.delivery.as_str()) {
        (Some(title), _) => title.get(site.locale.code()),
        (None, "standard") => words.delivery_standard(),
        (None, "express") => words.delivery_express(),
        (None, other) => other,
    };
    let (payment, payment_text) = match details.payment {
        PaymentMethod::OnDelivery => (
            words.payment_on_delivery(),
            words.payment_on_delivery_text(),
        ),
        PaymentMethod::Transfer => (words.payment_transfer(), words.payment_transfer_text()),
        PaymentMethod::Card => (words.payment_card(), words.payment_card_text()),
    };
    html! {
        dl.facts {
            @if let Some((human, machine)) = format::moment(site, order.placed_at_ms) {
                div { dt { (words.placed_at()) } dd { time datetime=(machine) { (human) } } }
            }
            div { dt { (words.contact()) } dd { (details.customer.name) br; (details.customer.email) } }
            div {
                dt { @if order.point().is_some() { (words.own_address()) } @else { (words.address()) } }
                dd { @for line in postal(&details.shipping_address, site) { (line) br; } }
            }
            div {
                dt { (words.delivery()) }
                dd {
                    (delivery)
                    @if let Some(point) = order.point() {
                        @for line in point.lines(site.locale.code()) { br; (line) }
                    }
                }
            }
            div { dt { (words.payment()) } dd { (payment) br; small { (payment_text) } } }
            @if let Some(note) = &details.note { div { dt { (words.note()) } dd { (note) } } }
        }
    }
}

/// The lines of an address as people of its country write them, with the country in the language
/// of the page.
fn postal(address: &Address, site: &Site<'_>) -> Vec<String> {
    let name = site.country_name(&address.country);
    let country = name.unwrap_or(&address.country).to_owned();
    let parts = souk_addresses::Address {
        // The recipient stands above.
        name: "",
        line1: &address.line1,
        line2: &address.line2,
        city: &address.city,
        region: &address.region,
        postal_code: &address.postal_code,
    };
    let Some(rules) = Rules::of(&address.country) else {
        let lines = [
            parts.line1,
            parts.line2,
            parts.city,
            parts.region,
            parts.postal_code,
        ];
        let filled = lines.into_iter().filter(|line| !line.is_empty());
        return filled.map(str::to_owned).chain([country]).collect();
    };
    let mut lines = rules.lines(&parts);
    let place = if rules.largest_first(&parts) {
        0
    } else {
        lines.len()
    };
    lines.insert(place, country);
    lines
}

fn items(site: &Site<'_>, view: &OrderView) -> Markup {
    let words = site.words;
    let order = &view.record.order;
    let money = |minor| format::order_money(site, order, minor);
    html! {
        section.summary aria-labelledby="items" {
            h2 #items { (words.items()) }
            @let breakdown = order.breakdown();
            ul.lines.small role="list" {
                @for (place, line) in order.lines.iter().enumerate().filter(|(_, line)| line.quantity > 0) {
                    @let product = view.products.get(place).and_then(Option::as_ref);
                    @let (name, options) = lines::names(site, product, &line.title);
                    @let sum = line.unit_price.saturating_mul(i64::from(line.quantity));
                    li {
                        (lines::thumbnail(site, product, &name))
                        div.what {
                            p { b lang=[name.lang] { (name.text) } " × " (line.quantity) }
                            @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
                            (options::chosen(site, order.options(breakdown.as_ref(), place), &money))
                            @if line.backordered > 0 { p { (words.backordered(line.backordered.into())) } }
                        }
                        p.sum { (lines::reduced(site, sum, sum.saturating_sub(line.discount), &money)) }
                    }
                }
            }
            dl { (Totals::of_order(site, order, breakdown.as_ref()).rows(site)) }
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::sample;

    #[test]
    fn addresses_are_written_as_in_their_country() {
        let address = |country: &str, [region, city, code, line1]: [&str; 4]| Address {
            country: country.to_owned(),
            region: region.to_owned(),
            city: city.to_owned(),
            postal_code: code.to_owned(),
            line1: line1.to_owned(),
            line2: String::new(),
        };
        let latin = ["R", "C", "P", "1"];
        let own = ["浙江省", "杭州市", "310000", "文三路 1 号"];
        let japanese = ["東京都", "世田谷区", "154-0023", "若林 1-2-3"];
        let cases: [(&str, [&str; 4], &[&str]); 7] = [
            ("US", latin, &["1", "C, R P", "United States"]),
            ("CN", latin, &["1", "C", "R, P", "China"]),
            (
                "CN",
                own,
                &["China", "310000", "浙江省杭州市", "文三路 1 号"],
            ),
            (
                "JP",
                japanese,
                &["Japan", "〒154-0023", "東京都", "世田谷区", "若林 1-2-3"],
            ),
            ("DE", latin, &["1", "P C", "R", "Germany"]),
            ("GB", latin, &["1", "C", "R", "P", "United Kingdom"]),
            ("ZZ", latin, &["1", "C", "R", "P", "ZZ"]),
        ];
        for (country, parts, lines) in cases {
            let address = address(country, parts);
            assert_eq!(postal(&address, &sample::site(sample::EN)), lines);
        }
    }
}

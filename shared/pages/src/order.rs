//! An order's page: what was bought, where it goes, what is still to do.

use maud::{Markup, html};
use souk_catalogue::{Collections, ListingOrder};
use souk_protocol::origin::{Delivery, Event, OrderRecord, PaymentMethod, StoredOrder};
use souk_protocol::public::Address;

use crate::checkout::steps;
use crate::layout::{Page, render};
use crate::view::{OrderView, Site};
use crate::words::Words;
use crate::{countries, format, history, lines, links, transfer};

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
            (status(words, &view.record))
            (payment(site, view))
            (transfer::instructions(site, view))
            div.split {
                (details(site, order))
                (items(site, view))
            }
            (history::history(site, &view.record))
            p.actions { a.button href=(shop) { (words.keep_shopping()) } }
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
    let delivery = match details.delivery {
        Delivery::Standard => words.delivery_standard(),
        Delivery::Express => words.delivery_express(),
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
                dt { (words.address()) }
                dd { @for line in postal(&details.shipping_address, site) { (line) br; } }
            }
            div { dt { (words.delivery()) } dd { (delivery) } }
            div { dt { (words.payment()) } dd { (payment) br; small { (payment_text) } } }
            @if let Some(note) = &details.note { div { dt { (words.note()) } dd { (note) } } }
        }
    }
}

/// The lines of an address as people of its country write them.
fn postal(address: &Address, site: &Site<'_>) -> Vec<String> {
    let country =
        souk_domain::countries::name(&address.country, site.locale).unwrap_or(&address.country);
    let join = |parts: &[&str]| {
        let parts: Vec<_> = parts
            .iter()
            .copied()
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    };
    let (region, city, code) = (&address.region, &address.city, &address.postal_code);
    let lines = match address.country.as_str() {
        of if countries::largest_first(of) => vec![
            join(&[country, code]),
            join(&[region, city]),
            join(&[&address.line1, &address.line2]),
        ],
        "US" | "CA" | "AU" => vec![
            address.line1.clone(),
            address.line2.clone(),
            join(&[city, region, code]),
            country.to_owned(),
        ],
        "GB" | "IE" => vec![
            address.line1.clone(),
            address.line2.clone(),
            join(&[city]),
            region.clone(),
            code.clone(),
            country.to_owned(),
        ],
        _ => vec![
            address.line1.clone(),
            address.line2.clone(),
            join(&[code, city]),
            region.clone(),
            country.to_owned(),
        ],
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn items(site: &Site<'_>, view: &OrderView) -> Markup {
    let words = site.words;
    let order = &view.record.order;
    let subtotal = order.total.saturating_sub(order.shipping);
    let shipping = match order.shipping {
        0 => words.free().to_owned(),
        fee => format::order_money(site, order, fee),
    };
    html! {
        section.summary aria-labelledby="items" {
            h2 #items { (words.items()) }
            ul.lines.small role="list" {
                @for (place, line) in order.lines.iter().enumerate() {
                    @let product = view.products.get(place).and_then(Option::as_ref);
                    @let (name, options) = lines::names(site, product, &line.title);
                    @let sum = line.unit_price.saturating_mul(i64::from(line.quantity));
                    li {
                        (lines::thumbnail(site, product, &name))
                        div.what {
                            p { b lang=[name.lang] { (name.text) } " × " (line.quantity) }
                            @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
                            @if line.backordered > 0 { p { (words.backordered(line.backordered.into())) } }
                        }
                        p.sum { (format::order_money(site, order, sum)) }
                    }
                }
            }
            dl {
                (lines::total_row("", words.subtotal(), &format::order_money(site, order, subtotal)))
                (lines::total_row("", words.shipping(), &shipping))
                (lines::total_row("total", words.total(), &format::order_money(site, order, order.total)))
            }
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::sample;

    #[test]
    fn addresses_are_written_as_in_their_country() {
        let address = |country: &str| Address {
            country: country.to_owned(),
            region: "R".to_owned(),
            city: "C".to_owned(),
            postal_code: "P".to_owned(),
            line1: "1".to_owned(),
            line2: String::new(),
        };
        let cases: [(&str, &[&str]); 4] = [
            ("US", &["1", "C R P", "United States"]),
            ("CN", &["China P", "R C", "1"]),
            ("DE", &["1", "P C", "R", "Germany"]),
            ("GB", &["1", "C", "R", "P", "United Kingdom"]),
        ];
        for (country, lines) in cases {
            assert_eq!(postal(&address(country), &sample::site(sample::EN)), lines);
        }
    }
}

//! The cart: its lines, each with two small forms, and the way to the checkout.

use maud::{Markup, html};
use souk_catalogue::{Collections, ListingOrder};
use souk_domain::QUANTITY_MAX;

use crate::beside::beside;
use crate::layout::{Page, render};
use crate::recent_order::recent_order;
use crate::totals::{Totals, suspended};
use crate::view::{CartLine, CartView, Site};
use crate::words::Words;
use crate::{format, lines, links};

/// The cart.
pub fn cart(site: &Site<'_>, view: &CartView) -> String {
    let words = site.words;
    let main = html! {
        div.wrap {
            header.headline { h1 { (words.cart()) } }
            @if view.is_full { (full(words)) }
            @if let Some(order) = &view.recent_order { (recent_order(site, order)) }
            @if view.lines.is_empty() {
                (empty(site))
            } @else {
                div.split {
                    ul.lines role="list" {
                        @for (place, entry) in view.lines.iter().enumerate() {
                            li { (line(site, entry, place)) }
                        }
                    }
                    (summary(site, view))
                }
            }
            @if let Some(products) = &view.beside { (beside(site, products)) }
        }
    };
    let page = Page {
        title: words.cart().to_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn full(words: &Words) -> Markup {
    html! {
        div.alert role="alert" {
            h2 { (words.cart_full()) }
            p { (words.cart_full_text()) }
        }
    }
}

/// What stands where there is nothing to buy yet.
pub(super) fn empty(site: &Site<'_>) -> Markup {
    let words = site.words;
    let shop = links::collection(site.locale, Collections::ALL, ListingOrder::Featured, None);
    html! {
        div.nothing {
            span.arch {}
            p.lead { (words.cart_empty()) }
            p { (words.cart_empty_text()) }
            p { a.button href=(shop) { (words.browse_everything()) } }
        }
    }
}

fn line(site: &Site<'_>, line: &CartLine, place: usize) -> Markup {
    let words = site.words;
    let product = line.product.as_ref();
    let (name, options) = lines::names(site, product, words.gone());
    let href = lines::link(site, product);
    html! {
        (lines::thumbnail(site, product, &name))
        div.what {
            h2 {
                @match &href {
                    Some(href) => a href=(href) lang=[name.lang] { (name.text) },
                    None => (name.text),
                }
            }
            @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
            (lines::chosen(site, line))
            @if let Some(price) = &line.price {
                p { (words.each(&format::money(site, price.unit_price))) }
            }
            @if product.is_none() {
                p.problem { (words.gone_line()) }
            } @else if line.has_wrong_options {
                p.problem { (words.line_options()) }
            } @else if !line.available && line.is_in_recent_order {
                p.problem { (words.line_held()) }
            } @else if !line.available {
                p.problem { (words.line_sold_out()) }
            }
        }
        div.how-many {
            @if line.price.is_some() { (quantity_form(site, line, place, &name.text)) }
            (remove_form(site, line, &name.text))
        }
        p.sum { (lines::sum(site, line)) }
    }
}

fn quantity_form(site: &Site<'_>, line: &CartLine, place: usize, name: &str) -> Markup {
    let words = site.words;
    let id = format!("q{place}");
    html! {
        form method="post" action=(links::page(site.locale, "/cart")) {
            input type="hidden" name="action" value="set";
            input type="hidden" name="line" value=(line.key);
            label.hidden for=(id) { (words.action_on(words.quantity(), name)) }
            div.stepper {
                input id=(id) type="number" name="quantity" value=(line.quantity) min="1"
                    max=(QUANTITY_MAX) inputmode="numeric" required;
            }
            button.quiet aria-label=(words.action_on(words.update(), name)) { (words.update()) }
        }
    }
}

fn remove_form(site: &Site<'_>, line: &CartLine, name: &str) -> Markup {
    let words = site.words;
    html! {
        form method="post" action=(links::page(site.locale, "/cart")) {
            input type="hidden" name="action" value="remove";
            input type="hidden" name="line" value=(line.key);
            button.text aria-label=(words.action_on(words.remove(), name)) { (words.remove()) }
        }
    }
}

fn summary(site: &Site<'_>, view: &CartView) -> Markup {
    let words = site.words;
    let sellable = view
        .lines
        .iter()
        .any(|line| line.product.is_some() && line.available);
    let shop = links::collection(site.locale, Collections::ALL, ListingOrder::Featured, None);
    html! {
        section.summary aria-labelledby="summary" {
            h2 #summary { (words.summary()) }
            @if let Some(quote) = &view.quote {
                dl { (Totals::of_goods(site, quote).rows(site)) }
                (suspended(site, quote))
            }
            p { (words.delivery_next()) }
            @if sellable {
                a.button href=(links::page(site.locale, "/checkout")) { (words.to_checkout()) }
            }
            a.more href=(shop) { (words.keep_shopping()) }
        }
    }
}

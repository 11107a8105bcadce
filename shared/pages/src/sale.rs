//! The page of a sale: when it is, what it sells, and how to get it: a form for each item while it is
//! open, or a place in its waiting room.

use maud::{Markup, html};

use crate::language::said;
use crate::layout::{Page, render};
use crate::place::{ask, facts, styles};
use crate::view::{SaleItemView, SaleRoomView, SaleStands, SaleView, Site};
use crate::{card, format, links, paths};

/// The page of a sale.
pub fn sale(site: &Site<'_>, view: &SaleView<'_>) -> String {
    let title = said(site, view.title);
    let main = html! {
        (styles())
        div.wrap {
            header.headline {
                h1 lang=[title.lang] { (title.text) }
                p role="status" { (stands(site, view)) }
                (before(site, view))
            }
            @if let Some(room) = &view.room { (way_in(site, view, room)) }
            ul.grid role="list" {
                @for (place, item) in view.items.iter().enumerate() {
                    li.card {
                        (item_face(site, item, place))
                        (buy(site, view, item))
                    }
                }
            }
            @if let Some(room) = &view.room { (draw(site, room)) }
        }
    };
    let page = Page {
        title: title.text.into_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// A sentence with a moment.
fn at(site: &Site<'_>, ms: i64, say: &dyn Fn(&str) -> String) -> Markup {
    match format::moment(site, ms) {
        Some((human, machine)) => html! { time datetime=(machine) { (say(&human)) } },
        None => html! {},
    }
}

fn stands(site: &Site<'_>, view: &SaleView<'_>) -> Markup {
    let words = site.words;
    match view.stands {
        SaleStands::Announced | SaleStands::Gathering => {
            at(site, view.opens_at_ms, &|when| words.sale_opens(when))
        }
        SaleStands::Open => at(site, view.closes_at_ms, &|when| words.sale_closes(when)),
        SaleStands::Paused => html! { (words.sale_paused()) },
        SaleStands::Resting => html! { (words.sale_resting()) },
        SaleStands::SoldOut => html! { (words.sale_sold_out()) },
        SaleStands::Over => html! { (words.sale_over()) },
    }
}

/// What a shopper can do before the opening.
fn before(site: &Site<'_>, view: &SaleView<'_>) -> Markup {
    let words = site.words;
    let gathers = view.room.as_ref().map(|room| room.gathers_at_ms);
    html! {
        @if matches!(view.stands, SaleStands::Announced | SaleStands::Gathering) {
            @if let (SaleStands::Announced, Some(ms)) = (view.stands, gathers) {
                p { (at(site, ms, &|when| words.place_from(when))) }
            }
            p { a href=(links::page(site.locale, &paths::opening(view.id))) { (words.sale_calendar()) } }
        }
    }
}

/// The form that asks for a place, while places are given.
fn way_in(site: &Site<'_>, view: &SaleView<'_>, room: &SaleRoomView) -> Markup {
    let is_given = matches!(
        view.stands,
        SaleStands::Gathering | SaleStands::Open | SaleStands::Resting
    );
    html! {
        @if is_given {
            section.turn aria-label=(site.words.place_get()) {
                (ask(site, view.id, room.asks_email, None))
            }
        }
    }
}

/// A product of a sale with its price there.
pub(super) fn item_face(site: &Site<'_>, item: &SaleItemView, place: usize) -> Markup {
    let words = site.words;
    html! {
        (card::of_sale(site, &item.card, place))
        p.hint {
            (words.sale_limit(&item.limit.to_string()))
            @if item.is_few { " · " b { (words.sale_few()) } }
        }
    }
}

fn buy(site: &Site<'_>, view: &SaleView<'_>, item: &SaleItemView) -> Markup {
    let words = site.words;
    let product = &item.card.product;
    let is_open = view.stands == SaleStands::Open && view.room.is_none();
    html! {
        @if let (true, Some(variant), false) = (is_open, product.variants.first(), card::is_sold_out(&item.card)) {
            form method="post" action=(links::page(site.locale, "/cart")) {
                input type="hidden" name="action" value="add";
                input type="hidden" name="sku" value=(variant.sku);
                input type="hidden" name="product" value=(product.slug);
                button { (words.add_to_cart()) }
            }
        }
    }
}

/// How the draw can be checked.
fn draw(site: &Site<'_>, room: &SaleRoomView) -> Markup {
    let words = site.words;
    let shown = [
        (words.draw_commitment(), room.commitment.as_ref()),
        (words.draw_key(), room.key.as_ref()),
    ];
    html! {
        @if room.commitment.is_some() {
            details.draw {
                summary { (words.draw_check()) }
                p { (words.draw_text()) }
                (facts(&shown))
                @if let Some(before) = &room.before {
                    p { (at(site, before.opens_at_ms, &|when| words.draw_before(when))) }
                    (facts(&[
                        (words.draw_commitment(), Some(&before.commitment)),
                        (words.draw_key(), Some(&before.key)),
                    ]))
                }
            }
        }
    }
}

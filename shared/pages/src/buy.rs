//! Where a shopper whose turn it is chooses what to buy in a sale with a waiting room.

use maud::{Markup, html};

use crate::language::said;
use crate::layout::{Page, render};
use crate::place::styles;
use crate::sale::item_face;
use crate::view::{BuyView, SaleItemView, Site};
use crate::{card, links, paths};

/// The page of a purchase address.
pub fn buy(site: &Site<'_>, view: &BuyView<'_>) -> String {
    let words = site.words;
    let title = said(site, view.title);
    let one = usize::from(view.items.len() == 1);
    let main = html! {
        (styles())
        div.wrap {
            header.headline {
                p.vendor lang=[title.lang] { (title.text) }
                h1 { (words.buy_title()) }
                p { (words.place_time(view.buy_minutes)) }
            }
            form method="post" action=(links::page(site.locale, &paths::buy(view.id, view.code))) {
                ul.grid role="list" {
                    @for (place, item) in view.items.iter().enumerate() {
                        li.card { (item_face(site, item, place)) (units(site, item, place, one)) }
                    }
                }
                p.actions { button { (words.to_checkout()) } }
            }
        }
    };
    let page = Page {
        title: words.buy_title().to_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// The field for the units of an item: its name is the SKU.
fn units(site: &Site<'_>, item: &SaleItemView, place: usize, chosen: usize) -> Markup {
    let variant = item.card.product.variants.first();
    html! {
        @if let (Some(variant), false) = (variant, card::is_sold_out(&item.card)) {
            div.stepper {
                label.hidden for={ "units-" (place) } { (site.words.quantity()) }
                input id={ "units-" (place) } type="number" name=(variant.sku) value=(chosen)
                    min="0" max=(item.limit) inputmode="numeric" required;
            }
        }
    }
}

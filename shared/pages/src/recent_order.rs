//! The way back from cart and checkout to an order that this browser has placed.

use maud::{Markup, html};

use crate::view::{RecentOrder, Site};
use crate::{links, paths};

/// Which order there is, with a link to it.
pub(super) fn recent_order(site: &Site<'_>, order: &RecentOrder) -> Markup {
    let words = site.words;
    let (title, text) = match order.is_waiting {
        true => (words.order_waits(), words.order_waits_text()),
        false => (words.order_was_placed(), words.order_was_placed_text()),
    };
    let href = links::page(site.locale, &paths::order(&order.id, &order.token));
    html! {
        section.alert role="status" aria-labelledby="recent" {
            h2 #recent { (title) }
            p { (text) }
            p { a.button href=(href) { (words.to_order()) } }
        }
    }
}

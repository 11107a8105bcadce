//! The page of a shopper who waits before the checkout. It comes back by itself, without a script, and
//! leads on to the checkout.
//!
//! Not here: places in the waiting rooms of sales (`place`).

use maud::html;

use crate::layout::{Page, render};
use crate::links;
use crate::place::{figures, styles};
use crate::view::{QueueView, Site};

/// The page of one who waits before the checkout.
pub fn queue(site: &Site<'_>, view: &QueueView) -> String {
    let words = site.words;
    let heading = words.place_waiting();
    let main = html! {
        (styles())
        div.wrap {
            section.turn {
                h1 { (heading) }
                (figures(site, view.ahead, view.minutes, None))
                p { (words.queue_text()) }
                p { (words.place_draw_text()) }
                p.actions { a.button.quiet href=(links::page(site.locale, "/cart")) { (words.to_cart()) } }
            }
        }
    };
    let page = Page {
        title: heading.to_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

//! The page before that of an old order: it asks for the e-mail address again.

use maud::html;
use souk_protocol::limits::EMAIL_CHARS_MAX;

use crate::layout::{Page, render};
use crate::view::Site;
use crate::{links, paths};

/// Asks for the e-mail address of an order; `wrong` after one that is not its own.
pub fn open_order(site: &Site<'_>, id: &str, token: &str, wrong: bool) -> String {
    let words = site.words;
    let action = links::page(site.locale, &paths::open(id));
    let main = html! {
        div.wrap {
            header.headline { h1 { (words.open_order()) } p { (words.open_order_text()) } }
            form method="post" action=(action) {
                input type="hidden" name="token" value=(token);
                div.field.email {
                    label for="f-email" { (words.email()) }
                    @if wrong { p.problem id="e-email" { (words.open_order_wrong()) } }
                    input #f-email type="email" name="email" autocomplete="email" required
                        maxlength=(EMAIL_CHARS_MAX) aria-invalid=[wrong.then_some("true")]
                        aria-describedby=[wrong.then_some("e-email")];
                }
                p.actions { button { (words.open_order_button()) } }
            }
        }
    };
    let page = Page {
        title: words.open_order().to_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

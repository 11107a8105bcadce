//! The way from the home page down to a page.
//!
//! Not here: the same for search engines (`jsonld`).

use maud::{Markup, html};

use crate::language::Said;
use crate::links;
use crate::view::Site;

/// A step of the way from the home page down to a page.
#[derive(Debug, Clone)]
pub(super) struct Crumb<'a> {
    /// What the page is called.
    pub(super) title: Said<'a>,
    /// Its path.
    pub(super) href: String,
}

/// Where the page stands: links from the home page down, and the page itself.
pub(super) fn breadcrumbs(site: &Site<'_>, trail: &[Crumb<'_>], here: &Said<'_>) -> Markup {
    let words = site.words;
    html! {
        nav.trail aria-label=(words.breadcrumbs()) {
            ol {
                li { a href=(links::page(site.locale, "/")) { (words.home()) } }
                @for crumb in trail {
                    li { a href=(crumb.href) lang=[crumb.title.lang] { (crumb.title.text) } }
                }
                li { span aria-current="page" lang=[here.lang] { (here.text) } }
            }
        }
    }
}

//! The form to search with, which stands on every page.

use maud::{Markup, html};

use crate::view::Site;
use crate::{links, paths};

/// The form to search with; it asks for the page of the results, with scripts off as well.
pub(super) fn form(site: &Site<'_>, text: &str) -> Markup {
    let words = site.words;
    html! {
        form.find role="search" action=(links::page(site.locale, paths::SEARCH)) {
            input type="search" name="q" value=[(!text.is_empty()).then_some(text)]
                aria-label=(words.search()) placeholder=(words.search()) required;
            // The style sheet draws the glass.
            button aria-label=(words.search()) {}
        }
    }
}

//! The form to search with, which stands on every page.

use maud::{Markup, html};

use crate::view::Site;
use crate::{links, paths};

/// The form to search with; it asks for the page of the results, with scripts off as well. The script
/// of the search takes its texts from the one on that page, so that no other page has to carry them.
pub(super) fn form(site: &Site<'_>, text: &str) -> Markup {
    let words = site.words;
    html! {
        form.find role="search" action=(links::page(site.locale, paths::SEARCH))
            data-suggest=[site.path.starts_with(paths::SEARCH).then(|| suggested(site))] {
            input type="search" name="q" value=[(!text.is_empty()).then_some(text)]
                aria-label=(words.search()) placeholder=(words.search()) required;
            // The style sheet draws the glass.
            button aria-label=(words.search()) {}
        }
    }
}

/// The language, how many suggestions there are, and the kinds of them: what the script says.
fn suggested(site: &Site<'_>) -> String {
    let words = site.words;
    let counted = words.search_suggested("#");
    let texts = [
        site.locale.code(),
        &counted,
        words.search(),
        words.search_products(),
        words.collections(),
        words.facet_type(),
        words.search_read(),
    ];
    texts.join("|")
}

//! The form to search with, which stands on every page, and that of the help.

use maud::{Markup, html};
use souk_shop::ContentKind;

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

/// The form to ask the help with, where the version can be searched.
pub(super) fn question(site: &Site<'_>, text: &str) -> Markup {
    let words = site.words;
    html! {
        @if site.has_search {
            // The margin is that of the crumbs of a search.
            div.field.document.crumbs {
                label for="question" { (words.help_question()) }
                div.choice {
                    form role="search" aria-label=(words.help_question())
                        action=(links::page(site.locale, &paths::content_list(ContentKind::Help))) {
                        input #question type="search" name="q" required
                            value=[(!text.is_empty()).then_some(text)];
                        button { (words.search()) }
                    }
                }
            }
        }
    }
}

/// The language, the market, how many suggestions there are, and the kinds of them: what the script says.
fn suggested(site: &Site<'_>) -> String {
    let words = site.words;
    let market = site.markets.get(site.locale.market());
    let counted = words.search_suggested("#");
    let texts = [
        site.locale.code(),
        market.map_or("", |market| &market.id),
        &counted,
        words.search(),
        words.search_products(),
        words.collections(),
        words.facet_type(),
        words.search_read(),
    ];
    texts.join("|")
}

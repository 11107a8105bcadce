//! Products beside others, and why they stand there.

use maud::{Markup, html};

use crate::card::{Heading, grid};
use crate::view::{Beside, Relation, Site};

/// A section with products; nothing where there are none. Their pictures are below the first screen.
pub(super) fn beside(site: &Site<'_>, beside: &Beside) -> Markup {
    let words = site.words;
    let title = match beside.relation {
        Relation::Together => words.together(),
        Relation::Similar => words.similar(),
        Relation::Popular => words.related(),
    };
    html! {
        @if !beside.cards.is_empty() {
            section.row aria-labelledby="related" {
                div.row-head { h2 #related { (title) } }
                (grid(site, &beside.cards, Heading::Third, 0))
            }
        }
    }
}

//! Asking the shop: the answers to what was typed, before the ways to reach the shop.
//!
//! Not here: the form to ask with (`search_form`), the list of all questions (`documents`), which
//! answers are the best (`souk_search::query::Articles`).

use maud::{Markup, html};
use souk_shop::ContentKind;

use crate::language::Said;
use crate::layout::{Page, render};
use crate::trail::{Crumb, breadcrumbs};
use crate::view::{AnswersView, Site};
use crate::{documents, links, paths, search_form};

/// The best answers to a question, and then how to reach the shop.
pub fn answers(site: &Site<'_>, view: &AnswersView<'_>) -> String {
    let words = site.words;
    let list = links::page(site.locale, &paths::content_list(ContentKind::Help));
    let title = words.help_answers(view.text);
    let trail = [Crumb {
        title: Said::plain(words.help()),
        href: list.clone(),
    }];
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &trail, &Said::plain(title.as_str())))
            header.headline {
                h1 { (title) }
                @if view.entries.is_empty() { p role="status" { (words.search_nothing(view.text)) } }
            }
            (search_form::question(site, view.text))
            @if !view.entries.is_empty() { (documents::excerpts(site, view.entries, true)) }
            (contact(site, view.text))
        }
    };
    let page = Page {
        title,
        canonical: Some(list),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// How shoppers reach the shop where no answer helped; the mail has the question.
fn contact(site: &Site<'_>, text: &str) -> Markup {
    let (words, contact) = (site.words, &site.shop.contact);
    html! {
        @if contact.email.is_some() || contact.phone.is_some() {
            section.row.prose.document aria-labelledby="reach" {
                h2 #reach { (words.help_contact()) }
                p { (words.help_contact_text()) }
                p.actions {
                    @if let Some(email) = &contact.email {
                        a.button href={ "mailto:" (email) "?subject=" (paths::segment(text)) } {
                            (email)
                        }
                    }
                    @if let Some(phone) = &contact.phone {
                        a.button.quiet href={ "tel:" (phone.replace(' ', "")) } { (phone) }
                    }
                }
            }
        }
    }
}

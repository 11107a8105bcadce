//! Asking the shop: the answers to what was typed, before the ways to reach the shop; these are a page
//! of their own where there are answers.
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

/// The best answers to a question, and the way on to how to reach the shop; or that.
pub fn answers(site: &Site<'_>, view: &AnswersView<'_>) -> String {
    let words = site.words;
    let list = links::page(site.locale, &paths::content_list(ContentKind::Help));
    let title = match view.is_contact {
        true => words.help_contact().to_owned(),
        false => words.help_answers(view.text),
    };
    let trail = [Crumb {
        title: Said::plain(words.help()),
        href: list.clone(),
    }];
    // Where there is no answer, nothing stands before the contact.
    let is_contact = view.is_contact || view.entries.is_empty();
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &trail, &Said::plain(title.as_str())))
            header.headline {
                h1 { (title) }
                @if view.entries.is_empty() && !view.is_contact { p role="status" { (words.search_nothing(view.text)) } }
            }
            (search_form::question(site, view.text))
            @if is_contact {
                (contact(site, view))
            } @else {
                (documents::excerpts(site, view.entries, true))
                @if can_be_reached(site) { (to_contact(site, &list, view.text)) }
            }
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

fn can_be_reached(site: &Site<'_>) -> bool {
    let contact = &site.shop.contact;
    contact.email.is_some() || contact.phone.is_some()
}

/// The way on for those whom no answer helped. It is a page of its own, so that a shop can count how
/// often its answers are enough.
fn to_contact(site: &Site<'_>, list: &str, text: &str) -> Markup {
    let words = site.words;
    let query = links::query(&[("q", text), (paths::CONTACT, "true")]);
    html! {
        section.row.prose.document aria-labelledby="reach" {
            h2 #reach { (words.help_contact()) }
            p.actions { a.button.quiet href={ (list) "?" (query) } rel="nofollow" { (words.help_to_contact()) } }
        }
    }
}

/// How shoppers reach the shop where no answer helped; the mail has the question.
fn contact(site: &Site<'_>, view: &AnswersView<'_>) -> Markup {
    let (words, contact) = (site.words, &site.shop.contact);
    html! {
        @if can_be_reached(site) {
            section.row.prose.document {
                @if !view.is_contact { h2 { (words.help_contact()) } }
                p { (words.help_contact_text()) }
                p.actions {
                    @if let Some(email) = &contact.email {
                        a.button href={ "mailto:" (email) "?subject=" (paths::segment(view.text)) } {
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

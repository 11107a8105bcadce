//! A page that says one thing and shows the way on.

use maud::html;
use souk_catalogue::{Collections, ListingOrder};

use crate::layout::{Page, render};
use crate::links;
use crate::view::{Message, Site};

/// A page that says one thing.
pub fn message(site: &Site<'_>, message: Message) -> String {
    let words = site.words;
    let (title, text) = match message {
        Message::NotFound => (words.not_found(), words.not_found_text()),
        Message::MethodNotAllowed => (words.bad_method(), words.bad_method_text()),
        Message::BadRequest => (words.bad_request(), words.bad_request_text()),
        Message::Forbidden => (words.forbidden(), words.forbidden_text()),
        Message::Unavailable => (words.unavailable(), words.unavailable_text()),
        Message::SwitchedOff => (words.switched_off(), words.switched_off_text()),
        Message::Internal => (words.internal(), words.internal_text()),
        Message::ListingChanged => (words.listing_changed(), words.listing_changed_text()),
    };
    let home = (links::page(site.locale, "/"), words.to_home());
    let (href, name) = match message {
        Message::Forbidden => (links::page(site.locale, "/cart"), words.to_cart()),
        Message::ListingChanged => {
            let path = site.path.split('?').next().unwrap_or("/");
            (links::page(site.locale, path), words.start_over())
        }
        Message::NotFound => (
            links::collection(site.locale, Collections::ALL, ListingOrder::Featured, None),
            words.browse_everything(),
        ),
        Message::MethodNotAllowed
        | Message::BadRequest
        | Message::Unavailable
        | Message::SwitchedOff
        | Message::Internal => home.clone(),
    };
    let main = html! {
        div.wrap.nothing {
            span.arch {}
            h1 { (title) }
            p { (text) }
            p.actions {
                a.button href=(href) { (name) }
                @if href != home.0 { a.button.quiet href=(home.0) { (home.1) } }
            }
        }
    };
    let page = Page {
        title: title.to_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

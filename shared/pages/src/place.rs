//! A place in the waiting room of a sale: where it stands, and the form that asks for one.
//!
//! The page comes back by itself without scripts; with them `room.js` keeps it up to date, from the API
//! and from the parts of this page.
//!
//! Not here: the public page of the sale (`sale`), where a place buys (`buy`).

use maud::{Markup, html};
use souk_protocol::limits::EMAIL_CHARS_MAX;

use crate::language::said;
use crate::layout::{Page, render};
use crate::view::{LeftView, PlaceState, PlaceView, Site};
use crate::{assets, format, links, paths};

/// The page of a place.
pub fn place(site: &Site<'_>, view: &PlaceView<'_>) -> String {
    let words = site.words;
    let title = said(site, view.title);
    let heading = heading(site, view);
    let main = html! {
        (styles())
        div.wrap {
            section.turn #room data-state=(view.state.name()) data-ticket=(view.ticket_path)
                data-opens=(view.opens_in_ms) {
                p.vendor { a href=(links::page(site.locale, &paths::sale(view.id))) lang=[title.lang] { (title.text) } }
                div #says aria-live="polite" {
                    h1 { (heading) }
                    (says(site, view))
                }
                @if view.opens_in_ms > 0 {
                    p.until #until hidden { (words.place_until()) " " b {} }
                }
            }
            @if !view.ticket_path.is_empty() { (check(site, view)) }
        }
        @if !view.ticket_path.is_empty() {
            script type="module" src=(assets::room_script_path()) {}
        }
    };
    let page = Page {
        title: format!("{heading} – {}", view.title.get(site.locale)),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// What the pages of sales have beside the stylesheet of all pages.
pub(super) fn styles() -> Markup {
    html! { link rel="stylesheet" href=(assets::sale_stylesheet_path()); }
}

fn heading<'w>(site: &Site<'w>, view: &PlaceView<'_>) -> &'w str {
    let words = site.words;
    match view.state {
        PlaceState::None => words.place_get(),
        PlaceState::Gathering => words.place_draw(),
        PlaceState::Waiting => words.place_waiting(),
        PlaceState::Called => words.place_called(),
        PlaceState::Missed => words.place_missed(),
        PlaceState::SoldOut => words.sale_sold_out(),
        PlaceState::Over => words.sale_over(),
    }
}

fn says(site: &Site<'_>, view: &PlaceView<'_>) -> Markup {
    let words = site.words;
    let form = || ask(site, view.id, view.asks_email, view.wrong_email.as_deref());
    html! {
        @match view.state {
            PlaceState::None => (form()),
            PlaceState::Gathering => {
                @if let Some((human, machine)) = format::moment(site, view.opens_at_ms) {
                    p { time datetime=(machine) { (words.sale_opens(&human)) } }
                }
                p { (words.place_draw_text()) }
            }
            PlaceState::Waiting => {
                (figures(site, view.ahead, view.minutes, view.left))
                p { (if view.is_paused { words.sale_paused() } else { words.place_draw_text() }) }
            }
            PlaceState::Called => {
                p { (words.place_time(view.buy_minutes)) }
                @if let Some(code) = &view.code {
                    p.actions {
                        a.button href=(links::page(site.locale, &paths::buy(view.id, code))) { (words.place_buy()) }
                    }
                }
            }
            PlaceState::Missed => {
                p { (words.place_missed_text()) }
                (form())
            }
            PlaceState::SoldOut | PlaceState::Over => {}
        }
    }
}

/// The figures of one who waits. The script writes the numbers anew.
pub(super) fn figures(
    site: &Site<'_>,
    ahead: Option<u64>,
    minutes: Option<u64>,
    left: Option<LeftView>,
) -> Markup {
    let words = site.words;
    let number = |number: Option<u64>| number.map_or("–".to_owned(), |number| number.to_string());
    let left = left.map(|left| match left {
        LeftView::Plenty => words.left_plenty(),
        LeftView::Few => words.left_few(),
        LeftView::None => words.left_none(),
    });
    html! {
        dl aria-atomic="true" {
            div { dt { (words.place_ahead()) } dd #ahead { (number(ahead)) } }
            div { dt { (words.place_minutes()) } dd #minutes { (number(minutes)) } }
            @if let Some(left) = left { div { dt { (words.place_left()) } dd { (left) } } }
        }
    }
}

/// The form that asks for a place; `wrong`: what was typed as the address, where it is none.
pub(super) fn ask(site: &Site<'_>, id: &str, asks_email: bool, wrong: Option<&str>) -> Markup {
    let words = site.words;
    let described = wrong.map_or("h-email", |_| "e-email h-email");
    html! {
        form method="post" action=(links::page(site.locale, &paths::place(id))) {
            p { (words.place_text()) }
            @if asks_email {
                div.field {
                    label for="f-email" { (words.email()) }
                    input #f-email type="email" name="email" autocomplete="email" required
                        maxlength=(EMAIL_CHARS_MAX) value=[wrong] aria-describedby=(described)
                        aria-invalid=[wrong.map(|_| "true")];
                    @if wrong.is_some() { p.problem #e-email { (words.error_email()) } }
                    p.hint #h-email { (words.place_email()) }
                }
            }
            p.actions { button { (words.place_get()) } }
        }
    }
}

/// What a buyer needs to check the draw.
fn check(site: &Site<'_>, view: &PlaceView<'_>) -> Markup {
    let words = site.words;
    let shown = [
        (words.draw_number(), Some(&view.seed)),
        (words.draw_place(), view.rank.as_ref()),
    ];
    html! {
        details.draw {
            summary { (words.draw_check()) }
            p { (words.draw_text()) }
            (facts(&shown))
        }
    }
}

/// Names with what is known.
pub(super) fn facts(shown: &[(&str, Option<&String>)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in shown {
                @if let Some(value) = value {
                    div { dt { (name) } dd.number { (value) } }
                }
            }
        }
    }
}

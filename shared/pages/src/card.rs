//! A product on a listing: picture, name, price, badge. And what is known of its stock.
//!
//! Not here: the product's own page (`product`).

use maud::{Markup, html};
use souk_catalogue::Variant;

use crate::language::said;
use crate::picture::{Priority, Slot, picture};
use crate::view::{ProductCard, Site};
use crate::{format, links};

/// What a page shows of the stock of a variant. For display only: the order decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    /// It can be ordered.
    InStock,
    /// It can be ordered even when there are no units.
    MadeToOrder,
    /// It cannot be ordered.
    SoldOut,
}

/// The stock of a variant as far as the page knows. A variant of unknown stock counts as in stock.
pub(super) fn availability(card: &ProductCard, index: usize) -> Availability {
    let backorder = card
        .product
        .variants
        .get(index)
        .is_some_and(|v| v.backorder);
    match card.available.get(index) {
        _ if backorder => Availability::MadeToOrder,
        Some(true) | None => Availability::InStock,
        Some(false) => Availability::SoldOut,
    }
}

/// Whether no variant can be ordered.
pub(super) fn is_sold_out(card: &ProductCard) -> bool {
    (0..card.product.variants.len()).all(|index| availability(card, index) == Availability::SoldOut)
}

/// Which heading a card's name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// Right below the page's name.
    Second,
    /// In a section with a name of its own.
    Third,
}

/// How wide a card's picture is drawn.
const SIZES: &str = "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw";

/// The cards in a grid. The first `eager` pictures are in the first screen.
pub(super) fn grid(
    site: &Site<'_>,
    cards: &[ProductCard],
    heading: Heading,
    eager: usize,
) -> Markup {
    marked_grid(site, cards, &[], heading, eager)
}

/// The same with parts of the titles marked: those of each card, from a character to the one behind
/// the last.
pub(super) fn marked_grid(
    site: &Site<'_>,
    cards: &[ProductCard],
    marks: &[Vec<(usize, usize)>],
    heading: Heading,
    eager: usize,
) -> Markup {
    html! {
        ul.grid role="list" {
            @for (place, card) in cards.iter().enumerate() {
                @let marks = marks.get(place).map_or(&[][..], Vec::as_slice);
                li.card { (face(site, card, marks, heading, priority(place, eager))) }
            }
        }
    }
}

/// A text with parts of it marked. Parts that are not in order, or beyond its end, are left out.
fn marked(text: &str, marks: &[(usize, usize)]) -> Markup {
    let byte = |char: usize| {
        text.char_indices()
            .nth(char)
            .map_or(text.len(), |(at, _)| at)
    };
    let (mut parts, mut done) = (Vec::new(), 0);
    for &(from, to) in marks {
        let (from, to) = (byte(from), byte(to));
        if done <= from && from < to {
            parts.push((&text[done..from], &text[from..to]));
            done = to;
        }
    }
    html! {
        @for (before, marked) in parts { (before) mark { (marked) } }
        (&text[done..])
    }
}

/// An item of a sale, with its price there.
pub(super) fn of_sale(site: &Site<'_>, card: &ProductCard, place: usize) -> Markup {
    face(site, card, &[], Heading::Second, priority(place, 3))
}

fn priority(place: usize, eager: usize) -> Priority {
    match place {
        0 if eager > 0 => Priority::First,
        _ if place < eager => Priority::Soon,
        _ => Priority::Lazy,
    }
}

fn face(
    site: &Site<'_>,
    card: &ProductCard,
    marks: &[(usize, usize)],
    heading: Heading,
    priority: Priority,
) -> Markup {
    let words = site.words;
    let product = &card.product;
    let name = said(site, &product.title);
    let link = html! {
        a href=(links::product(site.locale, &product.slug, None))
            lang=[name.lang] { (marked(&name.text, marks)) }
    };
    let slot = Slot {
        sizes: SIZES,
        priority,
    };
    let sold_out = is_sold_out(card);
    let sale = product
        .variants
        .iter()
        .any(|v| v.compare_at_minor.is_some());
    html! {
        div.frame {
            (picture(site, product.media.first(), &name, slot))
            @if sold_out {
                span.badge { (words.sold_out()) }
            } @else if sale {
                span.badge.sale { (words.sale()) }
            }
        }
        @match heading {
            Heading::Second => h2 { (link) },
            Heading::Third => h3 { (link) },
        }
        (price(site, card))
    }
}

/// One price, or the lowest of several.
fn price(site: &Site<'_>, card: &ProductCard) -> Markup {
    let words = site.words;
    let (lowest, highest) = card.product.price_range_minor();
    let mut variants = card.product.variants.iter();
    let reduced = variants.find(|v| v.price_minor == lowest && v.compare_at_minor.is_some());
    html! {
        p.price {
            @if lowest != highest {
                (words.lowest_price(&format::money(site, lowest)))
            } @else {
                (amount(site, lowest, reduced.and_then(|v| v.compare_at_minor)))
            }
        }
        @if let Some(variant) = reduced { (prior(site, variant)) }
    }
}

/// The prior price of a reduction: the lowest of the 30 days before it began.
pub(super) fn prior(site: &Site<'_>, variant: &Variant) -> Markup {
    html! {
        @if let Some(minor) = variant.prior_minor {
            p.hint { (site.words.prior_price(&format::money(site, minor))) }
        }
    }
}

/// A price, and the one that it is compared with.
pub(super) fn amount(site: &Site<'_>, minor: i64, compare_at_minor: Option<i64>) -> Markup {
    let words = site.words;
    let shown = format::money(site, minor);
    html! {
        @match compare_at_minor {
            Some(before) => {
                span.hidden { (words.now()) " " } ins { (shown) } " "
                span.hidden { (words.was()) " " } s { (format::money(site, before)) }
            }
            None => (shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_title_are_marked_and_everything_is_escaped() {
        type Case = (&'static str, &'static [(usize, usize)], &'static str);
        let cases: [Case; 6] = [
            ("Red mug", &[(4, 7)], "Red <mark>mug</mark>"),
            (
                "茶壶与茶",
                &[(0, 2), (3, 4)],
                "<mark>茶壶</mark>与<mark>茶</mark>",
            ),
            (
                "a<b> & c",
                &[(1, 4), (7, 8)],
                "a<mark>&lt;b&gt;</mark> &amp; <mark>c</mark>",
            ),
            ("mug", &[], "mug"),
            ("mug", &[(2, 9), (0, 1)], "mu<mark>g</mark>"),
            ("mug", &[(3, 3), (7, 9)], "mug"),
        ];
        for (text, marks, expected) in cases {
            assert_eq!(marked(text, marks).into_string(), expected, "{text}");
        }
    }
}

//! A page of a collection: its cards in one order, and the way to its other pages.

use maud::{Markup, html};
use souk_catalogue::ListingOrder;

use souk_shop::{EXCERPT_COLUMNS_MAX, excerpt};

use crate::card::{self, Heading};
use crate::language::{Said, said, title_of};
use crate::layout::{Page, render};
use crate::links::Listed;
use crate::picture::preview;
use crate::trail::{Crumb, breadcrumbs};
use crate::view::{CollectionView, Site};
use crate::words::Words;
use crate::{filters, jsonld, links, paths};

/// Cards in the first screen on a wide window.
const EAGER_CARDS: usize = 4;

/// One page of a collection.
pub fn collection(site: &Site<'_>, view: &CollectionView<'_>) -> String {
    let words = site.words;
    let title = title_of(site, view.collection);
    let slug = &view.collection.slug;
    let applied = &view.filters.applied;
    let listed = Listed::collection(site.locale, slug, view.order);
    let to = |cursor: &String| listed.address(applied, Some(cursor));
    let (previous, next) = (view.previous.as_ref().map(to), view.next.as_ref().map(to));
    let here = links::collection(site.locale, slug, ListingOrder::Featured, None);
    let description = said(site, &view.collection.description);
    let all = Crumb {
        title: Said::plain(words.collections()),
        href: links::page(site.locale, paths::COLLECTIONS),
    };
    let main = html! {
        div.wrap {
            (breadcrumbs(site, std::slice::from_ref(&all), &title))
            header.headline {
                h1 lang=[title.lang] { (title.text) }
                @if !description.text.is_empty() { p lang=[description.lang] { (description.text) } }
            }
            div.bar {
                (filters::panel(site, &listed, &view.filters))
                p { (count(words, view.cards.len(), view.offset, view.total)) }
                (sorting(site, view))
            }
            (filters::crumbs(site, &listed, applied))
            @if view.cards.is_empty() {
                p.nothing {
                    (if applied.is_empty() { words.no_products() } else { words.no_matches() })
                }
            } @else {
                (card::grid(site, &view.cards, Heading::Second, EAGER_CARDS))
            }
            (pager(words, previous.as_deref(), next.as_deref()))
        }
    };
    let image = view
        .collection
        .image
        .as_ref()
        .or_else(|| view.cards.first()?.product.media.first())
        .and_then(|media| Some(preview(media)?.to_owned()));
    let summary = match &*description.text {
        "" => format!(
            "{} – {}",
            title.text,
            words.products(view.collection.products_in(site.locale.market()).into())
        ),
        text => excerpt(text, EXCERPT_COLUMNS_MAX),
    };
    let page = Page {
        title: title.text.to_string(),
        description: Some(summary),
        image,
        canonical: (!applied.is_empty()).then(|| here.clone()),
        previous,
        next,
        json_ld: vec![jsonld::breadcrumbs(
            site,
            &[all, Crumb { title, href: here }],
        )],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// Which products of how many are shown.
pub(super) fn count(words: &Words, shown: usize, offset: u32, total: Option<u32>) -> String {
    let shown = u32::try_from(shown).unwrap_or(u32::MAX);
    // The offset comes from the client: a forged cursor may have any value.
    let (first, last) = (offset.saturating_add(1), offset.saturating_add(shown));
    let number = |number: u32| words.formats.number(number.into());
    match total {
        Some(total) if shown == 0 || shown >= total => words.products(total.into()),
        Some(total) => words.range(&number(first), &number(last), &number(total)),
        None => words.range_open(&number(first), &number(last)),
    }
}

fn sorting(site: &Site<'_>, view: &CollectionView<'_>) -> Markup {
    let words = site.words;
    let name = |order| match order {
        ListingOrder::Featured => words.sort_featured(),
        ListingOrder::PriceAscending => words.sort_price_up(),
        ListingOrder::PriceDescending => words.sort_price_down(),
        ListingOrder::Title => words.sort_title(),
    };
    let (slug, applied) = (&view.collection.slug, &view.filters.applied);
    let orders = ListingOrder::ALL.map(|order| Order {
        name: name(order),
        href: Listed::collection(site.locale, slug, order).address(applied, None),
        chosen: order == view.order,
    });
    orders_of(words, &orders)
}

/// An order that a listing can be in.
pub(super) struct Order<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// The listing in it.
    pub(super) href: String,
    /// Whether the listing is in it.
    pub(super) chosen: bool,
}

/// The orders to choose from.
pub(super) fn orders_of(words: &Words, orders: &[Order<'_>]) -> Markup {
    html! {
        nav.sorting aria-label=(words.sort()) {
            span aria-hidden="true" { (words.sort()) }
            ul {
                @for order in orders {
                    li {
                        a href=(order.href) aria-current=[order.chosen.then_some("true")] {
                            (order.name)
                        }
                    }
                }
            }
        }
    }
}

/// The ways to the pages before and after this one.
pub(super) fn pager(words: &Words, previous: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pager aria-label=(words.pages()) {
                @if let Some(href) = previous {
                    a.button.quiet href=(href) rel="prev" { "← " (words.previous()) }
                }
                @if let Some(href) = next {
                    a.button.quiet href=(href) rel="next" { (words.next()) " →" }
                }
            }
        }
    }
}

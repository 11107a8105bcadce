//! A page of a collection: its cards in one order, and the way to its other pages.

use maud::{Markup, html};
use souk_catalogue::ListingOrder;

use crate::card::{self, Heading};
use crate::language::{Said, said, title_of};
use crate::layout::{Page, render};
use crate::picture::preview;
use crate::prose::{DESCRIPTION_COLUMNS_MAX, excerpt};
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
    let to =
        |cursor: &String| links::filtered(site.locale, slug, applied, view.order, Some(cursor));
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
                (filters::panel(site, view))
                p { (count(words, view)) }
                (sorting(site, view))
            }
            (filters::crumbs(site, view))
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
            words.products(view.collection.products.into())
        ),
        text => excerpt(text, DESCRIPTION_COLUMNS_MAX),
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

fn count(words: &Words, view: &CollectionView<'_>) -> String {
    let shown = u32::try_from(view.cards.len()).unwrap_or(u32::MAX);
    // The offset comes from the client: a forged cursor may have any value.
    let (first, last) = (
        view.offset.saturating_add(1),
        view.offset.saturating_add(shown),
    );
    let number = |number: u32| words.formats.number(number.into());
    match view.total {
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
    html! {
        nav.sorting aria-label=(words.sort()) {
            span aria-hidden="true" { (words.sort()) }
            ul {
                @for order in ListingOrder::ALL {
                    li {
                        a href=(links::filtered(
                            site.locale, &view.collection.slug, &view.filters.applied, order, None,
                        )) aria-current=[(order == view.order).then_some("true")] {
                            (name(order))
                        }
                    }
                }
            }
        }
    }
}

fn pager(words: &Words, previous: Option<&str>, next: Option<&str>) -> Markup {
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

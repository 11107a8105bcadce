//! The home page: a welcome, the collections, a handful of products.

use maud::{Markup, html};
use souk_catalogue::{Collection, Collections, ListingOrder};

use crate::card::{self, Heading};
use crate::language::lang;
use crate::layout::{Page, render};
use crate::picture::{Priority, Slot, picture, preview};
use crate::view::{HomeView, ProductCard, Site};
use crate::words::Words;
use crate::{jsonld, links};

/// Arches in the welcome. They show the last of the featured products: the first ones come right
/// below.
const ARCHES: usize = 3;

/// The home page.
pub fn home(site: &Site<'_>, view: &HomeView<'_>) -> String {
    let words = Words::of(site.locale);
    let image = view
        .featured
        .iter()
        .find_map(|card| Some(preview(card.product.media.first()?)?.to_owned()));
    let main = html! {
        (welcome(site, view))
        @if !view.featured.is_empty() { (featured(site, view)) }
        @if !view.collections.is_empty() { (collections(site, view.collections)) }
        (promises(words))
    };
    let page = Page {
        description: Some(words.hero_text.to_owned()),
        image,
        json_ld: vec![jsonld::shop(site)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn listing(site: &Site<'_>, slug: &str) -> String {
    links::collection(site.locale, slug, ListingOrder::Featured, None)
}

fn welcome(site: &Site<'_>, view: &HomeView<'_>) -> Markup {
    let words = Words::of(site.locale);
    html! {
        section.welcome {
            div.wrap {
                div.say {
                    h1 { (words.hero_title) }
                    p { (words.hero_text) }
                    p.actions {
                        a.button href=(listing(site, Collections::ALL)) {
                            (words.browse_everything)
                        }
                        @if let Some(collection) = view.featured_collection {
                            @let title = collection.title.get(site.locale);
                            a.button.quiet href=(listing(site, &collection.slug))
                                lang=[lang(site.locale, title)] { (title) }
                        }
                    }
                }
                div.arches {
                    @let first = view.featured.len().saturating_sub(ARCHES);
                    @for place in 0..ARCHES {
                        (arch(site, view.featured.get(first + place), place))
                    }
                }
            }
        }
    }
}

/// A product in an arch; an empty arch where there is none.
fn arch(site: &Site<'_>, card: Option<&ProductCard>, place: usize) -> Markup {
    let Some(card) = card else {
        return html! { span.arch {} };
    };
    let slot = Slot {
        sizes: "(min-width:64rem) 13rem,30vw",
        // The one in the middle is the largest.
        priority: if place == 1 {
            Priority::First
        } else {
            Priority::Soon
        },
    };
    let name = card.product.title.get(site.locale);
    html! {
        a.arch href=(links::product(site.locale, &card.product.slug, None)) {
            (picture(card.product.media.first(), site.locale, name, slot))
        }
    }
}

fn featured(site: &Site<'_>, view: &HomeView<'_>) -> Markup {
    let words = Words::of(site.locale);
    html! {
        section.wrap.row aria-labelledby="featured" {
            div.row-head {
                @match view.featured_collection {
                    Some(collection) => {
                        @let title = collection.title.get(site.locale);
                        h2 #featured lang=[lang(site.locale, title)] { (title) }
                        a href=(listing(site, &collection.slug))
                            aria-label=(words.about(
                                words.see_all,
                                title,
                            )) { (words.see_all) }
                    }
                    None => h2 #featured { (words.sort_featured) },
                }
            }
            (card::grid(site, &view.featured, Heading::Third, 0))
        }
    }
}

fn collections(site: &Site<'_>, collections: &[Collection]) -> Markup {
    let words = Words::of(site.locale);
    let slot = Slot {
        sizes: "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw",
        priority: Priority::Lazy,
    };
    html! {
        section.wrap.row aria-labelledby="stalls" {
            div.row-head { h2 #stalls { (words.by_collection) } }
            ul.tiles role="list" {
                @for collection in collections {
                    @let name = collection.title.get(site.locale);
                    li.card.tile {
                        div.arch {
                            (picture(collection.image.as_ref(), site.locale, name, slot))
                        }
                        h3 {
                            a href=(listing(site, &collection.slug))
                                lang=[lang(site.locale, name)] { (name) }
                        }
                        p { (words.products(collection.products)) }
                    }
                }
            }
        }
    }
}

fn promises(words: &Words) -> Markup {
    let promises = [
        (words.promise_delivery, words.promise_delivery_text),
        (words.promise_payment, words.promise_payment_text),
        (words.promise_stock, words.promise_stock_text),
    ];
    html! {
        section.promises aria-labelledby="promises" {
            div.wrap {
                h2.hidden #promises { (words.promises) }
                @for (title, text) in promises {
                    div { h3 { (title) } p { (text) } }
                }
            }
        }
    }
}

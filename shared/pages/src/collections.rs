//! The list of all collections.

use maud::{Markup, html};
use souk_catalogue::{Collection, Collections, ListingOrder};

use crate::language::lang;
use crate::layout::{Page, breadcrumbs, render};
use crate::picture::{Priority, Slot, picture};
use crate::view::Site;
use crate::words::Words;
use crate::{jsonld, links, paths};

/// Every collection with its picture and the number of its products; `all` is the one with every
/// product and comes first.
pub fn collections(
    site: &Site<'_>,
    all: Option<&Collection>,
    collections: &[Collection],
) -> String {
    let words = Words::of(site.locale);
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &[], words.collections))
            header.headline { h1 { (words.collections) } }
            @if collections.is_empty() && all.is_none() {
                p.nothing { (words.no_products) }
            }
            ul.tiles role="list" {
                @if let Some(all) = all { (tile(site, all)) }
                @for collection in collections { (tile(site, collection)) }
            }
        }
    };
    let here = links::page(site.locale, paths::COLLECTIONS);
    let trail = [(words.collections.to_owned(), here)];
    let page = Page {
        title: words.collections.to_owned(),
        json_ld: vec![jsonld::breadcrumbs(site, &trail)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn tile(site: &Site<'_>, collection: &Collection) -> Markup {
    let words = Words::of(site.locale);
    let slot = Slot {
        sizes: "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw",
        priority: Priority::Lazy,
    };
    let href = links::collection(site.locale, &collection.slug, ListingOrder::Featured, None);
    let name = match collection.slug.as_str() {
        Collections::ALL => words.everything,
        _ => collection.title.get(site.locale),
    };
    html! {
        li.card.tile {
            div.arch { (picture(collection.image.as_ref(), site.locale, name, slot)) }
            h2 { a href=(href) lang=[lang(site.locale, name)] { (name) } }
            p { (words.products(collection.products)) }
        }
    }
}

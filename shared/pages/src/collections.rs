//! The list of all collections.

use maud::{Markup, html};
use souk_catalogue::{Collection, ListingOrder};

use crate::language::{Said, title_of};
use crate::layout::{Page, render};
use crate::picture::{Priority, Slot, picture};
use crate::trail::{Crumb, breadcrumbs};
use crate::view::Site;
use crate::{jsonld, links, paths};

/// Every collection with its picture and the number of its products; `all` is the one with every
/// product and comes first.
pub fn collections(
    site: &Site<'_>,
    all: Option<&Collection>,
    collections: &[Collection],
) -> String {
    let words = site.words;
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &[], &Said::plain(words.collections())))
            header.headline { h1 { (words.collections()) } }
            @if collections.is_empty() && all.is_none() {
                p.nothing { (words.no_products()) }
            }
            ul.tiles role="list" {
                @if let Some(all) = all { (tile(site, all)) }
                @for collection in collections { (tile(site, collection)) }
            }
        }
    };
    let here = links::page(site.locale, paths::COLLECTIONS);
    let trail = [Crumb {
        title: Said::plain(words.collections()),
        href: here,
    }];
    let page = Page {
        title: words.collections().to_owned(),
        json_ld: vec![jsonld::breadcrumbs(site, &trail)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn tile(site: &Site<'_>, collection: &Collection) -> Markup {
    let words = site.words;
    let slot = Slot {
        sizes: "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw",
        priority: Priority::Lazy,
    };
    let href = links::collection(site.locale, &collection.slug, ListingOrder::Featured, None);
    let name = title_of(site, collection);
    html! {
        li.card.tile {
            div.arch { (picture(site, collection.image.as_ref(), &name, slot)) }
            h2 { a href=(href) lang=[name.lang] { (name.text) } }
            p { (words.products(collection.products_in(site.locale.market()).into())) }
        }
    }
}

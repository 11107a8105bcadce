//! The home page: the blocks that the shop has chosen, from top to bottom.

use maud::{Markup, PreEscaped, html};
use souk_catalogue::{Collection, ListingOrder, Text};
use souk_shop::{Entry, Story};

use crate::card::{self, Heading};
use crate::documents::list;
use crate::language::{Said, said, title_of};
use crate::layout::{Page, render};
use crate::picture::{Priority, Slot, picture, preview};
use crate::view::{HomeBlock, HomeView, ProductCard, Site};
use crate::{jsonld, links, navigation, paths};

/// Pictures of products beside words. They are the last of the products: the first ones often come
/// right below.
const ARCHES: usize = 3;

/// The home page.
pub fn home(site: &Site<'_>, view: &HomeView<'_>) -> String {
    let has_title = view
        .blocks
        .iter()
        .any(|block| matches!(block, HomeBlock::Story { .. }));
    let mut is_first_story = true;
    let main = html! {
        @if !has_title { div.wrap { h1 { (site.name()) } } }
        @for (place, block) in view.blocks.iter().enumerate() {
            (shown(site, block, place, &mut is_first_story))
        }
    };
    let tagline = site.shop.tagline.get(site.locale);
    let page = Page {
        description: Some(tagline.to_owned()).filter(|text| !text.is_empty()),
        image: view.blocks.iter().find_map(image).map(str::to_owned),
        json_ld: vec![jsonld::shop(site)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// The picture for link previews.
fn image<'a>(block: &'a HomeBlock<'_>) -> Option<&'a str> {
    match block {
        HomeBlock::Story { story, cards } => {
            let own = story.picture.as_ref().and_then(preview);
            own.or_else(|| {
                cards
                    .iter()
                    .find_map(|card| preview(card.product.media.first()?))
            })
        }
        HomeBlock::Row { cards, .. } => cards
            .iter()
            .find_map(|card| preview(card.product.media.first()?)),
        _ => None,
    }
}

fn shown(
    site: &Site<'_>,
    block: &HomeBlock<'_>,
    place: usize,
    is_first_story: &mut bool,
) -> Markup {
    match block {
        HomeBlock::Story { story, cards } => {
            let is_first = std::mem::take(is_first_story);
            self::story(site, story, cards, is_first, place == 0)
        }
        HomeBlock::Row {
            title,
            collection,
            cards,
        } => row(site, title, *collection, cards, place),
        HomeBlock::Collections { title, collections } => tiles(site, title, collections, place),
        HomeBlock::Notes { title, notes } => self::notes(site, title, notes, place),
        HomeBlock::Text { title, html } => text(site, title, html, place),
        HomeBlock::Documents {
            title,
            kind,
            entries,
        } => {
            let all = links::page(site.locale, &paths::content_list(*kind));
            documents(site, title, entries, &all, place)
        }
    }
}

/// Words with a picture beside them; those of the first story are the title of the page.
fn story(
    site: &Site<'_>,
    story: &Story,
    cards: &[ProductCard],
    is_first: bool,
    in_first_screen: bool,
) -> Markup {
    let (title, text) = (said(site, &story.title), said(site, &story.text));
    html! {
        section.welcome {
            div.wrap {
                div.say {
                    @if is_first {
                        h1 lang=[title.lang] { (title.text) }
                    } @else {
                        h2 lang=[title.lang] { (title.text) }
                    }
                    @if !text.text.is_empty() { p lang=[text.lang] { (text.text) } }
                    @if !story.links.is_empty() {
                        p.actions {
                            @for (place, (label, target)) in story.links.iter().enumerate() {
                                @let label = said(site, label);
                                a class=(if place == 0 { "button" } else { "button quiet" })
                                    href=(navigation::href(site, target)) lang=[label.lang] {
                                    (label.text)
                                }
                            }
                        }
                    }
                }
                @match &story.picture {
                    Some(media) => {
                        @let slot = Slot {
                            sizes: "(min-width:64rem) 42rem,92vw",
                            priority: if in_first_screen { Priority::First } else { Priority::Lazy },
                        };
                        div.scene { (picture(site, Some(media), &title, slot)) }
                    }
                    None => @if !cards.is_empty() { (arches(site, cards, in_first_screen)) },
                }
            }
        }
    }
}

fn arches(site: &Site<'_>, cards: &[ProductCard], in_first_screen: bool) -> Markup {
    let first = cards.len().saturating_sub(ARCHES);
    html! {
        div.arches {
            @for place in 0..ARCHES {
                (arch(site, cards.get(first + place), place, in_first_screen))
            }
        }
    }
}

/// A product in an arch; an empty arch where there is none.
fn arch(
    site: &Site<'_>,
    card: Option<&ProductCard>,
    place: usize,
    in_first_screen: bool,
) -> Markup {
    let Some(card) = card else {
        return html! { span.arch {} };
    };
    let slot = Slot {
        sizes: "(min-width:64rem) 13rem,30vw",
        // The one in the middle is the largest.
        priority: match (in_first_screen, place) {
            (true, 1) => Priority::First,
            (true, _) => Priority::Soon,
            (false, _) => Priority::Lazy,
        },
    };
    let name = said(site, &card.product.title);
    html! {
        a.arch href=(links::product(site.locale, &card.product.slug, None)) {
            (picture(site, card.product.media.first(), &name, slot))
        }
    }
}

/// The heading of a block with a link behind it.
fn head(site: &Site<'_>, place: usize, title: &Said<'_>, all: Option<&str>) -> Markup {
    let words = site.words;
    html! {
        div.row-head {
            h2 id={ "block-" (place) } lang=[title.lang] { (title.text) }
            @if let Some(all) = all {
                a href=(all) aria-label=(words.action_on(words.see_all(), &title.text)) {
                    (words.see_all())
                }
            }
        }
    }
}

fn row(
    site: &Site<'_>,
    title: &Text,
    collection: Option<&Collection>,
    cards: &[ProductCard],
    place: usize,
) -> Markup {
    let title = match (title.is_empty(), collection) {
        (false, _) => said(site, title),
        (true, Some(collection)) => title_of(site, collection),
        (true, None) => Said::plain(site.words.popular()),
    };
    let order = ListingOrder::Featured;
    let all = collection.map(|one| links::collection(site.locale, &one.slug, order, None));
    html! {
        section.wrap.row aria-labelledby={ "block-" (place) } {
            (head(site, place, &title, all.as_deref()))
            (card::grid(site, cards, Heading::Third, 0))
        }
    }
}

fn tiles(site: &Site<'_>, title: &Text, collections: &[&Collection], place: usize) -> Markup {
    let words = site.words;
    let slot = Slot {
        sizes: "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw",
        priority: Priority::Lazy,
    };
    let title = match title.is_empty() {
        true => Said::plain(words.by_collection()),
        false => said(site, title),
    };
    html! {
        section.wrap.row aria-labelledby={ "block-" (place) } {
            (head(site, place, &title, None))
            ul.tiles role="list" {
                @for collection in collections {
                    @let name = title_of(site, collection);
                    @let slug = &collection.slug;
                    li.card.tile {
                        div.arch { (picture(site, collection.image.as_ref(), &name, slot)) }
                        h3 {
                            a href=(links::collection(
                                site.locale, slug, ListingOrder::Featured, None,
                            )) lang=[name.lang] { (name.text) }
                        }
                        p { (words.products(collection.products_in(site.locale.market()).into())) }
                    }
                }
            }
        }
    }
}

fn notes(site: &Site<'_>, title: &Text, notes: &[(Text, Text)], place: usize) -> Markup {
    let title = said(site, title);
    html! {
        section.promises aria-labelledby={ "block-" (place) } {
            div.wrap {
                h2.hidden id={ "block-" (place) } lang=[title.lang] { (title.text) }
                @for (title, text) in notes {
                    @let (title, text) = (said(site, title), said(site, text));
                    div {
                        h3 lang=[title.lang] { (title.text) }
                        p lang=[text.lang] { (text.text) }
                    }
                }
            }
        }
    }
}

fn text(site: &Site<'_>, title: &Text, html: &Text, place: usize) -> Markup {
    let (title, content) = (said(site, title), said(site, html));
    html! {
        section.wrap.row {
            @if !title.text.is_empty() { (head(site, place, &title, None)) }
            // Sanitised when it was published.
            div.prose lang=[content.lang] { (PreEscaped(content.text)) }
        }
    }
}

fn documents(site: &Site<'_>, title: &Text, entries: &[Entry], all: &str, place: usize) -> Markup {
    let title = said(site, title);
    html! {
        section.wrap.row aria-labelledby={ "block-" (place) } {
            (head(site, place, &title, Some(all)))
            (list(site, entries, false))
        }
    }
}

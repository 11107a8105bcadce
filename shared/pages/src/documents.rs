//! Lists of documents: the blog, the help pages, and blocks of the home page.

use maud::{Markup, html};
use souk_catalogue::Text;
use souk_shop::{ContentKind, EXCERPT_COLUMNS_MAX, Entry, excerpt};

use crate::language::{Said, lang, said};
use crate::layout::{Feed, Page, render};
use crate::picture::{Priority, Slot, picture, preview};
use crate::trail::{Crumb, breadcrumbs};
use crate::view::{DocumentsView, Site};
use crate::{format, jsonld, links, paths, search_form};

/// How wide a picture is drawn.
const SIZES: &str = "(min-width:80rem) 18rem,(min-width:48rem) 30vw,46vw";

/// Pictures in the first screen.
const EAGER_PICTURES: usize = 4;

/// A page of the list of all documents of a kind.
pub fn documents(site: &Site<'_>, view: &DocumentsView<'_>) -> String {
    let words = site.words;
    let path = links::page(site.locale, &paths::content_list(view.kind));
    let title = Said::plain(list_name(site, view.kind).unwrap_or(site.name()));
    let next = view
        .next
        .as_ref()
        .map(|cursor| format!("{path}?{}", query(cursor)));
    let is_blog = view.kind == ContentKind::Blog;
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &[], &title))
            header.headline { h1 { (title.text) } }
            @if view.kind == ContentKind::Help { (search_form::question(site, "")) }
            (list(site, view.entries, true))
            @if let Some(href) = &next {
                nav.pager aria-label=(words.pages()) {
                    a.button.quiet href=(href) rel="next" { (words.next()) " →" }
                }
            }
            @if is_blog {
                p.sku { a href=(Feed::of(site).href) { (words.feed()) } }
            }
        }
    };
    let image = view
        .entries
        .iter()
        .find_map(|entry| preview(entry.picture.as_ref()?));
    let trail = [Crumb {
        title: title.clone(),
        href: path.clone(),
    }];
    let page = Page {
        title: title.text.to_string(),
        image: image.map(str::to_owned),
        canonical: (!site.indexable).then_some(path),
        next,
        feed: is_blog.then(|| Feed::of(site)),
        json_ld: vec![jsonld::breadcrumbs(site, &trail)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// `cursor=…`.
fn query(cursor: &str) -> String {
    links::query(&[("cursor", cursor)])
}

/// What the list of all documents of a kind is called; `None` where there is no such list.
pub(super) fn list_name<'a>(site: &Site<'a>, kind: ContentKind) -> Option<&'a str> {
    match kind {
        ContentKind::Page => None,
        ContentKind::Blog => Some(site.words.blog()),
        ContentKind::Help => Some(site.words.help()),
    }
}

/// Documents one below the other; as cards where they have pictures. `below_title` says whether their
/// headings stand right below that of the page.
pub(super) fn list(site: &Site<'_>, entries: &[Entry], below_title: bool) -> Markup {
    let as_cards = entries.iter().any(|entry| entry.picture.is_some());
    html! {
        ul class=(if as_cards { "grid" } else { "documents" }) role="list" {
            @for (place, entry) in entries.iter().enumerate() {
                @let name = said(site, &entry.title);
                @let summary = said(site, &entry.summary);
                @let link = html! { a href=(href(site, entry)) lang=[name.lang] { (name.text) } };
                li.card {
                    @if as_cards {
                        @let slot = Slot {
                            sizes: SIZES,
                            priority: match below_title && place < EAGER_PICTURES {
                                true => Priority::Soon,
                                false => Priority::Lazy,
                            },
                        };
                        div.frame { (picture(site, entry.picture.as_ref(), &name, slot)) }
                    }
                    @if below_title { h2 { (link) } } @else { h3 { (link) } }
                    @if entry.kind == ContentKind::Blog { (dated(site, entry)) }
                    @if !summary.text.is_empty() { p lang=[summary.lang] { (summary.text) } }
                }
            }
        }
    }
}

/// Documents that a search found, one below the other, each with what it says. `below_title` says
/// whether their headings stand right below that of the page.
pub(super) fn excerpts(site: &Site<'_>, entries: &[Entry], below_title: bool) -> Markup {
    html! {
        ul.documents role="list" {
            @for entry in entries {
                @let name = said(site, &entry.title);
                @let about = about_entry(entry);
                @let shown = excerpt(about.get(site.locale), EXCERPT_COLUMNS_MAX);
                @let link = html! { a href=(href(site, entry)) lang=[name.lang] { (name.text) } };
                li.card {
                    @if below_title { h2 { (link) } } @else { h3 { (link) } }
                    @if !shown.is_empty() { p lang=[lang(site, about)] { (shown) } }
                }
            }
        }
    }
}

/// What a document says, in a few words: its summary, or else how its text begins.
pub fn about_entry(entry: &Entry) -> &Text {
    match entry.summary.base.is_empty() {
        true => &entry.beginning,
        false => &entry.summary,
    }
}

/// The path of a document's page.
fn href(site: &Site<'_>, entry: &Entry) -> String {
    links::page(site.locale, &paths::content(entry.kind, &entry.slug))
}

/// When a document was published, by the clocks of the shop.
pub(super) fn dated(site: &Site<'_>, entry: &Entry) -> Markup {
    if entry.published_at_ms == 0 {
        return html! {};
    }
    let at_ms = entry.published_at_ms;
    let date = site.words.formats.date(at_ms, site.shop.east_s(at_ms));
    html! {
        @if let Some(exact) = format::timestamp(at_ms) {
            p { small { time datetime=(exact) { (date) } } }
        }
    }
}

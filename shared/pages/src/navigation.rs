//! Lists of links: the menu in the header, the columns of the footer, and where a link leads.
//!
//! A shop that has no list of its own gets one of its collections.

use maud::{Markup, html};
use souk_catalogue::{Collections, ListingOrder};
use souk_domain::{LanguageCode, Locale};
use souk_shop::{ContentKind, Place, Target};

use crate::language::{Said, said, title_of};
use crate::view::Site;
use crate::{links, paths};

/// The menu in the header: links, and lists that open.
pub(super) fn menu(site: &Site<'_>) -> Markup {
    html! {
        ul {
            @if site.shop.navigation.is_empty() {
                (collections(site))
            } @else {
                @for place in &site.shop.navigation { li { (entry(site, place)) } }
            }
        }
    }
}

/// The columns of the footer.
pub(super) fn columns(site: &Site<'_>) -> Markup {
    let words = site.words;
    html! {
        @if site.shop.footer.is_empty() {
            nav aria-label=(words.shop()) {
                h2 { (words.shop()) }
                ul {
                    (collections(site))
                    li { a href=(links::page(site.locale, "/developers")) { (words.developers()) } }
                }
            }
        }
        @for column in &site.shop.footer {
            @let label = label(site, column);
            nav aria-label=(label.text) {
                h2 lang=[label.lang] { (label.text) }
                ul { @for place in &column.places { li { (entry(site, place)) } } }
            }
        }
    }
}

/// A link to every collection.
fn collections(site: &Site<'_>) -> Markup {
    let all = Target::Collection(Collections::ALL.to_owned());
    html! {
        li { (link(site, &Said::plain(site.words.everything()), &all)) }
        @for collection in site.collections {
            @let target = Target::Collection(collection.slug.clone());
            li { (link(site, &title_of(site, collection), &target)) }
        }
    }
}

/// A link, or a list that opens with the link as its first entry.
fn entry(site: &Site<'_>, place: &Place) -> Markup {
    let label = label(site, place);
    let own = place
        .target
        .as_ref()
        .map(|target| link(site, &label, target));
    if place.places.is_empty() {
        return own.unwrap_or_else(|| html! { span lang=[label.lang] { (label.text) } });
    }
    html! {
        details.menu {
            summary lang=[label.lang] { (label.text) }
            ul {
                @if let Some(own) = own { li { (own) } }
                @for place in &place.places { li { (entry(site, place)) } }
            }
        }
    }
}

fn link(site: &Site<'_>, label: &Said<'_>, target: &Target) -> Markup {
    let href = href(site, target);
    let here = {
        // Without the prefix of the language, as the path of the page is.
        let own = Locale::own(LanguageCode::EN);
        path_of(own, target).is_some_and(|path| Some(path.as_str()) == site.path.split('?').next())
    };
    html! {
        a href=(href) lang=[label.lang] aria-current=[here.then_some("page")] { (label.text) }
    }
}

/// Where a link leads.
pub(super) fn href(site: &Site<'_>, target: &Target) -> String {
    match target {
        Target::Address(address) => address.clone(),
        other => path_of(site.locale, other).unwrap_or_default(),
    }
}

/// The path of a page of this shop.
fn path_of(locale: Locale, target: &Target) -> Option<String> {
    Some(match target {
        Target::Home => links::page(locale, "/"),
        Target::Collection(slug) => links::collection(locale, slug, ListingOrder::Featured, None),
        Target::Product(slug) => links::product(locale, slug, None),
        Target::Content(kind, slug) => links::page(locale, &paths::content(*kind, slug)),
        Target::ContentList(kind) => links::page(locale, &paths::content_list(*kind)),
        Target::Collections => links::page(locale, "/collections"),
        Target::Cart => links::page(locale, "/cart"),
        Target::Developers => links::page(locale, "/developers"),
        Target::Path(path) => links::page(locale, path),
        Target::Address(_) => return None,
    })
}

/// What an entry is called: by the merchant, or by what it leads to.
fn label<'a>(site: &Site<'a>, place: &'a Place) -> Said<'a> {
    if !place.label.is_empty() {
        return said(site, &place.label);
    }
    let words = site.words;
    let name = match &place.target {
        Some(Target::Home) | None => words.home(),
        Some(Target::Collection(slug)) => {
            let known = site.collections.iter().find(|known| known.slug == *slug);
            match known {
                Some(known) => return title_of(site, known),
                None => words.everything(),
            }
        }
        Some(Target::Collections) => words.collections(),
        Some(Target::Cart) => words.cart(),
        Some(Target::Developers) => words.developers(),
        Some(Target::ContentList(ContentKind::Blog)) => words.blog(),
        Some(Target::ContentList(ContentKind::Help)) => words.help(),
        Some(Target::ContentList(ContentKind::Page)) => words.more(),
        Some(Target::Product(text) | Target::Path(text) | Target::Address(text)) => text,
        Some(Target::Content(_, slug)) => slug,
    };
    Said::plain(name)
}

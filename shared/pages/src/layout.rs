//! The frame of every page: head, header, footer.
//!
//! Invariant: no inline script, style or handler: the content security policy refuses them.
//! JSON-LD is data, not script; `jsonld` escapes it.
//!
//! Not here: what stands between header and footer (a module for each page), the page in other
//! languages and markets (`elsewhere`).

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use souk_domain::Locale;
use souk_shop::Direction;

use crate::elsewhere::Existing;
use crate::language::{Said, said};
use crate::picture::{Priority, Slot, picture};
use crate::view::Site;
use crate::{assets, elsewhere, jsonld, links, navigation, paths, search_form};

/// Colours of the browser around pages in the program's own looks.
const LIGHT: &str = "#fffdf9";
/// The same on dark pages.
const DARK: &str = "#16131c";

/// What a page puts into the frame.
#[derive(Debug, Default)]
pub struct Page {
    /// `<title>` without the name of the shop; empty for the shop's name and its tagline.
    pub title: String,
    /// For search engines and link previews.
    pub description: Option<String>,
    /// Address of the picture for link previews.
    pub image: Option<String>,
    /// The page that search engines should know instead of this one, as a path.
    pub canonical: Option<String>,
    /// In which languages and markets the page exists.
    pub existing: Existing,
    /// A feed of what the page is about.
    pub feed: Option<Feed>,
    /// The page before this one in a listing, as a path.
    pub previous: Option<String>,
    /// The page after this one in a listing, as a path.
    pub next: Option<String>,
    /// What was searched for, on a page of results.
    pub searched: String,
    /// Whether the page is about one product.
    pub is_product: bool,
    /// Structured data.
    pub json_ld: Vec<Value>,
    /// Everything between header and footer, with the only `h1`.
    pub main: Option<Markup>,
}

/// A feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its path.
    pub(super) href: String,
    /// What it is called.
    title: String,
}

impl Feed {
    /// The feed of the blog in the language of the page.
    pub(super) fn of(site: &Site<'_>) -> Self {
        Self {
            href: links::page(site.locale, paths::FEED),
            title: format!("{} – {}", site.words.blog(), site.name()),
        }
    }
}

/// The whole document.
pub fn render(site: &Site<'_>, page: Page) -> String {
    let words = site.words;
    html! {
        (DOCTYPE)
        html lang=(site.shop.tag(site.locale)) dir=[is_rtl(site).then_some("rtl")] {
            (head(site, &page))
            body {
                a.skip href="#main" { (words.skip()) }
                (header(site, &page))
                main #main tabindex="-1" {
                    @if let Some(main) = &page.main { (main) }
                }
                (footer(site, &page))
            }
        }
    }
    .into_string()
}

fn head(site: &Site<'_>, page: &Page) -> Markup {
    let title = match page.title.as_str() {
        "" => match site.shop.tagline.get(site.locale) {
            "" => site.name().to_owned(),
            tagline => format!("{} – {tagline}", site.name()),
        },
        title => format!("{title} – {}", site.name()),
    };
    html! {
        head {
            meta charset="utf-8";
            title { (title) }
            meta name="viewport" content="width=device-width,initial-scale=1";
            link rel="stylesheet" href=(assets::stylesheet_path(site.shop));
            script src=(assets::script_path()) defer {}
            (icon(site))
            (colours(site))
            @if let Some(description) = &page.description {
                meta name="description" content=(description);
            }
            @if site.indexable {
                (elsewhere::alternates(site, page.canonical.as_deref(), &page.existing))
            } @else {
                meta name="robots" content="noindex";
                @if let Some(path) = &page.canonical {
                    link rel="canonical" href=(links::absolute(site, path));
                }
            }
            @if let Some(feed) = &page.feed {
                link rel="alternate" type="application/atom+xml" title=(feed.title)
                    href=(feed.href);
            }
            @for (rel, path) in [("prev", &page.previous), ("next", &page.next)] {
                @if let Some(path) = path { link rel=(rel) href=(path); }
            }
            @if site.indexable { (preview(site, &title, page)) }
            @for value in &page.json_ld {
                script type="application/ld+json" { (PreEscaped(jsonld::escape(value))) }
            }
        }
    }
}

/// The icon of browser tabs.
fn icon(site: &Site<'_>) -> Markup {
    let own = site
        .shop
        .icon
        .as_ref()
        .and_then(|icon| icon.renditions.first());
    match own {
        Some(own) => html! { link rel="icon" href=(own.url); },
        None => html! { link rel="icon" href=(assets::icon_path()) type="image/svg+xml"; },
    }
}

/// The colours of the browser around the page.
fn colours(site: &Site<'_>) -> Markup {
    let theme = &site.shop.theme;
    let (light, dark) = match theme.light.as_str() {
        "" => (LIGHT, DARK),
        light => (light, theme.dark.as_str()),
    };
    html! {
        @if dark.is_empty() {
            meta name="color-scheme" content="light";
            meta name="theme-color" content=(light);
        } @else {
            meta name="color-scheme" content="light dark";
            meta name="theme-color" content=(light) media="(prefers-color-scheme:light)";
            meta name="theme-color" content=(dark) media="(prefers-color-scheme:dark)";
        }
    }
}

fn is_rtl(site: &Site<'_>) -> bool {
    let language = site.shop.language(site.locale);
    language.is_some_and(|language| language.direction == Direction::Rtl)
}

/// Open Graph, for link previews.
fn preview(site: &Site<'_>, title: &str, page: &Page) -> Markup {
    let language = site.shop.language(site.locale);
    let language = language.map(|language| language.open_graph.as_str());
    let url = links::absolute(site, &links::page(site.locale, site.path));
    html! {
        meta property="og:type" content=(if page.is_product { "product" } else { "website" });
        meta property="og:site_name" content=(site.name());
        meta property="og:title" content=(title);
        meta property="og:url" content=(url);
        @if let Some(language) = language {
            meta property="og:locale" content=(language);
        }
        @if let Some(description) = &page.description {
            meta property="og:description" content=(description);
        }
        @match &page.image {
            Some(image) => {
                meta property="og:image" content=(links::absolute(site, image));
                meta name="twitter:card" content="summary_large_image";
            }
            None => meta name="twitter:card" content="summary";
        }
    }
}

fn header(site: &Site<'_>, page: &Page) -> Markup {
    let (locale, words) = (site.locale, site.words);
    html! {
        header.top {
            div.wrap {
                a.logo href=(links::page(locale, "/")) { (logo(site)) }
                @if site.has_search { (search_form::form(site, &page.searched)) }
                nav.places aria-label=(words.shop()) { (navigation::menu(site)) }
                div.tools {
                    (switch(site))
                    a.basket href=(links::page(locale, "/cart"))
                        aria-current=[(site.path == "/cart").then_some("page")] {
                        (basket()) span { (words.cart()) }
                    }
                }
            }
        }
    }
}

/// The shop's picture with its name, or its name alone.
fn logo(site: &Site<'_>) -> Markup {
    let Some(logo) = &site.shop.logo else {
        return html! { (site.name()) };
    };
    let slot = Slot {
        sizes: "12rem",
        priority: Priority::Soon,
    };
    picture(site, Some(logo), &Said::plain(site.name()), slot)
}

/// The way to the other language; a list where there are several.
fn switch(site: &Site<'_>) -> Markup {
    let mut others = site.locales();
    others.retain(|&other| other != site.locale);
    match others.as_slice() {
        [] => html! {},
        [other] => language_link(site, *other, "language"),
        others => html! {
            details.menu {
                summary { (own_name(site, site.locale)) }
                ul { @for &other in others { li { (language_link(site, other, "")) } } }
            }
        },
    }
}

/// A link to this page in a language.
fn language_link(site: &Site<'_>, locale: Locale, class: &str) -> Markup {
    let tag = site.shop.tag(locale);
    html! {
        a class=[(!class.is_empty()).then_some(class)] href=(links::page(locale, site.path))
            lang=(tag) hreflang=(tag)
            aria-current=[(locale == site.locale).then_some("true")] {
            (own_name(site, locale))
        }
    }
}

fn own_name<'a>(site: &Site<'a>, locale: Locale) -> &'a str {
    let language = site.shop.language(locale);
    language.map_or("", |language| &language.name)
}

fn footer(site: &Site<'_>, page: &Page) -> Markup {
    let words = site.words;
    let line = said(site, &site.shop.footer_line);
    let locales = site.locales();
    html! {
        footer.bottom {
            div.wrap {
                div {
                    p.logo { (site.name()) }
                    @if !line.text.is_empty() { p lang=[line.lang] { (line.text) } }
                    (contact(site))
                }
                (navigation::columns(site))
                @if locales.len() > 1 {
                    nav aria-label=(words.languages()) {
                        h2 { (words.languages()) }
                        ul {
                            @for locale in locales { li { (language_link(site, locale, "")) } }
                        }
                    }
                }
                (elsewhere::markets(site, &page.existing))
            }
        }
    }
}

/// How shoppers reach the shop.
fn contact(site: &Site<'_>) -> Markup {
    let contact = &site.shop.contact;
    html! {
        @if let Some(email) = &contact.email {
            p { a href={ "mailto:" (email) } { (email) } }
        }
        @if let Some(phone) = &contact.phone {
            p { a href={ "tel:" (phone.replace(' ', "")) } { (phone) } }
        }
    }
}

fn basket() -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" aria-hidden="true" {
            path d="M3 9h18l-2 11H5zM8 9l3-6M16 9l-3-6M9 13v3M12 13v3M15 13v3" {}
        }
    }
}

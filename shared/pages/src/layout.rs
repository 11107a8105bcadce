//! The frame of every page: head, header, footer.
//!
//! Invariant: no inline script, style or handler: the content security policy refuses them.
//! JSON-LD is data, not script; `jsonld` escapes it.
//!
//! Not here: what stands between header and footer (a module for each page).

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use souk_catalogue::{Collection, Collections, ListingOrder};
use souk_domain::Locale;

use crate::language::lang;
use crate::view::Site;
use crate::words::Words;
use crate::{assets, jsonld, links};

/// Collections in the header; the footer has all of them.
const HEADER_COLLECTIONS_MAX: usize = 6;
/// Collections in the footer.
const FOOTER_COLLECTIONS_MAX: usize = 24;

/// What a page puts into the frame.
#[derive(Debug, Default)]
pub struct Page {
    /// `<title>` without the name of the shop; empty for the shop's name and its tagline.
    pub title: String,
    /// For search engines and link previews.
    pub description: Option<String>,
    /// Address of the picture for link previews.
    pub image: Option<String>,
    /// The page that search engines should know instead of this one, as a path; where this one is
    /// not to be indexed.
    pub canonical: Option<String>,
    /// The page before this one in a listing, as a path.
    pub previous: Option<String>,
    /// The page after this one in a listing, as a path.
    pub next: Option<String>,
    /// Whether the page is about one product.
    pub is_product: bool,
    /// Structured data.
    pub json_ld: Vec<Value>,
    /// Everything between header and footer, with the only `h1`.
    pub main: Option<Markup>,
}

/// The whole document.
pub fn render(site: &Site<'_>, page: Page) -> String {
    let words = Words::of(site.locale);
    html! {
        (DOCTYPE)
        html lang=(site.locale.tag()) {
            (head(site, words, &page))
            body {
                a.skip href="#main" { (words.skip) }
                (header(site, words))
                main #main tabindex="-1" {
                    @if let Some(main) = &page.main { (main) }
                }
                (footer(site, words))
            }
        }
    }
    .into_string()
}

fn head(site: &Site<'_>, words: &Words, page: &Page) -> Markup {
    let title = match page.title.as_str() {
        "" => format!("{} – {}", site.shop_name, words.tagline),
        title => format!("{title} – {}", site.shop_name),
    };
    html! {
        head {
            meta charset="utf-8";
            title { (title) }
            meta name="viewport" content="width=device-width,initial-scale=1";
            link rel="stylesheet" href=(assets::stylesheet_path());
            script src=(assets::script_path()) defer {}
            link rel="icon" href=(assets::icon_path()) type="image/svg+xml";
            meta name="color-scheme" content="light dark";
            meta name="theme-color" content="#fffdf9" media="(prefers-color-scheme:light)";
            meta name="theme-color" content="#16131c" media="(prefers-color-scheme:dark)";
            @if let Some(description) = &page.description {
                meta name="description" content=(description);
            }
            @if site.indexable {
                (alternates(site))
            } @else {
                meta name="robots" content="noindex";
                @if let Some(path) = &page.canonical {
                    link rel="canonical" href=(links::absolute(site, path));
                }
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

/// This page in every language; every other visitor gets the default language.
fn alternates(site: &Site<'_>) -> Markup {
    let href = |locale: Locale| links::absolute(site, &links::page(locale, site.path));
    html! {
        link rel="canonical" href=(href(site.locale));
        @for (tag, locale) in links::alternates() {
            link rel="alternate" hreflang=(tag) href=(href(locale));
        }
    }
}

/// Open Graph, for link previews.
fn preview(site: &Site<'_>, title: &str, page: &Page) -> Markup {
    let og_locale = match site.locale {
        Locale::En => "en_US",
        Locale::Zh => "zh_CN",
    };
    let url = links::absolute(site, &links::page(site.locale, site.path));
    html! {
        meta property="og:type" content=(if page.is_product { "product" } else { "website" });
        meta property="og:site_name" content=(site.shop_name);
        meta property="og:title" content=(title);
        meta property="og:url" content=(url);
        meta property="og:locale" content=(og_locale);
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

fn header(site: &Site<'_>, words: &Words) -> Markup {
    let locale = site.locale;
    let other = locale.other();
    html! {
        header.top {
            div.wrap {
                a.logo href=(links::page(locale, "/")) { (site.shop_name) }
                nav.stalls aria-label=(words.collections) {
                    ul {
                        li { (collection_link(site, Collections::ALL, words.everything)) }
                        @for collection in site.collections.iter().take(HEADER_COLLECTIONS_MAX) {
                            li { (named_link(site, collection)) }
                        }
                    }
                }
                div.tools {
                    a.language href=(links::page(other, site.path)) lang=(other.tag())
                        hreflang=(other.tag()) { (Words::own_name(other)) }
                    a.basket href=(links::page(locale, "/cart"))
                        aria-current=[(site.path == "/cart").then_some("page")] {
                        (basket()) span { (words.cart) }
                    }
                }
            }
        }
    }
}

fn named_link(site: &Site<'_>, collection: &Collection) -> Markup {
    collection_link(site, &collection.slug, collection.title.get(site.locale))
}

fn collection_link(site: &Site<'_>, slug: &str, title: &str) -> Markup {
    let path = site.path.split('?').next().unwrap_or_default();
    let here = path == links::collection(Locale::En, slug, ListingOrder::Featured, None);
    let href = links::collection(site.locale, slug, ListingOrder::Featured, None);
    html! { a href=(href) aria-current=[here.then_some("page")]
    lang=[lang(site.locale, title)] { (title) } }
}

fn footer(site: &Site<'_>, words: &Words) -> Markup {
    html! {
        footer.bottom {
            div.wrap {
                div {
                    p.logo { (site.shop_name) }
                    p { (words.footer_line) }
                }
                nav aria-label=(words.shop) {
                    h2 { (words.shop) }
                    ul {
                        li { (collection_link(site, Collections::ALL, words.everything)) }
                        @for collection in site.collections.iter().take(FOOTER_COLLECTIONS_MAX) {
                            li { (named_link(site, collection)) }
                        }
                    }
                }
                nav aria-label=(words.more) {
                    h2 { (words.more) }
                    ul {
                        li { a href=(links::page(site.locale, "/cart")) { (words.cart) } }
                        li {
                            a href=(links::page(site.locale, "/developers")) {
                                (words.developers)
                            }
                        }
                        @for locale in Locale::ALL {
                            li {
                                a href=(links::page(locale, site.path)) lang=(locale.tag())
                                    hreflang=(locale.tag())
                                    aria-current=[(locale == site.locale).then_some("true")] {
                                    (Words::own_name(locale))
                                }
                            }
                        }
                    }
                }
            }
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

/// Where the page stands: links from the home page down, and the page itself.
pub fn breadcrumbs(site: &Site<'_>, trail: &[(String, String)], here: &str) -> Markup {
    let words = Words::of(site.locale);
    html! {
        nav.trail aria-label=(words.breadcrumbs) {
            ol {
                li { a href=(links::page(site.locale, "/")) { (words.home) } }
                @for (title, href) in trail {
                    li { a href=(href) lang=[lang(site.locale, title)] { (title) } }
                }
                li { span aria-current="page" lang=[lang(site.locale, here)] { (here) } }
            }
        }
    }
}

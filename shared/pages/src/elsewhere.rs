//! The same page in other languages and markets: for search engines, and for shoppers to choose.

use maud::{Markup, html};
use souk_catalogue::Market;
use souk_domain::Locale;
use souk_shop::Shop;

use crate::links;
use crate::view::Site;

/// Letters of a script in a language tag. Source: BCP 47, 2.2.3.
const SCRIPT_LETTERS: usize = 4;

/// Where a page exists.
#[derive(Debug, Default)]
pub struct Existing {
    /// The languages that it is written in; `None` for all of the shop's.
    pub languages: Option<Vec<Locale>>,
    /// Places of the markets that do not have it.
    pub missing_in: Vec<usize>,
}

/// The canonical address of a page, which is `canonical` or its own, and its addresses in every
/// language and market; every other visitor gets that of the first market.
pub(super) fn alternates(site: &Site<'_>, canonical: Option<&str>, existing: &Existing) -> Markup {
    let href = |locale: Locale| {
        let path = match locale.market() == site.locale.market() {
            true => site.path.to_owned(),
            false => path_elsewhere(site.path),
        };
        links::absolute(site, &links::page(locale, &path))
    };
    let is_one = site.shop.languages.len() == 1 && site.markets.len() <= 1;
    let named = match is_one {
        true => Vec::new(),
        false => named(site, existing),
    };
    html! {
        @match canonical {
            Some(path) => link rel="canonical" href=(links::absolute(site, path));,
            None => link rel="canonical" href=(href(site.locale));,
        }
        @for (tag, locale) in named {
            link rel="alternate" hreflang=(tag) href=(href(locale));
        }
    }
}

/// The values of `hreflang`, with the language and market that each leads to.
fn named(site: &Site<'_>, existing: &Existing) -> Vec<(String, Locale)> {
    let mut named = Vec::new();
    for place in 0..site.markets.len().max(1) {
        if existing.missing_in.contains(&place) {
            continue;
        }
        let mut languages = site.shop.locales_of(site.markets, place);
        if let Some(written) = &existing.languages {
            let is_in = |locale: &Locale| written.iter().any(|one| one.place() == locale.place());
            languages.retain(is_in);
        }
        match site.markets.get(place).filter(|_| place > 0) {
            Some(market) => named.extend(in_market(site.shop, market, &languages)),
            None => {
                let own = links::alternates(site.shop, &languages).into_iter();
                named.extend(own.map(|(tag, locale)| (tag.to_owned(), locale)));
            }
        }
    }
    named
}

/// A language and a country for each country that a further market names. A market for every country
/// has none, because nothing tells its visitors apart.
fn in_market(shop: &Shop, market: &Market, languages: &[Locale]) -> Vec<(String, Locale)> {
    let mut named = Vec::new();
    for &locale in languages {
        // Without the region that a tag may have.
        let mut parts = shop.tag(locale).split('-');
        let mut language = parts.next().unwrap_or_default().to_owned();
        for script in parts.filter(|part| part.len() == SCRIPT_LETTERS) {
            language = format!("{language}-{script}");
        }
        let countries = market.countries.iter();
        named.extend(countries.map(|country| (format!("{language}-{country}"), locale)));
    }
    named
}

/// The path of a page in another market: amounts that it is filtered by are of this one.
fn path_elsewhere(path: &str) -> String {
    let Some((page, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let pairs = query.split('&').filter(|pair| !pair.starts_with("price."));
    let pairs: Vec<_> = pairs.collect();
    match pairs.is_empty() {
        true => page.to_owned(),
        false => format!("{page}?{}", pairs.join("&")),
    }
}

/// The ways to the markets: to the same page where they have it, else to their home page. Nothing where
/// there is one market.
pub(super) fn markets(site: &Site<'_>, existing: &Existing) -> Markup {
    let words = site.words;
    let same = path_elsewhere(site.path);
    html! {
        @if site.markets.len() > 1 {
            nav.markets aria-label=(words.markets()) {
                h2 { (words.markets()) }
                ul {
                    @for (place, market) in site.markets.iter().enumerate() {
                        @let path = if existing.missing_in.contains(&place) { "/" } else { &same };
                        li { (link(site, place, market, path)) }
                    }
                }
            }
        }
    }
}

fn link(site: &Site<'_>, place: usize, market: &Market, path: &str) -> Markup {
    let locale = site.shop.in_market(site.locale, site.markets, place);
    let is_here = place == site.locale.market();
    let tag = (locale.place() != site.locale.place()).then(|| site.shop.tag(locale));
    html! {
        a href=(links::page(locale, path)) hreflang=[tag]
            aria-current=[is_here.then_some("true")] {
            (market.name(site.locale.code())) " · " (market.currency.code())
        }
    }
}

//! Where redirects lead that lead to one another, and which addresses are pages.
//!
//! Every redirect that comes out is one step: browsers and search engines follow few, and a circle
//! never ends.

use std::collections::{HashMap, HashSet};

use souk_catalogue::{Collections, Product, Redirect};
use souk_domain::LanguageCode;

use crate::{Note, Place, Reason, Source, context::Context, redirects::path_of, report::quoted};

/// A redirect, with its line where it has one.
pub(crate) struct Route {
    pub(crate) line: Option<u64>,
    pub(crate) redirect: Redirect,
}

/// How far a redirect was followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Unknown,
    /// On the way of the redirect that is followed now.
    Passed,
    /// The redirect at this place is the last.
    At(usize),
    /// It leads in a circle.
    Never,
}

/// The redirects, each to where the last of its chain leads; those in a circle are faults.
pub(crate) fn straighten(routes: Vec<Route>, context: &mut Context<'_>) -> Vec<Route> {
    let places: HashMap<&str, usize> = routes
        .iter()
        .enumerate()
        .map(|(place, route)| (route.redirect.from.as_str(), place))
        .collect();
    let next: Vec<Option<usize>> = routes
        .iter()
        .map(|route| places.get(path_of(&route.redirect.to)?.as_str()).copied())
        .collect();
    let ends = ends(&next);
    let mut straight = Vec::with_capacity(routes.len());
    for (place, route) in routes.iter().enumerate() {
        let mut redirect = route.redirect.clone();
        let whole = || Place {
            source: Source::Redirects,
            line: route.line,
            column: Some("Redirect to".to_owned()),
            value: quoted(&route.redirect.to),
        };
        match ends[place] {
            End::At(last) if last == place => {}
            End::At(last) => {
                redirect.to = routes[last].redirect.to.clone();
                let note = Note::RedirectCollapsed(redirect.to.clone());
                context.problems.warn(whole(), note);
            }
            End::Never | End::Unknown | End::Passed => {
                let through = next[place].and_then(|next| routes[next].line);
                let reason = Reason::RedirectLoop(through.unwrap_or_default());
                context.problems.error(whole(), reason);
                continue;
            }
        }
        straight.push(Route {
            line: route.line,
            redirect,
        });
    }
    straight
}

/// Where each chain ends. Every redirect is followed once.
fn ends(next: &[Option<usize>]) -> Vec<End> {
    let mut ends = vec![End::Unknown; next.len()];
    let mut way = Vec::new();
    for first in 0..next.len() {
        let mut place = first;
        let end = loop {
            match ends[place] {
                End::Passed => break End::Never,
                End::Unknown => {}
                known => break known,
            }
            ends[place] = End::Passed;
            way.push(place);
            match next[place] {
                Some(next) => place = next,
                None => break End::At(place),
            }
        };
        for passed in way.drain(..) {
            ends[passed] = end;
        }
    }
    ends
}

/// The addresses of a catalogue.
pub(crate) struct Pages<'a> {
    products: HashSet<&'a str>,
    collections: HashSet<&'a str>,
    /// The shop's further languages, with which paths may begin.
    languages: Vec<LanguageCode>,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(products: &'a [Product], languages: &[LanguageCode]) -> Self {
        let collections = products.iter().flat_map(|product| &product.collections);
        Self {
            products: products
                .iter()
                .map(|product| product.slug.as_str())
                .collect(),
            collections: collections
                .map(String::as_str)
                .chain([Collections::ALL])
                .collect(),
            languages: languages.to_vec(),
        }
    }

    /// Whether the path is a page of the catalogue, in any language; `None` for paths that are no
    /// business of it.
    pub(crate) fn has(&self, path: &str) -> Option<bool> {
        let translated = self.languages.iter().find_map(|code| {
            let rest = path.strip_prefix('/')?.strip_prefix(code.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        });
        let path = translated.unwrap_or(path);
        if path.is_empty() {
            return Some(true);
        }
        if let Some(slug) = path.strip_prefix("/products/") {
            return Some(self.products.contains(slug));
        }
        let slug = path.strip_prefix("/collections/")?;
        Some(self.collections.contains(slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_end_and_circles_do_not() {
        // 0 → 1 → 2; 3 → 4 → 3; 5 → 3; 6.
        let next = [Some(1), Some(2), None, Some(4), Some(3), Some(3), None];
        let at = |place: &End| match place {
            End::At(place) => Some(*place),
            _ => None,
        };
        let found: Vec<_> = ends(&next).iter().map(at).collect();
        assert_eq!(
            found,
            [Some(2), Some(2), Some(2), None, None, None, Some(6)]
        );
    }

    #[test]
    fn a_page_is_one_in_every_language() {
        let product = Product {
            slug: "mug".to_owned(),
            collections: vec!["tea".to_owned()],
            ..Product::default()
        };
        let products = [product];
        let zh = LanguageCode::parse("zh").unwrap();
        let pages = Pages::of(&products, &[zh]);
        for path in [
            "",
            "/zh",
            "/products/mug",
            "/zh/products/mug",
            "/zh/collections/tea",
        ] {
            assert_eq!(pages.has(path), Some(true), "{path}");
        }
        assert_eq!(pages.has("/products/cup"), Some(false));
        assert_eq!(pages.has("/collections/all"), Some(true));
        for path in [
            "/pages/mug",
            "/zhx/products/mug",
            "/de/products/mug",
            "/cart",
        ] {
            assert_eq!(pages.has(path), None, "{path}");
        }
    }
}

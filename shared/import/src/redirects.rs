//! Addresses that moved: Shopify's export of URL redirects, `Redirect from,Redirect to`.
//!
//! Owns what a redirect may be. It leads from a path of this shop to another path of it, or to an
//! `https://` address, in one step: a target that moved itself, and so every loop, is an error.
//!
//! Not here: when a redirect is followed (`souk-storefront`): only where nothing else is.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use souk_catalogue::{Catalogue, Collections, Redirect, path_key};
use souk_domain::LanguageCode;

use crate::{
    Note, Place, Reason, Source,
    context::Context,
    limits::{REDIRECTS_MAX, URL_BYTES_MAX},
    report::quoted,
    table::{Broken, Table},
};

const FROM: &str = "Redirect from";
const TO: &str = "Redirect to";

/// The redirects of a file with the line of each.
#[derive(Default)]
pub(crate) struct Redirects {
    listed: Vec<(u64, Redirect)>,
    /// The line of each path that moved.
    lines: HashMap<String, u64>,
}

fn place(line: u64, column: &str, value: &str) -> Place {
    Place {
        source: Source::Redirects,
        line: Some(line),
        column: Some(column.to_owned()),
        value: quoted(value),
    }
}

impl Redirects {
    /// Reads the file.
    ///
    /// # Errors
    /// When the file is broken, lacks a column or has too many rows.
    pub(crate) fn read(table: &mut Table<'_>, context: &mut Context<'_>) -> Result<Self, Broken> {
        let (from_column, to_column) = (table.column(FROM, &[])?, table.column(TO, &[])?);
        let mut redirects = Self::default();
        while !context.problems.full()
            && let Some((line, cells)) = table.next_row()?
        {
            let get = |column: usize| cells.get(column).unwrap_or_default().trim();
            let (from, to) = (get(from_column), get(to_column));
            let mut problem = |column: &str, value: &str, reason: Reason| {
                context.problems.error(place(line, column, value), reason);
            };
            let key = match source(from) {
                Ok(key) => key,
                Err(reason) => {
                    problem(FROM, from, reason);
                    continue;
                }
            };
            if let Err(reason) = check_target(to) {
                problem(TO, to, reason);
                continue;
            }
            if redirects.listed.len() == REDIRECTS_MAX {
                let (what, max) = ("redirects", REDIRECTS_MAX);
                return Err((place(line, FROM, from), Reason::TooMany { what, max }));
            }
            match redirects.lines.entry(key) {
                Entry::Occupied(first) => {
                    problem(FROM, from, Reason::RedirectTwice(*first.get()));
                }
                Entry::Vacant(entry) => {
                    let redirect = Redirect {
                        from: entry.key().clone(),
                        to: encoded(to),
                    };
                    entry.insert(line);
                    redirects.listed.push((line, redirect));
                }
            }
        }
        redirects.check_steps(context);
        Ok(redirects)
    }

    /// Every redirect is one step: browsers and search engines follow few, and a loop never ends.
    fn check_steps(&self, context: &mut Context<'_>) {
        for (line, redirect) in &self.listed {
            if let Some(next) = path_of(&redirect.to).and_then(|path| self.lines.get(&path)) {
                let reason = Reason::RedirectChain(*next);
                let place = place(*line, TO, &redirect.to);
                context.problems.error(place, reason);
            }
        }
    }

    /// The redirects, with a warning for each that will never be followed or leads nowhere.
    pub(crate) fn finish(
        self,
        catalogue: Option<&Catalogue>,
        context: &mut Context<'_>,
    ) -> Vec<Redirect> {
        if let Some(catalogue) = catalogue {
            let pages = Pages::of(catalogue, context.options.languages.clone());
            for (line, redirect) in &self.listed {
                if pages.has(&redirect.from) == Some(true) {
                    let place = place(*line, FROM, &redirect.from);
                    context.problems.warn(place, Note::RedirectFromPage);
                }
                let target = path_of(&redirect.to);
                if target.and_then(|path| pages.has(&path)) == Some(false) {
                    let place = place(*line, TO, &redirect.to);
                    context.problems.warn(place, Note::RedirectToNothing);
                }
            }
        }
        self.listed
            .into_iter()
            .map(|(_, redirect)| redirect)
            .collect()
    }
}

/// The addresses of a catalogue.
struct Pages<'a> {
    products: HashSet<&'a str>,
    collections: HashSet<&'a str>,
    /// The shop's further languages, with which paths may begin.
    languages: Vec<LanguageCode>,
}

impl<'a> Pages<'a> {
    fn of(catalogue: &'a Catalogue, languages: Vec<LanguageCode>) -> Self {
        let products = catalogue.products.iter();
        let collections = products.clone().flat_map(|product| &product.collections);
        Self {
            products: products.map(|product| product.slug.as_str()).collect(),
            collections: collections
                .map(String::as_str)
                .chain([Collections::ALL])
                .collect(),
            languages,
        }
    }

    /// Whether the path is a page of the catalogue; `None` for paths that are no business of it.
    fn has(&self, whole: &str) -> Option<bool> {
        let path = whole;
        let path = self.languages.iter().find_map(|code| {
            let rest = path.strip_prefix('/')?.strip_prefix(code.as_str())?;
            rest.starts_with('/').then_some(rest)
        });
        let path = path.unwrap_or(whole);
        if let Some(slug) = path.strip_prefix("/products/") {
            return Some(self.products.contains(slug));
        }
        let slug = path.strip_prefix("/collections/")?;
        Some(self.collections.contains(slug))
    }
}

fn source(from: &str) -> Result<String, Reason> {
    if from.is_empty() {
        return Err(Reason::Empty);
    }
    if from.len() > URL_BYTES_MAX {
        return Err(Reason::TooManyBytes(URL_BYTES_MAX));
    }
    if !from.starts_with('/') || from.starts_with("//") || from.contains(['?', '#', '\\']) {
        return Err(Reason::RedirectFrom);
    }
    match path_key(from) {
        Some(key) if !key.is_empty() && !key.contains(char::is_control) => Ok(key),
        Some(_) | None => Err(Reason::RedirectFrom),
    }
}

fn check_target(to: &str) -> Result<(), Reason> {
    if to.is_empty() {
        return Err(Reason::Empty);
    }
    if to.len() > URL_BYTES_MAX {
        return Err(Reason::TooManyBytes(URL_BYTES_MAX));
    }
    // Browsers read `//host` and `/\host` as another host.
    let own = to.starts_with('/') && !to.starts_with("//");
    let host = to.strip_prefix("https://").map(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.contains('@') && host.contains(|c: char| c.is_ascii_alphanumeric())
    });
    let strange = |c: char| c.is_control() || c.is_whitespace() || "\\\"<>`".contains(c);
    if !(own || host == Some(true)) || to.contains(strange) {
        return Err(Reason::RedirectTo);
    }
    Ok(())
}

/// As it may stand in a header: what is not ASCII is percent-encoded.
fn encoded(to: &str) -> String {
    percent_encoding::utf8_percent_encode(to, percent_encoding::CONTROLS).to_string()
}

/// The path of a target in this shop, as it is compared.
fn path_of(to: &str) -> Option<String> {
    let path = to.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/').then(|| path_key(path)).flatten()
}

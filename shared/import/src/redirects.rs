//! Addresses that moved: Shopify's export of URL redirects, `Redirect from,Redirect to`.
//!
//! Owns what a row may be. It leads from a path of this shop to another path of it, or to an
//! `https://` address. Lists of years have rows that say it otherwise (a whole address, a path
//! without its first slash, a blank): those are read as what they mean, with a warning. A fault is
//! what has no right answer, and keeps only its row out.
//!
//! Not here: where chains of redirects lead (`routes`), when a redirect is followed
//! (`souk-storefront`): only where nothing else is.

use std::collections::{HashMap, hash_map::Entry};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use souk_catalogue::{Product, Redirect, path_key};

use crate::{
    Note, Place, Reason, Source,
    context::Context,
    limits::{REDIRECTS_MAX, URL_BYTES_MAX},
    place::quoted,
    routes::{Pages, Route, path_of, straighten},
    table::{Broken, Table},
};

const FROM: &str = "Redirect from";
const TO: &str = "Redirect to";

/// What a target may not hold as it is.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ');

/// Parts of the shop in which a query chooses a view of the page that the path names.
const QUERY_IS_A_VIEW: [&str; 4] = ["/products/", "/collections/", "/pages/", "/blogs/"];

/// The redirects of a file, or those that stay.
#[derive(Default)]
pub(crate) struct Redirects {
    routes: Vec<Route>,
}

/// Why a row gives no redirect.
enum Refused {
    Fault(Reason),
    /// Harmless: it has no effect.
    Dropped(Note),
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Fault(reason)
    }
}

fn place(line: Option<u64>, column: &str, value: &str) -> Place {
    Place {
        source: Source::Redirects,
        line,
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
        // The place of each path that moved.
        let mut known: HashMap<String, usize> = HashMap::new();
        while !context.problems.full()
            && let Some((line, cells)) = table.next_row()?
        {
            let get = |column: usize| cells.get(column).unwrap_or_default().trim();
            let (from, to) = (get(from_column), get(to_column));
            let Some(key) = checked(source(from), line, FROM, from, context) else {
                continue;
            };
            let Some(target) = checked(target(to), line, TO, to, context) else {
                continue;
            };
            if redirects.routes.len() == REDIRECTS_MAX {
                let (what, max) = ("redirects", REDIRECTS_MAX);
                return Err((place(Some(line), FROM, from), Reason::TooMany { what, max }));
            }
            match known.entry(key) {
                Entry::Occupied(first) => {
                    let first = &redirects.routes[*first.get()];
                    let first_line = first.line.unwrap_or_default();
                    let place = place(Some(line), FROM, from);
                    if first.redirect.to == target {
                        context
                            .problems
                            .warn(place, Note::RedirectAgain(first_line));
                    } else {
                        context
                            .problems
                            .error(place, Reason::RedirectTwice(first_line));
                    }
                }
                Entry::Vacant(entry) => {
                    let redirect = Redirect {
                        from: entry.key().clone(),
                        to: target,
                    };
                    entry.insert(redirects.routes.len());
                    redirects.routes.push(Route {
                        line: Some(line),
                        redirect,
                    });
                }
            }
        }
        Ok(redirects)
    }

    /// The redirects, each straight to where it leads, with a warning for each that would never be
    /// followed or leads nowhere.
    pub(crate) fn finish(self, products: &[Product], context: &mut Context<'_>) -> Vec<Redirect> {
        let pages = Pages::of(products, &context.options.languages);
        let mut own = Vec::with_capacity(self.routes.len());
        for route in self.routes {
            let Redirect { from, to } = &route.redirect;
            let dropped = if path_of(to).as_ref() == Some(from) {
                Note::RedirectToItself
            } else if pages.has(from) == Some(true) {
                Note::RedirectFromPage
            } else {
                own.push(route);
                continue;
            };
            context
                .problems
                .warn(place(route.line, FROM, from), dropped);
        }
        straighten(own, context)
            .into_iter()
            .map(|Route { line, mut redirect }| {
                let target = path_of(&redirect.to);
                match target.as_ref().and_then(|path| pages.has(path)) {
                    Some(false) => {
                        let place = place(line, TO, &redirect.to);
                        context.problems.warn(place, Note::RedirectToNothing);
                    }
                    // As the page is called: another spelling would be one step more.
                    Some(true) => redirect.to = spelt(&redirect.to, target.as_deref()),
                    None => {}
                }
                redirect
            })
            .collect()
    }
}

/// What a cell says; what is to be said about it goes to the problems.
fn checked(
    read: Result<(String, Option<Note>), Refused>,
    line: u64,
    column: &str,
    cell: &str,
    context: &mut Context<'_>,
) -> Option<String> {
    let place = place(Some(line), column, cell);
    let problems = &mut context.problems;
    match read {
        Ok((text, note)) => {
            if let Some(note) = note {
                problems.warn(place, note);
            }
            Some(text)
        }
        Err(Refused::Fault(reason)) => {
            problems.error(place, reason);
            None
        }
        Err(Refused::Dropped(note)) => {
            problems.warn(place, note);
            None
        }
    }
}

/// The path that moved, as it is compared.
fn source(from: &str) -> Result<(String, Option<Note>), Refused> {
    bounded(from)?;
    if from.contains('*') {
        return Err(Refused::Dropped(Note::RedirectPattern));
    }
    let address = own_path(from).ok_or(Reason::RedirectFrom)?;
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let path = path.split('#').next().unwrap_or_default();
    let query = query.split('#').next().unwrap_or_default();
    if !query.is_empty() && !QUERY_IS_A_VIEW.iter().any(|part| path.starts_with(part)) {
        return Err(Reason::RedirectQuery.into());
    }
    match path_key(path) {
        Some(key) if key.is_empty() => Err(Refused::Dropped(Note::RedirectFromPage)),
        Some(key) if !key.contains(|c: char| c.is_control() || c == '\\') => {
            let note = (path != from).then(|| Note::RedirectPath(path.to_owned()));
            Ok((key, note))
        }
        Some(_) | None => Err(Reason::RedirectFrom.into()),
    }
}

/// An address of this shop from its path on: whole addresses are taken for addresses of the shop, and
/// a path may lack its first slash.
fn own_path(from: &str) -> Option<String> {
    let begins = |scheme: &str| {
        let head = from.get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    if let Some(scheme) = ["https://", "http://"]
        .into_iter()
        .find(|scheme| begins(scheme))
    {
        let rest = &from[scheme.len()..];
        return Some(rest.find('/').map_or("/", |path| &rest[path..]).to_owned());
    }
    if from.starts_with("//") || from.starts_with("/\\") {
        return None;
    }
    match from.starts_with('/') {
        true => Some(from.to_owned()),
        false => is_path_without_slash(from).then(|| format!("/{from}")),
    }
}

/// Whether it is a path: a first part with a dot or a colon would be a host or a scheme.
fn is_path_without_slash(text: &str) -> bool {
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    first.starts_with(char::is_alphanumeric) && !first.contains(['.', ':', '@', '\\'])
}

fn bounded(cell: &str) -> Result<(), Reason> {
    if cell.is_empty() {
        return Err(Reason::Empty);
    }
    match cell.len() <= URL_BYTES_MAX {
        true => Ok(()),
        false => Err(Reason::TooManyBytes(URL_BYTES_MAX)),
    }
}

/// Where it leads, as it may stand in a header: what is not ASCII is percent-encoded.
fn target(to: &str) -> Result<(String, Option<Note>), Refused> {
    bounded(to)?;
    if to.contains(|c: char| c.is_control() || "\\\"<>`".contains(c)) {
        return Err(Reason::RedirectTo.into());
    }
    let is_insecure = to
        .get(.."http://".len())
        .is_some_and(|head| head.eq_ignore_ascii_case("http://"));
    let (read, note): (String, fn(&str) -> Note) = if is_insecure {
        (format!("https://{}", &to["http://".len()..]), |_| {
            Note::Upgraded
        })
    } else if !to.contains(':') && is_path_without_slash(to) {
        (format!("/{to}"), |to| Note::RedirectTarget(to.to_owned()))
    } else {
        (to.to_owned(), |to| Note::RedirectTarget(to.to_owned()))
    };
    // Browsers read `//host` and `/\host` as another host.
    let own = read.starts_with('/') && !read.starts_with("//");
    let host = read.strip_prefix("https://").map(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let strange = |c: char| c == '@' || c.is_whitespace();
        !host.contains(strange) && host.contains(|c: char| c.is_ascii_alphanumeric())
    });
    if !(own || host == Some(true)) {
        return Err(Reason::RedirectTo.into());
    }
    let blanks = read.split_whitespace().collect::<Vec<_>>().join(" ");
    let encoded = utf8_percent_encode(&blanks, ENCODED).to_string();
    let is_changed = read != to || read.contains(char::is_whitespace);
    let note = is_changed.then(|| note(&encoded));
    Ok((encoded, note))
}

/// A target with its path in this spelling.
fn spelt(to: &str, path: Option<&str>) -> String {
    let rest = to.find(['?', '#']).map_or("", |rest| &to[rest..]);
    match path {
        Some("") => format!("/{rest}"),
        Some(path) => format!("{}{rest}", utf8_percent_encode(path, ENCODED)),
        None => to.to_owned(),
    }
}

//! From an access log to a trace: the common and the combined format of web servers, and JSON lines as
//! Cloudflare (Logpush), nginx and Caddy write them.
//!
//! What answers weighed is counted by route ([`Sent`]), where the log has it.
//!
//! Invariant: of a request the trace has its moment, its method and what `route` leaves of its address, and
//! of the client a number. Addresses, names, user agents and referrers are read and forgotten.

mod moments;

use std::collections::BTreeMap;
use std::io::BufRead;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::Value;

use self::moments::{clf_ms, rfc3339_ms};
use crate::route;
use crate::trace::{Act, SaleTerms, Step, Trace};

/// How long before its opening a sale gives tickets, in milliseconds, as in `sale.toml`.
const GATHERS_MS: i64 = 30 * 60 * 1_000;

/// What became of a log.
#[derive(Debug)]
pub struct Recorded {
    /// What is left of it.
    pub trace: Trace,
    /// By route; nothing where the log has no sizes.
    pub sent: BTreeMap<String, Sent>,
    /// Clients.
    pub visitors: usize,
    /// Lines that no shopper has caused, or that may have something of a person.
    pub dropped: usize,
    /// Lines that are no line of a log.
    pub unread: usize,
}

/// What was sent to clients on a route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Answers whose size the log has.
    pub requests: u64,
    /// Of all of them together, with their headers.
    pub bytes: u64,
}

/// A sale that was on, as the staff know it: `ID,OPENS,CLOSES,UNITS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    id: String,
    opens_at_ms: i64,
    closes_at_ms: i64,
    units: u32,
}

impl Sold {
    /// Reads one.
    ///
    /// # Errors
    /// Says what it looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            "ID,OPENS,CLOSES,UNITS, such as \
             drop,2026-11-11T00:00:00+08:00,2026-11-11T02:00:00+08:00,100"
                .to_owned()
        };
        let words: Vec<&str> = text.split(',').collect();
        let [id, opens, closes, units] = words[..] else {
            return Err(wrong());
        };
        let sold = Self {
            id: id.to_owned(),
            opens_at_ms: rfc3339_ms(opens).ok_or_else(wrong)?,
            closes_at_ms: rfc3339_ms(closes).ok_or_else(wrong)?,
            units: units
                .parse()
                .ok()
                .filter(|units| *units > 0)
                .ok_or_else(wrong)?,
        };
        let is_in_order = sold.opens_at_ms < sold.closes_at_ms;
        is_in_order.then_some(sold).ok_or_else(wrong)
    }

    fn from(&self, begins_ms: i64) -> SaleTerms {
        SaleTerms {
            id: self.id.clone(),
            gathers_ms: self.opens_at_ms - begins_ms - GATHERS_MS,
            opens_ms: self.opens_at_ms - begins_ms,
            closes_ms: self.closes_at_ms - begins_ms,
            units: self.units,
        }
    }
}

/// A line of a log.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    at_ms: i64,
    client: String,
    method: String,
    target: String,
    /// Of the answer with its headers.
    bytes: Option<u64>,
}

/// Makes a trace of a log.
///
/// # Errors
/// When it cannot be read, or no line of it is one of a log.
pub fn record(lines: impl BufRead, sales: &[Sold]) -> Result<Recorded> {
    let (mut entries, mut unread) = (Vec::new(), 0);
    for line in lines.lines() {
        let line = line.context("the log is not UTF-8")?;
        match entry(&line) {
            Some(entry) => entries.push(entry),
            None if line.trim().is_empty() => {}
            None => unread += 1,
        }
    }
    if entries.is_empty() {
        bail!("no line is one of an access log: docs/replay.md has the formats");
    }
    // Servers write a request when it is over.
    entries.sort_by_key(|entry| entry.at_ms);
    let begins_ms = entries[0].at_ms;
    let mut visitors: BTreeMap<String, u32> = BTreeMap::new();
    let mut sent: BTreeMap<String, Sent> = BTreeMap::new();
    let (mut steps, mut dropped) = (Vec::new(), 0);
    for entry in entries {
        let is_post = entry.method == "POST";
        let is_read = is_post || ["GET", "HEAD"].contains(&entry.method.as_str());
        let found = route::of(is_post, &entry.target).filter(|_| is_read);
        let Some((route, address)) = found else {
            dropped += 1;
            continue;
        };
        if let Some(bytes) = entry.bytes {
            let of_route = sent.entry(route.name().to_owned()).or_default();
            of_route.requests += 1;
            of_route.bytes += bytes;
        }
        let next = u32::try_from(visitors.len())?;
        steps.push(Step {
            at_ms: entry.at_ms - begins_ms,
            visitor: *visitors.entry(entry.client).or_insert(next),
            act: Act::Request { is_post, address },
        });
    }
    ensure!(
        !steps.is_empty(),
        "no line of the log is a request of a shopper"
    );
    Ok(Recorded {
        trace: Trace {
            sales: sales.iter().map(|sale| sale.from(begins_ms)).collect(),
            steps,
        },
        sent,
        visitors: visitors.len(),
        dropped,
        unread,
    })
}

fn entry(line: &str) -> Option<Entry> {
    let line = line.trim();
    match line.starts_with('{') {
        true => json_entry(&serde_json::from_str(line).ok()?),
        false => clf_entry(line),
    }
}

/// `ADDRESS - NAME [10/Oct/2026:13:55:36 +0200] "GET /path HTTP/1.1" 200 …`
fn clf_entry(line: &str) -> Option<Entry> {
    let (client, rest) = line.split_once(' ')?;
    let (_, rest) = rest.split_once('[')?;
    let (moment, rest) = rest.split_once(']')?;
    let (_, rest) = rest.split_once('"')?;
    let (request, _) = rest.split_once('"')?;
    let mut words = request.split(' ');
    Some(Entry {
        at_ms: clf_ms(moment)?,
        client: client.to_owned(),
        method: words.next()?.to_owned(),
        target: path_of(words.next()?)?,
        // It has the size of the body alone.
        bytes: None,
    })
}

/// Sizes with headers; Caddy has the one of the body alone.
const BYTES: [&str; 2] = ["EdgeResponseBytes", "bytes_sent"];
/// Names of members: those of Cloudflare, of nginx as it is usually set up, and of Caddy.
const MOMENT: [&str; 5] = [
    "EdgeStartTimestamp",
    "time_iso8601",
    "time",
    "timestamp",
    "ts",
];
const METHOD: [&str; 3] = ["ClientRequestMethod", "request_method", "method"];
const TARGET: [&str; 5] = ["ClientRequestURI", "request_uri", "uri", "url", "path"];
const CLIENT: [&str; 4] = ["ClientIP", "remote_addr", "remote_ip", "client"];

fn json_entry(line: &Value) -> Option<Entry> {
    // Caddy has all but the moment in a member of its own.
    let inner = line
        .get("request")
        .filter(|inner| inner.is_object())
        .unwrap_or(line);
    let find = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| inner.get(name).or_else(|| line.get(name)))
    };
    let text = |names: &[&str]| find(names).and_then(Value::as_str).map(str::to_owned);
    Some(Entry {
        at_ms: moment_ms(find(&MOMENT)?)?,
        client: text(&CLIENT)?,
        method: text(&METHOD)?,
        target: path_of(&text(&TARGET)?)?,
        bytes: find(&BYTES).and_then(bytes),
    })
}

/// A number, or the text of one, as nginx writes it in quotes.
fn bytes(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// RFC 3339, or a number of seconds or nanoseconds since 1970.
fn moment_ms(value: &Value) -> Option<i64> {
    /// Seconds after it are nanoseconds: a moment of the year 5138.
    const SECONDS_MAX: f64 = 1e11;
    match value {
        Value::String(text) => rfc3339_ms(text),
        Value::Number(number) => {
            let number = number.as_f64()?;
            let seconds = match number < SECONDS_MAX {
                true => number,
                false => number / 1e9,
            };
            Some((seconds * 1_000.0).round() as i64)
        }
        _ => None,
    }
}

/// The path and the query of a request's target, which may be a whole URL.
fn path_of(target: &str) -> Option<String> {
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |begin| &rest[begin..]),
        None => target,
    };
    let is_plain = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain.then(|| path.to_owned())
}

#[cfg(test)]
mod tests;

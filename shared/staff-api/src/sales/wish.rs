//! What a request may say to change a sale.
//!
//! Every member of another shape has an entry in the problem, with a JSON pointer. Whether sessions and
//! terms fit each other and what is there is for the store for operations to say.

use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value};
use souk_domain::SALE_ITEMS_MAX;
use souk_protocol::operations::{OperationsChange, SaleControl, SaleSession, ScheduledSale};
use souk_protocol::problem::Problem;
use souk_room::schedule::SESSIONS_MAX;

use crate::members::Mistakes;
use crate::request::json;

/// A change that may be sent to the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) change: OperationsChange,
    /// Empty where none is given.
    pub(super) reason: String,
}

/// [`souk_protocol::staff::SetSale`] before its members are looked at; `null` is no member.
#[derive(Deserialize)]
struct Members {
    schedule: Option<Value>,
    control: Option<Value>,
    reason: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Reads a request about a sale.
///
/// # Errors
/// 400 for what is no JSON object, 422 with everything else that is wrong.
pub(super) fn read(sale: &str, request: &Request<Bytes>) -> Result<Wish, Problem> {
    let members: Members = json(request)?;
    let mut mistakes = Mistakes::default();
    mistakes.note_others("", &members.others);
    let change = match (&members.schedule, &members.control) {
        (Some(schedule), None) => {
            let scheduled = scheduled(sale, schedule, &mut mistakes);
            scheduled.map(|scheduled| OperationsChange::Schedule(Box::new(scheduled)))
        }
        (None, Some(wanted)) => {
            let control = control(wanted, &mut mistakes);
            control.map(|control| OperationsChange::Control {
                sale: sale.to_owned(),
                control,
            })
        }
        (None, None) => mistakes.wrong("", "a schedule, or a control"),
        (Some(_), Some(_)) => mistakes.wrong("/control", "either a schedule, or a control"),
    };
    let reason = mistakes.reason(members.reason.as_ref());
    let wish = change.map(|change| Wish { change, reason });
    mistakes.unless_any(wish)
}

fn control(wanted: &Value, mistakes: &mut Mistakes) -> Option<SaleControl> {
    let name = wanted.as_str();
    let mut all = SaleControl::ALL.into_iter();
    let found = all.find(|one| Some(one.name()) == name);
    found.or_else(|| {
        let names = SaleControl::ALL.map(SaleControl::name).join(", ");
        mistakes.wrong("/control", format!("one of {names}"))
    })
}

fn scheduled(sale: &str, schedule: &Value, mistakes: &mut Mistakes) -> Option<ScheduledSale> {
    const BELOW: &str = "/schedule";
    const NAMES: [&str; 5] = [
        "sessions",
        "skus",
        "limit",
        "overbook_permille",
        "buy_within_ms",
    ];
    let object = object(BELOW, schedule, &NAMES, mistakes)?;
    let [sessions, skus, limit, overbook, buy_within] = NAMES.map(|name| object.get(name));
    let sessions = list(BELOW, "sessions", SESSIONS_MAX, sessions, mistakes);
    let sessions = each(&sessions, mistakes, session);
    let skus = list(BELOW, "skus", SALE_ITEMS_MAX, skus, mistakes);
    let skus = each(&skus, mistakes, |pointer, sku, mistakes| {
        let text = sku.as_str().map(str::to_owned);
        text.or_else(|| mistakes.wrong(pointer, "a SKU of the sale"))
    });
    let limit = whole(BELOW, "limit", limit, mistakes);
    let overbook_permille = whole(BELOW, "overbook_permille", overbook, mistakes);
    let buy_within_ms = whole(BELOW, "buy_within_ms", buy_within, mistakes);
    Some(ScheduledSale {
        id: sale.to_owned(),
        sessions: sessions?,
        skus: skus?,
        limit: limit?,
        overbook_permille: overbook_permille?,
        buy_within_ms: buy_within_ms?.into(),
    })
}

fn session(pointer: &str, session: &Value, mistakes: &mut Mistakes) -> Option<SaleSession> {
    const NAMES: [&str; 4] = ["number", "gathers_at", "opens_at", "closes_at"];
    let object = object(pointer, session, &NAMES, mistakes)?;
    let [number, gathers, opens, closes] = NAMES.map(|name| object.get(name));
    let number = whole(pointer, "number", number, mistakes);
    let mut moment_ms = |name: &str, value| mistakes.moment_ms(&format!("{pointer}/{name}"), value);
    let gathers_at_ms = moment_ms("gathers_at", gathers);
    let opens_at_ms = moment_ms("opens_at", opens);
    let closes_at_ms = moment_ms("closes_at", closes);
    Some(SaleSession {
        number: number?,
        gathers_at_ms: gathers_at_ms?,
        opens_at_ms: opens_at_ms?,
        closes_at_ms: closes_at_ms?,
    })
}

/// An object that has no other members than these.
fn object<'v>(
    pointer: &str,
    value: &'v Value,
    names: &[&str],
    mistakes: &mut Mistakes,
) -> Option<&'v Map<String, Value>> {
    let Some(object) = value.as_object() else {
        let detail = format!("an object with {}", names.join(", "));
        return mistakes.wrong(pointer, detail);
    };
    let others = object
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()));
    let others = others.map(|(name, value)| (name.clone(), value.clone()));
    mistakes.note_others(pointer, &others.collect());
    Some(object)
}

/// The items of a list, each with its pointer; none where it is no list of 1 to `max`.
fn list<'v>(
    below: &str,
    name: &str,
    max: usize,
    value: Option<&'v Value>,
    mistakes: &mut Mistakes,
) -> Vec<(String, &'v Value)> {
    let pointer = format!("{below}/{name}");
    let items = value.and_then(Value::as_array);
    let Some(items) = items.filter(|items| (1..=max).contains(&items.len())) else {
        mistakes.note(&pointer, format!("a list with 1 to {max}"));
        return Vec::new();
    };
    let items = items.iter().enumerate();
    items
        .map(|(place, item)| (format!("{pointer}/{place}"), item))
        .collect()
}

/// What every item says; `None` where one of them is wrong, or there is none.
fn each<T>(
    items: &[(String, &Value)],
    mistakes: &mut Mistakes,
    read: impl Fn(&str, &Value, &mut Mistakes) -> Option<T>,
) -> Option<Vec<T>> {
    let read = items
        .iter()
        .map(|(pointer, item)| read(pointer, item, mistakes));
    // All of them are read before one that is wrong ends it.
    let read: Vec<_> = read.collect();
    let all: Option<Vec<_>> = read.into_iter().collect();
    all.filter(|all| !all.is_empty())
}

fn whole(below: &str, name: &str, value: Option<&Value>, mistakes: &mut Mistakes) -> Option<u32> {
    let number = value.and_then(Value::as_u64);
    let number = number.and_then(|number| u32::try_from(number).ok());
    number.or_else(|| mistakes.wrong(&format!("{below}/{name}"), "a whole number"))
}

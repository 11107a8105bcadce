//! The level, the switches and the journal in the staff API.
//!
//! Invariants: a wrong request changes nothing, and a problem says that nothing was changed only where
//! that is known. The journal gets the name of the caller's token.
//!
//! Not here: what a request may say ([`wish`]), the way to the store for operations, which decides by its
//! own clock (`operations`), the rules (`souk_operations`).

mod wish;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use serde::Deserialize;
use souk_ports::{Clock, OperationsClient};
use souk_protocol::operations::{
    AFTER, ChangeOperations, ChangeReply, JOURNAL_MEDIA_TYPE, JOURNAL_PATH, LANGUAGE,
};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, StaffToken};
use souk_service_http::{get, of_type};

use crate::operations::{ask, ask_standing, read, send_change};
use crate::reply::{Failure, Outcome, invalid, reply};
use wish::Wish;

/// The language of effects where none is asked for.
const LANGUAGE_DEFAULT: &str = "en";
/// Longest tag of a language, in bytes.
const LANGUAGE_BYTES_MAX: usize = 35;

/// How everything stands.
pub(crate) async fn standing<O: OperationsClient>(store: &O, query: &str) -> Outcome {
    let standing = ask_standing(store, &language(query)?).await?;
    Ok(reply(staff::READ_SWITCHES, &standing))
}

/// Whether something of the back office is on. It is where the store does not answer: the work of the
/// staff does not depend on it.
pub(crate) async fn is_on<O: OperationsClient>(store: &O, switch: &str) -> bool {
    let standing = ask_standing(store, LANGUAGE_DEFAULT).await;
    let switches = standing.map_or_else(|_| Vec::new(), |standing| standing.switches);
    let known = switches.iter().find(|known| known.switch == switch);
    known.is_none_or(|known| known.state == "on")
}

/// Checks that reports are not closed.
///
/// # Errors
/// When they are.
pub(crate) async fn expect_reports<O: OperationsClient>(store: &O) -> Result<(), Failure> {
    if is_on(store, "reports").await {
        return Ok(());
    }
    let detail = "reports are closed for a while, so that orders come through; orders can be read, \
                  packed and sent as ever";
    Err(Problem::new(ProblemKind::SwitchedOff).detail(detail).into())
}

/// Sets the level or a switch; how everything stands then.
pub(crate) async fn set<O: OperationsClient + Clock>(
    store: &O,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let language = language(request.uri().query().unwrap_or_default())?;
    let Wish { change, reason } = wish::read(request, store.now_ms())?;
    let change = ChangeOperations {
        who: caller.name.clone(),
        reason,
        change,
    };
    let record = match send_change(store, &change).await? {
        ChangeReply::Changed { record } => record,
        // Its clock may be another one than that of this instance.
        ChangeReply::Refused { reason } | ChangeReply::Conflict { reason } => {
            return Err(invalid("", format!("nothing was changed: {reason}")).into());
        }
    };
    match ask_standing(store, &language).await {
        Ok(standing) => Ok(reply(staff::SET_SWITCHES, &standing)),
        Err(failure) => Err(after_change(failure, record)),
    }
}

/// A page of the journal.
pub(crate) async fn journal<O: OperationsClient>(store: &O, query: &str) -> Outcome {
    let after = after(query)?;
    let path = format!("{JOURNAL_PATH}?{AFTER}={after}");
    let records = ask(store, get(&path)).await?.into_body();
    let last = last_of(&records)?;
    let mut response = of_type(StatusCode::OK, JOURNAL_MEDIA_TYPE, records);
    if let Some(last) = last {
        let next = staff::READ_JOURNAL.query(&format!("{AFTER}={last}"));
        let link = format!("<{}>; rel=\"next\"", next.path());
        let link = HeaderValue::from_str(&link).expect("a path and a number are ASCII");
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// What is read of the last record of a page.
#[derive(Deserialize)]
struct Numbered {
    seq: u64,
}

/// The number of the last record; `None` where there is none.
fn last_of(records: &[u8]) -> Result<Option<u64>, Failure> {
    let last = records
        .trim_ascii_end()
        .rsplit(|&byte| byte == b'\n')
        .next();
    match last.unwrap_or_default() {
        [] => Ok(None),
        last => Ok(Some(read::<Numbered>(last)?.seq)),
    }
}

/// The change is made, and how everything stands could not be read.
fn after_change(failure: Failure, record: u64) -> Failure {
    match failure {
        Failure::Port(error) => {
            let detail = format!(
                "it was changed, with record {record} of the journal; how everything stands could \
                 not be read"
            );
            let problem = Problem::new(ProblemKind::Unavailable).detail(detail);
            Failure::Write(error, Box::new(problem))
        }
        other => other,
    }
}

/// The language of effects that a query asks for.
fn language(query: &str) -> Result<String, Problem> {
    let Some(language) = parameter(query, LANGUAGE)? else {
        return Ok(LANGUAGE_DEFAULT.to_owned());
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match language.len() {
        1..=LANGUAGE_BYTES_MAX if language.bytes().all(is_plain) => Ok(language),
        _ => Err(wrong(LANGUAGE, "the tag of a language, such as de")),
    }
}

/// The number of the record after which a page begins.
fn after(query: &str) -> Result<u64, Problem> {
    let Some(after) = parameter(query, AFTER)? else {
        return Ok(0);
    };
    let number = after.parse().ok().filter(|number| *number < 1 << 53);
    number.ok_or_else(|| wrong(AFTER, "the number of a record, or 0"))
}

/// The value of the only parameter that a query may have.
fn parameter(query: &str, wanted: &str) -> Result<Option<String>, Problem> {
    let mut found = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != wanted {
            return Err(wrong(&name, "there is no such parameter"));
        }
        found = Some(value.into_owned());
    }
    Ok(found)
}

fn wrong(parameter: &str, detail: &str) -> Problem {
    invalid(&format!("?{parameter}"), detail.to_owned()).with_status(400)
}

//! What is measured, in the staff API.
//!
//! Not here: the way to the store for operations (`operations`), which signals there are
//! (`souk_operations`).

use souk_ports::OperationsClient;
use souk_protocol::samples::{SIGNALS_PATH, SINCE, SignalsStanding, WATCH_PATH};
use souk_protocol::staff;
use souk_service_http::{get, post};

use crate::operations::{ask, read as read_body};
use crate::reply::{Failure, Outcome, invalid, reply};

/// The parameter of one who looks on.
const WATCH: &str = "watch";

/// What a query asks for.
#[derive(Default)]
struct Asked {
    since_s: Option<i64>,
    watches: bool,
}

/// The signals; edges are asked to report where a person looks on.
pub(crate) async fn read<O: OperationsClient>(store: &O, query: &str) -> Outcome {
    let asked = asked(query)?;
    if asked.watches {
        ask(store, post(WATCH_PATH, "")).await?;
    }
    let since = asked.since_s.map(|since_s| format!("?{SINCE}={since_s}"));
    let path = format!("{SIGNALS_PATH}{}", since.unwrap_or_default());
    let answer = ask(store, get(&path)).await?;
    let standing: SignalsStanding = read_body(answer.body()).map_err(Failure::from)?;
    Ok(reply(staff::READ_SIGNALS, &standing))
}

fn asked(query: &str) -> Result<Asked, Failure> {
    let mut asked = Asked::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.as_ref()) {
            (SINCE, since) => {
                let since_s = since.parse().ok().filter(|since_s| *since_s >= 0);
                let wrong = "the number of a second since 1970";
                asked.since_s = Some(since_s.ok_or_else(|| refused(SINCE, wrong))?);
            }
            (WATCH, "true") => asked.watches = true,
            (WATCH, "false") => asked.watches = false,
            (WATCH, _) => return Err(refused(WATCH, "true or false")),
            (name, _) => return Err(refused(name, "there is no such parameter")),
        }
    }
    Ok(asked)
}

fn refused(parameter: &str, detail: &str) -> Failure {
    let problem = invalid(&format!("?{parameter}"), detail.to_owned());
    problem.with_status(400).into()
}

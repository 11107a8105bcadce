//! How many requests a client may send, in the staff API.
//!
//! Not here: which classes there are and what is possible (the store for operations says it).

use bytes::Bytes;
use http::Request;
use souk_ports::OperationsClient;
use souk_protocol::operations::{ChangeOperations, ChangeReply, OperationsChange};
use souk_protocol::staff::{self, SetLimits, StaffToken};

use crate::operations::{ask_standing, send_change};
use crate::reply::{Outcome, invalid, reply};
use crate::request::body;

/// Effects of switches, which are read beside the limits, are not shown here.
const LANGUAGE: &str = "en";

/// How they are.
pub(crate) async fn list<O: OperationsClient>(store: &O) -> Outcome {
    let standing = ask_standing(store, LANGUAGE).await?;
    Ok(reply(staff::READ_LIMITS, &standing.limits))
}

/// Sets them; how they are then.
pub(crate) async fn set<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let SetLimits { limits, reason } = body(staff::SET_LIMITS, request)?;
    let change = ChangeOperations {
        who: caller.name.clone(),
        reason: reason.unwrap_or_default(),
        change: OperationsChange::Limits { limits },
    };
    match send_change(store, &change).await? {
        ChangeReply::Changed { .. } => {}
        ChangeReply::Refused { reason } | ChangeReply::Conflict { reason } => {
            return Err(invalid("/limits", format!("nothing was changed: {reason}")).into());
        }
    }
    let standing = ask_standing(store, LANGUAGE).await?;
    Ok(reply(staff::SET_LIMITS, &standing.limits))
}

//! What levels 1 to 3 switch, in the staff API.
//!
//! Not here: what is possible (the store for operations says it), how a ladder is measured (`souk`).

use bytes::Bytes;
use http::Request;
use souk_ports::OperationsClient;
use souk_protocol::operations::{ChangeOperations, ChangeReply, OperationsChange};
use souk_protocol::staff::{self, SetLadder, StaffToken};

use crate::operations::{ask_standing, send_change};
use crate::reply::{Outcome, invalid, reply};
use crate::request::body;

/// Effects of switches, which are read beside the ladder, are not shown here.
const LANGUAGE: &str = "en";

/// How it is.
pub(crate) async fn list<O: OperationsClient>(store: &O) -> Outcome {
    let standing = ask_standing(store, LANGUAGE).await?;
    Ok(reply(staff::READ_LADDER, &standing.ladder))
}

/// Sets it; how it is then.
pub(crate) async fn set<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let SetLadder { rungs, reason } = body(staff::SET_LADDER, request)?;
    let change = ChangeOperations {
        who: caller.name.clone(),
        reason: reason.unwrap_or_default(),
        change: OperationsChange::Ladder { rungs },
    };
    match send_change(store, &change).await? {
        ChangeReply::Changed { .. } => {}
        ChangeReply::Refused { reason } | ChangeReply::Conflict { reason } => {
            return Err(invalid("/rungs", format!("nothing was changed: {reason}")).into());
        }
    }
    let standing = ask_standing(store, LANGUAGE).await?;
    Ok(reply(staff::SET_LADDER, &standing.ladder))
}

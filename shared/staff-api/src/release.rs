//! Releases of the storefront, in the staff API.
//!
//! Not here: which shoppers get which build (the storefront), when a release is taken back (the store for
//! operations).

use bytes::Bytes;
use http::Request;
use souk_ports::OperationsClient;
use souk_protocol::operations::OperationsChange;
use souk_protocol::release::{RELEASE_PATH, ReleaseStanding, ReleaseWish};
use souk_protocol::staff::{self, SetRelease, StaffToken};
use souk_service_http::get;

use crate::operations::{ask, change_by, read};
use crate::reply::{Failure, Outcome, invalid, reply};
use crate::request::body;

/// How they stand.
pub(crate) async fn show<O: OperationsClient>(store: &O) -> Outcome {
    Ok(reply(staff::READ_RELEASE, &standing(store).await?))
}

/// Begins, changes or ends one; how they stand then.
pub(crate) async fn set<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let asked = body(staff::SET_RELEASE, request)?;
    let SetRelease {
        next,
        share,
        promote,
        rollback,
        reason,
    } = asked;
    let wish = match (next, share, promote, rollback) {
        (Some(next), None, None, None) => ReleaseWish::Next(next),
        (None, Some(share), None, None) => ReleaseWish::Share(share),
        (None, None, Some(true), None) => ReleaseWish::Promote,
        (None, None, None, Some(true)) => ReleaseWish::Rollback,
        _ => {
            let detail = "one of next, share, promote and rollback; the last two are true";
            return Err(invalid("", detail.to_owned()).into());
        }
    };
    let change = OperationsChange::Release(wish);
    change_by(store, caller, reason, change).await?;
    Ok(reply(staff::SET_RELEASE, &standing(store).await?))
}

async fn standing<O: OperationsClient>(store: &O) -> Result<ReleaseStanding, Failure> {
    let answer = ask(store, get(RELEASE_PATH)).await?;
    read(answer.body()).map_err(Failure::from)
}

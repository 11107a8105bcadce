//! Steps of publishing: the origin decides which version is published, the store shows it.

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;
use souk_catalogue::FORMAT;
use souk_ports::{Desk, PortError};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{
    Pointer, Publication, PublicationChange, PublicationReply, Publications,
};
use souk_protocol::{keys, trade};
use souk_service_http::{get, json, json_bytes, post};

use crate::staff::{Failure, Outcome, passed_on};

/// Two staff members who publish at the same moment may write the pointer in another order than
/// the origin decided; whoever wrote looks again, at most this often.
const POINTER_WRITES_MAX: u32 = 5;

pub(crate) async fn step<D: Desk>(desk: &D, body: &Bytes) -> Outcome {
    let change: PublicationChange = serde_json::from_slice(body).map_err(|error| {
        Problem::new(ProblemKind::InvalidRequest)
            .with_status(400)
            .detail(error.to_string())
    })?;
    let reply = match &change {
        PublicationChange::Begin { format, .. } if *format != FORMAT => {
            let detail = format!(
                "this shop reads catalogue format {FORMAT}, not {format}: update the tool, or deploy"
            );
            return Err(Problem::new(ProblemKind::Conflict).detail(detail).into());
        }
        PublicationChange::Begin { .. } => ask(desk, body).await?,
        PublicationChange::Activate { version, .. } => activate(desk, body, *version).await?,
        PublicationChange::Drop { version, .. } => {
            let reply = ask(desk, body).await?;
            if matches!(reply, PublicationReply::Done { .. }) {
                desk.delete(&keys::version(*version)).await?;
            }
            reply
        }
    };
    Ok(json(&reply))
}

async fn activate<D: Desk>(
    desk: &D,
    body: &Bytes,
    version: u64,
) -> Result<PublicationReply, Failure> {
    let known: Publications = publications(desk).await?;
    let Some(publication) = known.versions.iter().find(|known| known.version == version) else {
        return Ok(PublicationReply::Unknown);
    };
    if desk
        .read(&keys::blob(&publication.manifest))
        .await?
        .is_none()
    {
        return Ok(PublicationReply::Unknown);
    }
    let reply = ask(desk, body).await?;
    let PublicationReply::Done { publication } = &reply else {
        return Ok(reply);
    };
    let mut shown = publication.clone();
    for _ in 0..POINTER_WRITES_MAX {
        show(desk, &shown).await?;
        let decided: Publications = publications(desk).await?;
        let current = decided
            .versions
            .into_iter()
            .find(|known| Some(known.version) == decided.current);
        match current {
            Some(current) if current != shown => shown = current,
            Some(_) | None => return Ok(reply),
        }
    }
    Ok(reply)
}

/// Writes the pointers: that of the version, for cursors, and that of the shop.
async fn show<D: Desk>(desk: &D, publication: &Publication) -> Result<(), PortError> {
    let pointer = Pointer {
        format: publication.format,
        version: publication.version,
        manifest: publication.manifest.clone(),
        activated_at_ms: publication
            .activated_at_ms
            .unwrap_or(publication.begun_at_ms),
    };
    let pointer = json_bytes(&pointer);
    desk.write(&keys::version(publication.version), pointer.clone())
        .await?;
    desk.write(keys::CURRENT, pointer).await
}

async fn ask<D: Desk>(desk: &D, body: &Bytes) -> Result<PublicationReply, Failure> {
    read(desk, post(trade::PUBLICATIONS_PATH, body.clone())).await
}

async fn publications<D: Desk>(desk: &D) -> Result<Publications, Failure> {
    read(desk, get(trade::PUBLICATIONS_PATH)).await
}

async fn read<D: Desk, T: DeserializeOwned>(
    desk: &D,
    request: Request<Bytes>,
) -> Result<T, Failure> {
    let response = passed_on(desk.send(request).await?)?;
    serde_json::from_slice(response.body())
        .map_err(|error| PortError::Transient(format!("the origin's reply: {error}")).into())
}

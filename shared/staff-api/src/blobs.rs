//! Values of the key-value store that are named by the hash of their content: blobs of the catalogue
//! and media.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_catalogue::Hash;
use souk_ports::BackOffice;
use souk_protocol::keys;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_service_http::{Miss, empty};

use crate::in_use::refuse_if_used;
use crate::insights;
use crate::reply::Outcome;

/// Longest key of a value, in bytes.
const KEY_BYTES_MAX: usize = 255;

/// A value of the key-value store that is named by the hash of its content.
pub(crate) struct Named {
    key: String,
    hash: Hash,
}

/// A blob of the catalogue, by its hash.
pub(crate) fn blob(name: &str) -> Result<Named, Miss> {
    named(Hash::parse(name), keys::blob(name))
}

/// A media file, by its name.
pub(crate) fn media(name: &str) -> Result<Named, Miss> {
    let hash = name.split_once('.').and_then(|(hash, _)| Hash::parse(hash));
    named(hash, keys::media(name))
}

fn named(hash: Option<Hash>, key: String) -> Result<Named, Miss> {
    match hash {
        Some(hash) if key.len() <= KEY_BYTES_MAX => Ok(Named { key, hash }),
        Some(_) | None => Err(Miss::Path),
    }
}

pub(crate) async fn read<D: BackOffice>(back_office: &D, named: &Named) -> Outcome {
    read_key(back_office, &named.key).await
}

/// The value of any key.
pub(crate) async fn read_key<D: BackOffice>(back_office: &D, key: &str) -> Outcome {
    match back_office.read(key).await? {
        Some(blob) => Ok(Response::new(blob)),
        None => Err(Problem::new(ProblemKind::NotFound).into()),
    }
}

pub(crate) async fn write<D: BackOffice>(back_office: &D, named: &Named, body: Bytes) -> Outcome {
    if Hash::of(&body) != named.hash {
        let detail = "the content has another hash than its name: it was damaged on its way";
        let problem = Problem::new(ProblemKind::InvalidRequest).detail(detail);
        return Err(problem.into());
    }
    back_office.write(&named.key, body).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Deletes a blob of the catalogue that no version of it and of the insights needs.
pub(crate) async fn delete_blob<D: BackOffice>(back_office: &D, named: &Named) -> Outcome {
    refuse_if_used(back_office, &named.hash).await?;
    insights::refuse_if_used(back_office, &named.hash).await?;
    delete(back_office, named).await
}

pub(crate) async fn delete<D: BackOffice>(back_office: &D, named: &Named) -> Outcome {
    back_office.delete(&named.key).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

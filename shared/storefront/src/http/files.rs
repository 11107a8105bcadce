//! Files that the shop serves itself: the stylesheet and the script of its pages, and pictures.

use http::StatusCode;
use souk_pages::assets;
use souk_ports::Edge;
use souk_protocol::keys;

use crate::catalogue::error::ReadError;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};

/// A file that a page refers to.
pub(crate) fn asset(name: &str) -> Outcome {
    let asset = assets::find(name).ok_or(Failure::NotFound)?;
    Ok(reply::body(
        StatusCode::OK,
        asset.content_type,
        CachePolicy::Immutable,
        asset.bytes,
    ))
}

impl<E: Edge> Shop<'_, E> {
    /// A picture that the shop serves itself.
    pub(crate) async fn media(&self, name: &str) -> Outcome {
        let Some(content_type) = media_type(name) else {
            return Err(Failure::NotFound);
        };
        match self.tiers().read(&keys::media(name)).await {
            Ok(file) => Ok(reply::body(
                StatusCode::OK,
                content_type,
                CachePolicy::Immutable,
                file,
            )),
            Err(ReadError::Missing(_)) => Err(Failure::NotFound),
            Err(error) => Err(error.into()),
        }
    }
}

/// The type of a media file, by its name: 32 hexadecimal digits and a known extension.
fn media_type(name: &str) -> Option<&'static str> {
    let (hash, extension) = name.split_once('.')?;
    souk_catalogue::Hash::parse(hash)?;
    Some(match extension {
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        _ => return None,
    })
}

//! Files that the shop serves itself: the stylesheet and the script of its pages, and pictures.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use souk_pages::assets::{self, Asset, Found};
use souk_ports::Edge;
use souk_protocol::keys;
use souk_shop::ThemeBlob;

use crate::catalogue::error::ReadError;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};

impl<E: Edge> Shop<'_, E> {
    /// A file that a page refers to: one of the program, or the stylesheet in the looks of a theme.
    pub(crate) async fn asset(&self, name: &str) -> Outcome {
        let policy = CachePolicy::Immutable;
        let hash = match assets::find(name) {
            None => return Box::pin(self.file_of_release()).await,
            Some(Found::Asset(asset)) => {
                let Asset {
                    content_type,
                    bytes,
                } = asset;
                return Ok(reply::body(StatusCode::OK, content_type, policy, bytes));
            }
            Some(Found::Themed(hash)) => hash,
        };
        let blob = match self.tiers().read(&keys::blob(hash)).await {
            Ok(blob) => blob,
            Err(ReadError::Missing(_)) => return Err(Failure::NotFound),
            Err(error) => return Err(error.into()),
        };
        // Every other blob has a name too, and is no stylesheet.
        let theme = ThemeBlob::decode(&blob).map_err(|_| Failure::NotFound)?;
        let content_type = "text/css; charset=utf-8";
        Ok(reply::body(
            StatusCode::OK,
            content_type,
            policy,
            assets::themed(&theme),
        ))
    }

    /// A picture that the shop serves itself.
    pub(crate) async fn media(&self, name: &str) -> Outcome {
        let Some(content_type) = media_type(name) else {
            return Err(Failure::NotFound);
        };
        match self.tiers().read(&keys::media(name)).await {
            Ok(file) => {
                let policy = CachePolicy::Immutable;
                let mut response = reply::body(StatusCode::OK, content_type, policy, file);
                make_inert(response.headers_mut());
                Ok(response)
            }
            Err(ReadError::Missing(_)) => Err(Failure::NotFound),
            Err(error) => Err(error.into()),
        }
    }
}

/// A file of a supplier is a picture and nothing more, also where a browser opens it by itself: an
/// SVG runs no script, loads nothing and has no part in the shop's origin, and is saved rather than
/// shown. Within a page it is a picture as before.
fn make_inert(headers: &mut HeaderMap) {
    let is_svg = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == SVG.as_bytes());
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if is_svg {
        let save = HeaderValue::from_static("attachment");
        headers.insert(header::CONTENT_DISPOSITION, save);
    }
}

/// The type of pictures that are documents too.
const SVG: &str = "image/svg+xml";

/// The type of a media file, by its name: 32 hexadecimal digits and a known extension.
fn media_type(name: &str) -> Option<&'static str> {
    let (hash, extension) = name.split_once('.')?;
    souk_catalogue::Hash::parse(hash)?;
    Some(match extension {
        "svg" => SVG,
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_no_active_document() {
        let hash = "0".repeat(32);
        for (extension, disposition) in [("svg", Some("attachment")), ("png", None)] {
            let kind = media_type(&format!("{hash}.{extension}")).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            make_inert(&mut headers);
            let policy = &headers[header::CONTENT_SECURITY_POLICY];
            assert_eq!(policy, "default-src 'none'; sandbox", "{extension}");
            let found = headers.get(header::CONTENT_DISPOSITION);
            let found = found.map(|value| value.to_str().unwrap());
            assert_eq!(found, disposition, "{extension}");
        }
    }
}

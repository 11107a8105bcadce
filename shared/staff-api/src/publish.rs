//! Steps of publishing: the origin decides which version of a format is published, the store shows
//! it.
//!
//! A format is a number here and nothing else: what it means is for the tool that builds the blobs
//! and for the storefront that reads them. So a publish in a newer format goes through an older
//! back office, beside the version that an older storefront reads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use souk_catalogue::{DecodeError, FORMAT, Hash, Manifest};
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::origin;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{
    self, Pointer, Publication, PublicationChange, PublicationReply, Publications,
};
use souk_service_http::{get, json_bytes, post};

use crate::origin::{passed_on, read};
use crate::reply::{Failure, Outcome, reply};
use crate::request::body;

/// Two staff members who publish at the same moment may write the pointer in another order than the
/// origin decided; each of them reads it again after writing, at most this often.
const POINTER_WRITES_MAX: u32 = 5;
/// Hexadecimal digits of a stamp (`souk_pricing::Stamp`): 64 bits.
const STAMP_DIGITS: usize = 16;

pub(crate) async fn step<D: BackOffice>(back_office: &D, request: &Request<Bytes>) -> Outcome {
    let change = body(staff::PUBLISH, request)?;
    let body = request.body();
    let outcome = match &change {
        PublicationChange::Begin { .. } => ask(back_office, body).await?,
        PublicationChange::Activate { version, .. } => {
            activate(back_office, body, *version).await?
        }
        PublicationChange::Drop { version, .. } => {
            let reply = ask(back_office, body).await?;
            if let PublicationReply::Done { publication } = &reply {
                back_office
                    .delete(&keys::version(publication.format, *version))
                    .await?;
            }
            reply
        }
    };
    Ok(reply(staff::PUBLISH, &outcome))
}

async fn activate<D: BackOffice>(
    back_office: &D,
    body: &Bytes,
    version: u64,
) -> Result<PublicationReply, Failure> {
    let known: Publications = publications(back_office).await?;
    let Some(publication) = known.versions.iter().find(|known| known.version == version) else {
        return Ok(PublicationReply::Unknown);
    };
    if back_office
        .read(&keys::blob(&publication.manifest))
        .await?
        .is_none()
    {
        return Ok(PublicationReply::Unknown);
    }
    let reply = ask(back_office, body).await?;
    let PublicationReply::Done { publication } = &reply else {
        return Ok(reply);
    };
    let mut shown = publication.clone();
    let mut decided = known;
    for _ in 0..POINTER_WRITES_MAX {
        // What was published until now has not got its moment of retirement in the list before.
        let before = match decided.published(shown.format) {
            Some(current) if current.version != shown.version => Some(current),
            Some(_) | None => decided.before(&shown),
        };
        let before = before.map(|before| before.version);
        // First the origin: an edge that has the new terms before it would have to wait.
        send_terms(back_office, &shown).await?;
        show(back_office, &shown, before).await?;
        decided = publications(back_office).await?;
        match decided.published(shown.format) {
            Some(current) if *current != shown => shown = current.clone(),
            Some(_) | None => return Ok(reply),
        }
    }
    Ok(reply)
}

/// Sends the origin what a version says about orders. A version in another format, or without the
/// shop's settings, says nothing: the terms before stay.
async fn send_terms<D: BackOffice>(
    back_office: &D,
    publication: &Publication,
) -> Result<(), Failure> {
    if publication.format != FORMAT {
        return Ok(());
    }
    let damaged = |error: DecodeError| -> Failure {
        let version = publication.version;
        let detail = format!("version {version} is damaged, publish it again: {error}");
        Problem::new(ProblemKind::Conflict).detail(detail).into()
    };
    let Some(manifest) = back_office.read(&keys::blob(&publication.manifest)).await? else {
        return Ok(());
    };
    let manifest = Manifest::decode(&manifest).map_err(damaged)?;
    let Some(orders) = manifest.terms else {
        return Ok(());
    };
    let prices = match manifest.pricing {
        Some(hash) => Some((hash, price_terms(back_office, hash).await?)),
        None => None,
    };
    let request = post(origin::TERMS_PATH, set_terms(&orders, prices));
    passed_on(back_office.send(request).await?)?;
    Ok(())
}

/// The blob of a version's terms of prices.
async fn price_terms<D: BackOffice>(back_office: &D, hash: Hash) -> Result<Bytes, Failure> {
    let blob = back_office.read(&keys::blob(hash.to_string())).await?;
    blob.ok_or_else(|| {
        let detail = "the version's terms of prices are not there, publish it again";
        Problem::new(ProblemKind::Conflict).detail(detail).into()
    })
}

/// An [`origin::SetTerms`]. What the version says about orders is JSON already, and the stamp of its
/// terms of prices is how the hash of their blob begins: nothing of it has to be read here.
fn set_terms(orders: &str, prices: Option<(Hash, Bytes)>) -> String {
    let prices = prices.map_or(String::new(), |(hash, blob)| {
        let (name, blob) = (hash.to_string(), STANDARD.encode(blob));
        let stamp = &name[..STAMP_DIGITS];
        format!(r#","prices":{{"stamp":"{stamp}","blob":"{blob}"}}"#)
    });
    format!(r#"{{"orders":{orders}{prices}}}"#)
}

/// Writes the pointers of the format: that of the version, for cursors, and that of the shop.
async fn show<D: BackOffice>(
    back_office: &D,
    publication: &Publication,
    before: Option<u64>,
) -> Result<(), PortError> {
    let pointer = Pointer {
        version: publication.version,
        manifest: publication.manifest.clone(),
        activated_at_ms: publication
            .activated_at_ms
            .unwrap_or(publication.begun_at_ms),
        before,
    };
    let pointer = json_bytes(&pointer);
    let Publication {
        format, version, ..
    } = *publication;
    back_office
        .write(&keys::version(format, version), pointer.clone())
        .await?;
    back_office.write(&keys::current(format), pointer).await
}

async fn ask<D: BackOffice>(back_office: &D, body: &Bytes) -> Result<PublicationReply, Failure> {
    let request = post(origin::PUBLICATIONS_PATH, body.clone());
    read(passed_on(back_office.send(request).await?)?.body())
}

/// Every version that the origin knows.
pub(crate) async fn publications<D: BackOffice>(back_office: &D) -> Result<Publications, Failure> {
    let request = get(origin::PUBLICATIONS_PATH);
    read(passed_on(back_office.send(request).await?)?.body())
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::{PaymentMethod, PriceTerms, PublishedTerms, SetTerms};

    use super::*;

    #[test]
    fn what_a_version_says_is_sent_with_its_terms_of_prices() {
        let orders = PublishedTerms {
            stamp: "0123456789abcdef".to_owned(),
            payment_methods: vec![PaymentMethod::Card],
            express_fee: Some(900),
            card_hold_ms: 1,
            transfer_hold_ms: 2,
        };
        let read = |prices| {
            let text = set_terms(&orders.to_json(), prices);
            serde_json::from_str::<SetTerms>(&text).expect("a shape of the protocol")
        };
        let without = SetTerms {
            orders: orders.clone(),
            prices: None,
            revoked: Vec::new(),
        };
        assert_eq!(read(None), without);
        let blob = Bytes::from_static(b"terms");
        let with = SetTerms {
            prices: Some(PriceTerms {
                stamp: blake3::hash(&blob).to_hex()[..16].to_owned(),
                blob: "dGVybXM=".to_owned(),
            }),
            ..without
        };
        assert_eq!(read(Some((Hash::of(&blob), blob))), with);
    }
}

//! What the shop shows now: what a publish is compared with.
//!
//! Not here: the files that it comes from, which stay where a folder or an export says nothing
//! ([`crate::folder`]).

use std::collections::BTreeMap;

use anyhow::Result;
use souk_catalogue::{Collection, Collections, FORMAT, Product, Redirect, RedirectSegment, Sale};
use souk_protocol::staff::{self, Publication};

use super::offers::OfferContext;
use super::published::{Published, products};
use crate::client::{StaffClient, is_unreadable};

/// What the shop shows now; all of it empty where nothing is published.
#[derive(Default)]
pub(crate) struct Standing {
    pub(crate) current: Option<Publication>,
    pub(crate) published: Option<Published>,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) shop: ShopWide,
}

/// What a version says beside its products.
#[derive(Default)]
pub(crate) struct ShopWide {
    /// ISO 4217 code; none where nothing is published.
    pub(crate) currency: Option<String>,
    pub(crate) collections: Vec<Collection>,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) sales: Vec<Sale>,
    /// What the facts of its offers depend on.
    pub(crate) offers: Option<OfferContext>,
}

impl Standing {
    /// Reads the published version; nothing of it where it cannot be read, so that everything counts
    /// as new: a store that has lost a blob can be published into. A version in another format
    /// cannot be compared either: the first publish in this format sends everything, and leaves the
    /// other version published.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub(crate) fn read(client: &StaffClient) -> Result<Self> {
        let known = client.get(staff::LIST_PUBLICATIONS)?;
        let Some(current) = known.published(FORMAT).cloned() else {
            return Ok(Self::default());
        };
        let read = || {
            let published = Published::read(client, &current)?;
            let products = products(&published.segments, |hash| client.blob(hash))?;
            let shop = ShopWide::read(client, &published)?;
            Ok((published, products, shop))
        };
        match read() {
            Ok((published, products, shop)) => Ok(Self {
                current: Some(current),
                published: Some(published),
                products,
                shop,
            }),
            Err(error) if is_unreadable(&error) => {
                eprintln!(
                    "warning: the published version {} cannot be read, so everything counts as new \
                     and is sent again, and nothing of it is kept; SKUs that only it has stay on \
                     sale: {error:#}",
                    current.version
                );
                Ok(Self {
                    current: Some(current),
                    ..Self::default()
                })
            }
            Err(error) => Err(error),
        }
    }
}

impl ShopWide {
    /// What a published version says.
    ///
    /// # Errors
    /// When the shop does not answer, or has lost a blob.
    pub(crate) fn read(client: &StaffClient, published: &Published) -> Result<Self> {
        let manifest = &published.manifest;
        let collections = Collections::decode(&client.blob(manifest.collections)?)?;
        let mut redirects = Vec::new();
        for &segment in manifest.redirects.iter().flatten() {
            let blob = client.blob(segment)?;
            redirects.extend(RedirectSegment::decode(&blob)?.redirects());
        }
        let sales = manifest.sales.iter();
        let sales = sales.map(|(_, hash)| -> Result<Sale> {
            let blob = client.blob(*hash)?;
            Ok(Sale::decode(&blob)?)
        });
        Ok(Self {
            sales: sales.collect::<Result<_>>()?,
            currency: Some(manifest.currency.clone()),
            collections: collections.collections,
            redirects,
            offers: OfferContext::read(client, manifest)?,
        })
    }
}

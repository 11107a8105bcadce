//! A version that the shop has, read back through the staff API as far as it is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use souk_catalogue::{
    Collections, DirectoryPage, FORMAT, Hash, ListingIndex, Manifest, Product, ProductSegment,
};
use souk_protocol::staff::Publication;

use super::parallel::parallel;
use crate::client::StaffClient;

/// Blobs that are read at the same time.
const READS: usize = 8;

/// The names of every blob of a version.
pub(crate) struct Published {
    pub(crate) manifest: Manifest,
    /// Product segments.
    pub(crate) segments: BTreeSet<Hash>,
    /// Everything else, the manifest among it.
    pub(crate) others: BTreeSet<Hash>,
}

impl Published {
    /// Reads the directory and the listings of a version, not its products.
    pub(crate) fn read(client: &StaffClient, publication: &Publication) -> Result<Self> {
        let (version, format) = (publication.version, publication.format);
        ensure!(
            format == FORMAT,
            "version {version} has catalogue format {format}, this tool reads {FORMAT}"
        );
        let head = Hash::parse(&publication.manifest).context("the manifest's name is no hash")?;
        let manifest = Manifest::decode(&client.blob(head)?)?;
        let mut others = BTreeSet::from([head, manifest.collections]);
        let mut segments = BTreeSet::new();
        for &page in &manifest.directory {
            others.insert(page);
            segments.extend(DirectoryPage::decode(&client.blob(page)?)?.segments());
        }
        others.extend(manifest.redirects.iter().flatten());
        for collection in Collections::decode(&client.blob(manifest.collections)?)?.collections {
            others.extend(collection.facets);
            for index in collection.listings {
                others.insert(index);
                let index = ListingIndex::decode(&client.blob(index)?)?;
                others.extend(index.chunks.into_iter().map(|(chunk, _)| chunk));
                others.extend(index.blocks.into_iter().map(|block| block.hash));
            }
        }
        Ok(Self {
            manifest,
            segments,
            others,
        })
    }

    /// Whether the version has this blob.
    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.segments.contains(hash) || self.others.contains(hash)
    }
}

/// The products of some segments, by slug.
pub(crate) fn products<'a>(
    segments: impl IntoIterator<Item = &'a Hash>,
    blob: impl Fn(Hash) -> Result<Vec<u8>> + Sync,
) -> Result<BTreeMap<String, Product>> {
    let segments: Vec<_> = segments.into_iter().copied().collect();
    let products = Mutex::new(BTreeMap::new());
    parallel("Reading what is published", READS, &segments, |&segment| {
        let read = ProductSegment::decode(&blob(segment)?)?.products()?;
        let read = read
            .into_iter()
            .map(|product| (product.slug.clone(), product));
        let mut products = products
            .lock()
            .expect("no thread panics while it holds the lock");
        products.extend(read);
        Ok(())
    })?;
    Ok(products
        .into_inner()
        .expect("no thread panics while it holds the lock"))
}

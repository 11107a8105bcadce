//! The files that the published version comes from.

use std::sync::Mutex;

use anyhow::{Context, Result};
use souk_catalogue::{Attached, FORMAT, Hash, Manifest};
use souk_protocol::staff;
use souk_shop::{ContentIndex, Shop};
use souk_shop_folder::{Files, Sources};

use crate::catalogue::parallel::parallel;
use crate::client::{StaffClient, is_unreadable};

/// Files that are read at the same time.
const READS: usize = 8;

/// The published version, as far as its files are concerned.
pub(super) struct PublishedFolder {
    pub(super) version: u64,
    /// The settings; absent in a version of products only.
    pub(super) shop: Option<Shop>,
    /// Its documents.
    pub(super) content: Option<ContentIndex>,
    sources: Option<Sources>,
}

impl PublishedFolder {
    /// Reads which files there are, not what is in them; `None` where nothing is published.
    pub(super) fn read(client: &StaffClient) -> Result<Option<Self>> {
        let known = client.get(staff::LIST_PUBLICATIONS)?;
        let Some(current) = known.published(FORMAT) else {
            return Ok(None);
        };
        let head = Hash::parse(&current.manifest).context("the manifest's name is no hash")?;
        let manifest = Manifest::decode(&client.blob(head)?)?;
        let read = |hash: Option<Hash>| hash.map(|hash| client.blob(hash)).transpose();
        let shop = read(manifest.shop)?
            .map(|blob| Shop::decode(&blob))
            .transpose()?;
        let content = read(shop.as_ref().and_then(|shop| shop.content))?;
        let attached = read(manifest.attached)?;
        let attached = attached.map(|blob| Attached::decode(&blob)).transpose()?;
        let sources = read(attached.and_then(|attached| attached.sources()))?;
        Ok(Some(Self {
            version: current.version,
            content: content
                .map(|blob| ContentIndex::decode(&blob))
                .transpose()?,
            sources: sources.map(|blob| Sources::decode(&blob)).transpose()?,
            shop,
        }))
    }

    /// The same with the files whose paths fit. Nothing where they cannot be read, because a store that
    /// has lost a blob can be published into.
    pub(super) fn with_files(
        client: &StaffClient,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<(Files, Self)>> {
        let read = || {
            let Some(folder) = Self::read(client)? else {
                return Ok(None);
            };
            Ok(Some((folder.files(client, fits)?, folder)))
        };
        match read() {
            Err(error) if is_unreadable(&error) => {
                eprintln!(
                    "warning: the settings and files that are published cannot be read, so nothing \
                     of them is kept: {error:#}"
                );
                Ok(None)
            }
            published => published,
        }
    }

    /// The list of the files, where the version has one.
    pub(super) fn sources(&self) -> Option<&Sources> {
        self.sources.as_ref()
    }

    /// Paths of the files, as far as they are known.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().flat_map(Sources::paths)
    }

    /// The files whose paths fit, as they were published.
    pub(super) fn files(&self, client: &StaffClient, fits: impl Fn(&str) -> bool) -> Result<Files> {
        let sources = self.sources.as_ref();
        sources.map_or_else(|| Ok(Files::new()), |one| read(client, one, &fits))
    }
}

fn read(client: &StaffClient, sources: &Sources, fits: impl Fn(&str) -> bool) -> Result<Files> {
    let paths: Vec<_> = sources.paths().filter(|path| fits(path)).collect();
    let files = Mutex::new(Files::new());
    parallel(
        "Reading the files that are published",
        READS,
        &paths,
        |path| {
            let content = sources.read::<anyhow::Error>(
                path,
                |hash| client.blob(hash),
                |name| client.media(name),
            )?;
            let content = content.context("the list has the path")?;
            let mut files = files
                .lock()
                .expect("no thread panics while it holds the lock");
            files.insert((*path).to_owned(), content);
            Ok(())
        },
    )?;
    Ok(files
        .into_inner()
        .expect("no thread panics while it holds the lock"))
}

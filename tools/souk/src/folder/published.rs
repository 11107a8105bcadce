//! The files that the published version comes from.

use std::sync::Mutex;

use anyhow::{Context, Result};
use souk_catalogue::{Attached, FORMAT, Hash, Manifest, Media, RedirectSegment};
use souk_protocol::staff;
use souk_shop::{ContentIndex, Shop};
use souk_shop_folder::{Files, Sources, shop_toml};

use crate::catalogue::parallel::parallel;
use crate::client::StaffClient;

/// Files that are read at the same time.
const READS: usize = 8;

/// The published version, as far as its files are concerned.
pub(super) struct PublishedFolder {
    pub(super) version: u64,
    pub(super) manifest: Manifest,
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
            manifest,
            shop,
        }))
    }

    /// Paths of the files, as far as they are known.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().flat_map(Sources::paths)
    }

    /// The files whose paths fit, as they were published.
    pub(super) fn files(&self, client: &StaffClient, fits: impl Fn(&str) -> bool) -> Result<Files> {
        let mut files = match &self.sources {
            Some(sources) => read(client, sources, &fits)?,
            None => self.written(client)?,
        };
        files.retain(|path, _| fits(path));
        Ok(files)
    }

    /// For a version that was published without a folder: what it says, as files.
    fn written(&self, client: &StaffClient) -> Result<Files> {
        let mut files = Files::new();
        let mut redirects = String::new();
        for &segment in self.manifest.redirects.iter().flatten() {
            let blob = client.blob(segment)?;
            for redirect in RedirectSegment::decode(&blob)?.redirects() {
                redirects.push_str(&format!(
                    "{},{}\n",
                    cell(&redirect.from),
                    cell(&redirect.to)
                ));
            }
        }
        if !redirects.is_empty() {
            let text = format!("Redirect from,Redirect to\n{redirects}");
            files.insert("redirects.csv".to_owned(), text.into_bytes());
        }
        let Some(shop) = &self.shop else {
            return Ok(files);
        };
        let pictures = Mutex::new(Vec::new());
        let picture = |media: &Media| {
            let url = media.renditions.last().map_or("", |one| one.url.as_str());
            let name = url.strip_prefix("/media/").unwrap_or_default().to_owned();
            let path = format!("pictures/{name}");
            pictures.lock().expect("one thread").push(name);
            path
        };
        let text = shop_toml(shop, &self.manifest.currency, &picture);
        files.insert("shop.toml".to_owned(), text.into_bytes());
        for name in pictures.into_inner().expect("one thread") {
            files.insert(format!("pictures/{name}"), client.media(&name)?);
        }
        Ok(files)
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

/// A cell of a CSV.
fn cell(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

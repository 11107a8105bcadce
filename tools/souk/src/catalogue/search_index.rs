//! The index of the search, as a part of the version that is published: grown from that of the
//! published version where that can be read.

use std::time::Instant;

use anyhow::{Context, Result};
use souk_catalogue::{Catalogue, Hash, SearchBlobs};
use souk_domain::LanguageCode;
use souk_search_build::{BuildError, Index, Published as PublishedIndex, Source, Tools, build};
use souk_shop::Shop;

use super::standing::Standing;
use crate::client::StaffClient;
use souk_machine::Progress;

/// Makes the index of a catalogue whose products are dated.
///
/// # Errors
/// When the shop's settings are damaged, or the shop does not answer.
pub(crate) fn index(
    client: &StaffClient,
    catalogue: &Catalogue,
    standing: &Standing,
) -> Result<SearchBlobs> {
    let started = Instant::now();
    let mut progress = Progress::start("Making the index of the search");
    progress.tick(&format!("{} products", catalogue.products.len()));
    let read = |hash: Hash| {
        let blob = client.blob(hash);
        blob.map_err(|error| BuildError::Read(format!("{error:#}")))
    };
    let published = standing.published.as_ref();
    let published = published.and_then(|published| published.manifest.search);
    let published = published.map(|root| PublishedIndex { root, read: &read });
    let index = grown(catalogue, published.as_ref())?;
    progress.finish(&format!("{:.1} s", started.elapsed().as_secs_f32()));
    Ok(SearchBlobs {
        root: index.root,
        names: index.names.into_iter().chain(index.fold).collect(),
        blobs: index.blobs,
    })
}

/// The index of a catalogue at once.
///
/// # Errors
/// When the shop's settings are damaged.
pub(crate) fn of(catalogue: &Catalogue) -> Result<Index> {
    grown(catalogue, None)
}

fn grown(catalogue: &Catalogue, published: Option<&PublishedIndex<'_>>) -> Result<Index> {
    let settings = catalogue.shop.as_ref();
    let languages = languages(settings.map(|shop| shop.settings.as_slice()))?;
    let collections = catalogue.collections.iter();
    let collections: Vec<_> = collections
        .map(|collection| (collection.slug.clone(), collection.title.clone()))
        .collect();
    let source = Source {
        products: &catalogue.products,
        collections: &collections,
        languages: &languages,
        published_at_ms: &|product| product.published_at_ms.unwrap_or_default(),
        prices: &|product| catalogue.prices(product),
    };
    let tools = Tools::default();
    let index = match build(&source, published, &tools) {
        // An index that another tool has made, or that has lost a blob, is made anew.
        Err(BuildError::Read(_) | BuildError::Decode(_)) if published.is_some() => {
            build(&source, None, &tools)
        }
        built => built,
    };
    index.context("the index of the search")
}

/// The languages of a shop with these settings, its own first.
///
/// # Errors
/// When the settings are damaged.
pub(crate) fn languages(settings: Option<&[u8]>) -> Result<Vec<LanguageCode>> {
    let shop = match settings {
        Some(settings) => Shop::decode(settings)?,
        None => Shop::plain(),
    };
    let codes = shop
        .locales()
        .map(|locale| LanguageCode::parse(locale.code()));
    codes
        .collect::<Result<_, _>>()
        .context("the languages of the shop")
}

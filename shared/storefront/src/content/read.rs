//! Reads a document with everything that it embeds, all of one version.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use souk_catalogue::Collection;
use souk_domain::Locale;
use souk_pages::view::{DocumentView, ProductCard};
use souk_ports::Edge;
use souk_shop::{ContentKind, Document, Entry, Part, Shop as ShopSettings};

use crate::catalogue::card::card;
use crate::catalogue::card::cards;
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Failure;
use crate::signals::{Badge, Signals};

/// Products of a collection that is embedded.
const COLLECTION_CARDS: u32 = 4;

/// A document with what it embeds.
pub(crate) struct Opened<'r> {
    pub(crate) entry: Entry,
    document: Document,
    /// Whether it is in the language that was asked for; else it is in the shop's own.
    pub(crate) is_translated: bool,
    languages: Vec<Locale>,
    products: BTreeMap<String, ProductCard>,
    collections: BTreeMap<String, (&'r Collection, Vec<ProductCard>)>,
}

impl Opened<'_> {
    /// What a page shows of it.
    pub(crate) fn view(&self) -> DocumentView<'_> {
        DocumentView {
            entry: &self.entry,
            is_translated: self.is_translated,
            languages: self.languages.clone(),
            parts: &self.document.parts,
            products: self.products.clone(),
            collections: self.collections.clone(),
            thanks: false,
        }
    }

    /// The products that it embeds by themselves, in the order in which they come up.
    pub(crate) fn products(&self) -> impl Iterator<Item = &ProductCard> {
        let slugs = product_slugs(&self.document);
        slugs.into_iter().filter_map(|slug| self.products.get(slug))
    }
}

/// The languages that a document is written in.
pub(crate) fn languages(entry: &Entry, shop: &ShopSettings) -> Vec<Locale> {
    let is_written = |locale: &Locale| {
        let document = entry.documents.get(locale.place());
        document.is_some_and(Option::is_some)
    };
    shop.locales().filter(is_written).collect()
}

/// The document of a kind with this slug, in a language or else in the shop's own.
///
/// # Errors
/// When the store does not answer or lacks a blob.
pub(crate) async fn open<'r, E: Edge>(
    reader: &'r Reader<'_, E>,
    signals: &Signals,
    kind: ContentKind,
    slug: &str,
    locale: Locale,
) -> Result<Option<Opened<'r>>, Failure> {
    let index = reader.content().await?;
    let Some(entry) = index.find(kind, slug).cloned() else {
        return Ok(None);
    };
    let in_language = |place: usize| entry.documents.get(place).copied().flatten();
    let own = in_language(0);
    let translated = in_language(locale.place());
    let Some(hash) = translated.or(own) else {
        return Ok(None);
    };
    let document = Document::decode(&reader.blob(hash).await?).map_err(ReadError::from)?;
    let slugs = product_slugs(&document);
    let found = try_join_all(slugs.iter().map(|slug| reader.product(slug))).await?;
    let found = found.into_iter().flatten();
    let products =
        found.map(|product| (product.slug.clone(), card(product, signals, Badge::OnCard)));
    // One after the other: to collect them would sort them first, by 4 KiB of code.
    let mut by_slug = BTreeMap::new();
    by_slug.extend(products);
    let mut collections = BTreeMap::new();
    for part in &document.parts {
        let Part::Collection(slug) = part else {
            continue;
        };
        if let Some(collection) = reader.version.collections.find(slug)
            && !collections.contains_key(slug)
        {
            let shown = cards(reader, signals, collection, 0, COLLECTION_CARDS).await?;
            collections.insert(slug.clone(), (collection, shown));
        }
    }
    Ok(Some(Opened {
        languages: languages(&entry, &reader.version.shop),
        is_translated: translated.is_some(),
        entry,
        document,
        products: by_slug,
        collections,
    }))
}

/// The products that a document embeds, each once.
fn product_slugs(document: &Document) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let slugs = document.parts.iter().filter_map(|part| match part {
        Part::Product(slug) | Part::Price(slug) => Some(slug.as_str()),
        Part::Html(_) | Part::Collection(_) | Part::Path(_) => None,
    });
    slugs.filter(|slug| seen.insert(*slug)).collect()
}

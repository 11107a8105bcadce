//! Reads one version of the catalogue for one request.
//!
//! **Architecture Invariant:** a request takes the pointer once and reads everything through the
//! manifest that it names, so no response mixes two versions.
//!
//! Not here: pages of listings (`listing`), the tiers (`blobs`).

use std::rc::Rc;

use bytes::Bytes;
use souk_catalogue::{
    Collection, DirectoryPage, Hash, ListingChunk, ListingIndex, ListingOrder, Market, Product,
    ProductSegment, RedirectSegment, Shelf, SlugHash,
};
use souk_domain::{Currency, Locale};
use souk_pages::words::Words;
use souk_ports::Edge;
use souk_pricing::SeriesKeys;
use souk_protocol::keys;
use souk_shop::ContentIndex;

use crate::catalogue::blobs::Tiers;
use crate::catalogue::error::ReadError;
use crate::catalogue::version::{self, Known, PublishedVersion, Version};

/// Reads one version for one request.
pub(crate) struct Reader<'a, E> {
    tiers: Tiers<'a, E>,
    /// Know the codes of promotions' series.
    pub(crate) series: &'a SeriesKeys,
    /// The version that is read.
    pub(crate) version: Rc<Version>,
    /// When the pointer to the published version was read, in milliseconds since 1970.
    pub(crate) pointer_read_at_ms: i64,
    /// The moment whose prices are shown, in milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Place of the market whose products and prices are shown.
    pub(crate) market: usize,
}

/// The version that a request reads, when the pointer to the published one was read, and the moment
/// whose prices are shown; both in milliseconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) version: Rc<Version>,
    pub(crate) pointer_read_at_ms: i64,
    pub(crate) at_ms: i64,
}

impl<'a, E: Edge> Reader<'a, E> {
    /// A reader of the published version.
    ///
    /// # Errors
    /// When nothing is published or the store does not answer.
    pub(crate) async fn open(
        tiers: Tiers<'a, E>,
        series: &'a SeriesKeys,
        published: &PublishedVersion,
    ) -> Result<Self, ReadError> {
        let Known {
            version,
            read_at_ms: pointer_read_at_ms,
        } = published.current(&tiers).await?;
        Ok(Self {
            at_ms: tiers.edge.now_ms(),
            tiers,
            series,
            version,
            pointer_read_at_ms,
            market: 0,
        })
    }

    /// A reader of a version that the request has opened before.
    pub(crate) fn again(tiers: Tiers<'a, E>, series: &'a SeriesKeys, opened: &Opened) -> Self {
        let Opened {
            version,
            pointer_read_at_ms,
            at_ms,
        } = opened;
        Self {
            tiers,
            series,
            version: version.clone(),
            pointer_read_at_ms: *pointer_read_at_ms,
            at_ms: *at_ms,
            market: 0,
        }
    }

    /// The same in the market of a locale.
    pub(crate) fn of(self, locale: Locale) -> Self {
        Self {
            market: locale.market(),
            ..self
        }
    }

    /// What the request has opened.
    pub(crate) fn opened(&self) -> Opened {
        Opened {
            version: self.version.clone(),
            pointer_read_at_ms: self.pointer_read_at_ms,
            at_ms: self.at_ms,
        }
    }

    /// The texts of the pages in a language of the shop.
    ///
    /// # Errors
    /// When the store does not answer or lacks them.
    pub(crate) async fn words(&self, locale: Locale) -> Result<Rc<Words>, ReadError> {
        self.version.words(&self.tiers, locale).await
    }

    /// The market whose products and prices are shown.
    pub(crate) fn market(&self) -> &Market {
        // A request takes both from one version.
        let markets = &self.version.markets;
        markets.get(self.market).unwrap_or(&markets[0])
    }

    /// A reader of the version that a cursor names, in the same market.
    ///
    /// # Errors
    /// When the version is gone, it has no such market, or the store does not answer.
    pub(crate) async fn at(self, number: u64) -> Result<Self, ReadError> {
        if self.version.number == number {
            return Ok(self);
        }
        let version = Rc::new(version::version(&self.tiers, number).await?);
        let market = version.market(&self.market().id);
        Ok(Self {
            market: market.ok_or(ReadError::VersionGone(number))?,
            version,
            ..self
        })
    }

    /// A product or its card with the prices of the moment in the market: every product of a response comes through
    /// here. `None` where nothing of it is sold.
    pub(crate) fn shown(&self, product: Product) -> Option<Product> {
        product.on(Shelf {
            market: &self.market().id,
            is_first: self.market == 0,
            at_ms: self.at_ms,
        })
    }

    /// The product with this slug.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn product(&self, slug: &str) -> Result<Option<Product>, ReadError> {
        let Some(segment) = self.segment_of(SlugHash::of(slug)).await? else {
            return Ok(None);
        };
        let found = ProductSegment::decode(&segment)?.find(slug)?;
        Ok(found.and_then(|product| self.shown(product)))
    }

    /// The product whose slug has this hash.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn product_hashed(
        &self,
        slug: SlugHash,
    ) -> Result<Option<Product>, ReadError> {
        let Some(segment) = self.segment_of(slug).await? else {
            return Ok(None);
        };
        let found = ProductSegment::decode(&segment)?.find_hashed(slug)?;
        Ok(found.and_then(|product| self.shown(product)))
    }

    /// The products whose slugs have these hashes, in their order, read at once; without those that the
    /// version does not have.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn products_hashed(
        &self,
        slugs: &[SlugHash],
    ) -> Result<Vec<Product>, ReadError> {
        let mut located = Vec::with_capacity(slugs.len());
        for &slug in slugs {
            if let Some((page, place)) = self.version.manifest.locate_hashed(slug) {
                located.push((slug, page, place));
            }
        }
        let pages: Vec<_> = located.iter().map(|(_, page, _)| *page).collect();
        let pages = self.blobs_once(&pages).await?;
        let mut found = Vec::with_capacity(located.len());
        let mut segments = Vec::with_capacity(located.len());
        for ((slug, _, place), page) in located.into_iter().zip(&pages) {
            if let Some(segment) = DirectoryPage::decode(page)?.segment(place) {
                found.push(slug);
                segments.push(segment);
            }
        }
        let segments = self.blobs_once(&segments).await?;
        let mut products = Vec::with_capacity(found.len());
        for (slug, segment) in found.into_iter().zip(&segments) {
            let product = ProductSegment::decode(segment)?.find_hashed(slug)?;
            products.extend(product.and_then(|product| self.shown(product)));
        }
        Ok(products)
    }

    /// The blobs with these names, all at the same time.
    ///
    /// # Errors
    /// When the store does not answer or lacks one.
    pub(crate) async fn blobs(
        &self,
        names: impl Iterator<Item = Hash>,
    ) -> Result<Vec<Bytes>, ReadError> {
        futures_util::future::try_join_all(names.map(|name| self.blob(name))).await
    }

    /// The blobs with these names, in their order, each read once and all at the same time.
    ///
    /// # Errors
    /// When the store does not answer or lacks one.
    pub(crate) async fn blobs_once(&self, names: &[Hash]) -> Result<Vec<Bytes>, ReadError> {
        let mut once: Vec<Hash> = Vec::with_capacity(names.len());
        for name in names {
            if !once.contains(name) {
                once.push(*name);
            }
        }
        let read = self.blobs(once.iter().copied()).await?;
        let of = |name| once.iter().zip(&read).find(|(known, _)| *known == name);
        Ok(names
            .iter()
            .filter_map(|name| Some(of(name)?.1.clone()))
            .collect())
    }

    /// The segment of the product whose slug has this hash.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn segment_of(&self, slug: SlugHash) -> Result<Option<Bytes>, ReadError> {
        let Some((page, place)) = self.version.manifest.locate_hashed(slug) else {
            return Ok(None);
        };
        let page = self.blob(page).await?;
        match DirectoryPage::decode(&page)?.segment(place) {
            Some(segment) => Ok(Some(self.blob(segment).await?)),
            None => Ok(None),
        }
    }

    /// The cards `start..start + count` of a collection in an order, without those that the market does
    /// not sell, and how many there are with these.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn cards(
        &self,
        collection: &Collection,
        order: ListingOrder,
        start: u32,
        count: u32,
    ) -> Result<(Vec<Product>, u32), ReadError> {
        let Some((index, backwards)) = collection.listing(order, self.market) else {
            return Ok((Vec::new(), 0));
        };
        let index = ListingIndex::decode(&self.blob(index).await?)?;
        let total = index.total();
        let count = count.min(total.saturating_sub(start));
        let first = if backwards {
            total.saturating_sub(start + count)
        } else {
            start
        };
        let mut cards = Vec::with_capacity(count as usize);
        for (chunk, range) in index.locate(first, count) {
            let blob = self.blob(chunk).await?;
            let read = ListingChunk::decode(&blob)?.cards(range)?.into_iter();
            cards.extend(read.filter_map(|card| self.shown(card)));
        }
        if backwards {
            cards.reverse();
        }
        Ok((cards, total))
    }

    /// Every document of the shop, without the texts.
    ///
    /// # Errors
    /// When the store does not answer or lacks the blob.
    pub(crate) async fn content(&self) -> Result<ContentIndex, ReadError> {
        match self.version.shop.content {
            Some(hash) => Ok(ContentIndex::decode(&self.blob(hash).await?)?),
            None => Ok(ContentIndex::default()),
        }
    }

    /// Where a path moved that is written as [`souk_catalogue::path_key`] does.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn redirect(&self, path: &str) -> Result<Option<String>, ReadError> {
        let Some(segment) = self.version.manifest.locate_redirect(path) else {
            return Ok(None);
        };
        let segment = self.blob(segment).await?;
        let segment = RedirectSegment::decode(&segment)?;
        Ok(segment.find(path).map(str::to_owned))
    }

    /// The currency of the market.
    pub(crate) fn currency(&self) -> Currency {
        self.market().currency
    }

    /// The blob with this name.
    ///
    /// # Errors
    /// When the store does not answer, and [`ReadError::Broken`] when it lacks it.
    pub(crate) async fn blob(&self, hash: Hash) -> Result<Bytes, ReadError> {
        let version = self.version.number;
        let read = self.tiers.read(&keys::blob(hash)).await;
        read.map_err(|error| error.of_version(version))
    }
}

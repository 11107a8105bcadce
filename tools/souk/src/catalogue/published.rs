//! A version that the shop has, read back through the staff API as far as it is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use souk_catalogue::{
    Attached, Catalogue, Collection, CollectionInfo, Collections, DirectoryPage, FORMAT, Hash,
    ListingChunk, ListingIndex, ListingOrder, Manifest, Media, Product, ProductSegment,
    RedirectSegment, SkuDirectory,
};
use souk_domain::LanguageCode;
use souk_protocol::staff::{self, Publication};
use souk_shop::Shop;

use super::copies::Lost;
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
    /// Media files of the shop, beside those of products and collections.
    pub(crate) media: BTreeSet<String>,
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
        others.extend(manifest.addresses);
        if let Some(skus) = manifest.skus {
            others.insert(skus);
            others.extend(SkuDirectory::decode(&client.blob(skus)?)?.segments());
        }
        let mut media = BTreeSet::new();
        for attached in [manifest.attached, manifest.search_blobs, manifest.overview]
            .into_iter()
            .flatten()
        {
            others.insert(attached);
            let attached = Attached::decode(&client.blob(attached)?)?;
            others.extend(attached.blobs());
            media.extend(attached.media().iter().cloned());
        }
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
            media,
        })
    }

    /// Whether the version has this blob.
    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.segments.contains(hash) || self.others.contains(hash)
    }
}

/// The catalogue that a version shows, with its products in the merchant's order.
///
/// # Errors
/// When the shop does not answer, or a blob is damaged.
pub(crate) fn catalogue<'a>(
    manifest: &Manifest,
    segments: impl IntoIterator<Item = &'a Hash>,
    blob: impl Fn(Hash) -> Result<Vec<u8>> + Sync,
) -> Result<Catalogue> {
    let mut by_slug = products(segments, &blob)?;
    let collections = Collections::decode(&blob(manifest.collections)?)?.collections;
    let own = own_collections(&collections, || by_slug.values());
    let all = collections.iter().find(|one| one.slug == Collections::ALL);
    let all = all.context("the version has no list of all products")?;
    let featured = ListingOrder::STORED
        .iter()
        .position(|order| *order == ListingOrder::Featured)
        .and_then(|place| all.listings.get(place))
        .context("the version has no list in the merchant's order")?;
    let mut in_order = Vec::with_capacity(by_slug.len());
    for (chunk, cards) in ListingIndex::decode(&blob(*featured)?)?.chunks {
        let content = blob(chunk)?;
        let cards = ListingChunk::decode(&content)?.cards(0..cards as usize)?;
        in_order.extend(cards.iter().filter_map(|card| by_slug.remove(&card.slug)));
    }
    let mut redirects = Vec::new();
    for segment in manifest.redirects.iter().flatten() {
        let content = blob(*segment)?;
        redirects.extend(RedirectSegment::decode(&content)?.redirects());
    }
    let mut skus = BTreeSet::new();
    let variants = in_order.iter().flat_map(|product| &product.variants);
    let shared = variants.filter(|variant| !skus.insert(variant.sku.as_str()));
    let shared_skus = shared.map(|variant| variant.sku.clone()).collect();
    Ok(Catalogue {
        products: in_order,
        collections: own,
        currency: manifest.currency.clone(),
        redirects,
        shared_skus,
        ..Catalogue::default()
    })
}

/// What the merchant said of the collections: without that of all products, and without a picture
/// that a collection only shows because its first product has it.
pub(crate) fn own_collections<'a, P: Iterator<Item = &'a Product>>(
    collections: &[Collection],
    products: impl Fn() -> P,
) -> Vec<CollectionInfo> {
    let borrowed = |media: &Media| products().any(|product| product.media.first() == Some(media));
    let own = collections.iter();
    let own = own.filter(|collection| collection.slug != Collections::ALL);
    own.map(|collection| CollectionInfo {
        slug: collection.slug.clone(),
        title: collection.title.clone(),
        description: collection.description.clone(),
        image: collection.image.clone().filter(|image| !borrowed(image)),
    })
    .collect()
}

/// The shop's further languages, in its order; none where a version has products only.
///
/// # Errors
/// When the shop does not answer, or a blob is damaged.
pub(crate) fn further_languages(
    manifest: &Manifest,
    blob: impl Fn(Hash) -> Result<Vec<u8>>,
) -> Result<Option<Vec<LanguageCode>>> {
    let Some(shop) = manifest.shop else {
        return Ok(None);
    };
    let shop = Shop::decode(&blob(shop)?)?;
    let further = shop.languages.iter().skip(1);
    let codes = further.map(|language| LanguageCode::parse(&language.code));
    Ok(Some(codes.collect::<Result<_, _>>()?))
}

/// A value of a version, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A blob.
    Blob {
        /// Its name.
        hash: Hash,
        /// What it is.
        kind: Kind,
    },
    /// A media file, by its name.
    Media(String),
}

/// What a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Names everything of a version.
    Manifest,
    /// Names product segments.
    DirectoryPage,
    /// Names segments of SKUs.
    SkuDirectory,
    /// Products, which name pictures.
    Segment,
    /// Names listings, facets and pictures.
    Collections,
    /// Names chunks and posting blocks.
    ListingIndex,
    /// Names the blobs of the shop and their media files.
    Attached,
    /// Names nothing.
    Leaf,
}

impl Part {
    /// The manifest of a version.
    pub(crate) fn manifest(hash: Hash) -> Self {
        let kind = Kind::Manifest;
        Part::Blob { hash, kind }
    }

    /// Where it is in the store.
    pub(crate) fn name(&self) -> Lost {
        match self {
            Part::Blob { hash, .. } => Lost::Blob(*hash),
            Part::Media(name) => Lost::Media(name.clone()),
        }
    }
}

/// The values that a value names.
///
/// # Errors
/// When it cannot be decoded.
pub(crate) fn parts_of(part: &Part, content: &[u8]) -> Result<Vec<Part>> {
    let Part::Blob { kind, .. } = part else {
        return Ok(Vec::new());
    };
    let blob = |kind| move |hash| Part::Blob { hash, kind };
    let pictures = |media: &Media| {
        let urls = media.urls();
        let names = urls.filter_map(|url| url.strip_prefix("/media/"));
        names
            .map(|name| Part::Media(name.to_owned()))
            .collect::<Vec<_>>()
    };
    Ok(match kind {
        Kind::Manifest => {
            let manifest = Manifest::decode(content)?;
            let mut parts = vec![blob(Kind::Collections)(manifest.collections)];
            parts.extend(
                manifest
                    .directory
                    .iter()
                    .copied()
                    .map(blob(Kind::DirectoryPage)),
            );
            let redirects = manifest.redirects.iter().flatten().copied();
            parts.extend(redirects.map(blob(Kind::Leaf)));
            parts.extend(manifest.addresses.map(blob(Kind::Leaf)));
            parts.extend(manifest.skus.map(blob(Kind::SkuDirectory)));
            parts.extend(manifest.attached.map(blob(Kind::Attached)));
            parts.extend(manifest.search_blobs.map(blob(Kind::Attached)));
            parts.extend(manifest.overview.map(blob(Kind::Attached)));
            parts
        }
        Kind::Attached => {
            let attached = Attached::decode(content)?;
            let media = attached.media().iter().cloned().map(Part::Media);
            attached
                .blobs()
                .map(blob(Kind::Leaf))
                .chain(media)
                .collect()
        }
        Kind::DirectoryPage => {
            let page = DirectoryPage::decode(content)?;
            page.segments().map(blob(Kind::Segment)).collect()
        }
        Kind::SkuDirectory => {
            let directory = SkuDirectory::decode(content)?;
            directory.segments().map(blob(Kind::Leaf)).collect()
        }
        Kind::Segment => {
            let products = ProductSegment::decode(content)?.products()?;
            let media = products.iter().flat_map(|product| &product.media);
            media.flat_map(pictures).collect()
        }
        Kind::Collections => {
            let mut parts = Vec::new();
            for collection in Collections::decode(content)?.collections {
                parts.extend(collection.image.iter().flat_map(pictures));
                parts.extend(collection.facets.map(blob(Kind::Leaf)));
                let listings = collection.listings.into_iter();
                parts.extend(listings.map(blob(Kind::ListingIndex)));
            }
            parts
        }
        Kind::ListingIndex => {
            let index = ListingIndex::decode(content)?;
            let chunks = index.chunks.into_iter().map(|(chunk, _)| chunk);
            let blocks = index.blocks.into_iter().map(|block| block.hash);
            chunks.chain(blocks).map(blob(Kind::Leaf)).collect()
        }
        Kind::Leaf => Vec::new(),
    })
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

/// The products of the published version, by slug.
///
/// # Errors
/// When nothing is published, the shop does not answer, or has lost a blob.
pub(crate) fn published_products(client: &StaffClient) -> Result<BTreeMap<String, Product>> {
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let published = known
        .published(FORMAT)
        .with_context(|| format!("nothing is published yet in format {FORMAT}: souk publish"))?;
    let head = Hash::parse(&published.manifest).context("the manifest's name is no hash")?;
    let manifest = Manifest::decode(&client.blob(head)?)?;
    let mut segments = BTreeSet::new();
    for page in manifest.directory {
        segments.extend(DirectoryPage::decode(&client.blob(page)?)?.segments());
    }
    products(&segments, |hash| client.blob(hash))
}

#[cfg(test)]
mod tests {
    use souk_catalogue::{MediaRendition, Redirect, Text, Variant, build};

    use super::*;

    fn picture(alt: &str) -> Media {
        Media {
            alt: Text::new(alt),
            renditions: vec![MediaRendition {
                width: 1,
                url: format!("https://pictures.example/{alt}.jpg"),
            }],
            ..Media::default()
        }
    }

    #[test]
    fn a_version_gives_the_catalogue_that_it_was_built_of() {
        let product = |number: usize| Product {
            // Segments have another order than the merchant's.
            slug: format!("p-{}", number * 7919 % 1000),
            title: Text::new(format!("Product {number}")),
            collections: vec![["lamps", "tea"][number % 2].to_owned()],
            media: vec![picture("product")],
            variants: vec![Variant {
                sku: format!("SKU-{number}"),
                price_minor: 100,
                ..Variant::default()
            }],
            ..Product::default()
        };
        let collection = |slug: &str, image| CollectionInfo {
            slug: slug.to_owned(),
            title: Text::new(slug),
            image,
            ..CollectionInfo::default()
        };
        let redirect = |number| Redirect {
            from: format!("/old/{number}"),
            to: "/products/p-1".to_owned(),
        };
        let built = Catalogue {
            products: (0..500).map(product).collect(),
            collections: vec![
                collection("tea", Some(picture("tea"))),
                collection("lamps", None),
            ],
            currency: "EUR".to_owned(),
            redirects: (0..300).map(redirect).collect(),
            ..Catalogue::default()
        };
        let snapshot = build(&built, None).unwrap();
        let blob = |hash: Hash| Ok(snapshot.blobs[&hash].clone());
        let mut segments = BTreeSet::new();
        for page in &snapshot.manifest.directory {
            let page = DirectoryPage::decode(&snapshot.blobs[page]).unwrap();
            segments.extend(page.segments());
        }
        let mut read = catalogue(&snapshot.manifest, &segments, blob).unwrap();
        let by_from = |one: &Redirect| one.from.clone();
        read.redirects.sort_by_key(by_from);
        let mut expected = built;
        expected.redirects.sort_by_key(by_from);
        assert_eq!(read, expected);
    }
}

//! What a newer build writes, with one more field in every struct of the model, is read with all the
//! values that this build knows.

use minicbor::Encode;
use minicbor::bytes::{ByteArray, ByteVec};
use souk_catalogue::{
    Collection, Collections, DirectoryPage, FacetName, FacetValue, Facets, Hash, ListingChunk,
    ListingIndex, Manifest, Media, OptionName, PostingBlock, Product, ProductSegment,
    RedirectSegment, Selling, Shown, SitemapFile, SkuDirectory, SkuSegment, SlugHash, Text,
    Variant, build,
};

use crate::{blob, catalogue, mug};

const LATER: &str = "of a later build";

/// A text has no further fields: whatever follows in its list is a translation.
#[derive(Encode)]
#[cbor(transparent)]
struct NewerText(#[n(0)] Text);

impl From<&Text> for NewerText {
    fn from(text: &Text) -> Self {
        Self(text.clone())
    }
}

#[derive(Encode)]
struct NewerOption {
    #[n(0)]
    name: NewerText,
    #[n(1)]
    swatches: Option<Vec<NewerText>>,
}

impl From<&OptionName> for NewerOption {
    fn from(option: &OptionName) -> Self {
        Self {
            name: (&option.name).into(),
            swatches: Some(vec![(&option.name).into()]),
        }
    }
}

#[derive(Encode)]
struct NewerVariant {
    #[n(0)]
    sku: String,
    #[n(1)]
    option_values: Vec<NewerText>,
    #[n(2)]
    price_minor: i64,
    #[n(3)]
    compare_at_minor: Option<i64>,
    #[n(4)]
    weight_g: u32,
    #[n(5)]
    media: Option<u16>,
    #[n(6)]
    backorder: bool,
    #[n(7)]
    barcode: Option<String>,
    #[n(8)]
    merchant_sku: Option<String>,
    #[n(9)]
    selling: Option<Box<Selling>>,
    #[n(10)]
    prior_minor: Option<i64>,
    /// Two fields further on, as if one had been given up again.
    #[n(12)]
    notes: Option<Vec<(String, i64)>>,
}

impl From<&Variant> for NewerVariant {
    fn from(variant: &Variant) -> Self {
        let Variant {
            sku,
            option_values,
            price_minor,
            compare_at_minor,
            weight_g,
            media,
            backorder,
            barcode,
            merchant_sku,
            selling,
            prior_minor,
        } = variant.clone();
        Self {
            sku,
            option_values: option_values.iter().map(NewerText::from).collect(),
            price_minor,
            compare_at_minor,
            weight_g,
            media,
            backorder,
            barcode,
            merchant_sku,
            selling,
            prior_minor,
            notes: Some(vec![("eu".to_owned(), -1), ("jp".to_owned(), i64::MAX)]),
        }
    }
}

#[derive(Encode)]
struct NewerRendition {
    #[n(0)]
    width: u32,
    #[n(1)]
    url: String,
    #[n(2)]
    is_animated: Option<bool>,
}

#[derive(Encode)]
struct NewerMedia {
    #[n(0)]
    alt: NewerText,
    #[n(1)]
    width: u32,
    #[n(2)]
    height: u32,
    #[n(3)]
    renditions: Vec<NewerRendition>,
    #[n(4)]
    preview: Option<String>,
    #[n(5)]
    focus: Option<(f64, f64)>,
}

impl From<&Media> for NewerMedia {
    fn from(media: &Media) -> Self {
        let renditions = media.renditions.iter();
        Self {
            alt: (&media.alt).into(),
            width: media.width,
            height: media.height,
            renditions: renditions
                .map(|rendition| NewerRendition {
                    width: rendition.width,
                    url: rendition.url.clone(),
                    is_animated: Some(true),
                })
                .collect(),
            preview: media.preview.clone(),
            focus: Some((0.25, 0.75)),
        }
    }
}

#[derive(Encode)]
struct NewerSeo {
    #[n(0)]
    title: NewerText,
    #[n(1)]
    description: NewerText,
    #[n(2)]
    keywords: Option<Vec<String>>,
}

#[derive(Encode)]
struct Rating {
    #[n(0)]
    stars: u8,
    #[n(1)]
    reviews: u32,
}

#[derive(Encode)]
struct NewerProduct {
    #[n(0)]
    slug: String,
    #[n(1)]
    title: NewerText,
    #[n(2)]
    description_html: NewerText,
    #[n(3)]
    vendor: String,
    #[n(4)]
    product_type: NewerText,
    #[n(5)]
    tags: Vec<String>,
    #[n(6)]
    collections: Vec<String>,
    #[n(7)]
    options: Vec<NewerOption>,
    #[n(8)]
    variants: Vec<NewerVariant>,
    #[n(9)]
    media: Vec<NewerMedia>,
    #[n(10)]
    seo: NewerSeo,
    #[n(11)]
    modified_at_ms: i64,
    #[n(12)]
    published_at_ms: Option<i64>,
    #[n(13)]
    rating: Option<Rating>,
}

impl From<&Product> for NewerProduct {
    fn from(product: &Product) -> Self {
        let own = product.clone();
        Self {
            slug: own.slug,
            title: (&own.title).into(),
            description_html: (&own.description_html).into(),
            vendor: own.vendor,
            product_type: (&own.product_type).into(),
            tags: own.tags,
            collections: own.collections,
            options: own.options.iter().map(NewerOption::from).collect(),
            variants: own.variants.iter().map(NewerVariant::from).collect(),
            media: own.media.iter().map(NewerMedia::from).collect(),
            seo: NewerSeo {
                title: (&own.seo.title).into(),
                description: (&own.seo.description).into(),
                keywords: Some(vec![LATER.to_owned()]),
            },
            modified_at_ms: own.modified_at_ms,
            published_at_ms: own.published_at_ms,
            rating: Some(Rating {
                stars: 5,
                reviews: 1_000_000,
            }),
        }
    }
}

/// A struct of this build with one more field behind its own.
struct Plus<T>(T, u64);

impl<C, T: Encode<()>> Encode<C> for Plus<T> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let known = minicbor::to_vec(&self.0).expect("it encodes");
        let mut decoder = minicbor::Decoder::new(&known);
        let fields = decoder.array().expect("an array").expect("of known length");
        out.array(self.1 + 1)?;
        for field in 0..self.1 {
            if field < fields {
                let start = decoder.position();
                decoder.skip().expect("a field");
                let item = &known[start..decoder.position()];
                out.writer_mut()
                    .write_all(item)
                    .map_err(minicbor::encode::Error::write)?;
            } else {
                out.null()?;
            }
        }
        out.str(LATER)?.ok()
    }
}

#[test]
fn a_product_of_a_newer_build_is_read_with_all_that_is_known() {
    #[derive(Encode)]
    struct Record(#[n(0)] String, #[n(1)] ByteVec, #[n(2)] Option<Rating>);
    #[derive(Encode)]
    struct Segment(#[n(0)] Vec<Record>, #[n(1)] Option<String>);

    let product = minicbor::to_vec(NewerProduct::from(&mug())).unwrap();
    assert!(product.len() > 100 + minicbor::to_vec(mug()).unwrap().len());
    let rating = Rating {
        stars: 1,
        reviews: 2,
    };
    let record = Record("mug".to_owned(), product.into(), Some(rating));
    let segment = blob(&Segment(vec![record], Some(LATER.to_owned())));
    let segment = ProductSegment::decode(&segment).unwrap();
    assert_eq!(segment.find("mug").unwrap(), Some(mug()));
    assert_eq!(segment.products().unwrap(), [mug()]);
}

#[test]
fn a_card_of_a_newer_build_is_read_with_all_that_is_known() {
    #[derive(Encode)]
    struct Chunk(#[n(0)] Vec<ByteVec>, #[n(1)] Option<u64>);

    let card = mug().card();
    let body = minicbor::to_vec(NewerProduct::from(&card)).unwrap();
    let chunk = blob(&Chunk(vec![body.clone().into(), body.into()], Some(7)));
    let chunk = ListingChunk::decode(&chunk).unwrap();
    assert_eq!(chunk.cards(0..9).unwrap(), [card.clone(), card]);
}

#[test]
fn a_manifest_of_a_newer_build_is_read_with_all_that_is_known() {
    #[derive(Encode)]
    struct NewerManifest {
        #[n(0)]
        segment_bits: u8,
        #[n(1)]
        directory: Vec<Hash>,
        #[n(2)]
        collections: Hash,
        #[n(3)]
        currency: String,
        #[n(4)]
        products: u32,
        #[n(5)]
        variants: u32,
        #[n(6)]
        sitemaps: Vec<Plus<SitemapFile>>,
        #[n(7)]
        redirects: Vec<Option<Hash>>,
        #[n(8)]
        shop: Option<Hash>,
        #[n(9)]
        attached: Option<Hash>,
        #[n(10)]
        terms: Option<String>,
        #[n(11)]
        search_rules: Option<Hash>,
        #[n(12)]
        search: Option<Hash>,
        #[n(13)]
        search_blobs: Option<Hash>,
        #[n(14)]
        pricing: Option<Hash>,
        #[n(15)]
        shown: Option<Shown>,
        #[n(16)]
        shared_skus: Option<u32>,
        #[n(17)]
        skus: Option<Hash>,
        #[n(18)]
        addresses: Option<Hash>,
        #[n(19)]
        overview: Option<Hash>,
        #[n(20)]
        sales: Vec<(String, Hash)>,
        #[n(21)]
        more: Option<Vec<Hash>>,
    }
    let known = build(&catalogue(), None).unwrap().manifest;
    assert!(!known.sitemaps.is_empty() && !known.redirects.is_empty());
    let newer = NewerManifest {
        segment_bits: known.segment_bits,
        directory: known.directory.clone(),
        collections: known.collections,
        currency: known.currency.clone(),
        products: known.products,
        variants: known.variants,
        sitemaps: known.sitemaps.iter().map(|&file| Plus(file, 2)).collect(),
        redirects: known.redirects.clone(),
        shop: known.shop,
        attached: known.attached,
        terms: known.terms.clone(),
        search_rules: known.search_rules,
        search: known.search,
        search_blobs: known.search_blobs,
        pricing: known.pricing,
        shown: known.shown.clone(),
        shared_skus: known.shared_skus,
        skus: known.skus,
        addresses: known.addresses,
        overview: known.overview,
        sales: known.sales.clone(),
        more: Some(vec![Hash::of(b"more")]),
    };
    assert_eq!(Manifest::decode(&blob(&newer)).unwrap(), known);
}

#[test]
fn collections_of_a_newer_build_are_read_with_all_that_is_known() {
    #[derive(Encode)]
    struct NewerCollection {
        #[n(0)]
        slug: String,
        #[n(1)]
        title: NewerText,
        #[n(2)]
        description: NewerText,
        #[n(3)]
        image: Option<NewerMedia>,
        #[n(4)]
        products: u32,
        #[n(5)]
        listings: Vec<Hash>,
        #[n(6)]
        facets: Option<Hash>,
        #[n(7)]
        further: Option<Vec<u32>>,
        #[n(8)]
        seo: Option<NewerSeo>,
    }
    let snapshot = build(&catalogue(), None).unwrap();
    let known = Collections::decode(&snapshot.blobs[&snapshot.manifest.collections]).unwrap();
    let newer = |known: &Collection| NewerCollection {
        slug: known.slug.clone(),
        title: (&known.title).into(),
        description: (&known.description).into(),
        image: known.image.as_ref().map(NewerMedia::from),
        products: known.products,
        listings: known.listings.clone(),
        facets: known.facets,
        further: known.further.clone(),
        seo: Some(NewerSeo {
            title: (&known.title).into(),
            description: (&known.title).into(),
            keywords: None,
        }),
    };
    assert_eq!(known.collections.len(), 2);
    let newer: Vec<_> = known.collections.iter().map(newer).collect();
    assert_eq!(
        Collections::decode(&blob(&(newer, Some(LATER)))).unwrap(),
        known
    );
}

#[test]
fn every_other_blob_of_a_newer_build_is_read_with_all_that_is_known() {
    let snapshot = build(&catalogue(), None).unwrap();
    let longer = |hash: &Hash| {
        let content = &snapshot.blobs[hash][1..];
        blob(&Plus(Raw(content.to_vec()), 20))
    };
    let pages = &snapshot.manifest.directory;
    let known = DirectoryPage::decode(&snapshot.blobs[&pages[0]])
        .unwrap()
        .segment(0);
    let page = longer(&pages[0]);
    assert_eq!(DirectoryPage::decode(&page).unwrap().segment(0), known);
    assert!(known.is_some());

    let redirects = snapshot.manifest.locate_redirect("/old").unwrap();
    let redirects = longer(&redirects);
    let redirects = RedirectSegment::decode(&redirects).unwrap();
    assert_eq!(redirects.find("/old"), Some("/products/mug"));

    let skus = longer(&snapshot.manifest.skus.unwrap());
    let skus = SkuDirectory::decode(&skus).unwrap();
    let sku = &mug().variants[0].sku;
    let segment = longer(&skus.locate(sku).unwrap());
    let segment = SkuSegment::decode(&segment).unwrap();
    assert_eq!(segment.find(sku), Some(SlugHash::of("mug")));

    let collections = &snapshot.blobs[&snapshot.manifest.collections];
    let all = Collections::decode(collections)
        .unwrap()
        .collections
        .remove(0);
    let facets = all.facets.unwrap();
    assert_eq!(
        Facets::decode(&longer(&facets)),
        Facets::decode(&snapshot.blobs[&facets])
    );
    for index in &all.listings {
        let known = ListingIndex::decode(&snapshot.blobs[index]).unwrap();
        assert_eq!(ListingIndex::decode(&longer(index)).unwrap(), known);
        let block = longer(&known.blocks[0].hash);
        let block = PostingBlock::decode(&block).unwrap();
        let filter = souk_catalogue::Filter::default().any_of(&FacetName::Vendor, ["Kiln"]);
        assert_eq!(block.matches(&filter).unwrap().count(), 2);
    }
}

/// CBOR as it is.
struct Raw(Vec<u8>);

impl<C> Encode<C> for Raw {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.writer_mut()
            .write_all(&self.0)
            .map_err(minicbor::encode::Error::write)
    }
}

#[test]
fn a_facet_that_a_newer_build_offers_is_left_out_and_the_others_stay() {
    #[derive(Encode)]
    #[cbor(flat)]
    enum NewerName {
        #[n(0)]
        Vendor,
        #[n(3)]
        Option(#[n(0)] String),
        #[n(4)]
        Rating(#[n(0)] u8, #[n(1)] Vec<u64>),
    }
    #[derive(Encode)]
    struct NewerFacet(
        #[n(0)] NewerName,
        #[n(1)] NewerText,
        #[n(2)] Vec<Plus<FacetValue>>,
        #[n(3)] Option<bool>,
    );
    let value = FacetValue {
        text: Text::new("4"),
        products: 3,
    };
    let facet = |name| {
        let label = NewerText::from(&Text::default());
        NewerFacet(name, label, vec![Plus(value.clone(), 2)], Some(true))
    };
    let offered = vec![
        facet(NewerName::Rating(4, vec![1, 2])),
        facet(NewerName::Option("Size".to_owned())),
        facet(NewerName::Rating(5, Vec::new())),
        facet(NewerName::Vendor),
    ];
    let facets = blob(&(offered, vec!["Size".to_owned()], (1_i64, 2_i64)));
    let facets = Facets::decode(&facets).unwrap();
    let names: Vec<_> = facets.offered.iter().map(|facet| &facet.name).collect();
    assert_eq!(
        names,
        [&FacetName::Option("Size".to_owned()), &FacetName::Vendor]
    );
    assert!(
        facets
            .offered
            .iter()
            .all(|facet| facet.values == [value.clone()])
    );
    assert!(facets.has_option("Size"));
    assert_eq!(facets.price_minor, (1, 2));
}

#[test]
fn a_blob_of_another_format_is_refused() {
    let segment = ProductSegment::encode(&[&mug()]);
    for first in [0, segment[0] - 1, segment[0] + 1, u8::MAX] {
        let mut other = segment.clone();
        other[0] = first;
        let error = ProductSegment::decode(&other).unwrap_err();
        assert!(error.reason.contains("format"), "{error}");
        assert_ne!(Hash::of(&other), Hash::of(&segment));
    }
    assert!(ProductSegment::decode(&[]).is_err());
    let bytes = minicbor::to_vec(ByteArray::from([0; 4])).unwrap();
    assert!(Manifest::decode(&bytes).is_err());
}

//! What the shop shows now: what a publish is compared with, and what it keeps where a file says
//! nothing.
//!
//! What is absent stays: the currency without `--currency`, redirects, collections and translations
//! without their files. Each can be removed by saying so, with an empty list.

use std::collections::BTreeMap;

use anyhow::Result;
use souk_catalogue::{
    Catalogue, Collection, Collections, FORMAT, Product, Redirect, RedirectSegment, Text,
};
use souk_domain::LanguageCode;
use souk_import::Kept;
use souk_protocol::staff::{self, Publication};

use super::published::{Published, further_languages, own_collections, products};
use crate::client::{StaffClient, is_unreadable};

/// What the shop shows now; all of it empty where nothing is published.
#[derive(Default)]
pub(crate) struct Standing {
    pub(crate) current: Option<Publication>,
    pub(crate) published: Option<Published>,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) shop: ShopWide,
    /// The shop's further languages, in its order; none where the shop has not said which.
    pub(crate) languages: Option<Vec<LanguageCode>>,
}

/// What a version says beside its products.
#[derive(Default)]
pub(crate) struct ShopWide {
    /// ISO 4217 code; none where nothing is published.
    pub(crate) currency: Option<String>,
    pub(crate) collections: Vec<Collection>,
    pub(crate) redirects: Vec<Redirect>,
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
            let languages = further_languages(&published.manifest, |hash| client.blob(hash))?;
            Ok((published, products, shop, languages))
        };
        match read() {
            Ok((published, products, shop, languages)) => Ok(Self {
                current: Some(current),
                published: Some(published),
                products,
                shop,
                languages,
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

    /// What an import keeps where a file is absent.
    pub(crate) fn kept(&self) -> Kept {
        Kept {
            collections: own_collections(&self.shop.collections, || self.products.values()),
            redirects: self.shop.redirects.clone(),
        }
    }

    /// Gives texts that are the same as before the translations that they had. How many texts got
    /// them.
    pub(crate) fn keep_translations(&self, catalogue: &mut Catalogue) -> usize {
        let mut kept = 0;
        let mut keep = |new: &mut Text, old: &Text| {
            let is_plain = *new == Text::new(new.base.as_str());
            if is_plain && new.base == old.base && new != old {
                *new = old.clone();
                kept += 1;
            }
        };
        for product in &mut catalogue.products {
            let Some(old) = self.products.get(&product.slug) else {
                continue;
            };
            keep(&mut product.title, &old.title);
            keep(&mut product.description_html, &old.description_html);
            keep(&mut product.product_type, &old.product_type);
            keep(&mut product.seo.title, &old.seo.title);
            keep(&mut product.seo.description, &old.seo.description);
            for (option, old) in product.options.iter_mut().zip(&old.options) {
                keep(&mut option.name, &old.name);
            }
            for (media, old) in product.media.iter_mut().zip(&old.media) {
                keep(&mut media.alt, &old.alt);
            }
            for variant in &mut product.variants {
                let old = old.variants.iter().find(|old| old.sku == variant.sku);
                let old = old.map_or(&[][..], |old| &old.option_values);
                for (value, old) in variant.option_values.iter_mut().zip(old) {
                    keep(value, old);
                }
            }
        }
        for collection in &mut catalogue.collections {
            let mut known = self.shop.collections.iter();
            if let Some(old) = known.find(|old| old.slug == collection.slug) {
                keep(&mut collection.title, &old.title);
                keep(&mut collection.description, &old.description);
            }
        }
        kept
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
        Ok(Self {
            currency: Some(manifest.currency.clone()),
            collections: collections.collections,
            redirects,
        })
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::{Media, Variant};

    use super::*;

    /// A text with a translation.
    fn translated(base: &str) -> Text {
        Text::translated(base, [Some(format!("{base} zh"))])
    }

    fn product(text: impl Fn(&str) -> Text, title: &str) -> Product {
        Product {
            slug: "mug".to_owned(),
            title: text(title),
            variants: vec![Variant {
                sku: "MUG".to_owned(),
                option_values: vec![text("Red")],
                ..Variant::default()
            }],
            ..Product::default()
        }
    }

    #[test]
    fn a_translation_stays_with_the_text_that_it_translates() {
        let standing = Standing {
            products: BTreeMap::from([("mug".to_owned(), product(translated, "Mug"))]),
            ..Standing::default()
        };
        let keep = |product: Product| {
            let mut catalogue = Catalogue {
                products: vec![product],
                ..Catalogue::default()
            };
            let kept = standing.keep_translations(&mut catalogue);
            (kept, catalogue.products.remove(0))
        };
        assert_eq!(
            keep(product(|text| Text::new(text), "Mug")),
            (2, product(translated, "Mug"))
        );
        let (kept, renamed) = keep(product(|text| Text::new(text), "Cup"));
        assert_eq!((kept, renamed.title), (1, Text::new("Cup")));
    }

    #[test]
    fn a_collection_keeps_its_own_picture_and_not_that_of_a_product() {
        let picture = |name: &str| Media {
            alt: Text::new(name),
            ..Media::default()
        };
        let collection = |slug: &str, image: &str| Collection {
            slug: slug.to_owned(),
            image: Some(picture(image)),
            ..Collection::default()
        };
        let mug = Product {
            media: vec![picture("of a mug")],
            ..Product::default()
        };
        let standing = Standing {
            products: BTreeMap::from([("mug".to_owned(), mug)]),
            shop: ShopWide {
                collections: vec![
                    collection(Collections::ALL, "of a mug"),
                    collection("tea", "own"),
                    collection("mugs", "of a mug"),
                ],
                ..ShopWide::default()
            },
            ..Standing::default()
        };
        let kept = standing.kept().collections;
        let kept: Vec<_> = kept
            .iter()
            .map(|info| (info.slug.as_str(), info.image.is_some()))
            .collect();
        assert_eq!(kept, [("tea", true), ("mugs", false)]);
    }
}

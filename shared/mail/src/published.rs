//! What the published version says, for mails.
//!
//! An instance remembers what it has read: the pointer for as long as the storefront trusts it, the
//! rest until the pointer names another version. A store that does not answer, lacks a blob or has
//! nothing published is an error: the mail is tried again later, and none leaves with a name that is
//! not the shop's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use souk_catalogue::{DecodeError, FORMAT, Manifest, Market, decode_blob};
use souk_domain::{Locale, MailKind};
use souk_ports::{CatalogueStore, Clock, PortError, is_within};
use souk_protocol::consistency::Data;
use souk_protocol::{keys, staff::Pointer};
use souk_shop::{LanguagePack, Shop};

use crate::texts::{MailTexts, ShopTexts, language_of};

/// How long an instance trusts the pointer it has, in milliseconds.
const POINTER_TTL_MS: i64 = Data::Catalogue.class().bound_ms();

/// What an instance knows of the published version.
#[derive(Debug, Default)]
pub struct Published(RefCell<Option<Known>>);

#[derive(Debug)]
struct Known {
    read_at_ms: i64,
    pointer: Pointer,
    version: Rc<Version>,
}

/// What was read of a version.
#[derive(Debug)]
struct Version {
    shop: Rc<Shop>,
    markets: Rc<[Market]>,
    texts: RefCell<Vec<Rc<ShopTexts>>>,
}

/// The texts of the published version.
#[derive(Debug)]
pub struct PublishedTexts<'a, E> {
    edge: &'a E,
    published: &'a Published,
}

impl<'a, E: CatalogueStore + Clock> PublishedTexts<'a, E> {
    /// The texts that the store of a platform has, with what the instance knows of them.
    pub fn new(edge: &'a E, published: &'a Published) -> Self {
        Self { edge, published }
    }

    async fn version(&self) -> Result<Rc<Version>, PortError> {
        let now_ms = self.edge.now_ms();
        if let Some(known) = &*self.published.0.borrow()
            && is_within(POINTER_TTL_MS, known.read_at_ms, now_ms)
        {
            return Ok(known.version.clone());
        }
        let pointer = self.read(&keys::current(FORMAT)).await?;
        let pointer: Pointer = souk_json::read(&pointer)
            .map_err(|error| PortError::Transient(format!("the pointer is damaged: {error}")))?;
        let same = self.published.0.borrow().as_ref().and_then(|known| {
            let is_same = known.pointer == pointer;
            is_same.then(|| known.version.clone())
        });
        let version = match same {
            Some(version) => version,
            None => Rc::new(self.read_version(&pointer).await?),
        };
        self.published.0.replace(Some(Known {
            read_at_ms: now_ms,
            pointer,
            version: version.clone(),
        }));
        Ok(version)
    }

    async fn read_version(&self, pointer: &Pointer) -> Result<Version, PortError> {
        let manifest = self.read(&keys::blob(&pointer.manifest)).await?;
        let manifest = Manifest::decode(&manifest).map_err(damaged)?;
        let shop = match manifest.shop {
            Some(shop) => Shop::decode(&self.read(&keys::blob(shop)).await?).map_err(damaged)?,
            // A version of products alone: the pages say the same.
            None => Shop::plain(),
        };
        let markets = manifest.shown.map(|shown| shown.markets);
        Ok(Version {
            shop: Rc::new(shop),
            markets: markets.unwrap_or_default().into(),
            texts: RefCell::default(),
        })
    }

    async fn speak(&self, version: &Version, locale: Locale) -> Result<ShopTexts, PortError> {
        let shop = &version.shop;
        let pack = match shop.language(locale).and_then(|language| language.pack) {
            Some(hash) => {
                let blob = self.read(&keys::blob(hash)).await?;
                LanguagePack::decode(&blob).map_err(damaged)?
            }
            None => LanguagePack::default(),
        };
        let mut templates = BTreeMap::new();
        for (kind, language, hash) in &shop.mails {
            if language != locale.code() {
                continue;
            }
            // A kind that this build does not know is of a newer one.
            if let Some(kind) = MailKind::parse(kind) {
                let blob = self.read(&keys::blob(hash)).await?;
                let template = decode_blob("mail template", &blob).map_err(damaged)?;
                templates.insert(kind, template);
            }
        }
        Ok(ShopTexts {
            shop: shop.clone(),
            markets: version.markets.clone(),
            locale,
            pack,
            templates,
        })
    }

    async fn read(&self, key: &str) -> Result<bytes::Bytes, PortError> {
        let value = self.edge.read(key).await?;
        // A store may show a pointer before the blobs behind it.
        value.ok_or_else(|| PortError::Transient(format!("nothing is published at {key}")))
    }
}

fn damaged(error: DecodeError) -> PortError {
    PortError::Transient(error.to_string())
}

impl<E: CatalogueStore + Clock> MailTexts for PublishedTexts<'_, E> {
    async fn texts(&self, language: Option<&str>) -> Result<Rc<ShopTexts>, PortError> {
        let version = self.version().await?;
        let locale = language_of(&version.shop, language);
        let is_it = |texts: &&Rc<ShopTexts>| texts.locale == locale;
        if let Some(known) = version.texts.borrow().iter().find(is_it) {
            return Ok(known.clone());
        }
        let texts = Rc::new(self.speak(&version, locale).await?);
        version.texts.borrow_mut().push(texts.clone());
        Ok(texts)
    }
}

//! The published version of the catalogue, as an instance knows it.
//!
//! The pointer is that of the format that this build reads: what is published in another one, for
//! functions of before or after, is not looked at.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use souk_catalogue::{Collection, Collections, DecodeError, FORMAT, Manifest, Market};
use souk_domain::{Currency, Locale};
use souk_pages::words::Words;
use souk_ports::{Edge, is_within};
use souk_protocol::consistency::Data;
use souk_protocol::origin::PublishedTerms;
use souk_protocol::{keys, staff::Pointer};
use souk_shop::{LanguagePack, Shop as ShopSettings};

use crate::cache::{COALESCE_WAIT_MS, COALESCE_WAITS, Fetches};
use crate::catalogue::blobs::Tiers;
use crate::catalogue::error::ReadError;
use crate::pricing::{ONLY_MARKET, ShopTerms};
use crate::search::SearchHead;

/// How long an instance trusts the pointer it has: with Spin's store the whole delay of a
/// publish, on Workers to be added to that of KV (up to 60 s).
pub const POINTER_TTL_MS: i64 = Data::Catalogue.class().bound_ms();

/// How long an instance serves the version before one that it found broken, until it looks at that
/// one again: a store that shows the pointer before the blobs behind it has them by then.
pub(crate) const SET_ASIDE_MS: i64 = 30_000;

/// A version with the blobs that nearly every request needs.
#[derive(Debug)]
pub(crate) struct Version {
    /// Number.
    pub(crate) number: u64,
    /// When it became the published one, in milliseconds since 1970.
    pub(crate) activated_at_ms: i64,
    /// The head of the version.
    pub(crate) manifest: Manifest,
    /// Every collection, `all` first.
    pub(crate) collections: Collections,
    /// What the shop says about orders; absent in a version that has products only.
    pub(crate) terms: Option<PublishedTerms>,
    /// What the shop says about itself.
    pub(crate) shop: Rc<ShopSettings>,
    /// Its markets: one at least.
    pub(crate) markets: Rc<[Market]>,
    /// The texts of the pages in each language of the shop, as far as they were read.
    words: RefCell<Vec<(Locale, Rc<Words>)>>,
    /// The head of the search, once it was read.
    pub(crate) search: OnceCell<Rc<SearchHead>>,
    /// The terms of prices, once they were read.
    pub(crate) prices: OnceCell<Rc<ShopTerms>>,
}

impl Version {
    /// The texts of the pages in a language of the shop.
    ///
    /// # Errors
    /// When the store does not answer or lacks the blob.
    pub(crate) async fn words<E: Edge>(
        &self,
        tiers: &Tiers<'_, E>,
        locale: Locale,
    ) -> Result<Rc<Words>, ReadError> {
        if let Some(words) = self.known_words(locale) {
            return Ok(words);
        }
        let pack = self
            .shop
            .language(locale)
            .and_then(|language| language.pack);
        let words = match pack {
            Some(hash) => {
                let read = tiers.read(&keys::blob(hash)).await;
                let pack = read.map_err(|error| error.of_version(self.number))?;
                Words::of(LanguagePack::decode(&pack)?)
            }
            None => Words::english(),
        };
        let words = Rc::new(words);
        self.words.borrow_mut().push((locale, words.clone()));
        Ok(words)
    }

    /// The texts of the pages in a language, where they were read before.
    pub(crate) fn known_words(&self, locale: Locale) -> Option<Rc<Words>> {
        let words = self.words.borrow();
        let place = locale.place();
        let mut known = words.iter().filter(|(known, _)| known.place() == place);
        known.next().map(|(_, words)| words.clone())
    }

    /// The place of the market with this id.
    pub(crate) fn market(&self, id: &str) -> Option<usize> {
        self.markets.iter().position(|market| market.id == id)
    }

    /// The collection that holds every product.
    pub(crate) fn all(&self) -> Option<&Collection> {
        self.collections.find(Collections::ALL)
    }

    /// Every other collection.
    pub(crate) fn named_collections(&self) -> &[Collection] {
        let all = &self.collections.collections;
        let skip = all
            .iter()
            .take_while(|c| c.slug == Collections::ALL)
            .count();
        &all[skip..]
    }
}

/// The version that an instance takes for the published one.
#[derive(Debug, Default)]
pub(crate) struct PublishedVersion {
    known: RefCell<Option<Known>>,
    set_aside: Cell<Option<SetAside>>,
    in_flight: Fetches,
}

/// A version that lacks a blob, or has a damaged one.
#[derive(Debug, Clone, Copy)]
struct SetAside {
    number: u64,
    /// In milliseconds since 1970.
    until_ms: i64,
}

/// A version, and when the pointer to it was read.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) version: Rc<Version>,
    /// In milliseconds since 1970.
    pub(crate) read_at_ms: i64,
}

impl Known {
    /// Whether the pointer to the version need not be read again.
    fn is_fresh(&self, now_ms: i64) -> bool {
        is_within(POINTER_TTL_MS, self.read_at_ms, now_ms)
    }
}

impl PublishedVersion {
    /// Number of the version that was seen last.
    pub(crate) fn number(&self) -> Option<u64> {
        let known = self.known.borrow();
        known.as_ref().map(|known| known.version.number)
    }

    /// The version that was seen last, however long ago.
    pub(crate) fn last(&self) -> Option<Rc<Version>> {
        let known = self.known.borrow();
        known.as_ref().map(|known| known.version.clone())
    }

    /// The version and when the pointer to it was read, while that need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<(Rc<Version>, i64)> {
        let known = self.known.borrow();
        let fresh = known.as_ref().filter(|known| known.is_fresh(now_ms));
        fresh.map(|known| (known.version.clone(), known.read_at_ms))
    }

    /// Sets a version aside that was found broken, so that the one before it is served; `false`
    /// when it is not the one that this instance takes for the published one.
    pub(crate) fn set_aside(&self, number: u64, now_ms: i64) -> bool {
        let is_known = self.number() == Some(number);
        if is_known {
            self.known.take();
            self.note_broken(number, now_ms);
        }
        is_known
    }

    fn note_broken(&self, number: u64, now_ms: i64) {
        let until_ms = now_ms.saturating_add(SET_ASIDE_MS);
        self.set_aside.set(Some(SetAside { number, until_ms }));
    }

    fn is_set_aside(&self, number: u64, now_ms: i64) -> bool {
        self.set_aside.get().is_some_and(|aside| {
            let rest_ms = aside.until_ms.saturating_sub(now_ms);
            // Both bounds: a clock that was set back does not prolong it.
            aside.number == number && (1..=SET_ASIDE_MS).contains(&rest_ms)
        })
    }

    /// The version that the pointer names; it is read at most every [`POINTER_TTL_MS`]. While one
    /// request reads it, the others take the version before; without one they wait, as for a blob.
    ///
    /// # Errors
    /// When nothing is published, or the store does not answer and no version is known.
    pub(crate) async fn current<E: Edge>(&self, tiers: &Tiers<'_, E>) -> Result<Known, ReadError> {
        let key = keys::current(FORMAT);
        for wait in 0..=COALESCE_WAITS {
            let now = tiers.edge.now_ms();
            let known = self.known.borrow().clone();
            if let Some(known) = known.as_ref().filter(|known| known.is_fresh(now)) {
                return Ok(known.clone());
            }
            let mark = self.in_flight.begin(&key, now);
            if mark.is_none() {
                if let Some(known) = known {
                    return Ok(known);
                }
                if wait < COALESCE_WAITS {
                    tiers.edge.pause_ms(COALESCE_WAIT_MS).await;
                    continue;
                }
            }
            let followed = self.follow_pointer(tiers, &key, known.as_ref(), now).await;
            let version = match (followed, known) {
                (Ok(version), _) => version,
                // A store that fails for a moment, or shows a pointer before the blobs behind it,
                // does not take the shop down with it.
                (Err(ReadError::Store(_) | ReadError::Missing(_)), Some(known)) => {
                    return Ok(known);
                }
                (Err(error), _) => return Err(error),
            };
            let known = Known {
                version,
                read_at_ms: now,
            };
            self.known.replace(Some(known.clone()));
            return Ok(known);
        }
        unreachable!("the last round reads the pointer itself")
    }

    async fn follow_pointer<E: Edge>(
        &self,
        tiers: &Tiers<'_, E>,
        key: &str,
        known: Option<&Known>,
        now_ms: i64,
    ) -> Result<Rc<Version>, ReadError> {
        tiers.metrics.pointer_reads.add_one();
        let pointer = tiers.edge.read(key).await?;
        let pointer = read_pointer(&pointer.ok_or(ReadError::Unpublished)?)?;
        let known = known.map(|known| &known.version);
        if !self.is_set_aside(pointer.version, now_ms) {
            let same = |known: &&Rc<Version>| {
                known.number == pointer.version && known.activated_at_ms == pointer.activated_at_ms
            };
            if let Some(known) = known.filter(same) {
                return Ok(known.clone());
            }
            match load(tiers, &pointer).await {
                Ok(version) => return Ok(Rc::new(version)),
                // An instance that knows a version stays with that one and looks again soon.
                Err(ReadError::Missing(_) | ReadError::Decode(_))
                    if pointer.before.is_some() && known.is_none() =>
                {
                    self.note_broken(pointer.version, now_ms);
                }
                Err(error) => return Err(error),
            }
        }
        let before = pointer.before.ok_or(ReadError::Unpublished)?;
        if let Some(known) = known.filter(|known| known.number == before) {
            return Ok(known.clone());
        }
        let version = version(tiers, before).await?;
        tiers.metrics.versions_set_aside.add_one();
        Ok(Rc::new(version))
    }
}

/// The version with this number, whether it is the published one or an earlier one.
///
/// # Errors
/// [`ReadError::VersionGone`] where its blobs are no longer there.
pub(crate) async fn version<E: Edge>(
    tiers: &Tiers<'_, E>,
    number: u64,
) -> Result<Version, ReadError> {
    let key = keys::version(FORMAT, number);
    let found = async {
        let pointer = tiers.read(&key).await?;
        load(tiers, &read_pointer(&pointer)?).await
    };
    match found.await {
        Err(ReadError::Missing(_)) => Err(ReadError::VersionGone(number)),
        other => other,
    }
}

fn read_pointer(bytes: &[u8]) -> Result<Pointer, ReadError> {
    let damaged = |error: serde_json::Error| DecodeError {
        what: "pointer",
        reason: error.to_string(),
    };
    Ok(souk_json::read(bytes).map_err(damaged)?)
}

fn terms(manifest: &Manifest) -> Result<Option<PublishedTerms>, DecodeError> {
    let read = |json: &String| souk_json::read(json.as_bytes());
    let terms = manifest.terms.as_ref().map(read).transpose();
    terms.map_err(|error| DecodeError {
        what: "terms",
        reason: error.to_string(),
    })
}

/// The markets; in a version without terms the one that every shop has.
fn markets(manifest: &Manifest) -> Rc<[Market]> {
    match &manifest.shown {
        Some(shown) if !shown.markets.is_empty() => shown.markets.as_slice().into(),
        Some(_) | None => {
            // The import has checked it.
            let currency = Currency::parse(&manifest.currency).unwrap_or(Currency::USD);
            [Market::plain(ONLY_MARKET, currency)].into()
        }
    }
}

async fn load<E: Edge>(tiers: &Tiers<'_, E>, pointer: &Pointer) -> Result<Version, ReadError> {
    let manifest = tiers.read(&keys::blob(&pointer.manifest)).await?;
    let manifest = Manifest::decode(&manifest)?;
    let collections = tiers.read(&keys::blob(manifest.collections)).await?;
    let shop = match manifest.shop {
        Some(shop) => ShopSettings::decode(&tiers.read(&keys::blob(shop)).await?)?,
        None => ShopSettings::plain(),
    };
    Ok(Version {
        number: pointer.version,
        activated_at_ms: pointer.activated_at_ms,
        manifest: manifest.clone(),
        collections: Collections::decode(&collections)?,
        terms: terms(&manifest)?,
        shop: Rc::new(shop),
        markets: markets(&manifest),
        words: RefCell::default(),
        search: OnceCell::new(),
        prices: OnceCell::new(),
    })
}

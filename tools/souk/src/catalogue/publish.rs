//! Publishing: sends the new blobs, sends the offers to the origin, then switches the pointer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use souk_catalogue::{
    Catalogue, Collections, FORMAT, Hash, Manifest, Media, Sale, Snapshot, build, date,
};
use souk_protocol::limits::{OFFERS_PER_MESSAGE_MAX, STAFF_BATCH_BYTES_MAX};
use souk_protocol::origin::{DefineOffers, OfferDefinition};
use souk_protocol::staff::{self, Publication, PublicationChange, PublicationReply};

use super::changes::Changes;
use super::copies;
use super::load::Loaded;
use super::offers::{OfferContext, OfferMaker};
use super::parallel::parallel;
use super::price_ledger;
use super::published::Published;
use super::search_index;
use super::shop_changes::ShopChanges;
use super::standing::{ShopWide, Standing};
use crate::client::StaffClient;
use souk_machine::Progress;

/// Blobs that are sent at the same time.
const UPLOADS: usize = 8;

/// What a publish did.
pub(crate) enum Outcome {
    /// The shop shows this already.
    Same { version: u64, blobs_total: usize },
    /// A new version is published.
    Published {
        version: u64,
        changes: Box<Changes>,
        blobs: usize,
        blobs_total: usize,
        currency: String,
    },
}

impl Outcome {
    /// Prints the outcome.
    pub(crate) fn print(&self) {
        match self {
            Outcome::Same { version, .. } => {
                println!("version {version} is published and is the same")
            }
            Outcome::Published {
                version,
                changes,
                blobs,
                currency,
                ..
            } => {
                changes.print(currency);
                println!("version {version} is published ({blobs} blobs were new)");
            }
        }
    }
}

/// A catalogue, compared with what the shop shows now.
struct Prepared<'a> {
    snapshot: Snapshot,
    /// Blobs of the search that stay as they are published, which the snapshot does not hold.
    standing_blobs: usize,
    standing: &'a Standing,
    changes: Changes,
}

fn prepare<'a>(
    client: &StaffClient,
    catalogue: &Catalogue,
    standing: &'a Standing,
) -> Result<Prepared<'a>> {
    let mut catalogue = catalogue.clone();
    price_ledger::mark(client, &mut catalogue)?;
    date(&mut catalogue, &standing.products, now_ms()?);
    let search = search_index::index(client, &catalogue, standing)?;
    let stays = |name: &&Hash| !search.blobs.contains_key(name);
    let standing_blobs = search.names.iter().filter(stays).count();
    catalogue.search = Some(search);
    let manifest = standing
        .published
        .as_ref()
        .map(|published| &published.manifest);
    let snapshot = build(&catalogue, manifest)?;
    let collections = &snapshot.blobs[&snapshot.manifest.collections];
    let offers = OfferContext::of(&catalogue)?;
    let maker = OfferMaker {
        context: offers.clone(),
        at_ms: now_ms()?,
    };
    let sales = snapshot.manifest.sales.iter();
    let sales = sales.map(|(_, hash)| Sale::decode(&snapshot.blobs[hash]));
    let own = ShopWide {
        sales: sales.collect::<Result<_, _>>()?,
        offers,
        currency: Some(catalogue.currency.clone()),
        collections: Collections::decode(collections)?.collections,
        redirects: catalogue.redirects,
    };
    let shop = ShopChanges::between(&standing.shop, &own);
    let products = catalogue.products.into_iter();
    let products = products.map(|product| (product.slug.clone(), product));
    let changes = Changes::between(standing.products.clone(), products.collect(), shop, maker)
        .with_sales(&standing.shop.sales, &own.sales);
    Ok(Prepared {
        snapshot,
        standing_blobs,
        standing,
        changes,
    })
}

/// The date of what changed: now, or `SOURCE_DATE_EPOCH` in seconds, which gives two shops the
/// same bytes. Source: reproducible-builds.org.
pub(crate) fn now_ms() -> Result<i64> {
    if let Ok(seconds) = std::env::var("SOURCE_DATE_EPOCH") {
        let seconds: i64 = seconds.parse().context("SOURCE_DATE_EPOCH")?;
        return seconds.checked_mul(1000).context("SOURCE_DATE_EPOCH");
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.context("the clock of this machine stands before 1970")?;
    Ok(i64::try_from(now.as_millis())?)
}

/// How a catalogue differs from what is published.
pub(crate) struct Comparison {
    pub(crate) changes: Changes,
    /// Blobs that a publish would write.
    pub(crate) new_blobs: usize,
    /// Whether the version that is published is the same.
    pub(crate) is_same: bool,
}

/// Compares a catalogue with what is published; changes nothing.
///
/// # Errors
/// When the catalogue cannot be built.
pub(crate) fn compare(
    client: &StaffClient,
    loaded: &Loaded,
    standing: &Standing,
) -> Result<Comparison> {
    let prepared = prepare(client, &loaded.catalogue, standing)?;
    Ok(Comparison {
        new_blobs: prepared.new_blobs().count(),
        is_same: prepared.is_same(),
        changes: prepared.changes,
    })
}

/// Shows how the catalogue differs from what is published; changes nothing.
///
/// # Errors
/// When the catalogue cannot be built.
pub(crate) fn preview(client: &StaffClient, loaded: &Loaded, standing: &Standing) -> Result<()> {
    let prepared = prepare(client, &loaded.catalogue, standing)?;
    let new = prepared.new_blobs().count();
    prepared.changes.print(&loaded.catalogue.currency);
    println!("nothing was changed; publishing would write {new} blobs");
    Ok(())
}

/// Publishes the catalogue.
///
/// # Errors
/// When the shop refuses or does not answer. Nothing is visible to shoppers then; publishing again
/// continues where this one stopped.
pub(crate) fn publish(
    client: &StaffClient,
    loaded: &Loaded,
    standing: &Standing,
) -> Result<Outcome> {
    let prepared = prepare(client, &loaded.catalogue, standing)?;
    let blobs_total = prepared.snapshot.blobs.len() + prepared.standing_blobs;
    if let Some(current) = &standing.current
        && prepared.is_same()
    {
        let version = current.version;
        return Ok(Outcome::Same {
            version,
            blobs_total,
        });
    }
    let manifest = &prepared.snapshot.manifest;
    let version = begin(client, manifest, prepared.snapshot.manifest_hash)?;
    send_media(
        client,
        loaded,
        &prepared.changes,
        standing.published.as_ref(),
    )?;
    let blobs: Vec<_> = prepared.new_blobs().collect();
    send_blobs(client, &blobs)?;
    let units = |sku: &str| loaded.stock.get(sku).map_or(0, |line| line.quantity);
    send_offers(client, &prepared.changes, &manifest.currency, units)?;
    let expected = standing.current.as_ref().map(|current| current.version);
    activate(client, version, expected)?;
    keep_copies(&prepared.snapshot.blobs);
    Ok(Outcome::Published {
        version,
        blobs: blobs.len(),
        blobs_total,
        currency: manifest.currency.clone(),
        changes: Box::new(prepared.changes),
    })
}

/// Publishes a version that has the products of the published one: `blobs` are those that only it
/// has, its manifest among them. Gives its number.
///
/// # Errors
/// As [`publish`].
pub(crate) fn amend(
    client: &StaffClient,
    current: &Publication,
    manifest: &Manifest,
    blobs: &BTreeMap<Hash, Vec<u8>>,
) -> Result<u64> {
    let version = begin(client, manifest, Hash::of(&manifest.encode()))?;
    send_blobs(client, &blobs.iter().collect::<Vec<_>>())?;
    activate(client, version, Some(current.version))?;
    keep_copies(blobs);
    Ok(version)
}

fn begin(client: &StaffClient, manifest: &Manifest, hash: Hash) -> Result<u64> {
    let begun = client.post(
        staff::PUBLISH,
        &PublicationChange::Begin {
            manifest: hash.to_string(),
            format: FORMAT,
            products: manifest.products,
            variants: manifest.variants,
        },
    )?;
    match begun {
        PublicationReply::Done { publication } => Ok(publication.version),
        begun => bail!("the shop did not begin a version: {begun:?}"),
    }
}

fn send_blobs(client: &StaffClient, blobs: &[(&Hash, &Vec<u8>)]) -> Result<()> {
    parallel("Sending the catalogue", UPLOADS, blobs, |(hash, blob)| {
        client.put(&staff::WRITE_BLOB.at(&[&hash.to_string()]), blob)
    })
}

fn keep_copies(blobs: &BTreeMap<Hash, Vec<u8>>) {
    if let Err(error) = copies::keep(blobs) {
        eprintln!("warning: `souk verify --repair` will lack copies of this version: {error:#}");
    }
}

impl Prepared<'_> {
    /// Whether the shop shows this already, all of which can be read.
    fn is_same(&self) -> bool {
        let hash = self.snapshot.manifest_hash.to_string();
        let current = self.standing.current.as_ref();
        self.standing.published.is_some() && current.is_some_and(|one| one.manifest == hash)
    }

    fn new_blobs(&self) -> impl Iterator<Item = (&Hash, &Vec<u8>)> {
        let known = self.standing.published.as_ref();
        self.snapshot
            .blobs
            .iter()
            .filter(move |(hash, _)| known.is_none_or(|k| !k.has(hash)))
    }
}

fn send_media(
    client: &StaffClient,
    loaded: &Loaded,
    changes: &Changes,
    published: Option<&Published>,
) -> Result<()> {
    let of_products = changes.new_products().flat_map(|product| &product.media);
    let of_collections = loaded
        .catalogue
        .collections
        .iter()
        .filter_map(|c| c.image.as_ref());
    let of_shop = loaded.catalogue.shop.iter().flat_map(|shop| &shop.media);
    let of_shop = of_shop.filter(|name| published.is_none_or(|known| !known.media.contains(*name)));
    let needed: BTreeSet<&str> = of_products
        .chain(of_collections)
        .flat_map(Media::urls)
        .filter_map(|url| url.strip_prefix("/media/"))
        .chain(of_shop.map(String::as_str))
        .collect();
    let files: Vec<_> = loaded
        .media
        .iter()
        .filter(|(name, _)| published.is_none() || needed.contains(name.as_str()))
        .collect();
    parallel("Sending pictures", UPLOADS, &files, |(name, path)| {
        let file = fs::read(path).with_context(|| format!("{}", path.display()))?;
        client.put(&staff::WRITE_MEDIA.at(&[name]), &file)
    })
}

/// Tells the origin what is sold from now on, and what no longer is.
///
/// # Errors
/// When the shop refuses or does not answer.
pub(super) fn send_offers(
    client: &StaffClient,
    changes: &Changes,
    currency: &str,
    units: impl Fn(&str) -> i64,
) -> Result<()> {
    let (offers, withdrawn) = (changes.offers(units), changes.withdrawn());
    let message = |offers: &[_], withdrawn: &[String]| DefineOffers {
        currency: currency.to_owned(),
        offers: offers.to_vec(),
        withdrawn: withdrawn.to_vec(),
    };
    let mut messages: Vec<_> = batches(&offers)
        .into_iter()
        .map(|some| message(some, &[]))
        .collect();
    messages.extend(
        withdrawn
            .chunks(OFFERS_PER_MESSAGE_MAX)
            .map(|some| message(&[], some)),
    );
    let mut progress = Progress::start("Telling the origin prices and stock");
    for (place, message) in messages.iter().enumerate() {
        progress.tick(&format!("{} of {}", place + 1, messages.len()));
        client.post(staff::DEFINE_OFFERS, message)?;
    }
    progress.finish("done");
    Ok(())
}

/// Offers as messages take them: neither too many nor too long together.
fn batches(offers: &[OfferDefinition]) -> Vec<&[OfferDefinition]> {
    // What a message has beside its offers is shorter.
    const OTHER_BYTES: usize = 1_024;
    let mut batches = Vec::new();
    let (mut first, mut bytes) = (0, OTHER_BYTES);
    for (place, offer) in offers.iter().enumerate() {
        let length = serde_json::to_vec(offer).map_or(0, |text| text.len() + 1);
        let is_full = place - first == OFFERS_PER_MESSAGE_MAX;
        if place > first && (is_full || bytes + length > STAFF_BATCH_BYTES_MAX) {
            batches.push(&offers[first..place]);
            (first, bytes) = (place, OTHER_BYTES);
        }
        bytes += length;
    }
    if first < offers.len() {
        batches.push(&offers[first..]);
    }
    batches
}

/// Makes a version the published one, if the one before is still as expected.
///
/// # Errors
/// When it is not, or the shop refuses.
pub(super) fn activate(client: &StaffClient, version: u64, expected: Option<u64>) -> Result<()> {
    match client.post(
        staff::PUBLISH,
        &PublicationChange::Activate { version, expected },
    )? {
        PublicationReply::Done { .. } => Ok(()),
        PublicationReply::Superseded { current } => bail!(
            "another publish activated version {} meanwhile: look at it and publish again",
            current.map_or("?".to_owned(), |version| version.to_string())
        ),
        PublicationReply::Unknown => {
            bail!("the shop does not have all of version {version}: publish again")
        }
        PublicationReply::InUse => bail!("version {version} is in use"),
    }
}

/// Lists the versions.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn print_versions(client: &StaffClient) -> Result<()> {
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    if known.versions.is_empty() {
        println!("nothing is published yet: souk catalogue publish FILE.csv");
    }
    for one in &known.versions {
        let is_published = known.current.get(&one.format) == Some(&one.version);
        let state = match (is_published, one.activated_at_ms) {
            (true, _) => "published",
            (false, Some(_)) => "retired",
            (false, None) => "never published",
        };
        println!(
            "{:>5}  {:>7} products {:>8} variants  {state:<15}  format {:<3}  {}",
            one.version, one.products, one.variants, one.format, one.manifest
        );
    }
    Ok(())
}

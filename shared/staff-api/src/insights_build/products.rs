//! What a build learns of products beside their lists: how much more or less each counts in a search,
//! and which types are bought together. The types and SKUs of products are those of the published
//! catalogue; where it cannot be read, nothing is known of them.
//!
//! Not here: what is made of it (`souk_insights`), since when an SKU is sold out (`souk_order_index`).

use bytes::Bytes;
use souk_catalogue::{Attached, FORMAT, Hash, Manifest, OverviewPage, SlugHash};
use souk_insights::{LONG_SOLD_OUT_DAYS, PAIR_ORDERS_MIN, Pairs, TypesTogether};
use souk_order_index::OrderIndex;
use souk_ports::{BackOffice, PortError};
use souk_protocol::keys;
use souk_protocol::order_index::SOLD_OUT_MAX;
use souk_protocol::origin::AVAILABILITY_PATH;
use souk_protocol::staff::Pointer;
use souk_search_tallies::SearchTallies;
use souk_service_http::get;
use souk_stock_signals::AvailabilitySnapshot;

use super::{BuildError, Builder, slug_hash};
use crate::tick::succeeded;

/// Pairs of products that tell which types are bought together, those of most orders: 50 bytes each
/// are 200 KB.
const PAIRS_OF_TYPES_MAX: i64 = 4_096;

/// What is looked for in the published catalogue.
#[derive(Default)]
pub(super) struct Sought {
    /// SKUs that are sold out for long, by their numbers, with their places among these: the longest
    /// first.
    long_sold_out: Pairs,
    /// Pairs of products that many orders have, and how many.
    pairs: Vec<(SlugHash, SlugHash, u32)>,
}

/// What was found there.
#[derive(Default)]
pub(super) struct Found {
    /// Products all of whose SKUs are sold out for long, the longest first.
    pub(super) long_sold_out: Vec<SlugHash>,
    /// The blob of the types that are bought together.
    pub(super) types: Option<Vec<u8>>,
}

/// The types of some products.
#[derive(Default)]
struct Types {
    names: Vec<String>,
    /// For each product the place of its type; [`UNKNOWN`] as long as it is not known.
    products: Pairs,
}

const UNKNOWN: u64 = u64::MAX;

impl Types {
    /// Those of the products of pairs.
    fn of(pairs: &[(SlugHash, SlugHash, u32)]) -> Self {
        let products = pairs.iter().flat_map(|(one, other, _)| [*one, *other]);
        Self {
            names: Vec::new(),
            products: Pairs::new(products.map(|product| (product.0, UNKNOWN)).collect()),
        }
    }

    /// Notes the type of a product, if it is one of these.
    fn note(&mut self, product: SlugHash, name: &str) {
        if let Some(place) = self.products.get_mut(product.0) {
            let known = self.names.iter().position(|known| known == name);
            let known = known.unwrap_or_else(|| {
                self.names.push(name.to_owned());
                self.names.len() - 1
            });
            *place = known as u64;
        }
    }

    /// The place of the type of a product.
    fn place(&self, product: SlugHash) -> Option<usize> {
        let place = self.products.get(product.0)?;
        usize::try_from(place)
            .ok()
            .filter(|at| *at < self.names.len())
    }
}

impl<D: BackOffice, B: OrderIndex, S: SearchTallies> Builder<'_, D, B, S> {
    /// What is to be looked for: the types of products that many orders have too, if that is `wanted`.
    pub(super) async fn sought(&self, today: i64, wants_types: bool) -> Result<Sought, BuildError> {
        let answer = succeeded(self.back_office.send(get(AVAILABILITY_PATH)).await?)?;
        let snapshot = AvailabilitySnapshot::decode(answer);
        let sold_out: Vec<u32> = snapshot.sold_out_numbers().take(SOLD_OUT_MAX).collect();
        let since_day = today - i64::from(LONG_SOLD_OUT_DAYS);
        let long = self
            .index
            .note_sold_out(&sold_out, today, since_day)
            .await?;
        let long = long.into_iter().map(u64::from).zip(0..);
        let long_sold_out = Pairs::new(long.collect());
        let mut pairs = Vec::new();
        if wants_types {
            let met = self
                .index
                .most_met(PAIR_ORDERS_MIN.into(), PAIRS_OF_TYPES_MAX);
            let met = met.await?.into_iter();
            pairs.extend(met.filter_map(|(one, other, orders)| {
                let orders = u32::try_from(orders).ok()?;
                Some((slug_hash(&one)?, slug_hash(&other)?, orders))
            }));
        }
        Ok(Sought {
            long_sold_out,
            pairs,
        })
    }

    /// Looks for it in the published catalogue.
    pub(super) async fn found(&self, sought: &Sought) -> Result<Found, PortError> {
        if sought.long_sold_out.as_slice().is_empty() && sought.pairs.is_empty() {
            return Ok(Found::default());
        }
        let mut types = Types::of(&sought.pairs);
        let mut long = Vec::new();
        for page in self.overview().await? {
            let Some(blob) = self.blob(page).await? else {
                continue;
            };
            let Ok(page) = OverviewPage::decode(&blob) else {
                continue;
            };
            for product in page.products() {
                let skus = product.sku_numbers();
                let since = skus.map(|sku| sought.long_sold_out.get(sku.into()));
                // As long as its last one.
                let since = since.reduce(|a, b| Some(a?.max(b?))).flatten();
                long.extend(since.map(|since| (since, product.slug.0)));
                types.note(
                    product.slug,
                    page.types.get(product.type_place).unwrap_or(&""),
                );
            }
        }
        let pairs = sought.pairs.iter().filter_map(|(one, other, orders)| {
            Some((types.place(*one)?, types.place(*other)?, *orders))
        });
        let names: Vec<&str> = types.names.iter().map(String::as_str).collect();
        Ok(Found {
            long_sold_out: (Pairs::new(long).as_slice().iter())
                .map(|(_, product)| SlugHash(*product))
                .collect(),
            types: TypesTogether::learn(&names, pairs).encode(),
        })
    }

    /// The pages with all products of the published catalogue; none where it cannot be read.
    async fn overview(&self) -> Result<Vec<Hash>, PortError> {
        let pointer = self.back_office.read(&keys::current(FORMAT)).await?;
        let pointer = pointer.and_then(|pointer| souk_json::read::<Pointer>(&pointer).ok());
        let Some(manifest) = pointer.and_then(|pointer| Hash::parse(&pointer.manifest)) else {
            return Ok(Vec::new());
        };
        let manifest = self.blob(manifest).await?;
        let manifest = manifest.and_then(|blob| Manifest::decode(&blob).ok());
        let Some(list) = manifest.and_then(|manifest| manifest.overview) else {
            return Ok(Vec::new());
        };
        let list = self.blob(list).await?;
        let list = list.and_then(|blob| Attached::decode(&blob).ok());
        Ok(list.map_or(Vec::new(), |list| list.blobs().collect()))
    }

    async fn blob(&self, hash: Hash) -> Result<Option<Bytes>, PortError> {
        self.back_office.read(&keys::blob(hash)).await
    }
}

//! A catalogue of any size, made in memory, and a shop that it is published to as the staff do.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_catalogue::{
    Catalogue, CollectionInfo, FORMAT, FactsContext, Hash, Media, MediaRendition, OptionName,
    Product, Seo, Snapshot, Text, Variant, build,
};
use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;
use souk_protocol::origin::{DefineOffers, OfferDefinition};
use souk_protocol::staff::{
    self, CreateToken, CreatedToken, Permission, PublicationChange, PublicationReply,
};
use tokio::task::LocalSet;

use crate::connection::Connection;
use crate::prices;
use crate::workerd::SECRET;

/// Collections of the catalogue.
const COLLECTIONS: usize = 40;
/// Variants of a product.
const VARIANTS: usize = 3;
/// Stock of every variant: no order of a benchmark sells it out.
const UNITS: i64 = 1_000_000_000;
/// Blobs that are sent at the same time.
const UPLOADS: usize = 8;

/// The address name of a product.
pub(crate) fn slug(product: usize) -> String {
    format!("product-{product}")
}

/// A catalogue with texts, pictures and choices of the usual length.
pub(crate) fn catalogue(products: usize) -> Catalogue {
    Catalogue {
        products: (0..products).map(product).collect(),
        collections: (0..COLLECTIONS)
            .map(|number| CollectionInfo {
                slug: format!("collection-{number}"),
                title: Text::new(format!("Collection {number}")),
                ..CollectionInfo::default()
            })
            .collect(),
        currency: "USD".to_owned(),
        ..Catalogue::default()
    }
}

fn product(number: usize) -> Product {
    let sentence = "Thrown by hand, glazed twice and fired for a day and a night. ";
    let price = 900 + i64::try_from(number * 7919 % 9_000).unwrap_or_default();
    let variant = |place: usize| Variant {
        sku: format!("SKU-{number}-{place}"),
        option_values: vec![Text::new(["Small", "Medium", "Large"][place % 3])],
        price_minor: price + 200 * i64::try_from(place).unwrap_or_default(),
        weight_g: 350,
        media: Some(0),
        ..Variant::default()
    };
    let picture = |place: usize| Media {
        alt: Text::new(format!("Product {number}, view {place}")),
        width: 1200,
        height: 1200,
        renditions: vec![MediaRendition {
            width: 1200,
            url: format!("https://pictures.example/{number}/{place}.jpg"),
        }],
        preview: None,
    };
    Product {
        slug: slug(number),
        title: Text::translated(
            format!("Stoneware mug number {number}"),
            [Some(format!("炻器马克杯 {number}"))],
        ),
        description_html: Text::new(format!("<p>{}</p>", sentence.repeat(10))),
        vendor: "Kiln and Co".to_owned(),
        product_type: Text::new("Mugs"),
        tags: vec!["stoneware".to_owned(), "kitchen".to_owned()],
        collections: vec![format!("collection-{}", number % COLLECTIONS)],
        options: vec![OptionName {
            name: Text::new("Size"),
        }],
        variants: (0..VARIANTS).map(variant).collect(),
        media: (0..2).map(picture).collect(),
        seo: Seo::default(),
        modified_at_ms: 0,
        published_at_ms: None,
    }
}

/// What a publish did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Publish {
    pub(crate) blobs: usize,
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

/// The same key gives the same token.
const TOKEN_KEY: &str = "the-token-of-the-benchmark";

/// The staff API of a running shop.
pub(crate) struct Staff {
    address: SocketAddr,
    token: OnceCell<String>,
    published: Option<(u64, Snapshot)>,
}

impl Staff {
    /// The staff of an empty shop.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            token: OnceCell::new(),
            published: None,
        }
    }

    /// Publishes what differs from the version that was published before. `sold` names the first
    /// so many products whose offers and stock are sent to the origin.
    ///
    /// # Errors
    /// When the shop refuses.
    pub(crate) async fn publish(
        &mut self,
        catalogue: &Catalogue,
        sold: &[Product],
    ) -> Result<Publish> {
        let published = self.published.as_ref().map(|(_, known)| &known.manifest);
        let snapshot = build(catalogue, published)?;
        self.token().await?;
        let started = Instant::now();
        let begun = self
            .step(&PublicationChange::Begin {
                manifest: snapshot.manifest_hash.to_string(),
                format: FORMAT,
                products: snapshot.manifest.products,
                variants: snapshot.manifest.variants,
            })
            .await?;
        let PublicationReply::Done { publication } = begun else {
            bail!("the shop did not begin a version: {begun:?}");
        };
        let known = |hash: &Hash| {
            let published = self.published.as_ref();
            published.is_some_and(|(_, known)| known.blobs.contains_key(hash))
        };
        let new: BTreeMap<&Hash, &Vec<u8>> = snapshot
            .blobs
            .iter()
            .filter(|(hash, _)| !known(hash))
            .collect();
        let requests: Vec<Vec<u8>> = new
            .iter()
            .map(|(hash, blob)| {
                let blob_address = staff::WRITE_BLOB.at(&[&hash.to_string()]);
                self.request("PUT", blob_address.path(), blob)
            })
            .collect();
        send_all(self.address, requests).await?;
        self.define(catalogue, sold).await?;
        let change = PublicationChange::Activate {
            version: publication.version,
            expected: self.published.as_ref().map(|(version, _)| *version),
        };
        let reply = self.step(&change).await?;
        let PublicationReply::Done { .. } = reply else {
            bail!("the shop did not activate the version: {reply:?}");
        };
        let publish = Publish {
            blobs: new.len(),
            bytes: new.values().map(|blob| blob.len()).sum(),
            time: started.elapsed(),
        };
        self.published = Some((publication.version, snapshot));
        Ok(publish)
    }

    async fn define(&self, catalogue: &Catalogue, products: &[Product]) -> Result<()> {
        let context = prices::facts_context(catalogue);
        let offers = products.iter().flat_map(|product| offers(product, context));
        let offers: Vec<_> = offers.collect();
        let messages = offers
            .chunks(OFFERS_PER_MESSAGE_MAX)
            .map(|some| DefineOffers {
                currency: "USD".to_owned(),
                offers: some.to_vec(),
                withdrawn: Vec::new(),
            });
        for message in messages {
            let body = serde_json::to_vec(&message)?;
            let request = self.request("POST", staff::DEFINE_OFFERS.path(), &body);
            send(&mut Connection::open(self.address).await?, &request).await?;
        }
        Ok(())
    }

    async fn step(&self, change: &PublicationChange) -> Result<PublicationReply> {
        self.post(staff::PUBLISH.path(), change).await
    }

    /// Reads what the staff may see.
    ///
    /// # Errors
    /// When the shop refuses.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask("GET", path, b"").await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> Result<T> {
        self.ask("POST", path, &serde_json::to_vec(message)?).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: &[u8]) -> Result<T> {
        self.token().await?;
        let request = self.request(method, path, body);
        let mut connection = Connection::open(self.address).await?;
        let body = send(&mut connection, &request).await?;
        serde_json::from_slice(&body).context("the shop's answer is not understood")
    }

    /// The token with which the benchmark does everything; the same one every time.
    ///
    /// # Errors
    /// When the shop makes none.
    pub(crate) async fn token(&self) -> Result<&str> {
        if let Some(token) = self.token.get() {
            return Ok(token);
        }
        let asked = serde_json::to_vec(&CreateToken {
            name: "bench".to_owned(),
            permissions: Permission::ALL.to_vec(),
            expires_at_ms: None,
        })?;
        let path = staff::CREATE_TOKEN.path();
        let request = self.request_with(SECRET, "POST", path, &asked);
        let answer = send(&mut Connection::open(self.address).await?, &request).await?;
        let made: CreatedToken = serde_json::from_slice(&answer)?;
        Ok(self.token.get_or_init(|| made.token))
    }

    /// A request with the token, which was made.
    fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let token = self.token.get().expect("the token is made first");
        self.request_with(token, method, path, body)
    }

    fn request_with(&self, token: &str, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nidempotency-key: {TOKEN_KEY}\r\n\
             content-length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }
}

fn offers(
    product: &Product,
    context: Option<FactsContext<'static>>,
) -> impl Iterator<Item = OfferDefinition> {
    let variants = product.variants.iter();
    variants.map(move |variant| OfferDefinition {
        sku: variant.sku.clone(),
        title: product.title.base.clone(),
        slug: product.slug.clone(),
        unit_price: variant.price_minor,
        backorder: false,
        initial_units: UNITS,
        facts: context
            .map(|context| product.facts(variant, context).stamp().to_string())
            .into_iter()
            .collect(),
        prices: Vec::new(),
    })
}

async fn send(connection: &mut Connection, request: &[u8]) -> Result<Vec<u8>> {
    let answer = connection.send(request).await?;
    if !(200..=299).contains(&answer.status) {
        let body = String::from_utf8_lossy(answer.body).into_owned();
        bail!("the staff API answered {}: {body}", answer.status);
    }
    Ok(answer.body.to_vec())
}

async fn send_all(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<()> {
    let (requests, next) = (Rc::new(requests), Rc::new(Cell::new(0)));
    let local = LocalSet::new();
    let workers: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (requests, next) = (requests.clone(), next.clone());
            local.spawn_local(async move {
                let mut connection = Connection::open(address).await?;
                while let Some(request) = requests.get(next.replace(next.get() + 1)) {
                    send(&mut connection, request).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    local
        .run_until(async {
            for worker in workers {
                worker.await.context("an upload panicked")??;
            }
            Ok(())
        })
        .await
}

/// The body of an order of one unit.
pub(crate) fn order_body(sku: &str) -> String {
    format!(
        r#"{{"lines":[{{"sku":"{sku}","quantity":1}}],"customer":{{"name":"Li Lei","email":"lilei@example.com"}},"shipping_address":{{"country":"CN","region":"Zhejiang","city":"Hangzhou","postal_code":"310000","line1":"1 Wensan Road","line2":""}},"delivery":"standard","payment":{{"method":"on_delivery"}}}}"#
    )
}

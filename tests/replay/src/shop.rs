//! The shop of a replay: what its trace names is there, with units of everything.
//!
//! A product of one variant for each address of one, a collection for each address of one, and the sales of
//! the trace, each with one product of its own. Nothing of a real shop's catalogue is known: pages have the
//! size of a plain product.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use souk_catalogue::{
    Catalogue, CollectionInfo, FORMAT, FactsContext, Hash, Identity, Product, Publish, Sale,
    SaleItem, ShopBlobs, Text, Variant, build,
};
use souk_domain::{Currency, Sku, sale_sku};
use souk_pricing::{
    Amount, Amounts, DeliveryRate, MarketPrices, Method, MethodKind, Price, Terms, Title,
};
use souk_protocol::keys;
use souk_protocol::origin::{
    DefineOffers, OFFERS_PATH, OfferDefinition, PriceTerms, SetTerms, TERMS_PATH,
};
use souk_protocol::staff::Pointer;
use souk_room::Session;
use souk_room::schedule::session_number;
use souk_shop::{PaymentMethods, Shop};

use crate::origin::Origin;
use crate::trace::{Act, SaleTerms, Trace};
use crate::world::BEGIN_MS;

/// What everything costs, in minor units, and in a sale.
const PRICE: i64 = 1_990;
const SALE_PRICE: i64 = 990;
/// Units of what is in no sale: more than any trace orders.
const UNITS: i64 = 1_000_000_000;
/// The only way of delivery.
pub(crate) const DELIVERY: &str = "standard";
const MARKET: &str = "main";
const LANGUAGES: &[&str] = &["en"];
/// How long one who was called may buy, and how long an order waits for its payment.
const BUY_WITHIN_MS: i64 = 300_000;
const PAY_WITHIN_MS: i64 = 600_000;

/// A published version, and the sales in it.
pub(crate) struct Published {
    /// The key-value store of the edges.
    pub(crate) store: BTreeMap<String, Bytes>,
    pub(crate) sales: Vec<Sale>,
    /// The SKU of each product by its slug.
    pub(crate) skus: BTreeMap<String, String>,
}

/// Publishes the shop of a trace, and tells the origin what it sells.
///
/// # Errors
/// When the trace names something that no shop can have.
pub(crate) fn publish(trace: &Trace, origin: &Origin) -> Result<Published> {
    let terms = Terms::plain(MARKET, Currency::USD, "UTC", vec![delivery()]);
    let (slugs, collections) = named(trace);
    let mut products: Vec<_> = slugs.iter().map(|slug| product(slug)).collect();
    let sales = trace.sales.iter().map(|sale| of_sale(sale, &mut products));
    let sales: Vec<Sale> = sales.collect::<Result<_>>()?;
    let shop = Shop {
        payment: PaymentMethods {
            offered: vec!["on_delivery".to_owned()],
            ..PaymentMethods::default()
        },
        ..Shop::plain()
    };
    let blob = terms.encode().context("terms of prices")?;
    let catalogue = Catalogue {
        products,
        collections: collections.iter().map(|slug| collection(slug)).collect(),
        currency: Currency::USD.code().to_owned(),
        publish: Some(Publish {
            markets: terms.markets.clone(),
            at_ms: BEGIN_MS,
        }),
        sales,
        shop: Some(ShopBlobs {
            settings: shop.encode(),
            terms: shop.terms().to_json(),
            pricing: Some(Hash::of(&blob)),
            blobs: vec![blob.clone()],
            ..ShopBlobs::default()
        }),
        ..Catalogue::default()
    };
    let snapshot = build(&catalogue, None)?;
    let blobs = snapshot.blobs.into_iter();
    let mut store: BTreeMap<_, Bytes> = blobs
        .map(|(hash, blob)| (keys::blob(hash), blob.into()))
        .collect();
    let pointer = Pointer {
        version: 1,
        manifest: snapshot.manifest_hash.to_string(),
        activated_at_ms: BEGIN_MS,
        before: None,
    };
    store.insert(keys::current(FORMAT), serde_json::to_vec(&pointer)?.into());
    let set_terms = SetTerms {
        orders: shop.terms(),
        prices: Some(PriceTerms {
            stamp: terms.stamp().to_string(),
            blob: STANDARD.encode(&blob),
        }),
        revoked: Vec::new(),
    };
    let _: () = origin.ask(TERMS_PATH, Some(&set_terms), BEGIN_MS)?;
    offer(&catalogue, origin)?;
    let skus = catalogue.products.iter();
    let skus = skus.map(|one| (one.slug.clone(), one.variants[0].sku.clone()));
    Ok(Published {
        store,
        skus: skus.collect(),
        sales: catalogue.sales,
    })
}

/// The only way of delivery, without cost.
fn delivery() -> Method {
    let amount = Amount {
        currency: Currency::USD,
        minor: 0,
    };
    Method {
        id: DELIVERY.to_owned(),
        title: Title {
            own: "Standard".to_owned(),
            others: Vec::new(),
        },
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(vec![amount]),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    }
}

/// Slugs of products and collections that are asked for.
fn named(trace: &Trace) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut products, mut collections) = (BTreeSet::new(), BTreeSet::new());
    for step in &trace.steps {
        let Act::Request { address, .. } = &step.act else {
            continue;
        };
        let path = address.split('?').next().unwrap_or_default();
        let product = path.strip_prefix("/products/");
        let product = product.or_else(|| path.strip_prefix("/api/v1/products/"));
        let collection = path.strip_prefix("/collections/");
        // What is encoded is no slug that needs to be there.
        let is_plain = |slug: &&str| !slug.contains(['%', '/']) && slug.len() <= 100;
        products.extend(product.filter(is_plain).map(str::to_owned));
        let collection = collection.filter(|slug| *slug != souk_catalogue::Collections::ALL);
        collections.extend(collection.filter(is_plain).map(str::to_owned));
    }
    (products, collections)
}

fn product(slug: &str) -> Product {
    let about = "<p>Made in small lots by people who have done it for long.</p>";
    Product {
        slug: slug.to_owned(),
        title: Text::new(slug),
        description_html: Text::new(about.repeat(8)),
        vendor: "Souk".to_owned(),
        product_type: Text::new("Thing"),
        variants: vec![Variant {
            sku: format!("SKU-{slug}"),
            price_minor: PRICE,
            weight_g: 100,
            ..Variant::default()
        }],
        ..Product::default()
    }
}

fn collection(slug: &str) -> CollectionInfo {
    CollectionInfo {
        slug: slug.to_owned(),
        title: Text::new(slug),
        ..CollectionInfo::default()
    }
}

/// A sale of a product of its own, one unit for each ticket.
fn of_sale(terms: &SaleTerms, products: &mut Vec<Product>) -> Result<Sale> {
    let product = product(&format!("{}-item", terms.id));
    let merchant_sku = product.variants[0].sku.clone();
    let sku = sale_sku(&terms.id, &Sku::parse(&merchant_sku)?)?.to_string();
    let (languages, market) = (LANGUAGES, MARKET);
    let mut facts = product.facts(&product.variants[0], FactsContext { languages, market });
    facts.sku.clone_from(&sku);
    facts.prices = vec![MarketPrices {
        market: MARKET.to_owned(),
        timeline: vec![Price {
            from_ms: 0,
            minor: Some(SALE_PRICE),
            ..Price::default()
        }],
    }];
    let opens_at_ms = BEGIN_MS + terms.opens_ms;
    let item = SaleItem {
        product: product.card(),
        variant: 0,
        merchant_sku,
        sku,
        units: terms.units,
        limit: 1,
        facts,
    };
    products.retain(|known| known.slug != product.slug);
    products.push(product);
    Ok(Sale {
        id: terms.id.clone(),
        title: Text::new(&terms.id),
        sessions: vec![Session {
            number: session_number(&terms.id, opens_at_ms),
            gathers_at_ms: BEGIN_MS + terms.gathers_ms,
            opens_at_ms,
            closes_at_ms: BEGIN_MS + terms.closes_ms,
        }],
        identity: Identity::Visitor,
        buy_within_ms: BUY_WITHIN_MS,
        pay_within_ms: PAY_WITHIN_MS,
        overbook_permille: 1_000,
        items: vec![item],
        room: true,
    })
}

/// Tells the origin what is sold.
fn offer(catalogue: &Catalogue, origin: &Origin) -> Result<()> {
    let (languages, market) = (LANGUAGES, MARKET);
    let plain = catalogue.products.iter().map(|product| {
        let variant = &product.variants[0];
        let facts = product.facts(variant, FactsContext { languages, market });
        definition(
            product,
            &variant.sku,
            PRICE,
            UNITS,
            facts.stamp().to_string(),
        )
    });
    let items = catalogue.sales.iter().map(|sale| {
        let item = &sale.items[0];
        let facts = sale.facts_in(item, &sale.sessions[0]).stamp().to_string();
        definition(
            &item.product,
            &item.sku,
            SALE_PRICE,
            item.units.into(),
            facts,
        )
    });
    let offers: Vec<_> = plain.chain(items).collect();
    for offers in offers.chunks(souk_protocol::limits::OFFERS_PER_MESSAGE_MAX) {
        let define = DefineOffers {
            currency: catalogue.currency.clone(),
            offers: offers.to_vec(),
            withdrawn: Vec::new(),
        };
        let _: () = origin.ask(OFFERS_PATH, Some(&define), BEGIN_MS)?;
    }
    Ok(())
}

fn definition(
    product: &Product,
    sku: &str,
    unit_price: i64,
    units: i64,
    facts: String,
) -> OfferDefinition {
    OfferDefinition {
        sku: sku.to_owned(),
        title: product.title.base.clone(),
        slug: product.slug.clone(),
        unit_price,
        backorder: false,
        initial_units: units,
        facts: vec![facts],
        prices: Vec::new(),
    }
}

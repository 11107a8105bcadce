//! `/api/v1/products`: the catalogue as JSON.

use std::collections::BTreeMap;

use http::StatusCode;
use souk_catalogue::{Collection, Collections, FacetName, ListingOrder, Product, Variant};
use souk_domain::{Locale, canonical_name};
use souk_operations::Switch;
use souk_pages::paths::PRICE_MAX;
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::{limits, public};

use crate::catalogue::filters::{self, Filters, PriceUnit};
use crate::catalogue::listing::{ListingQuery, read_place};
use crate::catalogue::reader::Reader;
use crate::catalogue::version::Version;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::signals::{Badge, FiltersShown, Signals};

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/products`.
    pub(crate) async fn api_products(&self) -> Outcome {
        let ListQuery {
            collection: slug,
            listing: mut query,
        } = ListQuery::read(self)?;
        let (reader, locale) = self.api_reader("lang").await?;
        query.market = locale.market();
        query.check_cursor(&slug)?;
        let signals = self.signals().await;
        let switches = signals.switches;
        let has_filters = switches.filters_of_listings() != FiltersShown::None;
        if !has_filters && !query.filters.is_empty() {
            return Err(Failure::SwitchedOff(Switch::Filters));
        }
        if !switches.sorts_listings() && query.order != ListingOrder::Featured {
            return Err(Failure::SwitchedOff(Switch::Listings));
        }
        let content = Content::ApiProducts {
            slug: slug.clone(),
            listing: query.key(),
        };
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        self.cached(content, locale, &reader, &signals, async || {
            let Some(collection) = reader.version.collections.find(&slug) else {
                let detail = format!("there is no collection '{slug}'");
                return Err(reply::invalid("?collection", detail)
                    .with_status(404)
                    .into());
            };
            check_options(&reader, collection, &query.filters).await?;
            let page = reader.listing(collection, &query).await?;
            let currency = reader.currency().code();
            let items = page.cards.iter();
            let items =
                items.map(|card| product_json(card, currency, locale, &signals, Badge::OnCard));
            let version = reader.version.number;
            let page = public::ProductPage {
                items: items.collect(),
                next: page
                    .next
                    .map(|start| query.cursor_at(version, &slug, start)),
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &page))
        })
        .await
    }

    /// `GET /api/v1/products/{slug}`.
    pub(crate) async fn api_product(&self, slug: &str) -> Outcome {
        let slug = &*canonical_name(slug);
        let (reader, locale) = self.api_reader("lang").await?;
        let signals = self.signals().await;
        let content = Content::ApiProduct {
            slug: slug.to_owned(),
        };
        self.cached(content, locale, &reader, &signals, async || {
            let Some(product) = reader.product(slug).await? else {
                let detail = format!("there is no product '{slug}'");
                return Err(Problem::new(ProblemKind::NotFound).detail(detail).into());
            };
            let currency = reader.currency().code();
            let mut body = product_json(&product, currency, locale, &signals, Badge::OnItsOwn);
            for (place, variant) in body.variants.iter_mut().enumerate() {
                variant.custom_options = reader.options(&product, place, locale).await?;
            }
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body))
        })
        .await
    }
}

struct ListQuery {
    collection: String,
    listing: ListingQuery,
}

impl ListQuery {
    fn read<E: Edge>(shop: &Shop<'_, E>) -> Result<Self, Problem> {
        // A client that fills in a template leaves empty what it does not want.
        let given = |text: &String| !text.is_empty();
        let parameter = |name| shop.incoming.parameter(name).filter(given);
        let collection = parameter("collection");
        let collection = collection.map(|slug| canonical_name(&slug).into_owned());
        let limit = read_limit(shop)?.unwrap_or(limits::PAGE_ITEMS_DEFAULT);
        let (filters, others) = Filters::read(shop.incoming.parameters(), PriceUnit::Minor)?;
        // A misspelt filter must not return everything; no other parameter has a dot in its name.
        if let Some(name) = others.iter().find(|name| name.contains('.')) {
            return Err(filters::invalid(name, "is no filter of this list"));
        }
        if filters.has_no_price() {
            return Err(filters::invalid(PRICE_MAX, "is below price.min"));
        }
        let (order, cursor) =
            read_place(parameter("sort").as_deref(), parameter("cursor").as_deref())?;
        Ok(Self {
            collection: collection.unwrap_or_else(|| Collections::ALL.to_owned()),
            listing: ListingQuery {
                order,
                filters,
                cursor,
                count: limit,
                market: 0,
            },
        })
    }
}

/// Refuses an option that no product of the collection has: its name is misspelt. A value that no
/// product has is allowed: its last product may have left the catalogue a moment ago.
async fn check_options<E: Edge>(
    reader: &Reader<'_, E>,
    collection: &Collection,
    filters: &Filters,
) -> Result<(), Failure> {
    let options = filters.facets.keys().filter_map(|facet| match facet {
        FacetName::Option(name) => Some(name),
        FacetName::Vendor | FacetName::Type | FacetName::Tag => None,
    });
    let options: Vec<_> = options.collect();
    if options.is_empty() {
        return Ok(());
    }
    let facets = reader.facets(collection).await?;
    match options.into_iter().find(|name| !facets.has_option(name)) {
        None => Ok(()),
        Some(name) => {
            let parameter = filters::parameter(&FacetName::Option(name.clone()));
            let detail = "is an option that no product of the collection has";
            Err(filters::invalid(&parameter, detail).into())
        }
    }
}

/// How many items a client wants on a page.
pub(crate) fn read_limit<E: Edge>(shop: &Shop<'_, E>) -> Result<Option<u32>, Problem> {
    let given = shop.incoming.parameter("limit");
    let Some(text) = given.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(limit @ 1..=limits::PAGE_ITEMS_MAX) => Ok(Some(limit)),
        _ => {
            let most = limits::PAGE_ITEMS_MAX;
            let detail = format!("must be a whole number from 1 to {most}");
            Err(reply::invalid("?limit", detail))
        }
    }
}

impl<'a, E: Edge> Shop<'a, E> {
    /// The published version in the market that a client wants, by its id, and the language: by the code
    /// that stands in addresses, or by its tag. Without `market` it is the first one.
    pub(crate) async fn api_reader(
        &self,
        language: &str,
    ) -> Result<(Reader<'a, E>, Locale), Failure> {
        let reader = self.reader().await?;
        let market = match self.incoming.parameter("market").as_deref() {
            None | Some("") => 0,
            Some(id) => reader.version.market(id).ok_or_else(|| {
                let markets = reader.version.markets.iter();
                one_of("market", markets.map(|market| market.id.as_str()))
            })?,
        };
        let locale = self.api_language(&reader.version, market, language)?;
        Ok((reader.of(locale), locale))
    }

    /// The language that a client wants of those of the market at a place; without the parameter its
    /// first one.
    pub(crate) fn api_language(
        &self,
        version: &Version,
        market: usize,
        parameter: &str,
    ) -> Result<Locale, Problem> {
        let about = &version.shop;
        let locales = about.locales_of(&version.markets, market);
        let wanted = self.incoming.parameter(parameter);
        let Some(wanted) = wanted.filter(|text| !text.is_empty()) else {
            return Ok(locales[0]);
        };
        let is_wanted = |locale: &&Locale| {
            let names = [locale.code(), about.tag(**locale)];
            names.iter().any(|name| name.eq_ignore_ascii_case(&wanted))
        };
        let found = locales.iter().find(is_wanted).copied();
        found.ok_or_else(|| one_of(parameter, locales.iter().map(Locale::code)))
    }
}

fn one_of<'t>(parameter: &str, known: impl Iterator<Item = &'t str>) -> Problem {
    let known: Vec<_> = known.collect();
    let detail = format!("must be one of {}", known.join(", "));
    reply::invalid(&format!("?{parameter}"), detail)
}

/// A product as the API has it.
pub(crate) fn product_json(
    product: &Product,
    currency: &str,
    locale: Locale,
    signals: &Signals,
    badge: Badge,
) -> public::Product {
    let money = |amount| public::Money {
        amount,
        currency: currency.to_owned(),
    };
    let description = product.description_html.get(locale);
    public::Product {
        slug: product.slug.clone(),
        title: product.title.get(locale).to_owned(),
        description_html: (!description.is_empty()).then(|| description.to_owned()),
        vendor: product.vendor.clone(),
        product_type: product.product_type.get(locale).to_owned(),
        tags: product.tags.clone(),
        collections: product.collections.clone(),
        images: product
            .media
            .iter()
            .filter_map(|media| {
                Some(public::Image {
                    url: media.renditions.last()?.url.clone(),
                    alt: media.alt.get(locale).to_owned(),
                    width: media.width,
                    height: media.height,
                })
            })
            .collect(),
        variants: product
            .variants
            .iter()
            .map(|variant| public::Variant {
                sku: variant.sku.clone(),
                title: product.variant_title(variant, locale),
                options: options(product, variant, locale),
                price: money(variant.price_minor),
                compare_at_price: variant.compare_at_minor.map(money),
                prior_price: variant.prior_minor.map(money),
                merchant_sku: variant.merchant_sku.clone(),
                barcode: variant.barcode.clone(),
                available: variant.backorder || signals.is_available(&variant.sku, badge),
                custom_options: Vec::new(),
            })
            .collect(),
    }
}

/// Names of options and what the variant has of each.
fn options(product: &Product, variant: &Variant, locale: Locale) -> BTreeMap<String, String> {
    let pairs = product.options.iter().zip(&variant.option_values);
    let mut options = BTreeMap::new();
    // One after the other: to collect them would sort them first, by 4 KiB of code.
    options.extend(pairs.map(|(option, value)| {
        let name = option.name.get(locale).to_owned();
        (name, value.get(locale).to_owned())
    }));
    options
}

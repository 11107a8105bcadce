//! `/api/v1/products`: the catalogue as JSON.

use http::StatusCode;
use souk_catalogue::{Collection, Collections, FacetName, Product};
use souk_domain::{Locale, canonical_name};
use souk_pages::paths::PRICE_MAX;
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::{limits, public};
use souk_shop::Shop as ShopSettings;

use crate::catalogue::availability::Availability;
use crate::catalogue::filters::{self, Filters, PriceUnit};
use crate::catalogue::listing::{ListingQuery, read_place};
use crate::catalogue::reader::Reader;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/products`.
    pub(crate) async fn api_products(&self) -> Outcome {
        let ListQuery {
            collection: slug,
            listing: query,
        } = ListQuery::read(self)?;
        query.check_cursor(&slug)?;
        let reader = self.reader().await?;
        let locale = read_locale(self, &reader.version.shop)?;
        let availability = self.availability().await;
        let content = Content::ApiProducts {
            slug: slug.clone(),
            listing: query.key(),
        };
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        self.cached(content, locale, &reader, &availability, async || {
            let Some(collection) = reader.version.collections.find(&slug) else {
                let detail = format!("there is no collection '{slug}'");
                return Err(reply::invalid("?collection", detail)
                    .with_status(404)
                    .into());
            };
            check_options(&reader, collection, &query.filters).await?;
            let page = reader.listing(collection, &query).await?;
            let currency = &reader.version.manifest.currency;
            let items = page.cards.iter();
            let items = items.map(|card| product_json(card, currency, locale, &availability));
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
        let reader = self.reader().await?;
        let locale = read_locale(self, &reader.version.shop)?;
        let availability = self.availability().await;
        let content = Content::ApiProduct {
            slug: slug.to_owned(),
        };
        self.cached(content, locale, &reader, &availability, async || {
            let Some(product) = reader.product(slug).await? else {
                let detail = format!("there is no product '{slug}'");
                return Err(Problem::new(ProblemKind::NotFound).detail(detail).into());
            };
            let currency = &reader.version.manifest.currency;
            let body = product_json(&product, currency, locale, &availability);
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

/// The language that a client wants: by the code that stands in addresses, or by its tag.
pub(crate) fn read_locale<E: Edge>(
    shop: &Shop<'_, E>,
    about: &ShopSettings,
) -> Result<Locale, Problem> {
    read_language(shop, about, "lang")
}

/// As [`read_locale`], from a parameter with another name.
pub(crate) fn read_language<E: Edge>(
    shop: &Shop<'_, E>,
    about: &ShopSettings,
    parameter: &str,
) -> Result<Locale, Problem> {
    let Some(wanted) = shop
        .incoming
        .parameter(parameter)
        .filter(|text| !text.is_empty())
    else {
        return Ok(about.own());
    };
    let is_wanted = |locale: &Locale| {
        let names = [locale.code(), about.tag(*locale)];
        names.iter().any(|name| name.eq_ignore_ascii_case(&wanted))
    };
    about.locales().find(is_wanted).ok_or_else(|| {
        let codes: Vec<_> = about
            .locales()
            .map(|locale| locale.code().to_owned())
            .collect();
        let detail = format!("must be one of {}", codes.join(", "));
        reply::invalid(&format!("?{parameter}"), detail)
    })
}

/// A product as the API has it.
pub(crate) fn product_json(
    product: &Product,
    currency: &str,
    locale: Locale,
    availability: &Availability,
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
                options: product
                    .options
                    .iter()
                    .zip(&variant.option_values)
                    .map(|(o, v)| (o.name.get(locale).to_owned(), v.get(locale).to_owned()))
                    .collect(),
                price: money(variant.price_minor),
                compare_at_price: variant.compare_at_minor.map(money),
                merchant_sku: variant.merchant_sku.clone(),
                barcode: variant.barcode.clone(),
                available: variant.backorder || availability.is_available(&variant.sku),
            })
            .collect(),
    }
}

//! `/api/v1`: products and orders as JSON.

use bytes::Bytes;
use headers::{ContentType, HeaderMapExt};
use http::{HeaderValue, Response, StatusCode};
use mime::Mime;
use souk_catalogue::{Collection, Collections, FacetName, ListingOrder, Product};
use souk_domain::{Currency, Locale};
use souk_protocol::life::{self, OrderRecord};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::trade::SubmitReply;
use souk_protocol::{limits, public, trade};

use crate::availability::Availability;
use crate::catalogue::Reader;
use crate::cursor::Cursor;
use crate::filters::{self, Filters, PRICE_MAX, PriceUnit};
use crate::listing::ListingQuery;
use crate::order_json::{money, order_json, record_json};
use crate::origin::{CallError, sold_out_holds};
use crate::reply::{self, CachePolicy};
use crate::shop::{Failure, Outcome, Shop};
use crate::{addresses, follow, order_request, origin};
use souk_ports::Edge;

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/products`.
    pub(crate) async fn api_products(&self) -> Outcome {
        let ListQuery {
            collection: slug,
            locale,
            listing: query,
        } = ListQuery::read(self)?;
        query.check_cursor(&slug)?;
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let key = format!("api-list {slug:?} {} {locale:?}", query.key());
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        self.cached(&key, &reader, &availability, async || {
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
        let locale = read_locale(self)?;
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let key = format!("api-product {slug:?} {locale:?}");
        self.cached(&key, &reader, &availability, async || {
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

    /// `POST /api/v1/orders`.
    pub(crate) async fn api_place_order(&self) -> Outcome {
        let headers = self.incoming.request.headers();
        let content_type = headers.typed_get::<ContentType>().map(Mime::from);
        if content_type.is_none_or(|found| found.essence_str() != "application/json") {
            let problem = Problem::new(ProblemKind::UnsupportedMediaType)
                .detail("send the order as application/json");
            return Err(problem.into());
        }
        let key = idempotency_key(headers.get("idempotency-key"))?;
        let request = order_request::read(self.incoming.request.body())?;
        let cards = self.takes_cards_for(&request).await?;
        let submit = order_request::check(&request, self.order_names(key), cards);
        let submit = submit.map_err(|errors| Problem {
            errors,
            ..Problem::new(ProblemKind::InvalidRequest)
        })?;
        let (status, order) = match self.submit(&submit).await? {
            SubmitReply::Accepted { order, .. } => (StatusCode::CREATED, order),
            SubmitReply::Exists { order } => (StatusCode::OK, order),
            refusal => return Ok(self.refused(refusal)),
        };
        let mut response = match follow::prefers_async(self.incoming.request.headers()) {
            true => follow::accepted(&order),
            false => {
                let mut response = reply::json(status, CachePolicy::Private, &order_json(&order));
                let location = addresses::api_order(&order.id);
                reply::set_location(&mut response, &location);
                response
            }
        };
        if status == StatusCode::OK {
            let headers = response.headers_mut();
            headers.insert(reply::REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// `GET /api/v1/orders/{id}?token=`.
    pub(crate) async fn api_order(&self, id: &str) -> Outcome {
        let token = self.incoming.parameter("token").unwrap_or_default();
        let Some(order) = self.order(id, &token).await? else {
            return Err(no_such_order());
        };
        Ok(reply::json(
            StatusCode::OK,
            CachePolicy::Private,
            &record_json(&order),
        ))
    }

    /// Asks the origin for the order; `None` also when the token is wrong.
    pub(crate) async fn order(
        &self,
        id: &str,
        token: &str,
    ) -> Result<Option<OrderRecord>, Failure> {
        if souk_domain::OrderId::parse(id).is_err() || token.is_empty() || token.len() > 64 {
            return Ok(None);
        }
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("id", id)
            .append_pair("token", token)
            .finish();
        let path = format!("{}?{query}", life::RECORD_PATH);
        let response = self.ask_origin(&path, None).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => Ok(Some(self.origin_json(&response)?)),
        }
    }

    /// A refusal. Returned units of a SKU under a sold-out hold are not sold before it expires.
    fn refused(&self, refusal: SubmitReply) -> Response<Bytes> {
        let mut retry_after = None;
        if let SubmitReply::SoldOut {
            sold_out_until_ms: Some(until_ms),
            ..
        } = refusal
        {
            let rest_ms = (until_ms - self.edge.now_ms()).max(1);
            retry_after = Some(HeaderValue::from((rest_ms + 999) / 1_000));
        }
        let mut response = reply::problem(&refusal_problem(refusal));
        if let Some(seconds) = retry_after {
            let headers = response.headers_mut();
            headers.insert(http::header::RETRY_AFTER, seconds);
        }
        response
    }

    /// Places an order, unless a sold-out hold refuses it, and counts the outcome.
    pub(crate) async fn submit(&self, submit: &trade::SubmitOrder) -> Result<SubmitReply, Failure> {
        let (edge, instance) = (self.edge, self.instance);
        if let Some(refusal) = sold_out_holds::refusal(edge, instance, submit).await {
            instance.metrics.orders_refused.add_one();
            return Ok(refusal);
        }
        let body = serde_json::to_vec(submit).expect("plain structs with text keys become JSON");
        let body = Bytes::from(body);
        let response = self.ask_origin(trade::ORDERS_PATH, Some(body)).await;
        let response = response.map_err(|error| match error {
            CallError::Unknown(_) => Failure::OutcomeUnknown(error.to_string()),
            CallError::Shed { .. } | CallError::Closed | CallError::Unsupported(_) => error.into(),
        })?;
        let mut reply: SubmitReply = self.origin_json(&response)?;
        reply.complete(submit);
        sold_out_holds::learn(edge, instance, &reply).await;
        let metrics = &self.instance.metrics;
        match &reply {
            SubmitReply::Accepted { .. } => metrics.orders_accepted.add_one(),
            SubmitReply::Exists { .. } => metrics.orders_replayed.add_one(),
            SubmitReply::ExistsWithDifferentContent
            | SubmitReply::UnknownSku { .. }
            | SubmitReply::PriceChanged { .. }
            | SubmitReply::SoldOut { .. } => metrics.orders_refused.add_one(),
        }
        Ok(reply)
    }

    async fn ask_origin(
        &self,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, CallError> {
        let trace = self.trace().header();
        origin::call(self.edge, self.instance, path, body, &trace).await
    }

    pub(crate) fn order_names(&self, key: String) -> order_request::OrderNames {
        let (id, token) = (self.edge.random_bytes(), self.edge.random_bytes());
        order_request::OrderNames::new(key, self.edge.now_ms(), id, token)
    }

    fn origin_json<T: serde::de::DeserializeOwned>(
        &self,
        response: &Response<Bytes>,
    ) -> Result<T, Failure> {
        let status = response.status();
        if !status.is_success() {
            return Err(Failure::Internal(format!("the origin said {status}")));
        }
        serde_json::from_slice(response.body())
            .map_err(|error| Failure::Internal(format!("the origin's reply: {error}")))
    }
}

struct ListQuery {
    collection: String,
    locale: Locale,
    listing: ListingQuery,
}

impl ListQuery {
    fn read<E: Edge>(shop: &Shop<'_, E>) -> Result<Self, Problem> {
        // A client that fills in a template leaves empty what it does not want.
        let given = |text: &String| !text.is_empty();
        let parameter = |name| shop.incoming.parameter(name).filter(given);
        let collection = parameter("collection");
        let mut order = read_order(parameter("sort").as_deref())?;
        let limit = match parameter("limit").as_deref() {
            None => limits::PAGE_ITEMS_DEFAULT,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=limits::PAGE_ITEMS_MAX) => limit,
                _ => {
                    let detail = format!(
                        "must be a whole number from 1 to {}",
                        limits::PAGE_ITEMS_MAX
                    );
                    return Err(reply::invalid("?limit", detail));
                }
            },
        };
        let (filters, others) = Filters::read(shop.incoming.parameters(), PriceUnit::Minor)?;
        // A misspelt filter must not return everything; no other parameter has a dot in its name.
        if let Some(name) = others.iter().find(|name| name.contains('.')) {
            return Err(filters::invalid(name, "is no filter of this list"));
        }
        if filters.has_no_price() {
            return Err(filters::invalid(PRICE_MAX, "is below price.min"));
        }
        let mut cursor = None;
        if let Some(text) = parameter("cursor") {
            let found = read_cursor(&text)?;
            if parameter("sort").is_some() && found.order != order {
                return Err(reply::invalid("?cursor", "belongs to another sort order"));
            }
            (order, cursor) = (found.order, Some(found));
        }
        Ok(Self {
            collection: collection.unwrap_or_else(|| Collections::ALL.to_owned()),
            locale: read_locale(shop)?,
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

pub(crate) fn read_order(text: Option<&str>) -> Result<ListingOrder, Problem> {
    match text {
        None | Some("") => Ok(ListingOrder::Featured),
        Some(name) => ListingOrder::parse(name).ok_or_else(|| {
            let names: Vec<_> = ListingOrder::ALL.iter().map(|order| order.name()).collect();
            reply::invalid("?sort", format!("must be one of {}", names.join(", ")))
        }),
    }
}

pub(crate) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let detail = "is not a cursor of this shop: take `next` of the page before";
    Cursor::parse(text).ok_or_else(|| reply::invalid("?cursor", detail))
}

fn read_locale<E: Edge>(shop: &Shop<'_, E>) -> Result<Locale, Problem> {
    match shop.incoming.parameter("lang").as_deref() {
        None | Some("" | "en") => Ok(Locale::En),
        Some("zh" | "zh-CN" | "zh-Hans") => Ok(Locale::Zh),
        Some(_) => Err(reply::invalid("?lang", "must be en or zh")),
    }
}

fn idempotency_key(header: Option<&HeaderValue>) -> Result<String, Problem> {
    let Some(value) = header else {
        let detail = "send an Idempotency-Key header with a value of your own, such as a UUID, \
                      and the same one when you repeat the request";
        return Err(Problem::new(ProblemKind::IdempotencyKeyMissing).detail(detail));
    };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > limits::IDEMPOTENCY_KEY_BYTES_MAX {
        let max = limits::IDEMPOTENCY_KEY_BYTES_MAX;
        let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
        problem.errors.push(FieldError {
            pointer: "Idempotency-Key".to_owned(),
            detail: format!("must be 1 to {max} visible ASCII characters"),
        });
        return Err(problem);
    }
    Ok(key.to_owned())
}

/// No order has this number and token. The client does not learn which of the two is wrong.
pub(crate) fn no_such_order() -> Failure {
    let detail = "there is no such order, or the token is not its own";
    Problem::new(ProblemKind::NotFound).detail(detail).into()
}

/// The problem that reports a refusal.
pub(crate) fn refusal_problem(reply: SubmitReply) -> Problem {
    match reply {
        SubmitReply::ExistsWithDifferentContent => Problem::new(ProblemKind::IdempotencyKeyReused)
            .detail("this key belongs to an order with other content; use a new key"),
        SubmitReply::UnknownSku { sku } => Problem {
            detail: Some(format!("the shop does not sell '{sku}'")),
            sku: Some(sku),
            ..Problem::new(ProblemKind::UnknownSku)
        },
        SubmitReply::PriceChanged {
            sku,
            unit_price,
            currency,
        } => Problem {
            detail: Some(format!(
                "the price of '{sku}' is another one now; confirm it"
            )),
            sku: Some(sku),
            unit_price: Some(public::Money {
                amount: unit_price,
                currency,
            }),
            ..Problem::new(ProblemKind::PriceChanged)
        },
        SubmitReply::SoldOut { sku, available, .. } => Problem {
            detail: Some(format!("{available} units of '{sku}' are left")),
            sku: Some(sku),
            available: Some(available),
            ..Problem::new(ProblemKind::SoldOut)
        },
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => {
            unreachable!("an order that was placed is not a refusal")
        }
    }
}

fn product_json(
    product: &Product,
    currency: &str,
    locale: Locale,
    availability: &Availability,
) -> public::Product {
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
                price: money(variant.price_minor, currency),
                compare_at_price: variant
                    .compare_at_minor
                    .map(|amount| money(amount, currency)),
                barcode: variant.barcode.clone(),
                available: variant.backorder || availability.is_available(&variant.sku),
            })
            .collect(),
    }
}

/// The currency of a version; the import has checked it.
pub(crate) fn currency<E>(reader: &Reader<'_, E>) -> Currency {
    Currency::parse(&reader.version.manifest.currency).unwrap_or(Currency::USD)
}

//! The page of an order. No cache stores it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;

use crate::catalogue::error::ReadError;
use crate::checkout::payment::{allow_provider, is_payable};
use crate::http::freshness;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::insights::{Choice, LINES_BESIDE};

impl<E: Edge> Shop<'_, E> {
    /// `GET /orders/{id}?token=`.
    pub(crate) async fn order_page(&self, id: &str) -> Outcome {
        let token = self.incoming.parameter("token").unwrap_or_default();
        if let Some(session) = self.incoming.parameter("session") {
            self.shopper_returned(id, &token, &session).await;
            let path = paths::order(id, &token);
            return Ok(reply::see_other(&self.local(&format!("{path}&placed=1"))));
        }
        self.show_order(id, &token, None).await
    }

    /// The order's page, `refused` what the shopper wanted to change of it.
    pub(super) async fn show_order(
        &self,
        id: &str,
        token: &str,
        refused: Option<view::RefusedChange>,
    ) -> Outcome {
        let record = self.order(id, token).await?.ok_or(Failure::NotFound)?;
        if let Some(asked) = self.asked_again(&record, token) {
            return Ok(asked);
        }
        let order = &record.order;
        // The order is the origin's. The catalogue adds links and pictures, and the page stands
        // without it.
        let without = |error: ReadError| {
            self.log_failure("drawn without the catalogue", &error.to_string());
        };
        let reader = self.reader().await.map_err(without).ok();
        let mut products = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            let product = match (&reader, line.slug.as_deref()) {
                (Some(reader), Some(slug)) => reader.product(slug).await.unwrap_or_else(|error| {
                    without(error);
                    None
                }),
                (None, _) | (_, None) => None,
            };
            products.push(product.and_then(|product| {
                let place = product.variants.iter().position(|v| v.sku == line.sku)?;
                Some((product, place))
            }));
        }
        let signals = self.signals().await;
        let insights = self.insights().await;
        let beside = match &reader {
            Some(reader) => {
                let slugs = order.lines.iter().filter_map(|line| line.slug.as_deref());
                let slugs: Vec<&str> = slugs.collect();
                let choice = Choice {
                    shop: self,
                    reader,
                    signals: &signals,
                    insights: &insights,
                    locale: self.locale,
                    count: LINES_BESIDE,
                };
                let beside = Box::pin(choice.beside(&slugs)).await;
                beside.map_err(without).ok().flatten()
            }
            None => None,
        };
        let just_placed = self.incoming.parameter("placed").is_some();
        let path = paths::order(&order.id, token);
        let now_ms = self.edge.now_ms();
        let methods = match is_payable(&record, now_ms) {
            true => {
                Some(self.payment_methods(&order.currency).await).filter(|methods| methods.card)
            }
            false => None,
        };
        let site = match &reader {
            Some(reader) => self.site(reader, &path, false),
            None => self.bare_site(&path, &order.currency),
        };
        let view = view::OrderView {
            record,
            token: token.to_owned(),
            products,
            just_placed,
            pay_at_ms: methods.is_some().then_some(now_ms),
            card_refused: self.incoming.parameter("card").as_deref() == Some("refused"),
            beside,
            change_key: self.new_key(),
            was_changed: self.incoming.parameter("changed").is_some(),
            refused,
        };
        let page = pages::order(&site, &view);
        let status = view.refused.as_ref().map_or(200, |refused| refused.status);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut response = reply::html(status, CachePolicy::Private, page);
        if let Some(methods) = &methods {
            allow_provider(&mut response, methods);
        }
        if let Some(reader) = &reader {
            self.name_version(reader, Some(&signals), &mut response);
            freshness::name_insights(response.headers_mut(), Some(insights.number));
        }
        keep_to_itself(&mut response);
        self.settle(&view.record, &mut response);
        Ok(response)
    }
}

/// The address is the password: no other page and no search engine may learn it.
pub(super) fn keep_to_itself(response: &mut Response<Bytes>) {
    let headers = response.headers_mut();
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex"));
}

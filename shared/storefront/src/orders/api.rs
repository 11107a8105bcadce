//! `/api/v1/orders`: orders as JSON.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use souk_ports::Edge;
use souk_protocol::limits;
use souk_protocol::origin::{SubmitOrder, SubmitReply};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::public::OrderRequest;
use souk_room::before_checkout::CHECKOUT;

use crate::http::json;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::json::order_json;
use crate::orders::{api_paths, follow, problems, request};
use crate::pricing::Wanted;

impl<E: Edge> Shop<'_, E> {
    /// `POST /api/v1/orders`, and `POST /api/v1/sales/{id}/orders/{code}`; `sale` is the id, or empty.
    pub(crate) async fn api_place_order(&self, sale: &str) -> Outcome {
        let ticket = match sale {
            "" => None,
            id => Some(Box::pin(self.ticket_of_order(id)).await?),
        };
        let headers = self.incoming.request.headers();
        json::expect(headers, "send the order as application/json")?;
        let key = idempotency_key(headers.get("idempotency-key"))?;
        let request: OrderRequest = json::read(self.incoming.request.body())?;
        let cards = self.card_terms(&request).await?;
        let offered = self.offered(cards.taken).await;
        let names = self.order_names(key_of_client(&request.customer.email, &key));
        let submit = request::check(&request, names, &offered);
        let mut submit = submit.map_err(|errors| Problem {
            errors,
            ..Problem::new(ProblemKind::InvalidRequest)
        })?;
        submit.payment_min = cards.min;
        let wanted = request::wanted(&request, &submit);
        let ticket_of = |id: &str| match id {
            CHECKOUT => Some(self.ticket_header().to_owned()),
            id => ticket.clone().filter(|_| id == sale),
        };
        let admitted = Box::pin(self.let_in(&mut submit, &ticket_of)).await;
        let answered = match admitted {
            Ok(()) => None,
            Err(why) => Some(why.for_api()?),
        };
        if ticket.is_some() && answered.is_none() && submit.ticket.is_none() {
            let detail = "has nothing that is sold at this address";
            return Err(reply::invalid("/lines", detail).with_status(422).into());
        }
        let answered = match answered {
            Some(reply) => Some(reply),
            None => Box::pin(self.price_order(&request, &wanted, &mut submit)).await?,
        };
        let reply = match answered {
            Some(reply) => reply,
            None => self.submit(submit).await?,
        };
        let (status, order) = match reply {
            SubmitReply::Accepted { order, .. } => (StatusCode::CREATED, order),
            SubmitReply::Exists { order } => (StatusCode::OK, order),
            // An order that was placed before is found without the catalogue; a new one has no price.
            SubmitReply::TermsChanged if let Err(error) = self.reader().await => {
                return Err(error.into());
            }
            refusal => return Ok(self.refused(refusal, wanted).await),
        };
        let token = self.token_of(&order);
        let mut response = match follow::prefers_async(self.incoming.request.headers()) {
            true => follow::accepted(&order, token),
            false => {
                let order_json = order_json(&order, token);
                let mut response = reply::json(status, CachePolicy::Private, &order_json);
                let location = api_paths::order(&order.id);
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
        let token = self.incoming.order_token();
        let Some(order) = self.order(id, &token).await? else {
            return Err(problems::no_such_order().into());
        };
        Ok(reply::json(
            StatusCode::OK,
            CachePolicy::Private,
            &self.for_api(&order, token),
        ))
    }

    /// Gives the order what its price is made from; a refusal where it names a quote for something else.
    ///
    /// Without the catalogue, or where the shop has published no terms, the origin alone prices an order
    /// that names no quote.
    async fn price_order(
        &self,
        request: &OrderRequest,
        wanted: &Wanted,
        submit: &mut SubmitOrder,
    ) -> Result<Option<SubmitReply>, Failure> {
        let changed = Some(SubmitReply::QuoteChanged { total: None });
        let signed = match &request.quote {
            None => None,
            Some(text) => match self.open_quote(text) {
                Some(signed) => Some(signed),
                None => return Ok(changed),
            },
        };
        let has_terms = match self.reader().await {
            Ok(reader) => reader.version.manifest.pricing.is_some(),
            Err(_) => false,
        };
        // What options cost, and where buyers can collect, only the terms say.
        let has_options = request.lines.iter().any(|line| !line.options.is_empty());
        let needs_terms = has_options || request.pickup_point.is_some();
        if signed.is_none() && !has_terms && !needs_terms {
            return Ok(None);
        }
        let price = self.order_price(wanted.clone(), signed.as_ref()).await?;
        if let Some(signed) = signed {
            let is_for_it = signed.content == price.priced.inputs.hash();
            // By published terms the origin decides, which may have placed the order before.
            if !is_for_it || !(has_terms || price.is_as_shown()) {
                return Ok(changed);
            }
        }
        price.put_into(submit);
        Ok(None)
    }

    /// A refusal, with what the order costs now where that helps. Returned units of a SKU under a
    /// sold-out hold are not sold before it expires.
    async fn refused(&self, refusal: SubmitReply, wanted: Wanted) -> Response<Bytes> {
        let language = self.known_shop().own();
        let quote = Box::pin(self.new_quote(wanted, &refusal, language.code())).await;
        let mut retry_after = None;
        if let SubmitReply::SoldOut {
            sold_out_until_ms: Some(until_ms),
            ..
        } = refusal
        {
            let rest_ms = (until_ms - self.edge.now_ms()).max(1);
            retry_after = Some(HeaderValue::from((rest_ms + 999) / 1_000));
        }
        let quote =
            quote.map(|quote| serde_json::to_value(quote).expect("plain structs become JSON"));
        let problem = Problem {
            quote: quote.map(Box::new),
            ..problems::refusal(refusal)
        };
        let mut response = reply::problem(&problem);
        if let Some(seconds) = retry_after {
            let headers = response.headers_mut();
            headers.insert(http::header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// The key as the origin knows it: the client's own with the buyer's e-mail address. So a key that two
/// clients have thought of is neither a clash nor a way to another buyer's order.
///
/// It does not depend on a secret: a request that is repeated after the secret was changed finds its
/// order.
pub fn key_of_client(email: &str, key: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("souk 2026 idempotency key of a client");
    hasher.update(email.trim().to_ascii_lowercase().as_bytes());
    // Neither has this byte in it.
    hasher.update(&[0]);
    hasher.update(key.as_bytes());
    format!("client-{}", &hasher.finalize().to_hex()[..32])
}

/// The key of a request.
///
/// # Errors
/// `idempotency-key-missing`, and `invalid-request` for one that is none.
pub(super) fn idempotency_key(header: Option<&HeaderValue>) -> Result<String, Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_the_client_that_sent_it() {
        let key = key_of_client("ana@example.com", "order-1");
        assert_eq!(key, key_of_client(" Ana@Example.com ", "order-1"));
        assert_ne!(key, key_of_client("ben@example.com", "order-1"));
        assert_ne!(key, key_of_client("ana@example.com", "order-2"));
        assert_ne!(key_of_client("a", "b\0c"), key_of_client("a\0b", "c "));
        assert!(key.len() <= limits::IDEMPOTENCY_KEY_BYTES_MAX);
        // Those of the checkout's forms begin otherwise.
        assert!(key.starts_with("client-"), "{key}");
    }
}

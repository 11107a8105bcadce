//! `POST /api/v1/quotes`: what a cart costs, as JSON.

use http::StatusCode;
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::quotes::QuoteRequest;
use souk_service_http::JSON;

use crate::http::json;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Outcome, Shop};
use crate::pricing::request;

impl<E: Edge> Shop<'_, E> {
    /// `POST /api/v1/quotes`.
    pub(crate) async fn api_quote(&self) -> Outcome {
        let asked = &self.incoming.request;
        json::expect(asked.headers(), "send the cart as application/json")?;
        let asked: QuoteRequest = json::read(asked.body())?;
        let mut wanted = request::check(&asked).map_err(|errors| Problem {
            errors,
            ..Problem::new(ProblemKind::InvalidRequest)
        })?;
        let reader = self.reader().await?;
        let market = wanted
            .market
            .as_ref()
            .and_then(|id| reader.version.market(id));
        let locale = self.api_language(&reader.version, market.unwrap_or(0), "lang")?;
        let terms = reader.terms().await?;
        wanted.without = self.left_out_now(wanted.without, &terms).await;
        let priced = reader.price(wanted, self.edge.now_ms()).await?;
        let quote = self.quote_json(&priced, locale.code());
        let text = souk_quotes::json(quote);
        let mut response = reply::body(StatusCode::OK, JSON, CachePolicy::Private, text);
        self.name_version(&reader, None, &mut response);
        Ok(response)
    }
}

//! `GET /api/v1/products/{slug}/recommendations` and `GET /api/v1/recommendations`.

use http::StatusCode;
use souk_domain::canonical_name;
use souk_insights::LIST_MAX;
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::recommendations::Recommendations;

use crate::catalogue::api::product_json;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Outcome, Shop};
use crate::insights::choose::FOR_MAX;
use crate::insights::{Choice, Kind};
use crate::signals::Badge;

impl<E: Edge> Shop<'_, E> {
    /// What goes with a product.
    pub(crate) async fn api_product_recommendations(&self, slug: &str) -> Outcome {
        let slugs = vec![canonical_name(slug).into_owned()];
        // In a box: a request of another kind does not make room for it.
        Box::pin(self.recommendations(slugs, true)).await
    }

    /// What goes with all of some products, such as those of a cart.
    pub(crate) async fn api_recommendations(&self) -> Outcome {
        let named = self.incoming.parameter("for").unwrap_or_default();
        let mut slugs: Vec<String> = Vec::new();
        for slug in named
            .split(',')
            .map(str::trim)
            .filter(|slug| !slug.is_empty())
        {
            let slug = canonical_name(slug).into_owned();
            if !slugs.contains(&slug) {
                slugs.push(slug);
            }
        }
        if slugs.is_empty() {
            let detail = "is the slugs of products, with commas between them";
            return Err(reply::invalid("?for", detail).into());
        }
        if slugs.len() > FOR_MAX {
            let detail = format!("names more than {FOR_MAX} products");
            return Err(reply::invalid("?for", detail).into());
        }
        Box::pin(self.recommendations(slugs, false)).await
    }

    async fn recommendations(&self, slugs: Vec<String>, is_of_product: bool) -> Outcome {
        let kind = self.recommendation_kind()?;
        let count = self.recommendation_count()?;
        let (reader, locale) = self.api_reader("locale").await?;
        let signals = self.signals().await;
        let insights = self.insights().await;
        let content = Content::ApiRecommendations {
            slugs: slugs.join(","),
            is_of_product,
            kind,
            count,
        };
        let number = Some(insights.number);
        self.cached_by(content, locale, &reader, &signals, number, async || {
            let mut product = None;
            for slug in &slugs {
                product = reader.product(slug).await?;
                if product.is_some() {
                    break;
                }
            }
            if is_of_product && product.is_none() {
                let detail = format!("there is no product '{}'", slugs[0]);
                return Err(Problem::new(ProblemKind::NotFound).detail(detail).into());
            }
            let choice = Choice {
                shop: self,
                reader: &reader,
                signals: &signals,
                insights: &insights,
                locale,
                count,
            };
            let names: Vec<&str> = slugs.iter().map(String::as_str).collect();
            let chosen = Box::pin(choice.choose(kind, &names, product.as_ref())).await?;
            let currency = reader.currency().code();
            let items = chosen.products.iter();
            let items =
                items.map(|one| product_json(one, currency, locale, &signals, Badge::OnCard));
            let body = Recommendations {
                items: items.collect(),
                kind: kind.name().to_owned(),
                source: chosen.by.name().to_owned(),
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body))
        })
        .await
    }

    fn recommendation_kind(&self) -> Result<Kind, Problem> {
        let given = self.incoming.parameter("kind").unwrap_or_default();
        if given.is_empty() {
            return Ok(Kind::Together);
        }
        let mut kinds = Kind::ALL.into_iter();
        kinds
            .find(|kind| kind.name() == given)
            .ok_or_else(|| reply::invalid("?kind", "must be together or similar"))
    }

    fn recommendation_count(&self) -> Result<usize, Problem> {
        let given = self.incoming.parameter("limit").unwrap_or_default();
        if given.is_empty() {
            return Ok(LIST_MAX);
        }
        match given.parse() {
            Ok(count @ 1..=LIST_MAX) => Ok(count),
            _ => {
                let detail = format!("must be a whole number from 1 to {LIST_MAX}");
                Err(reply::invalid("?limit", detail))
            }
        }
    }
}

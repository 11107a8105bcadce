//! `GET /api/v1/suggest`: what a search could become while it is typed.

use http::StatusCode;
use souk_catalogue::Media;
use souk_operations::Switch;
use souk_pages::{links, paths};
use souk_ports::Edge;
use souk_protocol::public::Money;
use souk_protocol::search::{SuggestedPage, SuggestedProduct, SuggestedType, Suggestions};
use souk_search::query::{ArticleRequest, Need, QUERY_CHARS_MAX, SuggestRequest};
use souk_search::steer::steer;

use crate::catalogue::error::ReadError;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::articles::{ARTICLES_MAX, articles};
use crate::search::open::Blobs;
use crate::search::popular::PopularQueries;

/// Suggestions of each kind, unless the client wants fewer.
const COUNT_DEFAULT: u32 = 5;
/// Suggestions of each kind at most.
pub(crate) const COUNT_MAX: u32 = 10;
/// Width of a picture beside a suggestion, in pixels of a dense screen.
const PICTURE_PX: u32 = 160;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn api_suggest(&self) -> Outcome {
        let text = self.incoming.parameter("q").unwrap_or_default();
        // What follows a space is a new word.
        let text = text.trim_start();
        if text.is_empty() {
            return Err(reply::invalid("?q", "is what is typed so far").into());
        }
        if text.chars().count() > QUERY_CHARS_MAX {
            let detail = format!("has more than {QUERY_CHARS_MAX} characters");
            return Err(reply::invalid("?q", detail).into());
        }
        let count = self.suggestions_wanted()?;
        let (reader, locale) = self.api_reader("locale").await?;
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let signals = self.signals().await;
        let insights = self.insights().await;
        let content = Content::ApiSuggest {
            text: text.to_owned(),
            count,
        };
        let number = Some(insights.number);
        self.cached_by(content, locale, &reader, &signals, number, async || {
            if !signals.switches.is_on(Switch::Suggestions) {
                let none = Suggestions {
                    query: text.to_owned(),
                    ..Suggestions::default()
                };
                return Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &none));
            }
            let analyser = head.searcher.analyser(locale);
            let steered = steer(&head.rules(locale), &analyser, text);
            let request = SuggestRequest {
                text,
                locale,
                limit: count as usize,
                steering: &steered.steering,
            };
            let suggested = head.searcher.suggest(&Blobs(&reader), &request).await;
            let suggested = suggested.map_err(ReadError::from)?;
            let popular = PopularQueries {
                insights: &insights,
                analyser,
                locale,
            };
            let queries = popular.beginning_with(text);
            let queries = popular.before(queries, suggested.queries, count as usize);
            let base = &self.incoming.base_url;
            let absolute = |path: String| format!("{base}{path}");
            let currency = reader.currency().code();
            let products = suggested.products.into_iter();
            let products = products.filter_map(|product| reader.shown(product));
            let products = products.map(|product| {
                let prices = product.variants.iter().map(|variant| variant.price_minor);
                SuggestedProduct {
                    title: product.title.get(locale).to_owned(),
                    url: absolute(links::product(locale, &product.slug, None)),
                    price: Money {
                        amount: prices.min().unwrap_or_default(),
                        currency: currency.to_owned(),
                    },
                    image: product.media.first().and_then(small),
                    slug: product.slug,
                }
            });
            let typed = text.trim().to_lowercase();
            let named = reader.version.named_collections().iter();
            let collections = named
                .filter(|collection| {
                    let title = collection.title.get(locale).to_lowercase();
                    title
                        .split_whitespace()
                        .any(|word| word.starts_with(&typed))
                        || title.contains(&typed)
                })
                .take(count as usize)
                .map(|collection| SuggestedPage {
                    slug: collection.slug.clone(),
                    title: collection.title.get(locale).to_owned(),
                    url: absolute(links::page(locale, &paths::collection(&collection.slug))),
                });
            let wanted = ArticleRequest {
                text,
                steering: &steered.steering,
                need: Need::EveryWordTyped,
                limit: ARTICLES_MAX.min(count as usize),
            };
            let read = articles(&reader, &head, locale, &wanted, None).await?;
            let suggestions = Suggestions {
                query: text.to_owned(),
                queries,
                products: products.collect(),
                collections: collections.collect(),
                types: (suggested.types.into_iter())
                    .map(|text| SuggestedType {
                        text: text.get(locale).to_owned(),
                        value: text.base,
                    })
                    .collect(),
                articles: read
                    .iter()
                    .map(|entry| self.article(entry, locale))
                    .collect(),
            };
            Ok(reply::json(
                StatusCode::OK,
                CachePolicy::Catalogue,
                &suggestions,
            ))
        })
        .await
    }

    fn suggestions_wanted(&self) -> Result<u32, Failure> {
        let given = self.incoming.parameter("limit");
        match given
            .filter(|text| !text.is_empty())
            .map(|text| text.parse())
        {
            None => Ok(COUNT_DEFAULT),
            Some(Ok(count @ 1..=COUNT_MAX)) => Ok(count),
            Some(_) => {
                let detail = format!("must be a whole number from 1 to {COUNT_MAX}");
                Err(reply::invalid("?limit", detail).into())
            }
        }
    }
}

/// The narrowest rendition of a picture that is wide enough, or its widest.
fn small(media: &Media) -> Option<String> {
    let mut renditions = media.renditions.iter();
    let wide_enough = renditions.find(|rendition| rendition.width >= PICTURE_PX);
    let rendition = wide_enough.or_else(|| media.renditions.last());
    rendition.map(|rendition| rendition.url.clone())
}

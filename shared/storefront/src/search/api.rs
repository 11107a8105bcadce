//! `GET /api/v1/search`.

use http::StatusCode;
use souk_catalogue::Product;
use souk_domain::Locale;
use souk_operations::Switch;
use souk_pages::{links, paths};
use souk_ports::Edge;
use souk_protocol::problem::Problem;
use souk_protocol::search::{
    Correction, FoundArticle, FoundProduct, RelatedType, SearchFacet, SearchFacetValue, SearchPage,
    Understood,
};
use souk_protocol::{limits, public};
use souk_search::format::FacetKind;
use souk_search::query::{Answer, CorrectionKind, FacetCounts, Item};
use souk_shop::Entry;

use crate::catalogue::api::{product_json, read_limit};
use crate::catalogue::filters::{self, PriceUnit};
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::found::Steps;
use crate::search::query::{SearchQuery, facet_name};
use crate::signals::{Badge, FiltersShown};

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn api_search(&self) -> Outcome {
        let count = read_limit(self)?.unwrap_or(limits::PAGE_ITEMS_DEFAULT);
        let (query, others) = SearchQuery::read(self, PriceUnit::Minor, count)?;
        if query.text.is_empty() {
            return Err(reply::invalid("?q", "is what is searched for").into());
        }
        if let Some(name) = others.iter().find(|name| name.contains('.')) {
            return Err(filters::invalid(name, "is no filter of a search").into());
        }
        if query.filters.has_no_price() {
            return Err(filters::invalid(paths::PRICE_MAX, "is below price.min").into());
        }
        let signals = self.signals().await;
        let has_filters = signals.switches.filters_of_searches() != FiltersShown::None;
        if !has_filters && (query.in_stock || !query.filters.is_empty()) {
            return Err(Failure::SwitchedOff(Switch::Filters));
        }
        let facets = self.read_switch("facets")? && has_filters;
        let (reader, locale) = self.api_reader("locale").await?;
        query.check_cursor(locale)?;
        let reader = match query.cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let insights = self.insights_at(query.insights()).await?;
        let content = Content::ApiSearch {
            search: query.key(),
            facets,
        };
        let number = Some(insights.number);
        self.cached_by(content, locale, &reader, &signals, number, async || {
            let steps = Steps::of(&head, &query, locale);
            let mut answer = steps
                .find(&reader, &head, &query, &signals, &insights, facets)
                .await?;
            let together = self.types_beside(&reader, &insights, &query, &answer);
            let together = together.await;
            steps
                .add_related(&reader, &head, &query, &signals, &together, &mut answer)
                .await?;
            let searched = query.counts_as(&head, locale, Some(&answer));
            self.searched.set(searched);
            let read = steps.articles(&reader, &head, &query, &answer).await?;
            let counted = match facets {
                true => {
                    let words = reader.words(locale).await?;
                    let counted = answer.facets.iter().map(|one| facet(one, locale));
                    let moment = in_stock(&query, &answer, words.in_stock());
                    Some(counted.chain([moment]).collect())
                }
                false => None,
            };
            let suggestions = steps
                .suggestions(&reader, &head, &insights, &answer)
                .await?;
            let versions = (reader.version.number, insights.number);
            let currency = reader.currency().code();
            let json = |product: &Product| {
                product_json(product, currency, locale, &signals, Badge::OnCard)
            };
            let page = SearchPage {
                query: understood(&query, &answer),
                items: answer.items.iter().map(|item| found(item, json)).collect(),
                total: answer.total,
                next: (answer.next).map(|start| query.cursor_at(versions, locale, start)),
                facets: counted,
                counts_exact: answer.counts_exact,
                related: (answer.related.iter())
                    .map(|related| RelatedType {
                        product_type: related.text.base.clone(),
                        text: related.text.get(locale).to_owned(),
                        query: related.text.get(locale).to_owned(),
                        total: related.total,
                        items: related.items.iter().map(json).collect(),
                    })
                    .collect(),
                articles: read
                    .iter()
                    .map(|entry| self.article(entry, locale))
                    .collect(),
                suggestions,
                redirect: steps.steered.redirect,
                catalogue_version: reader.version.number,
                insights_version: number.filter(|number| *number > 0),
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &page))
        })
        .await
    }

    /// A parameter that is `true` or `false`; absent and empty count as `false`.
    pub(crate) fn read_switch(&self, name: &str) -> Result<bool, Problem> {
        match self.incoming.parameter(name).as_deref() {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(filters::invalid(name, "must be true or false")),
        }
    }

    /// Something to read, with an absolute address.
    pub(crate) fn article(&self, entry: &Entry, locale: Locale) -> FoundArticle {
        let path = links::page(locale, &paths::content(entry.kind, &entry.slug));
        FoundArticle {
            kind: entry.kind.name().to_owned(),
            slug: entry.slug.clone(),
            title: entry.title.get(locale).to_owned(),
            url: format!("{}{path}", self.incoming.base_url),
        }
    }
}

fn understood(query: &SearchQuery, answer: &Answer) -> Understood {
    let corrections = answer.corrections.iter().map(|one| Correction {
        from: one.from.clone(),
        to: one.to.clone(),
        kind: match one.kind {
            CorrectionKind::Typo => "typo",
            CorrectionKind::Pinyin => "pinyin",
            CorrectionKind::Homophone => "homophone",
            CorrectionKind::Split => "split",
            CorrectionKind::Join => "join",
        }
        .to_owned(),
    });
    Understood {
        text: query.text.clone(),
        used: answer.used.clone(),
        corrections: corrections.collect(),
        relaxed: !answer.dropped.is_empty(),
        dropped: answer.dropped.clone(),
    }
}

fn found(item: &Item, json: impl Fn(&Product) -> public::Product) -> FoundProduct {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    FoundProduct {
        product: json(&item.product),
        highlight: (item.highlight.iter())
            .map(|&(from, to)| [place(from), place(to)])
            .collect(),
    }
}

/// What the shop knows of the moment, beside what products say.
fn in_stock(query: &SearchQuery, answer: &Answer, text: &str) -> SearchFacet {
    SearchFacet {
        parameter: paths::IN_STOCK.to_owned(),
        label: paths::IN_STOCK.to_owned(),
        values: vec![SearchFacetValue {
            value: "true".to_owned(),
            text: text.to_owned(),
            count: answer.in_stock,
            chosen: query.in_stock,
        }],
    }
}

fn facet(facet: &FacetCounts, locale: Locale) -> SearchFacet {
    let parameter = match facet_name(&facet.kind) {
        Some(name) => filters::parameter(&name),
        None => "collection".to_owned(),
    };
    let label = match &facet.kind {
        FacetKind::Option(_) => facet.label.get(locale),
        FacetKind::Collection => "collection",
        FacetKind::Type => "type",
        FacetKind::Vendor => "vendor",
        FacetKind::Tag => "tag",
    };
    SearchFacet {
        parameter,
        label: label.to_owned(),
        values: (facet.values.iter())
            .map(|value| SearchFacetValue {
                value: value.text.base.clone(),
                text: value.text.get(locale).to_owned(),
                count: value.count,
                chosen: value.is_chosen,
            })
            .collect(),
    }
}

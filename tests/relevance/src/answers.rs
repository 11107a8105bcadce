//! Answers to queries for the reference scorer (`tests/search/reference.py`), which compares them
//! with its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use souk_catalogue::SlugHash;
use souk_search::format::FacetKind;
use souk_search::query::{
    Answer, Boost, Expansion, Filters, Learnt, Request, Sort, Start, Steering, Stock,
};
use souk_search::rules::SoldOut;
use souk_stock_signals::sku_number;

use crate::engine::Engine;
use crate::store::ready;

/// Results that are printed of each query.
const ANSWERS: usize = 50;

/// Prints one JSON object for each line of a file of queries.
pub(crate) fn print(engine: &Engine, queries: &Path) -> Result<()> {
    for line in fs::read_to_string(queries).context("the queries")?.lines() {
        let query: Value = serde_json::from_str(line).context("a line of the queries")?;
        let answer = answer(engine, &query)?;
        println!("{}", shown(&query, &answer));
    }
    Ok(())
}

fn answer(engine: &Engine, query: &Value) -> Result<Answer> {
    let text = query["text"].as_str().context("a query has no text")?;
    let page = usize::try_from(query["locale"].as_u64().unwrap_or(0))?;
    let filters = filters(query)?;
    let steering = steering(query, text)?;
    let sold_out = texts(&query["sold_out"]);
    let sold_out: Vec<u32> = sold_out.iter().map(|sku| sku_number(sku)).collect();
    let popular = texts(&query["popular"]);
    let popular: Vec<SlugHash> = popular.iter().map(|slug| SlugHash::of(slug)).collect();
    let is_sold_out = |number| sold_out.contains(&number);
    let factors = factors(query)?;
    let factor = |tie| factors.get(&tie).copied().unwrap_or(256);
    let request = Request {
        text,
        locale: engine.locale(page)?,
        filters: &filters,
        sort: sort(query["sort"].as_str())?,
        popular: &popular,
        learnt: Learnt {
            factor: (!factors.is_empty()).then_some(&factor),
        },
        start: Start::default(),
        limit: ANSWERS,
        facets: true,
        related: false,
        steering: &steering,
        stock: Stock {
            is_sold_out: Some(&is_sold_out),
            sold_out: match query["in_stock"].as_bool() {
                Some(true) => SoldOut::Hide,
                Some(false) | None => SoldOut::Show,
            },
        },
    };
    let answer = ready(engine.searcher.answer(&engine.store, &request));
    answer.map_err(|error| anyhow::anyhow!("{text}: {error}"))
}

/// What scores are multiplied by, of 256, by the ties of products.
fn factors(query: &Value) -> Result<BTreeMap<u32, u64>> {
    let mut factors = BTreeMap::new();
    for one in query["learnt"].as_array().into_iter().flatten() {
        let slug = one[0].as_str().context("what was learnt has no product")?;
        let factor = one[1].as_u64().context("what was learnt has no factor")?;
        factors.insert((SlugHash::of(slug).0 >> 32).try_into()?, factor);
    }
    Ok(factors)
}

fn sort(name: Option<&str>) -> Result<Sort> {
    Ok(match name {
        None | Some("relevance") => Sort::Relevance,
        Some("price-asc") => Sort::PriceAscending,
        Some("price-desc") => Sort::PriceDescending,
        Some("title") => Sort::Title,
        Some("popular") => Sort::Popular,
        Some(other) => bail!("no order is called {other}"),
    })
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn kind(name: &str) -> Result<FacetKind> {
    Ok(match name {
        "collection" => FacetKind::Collection,
        "type" => FacetKind::Type,
        "vendor" => FacetKind::Vendor,
        "tag" => FacetKind::Tag,
        _ => {
            let option = name.strip_prefix("option:");
            FacetKind::Option(option.context("no such facet")?.to_owned())
        }
    })
}

fn kind_name(kind: &FacetKind) -> String {
    match kind {
        FacetKind::Collection => "collection".to_owned(),
        FacetKind::Type => "type".to_owned(),
        FacetKind::Vendor => "vendor".to_owned(),
        FacetKind::Tag => "tag".to_owned(),
        FacetKind::Option(name) => format!("option:{name}"),
    }
}

fn filters(query: &Value) -> Result<Filters> {
    let mut groups = Vec::new();
    for group in query["groups"].as_array().into_iter().flatten() {
        let name = group[0].as_str().context("a filter has no facet")?;
        groups.push((kind(name)?, texts(&group[1])));
    }
    Ok(Filters {
        groups,
        price_min_minor: query["price_min"].as_i64(),
        price_max_minor: query["price_max"].as_i64(),
    })
}

fn steering(query: &Value, text: &str) -> Result<Steering> {
    let mut steering = Steering {
        pins: texts(&query["pins"]),
        hidden: texts(&query["hidden"]),
        stop_words: texts(&query["stop_words"]),
        ..Steering::default()
    };
    for synonym in query["synonyms"].as_array().into_iter().flatten() {
        let phrase = synonym[0].as_str().context("a synonym has no word")?;
        if let Some(start) = text.find(phrase) {
            steering.expansions.push(Expansion {
                start,
                end: start + phrase.len(),
                phrase: synonym[1]
                    .as_str()
                    .context("a synonym has no phrase")?
                    .to_owned(),
                weight: u16::try_from(synonym[2].as_u64().context("no weight")?)?,
            });
        }
    }
    for boost in query["boosts"].as_array().into_iter().flatten() {
        steering.boosts.push(Boost {
            kind: kind(boost[0].as_str().context("a boost has no facet")?)?,
            value: boost[1]
                .as_str()
                .context("a boost has no value")?
                .to_owned(),
            factor: u16::try_from(boost[2].as_u64().context("no factor")?)?,
        });
    }
    Ok(steering)
}

fn shown(query: &Value, answer: &Answer) -> Value {
    let mut facets = Map::new();
    for facet in &answer.facets {
        let values = facet.values.iter();
        let values = values.map(|value| json!([value.text.base, value.count]));
        facets.insert(kind_name(&facet.kind), values.collect());
    }
    let items = answer.items.iter();
    let items = items.map(|item| json!([item.product.slug, item.score]));
    json!({
        "query": query,
        "items": items.collect::<Vec<_>>(),
        "total": answer.total,
        "facets": facets,
        "price": answer.price_minor.map(|(low, high)| [low, high]),
        "dropped": answer.dropped,
    })
}

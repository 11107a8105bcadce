//! Rows of the search.
//!
//! - `search/1k`, `search/10k`, `search/100k`: queries that were not asked before, answered with 24
//!   cards, facets, totals and related types by the engine of the functions, compiled for this
//!   machine, beside SQLite's full-text index in memory, which gives 24 slugs.
//! - `search/growth`: the same query of 100,000 products beside one of 10,000.
//! - `search/suggest`: suggestions for what is typed so far, beside a search.
//! - `workers/search-kept`, `spin/search-kept`: a page of results beside a product page, both kept.
//! - `workers/search-unseen`, `spin/search-unseen`: queries that were not asked before, over HTTP.

mod peer;
mod shelf;
mod store;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use souk_catalogue::{Catalogue, SlugHash};
use souk_domain::{LanguageCode, Locale};
use souk_insights::{RANKED_MAX, Root, factors, tie};
use souk_search::query::{
    Filters, Learnt, Request, Searcher, Sort, Start, Steering, Stock, SuggestRequest,
};

use crate::bench::{Bench, Compared, Platform, Side};
use crate::load::{Pace, Target};
use crate::report::Row;
use crate::shop::{Staff, slug};
use peer::Fts5;
use store::{Memory, ready};

/// Cards of a page.
const CARDS: usize = 24;
/// Queries between two changes of the side.
const QUERIES: usize = 50;
/// Rounds of each side, in turn.
const ROUNDS: usize = 7;
/// How many times as fast as SQLite's index a query has to be, on 100,000 products.
const GOAL: f64 = 4.0;
/// The share of the speed on 10,000 products that a query on 100,000 has to keep.
const GROWTH_GOAL: f64 = 0.5;
/// The share of the speed of a kept product page that a kept page of results has to have.
const KEPT_GOAL: f64 = 0.95;
/// Products of the rows on a runtime.
const PUBLISHED: usize = 10_000;
/// Queries a second in the rows on a runtime: few, so that none waits for another.
const PER_SECOND: f64 = 50.0;
/// Different queries on a runtime; more than are kept.
const UNSEEN: usize = 20_000;

/// Measures the engine by itself.
///
/// # Errors
/// When an index cannot be built or read.
pub(crate) fn rows(bench: &Bench) -> Result<()> {
    let sizes = [(1_000, "1k"), (10_000, "10k"), (100_000, "100k")];
    let wants_growth = bench.wants("search/growth");
    let mut p50s = Vec::new();
    for (products, name) in sizes {
        let id = format!("search/{name}");
        let is_needed = wants_growth && products > 1_000;
        let wants_suggest = products == 100_000 && bench.wants("search/suggest");
        if !bench.wants(&id) && !is_needed && !wants_suggest {
            continue;
        }
        let shelf = Shelf::new(products)?;
        let row = beside_fts5(&shelf, id)?;
        p50s.push(row.value);
        if bench.wants(&row.id) {
            bench.add(row);
        }
        if wants_suggest {
            bench.add(suggest(&shelf)?);
        }
    }
    if let [.., ten, hundred] = p50s[..]
        && wants_growth
    {
        bench.add(Row {
            cpu_us: None,
            id: "search/growth".to_owned(),
            value: hundred,
            unit: "ms".to_owned(),
            limit: Some(ten),
            limit_is: "10,000 products".to_owned(),
            ratio: Some(ten / hundred),
            goal: Some(GROWTH_GOAL),
            note: "the median query on 100,000 products".to_owned(),
        });
    }
    Ok(())
}

/// A shop that is searched.
struct Shelf {
    catalogue: Catalogue,
    store: Memory,
    searcher: Searcher,
    /// With as many products of which something was learnt as there may be.
    insights: Root,
    seconds: f64,
    bytes_a_product: usize,
}

impl Shelf {
    fn new(products: usize) -> Result<Self> {
        let catalogue = shelf::catalogue(products);
        let started = Instant::now();
        let index = shelf::index(&catalogue)?;
        let seconds = started.elapsed().as_secs_f64();
        let bytes: usize = index.blobs.values().map(Vec::len).sum();
        let bytes_a_product = (bytes - index.card_bytes) / products;
        let store = Memory::new(index.blobs);
        let searcher = ready(Searcher::open(&store, index.root));
        Ok(Self {
            searcher: searcher.map_err(|error| anyhow!("{error}"))?,
            insights: learnt(&catalogue),
            catalogue,
            store,
            seconds,
            bytes_a_product,
        })
    }

    fn locale() -> Result<Locale> {
        Ok(Locale::new(0, LanguageCode::parse("en")?))
    }

    fn search(&self, query: &str) -> Result<()> {
        let request = Request {
            text: query,
            locale: Self::locale()?,
            filters: &Filters::default(),
            sort: Sort::Relevance,
            popular: &[],
            learnt: Learnt {
                factor: Some(&|tie| self.insights.factor(tie)),
            },
            start: Start::default(),
            limit: CARDS,
            facets: true,
            related: true,
            steering: &Steering::default(),
            stock: Stock::default(),
        };
        let answer = ready(self.searcher.answer(&self.store, &request));
        black_box(answer.map_err(|error| anyhow!("{query}: {error}"))?);
        Ok(())
    }

    fn suggest(&self, text: &str) -> Result<()> {
        let request = SuggestRequest {
            text,
            locale: Self::locale()?,
            limit: 10,
            steering: &Steering::default(),
        };
        let suggestions = ready(self.searcher.suggest(&self.store, &request));
        black_box(suggestions.map_err(|error| anyhow!("{text}: {error}"))?);
        Ok(())
    }
}

/// What a shop may have learnt: many products are bought often, many are sold out for long.
fn learnt(catalogue: &Catalogue) -> Root {
    let slugs = catalogue.products.iter();
    let mut slugs: Vec<SlugHash> = slugs.map(|one| SlugHash::of(&one.slug)).collect();
    // By chance, and the same in every run.
    slugs.sort_unstable();
    let popular = slugs.iter().step_by(slugs.len().div_ceil(RANKED_MAX));
    let levels = popular.zip((1..=8_u8).cycle());
    let levels = levels.map(|(slug, level)| (tie(*slug), level));
    let long: Vec<SlugHash> = slugs.iter().rev().step_by(3).copied().collect();
    Root {
        factors: factors(levels, &long),
        ..Root::default()
    }
}

fn beside_fts5(shelf: &Shelf, id: String) -> Result<Row> {
    let fts5 = Fts5::new(&shelf.catalogue)?;
    let [own, other] = in_turn(
        &shelf::queries(&shelf.catalogue, ROUNDS * QUERIES),
        |query| shelf.search(query),
        |query| {
            fts5.search(query, CARDS)
                .map(|slugs| drop(black_box(slugs)))
        },
    )?;
    let (value, limit) = (percentile(&own, 50), percentile(&other, 50));
    Ok(Row {
        cpu_us: None,
        goal: id.ends_with("100k").then_some(GOAL),
        id,
        value,
        unit: "ms".to_owned(),
        limit: Some(limit),
        limit_is: "FTS5".to_owned(),
        ratio: Some(limit / value),
        note: format!(
            "p95 {:.2} ms, FTS5 {:.2} ms; index made in {:.1} s, {} bytes a product without cards",
            percentile(&own, 95),
            percentile(&other, 95),
            shelf.seconds,
            shelf.bytes_a_product
        ),
    })
}

/// What is typed of each query after three letters of its last word.
fn suggest(shelf: &Shelf) -> Result<Row> {
    let queries = shelf::queries(&shelf.catalogue, ROUNDS * QUERIES);
    let typed = queries.iter().map(|query| {
        let end = query.rfind(' ').map_or(0, |space| space + 4);
        query[..end.min(query.len())].to_owned()
    });
    let [own, other] = in_turn(
        &typed.collect::<Vec<_>>(),
        |text| shelf.suggest(text),
        |text| shelf.search(text),
    )?;
    let (value, limit) = (percentile(&own, 50), percentile(&other, 50));
    Ok(Row {
        cpu_us: None,
        id: "search/suggest".to_owned(),
        value,
        unit: "ms".to_owned(),
        limit: Some(limit),
        limit_is: "a search".to_owned(),
        ratio: Some(limit / value),
        goal: None,
        note: format!("100,000 products; p95 {:.2} ms", percentile(&own, 95)),
    })
}

/// The milliseconds of each query on both sides, in rounds that take turns.
fn in_turn(
    queries: &[String],
    own: impl Fn(&str) -> Result<()>,
    other: impl Fn(&str) -> Result<()>,
) -> Result<[Vec<Duration>; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    for some in queries.chunks(QUERIES) {
        for query in some {
            let started = Instant::now();
            own(query)?;
            times[0].push(started.elapsed());
        }
        for query in some {
            let started = Instant::now();
            other(query)?;
            times[1].push(started.elapsed());
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    Ok(times)
}

/// In milliseconds, of sorted times.
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, Duration::as_secs_f64) * 1000.0
}

/// Measures the search on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn served(bench: &Bench, platform: Platform) -> Result<()> {
    let names = ["search-kept", "search-unseen"];
    if !bench.wants_any(platform, &names) {
        return Ok(());
    }
    let floor = bench.start(platform, Side::Floor).await?;
    let shop = bench.start(platform, Side::Shop).await?;
    let mut catalogue = shelf::catalogue(PUBLISHED);
    catalogue.search = Some(shelf::blobs(shelf::index(&catalogue)?));
    Staff::new(shop.server.staff)
        .publish(&catalogue, &[])
        .await?;
    let queries: Arc<[String]> = shelf::queries(&catalogue, UNSEEN).into();
    let kept = format!("/search?q={}", encoded(&queries[0]));
    let id = |name: &str| format!("{}/{name}", platform.name());
    if bench.wants(&id(names[0])) {
        let product = Target::reads(&shop.server, vec![format!("/products/{}", slug(7))]);
        let results = Target::reads(&shop.server, vec![kept]);
        let floor = ("product page", &product);
        let row = bench
            .throughput(&id(names[0]), floor, &results, Some(KEPT_GOAL))
            .await?;
        bench.add(row);
    }
    if bench.wants(&id(names[1])) {
        let hello = Target::reads(&floor.server, vec!["/".to_owned()]);
        let paths = queries.iter().map(|query| {
            format!(
                "/api/v1/search?facets=true&limit={CARDS}&q={}",
                encoded(query)
            )
        });
        let unseen = Target::reads(&shop.server, paths.collect());
        let pace = Pace::Open(PER_SECOND);
        let Compared { floor, shop, .. } = bench.compare(&hello, &unseen, pace).await?;
        let ms = |us: u32| f64::from(us) / 1000.0;
        bench.add(Row {
            id: id(names[1]),
            value: shop.cpu_us / 1000.0,
            unit: "ms of processor".to_owned(),
            limit: Some(floor.cpu_us / 1000.0),
            limit_is: "hello".to_owned(),
            note: format!(
                "{PUBLISHED} products, {PER_SECOND:.0}/s; p50 {:.1} p99 {:.1} ms",
                ms(shop.p50_us),
                ms(shop.p99_us)
            ),
            ..Row::default()
        });
    }
    Ok(())
}

/// A made-up query has ASCII letters and spaces only.
fn encoded(query: &str) -> String {
    query.replace(' ', "+")
}
